"""The package itself: doctests, names that are not there yet, import cost, signals, types."""

import doctest
import importlib
import pkgutil
import signal
import subprocess
import sys
import time

import pyflink
import pytest


def modules():
    for info in pkgutil.walk_packages(pyflink.__path__, "pyflink."):
        if not info.name.rsplit(".", 1)[-1].startswith("_"):
            yield info.name


@pytest.mark.parametrize("name", list(modules()))
def test_docstrings(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_missing_names_say_so(batch_env):
    import pyflink.table

    with pytest.raises(AttributeError, match="pyflink.table.CompiledPlan is not supported by Rask"):
        pyflink.table.CompiledPlan  # noqa: B018
    with pytest.raises(ModuleNotFoundError, match="pyflink.datastream.window is not supported"):
        importlib.import_module("pyflink.datastream.window")
    with pytest.raises(AttributeError, match="Table.to_changelog is not supported by Rask"):
        batch_env.from_elements([(1,)]).to_changelog  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        pyflink.table.frobnicate  # noqa: B018


def test_import_pulls_in_nothing_heavy(run_python):
    done = run_python(
        "-c",
        "import sys, pyflink.table; print(sorted(m for m in sys.modules if "
        "m.split('.')[0] in ('numpy', 'pandas', 'pyarrow', 'asyncio', 'logging')))",
    )
    assert done.stdout == "[]\n", done.stderr


def test_warning_beside_apache_flink(run_python, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "apache_flink-2.3.0.dist-info").mkdir()
    (site / "pyflink").symlink_to(pyflink.__path__[0])
    done = run_python("-W", "always", "-c", "import pyflink", PYTHONPATH=str(site))
    assert "apache-flink are installed side by side" in done.stderr


def test_ctrl_c_cancels_the_job(tmp_path):
    program = tmp_path / "endless.py"
    program.write_text(
        "import time\n"
        "from pyflink.table import *\n"
        "from pyflink.table.expressions import col\n"
        "from pyflink.table.udf import udf\n"
        "slow = udf(lambda i: time.sleep(0.05) or i, result_type=DataTypes.BIGINT())\n"
        "t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())\n"
        "t_env.execute_sql(\"CREATE TABLE s (x BIGINT) WITH ('connector' = 'blackhole')\")\n"
        "t = t_env.from_elements([(i,) for i in range(100000)], ['i'])\n"
        "print('started', flush=True)\n"
        "t.select(slow(col('i'))).execute_insert('s').wait()\n"
    )
    process = subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "started\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors


def test_a_forgotten_query_ends_with_the_program(run_python):
    done = run_python(
        "-c",
        "from pyflink.table import *\n"
        "t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())\n"
        "t = t_env.from_elements([(i,) for i in range(100000)], ['i'])\n"
        "result = t.execute()\n"
        "print(next(result.collect())[0])\n",
        timeout=30,
    )
    assert done.stdout == "0\n", done.stderr
    assert done.returncode == 0
