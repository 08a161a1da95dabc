"""TableSchema: names and types of a table's columns."""

from pyflink.table.types import DataTypes, _as_data_type

__all__ = ["TableSchema"]


class TableSchema:
    """
    >>> schema = TableSchema(["id", "name"], [DataTypes.BIGINT(), DataTypes.STRING()])
    >>> schema.get_field_names(), schema.get_field_count()
    (['id', 'name'], 2)
    """

    def __init__(self, field_names=None, data_types=None, j_table_schema=None):
        self._names = list(field_names or [])
        self._types = [_as_data_type(data_type) for data_type in data_types or []]
        if len(self._names) != len(self._types):
            raise ValueError("%d field names, but %d types" % (len(self._names), len(self._types)))

    def copy(self):
        return TableSchema(self._names, self._types)

    def get_field_names(self):
        return list(self._names)

    def get_field_name(self, field_index):
        return self._names[field_index] if 0 <= field_index < len(self._names) else None

    def get_field_count(self):
        return len(self._names)

    def get_field_data_types(self):
        return list(self._types)

    def get_field_data_type(self, field):
        """The type of a field by position or name; None where there is none."""
        if isinstance(field, str):
            field = self._names.index(field) if field in self._names else -1
        return self._types[field] if 0 <= field < len(self._types) else None

    def to_row_data_type(self):
        return DataTypes.ROW(
            [
                DataTypes.FIELD(name, data_type)
                for name, data_type in zip(self._names, self._types, strict=True)
            ]
        )

    @classmethod
    def builder(cls):
        return TableSchema.Builder()

    def __repr__(self):
        lines = [
            " |-- %s: %s\n" % (name, data_type._sql().replace("VARCHAR(2147483647)", "STRING"))
            for name, data_type in zip(self._names, self._types, strict=True)
        ]
        return "root\n" + "".join(lines)

    def __eq__(self, other):
        return (
            isinstance(other, TableSchema)
            and self._names == other._names
            and self._types == other._types
        )

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(repr(self))

    class Builder:
        def __init__(self):
            self._names = []
            self._types = []

        def field(self, name, data_type):
            self._names.append(name)
            self._types.append(_as_data_type(data_type))
            return self

        def build(self):
            return TableSchema(self._names, self._types)
