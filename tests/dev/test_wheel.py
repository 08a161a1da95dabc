"""The wheel: one file for CPython 3.11 and later, whole without anything else installed."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of the sources as committed or about to be, built away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    names = subprocess.check_output(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
            (source / name).chmod((ROOT / name).stat().st_mode)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", folder, source], check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_is_for_the_stable_abi(wheel):
    assert wheel.name.startswith("rask_table-")
    assert "-cp311-abi3-" in wheel.name


def test_it_holds_package_extension_and_command_and_no_more(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        executable = archive.getinfo("pyflink/bin/flink").external_attr >> 16 & 0o111
        (metadata,) = (n for n in names if n.endswith(".dist-info/METADATA"))
        assert b"Requires-Dist" not in archive.read(metadata)
    assert executable
    assert "pyflink/__init__.py" in names
    assert [n for n in names if n.endswith(".so")] == ["pyflink/_rask.abi3.so"]
    assert not [n for n in names if "__pycache__" in n or n.startswith("include/")]


def test_installed_it_runs_a_program(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    bin_folder = tmp_path / "venv" / "bin"
    pip = [bin_folder / "python", "-m", "pip", "install", "-q", "--no-index", wheel]
    subprocess.run(pip, check=True)
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from pyflink.table import EnvironmentSettings, TableEnvironment\n"
        "t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())\n"
        "t_env.from_elements([('a', 1)], ['w', 'n']).execute().print()\n"
        "print(sys.executable)\n"
    )
    out = subprocess.check_output([bin_folder / "flink", "run", "-py", program], text=True)
    assert "1 row in set" in out
    assert out.splitlines()[-1] == str(bin_folder / "python")
