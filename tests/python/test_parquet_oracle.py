"""Parquet beside pyarrow, DuckDB and Polars: they read what we write, we read what they write.

Random rows of every type, with nulls at every level; the three are the oracles.
"""

import datetime
import decimal
import glob
import random

import pytest

pa = pytest.importorskip("pyarrow", reason="an oracle, from requirements-dev.txt")
pq = pytest.importorskip("pyarrow.parquet", reason="an oracle, from requirements-dev.txt")

EPOCH = datetime.datetime(1970, 1, 1)
SETTINGS = [
    "",
    "'parquet.writer.version' = 'v2', 'parquet.compression' = 'ZSTD'",
    "'parquet.enable.dictionary' = 'false', 'parquet.compression' = 'GZIP'",
    "'parquet.enable.dictionary' = 'false', 'parquet.writer.version' = 'v2'",
    "'parquet.compression' = 'LZ4_RAW', 'parquet.page.size' = '300'",
    "'parquet.compression' = 'UNCOMPRESSED', 'parquet.block.size' = '20000'",
    "'parquet.write.int64.timestamp' = 'true', 'parquet.utc-timezone' = 'true'",
]
# column: type, a maker of values
COLUMNS = {
    "i": ("INT NOT NULL", lambda r: r.randrange(5)),
    "b": ("BOOLEAN", lambda r: r.random() < 0.5),
    "ti": ("TINYINT", lambda r: r.randrange(-128, 128)),
    "si": ("SMALLINT", lambda r: r.randrange(-(2**15), 2**15)),
    "l": ("BIGINT", lambda r: r.randrange(-(2**63), 2**63)),
    "f": ("FLOAT", lambda r: r.randrange(-1000, 1000) / 8),
    "d": ("DOUBLE", lambda r: r.gauss(0, 1)),
    "s": (
        "STRING",
        lambda r: r.choice(["", "a", "äöü", "more than twelve bytes"]) * r.randrange(3),
    ),
    "d5": ("DECIMAL(5, 2)", lambda r: decimal.Decimal(r.randrange(-99999, 10**5)).scaleb(-2)),
    "d15": ("DECIMAL(15, 3)", lambda r: decimal.Decimal(r.randrange(-(10**14), 10**14)).scaleb(-3)),
    "d38": ("DECIMAL(38, 5)", lambda r: decimal.Decimal(r.randrange(-(10**30), 10**30)).scaleb(-5)),
    "da": ("DATE", lambda r: datetime.date.fromordinal(r.randrange(1, 3000000))),
    "ts": (
        "TIMESTAMP(3)",
        lambda r: EPOCH + datetime.timedelta(milliseconds=r.randrange(4 * 10**12)),
    ),
    "old": ("TIMESTAMP(6)", lambda r: EPOCH - datetime.timedelta(microseconds=r.randrange(10**15))),
}


def random_rows(seed, count):
    maker = random.Random(seed)
    return [
        tuple(
            None if "NOT NULL" not in kind and maker.random() < 0.2 else make(maker)
            for kind, make in COLUMNS.values()
        )
        for _ in range(count)
    ]


def row_type():
    from pyflink.table import DataTypes as T

    types = {
        "INT NOT NULL": T.INT(False),
        "BOOLEAN": T.BOOLEAN(),
        "TINYINT": T.TINYINT(),
        "SMALLINT": T.SMALLINT(),
        "BIGINT": T.BIGINT(),
        "FLOAT": T.FLOAT(),
        "DOUBLE": T.DOUBLE(),
        "STRING": T.STRING(),
        "DECIMAL(5, 2)": T.DECIMAL(5, 2),
        "DECIMAL(15, 3)": T.DECIMAL(15, 3),
        "DECIMAL(38, 5)": T.DECIMAL(38, 5),
        "DATE": T.DATE(),
        "TIMESTAMP(3)": T.TIMESTAMP(3),
        "TIMESTAMP(6)": T.TIMESTAMP(6),
    }
    return T.ROW([T.FIELD(name, types[kind]) for name, (kind, _) in COLUMNS.items()])


def plain(value):
    """pandas' timestamps, which pyarrow gives where it finds nanoseconds."""
    return value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value


def create(env, name, path, options=""):
    columns = ", ".join(f"`{column}` {kind}" for column, (kind, _) in COLUMNS.items())
    env.execute_sql(
        f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', "
        f"'format' = 'parquet', 'path' = '{path}'{', ' if options else ''}{options})"
    )


