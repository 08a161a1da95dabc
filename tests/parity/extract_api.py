#!/usr/bin/env python3
"""Write the public surface of an importable `pyflink` as JSON.

usage: PYTHON_WITH_PYFLINK extract_api.py LABEL > out.json

Modules are imported and read with `inspect`; a module that cannot be imported (or whose import
would start a JVM, as the shell's does) is read from its syntax tree instead.  Runs on 3.7+.
"""

import ast
import builtins
import enum
import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
import sys
import textwrap

SKIP = re.compile(r"(^|\.)(tests?|fn_execution|examples|proto|gen_protos|bin|lib|opt|conf)(\.|$)")
AST_ONLY = {"pyflink.shell", "pyflink.pyflink_gateway_server", "pyflink.pyflink_callback_server"}
# Names a Table program meets through pyflink.datastream.
ENV_MODULES = {
    "pyflink.datastream",
    "pyflink.datastream.stream_execution_environment",
    "pyflink.datastream.checkpoint_config",
    "pyflink.datastream.checkpointing_mode",
    "pyflink.datastream.execution_mode",
    "pyflink.datastream.state_backend",
    "pyflink.datastream.time_characteristic",
    "pyflink.datastream.externalized_checkpoint_retention",
    "pyflink.datastream.checkpoint_storage",
}
INTERNAL = (
    "pyflink.java_gateway",
    "pyflink.util",
    "pyflink.serializers",
    "pyflink.find_flink_home",
    "pyflink.pyflink_gateway_server",
    "pyflink.pyflink_callback_server",
    "pyflink.testing",
    "pyflink.table.serializers",
    "pyflink.table.utils",
    "pyflink.datastream.utils",
    "pyflink.common.utils",
)
KEEP_DUNDER_NOT = {
    "__module__",
    "__doc__",
    "__dict__",
    "__weakref__",
    "__qualname__",
    "__annotations__",
    "__slots__",
    "__abstractmethods__",
    "__parameters__",
    "__orig_bases__",
    "__new__",
    "__metaclass__",
    "__class_getitem__",
    "__init_subclass__",
    "__subclasshook__",
    "__firstlineno__",
    "__static_attributes__",
    "__match_args__",
    "__dataclass_fields__",
    "__dataclass_params__",
    "__getnewargs__",
    "__reduce__",
    "__getstate__",
    "__setstate__",
    "__members__",
    "__UDT__",
    "__replace__",
}


def scope_of(module):
    if module.startswith(INTERNAL):
        return "internal"
    if module in ENV_MODULES:
        return "datastream-env"
    if module.startswith("pyflink.datastream"):
        return "datastream-other"
    return "core"


def norm(text):
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", text)
    text = re.sub(r"<function ([^>]*)>", r"<function \1>", text)
    text = re.sub(r"/[^ '\"]*/", "/", text) if text.startswith("'/") else text
    return text


def default_repr(value):
    if isinstance(value, enum.Enum):
        return "%s.%s" % (type(value).__name__, value.name)
    if inspect.isclass(value):
        return value.__name__
    return norm(repr(value))


def ann_repr(a):
    if a is inspect.Parameter.empty:
        return None
    if isinstance(a, str):
        return a
    if inspect.isclass(a) and not hasattr(a, "__origin__"):
        return a.__name__
    return re.sub(r"\bpyflink(\.\w+)+\.(\w+)", r"\2", str(a)).replace("typing.", "")


KINDS = {0: "pos_only", 1: "pos", 2: "var_pos", 3: "kw_only", 4: "var_kw"}


def signature(f):
    try:
        sig = inspect.signature(f)
    except (ValueError, TypeError):
        return None
    out = []
    for p in sig.parameters.values():
        d = {"name": p.name}
        if int(p.kind) != 1:
            d["kind"] = KINDS[int(p.kind)]
        if p.default is not inspect.Parameter.empty:
            d["default"] = default_repr(p.default)
        a = ann_repr(p.annotation)
        if a is not None:
            d["type"] = a
        out.append(d)
    res = {"params": out}
    r = (
        ann_repr(sig.return_annotation)
        if sig.return_annotation is not inspect.Signature.empty
        else None
    )
    if r is not None:
        res["returns"] = r
    return res


def text_of(sig):
    parts = []
    star = False
    for p in sig["params"]:
        k = p.get("kind", "pos")
        s = p["name"]
        if k == "var_pos":
            s, star = "*" + s, True
        elif k == "var_kw":
            s = "**" + s
        elif k == "kw_only" and not star:
            parts.append("*")
            star = True
        if "default" in p:
            s += "=" + p["default"]
        parts.append(s)
    return "(" + ", ".join(parts) + ")"


