"""Reading a client's orders: `cvclib.sources` beside pandas, on the same file in one run.

The file has 1,000,000 rows with day-first dates and decimal commas; one date in a hundred cannot be read. Both
sides read it, cast it and keep what could not be cast with its row number; cvclib also checks keys, signs and
times, and writes the prepared tables to disk. Prints seconds and the ratio, medians of three runs.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from cvclib.params import load_client_file
from cvclib.sources import prepare

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


def write_orders(path: Path) -> None:
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, N_ROWS), unit="D")
    dates = days.strftime("%d-%m-%Y").to_numpy(dtype=object)
    dates[::100] = "unknown"
    amounts = pd.Series(rng.gamma(2, 40, N_ROWS).round(2)).map("{:.2f}".format).str.replace(".", ",")
    orders = pd.DataFrame({"Order": np.arange(N_ROWS), "Customer": rng.integers(0, 200_000, N_ROWS), "Date": dates, "Amount": amounts})
    orders.to_csv(path, sep=";", index=False)


def with_pandas(folder: Path) -> int:
    frame = pd.read_csv(folder / "orders.csv", sep=";", dtype=str)
    frame["ordered_at"] = pd.to_datetime(frame["Date"], format="%d-%m-%Y", errors="coerce")
    frame["revenue"] = pd.to_numeric(frame["Amount"].str.replace(",", "."), errors="coerce")
    return int(frame["ordered_at"].isna().sum())


def with_cvclib(folder: Path, run: int) -> None:
    client_file = folder / f"client-{run}.yaml"  # another file, so that nothing comes from the cache
    client_file.write_text(CLIENT_FILE, encoding="utf-8")
    with (folder / "orders.csv").open("a", encoding="utf-8") as file:
        file.write(f"extra-{run};1;01-01-2025;1,00\n")
    prepare(load_client_file(client_file))


def seconds(work, *args) -> float:
    start = time.perf_counter()
    work(*args)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_orders(folder / "orders.csv")
        pairs = [(seconds(with_cvclib, folder, run), seconds(with_pandas, folder)) for run in range(RUNS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{N_ROWS:,} rows: cvclib {ours:.2f} s, pandas {theirs:.2f} s, ratio {ratio:.2f} (medians of {RUNS})")


if __name__ == "__main__":
    main()
