"""Cohort tables: CDNOW against pandas and DuckDB, and months not yet seen."""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from cvclib.methods.retention import cohort_table

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
