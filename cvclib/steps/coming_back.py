"""Who comes back without a contract: cohorts by first order, and the time until the next order, counted in the engine.

Without a contract nobody says goodbye. That a customer has left cannot be seen, so no survival of customers is
estimated here: what can be seen is whether and when the next order came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.kpis import NO_SEGMENT
from cvclib.methods import survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.retention import cohort_table
from cvclib.methods.shares import benjamini_hochberg, share
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.wording import joined

SPANS = {1: "month", 3: "quarter", 12: "year"}  # months that a row or a column of the cohort table takes together
MOST_SPANS = 12  # columns that a page holds
MOST_COHORTS = 24  # rows
FEW_A_COHORT = 20  # customers of a middling month, below which a quarter's are taken together
SECOND, THIRD = "from the first order to the second", "from the second to the third"
FEWEST_EVENTS = 10  # in a group, below which the log-rank test is not to be relied on
HORIZONS_DAYS = (90, 180, 365, 730)
SIGNIFICANT = 0.05  # of an adjusted p value
MOST_NAMED = 3  # segments compared with, beyond which they are not listed


class Cohorts(NamedTuple):
    """Customers by first order, and how many of them ordered again in each span after it.

    Parameters
    ----------
    table : pandas.DataFrame
        As `cvclib.methods.retention.cohort_table`.
    cohort_months, span_months : int
        Months that a row and a column take together: 1, 3 or 12.
    """

    table: pd.DataFrame
    cohort_months: int
    span_months: int


class Apart(NamedTuple):
    """A segment whose curve differs from those of others.

    Parameters
    ----------
    segment : str
    p : float
        Of the log-rank test, adjusted.
    against : tuple of str
        The segments it was compared with.
    whole : bool
        Whether these are all the other segments.
    """

    segment: str
    p: float
    against: tuple[str, ...]
    whole: bool

    @property
    def others(self) -> str:
        """Those compared with, in words."""
        if self.whole:
            return "the other segments"
        return joined(list(self.against)) if len(self.against) <= MOST_NAMED else "the segments not yet named"

    def sides(self, counted: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Rows of the segment, and of those it was compared with."""
        return counted[counted["segment"] == self.segment], counted[counted["segment"].isin(self.against)]


@once_per_client
def cohorts(client: Client) -> Cohorts:
    """Customers by their first order, in spans of months, quarters or years, whichever a page holds.

    Raises
    ------
    MissingDataError
        If the client supplies no orders.
    TooFewAnswersError
        If no customer can be followed from one span to the next.
    """
    client.require("orders")
    placed = _placed(client)
    first = placed.ordered_at.min().to_pandas()
    if pd.isna(first):
        raise TooFewAnswersError("No order up to the end of the period is of a known customer, so that nobody can be followed.")
    until = pd.Timestamp(client.period.until)
    months = (until.year - first.year) * 12 + until.month - first.month
    cohort_months = next((m for m in SPANS if months / m <= MOST_COHORTS), max(SPANS))
    found = _cohorts(client, placed, months, cohort_months)
    if cohort_months == 1 and found.table[0].median() < FEW_A_COHORT:  # shares of a handful say little
        found = _cohorts(client, placed, months, 3)
    if found.table.shape[1] < 2:
        found = _cohorts(client, placed, months, 1)
    if found.table.shape[1] < 2:
        raise TooFewAnswersError(f"The orders span less than two {SPANS[found.span_months]}s: nobody can be followed from one to the next.")
    return found


def _cohorts(client: Client, placed: ir.Table, months: int, cohort_months: int) -> Cohorts:
    span_months = next((m for m in SPANS if months / m <= MOST_SPANS + 1 and m >= cohort_months), max(SPANS))
    until = pd.Timestamp(client.period.until)
    table = cohort_table(
        placed, customer="known_customer_id", at="ordered_at", until=until, cohort_months=cohort_months, span_months=span_months
    )
    return Cohorts(table, cohort_months, span_months)


def pooled(found: Cohorts) -> list[tuple[int, Estimate]]:
    """Share of all customers followed so long who ordered in each span, with Wilson's interval."""
    shares = []
    for span in found.table.columns[1:]:
        seen = found.table[found.table[span].notna()]
        if len(seen):
            shares.append((int(span), share(int(seen[span].sum()), int(seen[0].sum()))))
    return shares


@once_per_client
def waits(client: Client) -> pd.DataFrame:
    """Days from a customer's first order to the second, and from the second to the third, counted by segment.

    Returns
    -------
    pandas.DataFrame
        ``step`` (`SECOND` or `THIRD`), ``segment``, ``days``, ``happened`` (False: not yet, by the end of the period) and
        ``n``. Orders on one day are one. Each customer counts once a step.

    Raises
    ------
    MissingDataError
        If the client supplies no orders.
    """
    client.require("orders")
    rows = _placed(client).select(customer="known_customer_id", day=_.ordered_at.cast("date")).distinct()
    ranked = rows.mutate(place=ibis.row_number().over(ibis.window(group_by="customer", order_by="day"))).filter(_.place < 3)
    each = ranked.group_by("customer").agg(first=_.day.min(), second=_.day.min(where=_.place == 1), third=_.day.min(where=_.place == 2))
    last_day = ibis.date(client.period.end)
    steps = [
        each.select("customer", step=ibis.literal(SECOND), begins="first", ends="second"),
        each.filter(_.second.notnull()).select("customer", step=ibis.literal(THIRD), begins="second", ends="third"),
    ]
    both = ibis.union(*steps)
    both = both.mutate(happened=both.ends.notnull(), days=ibis.coalesce(both.ends, last_day).delta(both.begins, unit="day"))
    both = with_segment(client, both, "customer")
    counted = both.group_by("step", "segment", "days", "happened").agg(n=_.count())
    frame = counted.order_by("step", "segment", "days", "happened").to_pandas()
    return frame.astype({"days": float, "happened": bool, "n": int})


