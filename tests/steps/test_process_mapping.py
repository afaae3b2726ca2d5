import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import event_log as el
from cvclib.privacy import LONGEST_QUOTE
from cvclib.steps import activity_map, journey_exhibits, journeys, pain_points, process_mapping, stage_flow

STAGE_OF = {"Ad": "awareness", "Shop": "consideration", "Order": "purchase", "Delivery": "ownership", "Review": "advocacy"}
EXHIBITS = [name.removeprefix("read_") for name in process_mapping.__all__ if name.startswith("read_")]


def touches(*cases: str, start: str = "2025-02-01") -> pd.DataFrame:
    """'Ad Shop' is a journey of two touches a day apart; each journey has a customer of its own."""
    rows = [
        (f"c{i}", f"j{i}", touchpoint, pd.Timestamp(start) + pd.Timedelta(days=k))
        for i, case in enumerate(cases)
        for k, touchpoint in enumerate(case.split())
    ]
    return pd.DataFrame(rows, columns=["customer_id", "case_id", "touchpoint", "at"])


def client_of(*cases: str, **frames: pd.DataFrame) -> Client:
    stages = pd.DataFrame({"touchpoint": list(STAGE_OF), "stage": list(STAGE_OF.values())})
    return Client.from_frames({"interactions": touches(*cases), "touchpoints": stages, **frames})


class TestWhichJourneysCount:
    def test_a_journey_belongs_to_the_period_in_which_it_starts(self):
        """One journey starts on the last day of the year before, one on the first of the period, one after it."""
        frames = [touches("Ad Shop", start=day).assign(case_id=day) for day in ("2024-12-31", "2025-01-01", "2026-01-01")]
        client = Client.from_frames({"interactions": pd.concat(frames)})

        assert journeys.journeys(client).case.to_pandas().unique().tolist() == ["2025-01-01"]

    def test_it_is_followed_to_the_last_day_of_the_period_and_no_further(self):
        client = Client.from_frames({"interactions": touches("Ad Shop Order", start="2025-12-30")})

        assert sorted(journeys.journeys(client).activity.to_pandas()) == ["Ad", "Shop"]

    def test_without_a_case_the_customer_is_the_journey(self):
        frame = touches("Ad Shop", "Ad").drop(columns="case_id")

        assert journeys.n_journeys(Client.from_frames({"interactions": frame})) == 2

    def test_touches_at_one_moment_stand_in_the_order_of_the_file(self):
        frame = touches("Review Ad Delivery").assign(at=pd.Timestamp("2025-03-01"))
        client = Client.from_frames({"interactions": frame})

        assert journeys.journeys(client).order_by("position").activity.to_pandas().tolist() == ["Review", "Ad", "Delivery"]

    def test_the_client_file_says_whether_start_or_completion_puts_touches_in_order(self):
        """The call begins at 9 and is completed at 14 by its 300 minutes; the visit begins and ends within it."""
        frame = touches("Call Visit").assign(
            at=pd.to_datetime(["2025-03-03 09:00", "2025-03-03 10:00"]), completed_at=pd.to_datetime([None, "2025-03-03 11:00"]),
            duration_minutes=[300.0, None],
        )  # fmt: skip
        for order, expected in (("start", ["Call", "Visit"]), ("completion", ["Visit", "Call"])):
            log = journeys.journeys(Client.from_frames({"interactions": frame}, event_order=order))

            assert log.order_by("position").activity.to_pandas().tolist() == expected

    def test_with_a_calendar_times_are_working_hours(self):
        """From Friday 16:00 to Monday 10:00 is two hours of a day from 9 to 17."""
        frame = touches("Call Visit").assign(at=pd.to_datetime(["2025-03-07 16:00", "2025-03-10 10:00"]))
        client = Client.from_frames({"interactions": frame}, calendar={"from": "9:00", "until": "17:00"})

        assert journeys.transitions(client)["median_hours"].tolist() == [2]
        assert journeys.lasting(client, 20) == "2.5 working days"
        assert "8 a working day, 09:00 to 17:00" in journeys.how_ordered(client)


