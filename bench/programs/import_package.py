"""What importing the Table API costs."""

import pyflink.table  # noqa: F401
