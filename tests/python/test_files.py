"""Files that are not there, full, in the way or broken: clear errors, nothing half-written."""

import resource

import pytest
from pyflink.table import (
    BatchTableEnvironment,
    DataTypes,
    EnvironmentSettings,
    StreamTableEnvironment,
)
from pyflink.table.descriptors import FileSystem, OldCsv, Schema
from pyflink.table.expressions import col
from pyflink.table.udf import udf
from pyflink.util.exceptions import FlinkRuntimeException, RaskIOException


def create(t_env, name, path, format="csv", more=""):
    t_env.execute_sql(
        "CREATE TABLE %s (w STRING, n INT) WITH ('connector' = 'filesystem', 'path' = '%s', "
        "'format' = '%s'%s)" % (name, path, format, more)
    )


def visible_or_not(path):
    return [found for found in path.rglob("*") if found.is_file()]


@pytest.mark.parametrize("parallelism", ["1", "2"])
def test_a_file_where_a_directory_goes(any_env, tmp_path, parallelism):
    any_env.get_config().set("parallelism.default", parallelism)
    (tmp_path / "out").write_text("precious")
    create(any_env, "sink", tmp_path / "out")
    same = udf(lambda n: n, result_type=DataTypes.INT())  # a stage of its own, with channels
    table = any_env.sql_query("SELECT * FROM (VALUES ('a', 1)) AS t (w, n)")
    with pytest.raises(RaskIOException, match="out' is a file: the filesystem connector writes"):
        table.select(col("w"), same(col("n"))).execute_insert("sink").wait()
    assert (tmp_path / "out").read_text() == "precious"


@pytest.fixture
def small_files():
    """No file may grow beyond 64 KiB: a full disk, as far as a write can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("parallelism", ["1", "2"])
@pytest.mark.parametrize("format", ["csv", "canal-json"])
def test_a_full_disk(any_env, tmp_path, small_files, parallelism, format):
    any_env.get_config().set("parallelism.default", parallelism)
    create(any_env, "sink", tmp_path / "out", format)
    table = any_env.from_elements([("word %d" % i, i) for i in range(50000)], ["w", "n"])
    any_env.create_temporary_view("words", table)
    with pytest.raises(RaskIOException, match="Cannot write '.*': File too large"):
        any_env.execute_sql("INSERT INTO sink SELECT w, CAST(n AS INT) FROM words").wait()
    assert visible_or_not(tmp_path) == []


def old_csv(t_env, path):
    csv, schema = OldCsv(), Schema()
    for name, data_type in (("w", DataTypes.STRING()), ("n", DataTypes.BIGINT())):
        csv.field(name, data_type)
        schema.field(name, data_type)
    return t_env.connect(FileSystem().path(str(path))).with_format(csv).with_schema(schema)


def old_environments():
    return [
        BatchTableEnvironment.create(),
        StreamTableEnvironment.create(environment_settings=EnvironmentSettings.in_streaming_mode()),
    ]


@pytest.mark.parametrize("parallelism", [1, 2])
@pytest.mark.parametrize("which", [0, 1], ids=["batch", "streaming"])
def test_a_full_disk_under_1_9_s_sink(tmp_path, small_files, which, parallelism):
    t_env = old_environments()[which]
    t_env.set_parallelism(parallelism)
    old_csv(t_env, tmp_path / "out").register_table_sink("Results")
    t_env.from_elements([("word %d" % i, i) for i in range(50000)], ["w", "n"]).insert_into(
        "Results"
    )
    with pytest.raises(RaskIOException, match="Cannot write '.*': File too large"):
        t_env.execute("full")
    assert visible_or_not(tmp_path) == []


@pytest.mark.parametrize("what", ["file", "directory"])
@pytest.mark.parametrize("which", [0, 1], ids=["batch", "streaming"])
def test_1_9_s_sink_overwrites_nothing(tmp_path, which, what):
    out = tmp_path / "out"
    out.mkdir() if what == "directory" else out.write_text("precious")
    t_env = old_environments()[which]
    t_env.set_parallelism(1)
    old_csv(t_env, out).register_table_sink("Results")
    t_env.from_elements([("a", 1)], ["w", "n"]).insert_into("Results")
    with pytest.raises(RaskIOException, match="out already exists. .* not overwritten"):
        t_env.execute("again")
    assert what == "directory" or out.read_text() == "precious"


def test_a_missing_input(any_env, tmp_path):
    create(any_env, "source", tmp_path / "none.csv")
    create(any_env, "sink", tmp_path / "out")
    for statement in ("SELECT * FROM source", "INSERT INTO sink SELECT * FROM source"):
        with pytest.raises(RaskIOException, match="none.csv does not exist"):
            any_env.execute_sql(statement).wait()
    assert visible_or_not(tmp_path) == []


BROKEN = [
    ("a,1\nb,x\n", 'line 2, field 2 (`n` INT): For input string: "x"'),
    ("a,1\nb,99999999999\n", "line 2, field 2 (`n` INT)"),
    ("a,1\nb\n", "line 2: Row length mismatch. 2 fields expected but was 1."),
    ("a,1\nb,2,3\n", "line 2: Too many entries: expected at most 2"),
    ('a,1\n"b,2\n', "line 2, field 1 (`w` STRING): Missing closing quote"),
]


@pytest.mark.parametrize("text,message", BROKEN)
def test_a_malformed_row(any_env, tmp_path, text, message):
    """It fails naming file, line and field, and leaves nothing written; or the row is skipped."""
    (tmp_path / "in.csv").write_text(text)
    create(any_env, "source", tmp_path / "in.csv")
    create(any_env, "sink", tmp_path / "out")
    with pytest.raises(FlinkRuntimeException) as failure:
        any_env.execute_sql("INSERT INTO sink SELECT * FROM source").wait()
    assert "of file '%s', " % (tmp_path / "in.csv") + message in str(failure.value)
    assert visible_or_not(tmp_path / "out") == []
    create(any_env, "lenient", tmp_path / "in.csv", more=", 'csv.ignore-parse-errors' = 'true'")
    first = next(any_env.execute_sql("SELECT * FROM lenient").collect())
    assert list(first) == ["a", 1]
