"""Step 4, collaboration: who does what, where customers change hands, and whether departments share one picture.

Exhibits and their readings for the notebook; what they show is worked out in `handoffs`, `shared_picture` and
`cvclib.methods.raci`. An exhibit that cannot be made is a `Gap`, its reading then None.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.handoffs import draw_by_handoffs
from cvclib.charts.matrix import draw_matrix
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import handovers, raci
from cvclib.methods.estimate import Estimate
from cvclib.steps import collaboration_findings, shared_picture
from cvclib.steps import handoffs as hand
from cvclib.steps.collaboration_questions import (
    ALPHA,
    CAPTIONS,
    QUESTIONS,
    RACI_BY,
    STEP,
    cannot_show,
    gap_of,
    p_text,
    raci_roles,
    shown_handoffs,
)
from cvclib.steps.journeys import duration, n_journeys
from cvclib.steps.questions import gaps_of
from cvclib.wording import METRIC_NAMES, interval, joined, label, number, p_cell, with_evidence

__all__ = [
    "NEEDS_ANY", "findings", "gaps", "handoff_matrix", "handoff_table", "picture_matrix", "picture_table", "raci_faults", "raci_matrix", "raci_roles",
    "read_handoff_matrix", "read_handoff_table", "read_picture_matrix", "read_picture_table", "read_raci_faults", "read_raci_matrix",
    "read_relation_table", "read_satisfaction_by_handoffs", "read_silo_table", "relation_table", "satisfaction_by_handoffs", "silo_table",
]  # fmt: skip

NEEDS_ANY = ("activity_touchpoints.raci", "interactions", "department_views")
MOST_ROWS = 40  # tasks drawn in the matrix; the rest stands in the table behind it


def gaps(client: Client) -> list[Gap]:
    """What cannot be computed for this client, and what to supply for it."""
    return gaps_of(client, STEP, QUESTIONS)


def raci_matrix(client: Client, *, by: str = RACI_BY[0]) -> Figure | Gap:
    """The RACI matrix, tinted where a department is accountable or responsible."""
    if cannot := gap_of(client, "raci"):
        return cannot
    table = raci.matrix(raci_roles(client, by=by))
    shown = table.head(MOST_ROWS)
    weight = shown.map(lambda cell: 3.0 if "A" in cell else 2.0 if "R" in cell else 1.0 if cell else np.nan)
    data = Table(table.rename_axis(label(by)).reset_index(), "The RACI matrix in letters")
    more = f" The first {MOST_ROWS} of {len(table)} are drawn." if len(table) > MOST_ROWS else ""
    counts = raci.load(raci_roles(client, by=by))
    alt = f"{len(table)} tasks by {table.shape[1]} departments.{more} Accountable: {joined([f'{r.department} for {r.A}' for r in counts.itertuples() if r.A]) or 'none'}."
    return Figure(draw_matrix(weight, shown, row_title=label(by), column_title="Department", highest=4.0), CAPTIONS["raci"], alt, data)


def read_raci_matrix(client: Client, *, by: str = RACI_BY[0]) -> Reading | None:
    """Who carries most, in words."""
    if gap_of(client, "raci"):
        return None
    counts, n_tasks = raci.load(raci_roles(client, by=by)), raci_roles(client, by=by)["task"].nunique()
    does, answers = counts.loc[counts["R"].idxmax()], counts.loc[counts["A"].idxmax()]
    return Reading(
        f"{len(counts)} departments share {n_tasks} tasks. {does['department']} does the work in {does['R']} of them, "
        f"{answers['department']} answers for {answers['A']}."
    )


def raci_faults(client: Client, *, by: str = RACI_BY[0], most_responsible: float = raci.MOST_RESPONSIBLE) -> Table | Gap | Reading:
    """What is wrong with who does what: no A, two A's, no R, overload.

    Parameters
    ----------
    client : Client
    by : str
        As in `raci_roles`.
    most_responsible : float
        Share of tasks above which a department that does them is overloaded.
    """
    if cannot := gap_of(client, "raci"):
        return cannot
    frame = raci.faults(raci_roles(client, by=by), most_responsible=most_responsible)
    if frame.empty:
        return Reading(
            "The RACI matrix has no fault: every task has one accountable and at least one responsible department, and none is overloaded."
        )
    frame = frame.assign(fault=frame["fault"].map(label), departments=frame["departments"].replace("", None))
    return Table(frame[["where", "fault", "departments", "mend"]], CAPTIONS["faults"], labels={"where": "Where", "mend": "What to do"})


def read_raci_faults(client: Client, *, by: str = RACI_BY[0], most_responsible: float = raci.MOST_RESPONSIBLE) -> Reading | None:
    """The faults counted, in words."""
    if gap_of(client, "raci"):
        return None
    roles = raci_roles(client, by=by)
    frame = raci.faults(roles, most_responsible=most_responsible)
    if frame.empty:
        return None
    counts = joined([f"{fault} ({n})" for fault, n in frame["fault"].value_counts(sort=False).items()])
    faults = f"{len(frame)} faults" if len(frame) > 1 else "one fault"
    return Reading(f"{roles['task'].nunique()} tasks have {faults}: {counts}.")


def handoff_matrix(client: Client) -> Figure | Gap | Reading:
    """Handoffs from department to department with their median wait."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    shown = shown_handoffs(client)
    if shown.empty:
        return Reading("No handoff between two departments is made by enough journeys to be shown.")
    names = sorted({*shown["from_department"], *shown["to_department"]})
    values = shown.pivot_table(index="from_department", columns="to_department", values="n").reindex(index=names, columns=names)
    texts = pd.DataFrame("", index=names, columns=names)
    for row in shown.itertuples():
        texts.loc[row.from_department, row.to_department] = f"{row.n:,}\n{duration(row.median_hours)}"
    first = shown.iloc[0]
    alt = f"{len(shown)} kinds of handoff among {len(names)} departments; most often from {first.from_department} to {first.to_department}: {first.n:,} times."
    figure = draw_matrix(values, texts, row_title="From", column_title="To; how often, and half wait longer than")
    return Figure(figure, CAPTIONS["matrix"], alt, _handoff_frame_table(client, "The handoffs drawn, in numbers"))


