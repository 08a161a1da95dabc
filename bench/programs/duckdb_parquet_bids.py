"""duckdb_parquet_bids.py PATH ROWS: what parquet_bids.py does, in DuckDB on two threads.

DuckDB has no sink that drops rows, so each column is looked at by a cheap aggregate.
"""

import resource
import sys

import duckdb

QUERY = (
    "SELECT max(auction), max(bidder), max(price), max(strlen(channel)), max(strlen(url)), "
    "max(\"dateTime\"), max(strlen(extra)) FROM read_parquet('%s')"
)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


path, rows = sys.argv[1], int(sys.argv[2])
connection = duckdb.connect()
connection.sql("SET threads = 2")
times = []
for _ in range(3):
    before = cpu()
    connection.sql(QUERY % path).fetchall()
    times.append(cpu() - before)
print(min(times) / rows * 1e6)
