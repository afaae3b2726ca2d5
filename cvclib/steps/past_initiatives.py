"""What past initiatives did, by several models side by side: records before and after, and the series by month.

Where the same metric is known for what an initiative did not touch, every model looks at the difference to that; the
plain change is shown beside them and judges nothing. An effect is stated only where the models agree on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.client import Client
from cvclib.kpis import KPIS, registry
from cvclib.methods import interrupted_series as its
from cvclib.methods import shares
from cvclib.methods.estimate import Z_95, Estimate
from cvclib.params import Period
from cvclib.steps.initiatives import change_of, own_and_other_ratings, spans_of, tested
from cvclib.steps.memo import once_per_client
from cvclib.steps.next_change import score_of
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.tables import METRICS

Verdict = Literal["rose", "fell", "no change seen", "cannot tell"]
ALPHA = 0.05
FEWEST_A_MONTH = 8  # records on which the value of a month rests
WIDTHS = (1, 2, 3)  # months taken together where one holds too few
LATEST_FIRST_DAY = 15  # a month in which it began by this day counts as after
LEAST_OF_THE_MIDDLE = 0.5  # share of the middle effect that every model must find
POWER_80 = 0.8416212  # standard normal quantile of a power of 80%
RECORDS, AGAINST, PLAIN = "all records", "all records, difference", "all records, not set against others"
NAMES = {
    "level": "level", "level beside trend": "level, trend", "level beside season": "level, season",
    "level beside trend and season": "level, trend, season", "level and slope": "level, slope",
}  # fmt: skip


@dataclass(frozen=True)
class PastInitiative:
    """One initiative that has begun, and what every model says of it.

    Parameters
    ----------
    initiative : str
    target, metric : str or None
    started_on : date
    expected : float
        NaN where nothing was expected.
    before, after : float
        The metric over all records before and after.
    n_before, n_after : int
    compared_with : str
        Comparison group in words; empty for none.
    models : pandas.DataFrame
        ``model, effect, low, high, p, judges`` (False for the plain change beside a comparison group).
    months : pandas.DataFrame
        ``month, value, elsewhere, n``; empty where it cannot be followed by month.
    first_after : Timestamp or None
        First month that counts as after.
    placebos : ndarray of float
        Change at each earlier date at which nothing began.
    placebo_p : float
    p, p_adjusted : float
        The larger p value of the records and the months' level; corrected over the initiatives.
    verdict : Verdict
    smallest : float
        Smallest true effect that the widest of the models would show four times in five.
    """

    initiative: str
    target: str | None
    metric: str | None
    started_on: date
    expected: float
    before: float
    after: float
    n_before: int
    n_after: int
    compared_with: str
    models: pd.DataFrame
    months: pd.DataFrame
    first_after: pd.Timestamp | None
    placebos: np.ndarray
    placebo_p: float
    p: float
    p_adjusted: float
    verdict: Verdict
    smallest: float

    @property
    def judging(self) -> pd.DataFrame:
        """The models on which the verdict rests."""
        return self.models[self.models["judges"]]

    @property
    def estimate(self) -> Estimate:
        """Middle of the models' effects; the interval holds the intervals of all."""
        frame = self.judging
        return Estimate(
            float(frame["effect"].median()), float(frame["low"].min()), float(frame["high"].max()), min(self.n_before, self.n_after)
        )


