"""Programs in the style of 1.9 and of the proposal: string expressions, descriptors, execute."""

import pytest
from helpers import read_parts, rows
from pyflink.dataset import ExecutionEnvironment
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import (
    BatchTableEnvironment,
    DataTypes,
    StreamTableEnvironment,
    TableConfig,
    TableEnvironment,
)
from pyflink.table.descriptors import FileSystem, OldCsv, Schema
from pyflink.util.exceptions import ExpressionParserException, TableException


@pytest.fixture
def bt_env():
    env = ExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return BatchTableEnvironment.create(env, TableConfig())


@pytest.fixture
def st_env():
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    return StreamTableEnvironment.create(env)


def csv_table(t_env, path, name, sink=True):
    descriptor = (
        t_env.connect(FileSystem().path(str(path)))
        .with_format(OldCsv().field("a", DataTypes.BIGINT()).field("b", DataTypes.STRING()))
        .with_schema(Schema().field("a", DataTypes.BIGINT()).field("b", DataTypes.STRING()))
    )
    (descriptor.register_table_sink if sink else descriptor.register_table_source)(name)


def test_string_expressions(bt_env):
    table = bt_env.from_elements([(1, "Hi"), (2, "Hello"), (3, "Hi")], ["a", "b"])
    assert rows(table.select("a + 1 as x, b.upperCase()").execute()) == [
        (2, "HI"),
        (3, "HELLO"),
        (4, "HI"),
    ]
    assert rows(table.where("a > 1 && b === 'Hi'").execute()) == [(3, "Hi")]
    counted = table.group_by("b").select("b, a.sum as s, count(1) as n").order_by("b")
    assert rows(counted.execute()) == [("Hello", 2, 1), ("Hi", 4, 2)]
    assert table.alias("x, y").get_schema().get_field_names() == ["x", "y"]
    assert rows(table.order_by("a.desc").fetch(1).execute()) == [(3, "Hi")]


def test_string_expression_errors(bt_env):
    table = bt_env.from_elements([(1, "Hi")], ["a", "b"])
    with pytest.raises(ExpressionParserException):
        table.select("a +")


def test_deferred_execution(bt_env, tmp_path):
    csv_table(bt_env, tmp_path / "one", "One")
    csv_table(bt_env, tmp_path / "two", "Two")
    table = bt_env.from_elements([(1, "x"), (2, "y")], ["a", "b"])
    table.insert_into("One")
    bt_env.insert_into(table.where("a > 1"), "Two")
    assert not (tmp_path / "one").exists()
    bt_env.execute("both")
    assert (tmp_path / "one").read_text() == "1,x\n2,y\n"
    assert (tmp_path / "two").read_text() == "2,y\n"
    with pytest.raises(TableException, match="No operators defined"):
        bt_env.execute("nothing left")


def test_source_and_sink(st_env, tmp_path):
    (tmp_path / "in.csv").write_text("1,a\n2,b\n")
    csv_table(st_env, tmp_path / "in.csv", "Source", sink=False)
    csv_table(st_env, tmp_path / "out.csv", "Sink")
    st_env.scan("Source").where("a < 2").insert_into("Sink")
    st_env.execute("copy")
    assert (tmp_path / "out.csv").read_text() == "1,a\n"


def test_updates_are_refused(st_env, tmp_path):
    csv_table(st_env, tmp_path / "out.csv", "Sink")
    table = st_env.from_elements([(1, "x")], ["a", "b"])
    counted = table.group_by("b").select("a.sum, b")
    with pytest.raises(
        TableException, match="AppendStreamTableSink requires that Table has only insert changes."
    ):
        counted.insert_into("Sink")
        st_env.execute("count")


def test_sql_update(bt_env, tmp_path):
    csv_table(bt_env, tmp_path / "out.csv", "Sink")
    bt_env.register_table("t", bt_env.from_elements([(1, "x")], ["a", "b"]))
    bt_env.sql_update("INSERT INTO Sink SELECT a, b FROM t")
    bt_env.execute("sql")
    assert (tmp_path / "out.csv").read_text() == "1,x\n"


def test_the_proposal_s_environments(tmp_path):
    """TableEnvironment.create(table_config), BatchTableEnvironment.create(t_config)."""
    t_config = TableConfig()
    assert isinstance(TableEnvironment.create(t_config), TableEnvironment)
    t_env = BatchTableEnvironment.create(t_config)
    t_env.set_parallelism(1)
    csv_table(t_env, tmp_path / "out", "print")
    t_env.from_collection([(1, "Sunny"), (2, "Eden")], "a, b").select("a, b").insertInto("print")
    t_env.execute()
    assert (tmp_path / "out").read_text() == "1,Sunny\n2,Eden\n"


def test_parallel_sink_makes_a_directory(tmp_path):
    env = ExecutionEnvironment.get_execution_environment()
    env.set_parallelism(2)
    t_env = BatchTableEnvironment.create(env, TableConfig())
    csv_table(t_env, tmp_path / "out", "Sink")
    t_env.from_elements([(1, "x"), (2, "y")], ["a", "b"]).insert_into("Sink")
    t_env.execute("two files")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["1", "2"]
    assert sorted(read_parts(tmp_path / "out")) == ["1,x", "2,y"]
