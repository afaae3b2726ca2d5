"""When an initiative should be looked at again: once there are enough records to see the change that is expected of it."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.kpis import registry
from cvclib.methods.estimate import Z_95, Estimate
from cvclib.methods.sample_size import for_means
from cvclib.steps.next_change import score_of
from cvclib.tables import METRICS

LATEST_DAYS = 3 * 365  # a change that takes longer to see is said not to be seen
FEWEST_DAYS = 28  # an effect is given at least four weeks, however many records a day bring


def next_look(client: Client, initiative: pd.Series) -> tuple[date | None, int | None]:
    """The day from which the expected change of an initiative would be seen four times in five, and the records it takes.

    Parameters
    ----------
    client : Client
    initiative : pandas.Series
        ``started_at, metric, target, expected_change``.

    Returns
    -------
    (date or None, int or None)
        None where the metric, its spread or the expected change is not known, or where it would take over three years.

    Notes
    -----
    ``n = 2 (1.96 + 0.84)² s² / change²`` records after the start, s the standard deviation of one record as the interval of
    the period tells it, at the rate at which records came in during the period.
    """
    change = initiative["expected_change"]
    now = _estimate(client, initiative["metric"], initiative["target"])
    width = now.high - now.low
    if pd.isna(change) or not change or now.n < 2 or not np.isfinite(width) or width <= 0:
        return None, None
    deviation = width / (2 * Z_95) * math.sqrt(now.n)
    needed = math.ceil(for_means(float(change), deviation))
    days = max(FEWEST_DAYS, math.ceil(needed / now.n * client.period.days))
    start = initiative["started_at"].date() if pd.notna(initiative["started_at"]) else client.period.until
    if days > LATEST_DAYS:
        return None, needed
    return max(start + timedelta(days=days), client.period.until), needed


def _estimate(client: Client, metric: object, target: object) -> Estimate:
    nothing = Estimate(np.nan, np.nan, np.nan, 0)
    if metric in METRICS and client.has("survey.responded_at"):
        survey = client.tables.survey
        answers = client.in_period(survey.filter(survey.metric == metric), "responded_at")
        here = answers.filter(answers.touchpoint == target) if isinstance(target, str) else answers
        frame = here.select("score", "weight").to_pandas()
        if frame.empty:
            frame = answers.select("score", "weight").to_pandas()
        weights = frame["weight"].fillna(1.0).to_numpy(float) if frame["weight"].notna().any() else None
        return score_of(metric, frame["score"].to_numpy(float), weights, client.params.scales) if len(frame) > 1 else nothing
    kpi = registry(client).get(metric)
    if kpi and not kpi.missing(client):
        return kpi.estimate(client)
    return nothing