class TestStages:
    def test_the_strict_funnel_counts_in_order_and_the_loose_one_anywhere(self):
        """Of four journeys three reach Shop, all after Ad; Order comes before Shop in one of two."""
        frame = stage_flow.stage_funnel(client_of("Ad Shop Order", "Ad Order Shop", "Ad Shop", "Ad"))

        assert frame["stage"].tolist() == ["awareness", "consideration", "purchase"]
        assert frame["n"].tolist() == [4, 3, 1]
        assert frame["n_any"].tolist() == [4, 3, 2]
        assert frame.loc[2, "conversion"] == pytest.approx(1 / 3)

    def test_those_who_stop_are_seen_last_where_their_last_touch_was(self):
        frame = stage_flow.drop_offs(client_of("Ad Shop", "Ad Shop Ad", "Ad Shop Order"))

        stopped = frame[frame["stage"] == "consideration"]
        assert dict(zip(stopped["touchpoint"], stopped["n"], strict=True)) == {"Ad": 1, "Shop": 1}

    def test_a_journey_that_has_not_gone_on_is_censored_at_the_end_of_the_period(self):
        """Two of three go on after a day; the third is watched from 1 February to 31 December, 334 days."""
        curve = stage_flow.time_to_next_stage(client_of("Ad Shop", "Ad Shop", "Ad"))["awareness", "consideration"]

        assert curve["time"].tolist() == [0, 1, 334]
        assert curve[["events", "censored"]].to_numpy().tolist() == [[0, 0], [2, 0], [0, 1]]
        assert stage_flow.within(curve, 90).value == pytest.approx(2 / 3)

    def test_the_leak_is_found_and_the_step_into_advocacy_is_not_blamed(self):
        """Of 200, 190 consider, 76 order, 72 own, 10 advocate: consideration to purchase keeps 40%."""
        path = list(STAGE_OF)
        cases = [" ".join(path[:k]) for k, n in ((1, 10), (2, 114), (3, 4), (4, 62), (5, 10)) for _ in range(n)]
        orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "c0", "ordered_at": "2025-05-01", "revenue": [100.0, 300.0]})
        client = client_of(*cases, orders=orders)

        finding = process_mapping.findings(client)[0]

        assert "from consideration to purchase" in finding.claim
        assert finding.estimate.value == pytest.approx(0.4)
        assert finding.value_at_stake == pytest.approx(114 * 200 * 365.25 / 365)
        assert stage_flow.leaks(client).set_index("next_stage")["p_value"].isna().to_dict()["advocacy"]

    def test_where_all_steps_lose_alike_no_leak_is_claimed(self):
        cases = ["Ad"] * 40 + ["Ad Shop"] * 32 + ["Ad Shop Order"] * 128
        finding = process_mapping.findings(client_of(*cases))[0]

        assert finding.kind == "no signal"
        assert "No step" in finding.claim


class TestPainPoints:
    def test_a_loop_is_named_with_its_share(self):
        """30 of 60 journeys come back to Shop; the others come back nowhere."""
        client = client_of(*["Ad Shop Order Shop"] * 30, *["Ad Shop Order"] * 30)
        found = pain_points.pain_points(client)

        assert found[["touchpoint", "kind", "value"]].values.tolist() == [["Shop", "repetition", 0.5]]
        assert any(f.claim.startswith("50.0% of the journeys that touch Shop come back") for f in process_mapping.findings(client))

    def test_low_satisfaction_at_one_touchpoint_is_named_and_noise_is_not(self):
        rng = np.random.default_rng(4)

        def survey(low: float) -> pd.DataFrame:
            scores = [(t, 1 + rng.binomial(4, low if t == "Shop" else 0.7)) for t in STAGE_OF for _ in range(80)]
            frame = pd.DataFrame(scores, columns=["touchpoint", "score"])
            return frame.assign(response_id=[f"r{i}" for i in range(len(frame))], metric="csat", responded_at="2025-06-01")

        sore = pain_points.pain_points(client_of("Ad Shop", survey=survey(0.45)))
        calm = pain_points.pain_points(client_of("Ad Shop", survey=survey(0.7)))

        assert sore["touchpoint"].tolist() == ["Shop"]
        assert calm.empty

    def test_answers_of_another_period_do_not_count(self):
        answers = pd.DataFrame(
            {"response_id": ["1", "2"], "metric": "nps", "score": [9, 1], "touchpoint": "Ad", "responded_at": ["2025-06-01", "2024-06-01"]}
        )
        client = client_of("Ad Shop", survey=answers)

        assert pain_points.satisfaction_by_touchpoint(client).overall.n == 1


