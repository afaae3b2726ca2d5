"""What step 2 concludes about drivers: the strongest, those that can mostly hurt or delight, and what is only said."""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Finding
from cvclib.methods.estimate import Estimate
from cvclib.methods.penalty_reward import BASIC, EXCITEMENT
from cvclib.steps.answers import OUTCOME_NAMES
from cvclib.steps.driver_exhibits import ASYMMETRY_CAPTION, DRIVER_CAPTION, asymmetry_evidence, kinds_of, named, said_only
from cvclib.steps.drivers import asymmetric_drivers, drivers
from cvclib.steps.questions import findings_of
from cvclib.steps.value_questions import QUESTIONS, STEP
from cvclib.wording import joined, number, p_words, with_evidence


@findings_of(QUESTIONS["drivers"])
def driver_findings(client: Client, *, min_answers: int) -> list[Finding]:
    """The strongest drivers, not ranked where their intervals overlap; or that the ratings explain nothing."""
    found = drivers(client, min_answers=min_answers)
    r_squared, outcome = found.result.r_squared, OUTCOME_NAMES[found.metric]
    table = DRIVER_CAPTION.format(outcome)
    test = f"F test with {found.result.n_effective:,.0f} effective answers"
    if not found.signal:
        claim = f"The ratings of the attributes do not explain {outcome} beyond chance."
        evidence = f"R² {with_evidence(r_squared, 'share')}; {test}, p = {found.result.p_value:.2f}."
        return [Finding(STEP, claim, evidence, "Ask about other attributes, or more customers.", table, r_squared, kind="no signal")]
    top, leaders = found.frame.iloc[0], found.leaders
    if 1 < len(found.frame) == len(leaders):
        claim = f"The ratings explain {number(r_squared.value, 'share')} of the differences in {outcome}, but no attribute clearly more than another."
        evidence = (
            f"R² {with_evidence(r_squared, 'share')}; {test}, {p_words(found.result.p_value)}; all intervals overlap that of the first."
        )
        return [Finding(STEP, claim, evidence, "Ask more customers before preferring one attribute.", table, r_squared, kind="no signal")]
    estimate = Estimate(float(top["share"]), float(top["low"]), float(top["high"]), int(top["n"]))
    if len(leaders) == 1:
        claim = f"The strongest driver of {outcome}: {top['attribute']}, {number(top['share'], 'share')} of what the ratings explain."
    else:
        claim = f"The strongest drivers of {outcome}: {named(leaders)}; which of them is first cannot be told."
    evidence = f"{top['attribute']} {with_evidence(estimate, 'share')}; the {'intervals of the others named overlap it' if len(leaders) > 1 else 'intervals of all others lie below it'}. " \
               f"R² {number(r_squared.value, 'share')}; {test}, {p_words(found.result.p_value)}."  # fmt: skip
    action = f"Look first after {named(leaders)}: what goes well or badly there moves satisfaction most."
    return [Finding(STEP, claim, evidence, action, table, estimate, kind="chance")]


@findings_of(QUESTIONS["asymmetric"])
def asymmetry_findings(client: Client, *, min_answers: int) -> list[Finding]:
    """Attributes that can mostly hurt, and those that can mostly delight; none without a bend that is clear of chance."""
    kinds = kinds_of(client, min_answers=min_answers)
    frame = asymmetric_drivers(client, min_answers=min_answers).frame.set_index("attribute", drop=False)
    said = {
        BASIC: ("Low ratings cost more satisfaction than high ones bring", "Make sure that {} never fails; beyond that spend elsewhere."),
        EXCITEMENT: ("High ratings bring more satisfaction than low ones cost", "Use {} to stand out, once nothing basic fails."),
    }
    findings = []
    for kind, (words, action) in said.items():
        names = [name for name, found in kinds.items() if found == kind]
        if not names:
            continue
        row = frame.loc[names[0]]
        side = "penalty" if kind == BASIC else "reward"
        count = int(row["n_low"] if kind == BASIC else row["n_high"])
        estimate = Estimate(float(row[side]), float(row[f"{side}_low"]), float(row[f"{side}_high"]), count)
        claim = f"{words}: {joined(names)}."
        findings.append(
            Finding(STEP, claim, asymmetry_evidence(row), action.format(joined(names)), ASYMMETRY_CAPTION, estimate, kind="chance")
        )
    return findings


@findings_of(QUESTIONS["stated"])
def stated_findings(client: Client, *, min_answers: int) -> list[Finding]:
    """What customers say matters, yet hardly moves their satisfaction."""
    only_said = said_only(client, min_answers=min_answers)
    if not only_said:
        return []
    frame = drivers(client, min_answers=min_answers).frame.set_index("attribute")
    row = frame.loc[only_said[0]]
    estimate = Estimate(float(row["share"]), float(row["low"]), float(row["high"]), int(row["n"]))
    claim = f"Said by customers to matter much, yet hardly moving their satisfaction: {joined(only_said)}."
    evidence = f"{only_said[0]}: stated {number(row['stated'], 'score')}, derived {with_evidence(estimate, 'share')}; alike would be " \
               f"{number(1 / len(frame), 'share')}."  # fmt: skip
    action = f"Keep level with the market on {joined(only_said)}; do not expect satisfaction to rise by more."
    table = "What customers say matters, against what their satisfaction shows"
    return [Finding(STEP, claim, evidence, action, table, estimate, kind="chance")]
