"""Lifetime value: BG/NBD with Gamma-Gamma on CDNOW and on 1 million customers, and the purchase histories of 10 million orders.

Beside lifetimes (maximum likelihood, as here) and pymc-marketing (maximum a posteriori with its default priors, which moves the
parameters a little by design). Each side reads the same parquet file, fits both models, and forecasts purchases and their value over
39 weeks for every customer. Whole processes: start of Python, imports and reading included. A side that takes over ten minutes is
stopped.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from _beside import Measured, measure, our_python, peer_python, report

N_CUSTOMERS, N_ORDERS = 1_000_000, 10_000_000
WEEKS = 104  # that the made customers are followed at most
CDNOW = Path(__file__).resolve().parents[1] / "tests" / "reference" / "cdnow_summary.csv"

OURS = """
import json, sys
import pandas as pd
from cvclib.methods import bg_nbd, gamma_gamma
frame = pd.read_parquet(sys.argv[1])
alike = frame.groupby(["frequency", "recency", "age"]).size().rename("n").reset_index()
buying = bg_nbd.fit(alike["frequency"], alike["recency"], alike["age"], alike["n"])
again = frame[frame["frequency"] > 0]
spending = gamma_gamma.fit(again["frequency"], again["value"])
alike["expected"] = bg_nbd.expected_purchases(buying.values, 39, alike["frequency"], alike["recency"], alike["age"])
each = frame.merge(alike, on=["frequency", "recency", "age"], how="left")["expected"].to_numpy()
worth = each * gamma_gamma.expected_value(spending.values, frame["frequency"], frame["value"])
print(json.dumps([*buying.values, *spending.values, each.sum(), worth.sum()]))
"""
LIFETIMES = """
import json, sys
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter
frame = pd.read_parquet(sys.argv[1])
buying = BetaGeoFitter().fit(frame["frequency"], frame["recency"], frame["age"])
again = frame[frame["frequency"] > 0]
spending = GammaGammaFitter().fit(again["frequency"], again["value"])
each = buying.conditional_expected_number_of_purchases_up_to_time(39, frame["frequency"], frame["recency"], frame["age"])
worth = each * spending.conditional_expected_average_profit(frame["frequency"], frame["value"])
found = [*buying.params_[["r", "alpha", "a", "b"]], *spending.params_[["p", "q", "v"]], each.sum(), worth.sum()]
print(json.dumps([float(x) for x in found]))
"""
PYMC = """
import json, sys
import pandas as pd
from pymc_marketing import clv
frame = pd.read_parquet(sys.argv[1]).rename(columns={"age": "T", "value": "monetary_value"}).reset_index(names="customer_id")
def point(model, names):
    return [float(model.fit_result[name].mean()) for name in names]
