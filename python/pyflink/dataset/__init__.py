"""1.9's batch environment."""

from pyflink.dataset.execution_environment import ExecutionEnvironment

__all__ = ["ExecutionEnvironment"]


def __getattr__(name):
    from pyflink._surface import missing

    return missing(__name__, name)
