"""JobExecutionResult: what a finished job tells."""

from pyflink._surface import Surfaced
from pyflink.common.job_id import JobID

__all__ = ["JobExecutionResult"]


class JobExecutionResult(metaclass=Surfaced):
    def __init__(self, j_job_execution_result):
        self._job_id, self._runtime_ms = j_job_execution_result

    def get_job_id(self):
        return JobID(self._job_id)

    def get_net_runtime(self):
        """Milliseconds from submission to the end."""
        return self._runtime_ms

    def __str__(self):
        return (
            "Program execution finished\nJob with JobID %s has finished.\nJob Runtime: %d ms\n"
            % (self._job_id, self._runtime_ms)
        )
