"""Step 2: what is planted comes back, what is missing is said, small groups stay hidden."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.demo.importance import population_importance
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps import value_identification as step
from cvclib.steps.answers import attribute_answers
from cvclib.steps.questions import TooFewAnswersError

ROOT = Path(__file__).resolve().parents[2]
EXHIBITS = (
    "value_grid", "driver_chart", "asymmetric_chart", "stated_chart", "witness_table", "reliability_table", "segment_map", "segment_table",
    "kano_map", "kano_table",
    "kano_segment_map", "cost_value_chart", "worth_chart", "worth_table", "brand_map", "quality_profile", "price_profile",
    "comments_table", "themes_chart",
)  # fmt: skip
READINGS = (
    "value_reading", "driver_reading", "asymmetric_reading", "stated_reading", "witness_reading", "reliability_reading", "segment_reading",
    "kano_reading", "kano_segment_reading", "cost_value_reading", "worth_reading",
    "brand_reading", "comments_reading",
)  # fmt: skip
BETAS = {"advice": 0.6, "delivery": 0.4, "range": 0.0}


def survey_frames(n=300, *, betas=BETAS, seed=1, importance=True, segments=("old", "young")):
    """Ratings 1 to 5 and an overall answer that they bring about; the young rate delivery a point lower."""
    rng = np.random.default_rng(seed)
    ids, segment = [f"r{i}" for i in range(n)], np.array(segments)[np.arange(n) % len(segments)]
    stated = {"advice": 4, "delivery": 4, "range": 2}
    ratings, overall = [], np.full(n, 3.5)
    for name, beta in betas.items():
        performance = np.clip(np.round(rng.normal(3.6 - (name == "delivery") * (segment == "young"), 0.9)), 1, 5)
        overall = overall + beta * (performance - 3.6)
        frame = pd.DataFrame({"response_id": ids, "attribute": name, "performance": performance, "segment": segment})
        if importance:
            frame["importance"] = np.clip(np.round(rng.normal(stated[name], 0.7, n)), 1, 5)
        ratings.append(frame)
    score = np.clip(overall + rng.normal(0, 0.5, n), 1, 5)
    survey = pd.DataFrame({"response_id": ids, "metric": "overall", "score": score})
    return {"attribute_ratings": pd.concat(ratings), "survey": survey}


def client_of(**settings):
    return Client.from_frames(survey_frames(**settings))


@pytest.fixture(scope="module")
def nordic():
    return Client.open(ROOT / "params" / "nordic-beds.yaml")


@pytest.fixture(scope="module")
def airport():
    return Client.open(ROOT / "params" / "sfo-airport.yaml")


@pytest.fixture(scope="module")
def truth():
    return population_importance(planted_truths(), rng=np.random.default_rng(1))


class TestOnTheDemonstrationClient:
    def test_the_planted_drivers_lead_and_the_others_hardly_count(self, nordic):
        """Weights .55, .40, .30, .20; lateness works beside the delivery rating, so that delivery may come first."""
        truths, frame = planted_truths(), step.drivers(nordic).frame
        assert set(frame["attribute"].head(4)) == set(truths.drivers)
        assert set(frame["attribute"].head(2)) == {"Bed comfort", "On-time delivery"}
        assert frame["attribute"].tolist()[2:4] == ["Sleep advice", "After-sales service"]
        assert frame["share"][4:].max() < 0.05

    def test_what_is_only_said_to_matter_is_found_out(self, nordic):
        assert step.said_only(nordic) == [planted_truths().overrated_attribute]

    def test_the_segment_that_differs_is_found_and_the_one_that_does_not_is_not(self, nordic):
        truths, frame = planted_truths(), step.segment_differences(nordic)
        clear = frame[frame["p_adjusted"] < 0.05]
        first = clear.iloc[0]
        assert (first["segment"], first["attribute"]) == (truths.segment_differs, truths.segment_attribute)
        assert first["low"] < truths.segment_rating_shift < first["high"]
        assert truths.segment_same not in set(clear["segment"])

    def test_one_segment_far_off_does_not_make_the_others_differ(self, nordic):
        """Young families rate delivery low; held in the rest, they would make Seniors look better than it."""
        clear = step.segment_differences(nordic).query("p_adjusted < 0.05")
        assert set(clear["segment"]) == {planted_truths().segment_differs}

    def test_every_feature_gets_its_planted_kano_category(self, nordic):
        found = step.kano_results(nordic).set_index("attribute")["category"].to_dict()
        assert found == planted_truths().kano

    def test_bringing_the_bed_costs_little_and_is_worth_much(self, nordic):
        """The alternative is a hired van for 95; a delivery is booked at about 32."""
        top = step.value_to_the_customer(nordic).iloc[0]
        assert (top["touchpoint"], top["alternative"]) == ("Home delivery", 95)
        assert top["low"] < 32 < top["high"] or abs(top["cost"] - 32) < 1

    def test_costs_of_touchpoints_are_those_of_step_one(self, nordic):
        from cvclib.steps import activity_map

        total = nordic.tables.activities.annual_cost.sum().to_pandas()
        costs = step.touchpoint_costs(nordic)
        assert costs.frame["annual_cost"].sum() + costs.untied == pytest.approx(total)
        assert costs.frame["touchpoint"][0] == activity_map.touchpoint_costs(nordic)["touchpoint"][0]

    @pytest.mark.parametrize("name", EXHIBITS)
    def test_every_exhibit_is_made(self, nordic, name):
        exhibit = getattr(step, name)(nordic)
        assert isinstance(exhibit, Figure | Table)
        assert exhibit.to_html()

    @pytest.mark.parametrize("name", READINGS)
    def test_every_reading_is_made(self, nordic, name):
        assert isinstance(getattr(step, name)(nordic), Reading)

    def test_nothing_is_missing_and_every_finding_rests_on_an_exhibit(self, nordic):
        captions = {getattr(step, name)(nordic).caption for name in EXHIBITS}
        findings = step.findings(nordic)
        assert step.gaps(nordic) == []
        assert findings
        assert {finding.table for finding in findings} <= captions
        assert len(captions) == len(EXHIBITS)


class TestAgainstThePopulation:
    """What is derived from the demonstration client's 800 answers, beside the model that made them."""

    def test_every_interval_of_a_planted_driver_holds_its_population_share(self, nordic, truth):
        """LMG of 200,000 persons of the generating model: about .38, .36, .12 and .11."""
        frame = step.drivers(nordic).frame.set_index("attribute")
        for name in planted_truths().drivers:
            assert frame.loc[name, "low"] < truth[name] < frame.loc[name, "high"]

    def test_no_ranking_that_is_stated_contradicts_the_population(self, nordic, truth):
        rank = {name: i for i, name in enumerate(truth, start=1)}
        frame = step.drivers(nordic).frame
        planted = frame[frame["attribute"].isin(planted_truths().drivers)]
        assert all(row.best <= rank[row.attribute] <= row.worst for row in planted.itertuples())
        assert step.drivers(nordic).leaders == ["On-time delivery", "Bed comfort"]

    def test_a_grade_that_is_linear_in_the_ratings_has_performance_factors_only(self, nordic):
        kinds = step.asymmetric_drivers(nordic).frame.set_index("attribute")["kind"]
        assert set(kinds[list(planted_truths().drivers)]) == {"performance"}
        assert not set(kinds) & {"basic", "excitement"}


