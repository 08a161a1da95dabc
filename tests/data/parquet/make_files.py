"""Makes the Parquet files beside this script with other writers, and the fuzzer's first inputs.

    python tests/data/parquet/make_files.py

Needs pyarrow, duckdb and polars (requirements-dev.txt).  The files are in the repository, so tests
need none of them; versions change bytes, not meaning.  The files flink_*.parquet were written by a
real Flink 2.3 (flink-sql-parquet), with the INSERTs of tests/sql/connect/parquet_*.test.
"""

import datetime
import decimal
import os

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(HERE, "..", "..", "fuzz", "corpus", "parquet")
ROWS = 20


def nulls(values, every=5):
    return [None if i % every == 3 else value for i, value in enumerate(values)]


def plain_columns():
    """Columns of every type that a table can read, with nulls."""
    day = datetime.date(2020, 1, 2)
    noon = datetime.datetime(2020, 1, 2, 12, 30, 15, 123456)
    steps = range(ROWS)
    return {
        "b": pa.array(nulls([i % 3 == 0 for i in steps])),
        "i8": pa.array(nulls([i - 10 for i in steps]), pa.int8()),
        "i16": pa.array(nulls([i * 1000 - 9000 for i in steps]), pa.int16()),
        "i32": pa.array(nulls([i * 100000 - 9 for i in steps]), pa.int32()),
        "i64": pa.array(nulls([i * 10**15 - 7 for i in steps]), pa.int64()),
        "u8": pa.array(nulls([i * 12 for i in steps]), pa.uint8()),
        "u16": pa.array(nulls([i * 3000 for i in steps]), pa.uint16()),
        "u32": pa.array(nulls([i * 200000000 for i in steps]), pa.uint32()),
        "u64": pa.array(nulls([i * 4 * 10**17 for i in steps]), pa.uint64()),
        "f": pa.array(nulls([i / 4 for i in steps]), pa.float32()),
        "d": pa.array(nulls([i / 7 for i in steps]), pa.float64()),
        "s": pa.array(nulls(["Grüße %d" % (i % 4) for i in steps])),
        "l": pa.array(nulls(["a text of some length, number %d" % i for i in steps])),
        "y": pa.array(nulls([bytes([i, 255 - i]) for i in steps]), pa.binary()),
        "y4": pa.array(nulls([bytes([i, 1, 2, 3]) for i in steps]), pa.binary(4)),
        "d5": pa.array(
            nulls([decimal.Decimal(i * 11 - 99).scaleb(-2) for i in steps]), pa.decimal128(5, 2)
        ),
        "d18": pa.array(
            nulls([decimal.Decimal(i * 10**14 - 5).scaleb(-3) for i in steps]), pa.decimal128(18, 3)
        ),
        "d38": pa.array(
            nulls([decimal.Decimal(i * 10**30 - 5).scaleb(-10) for i in steps]),
            pa.decimal128(38, 10),
        ),
        "da": pa.array(nulls([day + datetime.timedelta(days=i * 500 - 9000) for i in steps])),
        "t": pa.array(nulls([datetime.time(i, 59, i, i * 1000) for i in steps]), pa.time32("ms")),
        "tu": pa.array(nulls([datetime.time(i, 59, i, i * 1000) for i in steps]), pa.time64("us")),
        "ms": pa.array(
            nulls([noon - datetime.timedelta(days=i * 1500) for i in steps]), pa.timestamp("us")
        ).cast(pa.timestamp("ms"), safe=False),
        "us": pa.array(
            nulls([noon - datetime.timedelta(days=i * 1500) for i in steps]),
            pa.timestamp("us", tz="UTC"),
        ),
        "ns": pa.array(
            nulls([noon - datetime.timedelta(days=i * 500) for i in steps]), pa.timestamp("ns")
        ),
    }


