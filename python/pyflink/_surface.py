"""What PyFlink 1.9 and 2.3 have and this release does not have yet.

Asking for such a name, of a module, a class or an object, gives an error that says so.  The names
are data (_surface.json, made by tools/make_surface.py from the reference files), read only when
something is missing.
"""

import os
import sys

_names = None


def _load():
    global _names
    if _names is None:
        import json  # only when something is missing: the package starts in milliseconds

        path = os.path.join(os.path.dirname(__file__), "_surface.json")
        with open(path, encoding="utf-8") as file:
            _names = json.load(file)
    return _names


def _not_yet(name):
    from pyflink.version import __version__

    return "%s is not supported by Rask %s yet" % (name, __version__)


# ---- modules -------------------------------------------------------------------------------------


def names_of(module):
    """The ``__getattr__`` of a module: AttributeError for a name that is not there."""
    # To the import system a package, so that `from module import name` asks the finder below,
    # whose error it passes on.
    sys.modules[module].__dict__.setdefault("__path__", [])

    def missing(name):
        public = not name.startswith("_")  # the import system itself asks for `pyflink._rask`
        if public and name in _load().get(module, {}):
            raise AttributeError(_not_yet("%s.%s" % (module, name)))
        raise AttributeError("module '%s' has no attribute '%s'" % (module, name))

    return missing


class _Finder:
    """Stands last on sys.meta_path: modules and names of PyFlink that are not there say so."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        parent, _, name = fullname.rpartition(".")
        if not fullname.startswith("pyflink.") or name.startswith("_"):
            return None
        if fullname in _load():
            raise ModuleNotFoundError(_not_yet(fullname), name=fullname)
        if name in _load().get(parent, {}):
            raise ImportError(_not_yet(fullname), name=parent)
        return None


def install_finder():
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)


# ---- classes -------------------------------------------------------------------------------------


def _check_member(cls, name):
    """AttributeError for a public member that PyFlink's class, or a base of it, has."""
    for base in () if name.startswith("_") else cls.__mro__:
        if name in _load().get(base.__module__, {}).get(base.__name__, ()):
            raise AttributeError(_not_yet("%s.%s" % (base.__name__, name)))


def missing_member(instance, name):
    """What an object says of an attribute it does not have."""
    _check_member(type(instance), name)
    raise AttributeError("'%s' object has no attribute '%s'" % (type(instance).__name__, name))


class Surfaced(type):
    """Metaclass of public classes that do not have all of PyFlink's members yet."""

    def __new__(mcs, name, bases, namespace):
        made = super().__new__(mcs, name, bases, namespace)
        if not any("__getattr__" in vars(base) for base in made.__mro__):
            made.__getattr__ = missing_member
        return made

    def __getattr__(cls, name):
        _check_member(cls, name)
        raise AttributeError("type object '%s' has no attribute '%s'" % (cls.__name__, name))
