#!/usr/bin/env python3
"""Measure how much of a reference surface an importable `pyflink` has.

usage: api_parity.py --python PYTHON [options] REFERENCE.json

  --python PYTHON     interpreter in which some `pyflink` is importable (default: this one)
  --scope S[,S...]    only these module scopes: core, datastream-env, datastream-other, internal
                      (default: core,datastream-env)
  --all               every scope
  --module PREFIX     only modules whose name starts with PREFIX (may be repeated)
  --java-handles      also count signatures that take a wrapped JVM object
  --only KIND         print only this kind of finding: missing, signature, value
  --quiet             totals only
  --json FILE         write the findings there as JSON

A "name" is a module, a module's class, function, constant or re-export, a class's public member, or
an enum's constant.  A name counts where getattr finds it, inherited or not.  A signature matches
where the parameter names, order, kinds and defaults are the same (annotations are not compared).
Exit code 0 whenever the measure could be taken, 2 where it could not.
"""

import argparse
import json
import os
import subprocess
import sys

DEFAULT_SCOPES = "core,datastream-env"


# ---------------------------------------------------------------- runs inside the measured python
def probe(ref_path, opts):
    import importlib
    import inspect
    import types

    try:
        importlib.import_module("pyflink")
    except ImportError as e:
        print("pyflink cannot be imported: %s" % e)
        sys.exit(2)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import extract_api as X

    with open(ref_path, encoding="utf-8") as f:
        ref = json.load(f)
    missing, sig_bad, value_bad = [], [], []
    per = {}
    MISSING = object()

    def get(o, n):
        try:
            return getattr(o, n)
        except Exception:
            pass
        try:
            return inspect.getattr_static(o, n)
        except AttributeError:
            return MISSING

    class Count(object):
        def __init__(self, scope):
            self.d = per.setdefault(scope, [0, 0, 0, 0])

        def name(self, ok, label):
            self.d[1] += 1
            if ok:
                self.d[0] += 1
            else:
                missing.append(label)
            return ok

        def sig(self, ok, label, want, have):
            self.d[3] += 1
            if ok:
                self.d[2] += 1
            else:
                sig_bad.append([label, want, have])

    def signature_of(raw, owner_is_class):
        sig = X.signature(raw)
        if sig and owner_is_class and sig["params"] and sig["params"][0]["name"] in ("self", "cls"):
            sig["params"] = sig["params"][1:]
        return X.text_of(sig) if sig else None

    def defined(cls, n):
        """True where n is found and, for special methods, is not just object's own."""
        if not hasattr(cls, n):
            try:
                inspect.getattr_static(cls, n)
                return True
            except AttributeError:
                return False
        if n.startswith("__") and n.endswith("__"):
            return any(n in vars(k) for k in cls.__mro__ if k is not object)
        return True

    def check_class(c, label, cls, spec):
        for n, v in (spec.get("enum") or {}).items():
            ok = c.name(get(cls, n) is not MISSING, label + "." + n)
            if ok:
                have = X.norm(repr(getattr(get(cls, n), "value", None)))
                if have != v:
                    value_bad.append([label + "." + n, v, have])
        for n, m in spec["members"].items():
            inner = label + "." + n
            present = cls is not MISSING and defined(cls, n)
            c.name(present, inner)
            counts = (
                "signature" in m
                and m["signature"] is not None
                and (opts["java_handles"] or not m.get("java_handle"))
            )
            if counts:
                have = None
                if present:
                    raw = inspect.getattr_static(cls, n)
                    if isinstance(raw, (staticmethod, classmethod)):
                        have = signature_of(getattr(cls, n), False)
                    elif isinstance(raw, property):
                        have = "<property>"
                    else:
                        have = signature_of(raw, True)
                c.sig(have == m["signature"], inner, m["signature"], have)
            elif present and m["kind"] == "property":
                raw = inspect.getattr_static(cls, n)
                if inspect.isfunction(raw) or isinstance(raw, (staticmethod, classmethod)):
                    value_bad.append([inner, "property", "method"])
            elif present and m["kind"] == "attribute":
                have = X.default_repr(get(cls, n))[:200]
                if have != m.get("value"):
                    value_bad.append([inner, m.get("value"), have])
            if m.get("class"):
                check_class(c, inner, get(cls, n) if present else MISSING, m["class"])

    for name, spec in sorted(ref["modules"].items()):
        if opts["scopes"] and spec["scope"] not in opts["scopes"]:
            continue
        if opts["modules"] and not any(name.startswith(p) for p in opts["modules"]):
            continue
        c = Count(spec["scope"])
        if spec["read_by"] == "syntax tree":
            try:
                now = X.from_ast(name, None)
            except Exception:
                now = None
            c.name(now is not None, name)
            for part in ("classes", "functions", "constants"):
                for n, v in spec[part].items():
                    ok = c.name(now is not None and n in now[part], name + "." + n)
                    if part == "functions" and (opts["java_handles"] or not v.get("java_handle")):
                        have = now[part][n]["signature"] if ok else None
                        c.sig(have == v["signature"], name + "." + n, v["signature"], have)
            continue
        try:
            mod = importlib.import_module(name)
        except BaseException as e:  # noqa
            mod = types.ModuleType(name)
            c.name(False, "%s (%s: %s)" % (name, type(e).__name__, str(e)[:80]))
        else:
            c.name(True, name)
        for n in spec["reexports"]:
            c.name(get(mod, n) is not MISSING, name + "." + n)
        for n, v in spec["constants"].items():
            ok = c.name(get(mod, n) is not MISSING, name + "." + n)
            if ok and n != "__version__":
                have = X.default_repr(get(mod, n))[:200]
                if have != v.get("value", have):
                    value_bad.append([name + "." + n, v["value"], have])
        for n, v in spec["functions"].items():
            f = get(mod, n)
            ok = c.name(f is not MISSING, name + "." + n)
            if v["signature"] is not None and (opts["java_handles"] or not v.get("java_handle")):
                have = signature_of(f, False) if ok else None
                c.sig(have == v["signature"], name + "." + n, v["signature"], have)
        for n, v in spec["classes"].items():
            cls = get(mod, n)
            c.name(cls is not MISSING, name + "." + n)
            check_class(c, name + "." + n, cls, v)
        if spec.get("__all__") is not None and hasattr(mod, "__all__"):
            for n in sorted(set(spec["__all__"]) - set(mod.__all__)):
                value_bad.append([name + ".__all__", n, "not listed"])
    return {
        "per_scope": per,
        "missing": missing,
        "signature": sig_bad,
        "value": value_bad,
        "label": ref["label"],
        "found_version": getattr(sys.modules.get("pyflink.version"), "__version__", None),
    }


