"""Row and RowKind."""

from enum import Enum

from pyflink import _rask

__all__ = ["Row", "RowKind"]


class RowKind(Enum):
    """What a row of a changelog says: insert, update (before and after), delete."""

    INSERT = 0
    UPDATE_BEFORE = 1
    UPDATE_AFTER = 2
    DELETE = 3

    def __str__(self):
        return ("+I", "-U", "+U", "-D")[self.value]


_KINDS = (RowKind.INSERT, RowKind.UPDATE_BEFORE, RowKind.UPDATE_AFTER, RowKind.DELETE)


def _create_row(fields, values, row_kind=None):
    row = Row(*values)
    if fields is not None:
        row._fields = list(fields)
    if row_kind is not None:
        row.set_row_kind(row_kind)
    return row


class Row:
    """A row of a table: positional values, optional field names, a row kind.

    >>> row = Row(name="Alice", age=11)
    >>> row.name, row["age"], len(row)
    ('Alice', 11, 2)
    >>> Person = Row("name", "age")
    >>> Person("Bob", 12)
    Row(name='Bob', age=12)
    >>> Row(1, "Hi")
    <Row(1, 'Hi')>
    """

    __slots__ = ("_fields", "_values", "_row_kind", "_from_dict")

    def __init__(self, *args, **kwargs):
        if args and kwargs:
            raise ValueError("Can not use both args and kwargs to create Row")
        set_ = object.__setattr__
        set_(self, "_row_kind", RowKind.INSERT)
        if kwargs:
            set_(self, "_fields", list(kwargs))
            set_(self, "_values", list(kwargs.values()))
            set_(self, "_from_dict", True)
        else:
            set_(self, "_fields", None)
            set_(self, "_values", list(args))
            set_(self, "_from_dict", False)

    @staticmethod
    def _of(values, names):
        """A row with field names from the engine (nested ROW values)."""
        row = Row(*values)
        object.__setattr__(row, "_fields", list(names))
        return row

    @staticmethod
    def _of_kind(values, kind):
        row = Row.__new__(Row)
        set_ = object.__setattr__
        set_(row, "_fields", None)
        set_(row, "_values", list(values))
        set_(row, "_from_dict", False)
        set_(row, "_row_kind", _KINDS[kind])
        return row

    @staticmethod
    def of_kind(row_kind, *args, **kwargs):
        row = Row(*args, **kwargs)
        row.set_row_kind(row_kind)
        return row

    def as_dict(self, recursive=False):
        """The values by field name; nested rows too when ``recursive``."""
        if self._fields is None:
            raise TypeError("Cannot convert a Row class into dict")

        def convert(value):
            if isinstance(value, Row):
                return value.as_dict(True)
            if isinstance(value, list):
                return [convert(item) for item in value]
            if isinstance(value, dict):
                return {key: convert(item) for key, item in value.items()}
            return value

        values = map(convert, self._values) if recursive else self._values
        return dict(zip(self._fields, values, strict=False))

    def get_row_kind(self):
        return self._row_kind

    def set_row_kind(self, row_kind):
        object.__setattr__(self, "_row_kind", row_kind)

    def set_field_names(self, field_names):
        object.__setattr__(self, "_fields", list(field_names))

    def get_fields_by_names(self, names):
        if self._fields is None:
            raise TypeError("The row has no field names")
        return [self._values[self._fields.index(name)] for name in names]

    def __contains__(self, item):
        return item in self._values

    def __call__(self, *args):
        """Row("a", "b")(1, 2): a row with the values of this one as field names."""
        if len(args) > len(self):
            raise ValueError(
                "Can not create Row with fields %s, expected %d values but got %s"
                % (self, len(self), args)
            )
        row = Row(*args)
        object.__setattr__(row, "_fields", list(self._values))
        return row

    def __getitem__(self, item):
        if isinstance(item, (int, slice)):
            return self._values[item]
        try:
            return self._values[(self._fields or []).index(item)]
        except ValueError:
            raise ValueError(item) from None

    def __setitem__(self, key, value):
        if isinstance(key, (int, slice)):
            self._values[key] = value
        elif self._fields is not None and key in self._fields:
            self._values[self._fields.index(key)] = value
        else:
            raise KeyError(key)

    def __getattr__(self, item):
        if item.startswith("__") or item in Row.__slots__:
            raise AttributeError(item)
        try:
            return self._values[(self._fields or []).index(item)]
        except ValueError:
            raise AttributeError(item) from None

    def __setattr__(self, key, value):
        if key in Row.__slots__:
            object.__setattr__(self, key, value)
        elif self._fields is not None and key in self._fields:
            self._values[self._fields.index(key)] = value
        else:
            raise AttributeError(key)

    def __reduce__(self):
        return _create_row, (self._fields, tuple(self._values), self._row_kind)

    def __repr__(self):
        if self._fields is not None:
            pairs = zip(self._fields, self._values, strict=False)
            return "Row(%s)" % ", ".join("%s=%r" % pair for pair in pairs)
        return "<Row(%s)>" % ", ".join(repr(value) for value in self._values)

    def __eq__(self, other):
        if not isinstance(other, Row):
            return False
        return (
            self._row_kind == other._row_kind
            and self._values == other._values
            and self._fields == other._fields
        )

    def __hash__(self):
        return hash(tuple(self._values))

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)


_rask.set_row_class(Row)
