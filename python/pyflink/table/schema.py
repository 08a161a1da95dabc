"""Schema of a table descriptor: columns, watermark, primary key."""

from pyflink.table.expression import Expression
from pyflink.table.types import RowType, _as_data_type, _SqlType

__all__ = ["Schema"]


def _text(data_type):
    """A type as the schema shows it; one that was given as text is not resolved yet."""
    if isinstance(data_type, _SqlType):
        return "[%s]" % data_type._sql()
    return data_type._sql().replace("VARCHAR(2147483647)", "STRING")


class Schema:
    """The unresolved schema of a table.

    >>> from pyflink.table import DataTypes
    >>> schema = Schema.new_builder().column("id", DataTypes.BIGINT()).primary_key("id").build()
    >>> print(schema)
    (
      `id` BIGINT,
      CONSTRAINT `PK_id` PRIMARY KEY (`id`) NOT ENFORCED
    )
    """

    def __init__(self, j_schema):
        self._columns, self._watermarks, self._primary_key = j_schema

    @staticmethod
    def new_builder():
        return Schema.Builder()

    def _lines(self):
        for kind, name, what, *more in self._columns:
            if kind == "physical":
                yield "`%s` %s" % (name, _text(what))
            elif kind == "computed":
                yield "`%s` AS [%s]" % (name, what)
            else:
                key, virtual = more
                yield "`%s` %s METADATA%s%s" % (
                    name,
                    _text(what),
                    " FROM '%s'" % key if key else "",
                    " VIRTUAL" if virtual else "",
                )
        for column, expression in self._watermarks:
            yield "WATERMARK FOR `%s` AS [%s]" % (column, expression)
        if self._primary_key is not None:
            name, columns = self._primary_key
            yield "CONSTRAINT `%s` PRIMARY KEY (%s) NOT ENFORCED" % (
                name,
                ", ".join("`%s`" % c for c in columns),
            )

    def __str__(self):
        return "(\n  %s\n)" % ",\n  ".join(self._lines())

    def __eq__(self, other):
        return isinstance(other, Schema) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    class Builder:
        def __init__(self):
            self._columns = []
            self._watermarks = []
            self._primary_key = None
            self._comment = None

        def from_schema(self, unresolved_schema):
            self._columns.extend(unresolved_schema._columns)
            self._watermarks.extend(unresolved_schema._watermarks)
            self._primary_key = unresolved_schema._primary_key or self._primary_key
            return self

        def from_row_data_type(self, data_type):
            if not isinstance(data_type, RowType):
                raise TypeError("a ROW type is needed")
            for field in data_type:
                self.column(field.name, field.data_type)
            return self

        def from_fields(self, field_names, field_data_types):
            for name, data_type in zip(field_names, field_data_types, strict=True):
                self.column(name, data_type)
            return self

        def column(self, column_name, data_type):
            self._columns.append(("physical", column_name, _as_data_type(data_type)))
            return self

        def column_by_expression(self, column_name, expr):
            if not isinstance(expr, (str, Expression)):
                raise TypeError("an SQL expression or an Expression is needed")
            self._columns.append(("computed", column_name, expr))
            return self

        def column_by_metadata(self, column_name, data_type, metadata_key=None, is_virtual=False):
            self._columns.append(
                ("metadata", column_name, _as_data_type(data_type), metadata_key, is_virtual)
            )
            return self

        def watermark(self, column_name, watermark_expr):
            self._watermarks.append((column_name, watermark_expr))
            return self

        def primary_key(self, *column_names):
            return self.primary_key_named("PK_" + "_".join(column_names), *column_names)

        def primary_key_named(self, constraint_name, *column_names):
            self._primary_key = (constraint_name, column_names)
            return self

        def build(self):
            return Schema((list(self._columns), list(self._watermarks), self._primary_key))
