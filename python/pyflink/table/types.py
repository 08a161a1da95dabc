"""DataTypes and the classes behind them.

A type knows two things the engine asks for: its SQL text (``_sql()``) and its code (``_code()``:
column layout, name, nullability, details; see python/ext/ext.h).
"""

import datetime
import decimal

from pyflink._surface import Surfaced, names_of
from pyflink.common.types import Row, RowKind

__all__ = ["DataTypes", "Row", "RowKind", "UserDefinedType"]

__getattr__ = names_of(__name__)


class DataType(metaclass=Surfaced):
    """A logical type with its nullability."""

    _name = None  # SQL name
    _layout = None  # first element of the code

    def __init__(self, nullable=True):
        self._nullable = nullable
        self._conversion_cls = ""

    @classmethod
    def type_name(cls):
        return cls.__name__[:-4].upper()

    def bridged_to(self, conversion_cls):
        self._conversion_cls = conversion_cls
        return self

    def _with_nullable(self, nullable):
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._nullable = nullable
        return copy

    def not_null(self):
        return self._with_nullable(False)

    def nullable(self):
        return self._with_nullable(True)

    def need_conversion(self):
        return False

    def to_sql_type(self, obj):
        return obj

    def from_sql_type(self, obj):
        return obj

    def _text(self):
        return self._name

    def _sql(self):
        return self._text() + ("" if self._nullable else " NOT NULL")

    def _code(self):
        return (self._layout, self.type_name(), self._nullable, *self._details())

    def _details(self):
        """What the code of this type says besides layout, name and nullability."""
        return ()

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self._sql())

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, str(self._nullable).lower())

    def __str__(self, *args, **kwargs):
        return self.type_name()


class AtomicType(DataType):
    pass


class NumericType(AtomicType):
    pass


class IntegralType(NumericType):
    pass


class FractionalType(NumericType):
    pass


class NullType(AtomicType):
    _name, _layout = "NULL", "n"

    def __init__(self):
        super().__init__(True)


class BooleanType(AtomicType):
    _name, _layout = "BOOLEAN", "?"


class TinyIntType(IntegralType):
    _name, _layout = "TINYINT", "c"


class SmallIntType(IntegralType):
    _name, _layout = "SMALLINT", "s"


class IntType(IntegralType):
    _name, _layout = "INT", "i"


class BigIntType(IntegralType):
    _name, _layout = "BIGINT", "l"


class FloatType(FractionalType):
    _name, _layout = "FLOAT", "f"


class DoubleType(FractionalType):
    _name, _layout = "DOUBLE", "g"


class _SizedType(AtomicType):
    def __init__(self, length=1, nullable=True):
        super().__init__(nullable)
        self.length = length

    def _text(self):
        return "%s(%d)" % (self._name, self.length)

    def _details(self):
        return (self.length,)

    def __repr__(self):
        return "%s(%d, %s)" % (type(self).__name__, self.length, str(self._nullable).lower())


class CharType(_SizedType):
    _name, _layout = "CHAR", "u"


class VarCharType(_SizedType):
    _name, _layout = "VARCHAR", "u"


class BinaryType(_SizedType):
    _name, _layout = "BINARY", "z"


class VarBinaryType(_SizedType):
    _name, _layout = "VARBINARY", "z"


class DecimalType(FractionalType):
    _name, _layout = "DECIMAL", "d"

    def __init__(self, precision=10, scale=0, nullable=True):
        if not 1 <= precision <= 38 or not 0 <= scale <= precision:
            raise ValueError(
                "Decimal precision must be between 1 and 38 (both inclusive), "
                "scale between 0 and the precision"
            )
        super().__init__(nullable)
        self.precision = precision
        self.scale = scale
        self.has_precision_info = True

    def _text(self):
        return "DECIMAL(%d, %d)" % (self.precision, self.scale)

    def _details(self):
        return (self.precision, self.scale)

    def __repr__(self):
        return "DecimalType(%d, %d, %s)" % (self.precision, self.scale, str(self._nullable).lower())


