"""Where journeys hurt: touchpoints rated below the rest, and touchpoints that customers must come back to."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import event_log as el
from cvclib.methods import scores, shares
from cvclib.methods.estimate import Estimate
from cvclib.steps.journeys import journeys
from cvclib.steps.memo import once_per_client
from cvclib.tables import METRICS

PREFERRED = ("csat", "overall", "nps", "ces")  # of metrics with as many answers, the first of these
WORST_NPS, BEST_NPS = -100.0, 100.0
LEAST_GAP = 0.05  # of the scale's width: a smaller gap is no pain, however sure
LOOP_SHARE = 0.2  # of journeys: coming back to a touchpoint less often than this is no pain
ALPHA = 0.05


class Satisfaction(NamedTuple):
    """Satisfaction at each touchpoint, in one metric.

    Parameters
    ----------
    metric : str
        nps, csat, ces or overall; empty where no answer names a touchpoint.
    scale : tuple of float
        Lowest and highest value.
    frame : pandas.DataFrame
        ``touchpoint``, ``value``, ``low``, ``high``, ``n``, ``others`` (the same over all other touchpoints),
        ``difference`` with ``difference_low`` and ``difference_high``, ``p_value`` (adjusted, Benjamini–Hochberg).
    overall : Estimate
        Over all touchpoints.
    """

    metric: str
    scale: tuple[float, float]
    frame: pd.DataFrame
    overall: Estimate


@once_per_client
def satisfaction_by_touchpoint(client: Client, *, metric: str = "") -> Satisfaction:
    """Estimate satisfaction at each touchpoint and compare it with that at all others.

    Parameters
    ----------
    client : Client
        With ``survey.touchpoint``; answers of the period are used, and those without a time.
    metric : str
        Which question; empty takes the one that most answers about a touchpoint are about.

    Returns
    -------
    Satisfaction
        NPS in points, the others as mean score; touchpoints with fewer answers than the minimum group are left
        out of it.

    Raises
    ------
    MissingDataError
        If no answer names a touchpoint.
    """
    client.require("survey", "survey.touchpoint")
    answers = client.tables.survey
    answers = answers.filter(answers.touchpoint.notnull(), answers.score.notnull())
    if client.has("survey.responded_at"):
        period = client.period
        inside = (answers.responded_at >= ibis.date(period.start)) & (answers.responded_at < ibis.date(period.until))
        answers = answers.filter(answers.responded_at.isnull() | inside)
    columns = ["touchpoint", "metric", "score", "weight"]
    frame = answers.group_by(*columns).aggregate(n=answers.count()).order_by(*columns).to_pandas()  # few answers differ
    if frame.empty:
        return Satisfaction("", (0.0, 1.0), pd.DataFrame(columns=_COLUMNS), Estimate(np.nan, np.nan, np.nan, 0))
    asked = frame.groupby("metric")["n"].sum()
    metric = metric or min(METRICS, key=lambda m: (-asked.get(m, 0), PREFERRED.index(m)))
    frame = frame[frame["metric"] == metric]
    sizes = frame.groupby("touchpoint")["n"].sum()
    large = sorted(sizes.index[sizes >= client.params.report.minimum_group])
    rows = [_against_others(frame, touchpoint, metric) for touchpoint in large]
    compared = pd.DataFrame(rows, columns=_COLUMNS)
    compared["p_value"] = shares.benjamini_hochberg(compared["p_value"].to_numpy(dtype=float))
    scale = (WORST_NPS, BEST_NPS) if metric == "nps" else getattr(client.params.scales, metric)
    return Satisfaction(metric, scale, compared, _estimate(frame, metric))


_COLUMNS = ["touchpoint", "value", "low", "high", "n", "others", "difference", "difference_low", "difference_high", "p_value"]


def _estimate(answers: pd.DataFrame, metric: str) -> Estimate:
    if answers.empty:
        return Estimate(np.nan, np.nan, np.nan, 0)
    times = answers["n"].to_numpy()
    weights = answers["weight"].fillna(1).to_numpy(dtype=float).repeat(times) if answers["weight"].notna().any() else None
    found = scores.net_promoter_score if metric == "nps" else shares.mean
    return found(answers["score"].to_numpy(dtype=float).repeat(times), weights)


def _against_others(answers: pd.DataFrame, touchpoint: str, metric: str) -> list[object]:
    here = answers["touchpoint"] == touchpoint
    value, others = _estimate(answers[here], metric), _estimate(answers[~here], metric)
    gap = shares.difference(value, others) if others.n else Estimate(np.nan, np.nan, np.nan, value.n)
    return [touchpoint, *value, others.value, gap.value, gap.low, gap.high, shares.p_value(gap)]


@once_per_client
def repeated_touchpoints(client: Client) -> pd.DataFrame:
    """How often journeys come back to each touchpoint, compared with the other touchpoints.

    Parameters
    ----------
    client : Client
        With ``interactions``.

    Returns
    -------
    pandas.DataFrame
        Most repeats first: ``touchpoint``, ``n_touches``, ``n_cases`` with it, ``n_cases_repeating``, ``share``
        (of the journeys with it) with ``low`` and ``high``, ``n_repeats``, ``n_self_loops``, ``p_value`` (share
        against that of all other touchpoints together, adjusted).
    """
    counted = el.repetitions(journeys(client)).rename(columns={"activity": "touchpoint", "n_events": "n_touches"})
    found = [shares.share(int(r.n_cases_repeating), int(r.n_cases)) for r in counted.itertuples()]
    total, repeating = int(counted["n_cases"].sum()), int(counted["n_cases_repeating"].sum())
    p_values = []
    for estimate, row in zip(found, counted.itertuples(), strict=True):
        others = shares.share(repeating - int(row.n_cases_repeating), total - int(row.n_cases))
        p_values.append(shares.p_value(shares.difference(estimate, others)))
    counted["share"] = [e.value for e in found]
    counted["low"], counted["high"] = [e.low for e in found], [e.high for e in found]
    counted["p_value"] = shares.benjamini_hochberg(p_values) if p_values else np.array([])
    order = ["touchpoint", "n_touches", "n_cases", "n_cases_repeating", "share", "low", "high", "n_repeats", "n_self_loops", "p_value"]
    return counted[order]


@once_per_client
def pain_points(client: Client, *, metric: str = "", loop_share: float = LOOP_SHARE) -> pd.DataFrame:
    """Touchpoints that hurt, each with the evidence.

    Parameters
    ----------
    client : Client
        With ``interactions`` or ``survey.touchpoint``; whichever is there is used.
    metric : str
        As in `satisfaction_by_touchpoint`.
    loop_share : float
        Share of journeys, 0 to 1, that a repeated touchpoint must surely exceed.

    Returns
    -------
    pandas.DataFrame
        ``touchpoint``, ``kind`` (satisfaction or repetition), ``value``, ``low``, ``high``, ``compared_with`` (the
        other touchpoints, or the least share), ``n``, ``p_value``.

    Notes
    -----
    Satisfaction hurts where it is below that of all other touchpoints by at least a twentieth of the scale
    and the adjusted test is below 0.05. A touchpoint is a loop where the interval of the share of journeys that
    come back lies above `loop_share` and the share is above the others' with an adjusted test below 0.05.
    """
    rows = []
    if client.has("survey.touchpoint"):
        found = satisfaction_by_touchpoint(client, metric=metric)
        least = LEAST_GAP * (found.scale[1] - found.scale[0])
        sore = found.frame[(found.frame["p_value"] < ALPHA) & (found.frame["difference"] <= -least)]
        rows += [(r.touchpoint, "satisfaction", r.value, r.low, r.high, r.others, r.n, r.p_value) for r in sore.itertuples()]
    if client.has("interactions"):
        again = repeated_touchpoints(client)
        looped = again[(again["low"] > loop_share) & (again["p_value"] < ALPHA) & (again["n_cases"] >= client.params.report.minimum_group)]
        rows += [(r.touchpoint, "repetition", r.share, r.low, r.high, loop_share, r.n_cases, r.p_value) for r in looped.itertuples()]
    return pd.DataFrame(rows, columns=["touchpoint", "kind", "value", "low", "high", "compared_with", "n", "p_value"])
