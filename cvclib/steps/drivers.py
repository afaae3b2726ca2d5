"""What drives satisfaction with the whole: how much each attribute weighs, whether it can only hurt, only delight or both.

Also whether the ratings make one scale, and what stated importance, derived importance and Kano class say together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.importance import DerivedImportance, derived_importance, rank_ranges
from cvclib.methods.penalty_reward import BASIC, EXCITEMENT, PERFORMANCE, UNDECIDED, PenaltyReward, penalty_reward
from cvclib.methods.reliability import Reliability, cronbach_alpha
from cvclib.steps.answers import Answers, attribute_answers, fewest
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_questions import ALPHA

MIN_ANSWERS = 30  # answers below which an attribute's or a segment's estimate is not made
MUCH_INFLATED = 5.0  # variance inflation from which ratings are said to hang together too much to be told apart


@dataclass(frozen=True)
class Drivers:
    """What drives satisfaction with the whole.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an attribute, the strongest first: ``attribute``, ``share``, ``low``, ``high`` (share of what
        the ratings explain), ``contribution`` (part of R²), ``best``, ``worst`` (ranks it may hold: those
        whose intervals overlap are not ranked), ``strongest`` (probability of ranking first), ``inflation``
        (variance inflation), ``stated``, ``stated_low``, ``stated_high`` (mean stated importance, NaN if not
        asked), ``n`` (answers used).
    result : DerivedImportance
    attributes : tuple of str
        Those analysed, in the order of the result's arrays.
    metric : str
        The survey metric explained.
    left_out : tuple of str
        Attributes with too few answers, or all of them alike.
    weighted : bool
        Whether answers count by a sampling weight.
    """

    frame: pd.DataFrame
    result: DerivedImportance
    attributes: tuple[str, ...]
    metric: str
    left_out: tuple[str, ...]
    weighted: bool

    @property
    def signal(self) -> bool:
        """Whether the ratings explain anything beyond chance; without it no driver may be named."""
        return bool(self.result.p_value < ALPHA)

    @property
    def leaders(self) -> list[str]:
        """The strongest, and those that cannot be told from it: their intervals overlap."""
        return self.frame.loc[self.frame["best"] == 1, "attribute"].tolist()


@once_per_client
def drivers(client: Client, *, min_answers: int = MIN_ANSWERS, replicates: int = 500, seed: int = 1) -> Drivers:
    """Derive the importance of each attribute from satisfaction with the whole.

    Parameters
    ----------
    client : Client
    min_answers : int
        Joint answers, with the whole and with each other attribute, that an attribute needs.
    replicates : int
        Bootstrap replicates.
    seed : int

    Returns
    -------
    Drivers

    Raises
    ------
    MissingDataError
        If there are no performance ratings or no survey.
    TooFewAnswersError
        If no attribute has enough of them.
    """
    answers, kept = _judged(client, min_answers)
    result = derived_importance(
        answers.performance[:, kept], answers.outcome, weights=answers.weights, replicates=replicates, rng=np.random.default_rng(seed)
    )
    judged = np.isfinite(answers.outcome)
    rated = (np.isfinite(answers.performance[:, kept]) & judged[:, None]).sum(axis=0)
    best, worst = rank_ranges(result.share_low, result.share_high)
    frame = pd.DataFrame(
        {
            "attribute": np.array(answers.attributes)[kept],
            "share": result.share, "low": result.share_low, "high": result.share_high,
            "contribution": result.contribution, "best": best, "worst": worst, "strongest": result.probability_strongest,
            "inflation": result.inflation,
            **_means(answers.importance[:, kept], answers.weights, "stated"),
            "n": rated if result.blanks == "pairs" else np.full(kept.sum(), result.r_squared.n),
        }
    )  # fmt: skip
    names = tuple(frame["attribute"])
    left_out = tuple(np.array(answers.attributes)[~kept].tolist())
    ordered = frame.sort_values(["share", "attribute"], ascending=[False, True], ignore_index=True)
    return Drivers(ordered, result, names, answers.metric, left_out, answers.weights is not None)


@dataclass(frozen=True)
class AsymmetricDrivers:
    """What low and high ratings of each attribute do to satisfaction with the whole.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an attribute, in the order of `Drivers`: ``attribute``, ``penalty``, ``penalty_low``,
        ``penalty_high``, ``reward``, ``reward_low``, ``reward_high`` (points of the outcome against a middling
        rating), ``p_penalty``, ``p_reward``, ``p_asymmetry`` (corrected), ``kind`` (cannot be told where the
        ratings hang together too much), ``n_low``, ``n_high``.
    result : PenaltyReward
    metric : str
        The survey metric explained.
    """

    frame: pd.DataFrame
    result: PenaltyReward
    metric: str


@once_per_client
def asymmetric_drivers(client: Client, *, min_answers: int = MIN_ANSWERS) -> AsymmetricDrivers:
    """Contrast what doing badly and doing well on each attribute do to satisfaction with the whole.

    Parameters
    ----------
    client : Client
    min_answers : int
        Joint answers that an attribute needs, as for `drivers`.

    Returns
    -------
    AsymmetricDrivers

    Raises
    ------
    MissingDataError, TooFewAnswersError
        As `drivers` does; also if there are fewer answers than the contrasts need.
    """
    answers, kept = _judged(client, min_answers)
    try:
        found = penalty_reward(
            answers.performance[:, kept], answers.outcome, scale=client.params.scales.performance, weights=answers.weights
        )
    except ValueError as error:
        raise TooFewAnswersError("There are too few answers for penalties and rewards.") from error
    columns = ("penalty", "reward", "p_penalty", "p_reward", "p_asymmetry", "kind", "n_low", "n_high")
    ends = ("penalty_low", "penalty_high", "reward_low", "reward_high")
    values = {name: getattr(found, name) for name in (*columns, *ends)}
    frame = pd.DataFrame({"attribute": np.array(answers.attributes)[kept], **values})
    derived = drivers(client, min_answers=min_answers).frame[["attribute", "inflation"]]
    order = {name: i for i, name in enumerate(derived["attribute"])}
    close = derived.loc[derived["inflation"] >= MUCH_INFLATED, "attribute"]
    classed = frame["kind"].isin((BASIC, PERFORMANCE, EXCITEMENT)) & frame["attribute"].isin(close)
    frame["kind"] = frame["kind"].mask(classed, UNDECIDED)
    return AsymmetricDrivers(frame.sort_values("attribute", key=lambda s: s.map(order), ignore_index=True), found, answers.metric)


@dataclass(frozen=True)
class ScaleReliability:
    """Whether the ratings of all attributes make one scale.

    Parameters
    ----------
    result : Reliability
    frame : pandas.DataFrame
        A row an attribute: ``attribute``, ``item_rest`` (correlation with the sum of the others), ``dropped``
        (alpha without it).
    n_respondents : int
        Who rated any attribute; alpha rests on those who rated all.
    """

    result: Reliability
    frame: pd.DataFrame
    n_respondents: int


@once_per_client
def scale_reliability(client: Client, *, min_answers: int = MIN_ANSWERS) -> ScaleReliability:
    """Cronbach's alpha of the ratings, with each attribute dropped.

    Parameters
    ----------
    client : Client
    min_answers : int
        Respondents who rated every attribute that are needed.

    Returns
    -------
    ScaleReliability

    Raises
    ------
    MissingDataError
        If there are no performance ratings.
    TooFewAnswersError
        If there are fewer than two attributes that vary, or too few who rated them all.
    """
    client.require("attribute_ratings.performance")
    answers, least = attribute_answers(client), fewest(client, min_answers)
    rated = np.isfinite(answers.performance)
    asked = rated.sum(axis=0) >= least
    complete = rated[:, asked].all(axis=1) & asked.any()
    if complete.sum() < max(least, 3):
        raise TooFewAnswersError(f"Fewer than {least} respondents rated every attribute; the ratings' reliability cannot be estimated.")
    varying = asked.copy()
    varying[asked] = np.ptp(answers.performance[complete][:, asked], axis=0) > 0
    if varying.sum() < 2:
        raise TooFewAnswersError("Fewer than two attributes were rated with any difference; a scale needs two.")
    found = cronbach_alpha(answers.performance[:, varying], weights=answers.weights)
    frame = pd.DataFrame(
        {"attribute": np.array(answers.attributes)[varying], "item_rest": found.item_rest, "dropped": found.dropped}
    ).sort_values(["item_rest", "attribute"], ignore_index=True)
    return ScaleReliability(found, frame, int(rated.any(axis=1).sum()))


def _judged(client: Client, min_answers: int) -> tuple[Answers, np.ndarray]:
    """The answers, and which attributes have enough of them beside a judgement of the whole."""
    client.require("attribute_ratings.performance", "survey.score")
    answers, least = attribute_answers(client), fewest(client, min_answers)
    if not answers.metric:
        raise TooFewAnswersError("No answer about satisfaction with the whole shares its response_id with a rated attribute.")
    kept = _enough(answers, least)
    if not kept.any():
        raise TooFewAnswersError(
            f"No attribute was rated by {least} respondents who also judged the whole; fewer do not show what drives it."
        )
    return answers, kept


def _enough(answers: Answers, min_answers: int) -> np.ndarray:
    """Which attributes vary and have enough joint answers with the outcome and each other; the barest go first."""
    filled = np.isfinite(answers.performance) & np.isfinite(answers.outcome)[:, None]
    values = np.where(filled, answers.performance, np.nan)
    kept = filled.sum(axis=0) >= max(min_answers, 3)
    for j in np.flatnonzero(kept):
        kept[j] = np.nanmax(values[:, j]) > np.nanmin(values[:, j])
    pairs = filled.astype(int).T @ filled.astype(int)
    while kept.sum() > 1:
        short = (pairs[np.ix_(kept, kept)] < min_answers).sum(axis=0)
        if not short.any():
            break
        worst = np.lexsort((filled[:, kept].sum(axis=0), -short))[0]
        kept[np.flatnonzero(kept)[worst]] = False
    return kept


def _means(values: np.ndarray, weights: np.ndarray | None, name: str) -> dict[str, list[float]]:
    def one(column: np.ndarray) -> shares.Estimate:
        filled = np.isfinite(column)
        return shares.mean(column[filled], None if weights is None else weights[filled])

    found = [one(column) for column in values.T]
    return {name: [e.value for e in found], f"{name}_low": [e.low for e in found], f"{name}_high": [e.high for e in found]}
