"""Flink Table programs on Rask's in-process C engine.

The package mirrors the public names of PyFlink 1.9 and 2.3; programs for either run unmodified.
"""

import os as _os

from pyflink import _surface
from pyflink.version import __version__  # noqa: F401

_surface.install_finder()
__getattr__ = _surface.names_of(__name__)


def _warn_about_apache_flink():
    """Both distributions own the import name `pyflink`; whichever was installed last wins."""
    site = _os.path.dirname(_os.path.dirname(_os.path.abspath(__file__)))
    try:
        names = _os.listdir(site)
    except OSError:
        return
    if any(name.startswith("apache_flink-") for name in names):
        import warnings

        warnings.warn(
            "rask-table and apache-flink are installed side by side in %s and share the import "
            "name 'pyflink'. This is rask-table; uninstall one of the two." % site,
            stacklevel=3,
        )


_warn_about_apache_flink()
