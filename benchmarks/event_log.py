"""An event log of 1 and of 10 million events: cvclib beside pm4py and retentioneering, each reading the same parquet file.

Two pieces of work: the directly-follows graph (cvclib: counts, share of cases, median and 90th percentile of the
time per edge; pm4py: its counts and its performance graph; retentioneering: counts, cases, median and 95th percentile) and the variants
with their frequency (retentioneering lists none). Whole processes: start of Python, imports and reading
included. A side that takes over ten minutes is stopped.
"""

import sys
import tempfile
from pathlib import Path

import duckdb
from _beside import measure, our_python, peer_python, report

CASE_LENGTH = 10  # events on average
ACTIVITIES = 25
SIZES = (1_000_000, 10_000_000)
LIMIT_SECONDS = 600

OURS = {
    "graph": """
import sys, ibis
from cvclib.methods import event_log as el
connection = ibis.duckdb.connect()
connection.raw_sql("SET enable_progress_bar = false")
log = el.event_log(connection.read_parquet(sys.argv[1])).cache()
pairs = el.directly_follows(log)
print(len(pairs), pairs["n"].sum())
""",
    "variants": """
import sys, ibis
from cvclib.methods import event_log as el
connection = ibis.duckdb.connect()
connection.raw_sql("SET enable_progress_bar = false")
found = el.variants(el.event_log(connection.read_parquet(sys.argv[1])))
print(found.n_variants, found.n_cases)
""",
}
PM4PY = {
    "graph": """
import sys, pandas as pd, pm4py
frame = pm4py.format_dataframe(pd.read_parquet(sys.argv[1]), case_id="case", activity_key="activity", timestamp_key="at")
counts, starts, ends = pm4py.discover_dfg(frame)
times, starts, ends = pm4py.discover_performance_dfg(frame, perf_aggregation_key="all")
print(len(counts), sum(counts.values()))
""",
    "variants": """
import sys, pandas as pd, pm4py
frame = pm4py.format_dataframe(pd.read_parquet(sys.argv[1]), case_id="case", activity_key="activity", timestamp_key="at")
found = pm4py.get_variants(frame)
print(len(found), frame["case:concept:name"].nunique())
""",
}
RETENTIONEERING = {
    "graph": """
import os, sys
os.environ["RETENTIONEERING_NO_TRACK"] = "1"  # it reports its use over the network otherwise
import pandas as pd
from retentioneering.eventstream import Eventstream
frame = pd.read_parquet(sys.argv[1])
stream = Eventstream(frame, schema={"path_cols": ["case"], "event_col": "activity", "timestamp_col": "at"})
found = [stream.transition_graph_data(edge_weight=weight) for weight in ("count", "unique_paths", "time_median", "time_q95")]
inner = found[0].drop(index=["path_start", "path_end"], columns=["path_start", "path_end"], errors="ignore")
print(int((inner > 0).sum().sum()), int(inner.sum().sum()))
""",
}


def write_log(path: Path, n_events: int) -> None:
    """Cases of 1 to 19 events; activities drift onward and loop back, a few of them far more frequent than others."""
    n_cases = n_events // CASE_LENGTH
    duckdb.sql("SELECT setseed(0.5)")
    duckdb.sql(f"""
        COPY (
            WITH cases AS (SELECT i, 1 + (hash(i) % {2 * CASE_LENGTH - 1})::INT AS n, TIMESTAMP '2024-01-01' + to_seconds((hash(i + 7) % 31536000)::INT)
                           AS begun FROM range({n_cases}) t(i)),
                 events AS (SELECT i, begun, unnest(range(n)) AS k FROM cases)
            SELECT 'case ' || i AS "case",
                   'activity ' || ((k * 1.2 + pow((hash(i, k) % 1000) / 1000.0, 3) * {ACTIVITIES / 2})::INT % {ACTIVITIES}) AS activity,
                   begun + to_seconds(k * 40000 + (hash(k, i) % 39000)::INT) AS "at"
            FROM events ORDER BY hash(i, k, 3)
        ) TO '{path}' (FORMAT parquet)""")


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    peers, reasons = {}, {}
    for name in ("pm4py", "retentioneering"):
        try:
            peers[name] = peer_python(name)
        except RuntimeError as error:
            reasons[name] = str(error)
    with tempfile.TemporaryDirectory() as folder:
        for n_events in sizes:
            log = Path(folder) / f"log-{n_events}.parquet"
            write_log(log, n_events)
            for work, code in OURS.items():
                ours = measure([our_python(), "-c", code, log])
                for name, theirs in (("pm4py", PM4PY), ("retentioneering", RETENTIONEERING)):
                    title = f"{n_events:,} events, {work}"
                    if work not in theirs:
                        continue
                    if name not in peers:
                        report(title, ours, None, name, reasons[name])
                        continue
                    try:
                        there = measure([peers[name], "-c", theirs[work], log], limit_seconds=LIMIT_SECONDS)
                    except RuntimeError as error:
                        report(title, ours, None, name, f"it stopped: {str(error)[-200:]}")
                        continue
                    report(title, ours, there, name)
                    print(f"  found: cvclib {ours.output}; {name} {there.output.splitlines()[-1] if there.output else 'nothing'}")


if __name__ == "__main__":
    main()
