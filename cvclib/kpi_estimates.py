"""How each KPI is estimated: by the engine, from counts or moments a group, so that rows never leave it.

A group is all customers, a segment or a month. What the KPIs mean, and what they need, is in `cvclib.kpis`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.methods import scores, shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.quantiles import quantile_of
from cvclib.methods.scores import ScoreCounts
from cvclib.params import Period
from cvclib.steps.customer_view import orders_of_customers

By = Literal["", "segment", "month"]
Estimates = dict[str, Estimate]  # group: estimate; the one group of By "" is ""
Estimator = Callable[[Client, Period, By], Estimates]
NO_SEGMENT = "no segment known"
RIPENS = {  # KPI: table, when it begins, when it ends
    "conversion": ("leads", "created_at", "won_at"),
    "delivery_days": ("orders", "ordered_at", "delivered_at"),
    "on_time_share": ("orders", "ordered_at", "delivered_at"),
}
GRACE_DAYS = 31  # a table whose first record lies this late in a period is still taken to cover it
NOTHING = Estimate(float("nan"), float("nan"), float("nan"), 0)


def covers(client: Client, period: Period, table: str = "orders", column: str = "ordered_at") -> bool:
    """Whether a table's records span a period, so that a total over it is a total.

    Examples
    --------
    >>> orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "a", "ordered_at": ["2025-01-03", "2025-12-30"]})
    >>> client = Client.from_frames({"orders": orders})
    >>> covers(client, client.period), covers(client, client.previous_period)
    (True, False)
    """
    rows = client.whole(table)
    first, last = rows.aggregate(first=rows[column].min().cast("date"), last=rows[column].max().cast("date")).to_pandas().iloc[0]
    if pd.isna(first):
        return False
    grace = timedelta(days=min(GRACE_DAYS, period.days // 4))
    return pd.Timestamp(first).date() <= period.start + grace and pd.Timestamp(last).date() >= period.end - grace


# ---- rows of a period, with the group each belongs to ---------------------------------------------------


def _group(client: Client, rows: ir.Table, by: By, at: str, customer: str = "customer_id") -> ir.Table:
    """The rows with a column ``group``: empty, the segment, or the first day of the month."""
    if by == "":
        return rows.mutate(group=ibis.literal(""))
    if by == "month":
        return rows.mutate(group=rows[at].strftime("%Y-%m-01"))
    own = rows.segment if "segment" in rows.columns else ibis.null("string")
    if client.has("customers.segment") and customer in rows.columns:
        members = client.whole("customers").select(member="customer_id", member_segment="segment").distinct(on="member", keep="first")
        rows = rows.mutate(own_segment=own)
        rows = rows.left_join(members, rows[customer] == members.member)
        return rows.mutate(group=ibis.coalesce(rows.own_segment, rows.member_segment, ibis.literal(NO_SEGMENT)))
    return rows.mutate(group=ibis.coalesce(own, ibis.literal(NO_SEGMENT)))


def _orders(client: Client, period: Period, by: By, at: str = "ordered_at") -> ir.Table:
    """Orders of a period with ``buyer``: the known customer, else the account itself."""
    rows = client.in_period(orders_of_customers(client), at, period)
    rows = rows.mutate(buyer=ibis.coalesce(rows.known_customer_id, "account " + rows.account_id))
    return _group(client, rows, by, at, "known_customer_id")


def _placed(rows: ir.Table) -> ir.Table:
    """Orders that stood: neither cancelled nor a credit note."""
    return rows.filter(rows.cancelled_at.isnull())


def _answer_group(rows: ir.Table, by: By) -> ir.StringValue:
    if by == "month":
        return rows.responded_at.strftime("%Y-%m-01")
    return rows.segment.fill_null(NO_SEGMENT) if by == "segment" else ibis.literal("")


def _days(later: ir.Column, earlier: ir.Column) -> ir.IntegerColumn:
    return later.cast("date").delta(earlier.cast("date"), unit="day")


# ---- from counted rows to estimates -----------------------------------------------------------------------


def _shares(rows: ir.Table, has: ir.BooleanValue) -> Estimates:
    counted = rows.group_by("group").agg(n=_.count(), having=has.ifelse(1, 0).sum()).to_pandas()
    return {g: shares.share(int(k), int(n)) for g, n, k in counted[["group", "n", "having"]].itertuples(index=False)}


def _means(rows: ir.Table, value: str) -> Estimates:
    rows = rows.filter(rows[value].notnull())
    spread = rows[value].std(how="sample")
    moments = rows.group_by("group").agg(n=_.count(), mean=rows[value].mean(), spread=spread).to_pandas()
    return {g: shares.mean_of_moments(int(n), m, s) for g, n, m, s in moments.itertuples(index=False)}


def _medians(rows: ir.Table, value: str) -> Estimates:
    counted = rows.filter(rows[value].notnull()).group_by("group", value).agg(n=_.count()).to_pandas()
    return {str(g): quantile_of(part[value], part["n"]) for g, part in counted.groupby("group", sort=True)}


def answers(client: Client, period: Period, metric: str) -> ir.Table:
    """Answers to one survey question in a period, each with the customer and the segment it is known to be of.

    Parameters
    ----------
    client : Client
    period : Period
        Answers without a time belong to the period analysed.
    metric : str

    Returns
    -------
    ibis.Table
        The columns of survey; ``customer_id`` is filled through the order where the answer names one, and
        ``segment`` through the customer. Where one segment is analysed, its answers only.

    Examples
    --------
    >>> survey = pd.DataFrame({"response_id": ["1", "2"], "metric": ["nps", "ces"], "score": [9, 5]})
    >>> client = Client.from_frames({"survey": survey})
    >>> answers(client, client.period, "nps").count().to_pandas()
    1
    """
    rows = client.whole("survey")
    if client.has("survey.responded_at"):
        rows = client.in_period(rows, "responded_at", period)
    elif period != client.period:
        rows = rows.filter(ibis.literal(False))
    rows = rows.filter(rows.metric == metric)
    if client.has("survey.order_id", "orders"):
        owners = orders_of_customers(client).select(named_order="order_id", owner="known_customer_id")
        owners = owners.group_by("named_order").agg(owner=_.owner.min())
        rows = rows.left_join(owners, rows.order_id == owners.named_order)
        rows = rows.mutate(customer_id=ibis.coalesce(rows.customer_id, rows.owner)).drop("named_order", "owner")
    if client.has("customers.segment"):
        members = client.whole("customers").group_by(member="customer_id").agg(member_segment=_.segment.min())
        rows = rows.left_join(members, rows.customer_id == members.member)
        rows = rows.mutate(segment=ibis.coalesce(rows.segment, rows.member_segment)).drop("member", "member_segment")
    return rows.filter(rows.segment == client.segment) if client.segment else rows


def _answers(
    client: Client, period: Period, by: By, metric: str, estimate: Callable[[ScoreCounts], Estimate], weighted: bool = True
) -> Estimates:
    rows = answers(client, period, metric)
    rows = rows.mutate(group=_answer_group(rows, by))
    weight = rows.weight if client.has("survey.weight") and weighted else ibis.literal(1.0)
    rows = rows.mutate(w=weight).filter(_.w > 0)  # an answer without a weight stands for nobody
    counted = rows.group_by("group", "score").agg(n=_.count(), w=_.w.sum(), ww=(_.w * _.w).sum()).order_by("group", "score").to_pandas()
    counts = {
        str(g): ScoreCounts(*(part[c].to_numpy(dtype=float) for c in ("score", "n", "w", "ww")))
        for g, part in counted.groupby("group", sort=True)
    }
    if metric == "nps":  # customers who answer more than once tell less than as many customers
        sums = _customer_sums(rows)
        counts = {g: own.answered_by(sums[g]) for g, own in counts.items()}
    return {g: estimate(own) for g, own in counts.items()}


def _customer_sums(rows: ir.Table) -> dict[str, scores.CustomerSums]:
    """Sums over customers of their promoting and detracting answers, by group; an answer of nobody known stands for itself."""
    side = ibis.cases((_.score >= scores.PROMOTER_FROM, 1.0), (_.score <= scores.DETRACTOR_UP_TO, -1.0), else_=0.0)
    who = ibis.coalesce(ibis.literal("customer ") + rows.customer_id, ibis.literal("answer ") + rows.response_id)
    each = rows.mutate(who=who, y=_.w * side).group_by("group", "who").agg(m=_.w.sum(), y=_.y.sum())
    sums = each.group_by("group").agg(n=_.count(), mm=(_.m * _.m).sum(), my=(_.m * _.y).sum(), yy=(_.y * _.y).sum()).to_pandas()
    return {str(row.group): scores.CustomerSums(int(row.n), row.mm, row.my, row.yy) for row in sums.itertuples()}


# ---- the estimators -----------------------------------------------------------------------------------------


def _delivery_days(client: Client, period: Period, by: By) -> Estimates:
    rows = _placed(_orders(client, period, by))
    return _medians(rows.filter(rows.delivered_at.notnull()).mutate(days=_days(rows.delivered_at, rows.ordered_at)), "days")


def _on_time(client: Client, period: Period, by: By) -> Estimates:
    rows = _placed(_orders(client, period, by))
    rows = rows.filter(rows.delivered_at.notnull(), rows.promised_at.notnull())
    return _shares(rows, rows.delivered_at.cast("date") <= rows.promised_at.cast("date"))


def _returned(client: Client, period: Period, by: By) -> Estimates:
    rows = _placed(_orders(client, period, by))
    if client.has("orders.delivered_at"):
        rows = rows.filter(rows.delivered_at.notnull())
    return _shares(rows, rows.returned_at.notnull())


def _cancelled(client: Client, period: Period, by: By) -> Estimates:
    rows = _orders(client, period, by)
    return _shares(rows, rows.cancelled_at.notnull())


def _conversion(client: Client, period: Period, by: By) -> Estimates:
    if by == "segment" and not leads_have_customers(client):
        return {}
    rows = _group(client, client.in_period(client.tables.leads, "created_at", period), by, "created_at")
    return _shares(rows, rows.won_at.notnull())


def ripe_until(client: Client, kpi: str) -> pd.Timestamp | None:
    """Day up to which a month of a KPI can be judged; later on, what takes long has not happened yet.

    Returns
    -------
    pandas.Timestamp or None
        Last event in the data less the days within which nine in ten leads are won, or orders delivered: late
        deliveries come last, so that the newest orders look quicker than they are. None for other KPIs.

    Examples
    --------
    >>> leads = pd.DataFrame({"lead_id": ["1"], "created_at": ["2025-01-01"], "won_at": ["2025-01-31"]})
    >>> str(ripe_until(Client.from_frames({"leads": leads}), "conversion").date())
    '2025-01-01'
    """
    if kpi not in RIPENS:
        return None
    table, begins, ends = RIPENS[kpi]
    rows = client.whole(table)
    rows = rows.filter(rows[ends].notnull())
    counted = rows.group_by(days=_days(rows[ends], rows[begins])).agg(n=_.count(), last=rows[ends].max()).to_pandas()
    return pd.Timestamp(counted["last"].max()).normalize() - pd.Timedelta(days=quantile_of(counted["days"], counted["n"], 0.9).value)


def leads_have_customers(client: Client) -> bool:
    """Whether lost leads, too, can be told by segment; else only the won would be counted."""
    leads = client.whole("leads")
    n, known = leads.aggregate(n=leads.count(), known=leads.customer_id.count()).to_pandas().iloc[0]
    return bool(known >= 0.95 * n)


def unweighted(client: Client, metric: str) -> Estimate:
    """NPS or the top-two-box share of a metric without the sampling weights, to state beside the weighted one.

    Examples
    --------
    >>> survey = pd.DataFrame({"response_id": ["1", "2"], "metric": "nps", "score": [9, 0], "weight": [3, 1]})
    >>> client = Client.from_frames({"survey": survey})
    >>> unweighted(client, "nps").value, ESTIMATORS["nps"](client, client.period, "")[""].value
    (0.0, 50.0)
    """
    highest = getattr(client.params.scales, metric)[1] if metric != "nps" else 10
    made: dict[str, Callable[[ScoreCounts], Estimate]] = {"nps": scores.net_promoter_score_of, "ces": scores.mean_score_of}
    estimate = made.get(metric, lambda counts: scores.top_two_box_of(counts, highest))
    return _answers(client, client.period, "", metric, estimate, weighted=False).get("", NOTHING)


def _net_promoter(client: Client, period: Period, by: By) -> Estimates:
    return _answers(client, period, by, "nps", scores.net_promoter_score_of)


def _satisfied(metric: Literal["csat", "overall"]) -> Callable[[Client, Period, By], Estimates]:
    def estimate(client: Client, period: Period, by: By) -> Estimates:
        highest = getattr(client.params.scales, metric)[1]
        return _answers(client, period, by, metric, lambda counts: scores.top_two_box_of(counts, highest))

    return estimate


def _effort(client: Client, period: Period, by: By) -> Estimates:
    return _answers(client, period, by, "ces", scores.mean_score_of)


def _base_period(client: Client, period: Period) -> Period:
    return client.previous_period if period == client.period else period.previous


def _retention(client: Client, period: Period, by: By) -> Estimates:
    if by == "month":
        return {}  # a month is too short to see a customer come back
    base = _base_period(client, period)
    if not covers(client, base):
        return {}
    before = _placed(_orders(client, base, by)).filter(_.buyer.notnull()).select("group", "buyer").distinct()
    again = _placed(_orders(client, period, "")).select(again="buyer").distinct()
    rows = before.left_join(again, before.buyer == again.again)
    return _shares(rows, rows.again.notnull())


def _contracts_kept(client: Client, period: Period, by: By) -> Estimates:
    contracts = client.tables.subscriptions
    start, until = ibis.date(period.start), ibis.date(period.until)
    running = contracts.filter(contracts.started_at < start, contracts.ended_at.isnull() | (contracts.ended_at >= start))
    if by == "month":
        return {}
    rows = _group(client, running, by, "started_at")
    return _shares(rows, rows.ended_at.isnull() | (rows.ended_at >= until))


def _per_buyer(client: Client, period: Period, by: By) -> ir.Table:
    rows = _placed(_orders(client, period, by))
    return rows.filter(rows.buyer.notnull()).group_by("group", "buyer").agg(n_orders=_.count(), revenue=_.revenue.sum())


def _repeat(client: Client, period: Period, by: By) -> Estimates:
    rows = _per_buyer(client, period, by)
    return _shares(rows, rows.n_orders >= 2)


def _customers(client: Client, period: Period, by: By) -> Estimates:
    return _totals(_per_buyer(client, period, by).group_by("group").agg(total=_.count(), n=_.count()))


def _n_orders(client: Client, period: Period, by: By) -> Estimates:
    return _totals(_placed(_orders(client, period, by)).group_by("group").agg(total=_.count(), n=_.count()))


def _revenue(client: Client, period: Period, by: By) -> Estimates:
    rows = _orders(client, period, by)
    counted = (rows.cancelled_at.isnull() | (rows.revenue < 0)).ifelse(rows.revenue, 0)
    return _totals(rows.group_by("group").agg(total=counted.sum(), n=_.cancelled_at.isnull().ifelse(1, 0).sum()))


def _totals(totals: ir.Table) -> Estimates:
    frame = totals.select("group", "total", "n").to_pandas()
    return {g: Estimate(float(t), float("nan"), float("nan"), int(n)) for g, t, n in frame.itertuples(index=False)}


def _order_value(client: Client, period: Period, by: By) -> Estimates:
    return _means(_placed(_orders(client, period, by)), "revenue")


def _revenue_per_customer(client: Client, period: Period, by: By) -> Estimates:
    return _means(_per_buyer(client, period, by), "revenue")


def _cost_to_serve(client: Client, period: Period, by: By) -> Estimates:
    parts = []
    for table, at in (("tickets", "opened_at"), ("interactions", "at")):
        if client.has(f"{table}.cost", f"{table}.customer_id"):
            rows = client.in_period(client.tables[table], at, period)
            parts.append(rows.select(customer="customer_id", at=at, cost=rows.cost.fill_null(0.0)))
    if client.has("orders"):
        rows = _placed(client.in_period(orders_of_customers(client), "ordered_at", period))
        parts.append(rows.select(customer="known_customer_id", at="ordered_at", cost=rows.discount.fill_null(0.0)))
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    rows = _group(client, rows.filter(rows.customer.notnull()), by, "at", "customer")
    return _means(rows.group_by("group", "customer").agg(cost=_.cost.sum()), "cost")


def _first_response(client: Client, period: Period, by: By) -> Estimates:
    rows = _group(client, client.in_period(client.tables.tickets, "opened_at", period), by, "opened_at")
    rows = rows.filter(rows.first_response_at.notnull())
    minutes = rows.first_response_at.delta(rows.opened_at, unit="minute")
    return _medians(rows.mutate(hours=(minutes / 6).round() / 10), "hours")  # tenths of an hour: few values to count


ESTIMATORS: Mapping[str, Estimator] = {
    "delivery_days": _delivery_days,
    "on_time_share": _on_time,
    "first_response_hours": _first_response,
    "conversion": _conversion,
    "csat": _satisfied("csat"),
    "overall": _satisfied("overall"),
    "nps": _net_promoter,
    "ces": _effort,
    "retention": _retention,
    "contract_retention": _contracts_kept,
    "repeat_rate": _repeat,
    "customers": _customers,
    "orders": _n_orders,
    "revenue": _revenue,
    "average_order_value": _order_value,
    "revenue_per_customer": _revenue_per_customer,
    "cancelled_share": _cancelled,
    "returned_share": _returned,
    "cost_to_serve": _cost_to_serve,
}  # by the KPI's name