class DateType(AtomicType):
    _name, _layout = "DATE", "D"
    EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()

    def need_conversion(self):
        return True

    def to_sql_type(self, d):
        return None if d is None else d.toordinal() - self.EPOCH_ORDINAL

    def from_sql_type(self, v):
        return None if v is None else datetime.date.fromordinal(v + self.EPOCH_ORDINAL)


class _PrecisionType(AtomicType):
    def __init__(self, precision=6, nullable=True):
        super().__init__(nullable)
        if not 0 <= precision <= 9:
            raise ValueError("precision must be between 0 and 9 (both inclusive)")
        self.precision = precision

    def _text(self):
        return "%s(%d)" % (self._name, self.precision)

    def __repr__(self):
        return "%s(%d, %s)" % (type(self).__name__, self.precision, str(self._nullable).lower())


class TimeType(_PrecisionType):
    _name, _layout = "TIME", "t"
    EPOCH_ORDINAL = 0

    def __init__(self, precision=0, nullable=True):
        super().__init__(precision, nullable)


class TimestampType(_PrecisionType):
    _name, _layout = "TIMESTAMP", "T"


class LocalZonedTimestampType(_PrecisionType):
    _name, _layout = "TIMESTAMP_LTZ", "L"


class ZonedTimestampType(_PrecisionType):
    _name, _layout = "TIMESTAMP WITH TIME ZONE", "T"


