"""Table and GroupedTable: plans in the making.

Operations take Expressions (2.3) or one string expression (1.9): ``select("word, count(1) as n")``.
"""

from pyflink import _rask
from pyflink._surface import Surfaced, missing_member, names_of
from pyflink.table.explain_detail import _text
from pyflink.table.expression import Expression
from pyflink.table.expressions import col
from pyflink.table.table_pipeline import TablePipeline
from pyflink.table.table_result import TableResult
from pyflink.table.table_schema import TableSchema
from pyflink.table.types import _from_sql
from pyflink.table.udf import UserDefinedFunctionWrapper
from pyflink.util.exceptions import ValidationException

__all__ = ["Table", "GroupedTable"]

__getattr__ = names_of(__name__)


def _expressions(fields):
    """Handles of Expressions; a lone string is a 1.9 string expression, among several a name."""
    if len(fields) == 1 and isinstance(fields[0], str):
        return _rask.expressions_parse(fields[0])
    return [_one(field) for field in fields]


def _one(field):
    if isinstance(field, Expression):
        return field._expression
    if isinstance(field, str):
        return _rask.expression_column(field)
    raise TypeError("an Expression or a column name is needed, found %r" % (field,))


def _condition(predicate):
    if isinstance(predicate, str):
        parsed = _rask.expressions_parse(predicate)
        if len(parsed) != 1:
            raise ValueError("a single condition is needed: %r" % predicate)
        return parsed[0]
    return _one(predicate)


