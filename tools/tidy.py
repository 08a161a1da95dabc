"""Checks what keeps the house standing, and prints its ten longest functions and files.

    tools/tidy.py [--root DIRECTORY]

A check is a function from a source file (or the whole tree) to findings; the tables CHECKS and
TREE_CHECKS list them.  Findings are `path:line: message`; any finding makes the exit status 1.
What compilers, clang-format and ruff can tell is left to them.
"""

import argparse
import ast
import collections
import re
import subprocess
import sys
from pathlib import Path

# A file includes headers of its own folder and of lower floors only.  A connector that stores
# bytes opens the format its table names, so formats stand below connectors
# (docs/decisions/connectors-use-formats.md).
FLOORS = {
    "base": 0,
    "data": 1,
    "func": 2,
    "expr": 3,
    "plan": 4,
    "format": 5,
    "state": 5,
    "connect": 5.5,
    "exec": 6,
    "sql": 7,
    "opt": 7,
    "table": 8,
}
# Folders outside src/ that stand above all floors; tests may look everywhere.
ROOF = ("cli", "server", "python", "tests", "bench")
FOLDERS_WITH_README = ("cli", "server", "python", "tests", "bench", "examples")

LINE_LENGTH_MAX = 100
README_LINES_MAX = 80
LISTED = 10

CODE = (".c", ".h", ".py", ".pyi")
ALLOCATORS = re.compile(
    r"(?<![\w.>])(malloc|calloc|realloc|reallocarray|free|strdup|strndup|aligned_alloc"
    r"|posix_memalign|v?asprintf|getline|getdelim)\s*\("
)
BUILT_FOLDERS = ("src/", "cli/", "server/", "python/", "tests/")
ALLOCATOR_FOLDERS = ("src/", "cli/", "server/", "python/ext/")
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:home|work|Users|root|workspace)/\w")
INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^">]+)[">]')


class Source:
    """One file of the tree, read once."""

    def __init__(self, root, name):
        self.name = name
        self.suffix = Path(name).suffix
        self.text = (root / name).read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.splitlines()

    @property
    def is_c(self):
        return self.suffix in (".c", ".h")

    @property
    def is_shell(self):
        return bool(self.lines) and re.match(r"#!.*/(env )?(ba)?sh\b", self.lines[0]) is not None

    def folder(self):
        """`exec` for src/exec/x.c, `include` for public headers, else the first folder."""
        parts = self.name.split("/")
        return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]


