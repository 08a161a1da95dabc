"""Table environments: where tables are made, registered and run."""

from pyflink import _rask
from pyflink._surface import Surfaced
from pyflink.common.configuration import Configuration
from pyflink.common.types import Row
from pyflink.table._inference import _infer_schema
from pyflink.table.environment_settings import EnvironmentSettings
from pyflink.table.expression import Expression, _handle
from pyflink.table.statement_set import StatementSet
from pyflink.table.table import Table
from pyflink.table.table_config import TableConfig
from pyflink.table.table_result import TableResult
from pyflink.table.types import DataType, DataTypes, RowType, _as_data_type
from pyflink.table.udf import UserDefinedFunction, UserDefinedFunctionWrapper
from pyflink.util import exceptions as _exceptions  # registers the error classes

__all__ = ["BatchTableEnvironment", "StreamTableEnvironment", "TableEnvironment"]

assert _exceptions is not None


class TableEnvironment(metaclass=Surfaced):
    """The entry point: creates, registers and runs tables.

    >>> t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    >>> t_env.execute_sql("SELECT 1 AS n").print()
    +-------------+
    |           n |
    +-------------+
    |           1 |
    +-------------+
    1 row in set
    """

    def __init__(self, j_tenv, serializer=None):
        self._environment = j_tenv
        self._config = TableConfig(j_tenv)
        self._pipelines = []

    @staticmethod
    def create(environment_settings):
        """An environment of :class:`EnvironmentSettings` or a :class:`Configuration`.

        FLIP-38's TableConfig is taken too.
        """
        if isinstance(environment_settings, TableConfig):
            return _create(TableEnvironment, True, environment_settings)
        if isinstance(environment_settings, Configuration):
            builder = EnvironmentSettings.new_instance()
            environment_settings = builder.with_configuration(environment_settings).build()
        if not isinstance(environment_settings, EnvironmentSettings):
            raise TypeError("argument should be EnvironmentSettings or Configuration")
        return _create(
            TableEnvironment,
            environment_settings.is_streaming_mode(),
            None,
            None,
            environment_settings,
        )

    def _configure(self, options):
        for key, value in options.items():
            if key != "execution.runtime-mode":
                self._set(key, value)

    def _set(self, key, value):
        _rask.environment_set(self._environment, key, value)

    def get_config(self):
        return self._config

    def set_parallelism(self, parallelism):
        """FLIP-38: the parallelism of this environment's jobs."""
        self._set("parallelism.default", str(parallelism))

    # ---- tables out of values -------------------------------------------------------------------
    def from_elements(self, elements, schema=None, verify_schema=True):
        """A table of rows given as tuples, lists, Rows, dicts or single values.

        :param schema: field names, a ROW type, or None: names ``_1``, ``_2`` and inferred types.
        :param verify_schema: whether values must be of their column's own class; without it
            whatever converts is taken, as an int for a DOUBLE.
        """
        rows = list(elements)
        if _has_expressions(rows):
            return self._from_expressions(rows, schema)
        row_type = _row_type(rows, schema)
        made = _rask.environment_from_rows(
            self._environment, _as_rows(rows), row_type._code(), verify_schema, row_type._sql()
        )
        return Table(made, self)

    def from_collection(self, data, schema=None):
        """FLIP-38's from_elements; the names may stand in one string: "id, name"."""
        if isinstance(schema, str):
            schema = [name.strip() for name in schema.split(",")]
        return self.from_elements(data, schema)

    def _from_expressions(self, rows, schema):
        rows = [row if isinstance(row, (tuple, list, Row)) else (row,) for row in rows]
        cells = [_handle(value) for row in rows for value in row]
        width = len(rows[0])
        row_type = schema._sql() if isinstance(schema, RowType) else None
        table = Table(
            _rask.environment_from_values(self._environment, cells, width, row_type), self
        )
        if isinstance(schema, (list, tuple)):
            return table.alias(*schema)
        return table if row_type is not None else table.alias(*["f%d" % i for i in range(width)])

    def from_arrow(self, data):
        """A table of anything with ``__arrow_c_stream__``: pyarrow, polars, DuckDB, pandas."""
        return Table(
            _rask.environment_from_arrow(self._environment, data.__arrow_c_stream__()), self
        )

    def from_path(self, path):
        return Table(_rask.environment_from_path(self._environment, path), self)

    def from_descriptor(self, descriptor):
        return Table(
            _rask.environment_from_descriptor(self._environment, descriptor._handle()), self
        )

    def scan(self, *table_path):
        """1.9: a registered table by the parts of its path."""
        return self.from_path(".".join("`%s`" % part for part in table_path))

    # ---- SQL ------------------------------------------------------------------------------------
    def sql_query(self, query):
        return Table(_rask.environment_sql_query(self._environment, query), self)

    def execute_sql(self, stmt):
        """Runs one statement of any kind."""
        self._before_execution()
        return TableResult(_rask.environment_execute_sql(self._environment, stmt))

    def explain_sql(self, stmt, *extra_details):
        return _rask.environment_explain_sql(self._environment, stmt)[0]

    def sql_update(self, stmt, config=None):
        """1.9: DDL runs now, an INSERT waits for :meth:`execute`."""
        if stmt.lstrip()[:6].upper() == "INSERT":
            self._pipelines.append(_SqlInsert(stmt))
        else:
            self.execute_sql(stmt).wait()

    def create_statement_set(self):
        return StatementSet(_rask.statement_set_new(self._environment), self)

    # ---- 1.9's deferred execution ---------------------------------------------------------------
    def _remember(self, pipeline):
        self._check_insert(pipeline)
        self._pipelines.append(pipeline)

    def _check_insert(self, pipeline):
        """What a 1.9 sink refuses is refused where it is written."""
        pipeline.explain()

    def _forget(self, pipeline):
        self._pipelines = [kept for kept in self._pipelines if kept is not pipeline]

    def insert_into(self, table, table_path, *table_path_continued):
        """1.9: as ``table.insert_into(...)``."""
        return table.insert_into(table_path, *table_path_continued)

    def execute(self, job_name=None):
        """1.9: runs every insert collected so far as one job and waits for it."""
        pending, self._pipelines = self._pipelines, []
        made = _rask.statement_set_new(self._environment)
        for pipeline in pending:
            pipeline._add_to(made)
        name = self._config.get("pipeline.name", None)
        if job_name is not None:
            self._set("pipeline.name", job_name)
        try:
            result = TableResult(_rask.statement_set_execute(made))
        finally:
            if job_name is not None:
                _rask.environment_reset(self._environment, "pipeline.name")
                if name is not None:
                    self._set("pipeline.name", name)
        result.wait()
        return result.get_job_client().get_job_execution_result().result()

    def explain(self, table=None, extended=False):
        """1.9: the plans of a table, or of all inserts collected so far."""
        if table is not None:
            return table.explain()
        made = _rask.statement_set_new(self._environment)
        for pipeline in list(self._pipelines):
            pipeline._add_to(made)
            self._pipelines.append(pipeline)
        return _rask.statement_set_explain(made, None)[0]

    # ---- the catalog ----------------------------------------------------------------------------
    def create_temporary_view(self, view_path, table_or_data_stream, *fields_or_schema):
        if not isinstance(table_or_data_stream, Table):
            raise TypeError("a Table is needed; DataStream is not supported by Rask yet")
        _rask.environment_create_view(
            self._environment, view_path, table_or_data_stream._table, True, False
        )

    def create_view(self, view_path, table, ignore_if_exists=False):
        _rask.environment_create_view(
            self._environment, view_path, table._table, False, ignore_if_exists
        )
        return True

    def create_temporary_table(self, path, descriptor, ignoreIfExists=False):
        _rask.environment_create_table(
            self._environment, path, descriptor._handle(), True, ignoreIfExists
        )

    def create_table(self, path, descriptor, ignoreIfExists=False):
        _rask.environment_create_table(
            self._environment, path, descriptor._handle(), False, ignoreIfExists
        )
        return True

    def register_table(self, name, table):
        """1.9: as create_temporary_view."""
        self.create_temporary_view(name, table)

    def _drop(self, path, view, temporary, ignore_if_missing):
        return _rask.environment_drop(self._environment, path, view, temporary, ignore_if_missing)

    def drop_temporary_table(self, table_path):
        return self._drop(table_path, False, True, True)

    def drop_temporary_view(self, view_path):
        return self._drop(view_path, True, True, True)

    def drop_table(self, table_path, ignore_if_not_exists=True):
        return self._drop(table_path, False, False, ignore_if_not_exists)

    def drop_view(self, view_path, ignore_if_not_exists=True):
        return self._drop(view_path, True, False, ignore_if_not_exists)

    def _list(self, what):
        return _rask.environment_list(self._environment, what, None)

    def list_tables(self):
        return self._list("tables")

    def list_views(self):
        return self._list("views")

    def list_temporary_tables(self):
        return self._list("temporary tables")

    def list_temporary_views(self):
        return self._list("temporary views")

    def list_databases(self):
        return self._list("databases")

    def list_catalogs(self):
        return self._list("catalogs")

    def list_modules(self):
        return self._list("modules")

    def list_functions(self):
        return self._list("functions")

    def list_user_defined_functions(self):
        return self._list("user functions")

    def use_catalog(self, catalog_name):
        _rask.environment_use(self._environment, catalog_name, None)

    def use_database(self, database_name):
        _rask.environment_use(self._environment, None, database_name)

    def get_current_catalog(self):
        return _rask.environment_current(self._environment)[0]

    def get_current_database(self):
        return _rask.environment_current(self._environment)[1]

    # ---- functions ------------------------------------------------------------------------------
    def create_temporary_system_function(self, name, function):
        _rask.environment_create_function(
            self._environment, name, _as_wrapper(function)._description(), False
        )

    def create_temporary_function(self, path, function):
        self.create_temporary_system_function(path.split(".")[-1], function)

    def drop_temporary_system_function(self, name):
        return _rask.environment_drop_function(self._environment, name)

    def drop_temporary_function(self, path):
        return self.drop_temporary_system_function(path.split(".")[-1])

    def _before_execution(self):
        """Hook of environments with requirements to check."""


