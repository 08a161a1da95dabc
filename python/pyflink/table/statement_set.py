"""StatementSet: several inserts as one job."""

from pyflink import _rask
from pyflink._surface import Surfaced
from pyflink.table.explain_detail import _text
from pyflink.table.table_result import TableResult

__all__ = ["StatementSet"]


class StatementSet(metaclass=Surfaced):
    def __init__(self, _j_statement_set, t_env):
        self._set = _j_statement_set
        self._t_env = t_env

    def add_insert_sql(self, stmt):
        _rask.statement_set_add_sql(self._set, stmt)
        return self

    def add_insert(self, target_path_or_descriptor, table, overwrite=False):
        path, descriptor = _target(target_path_or_descriptor)
        _rask.statement_set_add_insert(self._set, table._table, path, descriptor, overwrite)
        return self

    def add(self, table_pipeline):
        table_pipeline._add_to(self._set)
        return self

    def explain(self, *extra_details):
        return _rask.statement_set_explain(self._set, _text(extra_details))[0]

    def print_explain(self, *extra_details):
        print(self.explain(*extra_details))

    def execute(self):
        return TableResult(_rask.statement_set_execute(self._set))


def _target(path_or_descriptor):
    """(path, descriptor handle): one of them None."""
    if isinstance(path_or_descriptor, str):
        return path_or_descriptor, None
    return None, path_or_descriptor._handle()
