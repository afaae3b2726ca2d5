from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import raci
from cvclib.steps import collaboration, handoffs, shared_picture

EXHIBITS = [name.removeprefix("read_") for name in collaboration.__all__ if name.startswith("read_")]


def journeys_of(*cases: str) -> pd.DataFrame:
    """'S S F' is a journey through departments S, S and F, a day apart; '-' is a touch of no known department."""
    rows = [
        (f"c{i}", f"j{i}", "Talk", pd.Timestamp("2025-02-01") + pd.Timedelta(days=k), None if department == "-" else department)
        for i, case in enumerate(cases)
        for k, department in enumerate(case.split())
    ]
    return pd.DataFrame(rows, columns=["customer_id", "case_id", "touchpoint", "at", "department"])


def client_of(*cases: str, **frames: pd.DataFrame) -> Client:
    return Client.from_frames({"interactions": journeys_of(*cases), **frames})


class TestHandoffs:
    def test_only_touches_of_two_departments_make_one(self):
        """S S F S: S to F and F to S; S F: S to F once more. Each wait is a day."""
        frame = handoffs.handoffs(client_of("S S F S", "S F"))

        assert frame[["from_department", "to_department", "n", "median_hours"]].values.tolist() == [
            ["S", "F", 2, 24.0],
            ["F", "S", 1, 24.0],
        ]

    def test_a_touch_of_no_department_is_passed_over_and_the_wait_runs_on(self):
        frame = handoffs.handoffs(client_of("S - F"))

        assert frame[["n", "median_hours"]].values.tolist() == [[1, 48.0]]

    def test_the_owner_of_the_touchpoint_stands_in_for_a_missing_department(self):
        points = pd.DataFrame({"touchpoint": ["Talk"], "owner_department": ["Owner"]})

        assert handoffs.handoffs(client_of("S -", touchpoints=points))["to_department"].tolist() == ["Owner"]

    def test_what_comes_straight_back_is_counted_among_those_that_go_on(self):
        """S F S and S F G: after the handoff S to F both go on, one of them back; F to S and F to G end."""
        assert handoffs.bounces(client_of("S F S", "S F G"))[:1] == (0.5,)
        assert handoffs.bounces(client_of("S F S", "S F G")).n == 2

    def test_a_silo_keeps_to_itself(self):
        """S S S S F: three ties within S, one from S to F; (1 - 3) / 4 for S, 1 for F."""
        frame = handoffs.silos(client_of("S S S S F")).set_index("group")["ei_index"]

        assert frame.to_dict() == {"F": 1.0, "S": -0.5, "all": -0.5}

    def test_a_planted_effect_of_handoffs_is_found_and_touches_alone_are_not_taken_for_one(self):
        """Satisfaction falls with handoffs in one client, with touches in the other; 300 customers each."""
        rng = np.random.default_rng(6)
        paths = [["S"] for _ in range(300)]
        for path in paths:
            for _ in range(rng.integers(2, 9)):
                path.append(rng.choice(["S", "F", "L"]) if rng.random() < 0.5 else path[-1])
        n_handed = np.array([sum(a != b for a, b in pairwise(p)) for p in paths])
        n_touches = np.array([len(p) for p in paths])

        def found(driver: np.ndarray) -> pd.DataFrame:
            score = np.clip(np.round(8 - 0.6 * driver + rng.normal(0, 1, 300)), 0, 10)
            survey = pd.DataFrame({"response_id": [f"r{i}" for i in range(300)], "metric": "nps", "score": score,
                                   "responded_at": "2025-06-01", "customer_id": [f"c{i}" for i in range(300)]})  # fmt: skip
            client = client_of(*map(" ".join, paths), survey=survey)
            return handoffs.relation_to_satisfaction(client).set_index("predictor").loc["n_handoffs"]

        assert found(n_handed)["beside_high"] < -0.2
        assert found(n_touches)["rho"] < -0.2
        assert found(n_touches)["beside_p_value"] > 0.05


class TestWhoDoesWhat:
    table = pd.DataFrame(
        [
            ("Drive", "Delivery", "L", "R"),
            ("Drive", "Delivery", "L", "A"),
            ("Drive", "Pick-up", "L", "R"),
            ("Drive", "Pick-up", "S", "A"),
            ("Call", "Delivery", "S", "R"),
        ],
        columns=["activity", "touchpoint", "raci_department", "raci"],
    )

    def test_what_counts_as_one_task_decides_what_is_a_fault(self):
        """By activity and touchpoint only Call lacks an A; by activity, Drive has two."""
        client = Client.from_frames({"activity_touchpoints": self.table})

        both = raci.faults(collaboration.raci_roles(client))
        activity = raci.faults(collaboration.raci_roles(client, by="activity"))

        assert both[["fault", "where"]].values.tolist() == [["no one accountable", "Call · Delivery"]]
        assert activity[["fault", "where"]].values.tolist() == [["no one accountable", "Call"], ["more than one accountable", "Drive"]]

    def test_another_task_is_refused(self):
        with pytest.raises(ValueError, match="by must be one of 'activity and touchpoint'"):
            collaboration.raci_roles(Client.from_frames({"activity_touchpoints": self.table}), by="moon")


