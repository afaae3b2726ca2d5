"""Every KPI by hand on a few rows, and what it needs."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.kpis import KPIS, NO_SEGMENT, covers, supplied
from cvclib.methods.skewed import clustered_skewed_mean
from cvclib.steps.scorecard import scorecard, segments

ORDERS = pd.DataFrame(
    [
        # order, customer, ordered, promised, delivered, cancelled, revenue
        ("1", "a", "2025-01-01 10:00", "2025-01-05 00:00", "2025-01-05 18:00", None, 100),
        ("2", "a", "2025-02-01 23:00", "2025-02-05 00:00", "2025-02-06 08:00", None, 200),
        ("3", "b", "2025-03-01 12:00", "2025-03-05 00:00", "2025-03-03 09:00", None, 60),
        ("4", "b", "2025-03-02 12:00", "2025-03-05 00:00", None, "2025-03-03 12:00", 500),
        ("5", "c", "2025-04-01 12:00", None, None, None, 40),
        ("C6", "a", "2025-05-01 12:00", None, None, "2025-05-01 12:00", -30),
        ("7", "b", "2024-06-01 12:00", None, None, None, 10),
        ("8", "d", "2024-01-02 12:00", None, None, None, 10),
        ("9", "d", "2024-12-30 12:00", None, None, None, 10),
    ],
    columns=["order_id", "customer_id", "ordered_at", "promised_at", "delivered_at", "cancelled_at", "revenue"],
)
CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "segment": ["home", "home", "office", "office"]})


@pytest.fixture(scope="module")
def client():
    return Client.from_frames({"orders": ORDERS, "customers": CUSTOMERS})


def value(client, name, **where):
    return KPIS[name].estimate(client, **where).value


def test_delivery_time_follows_those_who_still_wait(client):
    """Orders 1, 2 and 3 take 4, 5 and 2 days; 4 is followed for the day until it was cancelled, 5 for 30 days without delivery.

    Four at risk on day 2: 3/4, on day 4: 2/4. The credit note is no order. Nine in ten are never reached.
    """
    assert KPIS["delivery_days"].estimate(client)[::3] == (4, 5)
    assert np.isnan(value(client, "delivery_p90_days"))


def test_on_time_to_the_hour_needs_promises_that_name_one(client):
    """All promises are of a day here; at noon, order 1 of 18:00 and order 2 of the day after are late, order 3 is not."""
    assert KPIS["on_time_to_the_hour"].missing(client) == ("orders.promised_at with the hour",)
    at_noon = ORDERS.assign(promised_at=ORDERS["promised_at"].str.replace("00:00", "12:00"))
    assert value(Client.from_frames({"orders": at_noon}), "on_time_to_the_hour") == pytest.approx(1 / 3)


def test_a_delivery_on_the_evening_of_the_promised_day_is_on_time(client):
    """Orders 1 and 3 of 1, 2 and 3; order 1 came 18 hours after the promised midnight."""
    assert value(client, "on_time_share") == pytest.approx(2 / 3)


def test_revenue_counts_standing_orders_less_credit_notes(client):
    """100 + 200 + 60 + 40 - 30; the cancelled 500 brought nothing."""
    assert value(client, "revenue") == 370


def test_a_total_has_no_interval(client):
    assert np.isnan(KPIS["revenue"].estimate(client).low)


def test_two_of_six_orders_were_cancelled(client):
    assert value(client, "cancelled_share") == pytest.approx(2 / 6)


def test_one_of_three_customers_ordered_twice(client):
    """a has two standing orders, b one and a cancelled one, c one."""
    assert KPIS["repeat_rate"].estimate(client)[::3] == (pytest.approx(1 / 3), 3)


def test_one_of_two_customers_of_the_year_before_came_back(client):
    """b and d ordered in 2024; b again in 2025."""
    assert KPIS["retention"].estimate(client)[::3] == (0.5, 2)


def test_retention_needs_the_whole_period_before(client):
    assert np.isnan(KPIS["retention"].estimate(client, client.previous_period).value)
    assert covers(client, client.previous_period)
    assert not covers(client, client.previous_period.previous)


def test_order_value_and_revenue_per_customer(client):
    """400 over four orders; a 300, b 60, c 40 over three customers."""
    assert value(client, "average_order_value") == 100
    assert value(client, "revenue_per_customer") == pytest.approx(400 / 3)


def test_amounts_are_skewed_and_so_is_the_interval_of_their_mean(client):
    """Orders of a 100 and 200, of b 60, of c 40; a's lie 100 above the mean together, those of b and c 40 and 60 below."""
    found = KPIS["average_order_value"].estimate(client)
    second, third = 100**2 + 40**2 + 60**2, 100**3 - 40**3 - 60**3
    assert tuple(found) == pytest.approx(tuple(clustered_skewed_mean(4, 3, 100.0, second, third)))
    assert found.high - found.value > found.value - found.low