@once_per_client
def past_initiatives(client: Client, *, min_answers: int = MIN_ANSWERS) -> tuple[PastInitiative, ...]:
    """Every initiative that has begun and can be followed, by all models.

    Parameters
    ----------
    client : Client
    min_answers : int
        Records needed before and after.

    Returns
    -------
    tuple of PastInitiative

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are none with a start and a metric, or none can be followed.

    Notes
    -----
    *Records*: all records of the time before against all after; with a comparison group the difference of the two
    changes. *Months*: a regression of the monthly values on the change of level alone, beside a trend, a season (one
    yearly wave, from 24 months on), both, or a change of slope; errors follow a first-order autoregression. A change
    is stated where both the records and the months' level show it (the larger p value of the two, Benjamini-Hochberg
    corrected over the initiatives) and every other model finds at least half as large a one in the same direction:
    else a trend or a season may be all there is. A change that cannot be followed by month is never stated.

    References
    ----------
    .. [1] D. Card, A. B. Krueger, "Minimum wages and employment", American Economic Review 84, 1994.
    .. [2] A. K. Wagner and others, "Segmented regression analysis of interrupted time series studies", Journal of
       Clinical Pharmacy and Therapeutics 27, 2002.
    """
    found = [_followed(client, row) for row in tested(client, min_answers=min_answers).itertuples()]
    if not found:
        raise TooFewAnswersError("No initiative has begun whose metric can be followed.")
    adjusted = shares.benjamini_hochberg([one["p"] for one in found])
    return tuple(
        PastInitiative(**one, p_adjusted=float(p), verdict=_verdict(one, float(p))) for one, p in zip(found, adjusted, strict=True)
    )


def _followed(client: Client, row: object) -> dict:
    """All that is known of one initiative but what rests on the others."""
    started = row.started_at.date()
    spans = spans_of(client, started)
    change = change_of(client, row.target, row.metric, *spans)
    plain = shares.difference(change.after, change.before)
    records = shares.difference(plain, change.elsewhere) if change.compared_with else plain
    rows = [(AGAINST if change.compared_with else RECORDS, *records[:3], shares.p_value(records), True)]
    if change.compared_with:
        rows.append((PLAIN, *plain[:3], shares.p_value(plain), False))
    months, first_after, width = _months(
        client, row.target, row.metric, Period(start=spans[0].start, end=spans[1].end), change.compared_with, started
    )
    placebos = np.array([])
    if first_after is not None:
        series = months["value"] - (months["elsewhere"] if change.compared_with else 0)
        index = int((months["month"] < first_after).sum())
        series, first_month = series.to_numpy(), int(months["month"].iloc[0].month)
        spans_are = "months" if width == 1 else f"{width}-month spans"
        rows += [
            (f"{spans_are}: {NAMES[e.model]}", e.value, e.low, e.high, e.p, True)
            for e in its.effects_at(series, index, first_month=first_month)
        ]
        placebos = its.placebo_effects(series, index)
    models = pd.DataFrame(rows, columns=["model", "effect", "low", "high", "p", "judges"])
    judging = models[models["judges"]]
    at_start = float(series[index:].mean() - series[:index].mean()) if first_after is not None else np.nan
    return {
        "initiative": row.initiative, "target": row.target, "metric": row.metric, "started_on": started, "expected": float(row.expected_change),
        "before": change.before.value, "after": change.after.value, "n_before": change.before.n, "n_after": change.after.n,
        "compared_with": change.compared_with, "models": models, "months": months, "first_after": first_after, "placebos": placebos,
        "placebo_p": its.placebo_p_value(at_start, placebos), "p": float(judging["p"].iloc[:2].max()),  # the records, and the level by month where there is one
        "smallest": float((judging["high"] - judging["low"]).max() / (2 * Z_95) * (Z_95 + POWER_80)),
    }  # fmt: skip


def _verdict(one: dict, p_adjusted: float) -> Verdict:
    judging = one["models"][one["models"]["judges"]]
    alone = len(judging) == 1  # one number, with nothing to check it by
    middle = float(judging["effect"].median())
    if p_adjusted < ALPHA and not alone and (judging["effect"] / middle >= LEAST_OF_THE_MIDDLE).all():
        return "rose" if middle > 0 else "fell"
    none_sees = not (judging["p"] < ALPHA).any()
    return "no change seen" if none_sees else "cannot tell"


# ---- the metric by month ------------------------------------------------------------------------------


