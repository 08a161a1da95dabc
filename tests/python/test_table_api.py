"""The Table API in the 2.3 style, both modes: operations, results, jobs."""

import decimal

import pytest
from helpers import changes, folded, rows
from pyflink.common import Configuration, JobStatus, RowKind
from pyflink.table import (
    DataTypes,
    EnvironmentSettings,
    ResultKind,
    Schema,
    TableDescriptor,
    TableEnvironment,
)
from pyflink.table.expressions import call, col, concat, if_then_else, lit, null_of
from pyflink.util.exceptions import SqlParserException, TableException, ValidationException


@pytest.fixture
def people(any_env):
    return any_env.from_elements(
        [("Ann", 30, "Oslo"), ("Bob", 25, "Rome"), ("Cid", 30, "Rome"), ("Dee", None, None)],
        DataTypes.ROW(
            [
                DataTypes.FIELD("name", DataTypes.STRING()),
                DataTypes.FIELD("age", DataTypes.INT()),
                DataTypes.FIELD("city", DataTypes.STRING()),
            ]
        ),
    )


def test_select_and_filter(people):
    result = people.where(col("age") > 26).select(col("name"), (col("age") + 1).alias("next"))
    assert rows(result.execute()) == [("Ann", 31), ("Cid", 31)]


def test_columns_as_attributes(people):
    assert rows(people.filter(people.city == "Oslo").select(people.name).execute()) == [("Ann",)]


def test_expressions(people):
    result = people.select(
        col("name").upper_case,
        col("age").is_null,
        if_then_else(col("age") > 26, "old", "young"),
        concat(col("name"), "!"),
        col("city").if_null("?"),
        -col("age"),
        col("age") % 7,
        null_of(DataTypes.INT()),
        lit(2) * 3,
    )
    assert rows(result.execute())[0] == ("ANN", False, "old", "Ann!", "Oslo", -30, 2, None, 6)
    assert rows(result.execute())[3][1:3] == (True, "young")


def test_group_by(people):
    result = people.group_by(col("city")).select(
        col("city"),
        col("name").count.alias("n"),
        col("age").sum,
        col("age").min,
        col("age").max,
        col("age").avg,
    )
    table = folded(changes(result.execute())) if _is_streaming(people) else rows(result.execute())
    assert sorted(table, key=str) == sorted(
        [
            ("Oslo", 1, 30, 30, 30, 30),
            ("Rome", 2, 55, 25, 30, 27),
            (None, 1, None, None, None, None),
        ],
        key=str,
    )


def _is_streaming(table):
    return table._t_env.get_config().get("execution.runtime-mode", "").upper() == "STREAMING"


def test_global_aggregate(people):
    result = people.select(col("age").sum.alias("s"), lit(1).count.alias("n")).execute()
    assert folded(changes(result)) == [(85, 4)]


def test_changelog_of_a_count(stream_env):
    words = stream_env.from_elements([("a",), ("b",), ("a",)], ["w"])
    result = words.group_by(col("w")).select(col("w"), lit(1).count).execute()
    assert changes(result) == [("+I", "a", 1), ("+I", "b", 1), ("-U", "a", 1), ("+U", "a", 2)]


def test_distinct(people):
    result = people.select(col("city")).distinct()
    assert sorted(map(str, rows(result.execute()))) == ["('Oslo',)", "('Rome',)", "(None,)"]


def test_order_by_and_limit(batch_env):
    table = batch_env.from_elements([(3, "c"), (1, "a"), (2, "b")], ["id", "name"])
    assert rows(table.order_by(col("id")).execute()) == [(1, "a"), (2, "b"), (3, "c")]
    assert rows(table.order_by(col("id").desc).fetch(1).execute()) == [(3, "c")]
    assert rows(table.order_by(col("id")).offset(1).fetch(1).execute()) == [(2, "b")]
    assert rows(table.order_by(col("id")).limit(2, 1).execute()) == [(2, "b"), (3, "c")]


def test_columns(people):
    narrow = people.drop_columns(col("city"))
    assert narrow.get_schema().get_field_names() == ["name", "age"]
    added = narrow.add_columns((col("age") + 1).alias("next"))
    assert added.get_schema().get_field_names() == ["name", "age", "next"]
    replaced = added.add_or_replace_columns((col("age") * 2).alias("age"))
    assert rows(replaced.execute())[0] == ("Ann", 60, 31)
    renamed = added.rename_columns(col("next").alias("later"))
    assert renamed.get_schema().get_field_names() == ["name", "age", "later"]
    assert people.alias("a", "b", "c").get_schema().get_field_names() == ["a", "b", "c"]


