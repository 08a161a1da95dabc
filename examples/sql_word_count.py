"""Word count in SQL over a CSV file, printed as Flink's tableau.

flink run -py examples/sql_word_count.py --input words.csv --mode batch
"""

import argparse
import os

from pyflink.table import EnvironmentSettings, TableEnvironment

SHIPPED_CSV = os.path.join(os.path.dirname(os.path.abspath(__file__)), "words.csv")


def word_count(input_path, streaming):
    settings = (
        EnvironmentSettings.in_streaming_mode()
        if streaming
        else EnvironmentSettings.in_batch_mode()
    )
    t_env = TableEnvironment.create(settings)
    t_env.execute_sql(
        """
        CREATE TABLE words (
            word STRING,
            frequency INT
        ) WITH (
            'connector' = 'filesystem',
            'path' = '%s',
            'format' = 'csv'
        )"""
        % input_path.replace("'", "''")
    )
    t_env.sql_query("""
        SELECT word, COUNT(*) AS cnt, SUM(frequency) AS total
        FROM words
        GROUP BY word""").execute().print()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--input", default=SHIPPED_CSV, help="a CSV file: word,number")
    parser.add_argument("--mode", choices=["streaming", "batch"], default="streaming")
    args = parser.parse_args()
    word_count(args.input, args.mode == "streaming")