def _months(
    client: Client, target: str | None, metric: str | None, span: Period, compared_with: str, started: date
) -> tuple[pd.DataFrame, pd.Timestamp | None, int]:
    """The metric by month, here and elsewhere, without holes around the start; the first month after it; months to a value.

    Where months hold too few records, two or three are taken together, counted from the start.
    """
    here, there = _series(client, target, metric, span, compared_with)
    frame = pd.DataFrame({"month": pd.date_range(pd.Timestamp(span.start).replace(day=1), pd.Timestamp(span.end), freq="MS")})
    names = [f"{month:%Y-%m-%d}" for month in frame["month"]]
    for column, found in (("value", here), ("elsewhere", there)):
        frame[column] = [found[name].value if name in found else np.nan for name in names]
        frame[f"n_{column}"] = [float(found[name].n) if name in found else 0.0 for name in names]
    ripe = kpis.ripe_until(client, metric) if metric in KPIS else None
    if ripe is not None:
        frame = frame[frame["month"] + pd.offsets.MonthEnd() <= ripe]
    first = pd.Timestamp(started).replace(day=1) + pd.DateOffset(months=0 if started.day <= LATEST_FIRST_DAY else 1)
    columns = ["value", "elsewhere"] if compared_with else ["value"]
    for width in WIDTHS:
        whole = _without_holes(_together(frame, first, width), columns, first)
        before = int((whole["month"] < first).sum())
        if min(before, len(whole) - before) >= its.FEWEST_A_SIDE:
            return whole, first, width
    return frame.iloc[:0], None, 1


def _together(frame: pd.DataFrame, first: pd.Timestamp, width: int) -> pd.DataFrame:
    """Months in spans of `width` counted from the first month after the start; each value weighs as its records."""
    since = ((frame["month"].dt.year - first.year) * 12 + frame["month"].dt.month - first.month) // width
    rows = frame.groupby(since).agg(
        month=("month", "min"), months=("month", "size"), n=("n_value", "sum"), n_elsewhere=("n_elsewhere", "sum")
    )
    for column, records in (("value", rows["n"]), ("elsewhere", rows["n_elsewhere"])):
        weighed = (frame[column].fillna(0) * frame[f"n_{column}"]).groupby(since).sum()
        rows[column] = (weighed / records.where(records >= FEWEST_A_MONTH)).where(rows["months"] == width)
    return rows.reset_index(drop=True)


def _without_holes(frame: pd.DataFrame, columns: list[str], first: pd.Timestamp) -> pd.DataFrame:
    usable = frame[columns].notna().all(axis=1)
    run = (~usable).cumsum()  # spans without a hole between them bear one number
    at = frame.index[frame["month"] == first]
    return frame[usable & (run == run[at[0]])].reset_index(drop=True) if len(at) and usable[at[0]] else frame.iloc[:0]


def _series(
    client: Client, target: str | None, metric: str | None, span: Period, compared_with: str
) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    if metric in METRICS and client.has("survey.responded_at"):
        survey = client.tables.survey
        answers = survey.filter(survey.metric == metric)
        if not compared_with:
            own = answers.filter(answers.touchpoint == target) if target else answers
            part = own if target and own.count().to_pandas() else answers
            return _scores(client, part, metric, span), {}
        return tuple(
            _scores(client, answers.filter(part), metric, span) for part in (answers.touchpoint == target, answers.touchpoint != target)
        )
    if kpi := registry(client).get(metric or ""):
        return kpi.by(client, span, "month"), {}
    here, there = own_and_other_ratings(client, target)
    return tuple(_scores(client, part, "rating", span) for part in (here, there))


def _scores(client: Client, answers: ir.Table, metric: str, span: Period) -> dict[str, Estimate]:
    inside = client.in_period(answers, "responded_at", span)
    inside = inside.mutate(month=inside.responded_at.strftime("%Y-%m-01"))
    frame = inside.select("month", "response_id", "score", "weight").order_by("response_id").to_pandas()
    weighted = frame["weight"].notna().any()
    return {
        month: score_of(
            metric, part["score"].to_numpy(float), part["weight"].fillna(1.0).to_numpy(float) if weighted else None, client.params.scales
        )
        for month, part in frame.groupby("month")
    }