def test_segments_are_those_of_the_customers(client):
    found = KPIS["repeat_rate"].by(client, client.period, "segment")
    assert found["home"][::3] == (0.5, 2)
    assert found["office"][::3] == (0, 1)
    assert value(client, "repeat_rate", segment="home") == 0.5


def test_months_are_named_by_their_first_day(client):
    assert set(KPIS["orders"].by(client, client.period, "month")) == {f"2025-0{m}-01" for m in (1, 2, 3, 4)}


def test_one_segment_analysed_counts_its_orders_only():
    home = Client.from_frames({"orders": ORDERS, "customers": CUSTOMERS}, segment="home")
    assert value(home, "customers") == 2


def test_accounts_tied_to_one_customer_count_as_one_buyer():
    orders = pd.DataFrame({"order_id": ["1", "2", "3"], "account_id": ["D", "E", "F"], "ordered_at": "2025-02-01"})
    accounts = pd.DataFrame({"account_id": ["D", "E", "F"], "customer_id": ["a", "a", None]})
    client = Client.from_frames({"orders": orders, "accounts": accounts})
    assert KPIS["repeat_rate"].estimate(client)[::3] == (0.5, 2)


def survey(**columns):
    return Client.from_frames({"survey": pd.DataFrame(columns)}, scales={"csat": (1, 5)})


def test_scores_use_the_weights():
    client = survey(response_id=list("1234"), metric=["nps", "nps", "csat", "csat"], score=[10, 0, 5, 2], weight=[3, 1, 1, 3])
    assert value(client, "nps") == pytest.approx(50)
    assert value(client, "csat") == pytest.approx(0.25)


def test_answers_without_a_time_belong_to_the_period_and_to_no_other():
    client = survey(response_id=["1"], metric=["nps"], score=[9])
    assert value(client, "nps") == 100
    assert KPIS["nps"].estimate(client, client.previous_period).n == 0


def test_an_answer_belongs_to_the_segment_of_the_order_it_names():
    frames = {
        "survey": pd.DataFrame({"response_id": ["1"], "metric": "csat", "score": 5, "order_id": ["1"], "responded_at": "2025-02-02"}),
        "orders": ORDERS,
        "customers": CUSTOMERS,
    }
    assert value(Client.from_frames(frames), "csat", segment="home") == 1
    assert KPIS["csat"].estimate(Client.from_frames(frames, segment="office")).n == 0


def test_the_overall_question_stands_in_for_csat_and_not_beside_it():
    overall = survey(response_id=["1"], metric=["overall"], score=[5])
    both = survey(response_id=["1", "1"], metric=["overall", "csat"], score=[5, 5])
    assert [kpi.name for kpi in supplied(overall)] == ["overall"]
    assert [kpi.name for kpi in supplied(both)] == ["csat", "csat_mean"]


LEADS = pd.DataFrame(
    {
        "lead_id": list("1234"),
        "created_at": "2025-02-01",
        "won_at": ["2025-03-01", None, None, None],
        "customer_id": ["a", None, None, None],
    }
)


def test_conversion_is_told_by_segment_only_where_lost_leads_have_one():
    """Else each segment would be left with its won leads, and convert all of them."""
    client = Client.from_frames({"leads": LEADS, "customers": CUSTOMERS})
    assert value(client, "conversion") == 0.25
    assert KPIS["conversion"].by(client, client.period, "segment") == {}
    assert KPIS["conversion"].missing(Client.from_frames({"leads": LEADS, "customers": CUSTOMERS}, segment="home")) == (
        "leads.customer_id",
    )


def test_contracts_kept_are_those_still_running_at_the_end():
    """Three ran on 1 January; one ended in June, one on the last day, one runs on. A contract begun later does not count."""
    contracts = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "started_at": ["2024-01-01", "2024-01-01", "2024-01-01", "2025-02-01"],
            "ended_at": ["2025-06-30", "2025-12-31", None, None],
        }
    )
    assert value(Client.from_frames({"subscriptions": contracts}), "contract_retention") == pytest.approx(1 / 3)