class TestOnTheAirport:
    def test_the_three_strongest_attributes_are_parking_restaurants_and_the_shuttle(self, airport):
        """Overall answer of 2017 on 14 attributes, weighted, pairwise; also found by an LMG written apart from this one."""
        found = step.drivers(airport)
        assert (found.metric, found.result.method, found.result.blanks) == ("overall", "LMG", "pairs")
        assert found.frame["attribute"].head(3).tolist() == ["Airport parking facilities", "Restaurants", "Long-term parking shuttle"]
        assert found.frame["share"].head(3).tolist() == pytest.approx([0.101, 0.096, 0.094], abs=0.002)

    def test_importance_is_said_to_be_derived(self, airport):
        assert step.importance_basis(airport) == "derived"
        assert "derived from satisfaction with the whole" in step.value_reading(airport).text


class TestDerivedImportance:
    def test_planted_weights_come_back_in_their_order(self):
        found = step.drivers(client_of(importance=False))
        assert found.frame["attribute"].tolist() == ["advice", "delivery", "range"]
        assert found.frame["share"][2] < 0.05

    def test_without_a_signal_the_finding_says_that_there_is_none(self):
        client = client_of(betas=dict.fromkeys(BETAS, 0.0), seed=3, importance=False, segments=("one",))
        findings = step.findings(client)
        assert [finding.kind for finding in findings] == ["no signal"]
        assert "do not explain" in findings[0].claim

    def test_an_attribute_hardly_anyone_rated_is_left_out_and_named(self):
        frames = survey_frames()
        few = pd.DataFrame({"response_id": [f"r{i}" for i in range(8)], "attribute": "spa", "performance": [1.0, 5] * 4})
        frames["attribute_ratings"] = pd.concat([frames["attribute_ratings"], few])
        client = Client.from_frames(frames)
        assert step.drivers(client).left_out == ("spa",)
        assert "Left out for want of answers: spa" in step.driver_reading(client).text

    def test_answers_that_share_no_number_with_the_ratings_are_said_not_to(self):
        frames = survey_frames()
        frames["survey"]["response_id"] = "x" + frames["survey"]["response_id"]
        exhibit = step.driver_chart(Client.from_frames(frames))
        assert isinstance(exhibit, Reading)
        assert "shares its response_id" in exhibit.text

    def test_recommendation_stands_in_where_the_whole_was_not_asked(self):
        frames = survey_frames()
        frames["survey"]["metric"] = "nps"
        assert step.drivers(Client.from_frames(frames)).metric == "nps"


