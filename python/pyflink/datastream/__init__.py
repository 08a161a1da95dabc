"""The streaming environment; of DataStream itself only what table programs need."""

from pyflink.datastream.stream_execution_environment import StreamExecutionEnvironment

__all__ = ["StreamExecutionEnvironment"]


def __getattr__(name):
    from pyflink._surface import missing

    return missing(__name__, name)