def with_sig(d, sig):
    if sig is None:
        d["signature"] = None
        return d
    d["signature"] = text_of(sig)
    d["params"] = sig["params"]
    if "returns" in sig:
        d["returns"] = sig["returns"]
    if any(p["name"].startswith(("j_", "java_")) or p["name"] == "gateway" for p in sig["params"]):
        d["java_handle"] = True
    return d


def public(name):
    if name.startswith("__") and name.endswith("__"):
        return name not in KEEP_DUNDER_NOT
    return not name.startswith("_")


def instance_attrs(cls):
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except Exception:
        return []
    names = set()
    for node in ast.walk(tree):
        targets = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for t in targets:
            if (
                isinstance(t, ast.Attribute)
                and isinstance(t.value, ast.Name)
                and t.value.id == "self"
                and not t.attr.startswith("_")
            ):
                names.add(t.attr)
    return sorted(names - set(dir(cls)))


def describe_class(cls):
    d = {"bases": [b.__name__ for b in cls.__bases__ if b is not object]}
    if issubclass(cls, enum.Enum):
        d["enum"] = {m.name: norm(repr(m.value)) for m in cls}
    members = {}
    for name, raw in sorted(vars(cls).items()):
        if not public(name):
            continue
        if isinstance(raw, enum.Enum):
            continue
        if isinstance(raw, (staticmethod, classmethod)):
            kind = "classmethod" if isinstance(raw, classmethod) else "staticmethod"
            members[name] = with_sig({"kind": kind}, signature(getattr(cls, name)))
        elif isinstance(raw, property):
            members[name] = {"kind": "property"}
            if raw.fset:
                members[name]["settable"] = True
        elif inspect.isclass(raw):
            members[name] = {"kind": "class"}
            if raw.__qualname__.startswith(cls.__qualname__ + "."):
                members[name]["class"] = describe_class(raw)
        elif inspect.isfunction(raw) or inspect.ismethoddescriptor(raw):
            sig = signature(raw)
            if sig and sig["params"] and sig["params"][0]["name"] in ("self", "cls"):
                sig["params"] = sig["params"][1:]
            members[name] = with_sig({"kind": "method"}, sig)
        elif callable(raw) and hasattr(raw, "__wrapped__"):
            members[name] = with_sig({"kind": "method"}, signature(raw))
        elif raw is None and name.startswith("__"):
            continue
        elif type(raw).__name__ in ("_abc_data", "getset_descriptor", "member_descriptor"):
            continue
        else:
            members[name] = {"kind": "attribute", "value": default_repr(raw)[:200]}
    d["members"] = members
    ia = instance_attrs(cls)
    if ia:
        d["instance_attributes"] = ia
    if inspect.isabstract(cls):
        d["abstract"] = True
    return d


def from_ast(name, why):
    spec = importlib.util.find_spec(name)
    with open(spec.origin, encoding="utf-8") as f:
        tree = ast.parse(f.read())
    mod = {
        "scope": scope_of(name),
        "read_by": "syntax tree",
        "classes": {},
        "functions": {},
        "constants": {},
        "reexports": {},
    }
    if why:
        mod["import_error"] = why

    def args_sig(fn, drop_first):
        a = fn.args
        src = lambda n: (
            ast.unparse(n) if hasattr(ast, "unparse") else norm(repr(ast.literal_eval(n)))
        )
        ps = []
        pos = list(getattr(a, "posonlyargs", [])) + a.args
        defs = [None] * (len(pos) - len(a.defaults)) + list(a.defaults)
        for p, dv in zip(pos, defs):
            e = {"name": p.arg}
            if dv is not None:
                e["default"] = src(dv)
            ps.append(e)
        if a.vararg:
            ps.append({"name": a.vararg.arg, "kind": "var_pos"})
        for p, dv in zip(a.kwonlyargs, a.kw_defaults):
            e = {"name": p.arg, "kind": "kw_only"}
            if dv is not None:
                e["default"] = src(dv)
            ps.append(e)
        if a.kwarg:
            ps.append({"name": a.kwarg.arg, "kind": "var_kw"})
        return {"params": ps[1:] if drop_first else ps}

    def walk(body):
        for node in body:
            if isinstance(node, ast.FunctionDef) and public(node.name):
                mod["functions"][node.name] = with_sig({}, args_sig(node, False))
            elif isinstance(node, ast.ClassDef) and public(node.name):
                ms = {}
                for n in node.body:
                    if isinstance(n, ast.FunctionDef) and public(n.name):
                        decos = [getattr(x, "id", getattr(x, "attr", "")) for x in n.decorator_list]
                        if "property" in decos:
                            ms[n.name] = {"kind": "property"}
                        else:
                            kind = (
                                "staticmethod"
                                if "staticmethod" in decos
                                else ("classmethod" if "classmethod" in decos else "method")
                            )
                            ms[n.name] = with_sig(
                                {"kind": kind}, args_sig(n, kind != "staticmethod")
                            )
                mod["classes"][node.name] = {
                    "bases": [
                        getattr(b, "id", getattr(b, "attr", "?"))
                        for b in node.bases
                        if getattr(b, "id", "") != "object"
                    ],
                    "members": ms,
                }
            elif isinstance(node, ast.Assign):
                for t in node.targets:
                    if isinstance(t, ast.Name) and public(t.id) and t.id != "__all__":
                        mod["constants"][t.id] = {}
            elif isinstance(node, (ast.If, ast.Try)):
                test = ast.dump(node.test) if isinstance(node, ast.If) else ""
                if "__main__" in test:
                    continue
                walk(node.body)
            elif isinstance(node, ast.ImportFrom) and name == "pyflink.shell":
                mod.setdefault("imports", []).append(
                    "from %s import %s" % (node.module, ", ".join(x.name for x in node.names))
                )

    walk(tree.body)
    return mod


