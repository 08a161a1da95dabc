"""Word count of the shipped text in batch mode: the same program for Rask and PyFlink 2.3."""

import os

from pyflink.table import (
    DataTypes,
    EnvironmentSettings,
    Schema,
    TableDescriptor,
    TableEnvironment,
)
from pyflink.table.expressions import col, lit
from pyflink.table.udf import udtf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@udtf(result_types=[DataTypes.STRING()])
def split(line):
    yield from line.split()


t_env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
t_env.get_config().set("parallelism.default", "1")
t_env.create_temporary_table(
    "source",
    TableDescriptor.for_connector("filesystem")
    .schema(Schema.new_builder().column("line", DataTypes.STRING()).build())
    .option("path", os.path.join(ROOT, "examples", "words.txt"))
    .format("raw")
    .build(),
)
table = (
    t_env.from_path("source")
    .flat_map(split(col("line")))
    .alias("word")
    .group_by(col("word"))
    .select(col("word"), lit(1).count.alias("n"))
)
with table.execute().collect() as rows:
    print(sum(row[1] for row in rows))
