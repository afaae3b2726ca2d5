"""The KPI registry: what each figure means, its unit, what it needs, and how it is computed, in words.

The estimates themselves are made in `cvclib.kpi_estimates`. Nothing here draws or writes a report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd  # noqa: F401 (the examples make their tables with it)

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.kpi_estimates import (
    ESTIMATORS,
    NO_SEGMENT,
    NOTHING,
    By,
    Estimates,
    answers,
    covers,
    leads_have_customers,
    promised_to_the_hour,
    ripe_until,
    unweighted,
)
from cvclib.kpi_estimates.own import INTERVALS, own
from cvclib.methods.estimate import Estimate
from cvclib.params import OwnKpi, Period
from cvclib.steps.memo import once_per_client
from cvclib.tables import TABLES
from cvclib.wording import Unit

__all__ = [
    "KPIS",
    "NOTHING",
    "NO_SEGMENT",
    "Kpi",
    "answers",
    "covers",
    "metrics_supplied",
    "registry",
    "ripe_until",
    "supplied",
    "target_of",
    "unweighted",
]


@dataclass(frozen=True)
class Kpi:
    """A key performance indicator, defined once.

    Parameters
    ----------
    name, label : str
        As targets name it, and as a reader does.
    definition, formula : str
        What it means, in words; how it is computed.
    unit : Unit
    better : {"higher", "lower"}
    needs : tuple of str
        Tables and columns without which it cannot be estimated; ``"a or b"`` where either will do.
    brings : str
        What it would tell a client who does not yet supply what it needs.
    metric : str
        Survey metric that it needs, if it is one.
    looks_back : bool
        Whether its value depends on the whole span being in the data: a sum, or a look at the period before.
    interval : str
        Which interval it has, in words.
    beside : str
        KPI that it is another view of: it then stands after the others, and is no gap where it is missing.
    own : OwnKpi or None
        Where a client file adds it, what that says.
    """

    name: str
    label: str
    definition: str
    formula: str
    unit: Unit
    better: Literal["higher", "lower"]
    needs: tuple[str, ...]
    brings: str
    metric: str = ""
    looks_back: bool = False
    interval: str = "Wilson"
    beside: str = ""
    own: OwnKpi | None = None

    def missing(self, client: Client) -> tuple[str, ...]:
        """What the client would have to supply; empty where the KPI can be estimated."""
        lacking = tuple(need for need in self.needs if not client.has(need) and not any(map(client.has, need.split(" or "))))
        if not lacking and self.metric and self.metric not in metrics_supplied(client):
            return (f"survey.metric = {self.metric}",)
        if not lacking and self.name == "conversion" and client.segment and not leads_have_customers(client):
            return ("leads.customer_id",)  # only won leads would remain: every one of them converted
        if not lacking and self.name == "on_time_to_the_hour" and not promised_to_the_hour(client):
            return ("orders.promised_at with the hour",)
        if not lacking and client.segment and self.own and not {"segment", "customer_id"} & set(TABLES[self.own.table].column_names):
            return (f"a segment of {self.own.table}",)
        if not lacking and client.segment and self.needs[0].startswith("tickets"):
            return client.missing("tickets.customer_id")  # else the figure of all would bear the segment's name
        return lacking

    def by(self, client: Client, period: Period, by: By) -> Estimates:
        """Estimates a segment or a month.

        Parameters
        ----------
        client : Client
        period : Period
        by : {"", "segment", "month"}
            A month is named by its first day, ``"2025-03-01"``.

        Returns
        -------
        dict of str to Estimate

        Raises
        ------
        MissingDataError
            If the client does not supply what the KPI needs.
        """
        if missing := self.missing(client):
            raise MissingDataError(missing)
        return own(self.own, client, period, by) if self.own else ESTIMATORS[self.name](client, period, by)

    @property
    def counted(self) -> bool:
        """Whether it is a count or a sum, and not an estimate with an interval."""
        return self.interval.startswith("none")

    def estimate(self, client: Client, period: Period | None = None, segment: str = "") -> Estimate:
        """The estimate over a period, the analysed one by default, for all customers or one segment.

        Examples
        --------
        >>> orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": ["a", "a"], "ordered_at": "2025-03-01"})
        >>> KPIS["repeat_rate"].estimate(Client.from_frames({"orders": orders})).value
        1.0
        """
        found = self.by(client, period or client.period, "segment" if segment else "")
        return found.get(segment, NOTHING)


@once_per_client
def metrics_supplied(client: Client) -> tuple[str, ...]:
    """Survey metrics that the client's answers hold.

    Examples
    --------
    >>> survey = pd.DataFrame({"response_id": ["1"], "metric": ["nps"], "score": [9]})
    >>> metrics_supplied(Client.from_frames({"survey": survey}))
    ('nps',)
    """
    if not client.has("survey.score"):
        return ()
    found = client.whole("survey").select("metric").distinct().to_pandas()["metric"]
    return tuple(sorted(found.dropna()))


def registry(client: Client) -> Mapping[str, Kpi]:
    """All KPIs of a client by name: the house's, then those that the client file adds.

    Examples
    --------
    >>> web = {"label": "Web orders", "definition": "Share of orders placed on the web.", "table": "orders",
    ...        "kind": "share", "sql": "channel = 'web'", "unit": "share", "better": "higher"}
    >>> orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "a", "ordered_at": "2025-03-01", "channel": ["web", "shop"]})
    >>> client = Client.from_frames({"orders": orders}, kpis={"web_share": web})
    >>> registry(client)["web_share"].estimate(client).value
    0.5
    """
    return {**KPIS, **{name: _own(name, given) for name, given in client.params.kpis.items()}}


def target_of(client: Client, kpi: Kpi) -> float | None:
    """The target of a KPI, in its unit; None where none is set."""
    return kpi.own.target if kpi.own else client.params.targets.get(kpi.name)


def _own(name: str, given: OwnKpi) -> Kpi:
    """A client's own KPI as one of the registry."""
    rows = f"the rows of {given.table}" + (f" where {given.where}" if given.where else "")
    how = {
        "mean": f"Mean of {given.sql} over {rows}",
        "median": f"Median of {given.sql} over {rows}",
        "share": f"Share of {rows} for which {given.sql}",
        "ratio": f"Sum of {given.sql} / sum of {given.per}, over {rows}",
        "total": f"Sum of {given.sql} over {rows}",
    }[given.kind]
    at = f", in the period by {given.counted_at}" if given.counted_at else ""
    needs = tuple(f"{given.table}.{column}" for column in given.columns) or (given.table,)
    return Kpi(
        name, given.label, given.definition, f"{how}{at}. The client's own KPI.", given.unit, given.better, needs,
        "It is a KPI of the client's own.", looks_back=given.kind == "total", interval=INTERVALS[given.kind], own=given,
    )  # fmt: skip


