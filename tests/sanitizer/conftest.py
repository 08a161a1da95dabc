"""Runs the planted errors of the build directory that RASK_PLANTED names."""

import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def planted():
    """Gives a function that plants an error in a C program and returns (status, stderr)."""
    folder = Path(os.environ["RASK_PLANTED"])

    def run(error, **environment):
        env = {**os.environ, **environment}
        env.pop("LD_PRELOAD", None)
        command = [*os.environ.get("RASK_WRAPPER", "").split(), folder / "planted", error]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run
