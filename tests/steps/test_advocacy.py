"""Step 6: what is planted is found, what is not there is not, and what is missing is said."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.steps import advocacy

DAY = pd.Timedelta(days=1)


def answered(scores, **columns):
    """A survey: one answer to the recommendation question a score."""
    return pd.DataFrame({"response_id": [f"r{i}" for i in range(len(scores))], "metric": "nps", "score": scores, **columns})


def customers_with_orders(seed=1, n=1200, referral_effect=1.0, segment_effect=0.0, score_effect=0.0):
    """Customers of two years: 15% referred, with purchase rates and scores that depend on what is planted."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"c{i}" for i in range(n)])
    acquired = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.uniform(0, 640, n), unit="D")
    referred = rng.random(n) < 0.15
    liking = rng.normal(size=n)
    segment = rng.choice(["Care homes", "Hotels", "Households"], n)
    rate = 0.003 * np.exp(score_effect * liking) * np.where(referred, referral_effect, 1)
    gaps = rng.exponential(1 / rate[:, None], (n, 20))
    after = pd.to_timedelta((np.cumsum(gaps, axis=1) - gaps[:, :1]).ravel(), unit="D")
    orders = pd.DataFrame(
        {"customer_id": np.repeat(ids, 20), "ordered_at": acquired.repeat(20) + after, "revenue": rng.gamma(2, 50, n * 20)}
    )
    orders = orders[orders["ordered_at"] < "2026-01-01"].reset_index(drop=True)
    scores = np.clip(np.round(8 + liking + segment_effect * (segment == "Care homes") + rng.normal(0, 0.7, n)), 0, 10)
    survey = answered(scores, customer_id=ids, responded_at=acquired + 10 * DAY)
    customers = pd.DataFrame(
        {"customer_id": ids, "segment": segment, "acquired_at": acquired, "referred_by": np.where(referred, rng.permutation(ids), None)}
    )
    return {"customers": customers, "orders": orders.assign(order_id=[f"o{i}" for i in orders.index]), "survey": survey}


