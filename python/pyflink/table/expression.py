"""Expression: what select, filter and group_by take; built by operators, methods and properties.

Properties that are one SQL function are rows of the table at the foot of this file.
"""

import datetime
import decimal
from enum import Enum

from pyflink import _rask
from pyflink._surface import Surfaced, names_of
from pyflink.table._inference import _infer_type
from pyflink.table.types import _as_data_type

__all__ = ["Expression", "TimeIntervalUnit", "TimePointUnit"]

__getattr__ = names_of(__name__)


class TimeIntervalUnit(Enum):
    """Units of intervals, for ceil, floor and extract."""

    YEAR = 0
    YEAR_TO_MONTH = 1
    QUARTER = 2
    MONTH = 3
    WEEK = 4
    DAY = 5
    DAY_TO_HOUR = 6
    DAY_TO_MINUTE = 7
    DAY_TO_SECOND = 8
    HOUR = 9
    SECOND = 10
    HOUR_TO_MINUTE = 11
    HOUR_TO_SECOND = 12
    MINUTE = 13
    MINUTE_TO_SECOND = 14


class TimePointUnit(Enum):
    """Units of points in time, for timestamp_diff."""

    YEAR = 0
    MONTH = 1
    DAY = 2
    HOUR = 3
    MINUTE = 4
    SECOND = 5
    QUARTER = 6
    WEEK = 7
    MILLISECOND = 8
    MICROSECOND = 9


def _literal(value, data_type=None):
    """The handle of a Python value; the type is inferred as ``lit`` does."""
    if data_type is not None:
        return _typed_literal(value, _as_data_type(data_type))
    if value is None:
        return _rask.expression_null("NULL")
    if isinstance(value, bool):
        return _rask.expression_i64("BOOLEAN NOT NULL", int(value))
    if isinstance(value, int):
        name = "INT" if -(2**31) <= value < 2**31 else "BIGINT"
        if not -(2**63) <= value < 2**63:
            raise ValueError("%d does not fit BIGINT; give a Decimal" % value)
        return _rask.expression_i64(name + " NOT NULL", value)
    if isinstance(value, float):
        return _rask.expression_f64("DOUBLE NOT NULL", value)
    if isinstance(value, str):
        length = max(len(value), 1)
        return _rask.expression_text("CHAR(%d) NOT NULL" % length, value)
    if isinstance(value, decimal.Decimal):
        return _decimal_literal(value)
    if isinstance(value, datetime.datetime):
        return _rask.expression_text("TIMESTAMP(6) NOT NULL", value.isoformat(" "))
    if isinstance(value, datetime.date):
        return _rask.expression_text("DATE NOT NULL", value.isoformat())
    if isinstance(value, datetime.time):
        return _rask.expression_text("TIME(0) NOT NULL", value.strftime("%H:%M:%S"))
    if isinstance(value, (bytes, bytearray)):
        return _rask.expression_text("BINARY(%d) NOT NULL" % max(len(value), 1), bytes(value))
    return _typed_literal(value, _infer_type(value))


def _decimal_literal(value):
    text = format(value, "f")
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    scale = len(text.partition(".")[2])
    precision = max(len(digits), scale, 1)
    return _rask.expression_text("DECIMAL(%d, %d) NOT NULL" % (precision, scale), text)


def _typed_literal(value, data_type):
    sql = data_type._sql()
    if value is None:
        return _rask.expression_null(sql)
    layout = data_type._code()[0]
    if layout in "?csil" and isinstance(value, int):
        return _rask.expression_i64(sql, int(value))
    if layout in "fg" and isinstance(value, (int, float, decimal.Decimal)):
        return _rask.expression_f64(sql, float(value))
    if layout == "z" and isinstance(value, (bytes, bytearray)):
        return _rask.expression_text(sql, bytes(value))
    if layout in "?csilfgz":
        raise TypeError("%s can not accept object %r in type %s" % (sql, value, type(value)))
    if isinstance(value, datetime.datetime):
        value = value.isoformat(" ")
    elif isinstance(value, (datetime.date, datetime.time)):
        value = value.isoformat()
    return _rask.expression_text(sql, str(value))


def _handle(value):
    """The handle of an Expression or of a Python value."""
    return value._expression if isinstance(value, Expression) else _literal(value)


def _call(name, *args):
    return Expression(_rask.expression_call(name, [_handle(arg) for arg in args]))


def _symbol(unit):
    name = unit.name if isinstance(unit, Enum) else str(unit)
    return Expression(_rask.expression_symbol(name))


def _given(argument):
    """An optional argument as the arguments of a call: one, or none."""
    return () if argument is None else (argument,)


def _unit(time_interval_unit):
    return () if time_interval_unit is None else (_symbol(time_interval_unit),)


