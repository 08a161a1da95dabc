"""The package itself: doctests, names that are not there yet, import cost."""

import doctest
import importlib
import json
import os
import pkgutil

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


def reference_names():
    """(module, name, members) of everything public in PyFlink 1.9 and 2.3."""
    with open(os.path.join(pyflink.__path__[0], "_surface.json"), encoding="utf-8") as file:
        for module, names in json.load(file).items():
            for name, members in names.items():
                yield module, name, [member for member in members if not member.startswith("_")]


def lacks(name, error, function, *arguments):
    """Whether asking for the name fails; then it must say that the name is not there yet."""
    try:
        function(*arguments)
    except error as failure:
        assert name in str(failure) and "is not supported by Rask" in str(failure)
        return True
    return False


def test_every_missing_name_says_so():
    found = 0
    for module, name, members in reference_names():
        parent = ".".join(module.split(".")[:2])
        if lacks(parent, ModuleNotFoundError, importlib.import_module, module):
            continue
        home = importlib.import_module(module)
        if lacks("%s.%s" % (module, name), AttributeError, getattr, home, name):
            assert lacks(name, ImportError, exec, "from %s import %s" % (module, name))
            continue
        for member in members:
            if (name, member) != ("RowKind", "to_j_row_kind"):  # an enum; its Java is far away
                found += not lacks(member, AttributeError, getattr, getattr(home, name), member)
    assert found > 300


# All that the import brings besides the package: small, and needed by any program with rows.
LIGHT = {
    *("atexit", "collections", "collections.abc", "datetime", "decimal", "enum", "functools"),
    *("itertools", "keyword", "math", "numbers", "operator", "reprlib", "time", "types", "weakref"),
}
# What once came along and cost tens of milliseconds; named so that a failure explains itself.
HEAVY = {
    *("asyncio", "contextlib", "copyreg", "dataclasses", "importlib", "importlib.abc", "inspect"),
    *("json", "logging", "pathlib", "re", "tempfile", "threading", "traceback", "typing"),
    *("urllib", "warnings", "numpy", "pandas", "pyarrow"),
}


def test_import_pulls_in_nothing_heavy(run_python):
    """What bare Python does not load already, and `import pyflink.table` does."""
    done = run_python(
        "-S",
        "-c",
        "import os, sys; sys.path.append(%r); before = set(sys.modules)\n"
        "import pyflink.table; print(*sorted(set(sys.modules) - before))"
        % os.path.dirname(pyflink.__path__[0]),
    )
    loaded = {name for name in done.stdout.split() if name.split(".")[0] != "pyflink"}
    assert "datetime" in loaded, done.stderr
    assert loaded & HEAVY == set()
    assert {name for name in loaded if not name.startswith("_")} <= LIGHT


def test_import_is_quick(run_python):
    """At most 60 ms of CPU time over bare Python, the promise; some 10 ms is what it takes."""
    program = (
        "import os, sys, time\n"
        "best = {}\n"
        "for code in ('pass', 'import pyflink.table') * 8:\n"
        "    child = os.posix_spawn(sys.executable, [sys.executable, '-c', code], os.environ)\n"
        "    used = os.wait4(child, 0)[2]\n"
        "    best[code] = min(best.get(code, 9), used.ru_utime + used.ru_stime)\n"
        "print(best['import pyflink.table'] - best['pass'])\n"
    )
    limit = 0.06 if "LD_PRELOAD" not in os.environ else 0.6
    assert float(run_python("-c", program).stdout) < limit


def test_warning_beside_apache_flink(run_python, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "apache_flink-2.3.0.dist-info").mkdir()
    (site / "pyflink").symlink_to(pyflink.__path__[0])
    done = run_python("-W", "always", "-c", "import pyflink", PYTHONPATH=str(site))
    assert "apache-flink are installed side by side" in done.stderr