class TestRecommendation:
    def test_shares_and_score_are_those_of_the_answers_counted_by_hand(self):
        """Four promoters, three passives, three detractors of ten: 40%, 30%, 30%, score 10."""
        client = Client.from_frames({"survey": answered([10, 10, 9, 9, 8, 7, 7, 6, 3, 0])})
        row = advocacy.recommendation_groups(client).iloc[0]
        assert row[["promoters", "passives", "detractors", "nps", "n"]].tolist() == pytest.approx([0.4, 0.3, 0.3, 10, 10])

    def test_weights_count(self):
        """A promoter of weight 3 against a detractor of weight 1: (3 - 1) / 4 = 50 points."""
        client = Client.from_frames({"survey": answered([10, 0] * 5, weight=[3, 1] * 5)})
        assert advocacy.recommendation_groups(client)["nps"][0] == pytest.approx(50)

    def test_answers_tied_to_no_segment_are_counted_and_told_of(self):
        """Ten answers in two segments, twelve in none; of three in none nothing is told."""
        known = ["Hotels"] * 5 + ["Homes"] * 5
        some = Client.from_frames({"survey": answered([9, 5] * 11, segment=[*known, *[None] * 12])})
        few = Client.from_frames({"survey": answered([9, 5] * 6 + [9], segment=[*known, *[None] * 3])})
        assert (
            "12 answers of which the segment is not known count in the first row only."
            in advocacy.recommendation(some, "segment").data.note
        )
        assert "not known" not in advocacy.recommendation(few, "segment").data.note

    def test_only_answers_of_the_period_count_and_the_change_is_told(self):
        times = ["2024-06-01"] * 50 + ["2025-06-01"] * 50
        client = Client.from_frames({"survey": answered([0] * 50 + [10] * 50, responded_at=times)})
        assert advocacy.recommendation_groups(client)["nps"][0] == 100
        assert "+200.0 points" in str(advocacy.recommendation_reading(client, "segment"))

    def test_small_groups_are_named_but_not_shown(self):
        client = Client.from_frames({"survey": answered([10] * 20 + [0] * 3, segment=["many"] * 20 + ["few"] * 3)})
        frame = advocacy.recommendation_groups(client, "segment").set_index("group")
        assert frame.loc["few"].isna().all()
        assert frame.loc["many", "n"] == 20
        assert "fewer than 5" in advocacy.recommendation(client, "segment").data.note

    def test_the_segment_that_differs_stands_out_and_those_alike_do_not(self):
        client = Client.from_frames(customers_with_orders(segment_effect=-1.5))
        frame = advocacy.recommendation_groups(client, "segment").set_index("group")
        assert frame.index[frame["p_adjusted"] < 0.05].tolist() == ["Care homes"]
        assert frame.loc["Care homes", "difference_high"] < 0
        assert any("Care homes recommends less" in finding.claim for finding in advocacy.findings(client))

    def test_without_a_difference_the_finding_is_that_there_is_none(self):
        client = Client.from_frames(customers_with_orders())
        found = [finding for finding in advocacy.findings(client) if "segments show" in finding.claim]
        assert [finding.kind for finding in found] == ["no signal"]

    def test_stages_stand_in_the_order_of_the_journey(self):
        touchpoints = pd.DataFrame({"touchpoint": ["Repair", "Shop", "Website"], "stage": ["ownership", "purchase", "awareness"]})
        survey = answered([10, 9, 8, 7, 6, 5] * 5, touchpoint=["Repair", "Shop", "Website"] * 10)
        client = Client.from_frames({"survey": survey, "touchpoints": touchpoints})
        groups = advocacy.recommendation_groups(client, "stage")["group"].tolist()
        assert groups == ["All answers", "awareness", "purchase", "ownership"]

    def test_what_separates_promoters_is_found_and_what_does_not_is_not(self):
        rng = np.random.default_rng(4)
        scores = rng.integers(0, 11, 400)
        ratings = [
            pd.DataFrame({"response_id": [f"r{i}" for i in range(400)], "attribute": name, "performance": np.clip(values.round(), 1, 5)})
            for name, values in (("Advice", 1 + scores / 3 + rng.normal(0, 0.8, 400)), ("Price", rng.normal(3, 1, 400)))
        ]
        client = Client.from_frames({"survey": answered(scores), "attribute_ratings": pd.concat(ratings)})
        frame = advocacy.separating_attributes(client)
        assert frame["attribute"].tolist() == ["Advice", "Price"]
        assert frame["clear"].tolist() == [True, False]
        assert "Advice" in str(advocacy.separation_reading(client))


