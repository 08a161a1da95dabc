"""An append-only streaming program in the style of PyFlink 1.9: scan, where, select, insert.

    flink run -py examples/append_only.py orders.csv big_orders.csv

With --count it groups instead, which an append-only sink refuses, as in 1.9.
"""

import argparse

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import DataTypes, StreamTableEnvironment
from pyflink.table.descriptors import FileSystem, OldCsv, Schema


def register(t_env, path, fields):
    csv, schema = OldCsv().field_delimiter(","), Schema()
    for name, data_type in fields:
        csv.field(name, data_type)
        schema.field(name, data_type)
    return (
        t_env.connect(FileSystem().path(path)).with_format(csv).with_schema(schema).in_append_mode()
    )


def run(input_path, output_path, count):
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    t_env = StreamTableEnvironment.create(env)
    register(
        t_env, input_path, [("item", DataTypes.STRING()), ("amount", DataTypes.BIGINT())]
    ).register_table_source("Orders")
    register(
        t_env, output_path, [("item", DataTypes.STRING()), ("amount", DataTypes.BIGINT())]
    ).register_table_sink("Results")
    orders = t_env.scan("Orders")
    if count:
        orders.group_by("item").select("item, amount.sum").insert_into("Results")
    else:
        orders.where("amount > 10").select("item, amount * 2 as amount").insert_into("Results")
    t_env.execute("append_only")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--count", action="store_true")
    args = parser.parse_args()
    run(args.input, args.output, args.count)