def with_segment(client: Client, rows: ir.Table, customer: str) -> ir.Table:
    """The rows with the segment of their customer; `NO_SEGMENT` where none is known."""
    if not client.has("customers.segment"):
        return rows.mutate(segment=ibis.literal(NO_SEGMENT))
    members = client.whole("customers").group_by(member="customer_id").agg(segment=_.segment.min())
    joined = rows.left_join(members, rows[customer] == members.member).drop("member")
    return joined.mutate(segment=joined.segment.fill_null(NO_SEGMENT))


def curve_of(counted: pd.DataFrame, at: str) -> pd.DataFrame:
    """Kaplan–Meier's curve, with Greenwood's variance and log-log intervals, of rows counted by duration."""
    summed = counted.groupby([at, "happened"], as_index=False)["n"].sum()
    return survival.kaplan_meier(summed[at], summed["happened"], counts=summed["n"])


def compared(counted: pd.DataFrame, at: str, *, smallest: int) -> pd.DataFrame:
    """Each segment's curve against that of all others, by the log-rank test, corrected over the segments.

    Parameters
    ----------
    counted : pandas.DataFrame
        ``segment``, ``happened``, ``n`` and the durations.
    at : str
        Column with the durations.
    smallest : int
        Customers below which a segment is left out.

    Returns
    -------
    pandas.DataFrame
        ``segment, n, events, p, p_adjusted``, in order of the name; p is NaN where fewer than `FEWEST_EVENTS` events
        fall in the segment, or in the others.
    """
    known = counted[counted["segment"] != NO_SEGMENT]
    sizes = known.groupby("segment")["n"].sum()
    kept = sizes.index[sizes >= smallest]
    known = known[known["segment"].isin(kept)]
    events = known[known["happened"]].groupby("segment")["n"].sum().reindex(kept, fill_value=0)
    frame = pd.DataFrame({"segment": list(kept), "n": sizes.reindex(kept).to_numpy(), "events": events.to_numpy()})
    frame["p"] = [_against_the_others(known, name, at) if _enough(events, name) else np.nan for name in kept]
    return frame.assign(p_adjusted=benjamini_hochberg(frame["p"]) if len(frame) else np.empty(0))


def standing_out(counted: pd.DataFrame, at: str, *, smallest: int, questions: int = 1) -> list[Apart]:
    """Segments whose curve differs from the others', the clearest first.

    One that differs pulls the others away from the mean of the rest: so the clearest is named, set aside, and the rest are
    compared among themselves.

    Parameters
    ----------
    counted : pandas.DataFrame
    at : str
    smallest : int
        All as in `compared`.
    questions : int
        Where findings about the same figure come of several questions, the p values are multiplied by their number.
    """
    named: list[Apart] = []
    left = counted
    while True:
        frame = compared(left, at, smallest=smallest)
        tested = frame.dropna(subset=["p_adjusted"]).sort_values(["p", "segment"])
        if tested.empty or tested["p_adjusted"].iloc[0] * questions > SIGNIFICANT:
            return named
        first = str(tested["segment"].iloc[0])
        others = tuple(name for name in frame["segment"] if name != first)
        named.append(Apart(first, float(tested["p_adjusted"].iloc[0] * questions), others, whole=not named))
        if len(others) < 2:  # of two segments, one differing is the other differing
            return named
        left = left[left["segment"] != first]


def estimates_at(curve: pd.DataFrame, times: Sequence[float], smallest: int) -> list[tuple[float, Estimate]]:
    """Share for whom it has not happened by each time, as long as enough customers are still followed.

    Where it has happened to none, or to all, Greenwood's variance is nought: Wilson's interval of those followed takes its place.
    """
    told = []
    for t in times:
        if t <= curve.loc[curve["at_risk"] >= smallest, "time"].max():
            estimate = survival.survival_at(curve, t)
            if estimate.value in (0.0, 1.0):
                followed = int(curve.loc[curve["time"] <= t, "at_risk"].iloc[-1])
                ends = share(int(estimate.value) * followed, followed)
                estimate = Estimate(estimate.value, ends.low, ends.high, estimate.n)
            told.append((t, estimate))
    return told


def _enough(events: pd.Series, name: str) -> bool:
    return len(events) > 1 and min(events[name], events.sum() - events[name]) >= FEWEST_EVENTS


def _against_the_others(known: pd.DataFrame, name: str, at: str) -> float:
    return survival.log_rank(known[at], known["happened"], known["segment"] == name, counts=known["n"]).p_value


def _placed(client: Client) -> ir.Table:
    """Orders of known customers up to the end of the period that stood."""
    orders = orders_of_customers(client)
    return orders.filter(
        orders.cancelled_at.isnull(), orders.known_customer_id.notnull(), orders.ordered_at < ibis.date(client.period.until)
    )