def from_import(name):
    m = importlib.import_module(name)
    mod = {"scope": scope_of(name), "read_by": "import"}
    all_ = getattr(m, "__all__", None)
    if all_ is not None:
        mod["__all__"] = sorted(set(all_))
    classes, functions, constants, reexports = {}, {}, {}, {}
    for n, v in sorted(vars(m).items()):
        exported = all_ is not None and n in all_
        if not exported and n != "__version__" and (n.startswith("_") or inspect.ismodule(v)):
            continue
        home = getattr(v, "__module__", None)
        if inspect.isclass(v):
            if home == name and v.__name__ == n:
                classes[n] = describe_class(v)
            elif home == name:
                reexports[n] = {"alias_of": v.__name__}
            elif (home or "").startswith("pyflink") and exported:
                reexports[n] = {"from": home}
        elif inspect.isfunction(v):
            if home == name:
                functions[n] = with_sig({}, signature(v))
            elif (home or "").startswith("pyflink") and exported:
                reexports[n] = {"from": home}
        elif getattr(builtins, n, None) is v or inspect.ismodule(v):
            if exported:
                reexports[n] = {"module": True}
        else:
            if type(v).__module__ == "__future__" or type(v).__name__ in ("TypeVar", "Logger"):
                continue
            if home == "typing" or type(v).__module__ == "typing":
                if not exported:
                    continue
            if n == "TYPE_CHECKING":
                continue
            if (
                (home or "") != name
                and callable(v)
                and not exported
                and not isinstance(v, (int, str))
            ):
                continue
            constants[n] = {"value": default_repr(v)[:200]}
            if exported and home and home != name:
                constants[n]["from"] = home
    mod.update(classes=classes, functions=functions, constants=constants, reexports=reexports)
    return mod


def main():
    label = sys.argv[1]
    import pyflink

    try:
        import pyflink.version

        version = pyflink.version.__version__
    except Exception:
        version = "?"
    names = ["pyflink"]
    for mi in pkgutil.walk_packages(pyflink.__path__, "pyflink.", onerror=lambda n: None):
        if not SKIP.search(mi.name[len("pyflink") :]):
            names.append(mi.name)
    mods = {}
    for n in sorted(set(names)):
        if n in AST_ONLY:
            mods[n] = from_ast(n, None)
            continue
        try:
            mods[n] = from_import(n)
        except BaseException as e:  # noqa
            mods[n] = from_ast(n, "%s: %s" % (type(e).__name__, norm(str(e))[:120]))
    doc = {
        "label": label,
        "version": version,
        "python": "%d.%d" % sys.version_info[:2],
        "notes": {
            "scope": "core = pyflink.table/common/dataset/shell; datastream-env = what a Table "
            "program meets of pyflink.datastream; datastream-other = the rest of the "
            "DataStream API; internal = gateway, utilities, test helpers",
            "java_handle": "a signature that takes a wrapped JVM object or the gateway; not "
            "counted by api_parity.py unless --java-handles is given",
            "params": "self/cls left out; kind omitted where positional-or-keyword",
        },
        "modules": mods,
    }
    c = {
        "modules": len(mods),
        "classes": 0,
        "members": 0,
        "methods": 0,
        "functions": 0,
        "constants": 0,
    }
    for m in mods.values():
        c["classes"] += len(m["classes"])
        c["functions"] += len(m["functions"])
        c["constants"] += len(m["constants"])
        for k in m["classes"].values():
            c["members"] += len(k["members"])
            c["methods"] += sum(1 for x in k["members"].values() if "signature" in x)
    doc["counts"] = c
    json.dump(doc, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
