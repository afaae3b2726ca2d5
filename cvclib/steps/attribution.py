"""Which touchpoints carry conversion: how much would be lost without each of them, as far as the paths tell.

Part of step 6; `cvclib.steps.advocacy` is its public face. A journey converts where it reaches the stage purchase; what came before its
first touch of that stage is its path.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.charts import attribution as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.attribution import FEWEST_CONVERTED, interval_of, redrawn_effects, removal_effects, rule_credits, sure_ranks
from cvclib.methods.estimate import Estimate
from cvclib.privacy import suppress_small
from cvclib.steps.journeys import journeys
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.recommendation import NOTHING_TO_READ, STEP
from cvclib.wording import interval, joined, number

CAPTION = "What would be lost without each touchpoint"
HORIZON_DAYS = 90.0  # silent for so long before the period's end, a journey without a purchase is lost
DRAWS = 500
ON_EVERY_WAY = 0.95  # a touchpoint on so many of the ways to a purchase is a step of the process, not a choice
MOST_TOUCHPOINTS = 40  # further ones, the rarest, are put together
OTHER = "Other touchpoints"
UNIT = "\x1f"  # the unit separator: in no touchpoint's name
NO_PATHS = Gap(
    STEP,
    "Which touchpoints carry conversion?",
    ("interactions", "touchpoints.stage"),
    "With the touches of each journey, and the stage of each touchpoint, it shows how much would be lost without each.",
)


@dataclass(frozen=True, eq=False)
class Attributed:
    """Removal effects and credits of the touchpoints before the purchase.

    Parameters
    ----------
    frame : pandas.DataFrame
        The largest effect first: ``touchpoint``, ``n`` journeys that touch it, ``gate`` (whether nearly all that convert pass it), ``effect``, ``low``,
        ``high`` (0 to 1), ``rank_low``, ``rank_high`` (among those that are no gates; ranges that hold for all together), ``share``, ``first``, ``last``, ``linear`` (credits, each summing to 1).
    n_converted, n_lost : int
        Journeys.
    """

    frame: pd.DataFrame
    n_converted: int
    n_lost: int


def conversion_paths(client: Client, *, horizon_days: float = HORIZON_DAYS) -> pd.DataFrame:
    """Count journeys by their path to the purchase, or to giving up.

    Parameters
    ----------
    client : Client
    horizon_days : float
        A journey without a purchase is lost where its last touch lies at least so long before the period's end; a later one is
        still under way and does not count.

    Returns
    -------
    pandas.DataFrame
        ``path`` (names joined by the unit separator), ``converted``, ``lost``. A journey that starts with the purchase has no path.

    Raises
    ------
    MissingDataError
        If touches or the stages of touchpoints are not supplied.
    """
    client.require("interactions", "touchpoints.stage")
    log = _before_purchase(client, horizon_days)
    log = log.filter(log.buys | log.decided)
    paths = log.group_by("case", "buys").agg(path=log.activity.group_concat(sep=UNIT, order_by=log.position))
    counted = paths.group_by("path").agg(converted=paths.buys.sum(), lost=(~paths.buys).sum())
    return counted.order_by("path").to_pandas()


@once_per_client
def attributed(client: Client, *, horizon_days: float = HORIZON_DAYS, seed: int = 1) -> Attributed:
    """Estimate removal effects of touchpoints, beside the credit by first touch, last touch and evenly.

    Parameters
    ----------
    client : Client
    horizon_days : float
    seed : int
        For the intervals: bootstrap of the journeys.

    Returns
    -------
    Attributed

    Raises
    ------
    MissingDataError
        If touches or the stages of touchpoints are not supplied.
    TooFewAnswersError
        If fewer than `FEWEST_CONVERTED` journeys convert or are lost.
    """
    counted = conversion_paths(client, horizon_days=horizon_days)
    n_converted, n_lost = int(counted["converted"].sum()), int(counted["lost"].sum())
    if min(n_converted, n_lost) < FEWEST_CONVERTED:
        raise TooFewAnswersError(
            f"{n_converted:,} journeys are seen before they reach a purchase, and {n_lost:,} that stopped without: at least {FEWEST_CONVERTED} of each are needed."
        )
    paths = _gathered([path.split(UNIT) for path in counted["path"]], (counted["converted"] + counted["lost"]).to_numpy())
    converted, lost = counted["converted"].to_numpy(), counted["lost"].to_numpy()
    found = removal_effects(paths, converted, lost)
    drawn = redrawn_effects(paths, converted, lost, np.random.default_rng(seed), draws=DRAWS)
    low, high = interval_of(drawn.effect)
    credit = rule_credits(paths, converted)
    touched, on_way = (_touched(paths, n) for n in (converted + lost, converted))
    gate = np.array([on_way.get(name, 0) >= ON_EVERY_WAY * n_converted for name in found.names])
    ranks = np.full((2, gate.size), np.nan)
    if not gate.all():
        ranks[:, ~gate] = sure_ranks(found.effect[~gate], drawn.effect[:, ~gate])
    frame = pd.DataFrame(
        {
            "touchpoint": found.names, "n": [touched[name] for name in found.names], "gate": gate, "effect": found.effect, "low": low, "high": high,
            "rank_low": ranks[0], "rank_high": ranks[1], "share": found.share, "first": credit.first, "last": credit.last, "linear": credit.linear,
        }
    )  # fmt: skip
    return Attributed(frame.sort_values(["effect", "touchpoint"], ascending=[False, True], ignore_index=True), n_converted, n_lost)


def attribution_chart(client: Client, *, horizon_days: float = HORIZON_DAYS) -> Figure | Gap | Reading:
    """Show what would be lost without each touchpoint, beside the credit that the usual rules give."""
    if gap := attribution_gap(client):
        return gap
    try:
        found = attributed(client, horizon_days=horizon_days)
    except TooFewAnswersError as error:
        return Reading(str(error))
    shown = suppress_small(found.frame, minimum=client.params.report.minimum_group, keep=("touchpoint",))
    columns = {
        "touchpoint": "Touchpoint", "n": "Journeys", "effect": "Lost without it", "low": "95% from", "high": "to", "share": "Credit by removal",
        "first": "First touch", "last": "Last touch", "linear": "Evenly",
    }  # fmt: skip
    table = Table(
        shown[list(columns)], f"{CAPTION}, in numbers", {"n": "count", **dict.fromkeys(list(columns)[2:], "share")}, columns,
        f"Converting is reaching the stage purchase: {found.n_converted:,} journeys; {found.n_lost:,} are lost, silent for {horizon_days:,.0f} days; those still "
        "under way are left out. Without a touchpoint, whoever would have come to it is taken for lost, whereas some would find another way: so these are upper "
        "bounds. First-order chain, solved exactly; intervals from bootstrap of the journeys.",
    )  # fmt: skip
    alt = "; ".join(f"{row.touchpoint}: {number(row.effect, 'share')}" for row in shown.dropna(subset="effect").itertuples())
    return Figure(charts.removal(shown.dropna(subset="effect")), CAPTION, f"Lost without it: {alt}.", table)


def attribution_reading(client: Client, *, horizon_days: float = HORIZON_DAYS) -> Reading | None:
    """Say in words on which touchpoints conversion leans most, and where the usual rules mislead."""
    if attribution_gap(client):
        return NOTHING_TO_READ
    try:
        found = attributed(client, horizon_days=horizon_days)
    except TooFewAnswersError:
        return None  # said in place of the figure
    frame = found.frame[found.frame["n"] >= client.params.report.minimum_group]
    gates, free = frame.loc[frame["gate"], "touchpoint"].tolist(), frame[~frame["gate"]]
    words = ""
    if gates:
        words = f"{joined(gates)} {'lies' if len(gates) == 1 else 'lie'} on nearly every way to a purchase: a step of the process, of which paths cannot tell what it brings. "
    if len(free) < 2:
        return Reading(f"{words}There are not two other touchpoints before the purchase to compare.")
    leading, best = _leading(free), free.iloc[0]
    lead = "Of the others conversion" if gates else "Conversion"
    if len(leading) == 1:
        words += f"{lead} leans most on {best['touchpoint']}: without it up to {_lost(best)} of the conversions would be lost."
    elif len(leading) < len(free):
        words += f"{lead} leans most on {joined(leading)}, which cannot be told apart: up to {_lost(best)} would be lost without {best['touchpoint']}."
    else:
        words += f"No touchpoint can be told from the others: {best['touchpoint']} leads with up to {_lost(best)}."
    apart = (frame["last"] - frame["share"]).abs()
    odd = frame.loc[apart.idxmax()]
    words += (
        f" Looking at the last touch alone would give {odd['touchpoint']} {number(odd['last'], 'share')} of the credit, the removal effects give it "
        f"{number(odd['share'], 'share')}."
    )
    return Reading(
        f"{words} Paths are observed: who takes a touchpoint may be likelier to buy anyway, and only a trial without it would tell."
    )


def attribution_findings(client: Client, *, horizon_days: float = HORIZON_DAYS) -> list[Finding]:
    """The touchpoint on which conversion leans most, where one stands out; else that none does."""
    if attribution_gap(client):
        return []
    try:
        found = attributed(client, horizon_days=horizon_days)
    except TooFewAnswersError:
        return []
    frame = found.frame[(found.frame["n"] >= client.params.report.minimum_group) & ~found.frame["gate"]]
    if len(frame) < 2:
        return []
    best, n = frame.iloc[0], found.n_converted + found.n_lost
    estimate = Estimate(best["effect"], best["low"], best["high"], n)
    if len(_leading(frame)) > 1:
        return [
            Finding(
                STEP, claim=f"No single touchpoint carries conversion: {joined(_leading(frame)[:4])} cannot be told apart.", table=CAPTION, kind="no signal",
                evidence=f"Removal effect of {best['touchpoint']} {_lost(best)}, n = {n:,} journeys; ranges of ranks hold for all touchpoints together.",
                estimate=estimate, action="Do not move budget between these on the credit of a rule.",
            )
        ]  # fmt: skip
    second = frame.iloc[1]
    return [
        Finding(
            STEP, claim=f"Conversion leans most on {best['touchpoint']}: without it up to {number(best['effect'], 'share')} of conversions would be lost.",
            evidence=f"95% interval {interval(estimate, 'share')}, n = {n:,} journeys, first of all that are not on every way, also when tested together; next {second['touchpoint']} "
            f"with {number(second['effect'], 'share')}. Observed paths: an upper bound.",
            estimate=estimate, action=f"Guard {best['touchpoint']} first, and try leaving it out for a random few before believing the size.", table=CAPTION, kind="chance",
        )
    ]  # fmt: skip


def attribution_gap(client: Client) -> Gap | None:
    """What is missing to attribute conversions; None if nothing is."""
    lacks = [need for need in NO_PATHS.needs if not client.has(need)]
    return Gap(STEP, NO_PATHS.question, tuple(lacks), NO_PATHS.brings) if lacks else None


def _before_purchase(client: Client, horizon_days: float) -> ir.Table:
    """Touches before the first one of the stage purchase, with whether the journey buys and whether it is decided."""
    log = journeys(client)
    window = ibis.window(group_by="case")
    log = log.mutate(bought_at=log.position.min(where=log.stage == "purchase").over(window), last_at=log["at"].max().over(window))
    silent_since = ibis.timestamp(str(client.period.until - pd.Timedelta(days=horizon_days)))
    log = log.mutate(buys=log.bought_at.notnull(), decided=log.last_at < silent_since)
    return log.filter(~log.buys | (log.position < log.bought_at))


def _gathered(paths: list[list[str]], n: np.ndarray) -> list[list[str]]:
    """The paths with the rarest touchpoints put together, where there are very many."""
    touched = _touched(paths, n)
    if len(touched) <= MOST_TOUCHPOINTS:
        return paths
    kept = set(sorted(touched, key=lambda name: (-touched[name], name))[: MOST_TOUCHPOINTS - 1])
    return [[name if name in kept else OTHER for name in path] for path in paths]


def _touched(paths: list[list[str]], n: np.ndarray) -> dict[str, int]:
    """Journeys that touch each touchpoint at least once."""
    touched: dict[str, int] = {}
    for path, count in zip(paths, n, strict=True):
        for name in set(path):
            touched[name] = touched.get(name, 0) + int(count)
    return touched


def _leading(frame: pd.DataFrame) -> list[str]:
    """Touchpoints that can be the first, by ranges of ranks that hold for all together."""
    return frame.loc[frame["rank_low"] == 1, "touchpoint"].tolist()


def _lost(row: pd.Series) -> str:
    return f"{number(row['effect'], 'share')} (95% interval {interval(Estimate(row['effect'], row['low'], row['high'], 0), 'share')})"