def supplied(client: Client) -> tuple[Kpi, ...]:
    """The KPIs that the client's tables allow, in the registry's order.

    Examples
    --------
    >>> survey = pd.DataFrame({"response_id": ["1"], "metric": ["nps"], "score": [9]})
    >>> [kpi.name for kpi in supplied(Client.from_frames({"survey": survey}))]
    ['nps']
    """
    able = [kpi for kpi in registry(client).values() if not kpi.missing(client)]
    names = {kpi.name for kpi in able}
    # One satisfaction figure on the card: CSAT where it was asked, the overall question else.
    return tuple(kpi for kpi in able if not (kpi.name == "overall" and "csat" in names))


_REGISTRY = (
    Kpi(
        "delivery_days", "Delivery time",
        "How long a customer waits between ordering and receiving: half the orders are there within this time.",
        "Kaplan–Meier median of the calendar days from order to delivery, over the orders placed in the period; one not delivered by "
        "now, or cancelled, is followed up to that day and not dropped.",
        "days", "lower", ("orders.delivered_at",),
        "It would tell how long customers wait.", interval="Brookmeyer–Crowley",
    ),
    Kpi(
        "delivery_p90_days", "Delivery time, nine in ten",
        "Within how long nine in ten orders are there: what the customers who wait longest live with.",
        "Kaplan–Meier 90th percentile of the calendar days from order to delivery, counted as for the delivery time.",
        "days", "lower", ("orders.delivered_at",),
        "It would tell how long those wait who wait longest.", interval="Brookmeyer–Crowley", beside="delivery_days",
    ),
    Kpi(
        "on_time_share", "Delivered on time",
        "Share of deliveries that kept the promise, by date: any hour of the promised day is in time.",
        "Orders delivered on or before the promised date / orders placed in the period, not cancelled, promised for a day that has come, and delivered.",
        "share", "higher", ("orders.delivered_at", "orders.promised_at"),
        "It would tell how often the delivery promise is kept.", interval="Wilson, clustered by customer",
    ),
    Kpi(
        "on_time_to_the_hour", "Delivered on time, to the hour",
        "Share of deliveries that kept the promise to the hour; told only where promises name an hour.",
        "Orders delivered at or before the promised moment / orders placed in the period, not cancelled, promised for a day that has come, and delivered.",
        "share", "higher", ("orders.delivered_at", "orders.promised_at"),
        "It would tell how often the promised hour is kept.", beside="on_time_share", interval="Wilson, clustered by customer",
    ),
    Kpi(
        "first_response_hours", "First response",
        "How long a customer with a question waits for the first answer.",
        "Kaplan–Meier median of the time from opening to first response, to a tenth of an hour, over the tickets opened in the period; "
        "one not answered by now, or closed without an answer, is followed up to then and not dropped.",
        "hours", "lower", ("tickets.first_response_at",),
        "It would tell how long a customer with a question waits.", interval="Brookmeyer–Crowley",
    ),
    Kpi(
        "resolution_hours", "Time to resolve",
        "How long it takes until a question is solved: half the tickets are closed within this time.",
        "Kaplan–Meier median of the time from opening to closing, in hours, over the tickets opened in the period; open ones are "
        "followed up to now and not dropped.",
        "hours", "lower", ("tickets.closed_at",),
        "It would tell how long it takes until a question is solved.", interval="Brookmeyer–Crowley",
    ),
    Kpi(
        "reopened_share", "Reopened tickets",
        "Share of closed tickets that had to be opened again: the question was not solved the first time.",
        "Tickets opened again by now / tickets opened in the period and closed by now.",
        "share", "lower", ("tickets.closed_at", "tickets.reopened_at"),
        "It would tell how often a question is not solved the first time.", beside="resolution_hours", interval="Wilson, clustered by customer",
    ),
    Kpi(
        "conversion", "Lead conversion",
        "Share of leads that became customers.",
        "Leads of the period that were won by now (recent ones may still be) / leads that came in during the period.",
        "share", "higher", ("leads.won_at",),
        "It would tell which share of leads becomes a customer.",
    ),
    Kpi(
        "csat", "Customer satisfaction (CSAT)",
        "Share of answers that are satisfied: one of the two highest boxes of the scale.",
        "Answers in the two highest boxes / answers given in the period, weighted where answers have weights.",
        "share", "higher", ("survey.score",),
        "It would tell which share of customers is satisfied.", metric="csat",
    ),
    Kpi(
        "csat_mean", "Customer satisfaction, mean",
        "Mean answer to the satisfaction question, on the client's scale. It moves where the share of satisfied answers does not.",
        "Mean of the answers given in the period, weighted where answers have weights.",
        "score", "higher", ("survey.score",),
        "It would tell how satisfied customers are on average.", metric="csat", interval="Student's t", beside="csat",
    ),
    Kpi(
        "overall", "Overall satisfaction",
        "Share of answers to the overall question in one of the two highest boxes of the scale.",
        "Answers in the two highest boxes / answers given in the period, weighted where answers have weights.",
        "share", "higher", ("survey.score",),
        "It would tell which share of customers is satisfied with the whole.", metric="overall",
    ),
    Kpi(
        "nps", "Net promoter score (NPS)",
        "Share of promoters (9 and 10 of 10) less share of detractors (0 to 6), in points from −100 to 100.",
        "100 × (promoters − detractors) / answers given in the period, weighted where answers have weights.",
        "points", "higher", ("survey.score",),
        "It would tell how many more would recommend than advise against.", metric="nps", interval="adjusted Wald",
    ),
    Kpi(
        "ces", "Customer effort score (CES)",
        "How far customers agree that it was made easy for them; high is easy.",
        "Mean of the answers given in the period, weighted where answers have weights.",
        "score", "higher", ("survey.score",),
        "It would tell how easy customers find it.", metric="ces", interval="Student's t",
    ),
    Kpi(
        "retention", "Customer retention",
        "Share of the customers of the period before who bought again in this one.",
        "Customers with an order in both periods / customers with an order in the period before; cancelled orders do not count.",
        "share", "higher", ("orders",),
        "It would tell which share of customers comes back.", looks_back=True,
    ),
    Kpi(
        "contract_retention", "Contracts kept",
        "Share of the contracts that ran when the period began and still ran when it ended.",
        "Contracts running on the first day and not ended by the last / contracts running on the first day.",
        "share", "higher", ("subscriptions",),
        "It would tell which share of contracts is kept.", looks_back=True,
    ),
    Kpi(
        "repeat_rate", "Repeat purchase",
        "Share of the period's customers who ordered more than once in it.",
        "Customers with two orders or more / customers with an order in the period; cancelled orders do not count.",
        "share", "higher", ("orders",),
        "It would tell which share of customers buys again.", looks_back=True,
    ),
    Kpi(
        "referral_rate", "Customers who refer",
        "Share of customers who referred somebody in the period.",
        "Customers with a referral in the period / customers won before its end.",
        "share", "higher", ("customers", "referrals.referred_at"),
        "It would tell which share of customers brings others.",
    ),
    Kpi(
        "customers", "Customers who ordered",
        "How many different customers placed an order that was not cancelled. An account that is tied to no customer counts as one.",
        "Number of customers with an order in the period; orders of nobody known are left out.",
        "count", "higher", ("orders",),
        "It would tell how many customers buy.", looks_back=True, interval="none: counted, not estimated",
    ),
    Kpi(
        "orders", "Orders",
        "How many orders were placed and not cancelled.",
        "Number of orders in the period without a cancellation.",
        "count", "higher", ("orders",),
        "It would tell how many orders came in.", looks_back=True, interval="none: counted, not estimated",
    ),
    Kpi(
        "revenue", "Revenue",
        "Revenue of the orders that stood, less credit notes.",
        "Sum over the orders of the period that were not cancelled, plus the negative amounts of cancelled ones.",
        "money", "higher", ("orders.revenue",),
        "It would tell what customers spend.", looks_back=True, interval="none: a total, not an estimate",
    ),
    Kpi(
        "average_order_value", "Average order value",
        "Revenue of an order that was not cancelled.",
        "Mean revenue over the orders of the period that were not cancelled.",
        "money", "higher", ("orders.revenue",),
        "It would tell what an order brings.", interval="Hall's, for skewed values, clustered by customer",
    ),
    Kpi(
        "revenue_per_customer", "Revenue per customer",
        "Revenue of a customer who ordered in the period.",
        "Mean over the customers with an order of their revenue in the period; cancelled orders do not count.",
        "money", "higher", ("orders.revenue",),
        "It would tell what a customer brings.", looks_back=True, interval="Hall's, for skewed values",
    ),
    Kpi(
        "cancelled_share", "Cancelled orders",
        "Share of orders that were cancelled, or taken back by a credit note.",
        "Orders of the period with a cancellation / all orders of the period.",
        "share", "lower", ("orders.cancelled_at",),
        "It would tell how often an order falls through.", interval="Wilson, clustered by customer",
    ),
    Kpi(
        "returned_share", "Returned orders",
        "Share of delivered orders that came back.",
        "Orders returned by now / orders placed in the period, not cancelled and delivered.",
        "share", "lower", ("orders.returned_at",),
        "It would tell how often an order comes back.", interval="Wilson, clustered by customer",
    ),
    Kpi(
        "cost_to_serve", "Cost to serve",
        "Cost of service and contact, discount given and margin given back on returns, for a customer who ordered or was in touch.",
        "Mean over these customers of ticket cost + interaction cost + discount + margin of returned orders in the period, as far as the tables hold them.",
        "money", "lower", ("tickets.cost or interactions.cost",),
        "It would tell what serving a customer costs.", looks_back=True, interval="Hall's, for skewed values",
    ),
)  # fmt: skip

KPIS: Mapping[str, Kpi] = {kpi.name: kpi for kpi in _REGISTRY}
