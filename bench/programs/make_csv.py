"""make_csv.py PATH ROWS: key (of 100,000, skewed a little), value; about 17 bytes a row."""

import sys

import duckdb

path, rows = sys.argv[1], int(sys.argv[2])
duckdb.sql(
    "COPY (SELECT 'key' || ((i * 2654435761) %% 1000003 %% 100000)::VARCHAR AS k, "
    "(i %% 1000)::INT AS v FROM range(%d) r(i)) TO '%s' (HEADER false)" % (rows, path)
)
