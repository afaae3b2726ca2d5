"""Step 7, continuous improvement: where to improve next, what past improvements did, and how to see the next change.

The public names of the step: exhibits, readings, findings and gaps. The analyses behind them are in `opportunities`, `what_if`,
`journey_gain`, `capacity`, `cut_keep_invest`, `initiatives` and `next_change`.
"""

from __future__ import annotations

import re

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.kpis import KPIS
from cvclib.methods.estimate import Estimate
from cvclib.steps import capacity_exhibits, cut_keep_invest_exhibits, journey_gain_exhibits, opportunity_exhibits, what_if_exhibits
from cvclib.steps.capacity_exhibits import capacity_chart, capacity_reading
from cvclib.steps.cut_keep_invest_exhibits import cut_keep_invest_chart, cut_keep_invest_reading
from cvclib.steps.initiatives import initiative_results, roadmap
from cvclib.steps.journey_gain_exhibits import journey_gain_chart, journey_gain_reading
from cvclib.steps.next_change import UNITS, answers_needed
from cvclib.steps.opportunities import opportunities
from cvclib.steps.opportunity_exhibits import opportunity_chart, opportunity_reading, opportunity_segments
from cvclib.steps.questions import Question, exhibit_of, findings_of, gaps_of, reading_of
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.what_if_exhibits import what_if_chart, what_if_reading
from cvclib.wording import Unit, interval, joined, label, number, p_words

__all__ = [
    "NEEDS_ANY",
    "QUESTIONS",
    "STEP",
    "answers_needed",
    "capacity_chart",
    "capacity_reading",
    "cut_keep_invest_chart",
    "cut_keep_invest_reading",
    "findings",
    "gaps",
    "initiative_reading",
    "initiative_results",
    "initiative_table",
    "journey_gain_chart",
    "journey_gain_reading",
    "opportunities",
    "opportunity_chart",
    "opportunity_reading",
    "opportunity_segments",
    "roadmap",
    "roadmap_reading",
    "roadmap_table",
    "sample_reading",
    "sample_table",
    "what_if_chart",
    "what_if_reading",
]

STEP = "continuous_improvement"
NEEDS_ANY = ("attribute_ratings.performance", "initiatives", "survey.score", "interactions", "tickets.first_response_at")
ALPHA = 0.05  # corrected p value below which an effect is stated

QUESTIONS = {
    "opportunities": opportunity_exhibits.QUESTION,
    "what_if": what_if_exhibits.QUESTION,
    "journey": journey_gain_exhibits.QUESTION,
    "capacity": capacity_exhibits.QUESTION,
    "touchpoints": cut_keep_invest_exhibits.QUESTION,
    "initiatives": Question(
        "Did past improvements work?",
        ("initiatives.started_at", "initiatives.metric|initiatives.target"),
        "Initiatives with their start, the KPI they should move and the touchpoint or attribute they improve can be tested before against after.",
    ),
    "roadmap": Question(
        "What is to be done, by whom?",
        ("initiatives",),
        "The list of initiatives, planned and running, shows which opportunities nobody works on.",
    ),
    "sample": Question(
        "How many answers will show the next change?",
        ("survey.score",),
        "Survey answers show how much they vary, and so how many it takes to tell a change from chance.",
    ),
}


def gaps(client: Client) -> list[Gap]:
    """Questions of this step that the client's tables leave open, and what would answer them."""
    return gaps_of(client, STEP, QUESTIONS)


def findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """What the step found and the evidence carries; says so where there is no signal.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers below which an estimate is not made.

    Returns
    -------
    list of Finding
    """
    settings = {"min_answers": min_answers}
    return [
        *opportunity_exhibits.opportunity_findings(client, **settings),
        *what_if_exhibits.what_if_findings(client, **settings),
        *journey_gain_exhibits.journey_gain_findings(client),
        *capacity_exhibits.capacity_findings(client),
        *cut_keep_invest_exhibits.cut_keep_invest_findings(client, **settings),
        *_initiative_findings(client, **settings),
        *_sample_findings(client, **settings),
    ]


