"""What a better attribute brings, as the reader sees it: the tornado, its reading and the finding."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import what_if as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.steps.value_map import MIN_ANSWERS
from cvclib.steps.what_if import DAYS, SURE, WhatIf, what_if
from cvclib.wording import METRIC_NAMES, Unit, interval, joined, number, p_cell, p_words

STEP = "continuous_improvement"
CAPTION = "What a better attribute would bring"
QUESTION = Question(
    "What would a better attribute bring?",
    ("attribute_ratings.performance", "survey.score"),
    "Ratings beside satisfaction with the whole show what each attribute moves; with the customer and time of each answer beside orders or "
    "contracts, what that is worth.",
)
UNITS: dict[str, Unit] = {"satisfaction": "number", "share": "share", "worth": "money"}
BOTH = {"orders": "order again", "contracts": "keep their contract"}
LINKS = {"satisfaction": "Attribute to satisfaction", "behaviour": "Satisfaction to {did}", "worth": "From there to money"}
DOING = {"orders": "ordering again", "contracts": "staying"}
MOST_SHOWN = 15


@exhibit_of(QUESTION, STEP)
def what_if_chart(client: Client, *, change: float = 0.1, days: int = DAYS, min_answers: int = MIN_ANSWERS) -> Figure | Gap | Reading:
    """What a rise of each attribute brings, as far as the links reach, and which link leaves most open."""
    found = what_if(client, change=change, days=days, min_answers=min_answers)
    if not found.any_driver:
        return Reading(_nothing(found))
    last, unit = found.reaches, UNITS[found.reaches]
    shown = found.frame.head(MOST_SHOWN)
    rows = shown.rename(columns={"attribute": "name", last: "value", f"{last}_low": "low", f"{last}_high": "high"})
    rows = rows.assign(seen=shown["seen"] & _second_seen(found))
    several = len(found.by_link) > 1 and len(found.seen) > 0
    links = found.by_link.assign(name=found.by_link["link"].map(lambda link: LINKS[link].format(did=DOING.get(found.behaves, ""))))

    def says(value: float) -> str:
        places = {"share": 2, "satisfaction": 3}.get(last)
        return number(value, unit, currency=client.params.currency, decimals=0 if last == "worth" else places)

    return Figure(
        charts.tornado(
            rows, title=_axis(found, days), says=says, links=links if several else None,
            heading=f"{shown['attribute'][0]}: 95% interval were one link alone unsure",
        ),
        caption=CAPTION,
        alt=f"{shown['attribute'][0]} brings most: {says(shown[last][0])} ({says(shown[f'{last}_low'][0])} to {says(shown[f'{last}_high'][0])}).",
        data=_table(client, found, days),
    )  # fmt: skip


@reading_of(QUESTION)
def what_if_reading(client: Client, *, change: float = 0.1, days: int = DAYS, min_answers: int = MIN_ANSWERS) -> Reading | None:
    """What the first brings, how sure that is, and where the chain ends."""
    found = what_if(client, change=change, days=days, min_answers=min_answers)
    if not found.any_driver:
        return None
    if found.seen.empty:
        return Reading(_nothing(found))
    top = found.seen.iloc[0]
    points = _points(found.change)
    words = [
        f"{points} on {top['attribute']} ({_as_answers(found.change)}) goes with {_value(top, 'satisfaction', '')} points more of "
        f"{METRIC_NAMES[found.metric]}, the other attributes unchanged."
    ]
    if found.behaviour is not None:
        words.append(_second_words(found, top, days))
    if found.worth is not None and _second_seen(found):
        words.append(f"On the lifetime values of step 5 that is {_value(top, 'worth', client.params.currency)}.")
        widest = (found.by_link["high"] - found.by_link["low"]).idxmax()
        link = LINKS[found.by_link["link"][widest]].format(did=DOING.get(found.behaves, ""))
        words.append(f"Least sure is the link “{link[0].lower()}{link[1:]}”.")
    if found.missing:
        words.append(f"{found.missing} There the chain stops.")
    words.append("All of it is observational: it holds as far as those who answer higher are otherwise like the rest.")
    return Reading(" ".join(words))


@findings_of(QUESTION)
def what_if_findings(client: Client, *, min_answers: int = MIN_ANSWERS) -> list[Finding]:
    """The attribute that brings most, where its links are seen; that there is none, where ratings tell nothing."""
    found = what_if(client, min_answers=min_answers)
    seen, points = found.seen, _points(found.change)
    if seen.empty:
        text = _nothing(found)
        action = "Ask about other attributes, or gather more answers, before paying for improvement."
        return [Finding(STEP, text, f"{found.frame['n'].iloc[0]:,} answers.", action, CAPTION, kind="no signal")]
    top = seen.iloc[0]
    last = found.reaches if _second_seen(found) else "satisfaction"
    value = _value(top, last, client.params.currency)
    rivals = found.frame.loc[(found.frame["largest"] > SURE) & (found.frame["attribute"] != top["attribute"]), "attribute"].tolist()
    brings = {
        "worth": f"{value} of lifetime value",
        "share": f"{value} more customers who {BOTH.get(found.behaves, '')}",
        "satisfaction": f"{value} points of {METRIC_NAMES[found.metric]}",
    }[last]
    claim = f"{points} on {top['attribute']} would bring {brings}{'' if rivals else ', more than on any other attribute'}."
    evidence = f"Slope {number(top['slope'])} adjusted for the other attributes, corrected {p_words(top['p_adjusted'])}, n = {top['n']:,}."
    if found.behaviour is not None:
        evidence += f" {_second_words(found, top, DAYS)}"
    evidence += f" {found.missing}" if found.missing else ""
    others = f"; {joined(rivals, 'or')} may bring as much or more" if rivals else ""
    action = f"Improve {top['attribute']} first, in one place before all{others}."
    estimate = Estimate(float(top[last]), float(top[f"{last}_low"]), float(top[f"{last}_high"]), int(top["n"]))
    return [Finding(STEP, claim, f"{evidence} Observational.", action, CAPTION, estimate, kind="chance")]


def _second_seen(found: WhatIf) -> bool:
    """Whether the second link, where there is one, differs from nought in the direction expected."""
    return found.behaviour is None or (found.behaviour.p < SURE and found.behaviour.slope.value > 0)


def _second_words(found: WhatIf, top: pd.Series, days: int) -> str:
    slope, both = found.behaviour.slope, BOTH[found.behaves]
    if not _second_seen(found):
        return (
            f"Whether more of the satisfied {both} within {days} days cannot be seen: {number(slope.value, 'share', signed=True)} a point of the "
            f"answer (95% interval {interval(slope, 'share', signed=True)}, n = {slope.n:,}); nothing is promised beyond satisfaction."
        )
    return (
        f"For each point that customers answer higher, {number(slope.value, 'share', signed=True)} {both} within {days} days (95% interval "
        f"{interval(slope, 'share', signed=True)}, n = {slope.n:,}), hence {_per_thousand(top)} in 1,000 customers more."
    )


def _per_thousand(top: pd.Series) -> str:
    return f"{1000 * top['share']:.1f} ({1000 * top['share_low']:.1f} to {1000 * top['share_high']:.1f})"


def _value(row: pd.Series, name: str, currency: str) -> str:
    estimate = Estimate(row[name], row[f"{name}_low"], row[f"{name}_high"], int(row["n"]))
    places = {"decimals": {"share": 2, "satisfaction": 3}.get(name)}
    words = number(estimate.value, UNITS[name], currency=currency, **places)
    low, high = (number(end, UNITS[name], currency=currency, **places) for end in estimate[1:3])
    return f"{words} (95% interval {low} to {high})"


def _fine(value: float, unit: str) -> str:
    if unit == "share":
        return number(value, "share", signed=True, decimals=2)
    return number(value, unit, signed=True, decimals=3)


def _points(change: float) -> str:
    return f"{change:+g} point{'' if abs(change) <= 1 else 's'}".replace("-", "−")


def _as_answers(change: float) -> str:
    return (
        f"{'one answer in ten' if abs(change - 0.1) < 1e-9 else f'{change:.0%} of the answers'} a point higher"
        if change <= 1
        else "every answer higher"
    )


def _axis(found: WhatIf, days: int) -> str:
    title = {
        "worth": "More customer equity",
        "share": f"More customers who {BOTH.get(found.behaves, '')} within {days} days",
        "satisfaction": f"More {METRIC_NAMES[found.metric]}",
    }[found.reaches]
    return f"{title} for {_points(found.change)}, with 95% interval (grey: not seen to bring anything)"


def _nothing(found: WhatIf) -> str:
    return (
        f"No attribute is seen to move {METRIC_NAMES[found.metric]} when the others are held, so that nothing can be said of what a better one would "
        "bring."
    )


def _table(client: Client, found: WhatIf, days: int) -> Table:
    keep = ["attribute", "slope", "p_adjusted"]
    ends = [f"{found.reaches}{end}" for end in ("", "_low", "_high")]
    between = [name for name in ("satisfaction", "share") if name != found.reaches and found.frame[name].notna().any()]
    columns = [*keep, *between, *ends, "largest", "n"]
    names = {"satisfaction": "Satisfaction more", "share": f"{BOTH.get(found.behaves, '').capitalize()} more", "worth": "Equity more"}
    labels = {
        "slope": "Slope, adjusted", "p_adjusted": "Corrected p", "largest": "Brings most", **names, ends[1]: "95% from", ends[2]: "to",
    }  # fmt: skip
    units = {"slope": "number", **{c: UNITS[c.split("_")[0]] for c in [*between, *ends]}, "largest": "share", "n": "count"}
    fine = [c for c in [*between, *ends] if not c.startswith("worth")]  # a tenth of a point moves little: as fine as the reading
    frame = found.frame[columns].assign(
        p_adjusted=found.frame["p_adjusted"].map(p_cell), **{c: [_fine(x, UNITS[c.split("_")[0]]) for x in found.frame[c]] for c in fine}
    )
    units = {c: unit for c, unit in units.items() if c not in fine}
    note = (
        f"Each attribute rated {found.change:g} point higher, the others unchanged. Satisfaction is {METRIC_NAMES[found.metric]}. "
        f"{found.missing} Links are observational."
    )
    return Table(frame, f"{CAPTION}, in numbers", units, labels, note, currency=client.params.currency)
