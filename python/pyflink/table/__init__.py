"""The Table API of PyFlink 1.9 and 2.3."""

from pyflink._surface import names_of
from pyflink.common.types import Row, RowKind
from pyflink.table.environment_settings import EnvironmentSettings
from pyflink.table.explain_detail import ExplainDetail
from pyflink.table.expression import Expression
from pyflink.table.result_kind import ResultKind
from pyflink.table.schema import Schema
from pyflink.table.statement_set import StatementSet
from pyflink.table.table import GroupedTable, Table
from pyflink.table.table_config import TableConfig
from pyflink.table.table_descriptor import FormatDescriptor, TableDescriptor
from pyflink.table.table_environment import (
    BatchTableEnvironment,
    StreamTableEnvironment,
    TableEnvironment,
)
from pyflink.table.table_pipeline import TablePipeline
from pyflink.table.table_result import TableResult
from pyflink.table.table_schema import TableSchema
from pyflink.table.types import DataTypes, UserDefinedType
from pyflink.table.udf import FunctionContext, ScalarFunction, TableFunction

__all__ = [
    "BatchTableEnvironment",
    "DataTypes",
    "EnvironmentSettings",
    "ExplainDetail",
    "Expression",
    "FormatDescriptor",
    "FunctionContext",
    "GroupedTable",
    "ResultKind",
    "Row",
    "RowKind",
    "ScalarFunction",
    "Schema",
    "StatementSet",
    "StreamTableEnvironment",
    "Table",
    "TableConfig",
    "TableDescriptor",
    "TableEnvironment",
    "TableFunction",
    "TablePipeline",
    "TableResult",
    "TableSchema",
    "UserDefinedType",
]

__getattr__ = names_of(__name__)
