"""Word count of the shipped text in DuckDB."""

import os

import duckdb

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
rows = duckdb.sql(
    """
    SELECT w, count(*) FROM (
        SELECT unnest(regexp_split_to_array(trim(content), '\\s+')) AS w
        FROM read_text('%s')) GROUP BY w"""
    % os.path.join(ROOT, "examples", "words.txt")
)
rows = rows.fetchall()
print(sum(n for _, n in rows))
