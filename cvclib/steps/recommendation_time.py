"""Whether recommendation changes: the score by month, quarter, week or day against what chance gives.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvclib.charts import recommendation as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.advocacy import score_groups
from cvclib.methods.estimate import Estimate
from cvclib.methods.score_checks import ERROR, over_time
from cvclib.methods.scores import ScoreCounts
from cvclib.params import Period
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.recommendation import ANSWERS, NOTHING_TO_READ, STEP, answers, recommendation_gap, score_counts, still_missing
from cvclib.wording import interval, joined, number, p_words

CAPTION = "The net promoter score over time"
DAYS_A_YEAR, DAYS_A_MONTH = 365.25, 30.4375
ENOUGH = 30  # answers of the middle period: below it the normal limits are too narrow
FEWEST = 10  # answers of a period, below which it is left out
UNITS = {  # how a period is called, how the engine cuts time, how long it is, how it is written, fewest of them
    "month": ("M", DAYS_A_MONTH, "%b %Y", 6),
    "quarter": ("Q", 3 * DAYS_A_MONTH, "Q", 4),
    "week": ("W", 7.0, "%d %b %Y", 6),
    "day": ("D", 1.0, "%d %b %Y", 6),
}
LONG = ("month", "quarter")  # periods over which customers, and not only who is asked, can change
NO_TIMES = Gap(
    STEP,
    "Does recommendation rise or fall?",
    (ANSWERS, "survey.responded_at"),
    "With the time of each answer, a real change can be told from the ordinary ups and downs.",
)


@dataclass(frozen=True, eq=False)
class ScoresOverTime:
    """The score of each period beside the limits of chance.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``start``, ``label``, ``nps``, ``low``, ``high``, ``limit_low``, ``limit_high`` (points), ``n``, ``outside``.
    unit : str
        ``month``, ``quarter``, ``week`` or ``day``.
    centre : float
    trend : Estimate
        Points a year, or a month where periods are weeks or days.
    p_trend : float
    """

    frame: pd.DataFrame
    unit: str
    centre: float
    trend: Estimate
    p_trend: float

    @property
    def trend_unit(self) -> str:
        """The time that the trend is told for."""
        return "year" if self.unit in LONG else "month"

    @property
    def trend_is_clear(self) -> bool:
        """Whether the trend is beyond chance, tested beside the single periods."""
        return self.p_trend < ERROR


@once_per_client
def scores_over_time(client: Client) -> ScoresOverTime:
    """Estimate the score of each month of the two periods; of quarters, weeks or days where these suit the answers better.

    Parameters
    ----------
    client : Client

    Returns
    -------
    ScoresOverTime

    Raises
    ------
    MissingDataError
        If nobody was asked, or answers have no time.
    TooFewAnswersError
        If the answers make too few periods to compare.
    """
    client.require("survey.responded_at")
    both = Period(start=min(client.previous_period.start, client.period.start), end=client.period.end)
    asked = answers(client, both)
    asked = asked.filter(asked.responded_at.notnull())
    for unit, (cut, days, written, fewest) in UNITS.items():
        counts = score_counts(asked.mutate(at=asked.responded_at.truncate(cut).strftime("%Y-%m-%d")), "at")
        large = {start: own for start, own in sorted(counts.items()) if own.n.sum() >= max(FEWEST, client.params.report.minimum_group)}
        if len(large) >= fewest and np.median([own.n.sum() for own in large.values()]) >= ENOUGH:
            return _compared(large, unit, days, written)
    raise TooFewAnswersError(
        f"The answers do not make at least four periods of some {ENOUGH} answers, so that a change cannot be told from chance."
    )


def recommendation_over_time(client: Client) -> Figure | Gap | Reading:
    """Show the score by period with its interval, and the limits that chance stays within."""
    if gap := recommendation_time_gap(client):
        return gap
    try:
        found = scores_over_time(client)
    except TooFewAnswersError as error:
        return Reading(str(error))
    frame = found.frame
    numbers = frame[["label", "nps", "low", "high", "limit_low", "limit_high", "n"]]
    table = Table(
        numbers, f"{CAPTION}, in numbers", {**dict.fromkeys(numbers.columns[1:6], "points"), "n": "count"},
        {"label": found.unit.capitalize(), "nps": "NPS", "low": "95% from", "high": "to", "limit_low": "Limits of chance from", "limit_high": "to ", "n": "Answers"},
        f"Limits of chance: without any change one {found.unit} or more of the {len(frame)} lies outside in 1 of 80 cases, and the trend is tested at as much.",
    )  # fmt: skip
    alt = f"{len(frame)} {found.unit}s, from {number(frame['nps'].min(), 'points')} to {number(frame['nps'].max(), 'points')}. {_words(found)}"
    drawn = charts.over_time(frame, centre=found.centre, divide=pd.Timestamp(client.period.start), target=client.params.targets.get("nps"))
    return Figure(drawn, CAPTION, alt, table)


def recommendation_time_reading(client: Client) -> Reading | None:
    """Say in words whether the score changes over time."""
    if recommendation_time_gap(client):
        return NOTHING_TO_READ
    try:
        return Reading(_words(scores_over_time(client)))
    except TooFewAnswersError:
        return None  # said in place of the figure


def recommendation_time_findings(client: Client) -> list[Finding]:
    """A trend of the score, or a period that stands out; else that there is none."""
    if recommendation_time_gap(client):
        return []
    try:
        found = scores_over_time(client)
    except TooFewAnswersError:
        return []
    if found.unit not in LONG:
        return []  # within weeks it is rather who was asked on which day that changes
    outside, n = found.frame[found.frame["outside"]], int(found.frame["n"].sum())
    made = []
    if found.trend_is_clear:
        rises = found.trend.value > 0
        made.append(
            Finding(
                STEP, claim=f"Recommendation {'rises' if rises else 'falls'} over time: {number(found.trend.value, 'points', signed=True)} a {found.trend_unit}.",
                evidence=f"95% interval {interval(found.trend, 'points', signed=True)}, {p_words(found.p_trend)}, over {len(found.frame)} {found.unit}s, n = {n:,}.",
                estimate=found.trend, action="Find out what changed, and " + ("keep it." if rises else "undo it."), table=CAPTION,
                kind="strength" if rises else "problem",
            )
        )  # fmt: skip
    if len(outside):
        worst = outside.loc[(outside["nps"] - found.centre).abs().idxmax()]
        below = worst["nps"] < found.centre
        estimate = Estimate(worst["nps"], worst["low"], worst["high"], int(worst["n"]))
        made.append(
            Finding(
                STEP, claim=f"{_named(found, worst)} stands out with a score {'below' if below else 'above'} the rest: {number(worst['nps'], 'points')} "
                f"against {number(found.centre, 'points')} in all.",
                evidence=f"95% interval {interval(estimate, 'points')}, limits of chance {number(worst['limit_low'], 'points')} to "
                f"{number(worst['limit_high'], 'points')}, n = {estimate.n:,}; {len(outside)} of {len(found.frame)} {found.unit}s lie outside.",
                estimate=estimate, action="Look for what happened then: deliveries, prices, staff, or who was asked.", table=CAPTION,
                kind="problem" if below else "strength",
            )
        )  # fmt: skip
    if made:
        return made
    return [
        Finding(
            STEP, claim=f"Recommendation neither rises nor falls, and no {found.unit} stands out.", table=CAPTION, kind="no signal",
            evidence=f"Trend {number(found.trend.value, 'points', signed=True)} a {found.trend_unit}, 95% interval "
            f"{interval(found.trend, 'points', signed=True)}, over {len(found.frame)} {found.unit}s, n = {n:,}.",
            action=f"Do not explain the ups and downs of single {found.unit}s.",
        )
    ]  # fmt: skip


def recommendation_time_gap(client: Client) -> Gap | None:
    """What is missing to follow recommendation over time; None if nothing is."""
    lacking = recommendation_gap(client) is not None or not client.has("survey.responded_at")
    return still_missing(client, NO_TIMES) if lacking else None


def _compared(counts: dict[str, ScoreCounts], unit: str, days: float, written: str) -> ScoresOverTime:
    starts = pd.to_datetime(list(counts))
    middle = (starts - starts[0]).days.to_numpy() + days / 2
    per = DAYS_A_YEAR if unit in LONG else DAYS_A_MONTH
    found = over_time(list(counts.values()), middle / per)
    scores = [score_groups(own).nps for own in counts.values()]
    labels = [f"Q{start.quarter} {start.year}" if written == "Q" else start.strftime(written) for start in starts]
    frame = pd.DataFrame(
        {
            "start": starts, "middle": starts + pd.to_timedelta(days / 2, unit="D"), "label": labels, "nps": [score.value for score in scores],
            "low": [score.low for score in scores], "high": [score.high for score in scores], "n": [score.n for score in scores],
            "limit_low": found.low, "limit_high": found.high, "outside": found.outside,
        }
    )  # fmt: skip
    return ScoresOverTime(frame, unit, found.centre, found.trend, found.p_trend)


def _named(found: ScoresOverTime, row: pd.Series) -> str:
    return f"The week from {row['label']}" if found.unit == "week" else str(row["label"])


def _words(found: ScoresOverTime) -> str:
    outside = found.frame[found.frame["outside"]]
    trend = (
        f"The score {'rises' if found.trend.value > 0 else 'falls'} by {number(abs(found.trend.value), 'points')} a {found.trend_unit}"
        if found.trend_is_clear
        else f"No trend beyond chance: {number(found.trend.value, 'points', signed=True)} a {found.trend_unit}"
    )
    trend += f" (95% interval {interval(found.trend, 'points', signed=True)}, {p_words(found.p_trend)})."
    if found.unit not in LONG:
        trend += f" Over single {found.unit}s that says as much of who was asked when as of what customers think."
    if not len(outside):
        return f"{trend} No {found.unit} lies outside the limits of chance."
    named = [f"{row.label} ({number(row.nps, 'points')})" for row in outside.itertuples()]
    return f"{trend} Outside the limits of chance: {joined(named)}."