class TestTheValueMap:
    def test_each_attribute_stands_in_the_corner_it_was_made_for(self):
        """Stated 4, 4, 2; delivery rated half a point lower on average."""
        places = step.value_map(client_of()).of().set_index("attribute")["quadrant"]
        assert places.to_dict() == {"advice": "keep up the good work", "delivery": "concentrate here", "range": "possible overkill"}

    def test_the_segments_own_maps_differ(self):
        found = step.value_map(client_of())
        young, old = (found.of(name).set_index("attribute") for name in ("young", "old"))
        assert young.loc["delivery", "performance"] < old.loc["delivery", "performance"] - 0.5

    def test_both_importances_can_be_asked_for(self):
        client = client_of()
        assert step.value_map(client).basis == "stated"
        assert step.value_map(client, importance="derived").basis == "derived"

    def test_a_rating_of_another_brand_is_not_the_clients(self):
        frames = survey_frames()
        frames["attribute_ratings"] = frames["attribute_ratings"].assign(brand=None, performance=lambda f: f["performance"])
        rival = frames["attribute_ratings"].assign(brand="Rival", performance=1.0)
        both = Client.from_frames({**frames, "attribute_ratings": pd.concat([frames["attribute_ratings"], rival])})
        assert attribute_answers(both).performance.mean() == pytest.approx(attribute_answers(Client.from_frames(frames)).performance.mean())

    def test_only_answers_of_the_period_count(self):
        frames = survey_frames(100)
        early = frames["survey"]["response_id"].isin([f"r{i}" for i in range(40)])
        frames["survey"]["responded_at"] = np.where(early, "2024-06-01", "2025-06-01")
        assert len(attribute_answers(Client.from_frames(frames)).performance) == 60

    def test_weights_count(self):
        frames = survey_frames(100, segments=("a",))
        ratings = frames["attribute_ratings"]
        ratings["weight"] = np.where(ratings["response_id"] == "r0", 1000.0, 0.001)
        own = ratings[(ratings["response_id"] == "r0")].set_index("attribute")["performance"]
        found = step.value_map(Client.from_frames(frames)).of().set_index("attribute")["performance"]
        assert found.to_dict() == pytest.approx(own.to_dict(), abs=0.01)

    def test_the_cross_hairs_can_stand_in_the_middle_of_the_clients_scales(self):
        """Stated 4 and more against a middle of 3; derived, against an equal share of a third."""
        client = client_of()
        found = step.value_map(client, where="midpoint")
        assert found.lines["All customers"] == (3, 3)
        assert found.of().set_index("attribute")["quadrant"]["range"] == "possible overkill"
        derived = step.value_map(client, where="midpoint", importance="derived")
        assert derived.lines["All customers"] == pytest.approx((1 / 3, 3))
        assert "in the middle of the rating scales" in step.value_reading(client, cross_hairs="midpoint").text

    def test_an_attribute_on_the_line_is_not_placed(self):
        """Two attributes answered alike, one worse: on which side of the mean the middle one falls, chance decides."""
        rng = np.random.default_rng(1)
        means = {"a": 3.0, "b": 3.5, "c": 4.0}
        rows = [(f"r{i}", name, rng.normal(m, 0.8), rng.normal(m, 0.8)) for name, m in means.items() for i in range(200)]
        ratings = pd.DataFrame(rows, columns=["response_id", "attribute", "performance", "importance"])
        ratings[["performance", "importance"]] = ratings[["performance", "importance"]].clip(1, 5)
        places = step.value_map(Client.from_frames({"attribute_ratings": ratings})).of().set_index("attribute")
        assert places["quadrant"].to_dict() == {"a": "low priority", "b": "cannot tell", "c": "keep up the good work"}
        assert places.loc["b", "probability"] < 0.8

    def test_attributes_that_are_all_alike_are_placed_nowhere(self):
        rng = np.random.default_rng(4)
        rows = [(f"r{i}", name, *rng.integers(1, 6, 2)) for name in "abcdefgh" for i in range(200)]
        ratings = pd.DataFrame(rows, columns=["response_id", "attribute", "performance", "importance"])
        client = Client.from_frames({"attribute_ratings": ratings})
        assert set(step.value_map(client).of()["quadrant"]) == {"cannot tell"}
        assert "do not differ in" in step.value_reading(client).text

    def test_each_quadrants_probabilities_add_up_to_one(self, nordic):
        frame = step.value_map(nordic).frame
        assert frame[["p_concentrate", "p_keep_up", "p_low_priority", "p_overkill"]].sum(axis=1).to_numpy() == pytest.approx(1)


