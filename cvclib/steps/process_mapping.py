"""Step 1, process mapping: how journeys run, where they hurt, turn round and stop, and which activities carry them.

Exhibits and their readings for the notebook; what they show is worked out in `journeys`, `pain_points`,
`stage_flow` and `activity_map`. An exhibit that cannot be made is a `Gap`, its reading then None.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.journey import draw_map
from cvclib.charts.matrix import draw_matrix
from cvclib.charts.process_graph import draw_process
from cvclib.charts.stage_flow import draw_funnel, draw_time_to_next
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import event_log as el
from cvclib.methods import shares
from cvclib.methods import survival as sv
from cvclib.methods.estimate import Estimate
from cvclib.privacy import suppress_small
from cvclib.steps import activity_map, process_findings
from cvclib.steps.activity_map import touchpoint_costs
from cvclib.steps.journeys import RULE, duration, journeys, n_journeys, volumes
from cvclib.steps.pain_points import pain_points, repeated_touchpoints, satisfaction_by_touchpoint
from cvclib.steps.process_findings import CAPTIONS
from cvclib.steps.questions import Question, gaps_of
from cvclib.steps.stage_flow import drop_offs, leaks, stage_funnel, time_to_next_stage
from cvclib.wording import interval, joined, label, number, with_evidence

__all__ = [
    "NEEDS_ANY", "activity_matrix", "cost_table", "drop_off_table", "external_table", "findings", "funnel", "gaps", "journey_map", "loop_table",
    "next_stage_curves", "pain_points", "process_graph", "read_activity_matrix", "read_cost_table", "read_drop_off_table", "read_external_table",
    "read_funnel", "read_journey_map", "read_loop_table", "read_next_stage_curves", "read_process_graph", "read_transition_table",
    "read_variant_table", "touchpoint_costs", "transition_table", "variant_table",
]  # fmt: skip

STEP = "process_mapping"
NEEDS_ANY = ("interactions", "activities")
FEW = "fewer than {}"
METRIC_NAMES = {"nps": "Net promoter score", "csat": "Satisfaction, mean score", "ces": "Ease, mean score", "overall": "Overall satisfaction, mean score"}

QUESTIONS = {
    "journeys": Question(
        "How do customers' journeys run, and where do they turn round?",
        ("interactions",),
        "A log of touches (customer, moment, touchpoint) brings the journey map, what follows what, loops and variants.",
    ),
    "stages": Question(
        "At which stage do journeys stop, and how long does going on take?",
        ("interactions", "touchpoints.stage"),
        "The stage of each touchpoint brings the funnel from awareness to advocacy and the time to the next stage.",
    ),
    "satisfaction": Question(
        "At which touchpoint are customers least satisfied?",
        ("survey.touchpoint",),
        "Answers that say which touchpoint they are about bring the line of satisfaction and its pain points.",
    ),
    "activities": Question(
        "Which activities serve which stage of the journey?",
        ("activities.category", "activity_touchpoints"),
        "Activities with Porter's category and the touchpoints they serve bring the activity map.",
    ),
    "costs": Question(
        "What does each touchpoint cost?",
        ("activities.annual_cost", "activity_touchpoints"),
        "The annual cost of activities brings the cost of each touchpoint and of a touch.",
    ),
    "external": Question(
        "Which suppliers and distributors reach the customer?", ("activities.category",), "Activities marked external bring the links to others."
    ),
}


def gaps(client: Client) -> list[Gap]:
    """What cannot be computed for this client, and what to supply for it."""
    return gaps_of(client, STEP, QUESTIONS)


def findings(client: Client, *, horizon_days: float = 90, loop_share: float = 0.2) -> list[Finding]:
    """What the journeys carry: the leakiest step, the worst loop, the lowest satisfaction, or that there is no signal.

    Parameters
    ----------
    client : Client
    horizon_days : float
        Days within which a journey is expected to go on to the next stage.
    loop_share : float
        Share of journeys that a repeated touchpoint must surely exceed to count as a problem.
    """
    if not n_journeys(client):
        return []
    return process_findings.of(client, horizon_days=horizon_days, loop_share=loop_share)


def journey_map(client: Client, *, metric: str = "") -> Figure | Gap | Reading:
    """The journey map: touchpoints by stage with their volume, satisfaction and pain points.

    Parameters
    ----------
    client : Client
    metric : str
        Survey question for the line of satisfaction; empty takes the most answered.
    """
    if cannot := _cannot(client, "journeys"):
        return cannot
    frame, value_label, average = _map_frame(client, metric)
    columns = ["number", "touchpoint", "stage", "channel", "department", "n_touches", "n_cases", "share_of_cases", "value", "low", "high", "n", "pain"]
    minimum = client.params.report.minimum_group
    shown = suppress_small(frame[columns], n="n_cases", minimum=minimum, keep=("number", "touchpoint", "stage", "channel", "department", "pain"))
    units = {"number": "count", "n_touches": "count", "n_cases": "count", "share_of_cases": "share", "value": "score", "low": "score", "high": "score", "n": "count"}
    labels = {"number": "No.", "n_touches": "Touches", "n_cases": "Journeys", "share_of_cases": "Share of journeys", "value": value_label or "Satisfaction",
              "low": "95% from", "high": "to", "n": "Answers", "pain": "Pain point"}  # fmt: skip
    data = Table(shown.assign(stage=shown["stage"].map(label)), "The journey map in numbers", units, labels, f"{RULE} A dash in touches: {FEW.format(minimum)} journeys.")
    hurts = frame[frame["pain"] != ""]
    alt = (
        f"{len(frame)} touchpoints in {frame['stage'].nunique()} stages over {n_journeys(client):,} journeys. "
        f"Most used: {joined(frame.nlargest(3, 'n_touches')['touchpoint'].tolist())}. "
        f"Pain points: {joined([f'{r.touchpoint} ({r.pain})' for r in hurts.itertuples()]) or 'none that the evidence carries'}."
    )
    return Figure(draw_map(frame, value_label=value_label, average=average), CAPTIONS["map"], alt, data)


def read_journey_map(client: Client, *, metric: str = "") -> Reading | None:
    """The journey map in words."""
    if _cannot(client, "journeys"):
        return None
    frame, value_label, _ = _map_frame(client, metric)
    unused = frame.loc[frame["n_touches"] == 0, "touchpoint"].tolist()
    text = f"{n_journeys(client):,} journeys start in the period, over {(frame['n_touches'] > 0).sum()} touchpoints. "
    hurts = [f"{r.touchpoint} ({r.pain})" for r in frame[frame["pain"] != ""].itertuples()]
    text += f"They hurt at {joined(hurts)}." if hurts else "No touchpoint stands out as a pain point: differences between them lie within chance or are small."
    text += f" Never touched in the period: {joined(unused)}." if unused else ""
    text += "" if value_label else " How satisfied customers are at each touchpoint is not known."
    return Reading(text)


def process_graph(client: Client, *, most_arrows: int = 24) -> Figure | Gap | Reading:
    """What follows what, drawn for the most frequent transitions.

    Parameters
    ----------
    client : Client
    most_arrows : int
        How many transitions to draw; the rest is counted in the caption's numbers.
    """
    if cannot := _cannot(client, "journeys"):
        return cannot
    log = journeys(client)
    pairs = _shown_pairs(client, el.directly_follows(log), most_arrows)
    if pairs.empty:
        return Reading("No transition between touchpoints is made by enough journeys to be shown.")
    used = volumes(client)
    used = used[used["touchpoint"].isin({*pairs["from_activity"], *pairs["to_activity"]})]
    known = used["stage"].ne("").any()
    column = pd.factorize(used["stage"])[0] if known else pd.qcut(used["place"].rank(method="first"), min(5, len(used)), labels=False)
    nodes = pd.DataFrame({"touchpoint": used["touchpoint"], "column": column, "heading": used["stage"] if known else "", "note": used["n_cases"].map("{:,}".format)})
    edges = pairs.assign(text=[f"{r.n:,}\n{duration(r.median_hours, short=True)}" for r in pairs.itertuples()])
    total = int(el.directly_follows(log)["n"].sum())
    note = f"Drawn: {len(pairs)} transitions that hold {number(pairs['n'].sum() / total, 'share')} of all {total:,}."
    first = pairs.iloc[0]
    alt = f"{note} The most frequent leads from {first.from_activity} to {first.to_activity} ({first.n:,} times)."
    return Figure(draw_process(nodes.reset_index(drop=True), edges), CAPTIONS["graph"], alt, _pairs_table(client, most_arrows, "The transitions drawn, in numbers"))


def read_process_graph(client: Client, *, most_arrows: int = 24) -> Reading | None:
    """The drawing in words: how much of all it holds, and how often journeys go back."""
    if _cannot(client, "journeys"):
        return None
    pairs = el.directly_follows(journeys(client))
    if pairs.empty:
        return Reading("No journey of the period has more than one touch, so nothing follows anything.")
    shown = _shown_pairs(client, pairs, most_arrows)
    order = volumes(client).set_index("touchpoint")["place"]
    back = pairs[pairs["from_activity"].map(order) > pairs["to_activity"].map(order)]
    share = shares.share(int(back["n"].sum()), int(pairs["n"].sum()))
    return Reading(
        f"The drawing holds {number(shown['n'].sum() / share.n, 'share')} of {share.n:,} transitions; {len(pairs) - len(shown)} rarer kinds are left out of it "
        f"and gathered in the table. {with_evidence(share, 'share')} of transitions lead back to a touchpoint that usually comes earlier."
    )


def transition_table(client: Client, *, most: int = 15) -> Table | Gap | Reading:
    """Directly-follows counts with times; rare transitions gathered in one row.

    Parameters
    ----------
    client : Client
    most : int
        How many transitions stand in rows of their own.
    """
    if cannot := _cannot(client, "journeys"):
        return cannot
    return _pairs_table(client, most, CAPTIONS["transitions"])


def read_transition_table(client: Client) -> Reading | None:
    """The slowest and the most frequent transition in words."""
    if _cannot(client, "journeys"):
        return None
    pairs = _shown_pairs(client, el.directly_follows(journeys(client)), 15)
    if pairs.empty:
        return None
    first, slow = pairs.iloc[0], pairs.loc[pairs["median_hours"].idxmax()]
    return Reading(
        f"Most often {first.from_activity} is followed by {first.to_activity}: {first.n:,} times, in {number(first.share_of_cases, 'share')} of journeys. "
        f"Of the frequent transitions the slowest leads from {slow.from_activity} to {slow.to_activity}: half take longer than "
        f"{duration(slow.median_hours)}, one in ten longer than {duration(slow.p90_hours)} (n = {slow.n:,})."
    )


def loop_table(client: Client) -> Table | Gap | Reading:
    """Touchpoints that journeys come back to, with the share that does."""
    if cannot := _cannot(client, "journeys"):
        return cannot
    frame = repeated_touchpoints(client)
    frame = frame[frame["n_repeats"] > 0].reset_index(drop=True)
    if frame.empty:
        return Reading("No journey of the period comes back to a touchpoint.")
    frame = suppress_small(frame, n="n_cases", minimum=client.params.report.minimum_group, keep=("touchpoint",))
    frame["p_value"] = [None if pd.isna(p) else _p(p) for p in frame["p_value"]]
    counts = ("n_touches", "n_cases", "n_cases_repeating", "n_repeats", "n_self_loops")
    units = {**dict.fromkeys(counts, "count"), **dict.fromkeys(("share", "low", "high"), "share")}
    labels = {"n_touches": "Touches", "n_cases": "Journeys", "n_cases_repeating": "come back", "share": "Share that comes back", "low": "95% from", "high": "to",
              "n_repeats": "Repeats", "n_self_loops": "at once", "p_value": "p, adjusted"}  # fmt: skip
    note = "Repeats: touches beyond the first of a journey. At once: with no other touchpoint in between. p: against the other touchpoints together."
    return Table(frame, CAPTIONS["loops"], units, labels, note)


def read_loop_table(client: Client) -> Reading | None:
    """How many journeys loop, in words."""
    if _cannot(client, "journeys"):
        return None
    sums = el.overview(journeys(client))
    share = shares.share(sums.n_cases_repeating, sums.n_cases)
    return Reading(
        f"{with_evidence(share, 'share')} of journeys come back to a touchpoint at least once; {sums.n_repeats:,} of {sums.n_events:,} touches are repeats. "
        f"A repeat is not bad in itself: it is, where the customer comes back because the first touch did not settle the matter."
    )


def variant_table(client: Client, *, most: int = 10) -> Table | Gap | Reading:
    """The most frequent ways through, with the share of journeys that they cover.

    Parameters
    ----------
    client : Client
    most : int
        How many to list; ways taken by fewer journeys than the minimum group are gathered with the rest.
    """
    if cannot := _cannot(client, "journeys"):
        return cannot
    found = el.variants(journeys(client), most)
    shown = found.frame[found.frame["n_cases"] >= client.params.report.minimum_group]
    rest = found.n_cases - int(shown["n_cases"].sum())
    rows = [(_path(r.path), len(r.path), r.n_cases, r.share, r.coverage) for r in shown.itertuples()]
    if rest:
        rows.append((f"other ({found.n_variants - len(shown):,} ways)", None, rest, rest / found.n_cases, 1.0))
    frame = pd.DataFrame(rows, columns=["way", "n_touches", "n_cases", "share", "coverage"])
    units = {"n_touches": "count", "n_cases": "count", "share": "share", "coverage": "share"}
    labels = {"way": "Way through", "n_touches": "Touches", "n_cases": "Journeys", "share": "Share", "coverage": "Covered so far"}
    return Table(frame, CAPTIONS["variants"], units, labels, "A number behind a touchpoint says how many times in a row.")


def read_variant_table(client: Client, *, most: int = 10) -> Reading | None:
    """How varied journeys are, in words."""
    if _cannot(client, "journeys"):
        return None
    found = el.variants(journeys(client), most)
    shown = found.frame[found.frame["n_cases"] >= client.params.report.minimum_group]
    coverage = number(shown["n_cases"].sum() / found.n_cases, "share")
    sums = el.overview(journeys(client))
    return Reading(
        f"{found.n_cases:,} journeys take {found.n_variants:,} different ways; the {len(shown)} listed cover {coverage} of them. "
        f"Half of the journeys last longer than {duration(sums.median_hours)} from first to last touch so far, one in ten longer than {duration(sums.p90_hours)}."
    )


def funnel(client: Client, *, horizon_days: float = 90) -> Figure | Gap | Reading:
    """How many journeys reach each stage, in strict order and in any.

    Parameters
    ----------
    client : Client
    horizon_days : float
        Passed on to the comparison that marks the leakiest step.
    """
    if cannot := _cannot(client, "stages"):
        return cannot
    leak = process_findings.leakiest(leaks(client, horizon_days=horizon_days))
    frame = stage_funnel(client).assign(marked=lambda t: t["stage"] == (leak.next_stage if leak is not None else ""))
    units = {c: "count" if c in ("n", "n_any") else "share" for c in frame.columns[1:-1]}
    labels = {"n": "In strict order", "share": "of the first stage", "low": "95% from", "high": "to", "conversion": "of the stage before", "conversion_low": "from",
              "conversion_high": "to ", "n_any": "In any order", "share_any": "of all journeys", "low_any": "95% from ", "high_any": "to  "}  # fmt: skip
    data = Table(frame.drop(columns="marked").assign(stage=frame["stage"].map(label)), "The funnel in numbers", units, labels, RULE)
    reached = [f"{label(r.stage)} {r.n:,}" for r in frame.itertuples()]
    marked = f" The step into {leak.next_stage} loses most." if leak is not None else ""
    return Figure(draw_funnel(frame), CAPTIONS["funnel"], f"Journeys that reach each stage in strict order: {joined(reached)}.{marked}", data)


def read_funnel(client: Client, *, horizon_days: float = 90) -> Reading | None:
    """The leakiest step in words, or that none stands out."""
    if _cannot(client, "stages"):
        return None
    frame, steps = stage_funnel(client), leaks(client, horizon_days=horizon_days)
    if steps.empty:
        return Reading("Fewer than two stages are reached, so there is no step from stage to stage to compare.")
    leak = process_findings.leakiest(steps)
    if leak is None:
        text = "No step from stage to stage loses significantly more journeys than the others."
    else:
        on = with_evidence(shares.share(int(leak.n_on), int(leak.n)), "share")
        text = (
            f"Of the journeys that reach {leak.stage}, {on} went on to {leak.next_stage} by the end of the period, against {number(leak.others, 'share')} "
            f"over the other steps up to ownership (p {_p(leak.p_value)}, adjusted): the leakiest step."
        )
    first = frame.iloc[0]
    skipped = shares.share(n_journeys(client) - int(first.n), n_journeys(client))
    if skipped.value > 0.005:
        text += f" {with_evidence(skipped, 'share')} of journeys never touch {first.stage} and stand outside the strict funnel; the diamonds show them."
    return Reading(text)


def drop_off_table(client: Client, *, most: int = 3) -> Table | Gap | Reading:
    """The touchpoints at which journeys that went no further were seen last.

    Parameters
    ----------
    client : Client
    most : int
        Touchpoints listed for each stage; the rest are gathered.
    """
    if cannot := _cannot(client, "stages"):
        return cannot
    frame, minimum = drop_offs(client), client.params.report.minimum_group
    rows = []
    for (stage, following), group in frame.groupby(["stage", "next_stage"], sort=False):
        kept = group[group["n"] >= minimum].head(most)
        rows += [(f"{label(stage)}, not {following}", r.touchpoint, r.n, r.share) for r in kept.itertuples()]
        rest = int(group["n"].sum() - kept["n"].sum())
        if rest:
            enough = rest >= minimum
            rows.append((f"{label(stage)}, not {following}", f"other ({len(group) - len(kept)})", rest if enough else None, rest / group["n"].sum() if enough else None))
    if not rows:
        return Reading("Every journey that reached a stage also reached the next one.")
    table = pd.DataFrame(rows, columns=["stage", "touchpoint", "n", "share"])
    labels = {"stage": "Reached", "touchpoint": "Last seen at", "n": "Journeys", "share": "Share of those that went no further"}
    return Table(table, CAPTIONS["drop_offs"], {"n": "count", "share": "share"}, labels, "Journeys still under way at the end of the period count too.")


def read_drop_off_table(client: Client) -> Reading | None:
    """Where most of those who stopped were seen last, in words."""
    if _cannot(client, "stages"):
        return None
    frame = drop_offs(client)
    before = frame[frame["next_stage"].isin(("consideration", "purchase"))]
    frame = before if len(before) else frame
    if frame.empty:
        return None
    last = frame.loc[frame["n"].idxmax()]
    group = int(frame.loc[frame["stage"] == last.stage, "n"].sum())
    return Reading(
        f"Of the journeys that reached {last.stage} and not {last.next_stage}, {with_evidence(shares.share(int(last.n), group), 'share')} "
        f"were seen last at {last.touchpoint}."
    )


def next_stage_curves(client: Client, *, horizon_days: float = 90) -> Figure | Gap | Reading:
    """How long going on to the next stage takes, the unfinished counted as censored.

    Parameters
    ----------
    client : Client
    horizon_days : float
        Where the axis ends.
    """
    if cannot := _cannot(client, "stages"):
        return cannot
    curves = time_to_next_stage(client)
    if not curves:
        return Reading("Fewer than two stages are reached, so there is no time to the next stage to estimate.")
    frame = _next_stage_frame(client, horizon_days)
    units = {"n": "count", "median": "days", "low": "days", "high": "days", "within": "share", "within_low": "share", "within_high": "share"}
    labels = {"n": "Journeys", "median": "Half have gone on after", "low": "95% from", "high": "to", "within": f"gone on within {horizon_days:,.0f} days",
              "within_low": "95% from ", "within_high": "to "}  # fmt: skip
    data = Table(frame, "Time to the next stage in numbers", units, labels, "A dash: fewer than half go on within what was observed.")
    alt = "; ".join(f"{r.step}: {number(r.within, 'share')} within {horizon_days:,.0f} days" for r in frame.itertuples()) + "."
    return Figure(draw_time_to_next(curves, horizon_days), CAPTIONS["times"], alt, data)


def read_next_stage_curves(client: Client, *, horizon_days: float = 90) -> Reading | None:
    """The slowest step in words."""
    if _cannot(client, "stages"):
        return None
    frame = _next_stage_frame(client, horizon_days).dropna(subset=["median"])
    if frame.empty:
        return Reading("At no step had half of the journeys gone on by the end of the period, so no median time can be given.")
    slow = frame.loc[frame["median"].idxmax()]
    time = Estimate(slow["median"], slow["low"], slow["high"], int(slow["n"]))
    ends = interval(time, "days") if np.isfinite(time.high) else f"{number(time.low, 'days')} or more"
    return Reading(
        f"{slow.step} takes longest: half have gone on after {number(time.value, 'days')} (95% interval {ends}, n = {time.n:,}); "
        f"within {horizon_days:,.0f} days it is {number(slow.within, 'share')}."
    )


def activity_matrix(client: Client) -> Figure | Gap:
    """Porter's activities against the stages they serve, with their annual cost where it is known."""
    if cannot := _gap(client, "activities"):
        return cannot
    table, currency = activity_map.activities_by_stage(client), client.params.currency
    costed = client.has("activities.annual_cost")
    shown = table.rename(index=label, columns=label)
    texts = shown.map(lambda x: f"{x:,.0f}" if x else "")
    unit = "money" if costed else "count"
    data = Table(
        shown.assign(All=shown.sum(axis=1)).rename_axis("Activity").reset_index(), "Activities by stage in numbers",
        dict.fromkeys([*shown.columns, "All"], unit), currency=currency if costed else "",
    )  # fmt: skip
    largest = shown.stack().idxmax()
    alt = f"{shown.shape[0]} categories of activity over {shown.shape[1]} stages; the most stands at {largest[0].lower()} for {largest[1].lower()}."
    title = f"Stage served; annual cost in {currency}" if costed else "Stage served; number of activities"
    return Figure(draw_matrix(shown, texts, row_title="Activity, Porter's category", column_title=title), CAPTIONS["activities"], alt, data)


