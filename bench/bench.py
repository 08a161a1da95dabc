"""Runs the cases of CASES in alternating pairs (A B A B ...) and prints medians and ratios.

A run is a whole process tree: this program makes itself the reaper of orphans, so that the CPU
time of a JVM that outlives its Python is counted too.  Figures are medians over the pairs; a ratio
is the median of the ratios of the pairs.
"""

import argparse
import ctypes
import json
import os
import platform
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
DATA = os.path.join(HERE, "data")
PROGRAMS = os.path.join(HERE, "programs")
RASK = os.path.join(ROOT, ".venv", "bin", "python")
OTHERS = os.path.join(ROOT, ".bench", "bin", "python")
FLINK = os.path.join(ROOT, ".flink-oracle", "bin", "python")
PACKAGES = ["duckdb==2.0.0", "polars==2.1.0", "tpchgen-cli"]
PR_SET_CHILD_SUBREAPER = 36
INTERPRETERS = {"rask": RASK, "flink": FLINK, "duckdb": OTHERS, "polars": OTHERS, "python": RASK}

# case: (sides, what is measured, target)
CASES = {
    "word_count": (
        ("rask", "flink"),
        "whole process, words of the shipped text",
        "wall ratio flink/rask >= 50",
    ),
    "word_count_duckdb": (
        ("rask", "duckdb"),
        "whole process, words of the shipped text",
        "rask less wall time than duckdb",
    ),
    "import": (
        ("rask", "python"),
        "import pyflink.table beside bare Python",
        "at most 60 ms more wall time",
    ),
    "select_call": (
        ("rask", "flink"),
        "CPU of one table.select(...) call",
        "CPU ratio flink/rask >= 20",
    ),
    "csv_group_batch": (
        ("rask", "duckdb"),
        "CSV grouped by key, batch",
        "CPU ratio rask/duckdb <= 3",
    ),
    "csv_group_streaming": (
        ("rask", "flink"),
        "CSV grouped by key, changelog into blackhole",
        "CPU ratio flink/rask >= 8",
    ),
    "parquet_bids": (
        ("rask", "polars"),
        "CPU seconds per million rows, all columns of a Nexmark bid Parquet",
        "rask at most 0.15",
    ),
    "parquet_bids_duckdb": (
        ("rask", "duckdb"),
        "CPU seconds per million rows, all columns of a Nexmark bid Parquet",
        "rask at most 0.15",
    ),
}
# Cases whose programs print their CPU time themselves.
PRINTS_CPU = ("select_call", "parquet_bids", "parquet_bids_duckdb")
BID_ROWS = 9_200_000

TPCH_TARGET = "CPU, geometric mean of rask/duckdb <= 2, no query over 6"
for mode in ("memory", "parquet", "csv"):
    CASES["tpch_" + mode] = (
        ("rask", "duckdb"),
        "TPC-H's 22 queries, warm, from " + mode,
        TPCH_TARGET,
    )