def read_handoff_matrix(client: Client) -> Reading | None:
    """How much changes hands, and how much comes straight back, in words."""
    if cannot_show(client, "handoffs"):
        return None
    found, total = hand.handoffs(client), n_journeys(client)
    if found.empty:
        return Reading("No journey of the period passes from one department to another.")
    n, back = int(found["n"].sum()), hand.bounces(client)
    text = f"Customers change hands {n:,} times in {total:,} journeys, {n / total:.1f} times a journey."
    return Reading(
        text + (f" {with_evidence(back, 'share')} of handoffs after which the journey goes on lead straight back." if back.n else "")
    )


def handoff_table(client: Client, *, most: int = 15) -> Table | Gap | Reading:
    """Handoffs with counts, median and p90 wait; the rare gathered in one row."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    return _handoff_frame_table(client, CAPTIONS["handoffs"], most)


def read_handoff_table(client: Client) -> Reading | None:
    """The handoff with the longest wait in words."""
    if cannot_show(client, "handoffs") or (shown := shown_handoffs(client)).empty:
        return None
    slow = shown.loc[shown["median_hours"].idxmax()]
    return Reading(
        f"The longest wait is between {slow.from_department} and {slow.to_department}: half of {slow.n:,} handoffs take longer than "
        f"{duration(slow.median_hours)}, one in ten longer than {duration(slow.p90_hours)}. The wait holds the customer's own time too."
    )


def satisfaction_by_handoffs(client: Client) -> Figure | Gap | Reading:
    """Mean satisfaction of customers by how often they were handed over."""
    if cannot := cannot_show(client, "satisfaction"):
        return cannot
    metric, groups = hand.satisfaction_by_handoffs(client)
    if len(groups) < 2:
        return Reading("Too few customers of these journeys answered the survey to compare by number of handoffs.")
    data = Table(groups, "Satisfaction by number of handoffs in numbers", {"value": "score", "low": "score", "high": "score", "n": "count"},
                 {"value": "Mean score", "low": "95% from", "high": "to", "n": "Customers"})  # fmt: skip
    alt = "; ".join(f"{r.handoffs} handoffs: {r.value:.2f} (n = {r.n:,})" for r in groups.itertuples()) + "."
    return Figure(draw_by_handoffs(groups, f"{label(METRIC_NAMES[metric])}, mean of customers"), CAPTIONS["by_handoffs"], alt, data)


def read_satisfaction_by_handoffs(client: Client) -> Reading | None:
    """Satisfaction of those handed over least and most, in words."""
    if cannot_show(client, "satisfaction"):
        return None
    metric, groups = hand.satisfaction_by_handoffs(client)
    if len(groups) < 2:
        return None
    few, many = (Estimate(*groups.iloc[i][["value", "low", "high", "n"]]) for i in (0, -1))
    return Reading(
        f"Mean {METRIC_NAMES[metric]} is {few.value:.2f} ({interval(few, 'score')}) with {groups.iloc[0]['handoffs']} handoffs and "
        f"{many.value:.2f} ({interval(many, 'score')}) with {groups.iloc[-1]['handoffs']}. Customers with many handoffs also have more touches: the next table holds the number of touches fixed."
    )


def relation_table(client: Client) -> Table | Gap | Reading:
    """Rank correlation of handoffs and waits with satisfaction, beside the number of touches too."""
    if cannot := cannot_show(client, "satisfaction"):
        return cannot
    frame = hand.relation_to_satisfaction(client)
    if frame.empty:
        return Reading("Too few customers of these journeys answered the survey for a correlation.")
    rows = [
        (f"{label(METRIC_NAMES[r.metric])} with {hand.PREDICTORS[r.predictor]}", r.n, _with_interval(Estimate(r.rho, r.low, r.high, r.n)), p_cell(r.p_value),
         _with_interval(Estimate(r.beside, r.beside_low, r.beside_high, r.n)), p_cell(r.beside_p_value))
        for r in frame.itertuples()
    ]  # fmt: skip
    shown = pd.DataFrame(rows, columns=["relation", "n", "plain", "p", "beside", "beside_p"])
    labels = {"relation": "Answers with", "n": "Customers", "plain": "As it is", "p": "p", "beside": "Touches held fixed", "beside_p": "p"}
    note = (
        "Spearman's correlation with its 95% interval, −1 to 1. Below 0: the more handoffs or the longer the wait, the less satisfied. "
        "p: adjusted for all tests in the table."
    )
    return Table(shown, CAPTIONS["relation"], {"n": "count"}, labels, note)


def read_relation_table(client: Client) -> Reading | None:
    """Whether handoffs go together with satisfaction, in words."""
    if cannot_show(client, "satisfaction"):
        return None
    frame = hand.relation_to_satisfaction(client)
    if frame.empty:
        return None
    tied = frame[frame["beside_p_value"] < ALPHA]
    if tied.empty:
        return Reading("With the number of touches held fixed, neither handoffs nor waits go together with satisfaction beyond chance.")
    parts = [
        f"{hand.PREDICTORS[r.predictor]} with {METRIC_NAMES[r.metric]} {with_evidence(Estimate(r.beside, r.beside_low, r.beside_high, r.n))}"
        for r in tied.itertuples()
    ]
    return Reading(f"With the number of touches held fixed, rank correlations beyond chance are: {joined(parts)}.")


def picture_matrix(client: Client) -> Figure | Gap | Reading:
    """Departments' ranks of the attributes beside the customers', tinted by distance from the customers."""
    if cannot := gap_of(client, "picture"):
        return cannot
    found = shared_picture.picture(client)
    if found.ranks.empty:
        return Reading("No attribute was ranked by every department, so their pictures cannot be laid side by side.")
    asked = found.customers.notna().any()
    level = found.customers if asked else found.ranks.mean(axis=1)
    ranks = pd.concat([level.rename(shared_picture.CUSTOMERS if asked else "All, mean"), found.ranks], axis=1)
    distance = ranks.sub(level, axis=0).abs()
    texts = ranks.map(lambda rank: "" if pd.isna(rank) else f"{rank:g}" if float(rank).is_integer() else f"{rank:.1f}")
    data = Table(texts.rename_axis("Attribute").reset_index(), "The ranks in numbers", note="1: the most important.")
    alt = f"{len(ranks)} attributes ranked by {found.ranks.shape[1]} departments; ranked first by {'customers' if asked else 'all together'}: {ranks.index[0]}."
    title = f"Rank, 1 the most important; the darker, the further from {'the customers' if asked else 'the mean'}"
    return Figure(draw_matrix(distance, texts, column_title=title, highest=max(len(ranks) - 1, 1)), CAPTIONS["picture"], alt, data)


def read_picture_matrix(client: Client) -> Reading | None:
    """Kendall's W in words."""
    if gap_of(client, "picture"):
        return None
    found = shared_picture.concordance(client)
    if found is None:
        return Reading("Agreement needs at least two departments that ranked the same three attributes.")
    verdict = "they agree more than chance would have it" if found.p_value < ALPHA else "that is no more agreement than chance may bring"
    left_out = shared_picture.picture(client).left_out
    more = f" Left out, as not ranked by all: {joined(list(left_out))}." if left_out else ""
    return Reading(
        f"Kendall's W among {found.n_raters} departments over {found.n_items} attributes is {found.w:.2f} (0 none, 1 full agreement; "
        f"χ² = {found.chi_square:.1f} on {found.degrees}, p {p_text(found.p_value)}): {verdict}.{more}"
    )


