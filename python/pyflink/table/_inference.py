"""The types that Flink gives Python values: from_elements without types, literals."""

import datetime
import decimal

from pyflink.table.types import ArrayType, DataTypes, MapType, NullType, Row, RowType

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
