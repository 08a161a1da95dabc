"""csv_group.py batch|streaming PATH: the same program for Rask and PyFlink 2.3."""

import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

mode, path = sys.argv[1:]
settings = (
    EnvironmentSettings.in_batch_mode()
    if mode == "batch"
    else EnvironmentSettings.in_streaming_mode()
)
t_env = TableEnvironment.create(settings)
if mode == "streaming":
    t_env.get_config().set("parallelism.default", "1")
t_env.execute_sql(
    "CREATE TABLE keys (k STRING, v INT) WITH ('connector' = 'filesystem', "
    "'path' = '%s', 'format' = 'csv')" % path
)
query = "SELECT k, COUNT(*) AS n, SUM(v) AS s FROM keys GROUP BY k"
if mode == "batch":
    with t_env.execute_sql(
        "SELECT COUNT(*), SUM(n), SUM(CAST(s AS BIGINT)) FROM (%s)" % query
    ).collect() as rows:
        print(tuple(next(rows)))
else:
    t_env.execute_sql(
        "CREATE TABLE sink (k STRING, n BIGINT, s INT) WITH ('connector' = 'blackhole')"
    )
    t_env.execute_sql("INSERT INTO sink " + query).wait()
    print("done")
