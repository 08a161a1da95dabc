"""TableConfig: the options of a table environment."""

from pyflink import _rask
from pyflink._surface import Surfaced
from pyflink.common.configuration import Configuration

__all__ = ["TableConfig"]

_ZONE = "table.local-time-zone"


class TableConfig(metaclass=Surfaced):
    """Options of a table environment, or (1.9) options for one that is made later.

    >>> config = TableConfig.get_default()
    >>> config.set("parallelism.default", "2").get("parallelism.default", "1")
    '2'
    """

    def __init__(self, j_table_config=None):
        self._environment = j_table_config  # a handle, or None: options for later
        self._pending = {}

    @staticmethod
    def get_default():
        return TableConfig()

    def get(self, key, default_value):
        if self._environment is None:
            return self._pending.get(key, default_value)
        value = _rask.environment_get(self._environment, key)
        return default_value if value is None else value

    def set(self, key, value):
        if value is None:
            raise TypeError("the value of '%s' must not be None" % key)
        if not isinstance(value, str):
            value = str(value).lower() if isinstance(value, bool) else str(value)
        if self._environment is None:
            self._pending[key] = value
        else:
            _rask.environment_set(self._environment, key, value)
        return self

    def to_map(self):
        if self._environment is None:
            return dict(self._pending)
        flat = _rask.environment_settings(self._environment)
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def get_configuration(self):
        """The options as a :class:`Configuration` whose setters act on this environment."""
        return _LiveConfiguration(self)

    def add_configuration(self, configuration):
        for key, value in configuration.to_dict().items():
            self.set(key, value)

    def get_local_timezone(self):
        zone = self.get(_ZONE, "default")
        return "UTC" if zone == "default" else zone

    def set_local_timezone(self, timezone_id):
        if not isinstance(timezone_id, str):
            raise Exception("TableConfig.timezone_id should be a string!")
        return self.set(_ZONE, timezone_id)

    def get_max_generated_code_length(self):
        return int(self.get("table.generated-code.max-length", "4000"))

    def set_max_generated_code_length(self, max_generated_code_length):
        return self.set("table.generated-code.max-length", str(max_generated_code_length))

    def get_python_executable(self):
        return self.get("python.executable", "python")

    def set_python_executable(self, python_exec):
        return self.set("python.executable", python_exec)

    # 1.9: null checks are always on.
    def get_null_check(self):
        return self.get("rask.legacy.null-check", "true") == "true"

    def set_null_check(self, null_check):
        if null_check not in (True, False):
            raise Exception("TableConfig.null_check should be a bool value!")
        self.set("rask.legacy.null-check", str(bool(null_check)).lower())


class _LiveConfiguration(Configuration):
    """Reads and writes through to a TableConfig."""

    def __init__(self, table_config):
        super().__init__()
        self._values = table_config.to_map()
        self._table_config = table_config

    def set_string(self, key, value):
        super().set_string(key, value)
        self._table_config.set(key, value)
        return self

    def __deepcopy__(self, memodict=None):
        return Configuration(self)
