"""The version of the distribution rask-table."""

__version__ = "0.1.0"
