"""Fixtures of the Python tests: environments in both modes, and programs run as users run them."""

import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@pytest.fixture
def batch_env():
    from pyflink.table import EnvironmentSettings, TableEnvironment

    return TableEnvironment.create(EnvironmentSettings.in_batch_mode())


@pytest.fixture
def stream_env():
    from pyflink.table import EnvironmentSettings, TableEnvironment

    return TableEnvironment.create(EnvironmentSettings.in_streaming_mode())


@pytest.fixture(params=["batch", "streaming"])
def any_env(request):
    from pyflink.table import EnvironmentSettings, TableEnvironment

    settings = (
        EnvironmentSettings.in_batch_mode()
        if request.param == "batch"
        else EnvironmentSettings.in_streaming_mode()
    )
    return TableEnvironment.create(settings)


@pytest.fixture
def run_python(tmp_path):
    """Runs this interpreter as a user would; returns the finished process."""

    def run(*args, timeout=120, **environment):
        return subprocess.run(
            [sys.executable, *map(str, args)],
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, **environment},
        )

    return run


@pytest.fixture
def flink_binary():
    import pyflink

    packaged = os.path.join(os.path.dirname(pyflink.__file__), "bin", "flink")
    for path in (packaged, os.path.join(ROOT, "bin", "flink")):
        if os.path.exists(path):
            return path
    raise AssertionError("the flink binary was not built")


@pytest.fixture
def run_flink(tmp_path, flink_binary):
    """Runs the flink command with this interpreter for programs."""

    def run(*args, timeout=120, client=True, **environment):
        env = {**os.environ, **environment}
        if client:
            env["PYFLINK_CLIENT_EXECUTABLE"] = sys.executable
        return subprocess.run(
            [flink_binary, *map(str, args)],
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=timeout,
            env=env,
        )

    return run
