"""Quality and price beside competitors: by hand, as published, planted, and without a signal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.exhibits import Figure, Reading, Table
from cvclib.steps import value_identification as step
from cvclib.steps.market import ON_THE_LINE, market
from cvclib.steps.market_exhibits import market_findings

ROOT = Path(__file__).resolve().parents[2]
GALE = {"purchase price": (60, 9, 7), "trade-in allowance": (20, 6, 6), "resale price": (10, 9, 8), "finance rates": (10, 7, 7)}


def rated(scores, *, n=40, weight=None):
    """Each brand rated by respondents of its own on one attribute, always the same."""
    rows = [(f"{brand}{i}", "comfort", score, brand) for brand, score in scores.items() for i in range(n)]
    frame = pd.DataFrame(rows, columns=["response_id", "attribute", "performance", "brand"])
    return frame if weight is None else frame.assign(weight=weight)


def panel(means, *, n=200, seed=1, attributes=("comfort", "advice"), together=True):
    """Panel members who rate every brand from 1 to 5; with a mood of their own that all their ratings share."""
    rng = np.random.default_rng(seed)
    mood = rng.normal(0, 0.8 if together else 0, n)
    rows = []
    for brand, mean in means.items():
        for attribute in attributes:
            scores = np.clip(np.round(mean + mood + rng.normal(0, 0.8, n)), 1, 5)
            rows += [(f"P{i}", attribute, score, brand) for i, score in enumerate(scores)]
    return pd.DataFrame(rows, columns=["response_id", "attribute", "performance", "brand"])


def priced(prices):
    return pd.DataFrame({"brand": list(prices), "price": list(prices.values())}, dtype=object).astype({"price": float})


def opened(ratings, prices):
    return Client.from_frames({"attribute_ratings": ratings, "prices": prices})


@pytest.fixture(scope="module")
def nordic():
    return Client.open(ROOT / "params" / "nordic-beds.yaml")


class TestByHand:
    def test_the_better_brand_at_the_same_price_is_the_better_value(self):
        """Ratings 4 and 2 about a mean of 3: 133.3 and 66.7; both prices 100."""
        frame = step.quality_and_price(opened(rated({"A client": 4.0, "Rival": 2.0}), priced({"a client": 500.0, "Rival": 500.0})))
        assert frame["quality"].tolist() == pytest.approx([400 / 3, 200 / 3])
        assert frame["own"].tolist() == [True, False]
        assert frame["price"].tolist() == [100, 100]

    def test_gales_price_profile(self):
        """Gale 1994: 60, 20, 10, 10; 9/7, 6/6, 9/8, 7/7 give 118.3929, so a relative price of 84.4646, not rounded."""
        rows = [
            (brand, name, score, "score", weight)
            for name, (weight, own, other) in GALE.items()
            for brand, score in (("A client", own), ("Rival", other))
        ]
        prices = pd.DataFrame(rows, columns=["brand", "component", "price", "measure", "weight"])
        client = opened(rated({"A client": 4.0, "Rival": 4.0}), prices)
        found = market(client)
        assert found.own_price == pytest.approx(84.4646, abs=1e-4)
        assert found.prices["weight"].tolist() == pytest.approx([0.1, 0.6, 0.1, 0.2])
        assert found.brands.set_index("brand").loc["A client", "price"] < 100
        assert "84.5" in step.price_profile(client).note

    def test_amounts_and_scores_go_together(self):
        """Amounts 80 and 120, weight 1; scores 3 and 1, weight 1: favour 1.25 and 1.5 make 100 / 1.375 = 72.7."""
        prices = pd.DataFrame(
            {"brand": ["A client", "Rival"] * 2, "component": ["price"] * 2 + ["finance"] * 2, "price": [80.0, 120.0, 3.0, 1.0],
             "measure": ["money"] * 2 + ["score"] * 2}
        )  # fmt: skip
        found = market(opened(rated({"A client": 4.0, "Rival": 4.0}), prices)).brands.set_index("brand")["price"]
        assert found["A client"] == pytest.approx(100 / 1.375)

    def test_weights_count(self):
        """Of the client's 40 ratings, half 5 and half 1, only the fives weigh: a mean of 5 beside 5."""
        ratings = rated({"A client": 5.0, "Rival": 5.0}).assign(weight=1.0)
        low = (ratings["brand"] == "A client") & (np.arange(len(ratings)) % 2 == 0)
        ratings.loc[low, ["performance", "weight"]] = [1.0, 1e-9]
        frame = step.quality_and_price(opened(ratings, priced({"A client": 1.0, "Rival": 1.0})))
        assert frame["quality"].tolist() == pytest.approx([100, 100], abs=1e-4)

    def test_price_itself_is_no_part_of_quality(self):
        ratings = pd.concat([rated({"A client": 4.0, "Rival": 2.0}), rated({"A client": 1.0, "Rival": 5.0}).assign(attribute="Price")])
        frame = step.quality_and_price(opened(ratings, priced({"A client": 1.0, "Rival": 1.0})))
        assert frame["attributes"].tolist() == [1, 1]

    def test_those_who_rate_all_brands_are_drawn_together(self):
        """Moods cancel out where one panel rates both brands: the interval is narrower than with two panels."""
        prices = priced({"A client": 1.0, "Rival": 1.0})
        same = panel({"A client": 3.2, "Rival": 3.2})
        apart = same.assign(response_id=same["response_id"] + same["brand"])
        widths = [(f["high"] - f["low"]).iloc[0] for f in (step.quality_and_price(opened(r, prices)) for r in (same, apart))]
        assert widths[0] < 0.9 * widths[1]