def prepare(sides):
    """Interpreters the sides need, made on first use."""
    if any(INTERPRETERS[side] == OTHERS for side in sides) and not os.path.exists(OTHERS):
        subprocess.run([sys.executable, "-m", "venv", os.path.join(ROOT, ".bench")], check=True)
        subprocess.run([OTHERS, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    if "flink" in sides and not os.path.exists(FLINK):
        record = os.path.join(ROOT, "tools", "record.py")
        subprocess.run([sys.executable, record, "--setup"], check=True)


def big_csv(rows):
    """A CSV of `rows` rows (key, value); 60 million rows are about 1 GB."""
    path = os.path.join(DATA, "keys-%d.csv" % rows)
    if not os.path.exists(path):
        os.makedirs(DATA, exist_ok=True)
        prepare(["duckdb"])
        subprocess.run([OTHERS, os.path.join(PROGRAMS, "make_csv.py"), path, str(rows)], check=True)
    return path


def bids(rows):
    """A Parquet file of Nexmark bids; 9.2 million are about 950 MB."""
    path = os.path.join(DATA, "bids-%d.parquet" % rows)
    if not os.path.exists(path):
        os.makedirs(DATA, exist_ok=True)
        prepare(["duckdb"])
        maker = os.path.join(PROGRAMS, "make_bids.py")
        subprocess.run([OTHERS, maker, path, str(rows)], check=True)
    return path


def tpch_data(scale):
    """A folder with TPC-H's tables at a scale factor, as CSV and as Parquet."""
    folder = os.path.join(DATA, "tpch-%g" % scale)
    if not os.path.exists(os.path.join(folder, "complete")):
        prepare(["duckdb"])
        maker = os.path.join(os.path.dirname(OTHERS), "tpchgen-cli")
        for kind in ("parquet", "csv"):
            command = [maker, kind, "-s", "%g" % scale, "--output-dir=" + folder]
            subprocess.run(command, check=True)
        for name in os.listdir(folder):  # Flink's csv format knows no header
            if name.endswith(".csv"):
                subprocess.run(["sed", "-i", "1d", os.path.join(folder, name)], check=True)
        with open(os.path.join(folder, "complete"), "w", encoding="utf-8"):
            pass
    return folder


def measure_tpch(case, pairs, scale):
    """Queries are compared one by one, so a pair is two processes that run all of them."""
    sides, what, target = CASES[case]
    prepare(sides)
    arguments = [case.split("_")[1], tpch_data(scale)]
    figures = {side: [] for side in sides}
    rows = {}
    for _ in range(pairs):
        for side in sides:
            program = "tpch.py" if side == "rask" else side + "_tpch.py"
            command = [INTERPRETERS[side], os.path.join(PROGRAMS, program), *arguments]
            answer = json.loads(run_once(command, dict(os.environ))[2])
            figures[side].append(answer["cpu"])
            rows[side] = answer["rows"]
    print("\n%s: %s, scale factor %g (target: %s; %d pairs)" % (case, what, scale, target, pairs))
    ratios = {}
    for query in figures["rask"][0]:
        cpu = {side: [run[query] for run in figures[side]] for side in sides}
        ratios[query] = statistics.median(
            a / b for a, b in zip(cpu["rask"], cpu["duckdb"], strict=True)
        )
        same = "" if rows["rask"][query] == rows["duckdb"][query] else "   ROWS DIFFER"
        medians = [statistics.median(cpu[side]) for side in sides]
        print(
            "  %s   rask %.3f s   duckdb %.3f s   ratio %.2f%s"
            % (query, *medians, ratios[query], same)
        )
    mean = statistics.geometric_mean(ratios.values())
    print("  geometric mean %.2f   highest %.2f" % (mean, max(ratios.values())))
    return {
        "case": case,
        "what": what,
        "target": target,
        "pairs": pairs,
        "scale": scale,
        "ratios": ratios,
        "geometric_mean": mean,
        "figures": figures,
    }


def run_once(command, environment):
    """(wall s, CPU s of the whole tree, last line printed)."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT) as process:
        output = process.stdout.read()
        pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
    cpu = usage.ru_utime + usage.ru_stime
    while True:  # orphans: the JVM a PyFlink program leaves behind
        try:
            pid, status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            break
        cpu += usage.ru_utime + usage.ru_stime
    if process.returncode != 0:
        raise SystemExit("failed: %s" % " ".join(command))
    lines = output.decode(errors="replace").strip().splitlines()
    return wall, cpu, lines[-1] if lines else ""


def command_of(case, side, data, rows):
    program = {
        "word_count": "word_count.py",
        "word_count_duckdb": "word_count.py",
        "import": "import_package.py",
        "select_call": "select_call.py",
        "csv_group_batch": "csv_group.py",
        "csv_group_streaming": "csv_group.py",
        "parquet_bids": "parquet_bids.py",
        "parquet_bids_duckdb": "parquet_bids.py",
    }[case]
    if side in ("duckdb", "polars", "python"):
        program = "%s_%s" % (side, program)
    arguments = {"csv_group_batch": ["batch", data], "csv_group_streaming": ["streaming", data]}
    if case.startswith("parquet"):
        arguments[case] = [data, str(rows)]
    return [INTERPRETERS[side], os.path.join(PROGRAMS, program), *arguments.get(case, [])]


def measure(case, pairs, rows):
    sides, what, target = CASES[case]
    prepare(sides)
    data = None
    if case.startswith("csv"):
        data = big_csv(rows)
    elif case.startswith("parquet"):
        rows = min(rows, BID_ROWS)
        data = bids(rows)
    figures = {side: {"wall": [], "cpu": []} for side in sides}
    answers = {}
    for pair in range(pairs + 1):  # the first warms the page cache
        for side in sides:
            environment = dict(
                os.environ,
                RASK_PROGRAM_OPTIONS="parallelism.default=2" if case == "csv_group_batch" else "",
            )
            wall, cpu, answer = run_once(command_of(case, side, data, rows), environment)
            answers[side] = answer
            if case in PRINTS_CPU:
                cpu = float(answer)
            if pair > 0:
                figures[side]["wall"].append(wall)
                figures[side]["cpu"].append(cpu)
    print("\n%s: %s (target: %s; %d pairs)" % (case, what, target, pairs))
    for side in sides:
        print(
            "  %-8s wall %.4f s   cpu %.6f s   %s"
            % (
                side,
                statistics.median(figures[side]["wall"]),
                statistics.median(figures[side]["cpu"]),
                "" if case in PRINTS_CPU else answers[side][:60],
            )
        )
    ratios = {}
    for figure in ("wall", "cpu"):
        quotients = [
            b / a for a, b in zip(figures[sides[0]][figure], figures[sides[1]][figure], strict=True)
        ]
        ratios[figure] = statistics.median(quotients)
    print(
        "  ratio %s/%s: wall %.2f   cpu %.2f" % (sides[1], sides[0], ratios["wall"], ratios["cpu"])
    )
    return {
        "case": case,
        "what": what,
        "target": target,
        "pairs": pairs,
        "ratios": ratios,
        "figures": figures,
        "rows": rows if data else None,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help="default: all")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=60_000_000, help="rows of the CSV cases")
    parser.add_argument("--scale", type=float, default=1, help="scale factor of the TPC-H cases")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    results = [
        measure_tpch(case, options.pairs, options.scale)
        if case.startswith("tpch_")
        else measure(case, options.pairs, options.rows)
        for case in options.cases or CASES
    ]
    record = {
        "machine": "%s, %d processors" % (platform.machine(), os.cpu_count()),
        "command": "./dev bench " + " ".join(sys.argv[1:]),
        "results": results,
    }
    path = os.path.join(HERE, "last-run.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1)
    print("\nwritten to %s" % os.path.relpath(path, ROOT))


if __name__ == "__main__":
    main()