def read_activity_matrix(client: Client) -> Reading | None:
    """What the activity map shows and whether its weights add up, in words."""
    if _gap(client, "activities"):
        return None
    table, uneven = activity_map.activities_by_stage(client), activity_map.uneven_weights(client)
    text = ""
    if client.has("activities.annual_cost"):
        total, by_stage = float(table.to_numpy().sum()), table.sum()
        stage = by_stage.idxmax()
        text = f"Of {number(total, 'money', currency=client.params.currency)} a year, {number(by_stage[stage] / total, 'share')} goes to {stage}. "
    text += (
        "The weights of every activity sum to one. " if uneven.empty
        else f"The weights of {joined([f'{r.activity} ({r.given_sum:.2f})' for r in uneven.head(5).itertuples()])} do not sum to one; they were scaled so that they do. "
    )  # fmt: skip
    unserved = activity_map.touchpoints_without_activity(client)
    text += f"No activity is named for {joined(unserved[:6])}." if unserved else "Every touchpoint is served by an activity."
    return Reading(text)


def cost_table(client: Client, *, most: int = 20) -> Table | Gap:
    """What each touchpoint costs a year and a touch, by the activities that serve it."""
    if cannot := _gap(client, "costs"):
        return cannot
    frame = touchpoint_costs(client)
    if len(frame) > most:
        rest = frame.iloc[most:]
        gathered = {"touchpoint": f"other ({len(rest)})", "n_activities": np.nan, "annual_cost": rest["annual_cost"].sum(), "share": rest["share"].sum()}
        frame = pd.concat([frame.head(most), pd.DataFrame([gathered])], ignore_index=True)
    frame["stage"] = [label(s) if isinstance(s, str) else None for s in frame["stage"]]
    units = {"n_activities": "count", "annual_cost": "money", "share": "share", "touches_a_year": "count", "cost_per_touch": "money"}
    labels = {"n_activities": "Activities", "annual_cost": "Cost a year", "share": "Share of all cost", "touches_a_year": "Touches a year", "cost_per_touch": "Cost of a touch"}
    note = "Activity-based: each activity's annual cost goes to touchpoints by its weights. Touches: all of the period, brought to a year."
    return Table(frame, CAPTIONS["costs"], units, labels, note, client.params.currency)


