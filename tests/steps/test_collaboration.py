from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import raci
from cvclib.steps import collaboration, handoffs, network, roles_in_use, shared_picture

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

    def test_ways_back_count_a_long_stay_once(self):
        """S F F S: there and back; S F G: not."""
        client = client_of("S F F S", "S F G")

        assert handoffs.ping_pong(client).values.tolist() == [["S", "F", 1, 1]]
        assert handoffs.bounces(client)[:1] == (0.5,)
        assert handoffs.journeys_with_bounces(client)[:1] == (0.5,)

    def test_days_waited_are_spread_over_all_journeys(self):
        """S F F S waits a day and a day; S S none, S F a day: 3 days over 3 journeys, 2 of them from S to F."""
        whole, parts = handoffs.waiting_days(client_of("S F F S", "S S", "S F"))

        assert (whole.value, whole.n) == (1.0, 3)
        assert parts[["from_department", "to_department", "n", "n_cases"]].values.tolist() == [["S", "F", 2, 2], ["F", "S", 1, 1]]
        assert parts["value"].tolist() == pytest.approx([2 / 3, 1 / 3])
        assert parts["share"].tolist() == pytest.approx([2 / 3, 1 / 3])

    def test_the_interval_of_days_waited_is_students_over_journeys(self):
        """Journeys that wait 2, 0, 1 and 1 days: mean 1, standard deviation sqrt(2/3), t(3) = 3.182."""
        whole, _ = handoffs.waiting_days(client_of("S F S", "S S", "S F", "S F"))

        assert whole.high == pytest.approx(1 + 3.1824 * np.sqrt(2 / 3) / 2, abs=1e-3)

    def test_a_handoff_that_takes_longer_than_the_others_is_told(self):
        """S to F takes a day, S to - to L two (the middle touch is of no known department): 40 each."""
        found = handoffs.slower_than_others(client_of(*["S F"] * 40, *["S - L"] * 40)).set_index("to_department")

        assert found.loc["L", ["median_hours", "median_others", "share_longer"]].tolist() == [48.0, 24.0, 1.0]
        assert found.loc["L", "p_value"] < 0.001

    def test_a_long_log_is_shuffled_in_part(self, monkeypatch):
        monkeypatch.setattr(handoffs, "MOST_SHUFFLED", 7)

        assert handoffs.in_order(client_of("S F S", "S F S", "S F S"), permutations=9).n_cases == 2


class TestTheNetwork:
    def test_who_stands_between_is_found(self):
        """S hands to D, D to F, F to D, D to S: every way between S and F leads through D."""
        client = client_of(*["S D F D S"] * 6)
        found = network.department_network(client).set_index("node")

        assert found.index[0] == "D"
        assert found["betweenness"].to_dict() == {"D": 1.0, "F": 0.0, "S": 0.0}
        assert found["weight_out"].to_dict() == {"D": 12, "F": 6, "S": 6}

    def test_handoffs_in_too_few_journeys_are_not_drawn(self):
        assert network.department_ties(client_of("S D", "S D")).empty

    def test_touchpoints_of_departments_that_work_apart_form_their_groups(self):
        """Journeys stay among the three touchpoints of Sales or the three of Service, 20 each."""
        rng = np.random.default_rng(8)
        points = pd.DataFrame({"touchpoint": list("abcxyz"), "owner_department": ["Sales"] * 3 + ["Service"] * 3})
        rows = [
            (f"k{i}", f"j{i}", touchpoint, pd.Timestamp("2025-02-01") + pd.Timedelta(days=k))
            for i in range(40)
            for k, touchpoint in enumerate(rng.permutation(list("abcabc" if i % 2 else "xyzxyz")))
        ]
        touches = pd.DataFrame(rows, columns=["customer_id", "case_id", "touchpoint", "at"])
        found = network.ways(Client.from_frames({"interactions": touches, "touchpoints": points}))

        assert (found.ei.ei, found.likeness.adjusted_rand) == (-1, 1)
        assert found.touchpoints.groupby("community")["department"].nunique().tolist() == [1, 1]


