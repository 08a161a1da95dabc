"""Python functions: scalar and table, where they may stand, how they fail."""

import pytest
from helpers import rows
from pyflink.table import DataTypes, ScalarFunction, TableFunction
from pyflink.table.expressions import call, col
from pyflink.table.udf import udf, udtf
from pyflink.util.exceptions import FlinkRuntimeException

add_one = udf(lambda i: i + 1, result_type=DataTypes.BIGINT())


@udf(result_type=DataTypes.STRING())
def greet(name):
    return None if name is None else "Hi " + name


@udtf(result_types=[DataTypes.STRING(), DataTypes.INT()])
def split(line):
    for word in line.split():
        yield word, len(word)


@pytest.fixture
def table(any_env):
    return any_env.from_elements([(1, "x yy"), (2, ""), (3, "zzz")], ["id", "line"])


def test_scalar(table):
    result = table.select(add_one(col("id")), greet(col("line")))
    assert rows(result.execute()) == [(2, "Hi x yy"), (3, "Hi "), (4, "Hi zzz")]


def test_scalar_in_expressions_and_filters(table):
    result = table.where(add_one(col("id")) > 2).select(add_one(add_one(col("id")) * 2) + 1)
    assert rows(result.execute()) == [(8,), (10,)]


def test_nulls(any_env):
    table = any_env.from_elements(
        [(1, None), (2, "a")],
        DataTypes.ROW(
            [DataTypes.FIELD("i", DataTypes.INT()), DataTypes.FIELD("s", DataTypes.STRING())]
        ),
    )
    assert rows(table.select(greet(col("s"))).execute()) == [(None,), ("Hi a",)]


def test_registered(any_env, table):
    any_env.create_temporary_system_function("add_one", add_one)
    any_env.create_temporary_function("split", split)
    assert "add_one" in any_env.list_user_defined_functions()
    any_env.create_temporary_view("t", table)
    assert rows(any_env.sql_query("SELECT add_one(id) FROM t").execute()) == [(2,), (3,), (4,)]
    assert rows(table.select(call("add_one", col("id"))).execute()) == [(2,), (3,), (4,)]
    query = "SELECT id, w FROM t, LATERAL TABLE(split(line)) AS s (w, n) WHERE n > 1"
    assert rows(any_env.sql_query(query).execute()) == [(1, "yy"), (3, "zzz")]
    assert any_env.drop_temporary_function("split")


def test_flat_map(table):
    result = table.flat_map(split(col("line"))).alias("word", "length")
    assert rows(result.execute()) == [("x", 1), ("yy", 2), ("zzz", 3)]


def test_join_lateral(table):
    inner = table.join_lateral(split(col("line")).alias("w", "n")).select(col("id"), col("w"))
    assert rows(inner.execute()) == [(1, "x"), (1, "yy"), (3, "zzz")]
    outer = table.left_outer_join_lateral(split(col("line")).alias("w", "n")).select(
        col("id"), col("w")
    )
    assert rows(outer.execute()) == [(1, "x"), (1, "yy"), (2, None), (3, "zzz")]


def test_classes_with_open_and_close(any_env):
    seen = []

    class Add(ScalarFunction):
        def open(self, function_context):
            seen.append("open")
            self.offset = 10

        def eval(self, i):
            return i + self.offset

        def close(self):
            seen.append("close")

    class Twice(TableFunction):
        def eval(self, i):
            return [i, i]

    table = any_env.from_elements([(1,)], ["i"])
    add = udf(Add(), result_type=DataTypes.BIGINT())
    assert rows(table.select(add(col("i"))).execute()) == [(11,)]
    assert set(seen) == {"open", "close"} and seen.count("open") == seen.count("close")
    twice = udtf(Twice(), result_types=DataTypes.BIGINT())
    assert rows(table.flat_map(twice(col("i"))).execute()) == [(1,), (1,)]


def test_many_rows(any_env):
    any_env.get_config().set("parallelism.default", "1")
    table = any_env.from_elements([(i,) for i in range(20000)], ["i"])
    result = rows(table.select(add_one(col("i"))).execute())
    assert result == [(i + 1,) for i in range(20000)]


@pytest.mark.parametrize("parallelism", ["1", "2"])
def test_failure_shows_the_user_s_traceback(any_env, tmp_path, parallelism):
    @udf(result_type=DataTypes.BIGINT())
    def broken(i):
        return 1 // (i - 3)

    any_env.get_config().set("parallelism.default", parallelism)
    any_env.execute_sql(
        "CREATE TABLE sink (x BIGINT) WITH ('connector' = 'filesystem', "
        "'path' = '%s', 'format' = 'csv')" % (tmp_path / "out")
    )
    table = any_env.from_elements([(i,) for i in range(10)], ["i"])
    with pytest.raises(FlinkRuntimeException) as failure:
        table.select(broken(col("i"))).execute_insert("sink").wait()
    message = str(failure.value)
    assert "ZeroDivisionError" in message
    assert "return 1 // (i - 3)" in message and "test_udf.py" in message
    left = list((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else []
    assert [path for path in left if path.is_file()] == []


def test_wrong_result_type(any_env):
    wrong = udf(lambda i: "text", result_type=DataTypes.BIGINT())
    table = any_env.from_elements([(1,)], ["i"])
    with pytest.raises(FlinkRuntimeException, match="can not accept object 'text'"):
        rows(table.select(wrong(col("i"))).execute())


def test_wrong_functions():
    with pytest.raises(TypeError, match="Invalid function"):
        udf("not a function", result_type=DataTypes.INT())
    with pytest.raises(TypeError):
        udf(lambda x: x)
