"""StreamExecutionEnvironment: parallelism, checkpoints and configuration of streaming programs."""

from pyflink._surface import Surfaced
from pyflink.common.configuration import Configuration

__all__ = ["StreamExecutionEnvironment"]


class StreamExecutionEnvironment(metaclass=Surfaced):
    """The context in which a streaming program runs; table environments are made on it."""

    def __init__(self, j_stream_execution_environment, serializer=None):
        self._configuration = Configuration()
        self._table_environments = []

    @staticmethod
    def get_execution_environment(configuration=None):
        env = StreamExecutionEnvironment(None)
        if configuration is not None:
            env._configuration.add_all(configuration)
        return env

    def _put(self, key, value):
        self._configuration.set_string(key, value)
        for t_env in self._table_environments:
            t_env._set(key, value)
        return self

    def get_parallelism(self):
        return self._configuration.get_integer("parallelism.default", 1)

    def set_parallelism(self, parallelism):
        return self._put("parallelism.default", str(parallelism))

    def get_max_parallelism(self):
        return self._configuration.get_integer("pipeline.max-parallelism", -1)

    def set_max_parallelism(self, max_parallelism):
        return self._put("pipeline.max-parallelism", str(max_parallelism))

    def enable_checkpointing(self, interval, mode=None):
        return self._put("execution.checkpointing.interval", "%d ms" % interval)

    def configure(self, configuration):
        for key, value in configuration.to_dict().items():
            self._put(key, value)

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
