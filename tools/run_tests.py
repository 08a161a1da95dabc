"""Runs the tests: `./dev test [--slow] [part...]`.

The parts are the table at the foot, run in that order: cheap ones first.  A part that fails does
not stop the others; its log is shown, and every log stays in build-logs/.  The last line is
`N passed, N failed`, where a part's own cases are counted if its tool tells them and the part
itself if not.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build-logs"
PYTHON = sys.executable
FUZZ_SECONDS = 5


class Part:
    """One run of a part: what it executes is logged, what it counts is added up."""

    def __init__(self, name, slow):
        self.name = name
        self.slow = slow
        self.passed = 0
        self.failed = 0
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log_path = LOGS / f"{name}.log"
        self.log_path.write_bytes(b"")

    def log(self, text):
        with open(self.log_path, "a", encoding="utf-8") as log:
            log.write(text + "\n")

    def execute(self, command, env=None):
        """Runs the command, its output going to the log; gives its exit status."""
        command = [str(word) for word in command]
        self.log("$ " + " ".join(command))
        with open(self.log_path, "ab") as log:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return done.returncode

    def require(self, command, env=None):
        """Runs a command that is one case by itself."""
        self.count(int(self.execute(command, env) == 0), 1)

    def build(self, flavour, *targets):
        """Brings a build up to date, which counts only when it fails; gives whether it worked."""
        worked = self.execute(["tools/build", flavour, *targets]) == 0
        self.failed += not worked
        return worked

    def count(self, passed, total):
        self.passed += passed
        self.failed += total - passed


# --- tools that tell their cases -------------------------------------------------------------


def meson_tests(part, build, suite, env=None, wrapper=None):
    """The C tests of one build directory that belong to `suite`."""
    results = ROOT / build / "meson-logs" / "testlog.json"
    results.unlink(missing_ok=True)
    command = ["meson", "test", "-C", build, "--suite", suite, "--print-errorlogs"]
    status = part.execute(command + (["--wrapper", wrapper] if wrapper else []), env)
    cases = []
    if results.exists():
        cases = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    passed = sum(case["result"] in ("OK", "EXPECTEDFAIL") for case in cases)
    failed = sum(case["result"] not in ("OK", "EXPECTEDFAIL", "SKIP") for case in cases)
    part.passed += passed
    # A test program that does not compile has no line in the results.
    part.failed += failed or int(status != 0)


def pytest(part, paths, env=None):
    """A pytest run; an empty one is a failure, since something is always there to test."""
    report = LOGS / f"{part.name}.xml"
    report.unlink(missing_ok=True)
    marks = [] if part.slow else ["-m", "not slow"]
    command = [PYTHON, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider"]
    status = part.execute([*command, f"--junitxml={report}", *marks, *paths], env)
    failed = 0
    if report.exists():
        for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            part.passed += int(suite.get("tests", 0)) - bad - skipped
            failed += bad
    part.failed += failed or int(status != 0)


def sqltest(part, build, env=None):
    """The `.test` files in all their ways; the runner ends with `N passed, N failed`."""
    runner = ROOT / build / "tests" / "sqltest" / "sqltest"
    folders = [folder for folder in ("tests/sql", "tests/stream") if (ROOT / folder).is_dir()]
    slow = ["--slow"] if part.slow else []
    status = part.execute([runner, "--all", *slow, *folders], env)
    log = part.log_path.read_text(encoding="utf-8", errors="replace")
    counts = re.findall(r"^(\d+) passed, (\d+) failed", log, re.M)
    if counts:
        part.passed += int(counts[-1][0])
        part.failed += int(counts[-1][1])
    if status != 0 and not (counts and int(counts[-1][1])):
        part.failed += 1


# --- environments ----------------------------------------------------------------------------


def sanitizer_environment():
    """For C programs: any report ends the program, leaks included."""
    return {
        "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
    }


def sanitizer_python_environment():
    """For the interpreter, which is not instrumented: the runtime comes first by LD_PRELOAD.

    CPython itself leaves memory behind at exit, so leaks are looked for in the C tests only.
    """
    compiler = os.environ.get("CC", "cc")
    libraries = [
        subprocess.check_output([compiler, f"-print-file-name={name}"], text=True).strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    return {
        **sanitizer_environment(),
        "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=0:strict_string_checks=1",
        "LD_PRELOAD": " ".join(libraries),
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": str(ROOT / "build-asan" / "python"),
    }


# --- parts -----------------------------------------------------------------------------------


def check(part):
    """Layout and lints."""
    sources = listed_files("*.c", "*.h")
    if sources:
        part.require(["clang-format", "--dry-run", "--Werror", *sources])
    part.require([PYTHON, "tools/tidy.py"])
    part.require(["ruff", "check", "--quiet", "."])
    part.require(["ruff", "format", "--quiet", "--check", "."])
    part.require(["shellcheck", *shell_scripts()])
    if part.slow:
        part.require(["tools/clang_tidy"])


def listed_files(*patterns):
    """Files of the checkout, committed or about to be, without vendored code."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "--", *patterns]
    names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    return [n for n in names if not n.startswith("third_party/") and (ROOT / n).exists()]


