"""Exhibits of where customers change hands: how often, how long they wait, what comes back, and how satisfied they are."""

from __future__ import annotations

import pandas as pd

from cvclib.charts.handoffs import draw_by_handoffs
from cvclib.charts.matrix import draw_matrix
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.steps import handoffs as hand
from cvclib.steps.collaboration_questions import ALPHA, CAPTIONS, cannot_show, shown_handoffs
from cvclib.steps.journeys import duration, n_journeys
from cvclib.wording import METRIC_NAMES, Unit, interval, joined, label, number, p_cell, p_words, with_evidence


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
        texts.loc[row.from_department, row.to_department] = f"{row.n:,}\n{duration(row.median_hours, short=True)}"
    first = shown.iloc[0]
    alt = f"{len(shown)} kinds of handoff among {len(names)} departments; most often from {first.from_department} to {first.to_department}: {first.n:,} times."
    figure = draw_matrix(values, texts, row_title="From", column_title="To; how often, and the median wait")
    return Figure(figure, CAPTIONS["matrix"], alt, _handoff_frame_table(client, "The handoffs drawn, in numbers"))


def read_handoff_matrix(client: Client) -> Reading | None:
    """How much changes hands, and how much comes straight back, in words."""
    if cannot_show(client, "handoffs"):
        return None
    found, total = hand.handoffs(client), n_journeys(client)
    if found.empty:
        return Reading("No journey of the period passes from one department to another.")
    n = int(found["n"].sum())
    first = found.iloc[0]
    return Reading(
        f"Customers change hands {n:,} times in {total:,} journeys, {n / total:.1f} times a journey; most often from {first.from_department} to "
        f"{first.to_department} ({number(first.n / n, 'share')} of all)."
    )


