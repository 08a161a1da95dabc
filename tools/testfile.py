"""Reads and writes .test files (the format is described in tests/README.md).

A file is kept as a list of items.  Text that only people read (comments, blank lines) stays a
plain string, so that writing a file back changes nothing but the expected sections of its blocks.
"""

import re
from dataclasses import dataclass, field

MODES = ("batch", "streaming")
WAYS = ("plain", "one-row", "parallel", "restore")
DIRECTIVES = ("statement", "query", "changelog", "print", "stdout", "explain", "file")
MARKS = ("only", "ways", "differs", "notimpl", "never")

_ESCAPES = {"\\": "\\\\", "|": "\\|", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")


class TestFileError(Exception):
    """A .test file that does not follow the format; names the file and line."""


def escape_text(text):
    """Escapes what would break a line apart, and spaces nobody could see at either end."""
    if text == "":
        return "\\e"
    out = "".join(
        _ESCAPES.get(c) or (f"\\x{ord(c):02x}" if ord(c) < 32 or ord(c) == 127 else c) for c in text
    )
    body = out.strip(" ")
    lead = len(out) - len(out.lstrip(" "))
    trail = len(out) - lead - len(body)
    return "\\s" * lead + body + "\\s" * trail


def _escape_in_line(c):
    if c in "\\\r":
        return _ESCAPES[c]
    return f"\\x{ord(c):02x}" if c < " " and c != "\t" else c


def escape_line(line):
    """Escapes one line of printed text or of a file; spaces stay, except at the end."""
    if line == "":
        return "\\e"
    out = "".join(_escape_in_line(c) for c in line)
    if out.startswith("----"):
        out = "\\x2d" + out[1:]
    body = out.rstrip(" ")
    return body + "\\s" * (len(out) - len(body))


def escape_lines(text):
    """The lines of a text; a last line `\\z` says that the text does not end in a line feed."""
    if text == "":
        return []
    lines = text.split("\n")
    ended = lines[-1] == ""
    out = [escape_line(line) for line in (lines[:-1] if ended else lines)]
    return out if ended else out + ["\\z"]


def format_row(cells, kind=None):
    text = " | ".join(escape_text(c) for c in cells)
    return f"{kind} {text}" if kind else text


def format_header(columns):
    """columns: pairs of (name, type summary)."""
    names = (
        (n if _PLAIN_NAME.match(n) else "`" + n.replace("`", "``") + "`", t) for n, t in columns
    )
    return ", ".join(f"{escape_text(name)} {type_text}" for name, type_text in names)


@dataclass
class Block:
    """One directive with its marks, its text and its expected sections."""

    line: int
    head: list  # the lines up to the text: marks and the directive, as written
    directive: str
    args: list
    text: str
    marks: dict = field(default_factory=dict)
    expected: list = field(default_factory=list)  # Flink's answer
    rask: list = None  # ours, where it differs on purpose
    has_expected: bool = False

    def runs_in(self, mode):
        if self.directive == "changelog" and mode != "streaming":
            return False
        return mode in self.marks.get("only", " ".join(MODES)).split()

    def wants_expected(self):
        return not (self.directive == "statement" and self.args[:1] == ["ok"])

    def render(self):
        lines = list(self.head)
        if self.text:
            lines += self.text.split("\n")
        if self.wants_expected():
            lines.append("----")
            lines += self.expected
            if self.rask is not None:
                lines.append("---- rask")
                lines += self.rask
        return lines


@dataclass
class Setting:
    key: str
    value: str
    raw: str

    def render(self):
        return [self.raw]


class TestFile:
    """A parsed .test file; `items` are str, Setting and Block in file order."""

    def __init__(self, path):
        self.path = path
        self.modes = []
        self.items = []
        with open(path, encoding="utf-8", newline="") as stream:
            self._parse(stream.read().split("\n"))
        if not self.modes:
            raise TestFileError(f"{path}:1: no `mode` line")

    def blocks(self):
        return [item for item in self.items if isinstance(item, Block)]

    def render(self):
        lines = []
        for item in self.items:
            lines += [item] if isinstance(item, str) else item.render()
        return "\n".join(lines)

    def _fail(self, number, what):
        raise TestFileError(f"{self.path}:{number + 1}: {what}")

    def _parse(self, lines):
        at = 0
        while at < len(lines):
            line = lines[at]
            words = line.split()
            if not words or line.startswith("#"):
                self.items.append(line)
                at += 1
            elif words[0] == "mode":
                self.modes = words[1:]
                if not self.modes or set(self.modes) - set(MODES):
                    self._fail(at, f"expected `mode batch|streaming`, found `{line}`")
                self.items.append(line)
                at += 1
            elif words[0] == "set":
                parts = line.split(None, 2)
                if len(parts) < 2:
                    self._fail(at, "expected `set <key> <value>`")
                self.items.append(Setting(parts[1], parts[2] if len(parts) > 2 else "", line))
                at += 1
            else:
                at = self._parse_block(lines, at)

    def _parse_block(self, lines, at):
        start, marks = at, {}
        while lines[at].split()[:1] and lines[at].split()[0] in MARKS:
            name, _, rest = lines[at].partition(" ")
            if not rest.strip():
                self._fail(at, f"`{name}` needs a reason or a list")
            marks[name] = rest.strip()
            at += 1
        words = lines[at].split()
        if not words or words[0] not in DIRECTIVES:
            self._fail(at, f"unknown directive `{lines[at]}`")
        head = lines[start : at + 1]
        block = Block(start + 1, head, words[0], words[1:], "", marks)
        at += 1
        text = []
        while at < len(lines) and lines[at] and not lines[at].startswith("----"):
            text.append(lines[at])
            at += 1
        block.text = "\n".join(text)
        if block.directive != "file" and not block.text:
            self._fail(at, "the block has no SQL text")
        if at < len(lines) and lines[at] == "----":
            block.has_expected = True
            block.expected, at = self._section(lines, at + 1)
        if at < len(lines) and lines[at] == "---- rask":
            block.rask, at = self._section(lines, at + 1)
        if "differs" in marks and block.rask is None:
            block.rask = []
        self.items.append(block)
        return at

    @staticmethod
    def _section(lines, at):
        rows = []
        while at < len(lines) and lines[at] and not lines[at].startswith("---- "):
            rows.append(lines[at])
            at += 1
        return rows, at
