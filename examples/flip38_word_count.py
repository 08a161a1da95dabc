"""Word count as FLIP-38, the proposal for Python in Flink's Table API, prints it (PyFlink 1.9).

flink run -py examples/flip38_word_count.py --output /tmp/result
"""

import argparse
import os
import tempfile

from pyflink.dataset import ExecutionEnvironment
from pyflink.table import BatchTableEnvironment, DataTypes, TableConfig
from pyflink.table.descriptors import FileSystem, OldCsv, Schema

CONTENT = (
    "line Licensed to the Apache Software Foundation ASF under one or more "
    "line contributor license agreements See the NOTICE file distributed with "
    "line this work for additional information regarding copyright ownership"
)


def word_count(words, result_path):
    env = ExecutionEnvironment.get_execution_environment()
    t_env = BatchTableEnvironment.create(env, TableConfig())

    t_env.connect(FileSystem().path(result_path)).with_format(
        OldCsv()
        .field_delimiter(",")
        .field("word", DataTypes.STRING())
        .field("count", DataTypes.BIGINT())
    ).with_schema(
        Schema().field("word", DataTypes.STRING()).field("count", DataTypes.BIGINT())
    ).register_table_sink("Results")

    elements = [(word, 1) for word in words]
    t_env.from_elements(elements, ["word", "count"]).group_by("word").select(
        "word, count(1) as count"
    ).insert_into("Results")

    t_env.execute("word_count")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", help="a text file; without it a text of our own")
    parser.add_argument("--output", help="where the counts go; must not exist yet")
    args = parser.parse_args()
    text = CONTENT
    if args.input is not None:
        with open(args.input, encoding="utf-8") as file:
            text = file.read()
    output = args.output or os.path.join(tempfile.mkdtemp(), "result")
    word_count(text.split(), output)
    print("Results directory: %s" % output)
