"""1.9's batch environment."""

from pyflink._surface import names_of
from pyflink.dataset.execution_environment import ExecutionEnvironment

__all__ = ["ExecutionEnvironment"]

__getattr__ = names_of(__name__)