@pytest.mark.parametrize("options", SETTINGS)
def test_others_read_what_we_write(batch_env, tmp_path, options):
    duckdb = pytest.importorskip("duckdb", reason="an oracle, from requirements-dev.txt")
    rows = random_rows(1, 1500)
    create(batch_env, "t", tmp_path / "t", options)
    batch_env.from_elements(rows, row_type()).execute_insert("t").wait()
    (file,) = glob.glob(str(tmp_path / "t" / "*"))
    theirs = [tuple(plain(v) for v in row.values()) for row in pq.read_table(file).to_pylist()]
    assert theirs == rows
    sums = duckdb.sql(
        f"SELECT count(*), count(s), sum(i), sum(d15) FROM read_parquet('{file}')"
    ).fetchall()
    at = {name: i for i, name in enumerate(COLUMNS)}
    assert sums == [
        (
            len(rows),
            sum(row[at["s"]] is not None for row in rows),
            sum(row[at["i"]] for row in rows),
            sum(row[at["d15"]] for row in rows if row[at["d15"]] is not None),
        )
    ]
    assert [tuple(row) for row in batch_env.execute_sql("SELECT * FROM t").collect()] == rows


FILTERS = {
    "i = 3": lambda row: row["i"] == 3,
    "d5 > 500.505": lambda row: row["d5"] is not None and row["d5"] > decimal.Decimal("500.505"),
    "s IS NULL AND i < 2": lambda row: row["s"] is None and row["i"] < 2,
    "ts >= TIMESTAMP '2020-01-01 00:00:00'": lambda row: (
        row["ts"] is not None and row["ts"] >= datetime.datetime(2020, 1, 1)
    ),
    "s = 'äöü'": lambda row: row["s"] == "äöü",
    "d > 3.5": lambda row: row["d"] is not None and row["d"] > 3.5,
    "f <> 1.5": lambda row: row["f"] is not None and row["f"] != 1.5,
}


@pytest.mark.parametrize("condition", FILTERS)
def test_filters_give_the_rows_they_should(batch_env, tmp_path, condition):
    rows = random_rows(2, 1500)
    table = {name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)}
    fields = [
        ("d5", pa.decimal128(5, 2)),
        ("d15", pa.decimal128(15, 3)),
        ("d38", pa.decimal128(38, 5)),
    ]
    arrays = {name: pa.array(values, dict(fields).get(name)) for name, values in table.items()}
    arrays["f"] = arrays["f"].cast(pa.float32())
    pq.write_table(pa.table(arrays), tmp_path / "t.parquet", row_group_size=200)
    create(batch_env, "t", tmp_path / "t.parquet", "'parquet.utc-timezone' = 'true'")
    found = batch_env.execute_sql(f"SELECT i, s, d38 FROM t WHERE {condition}").collect()
    at = [list(COLUMNS).index(name) for name in ("i", "s", "d38")]
    passes = FILTERS[condition]
    expected = [
        tuple(row[i] for i in at) for row in rows if passes(dict(zip(COLUMNS, row, strict=True)))
    ]
    assert [tuple(row) for row in found] == expected


def test_integers_widen_and_must_fit(batch_env, tmp_path):
    numbers = [1, None, 300, -5]
    pq.write_table(pa.table({"n": pa.array(numbers, pa.int32())}), tmp_path / "n.parquet")
    options = f"'connector' = 'filesystem', 'format' = 'parquet', 'path' = '{tmp_path}/n.parquet'"
    batch_env.execute_sql(f"CREATE TABLE wide (n BIGINT) WITH ({options})")
    batch_env.execute_sql(f"CREATE TABLE narrow (n TINYINT) WITH ({options})")
    assert [row[0] for row in batch_env.execute_sql("SELECT n FROM wide").collect()] == numbers
    with pytest.raises(Exception, match="a value does not fit into TINYINT"):
        list(batch_env.execute_sql("SELECT n FROM narrow").collect())


def test_polars_files(batch_env, tmp_path):
    polars = pytest.importorskip("polars", reason="an oracle, from requirements-dev.txt")
    frame = polars.DataFrame({"a": list(range(5000)), "s": ["t%d" % (i % 7) for i in range(5000)]})
    for codec in ("snappy", "zstd", "lz4", "gzip", "uncompressed"):
        path = tmp_path / (codec + ".parquet")
        frame.write_parquet(path, compression=codec, row_group_size=900)
        batch_env.execute_sql(
            f"CREATE TABLE {codec}_ (a BIGINT, s STRING) WITH ('connector' = 'filesystem', "
            f"'format' = 'parquet', 'path' = '{path}')"
        )
        rows = batch_env.execute_sql(f"SELECT * FROM {codec}_").collect()
        assert [tuple(row) for row in rows] == frame.rows()
