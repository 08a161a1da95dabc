"""The door answers quickly, names its commands, and refuses what it does not know."""

import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def dev(*arguments):
    done = subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_without_a_command_it_shows_how_it_is_used():
    status, out, _ = dev()
    assert status == 2
    assert "usage: ./dev <command>" in out


def test_every_command_in_the_usage_is_there():
    _, usage, _ = dev("help")
    script = (ROOT / "dev").read_text()
    named = [
        line.split()[0] for line in usage.splitlines() if line.startswith("  ") and line[2] > " "
    ]
    assert {"run", "test", "build", "check", "bench", "docs", "fuzz", "record", "parity"} <= set(
        named
    )
    for name in named:
        assert f"\ncmd_{name}() {{" in script


def test_an_unknown_command_is_refused_by_name():
    status, _, err = dev("dance")
    assert status == 1
    assert "no command 'dance'" in err


def test_an_unknown_test_part_is_refused_with_the_known_ones():
    status, _, err = dev("test", "dance")
    assert status == 2
    assert "no part 'dance'; the parts are check, scripts, c, sql," in err


def test_setup_is_instant_when_done():
    dev("setup")
    seconds = []
    for _ in range(5):
        start = time.monotonic()
        assert dev("setup") == (0, "", "")
        seconds.append(time.monotonic() - start)
    assert min(seconds) < 0.3


def test_debian_packages_are_group_and_name():
    for line in (ROOT / "tools" / "debian-packages").read_text().splitlines():
        if not line.startswith("#"):
            group, name = line.split()
            assert group in ("run", "test"), name
