"""The C API from other languages: the examples in C and Go, built against the build's library."""

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build"
WORDS = ROOT / "examples" / "words.txt"


def expected():
    return Counter(WORDS.read_text(encoding="utf-8").split())


def environment():
    """Finds the library of the build as pkg-config shows an uninstalled one."""
    return {
        **os.environ,
        "PKG_CONFIG_PATH": str(BUILD / "meson-uninstalled"),
        "LD_LIBRARY_PATH": str(BUILD / "src"),
        "GOCACHE": str(BUILD / "go-cache"),
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
        "CGO_CFLAGS": "-I" + str(ROOT / "include"),
    }


def run(command, env, **options):
    done = subprocess.run(command, env=env, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="compilers do not run under a sanitizer")
def test_c_counts_words(tmp_path):
    env = environment()
    flags = run(["pkg-config", "--cflags", "--libs", "rask"], env).split()
    program, result = tmp_path / "word_count", tmp_path / "result"
    source = ROOT / "examples" / "c" / "word_count.c"
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    run(["cc", *strict, source, *flags, "-I", ROOT / "include", "-o", program], env)
    run([program, WORDS, result], env)
    rows = (line.rsplit(",", 1) for line in result.read_text(encoding="utf-8").splitlines())
    assert Counter({word: int(count) for word, count in rows}) == expected()
    assert (
        "already exists"
        in subprocess.run([program, WORDS, result], env=env, capture_output=True, text=True).stderr
    )


@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="compilers do not run under a sanitizer")
def test_go_counts_words(tmp_path):
    go = shutil.which("go")
    assert go is not None, "tools/debian-packages installs golang-go"
    output = run([go, "run", ".", str(WORDS)], environment(), cwd=ROOT / "examples" / "go")
    rows = (line.rsplit(" ", 1) for line in output.splitlines())
    assert Counter({word: int(count) for word, count in rows}) == expected()
