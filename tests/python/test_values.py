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
    (DataTypes.FLOAT(), [1.5, -0.25, 0.1, 3.4028235e38, float("inf")]),
    (DataTypes.DOUBLE(), [1e300, -0.1, float("inf")]),
    (DataTypes.DECIMAL(5, 2), [D("123.45"), D("-0.01")]),
    (DataTypes.DECIMAL(18, 6), [D("123456789012.123456")]),
    (DataTypes.DECIMAL(38, 10), [D("-1234567890123456789012345678.0123456789")]),
    (DataTypes.STRING(), ["", "x", "a longer text than twelve bytes", "żółć 中文 😀"]),
    (DataTypes.CHAR(3), ["abc", "żół"]),
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
    with pytest.raises(TypeError, match="field _1: Can not merge type"):
        batch_env.from_elements([(1,), ("a",)])
    with pytest.raises(ValueError, match="Some column types cannot be determined.*field y"):
        batch_env.from_elements([(1, None), (2, None)], ["x", "y"])
    with pytest.raises(ValueError, match="can not infer schema"):
        batch_env.from_elements([])


def test_rows_dicts_and_scalars(batch_env):
    named = [Row(name="a", n=1), Row(name="b", n=2)]
    assert rows(batch_env.from_elements(named).execute()) == [("a", 1), ("b", 2)]
    mixed = batch_env.from_elements([Row(b=1, a="x"), Row(a="y", b=2)])
    assert mixed.get_schema().get_field_names() == ["b", "a"]
    assert rows(mixed.execute()) == [(1, "x"), (2, "y")]
    schema = DataTypes.ROW(
        [DataTypes.FIELD("a", DataTypes.STRING()), DataTypes.FIELD("b", DataTypes.BIGINT())]
    )
    assert rows(batch_env.from_elements([Row(b=1, a="x")], schema).execute()) == [("x", 1)]
    assert rows(batch_env.from_elements([Row("x", 1)], schema).execute()) == [("x", 1)]
    assert rows(batch_env.from_elements([{"b": 1}], schema).execute()) == [(None, 1)]
    dicts = batch_env.from_elements([{"y": 2, "x": 1}], ["p", "q"])
    assert dicts.get_schema().get_field_names() == ["x", "y"]  # keys keep their names, sorted
    assert rows(dicts.execute()) == [(1, 2)]
    assert rows(batch_env.from_elements([1, 2], DataTypes.INT()).execute()) == [(1,), (2,)]
    assert rows(batch_env.from_collection([(1, "Sunny")], "id, name").execute()) == [(1, "Sunny")]


# Flink's own words, but for the two that it turns into NULL: BIGINT and DECIMAL out of range.
WRONG = [
    (DataTypes.TINYINT(), 128, "object of TinyIntType out of range, got: 128"),
    (DataTypes.SMALLINT(), -32769, "object of SmallIntType out of range, got: -32769"),
    (DataTypes.INT(), 2**31, "object of IntType out of range, got: 2147483648"),
    (DataTypes.BIGINT(), 2**63, "object of BigIntType out of range, got: 9223372036854775808"),
    (DataTypes.INT(), "x", "INT can not accept object 'x' in type <class 'str'>"),
    (DataTypes.INT(), True, "INT can not accept object True in type <class 'bool'>"),
    (DataTypes.INT(), 1.0, "INT can not accept object 1.0 in type <class 'float'>"),
    (DataTypes.DOUBLE(), 1, "DOUBLE can not accept object 1 in type <class 'int'>"),
    (DataTypes.STRING(), 1, "VARCHAR can not accept object 1 in type <class 'int'>"),
    (DataTypes.STRING(), "\ud800", "VARCHAR can not accept object '\\ud800' in type <class 'str'>"),
    (DataTypes.CHAR(3), "ab", "length of object (ab) of CharType is not: 3"),
    (DataTypes.VARCHAR(2), "abc", "length of object (abc) of VarCharType exceeds: 2"),
    (DataTypes.BOOLEAN(), 1, "BOOLEAN can not accept object 1 in type <class 'int'>"),
    (DataTypes.DATE(), "x", "DATE can not accept object 'x' in type <class 'str'>"),
    (DataTypes.TIME(), 1, "TIME can not accept object 1 in type <class 'int'>"),
    (DataTypes.TIMESTAMP(3), "x", "TIMESTAMP can not accept object 'x' in type <class 'str'>"),
    (DataTypes.DECIMAL(3, 1), D("123.4"), "Decimal('123.4') does not fit DECIMAL(3, 1)"),
    (DataTypes.DECIMAL(3, 1), D("NaN"), "Decimal('NaN') does not fit DECIMAL(3, 1)"),
    (DataTypes.DECIMAL(3, 1), 5, "DECIMAL can not accept object 5 in type <class 'int'>"),
    (DataTypes.INT(False), None, "This field is not nullable, but got None"),
    (DataTypes.NULL(), 1, "NULL can not accept object 1 in type <class 'int'>"),
]


