"""CPU seconds of one table.select(...) call, the median of several rounds."""

import glob
import os
import statistics
import time

from pyflink.table import EnvironmentSettings, TableEnvironment
from pyflink.table.expressions import col

ROUNDS, CALLS = 5, 200


def cpu_of_tree():
    """This process and its children: PyFlink's JVM is one."""
    total = time.process_time()
    for path in glob.glob("/proc/self/task/*/children"):
        with open(path) as children:
            total += sum(cpu_of(pid) for pid in children.read().split())
    return total


def cpu_of(pid):
    with open("/proc/%s/stat" % pid) as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
table = t_env.from_elements([(1, "a")], ["id", "name"])
a, b = col("id"), col("name")
figures = []
for _ in range(ROUNDS + 1):
    started = cpu_of_tree()
    for _ in range(CALLS):
        table.select(a, b)
    figures.append((cpu_of_tree() - started) / CALLS)
print("%.9f" % statistics.median(figures[1:]))