def read_cost_table(client: Client) -> Reading | None:
    """The dearest touchpoint in words."""
    if _gap(client, "costs"):
        return None
    frame, currency = touchpoint_costs(client), client.params.currency
    first = frame.iloc[0]
    text = f"{first.touchpoint} takes {number(first.annual_cost, 'money', currency=currency)} a year, {number(first.share, 'share')} of all."
    per_touch = frame.dropna(subset=["cost_per_touch"])
    if len(per_touch):
        dear = per_touch.loc[per_touch["cost_per_touch"].idxmax()]
        text += f" A touch is dearest at {dear.touchpoint}: {number(dear.cost_per_touch, 'money', currency=currency)}."
    return Reading(text + " What it is worth to the customer is the question of step 2.")


def external_table(client: Client) -> Table | Gap | Reading:
    """Activities of suppliers, distributors and other outsiders, and the touchpoints they reach."""
    if cannot := _gap(client, "external"):
        return cannot
    frame = activity_map.external_links(client)
    if frame.empty:
        return Reading("No activity is marked as external.")
    frame = frame.assign(kind=[label(k) if isinstance(k, str) else None for k in frame["kind"]])
    return Table(frame, CAPTIONS["external"], {"annual_cost": "money"}, {"kind": "To customer value", "annual_cost": "Cost a year"}, currency=client.params.currency)


