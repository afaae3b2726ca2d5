"""Does keeping the delivery promise pay? Satisfaction after deliveries on time and late."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.kpis import answers, metrics_supplied
from cvclib.methods import scores
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import ScoreCounts
from cvclib.methods.shares import difference, p_value
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.waits import SIGNIFICANT, last_day, seen_by
from cvclib.wording import Unit, interval, number, p_words, with_evidence

CAPTION = "Satisfaction after deliveries on time and late"
STEPS = (
    ("on time", 0),
    ("1 to 3 days late", 3),
    ("4 to 7 days late", 7),
    ("more than a week late", 10**6),
)  # name, last day after the promise
FEWEST_ANSWERS = 20  # in a group, for the interval of a weighted mean to hold what it says
LABELS = {"csat": "the mean satisfaction score", "overall": "the mean overall score", "nps": "NPS"}


class Promise(NamedTuple):
    """Answers after deliveries on time against those after late ones.

    Parameters
    ----------
    metric, label, unit : str
        The question compared, what is printed of it, and its unit.
    on_time, late, difference : Estimate
        On time less late is `difference`.
    tied_by : str
        How an answer was tied to a delivery.
    by_days : tuple of (str, Estimate)
        The late ones by how late they were.
    """

    metric: str
    label: str
    unit: Unit
    on_time: Estimate
    late: Estimate
    difference: Estimate
    tied_by: str
    by_days: tuple[tuple[str, Estimate], ...] = ()

    @property
    def enough(self) -> bool:
        """Whether both groups hold enough answers to compare them: with fewer a difference shows too easily."""
        return min(self.on_time.n, self.late.n) >= FEWEST_ANSWERS

    @property
    def clear(self) -> bool:
        """Whether the difference is beyond what chance explains."""
        p = p_value(self.difference)
        return self.enough and p == p and p <= SIGNIFICANT


class Undelivered(NamedTuple):
    """Orders of the period, not cancelled, that have no delivery yet: the figures of delivery leave them out.

    Parameters
    ----------
    n_orders, n_undelivered : int
        Orders that stood, and those of them without a delivery.
    n_overdue : int or None
        Undelivered orders whose promised date lies within the period; None without promised dates.
    on_time_share : float or None
        Share on time were the overdue ones counted as late.
    """

    n_orders: int
    n_undelivered: int
    n_overdue: int | None
    on_time_share: float | None


def undelivered(client: Client) -> Undelivered:
    """Count the orders of the period that were not delivered, and those of them that are overdue.

    Raises
    ------
    MissingDataError
        If there are no delivery dates.

    Examples
    --------
    >>> days = {"ordered_at": "2025-03-01", "promised_at": "2025-03-05", "delivered_at": ["2025-03-05", None]}
    >>> orders = pd.DataFrame({"order_id": ["1", "2"], "customer_id": "a", **days})
    >>> undelivered(Client.from_frames({"orders": orders}, period=("2025-01-01", "2025-12-31")))
    Undelivered(n_orders=2, n_undelivered=1, n_overdue=1, on_time_share=0.5)
    """
    client.require("orders.delivered_at")
    orders = client.in_period(orders_of_customers(client), "ordered_at")
    orders = orders.filter(orders.cancelled_at.isnull())
    last = last_day(client, "orders")
    lacking = ~seen_by(orders, "delivered_at", last)
    due = orders.promised_at.cast("date") <= ibis.date(last)
    overdue, promised = lacking & due, ~lacking & due
    in_time = promised & (orders.delivered_at.cast("date") <= orders.promised_at.cast("date"))
    flags = {"lacking": lacking, "overdue": overdue, "promised": promised, "in_time": in_time}
    sums = orders.aggregate(n=orders.count(), **{name: (flag.fill_null(False)).ifelse(1, 0).sum() for name, flag in flags.items()})
    n, lack, late, known, kept = sums.to_pandas().fillna(0).iloc[0].astype(int)
    if not client.has("orders.promised_at"):
        return Undelivered(int(n), int(lack), None, None)
    return Undelivered(int(n), int(lack), int(late), float(kept / (known + late)) if known + late else None)


def promise_kept(client: Client) -> Promise:
    """Compare the answers of the period after deliveries on time with those after late ones.

    An answer belongs to the order that it names, else to the customer's last delivery before it was given.

    Raises
    ------
    MissingDataError
        If promised or delivered dates, answers, or what ties them together is missing, or a group is too small.
    """
    client.require("orders.delivered_at", "orders.promised_at", "survey.score")
    metric = next((m for m in LABELS if m in metrics_supplied(client)), None)
    if metric is None:
        raise MissingDataError(["survey.metric = csat"])
    rows, tied_by = _answers_with_delivery(client, metric)
    weight = rows.weight.fill_null(0.0) if client.has("survey.weight") else ibis.literal(1.0)
    rows = rows.mutate(w=weight).filter(_.w > 0)
    counted = rows.group_by("step", "score").agg(n=_.count(), w=_.w.sum(), ww=(_.w * _.w).sum()).order_by("step", "score").to_pandas()
    on_time, late = (_estimate(metric, counted[(counted["step"] > 0) == is_late]) for is_late in (False, True))
    if min(on_time.n, late.n) < max(2, client.params.report.minimum_group):
        raise MissingDataError(["answers after deliveries on time and late"])
    by_days = tuple((name, _estimate(metric, counted[counted["step"] == i])) for i, (name, last) in enumerate(STEPS) if i)
    unit: Unit = "points" if metric == "nps" else "score"
    return Promise(metric, LABELS[metric], unit, on_time, late, difference(on_time, late), tied_by, by_days)


def _estimate(metric: str, counted: pd.DataFrame) -> Estimate:
    if counted.empty:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    folded = counted.groupby("score", as_index=False)[["n", "w", "ww"]].sum()
    estimate = scores.net_promoter_score_of if metric == "nps" else scores.mean_score_of
    return estimate(ScoreCounts(*(folded[c].to_numpy(dtype=float) for c in ("score", "n", "w", "ww"))))


def promise_table(client: Client) -> Table | Gap:
    """The comparison as a table."""
    try:
        result = promise_kept(client)
    except MissingDataError as error:
        return Gap(
            "performance_evaluation", "Does keeping the delivery promise pay in satisfaction?", error.needs,
            "It would show what a late delivery does to satisfaction.",
        )  # fmt: skip
    fewest = max(2, client.params.report.minimum_group)
    rows = [("On time", *result.on_time), ("Late", *result.late)]
    rows += [(f"of these, {name}", *(e if e.n >= fewest else (None,) * 4)) for name, e in result.by_days]
    rows += [("On time less late", *result.difference[:3], None)]
    return Table(
        pd.DataFrame(rows, columns=["delivery", "value", "low", "high", "n"]),
        caption=CAPTION,
        units={"value": result.unit, "low": result.unit, "high": result.unit, "n": "count"},
        labels={"value": result.label[:1].upper() + result.label[1:], "low": "95% from", "high": "to", "n": "Answers"},
        note=f"Answers of the period, {result.tied_by}. On time: delivered on or before the promised date. A dash: fewer than {fewest} answers.",
    )


def read_promise(client: Client) -> Reading:
    """What the comparison says."""
    try:
        result = promise_kept(client)
    except MissingDataError:
        return Reading("Deliveries and answers cannot be brought together with what is supplied.")
    gap = result.difference
    if not result.enough:
        return Reading(
            f"{result.late.n:,} answers after a late delivery and {result.on_time.n:,} after one on time are too few to compare."
        )
    if not result.clear:
        return Reading(f"No clear difference can be seen: on time less late {interval(gap, result.unit, signed=True)} (95%).")
    size = number(gap.value, result.unit, signed=True)
    return Reading(
        f"After a delivery on time {result.label} is {with_evidence(result.on_time, result.unit)}, after a late one "
        f"{with_evidence(result.late, result.unit)}: a difference of {size} "
        f"(95% interval {interval(gap, result.unit, signed=True)}, {p_words(p_value(gap))})."
    )


def _answers_with_delivery(client: Client, metric: str) -> tuple[ir.Table, str]:
    survey = answers(client, client.period, metric)
    orders = orders_of_customers(client)
    orders = orders.filter(orders.delivered_at.notnull(), orders.promised_at.notnull(), orders.cancelled_at.isnull())
    days = orders.delivered_at.cast("date").delta(orders.promised_at.cast("date"), unit="day")
    step = ibis.cases(*((days <= last, i) for i, (_, last) in enumerate(STEPS)), else_=len(STEPS) - 1)
    deliveries = orders.select(delivered_order="order_id", buyer="known_customer_id", arrived="delivered_at", step=step)
    if client.has("survey.order_id"):
        return survey.join(deliveries, survey.order_id == deliveries.delivered_order), "tied by the order that they name"
    client.require("survey.customer_id", "survey.responded_at")
    pairs = survey.join(deliveries, [survey.customer_id == deliveries.buyer, survey.responded_at >= deliveries.arrived])
    last = pairs.group_by("response_id", "score", "weight").agg(step=_.step.argmax(_.arrived))
    return last, "tied to the customer's last delivery before the answer"
