"""After-sales contact and returning-customer discount against repeat purchase: the figures, the words and the findings.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

import pandas as pd

from cvclib.charts import treatment as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import shares
from cvclib.methods.treatment import FEWEST_COVERING, OVERLAP
from cvclib.steps.aftercare import FOLLOW_DAYS, QUESTIONS, WITHIN_DAYS, Care, Cared, cared
from cvclib.steps.questions import TooFewAnswersError
from cvclib.wording import interval, number, p_words

STEP = "advocacy"
SIGNIFICANT = 0.05
CAPTION = "What care after the sale and a returning customer's discount seem to do to repeat purchase"
OVERLAP_CAPTIONS: dict[Care, str] = {
    "contact": "Customers contacted after the sale and others: can they be compared?",
    "discount": "Returning customers with a discount and others: can they be compared?",
}
WAYS = {"raw": "As seen", "weighted": "Weighted alike", "ate": "Doubly robust", "att": "Doubly robust, on those treated"}
OBSERVED = "Observed, not tried: nobody drew lots over who was treated."


def aftercare(
    client: Client, *, touchpoint: str = "", within_days: int = WITHIN_DAYS, follow_days: int = FOLLOW_DAYS
) -> Figure | Gap | Reading:
    """Show the difference in repeat purchase that a contact and a discount seem to make, as seen and among customers alike."""
    told, why_not = _told(client, touchpoint, within_days, follow_days)
    if not told:
        gaps = aftercare_gaps(client)
        return Reading(" ".join(why_not)) if why_not else gaps[0]
    rows = [
        {"treatment": found.treatment, "way": way, **dict(zip(("value", "low", "high", "n"), getattr(found.effect, name), strict=True)),
         "chief": name == "ate"}
        for found in told.values() for name, way in WAYS.items()
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    figure = charts.effects(
        frame, xlabel=f"Difference in the share that orders within {follow_days} days, percentage points, with 95% interval"
    )
    points = {column: frame[column] * 100 for column in ("value", "low", "high")}
    table = Table(
        frame.drop(columns="chief").assign(**points), caption=f"{CAPTION}, in numbers",
        units={"value": "index", "low": "index", "high": "index", "n": "count"},
        labels={"treatment": "What was done", "way": "Estimate", "value": "Difference, percentage points", "low": "95% from", "high": "to", "n": "Customers"},
        note=" ".join([*(_note(found, within_days, care) for care, found in told.items()), OBSERVED, *why_not]),
    )  # fmt: skip
    alt = "; ".join(f"{found.treatment}: {number(found.effect.ate.value, 'share', signed=True)}" for found in told.values())
    return Figure(figure, caption=CAPTION, alt=f"Doubly robust differences. {alt}.", data=table)


def aftercare_reading(
    client: Client, *, touchpoint: str = "", within_days: int = WITHIN_DAYS, follow_days: int = FOLLOW_DAYS
) -> Reading | None:
    """Say in words what a contact and a discount seem to do, and how strong a hidden cause would have to be."""
    told, why_not = _told(client, touchpoint, within_days, follow_days)
    if not told:
        return None
    return Reading(" ".join([*(_sentence(found, p, follow_days) for found, p in _with_p(told)), *why_not, OBSERVED]))


def aftercare_overlap(
    client: Client, care: Care = "contact", *, touchpoint: str = "", within_days: int = WITHIN_DAYS, follow_days: int = FOLLOW_DAYS
) -> Figure | Gap | Reading:
    """Show whether treated and untreated overlap, and how alike weighting makes them: mirrored histogram and love plot."""
    try:
        found = cared(client, care=care, **_settings(care, touchpoint, within_days, follow_days))
    except MissingDataError:
        return _gap(client, care)
    except TooFewAnswersError as error:
        return Reading(str(error))
    effect = found.effect
    names = ("Contacted", "Not contacted") if care == "contact" else ("With a discount", "Without")
    figure = charts.overlap(effect.propensity, found.treated, effect.balance, kept=OVERLAP, names=names)
    before, after = (effect.balance[c].abs().max() for c in ("before", "after"))
    table = Table(
        effect.balance, caption=f"{OVERLAP_CAPTIONS[care]} In numbers", units={"before": "number", "after": "number"},
        labels={"covariate": "Known of a customer", "before": "Before weighting", "after": "After"},
        note=f"{found.treatment}. Standardised mean differences; within 0.1 groups count as alike. Left out for want of a counterpart "
        f"(probability below {OVERLAP[0]:.0%} or above {OVERLAP[1]:.0%}): {effect.left_out:,} of {len(effect.propensity):,}.",
    )  # fmt: skip
    alt = f"Largest standardised difference {before:.2f} before weighting, {after:.2f} after; {effect.left_out:,} customers left out."
    return Figure(figure, caption=OVERLAP_CAPTIONS[care], alt=alt, data=table)


def aftercare_findings(
    client: Client, *, touchpoint: str = "", within_days: int = WITHIN_DAYS, follow_days: int = FOLLOW_DAYS
) -> list[Finding]:
    """Findings on contact and discount, the two corrected as one family."""
    told, _ = _told(client, touchpoint, within_days, follow_days)
    return [_finding(found, p, follow_days) for found, p in _with_p(told)]


def aftercare_gaps(client: Client) -> list[Gap]:
    """What is missing to tell what a contact and a discount do; empty if nothing is."""
    return [gap for question in QUESTIONS.values() if (gap := question.gap(client, STEP))]


def _gap(client: Client, care: Care) -> Gap:
    gap = QUESTIONS[care].gap(client, STEP)
    return gap or Gap(STEP, QUESTIONS[care].asks, ("orders.customer_id",), QUESTIONS[care].brings)


def _settings(care: Care, touchpoint: str, within_days: int, follow_days: int) -> dict[str, object]:
    return {"follow_days": follow_days} | ({"touchpoint": touchpoint, "within_days": within_days} if care == "contact" else {})


def _told(client: Client, touchpoint: str, within_days: int, follow_days: int) -> tuple[dict[Care, Cared], list[str]]:
    """What can be told, and why the rest cannot, of what is supplied."""
    told: dict[Care, Cared] = {}
    why_not = []
    for care, question in QUESTIONS.items():
        if question.missing(client):
            continue
        try:
            told[care] = cared(client, care=care, **_settings(care, touchpoint, within_days, follow_days))
        except TooFewAnswersError as error:
            why_not.append(str(error))
    return told, why_not


def _with_p(told: dict[Care, Cared]) -> list[tuple[Cared, float]]:
    adjusted = shares.benjamini_hochberg([shares.p_value(found.effect.ate) for found in told.values()])
    return [(found, float(p)) for found, p in zip(told.values(), adjusted, strict=True)]


def _sentence(found: Cared, p: float, follow_days: int) -> str:
    effect = found.effect
    words = (
        f"{found.treatment}: among customers alike, {number(effect.if_treated, 'share')} order within {follow_days} days with it and "
        f"{number(effect.if_untreated, 'share')} without, a difference of {number(effect.ate.value, 'share', signed=True)} "
        f"(95% interval {interval(effect.ate, 'share', signed=True)}, n = {effect.n:,}): "
    )
    if p >= SIGNIFICANT:
        return f"{words}no more than chance gives."
    return f"{words}more than chance gives. {_doubt(found)}"


def _doubt(found: Cared) -> str:
    return (
        f"Something not seen here would have to go with both the treatment and buying again by a risk ratio of {found.doubt.estimate:.1f} "
        f"each to explain it away, of {found.doubt.limit:.1f} to make it doubtful (E-value)."
    )


def _note(found: Cared, within_days: int, care: Care) -> str:
    effect = found.effect
    landmark = f"ordered nothing in the {within_days} days after the first delivery" if care == "contact" else "ordered twice"
    few = "" if effect.n >= FEWEST_COVERING else f" Below some {FEWEST_COVERING} customers the interval is a rough one."
    return (
        f"{found.treatment}: {effect.n:,} customers who {landmark} and could be followed, {effect.n_treated:,} of them treated"
        + (f", {effect.left_out:,} left out for want of a counterpart" if effect.left_out else "")
        + f".{few}"
    )


def _finding(found: Cared, p: float, follow_days: int) -> Finding:
    effect, clear = found.effect, p < SIGNIFICANT
    more = "more" if effect.ate.value > 0 else "less"
    if clear:
        claim = (
            f"{found.treatment} goes with {more} repeat purchase: {number(effect.if_treated, 'share')} of customers alike order within "
            f"{follow_days} days with it, {number(effect.if_untreated, 'share')} without."
        )
    else:
        claim = f"{found.treatment} makes no difference to repeat purchase that could be seen."
    best = number(max(effect.ate.high, 0.0), "share", signed=True)
    good = "Try it on customers drawn by lot before money is moved: these were not."
    return Finding(
        STEP,
        claim=claim,
        evidence=f"Doubly robust difference {number(effect.ate.value, 'share', signed=True)}, 95% interval "
        f"{interval(effect.ate, 'share', signed=True)}, n = {effect.n:,}, of them {effect.n_treated:,} treated ({p_words(p)}, corrected for two "
        + (f"comparisons); E-value {found.doubt.estimate:.1f}, of the limit {found.doubt.limit:.1f}. " if clear else "comparisons). ")
        + OBSERVED,
        estimate=effect.ate,
        action=good if clear else f"Judge it by what else it brings; more than {best} in repeat purchase is not to be expected of it.",
        table=CAPTION,
        kind=("strength" if effect.ate.value > 0 else "problem") if clear else "no signal",
    )
