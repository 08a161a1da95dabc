"""Word count in the style of PyFlink 2.3.

    flink run -py examples/word_count.py --input words.txt --output counts --mode batch

Without --output the counts are printed.  In streaming mode every change is written, so --output
there needs a format that can say "this row is gone": canal-json.  In batch mode it is csv.
"""

import argparse
import os

from pyflink.table import (
    DataTypes,
    EnvironmentSettings,
    FormatDescriptor,
    Schema,
    TableDescriptor,
    TableEnvironment,
)
from pyflink.table.expressions import col, lit
from pyflink.table.udf import udtf

SHIPPED_TEXT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "words.txt")


@udtf(result_types=[DataTypes.STRING()])
def split(line):
    yield from line.split()


def word_count(input_path, output_path, streaming, output_format):
    settings = (
        EnvironmentSettings.in_streaming_mode()
        if streaming
        else EnvironmentSettings.in_batch_mode()
    )
    t_env = TableEnvironment.create(settings)

    t_env.create_temporary_table(
        "source",
        TableDescriptor.for_connector("filesystem")
        .schema(Schema.new_builder().column("line", DataTypes.STRING()).build())
        .option("path", input_path)
        .format("raw")
        .build(),
    )

    sink_schema = (
        Schema.new_builder()
        .column("word", DataTypes.STRING())
        .column("count", DataTypes.BIGINT())
        .build()
    )
    if output_path is None:
        sink = TableDescriptor.for_connector("print").schema(sink_schema).build()
    else:
        sink = (
            TableDescriptor.for_connector("filesystem")
            .schema(sink_schema)
            .option("path", output_path)
            .format(FormatDescriptor.for_format(output_format).build())
            .build()
        )
    t_env.create_temporary_table("sink", sink)

    t_env.from_path("source").flat_map(split).alias("word").group_by(col("word")).select(
        col("word"), lit(1).count
    ).execute_insert("sink").wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", default=SHIPPED_TEXT, help="a text file or directory")
    parser.add_argument("--output", help="a directory; the counts are printed without it")
    parser.add_argument("--mode", choices=["streaming", "batch"], default="streaming")
    parser.add_argument("--format", help="format of --output: csv (batch), canal-json")
    args = parser.parse_args()
    is_streaming = args.mode == "streaming"
    word_count(
        args.input,
        args.output,
        is_streaming,
        args.format or ("canal-json" if is_streaming else "csv"),
    )
