"""duckdb_csv_group.py batch PATH: the query of csv_group.py on two threads."""

import sys

import duckdb

connection = duckdb.connect(config={"threads": 2})
print(
    connection.sql(
        """
    SELECT count(*), sum(n), sum(s) FROM (
        SELECT k, count(*) AS n, sum(v) AS s
        FROM read_csv('%s', header = false, columns = {'k': 'VARCHAR', 'v': 'INTEGER'})
        GROUP BY k)"""
        % sys.argv[2]
    ).fetchall()[0]
)
