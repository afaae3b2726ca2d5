"""Two sets of journeys side by side, this period and the one before or two segments: what differs beyond chance."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.methods import event_log as el
from cvclib.methods import shares
from cvclib.methods.clustered import Tally, p_of_difference
from cvclib.methods.estimate import Estimate
from cvclib.steps.journeys import HOURS_PER_DAY, journeys, n_journeys, stages_touched
from cvclib.steps.memo import once_per_client
from cvclib.steps.stage_flow import time_to_next_stage, within

VERSUS = " vs "
FAMILIES = {
    "touchpoint": "Touch it",
    "transition": "Go directly from … to …",
    "repeat": "Come back to it",
    "stage": "Go on to the next stage",
}
ARROW = " → "
ALIKE = 0.05  # two periods whose lengths differ by less follow their journeys about equally long


class Sides(NamedTuple):
    """The two sets compared.

    Parameters
    ----------
    names : tuple of str
        As the reader sees them; the first is the one that the difference is seen from.
    clients : tuple of Client
    """

    names: tuple[str, str]
    clients: tuple[Client, Client]


def sides(client: Client, *, compare: str = "") -> Sides:
    """The two sets of journeys that a comparison is about.

    Parameters
    ----------
    client : Client
    compare : str
        Empty: this period and the one before. ``"Seniors vs Couples"``: two of the client's segments.

    Raises
    ------
    InputError
        If `compare` names no pair of the client's segments.
    """
    if not compare:
        return Sides(("This period", "the period before"), (client, _before(client)))
    names = tuple(name.strip() for name in compare.split(VERSUS))
    if len(names) != 2 or not set(names) <= set(client.segments) or names[0] == names[1]:
        known = ", ".join(map(repr, client.segments)) or "none, as the client supplies no segments"
        fix = "Leave it empty to compare the period with the one before."
        raise InputError([Problem("parameter 'compare'", repr(compare), f"two different segments as 'A{VERSUS}B', of {known}", fix)])
    return Sides((names[0], names[1]), (_only(client, segment=names[0]), _only(client, segment=names[1])))


# Kept without the client itself: what is remembered for as long as it lives must not keep it alive.
@once_per_client
def _before(client: Client) -> Client:
    return client.beside(period=client.previous_period)


@once_per_client
def _only(client: Client, *, segment: str) -> Client:
    return client.beside(segment=segment)


def followed_alike(client: Client, *, compare: str = "") -> bool:
    """Whether the journeys of both sets are followed about equally long, so that their shares can be compared.

    A journey is followed to the last day of its period: in a longer period more touches, transitions and returns are
    seen of it. Periods of the same length to within 5% (a leap year, two quarters) count as alike.
    """
    days = [one.period.days for one in sides(client, compare=compare).clients]
    return bool(max(days) - min(days) <= ALIKE * max(days))


@once_per_client
def differences(client: Client, *, compare: str = "", horizon_days: float = 90) -> pd.DataFrame:
    """Compare the journeys of two sets: touchpoints, transitions, repeats and steps from stage to stage.

    Parameters
    ----------
    client : Client
        With ``interactions``.
    compare : str
        As in `sides`.
    horizon_days : float
        Days within which a journey is expected to go on to the next stage.

    Returns
    -------
    pandas.DataFrame
        A row a measure: ``family`` (a key of `FAMILIES`), ``name``, ``here``, ``here_low``, ``here_high``, ``there``, ``there_low``,
        ``there_high``, ``n_here``, ``n_there``, ``difference``, ``low``, ``high``, ``p_value``. Rows that fewer journeys of
        both sets together than the minimum group make are left out.

    Notes
    -----
    Shares are of all journeys; of a repeat, of the journeys that touch the touchpoint; of a step, Kaplan–Meier within
    `horizon_days`, the unfinished censored. Where the two sets are not followed equally long (`followed_alike`) only the
    steps, which allow for that, are compared. Journeys of one customer hang together: sizes are effective ones (see
    `cvclib.methods.clustered`). The p values are adjusted within each family (Benjamini–Hochberg) and, as there are four of
    them, for their number (Bonferroni): of comparisons without any difference at most one in twenty shows one.
    """
    client.require("interactions")
    both = sides(client, compare=compare).clients
    counted = (
        (("touchpoint", _touched), ("transition", _followed), ("repeat", _repeated)) if followed_alike(client, compare=compare) else ()
    )
    columns = ["family", "name", *_SIDE, "n_here", "n_there", "difference", "low", "high", "p_value"]
    if not all(n_journeys(one) for one in both):
        return pd.DataFrame(columns=columns)
    minimum = client.params.report.minimum_group
    rows = []
    for family, tallies in counted:
        here, there = (tallies(one) for one in both)
        totals = [_all_journeys(one) for one in both]
        for name in sorted({*here, *there}):
            one, other = (found.get(name) or _none(total, family) for found, total in zip((here, there), totals, strict=True))
            enough = min(one.n, other.n) >= minimum and one.hits + other.hits >= minimum
            if enough:
                rows.append(_row(family, name, one.estimate, other.estimate, p_of_difference(one, other)))
    rows += _steps(both, horizon_days, minimum)
    frame = pd.DataFrame(rows, columns=columns)
    adjusted = frame.groupby("family")["p_value"].transform(lambda p: shares.benjamini_hochberg(p.to_numpy(dtype=float)))
    return frame.assign(p_value=np.minimum(adjusted * len(FAMILIES), 1.0))


_SIDE = ["here", "here_low", "here_high", "there", "there_low", "there_high"]


def _row(family: str, name: str, here: Estimate, there: Estimate, p_value: float) -> tuple[object, ...]:
    gap = shares.difference(here, there)
    return family, name, *here[:3], *there[:3], here.n, there.n, gap.value, gap.low, gap.high, p_value


def _steps(both: tuple[Client, Client], horizon_days: float, minimum: int) -> list[tuple[object, ...]]:
    """Steps that both sets make, within the horizon or as long as both were watched."""
    if not all(one.has("touchpoints.stage") for one in both):
        return []
    here, there = (time_to_next_stage(one) for one in both)
    rows = []
    for pair in pairwise(stages_touched(both[0])):
        if pair in here and pair in there:
            days = min(horizon_days, *(float(curve["time"].iloc[-1]) for curve in (here[pair], there[pair])))
            one, other = within(here[pair], days), within(there[pair], days)
            if min(one.n, other.n) >= minimum and np.isfinite([*one[:3], *other[:3]]).all():
                rows.append(_row("stage", ARROW.join(pair), one, other, shares.p_value(shares.difference(one, other))))
    return rows


@once_per_client
def _all_journeys(client: Client) -> tuple[float, int, float]:
    """Journeys, customers, and the sum over customers of their squared number of journeys."""
    by_customer = _cases(journeys(client)).group_by("cluster").aggregate(m=lambda t: t.count())
    row = by_customer.aggregate(n=by_customer.m.sum(), clusters=by_customer.count(), squares=(by_customer.m**2).sum()).to_pandas().iloc[0]
    return float(row["n"]), int(row["clusters"]), float(row["squares"])


def _none(total: tuple[float, int, float], family: str) -> Tally:
    n, clusters, squares = total
    return Tally(0, 0, 0, 0, 0, 0) if family == "repeat" else Tally(n, 0, clusters, 0, 0, squares)


def _cases(log: ir.Table) -> ir.Table:
    return log.group_by("case").aggregate(cluster=log.customer_id.min().fill_null(log.case.min()))


def _touched(client: Client) -> dict[str, Tally]:
    return _tallies(client, journeys(client).select("case", name="activity").distinct())


def _followed(client: Client) -> dict[str, Tally]:
    log = journeys(client)
    pairs = log.filter(log.next_activity.notnull())
    return _tallies(client, pairs.select("case", name=pairs.activity + ARROW + pairs.next_activity).distinct())


def _tallies(client: Client, had: ir.Table) -> dict[str, Tally]:
    """Share of all journeys that have each thing."""
    log = journeys(client)
    cases = _cases(log)
    size = cases.group_by("cluster").aggregate(m=lambda t: t.count())
    hits = had.inner_join(cases, "case").group_by("name", "cluster").aggregate(y=lambda t: t.count())
    sums = (
        hits.inner_join(size, "cluster")
        .group_by("name")
        .aggregate(hits=lambda t: t.y.sum(), squared=lambda t: (t.y**2).sum(), cross=lambda t: (t.y * t.m).sum())
    )
    n, clusters, squares = _all_journeys(client)
    return {
        r.name: Tally(n, float(r.hits), clusters, float(r.squared), float(r.cross), squares)
        for r in sums.to_pandas().itertuples(index=False)
    }


def _repeated(client: Client) -> dict[str, Tally]:
    """Share of the journeys that touch each touchpoint which come back to it."""
    log = journeys(client)
    by_case = log.group_by("activity", "case").aggregate(again=(log.count() > 1).cast("int64"))
    units = (
        by_case.inner_join(_cases(log), "case").group_by("activity", "cluster").aggregate(y=lambda t: t.again.sum(), m=lambda t: t.count())
    )
    sums = units.group_by(name=units.activity).aggregate(
        n=lambda t: t.m.sum(), hits=lambda t: t.y.sum(), clusters=lambda t: t.count(), squared=lambda t: (t.y**2).sum(),
        cross=lambda t: (t.y * t.m).sum(), squares=lambda t: (t.m**2).sum(),
    )  # fmt: skip
    return {
        r.name: Tally(float(r.n), float(r.hits), int(r.clusters), float(r.squared), float(r.cross), float(r.squares))
        for r in sums.to_pandas().itertuples(index=False)
    }


class LeadTimes(NamedTuple):
    """Median days from first to last touch on two sides, a value a customer, and the p value of their being drawn alike."""

    here: Estimate
    there: Estimate
    p_value: float


@once_per_client
def lead_times(client: Client, *, compare: str = "") -> LeadTimes | None:
    """Compare how long journeys take from first to last touch.

    Parameters
    ----------
    client : Client
        With ``interactions``.
    compare : str
        As in `sides`.

    Returns
    -------
    LeadTimes or None
        None where a side has fewer customers than the minimum group, or the sides are not followed equally long.

    Notes
    -----
    A customer counts once, with the median of his journeys, as these hang together. The intervals of the medians are
    distribution-free; the test is that of Wilcoxon, Mann and Whitney with ties.

    References
    ----------
    .. [1] H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the
       other", Annals of Mathematical Statistics 18, 1947.
    """
    both = sides(client, compare=compare).clients
    if not followed_alike(client, compare=compare) or not all(n_journeys(one) for one in both):
        return None
    here, there = (_days_of_customers(one) for one in both)
    if min(len(here), len(there)) < client.params.report.minimum_group:
        return None
    return LeadTimes(_median(here), _median(there), float(stats.mannwhitneyu(here, there, method="asymptotic").pvalue))


def _days_of_customers(client: Client) -> np.ndarray:
    log = journeys(client)
    lasted = el.cases(log).select("case", "duration_hours").inner_join(_cases(log), "case")
    found = lasted.group_by("cluster").aggregate(hours=lambda t: t.duration_hours.median()).to_pandas()["hours"]
    return np.sort(found.to_numpy(dtype=float)) / HOURS_PER_DAY


def _median(values: np.ndarray) -> Estimate:
    n = len(values)
    reach = 0.98 * np.sqrt(n)
    low, high = int(max(np.floor(n / 2 - reach), 0)), int(min(np.ceil(n / 2 + reach), n - 1))
    return Estimate(float(np.median(values)), float(values[low]), float(values[high]), n)
