"""Word count as FLIP-38, the proposal for Python in Flink's Table API, prints it (PyFlink 1.9).

    flink run -py examples/flip38_word_count.py --output /tmp/result

With --input the words of a text, of any size, come from a table source.  1.9 has no function that
splits a line, so they are first written one a line.
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


def connect(t_env, path, delimiter, fields):
    csv, schema = OldCsv().field_delimiter(delimiter), Schema()
    for name, data_type in fields:
        csv.field(name, data_type)
        schema.field(name, data_type)
    return t_env.connect(FileSystem().path(path)).with_format(csv).with_schema(schema)


def words_of(text):
    """The words of an open text, which need not fit into memory."""
    begun = ""
    while piece := text.read(1 << 20):
        words = (begun + piece).split()
        begun = words.pop() if words and not piece[-1].isspace() else ""
        yield from words
    if begun:
        yield begun


def write_words(text_path, directory):
    path = os.path.join(directory, "words")
    with open(text_path, encoding="utf-8") as text, open(path, "w", encoding="utf-8") as file:
        file.writelines(word + "\n" for word in words_of(text))
    return path


def word_count(input_path, result_path):
    env = ExecutionEnvironment.get_execution_environment()
    t_env = BatchTableEnvironment.create(env, TableConfig())

    fields = [("word", DataTypes.STRING()), ("count", DataTypes.BIGINT())]
    connect(t_env, result_path, ",", fields).register_table_sink("Results")

    with tempfile.TemporaryDirectory() as directory:
        if input_path is None:
            elements = [(word, 1) for word in CONTENT.split()]
            words = t_env.from_elements(elements, ["word", "count"])
        else:
            path = write_words(input_path, directory)
            connect(t_env, path, "\t", fields[:1]).register_table_source("Words")
            words = t_env.scan("Words")
        words.group_by("word").select("word, count(1) as count").insert_into("Results")
        t_env.execute("word_count")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", help="a text file; without it a text of our own")
    parser.add_argument("--output", help="where the counts go; must not exist yet")
    args = parser.parse_args()
    output = args.output or os.path.join(tempfile.mkdtemp(), "result")
    word_count(args.input, output)
    print("Results directory: %s" % output)
