"""Functions that begin an expression: col, lit, call and friends."""

from pyflink import _rask
from pyflink._surface import names_of
from pyflink.table.expression import Expression, _call, _literal, _symbol
from pyflink.table.types import _as_data_type

__all__ = [
    "and_",
    "call",
    "call_sql",
    "col",
    "concat",
    "concat_ws",
    "current_date",
    "current_time",
    "current_timestamp",
    "e",
    "if_then_else",
    "lit",
    "local_time",
    "local_timestamp",
    "log",
    "negative",
    "not_",
    "null_of",
    "or_",
    "pi",
    "rand",
    "rand_integer",
    "uuid",
    "timestamp_diff",
    "with_all_columns",
]

__getattr__ = names_of(__name__)


def col(name):
    """A column of the input by name."""
    expression = Expression(_rask.expression_column(name))
    expression._column_name = name
    return expression


def lit(v, data_type=None):
    """A literal; its type is the given one or inferred: int INT, str CHAR(n), float DOUBLE, ..."""
    return Expression(_literal(v, data_type))


def null_of(data_type):
    """A NULL of a type."""
    return Expression(_rask.expression_null(_as_data_type(data_type)._sql()))


def call(f, *args):
    """A call of a function by its name or of a Python function made by udf / udtf."""
    if isinstance(f, str):
        return _call(f, *args)
    return f(*args)


def call_sql(sql_expression):
    """An expression written in SQL."""
    return Expression(_rask.expression_parse_sql(sql_expression))


def _fold(name, first, second, rest):
    result = _call(name, first, second)
    for predicate in rest:
        result = _call(name, result, predicate)
    return result


def and_(predicate0, predicate1, *predicates):
    return _fold("AND", predicate0, predicate1, predicates)


def or_(predicate0, predicate1, *predicates):
    return _fold("OR", predicate0, predicate1, predicates)


def not_(expression):
    return _call("NOT", expression)


def negative(v):
    return _call("-", v)


def coalesce(*args):
    return _call("COALESCE", *args)


def if_then_else(condition, if_true, if_false):
    return _call("CASE", condition, if_true, if_false)


def concat(first, *others):
    return _call("CONCAT", first, *others)


def concat_ws(separator, first, *others):
    return _call("CONCAT_WS", separator, first, *others)


def e():
    return _call("E")


def pi():
    return _call("PI")


def log(v, base=None):
    return _call("LOG", v) if base is None else _call("LOG", base, v)


def rand(seed=None):
    return _call("RAND") if seed is None else _call("RAND", seed)


def rand_integer(bound, seed=None):
    return _call("RAND_INTEGER", bound) if seed is None else _call("RAND_INTEGER", seed, bound)


def uuid():
    return _call("UUID")


def current_date():
    return _call("CURRENT_DATE")


def current_time():
    return _call("CURRENT_TIME")


def current_timestamp():
    return _call("CURRENT_TIMESTAMP")


def local_time():
    return _call("LOCALTIME")


def local_timestamp():
    return _call("LOCALTIMESTAMP")


def timestamp_diff(time_point_unit, time_point1, time_point2):
    return _call("TIMESTAMPDIFF", _symbol(time_point_unit), time_point1, time_point2)


def with_all_columns():
    """All columns of the input: `*`."""
    return Expression(_rask.expression_column("*"))
