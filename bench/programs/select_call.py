"""CPU seconds of one table.select(...) call, the median of several rounds."""

import statistics
import time

from pyflink.table import EnvironmentSettings, TableEnvironment
from pyflink.table.expressions import col

ROUNDS, CALLS = 5, 200


def cpu_of_tree():
    """This process and, where there is one, its JVM."""
    total = time.process_time()
    try:
        from pyflink.java_gateway import get_gateway
    except ImportError:
        return total
    bean = get_gateway().jvm.java.lang.management.ManagementFactory.getOperatingSystemMXBean()
    return total + bean.getProcessCpuTime() / 1e9


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