class Expression(metaclass=Surfaced):
    """A tree of column references, literals and calls.

    >>> from pyflink.table.expressions import col, lit
    >>> str((col("a") + 1).alias("b"))
    '+(a, 1) AS b'
    """

    __slots__ = ("_expression", "_column_name")

    def __init__(self, j_expr_or_property_name):
        self._expression = j_expr_or_property_name
        self._column_name = None

    # ---- operators -------------------------------------------------------------------------
    def __abs__(self):
        return _call("ABS", self)

    def __add__(self, other):
        return _call("+", self, other)

    def __radd__(self, other):
        return _call("+", other, self)

    def __sub__(self, other):
        return _call("-", self, other)

    def __rsub__(self, other):
        return _call("-", other, self)

    def __mul__(self, other):
        return _call("*", self, other)

    def __rmul__(self, other):
        return _call("*", other, self)

    def __truediv__(self, other):
        return _call("/", self, other)

    def __rtruediv__(self, other):
        return _call("/", other, self)

    def __mod__(self, other):
        return _call("%", self, other)

    def __rmod__(self, other):
        return _call("%", other, self)

    def __pow__(self, other):
        return _call("POWER", self, other)

    def __rpow__(self, other):
        return _call("POWER", other, self)

    def __neg__(self):
        return _call("-", self)

    def __and__(self, other):
        return _call("AND", self, other)

    def __rand__(self, other):
        return _call("AND", other, self)

    def __or__(self, other):
        return _call("OR", self, other)

    def __ror__(self, other):
        return _call("OR", other, self)

    def __invert__(self):
        return _call("NOT", self)

    def __eq__(self, other):
        return _call("=", self, other)

    def __ne__(self, other):
        return _call("<>", self, other)

    def __lt__(self, other):
        return _call("<", self, other)

    def __le__(self, other):
        return _call("<=", self, other)

    def __gt__(self, other):
        return _call(">", self, other)

    def __ge__(self, other):
        return _call(">=", self, other)

    __hash__ = object.__hash__

    def __bool__(self):
        raise ValueError(
            "Cannot convert expression into bool: use '&' for 'and', '|' for 'or', "
            "'~' for 'not' when building expressions."
        )

    def __str__(self):
        return _rask.expression_to_text(self._expression)

    # ---- names, types, order ---------------------------------------------------------------
    def alias(self, name, *extra_names):
        """Names the expression; several names for a table function."""
        return Expression(_rask.expression_alias(self._expression, [name, *extra_names]))

    def cast(self, data_type):
        sql = _as_data_type(data_type)._sql()
        return Expression(_rask.expression_cast(self._expression, sql, False))

    def try_cast(self, data_type):
        """As cast, NULL where the value does not convert."""
        sql = _as_data_type(data_type)._sql()
        return Expression(_rask.expression_cast(self._expression, sql, True))

    @property
    def asc(self):
        return Expression(_rask.expression_order(self._expression, False))

    @property
    def desc(self):
        return Expression(_rask.expression_order(self._expression, True))

    @property
    def distinct(self):
        """On an aggregate: counts every value once."""
        return Expression(_rask.expression_distinct(self._expression))

    # ---- conditions ------------------------------------------------------------------------
    def between(self, lower_bound, upper_bound):
        return _call("BETWEEN", self, lower_bound, upper_bound)

    def not_between(self, lower_bound, upper_bound):
        return _call("NOT BETWEEN", self, lower_bound, upper_bound)

    def if_null(self, null_replacement):
        return _call("IFNULL", self, null_replacement)

    def then(self, if_true, if_false):
        """if_true where this is TRUE, else if_false."""
        return _call("CASE", self, if_true, if_false)

    def in_(self, first_element_or_table, *remaining_elements):
        from pyflink.table.table import Table

        if isinstance(first_element_or_table, Table):
            raise NotImplementedError("in_(table) is not supported by Rask yet")
        return _call("IN", self, first_element_or_table, *remaining_elements)

    # ---- texts -------------------------------------------------------------------------------
    def concat(self, other):
        return _call("CONCAT", self, other)

    def substring(self, begin_index, length=None):
        """``length`` characters from the 1-based begin_index on; without it, all of them."""
        return _call("SUBSTRING", self, begin_index, *_given(length))

    def substr(self, begin_index, length=None):
        """As :meth:`substring`."""
        return _call("SUBSTR", self, begin_index, *_given(length))

    def left(self, length):
        return _call("LEFT", self, length)

    def right(self, length):
        return _call("RIGHT", self, length)

    def lpad(self, length, pad):
        return _call("LPAD", self, length, pad)

    def rpad(self, length, pad):
        return _call("RPAD", self, length, pad)

    def repeat(self, n):
        return _call("REPEAT", self, n)

    def replace(self, search=None, replacement=None):
        return _call("REPLACE", self, search, replacement)

    def overlay(self, new_string, starting, length=None):
        """new_string over the characters from the 1-based position ``starting`` on."""
        return _call("OVERLAY", self, new_string, starting, *_given(length))

    def translate(self, from_str, to_str):
        return _call("TRANSLATE", self, from_str, to_str)

    def split_index(self, separator, index):
        """The part at the 0-based index of the text cut at the separators."""
        return _call("SPLIT_INDEX", self, separator, index)

    def ltrim(self, trim_str=None):
        return _call("LTRIM", self, *_given(trim_str))

    def rtrim(self, trim_str=None):
        return _call("RTRIM", self, *_given(trim_str))

    def btrim(self, trim_str=None):
        return _call("BTRIM", self, *_given(trim_str))

    def trim_leading(self, character=None):
        return _call("TRIM", _symbol("LEADING"), " " if character is None else character, self)

    def trim_trailing(self, character=None):
        return _call("TRIM", _symbol("TRAILING"), " " if character is None else character, self)

    def trim(self, character=None):
        return _call("TRIM", _symbol("BOTH"), " " if character is None else character, self)

    def starts_with(self, start_expr):
        return _call("STARTSWITH", self, start_expr)

    def ends_with(self, end_expr):
        return _call("ENDSWITH", self, end_expr)

    def instr(self, s):
        """1-based position of s in this text, 0 where it is not there."""
        return _call("INSTR", self, s)

    def position(self, haystack=None):
        """1-based position of this text in haystack, 0 where it is not there."""
        return _call("POSITION", self, haystack)

    def locate(self, s, pos=None):
        """1-based position of this text in s, from pos on."""
        return _call("LOCATE", self, s, *_given(pos))

    def like(self, pattern=None, escape=None):
        return _call("LIKE", self, pattern, *_given(escape))

    def similar(self, pattern=None):
        """Whether the text matches a regular expression of the SQL standard."""
        return _call("SIMILAR TO", self, pattern)

    # ---- numbers and times -------------------------------------------------------------------
    def round(self, places):
        return _call("ROUND", self, places)

    def truncate(self, n=0):
        return _call("TRUNCATE", self, n)

    def log(self, base=None):
        """Logarithm to a base, natural without one."""
        return _call("LOG", *_given(base), self)

    def ceil(self, time_interval_unit=None):
        return _call("CEIL", self, *_unit(time_interval_unit))

    def floor(self, time_interval_unit=None):
        return _call("FLOOR", self, *_unit(time_interval_unit))

    def extract(self, time_interval_unit):
        return _call("EXTRACT", _symbol(time_interval_unit), self)

    def over(self, alias):
        raise NotImplementedError("over windows are not supported by Rask yet")


