"""`flink run`: options, the program's path and arguments, refusals."""

import os
import sys
import zipfile

import pytest


@pytest.fixture
def program(tmp_path):
    """A program that shows how it was started."""
    path = tmp_path / "program.py"
    path.write_text(
        "import os, sys\n"
        "print(sys.executable)\n"
        "print(sys.argv[1:])\n"
        "print(os.environ.get('RASK_PROGRAM_OPTIONS', ''))\n"
        "try:\n"
        "    import helper_module\n"
        "    print(helper_module.WHERE)\n"
        "except ImportError:\n"
        "    print('no helper')\n"
    )
    return path


def test_program_arguments(run_flink, program):
    done = run_flink("run", "-py", program, "--input", "x", "-p", "7")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1] == "['--input', 'x', '-p', '7']"


def test_parallelism(run_flink, program):
    done = run_flink("run", "-p", "3", "-py", program)
    assert "parallelism.default=3" in done.stdout


@pytest.mark.parametrize("wrong", ["0", "-1", "many", "1.5"])
def test_wrong_parallelism(run_flink, program, wrong):
    done = run_flink("run", "-p", wrong, "-py", program)
    assert done.returncode == 1
    assert done.stderr == "flink: The parallelism must be a positive number: %s\n" % wrong


def test_parallelism_reaches_the_environment(run_flink, tmp_path):
    path = tmp_path / "p.py"
    path.write_text(
        "from pyflink.table import EnvironmentSettings, TableEnvironment\n"
        "t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())\n"
        "print(t_env.get_config().get('parallelism.default', 'none'))\n"
    )
    assert run_flink("run", "-p", "3", "-py", path).stdout == "3\n"


def helper(directory, where):
    directory.mkdir(exist_ok=True)
    (directory / "helper_module.py").write_text("WHERE = %r\n" % where)
    return directory


def test_files(run_flink, program, tmp_path):
    directory = helper(tmp_path / "lib", "directory")
    for item in (directory, directory / "helper_module.py"):
        done = run_flink("run", "-pyfs", item, "-py", program)
        assert done.stdout.splitlines()[-1] == "directory", done.stderr


def test_zip(run_flink, program, tmp_path):
    archive = tmp_path / "lib.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("helper_module.py", "WHERE = 'zip'\n")
    done = run_flink("run", "-pyfs", archive, "-py", program)
    assert done.stdout.splitlines()[-1] == "zip", done.stderr


def test_several_files_as_the_proposal_prints_them(run_flink, program, tmp_path):
    """-pyfs a.zip, b.py: an item that ends in a comma takes the next argument too."""
    other = tmp_path / "other.py"
    other.write_text("")
    directory = helper(tmp_path / "lib", "second")
    done = run_flink("run", "-pyfs", "%s," % other, directory, "-py", program, "argument")
    assert done.stdout.splitlines()[1] == "['argument']"
    assert done.stdout.splitlines()[-1] == "second"
    done = run_flink("run", "-pyfs", "%s,%s" % (other, directory), "-py", program)
    assert done.stdout.splitlines()[-1] == "second"


def test_module(run_flink, tmp_path):
    package = tmp_path / "lib" / "jobs"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "main.py").write_text("import sys; print('module', sys.argv[1:])\n")
    done = run_flink("run", "-pym", "jobs.main", "-pyfs", tmp_path / "lib", "a")
    assert done.stdout == "module ['a']\n", done.stderr


def test_a_comma_at_the_end_takes_no_option(run_flink, program, tmp_path):
    directory = helper(tmp_path / "lib", "here")
    done = run_flink("run", "-pyfs", "%s ," % directory, "-py", program, "argument")
    assert done.stdout.splitlines()[1] == "['argument']", done.stderr
    assert done.stdout.splitlines()[-1] == "here"


def test_a_linked_file_keeps_its_name(run_flink, program, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other_name.py").write_text("WHERE = 'linked'\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "helper_module.py").symlink_to(tmp_path / "elsewhere" / "other_name.py")
    done = run_flink("run", "-pyfs", "file://%s/lib/helper_module.py" % tmp_path, "-py", program)
    assert done.stdout.splitlines()[-1] == "linked", done.stderr


def test_a_script_wins_over_a_module(run_flink, program, tmp_path):
    """The proposal's rule; Flink refuses the pair."""
    done = run_flink("run", "-py", program, "-pym", "none", "-pyfs", tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_script_as_uri(run_flink, program):
    assert run_flink("run", "-py", "file://%s" % program).returncode == 0


def test_module_needs_files(run_flink):
    done = run_flink("run", "-pym", "jobs.main")
    assert done.returncode == 1
    assert "-pyfs" in done.stderr


def test_client_executable_wins(run_flink, program, tmp_path):
    link = tmp_path / "my-python"
    link.write_text("#!/bin/sh\necho chosen\nexec '%s' \"$@\"\n" % sys.executable)
    link.chmod(0o755)
    done = run_flink("run", "-pyclientexec", link, "-py", program)
    assert done.stdout.startswith("chosen\n")
    done = run_flink("run", "-py", program, client=False, PYFLINK_CLIENT_EXECUTABLE=str(link))
    assert done.stdout.startswith("chosen\n")


def test_exit_status_is_the_program_s(run_flink, tmp_path):
    path = tmp_path / "fails.py"
    path.write_text("raise SystemExit(7)\n")
    assert run_flink("run", "-py", path).returncode == 7


@pytest.mark.parametrize("option", ["-d", "-m", "-s", "-Dkey=value", "-pyexec", "--py-env", "-t"])
def test_later_options_are_refused_by_name(run_flink, program, option):
    done = run_flink("run", option, "-py", program)
    assert done.returncode == 1
    assert done.stderr == "flink: Option %s is not supported yet.\n" % option


@pytest.mark.parametrize("action", ["list", "cancel", "savepoint"])
def test_later_actions_are_refused_by_name(run_flink, action):
    done = run_flink(action)
    assert done.returncode == 1
    assert action in done.stderr


def test_missing_program(run_flink, tmp_path):
    done = run_flink("run", "-py", tmp_path / "none.py")
    assert done.returncode == 1
    assert "none.py" in done.stderr
    assert run_flink("run").returncode == 1


def test_missing_file(run_flink, program, tmp_path):
    done = run_flink("run", "-pyfs", tmp_path / "none.zip", "-py", program)
    assert done.returncode == 1
    assert "none.zip" in done.stderr


def test_help_and_version(run_flink):
    done = run_flink("--help")
    assert done.returncode == 0 and "-pyfs" in done.stdout
    assert run_flink("--version").stdout.startswith("Version: ")
    assert '"frobnicate" is not a valid action' in run_flink("frobnicate").stderr
    done = run_flink()
    assert done.returncode == 1 and "Please specify an action." in done.stdout
    assert all(len(line) < 100 for line in done.stdout.splitlines())


@pytest.mark.parametrize("option", ["-py", "-pyfs", "-p"])
def test_an_option_without_its_value(run_flink, option):
    done = run_flink("run", option)
    assert done.returncode == 1
    assert done.stderr == "flink: Missing argument for option: %s\n" % option


def test_console_script_is_bound_to_its_interpreter(run_python, program):
    env = {name: value for name, value in os.environ.items() if name != "PYFLINK_CLIENT_EXECUTABLE"}
    assert "PYFLINK_CLIENT_EXECUTABLE" not in env
    done = run_python(
        "-c",
        "import sys; sys.argv = ['flink', 'run', '-py', %r]; "
        "from pyflink._cli import main; main()" % str(program),
    )
    assert done.stdout.splitlines()[0] == sys.executable, done.stderr