class TestWhatIsSure:
    def test_a_brand_no_better_than_the_others_stands_on_the_line(self):
        """25 markets of three like brands at one price: at most 5% may give a finding."""
        prices = priced({"A client": 100.0, "Alpha": 100.0, "Beta": 100.0})
        stated = 0
        for seed in range(25):
            client = opened(panel({"A client": 3.2, "Alpha": 3.2, "Beta": 3.2}, n=60, seed=seed), prices)
            stated += bool(market_findings(client))
        assert stated <= 4

    def test_a_better_brand_is_found_and_the_attributes_behind_it_named(self):
        ratings = pd.concat([
            panel({"A client": 4.2, "Rival": 3.2}, attributes=("comfort",)), panel({"A client": 3.2, "Rival": 3.2}, attributes=("advice",))
        ])  # fmt: skip
        client = opened(ratings, priced({"A client": 100.0, "Rival": 100.0}))
        (finding,) = market_findings(client)
        assert finding.kind == "strength"
        assert "Better than competitors: comfort." in finding.evidence
        assert "advice" not in finding.evidence

    def test_the_interval_of_quality_covers_as_often_as_it_says(self):
        """40 panels of 120; true relative quality 4.2 against 3.2 clipped and rounded, taken from a panel of 40,000."""
        means = {"A client": 3.6, "Rival": 3.0}
        prices = priced({"A client": 1.0, "Rival": 1.0})
        big = panel(means, n=40_000, seed=99).groupby("brand")["performance"].mean()
        truth = 100 * big["A client"] / big.mean()
        covered = 0
        for seed in range(40):
            row = step.quality_and_price(opened(panel(means, n=120, seed=seed), prices)).query("own").iloc[0]
            covered += row["low"] <= truth <= row["high"]
        assert covered >= 34


class TestOnTheDemonstrationClient:
    def test_every_competitor_comes_out_in_the_order_planted(self, nordic):
        """The panel rates Royal Rest 0.35 higher, De Slaaphoeve 0.05 higher, Boxspring Outlet 0.45 lower."""
        found = market(nordic).brands.sort_values("quality")["brand"].tolist()
        assert found[0] == "Boxspring Outlet"
        assert found[-1] == "Royal Rest"
        assert found.index("Nordic Beds") < found.index("De Slaaphoeve")

    def test_late_delivery_is_what_sets_the_client_back(self, nordic):
        """Planted: deliveries are late at Nordic Beds; the panel's brands are rated as if none were."""
        profile = market(nordic).profile
        behind = profile[(profile["p_adjusted"] < 0.05) & (profile["ratio"] < 100)]
        assert behind["attribute"].tolist() == ["On-time delivery"]
        assert planted_truths().late_rating_drop > 0

    def test_exhibits_and_readings_are_made(self, nordic):
        assert isinstance(step.brand_map(nordic), Figure)
        assert isinstance(step.quality_profile(nordic), Table)
        assert isinstance(step.price_profile(nordic), Table)
        assert "better value than fair" in step.brand_reading(nordic).text


def test_without_a_brand_of_its_own_the_client_is_said_to_have_none():
    client = opened(rated({"Alpha": 4.0, "Rival": 2.0}), priced({"Alpha": 1.0, "Rival": 1.0}))
    assert "bears the client's name" in step.brand_reading(client).text
    assert isinstance(step.quality_profile(client), Reading)
    assert market_findings(client) == []


def test_brands_without_a_spread_are_not_told_from_fair():
    frame = step.quality_and_price(opened(rated({"A client": 4.0, "Rival": 2.0}), priced({"A client": 1.0, "Rival": 1.0})))
    assert set(frame["verdict"]) == {ON_THE_LINE}
