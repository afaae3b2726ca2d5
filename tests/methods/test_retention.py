"""Cohort tables against pandas and DuckDB, contracts lost and revenue kept by hand."""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from cvclib.methods.retention import cohort_table, loss_rate, revenue_kept

ROOT = Path(__file__).resolve().parents[2]
CDNOW = ROOT / ".." / "shared" / "data" / "cdnow_sample" / "CDNOW_sample.txt"
EXPECTED = ROOT / "tests" / "reference" / "cdnow_cohorts_expected.csv"


def frame(*rows):
    made = pd.DataFrame(rows, columns=["who", "on"])
    return ibis.memtable(made.assign(on=pd.to_datetime(made["on"])))


def test_a_month_not_yet_seen_is_blank_and_a_month_without_purchase_is_nought():
    table = cohort_table(frame(("a", "2025-01-31"), ("b", "2025-02-01")), customer="who", at="on", until=pd.Timestamp("2025-04-01"))
    assert table.loc["2025-01"].tolist() == [1, 0, 0]
    assert table.loc["2025-02"].to_numpy() == pytest.approx([1, 0, np.nan], nan_ok=True)


def test_two_purchases_in_a_month_count_once():
    table = cohort_table(frame(("a", "2025-01-01"), ("a", "2025-01-02")), customer="who", at="on", until=pd.Timestamp("2025-02-01"))
    assert table.loc["2025-01", 0] == 1


def test_purchases_from_the_end_on_are_left_out():
    table = cohort_table(frame(("a", "2025-01-01"), ("a", "2025-02-01")), customer="who", at="on", until=pd.Timestamp("2025-02-01"))
    assert table.to_numpy().tolist() == [[1]]


def test_no_purchase_gives_no_table():
    assert cohort_table(frame(("a", "2025-05-01")), customer="who", at="on", until=pd.Timestamp("2025-02-01")).empty


@pytest.mark.skipif(not CDNOW.exists(), reason="the CDNOW sample is not here")
def test_cdnow_has_the_cohorts_that_pandas_and_duckdb_count():
    """2,357 customers of January to March 1997, 1997-01 to 1998-06; no tolerance."""
    raw = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=["id", "who", "on", "cds", "value"], dtype={"who": str, "on": str})
    purchases = ibis.memtable(raw.assign(on=pd.to_datetime(raw["on"]))[["who", "on"]])
    table = cohort_table(purchases, customer="who", at="on", until=pd.Timestamp("1998-07-01"))
    expected = pd.read_csv(EXPECTED, index_col="cohort").astype(float)
    assert table.to_numpy() == pytest.approx(expected.to_numpy(), nan_ok=True)
    assert table.index.tolist() == expected.index.tolist()


def test_spans_of_three_months_count_a_customer_once_and_wait_until_all_can_be_seen():
    """January and March are one quarter; b, who came in March, has been seen for three months after it only by the end of June."""
    rows = frame(("a", "2025-01-10"), ("a", "2025-02-10"), ("a", "2025-04-10"), ("b", "2025-03-10"), ("b", "2025-06-30"))
    quarters = {"customer": "who", "at": "on", "cohort_months": 3, "span_months": 3}
    assert cohort_table(rows, until=pd.Timestamp("2025-07-01"), **quarters).loc["2025-01"].tolist() == [2, 2]
    assert cohort_table(rows, until=pd.Timestamp("2025-06-01"), **quarters).loc["2025-01"].tolist() == [2]


@pytest.mark.skipif(not CDNOW.exists(), reason="the CDNOW sample is not here")
def test_cdnow_in_quarters_holds_the_customers_that_pandas_counts():
    """January 1997: those of the 781 with a purchase in the three months after the month of their first."""
    raw = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=["id", "who", "on", "cds", "value"], dtype={"who": str, "on": str})
    raw = raw.assign(on=pd.to_datetime(raw["on"]))
    month = raw["on"].dt.year * 12 + raw["on"].dt.month
    since = month - month.groupby(raw["who"]).transform("min")
    january = month.groupby(raw["who"]).transform("min") == 1997 * 12 + 1
    expected = [raw.loc[january & since.between(3 * k - 2, 3 * k), "who"].nunique() for k in range(1, 6)]
    table = cohort_table(ibis.memtable(raw[["who", "on"]]), customer="who", at="on", until=pd.Timestamp("1998-07-01"), span_months=3)
    assert table.loc["1997-01", 1:5].tolist() == expected


def test_the_loss_rate_is_losses_over_months_and_its_ends_solve_the_score_equation():
    """(20 - 1000 λ)² = z² 1000 λ at both ends."""
    rate = loss_rate(20, 1000)
    assert rate.value == 0.02
    for end in (rate.low, rate.high):
        assert (20 - 1000 * end) ** 2 == pytest.approx(1.959964**2 * 1000 * end, rel=1e-5)


def test_no_loss_leaves_an_upper_end_and_no_months_leave_nothing():
    assert loss_rate(0, 100)[:2] == (0, 0)
    assert loss_rate(0, 100).high == pytest.approx(1.959964**2 / 100, rel=1e-5)
    assert np.isnan(loss_rate(0, 0).value)


def test_growth_counts_in_net_and_not_in_gross_revenue_retention():
    """100 before: 40 stay as they are, 30 grow to 60, 30 leave: gross 70, net 100."""
    gross, net = revenue_kept([40, 30, 30], [40, 60, 0])
    assert (gross.value, net.value) == (0.7, 1.0)


def test_customers_counted_are_the_customers():
    assert revenue_kept([10, 10], [10, 0], [7, 3]) == tuple(pytest.approx(e) for e in revenue_kept([10] * 10, [10] * 7 + [0] * 3))


def test_nothing_before_has_no_retention():
    with pytest.raises(ValueError, match="holds no revenue"):
        revenue_kept([0, 0], [1, 1])