class Table(metaclass=Surfaced):
    """A relational expression over an environment's tables; nothing runs before execute.

    >>> from pyflink.table import EnvironmentSettings, TableEnvironment
    >>> t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    >>> table = t_env.from_elements([(1, "Hi"), (2, "Hello")], ["id", "data"])
    >>> [row[0] for row in table.where(table.id > 1).select(table.data).execute().collect()]
    ['Hello']
    """

    def __init__(self, j_table, t_env):
        self._table = j_table
        self._t_env = t_env

    def _over(self, handle):
        return Table(handle, self._t_env)

    def __getattr__(self, name):
        """A column by name: ``table.word``."""
        names = self._names() if not name.startswith("_") else ()
        if name in names:
            return col(name)
        try:
            return missing_member(self, name)
        except AttributeError as error:
            if name.startswith("_") or "not supported" in str(error):
                raise
        raise AttributeError(
            "The current table has no column named '%s', available columns: [%s]"
            % (name, ", ".join(names))
        )

    def __dir__(self):
        return sorted(set(object.__dir__(self)) | set(self._names()))

    def _names(self):
        return [name for name, _ in _rask.table_schema(self._table)]

    # ---- rows and columns ------------------------------------------------------------------
    def select(self, *fields):
        """Computes columns; without grouping, aggregates work on the whole table."""
        return self._over(_rask.table_select(self._table, _expressions(fields)))

    def filter(self, predicate):
        """Rows for which the predicate is TRUE."""
        return self._over(_rask.table_filter(self._table, _condition(predicate)))

    def where(self, predicate):
        """As :meth:`filter`."""
        return self.filter(predicate)

    def alias(self, field, *fields):
        """New names for all columns; 1.9 takes them in one string."""
        names = [field, *fields]
        if not fields and isinstance(field, str) and "," in field:
            names = [name.strip() for name in field.split(",")]
        return self._over(_rask.table_alias(self._table, names))

    def add_columns(self, *fields):
        return self._over(_rask.table_add_columns(self._table, _expressions(fields)))

    def add_or_replace_columns(self, *fields):
        return self._over(_rask.table_add_or_replace_columns(self._table, _expressions(fields)))

    def rename_columns(self, *fields):
        return self._over(_rask.table_rename_columns(self._table, _expressions(fields)))

    def drop_columns(self, *fields):
        return self._over(_rask.table_drop_columns(self._table, _expressions(fields)))

    def distinct(self):
        return self._over(_rask.table_distinct(self._table))

    # ---- groups ------------------------------------------------------------------------------
    def group_by(self, *fields):
        """Groups the rows; ``select`` on the result aggregates them."""
        return GroupedTable(_rask.table_group_by(self._table, _expressions(fields)), self._t_env)

    # ---- order and limit ---------------------------------------------------------------------
    def order_by(self, *fields):
        return self._over(_rask.table_order_by(self._table, _expressions(fields)))

    def offset(self, offset):
        return self._over(_rask.table_limit(self._table, offset, -1))

    def fetch(self, fetch):
        """The first rows."""
        return self.limit(fetch)

    def limit(self, fetch, offset=0):
        """At most ``fetch`` rows, behind the first ``offset`` ones."""
        if fetch < 0:  # to the engine: all
            raise ValidationException("FETCH count must be equal or larger than 0.")
        return self._over(_rask.table_limit(self._table, offset, fetch))

    # ---- two tables ----------------------------------------------------------------------------
    def _set_operation(self, right, operation, all_rows):
        return self._over(_rask.table_set_operation(self._table, right._table, operation, all_rows))

    def union(self, right):
        return self._set_operation(right, "union", False)

    def union_all(self, right):
        return self._set_operation(right, "union", True)

    def intersect(self, right):
        return self._set_operation(right, "intersect", False)

    def intersect_all(self, right):
        return self._set_operation(right, "intersect", True)

    def minus(self, right):
        return self._set_operation(right, "minus", False)

    def minus_all(self, right):
        return self._set_operation(right, "minus", True)

    def _join(self, right, kind, predicate):
        condition = None if predicate is None else _condition(predicate)
        return self._over(_rask.table_join(self._table, right._table, kind, condition))

    def join(self, right, join_predicate=None):
        return self._join(right, "inner", join_predicate)

    def left_outer_join(self, right, join_predicate=None):
        return self._join(right, "left", join_predicate)

    def right_outer_join(self, right, join_predicate):
        return self._join(right, "right", join_predicate)

    def full_outer_join(self, right, join_predicate):
        return self._join(right, "full", join_predicate)

    # ---- table functions ------------------------------------------------------------------------
    def _table_function_call(self, call):
        if isinstance(call, UserDefinedFunctionWrapper):
            call = call(*[col(name) for name in self._names()])
        return _condition(call)

    def join_lateral(self, table_function_call, join_predicate=None):
        """Every row with the rows a table function makes of it."""
        joined = self._over(
            _rask.table_flat_map(
                self._table, self._table_function_call(table_function_call), True, False
            )
        )
        return joined if join_predicate is None else joined.filter(join_predicate)

    def left_outer_join_lateral(self, table_function_call, join_predicate=None):
        """As join_lateral; rows without result stay, with NULLs."""
        joined = self._over(
            _rask.table_flat_map(
                self._table, self._table_function_call(table_function_call), True, True
            )
        )
        return joined if join_predicate is None else joined.filter(join_predicate)

    def flat_map(self, func):
        """The rows a table function makes of every row; a function alone gets all columns."""
        return self._over(
            _rask.table_flat_map(self._table, self._table_function_call(func), False, False)
        )

    # ---- running --------------------------------------------------------------------------------
    def execute(self):
        """Starts a job whose rows come back."""
        self._t_env._before_execution()
        return TableResult(_rask.table_execute(self._table))

    def execute_insert(self, table_path_or_descriptor, overwrite=False):
        """Starts a job that writes into a table."""
        return TablePipeline((self, table_path_or_descriptor, overwrite), self._t_env).execute()

    def insert_into(self, table_path_or_descriptor, *args, overwrite=False):
        """2.3: a pipeline to execute; 1.9: an insert that ``t_env.execute`` runs."""
        path, overwrite = _path_and_overwrite(table_path_or_descriptor, args, overwrite)
        pipeline = TablePipeline((self, path, overwrite), self._t_env)
        self._t_env._remember(pipeline)
        return pipeline

    insertInto = insert_into

    def explain(self, *extra_details):
        return _rask.table_explain(self._table, _text(extra_details))[0]

    def print_explain(self, *extra_details):
        print(self.explain(*extra_details))

    # ---- shape ----------------------------------------------------------------------------------
    def get_schema(self):
        schema = _rask.table_schema(self._table)
        return TableSchema([name for name, _ in schema], [_from_sql(text) for _, text in schema])

    def print_schema(self):
        lines = ["  `%s` %s" % pair for pair in _rask.table_schema(self._table)]
        print("(\n%s\n)" % ",\n".join(lines))

    def __str__(self):
        return "Table(%s)" % ", ".join("%s %s" % pair for pair in _rask.table_schema(self._table))

    def __arrow_c_stream__(self, requested_schema=None):
        return self.execute().__arrow_c_stream__(requested_schema)


def _path_and_overwrite(first, more, overwrite):
    """insert_into("t", True) of 2.3, insert_into("cat", "db", "t") of 1.9."""
    if more and all(isinstance(part, str) for part in more):
        return ".".join("`%s`" % part for part in (first, *more)), overwrite
    return first, bool(more[0]) if more else overwrite


class GroupedTable(metaclass=Surfaced):
    """A table with group keys; ``select`` gives one row a group."""

    def __init__(self, java_table, t_env):
        self._grouped = java_table
        self._t_env = t_env

    def select(self, *fields):
        return Table(_rask.grouped_table_select(self._grouped, _expressions(fields)), self._t_env)