class _SqlInsert:
    """1.9's sql_update("INSERT ..."): an insert given as text."""

    def __init__(self, statement):
        self._statement = statement

    def _add_to(self, statement_set):
        _rask.statement_set_add_sql(statement_set, self._statement)


def _as_wrapper(function):
    if isinstance(function, UserDefinedFunctionWrapper):
        return function
    if isinstance(function, UserDefinedFunction):
        raise TypeError("Invalid function: wrap it with udf(...) or udtf(...) first")
    raise TypeError("Invalid function: %s" % type(function))


def _has_expressions(rows):
    return any(
        Expression in map(type, row) if isinstance(row, (tuple, list)) else type(row) is Expression
        for row in rows
    )


def _as_rows(rows):
    """Single values as rows of one; objects with attributes are rows of their own."""
    if set(map(type, rows)) <= {tuple, list, dict, Row}:
        return rows
    return [
        row if isinstance(row, (tuple, list, dict, Row)) or hasattr(row, "__dict__") else (row,)
        for row in rows
    ]


def _row_type(rows, schema):
    """The ROW type of from_elements' arguments."""
    if (
        schema is None
        or isinstance(schema, (list, tuple))
        and all(isinstance(name, str) for name in schema)
    ):
        return _infer_schema(rows, schema)
    if isinstance(schema, RowType):
        return schema
    if isinstance(schema, (list, tuple)):
        return DataTypes.ROW([_as_data_type(t) for t in schema])
    if isinstance(schema, DataType):
        return DataTypes.ROW([DataTypes.FIELD("value", schema)])
    raise TypeError("schema should be RowType, list, tuple or None, but got: %s" % (schema,))


