"""A client of ten times the rows hands over no more of them: what grows with the data is counted in the engine."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.methods import handovers, shares
from cvclib.steps import handoffs, pain_points, roles_in_use, touchpoint_value

TOUCHPOINTS = {"visit": "Sales", "order": "Sales", "delivery": "Logistics", "request": "Service"}
WAYS = (("visit", "delivery", "visit", "order"), ("visit", "order", "delivery"), ("visit",), ("order", "delivery", "request", "delivery"))
ACTING = ("Sales", "Logistics", "Service", None)


def client_of(n_cases):
    """Cases go one of four ways; every third touch is handled by the department that comes next in the list; two answers a case."""
    touches = [
        {
            "case_id": f"c{case}", "customer_id": f"c{case}", "touchpoint": point, "department": ACTING[(case + i) % 4] if (case + i) % 3 else owner_of(point),
            "at": pd.Timestamp("2025-02-01") + pd.Timedelta(hours=case % 500 + 30 * i),
        }
        for case in range(n_cases)
        for i, point in enumerate(WAYS[case % 4])
    ]  # fmt: skip
    answers = [
        {
            "response_id": f"r{case}", "metric": "csat", "score": 1 + case % 5, "touchpoint": list(TOUCHPOINTS)[case // 5 % 4],
            "customer_id": f"c{case}", "responded_at": pd.Timestamp("2025-06-01"),
        }
        for case in range(n_cases)
    ]  # fmt: skip
    frames = {
        "interactions": pd.DataFrame(touches),
        "survey": pd.DataFrame(answers),
        "touchpoints": pd.DataFrame({"touchpoint": list(TOUCHPOINTS), "stage": "purchase", "owner_department": list(TOUCHPOINTS.values())}),
        "activities": pd.DataFrame({"activity": ["work"], "category": ["operations"], "annual_cost": [1000.0]}),
        "activity_touchpoints": pd.DataFrame(
            {"activity": "work", "touchpoint": list(TOUCHPOINTS), "raci_department": list(TOUCHPOINTS.values()), "raci": "A", "weight": 1.0}
        ),
    }
    return Client.from_frames(frames, currency="EUR")


def owner_of(point):
    return TOUCHPOINTS[point]


def most_rows(client, ask):
    """The largest answer that the engine gives while a step asks."""
    execute, sizes = client.connection.execute, [0]

    def counted(expr, /, **settings):
        answer = execute(expr, **settings)
        sizes.append(len(answer) if isinstance(answer, pd.DataFrame | pd.Series) else 1)
        return answer

    client.connection.execute = counted
    ask(client)
    return max(sizes)


@pytest.mark.parametrize(
    "ask",
    [
        roles_in_use.in_use,
        handoffs.bounces,
        handoffs.journeys_with_bounces,
        pain_points.satisfaction_by_touchpoint,
        touchpoint_value.cost_and_value,
    ],
    ids=lambda ask: ask.__name__,
)
def test_ten_times_the_rows_bring_back_no_more_of_them(ask):
    few, many = (most_rows(client_of(n), ask) for n in (240, 2_400))

    assert 0 < many <= few


def test_no_more_journeys_are_listed_than_are_shuffled(monkeypatch):
    monkeypatch.setattr(handoffs, "MOST_SHUFFLED", 90)
    found = {n: handoffs.in_order(client_of(n), permutations=9) for n in (240, 480)}

    assert found[240] == found[480]
    assert most_rows(client_of(480), lambda client: handoffs.in_order(client, permutations=9)) <= 91


def test_shares_over_cases_counted_in_the_engine_are_those_of_the_touches_one_by_one():
    client = client_of(120)
    touches = client.tables.interactions.order_by("case_id", "at").to_pandas().dropna(subset=["department"])
    touches["other"] = touches["department"] != touches["touchpoint"].map(TOUCHPOINTS)

    found = roles_in_use.in_use(client)

    by_case = touches.groupby("case_id")["other"].agg(["sum", "count"])
    assert found.overall == pytest.approx(handovers.share_over_cases(by_case["sum"], by_case["count"]))
    for row in found.by_touchpoint.itertuples():
        own = touches[touches["touchpoint"] == row.touchpoint].groupby("case_id")["other"].agg(["sum", "count"])
        assert (row.value, row.low, row.high) == pytest.approx(handovers.share_over_cases(own["sum"], own["count"])[:3])


def test_equal_answers_counted_once_give_the_interval_of_all_of_them():
    client = client_of(200)
    scores = client.tables.survey.to_pandas()

    found = pain_points.satisfaction_by_touchpoint(client, metric="csat").frame.set_index("touchpoint")

    for point, own in scores.groupby("touchpoint")["score"]:
        assert tuple(found.loc[point, ["value", "low", "high", "n"]]) == pytest.approx(tuple(shares.mean(own.to_numpy(float))))
