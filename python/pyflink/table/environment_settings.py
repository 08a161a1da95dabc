"""EnvironmentSettings: mode, catalog names and configuration of a table environment."""

from pyflink.common.configuration import Configuration

__all__ = ["EnvironmentSettings"]

_CATALOG = "default_catalog"
_DATABASE = "default_database"


class EnvironmentSettings:
    """Everything a table environment is created with.

    >>> EnvironmentSettings.in_batch_mode().is_streaming_mode()
    False
    """

    class Builder:
        def __init__(self):
            self._streaming = True
            self._configuration = Configuration()
            self._catalog = _CATALOG
            self._database = _DATABASE

        def in_batch_mode(self):
            self._streaming = False
            return self

        def in_streaming_mode(self):
            self._streaming = True
            return self

        # 1.9's choice of a planner: there is one.
        def use_old_planner(self):
            return self

        def use_blink_planner(self):
            return self

        def use_any_planner(self):
            return self

        def with_built_in_catalog_name(self, built_in_catalog_name):
            self._catalog = built_in_catalog_name
            return self

        def with_built_in_database_name(self, built_in_database_name):
            self._database = built_in_database_name
            return self

        def with_configuration(self, config):
            self._configuration = Configuration(config)
            self._catalog = config.get_string("table.builtin-catalog-name", self._catalog)
            self._database = config.get_string("table.builtin-database-name", self._database)
            mode = config.get_string("execution.runtime-mode", "").upper()
            if mode in ("BATCH", "STREAMING"):
                self._streaming = mode == "STREAMING"
            return self

        def build(self):
            return EnvironmentSettings(self)

    def __init__(self, j_environment_settings):
        builder = j_environment_settings
        self._streaming = builder._streaming
        self._configuration = builder._configuration
        self._catalog = builder._catalog
        self._database = builder._database

    def _options(self):
        """What an environment is configured with."""
        options = self._configuration.to_dict()
        if (self._catalog, self._database) != (_CATALOG, _DATABASE):
            options["table.builtin-catalog-name"] = self._catalog
            options["table.builtin-database-name"] = self._database
        return options

    def get_built_in_catalog_name(self):
        return self._catalog

    def get_built_in_database_name(self):
        return self._database

    def is_streaming_mode(self):
        return self._streaming

    def get_configuration(self):
        return Configuration(self._configuration)

    @staticmethod
    def new_instance():
        return EnvironmentSettings.Builder()

    @staticmethod
    def in_streaming_mode():
        return EnvironmentSettings.new_instance().in_streaming_mode().build()

    @staticmethod
    def in_batch_mode():
        return EnvironmentSettings.new_instance().in_batch_mode().build()