def nested_columns():
    """Lists, maps and structs with nulls and empty ones at every level."""
    lists = [[1, None, 3], None, [], [4]] * (ROWS // 4)
    rows = [{"x": 1, "y": "a"}, None, {"x": None, "y": None}, {"x": 2, "y": "b"}] * (ROWS // 4)
    deep = [[{"p": 1, "q": [1, 2]}, None], [], None, [{"p": None, "q": None}, {"p": 2, "q": []}]]
    maps = [[("k", 1), ("z", None)], None, [], [("only", 7)]] * (ROWS // 4)
    deep_type = pa.list_(pa.struct([("p", pa.int32()), ("q", pa.list_(pa.int32()))]))
    return {
        "a": pa.array(lists, pa.list_(pa.int32())),
        "r": pa.array(rows, pa.struct([("x", pa.int32()), ("y", pa.string())])),
        "m": pa.array(maps, pa.map_(pa.string(), pa.int64())),
        "n": pa.array(deep * (ROWS // 4), deep_type),
    }


def write(name, columns, folder=HERE, **options):
    path = os.path.join(folder, name + ".parquet")
    pq.write_table(pa.table(columns), path, store_schema=False, **options)


def chosen(columns, *names):
    return {name: columns[name] for name in names}


def damage(path):
    """The length of a text becomes far too large; the footer stays whole."""
    with open(path, "rb") as file:
        content = file.read()
    place = content.index(b"a text of some length, number 7") - 4
    with open(path, "wb") as file:
        file.write(content[:place] + b"\xff\xff\xff\x7f" + content[place + 4 :])


def encodings(columns, folder, name, **options):
    """The encodings that no writer chooses by itself."""
    wanted = {
        "i32": "DELTA_BINARY_PACKED",
        "i64": "DELTA_BINARY_PACKED",
        "s": "DELTA_LENGTH_BYTE_ARRAY",
        "l": "DELTA_BYTE_ARRAY",
        "y4": "DELTA_BYTE_ARRAY",
        "f": "BYTE_STREAM_SPLIT",
        "d": "BYTE_STREAM_SPLIT",
        "b": "RLE",
    }
    write(
        name,
        chosen(columns, *wanted),
        folder,
        use_dictionary=False,
        column_encoding=wanted,
        **options,
    )


def make_pyarrow():
    plain, nested = plain_columns(), nested_columns()
    write("pyarrow_types", plain)
    write("pyarrow_damaged", chosen(plain, "i64", "l"), compression="none", use_dictionary=False)
    damage(os.path.join(HERE, "pyarrow_damaged.parquet"))
    write(
        "pyarrow_groups",
        {**chosen(plain, "i32", "i64", "s", "l", "d", "d18", "da", "ms", "b"), "a": nested["a"]},
        row_group_size=5,
    )
    write("pyarrow_nested", nested, row_group_size=7)
    write("pyarrow_v2", {**plain, **nested}, data_page_version="2.0", compression="zstd")
    write("pyarrow_int96", chosen(plain, "ms", "us", "ns"), use_deprecated_int96_timestamps=True)
    write(
        "pyarrow_pages",
        {**chosen(plain, "i64", "s", "l"), **nested},
        row_group_size=11,
        data_page_size=16,
        write_batch_size=3,
        dictionary_pagesize_limit=32,
    )
    encodings(plain, HERE, "pyarrow_encodings")
    encodings(plain, HERE, "pyarrow_encodings_v2", data_page_version="2.0", compression="none")
    for codec in ("snappy", "gzip", "zstd", "lz4", "none"):
        write("pyarrow_" + codec, chosen(plain, "i64", "l"), compression=codec)


def make_others():
    select = (
        "SELECT i::INTEGER AS i, CASE WHEN i % 5 <> 3 THEN 'text ' || (i % 3) END AS s, "
        "(i / 3)::DOUBLE AS d, (i * 1.25)::DECIMAL(12, 2) AS c, "
        "DATE '2020-01-01' + i::INTEGER AS da, "
        "TIMESTAMP '2020-01-01 00:00:00' + to_microseconds(i * 1000001) AS ts, "
        "[i::INTEGER, NULL, 2] AS a, {'x': i::BIGINT, 'y': 'v' || i} AS r, "
        "map {'k': i::INTEGER} AS m, '00000000-0000-0000-0000-0000000000ff'::UUID AS u "
        "FROM range({rows}) t(i)".replace("{rows}", str(ROWS))
    )
    for name, options in (
        ("duckdb_types", "PARQUET_VERSION V1"),
        ("duckdb_v2", "PARQUET_VERSION V2, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1"),
    ):
        path = os.path.join(HERE, name + ".parquet")
        duckdb.sql("COPY (%s) TO '%s' (FORMAT parquet, %s)" % (select, path, options))
    polars.DataFrame(
        {
            "i": list(range(ROWS)),
            "s": nulls(["x" * i for i in range(ROWS)]),
            "c": ["red", "green"] * (ROWS // 2),
            "a": [[1, 2], None, [], [None]] * (ROWS // 4),
            "ts": [datetime.datetime(2020, 1, 1, 0, 0, i) for i in range(ROWS)],
        },
        schema_overrides={"c": polars.Categorical},
    ).write_parquet(os.path.join(HERE, "polars_types.parquet"), compression="snappy")


def make_corpus():
    plain, nested = plain_columns(), nested_columns()
    os.makedirs(CORPUS, exist_ok=True)
    names = list(plain)
    for start in range(0, len(names), 6):
        some = chosen(plain, *names[start : start + 6])
        write("plain_%d" % start, some, CORPUS, compression="none", use_dictionary=start % 12 == 0)
        write("packed_%d" % start, some, CORPUS, compression="snappy", data_page_version="2.0")
    for name in nested:
        write("nested_" + name, chosen(nested, name), CORPUS, compression="none")
        write(
            "nested_pages_" + name,
            chosen(nested, name),
            CORPUS,
            compression="none",
            data_page_size=16,
            write_batch_size=2,
            row_group_size=9,
            data_page_version="2.0",
        )
    for version in ("1.0", "2.0"):
        encodings(
            plain, CORPUS, "encodings_" + version[0], data_page_version=version, compression="none"
        )
    for codec in ("gzip", "zstd", "lz4"):
        write("codec_" + codec, chosen(plain, "i64", "l"), CORPUS, compression=codec)
    write(
        "int96",
        chosen(plain, "ms", "ns"),
        CORPUS,
        compression="none",
        use_deprecated_int96_timestamps=True,
    )


def main():
    make_pyarrow()
    make_others()
    make_corpus()


if __name__ == "__main__":
    main()
