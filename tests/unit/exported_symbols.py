"""Compares what librask exports with what its public headers declare: `LIBRARY HEADER...`.

A function that is declared and not there breaks a program at link time; a symbol that is there and
not declared is one that somebody will come to depend on.
"""

import re
import subprocess
import sys
from pathlib import Path


def declared(headers):
    for header in headers:
        text = re.sub(r"/\*.*?\*/", " ", Path(header).read_text(encoding="utf-8"), flags=re.S)
        for declaration in re.findall(r"^RASK_API\b([^;{]*)[;{]", text, re.M):
            name = re.search(r"\b(\w+)\s*(\(|\[|$)", declaration.strip())
            if name:
                yield name[1]


def exported(library):
    command = ["nm", "-D", "--defined-only", "--format=just-symbols", library]
    names = subprocess.check_output(command, text=True).split()
    # The sanitizers and the linker add names of their own.
    return {name for name in names if not name.startswith("_")}


def main():
    library, *headers = sys.argv[1:]
    wanted, found = set(declared(headers)), exported(library)
    for name in sorted(wanted - found):
        print(f"declared but not exported: {name}")
    for name in sorted(found - wanted):
        print(f"exported but not declared: {name}")
    return int(wanted != found)


if __name__ == "__main__":
    sys.exit(main())