class TestReferral:
    def frames(self):
        """Ten customers; c0 refers three, one of whom buys; c1 refers one, who buys."""
        customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(10)], "acquired_at": "2024-03-01"})
        referrals = pd.DataFrame(
            {
                "referrer_id": ["c0", "c0", "c0", "c1", "c2"],
                "referred_at": ["2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01", "2024-05-01"],
                "converted_at": [None, "2025-03-20", None, "2025-05-09", None],
                "referred_id": [None, "c8", None, "c9", None],
            }
        )
        return {"customers": customers, "referrals": referrals}

    def test_rates_are_those_counted_by_hand(self):
        """2 of 10 customers refer; 2 of 4 referrals convert; 2 converted referrals over 10 customers: K = 0.2."""
        row = advocacy.referral_rates(Client.from_frames(self.frames())).iloc[0]
        assert row[["n", "referrers", "referrals"]].tolist() == [10, 2, 4]
        assert row[["referral_rate", "conversion", "k_factor"]].tolist() == pytest.approx([0.2, 0.5, 0.2])

    def test_rates_by_segment_hide_small_ones(self):
        frames = self.frames()
        frames["customers"]["segment"] = ["a"] * 7 + ["b"] * 3
        frame = advocacy.referral_rates(Client.from_frames(frames), by_segment=True).set_index("group")
        assert frame.loc["a", "referral_rate"] == pytest.approx(2 / 7)
        assert frame.loc["b"].isna().all()

    def test_without_a_list_the_customers_records_tell_who_referred(self):
        customers = self.frames()["customers"].assign(acquired_at="2025-06-01", referred_by=[None] * 8 + ["c0", "c1"])
        row = advocacy.referral_rates(Client.from_frames({"customers": customers})).iloc[0]
        assert row["referral_rate"] == pytest.approx(0.2)
        assert np.isnan(row["conversion"])

    def test_that_referred_customers_buy_more_is_found(self):
        client = Client.from_frames(customers_with_orders(referral_effect=2.0))
        found = [finding for finding in advocacy.findings(client) if "Referred customers" in finding.claim]
        assert [finding.kind for finding in found] == ["strength", "strength"], "they come back sooner, and bring more"
        assert found[0].estimate.low > 0

    def test_where_they_buy_alike_it_is_said_that_they_do(self):
        client = Client.from_frames(customers_with_orders())
        found = [finding for finding in advocacy.findings(client) if "Referred customers" in finding.claim]
        assert [finding.kind for finding in found] == ["no signal"]

    def test_who_has_had_no_time_to_come_back_is_not_counted_as_staying_away(self):
        """Ten who ordered again on day 100, ten who came a day before the end: Kaplan–Meier 100%, a plain share 50%."""
        ids = [f"c{i}" for i in range(30)]
        first = ["2025-01-01"] * 10 + ["2025-12-30"] * 10 + ["2025-02-01"] * 10
        orders = pd.DataFrame({"customer_id": ids, "ordered_at": first})
        again = pd.DataFrame({"customer_id": ids[:10] + ids[20:], "ordered_at": ["2025-04-11"] * 20})
        orders = pd.concat([orders, again], ignore_index=True)
        customers = pd.DataFrame({"customer_id": ids, "referred_by": ["c29"] * 20 + [None] * 10})
        client = Client.from_frames({"customers": customers, "orders": orders.assign(order_id=[str(i) for i in orders.index])})
        shown = advocacy.referred_curves(client).data.frame.set_index("group")
        assert shown.loc["Referred", "value"] == pytest.approx(1.0)


class TestEarnedGrowth:
    def frames(self):
        """The authors' example in customers: last year 100; this year 85 of the same, 25 referred, 20 not."""
        rows = [(f"old{i}", "2024-06-01", 20) for i in range(5)] + [(f"old{i}", "2025-06-01", 17) for i in range(5)]
        rows += [(f"friend{i}", "2025-07-01", 5) for i in range(5)] + [(f"bought{i}", "2025-08-01", 4) for i in range(5)]
        orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "revenue"]).assign(order_id=lambda f: f.index.astype(str))
        ids = sorted(set(orders["customer_id"]))
        customers = pd.DataFrame({"customer_id": ids, "referred_by": ["old0" if name.startswith("friend") else None for name in ids]})
        return {"orders": orders, "customers": customers}

    def test_the_rate_is_that_of_the_authors_example(self):
        """Reichheld et al. 2021, appendix B: retention 85%, earned 25%, rate 10%, ratio 33%."""
        client = Client.from_frames(self.frames())
        origins = advocacy.revenue_origins(client).set_index("origin")
        assert origins.loc["Customers of the period before", "share_of_before"] == pytest.approx(0.85)
        assert origins.loc["New, by recommendation", "share_of_before"] == pytest.approx(0.25)
        assert origins.loc["New, won otherwise", "revenue"] == 20
        assert advocacy.earned_growth_rate(client).value == pytest.approx(0.10)
        assert "33.3% of all growth" in str(advocacy.earned_growth_reading(client))
        assert advocacy.findings(client)[-1].value_at_stake is None, "revenue that did not come again is not all to be had"

    def test_a_channel_of_recommendation_is_earned_too(self):
        frames = self.frames()
        came = ["Word-of-mouth" if name.startswith("friend") else "Web" for name in frames["customers"]["customer_id"]]
        frames["customers"] = frames["customers"].drop(columns="referred_by").assign(acquisition_channel=came)
        assert advocacy.earned_growth_rate(Client.from_frames(frames)).value == pytest.approx(0.10)

    def test_where_nobody_knows_how_customers_came_the_rate_is_bounded(self):
        """Between 85% - 100% = -15%, if none was recommended, and 130% - 100% = 30%, if all were."""
        client = Client.from_frames({"orders": self.frames()["orders"]})
        assert advocacy.earned_growth_rate(client) is None
        assert "between −15.0%, if none was recommended, and 30.0%" in str(advocacy.earned_growth_reading(client))

    def test_cancelled_orders_do_not_count_but_credit_notes_do(self):
        frames = self.frames()
        extra = pd.DataFrame({"customer_id": "old0", "ordered_at": "2025-09-01", "revenue": [1000, -7], "cancelled_at": "2025-09-02"})
        frames["orders"] = pd.concat([frames["orders"], extra.assign(order_id=["x", "y"])])
        origins = advocacy.revenue_origins(Client.from_frames(frames)).set_index("origin")
        assert origins.loc["Customers of the period before", "revenue"] == pytest.approx(85 - 7)

    def test_who_comes_back_after_a_pause_is_neither_kept_nor_new(self):
        frames = self.frames()
        extra = pd.DataFrame({"customer_id": "old9", "ordered_at": ["2023-05-01", "2025-05-01"], "revenue": 11, "order_id": ["x", "y"]})
        frames["orders"] = pd.concat([frames["orders"], extra])
        origins = advocacy.revenue_origins(Client.from_frames(frames)).set_index("origin")
        assert origins.loc["Back after a longer pause", "revenue"] == 11
        assert origins.loc["Customers of the period before", "share_of_before"] == pytest.approx(0.85)


