"""Reading a client's orders: `cvclib.sources` beside pandas, on the same file in one run.

The file has 1,000,000 rows with day-first dates and decimal commas; one date in a hundred cannot be read. Both
sides read it, cast it and keep what could not be cast with its row number; cvclib also checks keys, signs and
times, and writes the prepared tables to disk. Each side is a process of its own; time and peak memory are those of
the whole process, medians of three runs.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _beside import measure, our_python, report

N_ROWS = 1_000_000
RUNS = 3
CLIENT_FILE = """
client: Benchmark
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  orders:
    file: orders.csv
    columns: {order_id: Order, customer_id: Customer, ordered_at: Date, revenue: Amount}
"""
OURS = """
import os, sys, tempfile
from cvclib.params import load_client_file
from cvclib.sources import prepare
with tempfile.TemporaryDirectory() as cache:  # a new one, so that nothing comes prepared
    os.environ["CVC_CACHE_DIR"] = cache
    prepare(load_client_file(sys.argv[1] + "/client.yaml"))
"""
PANDAS = """
import sys
import pandas as pd
frame = pd.read_csv(sys.argv[1] + "/orders.csv", sep=";", dtype=str)
frame["ordered_at"] = pd.to_datetime(frame["Date"], format="%d-%m-%Y", errors="coerce")
frame["revenue"] = pd.to_numeric(frame["Amount"].str.replace(",", "."), errors="coerce")
rejected = frame[frame["ordered_at"].isna() | frame["revenue"].isna()]
print(len(rejected))
"""


def write_orders(path: Path) -> None:
    """Orders as an ERP writes them, one date in a hundred unreadable."""
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, N_ROWS), unit="D")
    dates = days.strftime("%d-%m-%Y").to_numpy(dtype=object)
    dates[::100] = "unknown"
    amounts = pd.Series(rng.gamma(2, 40, N_ROWS).round(2)).map("{:.2f}".format).str.replace(".", ",")
    orders = pd.DataFrame({"Order": np.arange(N_ROWS), "Customer": rng.integers(0, 200_000, N_ROWS), "Date": dates, "Amount": amounts})
    orders.to_csv(path, sep=";", index=False)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_orders(Path(folder) / "orders.csv")
        (Path(folder) / "client.yaml").write_text(CLIENT_FILE, encoding="utf-8")
        ours = measure([our_python(), "-c", OURS, folder], RUNS)
        theirs = measure([our_python(), "-c", PANDAS, folder], RUNS)
    report(f"reading {N_ROWS:,} rows (medians of {RUNS})", ours, theirs, "pandas")


if __name__ == "__main__":
    main()