def read_external_table(client: Client) -> Reading | None:
    """How far customers meet outsiders, in words."""
    if _gap(client, "external"):
        return None
    frame = activity_map.external_links(client)
    if frame.empty:
        return None
    reach = frame[frame["touchpoints"].fillna(activity_map.NO_TOUCHPOINT) != activity_map.NO_TOUCHPOINT]
    names = joined([f"{r.activity} ({r.touchpoints})" for r in reach.head(4).itertuples()])
    are = "activity is" if len(frame) == 1 else "activities are"
    return Reading(f"{len(frame)} {are} in other hands, of which {len(reach)} reach the customer" + (f": {names}." if names else "."))


def _gap(client: Client, question: str) -> Gap | None:
    return QUESTIONS[question].gap(client, STEP)


def _cannot(client: Client, question: str) -> Gap | Reading | None:
    """Why a question about journeys has no answer; None where it has."""
    if gap := _gap(client, question):
        return gap
    return None if n_journeys(client) else Reading(f"No journey starts in the period {client.period}, so there is nothing to show. {RULE}")


def _map_frame(client: Client, metric: str) -> tuple[pd.DataFrame, str, float | None]:
    """What the map draws, the label of its line and its level; an empty label where there is no line."""
    frame, minimum = volumes(client), client.params.report.minimum_group
    hidden = (frame["n_cases"] < minimum) & (frame["n_cases"] > 0)
    detail = [" · ".join(filter(None, (r.channel, r.department))) for r in frame.itertuples()]
    frame = frame.assign(
        number=range(1, len(frame) + 1), detail=detail, volume=frame["n_touches"].mask(hidden).astype(float),
        volume_text=np.where(hidden, FEW.format(minimum), frame["n_touches"].map("{:,}".format)), n=np.nan, value=np.nan, low=np.nan, high=np.nan,
    )  # fmt: skip
    value_label, average = "", None
    if client.has("survey.touchpoint"):
        found = satisfaction_by_touchpoint(client, metric=metric)
        known = found.frame.set_index("touchpoint")
        for column in ("value", "low", "high", "n"):
            frame[column] = frame["touchpoint"].map(known[column]).astype(float)
        if frame["value"].notna().any():
            unit = "points" if found.metric == "nps" else f"{found.scale[0]:g} to {found.scale[1]:g}"
            value_label, average = f"{METRIC_NAMES[found.metric]} ({unit})", found.overall.value
    frame["pain"] = frame["touchpoint"].map(_pain_texts(client, metric)).fillna("")
    return frame, value_label, average