class TestAsymmetricDrivers:
    def test_what_can_only_hurt_is_told_from_what_can_only_delight(self):
        """Overall falls with poor cleaning and rises with fine gifts; neither works the other way."""
        rng, n = np.random.default_rng(2), 900
        x = {name: rng.integers(1, 6, n).astype(float) for name in ("cleaning", "gifts")}
        overall = 3 + 0.7 * (np.minimum(x["cleaning"], 3) - 2) + 0.7 * (np.maximum(x["gifts"], 3) - 4) + rng.normal(0, 0.4, n)
        ids = [f"r{i}" for i in range(n)]
        ratings = pd.concat([pd.DataFrame({"response_id": ids, "attribute": a, "performance": v}) for a, v in x.items()])
        survey = pd.DataFrame({"response_id": ids, "metric": "overall", "score": overall.clip(1, 5)})
        client = Client.from_frames({"attribute_ratings": ratings, "survey": survey})
        kinds = step.asymmetric_drivers(client).frame.set_index("attribute")["kind"].to_dict()
        assert kinds == {"cleaning": "basic", "gifts": "excitement"}
        claims = [f.claim for f in step.findings(client)]
        assert "Low ratings cost more satisfaction than high ones bring: cleaning." in claims
        assert "High ratings bring more satisfaction than low ones cost: gifts." in claims

    def test_two_ratings_that_tell_the_same_story_are_not_classed(self):
        frames = survey_frames(600)
        double = frames["attribute_ratings"].query("attribute == 'advice'").assign(attribute="advice, again")
        frames["attribute_ratings"] = pd.concat([frames["attribute_ratings"], double])
        frame = step.asymmetric_drivers(Client.from_frames(frames)).frame.set_index("attribute")
        assert frame.loc["advice", "kind"] not in ("basic", "performance", "excitement")


