"""The marketplace, where its data are at hand: what the mapping makes of them, held against the publisher's figures."""

from pathlib import Path

import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from cvclib.kpis import KPIS
from cvclib.methods import shares
from cvclib.steps.customer_view import orders_of_customers

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
ORDERS, FUNNEL = SHARED / "olist", SHARED / "olist_marketing_funnel"

pytestmark = pytest.mark.skipif(not (ORDERS.is_dir() and FUNNEL.is_dir()), reason="the publisher's files are not beside the checkout")


@pytest.fixture(scope="module")
def client(opened):
    """All of the sample's two years as one period."""
    return opened("external/olist.yaml", period_start="2016-09-01", period_end="2018-10-31")


@pytest.fixture(scope="module")
def orders():
    frame = pd.read_csv(ORDERS / "olist_orders_dataset.csv")
    times = [c for c in frame if c.endswith(("_timestamp", "_date"))]
    return frame.assign(**{c: pd.to_datetime(frame[c]) for c in times})


def test_delivered_orders_are_those_of_the_publisher_less_eight_without_a_time(client, orders):
    """5,172 orders have the status 'delivered', 8 of them no time of it; 6 more arrived though cancelled."""
    assert (orders["order_status"] == "delivered").sum() == 5172
    table = client.tables.orders
    assert table.filter(table.delivered_at.notnull(), table.cancelled_at.isnull()).count().execute() == 5172 - 8


def test_delivery_took_a_median_of_thirteen_days_those_who_still_wait_followed(client, orders):
    """By statsmodels; ten days over those delivered only: the sample holds all orders not delivered."""
    last = pd.Timestamp(client.period.end)
    known = orders[~orders["order_status"].isin(["canceled", "unavailable"])]
    end = known["order_delivered_customer_date"].fillna(last)
    days = (end.dt.normalize() - known["order_purchase_timestamp"].dt.normalize()).dt.days
    curve = SurvfuncRight(days, known["order_delivered_customer_date"].notna())
    found = KPIS["delivery_days"].estimate(client)
    assert found.value == curve.quantile(0.5) == 13


def test_late_deliveries_are_the_published_share_by_the_clock_and_fewer_by_the_day(client):
    """8.0% arrived after the promise's midnight, as published; 6.6% on a later day, by which on-time share goes."""
    table = client.tables.orders
    arrived = table.filter(table.delivered_at.notnull(), table.cancelled_at.isnull())
    by_the_clock = (arrived.delivered_at > arrived.promised_at).mean().execute()
    assert by_the_clock == pytest.approx(0.080, abs=0.0005)
    assert KPIS["on_time_share"].estimate(client).value == pytest.approx(1 - 0.0662, abs=0.0005)


def test_late_orders_are_reviewed_two_points_lower(client):
    """Means of 4,888 reviews of orders on time and 344 of late ones: 4.28 and 2.17 of 5."""
    table, survey = client.tables.orders, client.tables.survey
    arrived = table.filter(table.delivered_at.notnull(), table.cancelled_at.isnull())
    late = arrived.select("order_id", late=arrived.delivered_at.cast("date") > arrived.promised_at.cast("date"))
    reviews = survey.inner_join(late, "order_id").select("late", "score").execute()
    in_time, too_late = (shares.mean(reviews.loc[reviews["late"] == flag, "score"]) for flag in (False, True))
    assert (in_time.n, too_late.n) == (4888, 344)
    assert (in_time.value, too_late.value) == pytest.approx((4.275, 2.174), abs=0.001)
    assert shares.difference(too_late, in_time).high < -1.9


def test_leads_won_are_those_published(client):
    """842 of 8,000: 10.5%."""
    leads = client.tables.leads
    assert (leads.count().execute(), leads.won_at.count().execute()) == (8000, 842)
    assert KPIS["conversion"].estimate(client).value == pytest.approx(0.10525)


def test_orders_lead_through_their_accounts_to_persons(client):
    known = orders_of_customers(client)
    assert known.known_customer_id.nunique().execute() == 8016
    assert known.filter(known.known_customer_id.isnull()).count().execute() == 0


def test_revenue_is_what_was_paid(client):
    paid = pd.read_csv(ORDERS / "olist_order_payments_dataset.csv")["payment_value"].sum()
    assert client.tables.orders.revenue.sum().execute() == pytest.approx(paid)
