"""duckdb_tpch.py MODE FOLDER: what tpch.py measures, in DuckDB on two threads."""

import json
import os
import re
import sys
import time

import duckdb
from tpch_tables import TABLES

ROUNDS = 3
QUERIES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tpch")


def main(mode, folder):
    connection = duckdb.connect(config={"threads": 2})
    for name, columns in TABLES.items():
        source = "'%s'" % os.path.join(folder, name + ".parquet")
        if mode == "csv":
            pairs = [column.split(" ", 1) for column in re.split(r", (?=[a-z])", columns)]
            types = ", ".join("'%s': '%s'" % (column, kind) for column, kind in pairs)
            path = os.path.join(folder, name + ".csv")
            source = f"read_csv('{path}', header = false, columns = {{{types}}})"
        made = "TABLE" if mode == "memory" else "VIEW"
        connection.execute(f"CREATE {made} {name} AS SELECT * FROM {source}")
    cpu, rows = {}, {}
    for number in range(1, 23):
        name = "q%02d" % number
        with open(os.path.join(QUERIES, name + ".sql"), encoding="utf-8") as file:
            text = file.read()
        for _ in range(ROUNDS):
            started = time.process_time()
            rows[name] = len(connection.execute(text).fetchall())
            cpu[name] = min(cpu.get(name, float("inf")), time.process_time() - started)
    print(json.dumps({"cpu": cpu, "rows": rows}))


main(*sys.argv[1:])
