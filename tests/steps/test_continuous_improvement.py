"""Step 7: opportunities ranked, initiatives tested, what lies ahead, and how many answers it takes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps import continuous_improvement as step
from cvclib.steps.cut_keep_invest_exhibits import cut_keep_invest_findings

ROOT = Path(__file__).resolve().parents[2]
EXHIBITS = (
    "opportunity_chart",
    "opportunity_segments",
    "what_if_chart",
    "journey_gain_chart",
    "cut_keep_invest_chart",
    "initiative_chart",
    "portfolio_chart",
    "roadmap_table",
    "sample_table",
)
READINGS = (
    "opportunity_reading",
    "what_if_reading",
    "journey_gain_reading",
    "cut_keep_invest_reading",
    "initiative_reading",
    "portfolio_reading",
    "roadmap_reading",
    "sample_reading",
)


@pytest.fixture(scope="module")
def nordic():
    return Client.open(ROOT / "params" / "nordic-beds.yaml")


def ratings(n=100):
    """Importance 9.5 and 5 of 10 answer 4 or 5; satisfaction 3.2 and 8 of 10: scores 15.8 and 5."""
    rows = []
    for name, important, satisfied in (("repair", 0.95, 0.32), ("lobby", 0.5, 0.8)):
        rows += [(f"r{i}", name, 5 if i < satisfied * n else 2, 5 if i < important * n else 2) for i in range(n)]
    return pd.DataFrame(rows, columns=["response_id", "attribute", "performance", "importance"])


def desk_and_shop(effect, n=200, seed=1):
    """Effort answers at two touchpoints before and after 1 March; everywhere they rise by 0.5, at the desk by `effect` more."""
    rng = np.random.default_rng(seed)
    rows = []
    for touchpoint, extra in (("desk", effect), ("shop", 0.0)):
        for day, rise in (("2025-02-01", 0.0), ("2025-06-01", 0.5 + extra)):
            rows += [(touchpoint, day, 4 + rise + e) for e in rng.normal(0, 1, n)]
    frame = pd.DataFrame(rows, columns=["touchpoint", "responded_at", "score"])
    return frame.assign(metric="ces", response_id=[f"r{i}" for i in range(len(frame))])


def initiative(**settings):
    return pd.DataFrame(
        [{"initiative": "Chat", "target": "desk", "metric": "ces", "started_at": "2025-03-01", "status": "done", **settings}]
    )


class TestOpportunities:
    def test_scores_are_ulwicks(self):
        """9.5 + (9.5 - 3.2) = 15.8; 5 + 0 = 5."""
        found = step.opportunities(Client.from_frames({"attribute_ratings": ratings()}))
        assert found.basis == "stated"
        assert found.frame["attribute"].tolist() == ["repair", "lobby"]
        assert found.frame["score"].tolist() == pytest.approx([15.8, 5.0])
        assert (found.frame["low"] < found.frame["score"]).all()
        assert (found.frame["score"] < found.frame["high"]).all()

    def test_the_two_highest_boxes_are_those_of_the_clients_scale(self):
        """On a scale to 10 nobody who answers 5 is satisfied: importance 0, score 0."""
        client = Client.from_frames({"attribute_ratings": ratings()}, scales={"performance": [1, 10], "importance": [1, 10]})
        assert step.opportunities(client).frame["score"].tolist() == [0, 0]

    def test_intervals_cover_the_true_score_about_as_often_as_they_say(self):
        """150 samples of 200 with shares .8 and .4: true score 8 + 4 = 12. Three standard errors on either side of 95%."""
        rng, covered = np.random.default_rng(5), []
        for _ in range(150):
            frame = pd.DataFrame({"response_id": [f"r{i}" for i in range(200)], "attribute": "repair"})
            frame["performance"], frame["importance"] = np.where(rng.random((2, 200)) < [[0.4], [0.8]], 5, 2)
            row = step.opportunities(Client.from_frames({"attribute_ratings": frame}), replicates=200).frame.iloc[0]
            covered.append(row["low"] <= 12 <= row["high"])
        assert 0.897 <= np.mean(covered) < 1

    def test_without_stated_importance_the_basis_is_said_to_be_derived(self):
        frame = ratings().drop(columns="importance")
        score = frame[frame["attribute"] == "repair"].set_index("response_id")["performance"].astype(float)
        survey = pd.DataFrame({"response_id": score.index, "metric": "overall", "score": score.to_numpy()})
        client = Client.from_frames({"attribute_ratings": frame, "survey": survey})
        assert step.opportunities(client).basis == "derived"
        assert "cannot be held against Ulwick's mark" in step.opportunity_reading(client).text

    def test_no_clear_need_is_no_signal(self):
        calm = ratings().assign(performance=5, importance=4)
        calm.loc[calm["response_id"].isin([f"r{i}" for i in range(50)]), "importance"] = 2
        findings = step.findings(Client.from_frames({"attribute_ratings": calm}))
        assert [finding.kind for finding in findings] == ["no signal"]


class TestInitiatives:
    def test_the_effect_is_the_change_beyond_that_of_other_touchpoints(self):
        """Desk +1.3, shop +0.5: effect 0.8."""
        client = Client.from_frames({"survey": desk_and_shop(0.8), "initiatives": initiative()})
        row = step.initiative_results(client).iloc[0]
        assert row["compared_with"] == "other touchpoints"
        assert row["low"] < 0.8 < row["high"]
        assert row["p_adjusted"] < 0.001

    def test_what_rises_everywhere_is_not_the_initiatives_doing(self):
        client = Client.from_frames({"survey": desk_and_shop(0.0), "initiatives": initiative()})
        finding = next(f for f in step.findings(client) if "Chat" in f.claim)
        assert finding.kind == "no signal"
        assert "no change" in finding.claim

    def test_an_effect_is_seen_by_mistake_about_one_time_in_twenty(self):
        """60 made clients without an effect: at most 7 false alarms (99.5th percentile of the binomial is 8)."""
        alarms = [
            step.initiative_results(Client.from_frames({"survey": desk_and_shop(0.0, 60, seed), "initiatives": initiative()}))["p"][0]
            < 0.05
            for seed in range(60)
        ]
        assert sum(alarms) <= 8

    def test_an_attribute_is_set_against_the_other_attributes(self):
        rng = np.random.default_rng(2)
        rows = [
            (f"{day}{i}", name, day, 3 + (day > "2025-03") * (1.0 if name == "advice" else 0.2) + rng.normal(0, 0.5))
            for day in ("2025-02-01", "2025-06-01") for name in ("advice", "range", "price") for i in range(80)
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=["response_id", "attribute", "responded_at", "performance"])
        plan = initiative(target="advice", metric=None)
        row = step.initiative_results(Client.from_frames({"attribute_ratings": frame, "initiatives": plan})).iloc[0]
        assert row["compared_with"] == "other attributes"
        assert row["low"] < 0.8 < row["high"]

    def test_a_kpi_of_the_clients_own_is_followed_as_one_of_the_house(self):
        """Three in ten orders came by the web until March, six in ten from then on."""
        days = pd.date_range("2024-09-01", "2025-08-31", freq="D").repeat(4)
        web = (np.arange(len(days)) % 10) < np.where(days < "2025-03-01", 3, 6)
        ids = np.arange(len(days)).astype(str)
        orders = pd.DataFrame({"order_id": ids, "customer_id": ids, "ordered_at": days, "channel": np.where(web, "web", "shop")})
        share = {"label": "Web orders", "definition": "Share of orders placed on the web.", "table": "orders", "kind": "share",
                 "sql": "channel = 'web'", "unit": "share", "better": "higher"}  # fmt: skip
        plan = initiative(initiative="New shop page", target=None, metric="web_share", expected_change=0.2)
        client = Client.from_frames({"orders": orders, "initiatives": plan}, kpis={"web_share": share})
        (finding,) = (f for f in step.findings(client) if "New shop page" in f.claim)
        assert finding.kind == "strength"
        assert finding.claim.startswith("New shop page: Web orders rose, ")
        assert "percentage points" in finding.claim

    @pytest.mark.parametrize("settings", [{"status": "planned"}, {"started_at": "2026-03-01"}, {"metric": "conversion"}])
    def test_what_has_not_begun_or_cannot_be_followed_is_said_to_be_so(self, settings):
        client = Client.from_frames({"survey": desk_and_shop(0.0), "initiatives": initiative(**settings)})
        assert isinstance(step.initiative_chart(client), Reading)

    def test_the_planted_initiatives_come_out_as_planted(self, nordic):
        """Time slots raised the on-time share by 0.12; the chat did nothing."""
        truths, frame = planted_truths(), step.initiative_results(nordic).set_index("initiative")
        worked, failed = frame.loc[truths.worked.initiative], frame.loc[truths.failed.initiative]
        assert worked["low"] < truths.worked.change < worked["high"]
        assert worked["p_adjusted"] < 0.001
        assert failed["low"] < 0 < failed["high"]


class TestTheRoadmap:
    def test_an_opportunity_without_an_initiative_is_proposed_and_one_with_it_is_not(self):
        plan = initiative(initiative="Mend", target="Repair", status="planned", cost=5.0)
        alone = step.roadmap(Client.from_frames({"attribute_ratings": ratings()}))
        with_plan = step.roadmap(Client.from_frames({"attribute_ratings": ratings(), "initiatives": plan}))
        assert alone[["target", "status", "owner"]].to_numpy().tolist() == [["repair", "proposed", "to be named"]]
        assert with_plan["initiative"].tolist() == ["Mend"]
        assert with_plan["addresses"][0] == "opportunity 1 of 2, score 15.8"

    def test_a_target_that_nothing_knows_is_said_to_be_so(self):
        frame = step.roadmap(Client.from_frames({"initiatives": initiative(target="moon")}))
        assert frame["addresses"][0] == "not among the attributes and touchpoints"

    def test_what_customers_only_say_matters_is_not_proposed(self, nordic):
        proposed = step.roadmap(nordic).query("status == 'proposed'")["target"].tolist()
        assert planted_truths().overrated_attribute not in proposed
        assert "On-time delivery" in proposed


class TestTheNextChange:
    def test_the_number_of_answers_is_that_of_the_formula(self):
        """Half promoters, half detractors: deviation 100; 2·(1.959964 + 0.841621)²·100²/5² = 6,279.1, rounded up."""
        scores = [10, 0] * 50
        survey = pd.DataFrame({"response_id": [f"r{i}" for i in range(100)], "metric": "nps", "score": scores})
        row = step.answers_needed(Client.from_frames({"survey": survey})).iloc[0]
        assert (row["now"], row["needed"], row["answers"]) == (0, 6280, 100)
        assert row["smallest"] == pytest.approx(5 * np.sqrt(6279.1 / 100), rel=1e-3)

    def test_unequal_weights_take_more_answers(self):
        survey = pd.DataFrame({"response_id": [f"r{i}" for i in range(100)], "metric": "nps", "score": [10, 0] * 50})
        even = step.answers_needed(Client.from_frames({"survey": survey}))["needed"][0]
        weighted = survey.assign(weight=[1.0, 1.0, 3.0, 3.0] * 25)
        assert step.answers_needed(Client.from_frames({"survey": weighted}))["needed"][0] > even

    def test_a_target_that_the_answers_cannot_show_is_a_finding(self):
        survey = pd.DataFrame({"response_id": [f"r{i}" for i in range(100)], "metric": "nps", "score": [10, 0] * 50})
        findings = step.findings(Client.from_frames({"survey": survey}, targets={"nps": 5}))
        assert "cannot show" in findings[0].claim

    def test_answers_all_alike_tell_nothing(self):
        survey = pd.DataFrame({"response_id": [f"r{i}" for i in range(100)], "metric": "ces", "score": 4})
        assert isinstance(step.sample_table(Client.from_frames({"survey": survey})), Reading)

    def test_which_answers_are_satisfied_is_told_of_each_scale(self):
        survey = pd.DataFrame(
            {"response_id": [f"r{i}" for i in range(200)], "metric": ["csat", "overall"] * 100, "score": [1, 9, 5, 2] * 50}
        )
        note = step.sample_table(Client.from_frames({"survey": survey}, scales={"overall": [1, 10]})).note
        assert "(CSAT): share of answers 4 and 5 on the scale from 1 to 5." in note
        assert "Overall satisfaction: share of answers 9 and 10 on the scale from 1 to 10." in note


class TestAsAWhole:
    @pytest.mark.parametrize("name", EXHIBITS)
    def test_every_exhibit_is_made(self, nordic, name):
        exhibit = getattr(step, name)(nordic)
        assert isinstance(exhibit, Figure | Table)
        assert exhibit.to_html()

    @pytest.mark.parametrize("name", READINGS)
    def test_every_reading_is_made(self, nordic, name):
        assert isinstance(getattr(step, name)(nordic), Reading)

    def test_what_customers_would_pay_more_for_elsewhere_is_to_be_made_cheaper_and_not_to_go(self, nordic):
        actions = {f.claim.split(" takes")[0]: f.action for f in cut_keep_invest_findings(nordic)}
        assert actions["Home delivery"].startswith("Look for a cheaper way to do it: ")
        assert "needless" in actions["Service request"]

    def test_every_finding_rests_on_an_exhibit(self, nordic):
        captions = {getattr(step, name)(nordic).caption for name in EXHIBITS}
        assert {finding.table for finding in step.findings(nordic)} <= captions
        assert step.gaps(nordic) == []

    def test_with_tables_missing_every_exhibit_is_a_gap(self):
        client = Client.from_frames({"quotes": pd.DataFrame({"text": ["Nice."]})})
        assert all(isinstance(getattr(step, name)(client), Gap) for name in EXHIBITS)
        assert all(getattr(step, name)(client) is None for name in READINGS)
        assert step.findings(client) == []
        assert len(step.gaps(client)) == len(step.QUESTIONS)


def test_a_score_has_the_interval_of_the_scorecard(nordic_beds):
    """Customers who answer twice widen both alike; two intervals of one figure would contradict each other."""
    from cvclib.steps.next_change import answers_needed
    from cvclib.steps.scorecard import scorecard

    here, there = answers_needed(nordic_beds).set_index("metric").loc["nps"], scorecard(nordic_beds).loc["nps"]
    assert (here["low"], here["high"]) == pytest.approx((there["low"], there["high"]))
