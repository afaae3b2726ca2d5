"""What if, the journey's gains, queues, and what to cut: made clients with known links, and clients that lack one."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.findings import Gap
from cvclib.steps import capacity_exhibits, cut_keep_invest_exhibits, journey_gain_exhibits, opportunity_exhibits, what_if_exhibits
from cvclib.steps.capacity import queues
from cvclib.steps.cut_keep_invest import cut_keep_invest
from cvclib.steps.journey_gain import journey_gain
from cvclib.steps.opportunities import opportunities
from cvclib.steps.what_if import after_answering, what_if

PERIOD = ("2025-01-01", "2025-12-31")


def answers(n=400, slope=0.8, seed=1):
    """Ratings of comfort and colour from 1 to 5; satisfaction is 2 + slope × comfort, and a point of noise."""
    rng = np.random.default_rng(seed)
    rated = rng.integers(1, 6, (n, 2))
    score = np.clip(2 + slope * rated[:, 0] + rng.normal(0, 1, n), 1, 10).round(1)
    ids = [f"r{i}" for i in range(n)]
    ratings = pd.concat(
        [pd.DataFrame({"response_id": ids, "attribute": name, "performance": rated[:, j]}) for j, name in enumerate(("comfort", "colour"))]
    )
    survey = pd.DataFrame(
        {"response_id": ids, "metric": "overall", "score": score, "customer_id": [f"c{i}" for i in range(n)], "responded_at": "2025-02-01"}
    )
    return ratings, survey


def orders_after(survey, link=0.1, seed=2):
    """Everyone ordered in January; after the answer as many more as link × (answer - 4) above 40%."""
    rng = np.random.default_rng(seed)
    again = rng.random(len(survey)) < np.clip(0.4 + link * (survey["score"] - 4), 0, 1)
    who = [*survey["customer_id"], *survey.loc[again, "customer_id"]]
    days = ["2025-01-10"] * len(survey) + ["2025-04-01"] * int(again.sum())
    return pd.DataFrame(
        {"order_id": [f"o{i}" for i in range(len(who))], "customer_id": who, "ordered_at": days, "revenue": 50.0, "margin": 20.0}
    )


def client_of(**tables):
    return Client.from_frames(tables, period=PERIOD)


class TestWhatIf:
    def test_the_links_are_those_that_were_made(self):
        """A slope of 0.8, a point brings 10 percentage points: +0.1 on comfort is 0.8% of the customers more."""
        ratings, survey = answers()
        found = what_if(client_of(attribute_ratings=ratings, survey=survey, orders=orders_after(survey)))
        top = found.frame.iloc[0]
        assert top["attribute"] == "comfort"
        assert top["satisfaction_low"] < 0.08 < top["satisfaction_high"]
        assert top["share_low"] < 0.008 < top["share_high"]
        assert found.seen["attribute"].tolist() == ["comfort"]

    def test_only_orders_in_the_days_after_the_answer_count(self):
        survey = pd.DataFrame(
            {
                "response_id": ["r1", "r2", "r3"],
                "metric": "overall",
                "score": [5, 7, 9],
                "customer_id": ["a", "b", "c"],
                "responded_at": "2025-02-01",
            }
        )
        orders = pd.DataFrame(
            {
                "order_id": list("1234"),
                "customer_id": ["a", "a", "b", "b"],
                "ordered_at": ["2025-01-05", "2025-03-01", "2025-01-05", "2025-12-01"],
            }
        )
        found = after_answering(client_of(survey=survey, orders=orders), metric="overall", behaves="orders")
        assert found[["score", "n", "did"]].to_numpy().tolist() == [[5, 1, 1], [7, 1, 0]]

    def test_a_contract_that_runs_on_counts_as_staying(self):
        survey = pd.DataFrame(
            {"response_id": ["r1", "r2"], "metric": "overall", "score": [4, 8], "customer_id": ["a", "b"], "responded_at": "2025-02-01"}
        )
        contracts = pd.DataFrame({"customer_id": ["a", "b"], "started_at": "2024-06-01", "ended_at": ["2025-03-01", None]})
        found = after_answering(client_of(survey=survey, subscriptions=contracts), metric="overall", behaves="contracts")
        assert found[["score", "n", "did"]].to_numpy().tolist() == [[4, 1, 0], [8, 1, 1]]

    def test_the_missing_link_is_named_and_the_chain_stops(self):
        ratings, survey = answers()
        client = client_of(attribute_ratings=ratings, survey=survey)
        found = what_if(client)
        assert found.reaches == "satisfaction"
        assert "satisfaction to buying again or staying is missing" in found.missing
        assert "There the chain stops." in what_if_exhibits.what_if_reading(client).text

    def test_without_ratings_there_is_a_gap(self):
        assert isinstance(what_if_exhibits.what_if_chart(client_of(survey=answers()[1])), Gap)

    def test_ratings_that_tell_nothing_recommend_nothing(self):
        """25 made clients without a link: at most 5 name an attribute (99.5th percentile of the binomial with 5%)."""
        named = 0
        for seed in range(25):
            ratings, survey = answers(n=120, slope=0.0, seed=seed)
            findings = what_if_exhibits.what_if_findings(client_of(attribute_ratings=ratings, survey=survey))
            named += findings[0].kind != "no signal"
        assert named <= 5

    def test_a_second_link_that_is_not_seen_promises_nothing(self):
        ratings, survey = answers()
        client = client_of(attribute_ratings=ratings, survey=survey, orders=orders_after(survey, link=0.0))
        finding = what_if_exhibits.what_if_findings(client)[0]
        assert "points of overall satisfaction" in finding.claim
        assert "cannot be seen" in finding.evidence


class TestTheRanks:
    def test_a_segment_with_greater_need_is_named(self):
        rng = np.random.default_rng(4)
        n, satisfied = 400, {"young": 0.3, "old": 0.7}
        segment = np.array(["young", "old"] * (n // 2))
        frame = pd.concat(
            [
                pd.DataFrame(
                    {
                        "response_id": [f"r{i}" for i in range(n)], "attribute": name, "segment": segment,
                        "importance": np.where(rng.random(n) < 0.8, 5, 2),
                        "performance": np.where(rng.random(n) < [satisfied[s] if name == "repair" else 0.7 for s in segment], 5, 2),
                    }
                )
                for name in ("repair", "lobby")
            ]
        )  # fmt: skip
        client = client_of(attribute_ratings=frame)
        found = opportunities(client).segments
        sure = found[found["p_adjusted"] < 0.05]
        assert set(zip(sure["segment"], sure["attribute"], strict=True)) == {("young", "repair"), ("old", "repair")}
        assert "For young repair is a larger one" in opportunity_exhibits.opportunity_reading(client).text

    def test_ranks_add_up(self):
        frame = pd.DataFrame({"response_id": [f"r{i}" for i in range(60)] * 2, "attribute": ["a"] * 60 + ["b"] * 60})
        frame = frame.assign(performance=[5, 2] * 60, importance=[5, 5, 2] * 40)
        ranks = opportunities(client_of(attribute_ratings=frame)).ranks
        assert ranks.sum(axis=0) == pytest.approx([1, 1])


def walked(n=400, stop_at_quote=0.2, seed=1):
    """Journeys: advert, then the shop, where two in five stop; then a quote, where some stop; then the order."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        path = ["advert", "shop"]
        if rng.random() > 0.4:
            path.append("quote")
            if rng.random() > stop_at_quote:
                path.append("order")
        rows += [(f"c{i}", t, pd.Timestamp("2025-02-01") + pd.Timedelta(days=i % 90, hours=k)) for k, t in enumerate(path)]
    stages = {"advert": "awareness", "shop": "consideration", "quote": "consideration", "order": "purchase"}
    return {
        "interactions": pd.DataFrame(rows, columns=["customer_id", "touchpoint", "at"]),
        "touchpoints": pd.DataFrame({"touchpoint": list(stages), "stage": list(stages.values())}),
    }