def _pain_texts(client: Client, metric: str) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    for row in pain_points(client, metric=metric).itertuples():
        text = (
            f"{number(row.value, 'share', decimals=0)} come back" if row.kind == "repetition"
            else f"satisfaction {row.value:.1f}, others {row.compared_with:.1f}"
        )  # fmt: skip
        texts.setdefault(row.touchpoint, []).append(text)
    return {touchpoint: "; ".join(found) for touchpoint, found in texts.items()}


def _shown_pairs(client: Client, pairs: pd.DataFrame, most: int) -> pd.DataFrame:
    """The most frequent transitions, those of too few journeys left out."""
    return pairs[pairs["n_cases"] >= client.params.report.minimum_group].head(most)


def _pairs_table(client: Client, most: int, caption: str) -> Table | Reading:
    log = journeys(client)
    shown = _shown_pairs(client, el.directly_follows(log), most)
    rest = el.rest_of_pairs(log, shown)
    frame = shown.assign(transition=shown["from_activity"] + " → " + shown["to_activity"])
    if len(rest) and int(rest["n_cases"].iloc[0]) >= client.params.report.minimum_group:
        frame = pd.concat([frame, rest.assign(transition=f"other ({int(rest['n_pairs'].iloc[0])} kinds)")], ignore_index=True)
    if frame.empty:
        return Reading("No transition between touchpoints is made by enough journeys to be shown.")
    frame = frame.assign(median=frame["median_hours"].map(duration), p90=frame["p90_hours"].map(duration))
    frame = frame[["transition", "n", "n_cases", "share_of_cases", "median", "p90"]]
    labels = {"transition": "From → to", "n": "Times", "n_cases": "Journeys", "share_of_cases": "Share of journeys", "median": "Median time", "p90": "Nine in ten within"}
    units = {"n": "count", "n_cases": "count", "share_of_cases": "share"}
    return Table(frame, caption, units, labels, f"{RULE} Touches at one moment stand in the order of their stages, then of their names.")


def _next_stage_frame(client: Client, horizon_days: float) -> pd.DataFrame:
    rows = []
    steps = leaks(client, horizon_days=horizon_days).set_index(["stage", "next_stage"])
    for pair, curve in time_to_next_stage(client).items():
        half, on = sv.time_until(curve), steps.loc[pair]
        rows.append((f"{label(pair[0])} to {pair[1]}", half.n, half.value, half.low, half.high, on["within"], on["within_low"], on["within_high"]))
    return pd.DataFrame(rows, columns=["step", "n", "median", "low", "high", "within", "within_low", "within_high"])


def _path(path: tuple[str, ...]) -> str:
    """A way through in words; the same touchpoint several times in a row stands once, with a count."""
    steps: list[list[object]] = []
    for touchpoint in path:
        if steps and steps[-1][0] == touchpoint:
            steps[-1][1] += 1
        else:
            steps.append([touchpoint, 1])
    return " → ".join(name if n == 1 else f"{name} ({n})" for name, n in steps)


def _p(p_value: float) -> str:
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"
