"""How many answers it takes to see the next change of a survey score."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.sample_size import POWER, detectable_change, for_means, for_shares
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM, net_promoter_score, top_two_box
from cvclib.params import Scales
from cvclib.steps.answers import fewest
from cvclib.steps.questions import TooFewAnswersError
from cvclib.tables import METRICS
from cvclib.wording import Unit

SHARES = ("csat", "overall")  # survey metrics read as the share of the two highest boxes
UNITS: dict[str, Unit] = {"nps": "points", "csat": "share", "overall": "share", "ces": "score"}


def score_of(metric: str, scores: np.ndarray, weights: np.ndarray | None, scales: Scales) -> Estimate:
    """A survey metric as the scorecard defines it: NPS in points, CSAT and overall as the share of the two highest boxes, else a mean.

    Parameters
    ----------
    metric : str
        ``nps``, ``csat``, ``overall``, or anything that is a mean.
    scores : ndarray of float
    weights : ndarray of float, optional
    scales : Scales
        The client's scales.

    Returns
    -------
    Estimate
    """
    if metric == "nps":
        return net_promoter_score(scores, weights)
    return top_two_box(scores, getattr(scales, metric)[1], weights) if metric in SHARES else shares.mean(scores, weights)


def answers_needed(
    client: Client,
    *,
    nps_change: float = 5.0,
    share_change: float = 0.05,
    score_change: float = 0.1,
    power: float = POWER,
    min_answers: int = 30,
) -> pd.DataFrame:
    """Answers a period that would show a change of each survey score, beside the answers there are.

    Parameters
    ----------
    client : Client
    nps_change : float
        Change to be seen, in points of the net promoter score.
    share_change : float
        Change to be seen in a share of satisfied customers (CSAT, overall), 0 to 1.
    score_change : float
        Change to be seen in a mean score (effort), in points of its scale.
    power : float
        Chance of seeing it.
    min_answers : int
        Answers of the period from which the spread of the answers is taken.

    Returns
    -------
    pandas.DataFrame
        ``metric``, ``unit``, ``now`` with ``low`` and ``high``, ``change``, ``needed`` (answers a period),
        ``answers`` (in the period), ``smallest`` (change that as many answers in each of two periods would
        show), ``target``, ``needed_for_target`` (NaN without one, or where it is met).

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there is no survey, or too few answers.

    Notes
    -----
    Two-sided at 5 in 100. Unequal weights cost answers: the number is raised by Kish's design effect
    ``n Σw² / (Σw)²``.
    """
    client.require("survey.score")
    min_answers = fewest(client, min_answers)
    changes = {"nps": nps_change, "csat": share_change, "overall": share_change, "ces": score_change}
    rows = [row for metric in METRICS if (row := _one(client, metric, changes[metric], power, min_answers))]
    if not rows:
        raise TooFewAnswersError(f"No survey score has {min_answers} answers in the period.")
    return pd.DataFrame(rows)


def _one(client: Client, metric: str, change: float, power: float, min_answers: int) -> dict | None:
    scores, weights = _answers(client, metric)
    if scores.size < max(min_answers, 2):
        return None
    now = _as_on_the_scorecard(client, metric) or score_of(metric, scores, weights, client.params.scales)
    values = _values(metric, scores, client.params.scales)
    deviation = float(np.sqrt(np.average((values - np.average(values, weights=weights)) ** 2, weights=weights)))
    if deviation == 0:
        return None  # all answer alike: the answers tell nothing about how they vary
    effect_of_weights = scores.size * (weights**2).sum() / weights.sum() ** 2
    target = client.params.targets.get(metric, np.nan)
    return {
        "metric": metric, "unit": UNITS.get(metric, "score"), "now": now.value, "low": now.low, "high": now.high, "change": change,
        "needed": effect_of_weights * _needed(metric, now.value, change, deviation, power),
        "answers": scores.size,
        "smallest": detectable_change(scores.size, deviation * np.sqrt(effect_of_weights), power=power),
        "target": target,
        "needed_for_target": effect_of_weights * _needed(metric, now.value, target - now.value, deviation, power) if target > now.value else np.nan,
    }  # fmt: skip


def _as_on_the_scorecard(client: Client, metric: str) -> Estimate | None:
    """The score as step 5 tells it: customers who answer more than once widen its interval."""
    kpi = next((kpi for kpi in kpis.supplied(client) if kpi.name == metric), None)
    now = kpi.estimate(client) if kpi else None  # and not the whole scorecard, for one line of it
    return now if now and np.isfinite(now.value) and now.n >= client.params.report.minimum_group else None


def _needed(metric: str, now: float, change: float, deviation: float, power: float) -> float:
    if metric in SHARES:
        after = now + change if now + change <= 1 else now - change  # near the ceiling a fall can still be seen
        return float(np.ceil(for_shares(now, after, power=power)))
    return float(np.ceil(for_means(change, deviation, power=power)))


def _values(metric: str, scores: np.ndarray, scales: Scales) -> np.ndarray:
    """What each answer adds to the score."""
    if metric == "nps":
        return 100.0 * ((scores >= PROMOTER_FROM).astype(float) - (scores <= DETRACTOR_UP_TO))
    return (scores >= getattr(scales, metric)[1] - 1).astype(float) if metric in SHARES else scores


def _answers(client: Client, metric: str) -> tuple[np.ndarray, np.ndarray]:
    survey = client.tables.survey
    answers = survey.filter(survey.metric == metric)
    if client.has("survey.responded_at"):
        answers = client.in_period(answers, "responded_at")
    frame = answers.select("response_id", "score", "weight").order_by("response_id").to_pandas()
    return frame["score"].to_numpy(float), frame["weight"].fillna(1.0).to_numpy(float)
