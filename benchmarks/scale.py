"""A large client: what each step costs in seconds and memory, beside the same step of a client a tenth of its size.

The client is `cvc demo` with ``--scale``, whose ERP also holds small webshop orders that left no trace in the CRM, so that there is an
order to every two touches. Its tables are prepared, and each step is run in a process of its own by the papermill engine of a batch.

    python benchmarks/scale.py                            1 million touches, 500 thousand orders
    python benchmarks/scale.py --touches 10000000         10 million touches, 5 million orders
    python benchmarks/scale.py --folder DIR               keeps what is made there, and takes it up again
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from _beside import measure, our_python

from cvclib.demo import write_demo
from cvclib.demo.population import N_DAYS

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
TOUCHES_A_CUSTOMER = 15.6
SEED = 1
ORDERS_AT_A_TIME = 1_000_000
LIMIT_SECONDS = 4 * 3600
PREPARE = "import sys\nfrom cvclib.client import Client\nClient.open(sys.argv[1]).connection.disconnect()"
STEP = """
import sys
from cvclib.render.running import run_notebook
from pathlib import Path
run_notebook(Path(sys.argv[1]), Path(sys.argv[2]), client_file=sys.argv[3], parameters={}, engine_name="cvclib", cell_timeout_seconds=7200)
"""


def large_client(folder: Path, touches: int, orders: int) -> Path:
    """Client file of a made client with so many touches and orders, about; made where it is not there yet."""
    file = folder / f"{folder.name}.yaml"
    if not file.is_file():
        write_demo(folder, seed=SEED, n_customers=max(200, round(touches / TOUCHES_A_CUSTOMER)))
        with duckdb.connect() as con:
            (here,) = con.sql(f"SELECT count(*) FROM read_csv('{folder}/erp_orders.csv', all_varchar = true)").fetchone()
        names = _webshop_orders(folder, orders - here) if orders > here else []
        if names:
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("file: erp_orders.csv", f"file: [{', '.join(['erp_orders.csv', *names])}]"), encoding="utf-8")
    return file


def _webshop_orders(folder: Path, number: int) -> list[str]:
    """Write small orders of the accounts, each account at a rate of its own, in the form of the ERP's export."""
    rng = np.random.default_rng(SEED)
    names = []
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE account AS SELECT row_number() OVER () - 1 AS i, \"Account No\" AS id FROM read_csv('{folder}/erp_accounts.csv')"
        )
        (n_accounts,) = con.sql("SELECT count(*) FROM account").fetchone()
        until = np.cumsum(rng.gamma(0.8, 1.0, n_accounts))
        for at in range(0, number, ORDERS_AT_A_TIME):
            n = min(ORDERS_AT_A_TIME, number - at)
            revenue = 40 * rng.gamma(3, 1 / 3, n)
            minutes = np.sort(rng.uniform(0, (N_DAYS - 21) * 1440, n)).astype(int)
            made = pa.table(
                {
                    "i": np.searchsorted(until, rng.random(n) * until[-1]),
                    "number": np.arange(at, at + n),
                    "revenue": revenue,
                    "minutes": minutes,
                    "days": rng.integers(1, 6, n),
                    "late": rng.random(n) < 0.2,
                }
            )
            con.register("made", made)
            names.append(f"erp_webshop_{at // ORDERS_AT_A_TIME + 1}.csv")
            day, hour = (
                "strftime(ordered + INTERVAL (days) DAY + INTERVAL ({}) HOUR, '%d/%m/%Y %H:%M')",
                "strftime(ordered, '%d/%m/%Y %H:%M')",
            )
            con.execute(
                "COPY (SELECT printf('WS-%08d', number) AS \"Order No\", id AS \"Account No\", " + hour + " AS \"Order date\", "
                "round(revenue, 2) AS \"Net amount\", round(revenue * 0.6, 2) AS \"Cost of goods\", 0.0 AS \"Discount\", 'webshop' AS \"Channel\", "
                + day.format("12") + " AS \"Promised\", " + day.format("2") + " AS \"Shipped\", "
                + day.format("CASE WHEN late THEN 30 ELSE 8 END") + " AS \"Delivered\", NULL AS \"Returned\", NULL AS \"Cancelled\" "
                "FROM (SELECT *, TIMESTAMP '2024-01-01' + INTERVAL (minutes) MINUTE AS ordered FROM made JOIN account USING (i)) ORDER BY number) "
                f"TO '{folder / names[-1]}' (HEADER)"
            )  # fmt: skip
    return names


def measured(file: Path, folder: Path, steps: str) -> list[tuple[str, float, float]]:
    """What was done, seconds and peak memory in MB: the preparing of the tables, then each step."""
    os.environ["CVC_CACHE_DIR"] = str(folder / "cache")
    prepared = measure([our_python(), "-c", PREPARE, file], limit_seconds=LIMIT_SECONDS)
    rows = [("tables prepared", prepared.seconds, prepared.peak_mb)]
    print(f"  {rows[-1][0]}: {prepared.seconds:.0f} s, {prepared.peak_mb:,.0f} MB", flush=True)
    for notebook in sorted(NOTEBOOKS.glob("[1-7]_*.ipynb")):
        if notebook.name[0] in steps:
            run = measure([our_python(), "-c", STEP, notebook, folder / notebook.name, file], limit_seconds=LIMIT_SECONDS)
            rows.append((notebook.stem, run.seconds, run.peak_mb))
            print(f"  {notebook.stem}: {run.seconds:.0f} s, {run.peak_mb:,.0f} MB", flush=True)
    return rows


def main() -> None:
    """Make the client and a tenth of it, and measure both."""
    parser = argparse.ArgumentParser(description="A large client, step by step.")
    parser.add_argument("--touches", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, help="half the touches unless told otherwise")
    parser.add_argument("--steps", default="1234567", help="numbers of the steps to run")
    parser.add_argument("--alone", action="store_true", help="without the client of a tenth of the size")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    orders = given.orders or given.touches // 2
    with tempfile.TemporaryDirectory(prefix="cvc-bench-") as name:
        folder = given.folder or Path(name)
        for part in (1,) if given.alone else (10, 1):
            place = folder / f"large-{given.touches // part}"
            file = large_client(place, given.touches // part, orders // part)
            print(f"{given.touches // part:,} touches, {orders // part:,} orders", flush=True)
            measured(file, folder, given.steps)


if __name__ == "__main__":
    main()
