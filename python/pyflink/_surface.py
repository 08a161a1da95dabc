"""What PyFlink 1.9 and 2.3 have and this release does not have yet.

Asking for such a name gives an error that says so, instead of a bare AttributeError.  The names are
data (_surface.json, made by tools/make_surface.py from the reference files) and are read only when
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


def missing(module, name):
    """For a module's __getattr__: raises AttributeError, naming what is not there yet."""
    public = not name.startswith("_")  # the import system itself asks for `pyflink._rask`
    if public and name in _load().get(module, {}):
        raise AttributeError("%s.%s is not supported by Rask %s yet" % (module, name, _version()))
    raise AttributeError("module '%s' has no attribute '%s'" % (module, name))


def missing_member(instance, name):
    """For a class's __getattr__: the same for methods of public classes."""
    for cls in () if name.startswith("_") else type(instance).__mro__:
        if name in _load().get(cls.__module__, {}).get(cls.__name__, ()):
            raise AttributeError(
                "%s.%s is not supported by Rask %s yet" % (cls.__name__, name, _version())
            )
    raise AttributeError("'%s' object has no attribute '%s'" % (type(instance).__name__, name))


def _version():
    from pyflink.version import __version__

    return __version__


class _Finder:
    """Stands last on sys.meta_path: modules of PyFlink that are not there say so."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if fullname.startswith("pyflink.") and fullname in _load():
            raise ModuleNotFoundError(
                "%s is not supported by Rask %s yet" % (fullname, _version()), name=fullname
            )
        return None


def install_finder():
    if _Finder not in sys.meta_path:
        sys.meta_path.append(_Finder)
