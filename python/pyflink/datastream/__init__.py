"""The streaming environment; of DataStream itself only what table programs need."""

from pyflink._surface import names_of
from pyflink.datastream.stream_execution_environment import StreamExecutionEnvironment

__all__ = ["StreamExecutionEnvironment"]

__getattr__ = names_of(__name__)