def main():
    ap = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ap.add_argument("reference")
    ap.add_argument("--python", default=sys.executable)
    ap.add_argument("--scope", default=DEFAULT_SCOPES)
    ap.add_argument("--all", action="store_true")
    ap.add_argument("--module", action="append", default=[])
    ap.add_argument("--java-handles", action="store_true")
    ap.add_argument("--only", choices=["missing", "signature", "value"])
    ap.add_argument("--quiet", action="store_true")
    ap.add_argument("--json")
    ap.add_argument("--probe", help=argparse.SUPPRESS)
    a = ap.parse_args()
    opts = {
        "scopes": [] if a.all else a.scope.split(","),
        "modules": a.module,
        "java_handles": a.java_handles,
    }
    if a.probe:
        res = probe(a.reference, opts)
        with open(a.probe, "w", encoding="utf-8") as f:
            json.dump(res, f)
        return 0
    import tempfile

    with tempfile.TemporaryDirectory() as d:
        out = os.path.join(d, "out.json")
        cmd = [
            a.python,
            os.path.abspath(__file__),
            os.path.abspath(a.reference),
            "--probe",
            out,
            "--scope",
            a.scope,
        ]
        cmd += ["--all"] if a.all else []
        cmd += ["--java-handles"] if a.java_handles else []
        for m in a.module:
            cmd += ["--module", m]
        try:
            r = subprocess.run(
                cmd, cwd=d, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600
            )
        except (OSError, subprocess.TimeoutExpired) as e:
            print("cannot run: %s" % e)
            return 2
        if not os.path.exists(out):
            print(
                "cannot run: rc %d\n%s"
                % (r.returncode, r.stdout.decode("utf-8", "replace")[-2000:])
            )
            return 2
        with open(out, encoding="utf-8") as f:
            res = json.load(f)
    if not a.quiet:
        if a.only in (None, "missing"):
            for x in res["missing"]:
                print("missing    %s" % x)
        if a.only in (None, "signature"):
            for n, want, have in res["signature"]:
                if have is not None:
                    print("signature  %s  want %s  have %s" % (n, want, have))
        if a.only in (None, "value"):
            for n, want, have in res["value"]:
                print("value      %s  want %s  have %s" % (n, want, have))
    if a.json:
        with open(a.json, "w", encoding="utf-8") as f:
            json.dump(res, f, indent=1)
    t = [0, 0, 0, 0]
    pct = lambda x, y: "%.1f%%" % (100.0 * x / y if y else 100.0)
    for s in sorted(res["per_scope"]):
        v = res["per_scope"][s]
        t = [x + y for x, y in zip(t, v)]
        print(
            "%-17s %d/%d names (%s), %d/%d signatures (%s)"
            % (s, v[0], v[1], pct(v[0], v[1]), v[2], v[3], pct(v[2], v[3]))
        )
    print("differing values: %d" % len(res["value"]))
    print("coverage: %s of names, %s of signatures" % (pct(t[0], t[1]), pct(t[2], t[3])))
    print("%s: %d/%d names, %d/%d signatures match" % (res["label"], t[0], t[1], t[2], t[3]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
