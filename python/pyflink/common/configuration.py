"""Configuration: string keys and values."""

__all__ = ["Configuration"]


class Configuration:
    """Keys and values of a job, a table environment, a cluster.

    >>> Configuration().set_integer("parallelism.default", 2).get_string("parallelism.default", "1")
    '2'
    """

    def __init__(self, other=None, j_configuration=None):
        self._values = dict(other._values) if other is not None else {}

    @classmethod
    def from_dict(cls, map):
        configuration = cls()
        configuration._values.update((key, str(value)) for key, value in map.items())
        return configuration

    def get_string(self, key, default_value):
        return self._values.get(key, default_value)

    def set_string(self, key, value):
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError("key and value must be str")
        self._values[key] = value
        return self

    def get_integer(self, key, default_value):
        return int(self._values[key]) if key in self._values else default_value

    def set_integer(self, key, value):
        return self.set_string(key, str(int(value)))

    def get_boolean(self, key, default_value):
        return self._values[key].lower() == "true" if key in self._values else default_value

    def set_boolean(self, key, value):
        return self.set_string(key, "true" if value else "false")

    def get_float(self, key, default_value):
        return float(self._values[key]) if key in self._values else default_value

    def set_float(self, key, value):
        return self.set_string(key, repr(float(value)))

    def get_bytearray(self, key, default_value):
        if key not in self._values:
            return default_value
        return bytearray(self._values[key], "latin-1")

    def set_bytearray(self, key, value):
        return self.set_string(key, bytes(value).decode("latin-1"))

    def key_set(self):
        return set(self._values)

    def add_all_to_dict(self, target_dict):
        target_dict.update(self._values)

    def add_all(self, other, prefix=None):
        for key, value in other._values.items():
            self._values[(prefix or "") + key] = value
        return self

    def contains_key(self, key):
        return key in self._values

    @staticmethod
    def parse_list_value(value):
        """Items of a list option: separated by `;`, or a YAML list in brackets."""
        if not value:
            return []
        if value.startswith("["):
            return [item.strip().strip("'\"") for item in value.strip("[]").split(",")]
        return value.split(";")

    def remove_config(self, key):
        return self._values.pop(key, None) is not None

    def to_dict(self):
        return dict(self._values)

    def __deepcopy__(self, memodict=None):
        return Configuration(self)

    def __eq__(self, other):
        return isinstance(other, Configuration) and self._values == other._values

    def __hash__(self):
        return hash(tuple(sorted(self._values.items())))

    def __str__(self):
        return "{%s}" % ", ".join("%s=%s" % item for item in self._values.items())
