"""TableResult: the rows and the job of an executed statement."""

import sys

from pyflink import _jobs, _rask
from pyflink._surface import Surfaced
from pyflink.common.job_client import JobClient
from pyflink.common.types import Row
from pyflink.table.table_schema import TableSchema
from pyflink.table.types import _from_sql

__all__ = ["TableResult", "CloseableIterator"]


_jobs.end_at_exit()


class CloseableIterator:
    """Iterates over rows as they arrive; closing it early cancels the query."""

    def __init__(self, j_closeable_iterator, field_data_types):
        self._result = j_closeable_iterator
        self._rows = iter(())

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            for row in self._rows:
                return row
            batch = _rask.result_next(self._result)
            if batch is None:
                raise StopIteration
            self._rows = _rows_of(batch)

    def next(self):
        return self.__next__()

    def close(self):
        self._rows = iter(())
        _rask.result_close(self._result)

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_val, exc_tb):
        self.close()


def _rows_of(batch):
    count, columns, kinds = batch
    values = zip(*columns, strict=True) if columns else (() for _ in range(count))
    if kinds is None:
        return (Row._of_kind(row, 0) for row in values)
    return (Row._of_kind(row, kind) for row, kind in zip(values, kinds, strict=True))


class TableResult(metaclass=Surfaced):
    """What execute, execute_insert and execute_sql give back."""

    def __init__(self, j_table_result):
        self._result = j_table_result
        self._iterator = None

    def get_job_client(self):
        """The job; None for statements that start none."""
        job = _rask.result_job(self._result)
        return None if job is None else JobClient(job)

    def wait(self, timeout_ms=None):
        """Waits until an insert is complete or a query's first row is there.

        :param timeout_ms: milliseconds; TimeoutError when they pass first.
        """
        if not _rask.result_wait(self._result, -1 if timeout_ms is None else timeout_ms):
            raise TimeoutError("the job did not finish within %d ms" % timeout_ms)

    def get_table_schema(self):
        schema = _rask.result_schema(self._result)
        return TableSchema([name for name, _ in schema], [_from_sql(text) for _, text in schema])

    def get_result_kind(self):
        return _rask.result_kind(self._result)

    def collect(self):
        """The iterator of :class:`Row`: there is one, so that no row is lost between two."""
        if self._iterator is None:
            self._iterator = CloseableIterator(self._result, None)
        return self._iterator

    def print(self):
        """Prints the rows as Flink's tableau, as they arrive."""
        stdout = sys.stdout
        _rask.result_print(self._result, stdout.write)
        stdout.flush()

    def __arrow_c_stream__(self, requested_schema=None):
        return _rask.result_arrow_stream(self._result)
