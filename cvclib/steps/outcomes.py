"""Where journeys end from each touchpoint on: in a purchase or without, and after how many more touches."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.methods import markov, shares
from cvclib.privacy import suppress_small
from cvclib.steps.journeys import RULE, journeys, volumes
from cvclib.steps.memo import once_per_client
from cvclib.steps.process_questions import cannot_show
from cvclib.wording import joined, number

CAPTION = "From each touchpoint: how many journeys go on to a purchase, and after how many touches"
ENDS = ("\x1fpurchase", "\x1fstopped")  # the unit separator: in no touchpoint's name
DRAWS, LOW, HIGH = 500, 0.025, 0.975


@once_per_client
def outcomes(client: Client, *, horizon_days: float = 90, seed: int = 1) -> pd.DataFrame:
    """From each touchpoint the probability of a purchase, as seen and by an absorbing Markov chain.

    Parameters
    ----------
    client : Client
        With ``interactions`` and ``touchpoints.stage``.
    horizon_days : float
        A journey without a purchase whose last touch lies at least as long before the period's end has stopped; a later
        one is still under way, and what it does next is not counted.
    seed : int
        For the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a touchpoint met before the first purchase, in the order of the journey: ``touchpoint``, ``n_cases`` (decided
        journeys that touch it), ``seen`` (share of these that buy), ``seen_low``, ``seen_high`` (Wilson), ``chain``, ``low``,
        ``high`` (95%), ``touches_to_go``; empty where no journey that buys is seen from its beginning.

    Notes
    -----
    The chain's states are touchpoints; its ends are the first touch of the stage purchase, and a last touch without one. First
    order: what follows depends on the touchpoint alone. Where ``chain`` and ``seen`` part, the way there matters too.
    """
    client.require("interactions", "touchpoints.stage")
    before = before_purchase(client, horizon_days)
    moves = before.filter(before.target.notnull()).group_by("activity", "target").aggregate(n=lambda t: t.count()).to_pandas()
    columns = ["touchpoint", "n_cases", "seen", "seen_low", "seen_high", "chain", "low", "high", "touches_to_go"]
    if not {*ENDS} <= set(moves["target"]):
        return pd.DataFrame(columns=columns)
    states = [t for t in volumes(client)["touchpoint"] if t in set(moves["activity"])]
    counted = moves.pivot_table(index="activity", columns="target", values="n", fill_value=0).reindex(states)
    counted = counted.reindex(columns=[*states, *ENDS], fill_value=0)
    between, ends = counted[states].to_numpy(), counted[list(ENDS)].to_numpy()
    chain = markov.from_counts(between, ends)
    spread = markov.redrawn(between, ends, np.random.default_rng(seed), DRAWS).absorption[:, :, 0]
    decided = before.filter(before.decided).group_by("activity").aggregate(
        n_cases=lambda t: t.case.nunique(), n_bought=lambda t: t.case.nunique(where=t.buys)
    ).to_pandas().set_index("activity").reindex(states, fill_value=0)  # fmt: skip
    seen = [shares.share(int(r.n_bought), int(r.n_cases)) for r in decided.itertuples()]
    frame = pd.DataFrame({"touchpoint": states, "n_cases": decided["n_cases"].to_numpy()})
    frame[["seen", "seen_low", "seen_high"]] = [estimate[:3] for estimate in seen]
    low, high = np.quantile(spread, [LOW, HIGH], axis=0)
    return frame.assign(chain=chain.absorption[:, 0], low=low, high=high, touches_to_go=chain.steps)[columns]


def outcome_table(client: Client, *, horizon_days: float = 90) -> Table | Gap | Reading:
    """From each touchpoint: the share that buys, and the touches until then or until the end."""
    if cannot := cannot_show(client, "stages"):
        return cannot
    frame = outcomes(client, horizon_days=horizon_days)
    if frame.empty:
        return Reading("No journey is seen both to begin before a purchase and to reach it or stop, so there is nothing to show.")
    shown = suppress_small(frame, n="n_cases", minimum=client.params.report.minimum_group, keep=("touchpoint",))
    columns = {
        "touchpoint": "Touchpoint", "n_cases": "Journeys", "seen": "Buy, as seen", "chain": "Buy, by the chain", "low": "95% from", "high": "to",
        "touches_to_go": "Touches to go",
    }  # fmt: skip
    units = {"n_cases": "count", **dict.fromkeys(("seen", "chain", "low", "high"), "share"), "touches_to_go": "number"}
    note = (
        f"Before the first touch of the stage purchase. Stopped: no purchase, and no touch in the last {horizon_days:,.0f} days of the period; journeys "
        f"touched later are still under way. {RULE}"
    )
    return Table(shown[list(columns)], CAPTION, units, columns, note)


def read_outcome_table(client: Client, *, horizon_days: float = 90) -> Reading | None:
    """From where most and fewest go on to buy, and whether the chain's assumption holds."""
    if cannot_show(client, "stages"):
        return None
    frame = outcomes(client, horizon_days=horizon_days)
    frame = frame[frame["n_cases"] >= client.params.report.minimum_group]
    if len(frame) < 2:
        return None
    best, worst = frame.loc[frame["chain"].idxmax()], frame.loc[frame["chain"].idxmin()]
    first, last = (f"{number(r['chain'], 'share')} ({number(r['low'], 'share')} to {number(r['high'], 'share')})" for r in (best, worst))
    if best["low"] > worst["high"]:
        text = f"From {best['touchpoint']} {first} of journeys go on to buy, from {worst['touchpoint']} {last}. "
    else:
        text = f"From no touchpoint do clearly more journeys go on to buy than from another: {last} to {first}. "
    least, most = (number(n, "number", decimals=1) for n in (frame["touches_to_go"].min(), frame["touches_to_go"].max()))
    text += f"By touchpoint, {least} to {most} touches are still to come on average until a journey buys or stops. "
    odd = frame[(frame["seen_low"] > frame["high"]) | (frame["seen_high"] < frame["low"])]["touchpoint"].tolist()
    text += (
        f"At {joined(odd[:4])}{' and others' if len(odd) > 4 else ''} the chain and what was seen part: there the way a customer came matters, "
        "so go by what was seen."
        if odd
        else "The chain agrees with what was seen at every touchpoint, so where a customer is tells enough."
    )
    return Reading(text)


def before_purchase(client: Client, horizon_days: float) -> ir.Table:
    """Touches before the first purchase, each with what came next: a touchpoint, an end, or nothing that is known yet."""
    log = journeys(client)
    window = ibis.window(group_by="case")
    bought_at = log.position.min(where=log.stage == "purchase").over(window)
    log = log.mutate(bought_at=bought_at, last_at=log["at"].max().over(window))
    silent_since = ibis.timestamp(str(client.period.until - pd.Timedelta(days=horizon_days)))
    log = log.mutate(buys=log.bought_at.notnull())
    log = log.mutate(decided=log.buys | (log.last_at < silent_since))
    log = log.filter(~log.buys | (log.position < log.bought_at))
    target = ibis.cases(
        (log.buys & (log.position + 1 == log.bought_at), ENDS[0]),
        (log.next_activity.notnull(), log.next_activity),
        (log.decided, ENDS[1]),
        else_=ibis.null(str),
    )
    return log.mutate(target=target).cache()
