"""The console script `flink`: the packaged binary, bound to this interpreter."""

import os
import sys


def main():
    binary = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "flink")
    os.environ.setdefault("PYFLINK_CLIENT_EXECUTABLE", sys.executable)
    os.execv(binary, [binary, *sys.argv[1:]])
