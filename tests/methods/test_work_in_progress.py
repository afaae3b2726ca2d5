from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods.work_in_progress import LittlesLaw, littles_law

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
ORDERS = SHARED / "reference" / "order_to_pay_log.csv"
HELPDESK = SHARED / "data" / "helpdesk_log" / "helpdesk.parquet"


def table(starts, ends) -> ibis.Table:
    return ibis.memtable(pd.DataFrame({"started_at": pd.to_datetime(starts), "ended_at": pd.to_datetime(ends)}))


def by_sweep(starts: pd.Series, ends: pd.Series) -> float:
    """Average over time of how many have started and not ended."""
    events = pd.concat([pd.Series(1, index=starts), pd.Series(-1, index=ends)]).sort_index()
    seconds = np.diff(events.index.to_numpy()) / np.timedelta64(1, "s")
    return float((events.cumsum().to_numpy()[:-1] * seconds).sum() / seconds.sum())


def test_the_wine_cellar_turns_over_in_as_long_as_published():
    """Truths 1.4, Little and Graves 2008: 160 bottles on average, 96 a year bought, so each stays 160 / 96 = 1.67 years."""
    law = LittlesLaw(160, 96 / 365, 365 * 160 / 96, 365, 96, 96, 96)

    assert law.mean_days / 365 == pytest.approx(1.67, abs=0.01)
    assert law.expected == pytest.approx(160)


@pytest.mark.skipif(not ORDERS.exists(), reason="needs the order-to-pay log beside the checkout")
def test_orders_in_progress_are_those_of_the_sweep():
    """Truths 1.4 on 1.2: window 268.09095 d, 4.722278 a day, 24.363570 d, product 115.051551."""
    frame = pd.read_csv(ORDERS)
    for column in ("start_time", "complete_time"):
        frame[column] = pd.to_datetime(frame[column], utc=True).dt.tz_localize(None)
    cases = frame.groupby("case_id").agg(s=("start_time", "min"), e=("complete_time", "max"))
    law = littles_law(table(cases["s"], cases["e"]))

    assert law.exact
    assert (law.window_days, law.arrivals_per_day, law.mean_days) == pytest.approx((268.09095, 4.722278, 24.363570), abs=1e-5)
    assert (law.in_progress, law.expected) == pytest.approx((115.051551, 115.051551), abs=1e-6)
    assert law.in_progress == pytest.approx(by_sweep(cases["s"], cases["e"]), abs=1e-6)


@pytest.mark.skipif(not HELPDESK.exists(), reason="needs the help desk log beside the checkout")
def test_tickets_in_progress_are_those_of_the_sweep():
    """Truths 1.4 on 1.3: 3.156020 × 40.858408 = 128.949955."""
    frame = pd.read_parquet(HELPDESK)
    at = frame["time:timestamp"].dt.tz_localize(None)
    cases = at.groupby(frame["case:concept:name"]).agg(["min", "max"])
    law = littles_law(table(cases["min"], cases["max"]))

    assert (law.arrivals_per_day, law.mean_days, law.in_progress) == pytest.approx((3.156020, 40.858408, 128.949955), abs=1e-6)


def test_a_window_that_cuts_cases_says_so():
    """By hand, window 10 to 20 January: in it lie 4 days of a (whole), 5 of b (began on the 1st) and 2 of c (still open).
    L = (4 + 5 + 2) / 10; arrivals are a and c: W = (4 + 2) / 2. The fourth starts after it."""
    cases = table(["2025-01-11", "2025-01-01", "2025-01-18", "2025-01-25"], ["2025-01-15", "2025-01-15", None, "2025-01-26"])
    law = littles_law(cases, pd.Timestamp("2025-01-10"), pd.Timestamp("2025-01-20"))

    assert (law.n_cases, law.n_arrivals, law.n_whole, law.exact) == (3, 2, 1, False)
    assert (law.in_progress, law.arrivals_per_day, law.mean_days) == pytest.approx((1.1, 0.2, 3))


def test_a_window_without_time_is_refused():
    with pytest.raises(ValueError, match="must hold some time"):
        littles_law(table(["2025-01-01"], ["2025-01-01"]))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 5_000)), min_size=1, max_size=30))
def test_over_a_window_that_holds_all_it_is_an_identity(spans):
    start = pd.Timestamp("2025-01-01")
    starts = [start + pd.Timedelta(minutes=a) for a, _ in spans]
    law = littles_law(table(starts, [s + pd.Timedelta(minutes=d) for s, (_, d) in zip(starts, spans, strict=True)]))

    assert law.exact
    assert law.in_progress == pytest.approx(law.expected)
