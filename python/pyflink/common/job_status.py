"""JobStatus: the states of a job."""

from enum import Enum

__all__ = ["JobStatus"]


class JobStatus(Enum):
    """Possible states of a job once it has been accepted."""

    INITIALIZING = 0
    CREATED = 1
    RUNNING = 2
    FAILING = 3
    FAILED = 4
    CANCELLING = 5
    CANCELED = 6
    FINISHED = 7
    RESTARTING = 8
    SUSPENDED = 9
    RECONCILING = 10

    def is_globally_terminal_state(self):
        return self in (JobStatus.FAILED, JobStatus.CANCELED, JobStatus.FINISHED)

    def is_terminal_state(self):
        return self.is_globally_terminal_state() or self == JobStatus.SUSPENDED
