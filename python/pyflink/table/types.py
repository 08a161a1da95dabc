"""DataTypes and the classes behind them.

A type knows two things the engine asks for: its SQL text (``_sql()``) and its code (``_code()``:
column layout, name, nullability, details; see python/ext/ext.h).
"""

import datetime

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
    """A type given as SQL text, which the engine reads: 'BIGINT', 'DECIMAL(10, 2) NOT NULL'."""

    def __init__(self, text):
        super().__init__("NOT NULL" not in text.upper())
        self._sql_text = text

    def _sql(self):
        return self._sql_text

    def _text(self):
        return self._sql_text

    def _code(self):
        from pyflink.table._type_text import parse_type

        return parse_type(self._sql_text)._code()

    def __repr__(self):
        return self._sql_text


def _from_sql(text):
    """The type of a column, out of the engine's text."""
    from pyflink.table._type_text import parse_type

    try:
        return parse_type(text)
    except ValueError:  # a type of SQL alone: RAW, VARIANT
        return _SqlType(text)
