"""What step 4 concludes: faults in who does what, the longest wait, handoffs and satisfaction, the shared picture."""

from __future__ import annotations

import numpy as np

from cvclib.client import Client
from cvclib.findings import Finding
from cvclib.methods import raci
from cvclib.methods.estimate import Estimate
from cvclib.steps import handoffs as hand
from cvclib.steps import shared_picture
from cvclib.steps.collaboration_questions import ALPHA, CAPTIONS, STEP, gap_of, p_text, raci_roles, shown_handoffs
from cvclib.steps.journeys import duration
from cvclib.wording import METRIC_NAMES, interval, joined, label, number

STRONG_W = 0.7  # from here on Kendall's W is usually called strong agreement (Schmidt, Decision Sciences 28, 1997)

MENDS = {
    "no one accountable": "Name one accountable department for each task that has none",
    "more than one accountable": "Leave one accountable department for each task that has several",
    "no one responsible": "Name a department to do each task that nobody does",
    "overloaded department": "Spread or staff the work of the overloaded department",
}
MORE = {"n_handoffs": "Customers with more handoffs", "longest_wait_hours": "Customers with a longer wait at a handoff"}
NAMED = 4  # places named for each fault


def on_roles(client: Client, by: str) -> list[Finding]:
    """Faults in who does what, or that there is none."""
    roles = raci_roles(client, by=by)
    frame, n = raci.faults(roles), roles["task"].nunique()
    if frame.empty:
        return [Finding(STEP, f"All {n} tasks have one accountable and at least one responsible department.", "Counted, not estimated.", "Keep it so as tasks change.",
                        CAPTIONS["raci"], kind="strength")]  # fmt: skip
    counts = frame["fault"].value_counts(sort=False)
    where = frame.groupby("fault", sort=False)["where"].agg(list)
    named = ". ".join(f"{label(fault)}: {joined(_first(places))}" for fault, places in where.items())
    faults = f"{len(frame)} faults" if len(frame) > 1 else "one fault"
    claim = f"The division of {n} tasks has {faults}: {joined([f'{fault} ({k})' for fault, k in counts.items()])}."
    return [
        Finding(
            STEP,
            claim,
            f"Counted, not estimated. {named}.",
            f"{'; '.join([MENDS[counts.index[0]], *(MENDS[fault].lower() for fault in counts.index[1:])])}.",
            CAPTIONS["faults"],
        )
    ]


def on_waits(client: Client) -> list[Finding]:
    """The handoff with the longest median wait; described, not tested."""
    shown = shown_handoffs(client)
    if shown.empty:
        return []
    slow = shown.loc[shown["median_hours"].idxmax()]
    whole = hand.handoffs(client)
    return [
        Finding(
            STEP, f"The longest wait at a handoff is between {slow.from_department} and {slow.to_department}: half take longer than {duration(slow.median_hours)}.",
            f"n = {slow.n:,} of {int(whole['n'].sum()):,} handoffs; one in ten takes longer than {duration(slow.p90_hours)}. "
            f"Description, not a test: the wait holds the customer's own time too.",
            "Agree between the two departments how fast the second takes over, and show both the same clock.", CAPTIONS["handoffs"],
        )
    ]  # fmt: skip


def on_satisfaction(client: Client) -> list[Finding]:
    """Whether handoffs or waits go together with lower satisfaction, the number of touches held fixed."""
    frame = hand.relation_to_satisfaction(client)
    if frame.empty:
        return []
    worse = frame[(frame["beside_p_value"] < ALPHA) & (frame["beside"] < 0)]
    row = (worse if len(worse) else frame).sort_values("beside_p_value").iloc[0]
    estimate = Estimate(row["beside"], row["beside_low"], row["beside_high"], int(row["n"]))
    evidence = f"Spearman with the number of touches held fixed; 95% interval {interval(estimate)}, n = {estimate.n:,}, adjusted p {p_text(row['beside_p_value'])}"
    name, answer = hand.PREDICTORS[row["predictor"]], METRIC_NAMES[row["metric"]]
    if worse.empty:
        claim = f"Handoffs and waits do not go together with lower satisfaction beyond chance; the strongest relation is that of the {name} with {answer}, {number(estimate.value)}."
        return [
            Finding(
                STEP,
                claim,
                evidence,
                "Shorten waits for their own sake, not for satisfaction's.",
                CAPTIONS["relation"],
                estimate,
                kind="no signal",
            )
        ]
    claim = f"{MORE[row['predictor']]} report lower {answer} than others with as many touches: rank correlation {number(estimate.value)}."
    return [
        Finding(
            STEP,
            claim,
            f"{evidence}. Observed, not tried out.",
            "Try one owner for the whole journey with some customers, and compare.",
            CAPTIONS["relation"],
            estimate,
        )
    ]


def on_the_picture(client: Client) -> list[Finding]:
    """Whether departments agree among themselves, and who is furthest from the customers."""
    found: list[Finding] = []
    agreed = shared_picture.concordance(client)
    if agreed is not None and np.isfinite(agreed.w):
        evidence = f"{agreed.n_raters} departments, {agreed.n_items} attributes; χ² = {agreed.chi_square:.1f} on {agreed.degrees}, p {p_text(agreed.p_value)}"
        estimate = Estimate(agreed.w, np.nan, np.nan, agreed.n_items)
        sure = agreed.p_value < ALPHA
        one = sure and agreed.w >= STRONG_W
        verdict = "largely agree" if one else "agree only in part" if sure else "do not agree beyond chance"
        claim = f"Departments {verdict} on what matters to customers: Kendall's W is {agreed.w:.2f}."
        action = "Make use of the order that they agree on." if one else "Lay the customers' own ranks before all departments together."
        found.append(Finding(STEP, claim, evidence, action, CAPTIONS["picture"], estimate, kind="strength" if one else "problem"))
    if gap_of(client, "customers"):
        return found
    frame = shared_picture.departments_and_customers(client).dropna(subset=["p_value"])
    blind = frame[(frame["p_value"] >= ALPHA) | (frame["rho"] <= 0)]  # an order surely turned round is no agreement
    if len(frame) and len(blind):
        far = frame.iloc[-1]
        estimate = Estimate(far["rho"], far["low"], far["high"], int(far["n"]))
        turned = " It ranks them nearly the other way round." if far["rho"] < 0 and far["p_value"] < ALPHA else ""
        miss = f" It underrates {far['underrates']} most." if far["underrates"] else ""
        found.append(
            Finding(
                STEP, f"{far['department']} is furthest from what customers say matters: rank correlation {number(estimate.value)}.{turned}{miss}",
                f"Spearman; 95% interval {interval(estimate)}, n = {estimate.n} attributes, adjusted p {p_text(far['p_value'])}; not shown to agree with customers: "
                f"{joined(sorted(blind['department']))}",
                "Let it hear customers: a day at the touchpoints, and their comments read aloud.", CAPTIONS["departments"], estimate,
            )
        )  # fmt: skip
    return found


def _first(places: list[str]) -> list[str]:
    """The first places, the others counted."""
    return places if len(places) <= NAMED else [*places[:NAMED], f"{len(places) - NAMED} more"]
