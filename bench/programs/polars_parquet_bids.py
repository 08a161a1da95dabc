"""polars_parquet_bids.py PATH ROWS: what parquet_bids.py does, in Polars on two threads."""

import os
import resource
import sys

os.environ["POLARS_MAX_THREADS"] = "2"
import polars  # noqa: E402


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


path, rows = sys.argv[1], int(sys.argv[2])
times = []
for _ in range(3):
    before = cpu()
    frame = polars.read_parquet(path)
    times.append(cpu() - before)
    assert frame.height == rows
    del frame
print(min(times) / rows * 1e6)
