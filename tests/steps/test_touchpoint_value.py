"""Cost against value and the next best alternative: by hand, planted, and without a signal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.steps import value_identification as step
from cvclib.steps.cost_exhibits import cost_findings, worth_findings
from cvclib.steps.touchpoint_value import NOT_SURE

ROOT = Path(__file__).resolve().parents[2]


def company(costs, satisfaction, *, reach=None, n=300, answers=60, alternatives=None, booked=None, seed=1):
    """Touchpoints with an annual cost each, met by a share of the customers, answered about on a scale of 1 to 5."""
    rng = np.random.default_rng(seed)
    met, said = [], []
    for name in costs:
        who = np.flatnonzero(rng.random(n) < (reach or {}).get(name, 1.0))
        met.append(pd.DataFrame({"customer_id": [f"c{i}" for i in who], "at": "2025-05-01", "touchpoint": name}))
        if booked:
            met[-1]["cost"] = rng.gamma(9, booked[name] / 9, len(who))
        scores = 1 + rng.binomial(4, satisfaction[name], answers)
        said.append(
            pd.DataFrame({"response_id": [f"{name}{i}" for i in range(answers)], "metric": "csat", "score": scores, "touchpoint": name})
        )
    return Client.from_frames({
        "activities": pd.DataFrame({"activity": list(costs), "annual_cost": list(costs.values())}),
        "activity_touchpoints": pd.DataFrame({"activity": list(costs), "touchpoint": list(costs), "weight": 1.0}),
        "touchpoints": pd.DataFrame({"touchpoint": list(costs), "customer_alternative_cost": list((alternatives or dict.fromkeys(costs)).values())},
                                    dtype=object).astype({"customer_alternative_cost": float}),
        "interactions": pd.concat(met, ignore_index=True), "survey": pd.concat(said, ignore_index=True),
    })  # fmt: skip


class TestCostAgainstValue:
    def test_the_touchpoint_that_is_dear_and_worth_little_is_found_and_ranked_first(self):
        """Half the cost, met by one in ten and liked by few; the others share the rest and are alike."""
        costs = {"brochure": 500.0, "shop": 170.0, "phone": 170.0, "van": 160.0}
        client = company(costs, {"brochure": 0.3, "shop": 0.7, "phone": 0.7, "van": 0.7}, reach={"brochure": 0.1})
        frame = step.cost_and_value(client)
        assert frame["touchpoint"][0] == "brochure"
        (finding,) = cost_findings(client)
        assert finding.claim.startswith("brochure takes 50.0% of the cost")
        assert "Costs more than it brings: brochure" in step.cost_value_reading(client).text

    def test_near_an_edge_of_the_zone_nothing_is_said(self):
        """Cost 40%, q = 15%: the edge lies at sqrt(0.16 - 0.0225) = 37.1%; a value of about 37% cannot be told from it."""
        client = company({"a": 400.0, "b": 600.0}, {"a": 0.44, "b": 0.75}, answers=30, n=100)
        frame = step.cost_and_value(client, tolerance=0.15).set_index("touchpoint")
        assert frame.loc["a", "low"] < np.sqrt(0.16 - 0.0225) < frame.loc["a", "high"]
        assert frame.loc["a", "verdict"] == NOT_SURE
        assert cost_findings(client) == []
        assert "Too near an edge" in step.cost_value_reading(client).text

    def test_costs_that_follow_value_give_no_finding(self):
        """20 companies of 8 touchpoints that cost as much as they are met, and are liked alike: none costs more than it brings."""
        rng, stated = np.random.default_rng(1), 0
        for seed in range(20):
            reach = {f"t{i}": r for i, r in enumerate(rng.uniform(0.3, 1, 8))}
            client = company({name: 1000 * r for name, r in reach.items()}, dict.fromkeys(reach, 0.6), reach=reach, answers=30, seed=seed)
            stated += bool(cost_findings(client))
        assert stated <= 3

    def test_a_customer_who_met_all_counts_for_all_of_them_at_once(self):
        """Everyone met both: the shares then vary by what was answered alone, not by who came."""
        both = company({"a": 1.0, "b": 1.0}, {"a": 0.999, "b": 0.999}, answers=200)
        frame = step.cost_and_value(both)
        assert (frame["high"] - frame["low"]).max() < 0.01

    def test_the_tolerance_is_said_in_the_figure_and_its_note(self):
        client = company({"a": 1.0, "b": 1.0}, {"a": 0.5, "b": 0.5})
        figure = step.cost_value_chart(client, tolerance=0.1)
        assert any("q = 10%" in text.get_text() for text in figure.figure.axes[0].texts)
        assert "q = 10%" in figure.data.note


class TestTheNextBestAlternative:
    def test_a_time_a_year_and_a_customer_by_hand(self):
        """100 customers met the van once and 50 of them once more, at 30 or 34; hiring one costs 95.

        Cost 32, surplus 63; 150 times in a year of 365.25 / 365 period years; 1.5 times a customer, 94.5 saved each.
        """
        ids = [f"c{i}" for i in range(100)] + [f"c{i}" for i in range(50)]
        met = pd.DataFrame({"customer_id": ids, "at": "2025-05-01", "touchpoint": "van", "cost": [30.0, 34.0] * 75})
        touchpoints = pd.DataFrame({"touchpoint": ["van"], "customer_alternative_cost": [95.0]})
        row = step.value_to_the_customer(Client.from_frames({"interactions": met, "touchpoints": touchpoints})).iloc[0]
        assert (row["cost"], row["surplus"], row["customers"]) == (32, 63, 100)
        assert row["times_a_year"] == pytest.approx(150, rel=0.01)
        assert row["annual_surplus"] == pytest.approx(150 * 63, rel=0.01)
        assert (row["times_a_customer"], row["customer_surplus"]) == (1.5, 94.5)
        # compound Poisson: 50 customers once, 50 twice: sum of squares 50 + 200 = 250
        assert row["times_a_year_high"] - row["times_a_year"] == pytest.approx(1.96 * np.sqrt(250), rel=0.01)

    def test_the_full_cost_is_as_sure_as_the_count(self):
        """3,000 a year over 100 touches of 100 customers: 30, and 3000 / (100 + 19.6) to 3000 / (100 - 19.6)."""
        client = company({"van": 3000.0, "shop": 1000.0}, {"van": 0.5, "shop": 0.5}, n=100, alternatives={"van": 95.0, "shop": None})
        row = step.value_to_the_customer(client).iloc[0]
        assert not row["booked"]
        assert (row["low"], row["cost"], row["high"]) == pytest.approx((3000 / 119.6, 30, 3000 / 80.4), rel=0.005)

    def test_the_planted_van_is_found_and_the_dear_leaflet_too(self):
        client = company(
            {"van": 1.0, "leaflet": 1.0},
            {"van": 0.5, "leaflet": 0.5},
            alternatives={"van": 95.0, "leaflet": 4.0},
            booked={"van": 32.0, "leaflet": 9.0},
        )
        good, dear = worth_findings(client)
        assert good.claim.startswith("van costs")
        assert dear.claim.startswith("leaflet costs")
        assert dear.value_at_stake > 0

    def test_a_flat_rate_is_sure(self):
        """A carrier who takes 9 each time, against 12 elsewhere: nothing varies, so nothing is in doubt."""
        met = pd.DataFrame({"customer_id": [f"c{i}" for i in range(40)], "at": "2025-05-01", "touchpoint": "parcel", "cost": 9.0})
        touchpoints = pd.DataFrame({"touchpoint": ["parcel"], "customer_alternative_cost": [12.0]})
        (finding,) = worth_findings(Client.from_frames({"interactions": met, "touchpoints": touchpoints}))
        assert finding.estimate[:3] == (9, 9, 9)

    def test_an_alternative_as_dear_as_the_touchpoint_gives_no_finding(self):
        """20 companies whose four touchpoints cost on average just what the alternative does."""
        names, stated = ["a", "b", "c", "d"], 0
        for seed in range(20):
            alike = dict.fromkeys(names, 30.0)
            stated += bool(worth_findings(company(alike, dict.fromkeys(names, 0.5), alternatives=alike, booked=alike, seed=seed)))
        assert stated <= 3

    def test_bringing_the_bed_is_what_saves_customers_of_the_demonstration_client_most(self):
        """Booked at 32 (made so), a hired van at 95."""
        nordic = Client.open(ROOT / "params" / "nordic-beds.yaml")
        frame = step.value_to_the_customer(nordic)
        assert frame["touchpoint"][0] == "Home delivery"
        assert frame["surplus_low"][0] < 63 < frame["surplus_high"][0]
        assert frame["annual_surplus"].idxmax() == 0
        assert worth_findings(nordic)[0].claim.startswith("Home delivery costs")
        assert "a customer who met it" in step.worth_table(nordic).to_html()
