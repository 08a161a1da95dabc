"""ExecutionEnvironment: the parallelism and configuration of batch programs (1.9)."""

from pyflink._surface import Surfaced
from pyflink.common.configuration import Configuration


class ExecutionEnvironment(metaclass=Surfaced):
    """The context in which a 1.9 batch program runs; table environments are made on it."""

    def __init__(self, j_execution_environment):
        self._configuration = Configuration()
        self._table_environments = []

    @staticmethod
    def get_execution_environment():
        return ExecutionEnvironment(None)

    def get_parallelism(self):
        return self._configuration.get_integer("parallelism.default", -1)

    def set_parallelism(self, parallelism):
        self._configuration.set_integer("parallelism.default", parallelism)
        for t_env in self._table_environments:
            t_env._set("parallelism.default", str(parallelism))

    def execute(self, job_name=None):
        """Runs what the table environments of this environment have collected."""
        result = None
        for t_env in self._table_environments:
            result = t_env.execute(job_name)
        return result

    def _attach(self, t_env):
        self._table_environments.append(t_env)
        for key, value in self._configuration.to_dict().items():
            t_env._set(key, value)