class TestTheJourney:
    def test_the_gain_is_the_share_kept_times_what_becomes_of_it(self):
        """All pass the shop; of five in a hundred more who go on to the quote four buy: 4% of the journeys."""
        frame = journey_gain(client_of(**walked())).frame.set_index(["source", "target"])
        row = frame.loc[("shop", "quote")]
        assert row["low"] < 0.05 * 0.8 < row["high"]
        assert row["sales"] == pytest.approx(row["gain"] * 400 * 365.25 / 365, rel=1e-6)

    def test_where_two_steps_have_as_much_to_gain_none_is_named(self):
        """Three in five pass the shop, and as many the quote: either way three hundredths are gained of five."""
        client = client_of(**walked(stop_at_quote=0.4))
        assert journey_gain_exhibits.journey_gain_findings(client) == []
        assert isinstance(journey_gain_exhibits.journey_gain_chart(client), Figure)

    def test_money_is_the_margin_of_the_orders_there_are(self):
        orders = pd.DataFrame(
            {"order_id": [f"o{i}" for i in range(40)], "customer_id": "c1", "ordered_at": "2025-03-01", "margin": 20.0, "revenue": 50.0}
        )
        found = journey_gain(client_of(**walked(), orders=orders))
        assert found.basis == "margin"
        assert found.frame["money"].to_numpy() == pytest.approx(20 * found.frame["sales"].to_numpy())

    def test_without_stages_there_is_a_gap(self):
        assert isinstance(journey_gain_exhibits.journey_gain_chart(client_of(interactions=walked()["interactions"])), Gap)


