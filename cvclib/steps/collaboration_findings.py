"""What step 4 concludes: faults in who does what, the longest wait, handoffs and satisfaction, the shared picture."""

from __future__ import annotations

import numpy as np

from cvclib.client import Client
from cvclib.findings import Finding
from cvclib.methods import raci
from cvclib.methods.estimate import Estimate
from cvclib.steps import handoffs as hand
from cvclib.steps import roles_in_use, shared_picture
from cvclib.steps.collaboration_questions import ALPHA, CAPTIONS, STEP, gap_of, p_text, raci_roles, shown_handoffs
from cvclib.steps.journeys import duration
from cvclib.wording import METRIC_NAMES, interval, joined, label, number, with_evidence

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
        claim = f"All {n} tasks have one accountable and at least one responsible department."
        rests_on = CAPTIONS["raci"] if raci.remarks(roles).empty else CAPTIONS["faults"]
        return [Finding(STEP, claim, "Counted, not estimated.", "Keep it so as tasks change.", rests_on, kind="strength")]
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


def on_who_acts(client: Client) -> list[Finding]:
    """Touches handled by departments that are neither responsible nor accountable, where that is surely more than slips."""
    found = roles_in_use.in_use(client)
    share = found.overall
    if share.n < client.params.report.minimum_group or not share.low > roles_in_use.TOLERATED_SHARE:
        return []
    shown = found.by_touchpoint[found.by_touchpoint["n"] >= client.params.report.minimum_group]
    worst = shown.sort_values(["n_others", "touchpoint"], ascending=[False, True]).head(NAMED)
    where = [f"{row.touchpoint} ({number(row.value, 'share')}, by {joined(row.others[:2])})" for row in worst.itertuples() if row.n_others]
    return [
        Finding(
            STEP,
            f"{number(share.value, 'share')} of touches are handled by a department that is neither responsible nor accountable for the touchpoint.",
            f"95% interval {interval(share, 'share')}, n = {share.n:,} touches. Most at {joined(where)}."
            if where
            else f"n = {share.n:,} touches.",
            "Decide at each of these whether the matrix or the practice is right, and change the other.",
            CAPTIONS["in_use"],
            share,
        )
    ]


def on_waits(client: Client) -> list[Finding]:
    """The handoff at which customers surely wait longer than at others, by the time it costs."""
    if shown_handoffs(client).empty:
        return []
    tested = hand.slower_than_others(client)
    slow = tested[(tested["p_value"] < ALPHA) & (tested["median_hours"] > tested["median_others"])]
    if slow.empty:
        return []
    worst = slow.loc[(slow["n"] * (slow["median_hours"] - slow["median_others"])).idxmax()]
    whole, parts = hand.waiting_days(client)
    own = parts[(parts["from_department"] == worst.from_department) & (parts["to_department"] == worst.to_department)].iloc[0]
    return [
        Finding(
            STEP,
            f"Customers wait longer between {worst.from_department} and {worst.to_department} than at other handoffs: half of {worst.n:,} take longer than "
            f"{duration(worst.median_hours)}, at the others {duration(worst.median_others)}.",
            f"Median test against all other handoffs, adjusted p {p_text(worst.p_value)}. It makes {number(own['share'], 'share')} of the "
            f"{number(whole.value, 'days')} (95% interval {interval(whole, 'days')}) that a journey waits at handoffs. The wait holds the customer's own time too.",
            "Agree between the two departments how fast the second takes over, and show both the same clock.",
            CAPTIONS["handoffs"],
            Estimate(own["value"], own["low"], own["high"], whole.n),
        )
    ]


def on_returns(client: Client) -> list[Finding]:
    """Customers sent from one department to another and straight back, where that is more than a chance order brings."""
    back = hand.bounces(client)
    if not back.n:
        return []
    order, cases = hand.in_order(client).returns, hand.journeys_with_bounces(client)
    pairs = hand.ping_pong(client)
    if not (order.p_value < ALPHA and order.seen > order.high) or pairs["n_cases"].max() < client.params.report.minimum_group:
        return []
    first = pairs.iloc[0]
    return [
        Finding(
            STEP,
            f"Customers are sent there and back: {number(back.value, 'share')} of handoffs lead straight back, most from {first.department} to {first.via} and "
            f"back to {first.department} ({first.n:,} times).",
            f"95% interval {interval(back, 'share')}, n = {back.n:,} handoffs after which another follows; in {with_evidence(cases, 'share')} of journeys. "
            f"By chance order of the same touches {number(order.expected, 'share')} would lead back (permutation test, p {p_text(order.p_value)}).",
            f"Let {first.department} and {first.via} settle in one contact what now takes the customer there and back.",
            CAPTIONS["ping_pong"],
            back,
        )
    ]


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
        verdict = "largely agree" if one else "agree only in part" if sure else "are not shown to agree"
        claim = f"Departments {verdict} on what matters to customers: Kendall's W is {agreed.w:.2f}."
        action = "Make use of the order that they agree on." if one else "Lay the customers' own ranks before all departments together."
        kind = "strength" if one else "problem" if sure else "no signal"
        found.append(Finding(STEP, claim, evidence, action, CAPTIONS["picture"], estimate, kind=kind))
    return found if gap_of(client, "customers") else [*found, *_out_of_line(client)]


def _out_of_line(client: Client) -> list[Finding]:
    """The department whose ranks lie furthest outside the range of the customers' own."""
    cells = shared_picture.disagreements(client)
    cells = cells[cells["beyond"] >= shared_picture.MATERIAL]
    frame = shared_picture.departments_and_customers(client)
    if cells.empty:
        return []
    sums = (
        cells.groupby("department")["beyond"]
        .agg(["sum", "count"])
        .reset_index()
        .sort_values(["sum", "department"], ascending=[False, True])
    )
    first = sums.iloc[0]
    row = frame[frame["department"] == first["department"]].iloc[0]
    own = cells[cells["department"] == first["department"]].head(2)
    examples = [
        f"it ranks {c.attribute} {_nth(c.own)}, customers {_nth(c.low) if c.low == c.high else f'{_nth(c.low)} to {_nth(c.high)}'}"
        for c in own.itertuples()
    ]
    turned = " It ranks them nearly the other way round." if row["rho"] < 0 and row["p_value"] < ALPHA else ""
    others = [f"{name} ({n})" for name, n in zip(sums["department"].iloc[1:], sums["count"].iloc[1:], strict=True)]
    also = f" Other departments and how many they rank so: {joined(others)}." if others else ""
    estimate = Estimate(row["rho"], row["low"], row["high"], int(row["n"]))
    return [
        Finding(
            STEP,
            f"{first['department']} is furthest from what customers say matters: {joined(examples)}.{turned}",
            f"{int(first['count'])} of {int(row['n'])} attributes lie two ranks or more outside the range of the customers' own rank; all ranges hold together with 95%. "
            f"Spearman {number(estimate.value)}, 95% interval {interval(estimate)}.{also}",
            f"Let {first['department']} hear customers: a day at the touchpoints, and their comments read aloud.",
            CAPTIONS["departments"],
            estimate,
        )
    ]


def _nth(rank: float) -> str:
    """A rank as one says it.

    Examples
    --------
    >>> _nth(1), _nth(12), _nth(2.5)
    ('1st', '12th', '2.5')
    """
    if not float(rank).is_integer():
        return f"{rank:g}"
    n = int(rank)
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _first(places: list[str]) -> list[str]:
    """The first places, the others counted."""
    return places if len(places) <= NAMED else [*places[:NAMED], f"{len(places) - NAMED} more"]
