"""Values in and out: from_elements -> collect for every type, inference, what does not fit."""

import datetime
import decimal

import pytest
from helpers import rows
from pyflink.common import Row
from pyflink.table import DataTypes

D = decimal.Decimal

CASES = [
    (DataTypes.BOOLEAN(), [True, False]),
    (DataTypes.TINYINT(), [-128, 127]),
    (DataTypes.SMALLINT(), [-32768, 32767]),
    (DataTypes.INT(), [-(2**31), 2**31 - 1]),
    (DataTypes.BIGINT(), [-(2**63), 2**63 - 1]),
    (DataTypes.FLOAT(), [1.5, -0.25]),
    (DataTypes.DOUBLE(), [1e300, -0.1, float("inf")]),
    (DataTypes.DECIMAL(5, 2), [D("123.45"), D("-0.01")]),
    (DataTypes.DECIMAL(18, 6), [D("123456789012.123456")]),
    (DataTypes.DECIMAL(38, 10), [D("-1234567890123456789012345678.0123456789")]),
    (DataTypes.STRING(), ["", "x", "a longer text than twelve bytes", "żółć 中文 😀"]),
    (DataTypes.CHAR(3), ["abc"]),
    (DataTypes.VARCHAR(5), ["ab", "abcde"]),
    (
        DataTypes.DATE(),
        [datetime.date(1, 1, 1), datetime.date(1969, 12, 31), datetime.date(9999, 12, 31)],
    ),
    (DataTypes.TIME(), [datetime.time(0, 0, 0), datetime.time(23, 59, 59)]),
    (DataTypes.TIME(3), [datetime.time(1, 2, 3, 456000)]),
    (DataTypes.TIMESTAMP(3), [datetime.datetime(2020, 1, 2, 3, 4, 5, 678000)]),
    (DataTypes.TIMESTAMP(6), [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)]),
    (DataTypes.TIMESTAMP(9), [datetime.datetime(2020, 2, 29, 12, 0, 0, 123456)]),
]


@pytest.mark.parametrize("data_type,values", CASES, ids=lambda v: str(v)[:30])
def test_round_trip(any_env, data_type, values):
    schema = DataTypes.ROW([DataTypes.FIELD("i", DataTypes.INT()), DataTypes.FIELD("v", data_type)])
    given = [(i, value) for i, value in enumerate([*values, None])]
    assert rows(any_env.from_elements(given, schema).execute()) == given


def test_inference(batch_env):
    table = batch_env.from_elements(
        [(True, 1, 1.5, "s", D("1.5"), datetime.date(2020, 1, 1), datetime.time(1, 2, 3))]
    )
    schema = table.get_schema()
    assert schema.get_field_names() == ["_1", "_2", "_3", "_4", "_5", "_6", "_7"]
    assert [t._sql() for t in schema.get_field_data_types()] == [
        "BOOLEAN",
        "BIGINT",
        "DOUBLE",
        "VARCHAR(2147483647)",
        "DECIMAL(38, 18)",
        "DATE",
        "TIME(0)",
    ]
    [row] = rows(table.execute())
    assert row[:4] == (True, 1, 1.5, "s")


def test_inference_merges_rows(batch_env):
    table = batch_env.from_elements([(None, "a"), (2, None)], ["x", "y"])
    assert rows(table.execute()) == [(None, "a"), (2, None)]
    with pytest.raises(TypeError, match="Can not merge type"):
        batch_env.from_elements([(1,), ("a",)])
    with pytest.raises(ValueError, match="can not infer schema"):
        batch_env.from_elements([])


def test_rows_dicts_and_scalars(batch_env):
    named = [Row(name="a", n=1), Row(name="b", n=2)]
    assert rows(batch_env.from_elements(named).execute()) == [("a", 1), ("b", 2)]
    assert rows(batch_env.from_elements([{"x": 1, "y": 2}]).execute()) == [(1, 2)]
    assert rows(batch_env.from_elements([1, 2], DataTypes.INT()).execute()) == [(1,), (2,)]
    assert rows(batch_env.from_collection([(1, "Sunny")], "id, name").execute()) == [(1, "Sunny")]


@pytest.mark.parametrize(
    "data_type,value",
    [
        (DataTypes.TINYINT(), 128),
        (DataTypes.INT(), 2**31),
        (DataTypes.BIGINT(), 2**63),
        (DataTypes.INT(), "x"),
        (DataTypes.STRING(), 1),
        (DataTypes.BOOLEAN(), "x"),
        (DataTypes.DATE(), "2020-01-01"),
        (DataTypes.DECIMAL(3, 1), D("123.4")),
    ],
)
def test_values_that_do_not_fit(batch_env, data_type, value):
    with pytest.raises((TypeError, ValueError, OverflowError)):
        batch_env.from_elements([(value,)], DataTypes.ROW([DataTypes.FIELD("v", data_type)]))


def test_wrong_row_length(batch_env):
    with pytest.raises(ValueError, match="does not match"):
        batch_env.from_elements([(1, 2), (3,)], ["a", "b"])


def test_many_rows(any_env):
    given = [(i, "text number %d" % i) for i in range(100000)]
    table = any_env.from_elements(given, ["i", "t"])
    any_env.get_config().set("parallelism.default", "1")
    assert rows(table.execute()) == given


def test_arrow_out_and_in(batch_env):
    pyarrow = pytest.importorskip("pyarrow")
    table = batch_env.from_elements([(1, "a long enough text here"), (2, None)], ["x", "y"])
    arrow = pyarrow.RecordBatchReader.from_stream(table.execute()).read_all()
    assert arrow.to_pydict() == {"x": [1, 2], "y": ["a long enough text here", None]}
    assert rows(batch_env.from_arrow(arrow).execute()) == [
        (1, "a long enough text here"),
        (2, None),
    ]