def _create(cls, streaming, table_config=None, execution_environment=None, settings=None):
    t_env = cls(_rask.environment_new(streaming))
    if settings is not None:
        t_env._configure(settings._options())
    if execution_environment is not None:
        execution_environment._attach(t_env)
    if table_config is not None:
        t_env._configure(table_config.to_map())
    return t_env


class _LegacyTableEnvironment(TableEnvironment):
    """What 1.9's two environments share."""

    def connect(self, connector_descriptor):
        """1.9: a table described by connector, format and schema descriptors."""
        from pyflink.table import descriptors

        return descriptors._connect(self, connector_descriptor)

    def register_table_sink(self, name, table_sink):
        _rask.environment_create_table(self._environment, name, table_sink._handle(), True, False)

    def register_table_source(self, name, table_source):
        _rask.environment_create_table(self._environment, name, table_source._handle(), True, False)


class BatchTableEnvironment(_LegacyTableEnvironment):
    """1.9's environment for batch programs."""

    @staticmethod
    def create(execution_environment=None, table_config=None, environment_settings=None):
        """Also ``create(table_config)``, as FLIP-38 prints it."""
        if isinstance(execution_environment, TableConfig):
            execution_environment, table_config = None, execution_environment
        return _create(
            BatchTableEnvironment, False, table_config, execution_environment, environment_settings
        )


class StreamTableEnvironment(_LegacyTableEnvironment):
    """The environment on a StreamExecutionEnvironment, of 1.9 and 2.3."""

    @staticmethod
    def create(
        stream_execution_environment=None, *args, table_config=None, environment_settings=None
    ):
        """2.3: ``create(env, settings)``; 1.9: ``create(env, table_config, settings)``."""
        for arg in (stream_execution_environment, *args):
            if isinstance(arg, EnvironmentSettings):
                environment_settings = arg
            elif isinstance(arg, TableConfig):
                table_config = arg
        if isinstance(stream_execution_environment, (EnvironmentSettings, TableConfig)):
            stream_execution_environment = None
        streaming = environment_settings is None or environment_settings.is_streaming_mode()
        return _create(
            StreamTableEnvironment,
            streaming,
            table_config,
            stream_execution_environment,
            environment_settings,
        )
