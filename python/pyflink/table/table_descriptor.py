"""TableDescriptor and FormatDescriptor: a table's connector, format, options and schema."""

from pyflink import _rask
from pyflink.table.expression import Expression

__all__ = ["TableDescriptor", "FormatDescriptor"]


def _key(key):
    """Options may be given by ConfigOption objects too."""
    return key if isinstance(key, str) else key.key()


class FormatDescriptor:
    def __init__(self, j_format_descriptor):
        self._format, self._options = j_format_descriptor

    @staticmethod
    def for_format(format):
        return FormatDescriptor.Builder(format)

    def get_format(self):
        return self._format

    def get_options(self):
        return dict(self._options)

    def __str__(self):
        options = ", ".join("%s=%s" % item for item in self._options.items())
        return "%s[{%s}]" % (self._format, options)

    def __eq__(self, other):
        return isinstance(other, FormatDescriptor) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    class Builder:
        def __init__(self, j_builder):
            self._format = j_builder
            self._options = {}

        def option(self, key, value):
            self._options[_key(key)] = _text(value)
            return self

        def build(self):
            return FormatDescriptor((self._format, dict(self._options)))


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


class TableDescriptor:
    """Everything CREATE TABLE would say.

    >>> d = TableDescriptor.for_connector("filesystem").option("path", "/tmp/x").format("csv")
    >>> sorted(d.build().get_options().items())
    [('connector', 'filesystem'), ('format', 'csv'), ('path', '/tmp/x')]
    """

    def __init__(self, j_table_descriptor):
        self._schema, self._options, self._partition_keys, self._comment = j_table_descriptor

    @staticmethod
    def for_connector(connector):
        return TableDescriptor.Builder(None).option("connector", connector)

    def get_schema(self):
        return self._schema

    def get_options(self):
        return dict(self._options)

    def get_partition_keys(self):
        return list(self._partition_keys)

    def get_comment(self):
        return self._comment

    def __str__(self):
        options = ",\n  ".join("'%s' = '%s'" % item for item in sorted(self._options.items()))
        keys = ", ".join("`%s`" % key for key in self._partition_keys)
        return "%s\nCOMMENT '%s'\n%sWITH (\n  %s\n)" % (
            self._schema or "()",
            self._comment or "",
            "PARTITIONED BY (%s)\n" % keys if keys else "",
            options,
        )

    def __eq__(self, other):
        return isinstance(other, TableDescriptor) and str(self) == str(other)

    def __hash__(self):
        return hash(str(self))

    def _handle(self):
        """The engine's descriptor."""
        made = _rask.descriptor_new(None)
        for key, value in self._options.items():
            _rask.descriptor_option(made, key, value)
        if self._schema is not None:
            _add_schema(made, self._schema)
        if self._partition_keys:
            _rask.descriptor_partitioned_by(made, self._partition_keys)
        if self._comment is not None:
            _rask.descriptor_comment(made, self._comment)
        return made

    class Builder:
        def __init__(self, j_builder):
            self._schema = None
            self._options = {}
            self._partition_keys = []
            self._comment = None

        def schema(self, schema):
            self._schema = schema
            return self

        def option(self, key, value):
            self._options[_key(key)] = _text(value)
            return self

        def format(self, format, format_option=None):
            """A format name or FormatDescriptor; ``format_option`` names another option key."""
            key = "format" if format_option is None else _key(format_option)
            if isinstance(format, str):
                self._options[key] = format
                return self
            self._options[key] = format.get_format()
            prefix = key[: -len("format")] if key.endswith("format") else ""
            for name, value in format.get_options().items():
                self._options["%s%s.%s" % (prefix, format.get_format(), name)] = value
            return self

        def partitioned_by(self, *partition_keys):
            self._partition_keys = list(partition_keys)
            return self

        def comment(self, comment):
            self._comment = comment
            return self

        def build(self):
            return TableDescriptor(
                (self._schema, dict(self._options), list(self._partition_keys), self._comment)
            )


def _add_schema(made, schema):
    for kind, name, what, *more in schema._columns:
        if kind == "physical":
            _rask.descriptor_column(made, name, what._sql(), None)
        elif kind == "computed":
            given = what._expression if isinstance(what, Expression) else what
            _rask.descriptor_computed_column(made, name, given)
        else:
            _rask.descriptor_metadata_column(made, name, what._sql(), *more)
    for column, expression in schema._watermarks:
        given = expression._expression if isinstance(expression, Expression) else expression
        _rask.descriptor_watermark(made, column, given)
    if schema._primary_key is not None:
        _rask.descriptor_primary_key(made, schema._primary_key[0], list(schema._primary_key[1]))
