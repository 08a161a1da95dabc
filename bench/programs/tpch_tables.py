"""The columns of TPC-H's tables, for tpch.py and duckdb_tpch.py."""

MONEY = "DECIMAL(15, 2)"
TABLES = {
    "region": "r_regionkey BIGINT, r_name STRING, r_comment STRING",
    "nation": "n_nationkey BIGINT, n_name STRING, n_regionkey BIGINT, n_comment STRING",
    "supplier": "s_suppkey BIGINT, s_name STRING, s_address STRING, s_nationkey BIGINT, "
    f"s_phone STRING, s_acctbal {MONEY}, s_comment STRING",
    "customer": "c_custkey BIGINT, c_name STRING, c_address STRING, c_nationkey BIGINT, "
    f"c_phone STRING, c_acctbal {MONEY}, c_mktsegment STRING, c_comment STRING",
    "part": "p_partkey BIGINT, p_name STRING, p_mfgr STRING, p_brand STRING, p_type STRING, "
    f"p_size INT, p_container STRING, p_retailprice {MONEY}, p_comment STRING",
    "partsupp": "ps_partkey BIGINT, ps_suppkey BIGINT, ps_availqty INT, "
    f"ps_supplycost {MONEY}, ps_comment STRING",
    "orders": "o_orderkey BIGINT, o_custkey BIGINT, o_orderstatus STRING, "
    f"o_totalprice {MONEY}, o_orderdate DATE, o_orderpriority STRING, o_clerk STRING, "
    "o_shippriority INT, o_comment STRING",
    "lineitem": "l_orderkey BIGINT, l_partkey BIGINT, l_suppkey BIGINT, l_linenumber INT, "
    f"l_quantity {MONEY}, l_extendedprice {MONEY}, l_discount {MONEY}, l_tax {MONEY}, "
    "l_returnflag STRING, l_linestatus STRING, l_shipdate DATE, l_commitdate DATE, "
    "l_receiptdate DATE, l_shipinstruct STRING, l_shipmode STRING, l_comment STRING",
}
