import pyflink.table  # noqa: F401