class Resolution:
    """A unit of an interval: YEAR(4), SECOND(3), ..."""

    class IntervalUnit:
        SECOND = 0
        MINUTE = 1
        HOUR = 2
        DAY = 3
        MONTH = 4
        YEAR = 5

    _NAMES = ("SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "YEAR")

    def __init__(self, unit, precision=-1):
        self._unit = unit
        self._precision = precision

    @property
    def unit(self):
        return self._unit

    @property
    def precision(self):
        return self._precision

    def __str__(self):
        name = self._NAMES[self._unit]
        return name if self._precision < 0 else "%s(%d)" % (name, self._precision)

    def __eq__(self, other):
        return isinstance(other, Resolution) and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash(str(self))


class _IntervalType(AtomicType):
    def __init__(self, upper, lower, nullable=True):
        super().__init__(nullable)
        self._upper = upper
        self._lower = lower

    def _text(self):
        lower = "" if self._lower is None else " TO %s" % self._lower
        return "INTERVAL %s%s" % (self._upper, lower)


class YearMonthIntervalType(_IntervalType):
    _layout = "I"


class DayTimeIntervalType(_IntervalType):
    _layout = "J"


class ArrayType(DataType):
    _layout = "["

    def __init__(self, element_type, nullable=True):
        super().__init__(nullable)
        self.element_type = _as_data_type(element_type)

    def _text(self):
        return "ARRAY<%s>" % self.element_type._sql()

    def _details(self):
        return (self.element_type._code(),)

    def __repr__(self):
        return "ArrayType(%r, %s)" % (self.element_type, str(self._nullable).lower())


class MapType(DataType):
    _layout = "{"

    def __init__(self, key_type, value_type, nullable=True):
        super().__init__(nullable)
        self.key_type = _as_data_type(key_type)
        self.value_type = _as_data_type(value_type)

    def _text(self):
        return "MAP<%s, %s>" % (self.key_type._sql(), self.value_type._sql())

    def _details(self):
        return (self.key_type._code(), self.value_type._code())

    def __repr__(self):
        return "MapType(%r, %r, %s)" % (self.key_type, self.value_type, str(self._nullable).lower())


class MultisetType(DataType):
    _layout = "{"

    def __init__(self, element_type, nullable=True):
        super().__init__(nullable)
        self.element_type = _as_data_type(element_type)

    def _text(self):
        return "MULTISET<%s>" % self.element_type._sql()

    def _details(self):
        return (self.element_type._code(), IntType(False)._code())

    def __repr__(self):
        return "MultisetType(%r, %s)" % (self.element_type, str(self._nullable).lower())


class RowField:
    """A field of a ROW type."""

    def __init__(self, name, data_type, description=None):
        if not isinstance(name, str):
            raise TypeError("field name %s should be string" % name)
        self.name = name
        self.data_type = _as_data_type(data_type)
        self.description = description

    def need_conversion(self):
        return self.data_type.need_conversion()

    def to_sql_type(self, obj):
        return self.data_type.to_sql_type(obj)

    def from_sql_type(self, obj):
        return self.data_type.from_sql_type(obj)

    def __eq__(self, other):
        return isinstance(other, RowField) and self.__dict__ == other.__dict__

    def __hash__(self):
        return hash((self.name, self.data_type))

    def __repr__(self):
        return "RowField(%s, %r, ...)" % (self.name, self.data_type)

    def __str__(self, *args, **kwargs):
        return repr(self)


class RowType(DataType):
    """A type of rows; iterates over its fields, finds them by name or position."""

    _layout = "("

    def __init__(self, fields=None, nullable=True):
        super().__init__(nullable)
        self.fields = list(fields or [])

    def add(self, field, data_type=None):
        self.fields.append(field if isinstance(field, RowField) else RowField(field, data_type))
        return self

    def field_names(self):
        return [field.name for field in self.fields]

    def field_types(self):
        return [field.data_type for field in self.fields]

    def __iter__(self):
        return iter(self.fields)

    def __len__(self):
        return len(self.fields)

    def __getitem__(self, key):
        if isinstance(key, str):
            for field in self.fields:
                if field.name == key:
                    return field
            raise KeyError("No RowField named %s" % key)
        if isinstance(key, slice):
            return RowType(self.fields[key])
        return self.fields[key]

    def _text(self):
        return "ROW<%s>" % ", ".join(
            "`%s` %s" % (field.name.replace("`", "``"), field.data_type._sql())
            for field in self.fields
        )

    def _details(self):
        return (tuple(self.field_names()), tuple(t._code() for t in self.field_types()))

    def __repr__(self):
        return "RowType(%s)" % ",".join(str(field) for field in self.fields)


class UserDefinedType(DataType):
    """A type of the user's own classes, stored as ``sql_type()``."""

    @classmethod
    def type_name(cls):
        return cls.__name__.lower()

    @classmethod
    def sql_type(cls):
        raise NotImplementedError("UDT must implement sql_type().")

    @classmethod
    def module(cls):
        raise NotImplementedError("UDT must implement module().")

    @classmethod
    def java_udt(cls):
        return ""

    def serialize(self, obj):
        raise NotImplementedError("UDT must implement serialize().")

    def deserialize(self, datum):
        raise NotImplementedError("UDT must implement deserialize().")

    def _text(self):
        return self.sql_type()._text()

    def _code(self):
        return self.sql_type()._code()


class DataTypes(metaclass=Surfaced):
    """Makers of types: ``DataTypes.ROW([DataTypes.FIELD("id", DataTypes.BIGINT())])``."""

    @staticmethod
    def NULL():
        return NullType()

    @staticmethod
    def CHAR(length, nullable=True):
        return CharType(length, nullable)

    @staticmethod
    def VARCHAR(length, nullable=True):
        return VarCharType(length, nullable)

    @staticmethod
    def STRING(nullable=True):
        return VarCharType(0x7FFFFFFF, nullable)

    @staticmethod
    def BOOLEAN(nullable=True):
        return BooleanType(nullable)

    @staticmethod
    def BINARY(length, nullable=True):
        return BinaryType(length, nullable)

    @staticmethod
    def VARBINARY(length, nullable=True):
        return VarBinaryType(length, nullable)

    @staticmethod
    def BYTES(nullable=True):
        return VarBinaryType(0x7FFFFFFF, nullable)

    @staticmethod
    def DECIMAL(precision, scale, nullable=True):
        return DecimalType(precision, scale, nullable)

    @staticmethod
    def TINYINT(nullable=True):
        return TinyIntType(nullable)

    @staticmethod
    def SMALLINT(nullable=True):
        return SmallIntType(nullable)

    @staticmethod
    def INT(nullable=True):
        return IntType(nullable)

    @staticmethod
    def BIGINT(nullable=True):
        return BigIntType(nullable)

    @staticmethod
    def FLOAT(nullable=True):
        return FloatType(nullable)

    @staticmethod
    def DOUBLE(nullable=True):
        return DoubleType(nullable)

    @staticmethod
    def DATE(nullable=True):
        return DateType(nullable)

    @staticmethod
    def TIME(precision=0, nullable=True):
        return TimeType(precision, nullable)

    @staticmethod
    def TIMESTAMP(precision=6, nullable=True):
        return TimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_WITH_LOCAL_TIME_ZONE(precision=6, nullable=True):
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def TIMESTAMP_LTZ(precision=6, nullable=True):
        return LocalZonedTimestampType(precision, nullable)

    @staticmethod
    def ARRAY(element_type, nullable=True):
        return ArrayType(element_type, nullable)

    @staticmethod
    def MAP(key_type, value_type, nullable=True):
        return MapType(key_type, value_type, nullable)

    @staticmethod
    def MULTISET(element_type, nullable=True):
        return MultisetType(element_type, nullable)

    @staticmethod
    def ROW(row_fields=[], nullable=True):  # noqa: B006  the reference's signature
        fields = []
        for i, field in enumerate(row_fields):
            fields.append(field if isinstance(field, RowField) else RowField("f%d" % i, field))
        return RowType(fields, nullable)

    @staticmethod
    def FIELD(name, data_type, description=None):
        return RowField(name, data_type, description)

    @staticmethod
    def SECOND(precision=6):
        return Resolution(Resolution.IntervalUnit.SECOND, precision)

    @staticmethod
    def MINUTE():
        return Resolution(Resolution.IntervalUnit.MINUTE)

    @staticmethod
    def HOUR():
        return Resolution(Resolution.IntervalUnit.HOUR)

    @staticmethod
    def DAY(precision=2):
        return Resolution(Resolution.IntervalUnit.DAY, precision)

    @staticmethod
    def MONTH():
        return Resolution(Resolution.IntervalUnit.MONTH)

    @staticmethod
    def YEAR(precision=2):
        return Resolution(Resolution.IntervalUnit.YEAR, precision)

    @staticmethod
    def INTERVAL(upper_resolution, lower_resolution=None):
        months = (Resolution.IntervalUnit.MONTH, Resolution.IntervalUnit.YEAR)
        is_months = upper_resolution.unit in months
        if lower_resolution is not None:
            if (
                lower_resolution.unit in months
            ) != is_months or lower_resolution.unit >= upper_resolution.unit:
                raise ValueError(
                    "Unsupported interval definition '%s TO %s'."
                    % (upper_resolution, lower_resolution)
                )
        kind = YearMonthIntervalType if is_months else DayTimeIntervalType
        return kind(upper_resolution, lower_resolution)


def _as_data_type(type_):
    """Accepts a DataType or its SQL text."""
    if isinstance(type_, str):
        return _SqlType(type_)
    if not isinstance(type_, DataType):
        raise TypeError("data_type %s should be an instance of %s" % (type_, DataType))
    return type_


class _SqlType(DataType):
    """A type given as SQL text: 'BIGINT', 'DECIMAL(10, 2) NOT NULL'."""

    def __init__(self, text):
        super().__init__("NOT NULL" not in text.upper())
        self._sql_text = text

    def _sql(self):
        return self._sql_text

    def _text(self):
        return self._sql_text

    def _code(self):
        return _code_of_sql(self._sql_text)

    def __repr__(self):
        return self._sql_text


_CODES = {
    "BOOLEAN": "?",
    "TINYINT": "c",
    "SMALLINT": "s",
    "INT": "i",
    "INTEGER": "i",
    "BIGINT": "l",
    "FLOAT": "f",
    "DOUBLE": "g",
    "STRING": "u",
    "CHAR": "u",
    "VARCHAR": "u",
    "BYTES": "z",
    "BINARY": "z",
    "VARBINARY": "z",
    "DATE": "D",
    "TIME": "t",
    "TIMESTAMP": "T",
    "TIMESTAMP_LTZ": "L",
    "NULL": "n",
}


def _code_of_sql(text):
    name, _, rest = text.strip().partition("(")
    name = name.upper().replace("NOT NULL", "").strip()
    if name in ("DECIMAL", "DEC", "NUMERIC"):
        numbers = [int(n) for n in rest.partition(")")[0].split(",")] if rest else [10]
        return ("d", "DECIMAL", True, numbers[0], numbers[1] if len(numbers) > 1 else 0)
    if name == "DOUBLE PRECISION":
        name = "DOUBLE"
    if name not in _CODES:
        raise TypeError("'%s' must be given as a DataType here" % text)
    return (_CODES[name], name, True, 0x7FFFFFFF)


# ---- inference: the type of a Python value -----------------------------------------------------

# By class, subclasses before their bases.
_INFERRED = {
    bool: lambda: DataTypes.BOOLEAN(),
    int: lambda: DataTypes.BIGINT(),
    float: lambda: DataTypes.DOUBLE(),
    str: lambda: DataTypes.STRING(),
    bytes: lambda: DataTypes.BYTES(),
    bytearray: lambda: DataTypes.BYTES(),
    decimal.Decimal: lambda: DataTypes.DECIMAL(38, 18),
    datetime.datetime: lambda: DataTypes.TIMESTAMP_LTZ(6),
    datetime.date: lambda: DataTypes.DATE(),
    datetime.time: lambda: DataTypes.TIME(0),
    datetime.timedelta: lambda: DataTypes.INTERVAL(DataTypes.DAY(), DataTypes.SECOND()),
}


def _infer_type(value):
    """The type Flink gives a Python value; None where it says nothing (None, [])."""
    if value is None:
        return None
    for cls, make in _INFERRED.items():
        if isinstance(value, cls):
            return make()
    if isinstance(value, dict):
        for key, item in value.items():
            key_type, item_type = _infer_type(key), _infer_type(item)
            if key_type is not None and item_type is not None:
                return DataTypes.MAP(key_type.not_null(), item_type)
        return None
    if isinstance(value, (tuple, Row)):
        fields = _named_values(value)
        return DataTypes.ROW(
            [DataTypes.FIELD(name, _infer_type(item) or NullType()) for name, item in fields]
        )
    if isinstance(value, list):
        merged = _infer_column(value)
        return None if merged is None else DataTypes.ARRAY(merged)
    raise TypeError("not supported type: %s" % type(value))


def _merge(a, b):
    """One type for two inferred ones; TypeError where they do not go together."""
    if a is None or isinstance(a, NullType):
        return b
    if b is None or isinstance(b, NullType) or a == b:
        return a
    if isinstance(a, RowType) and isinstance(b, RowType) and len(a) == len(b):
        return DataTypes.ROW(
            [
                DataTypes.FIELD(x.name, _merge(x.data_type, y.data_type))
                for x, y in zip(a.fields, b.fields, strict=True)
            ]
        )
    if isinstance(a, ArrayType) and isinstance(b, ArrayType):
        return DataTypes.ARRAY(_merge(a.element_type, b.element_type))
    if isinstance(a, MapType) and isinstance(b, MapType):
        return DataTypes.MAP(_merge(a.key_type, b.key_type), _merge(a.value_type, b.value_type))
    raise TypeError("Can not merge type %s and %s" % (type(a), type(b)))


def _infer_column(values, merged=None):
    """One type for all values; by their classes alone where those tell it."""
    classes = set(map(type, values)) - {type(None)}
    if len(classes) == 1:
        make = _INFERRED.get(next(iter(classes)))
        if make is not None:
            return _merge(merged, make())
    for value in values:
        merged = _merge(merged, _infer_type(value))
    return merged


def _named_values(row, names=()):
    """(name, value) of a row; positions without a name are called _1, _2, ..."""
    own_names = getattr(row, "_fields", None)
    if own_names is not None:
        return list(zip(own_names, row, strict=False))
    if isinstance(row, dict):
        return sorted(row.items())
    if isinstance(row, (tuple, list, Row)):
        return [(_name_at(i, names), value) for i, value in enumerate(row)]
    if hasattr(row, "__dict__"):
        return sorted(vars(row).items())
    return [(_name_at(0, names), row)]


def _name_at(i, names):
    return names[i] if i < len(names) else "_%d" % (i + 1)


def _infer_schema(rows, names=None):
    """The RowType of a list of rows; scalars count as rows of one field."""
    if not rows:
        raise ValueError("can not infer schema from empty data set")
    columns = _columns_by_name(rows, names or ())
    fields = []
    for name, values in columns:
        try:
            data_type = _infer_column(values)
        except TypeError as error:
            raise TypeError("field %s: %s" % (name, error)) from None
        if data_type is None or isinstance(data_type, NullType):
            raise ValueError(
                "Some column types cannot be determined after inferring: field %s has no value "
                "but None; give a schema with types." % name
            )
        fields.append(DataTypes.FIELD(name, data_type))
    return DataTypes.ROW(fields)


def _columns_by_name(rows, names):
    if set(map(type, rows)) <= {tuple, list} and len(set(map(len, rows))) == 1:
        columns = [(_name_at(i, names), values) for i, values in enumerate(zip(*rows, strict=True))]
    else:
        columns = {}
        for i, row in enumerate(rows):
            values = _named_values(row, names)
            if columns and len(values) != len(columns):
                raise ValueError(
                    "row %d (elements[%d]): Length of object (%d) does not match with length of "
                    "fields (%d)" % (i + 1, i, len(values), len(columns))
                )
            for name, value in values:
                columns.setdefault(name, []).append(value)
        columns = list(columns.items())
    return columns


def _from_sql(text):
    """A DataType of the engine's type text, for schemas handed out."""
    text = text.strip()
    nullable = not text.endswith(" NOT NULL")
    base = text[:-9].strip() if not nullable else text
    name, _, rest = base.partition("(")
    numbers = [int(n) for n in rest.rstrip(")").split(",") if n.strip().isdigit()] if rest else []
    simple = {
        "STRING": DataTypes.STRING,
        "BOOLEAN": DataTypes.BOOLEAN,
        "BYTES": DataTypes.BYTES,
        "TINYINT": DataTypes.TINYINT,
        "SMALLINT": DataTypes.SMALLINT,
        "INT": DataTypes.INT,
        "BIGINT": DataTypes.BIGINT,
        "FLOAT": DataTypes.FLOAT,
        "DOUBLE": DataTypes.DOUBLE,
        "DATE": DataTypes.DATE,
        "CHAR": DataTypes.CHAR,
        "VARCHAR": DataTypes.VARCHAR,
        "BINARY": DataTypes.BINARY,
        "VARBINARY": DataTypes.VARBINARY,
        "DECIMAL": DataTypes.DECIMAL,
        "TIME": DataTypes.TIME,
        "TIMESTAMP": DataTypes.TIMESTAMP,
        "TIMESTAMP_LTZ": DataTypes.TIMESTAMP_LTZ,
    }
    if base == "NULL":
        return NullType()
    if name in simple:
        return simple[name](*numbers, nullable=nullable)
    return _SqlType(text)