def tickets(arrivals=100.0, served=125.0, weeks=52, seed=1, queueing=True):
    """A desk of one that serves in the order of arrival; or waits that depend on nothing."""
    rng = np.random.default_rng(seed)
    n = int(arrivals * weeks)
    opened, service, wait = rng.exponential(168 / arrivals, n).cumsum(), rng.exponential(168 / served, n), np.zeros(n)
    for k in range(1, n):
        wait[k] = max(wait[k - 1] + service[k - 1] - (opened[k] - opened[k - 1]), 0)
    wait = wait if queueing else rng.permutation(wait)
    start = pd.Timestamp("2025-01-01")
    frame = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(n)], "opened_at": start + pd.to_timedelta(opened, unit="h")})
    return frame.assign(first_response_at=start + pd.to_timedelta(opened + wait, unit="h"))


class TestTheQueue:
    def test_the_desk_is_found_as_busy_as_it_was_made(self):
        """λ 100, μ 125 a week: 80% busy, 5.4 hours; with 10% more 100 / (137.5 × 37.5) weeks = 3.3 hours."""
        (queue,) = queues(client_of(tickets=tickets()))
        assert queue.queues
        assert queue.result.busy.low < 0.8 < queue.result.busy.high
        assert queue.result.after.low < 168 * 100 / (137.5 * 37.5) < queue.result.after.high

    def test_waits_that_do_not_depend_on_who_else_waits_promise_nothing(self):
        client = client_of(tickets=tickets(arrivals=40, queueing=False))
        shown = capacity_exhibits.capacity_chart(client)
        assert isinstance(shown, Reading)
        assert "do not queue for capacity" in shown.text
        assert capacity_exhibits.capacity_findings(client) == []

    def test_departments_queue_each_for_itself(self):
        both = pd.concat([tickets(seed=s, arrivals=60, served=80).assign(department=name) for s, name in ((1, "desk"), (2, "lab"))])
        client = client_of(tickets=both.assign(ticket_id=[f"t{i}" for i in range(len(both))]))
        assert [queue.group for queue in queues(client)] == ["desk", "lab"]
        assert isinstance(capacity_exhibits.capacity_chart(client), Figure)
        assert "one person more" in capacity_exhibits.capacity_reading(client, people=3).text


def touchpoints(prices, scores, reached, n=300):
    """Each touchpoint's cost a time, mean answer (1 to 7 as csat is asked) and customers reached."""
    rng = np.random.default_rng(1)
    met, said = [], []
    for name, price in prices.items():
        met += [(f"c{i}", name, "2025-03-01", price) for i in range(reached[name])]
        said += [(f"{name}{i}", "csat", name, score) for i, score in enumerate(np.clip(rng.normal(scores[name], 0.6, n), 1, 5))]
    return {
        "interactions": pd.DataFrame(met, columns=["customer_id", "touchpoint", "at", "cost"]),
        "survey": pd.DataFrame(said, columns=["response_id", "metric", "touchpoint", "score"]).assign(responded_at="2025-03-02"),
    }


class TestCutKeepInvest:
    def test_the_dear_one_is_cut_the_poor_and_cheap_one_invested_in(self):
        """Same reach; lounge takes most of the cost, chat least and pleases least."""
        tables = touchpoints(
            {"lounge": 30.0, "shop": 10.0, "chat": 2.0},
            {"lounge": 4.2, "shop": 4.0, "chat": 3.0},
            dict.fromkeys(("lounge", "shop", "chat"), 200),
        )
        client = client_of(**tables)
        found = cut_keep_invest(client).set_index("touchpoint")
        assert found.loc[["lounge", "chat"], "label"].tolist() == ["cut", "invest"]
        assert found[["cut", "keep", "invest"]].sum(axis=1).to_numpy() == pytest.approx(np.ones(3))
        claims = [finding.claim for finding in cut_keep_invest_exhibits.cut_keep_invest_findings(client)]
        assert claims[0].startswith("chat earns more than it gets")
        assert claims[1].startswith("lounge takes")

    def test_where_cost_follows_value_all_is_kept(self):
        tables = touchpoints(dict.fromkeys("abc", 10.0), dict.fromkeys("abc", 4.0), dict.fromkeys("abc", 200))
        client = client_of(**tables)
        assert set(cut_keep_invest(client)["label"]) == {"keep"}
        assert cut_keep_invest_exhibits.cut_keep_invest_findings(client) == []

    def test_without_costs_there_is_a_gap(self):
        assert isinstance(cut_keep_invest_exhibits.cut_keep_invest_chart(client_of(survey=answers()[1])), Gap)
