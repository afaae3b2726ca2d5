"""Leads by hand: the recent are censored, the lost stay in as not won, sources are compared over the whole curve."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure
from cvclib.findings import Gap
from cvclib.steps import conversion, performance_evaluation, scorecard
from cvclib.steps.conversion_exhibits import conversion_findings


def client_of(leads, **settings):
    frame = pd.DataFrame(leads)
    return Client.from_frames({"leads": frame.assign(lead_id=[str(i) for i in range(len(frame))])}, **settings)


def test_recent_leads_are_censored_and_lost_ones_are_not_won():
    """10 of January: 4 won after 30 days, 2 lost; 10 of 12 December, followed 19 days: none won yet. 4 of 10 within 90 days."""
    client = client_of({
        "created_at": ["2025-01-01"] * 10 + ["2025-12-12"] * 10,
        "won_at": ["2025-01-31"] * 4 + [None] * 16,
        "lost_at": [None] * 4 + ["2025-01-10"] * 2 + [None] * 13 + ["2025-12-31"],
    })  # fmt: skip
    assert conversion.won_within(client, horizon_days=90).value == pytest.approx(0.4)


def test_a_client_that_records_no_losses_has_the_same_share():
    won = ["2025-02-01"] * 6 + [None] * 14
    with_losses = client_of(
        {"created_at": ["2025-01-01"] * 20, "won_at": won, "lost_at": [None] * 6 + ["2025-01-05"] * 10 + [None] * 3 + ["2025-12-31"]}
    )
    without = client_of({"created_at": ["2025-01-01"] * 19 + ["2025-12-31"], "won_at": won})
    assert conversion.won_within(with_losses).value == pytest.approx(6 / 20)
    assert conversion.won_within(without).value == pytest.approx(6 / 19)  # the last one is censored on its first day


def test_days_to_win_are_those_of_leads_followed_long_enough():
    """Of leads of 1 January half of those won within 90 days are won after 40; the quick ones of December do not count."""
    client = client_of({
        "created_at": ["2025-01-01"] * 12 + ["2025-12-20"] * 12,
        "won_at": ["2025-02-10"] * 12 + ["2025-12-22"] * 12,
    })  # fmt: skip
    assert conversion.days_to_win(client)[""].value == 40


def two_sources(low, high, n=150):
    rng = np.random.default_rng(2)
    won = np.r_[rng.random(n) < low, rng.random(n) < high]
    created = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 200, 2 * n), unit="D")
    days = pd.to_timedelta(rng.integers(1, 60, 2 * n), unit="D")
    return client_of({"created_at": created, "source": ["fair"] * n + ["web"] * n, "won_at": pd.Series(created + days).where(won)})


def test_a_source_whose_leads_buy_more_is_found():
    found = conversion_findings(two_sources(0.2, 0.5))
    assert {f.kind for f in found} == {"strength", "problem"}
    assert any("source web" in f.claim and f.kind == "strength" for f in found)
    assert "differ from the others" in performance_evaluation.read_conversion(two_sources(0.2, 0.5)).text


def test_sources_alike_are_not_told_apart():
    assert conversion_findings(two_sources(0.4, 0.4)) == []
    assert "beyond what chance explains" in performance_evaluation.read_conversion(two_sources(0.4, 0.4)).text


def test_the_figure_stands_without_sources():
    figure = performance_evaluation.conversion_figure(
        client_of({"created_at": ["2025-01-01"] * 20, "won_at": ["2025-02-01"] * 9 + [None] * 11})
    )
    assert isinstance(figure, Figure)
    assert figure.data.frame["group"].tolist() == ["All leads"]


def test_without_won_leads_the_gap_says_what_to_supply():
    client = client_of({"created_at": ["2025-01-01"] * 20})
    assert isinstance(performance_evaluation.conversion_figure(client), Gap)
    assert performance_evaluation.read_conversion(client) is None


def test_leads_of_one_segment_need_customers():
    """Only won leads are tied to a customer: of one segment every lead would have been won."""
    leads = pd.DataFrame({
        "lead_id": [str(i) for i in range(20)], "created_at": "2025-01-01", "customer_id": ["a"] * 9 + [None] * 11,
        "won_at": ["2025-02-01"] * 9 + [None] * 11,
    })  # fmt: skip
    customers = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["North", "South"]})
    client = Client.from_frames({"leads": leads, "customers": customers}, segment="North")
    assert isinstance(performance_evaluation.conversion_figure(client), Gap)
    assert conversion_findings(client) == []


def leads_of_two_years(first_won):
    """100 leads a month over 2024 and 2025; one in five is won 10 days later, on record from a day on only."""
    months = pd.date_range("2024-01-01", "2025-12-01", freq="MS").repeat(100)
    won = pd.Series(months + pd.Timedelta(days=10)).where(np.arange(len(months)) % 5 == 0)
    return client_of({"created_at": months, "won_at": won.where(won >= first_won)}, period=("2025-01-01", "2025-12-31"))


def test_conversion_is_compared_where_wins_were_on_record_from_the_first_leads_on():
    """One in five in both years: compared, and no change."""
    row = scorecard.scorecard(leads_of_two_years("2024-01-01")).loc["conversion"]
    assert row["verdict"] == "no clear change"
    assert row["previous"] == pytest.approx(0.2)


def test_conversion_is_not_compared_where_wins_are_on_record_later_than_leads():
    """Wins on record from July 2024 on: the 10% of that year tell of the records."""
    row = scorecard.scorecard(leads_of_two_years("2024-07-01")).loc["conversion"]
    assert row["verdict"] == "not compared"
    assert row["value"] == pytest.approx(0.2)
