"""tools/tidy.py finds violations planted in a small tree, and nothing in a clean one."""

import subprocess
import sys
from pathlib import Path

import pytest

TIDY = Path(__file__).resolve().parents[2] / "tools" / "tidy.py"

CLEAN = {
    "src/base/README.md": "# base\n",
    "src/base/meson.build": "base_sources = files('memory.c')\n",
    "src/base/memory.h": "/* Memory. */\n",
    "src/base/memory.c": '/* Memory. */\n#include "base/memory.h"\nchar *p = malloc(1);\n',
    "src/exec/README.md": "# exec\n",
    "src/exec/meson.build": "exec_sources = files('driver.c')\n",
    "src/exec/driver.h": "/* Driver. */\n",
    "src/exec/driver.c": '/* Driver. */\n#include "base/memory.h"\n#include "exec/driver.h"\n',
}


@pytest.fixture
def tidy(tmp_path):
    """Gives a function that lays out CLEAN with changes and returns (status, output)."""

    def run(changes):
        for name, text in {**CLEAN, **changes}.items():
            if text is not None:
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        command = [sys.executable, TIDY, "--root", tmp_path]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode, done.stdout

    return run


def test_a_clean_tree_passes_and_the_longest_are_shown(tidy):
    function = "int\n".replace("\n", " ") + "answer(void) {\n    return 42;\n}\n"
    status, output = tidy({"src/exec/driver.c": "/* Driver. */\n" + function})
    assert status == 0, output
    assert "3 answer  (src/exec/driver.c:2)" in output
    assert "src/base/memory.c" in output


PLANTED = [
    (
        "src/base/memory.c",
        '/* Up. */\n#include "exec/driver.h"\n',
        "src/base/memory.c:2: src/base (floor 0) includes exec/driver.h (floor 6)",
    ),
    (
        "src/format/csv.c",
        '/* Up. */\n#include "connect/files.h"\n',
        "src/format/csv.c:2: src/format (floor 5) includes connect/files.h (floor 5.5)",
    ),
    ("src/exec/driver.h", '/* Bare. */\n#include "driver.h"\n', "without its folder"),
    ("src/exec/driver.h", '/* No. */\n#include "cellar/x.h"\n', "in no floor of the house"),
    (
        "include/rask/rask.h",
        '/* Public. */\n#include "base/memory.h"\n',
        "include/rask/rask.h:2: a public header includes",
    ),
    (
        "src/exec/driver.c",
        "/* Driver. */\nvoid f(void) {\n    free (x);\n}\n",
        "src/exec/driver.c:3: free() is called outside src/base",
    ),
    ("src/exec/driver.c", "/* D. */\nchar *s = strdup(t);\n", "strdup() is called outside"),
    ("src/exec/driver.c", "int x;\n", "src/exec/driver.c:1: the file does not open with a comment"),
    ("tools/x.py", "import os\n", "tools/x.py:1: the file does not open with a comment"),
    ("tools/x", "#!/bin/sh\necho\n", "tools/x:1: the file does not open with a comment"),
    ("src/exec/driver.h", "/* D. */\n/* " + "x" * 97 + " */\n", "103 columns, more than 100"),
    ("src/exec/README.md", "line\n" * 81, "src/exec/README.md:80: 81 lines, more than 80"),
    ("src/exec/README.md", None, "src/exec:1: the folder has no README.md"),
    ("src/exec/dead.c", "/* Dead. */\n", "src/exec/dead.c:1: no meson.build names this file"),
    ("src/exec/op_dead.c", "/* Dead. */\n", "src/exec/op_dead.c:1: no meson.build names this"),
    ("tests/unit/memory.c", "/* Twin. */\n", "the name is taken by src/base/memory.c"),
    ("docs/x.md", "see /" + "home/someone/rask\n", "docs/x.md:1: a path of one machine"),
]


@pytest.mark.parametrize("path, text, finding", PLANTED, ids=[row[2][-40:] for row in PLANTED])
def test_a_planted_violation_is_found(tidy, path, text, finding):
    status, output = tidy({path: text})
    assert status == 1
    assert finding in output


def test_a_list_that_the_build_reads_names_files_too(tidy):
    changes = {"src/exec/ops.list": "OPERATOR(sort)\n", "src/exec/op_sort.c": "/* Sorts. */\n"}
    status, output = tidy(changes)
    assert status == 0, output


def test_members_comments_and_strings_are_not_calls(tidy):
    lines = ["x->free(y);", "x.malloc(1);", "/* free(x) */", '"free(x)";', "base_free(x);"]
    status, output = tidy({"src/exec/driver.c": "/* Driver. */\n" + "\n".join(lines) + "\n"})
    assert status == 0, output