class TestWhoActs:
    roles = pd.DataFrame(
        [("Sell", "Talk", "S", "a/r"), ("Sell", "Talk", "F", "I"), ("Sell", "Talk", "L", "R")],
        columns=["activity", "touchpoint", "raci_department", "raci"],
    )

    def test_touches_of_departments_that_are_only_informed_or_not_named_count_as_others(self):
        """S S F and S G: of five touches F and G are neither R nor A; L is responsible and never acts."""
        found = roles_in_use.in_use(client_of("S S F", "S G", activity_touchpoints=self.roles))
        row = found.by_touchpoint.iloc[0]

        assert (row["bound"], row["n"], row["n_others"], row["others"]) == ("L, S", 5, 2, ["F", "G"])
        assert found.overall[0::3] == (0.4, 5)
        assert found.idle.values.tolist() == [["Talk", "L", 5]]

    def test_a_touch_without_a_department_says_nothing_of_who_acts(self):
        points = pd.DataFrame({"touchpoint": ["Talk"], "owner_department": ["F"]})
        found = roles_in_use.in_use(client_of("S -", activity_touchpoints=self.roles, touchpoints=points))

        assert (found.overall.n, found.n_left_out) == (1, 1)

    def test_a_practice_that_differs_from_the_matrix_is_a_finding_and_a_few_slips_are_not(self):
        def stated(n: int) -> list[str]:
            client = client_of(*["S S"] * (100 - n), *["S F"] * n, activity_touchpoints=self.roles)
            return [f.claim for f in collaboration.findings(client) if f.table == "Who acts, against who is named"]

        assert stated(40) == [
            "20.0% of touches are handled by a department that is neither responsible nor accountable for the touchpoint."
        ]
        assert stated(6) == []


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

    def test_what_a_department_surely_ranks_otherwise_is_told_from_what_lies_within_the_customers_range(self):
        """Customers' means are half a point apart, all alike: each rank is sure. Finance turns them round: 5, 3, 1 ranks off."""
        frame = shared_picture.disagreements(self.client((6, 5, 4, 3, 2, 1)))
        finance = frame[frame["department"] == "Finance"].set_index("attribute")

        assert finance["gap"].to_dict() == {"a": 5, "b": 3, "c": 1, "d": -1, "e": -3, "f": -5}
        assert finance["sure"].all()
        assert set(frame[frame["department"] == "Service"].query("sure")["attribute"]) == {"e", "f"}

    def test_weights_of_ratings_decide_what_customers_want(self):
        """Six want a, four b; the four weigh ten times as much."""
        rows = [(f"r{i}", x, 5.0 if (x == "a") == (i < 6) else 1.0, 1.0 if i < 6 else 10.0) for i in range(10) for x in "ab"]
        ratings = pd.DataFrame(
            [*rows, *[(f"r{i}", "c", 3.0, 1.0) for i in range(10)]], columns=["response_id", "attribute", "importance", "weight"]
        )
        views = pd.DataFrame({"department": "S", "attribute": list("abc"), "rank": [1, 2, 3]})
        tables = {"department_views": views, "attribute_ratings": ratings}

        assert shared_picture.customers_ranks(Client.from_frames(tables))["rank"]["b"] == 1
        unweighted = {**tables, "attribute_ratings": ratings.drop(columns="weight")}
        assert shared_picture.customers_ranks(Client.from_frames(unweighted))["rank"]["a"] == 1

    def test_a_department_of_too_few_persons_is_not_shown(self):
        """Five persons of Sales and two of the board ranked; the minimum group is five."""
        rows = [("Sales", f"s{i}", a, r) for i in range(5) for a, r in zip("abc", (1, 2, 3), strict=True)]
        rows += [("Board", f"b{i}", a, r) for i in range(2) for a, r in zip("abc", (3, 2, 1), strict=True)]
        views = pd.DataFrame(rows, columns=["department", "rater", "attribute", "rank"])
        client = Client.from_frames({"department_views": views})

        assert shared_picture.picture(client).ranks.columns.tolist() == ["Sales"]
        assert shared_picture.picture(client).too_few == ("Board",)
        assert "Not shown, as too few persons ranked: Board." in str(collaboration.read_picture_matrix(client))

    def test_an_attribute_that_too_few_customers_rated_is_not_compared(self):
        views = pd.DataFrame({"department": "S", "attribute": list("abc"), "rank": [1, 2, 3]})
        ratings = pd.DataFrame(
            [(f"r{i}", a, 3.0) for i in range(9) for a in "abc" if a < "c" or i < 2], columns=["response_id", "attribute", "importance"]
        )

        assert shared_picture.customers_ranks(
            Client.from_frames({"department_views": views, "attribute_ratings": ratings})
        ).index.tolist() == ["a", "b"]

    def test_alpha_takes_in_what_only_some_ranked(self):
        views = pd.DataFrame(
            [(d, a, r) for d in "ST" for r, a in enumerate("abcd", 1) if (d, a) != ("T", "d")], columns=["department", "attribute", "rank"]
        )

        assert shared_picture.alpha(Client.from_frames({"department_views": views})).value == 1

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

    def test_the_planted_loop_is_the_commonest_way_back_and_beyond_chance(self, nordic_beds):
        """A showroom visit (Sales) is followed by going back to the online comparison (E-commerce) with `loop_probability`."""
        first = handoffs.ping_pong(nordic_beds).iloc[0]
        order = handoffs.in_order(nordic_beds, permutations=99).returns

        assert self.truths.loop_probability > 0
        assert (first["department"], first["via"]) == ("E-commerce", "Sales")
        assert order.seen > order.high

    def test_the_findings_name_the_planted_truths(self, nordic_beds):
        claims = {f.table: f.claim for f in collaboration.findings(nordic_beds)}

        assert claims["How close each department's picture is to the customers'"].startswith(
            f"{self.truths.department_out_of_line} is furthest"
        )
        assert "no one accountable (2) and more than one accountable (3)" in claims["Faults in who does what"]
        assert "E-commerce to Sales and back" in claims["Customers sent from one department to another and straight back"]

    def test_the_department_out_of_line_is_furthest_from_the_customers(self, nordic_beds):
        frame = shared_picture.departments_and_customers(nordic_beds)

        assert frame.iloc[-1]["department"] == self.truths.department_out_of_line