def picture_table(client: Client) -> Table | Gap | Reading:
    """How close each department's ranks are to the customers'."""
    if cannot := gap_of(client, "customers"):
        return cannot
    frame = shared_picture.departments_and_customers(client)
    if frame.empty:
        return Reading("Customers rated fewer than three of the attributes that departments ranked.")
    frame = frame.assign(
        p_value=frame["p_value"].map(p_cell),
        underrates=frame["underrates"].replace("", None),
        overrates=frame["overrates"].replace("", None),
    )
    units = {**dict.fromkeys(("rho", "low", "high"), "number"), "n": "count"}
    labels = {
        "rho": "Spearman",
        "low": "95% from",
        "high": "to",
        "n": "Attributes",
        "p_value": "p, adjusted",
        "underrates": "Underrates most",
        "overrates": "Overrates most",
    }
    return Table(frame, CAPTIONS["departments"], units, labels, "1: the customers' own order; 0: no relation; −1: the opposite.")


def read_picture_table(client: Client) -> Reading | None:
    """Whose picture is closest and furthest, in words."""
    if gap_of(client, "customers"):
        return None
    frame = shared_picture.departments_and_customers(client).dropna(subset=["rho"])
    if frame.empty:
        return None
    near, far = (Estimate(*frame.iloc[i][["rho", "low", "high", "n"]]) for i in (0, -1))
    surely = frame[(frame["p_value"] < ALPHA) & (frame["rho"] > 0)]["department"].tolist()
    return Reading(
        f"Closest to the customers is {frame.iloc[0]['department']} with {with_evidence(near)}, furthest {frame.iloc[-1]['department']} with {with_evidence(far)}. "
        + (
            f"More than chance would have it, {joined(surely)} {'ranks' if len(surely) == 1 else 'rank'} as customers do."
            if surely
            else "No department ranks as customers do more than chance would have it."
        )
    )


