"""1.9's descriptors: they make properties, and a table is registered from them.

Elasticsearch, HBase, Kafka, Avro, Json and the Custom* descriptors are not there yet; asking for
one says so.
"""

from pyflink import _rask
from pyflink._surface import Surfaced, names_of
from pyflink.table.types import DataType

__all__ = [
    "FileSystem",
    "OldCsv",
    "Schema",
    "ConnectTableDescriptor",
    "StreamTableDescriptor",
    "BatchTableDescriptor",
    "ConnectorDescriptor",
    "FormatDescriptor",
    "Descriptor",
]

__getattr__ = names_of(__name__)


class Descriptor(metaclass=Surfaced):
    """A bag of properties."""

    def __init__(self, j_descriptor=None):
        self._properties = dict(j_descriptor or {})

    def to_properties(self):
        return dict(self._properties)


class ConnectorDescriptor(Descriptor):
    def __init__(self, j_connector_descriptor=None):
        super().__init__(j_connector_descriptor)


class FormatDescriptor(Descriptor):
    def __init__(self, j_format_descriptor=None):
        super().__init__(j_format_descriptor)


def _type_text(field_type):
    """A type as 1.9's properties write it: VARCHAR, BIGINT, ROW<...>."""
    if not isinstance(field_type, DataType):
        return field_type
    text = field_type.nullable()._sql()
    return text.replace("VARCHAR(2147483647)", "VARCHAR").replace(
        "VARBINARY(2147483647)", "VARBINARY"
    )


class FileSystem(ConnectorDescriptor):
    """Files on a path.

    >>> FileSystem().path("/p").to_properties()["connector.path"]
    '/p'
    """

    def __init__(self):
        super().__init__({"connector.property-version": "1", "connector.type": "filesystem"})

    def path(self, path_str):
        self._properties["connector.path"] = path_str
        return self


class OldCsv(FormatDescriptor):
    """1.9's built-in CSV format."""

    def __init__(self):
        super().__init__({"format.property-version": "1", "format.type": "csv"})
        self._field_count = 0

    def _put(self, key, value):
        self._properties["format." + key] = value
        return self

    def field_delimiter(self, delimiter):
        return self._put("field-delimiter", delimiter)

    def line_delimiter(self, delimiter):
        return self._put("line-delimiter", delimiter)

    def quote_character(self, quote_character):
        return self._put("quote-character", quote_character)

    def comment_prefix(self, prefix):
        return self._put("comment-prefix", prefix)

    def ignore_parse_errors(self):
        return self._put("ignore-parse-errors", "true")

    def ignore_first_line(self):
        return self._put("ignore-first-line", "true")

    def field(self, field_name, field_type):
        self._put("fields.%d.name" % self._field_count, field_name)
        self._put("fields.%d.type" % self._field_count, _type_text(field_type))
        self._field_count += 1
        return self

    def schema(self, table_schema):
        for name, data_type in zip(
            table_schema.get_field_names(), table_schema.get_field_data_types(), strict=True
        ):
            self.field(name, data_type)
        return self


class Schema(Descriptor):
    """Names and types of a table's columns."""

    def __init__(self):
        super().__init__()
        self._field_count = 0

    def field(self, field_name, field_type):
        self._properties["schema.%d.name" % self._field_count] = field_name
        self._properties["schema.%d.type" % self._field_count] = _type_text(field_type)
        self._field_count += 1
        return self

    def schema(self, table_schema):
        for name, data_type in zip(
            table_schema.get_field_names(), table_schema.get_field_data_types(), strict=True
        ):
            self.field(name, data_type)
        return self


class ConnectTableDescriptor(Descriptor):
    """``t_env.connect(...)``: adds format and schema, then registers a source or sink."""

    def __init__(self, j_connect_table_descriptor):
        self._t_env, connector = j_connect_table_descriptor
        super().__init__(connector.to_properties())

    def with_format(self, format_descriptor):
        self._properties.update(format_descriptor.to_properties())
        return self

    def with_schema(self, schema):
        self._properties.update(schema.to_properties())
        return self

    def _register(self, name):
        properties = self._properties
        handle = _rask.descriptor_from_properties(list(properties), list(properties.values()))
        _rask.environment_create_table(self._t_env._environment, name, handle, True, False)

    def register_table_source(self, name):
        self._register(name)

    def register_table_sink(self, name):
        self._register(name)

    def register_table_source_and_sink(self, name):
        self._register(name)


class StreamTableDescriptor(ConnectTableDescriptor):
    def _update_mode(self, mode):
        self._properties["update-mode"] = mode
        return self

    def in_append_mode(self):
        return self._update_mode("append")

    def in_retract_mode(self):
        return self._update_mode("retract")

    def in_upsert_mode(self):
        return self._update_mode("upsert")


class BatchTableDescriptor(ConnectTableDescriptor):
    pass


def _connect(t_env, connector):
    from pyflink.table.table_environment import StreamTableEnvironment

    streaming = isinstance(t_env, StreamTableEnvironment)
    return (StreamTableDescriptor if streaming else BatchTableDescriptor)((t_env, connector))