class TestTheWitnesses:
    def client(self, answer):
        """Advice, delivery and range asked about in Kano's way too, all with the same answer."""
        rows = [(f"k{i}", name, *answer) for name in (" Advice", "Delivery", "Range") for i in range(60)]
        kano = pd.DataFrame(rows, columns=["response_id", "attribute", "functional", "dysfunctional"])
        return Client.from_frames({**survey_frames(600), "kano": kano})

    def test_stated_derived_and_kano_of_an_attribute_stand_on_one_line(self):
        frame = step.witnesses(self.client((1, 5))).set_index("attribute")
        assert frame.loc["advice", "category"] == "one-dimensional"
        assert frame["stated"].notna().all()
        html = step.witness_table(self.client((1, 5))).to_html()
        assert "Kano class" in html

    def test_indifferent_when_asked_yet_a_driver_is_a_disagreement(self):
        said = step.witnesses(self.client((3, 3))).set_index("attribute")["disagreement"]
        assert said["advice"].startswith("indifferent when asked")
        assert said["range"] == ""

    def test_without_a_signal_nothing_derived_is_held_against_what_is_said(self):
        client = client_of(betas=dict.fromkeys(BETAS, 0.0), seed=3)
        assert (step.witnesses(client)["disagreement"] == "").all()


class TestReliability:
    def test_ratings_drawn_apart_from_each_other_make_no_scale(self):
        assert "do not hang together" in step.reliability_reading(client_of()).text

    def test_too_few_who_rated_all_are_said_to_be(self):
        frames = survey_frames()
        ratings = frames["attribute_ratings"]
        apart = ratings["response_id"].str[1:].astype(int) % 3 == ratings["attribute"].map({"advice": 0, "delivery": 1, "range": 2})
        exhibit = step.reliability_table(Client.from_frames({**frames, "attribute_ratings": ratings[apart]}))
        assert isinstance(exhibit, Reading)
        assert "rated every attribute" in exhibit.text


class TestWhatMustNotBeShown:
    def test_a_segment_below_the_smallest_group_is_shown_nowhere(self):
        frames = survey_frames(200)
        ratings = frames["attribute_ratings"]
        ratings.loc[ratings["response_id"].isin(["r0", "r1", "r2"]), "segment"] = "three people"
        client = Client.from_frames(frames)
        shown = step.segment_map(client, min_answers=1).to_html() + step.segment_table(client, min_answers=1).to_html()
        assert "three people" not in shown

    def test_a_comment_that_four_share_is_not_shown_and_one_that_five_share_is(self):
        texts = ["Too slow"] * 5 + ["Ask for Anna"] * 4 + ["My number is 123"]
        survey = pd.DataFrame({"response_id": [f"r{i}" for i in range(10)], "metric": "nps", "score": 5, "comment": texts})
        client = Client.from_frames({"survey": survey}, report={"minimum_group": 1})
        found = step.shared_comments(client)
        assert found.frame["comment"].tolist() == ["Too slow"]
        assert (found.commented, found.shown) == (10, 5)
        assert "Anna" not in step.comments_table(client).to_html()

    def test_comments_each_in_words_of_its_own_are_counted_only(self):
        survey = pd.DataFrame(
            {"response_id": [f"r{i}" for i in range(6)], "metric": "nps", "score": 9, "comment": [f"c{i}" for i in range(6)]}
        )
        exhibit = step.comments_table(Client.from_frames({"survey": survey}))
        assert isinstance(exhibit, Reading)
        assert "6 comments" in exhibit.text


