"""The examples, by `flink run` and as plain Python, in both modes, at both parallelisms."""

import json
import os
from collections import Counter

import pytest
from conftest import ROOT
from helpers import read_parts

EXAMPLES = os.path.join(ROOT, "examples")
WORDS = ["flink", "python", "flink", "table", "api", "python", "flink"]
COUNTS = {"flink": 3, "python": 2, "table": 1, "api": 1}


def example(name):
    return os.path.join(EXAMPLES, name)


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "input.txt"
    path.write_text(" ".join(WORDS[:4]) + "\n\n" + " ".join(WORDS[4:]) + "\n")
    return path


def fold_canal(lines):
    table = Counter()
    for line in lines:
        change = json.loads(line)
        [row] = change["data"]
        table[row["word"], row["count"]] += 1 if change["type"] == "INSERT" else -1
    return {word: count for (word, count), times in table.items() if times > 0}


@pytest.mark.parametrize("parallelism", [1, 2])
def test_word_count_batch_csv(run_flink, text, tmp_path, parallelism):
    out = tmp_path / "out"
    done = run_flink(
        "run",
        "-p",
        parallelism,
        "-py",
        example("word_count.py"),
        "--input",
        text,
        "--output",
        out,
        "--mode",
        "batch",
    )
    assert done.returncode == 0, done.stderr
    assert sorted(read_parts(out)) == sorted("%s,%d" % pair for pair in COUNTS.items())


@pytest.mark.parametrize("parallelism", [1, 2])
def test_word_count_streaming_canal_json(run_flink, text, tmp_path, parallelism):
    out = tmp_path / "out"
    done = run_flink(
        "run", "-p", parallelism, "-py", example("word_count.py"), "--input", text, "--output", out
    )
    assert done.returncode == 0, done.stderr
    lines = read_parts(out)
    assert fold_canal(lines) == COUNTS
    if parallelism == 1:  # exactly what Flink writes, in its order
        assert lines[:4] == [
            '{"data":[{"word":"flink","count":1}],"type":"INSERT"}',
            '{"data":[{"word":"python","count":1}],"type":"INSERT"}',
            '{"data":[{"word":"flink","count":1}],"type":"DELETE"}',
            '{"data":[{"word":"flink","count":2}],"type":"INSERT"}',
        ]


def test_word_count_streaming_csv_is_refused(run_flink, text, tmp_path):
    done = run_flink(
        "run",
        "-py",
        example("word_count.py"),
        "--input",
        text,
        "--output",
        tmp_path / "out",
        "--format",
        "csv",
    )
    assert done.returncode == 1
    assert (
        "Table sink 'default_catalog.default_database.sink' doesn't support consuming update "
        "changes which is produced by node GroupAggregate(groupBy=[word]" in done.stderr
    )
    assert not (tmp_path / "out").exists()


def test_word_count_prints(run_python, text):
    done = run_python(example("word_count.py"), "--input", text, "--mode", "batch")
    assert done.returncode == 0, done.stderr
    printed = {line.split("> ")[-1] for line in done.stdout.splitlines()}
    assert printed == {"+I[%s, %d]" % pair for pair in COUNTS.items()}


def test_word_count_of_a_directory(run_python, text, tmp_path):
    directory = tmp_path / "texts"
    directory.mkdir()
    (directory / "a.txt").write_text("x y x")
    (directory / "b.txt").write_text("y\n")
    (directory / ".hidden").write_text("z")
    done = run_python(
        example("word_count.py"),
        "--input",
        directory,
        "--output",
        tmp_path / "out",
        "--mode",
        "batch",
    )
    assert done.returncode == 0, done.stderr
    assert sorted(read_parts(tmp_path / "out")) == ["x,2", "y,2"]


def test_word_count_of_a_missing_file(run_python, tmp_path):
    done = run_python(example("word_count.py"), "--input", tmp_path / "none.txt")
    assert done.returncode == 1
    assert "none.txt" in done.stderr


@pytest.mark.parametrize("launcher", ["flink", "python"])
def test_flip38_word_count(run_flink, run_python, text, tmp_path, launcher):
    out = tmp_path / "result"
    args = [example("flip38_word_count.py"), "--input", text, "--output", out]
    done = (
        run_flink("run", "-p", 1, "-py", *args)
        if launcher == "flink"
        else run_python(*args, RASK_PROGRAM_OPTIONS="parallelism.default=1")
    )
    assert done.returncode == 0, done.stderr
    assert out.is_file()
    assert sorted(out.read_text().splitlines()) == ["api,1", "flink,3", "python,2", "table,1"]


def test_flip38_word_count_in_parallel_makes_a_directory(run_flink, text, tmp_path):
    out = tmp_path / "result"
    done = run_flink(
        "run", "-p", 2, "-py", example("flip38_word_count.py"), "--input", text, "--output", out
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["1", "2"]
    assert sorted(read_parts(out)) == ["api,1", "flink,3", "python,2", "table,1"]


def test_flip38_word_count_keeps_an_existing_file(run_flink, text, tmp_path):
    out = tmp_path / "result"
    out.write_text("precious")
    done = run_flink(
        "run", "-p", 1, "-py", example("flip38_word_count.py"), "--input", text, "--output", out
    )
    assert done.returncode == 1
    assert str(out) in done.stderr and "exist" in done.stderr
    assert out.read_text() == "precious"


@pytest.fixture
def orders(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("pen,5\nbook,20\nlamp,11\n")
    return path


def test_append_only(run_flink, orders, tmp_path):
    out = tmp_path / "big.csv"
    done = run_flink("run", "-py", example("append_only.py"), orders, out)
    assert done.returncode == 0, done.stderr
    assert out.read_text() == "book,40\nlamp,22\n"


def test_append_only_refuses_a_count(run_flink, orders, tmp_path):
    out = tmp_path / "big.csv"
    done = run_flink("run", "-py", example("append_only.py"), orders, out, "--count")
    assert done.returncode == 1
    assert "AppendStreamTableSink requires that Table has only insert changes." in done.stderr
    assert not out.exists()


def test_sql_word_count_streaming(run_python):
    done = run_python(example("sql_word_count.py"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "+----+" + "-" * 32 + "+" + "-" * 22 + "+" + "-" * 13 + "+"
    assert lines[1] == "| op |%s |%s |%s |" % ("word".rjust(31), "cnt".rjust(21), "total".rjust(12))
    assert lines[3] == "| +I |%s |%s |%s |" % ("flink".rjust(31), "1".rjust(21), "1".rjust(12))
    assert lines[-1] == "10 rows in set"


def test_sql_word_count_batch(run_python):
    done = run_python(example("sql_word_count.py"), "--mode", "batch")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "|                          flink |                    3 |          17 |" in lines
    assert lines[-1] == "4 rows in set"
