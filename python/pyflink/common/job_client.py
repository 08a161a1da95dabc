"""JobClient: a running job."""

import time

from pyflink import _rask
from pyflink._surface import Surfaced
from pyflink.common.completable_future import CompletableFuture
from pyflink.common.job_execution_result import JobExecutionResult
from pyflink.common.job_id import JobID
from pyflink.common.job_status import JobStatus

__all__ = ["JobClient"]


class JobClient(metaclass=Surfaced):
    def __init__(self, j_job_client):
        self._job = j_job_client
        self._started = time.monotonic()

    def get_job_id(self):
        return JobID(_rask.job_id(self._job))

    def get_job_status(self):
        """A future of the job's :class:`JobStatus`."""
        return CompletableFuture(lambda: JobStatus[_rask.job_status(self._job)])

    def cancel(self):
        def stop():
            _rask.job_cancel(self._job)

        return CompletableFuture(stop)

    def get_job_execution_result(self):
        """A future of the result; it raises the job's failure."""

        def wait():
            _rask.job_wait(self._job, -1)
            runtime_ms = int((time.monotonic() - self._started) * 1000)
            return JobExecutionResult((_rask.job_id(self._job), runtime_ms))

        return CompletableFuture(wait)