class TestActivities:
    activities = pd.DataFrame(
        {
            "activity": ["Advertise", "Drive", "Think"],
            "category": ["marketing_and_sales", "external", "firm_infrastructure"],
            "annual_cost": [100.0, 60.0, 40.0],
        }
    )
    served = pd.DataFrame(
        [("Advertise", "Ad", 0.75, "A"), ("Advertise", "Ad", None, "R"), ("Advertise", "Shop", 0.25, "R"), ("Drive", "Delivery", 0.5, "R")],
        columns=["activity", "touchpoint", "weight", "raci"],
    )

    def client(self) -> Client:
        return client_of("Ad Shop", activities=self.activities, activity_touchpoints=self.served)

    def test_costs_go_to_touchpoints_by_weight_and_none_is_lost(self):
        """100 at 0.75 and 0.25; 60 whole to Delivery though its weight is 0.5; 40 serves no touchpoint."""
        frame = activity_map.touchpoint_costs(self.client()).set_index("touchpoint")["annual_cost"]

        assert frame.to_dict() == {"Ad": 75, "Delivery": 60, "Shop": 25, "no touchpoint": 40}

    def test_weights_that_miss_one_are_named(self):
        assert activity_map.uneven_weights(self.client()).values.tolist() == [["Drive", 0.5]]

    def test_a_weight_repeated_on_each_role_counts_once(self):
        assert activity_map.activity_weights(self.client()).set_index("touchpoint").loc["Ad", "share"] == 0.75

    def test_outsiders_stand_with_the_touchpoints_they_reach(self):
        assert activity_map.external_links(self.client())[["activity", "touchpoints"]].values.tolist() == [["Drive", "Delivery"]]


