"""1.9's SqlDialect."""

__all__ = ["SqlDialect"]


class SqlDialect:
    DEFAULT = 0
    HIVE = 1
