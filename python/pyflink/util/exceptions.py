"""The exceptions of the Table API, named as Flink names them."""

from pyflink import _rask
from pyflink._surface import names_of

__getattr__ = names_of(__name__)


class TableException(Exception):
    """A valid program that cannot be planned or run.

    ``message`` is the engine's text; ``hint`` what to try; ``line`` and ``column`` the 1-based
    place in the SQL or expression text, 0 where there is none.
    """

    def __init__(self, message="", hint="", line=0, column=0):
        text = message if not hint else "%s\n%s" % (message, hint)
        super().__init__(text)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column

    def __str__(self):
        return self.args[0] if self.args else ""


class ValidationException(TableException):
    """An unknown name, a wrong type, a bad option."""


class SqlParserException(TableException):
    """SQL text that does not parse."""


class ExpressionParserException(TableException):
    """A 1.9 string expression that does not parse."""


class CatalogException(TableException):
    """A catalog cannot do what was asked."""


class DatabaseNotExistException(CatalogException):
    pass


class DatabaseAlreadyExistException(CatalogException):
    pass


class TableNotExistException(CatalogException):
    pass


class TableAlreadyExistException(CatalogException):
    pass


class FlinkRuntimeException(TableException):
    """A job failed: a row, a user function, a file."""


class JobCancellationException(FlinkRuntimeException):
    pass


class OutOfMemoryException(FlinkRuntimeException):
    """The memory budget of a job is used up."""


class IllegalArgumentException(TableException, ValueError):
    pass


class IllegalStateException(TableException):
    pass


class UnsupportedOperationException(TableException, NotImplementedError):
    """Known, and not built yet."""


class RaskIOException(FlinkRuntimeException, OSError):
    """A file could not be read or written; the message names it."""

    def __init__(self, message="", hint="", line=0, column=0):
        FlinkRuntimeException.__init__(self, message, hint, line, column)


_BY_NAME = {
    "TableException": TableException,
    "ValidationException": ValidationException,
    "SqlParserException": SqlParserException,
    "ExpressionParserException": ExpressionParserException,
    "CatalogException": CatalogException,
    "TableNotExistException": TableNotExistException,
    "TableAlreadyExistException": TableAlreadyExistException,
    "DatabaseNotExistException": DatabaseNotExistException,
    "DatabaseAlreadyExistException": DatabaseAlreadyExistException,
    "IllegalArgumentException": IllegalArgumentException,
    "IllegalStateException": IllegalStateException,
    "UnsupportedOperationException": UnsupportedOperationException,
    "IOException": RaskIOException,
    "FlinkRuntimeException": FlinkRuntimeException,
    "OutOfMemoryError": OutOfMemoryException,
    "JobCancellationException": JobCancellationException,
}


def _make(class_name, message, hint, line, column):
    return _BY_NAME.get(class_name, TableException)(message, hint, line, column)


_rask.set_error_factory(_make)
