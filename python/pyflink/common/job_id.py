"""JobID: 32 hexadecimal digits."""

__all__ = ["JobID"]


class JobID:
    def __init__(self, j_job_id):
        self._id = j_job_id

    def __str__(self):
        return self._id

    def __eq__(self, other):
        return isinstance(other, JobID) and self._id == other._id

    def __hash__(self):
        return hash(self._id)
