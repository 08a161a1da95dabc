"""Expression: what select, filter and group_by take; built by operators, methods and properties.

Methods that are one SQL function are rows of the table at the foot of this file.
"""

import datetime
import decimal
from enum import Enum

from pyflink import _rask
from pyflink._surface import missing_member
from pyflink.table.types import _as_data_type, _infer_type

__all__ = ["Expression", "TimeIntervalUnit", "TimePointUnit"]


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
        raise TypeError("give a type: lit(value, DataTypes.BYTES())")
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
    if layout == "?":
        return _rask.expression_i64(sql, int(value))
    if layout in "csil":
        return _rask.expression_i64(sql, value)
    if layout in "fg":
        return _rask.expression_f64(sql, float(value))
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


class Expression:
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

    def __getattr__(self, name):
        return missing_member(self, name)

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

    def then(self, if_true, if_false):
        """if_true where this is TRUE, else if_false."""
        return _call("CASE", self, if_true, if_false)

    def in_(self, first_element_or_table, *remaining_elements):
        from pyflink.table.table import Table

        if isinstance(first_element_or_table, Table):
            raise NotImplementedError("in_(table) is not supported by Rask yet")
        return _call("IN", self, first_element_or_table, *remaining_elements)

    def like(self, pattern=None, escape=None):
        args = (pattern,) if escape is None else (pattern, escape)
        return _call("LIKE", self, *args)

    # ---- functions whose arguments are not in SQL's order -----------------------------------
    def trim_leading(self, character=None):
        return _call("TRIM", _symbol("LEADING"), " " if character is None else character, self)

    def trim_trailing(self, character=None):
        return _call("TRIM", _symbol("TRAILING"), " " if character is None else character, self)

    def trim(self, character=None):
        return _call("TRIM", _symbol("BOTH"), " " if character is None else character, self)

    def position(self, haystack=None):
        """1-based position of this text in haystack, 0 where it is not there."""
        return _call("POSITION", self, haystack)

    def extract(self, time_interval_unit):
        return _call("EXTRACT", _symbol(time_interval_unit), self)

    def ceil(self, time_interval_unit=None):
        args = () if time_interval_unit is None else (_symbol(time_interval_unit),)
        return _call("CEIL", self, *args)

    def floor(self, time_interval_unit=None):
        args = () if time_interval_unit is None else (_symbol(time_interval_unit),)
        return _call("FLOOR", self, *args)

    def log(self, base=None):
        """Logarithm to a base, natural without one."""
        return _call("LOG", self) if base is None else _call("LOG", base, self)

    def over(self, alias):
        raise NotImplementedError("over windows are not supported by Rask yet")


# ---- methods that are one SQL function ---------------------------------------------------------

# Properties: name -> SQL function of one argument.
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

# Methods: name -> (SQL function, required parameters, optional parameters).
_METHODS = {
    "if_null": ("IFNULL", ("null_replacement",), ()),
    "concat": ("CONCAT", ("other",), ()),
    "substring": ("SUBSTRING", ("begin_index",), ("length",)),
    "substr": ("SUBSTR", ("begin_index",), ("length",)),
    "lpad": ("LPAD", ("length", "pad"), ()),
    "rpad": ("RPAD", ("length", "pad"), ()),
    "repeat": ("REPEAT", ("n",), ()),
    "left": ("LEFT", ("length",), ()),
    "right": ("RIGHT", ("length",), ()),
    "ltrim": ("LTRIM", (), ("trim_str",)),
    "rtrim": ("RTRIM", (), ("trim_str",)),
    "btrim": ("BTRIM", (), ("trim_str",)),
    "instr": ("INSTR", ("s",), ()),
    "starts_with": ("STARTSWITH", ("start_expr",), ()),
    "ends_with": ("ENDSWITH", ("end_expr",), ()),
    "split_index": ("SPLIT_INDEX", ("separator", "index"), ()),
    "translate": ("TRANSLATE", ("from_str", "to_str"), ()),
    "round": ("ROUND", ("places",), ()),
    "overlay": ("OVERLAY", ("new_string", "starting"), ("length",)),
}


def _make_property(name, function):
    def get(self):
        return _call(function, self)

    get.__name__ = name
    return property(get, doc="SQL's %s of this expression." % function)


def _make_method(name, function, required, optional):
    """A method with the reference's parameters; optionals that are not given are left out."""
    parameters = list(required) + ["%s=None" % p for p in optional]
    arguments = "".join(", %s" % p for p in required)
    given = "".join(" + (() if %s is None else (%s,))" % (p, p) for p in optional)
    source = "def %s(%s):\n    return _call(function, *((self%s,)%s))\n" % (
        name,
        ", ".join(["self"] + parameters),
        arguments,
        given,
    )
    scope = {"_call": _call, "function": function}
    exec(source, scope)  # so that inspect.signature shows the reference's signature
    scope[name].__doc__ = "SQL's %s of this expression." % function
    return scope[name]


for _name, _function in _PROPERTIES.items():
    setattr(Expression, _name, _make_property(_name, _function))
for _name, (_function, _required, _optional) in _METHODS.items():
    setattr(Expression, _name, _make_method(_name, _function, _required, _optional))


def _replace(self, search=None, replacement=None):
    return _call("REPLACE", self, search, replacement)


def _truncate(self, n=0):
    return _call("TRUNCATE", self, n)


def _locate(self, s, pos=None):
    """1-based position of this text in s, from pos on."""
    return _call("LOCATE", self, s) if pos is None else _call("LOCATE", self, s, pos)


def _similar(self, pattern=None):
    return _call("SIMILAR TO", self, pattern)


for _name, _function in (
    ("replace", _replace),
    ("truncate", _truncate),
    ("locate", _locate),
    ("similar", _similar),
):
    _function.__name__ = _name
    setattr(Expression, _name, _function)