class TestExhibits:
    def test_rare_transitions_are_gathered_and_all_add_up(self):
        """Ad to Shop 9 times, six rarer kinds once each: below the minimum group they are not listed."""
        cases = ["Ad Shop"] * 9 + ["Shop Ad", "Order Shop", "Ad Order", "Order Ad", "Delivery Ad", "Ad Delivery"]
        frame = process_mapping.transition_table(client_of(*cases)).frame

        assert frame["transition"].tolist() == ["Ad → Shop", "other (6 kinds)"]
        assert frame["n"].sum() == 15

    def test_a_way_taken_by_one_customer_is_not_shown(self):
        frame = process_mapping.variant_table(client_of(*["Ad Shop"] * 9, "Ad Review Ad")).frame

        assert frame["way"].tolist() == ["Ad → Shop", "other (1 ways)"]
        assert frame["coverage"].tolist() == pytest.approx([0.9, 1.0])

    @pytest.mark.parametrize("name", EXHIBITS)
    def test_each_is_a_gap_that_names_what_is_missing_where_it_cannot_be_made(self, name):
        client = Client.from_frames({"quotes": pd.DataFrame({"text": ["The bed is fine"]})})

        assert isinstance(getattr(process_mapping, name)(client), Gap)
        assert getattr(process_mapping, f"read_{name}")(client) is None

    @pytest.mark.parametrize("name", EXHIBITS)
    def test_each_says_so_where_no_journey_starts_in_the_period(self, name):
        frames = {"interactions": touches("Ad Shop"), "touchpoints": pd.DataFrame({"touchpoint": ["Ad"], "stage": ["awareness"]})}
        client = Client.from_frames(frames, period=("2019-01-01", "2019-12-31"))

        assert isinstance(getattr(process_mapping, name)(client), Gap | Reading)

    @pytest.mark.parametrize("name", EXHIBITS)
    def test_each_can_be_made_of_very_few_journeys(self, name):
        client = client_of("Ad", "Ad Shop", activities=TestActivities.activities, activity_touchpoints=TestActivities.served)

        assert isinstance(getattr(process_mapping, name)(client), Figure | Table | Reading)
        assert isinstance(getattr(process_mapping, f"read_{name}")(client), Reading | None)

    def test_the_map_quotes_without_what_gives_a_person_away(self):
        """The same redaction as of every other quotation: the number is masked and the rest is cut."""
        said = "Call me at +31 6 12345678, " + "please do so soon and not as late as the last time " * 4
        quotes = pd.DataFrame({"touchpoint": ["Shop"], "empathy": ["says"], "text": [said]})
        client = client_of("Ad Shop", "Ad Shop Order", quotes=quotes)
        quoted = journey_exhibits._quotes(client, journeys.volumes(client).assign(number=1, pain=""))["text"].iloc[0]

        assert "12345678" not in quoted
        assert len(quoted) <= LONGEST_QUOTE + len(" …")

    def test_the_same_client_gives_the_same_bytes(self):
        first, second = (process_mapping.journey_map(client_of("Ad Shop Order", "Ad Shop")).to_html() for _ in range(2))

        assert first == second


def test_touches_are_required():
    with pytest.raises(MissingDataError, match="interactions"):
        journeys.journeys(Client.from_frames({"quotes": pd.DataFrame({"text": ["a"]})}))


class TestThePlantedTruthsOfTheDemonstration:
    truths = planted_truths()

    @pytest.mark.parametrize("name", EXHIBITS)
    def test_every_question_has_its_exhibit_and_reading(self, nordic_beds, name):
        assert isinstance(getattr(process_mapping, name)(nordic_beds), Figure | Table)
        assert str(getattr(process_mapping, f"read_{name}")(nordic_beds))
        assert process_mapping.gaps(nordic_beds) == []

    def test_the_stage_that_leaks_is_found_with_its_conversion(self, nordic_beds):
        steps = stage_flow.leaks(nordic_beds).set_index("stage")
        found = steps.loc[self.truths.leaking_stage]

        assert steps["p_value"].idxmin() == self.truths.leaking_stage or found["p_value"] < 0.001
        assert found["within_low"] <= self.truths.stage_conversion[self.truths.leaking_stage] + 0.02
        assert found["within_high"] >= self.truths.stage_conversion[self.truths.leaking_stage] - 0.02
        assert f"from {self.truths.leaking_stage} to" in process_mapping.findings(nordic_beds)[0].claim

    def test_the_loop_comes_as_often_as_planted(self, nordic_beds):
        again = el.repetitions(journeys.journeys(nordic_beds)).set_index("activity").loc["Online comparison"]

        assert again["n_cases_repeating"] / again["n_cases"] == pytest.approx(self.truths.loop_probability, abs=0.03)

    def test_only_touchpoints_felt_badly_are_pain_points_and_the_worst_is_one(self, nordic_beds):
        """Too few answer after a service request to be sure of it in every drawing of the data."""
        mood = self.truths.touchpoint_satisfaction
        found = pain_points.pain_points(nordic_beds)
        sore = set(found.loc[found["kind"] == "satisfaction", "touchpoint"])

        assert min(mood, key=mood.get) in sore
        assert sore <= {name for name, felt in mood.items() if felt <= -0.5}
