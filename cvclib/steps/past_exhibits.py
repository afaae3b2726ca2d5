"""What past initiatives did, as the reader sees it: all models with their intervals, the reading and the findings."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import improvement as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.initiative_words import STEP, higher_is_better, metric_label, short, size, unit_of
from cvclib.steps.past_initiatives import ALPHA, PastInitiative, past_initiatives
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.wording import interval, number, p_words

QUESTION = Question(
    "Did past improvements work?",
    ("initiatives.started_at", "initiatives.metric|initiatives.target"),
    "Initiatives with their start, the KPI they should move and the touchpoint or attribute they improve can be tested before against after.",
)
CAPTION = "What past improvements did"
MOST_SHOWN = 5
WITHOUT_MONTHS = "Too few records a month, or too few months on one side, to follow it by month."


@exhibit_of(QUESTION, STEP)
def initiative_chart(client: Client, *, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """Each initiative's metric by month, and the effect that every model finds."""
    found = past_initiatives(client, min_answers=min_answers)
    shown = found[:MOST_SHOWN]
    return Figure(
        charts.series_and_models([_drawn(client, one) for one in shown]), caption=CAPTION,
        alt=" ".join(f"{one.initiative}: {one.verdict}, {_range(client, one)}." for one in shown), data=_table(client, found),
    )  # fmt: skip


@reading_of(QUESTION)
def initiative_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """What each did by all models, how earlier dates compare, and how small an effect could have been seen."""
    found = past_initiatives(client, min_answers=min_answers)
    return Reading(" ".join(_told(client, one) for one in found[:MOST_SHOWN]))


@findings_of(QUESTION)
def initiative_findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """A finding an initiative: what the models agree on, or that it cannot be told."""
    return [_finding(client, one) for one in past_initiatives(client, min_answers=min_answers)]


def _drawn(client: Client, one: PastInitiative) -> charts.Series:
    unit = unit_of(client, one.metric)
    return charts.Series(
        one.initiative, one.verdict, metric_label(client, one.metric), one.months, one.first_after, one.models, one.expected,
        says=lambda v: number(v, unit, decimals=0 if unit == "share" else None), says_change=lambda v: short(v, unit),
        elsewhere=one.compared_with, without_months=WITHOUT_MONTHS,
    )  # fmt: skip


def _finding(client: Client, one: PastInitiative) -> Finding:
    unit, stated = unit_of(client, one.metric), one.verdict in ("rose", "fell")
    good = stated and (one.verdict == "rose") == higher_is_better(client, one.metric)
    evidence = (
        f"{_models_words(one)}; widest interval {interval(one.estimate, unit, signed=True)}; corrected {p_words(one.p_adjusted)}; "
        f"{one.n_before:,} before, {one.n_after:,} after{_set_against(one)}. {_smallest_words(client, one)}"
    )
    action = (
        "Keep it, and look where else it would serve." if good
        else "Find out what went wrong; stop it or mend it." if stated
        else "Do not count on it: look at how it was carried out, or gather more answers before spending more."
    )  # fmt: skip
    kind = "strength" if good else "problem" if stated else "no signal"
    return Finding(STEP, _claim(client, one), evidence, action, CAPTION, one.estimate, kind=kind)


def _told(client: Client, one: PastInitiative) -> str:
    words = [_claim(client, one)]
    if one.placebos.size and one.verdict in ("rose", "fell"):
        larger = round(one.placebo_p * (one.placebos.size + 1)) - 1
        at = "no earlier date" if not larger else f"{larger} earlier date{'s' if larger > 1 else ''}"
        words.append(f"Of {one.placebos.size} earlier dates at which nothing began, {at} shows as large a change of level.")
    if one.verdict not in ("rose", "fell"):
        words.append(_smallest_words(client, one))
    return " ".join(words)


def _claim(client: Client, one: PastInitiative) -> str:
    metric, beyond = metric_label(client, one.metric), f" beyond that of {one.compared_with}" if one.compared_with else ""
    expected = f"; {number(one.expected, unit_of(client, one.metric), signed=True)} was expected" if pd.notna(one.expected) else ""
    if one.verdict == "no change seen":
        return f"{one.initiative}: no change of {metric}{beyond} can be seen, {_range(client, one)}{expected}."
    if one.verdict == "cannot tell":
        why = "the models disagree" if len(one.judging) > 1 else "a change before to after that nothing can be set against"
        return f"{one.initiative}: cannot tell whether it moved {metric}, {why}: {_range(client, one)}{expected}."
    return f"{one.initiative}: {metric} {one.verdict}{beyond}, {_range(client, one)}{expected}."


def _range(client: Client, one: PastInitiative) -> str:
    """The spread of the models' effects; of a single model its interval."""
    frame, unit = one.judging, unit_of(client, one.metric)
    if len(frame) == 1:
        return f"{number(one.estimate.value, unit, signed=True)} (95% interval {interval(one.estimate, unit, signed=True)})"
    return f"{interval(Estimate(0, frame['effect'].min(), frame['effect'].max(), 0), unit, signed=True)} by {len(frame)} models"


def _models_words(one: PastInitiative) -> str:
    frame = one.judging
    sure = int((frame["p"] < ALPHA).sum())
    return f"{sure or 'None'} of {len(frame)} model{'s' if len(frame) > 1 else ''} would tell it from nought alone"


def _set_against(one: PastInitiative) -> str:
    return f"; set against {one.compared_with}" if one.compared_with else "; no comparison group"


def _smallest_words(client: Client, one: PastInitiative) -> str:
    return f"An effect of {size(one.smallest, unit_of(client, one.metric))} or more would be seen by every model four times in five."


def _table(client: Client, found: tuple[PastInitiative, ...]) -> Table:
    rows = []
    for one in found:
        unit = unit_of(client, one.metric)
        rows += [
            {
                "initiative": f"{one.initiative}, from {one.started_on.isoformat()}", "metric": metric_label(client, one.metric), "model": model.model,
                "effect": f"{short(model.effect, unit)} ({short(model.low, unit)} to {short(model.high, unit)})", "p": p_words(model.p),
                "n": f"{one.n_before:,}, {one.n_after:,}", "judges": "yes" if model.judges else "no",
            }
            for model in one.models.itertuples()
        ]  # fmt: skip
    return Table(
        pd.DataFrame(rows), caption="Effect of each initiative by each model",
        labels={"effect": "Effect (95% interval)", "p": "p, one by one", "n": "n before, after", "judges": "Counts for the verdict"},
        note="Effects on a share are in percentage points. Months: regressions whose errors may resemble those of the month before (first-order "
             "autoregression, its correlation left open); a month in which it began by the 15th counts as after. Rose or fell is said where the records "
             "and the months' level both show it, corrected over the initiatives, and every other model finds at least half the middle effect.",
    )  # fmt: skip
