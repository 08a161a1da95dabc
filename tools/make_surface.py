#!/usr/bin/env python3
"""Makes python/pyflink/_surface.json: every public module, name and class member of the reference
files, so that what is missing can be told from what never existed."""

import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REFERENCES = ("pyflink-1.9.json", "pyflink-2.3.json")


def main():
    names = {}
    for reference in REFERENCES:
        with open(os.path.join(ROOT, "tests", "reference", reference), encoding="utf-8") as file:
            modules = json.load(file)["modules"]
        for module, content in modules.items():
            known = names.setdefault(module, {})
            for kind in ("constants", "functions", "reexports"):
                for name in content.get(kind) or ():
                    known.setdefault(name, [])
            for name, cls in (content.get("classes") or {}).items():
                members = set(known.get(name) or ())
                members.update(m for m in cls["members"] if not m.startswith("__"))
                known[name] = sorted(members)
    target = os.path.join(ROOT, "python", "pyflink", "_surface.json")
    with open(target, "w", encoding="utf-8") as file:
        json.dump(names, file, sort_keys=True, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