def test_union_all(any_env):
    left = any_env.from_elements([(1,)], ["x"])
    right = any_env.from_elements([(2,), (1,)], ["x"])
    assert sorted(rows(left.union_all(right).execute())) == [(1,), (1,), (2,)]


def test_views_and_sql(any_env, people):
    any_env.create_temporary_view("people", people)
    assert any_env.list_tables() == ["people"]
    assert any_env.list_temporary_views() == ["people"]
    query = any_env.sql_query("SELECT name FROM people WHERE age < 30")
    assert rows(query.execute()) == [("Bob",)]
    assert rows(any_env.from_path("people").select(col("name")).execute())[0] == ("Ann",)
    assert any_env.drop_temporary_view("people")
    assert any_env.list_tables() == []


def test_result(any_env):
    result = any_env.execute_sql("SELECT 1 AS a, 'x' AS b")
    assert result.get_table_schema().get_field_names() == ["a", "b"]
    assert result.get_result_kind() == ResultKind.SUCCESS_WITH_CONTENT
    with result.collect() as iterator:
        [row] = list(iterator)
    assert list(row) == [1, "x"] and row.get_row_kind() == RowKind.INSERT
    assert (
        any_env.execute_sql("CREATE TEMPORARY VIEW v AS SELECT 1 AS n").get_result_kind()
        == ResultKind.SUCCESS
    )


def test_a_result_has_one_iterator(any_env):
    result = any_env.from_elements([(1,), (2,), (3,)], ["x"]).execute()
    assert list(next(result.collect())) == [1]
    assert list(result.collect().next()) == [2]
    with result.collect() as iterator:
        assert list(next(iterator)) == [3]
    assert list(iterator) == list(result.collect()) == []


def test_a_closed_iterator_ends(any_env):
    iterator = any_env.from_elements([(1,), (2,)], ["x"]).execute().collect()
    next(iterator)
    iterator.close()
    assert list(iterator) == []


def test_environments_are_made_of_settings_or_a_configuration():
    configuration = Configuration().set_string("execution.runtime-mode", "BATCH")
    configuration.set_string("parallelism.default", "3")
    t_env = TableEnvironment.create(configuration)
    assert t_env.get_config().get("execution.runtime-mode", "") == "BATCH"
    assert t_env.get_config().get("parallelism.default", "") == "3"
    with pytest.raises(TypeError, match="should be EnvironmentSettings or Configuration"):
        TableEnvironment.create("batch")


def test_the_built_in_catalog_has_the_settings_name():
    settings = (
        EnvironmentSettings.new_instance()
        .with_built_in_catalog_name("here")
        .with_built_in_database_name("now")
        .build()
    )
    t_env = TableEnvironment.create(settings)
    assert (t_env.list_catalogs(), t_env.list_databases()) == (["here"], ["now"])
    t_env.execute_sql("CREATE TABLE t (x INT) WITH ('connector' = 'blackhole')")
    assert "here.now.t" in t_env.explain_sql("INSERT INTO t SELECT 1")


def test_job_client(any_env):
    any_env.execute_sql("CREATE TABLE sink (a INT) WITH ('connector' = 'blackhole')")
    result = any_env.execute_sql("INSERT INTO sink VALUES (1), (2)")
    result.wait(10000)
    client = result.get_job_client()
    assert len(str(client.get_job_id())) == 32
    assert client.get_job_status().result() == JobStatus.FINISHED
    assert client.get_job_execution_result().result().get_net_runtime() >= 0
    assert any_env.execute_sql("SHOW TABLES").get_job_client() is None


def test_insert_prints_minus_one(any_env, capsys):
    any_env.execute_sql("CREATE TABLE sink (a INT) WITH ('connector' = 'blackhole')")
    any_env.execute_sql("INSERT INTO sink SELECT 1").print()
    assert capsys.readouterr().out.splitlines()[-1].strip() == "-1"


def test_print_is_flink_s_tableau(batch_env, stream_env, capsys):
    query = "SELECT * FROM (VALUES (1, CAST(NULL AS INT)), (2, 3)) AS t (x, y)"
    batch_env.execute_sql(query).print()
    assert capsys.readouterr().out == (
        "+-------------+-------------+\n"
        "|           x |           y |\n"
        "+-------------+-------------+\n"
        "|           1 |      <NULL> |\n"
        "|           2 |           3 |\n"
        "+-------------+-------------+\n"
        "2 rows in set\n"
    )
    stream_env.execute_sql("SELECT 'a' AS w").print()
    assert "| op |" in capsys.readouterr().out
    batch_env.execute_sql("SELECT * FROM (VALUES (1)) AS t (x) WHERE x = 2").print()
    assert capsys.readouterr().out == "Empty set\n"


