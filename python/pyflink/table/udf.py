"""User-defined functions: udf and udtf, and the classes behind them."""

import abc
import collections.abc
import functools

from pyflink import _rask
from pyflink._surface import names_of
from pyflink.table.expression import Expression, _handle
from pyflink.table.types import DataType, RowType, _as_data_type

__all__ = ["FunctionContext", "ScalarFunction", "TableFunction", "udf", "udtf"]

__getattr__ = names_of(__name__)


class FunctionContext:
    """What ``open`` is told about the task it runs in."""

    def __init__(
        self,
        base_metric_group,
        job_parameters,
        task_name=None,
        task_name_with_subtasks=None,
        number_of_parallel_subtasks=None,
        max_number_of_parallel_subtasks=None,
        index_of_this_subtask=None,
        attempt_number=None,
    ):
        self._metric_group = base_metric_group
        self._job_parameters = job_parameters
        self._task_name = task_name
        self._task_name_with_subtasks = task_name_with_subtasks
        self._parallelism = number_of_parallel_subtasks
        self._max_parallelism = max_number_of_parallel_subtasks
        self._subtask = index_of_this_subtask
        self._attempt = attempt_number

    def get_metric_group(self):
        if self._metric_group is None:
            raise RuntimeError(
                "Metric has not been enabled. You can enable metric with the "
                "'python.metric.enabled' configuration."
            )
        return self._metric_group

    def get_job_parameter(self, key, default_value):
        return self._job_parameters.get(key, default_value)

    def get_task_name(self):
        return self._task_name

    def get_task_name_with_subtasks(self):
        return self._task_name_with_subtasks

    def get_number_of_parallel_subtasks(self):
        return self._parallelism

    def get_max_number_of_parallel_subtasks(self):
        return self._max_parallelism

    def get_index_of_this_subtask(self):
        return self._subtask

    def get_attempt_number(self):
        return self._attempt


class UserDefinedFunction(abc.ABC):  # noqa: B024
    """Base of all functions: open and close around the calls."""

    def open(self, function_context):  # noqa: B027
        """Once per task, before the first call."""

    def close(self):  # noqa: B027
        """Once per task, after the last call."""

    def is_deterministic(self):
        return True


class ScalarFunction(UserDefinedFunction):
    """One value out of the values of a row."""

    @abc.abstractmethod
    def eval(self, *args):
        """The result for one row."""


class TableFunction(UserDefinedFunction):
    """Rows out of the values of a row: eval yields or returns an iterable."""

    @abc.abstractmethod
    def eval(self, *args):
        """The rows for one row."""


class _Runner:
    """What the engine calls: open(), eval(*args), close()."""

    def __init__(self, function):
        self._function = function
        self.eval = function.eval

    def open(self):
        self._function.open(FunctionContext(None, {}))

    def close(self):
        self._function.close()


def _delegate(func, base):
    """A function object for a plain callable."""

    class Delegating(base):
        def eval(self, *args):
            return func(*args)

    delegate = Delegating()
    delegate.eval = func
    return delegate


