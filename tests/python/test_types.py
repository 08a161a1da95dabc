"""DataTypes: their texts, their equality, and types given as SQL text."""

import copy
import pickle

import pytest
from helpers import rows
from pyflink.table import DataTypes, Schema
from pyflink.table.expressions import col
from pyflink.table.udf import udf, udtf
from pyflink.util.exceptions import ValidationException

D = DataTypes
ROW = D.ROW([D.FIELD("a", D.INT()), D.FIELD("b c", D.STRING(False), "a comment")])

# (type, str, repr), as PyFlink 2.3 shows them.
SHOWN = [
    (D.STRING(), "VARCHAR", "VarCharType(2147483647, true)"),
    (D.BIGINT(False), "BIGINT", "BigIntType(false)"),
    (D.DECIMAL(10, 2), "DECIMAL", "DecimalType(10, 2, true)"),
    (D.TIME(), "TIME", "TimeType(0, true)"),
    (D.TIMESTAMP_LTZ(), "LOCALZONEDTIMESTAMP", "LocalZonedTimestampType(6, true)"),
    (D.ARRAY(D.INT()), "ARRAY", "ArrayType(IntType(true), true)"),
    (D.MULTISET(D.INT()), "MULTISET", "MultisetType(IntType(true), true)"),
    (D.ROW([D.FIELD("a", D.INT())]), "ROW", "RowType(RowField(a, IntType(true), ...))"),
    (D.INTERVAL(D.DAY()), "DAYTIMEINTERVAL", "DayTimeIntervalType(true)"),
    (D.NULL(), "NULL", "NullType(true)"),
]


@pytest.mark.parametrize("data_type,text,representation", SHOWN, ids=lambda v: str(v)[:20])
def test_texts(data_type, text, representation):
    assert str(data_type) == text
    assert repr(data_type) == representation
    assert pickle.loads(pickle.dumps(data_type)) == data_type == copy.deepcopy(data_type)
    assert data_type.bridged_to("a.Class") is data_type


# SQL text and what it stands for; the engine's own texts of these types are read back as well.
TEXTS = [
    ("boolean", D.BOOLEAN()),
    ("INTEGER NOT NULL", D.INT(False)),
    ("DOUBLE PRECISION", D.DOUBLE()),
    ("DECIMAL", D.DECIMAL(10, 0)),
    ("NUMERIC(5)", D.DECIMAL(5, 0)),
    ("DECIMAL(10, 2)", D.DECIMAL(10, 2)),
    ("CHAR", D.CHAR(1)),
    ("VARCHAR(3)", D.VARCHAR(3)),
    ("BYTES", D.BYTES()),
    ("TIME(3)", D.TIME(3)),
    ("TIMESTAMP", D.TIMESTAMP(6)),
    ("TIMESTAMP(3) WITH LOCAL TIME ZONE", D.TIMESTAMP_LTZ(3)),
    ("TIMESTAMP_LTZ(9) NOT NULL", D.TIMESTAMP_LTZ(9, False)),
    ("ARRAY<INT NOT NULL> NOT NULL", D.ARRAY(D.INT(False), False)),
    ("INT ARRAY", D.ARRAY(D.INT())),
    ("MAP<STRING, ARRAY<DECIMAL(4, 1)>>", D.MAP(D.STRING(), D.ARRAY(D.DECIMAL(4, 1)))),
    ("MULTISET<DATE>", D.MULTISET(D.DATE())),
    ("ROW<a INT, `b c` STRING NOT NULL 'a comment'>", ROW),
    ("ROW(x DOUBLE)", D.ROW([D.FIELD("x", D.DOUBLE())])),
]


@pytest.mark.parametrize("text,data_type", TEXTS)
def test_types_given_as_text(batch_env, text, data_type):
    table = batch_env.from_elements([(1,)], ["x"])
    function = udf(lambda x: None, result_type=text)
    [found] = table.select(function(col("x"))).get_schema().get_field_data_types()
    assert found._sql() == data_type._sql()


@pytest.mark.parametrize(
    "text", ["NOSUCH", "INT INT", "ARRAY<INT", "ROW<a>", "DECIMAL(x)", "`a", ""]
)
def test_texts_that_are_no_type(batch_env, text):
    table = batch_env.from_elements([(1,)], ["x"])
    with pytest.raises(ValueError, match="is no type"):
        table.select(udf(lambda x: None, result_type=text)(col("x")))
    with pytest.raises(ValidationException):
        table.select(col("x").cast(text))


def test_nested_results_of_functions(any_env):
    table = any_env.from_elements([(1,), (2,)], ["x"])
    pair = udf(lambda x: (x, [x, None]), result_type="ROW<n BIGINT, l ARRAY<BIGINT>>")
    [(first,), (second,)] = rows(table.select(pair(col("x"))).execute())
    assert (first.n, first.l, second["n"]) == (1, [1, None], 2)
    several = udtf(lambda x: [(x, {"k": x})], result_types=["BIGINT", "MAP<STRING, BIGINT>"])
    assert rows(table.flat_map(several(col("x"))).execute()) == [(1, {"k": 1}), (2, {"k": 2})]


def test_a_schema_shows_text_unresolved():
    schema = (
        Schema.new_builder()
        .column("a", "INT NOT NULL")
        .column_by_expression("b", "a + 1")
        .column_by_metadata("m", DataTypes.STRING(), "k", True)
        .primary_key("a")
        .build()
    )
    assert str(schema).splitlines()[1:-1] == [
        "  `a` [INT NOT NULL],",
        "  `b` AS [a + 1],",
        "  `m` STRING METADATA FROM 'k' VIRTUAL,",
        "  CONSTRAINT `PK_a` PRIMARY KEY (`a`) NOT ENFORCED",
    ]