@exhibit_of(QUESTIONS["initiatives"], STEP)
def initiative_table(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """Each initiative that has begun: its metric before and after, and the effect."""
    frame = initiative_results(client, min_answers=min_answers)
    rows = []
    for row in frame.itertuples():
        unit = _unit(row.metric)
        rows.append(
            {
                "initiative": f"{row.initiative}, from {row.started_on.isoformat()}", "metric": _metric_label(row.metric),
                "change": f"{number(row.before, unit)} to {number(row.after, unit)}",
                "effect": f"{_short(row.effect, unit)} ({_short(row.low, unit)} to {_short(row.high, unit)})",
                "expected": _short(row.expected, unit), "p": p_words(row.p_adjusted),
                "against": row.compared_with or "nothing", "n": f"{row.n_before:,}, {row.n_after:,}",
            }
        )  # fmt: skip
    return Table(
        pd.DataFrame(rows), caption="Initiatives before and after",
        labels={"change": "Before to after", "effect": "Effect (95% interval)", "p": "Corrected p",
                "against": "Set against", "n": "n before, after"},
        note="Effects on a share are in percentage points. Set against a comparison group, the effect is the change beyond what changed there too. A plain change may have other causes. "
             "p values are corrected over the initiatives.",
    )  # fmt: skip


@reading_of(QUESTIONS["initiatives"])
def initiative_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """Which initiatives moved their metric, and which cannot be seen to have."""
    frame = initiative_results(client, min_answers=min_answers)
    words = [_effect_words(row) for row in frame.itertuples()]
    return Reading(" ".join(words))


@exhibit_of(Question("What is to be done, by whom?", ("initiatives|attribute_ratings.performance",), QUESTIONS["roadmap"].brings), STEP)
def roadmap_table(client: Client, *, min_answers: int = MIN_ANSWERS) -> Table | Gap | Reading:
    """Initiatives with target, owner, cost, expected change and status, and proposals for what none addresses."""
    frame = roadmap(client, min_answers=min_answers)
    shown = frame.assign(
        metric=frame["metric"].map(_metric_label),
        expected_change=[_short(x, _unit(m)) for x, m in zip(frame["expected_change"].astype(float), frame["metric"], strict=True)],
        cost=frame["cost"].astype(float),
        status=[_status(status, start) for status, start in zip(frame["status"], frame["started_at"], strict=True)],
    )
    columns = ["initiative", "status", "target", "addresses", "metric", "expected_change", "cost", "owner"]
    return Table(
        shown[columns], caption="Roadmap", units={"cost": "money"}, currency=client.params.currency,
        labels={"expected_change": "Expected", "status": "Status, start"},
        note="Expected: change in the metric, percentage points where it is a share. Proposed: opportunities that no initiative names as its target; an initiative at a touchpoint may still serve one.",
    )  # fmt: skip


@reading_of(Question("", ("initiatives|attribute_ratings.performance",), ""))
def roadmap_reading(client: Client, *, min_answers: int = MIN_ANSWERS) -> Reading:
    """What lies ahead, what it costs, and what nobody works on."""
    frame = roadmap(client, min_answers=min_answers)
    ahead, proposed = frame[frame["status"].isin(["planned", "running"])], frame[frame["status"] == "proposed"]
    cost = number(float(ahead["cost"].astype(float).sum()), "money", currency=client.params.currency)
    if client.has("initiatives"):
        words = [f"{len(ahead)} initiative{'' if len(ahead) == 1 else 's'} planned or running, at {cost} in all."]
    else:
        words = ["No initiatives are supplied: what stands here is proposed."]
    if unowned := ahead.loc[ahead["owner"].isna(), "initiative"].tolist():
        words.append(f"Without an owner: {joined(unowned)}.")
    if len(proposed):
        words.append(f"No initiative names as its target: {joined(proposed['target'].tolist())}.")
    return Reading(" ".join(words))


@exhibit_of(QUESTIONS["sample"], STEP)
def sample_table(
    client: Client, *, nps_change: float = 5.0, share_change: float = 0.05, score_change: float = 0.1, min_answers: int = MIN_ANSWERS
) -> Table | Gap | Reading:
    """Answers a period that it takes to see the next change of each survey score."""
    frame = answers_needed(client, nps_change=nps_change, share_change=share_change, score_change=score_change, min_answers=min_answers)
    rows = [
        {
            "score": _metric_label(r.metric), "now": number(r.now, r.unit), "interval": interval(Estimate(r.now, r.low, r.high, r.answers), r.unit),
            "answers": r.answers, "change": number(r.change, r.unit, signed=True), "needed": r.needed,
            "smallest": _size(r.smallest, r.unit), "target": number(r.target, r.unit), "needed_for_target": r.needed_for_target,
        }
        for r in frame.itertuples()
    ]  # fmt: skip
    return Table(
        pd.DataFrame(rows), caption="Answers needed to see the next change",
        units={"answers": "count", "needed": "count", "needed_for_target": "count"},
        labels={"interval": "95% interval", "answers": "Answers now", "change": "Change to see", "needed": "Answers needed",
                "smallest": "Smallest change seen with the answers now", "needed_for_target": "Answers to see the target reached"},
        note="Answers in each of the two periods compared, so that a true change is seen four times in five, at 5 false alarms in 100.",
    )  # fmt: skip


@reading_of(QUESTIONS["sample"])
def sample_reading(
    client: Client, *, nps_change: float = 5.0, share_change: float = 0.05, score_change: float = 0.1, min_answers: int = MIN_ANSWERS
) -> Reading:
    """Which changes the answers there are would show."""
    frame = answers_needed(client, nps_change=nps_change, share_change=share_change, score_change=score_change, min_answers=min_answers)
    words = [
        f"{_metric_label(r.metric)}: {r.answers:,} answers show a change of {_size(r.smallest, r.unit)} or more; "
        f"{_size(r.change, r.unit)} takes {r.needed:,.0f} a period."
        for r in frame.itertuples()
    ]
    return Reading(" ".join(words))


@findings_of(QUESTIONS["initiatives"])
def _initiative_findings(client: Client, *, min_answers: int) -> list[Finding]:
    findings = []
    for row in initiative_results(client, min_answers=min_answers).itertuples():
        estimate = Estimate(row.effect, row.low, row.high, int(min(row.n_before, row.n_after)))
        unit, clear = _unit(row.metric), row.p_adjusted < ALPHA
        against = f"set against {row.compared_with}" if row.compared_with else "plain change before to after, no comparison group"
        evidence = f"Effect {number(row.effect, unit, signed=True)} (95% interval {interval(estimate, unit, signed=True)}), corrected {p_words(row.p_adjusted)}; {against}; {row.n_before:,} before, {row.n_after:,} after."
        good = clear and (row.effect > 0) == _higher_is_better(row.metric)
        action = (
            "Keep it, and look where else it would serve." if good
            else "Find out what went wrong; stop it or mend it." if clear
            else "Do not count on it: look at how it was carried out, or gather more answers before spending more."
        )  # fmt: skip
        kind = "strength" if good else "problem" if clear else "no signal"
        findings.append(Finding(STEP, _effect_words(row), evidence, action, "Initiatives before and after", estimate, kind=kind))
    return findings


@findings_of(QUESTIONS["sample"])
def _sample_findings(client: Client, *, min_answers: int) -> list[Finding]:
    frame = answers_needed(client, min_answers=min_answers)
    short = frame[frame["needed_for_target"] > frame["answers"]]
    return [
        Finding(
            STEP,
            f"{r.answers:,} answers a period cannot show that {_metric_label(r.metric)} has reached its target of {number(r.target, r.unit)}.",
            f"Now {number(r.now, r.unit)} ({number(r.low, r.unit)} to {number(r.high, r.unit)}); it takes {r.needed_for_target:,.0f} answers a period "
            "to see it four times in five.",
            "Ask more customers, or judge by a longer period.",
            "Answers needed to see the next change",
            Estimate(r.now, r.low, r.high, int(r.answers)),
        )
        for r in short.itertuples()
    ]


def _effect_words(row: object) -> str:
    unit, metric = _unit(row.metric), _metric_label(row.metric)
    effect = (
        f"{number(row.effect, unit, signed=True)} (95% interval {interval(Estimate(row.effect, row.low, row.high, 0), unit, signed=True)})"
    )
    beyond = f" beyond that of {row.compared_with}" if row.compared_with else ""
    expected = f"; {number(row.expected, unit, signed=True)} was expected" if pd.notna(row.expected) else ""
    if not row.p_adjusted < ALPHA:
        return f"{row.initiative}: no change of {metric}{beyond} can be seen, {effect}{expected}."
    way = "rose" if row.effect > 0 else "fell"
    return f"{row.initiative}: {metric} {way}{beyond}, {effect}{expected}."


def _size(change: float, unit: Unit) -> str:
    """A change without its sign."""
    return number(change, unit, signed=True).lstrip("+−")


def _status(status: object, start: pd.Timestamp) -> str | None:
    """Where an initiative stands, and since or from when."""
    words = [label(status)] if isinstance(status, str) else []
    return ", ".join([*words, start.date().isoformat()] if pd.notna(start) else words) or None


def _short(change: float, unit: Unit) -> str:
    """A change in a narrow column: its sign and digits, the unit left to the note."""
    return re.sub(r" [a-z ]+$", "", number(change, unit, signed=True))


def _unit(metric: str | None) -> Unit:
    if metric in UNITS:
        return UNITS[metric]
    return KPIS[metric].unit if metric in KPIS else "number"


def _metric_label(metric: str | None) -> str:
    if metric in KPIS:
        return KPIS[metric].label
    return label(metric) if isinstance(metric, str) else "rating"


def _higher_is_better(metric: str | None) -> bool:
    return KPIS[metric].better == "higher" if metric in KPIS else True