def handoff_table(client: Client, *, most: int = 15) -> Table | Gap | Reading:
    """Handoffs with counts, median and p90 wait; the rare gathered in one row."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    return _handoff_frame_table(client, CAPTIONS["handoffs"], most)


def read_handoff_table(client: Client) -> Reading | None:
    """The handoff with the longest wait in words."""
    if cannot_show(client, "handoffs") or shown_handoffs(client).empty:
        return None
    whole, parts = hand.waiting_days(client)
    first = parts.iloc[0]
    text = (
        f"A journey waits {with_evidence(whole, 'days')} at handoffs; {number(first['share'], 'share')} of that between {first.from_department} and "
        f"{first.to_department}."
    )
    slow = hand.slower_than_others(client)
    slow = slow[(slow["p_value"] < ALPHA) & (slow["share_longer"] > slow["others_longer"])]
    if slow.empty:
        return Reading(f"{text} No kind of handoff surely waits longer than the others.")
    worst = slow.loc[slow["median_hours"].idxmax()]
    return Reading(
        f"{text} Surely longer than at the others is the wait at {len(slow)} {'kind' if len(slow) == 1 else 'kinds'} of handoff, longest between {worst.from_department} and "
        f"{worst.to_department}: half take longer than {duration(worst.median_hours)}, at the others {duration(worst.median_others)}."
    )


def ping_pong_table(client: Client, *, most: int = 10) -> Table | Gap | Reading:
    """Ways from a department to another and straight back: how often, and in how many journeys."""
    if cannot := cannot_show(client, "handoffs"):
        return cannot
    every = hand.ping_pong(client)
    shown = every[every["n_cases"] >= client.params.report.minimum_group].head(most)
    if shown.empty:
        return Reading("No way from one department to another and straight back is taken in enough journeys to be shown.")
    total = hand.journeys_with_bounces(client).n
    share = [shares.share(int(n), total) for n in shown["n_cases"]]
    way = shown["department"] + " → " + shown["via"] + " → " + shown["department"]
    frame = pd.DataFrame({"way": way, "n": shown["n"], "n_cases": shown["n_cases"]}).reset_index(drop=True)
    frame = frame.assign(value=[s.value for s in share], low=[s.low for s in share], high=[s.high for s in share])
    rest = int(every["n"].sum() - shown["n"].sum())
    if rest >= client.params.report.minimum_group:
        other = pd.DataFrame({"way": [f"other ({len(every) - len(shown)} ways)"], "n": [rest]})
        frame = pd.concat([frame, other], ignore_index=True)
    units = {"n": "count", "n_cases": "count", "value": "share", "low": "share", "high": "share"}
    labels = {"way": "There and back", "n": "Times", "n_cases": "Journeys", "value": "Share of journeys", "low": "95% from", "high": "to"}
    return Table(
        frame,
        CAPTIONS["ping_pong"],
        units,
        labels,
        "However many touches a department has before it passes the customer on, they count as one stay.",
    )


def read_ping_pong_table(client: Client) -> Reading | None:
    """How much comes straight back, and whether that is more than chance, in words."""
    if cannot_show(client, "handoffs"):
        return None
    back, cases = hand.bounces(client), hand.journeys_with_bounces(client)
    if not back.n:
        return Reading("No journey goes on after a handoff to another one, so that nothing could come back.")
    order = hand.in_order(client).returns
    chance = f"in a chance order of the same touches {number(order.expected, 'share')} would ({p_words(order.p_value)})"
    beyond = order.p_value < ALPHA
    verdict = f"{'more' if order.seen > order.expected else 'less'} than chance" if beyond else "no more and no less than chance may bring"
    return Reading(
        f"{with_evidence(back, 'share')} of the handoffs after which another follows lead straight back, {verdict}: {chance}. {with_evidence(cases, 'share')} of "
        "journeys hold such a way."
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


def _handoff_frame_table(client: Client, caption: str, most: int = 15) -> Table | Reading:
    every, shown = hand.handoffs(client), shown_handoffs(client).head(most)
    if shown.empty:
        return Reading("No handoff between two departments is made by enough journeys to be shown.")
    whole, parts = hand.waiting_days(client)
    shown = shown.merge(
        parts[["from_department", "to_department", "value", "low", "high", "share"]], on=["from_department", "to_department"], how="left"
    )
    frame = shown.assign(handoff=shown["from_department"] + " → " + shown["to_department"])
    frame = frame.assign(median=frame["median_hours"].map(duration), p90=frame["p90_hours"].map(duration))
    frame = frame.assign(days=[_with_interval(Estimate(r.value, r.low, r.high, whole.n), "days") for r in frame.itertuples()])
    rest = int(every["n"].sum() - shown["n"].sum())
    if rest >= client.params.report.minimum_group:
        left = {"handoff": f"other ({len(every) - len(shown)} kinds)", "n": rest, "share": 1 - frame["share"].sum()}
        frame = pd.concat([frame, pd.DataFrame([left])], ignore_index=True)
    everything = {"handoff": "All handoffs", "n": int(every["n"].sum()), "days": _with_interval(whole, "days"), "share": 1.0}
    frame = pd.concat([frame, pd.DataFrame([everything])], ignore_index=True)
    units = {"n": "count", "share_of_cases": "share", "share": "share"}
    labels = {
        "handoff": "From → to", "n": "Times", "share_of_cases": "Share of journeys", "median": "Median wait", "p90": "Nine in ten within",
        "days": "Days waited a journey", "share": "Share of all waiting",
    }  # fmt: skip
    note = (
        "Days waited a journey: over all journeys, those without the handoff counting as 0, with the 95% interval. "
        "Touches of no known department are passed over. The wait holds the customer's own time too."
    )
    return Table(frame[list(labels)], caption, units, labels, note)


def _with_interval(estimate: Estimate, unit: Unit = "number") -> str:
    """An estimate in one cell, where two of them stand in a row; the unit is in the heading."""
    words = f"{number(estimate.value, unit)} ({interval(estimate, unit)})"
    return words.replace(" days", "") if unit == "days" else words