def test_print_schema(people, capsys):
    people.print_schema()
    assert capsys.readouterr().out == "(\n  `name` STRING,\n  `age` INT,\n  `city` STRING\n)\n"


def test_statement_set(any_env, tmp_path):
    for name in ("one", "two"):
        any_env.create_temporary_table(
            name,
            TableDescriptor.for_connector("filesystem")
            .schema(Schema.new_builder().column("x", DataTypes.BIGINT()).build())
            .option("path", str(tmp_path / name))
            .format("csv")
            .build(),
        )
    table = any_env.from_elements([(1,), (2,)], ["x"])
    statements = any_env.create_statement_set()
    statements.add_insert("one", table)
    statements.add_insert_sql("INSERT INTO two SELECT 7")
    assert "Sink(table=[default_catalog.default_database.one]" in statements.explain()
    statements.execute().wait()
    assert sorted((tmp_path / "one").glob("part-*"))[0].read_text() == "1\n2\n"
    assert sorted((tmp_path / "two").glob("part-*"))[0].read_text() == "7\n"


def test_pipeline(any_env, tmp_path):
    any_env.execute_sql(
        "CREATE TABLE sink (x BIGINT) WITH ('connector' = 'filesystem', "
        "'path' = '%s', 'format' = 'csv')" % (tmp_path / "out")
    )
    pipeline = any_env.from_elements([(5,)], ["x"]).insert_into("sink")
    pipeline.execute().wait()
    assert [p.read_text() for p in (tmp_path / "out").glob("part-*")] == ["5\n"]


def test_wrong_arguments(any_env, people):
    with pytest.raises(
        AttributeError, match=r"no column named 'nme', available.*\[name, age, city\]"
    ):
        people.nme  # noqa: B018
    with pytest.raises(ValidationException, match="FETCH count must be equal or larger than 0"):
        people.fetch(-1)
    with pytest.raises(ValidationException, match="Offset should be greater or equal 0"):
        people.offset(-1)
    with pytest.raises(ValidationException, match="Aliasing more fields than we actually have"):
        people.alias("a", "b", "c", "d")
    with pytest.raises(SqlParserException, match="Invalid SQL identifier a.b.c.d."):
        any_env.from_path("a.b.c.d")
    with pytest.raises(TypeError, match="the SQL text must be a str"):
        any_env.execute_sql(None)
    with pytest.raises(ValueError, match="does not fit BIGINT"):
        lit(2**63)
    with pytest.raises(TypeError, match="INT can not accept object '1'"):
        lit("1", DataTypes.INT())


def test_literals(any_env):
    row = any_env.from_elements([(1,)], ["x"]).select(
        lit(b"ab"), lit(2**40), lit("it's"), lit(decimal.Decimal("1.50")), lit(1, "BIGINT")
    )
    assert rows(row.execute()) == [(bytearray(b"ab"), 2**40, "it's", decimal.Decimal("1.50"), 1)]


def test_unknown_names(any_env, people):
    with pytest.raises(ValidationException, match=r"Cannot resolve field \[nme\]"):
        people.select(col("nme"))
    with pytest.raises(ValidationException, match="nope"):
        any_env.from_path("nope")
    with pytest.raises(ValidationException):
        people.select(call("NO_SUCH_FUNCTION", col("name")))
    with pytest.raises(ValidationException, match="not found"):
        any_env.sql_query("SELECT nme FROM (VALUES ('x')) AS t (name)")


def test_sort_in_streaming_is_refused(stream_env):
    table = stream_env.from_elements([(1,)], ["x"])
    with pytest.raises(TableException, match="Sort on a non-time-attribute field is not supported"):
        table.order_by(col("x")).execute()


def test_explain(any_env, people):
    text = people.where(col("age") > 1).select(col("name")).explain()
    assert "== Abstract Syntax Tree ==" in text
    assert "== Optimized Physical Plan ==" in text
    assert "Calc(" in text


def test_set_parallelism_two(any_env):
    any_env.get_config().set("parallelism.default", "2")
    table = any_env.from_elements([(i % 10, i) for i in range(1000)], ["k", "v"])
    result = table.group_by(col("k")).select(col("k"), col("v").sum).execute()
    expected = [(k, sum(range(k, 1000, 10))) for k in range(10)]
    assert folded(changes(result)) == expected
