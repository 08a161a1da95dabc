"""parquet_bids.py PATH ROWS: reads all columns of a Parquet file of bids; prints CPU seconds per
million rows of the best of three reads."""

import resource
import sys

from pyflink.table import EnvironmentSettings, TableEnvironment

COLUMNS = (
    "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, "
    "`dateTime` TIMESTAMP(3), extra STRING"
)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


path, rows = sys.argv[1], int(sys.argv[2])
t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
t_env.get_config().set("parallelism.default", "2")
t_env.execute_sql(
    "CREATE TABLE bids (%s) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'parquet', "
    "'parquet.utc-timezone' = 'true')" % (COLUMNS, path)
)
t_env.execute_sql("CREATE TABLE sink (%s) WITH ('connector' = 'blackhole')" % COLUMNS)
times = []
for _ in range(3):
    before = cpu()
    t_env.execute_sql("INSERT INTO sink SELECT * FROM bids").wait()
    times.append(cpu() - before)
print(min(times) / rows * 1e6)
