"""The address and undefined behaviour sanitizers see planted errors, in C and through Python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

LEAKS = "exitcode=99:detect_leaks=1"


@pytest.mark.parametrize(
    "error, report",
    [
        ("overflow", "AddressSanitizer: heap-buffer-overflow"),
        ("undefined", "signed integer overflow"),
        ("leak", "LeakSanitizer: detected memory leaks"),
    ],
)
def test_a_c_program_is_stopped(planted, error, report):
    status, output = planted(error, ASAN_OPTIONS=LEAKS)
    assert report in output
    assert status == 99


@pytest.mark.parametrize(
    "function, report",
    [
        ("planted_overflow", "AddressSanitizer: heap-buffer-overflow"),
        ("planted_undefined", "signed integer overflow"),
    ],
)
def test_the_interpreter_is_stopped(function, report):
    library = Path(os.environ["RASK_PLANTED"]) / "libplanted.so"
    program = f"import ctypes; ctypes.CDLL({str(library)!r}).{function}(); print('not detected')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert report in done.stderr
    assert done.returncode == 99
