"""Classes used by several parts of the API."""

from pyflink._surface import names_of

_HOMES = {
    "CompletableFuture": "completable_future",
    "Configuration": "configuration",
    "JobClient": "job_client",
    "JobExecutionResult": "job_execution_result",
    "JobID": "job_id",
    "JobStatus": "job_status",
    "Row": "types",
    "RowKind": "types",
    "SqlDialect": "sql_dialect",
}

__all__ = sorted(_HOMES)

_missing = names_of(__name__)


def __getattr__(name):
    if name not in _HOMES:
        return _missing(name)
    home = __import__("pyflink.common." + _HOMES[name], fromlist=[name])
    value = getattr(home, name)
    globals()[name] = value
    return value
