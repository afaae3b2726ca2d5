"""What to cut, keep and invest in: each touchpoint's share of the cost against its share of the value, and how satisfied it leaves.

Cut: it takes a larger share of the cost than customers get value from it. Invest: it gives more value than its share of the cost, and
satisfies less than the touchpoints on the whole. Keep: all others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import shares
from cvclib.methods.resampling import percentile_interval
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.touchpoint_value import cost_and_value_draws, value_to_the_customer

CUT, KEEP, INVEST = "cut", "keep", "invest"
CLASSES = (CUT, KEEP, INVEST)
NOT_SURE = "cannot be told"
SURE_FROM = 0.8  # probability from which a class is named
BALANCE = 0.8  # value by cost from here to its inverse counts as in balance: a fifth less value than cost
ALPHA = 0.05  # corrected p value below which the class of a touchpoint is a finding


@once_per_client
def cut_keep_invest(client: Client, *, min_answers: int = 30, seed: int = 1) -> pd.DataFrame:
    """Class of each touchpoint with its probability, and the reason in words.

    Parameters
    ----------
    client : Client
        With a cost by touchpoint, interactions and satisfaction by touchpoint.
    min_answers : int
        Satisfaction answers that a touchpoint needs.
    seed : int

    Returns
    -------
    pandas.DataFrame
        The dearest first: ``touchpoint``, ``annual_cost``, ``cost_share``, ``value_share`` with ``value_low``, ``value_high``, ``satisfaction`` (0 to 1
        of the scale) with ``satisfaction_low``, ``satisfaction_high``, ``cut``, ``keep``, ``invest`` (probabilities), ``label`` (the likeliest from 80% on,
        else that it cannot be told), ``sure`` (whether it also differs from keeping beyond chance, corrected over the touchpoints), ``surplus``
        with ``surplus_low``, ``surplus_high`` (money a time by which the next best alternative is dearer; NaN if not known), ``reason``, ``n``.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        As `cvclib.steps.touchpoint_value.cost_and_value` does.

    Notes
    -----
    More and less are a value share below 0.8, or above 1.25, of the cost share. (Step 2 draws Tanaka's zone, which lets all small shares pass.) Value shares and satisfaction are drawn together, so that
    the probabilities heed that they hang together. Costs are taken as given: they tell nothing of what would be saved if the touchpoint were gone.
    """
    frame, values, satisfied = cost_and_value_draws(client, min_answers=min_answers, seed=seed)
    low, high = (frame["cost_share"].to_numpy(float) * edge for edge in (BALANCE, 1 / BALANCE))
    usual = _of_the_others(satisfied)
    classes = np.where(values < low, 0, np.where((values > high) & (satisfied < usual), 2, 1))
    probability = np.stack([(classes == i).mean(axis=0) for i in range(3)], axis=1)
    frame = frame.assign(**dict(zip(CLASSES, probability.T, strict=True)))
    likeliest = probability.argmax(axis=1)
    frame["label"] = np.where(probability.max(axis=1) >= SURE_FROM, np.array(CLASSES)[likeliest], NOT_SURE)
    frame["sure"] = _beyond_chance(frame, values, satisfied, low, high) & (frame["label"] != NOT_SURE) & (frame["label"] != KEEP)
    frame["value_low"], frame["value_high"] = percentile_interval(values)
    frame["satisfaction_low"], frame["satisfaction_high"] = percentile_interval(np.clip(satisfied, 0, 1))
    frame["usual"] = _of_the_others(frame["satisfaction"].to_numpy(float)[None])[0]
    frame = frame.merge(_surplus(client), on="touchpoint", how="left")
    frame["reason"] = [_reason(row) for row in frame.itertuples()]
    columns = [
        "touchpoint", "annual_cost", "cost_share", "value_share", "value_low", "value_high", "satisfaction", "satisfaction_low", "satisfaction_high",
        *CLASSES, "label", "sure", "surplus", "surplus_low", "surplus_high", "reason", "n",
    ]  # fmt: skip
    return frame.sort_values(["annual_cost", "touchpoint"], ascending=[False, True], ignore_index=True)[columns]


def _of_the_others(satisfied: np.ndarray) -> np.ndarray:
    """Mean satisfaction of the other touchpoints, draw by draw."""
    k = satisfied.shape[1]
    return (satisfied.sum(axis=1, keepdims=True) - satisfied) / max(k - 1, 1)


def _beyond_chance(frame: pd.DataFrame, values: np.ndarray, satisfied: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Whether each touchpoint is out of balance, and to be invested in also less satisfying than the others, corrected over both."""
    error = np.nanstd(values, axis=0, ddof=1)
    value = frame["value_share"].to_numpy(float)
    off = np.maximum(np.maximum(low - value, value - high), 0)
    p_value = np.where(off > 0, 2 * stats.norm.sf(off / np.where(error > 0, error, np.inf)), 1.0)
    behind = satisfied - _of_the_others(satisfied)
    spread = behind.std(axis=0, ddof=1)
    p_satisfied = 2 * stats.norm.sf(np.abs(behind.mean(axis=0)) / np.where(spread > 0, spread, np.inf))
    p = np.where(frame["label"] == INVEST, np.maximum(p_value, p_satisfied), p_value)
    return shares.benjamini_hochberg(p) < ALPHA


def _surplus(client: Client) -> pd.DataFrame:
    columns = ["touchpoint", "surplus", "surplus_low", "surplus_high"]
    try:
        return value_to_the_customer(client)[columns]
    except (MissingDataError, TooFewAnswersError):
        return pd.DataFrame(columns=columns).astype(dict.fromkeys(columns[1:], float))


def _reason(row: object) -> str:
    """Why the touchpoint stands where it does, without numbers: these stand beside it."""
    less, dearer = row.satisfaction_high < row.usual, np.isfinite(row.surplus_low) and row.surplus_low > 0
    feeling = (
        "satisfies less than the others"
        if less
        else "satisfies better"
        if row.satisfaction_low > row.usual
        else "satisfies like the others"
    )
    if row.label == CUT and dearer:
        return "Takes more of the cost than of the value; yet what customers would pay elsewhere is more than it costs: make it cheaper, do not drop it."
    if row.label == CUT:
        words = f"Takes more of the cost than of the value; {feeling}: {'do it another way, or make it needless' if less else 'do the same for less'}."
    elif row.label == INVEST:
        words = f"Gives more value than its share of the cost, yet {feeling}: money is missed here."
    elif row.label == KEEP:
        words = f"Gives its share of the value; {feeling}: {'mend what displeases with the money it has' if less else 'leave it as it is'}."
    else:
        words = "The answers do not tell which: ask more customers before moving money."
    if np.isfinite(row.surplus_high) and row.surplus_high < 0:
        return f"{words} Customers could have it elsewhere for less than it costs here."
    return f"{words} What customers would pay elsewhere is more than it costs." if dearer else words
