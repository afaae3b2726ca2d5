"""Where more going on would bring most purchases: the journey as a Markov chain, one transition improved at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods.attribution import sure_ranks
from cvclib.methods.estimate import Estimate
from cvclib.methods.resampling import percentile_interval
from cvclib.methods.skewed import skewed_mean
from cvclib.methods.transition_gains import FEWEST_LEAVING, Gains, redrawn_gains, transition_gains
from cvclib.steps.journeys import volumes
from cvclib.steps.memo import once_per_client
from cvclib.steps.outcomes import ENDS, before_purchase
from cvclib.steps.questions import TooFewAnswersError

PURCHASE = "purchase"
DRAWS = 1_000
DAYS_A_YEAR = 365.25
FEWEST_ORDERS = 30


@dataclass(frozen=True)
class JourneyGain:
    """What improving each transition of the journey before the first purchase brings.

    Parameters
    ----------
    frame : pandas.DataFrame
        The largest gain first: ``source``, ``target`` (a touchpoint, or "purchase"), ``stage`` (of the source), ``now`` (share that goes
        this way), ``stops`` (share that stops at the source), ``taken`` (by how much the share rises), ``gain`` with ``low``, ``high`` (of the share
        of journeys that buy), ``best``, ``worst`` (ranks it may hold, for all together), ``sales`` (more purchases a year) with
        ``sales_low``, ``sales_high``, ``money``, ``money_low``, ``money_high`` (a year; NaN where the margin is not known), ``n`` (moves seen out of the source).
    base : Estimate
        Share of journeys that come to a purchase, by the chain.
    journeys_a_year : float
    worth : Estimate or None
        Mean margin (else revenue) of an order.
    basis : {"margin", "revenue", ""}
    """

    frame: pd.DataFrame
    base: Estimate
    journeys_a_year: float
    worth: Estimate | None
    basis: str


@once_per_client
def journey_gain(client: Client, *, by: float = 0.05, horizon_days: float = 90, seed: int = 1) -> JourneyGain:
    """What each transition before the first purchase would bring if more went that way instead of stopping.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.
    by : float
        Share of those at a touchpoint who go on instead of stopping; at most as many as stop there.
    horizon_days : float
        As in `cvclib.steps.outcomes.outcomes`.
    seed : int
        All transitions, and the chain with and without the change, are solved on the same draws.

    Returns
    -------
    JourneyGain

    Raises
    ------
    MissingDataError
        If there are no interactions or stages.
    TooFewAnswersError
        If too few journeys are seen to buy and to stop.
    """
    client.require("interactions", "touchpoints.stage")
    log = before_purchase(client, horizon_days)
    moves = log.filter(log.target.notnull()).group_by("activity", "target").aggregate(n=lambda t: t.count()).to_pandas()
    begun = log.filter(log.position == 1).group_by("activity").aggregate(n=lambda t: t.count()).to_pandas()
    leaving = moves.groupby("activity")["n"].sum()
    states = [t for t in volumes(client)["touchpoint"] if leaving.get(t, 0) > 0]
    if not {*ENDS} <= set(moves["target"]):
        raise TooFewAnswersError(
            "No journey is seen both to begin before a purchase and to reach it or stop, so that no transition can be weighed."
        )
    counted = moves.pivot_table(index="activity", columns="target", values="n", fill_value=0).reindex(states)
    counted = counted.reindex(columns=[*states, *ENDS], fill_value=0)
    parts = (
        begun.set_index("activity")["n"].reindex(states, fill_value=0).to_numpy(float), counted[states].to_numpy(float),
        counted[ENDS[0]].to_numpy(float), counted[ENDS[1]].to_numpy(float),
    )  # fmt: skip
    found, drawn = transition_gains(*parts, by=by), redrawn_gains(*parts, np.random.default_rng(seed), by=by, draws=DRAWS)
    frame, gains = _framed(client, states, parts, found, drawn, by)
    if frame.empty:
        raise TooFewAnswersError(f"No touchpoint is left {FEWEST_LEAVING} times before a purchase, so that no transition can be weighed.")
    a_year = float(parts[0].sum()) * DAYS_A_YEAR / client.period.days
    worth, basis = _worth(client)
    frame[["sales", "sales_low", "sales_high"]] = frame[["gain", "low", "high"]].to_numpy() * a_year
    money = _money(frame["gain"].to_numpy() * a_year, gains * a_year, worth, np.random.default_rng(seed))
    frame[["money", "money_low", "money_high"]] = money
    low, high = np.quantile(drawn.base, [0.025, 0.975])
    frame = frame.sort_values(["gain", "source", "target"], ascending=[False, True, True], ignore_index=True)
    return JourneyGain(frame, Estimate(float(found.base), float(low), float(high), int(parts[0].sum())), a_year, worth, basis)


def _framed(
    client: Client, states: list[str], parts: tuple[np.ndarray, ...], found: Gains, drawn: Gains, by: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """A row a transition that is seen, out of touchpoints left often enough, where anybody stops."""
    _, moves, won, lost = parts
    k, stages = len(states), volumes(client).set_index("touchpoint")["stage"]
    leaving = moves.sum(axis=1) + won + lost
    shown = [
        (i, j) for i in range(k) for j in range(k + 1)
        if i != j and leaving[i] >= FEWEST_LEAVING and lost[i] > 0 and (moves[i, j] if j < k else won[i]) > 0
    ]  # fmt: skip
    if not shown:
        return pd.DataFrame(), np.empty((DRAWS, 0))
    rows = []
    for i, j in shown:
        count = moves[i, j] if j < k else won[i]
        gain = found.moves[i, j] if j < k else found.ends[i]
        rows.append(
            (states[i], states[j] if j < k else PURCHASE, stages.get(states[i], ""), count / leaving[i], lost[i] / leaving[i],
             min(by, lost[i] / leaving[i]), gain, int(leaving[i]))
        )  # fmt: skip
    gains = np.column_stack([drawn.moves[:, i, j] if j < k else drawn.ends[:, i] for i, j in shown])
    frame = pd.DataFrame(rows, columns=["source", "target", "stage", "now", "stops", "taken", "gain", "n"])
    frame["low"], frame["high"] = percentile_interval(gains)
    frame["best"], frame["worst"] = sure_ranks(frame["gain"], gains)
    return frame, gains


def _worth(client: Client) -> tuple[Estimate | None, str]:
    """Mean margin of the period's orders that were not cancelled, else their mean revenue."""
    for basis in ("margin", "revenue"):
        if not client.has(f"orders.{basis}"):
            continue
        orders = client.in_period(client.tables.orders, "ordered_at")
        orders = orders.filter(orders.cancelled_at.isnull(), orders[basis].notnull())
        values = orders.group_by(value=orders[basis].round(2)).aggregate(n=orders.count()).to_pandas()
        if values["n"].sum() >= FEWEST_ORDERS:
            return skewed_mean(values["value"].to_numpy(float), values["n"].to_numpy()), basis
    return None, ""


def _money(sales: np.ndarray, drawn: np.ndarray, worth: Estimate | None, rng: np.random.Generator) -> np.ndarray:
    if worth is None:
        return np.full((len(sales), 3), np.nan)
    each = rng.normal(worth.value, (worth.high - worth.low) / 3.92, size=(len(drawn), 1))
    low, high = percentile_interval(drawn * each)
    return np.column_stack([sales * worth.value, low, high])
