"""The recorded cases: how they are run, and when an answer is the same."""

import csv
import datetime
import decimal
import itertools
import json
import math
import re
import struct
from collections import Counter
from pathlib import Path

from pyflink.table import EnvironmentSettings, TableEnvironment

HERE = Path(__file__).resolve().parent
NULL_TEXT = "<null>"  # of the files that hold the tables
# Types that Flink's Python does not collect in every case: recorded as text then.
PRINTED = {"DATE", "TIME", "TIMESTAMP", "LOCALZONEDTIMESTAMP", "FLOAT", "DOUBLE", "ARRAY", "MAP"}
PRINTED |= {"YEARMONTHINTERVAL", "DAYTIMEINTERVAL"}


def load(name):
    with open(HERE / name, encoding="utf-8") as file:
        return json.load(file)


def gaps():
    """{case id: reason}."""
    with open(HERE / "gaps.tsv", encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {line[0]: line[1] for line in lines if line and not line[0].startswith("#")}


# --- values ----------------------------------------------------------------------------------


def encode(value):
    """A collected value as the files write it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return {"f": repr(value)}
    if isinstance(value, decimal.Decimal):
        return {"d": str(value)}
    if isinstance(value, (bytes, bytearray)):
        return {"b": bytes(value).hex()}
    if isinstance(value, datetime.datetime):
        return {"ts": value.replace(tzinfo=None).isoformat()}
    if isinstance(value, datetime.date):
        return {"date": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"time": value.isoformat()}
    if isinstance(value, dict):
        return {"m": [[encode(k), encode(v)] for k, v in value.items()]}
    if type(value).__name__ == "Row":
        return {"r": [encode(v) for v in value]}
    return {"l": [encode(v) for v in value]}


def canonical(value, type_name=""):
    """Equal for equal values: numbers by value, a FLOAT by its 32 bits, maps without order."""
    if isinstance(value, list):
        return tuple(canonical(v, type_name) for v in value)
    if not isinstance(value, dict):
        return (type(value).__name__, value)
    ((tag, content),) = value.items()
    if tag == "f":
        return ("f", _float(content, type_name))
    if tag == "d":
        return ("d", decimal.Decimal(content))
    if tag == "m":
        return ("m", frozenset(Counter(canonical(pair) for pair in content).items()))
    return (tag, canonical(content))


def _float(text, type_name):
    number = float(text)
    if type_name == "FLOAT" and math.isfinite(number):
        number = struct.unpack("f", struct.pack("f", number))[0]
    return "NaN" if math.isnan(number) else (number, math.copysign(1, number))


def type_name(data_type):
    return type(data_type).__name__.removesuffix("Type").upper()


# --- functions.json --------------------------------------------------------------------------


class Functions:
    """Environments with the views, one a time zone."""

    def __init__(self):
        self.recorded = load("functions.json")
        self._environments = {}

    def environment(self, zone):
        if zone not in self._environments:
            env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
            if zone is not None:
                env.get_config().set("table.local-time-zone", zone)
            for name, query in self.recorded["views"].items():
                env.execute_sql("CREATE TEMPORARY VIEW %s AS %s" % (name, query))
            self._environments[zone] = env
        return self._environments[zone]

    def answer(self, case):
        """(type, value or list of values by row)"""
        env = self.environment(case.get("tz"))
        name, rows = self._run(env, case, case["sql"])
        wanted = case["expected"].get("t")
        if wanted == "VARCHAR" and name in PRINTED:
            name, rows = self._run(env, case, "CAST(%s AS STRING)" % case["sql"])
        values = [encode(row[-1]) for row in rows]
        return name, values if "from" in case else values[0]

    def _run(self, env, case, expression):
        view, _, over = case.get("from", "").partition("/")
        if not view:
            query = "SELECT %s AS e0" % expression
        elif over == "agg":
            query = "SELECT %s AS e0 FROM %s" % (expression, view)
        elif over == "group":
            query = "SELECT k, %s AS e0 FROM %s GROUP BY k" % (expression, view)
        else:
            query = "SELECT id, %s AS e0 FROM %s" % (expression, view)
        result = env.sql_query(query).execute()
        rows = [tuple(row) for row in result.collect()]
        if view and over != "agg":
            rows.sort(key=lambda row: (row[0] is not None, row[0]))
        return type_name(result.get_table_schema().get_field_data_types()[-1]), rows


def check_function(functions, case):
    expected = case["expected"]
    if "err" in expected:
        check_refusal(expected, lambda: functions.answer(case))
        return
    name, value = functions.answer(case)
    assert (name, canonical(value, name)) == (expected["t"], canonical(expected["v"], name)), value


# --- queries.json ----------------------------------------------------------------------------


class Queries:
    """The tables as csv files in a folder of their own."""

    def __init__(self, folder):
        self.recorded = load("queries.json")
        self._folder = folder
        self._numbers = itertools.count()
        for name, table in self.recorded["tables"].items():
            with open(folder / (name + ".csv"), "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
                writer.writerows(
                    [NULL_TEXT if value is None else value for value in row]
                    for row in table["rows"]
                )

    def environment(self, case):
        settings = EnvironmentSettings.new_instance()
        streaming = case["mode"] == "streaming"
        settings = settings.in_streaming_mode() if streaming else settings.in_batch_mode()
        env = TableEnvironment.create(settings.build())
        env.get_config().set("parallelism.default", "1")
        for key, value in case.get("config", {}).items():
            env.get_config().set(key, value)
        for name, table in self.recorded["tables"].items():
            env.execute_sql(
                "CREATE TABLE %s (%s) WITH ('connector' = 'filesystem', 'path' = '%s/%s.csv', "
                "'format' = 'csv', 'csv.null-literal' = '%s')"
                % (name, table["ddl"], self._folder, name, NULL_TEXT)
            )
        for name, query in self.recorded["views"].items():
            if re.search(r"\b%s\b" % name, case["sql"] + " ".join(case.get("setup", ()))):
                env.execute_sql("CREATE TEMPORARY VIEW %s AS %s" % (name, query))
        return env

    def answer(self, case):
        """(column names, types, [(kind, values)])"""
        env = self.environment(case)
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        for name, content in case.get("files", {}).items():
            (folder / name).write_text(content, encoding="utf-8")
        for statement in case.get("setup", ()):
            result = env.execute_sql(statement.replace("${DIR}", str(folder)))
            if result.get_job_client() is not None:
                result.wait()
        result = env.execute_sql(case["sql"].replace("${DIR}", str(folder)))
        rows = [(str(row.get_row_kind()), [encode(v) for v in row]) for row in result.collect()]
        schema = result.get_table_schema()
        types = [type_name(data_type) for data_type in schema.get_field_data_types()]
        return list(schema.get_field_names()), types, rows


def check_query(queries, case):
    expected = case["expected"]
    if "err" in expected:
        check_refusal(expected, lambda: queries.answer(case))
        return
    names, types, rows = queries.answer(case)
    how = expected["how"]
    assert names == expected["cols"]
    assert types == expected["types"]
    ours = [_canonical_row(kind, row, types) for kind, row in rows]
    flinks = [_canonical_row(kind, row, types) for kind, row in expected["rows"]]
    assert comparable(ours, how) == comparable(flinks, how), rows


def _canonical_row(kind, row, types):
    return kind, tuple(canonical(value, name) for value, name in zip(row, types, strict=True))


def comparable(rows, how):
    """What of a changelog has to agree."""
    if how in ("exact", "ordered"):
        return rows
    if how == "bag":
        return Counter(rows)
    assert how == "final", how
    table = Counter()
    for kind, row in rows:
        table[row] += 1 if kind in ("+I", "+U") else -1
    return {row: count for row, count in table.items() if count}


# --- refusals --------------------------------------------------------------------------------


def check_refusal(expected, run):
    """It fails, and our message has Flink's words: those behind the exceptions' class names."""
    try:
        answer = run()
    except Exception as error:
        message = " ".join(str(error).split())
    else:
        raise AssertionError("Flink refuses; we answer %r" % (answer,))
    words = re.sub(r"^(\w+: )?(: )?(Caused by: )?([\w.$]+: )?", "", expected["msg"])
    words = re.sub(r"Supported form\(s\):.*|Was expecting.*", "", " ".join(words.split())).strip()
    assert words in message, message
