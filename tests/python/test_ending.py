"""How programs end: Ctrl-C, jobs that nobody waits for, functions that are stuck."""

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import sys, time
from pyflink.table import *
from pyflink.table.expressions import col
from pyflink.table.udf import udf

def slow(i):
    time.sleep(0.05)
    return i

def spin(i):
    while True:
        pass

def sleep(i):
    time.sleep(1000)

def fail(i):
    raise LookupError("of the user's own")

function, ending = sys.argv[1:]
t_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
t_env.get_config().set("parallelism.default", "1")
t_env.execute_sql("CREATE TABLE endless (i BIGINT) WITH ('connector' = 'datagen')")
t_env.execute_sql(
    "CREATE TABLE sink (i BIGINT) WITH ('connector' = 'filesystem', 'path' = 'out', "
    "'format' = 'csv')")
if function in globals():
    made = udf(globals()[function], result_type=DataTypes.BIGINT())
    table = t_env.from_elements([(i,) for i in range(20)], ["i"]).select(made(col("i")))
else:
    table = t_env.from_path("endless")
print("started", flush=True)
if ending == "print":
    table.execute().print()
elif ending == "collect":
    for row in table.execute().collect():
        pass
elif ending == "wait":
    table.execute_insert("sink").wait()
elif ending == "future":
    table.execute_insert("sink").get_job_client().get_job_execution_result().result()
elif ending == "dropped":
    table.execute_insert("sink")
    while not any(name.startswith("part-") for name in os.listdir("out")):
        time.sleep(0.01)
    print("written")
elif ending == "left":
    table.execute_insert("sink")
elif ending == "interrupted":
    table.execute_insert("sink")
    time.sleep(1000)
elif ending == "cancel":
    client = table.execute_insert("sink").get_job_client()
    time.sleep(0.2)
    client.cancel().result()
    while not client.get_job_status().result().is_terminal_state():
        time.sleep(0.01)
    print(client.get_job_status().result().name)
elif ending == "iterator":
    print(next(table.execute().collect())[0])
""".replace("import sys, time", "import os, sys, time")


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def files(tmp_path):
    return [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.parametrize("launcher", ["python", "flink"])
@pytest.mark.parametrize(
    "function,ending",
    [
        ("none", "print"),
        ("none", "collect"),
        ("none", "wait"),
        ("none", "future"),
        ("none", "interrupted"),
        ("slow", "wait"),
        ("spin", "wait"),
        ("sleep", "print"),
    ],
)
def test_ctrl_c(program, tmp_path, flink_binary, launcher, function, ending):
    """It ends promptly, says so as Python does, leaves no process and no file behind."""
    command = [sys.executable] if launcher == "python" else [flink_binary, "run", "-py"]
    with open(tmp_path / "stdout", "w+") as out:
        process = subprocess.Popen(
            [*command, program, function, ending],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYFLINK_CLIENT_EXECUTABLE": sys.executable},
            start_new_session=True,
            # A shell that starts tests in the background has it ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        while "started" not in (tmp_path / "stdout").read_text(errors="replace")[:100]:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert files(tmp_path) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_forgotten_query_ends_with_the_program(run_python, program):
    done = run_python(program, "none", "iterator", timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_an_insert_goes_on_when_nobody_holds_its_result(run_python, program):
    done = run_python(program, "slow", "dropped")
    assert done.stdout == "started\nwritten\n", done.stderr
    assert done.returncode == 0


def test_in_plain_python_an_insert_ends_with_the_program(run_python, program, tmp_path):
    """As with PyFlink's local cluster; but it is said."""
    done = run_python(program, "slow", "left")
    assert done.returncode == 0
    assert "was still running and is cancelled; wait() for its result" in done.stderr
    assert files(tmp_path) == []


def test_flink_run_waits_for_inserts(run_flink, program, tmp_path):
    done = run_flink("run", "-py", program, "slow", "left")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    [part] = files(tmp_path)
    assert part.read_text().split() == [str(i) for i in range(20)]


def test_flink_run_tells_of_a_failed_insert(run_flink, program, tmp_path):
    done = run_flink("run", "-py", program, "fail", "left")
    assert done.returncode == 1
    assert "LookupError: of the user's own" in done.stderr
    assert files(tmp_path) == []


@pytest.mark.parametrize("function", ["none", "slow", "spin"])
def test_cancel(run_python, program, tmp_path, function):
    done = run_python(program, function, "cancel", timeout=30)
    assert done.stdout == "started\nCANCELED\n", done.stderr
    assert files(tmp_path) == []