def without_comments(text):
    """C text with comments, strings and characters blanked out, line numbers kept."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return token.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


# --- checks of one file: each yields (line, message) -----------------------------------------


def check_include_direction(source):
    if not source.is_c:
        return
    folder = source.folder()
    for number, line in enumerate(source.lines, 1):
        match = INCLUDE.match(line)
        if not match or match[1] == "<":
            continue
        target = match[2].split("/")[0]
        if folder == "include":
            yield number, f'a public header includes "{match[2]}": only <rask/...> is installed'
        elif folder in ROOF or target == folder:
            continue
        elif "/" not in match[2]:
            yield number, f'"{match[2]}" is included without its folder'
        elif target not in FLOORS:
            yield number, f'"{match[2]}" is in no floor of the house'
        elif folder in FLOORS and FLOORS[target] >= FLOORS[folder]:
            yield (
                number,
                f"src/{folder} (floor {FLOORS[folder]}) includes {match[2]} "
                f"(floor {FLOORS[target]}): includes point down",
            )


def check_allocation(source):
    if not source.is_c or source.name.startswith("src/base/"):
        return
    if not source.name.startswith(ALLOCATOR_FOLDERS):
        return
    for number, line in enumerate(without_comments(source.text).splitlines(), 1):
        match = ALLOCATORS.search(line)
        if match:
            yield number, f"{match[1]}() is called outside src/base: use base/memory.h or an arena"


def check_opening_comment(source):
    if not source.text.strip():
        return
    if source.is_c:
        opened = source.lines[0].startswith("/*")
    elif source.suffix in (".py", ".pyi"):
        first = next((line for line in source.lines if not line.startswith("#!")), "")
        opened = first.startswith(('"""', 'r"""', "#"))
    elif source.is_shell:
        opened = len(source.lines) > 1 and source.lines[1].startswith("#")
    else:
        return
    if not opened:
        yield 1, "the file does not open with a comment that says what it is for"


def check_line_length(source):
    if source.suffix not in CODE and not source.is_shell and source.suffix != ".build":
        return
    for number, line in enumerate(source.lines, 1):
        if len(line) > LINE_LENGTH_MAX:
            yield number, f"{len(line)} columns, more than {LINE_LENGTH_MAX}"


def check_readme_length(source):
    if source.name.endswith("/README.md") and len(source.lines) > README_LINES_MAX:
        yield README_LINES_MAX, f"{len(source.lines)} lines, more than {README_LINES_MAX}"


def check_machine_path(source):
    for number, line in enumerate(source.lines, 1):
        match = MACHINE_PATH.search(line)
        if match:
            yield number, f"a path of one machine: {match[0]}..."


CHECKS = [
    check_include_direction,
    check_allocation,
    check_opening_comment,
    check_line_length,
    check_readme_length,
    check_machine_path,
]


# --- checks of the whole tree: each yields (path, line, message) ------------------------------


def check_unique_names(sources):
    """One name, one C file: a name in an error message or a debugger says where to look."""
    seen = {}
    for source in sources:
        name = source.name.rsplit("/", 1)[-1]
        if source.suffix != ".c":
            continue
        if name in seen:
            yield source.name, 1, f"the name is taken by {seen[name]}"
        seen.setdefault(name, source.name)


def check_built(sources):
    """A C file that no meson.build, or list that it reads, names is dead."""
    builds = {}
    for source in sources:
        if source.name.endswith(("/meson.build", ".list")):
            folder = source.name.rpartition("/")[0]
            builds[folder] = builds.get(folder, "") + source.text
    for source in sources:
        folder, _, name = source.name.rpartition("/")
        if source.suffix != ".c" or not source.name.startswith(BUILT_FOLDERS):
            continue
        stem = re.sub(r"^(test|fuzz|op)_", "", name[: -len(".c")])
        lists = [text for path, text in builds.items() if path == folder or folder.startswith(path)]
        operator = f"OPERATOR({stem.removeprefix('op_')})"  # ops.list names op_<name>.c
        lists += [s.text for s in sources if s.name == f"{folder}/ops.list"]
        if not any(name in t or f"'{stem}'" in t or operator in t for t in lists):
            yield source.name, 1, "no meson.build names this file"


def check_readmes(sources):
    names = {source.name for source in sources}
    paths = [name.split("/") for name in names]
    folders = {"/".join(path[:2]) for path in paths if path[0] == "src" and len(path) > 2}
    folders |= {path[0] for path in paths if path[0] in FOLDERS_WITH_README and len(path) > 1}
    for folder in sorted(folders):
        if f"{folder}/README.md" not in names:
            yield folder, 1, "the folder has no README.md"


TREE_CHECKS = [check_unique_names, check_built, check_readmes]


# --- the longest ------------------------------------------------------------------------------


def functions_of(source):
    """(lines, name, path:line) of every function."""
    if source.suffix == ".py":
        try:
            tree = ast.parse(source.text)
        except SyntaxError:
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = node.end_lineno - node.lineno + 1
                yield length, node.name, f"{source.name}:{node.lineno}"
    if source.suffix == ".c":
        yield from c_functions_of(source)


def c_functions_of(source):
    """Leans on the layout that clang-format gives: heads and closing braces in column one."""
    start, name = None, None
    for number, line in enumerate(source.lines, 1):
        head = re.match(r"[A-Za-z_].*?(\w+)\(", line)
        if start is None and head and not line.rstrip().endswith(";"):
            start, name = number, head[1]
        elif line == "}" and start is not None:
            yield number - start + 1, name, f"{source.name}:{start}"
            start = None
        elif start is not None and re.match(r"[^ ].*;$|\S*};$", line):
            start = None


def print_longest(sources):
    code = [s for s in sources if s.suffix in (".c", ".h", ".py")]
    functions = sorted((f for s in code for f in functions_of(s)), reverse=True)
    files = sorted(((len(s.lines), s.name) for s in code), reverse=True)
    print("longest functions:")
    for length, name, place in functions[:LISTED]:
        print(f"  {length:5} {name}  ({place})")
    print("longest files:")
    for length, name in files[:LISTED]:
        print(f"  {length:5} {name}")


# --- the run ----------------------------------------------------------------------------------


def read_sources(root):
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    names = subprocess.check_output(command, cwd=root, text=True).splitlines()
    for name in sorted(set(names)):
        skipped = name.startswith(("third_party/", "tests/reference/", "tests/fuzz/corpus/"))
        if skipped or not (root / name).is_file():
            continue
        if b"\0" not in (root / name).read_bytes()[:4096]:
            yield Source(root, name)


def findings_in(sources):
    for source in sources:
        for check in CHECKS:
            for line, message in check(source) or ():
                yield source.name, line, message
    for check in TREE_CHECKS:
        yield from check(sources)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    sources = list(read_sources(root))
    findings = sorted(set(findings_in(sources)))
    for path, line, message in findings:
        print(f"{path}:{line}: {message}")
    print_longest(sources)
    per_folder = collections.Counter(path.split("/")[0] for path, _, _ in findings)
    if findings:
        print("tidy: " + ", ".join(f"{count} in {name}" for name, count in per_folder.items()))
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