buying = clv.BetaGeoModel(data=frame)
buying.fit(method="map", progressbar=False)
again = frame[frame["frequency"] > 0]
spending = clv.GammaGammaModel(data=again)
spending.fit(method="map", progressbar=False)
each = buying.expected_purchases(data=frame, future_t=39).mean(("chain", "draw")).to_numpy()
worth = each * spending.expected_customer_spend(data=frame).mean(("chain", "draw")).to_numpy()
found = [*point(buying, ["r", "alpha", "a", "b"]), *point(spending, ["p", "q", "v"]), each.sum(), worth.sum()]
print(json.dumps([float(x) for x in found]))
"""
HISTORIES = """
import sys
from datetime import date
import ibis
from ibis import _
from cvclib.steps.purchase_history import summary_of
connection = ibis.duckdb.connect()
connection.raw_sql("SET enable_progress_bar = false")
orders = connection.read_parquet(sys.argv[1])
days = orders.group_by(customer="customer", day=_.at.cast("date")).agg(value=_.revenue.sum())
found = summary_of(days, date(2025, 12, 31)).to_pandas()
print(len(found), int(found["frequency"].sum()), round(float((found["frequency"] * found["mean_repeat_value"]).sum()), -1))
"""
THEIR_HISTORIES = """
import sys
import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data
orders = pd.read_parquet(sys.argv[1])
found = summary_data_from_transaction_data(orders, "customer", "at", "revenue", observation_period_end="2025-12-31", freq="D", freq_multiplier=7)
print(len(found), int(found["frequency"].sum()), round(float((found["frequency"] * found["monetary_value"]).sum()), -1))
"""
NAMES = ("r", "alpha", "a", "b", "p", "q", "gamma", "purchases in 39 weeks", "their value")


def cdnow(folder: Path) -> Path:
    """The published summary of CDNOW, in the columns that both sides read."""
    file = folder / "cdnow.parquet"
    frame = pd.read_csv(CDNOW).set_axis(["customer_id", "frequency", "recency", "age", "value"], axis=1)
    frame[["frequency", "recency", "age", "value"]].to_parquet(file)
    return file


def customers(folder: Path) -> Path:
    """A million customers who buy as BG/NBD and Gamma-Gamma say, to the day."""
    rng = np.random.default_rng(20261122)
    age = np.ceil(rng.uniform(26, WEEKS, N_CUSTOMERS) * 7) / 7
    rate, leaving = rng.gamma(0.6, 1 / 12, N_CUSTOMERS), rng.beta(0.8, 2.4, N_CUSTOMERS)
    at, frequency, recency, alive = np.zeros(N_CUSTOMERS), np.zeros(N_CUSTOMERS), np.zeros(N_CUSTOMERS), np.ones(N_CUSTOMERS, dtype=bool)
    while alive.any():
        at = at + rng.exponential(size=N_CUSTOMERS) / rate
        alive &= at <= age
        frequency, recency = frequency + alive, np.where(alive, at, recency)
        alive &= rng.random(N_CUSTOMERS) >= leaving
    recency = np.minimum(np.ceil(recency * 7) / 7, age)
    mean = rng.gamma(6.0 * np.maximum(frequency, 1)) / np.maximum(frequency, 1) / rng.gamma(3.5, 1 / 15, N_CUSTOMERS)
    file = folder / "customers.parquet"
    frame = pd.DataFrame({"frequency": frequency, "recency": recency, "age": age, "value": np.where(frequency > 0, mean, 0.0)})
    frame.to_parquet(file)
    return file


def orders(folder: Path) -> Path:
    """Ten million orders of a million customers over two years."""
    file = folder / "orders.parquet"
    duckdb.sql(
        f"""COPY (SELECT (hash(i) % 1000000)::BIGINT AS customer, TIMESTAMP '2024-01-01' + to_seconds((hash(i, 1) % (731 * 86400))::BIGINT) AS at,
        (hash(i, 2) % 20000) / 100.0 AS revenue FROM range({N_ORDERS}) t(i)) TO '{file}' (FORMAT parquet)"""
    )
    return file


def beside(title: str, ours: Measured, peer: str, code: str, file: Path) -> None:
    """Measure a peer on the same file, print the ratio and what both found."""
    try:
        theirs = measure([peer_python(peer), "-c", code, file])
    except RuntimeError as error:
        report(title, ours, None, peer, str(error)[-300:])
        return
    report(title, ours, theirs, peer)
    if theirs.finished:
        found, said = (side.output.splitlines()[-1] for side in (ours, theirs))
        if found.startswith("["):
            pairs = zip(NAMES, json.loads(found), json.loads(said), strict=True)
            print("  " + "; ".join(f"{name} {own:.4g} and {other:.4g}" for name, own, other in pairs))
        else:
            print(f"  customers, repeats, value of repeats: {found} and {said}")


def main() -> int:
    """Measure all, and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        for title, file in (("CDNOW", cdnow(Path(folder))), (f"{N_CUSTOMERS:,} customers", customers(Path(folder)))):
            ours = measure([our_python(), "-c", OURS, file])
            beside(f"BG/NBD with Gamma-Gamma, {title}", ours, "lifetimes", LIFETIMES, file)
            beside(f"BG/NBD with Gamma-Gamma, {title}", ours, "pymc-marketing", PYMC, file)
        file = orders(Path(folder))
        beside(f"histories of {N_ORDERS:,} orders", measure([our_python(), "-c", HISTORIES, file]), "lifetimes", THEIR_HISTORIES, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