@pytest.mark.parametrize("data_type,value,message", WRONG, ids=lambda v: str(v)[:30])
def test_values_that_do_not_fit(batch_env, data_type, value, message):
    """The message names row and field; None fits everywhere but in NOT NULL."""
    schema = DataTypes.ROW([DataTypes.FIELD("v", data_type)])
    fits = [] if value is None else [(None,)]
    with pytest.raises((TypeError, ValueError)) as failure:
        batch_env.from_elements([*fits, (value,)], schema)
    row = len(fits)
    assert str(failure.value) == "row %d (elements[%d]): field v: %s" % (row + 1, row, message)


def test_values_that_do_not_fit_inside(batch_env):
    inner = DataTypes.ROW([DataTypes.FIELD("x", DataTypes.ARRAY(DataTypes.INT()))])
    schema = DataTypes.ROW([DataTypes.FIELD("v", inner)])
    with pytest.raises(TypeError, match=r"row 2 .*: element in array field x in field v: INT can"):
        batch_env.from_elements([(([1],),), ((["a"],),)], schema)
    with pytest.raises(ValueError, match=r"row 1 .*: field v: Length of object \(2\) does not"):
        batch_env.from_elements([((1, 2),)], schema)


def test_without_verification_what_converts_is_taken(batch_env):
    schema = DataTypes.ROW(
        [DataTypes.FIELD("d", DataTypes.DOUBLE()), DataTypes.FIELD("n", DataTypes.DECIMAL(3, 1))]
    )
    table = batch_env.from_elements([(1, 5)], schema, verify_schema=False)
    assert rows(table.execute()) == [(1.0, D("5.0"))]
    with pytest.raises(TypeError, match="field d: DOUBLE can not accept object 'x'"):
        batch_env.from_elements([("x", 5)], schema, verify_schema=False)


def test_wrong_row_length(batch_env):
    with pytest.raises(
        ValueError, match=r"row 2 \(elements\[1\]\): Length of object \(1\) does not"
    ):
        batch_env.from_elements([(1, 2), (3,)], ["a", "b"])
    schema = DataTypes.ROW([DataTypes.FIELD(name, DataTypes.INT()) for name in "ab"])
    with pytest.raises(
        ValueError, match=r"row 2 \(elements\[1\]\): Length of object \(3\) does not"
    ):
        batch_env.from_elements([(1, 2), (3, 4, 5)], schema)


def test_lists_that_change_while_they_are_read(batch_env):
    """A value's own code may take its row apart; nothing may be read after it is gone."""
    row = []

    class Index:
        def __index__(self):
            row.clear()
            return 7

    row.extend([Index(), Index(), "a text of its own " * 3])
    types = {"a": DataTypes.INT(), "b": DataTypes.INT(), "c": DataTypes.STRING()}
    schema = DataTypes.ROW([DataTypes.FIELD(name, type_) for name, type_ in types.items()])
    with pytest.raises((IndexError, ValueError)):
        batch_env.from_elements([row], schema, verify_schema=False)


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