def test_cost_to_serve_adds_tickets_contacts_and_discounts_of_a_customer():
    """a: 10 + 2 + 5 = 17, b: 3; mean 10."""
    frames = {
        "tickets": pd.DataFrame({"ticket_id": ["1"], "customer_id": ["a"], "opened_at": "2025-02-01", "cost": [10]}),
        "interactions": pd.DataFrame({"customer_id": ["a", "b"], "at": "2025-02-01", "touchpoint": "call", "cost": [2, 3]}),
        "orders": pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": "2025-02-01", "discount": [5]}),
    }
    assert value(Client.from_frames(frames), "cost_to_serve") == pytest.approx(10)


def test_first_response_is_a_median_in_hours_with_the_unanswered_followed():
    """Answered after 1.5 and 2 hours, one not yet: a third, then two thirds have an answer."""
    tickets = pd.DataFrame(
        {"ticket_id": ["1", "2", "3"], "opened_at": "2025-02-01 08:00", "first_response_at": ["2025-02-01 09:30", "2025-02-01 10:00", None]}
    )
    assert value(Client.from_frames({"tickets": tickets}), "first_response_hours") == pytest.approx(2)


def test_time_to_resolve_and_reopened_share():
    """Closed after 10 and 30 hours, one still open: half within 30. One of the two closed came back."""
    tickets = pd.DataFrame(
        {
            "ticket_id": ["1", "2", "3"],
            "opened_at": "2025-02-01 08:00",
            "closed_at": ["2025-02-01 18:00", "2025-02-02 14:00", None],
            "reopened_at": ["2025-02-03 09:00", None, None],
        }
    )
    client = Client.from_frames({"tickets": tickets})
    assert value(client, "resolution_hours") == 30
    assert value(client, "reopened_share") == 0.5


def test_one_of_two_customers_referred_somebody_in_the_period():
    referrals = pd.DataFrame({"referrer_id": ["a", "a", "b"], "referred_at": ["2025-02-01", "2025-03-01", "2024-02-01"]})
    client = Client.from_frames({"customers": CUSTOMERS.head(2), "referrals": referrals})
    assert KPIS["referral_rate"].estimate(client)[::3] == (0.5, 2)


def test_what_is_missing_is_named():
    client = Client.from_frames({"survey": pd.DataFrame({"response_id": ["1"], "metric": ["nps"], "score": [9]})})
    assert KPIS["csat"].missing(client) == ("survey.metric = csat",)
    assert KPIS["cost_to_serve"].missing(client) == ("tickets.cost or interactions.cost",)
    with pytest.raises(MissingDataError, match=r"orders\.delivered_at"):
        KPIS["delivery_days"].estimate(client)


def test_customers_without_a_segment_are_a_group_of_their_own():
    client = Client.from_frames({"orders": ORDERS, "customers": CUSTOMERS.head(2)})
    assert NO_SEGMENT in KPIS["orders"].by(client, client.period, "segment")


@pytest.mark.parametrize("kpi", KPIS.values(), ids=KPIS)
def test_every_kpi_is_defined_in_words_and_as_a_formula(kpi):
    assert kpi.definition.endswith(".")
    assert kpi.formula.endswith(".")
    assert kpi.brings.startswith("It would tell")


def test_mean_revenue_reaches_no_lower_than_nought_and_its_test_keeps_the_whole_width():
    """Segment b: 10, 10 and 400 have a mean of 140 and Hall's interval from -240; the p value is that of the interval uncut."""
    orders = pd.DataFrame({"order_id": list("123456"), "customer_id": list("uvwxyz"), "ordered_at": "2025-03-01",
                           "revenue": [20.0, 30.0, 25.0, 10.0, 10.0, 400.0]})  # fmt: skip
    customers = pd.DataFrame({"customer_id": list("uvwxyz"), "segment": list("aaabbb")})
    client = Client.from_frames(
        {"orders": orders, "customers": customers}, period=("2025-01-01", "2025-12-31"), report={"minimum_group": 1}
    )
    found = segments(client, "revenue_per_customer").set_index("segment")
    assert found.loc["b", ["value", "low"]].tolist() == [140.0, 0.0]
    assert found.loc["b", "p"] > 0.5
    assert scorecard(client).loc["revenue_per_customer", "low"] == 0
