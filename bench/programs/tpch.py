"""tpch.py MODE FOLDER: the 22 queries of TPC-H, three times each, on two threads.

MODE is memory, parquet or csv.  Prints, as one line of JSON, each query's least CPU seconds and how
many rows it gave; loading is not measured.
"""

import json
import os
import sys
import time

from pyflink.table import EnvironmentSettings, TableEnvironment
from tpch_tables import TABLES

ROUNDS = 3
QUERIES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tpch")


def load(t_env, mode, folder):
    kind = "csv" if mode == "csv" else "parquet"
    for name, columns in TABLES.items():
        stored = name + "_file" if mode == "memory" else name
        path = os.path.join(folder, "%s.%s" % (name, kind))
        t_env.execute_sql(
            f"CREATE TEMPORARY TABLE {stored} ({columns}) WITH ('connector' = 'filesystem', "
            f"'path' = '{path}', 'format' = '{kind}')"
        )
        if mode == "memory":
            t_env.create_temporary_view(name, t_env.from_arrow(t_env.from_path(stored)))


def main(mode, folder):
    t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    t_env.get_config().set("parallelism.default", "2")
    load(t_env, mode, folder)
    cpu, rows = {}, {}
    for number in range(1, 23):
        name = "q%02d" % number
        with open(os.path.join(QUERIES, name + ".sql"), encoding="utf-8") as file:
            text = file.read()
        for _ in range(ROUNDS):
            started = time.process_time()
            rows[name] = len(list(t_env.sql_query(text).execute().collect()))
            cpu[name] = min(cpu.get(name, float("inf")), time.process_time() - started)
    print(json.dumps({"cpu": cpu, "rows": rows}))


main(*sys.argv[1:])