class TestForetelling:
    def test_a_score_that_foretells_is_found_to(self):
        client = Client.from_frames(customers_with_orders(score_effect=0.6))
        found = [finding for finding in advocacy.findings(client) if "orders again" in finding.claim]
        assert found[0].claim.startswith("The recommendation score foretells")
        assert found[0].estimate.low > 0.5

    def test_a_score_that_does_not_is_found_not_to(self):
        client = Client.from_frames(customers_with_orders())
        found = [finding for finding in advocacy.findings(client) if "orders again" in finding.claim]
        assert [finding.kind for finding in found] == ["no signal"]

    def test_only_orders_after_the_answer_and_in_time_count(self):
        """Of six customers: two order in time, one before answering, one too late, one cancels, one not at all; a seventh is new."""
        survey = answered([9] * 7, customer_id=list("abcdefg"), responded_at="2025-02-01")
        later = pd.DataFrame(
            {
                "customer_id": list("abcdeg"),
                "ordered_at": ["2025-02-02", "2025-07-30", "2025-01-31", "2025-08-02", "2025-03-01", "2025-03-01"],
                "cancelled_at": [None, None, None, None, "2025-03-01", None],
            }
        )
        orders = pd.concat([pd.DataFrame({"customer_id": list("abcdef"), "ordered_at": "2024-06-01"}), later], ignore_index=True)
        orders = orders.assign(order_id=orders.index.astype(str))
        counted = advocacy.afterwards(Client.from_frames({"survey": survey, "orders": orders}), days=180)
        assert counted.groupby("ordered")["n"].sum().to_dict() == {False: 4, True: 2}

    def test_answers_that_leave_no_time_are_left_out(self):
        survey = answered([9] * 6, customer_id=list("abcdef"), responded_at=["2025-02-01"] * 5 + ["2025-11-01"])
        orders = pd.DataFrame({"customer_id": list("abcdeff"), "ordered_at": ["2024-06-01"] * 6 + ["2025-11-05"]})
        orders = orders.assign(order_id=orders.index.astype(str))
        counted = advocacy.afterwards(Client.from_frames({"survey": survey, "orders": orders}), days=180)
        assert counted["n"].sum() == 5