def shell_scripts():
    """The dev script and whatever else begins with a shell's first line."""
    found = []
    for name in listed_files("dev", ".ci", "tools", "bench", "tests"):
        with open(ROOT / name, "rb") as file:
            if re.match(rb"#! ?(/usr)?/bin/(env )?(ba)?sh\b", file.readline()):
                found.append(name)
    return found


def scripts(part):
    """The project's own scripts."""
    pytest(part, ["tests/dev"])


def release_c(part):
    """C units and the fuzz corpora."""
    if part.build("release"):
        meson_tests(part, "build", "unit")
        meson_tests(part, "build", "fuzz")


def release_sql(part):
    """`.test` files."""
    if part.build("release"):
        sqltest(part, "build")


def release_python(part):
    """The Python package and the flink command."""
    if part.build("release"):
        pytest(part, ["tests/python"])


def release_vectors(part):
    """Recorded answers of real Flink, tests/vectors/gaps.tsv excepted."""
    if part.build("release"):
        pytest(part, ["tests/vectors"])


def asan_c(part):
    """The same under the address and undefined behaviour sanitizers, leaks included."""
    if part.build("asan"):
        meson_tests(part, "build-asan", "unit", sanitizer_environment())
        meson_tests(part, "build-asan", "fuzz", sanitizer_environment())


def asan_planted(part):
    """Planted errors are found, in C programs and through the interpreter."""
    planted = {"RASK_PLANTED": str(ROOT / "build-asan" / "tests" / "sanitizer")}
    if part.build("asan", "planted"):
        environment = {**sanitizer_python_environment(), **planted}
        pytest(part, ["tests/sanitizer/test_address.py"], environment)


def asan_sql(part):
    """`.test` files under the sanitizers."""
    if part.build("asan"):
        sqltest(part, "build-asan", sanitizer_environment())


def asan_python(part):
    """The Python package and the flink command under the sanitizers."""
    if part.build("asan"):
        pytest(part, ["tests/python"], sanitizer_python_environment())


def asan_vectors(part):
    """Recorded answers under the sanitizers."""
    if part.build("asan"):
        pytest(part, ["tests/vectors"], sanitizer_python_environment())


def tsan(part):
    """The runtime's units under the thread sanitizer."""
    if not part.build("tsan"):
        return
    # gcc 12's runtime cannot live with the address layouts of newer kernels.
    wrapper = "setarch -R" if shutil.which("setarch") else None
    env = {"TSAN_OPTIONS": "halt_on_error=1:exitcode=99"}
    meson_tests(part, "build-tsan", "runtime", env, wrapper)
    planted = {
        "RASK_PLANTED": str(ROOT / "build-tsan" / "tests" / "sanitizer"),
        "RASK_WRAPPER": wrapper or "",
    }
    if part.build("tsan", "planted"):
        pytest(part, ["tests/sanitizer/test_thread.py"], {**env, **planted})


def fuzz(part):
    """A few seconds of every fuzz target."""
    if part.build("fuzz"):
        for target in subprocess.check_output(["tools/fuzz", "list"], cwd=ROOT, text=True).split():
            part.require(["tools/fuzz", target, FUZZ_SECONDS])


def docs(part):
    """The manual, warnings being errors."""
    part.require(["tools/docs"])


PARTS = {
    "check": check,
    "scripts": scripts,
    "c": release_c,
    "sql": release_sql,
    "python": release_python,
    "vectors": release_vectors,
    "asan-c": asan_c,
    "asan-planted": asan_planted,
    "asan-sql": asan_sql,
    "asan-python": asan_python,
    "asan-vectors": asan_vectors,
    "tsan": tsan,
    "fuzz": fuzz,
    "docs": docs,
}


def main():
    parser = argparse.ArgumentParser(prog="./dev test", description="Run the tests.")
    parser.add_argument("--slow", action="store_true", help="with the slow tests")
    parser.add_argument("--list", action="store_true", help="name the parts and stop")
    parser.add_argument("parts", nargs="*", metavar="part", help="default: all of them")
    arguments = parser.parse_args()
    if arguments.list:
        for name, function in PARTS.items():
            print(f"{name:14}{function.__doc__.splitlines()[0]}")
        return 0
    unknown = [name for name in arguments.parts if name not in PARTS]
    if unknown:
        parser.error(f"no part '{unknown[0]}'; the parts are {', '.join(PARTS)}")
    os.environ["PATH"] = f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}"
    passed = failed = 0
    for name in arguments.parts or PARTS:
        part = Part(name, arguments.slow)
        start = time.monotonic()
        PARTS[name](part)
        verdict = "ok  " if part.failed == 0 else "FAIL"
        seconds = time.monotonic() - start
        print(f"{verdict} {name:14}{seconds:7.1f} s  {part.passed} passed, {part.failed} failed")
        if part.failed:
            show(part)
        sys.stdout.flush()
        passed += part.passed
        failed += part.failed
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


def show(part, lines_max=300):
    """The end of a failed part's log, where the tools put what matters."""
    lines = part.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    if len(lines) > lines_max:
        print(f"    ... {len(lines) - lines_max} lines more in {part.log_path.relative_to(ROOT)}")
    for line in lines[-lines_max:]:
        print("    " + line)


if __name__ == "__main__":
    sys.exit(main())