class UserDefinedFunctionWrapper:
    """A function with its types; calling it with columns makes an Expression."""

    _is_table = False
    _base = ScalarFunction

    def __init__(self, func, input_types, func_type, deterministic=None, name=None):
        if isinstance(func, type) or not (isinstance(func, UserDefinedFunction) or callable(func)):
            raise TypeError(
                "Invalid function: not a function or callable (__call__ is not "
                "defined): %s" % type(func)
            )
        if input_types is not None:
            if isinstance(input_types, RowType):
                input_types = input_types.field_types()
            elif isinstance(input_types, (DataType, str)):
                input_types = [input_types]
            input_types = [_as_data_type(t) for t in input_types]
        if func_type not in ("general", "pandas"):
            raise ValueError("The func_type must be one of 'general, pandas', got %s." % func_type)
        if func_type == "pandas":
            raise NotImplementedError("pandas functions are not supported by Rask yet")
        self._func = func
        self._input_types = input_types
        self._name = name or _name_of(func)
        self._function = (
            func if isinstance(func, UserDefinedFunction) else _delegate(func, self._base)
        )
        if isinstance(func, UserDefinedFunction):
            if deterministic is not None and deterministic != func.is_deterministic():
                raise ValueError(
                    "Inconsistent deterministic: %s and %s"
                    % (deterministic, func.is_deterministic())
                )
            deterministic = func.is_deterministic()
        self._deterministic = True if deterministic is None else deterministic
        self._alias_names = None
        if not isinstance(func, (UserDefinedFunction, functools.partial)):
            functools.update_wrapper(self, func, updated=())

    def alias(self, *alias_names):
        """Names of the result columns of a table function."""
        self._alias_names = alias_names
        return self

    def _results(self):
        """Result types; None or names of the result columns."""
        raise NotImplementedError

    def _description(self):
        """What the engine is told (see python/ext/ext_udf.c)."""
        types, names = self._results()
        parameters = (
            None if self._input_types is None else tuple(t._sql() for t in self._input_types)
        )
        return (
            self._name,
            self._is_table,
            self._deterministic,
            parameters,
            tuple(t._sql() for t in types),
            names,
            tuple(t._code() for t in types),
            _Runner(self._function),
        )

    def __call__(self, *args):
        handles = [_handle(arg) for arg in args]
        call = Expression(_rask.expression_call_function(self._description(), handles))
        return call.alias(*self._alias_names) if self._alias_names else call


def _name_of(func):
    if isinstance(func, UserDefinedFunction):
        return type(func).__name__
    while isinstance(func, functools.partial):
        func = func.func
    return getattr(func, "__name__", type(func).__name__)


class UserDefinedScalarFunctionWrapper(UserDefinedFunctionWrapper):
    def __init__(self, func, input_types, result_type, func_type, deterministic, name):
        super().__init__(func, input_types, func_type, deterministic, name)
        if result_type is None:
            raise TypeError("Invalid returnType: returnType should be DataType or str but is None")
        self._result_type = _as_data_type(result_type)

    def _results(self):
        return [self._result_type], None


class UserDefinedTableFunctionWrapper(UserDefinedFunctionWrapper):
    _is_table = True
    _base = TableFunction

    def __init__(self, func, input_types, result_types, deterministic=None, name=None):
        super().__init__(func, input_types, "general", deterministic, name)
        if result_types is None:
            raise TypeError(
                "Invalid result_type: result_type should be DataType or str but is None"
            )
        names = None
        if isinstance(result_types, RowType):
            names = tuple(result_types.field_names())
            result_types = result_types.field_types()
        elif isinstance(result_types, (DataType, str)):
            result_types = [result_types]
        elif not isinstance(result_types, collections.abc.Iterable):
            raise TypeError("Invalid result_types: %s" % (result_types,))
        self._result_types = [_as_data_type(t) for t in result_types]
        self._result_names = names

    def _results(self):
        names = self._result_names or tuple("f%d" % i for i in range(len(self._result_types)))
        return self._result_types, names


def udf(
    f=None, input_types=None, result_type=None, deterministic=None, name=None, func_type="general"
):
    """Makes a scalar function, as decorator or call.

    >>> from pyflink.table import DataTypes
    >>> add_one = udf(lambda i: i + 1, result_type=DataTypes.BIGINT())
    >>> @udf(result_type="BIGINT")
    ... def add(i, j):
    ...     return i + j
    """
    if f is None:
        return functools.partial(
            udf,
            input_types=input_types,
            result_type=result_type,
            deterministic=deterministic,
            name=name,
            func_type=func_type,
        )
    return UserDefinedScalarFunctionWrapper(
        f, input_types, result_type, func_type, deterministic, name
    )


def udtf(f=None, input_types=None, result_types=None, deterministic=None, name=None):
    """Makes a table function, as decorator or call.

    >>> @udtf(result_types=["STRING"])
    ... def split(line):
    ...     yield from line.split()
    """
    if f is None:
        return functools.partial(
            udtf,
            input_types=input_types,
            result_types=result_types,
            deterministic=deterministic,
            name=name,
        )
    return UserDefinedTableFunctionWrapper(f, input_types, result_types, deterministic, name)