def every_exhibit(client):
    for by in ("segment", "stage", "channel"):
        yield advocacy.recommendation(client, by)
        yield advocacy.recommendation_reading(client, by)
    yield from (advocacy.recommendation_over_time(client), advocacy.recommendation_time_reading(client))
    yield from (advocacy.nonresponse_chart(client), advocacy.nonresponse_reading(client))
    yield from (advocacy.recommendation_drivers_chart(client), advocacy.recommendation_drivers_reading(client))
    yield from (advocacy.separation(client), advocacy.separation_reading(client))
    yield from (advocacy.ladder_chart(client), advocacy.ladder_reading(client))
    yield from (advocacy.attribution_chart(client), advocacy.attribution_reading(client))
    yield from (advocacy.foretelling(client), advocacy.foretelling_reading(client))
    yield from (advocacy.referral(client), advocacy.referral_reading(client))
    yield from (advocacy.referral_tree(client), advocacy.referral_tree_reading(client))
    yield from (advocacy.referred_curves(client), advocacy.referred_reading(client))
    yield from (advocacy.referred_value(client), advocacy.referred_value_reading(client))
    yield from (advocacy.aftercare(client), advocacy.aftercare_reading(client))
    yield from (advocacy.earned_growth_table(client), advocacy.earned_growth_reading(client))


FULL = customers_with_orders(n=300)


@pytest.mark.parametrize("kept", [(), ("survey",), ("orders",), ("customers",), ("customers", "orders"), ("survey", "orders"), tuple(FULL)])
def test_whatever_is_missing_every_exhibit_shows_itself(kept):
    frames = {name: FULL[name] for name in kept} or {"quotes": pd.DataFrame({"text": ["The driver carried the old bed down"]})}
    client = Client.from_frames(frames)
    shown = [exhibit for exhibit in every_exhibit(client) if exhibit is not None]  # a reading stands in for the figure
    assert all(isinstance(exhibit, Figure | Table | Reading | Gap) for exhibit in shown)
    assert all(exhibit._repr_mimebundle_()["text/html"] for exhibit in shown)
    assert advocacy.gaps(client)
    assert all(gap.needs for gap in advocacy.gaps(client))


def test_captions_differ_within_the_step():
    captions = [exhibit.caption for exhibit in every_exhibit(Client.from_frames(FULL)) if isinstance(exhibit, Figure | Table)]
    assert len(captions) == len(set(captions))


def test_every_finding_rests_on_an_exhibit_that_is_shown():
    client = Client.from_frames(FULL)
    captions = {exhibit.caption for exhibit in every_exhibit(client) if isinstance(exhibit, Figure | Table)}
    assert {finding.table for finding in advocacy.findings(client)} <= captions | {"Promoters, passives and detractors by stage"}


class TestTheDemonstrationClient:
    """What `cvclib.demo` plants and step 6 can see; `cvclib.demo.planted_truths` says what that is."""

    def test_the_segment_that_differs_stands_out_and_the_one_alike_does_not(self, nordic_beds):
        truths = planted_truths()
        groups = advocacy.recommendation_groups(nordic_beds, "segment").set_index("group")
        assert groups.loc[truths.segment_differs, "p_adjusted"] < 0.05
        assert groups.loc[truths.segment_differs, "difference"] < 0
        assert groups.loc[truths.segment_same, "p_adjusted"] > 0.05

    def test_what_separates_promoters_is_among_the_planted_drivers(self, nordic_beds):
        truths = planted_truths()
        drivers = {name for name, weight in truths.driver_weights.items() if weight > 0}
        clear = advocacy.separating_attributes(nordic_beds).query("clear")
        assert set(clear["attribute"]) <= drivers
        assert len(clear) >= 3

    def test_referrals_convert_as_planted(self, nordic_beds):
        rates = [advocacy.referral_rates(nordic_beds, period=p).iloc[0] for p in (nordic_beds.period, nordic_beds.previous_period)]
        referrals = sum(row["referrals"] for row in rates)
        converted = shares.share(round(sum(row["referrals"] * row["conversion"] for row in rates)), int(referrals))
        assert converted.low < planted_truths().referral_conversion < converted.high

    def test_referred_customers_come_back_sooner_as_planted(self, nordic_beds):
        assert planted_truths().referral_effect > 1
        assert any(finding.claim.startswith("Referred customers come back sooner") for finding in advocacy.findings(nordic_beds))

    def test_nothing_is_missing(self, nordic_beds):
        assert advocacy.gaps(nordic_beds) == []
