#!/usr/bin/env python3
"""Runs .test files in a real Flink and records its answers in them (`./dev record`).

    ./dev record FILE...          run the files and fill in their expected sections
    ./dev record --all            every file below tests/sql and tests/stream
    ./dev record --check FILE...  only compare; exit status 1 if an answer differs
    ./dev record --setup          only install Flink

Flink lives in a virtual environment of its own, `.flink-oracle/` in the checkout (or where
RASK_FLINK_VENV points), made at first use.  It needs Java 17.  The format of the files is
described in tests/README.md.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FLINK = "2.3.0"
JARS = (
    ("org.apache.flink", "flink-sql-parquet", FLINK),
    ("org.apache.hadoop", "hadoop-client-api", "3.3.6"),
    ("org.apache.hadoop", "hadoop-client-runtime", "3.3.6"),
)
# What follows these words is a list of everything Flink would have taken: not part of the answer.
_TAILS = re.compile(
    r"\s*(Was expecting( one of)?:|Supported options:|Available factory identifiers are:"
    r"|Supported form\(s\):|Supported signatures are:|Table options are:).*",
    re.DOTALL,
)


def java_home():
    """The home of a Java 17, or a clear end of the program."""
    found = [os.environ.get("JAVA_HOME", "")] + sorted(glob.glob("/usr/lib/jvm/*17*"))
    path_java = shutil.which("java")
    if path_java:
        found.append(os.path.dirname(os.path.dirname(os.path.realpath(path_java))))
    for home in filter(None, found):
        java = os.path.join(home, "bin", "java")
        if os.access(java, os.X_OK):
            shown = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
            if re.search(r'version "17[."]', shown):
                return home
    sys.exit("record: needs Java 17 (on Debian: apt-get install openjdk-17-jre-headless)")


def add_jars(venv):
    """The folder of formats that PyFlink does not ship, filled at first use: Parquet (and Hadoop,
    which it needs)."""
    folder = os.path.join(venv, "jars")
    if os.path.exists(os.path.join(folder, "ready")):
        return folder
    if shutil.which("mvn") is None:
        sys.exit(
            "record: needs Maven for Flink's Parquet format (on Debian: apt-get install maven)"
        )
    print(f"record: fetching jars into {folder}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="rask-record-") as project:
        dependencies = "".join(
            f"<dependency><groupId>{g}</groupId><artifactId>{a}</artifactId>"
            f"<version>{v}</version></dependency>"
            for g, a, v in JARS
        )
        with open(os.path.join(project, "pom.xml"), "w", encoding="utf-8") as pom:
            pom.write(
                '<project xmlns="http://maven.apache.org/POM/4.0.0">'
                "<modelVersion>4.0.0</modelVersion><groupId>rask</groupId>"
                "<artifactId>oracle</artifactId><version>1</version>"
                f"<dependencies>{dependencies}</dependencies></project>"
            )
        copy = ["mvn", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
        subprocess.run(copy, cwd=project, check=True)
    open(os.path.join(folder, "ready"), "w").close()
    return folder


def enter_oracle():
    """Makes the virtual environment if it is missing and runs this program inside it."""
    venv = os.environ.get("RASK_FLINK_VENV") or os.path.join(ROOT, ".flink-oracle")
    python = os.path.join(venv, "bin", "python")
    if os.path.abspath(sys.prefix) == os.path.abspath(venv):
        return
    if not os.path.exists(os.path.join(venv, "ready")) and not glob.glob(
        os.path.join(venv, "lib", "*", "site-packages", f"apache_flink-{FLINK}.dist-info")
    ):
        print(f"record: installing Flink {FLINK} into {venv}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run(pip + ["setuptools<80", "wheel"], check=True)
        subprocess.run(pip + [f"apache-flink=={FLINK}"], check=True)
    os.environ["JAVA_HOME"] = java_home()
    os.environ["HADOOP_CLASSPATH"] = os.path.join(add_jars(venv), "*")
    os.execv(python, [python, os.path.abspath(__file__)] + sys.argv[1:])


def fold(rows):
    """The table that a changelog leaves behind, as sorted cell lists."""
    left = Counter()
    for kind, cells in rows:
        left[tuple(cells)] += 1 if kind in ("+I", "+U") else -1
    if any(n < 0 for n in left.values()):
        raise ValueError("the changelog takes back a row that is not there")
    return [list(cells) for cells in left.elements()]


class FileRun:
    """One file in one mode: a session, a scratch directory, one answer a block."""

    def __init__(self, oracle, test, mode):
        from testfile import escape_lines, format_header, format_row

        self._lines, self._header, self._row = escape_lines, format_header, format_row
        self._session = oracle.session(mode)
        self._mode = mode
        self._test = test
        self._data = os.path.join(ROOT, "tests", "data")

    def answers(self):
        """Yields (block, lines or None, problem or None)."""
        from testfile import Setting

        self._tmp = tempfile.mkdtemp(prefix="rask-record-")
        try:
            for item in self._test.items:
                if isinstance(item, Setting):
                    self._session.set(item.key, self._fill(item.value))
                elif not isinstance(item, str) and item.runs_in(self._mode):
                    yield (item, *self._answer(item))
        finally:
            shutil.rmtree(self._tmp, ignore_errors=True)

    def _fill(self, text):
        return text.replace("{data}", self._data).replace("{tmp}", self._tmp)

    def _unfill(self, line):
        return line.replace(self._tmp, "{tmp}").replace(self._data, "{data}")

    def _answer(self, block):
        from oracle import OracleError

        wants_error = block.directive == "statement" and block.args[:1] == ["error"]
        try:
            lines = getattr(self, "_" + block.directive)(block, self._fill(block.text))
        except OracleError as error:
            message = " ".join(_TAILS.sub("", error.message).split())
            if not wants_error:
                return None, f"Flink refuses: {error.class_name}: {message}"
            return [error.class_name, self._unfill(message)], None
        except ValueError as error:
            return None, str(error)
        if wants_error:
            return None, "Flink takes this statement"
        return [self._unfill(line) for line in lines], None

    def _statement(self, block, sql):
        if block.args[:1] == ["error"] and re.match(r"\s*(SELECT|WITH|VALUES)\b", sql, re.I):
            self._session.query(sql)
        else:
            self._session.run(sql)
        return []

    def _query(self, block, sql):
        result = self._session.query(sql)
        rows = [cells for _, cells in result.rows]
        if self._mode == "streaming":
            rows = fold(result.rows)
        lines = [self._row(cells) for cells in rows]
        if block.args[:1] != ["ordered"] or self._mode == "streaming":
            lines.sort()
        return [self._header(result.columns)] + lines

    def _changelog(self, block, sql):
        result = self._session.query(sql)
        fold(result.rows)
        return [self._header(result.columns)] + [self._row(c, kind) for kind, c in result.rows]

    def _print(self, block, sql):
        return self._lines(self._session.printed(sql))

    def _stdout(self, block, sql):
        return self._lines(self._session.standard_output(sql))

    def _explain(self, block, sql):
        return self._lines(self._session.explain(sql, [a.upper() for a in block.args]))

    def _file(self, block, _):
        text = "".join(_read(path) for path in _files(self._fill(block.args[0])))
        lines = self._lines(text)
        return sorted(lines) if "sorted" in block.args[1:] else lines


def _read(path):
    with open(path, encoding="utf-8", newline="") as stream:
        return stream.read()


def _files(pattern):
    """The visible files that a `file` block means, in name order; a directory means all in it."""
    for path in sorted(glob.glob(pattern)):
        if not os.path.isdir(path):
            yield path
            continue
        inside = []
        for folder, folders, names in os.walk(path):
            folders[:] = [f for f in folders if not f.startswith((".", "_"))]
            inside += [os.path.join(folder, n) for n in names if not n.startswith((".", "_"))]
        yield from sorted(inside)


def _agree(block, first, second):
    if block.directive == "query":
        return first[0] == second[0] and sorted(first[1:]) == sorted(second[1:])
    return first == second


def record(oracle, path, check):
    """Runs one file in its modes; returns the number of problems found."""
    from testfile import TestFile

    test = TestFile(path)
    problems, got = 0, {}

    def complain(block, what):
        nonlocal problems
        problems += 1
        print(f"{os.path.relpath(path, ROOT)}:{block.line}: {what}")

    for mode in test.modes:
        for block, lines, problem in FileRun(oracle, test, mode).answers():
            if problem:
                complain(block, f"{mode}: {problem}")
            elif id(block) in got and not _agree(block, got[id(block)], lines):
                complain(block, "batch and streaming differ; split the block with `only`")
                print("  batch:     " + "\n             ".join(got[id(block)]))
                print("  streaming: " + "\n             ".join(lines))
            else:
                got.setdefault(id(block), lines)
    for block in test.blocks():
        lines = got.get(id(block))
        if lines is None or not block.wants_expected():
            continue
        if check and block.expected != lines:
            complain(block, "recorded:\n  " + "\n  ".join(block.expected))
            print("Flink says:\n  " + "\n  ".join(lines))
        block.expected = lines
    text = test.render()
    if not check and text != _read(path):
        with open(path, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
    return problems


def main():
    parser = argparse.ArgumentParser(prog="record", description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--all", action="store_true", help="every file of tests/sql, tests/stream")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--setup", action="store_true", help="only install Flink")
    args = parser.parse_args()
    paths = list(args.files)
    if args.all:
        for folder in ("sql", "stream"):
            pattern = os.path.join(ROOT, "tests", folder, "**", "*.test*")
            paths += sorted(glob.glob(pattern, recursive=True))
    if not paths and not args.setup:
        parser.error("name files, or say --all")
    enter_oracle()
    if args.setup:
        return
    from oracle import Oracle
    from testfile import TestFileError

    oracle, problems = Oracle(), 0
    for path in paths:
        try:
            problems += record(oracle, path, args.check)
        except TestFileError as error:
            print(error)
            problems += 1
    oracle.close()
    print(f"{len(paths)} files, {problems} problems")
    sys.stdout.flush()
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
