"""TablePipeline: a query on its way into a sink, 2.3's and 1.9's insert_into in one object."""

from pyflink import _rask
from pyflink._surface import Surfaced
from pyflink.table.explain_detail import _text
from pyflink.table.statement_set import _target
from pyflink.table.table_result import TableResult

__all__ = ["TablePipeline"]


class TablePipeline(metaclass=Surfaced):
    """What ``table.insert_into("sink")`` gives.

    2.3 runs it with ``execute()``; a 1.9 program ignores it and calls ``t_env.execute("job")``,
    which runs every insert that was not run on its own.
    """

    def __init__(self, j_table_pipeline, t_env):
        self._table, self._path_or_descriptor, self._overwrite = j_table_pipeline
        self._t_env = t_env
        self._explain_set = None

    def _add_to(self, statement_set):
        path, descriptor = _target(self._path_or_descriptor)
        _rask.statement_set_add_insert(
            statement_set, self._table._table, path, descriptor, self._overwrite
        )
        self._t_env._forget(self)

    def _as_set(self):
        made = _rask.statement_set_new(self._t_env._environment)
        path, descriptor = _target(self._path_or_descriptor)
        _rask.statement_set_add_insert(made, self._table._table, path, descriptor, self._overwrite)
        return made

    def execute(self):
        self._t_env._forget(self)
        return TableResult(_rask.statement_set_execute(self._as_set()))

    def explain(self, *extra_details):
        return _rask.statement_set_explain(self._as_set(), _text(extra_details))[0]

    def print_explain(self, *extra_details):
        print(self.explain(*extra_details))

    def get_sink_identifier(self):
        return self._path_or_descriptor if isinstance(self._path_or_descriptor, str) else None