class TestSharedPicture:
    def client(self, finance: tuple[int, ...]) -> Client:
        attributes = list("abcdef")
        ranks = {"Sales": (1, 2, 3, 4, 5, 6), "Service": (1, 2, 3, 4, 6, 5), "Finance": finance}
        views = pd.DataFrame(
            [(d, a, r) for d, given in ranks.items() for a, r in zip(attributes, given, strict=True)],
            columns=["department", "attribute", "rank"],
        )
        ratings = pd.DataFrame(
            [(f"r{i}", a, 6 - k / 2) for i in range(9) for k, a in enumerate(attributes)],
            columns=["response_id", "attribute", "importance"],
        )
        return Client.from_frames({"department_views": views, "attribute_ratings": ratings}, scales={"importance": (1, 7)})

    def test_departments_that_rank_alike_agree_fully(self):
        """Three raters, six items, one swap: rank sums 3 6 9 12 16 17, S = 157.5 - 1; W = 12 S / (9 x 210)."""
        found = shared_picture.concordance(self.client((1, 2, 3, 4, 5, 6)))

        assert found.w == pytest.approx(12 * sum((s - 10.5) ** 2 for s in (3, 6, 9, 12, 16, 17)) / (9 * 210))

    def test_the_department_that_sees_it_the_other_way_round_stands_last(self):
        frame = shared_picture.departments_and_customers(self.client((6, 5, 4, 3, 2, 1)))

        assert frame["department"].tolist() == ["Sales", "Service", "Finance"]
        assert frame["rho"].tolist()[::2] == [1, -1]
        assert frame.iloc[-1][["underrates", "overrates"]].tolist() == ["a", "f"]

    def test_an_attribute_that_some_department_left_out_is_named_and_left_out(self):
        client = Client.from_frames(
            {"department_views": pd.DataFrame({"department": ["S", "S", "F"], "attribute": ["a", "b", "a"], "rank": [1, 2, 1]})}
        )

        assert shared_picture.picture(client).left_out == ("b",)


class TestExhibits:
    @pytest.mark.parametrize("name", EXHIBITS)
    def test_each_is_a_gap_that_names_what_is_missing_where_it_cannot_be_made(self, name):
        client = Client.from_frames({"quotes": pd.DataFrame({"text": ["The bed is fine"]})})

        assert isinstance(getattr(collaboration, name)(client), Gap)
        assert getattr(collaboration, f"read_{name}")(client) is None

    @pytest.mark.parametrize("name", EXHIBITS)
    def test_each_can_be_made_of_very_little(self, name):
        views = pd.DataFrame({"department": ["S"], "attribute": ["a"], "rank": [1]})
        ratings = pd.DataFrame({"response_id": ["1"], "attribute": ["a"], "importance": [3]})
        survey = pd.DataFrame({"response_id": ["1"], "metric": ["nps"], "score": [7], "customer_id": ["c0"]})
        client = client_of(
            "S F", activity_touchpoints=TestWhoDoesWhat.table, department_views=views, attribute_ratings=ratings, survey=survey
        )

        assert isinstance(getattr(collaboration, name)(client), Figure | Table | Reading)
        assert isinstance(getattr(collaboration, f"read_{name}")(client), Reading | None)
        assert collaboration.findings(client)


class TestThePlantedTruthsOfTheDemonstration:
    truths = planted_truths()

    @pytest.mark.parametrize("name", EXHIBITS)
    def test_every_question_has_its_exhibit_and_reading(self, nordic_beds, name):
        assert isinstance(getattr(collaboration, name)(nordic_beds), Figure | Table)
        assert str(getattr(collaboration, f"read_{name}")(nordic_beds))
        assert collaboration.gaps(nordic_beds) == []

    def test_the_faults_in_who_does_what_are_where_they_were_planted(self, nordic_beds):
        found = raci.faults(collaboration.raci_roles(nordic_beds, by="touchpoint"))
        where = dict(zip(found["fault"], found["where"], strict=True))

        assert where == {"no one accountable": self.truths.no_accountable, "more than one accountable": self.truths.two_accountable}

    def test_the_department_out_of_line_is_furthest_from_the_customers(self, nordic_beds):
        frame = shared_picture.departments_and_customers(nordic_beds)

        assert frame.iloc[-1]["department"] == self.truths.department_out_of_line
