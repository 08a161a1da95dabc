"""Writes a Parquet file of Nexmark bids: make_bids.py PATH ROWS [CODEC].

The columns, ranges and lengths are those of Nexmark's generator: hot auctions and bidders, four hot
channels among ten thousand, an URL of random path parts, and random letters that fill a bid up to
about 100 bytes.  The same rows every time.
"""

import sys

import duckdb

QUERY = """
SELECT (1000 + CASE WHEN hash(i * 3 + 1) % 2 = 0 THEN i // 1533 * 100
                    ELSE i // 15 + hash(i * 5) % 100 END)::BIGINT AS auction,
       (1000 + CASE WHEN hash(i * 7 + 2) % 4 > 0 THEN i // 4600 * 100
                    ELSE hash(i * 11) % (1000 + i // 46) END)::BIGINT AS bidder,
       pow(10, (hash(i * 13) % 600) / 100.0 + 2)::BIGINT AS price,
       CASE hash(i * 17) % 8 WHEN 0 THEN 'Google' WHEN 1 THEN 'Facebook' WHEN 2 THEN 'Baidu'
                             WHEN 3 THEN 'Apple'
                             ELSE 'channel-' || (hash(i * 19) % 10000) END AS channel,
       'https://www.nexmark.com/' || substr(md5((i * 23)::VARCHAR), 1, 5) || '/'
           || substr(md5((i * 23)::VARCHAR), 6, 5) || '/' || substr(md5((i * 23)::VARCHAR), 11, 5)
           || '/item.htm?query=1&channel_id=' || (hash(i * 19) % 10000) AS url,
       (TIMESTAMP '2024-01-01 00:00:00' + to_milliseconds(i // 10))::TIMESTAMP_MS AS "dateTime",
       substr(md5((i * 29)::VARCHAR) || md5((i * 31)::VARCHAR) || md5((i * 37)::VARCHAR), 1,
              (54 + hash(i * 41) % 28)::INTEGER) AS extra
FROM range({rows}) t(i)
"""


def main():
    path, rows = sys.argv[1], int(sys.argv[2])
    codec = sys.argv[3] if len(sys.argv) > 3 else "snappy"
    connection = duckdb.connect()
    connection.sql("SET preserve_insertion_order = true")
    query = QUERY.format(rows=rows)
    connection.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION '{codec}')")


if __name__ == "__main__":
    main()