# ---- properties: name -> SQL function of one argument -------------------------------------------
_PROPERTIES = {
    "abs": "ABS",
    "acos": "ACOS",
    "asin": "ASIN",
    "atan": "ATAN",
    "cos": "COS",
    "cosh": "COSH",
    "cot": "COT",
    "degrees": "DEGREES",
    "exp": "EXP",
    "ln": "LN",
    "log10": "LOG10",
    "log2": "LOG2",
    "radians": "RADIANS",
    "sign": "SIGN",
    "sin": "SIN",
    "sinh": "SINH",
    "sqrt": "SQRT",
    "tan": "TAN",
    "tanh": "TANH",
    "bin": "BIN",
    "hex": "HEX",
    "upper_case": "UPPER",
    "lower_case": "LOWER",
    "init_cap": "INITCAP",
    "char_length": "CHAR_LENGTH",
    "reverse": "REVERSE",
    "ascii": "ASCII",
    "chr": "CHR",
    "is_null": "IS NULL",
    "is_not_null": "IS NOT NULL",
    "is_true": "IS TRUE",
    "is_not_true": "IS NOT TRUE",
    "is_false": "IS FALSE",
    "is_not_false": "IS NOT FALSE",
    "sum": "SUM",
    "sum0": "$SUM0",
    "min": "MIN",
    "max": "MAX",
    "count": "COUNT",
    "avg": "AVG",
    "first_value": "FIRST_VALUE",
    "last_value": "LAST_VALUE",
    "stddev_pop": "STDDEV_POP",
    "stddev_samp": "STDDEV_SAMP",
    "var_pop": "VAR_POP",
    "var_samp": "VAR_SAMP",
}


def _make_property(name, function):
    def get(self):
        return _call(function, self)

    get.__name__ = name
    return property(get, doc="SQL's %s of this expression." % function)


for _name, _function in _PROPERTIES.items():
    setattr(Expression, _name, _make_property(_name, _function))
