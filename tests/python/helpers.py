"""What several test files need."""

from collections import Counter


def rows(result):
    """The collected rows as tuples."""
    return [tuple(row) for row in result.collect()]


def changes(result):
    """The collected changes as ("+I", values...)."""
    return [(str(row.get_row_kind()), *row) for row in result.collect()]


def folded(changelog):
    """The table a changelog leaves."""
    table = Counter()
    for kind, *values in changelog:
        table[tuple(values)] += 1 if kind in ("+I", "+U") else -1
    assert all(count >= 0 for count in table.values()), table
    return sorted(table.elements(), key=str)


def read_parts(directory):
    """Lines of all visible files of a sink's directory."""
    lines = []
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            assert not path.name.startswith("."), "unfinished file left: %s" % path
            lines += path.read_text(encoding="utf-8").splitlines()
    return lines