def silo_table(client: Client) -> Table | Gap | Reading:
    """E-I index: how far touches that follow each other stay within a department."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    frame = hand.silos(client)
    if len(frame) < 2:
        return Reading("No two touches with a known department follow each other.")
    frame = frame.assign(group=frame["group"].replace("all", "All departments"))
    units = {"external": "count", "internal": "count", "ei_index": "index"}
    labels = {"group": "Department", "external": "With others", "internal": "Within", "ei_index": "E-I index"}
    return Table(
        frame, CAPTIONS["silos"], units, labels, "−1: customers stay within the department; 1: every next touch is another department's."
    )


def read_silo_table(client: Client) -> Reading | None:
    """Who keeps customers and who passes them on, in words."""
    if cannot_show(client, "handoffs"):
        return None
    frame = hand.silos(client)
    each = frame.iloc[:-1]
    if len(each) < 2:
        return None
    most, least = each.loc[each["ei_index"].idxmax()], each.loc[each["ei_index"].idxmin()]
    back = handovers.reciprocity(hand.touch_pairs(client))
    return Reading(
        f"Over all departments the index is {number(frame.iloc[-1]['ei_index'], 'index')}. {least['group']} keeps customers most ({number(least['ei_index'], 'index')}), "
        f"{most['group']} passes them on most ({number(most['ei_index'], 'index')}). {number(back, 'share')} of what passes between two departments is matched by what comes back."
    )


def findings(client: Client, *, by: str = RACI_BY[0]) -> list[Finding]:
    """What collaboration carries: RACI faults, the longest wait, handoffs and satisfaction, the shared picture.

    Parameters
    ----------
    client : Client
    by : str
        As in `raci_roles`.
    """
    found: list[Finding] = []
    if not gap_of(client, "raci"):
        found += collaboration_findings.on_roles(client, by)
    if not cannot_show(client, "handoffs"):
        found += collaboration_findings.on_waits(client)
    if not cannot_show(client, "satisfaction"):
        found += collaboration_findings.on_satisfaction(client)
    if not gap_of(client, "picture"):
        found += collaboration_findings.on_the_picture(client)
    return found


def _handoff_frame_table(client: Client, caption: str, most: int = 15) -> Table | Reading:
    every, shown = hand.handoffs(client), shown_handoffs(client).head(most)
    if shown.empty:
        return Reading("No handoff between two departments is made by enough journeys to be shown.")
    frame = shown.assign(handoff=shown["from_department"] + " → " + shown["to_department"])
    rest = int(every["n"].sum() - shown["n"].sum())
    if rest >= client.params.report.minimum_group:
        frame = pd.concat([frame, pd.DataFrame({"handoff": [f"other ({len(every) - len(shown)} kinds)"], "n": [rest]})], ignore_index=True)
    frame = frame.assign(median=frame["median_hours"].map(duration), p90=frame["p90_hours"].map(duration))
    units = {"n": "count", "n_cases": "count", "share_of_cases": "share"}
    labels = {
        "handoff": "From → to",
        "n": "Times",
        "n_cases": "Journeys",
        "share_of_cases": "Share of journeys",
        "median": "Median wait",
        "p90": "Nine in ten within",
    }
    return Table(
        frame[["handoff", *units, "median", "p90"]],
        caption,
        units,
        labels,
        "Touches of no known department are passed over. The wait holds the customer's own time too.",
    )


def _with_interval(estimate: Estimate) -> str:
    """An estimate in one cell, where two of them stand in a row."""
    return f"{number(estimate.value)} ({interval(estimate)})"