class TestCostAndValue:
    FRAMES = {  # noqa: RUF012
        "touchpoints": pd.DataFrame({"touchpoint": ["van", "shop"], "customer_alternative_cost": [95.0, None]}),
        "activities": pd.DataFrame({"activity": ["drive", "sell"], "annual_cost": [3000.0, 1000.0], "kind": ["creates", "erodes"]}),
        "activity_touchpoints": pd.DataFrame({"activity": ["drive", "sell"], "touchpoint": ["van", "shop"], "weight": [1.0, 1.0]}),
        "interactions": pd.DataFrame(
            {"customer_id": [f"c{i}" for i in range(100)] * 2, "at": "2025-05-01", "touchpoint": ["van"] * 100 + ["shop"] * 100,
             "cost": [30.0, 34.0] * 100}
        ),
        "survey": pd.DataFrame(
            {"response_id": [f"r{i}" for i in range(80)], "metric": "csat", "score": [5.0] * 40 + [2.0] * 40, "touchpoint": ["shop", "van"] * 40}
        ),
    }  # fmt: skip

    def test_shares_and_index_by_hand(self):
        """Both reach all; satisfaction (3.5 - 1)/4 each, so half the value each; cost 75% and 25%: index 2/3 and 2."""
        frame = step.cost_and_value(Client.from_frames(self.FRAMES)).set_index("touchpoint")
        assert frame["value_share"].to_dict() == pytest.approx({"van": 0.5, "shop": 0.5})
        assert frame["index"].to_dict() == pytest.approx({"van": 2 / 3, "shop": 2.0})
        assert frame["zone"].to_dict() == {"van": "costs more than it brings", "shop": "brings more than it costs"}

    def test_a_delivery_booked_at_32_saves_95(self):
        """Mean of 30 and 34; surplus 63 a time."""
        row = step.value_to_the_customer(Client.from_frames(self.FRAMES)).iloc[0]
        assert (row["cost"], row["surplus"]) == (32, 63)
        assert row["low"] < 32 < row["high"]

    def test_one_segments_touches_are_not_charged_with_the_cost_of_all(self):
        customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(100)], "segment": ["a", "b"] * 50})
        frames = {**self.FRAMES, "customers": customers}
        every, one = (step.value_to_the_customer(Client.from_frames(frames, segment=name)).iloc[0] for name in ("", "a"))
        assert every["full_cost"] == pytest.approx(30, rel=0.01)
        assert np.isnan(one["full_cost"])

    def test_without_activities_the_interactions_costs_are_taken(self):
        frames = {name: self.FRAMES[name] for name in ("interactions", "survey", "touchpoints")}
        costs = step.touchpoint_costs(Client.from_frames(frames))
        assert costs.basis == "interactions"
        assert costs.frame["cost_share"].tolist() == pytest.approx([0.5, 0.5])

    def test_cost_by_kind_adds_up(self):
        frame = step.cost_by_kind(Client.from_frames(self.FRAMES)).set_index("kind")
        assert frame["cost_share"].to_dict() == pytest.approx({"creates": 0.75, "erodes": 0.25})


class TestWithTablesMissing:
    def test_every_exhibit_becomes_a_gap_that_names_what_to_supply(self):
        client = Client.from_frames({"quotes": pd.DataFrame({"text": ["Nice."]})})
        assert all(isinstance(getattr(step, name)(client), Gap) for name in EXHIBITS)
        assert all(getattr(step, name)(client) is None for name in READINGS)
        assert len(step.gaps(client)) == len(step.QUESTIONS)
        assert step.findings(client) == []

    def test_an_analysis_raises_where_the_exhibit_shows_a_gap(self):
        with pytest.raises(MissingDataError, match=r"attribute_ratings\.performance"):
            step.drivers(Client.from_frames({"quotes": pd.DataFrame({"text": ["Nice."]})}))

    def test_a_handful_of_answers_is_said_to_be_too_few(self):
        client = client_of(n=12)
        with pytest.raises(TooFewAnswersError, match="30 respondents"):
            step.drivers(client)
        assert all(isinstance(getattr(step, name)(client), Reading | Gap) for name in EXHIBITS)
        assert step.findings(client) == []
