"""The exhibits of step 5 on tickets: how fast they are answered and solved, by topic, department and segment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.waiting import draw_service
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import survival
from cvclib.methods.estimate import Estimate
from cvclib.steps.kpi_words import STEP, unanswered
from cvclib.steps.questions import exhibit_of, findings_of, reading_of
from cvclib.steps.service import (
    ANSWERED,
    BY_HOURS,
    HOURS_A_DAY,
    SERVICE,
    SOLVED,
    kinds,
    reopened_share,
    service_curve,
    service_groups,
    service_waits,
)
from cvclib.steps.waits import SIGNIFICANT, until_text
from cvclib.wording import NOT_KNOWN, Unit, joined, label, number, p_cell, p_words, with_evidence

CAPTION = "Share of tickets answered, and solved, by time since they were opened"
GROUPS_CAPTION = "Answering, solving and reopening, by topic, department and segment"
VERBS = {"answered": "answered", "solved": "solved", "reopened": "opened again"}
MOST_FINDINGS = 3
TAIL = 0.97
HOURS_DECIMALS = 1


@exhibit_of(SERVICE, STEP)
def service_figure(client: Client) -> Figure | Gap | Reading:
    """Share of tickets answered and solved by time, with intervals; those still open are censored."""
    able = kinds(client)
    if not able:
        return _why_not(client)
    panels, rows = [], []
    for kind in able:
        curve = service_curve(client, kind=kind)
        half, most = survival.time_until(curve), survival.time_until(curve, 0.9)
        a_unit, unit = _scale(curve)
        scaled = curve.assign(time=curve["time"] / a_unit)
        panels.append((label(kind), scaled, _axis_end(scaled), unit, half.value / a_unit, most.value / a_unit))
        frame = service_waits(client, kind=kind)
        waiting = int(frame.loc[frame["end"] != kind, "n"].sum())
        rows.append((label(kind), half.n, waiting, *_times(half), *_times(most)))
    labels = {"what": "Tickets", "n": "Opened", "open": "not yet", "half": "Half within", "low": "95% from", "high": "to", "most": "nine in ten within",
              "most_low": "95% from ", "most_high": "to "}  # fmt: skip
    note = "Kaplan–Meier: tickets not answered, or not solved, by the last day seen are censored there. Hours run day and night, weekends included."
    again = reopened_share(client)
    note += f" Of the closed tickets {with_evidence(again, 'share')} were opened again." if again else ""
    data = Table(
        pd.DataFrame(rows, columns=list(labels)), "Answering and solving, in numbers", {"n": "count", "open": "count"}, labels, note
    )
    return Figure(draw_service(panels), CAPTION, read_service(client).text, data)


def _why_not(client: Client) -> Gap | Reading:
    try:
        service_waits(client, kind=ANSWERED if client.has("tickets.first_response_at") else SOLVED)
    except MissingDataError as error:
        return unanswered(SERVICE.asks, error)
    return Reading("Too few tickets are answered or solved to tell how long it takes.")


def _scale(curve: pd.DataFrame) -> tuple[float, Unit]:
    """Hours in a unit, and its name: hours where nearly all is done in three days, else days."""
    most = survival.time_until(curve, 0.9).value
    return (1.0, "hours") if np.isfinite(most) and most <= BY_HOURS else (float(HOURS_A_DAY), "days")


def _axis_end(curve: pd.DataFrame) -> float:
    reached = curve.loc[1 - curve["survival"] >= TAIL, "time"]
    return max(float(reached.iloc[0] if len(reached) else curve["time"].iloc[-1]) * 1.1, 1e-6)


def _own_unit(hours: float) -> tuple[float, Unit]:
    """Hours up to three days, days beyond: what one says of a single wait."""
    return (1.0, "hours") if not hours > BY_HOURS else (float(HOURS_A_DAY), "days")


def _times(wait: Estimate) -> list[str]:
    """A wait and the ends of its interval, all three in the unit of the wait."""
    a_unit, unit = _own_unit(wait.value)
    return [number(hours / a_unit, unit) if np.isfinite(hours) else NOT_KNOWN for hours in wait[:3]]


def _time(hours: float) -> str:
    a_unit, unit = _own_unit(hours)
    return number(hours / a_unit, unit) if np.isfinite(hours) else NOT_KNOWN


@reading_of(SERVICE)
def read_service(client: Client) -> Reading | None:
    """How fast half and nine in ten are answered and solved, what is open, what came back, and who waits longer."""
    able = kinds(client)
    if not able:
        return None
    said = []
    for kind in able:
        curve = service_curve(client, kind=kind)
        half, most = survival.time_until(curve), survival.time_until(curve, 0.9)
        a_unit, unit = _own_unit(half.value)
        if not np.isfinite(half.value):
            said.append(f"Fewer than half of the {half.n:,} tickets are {kind} so far.")
            continue
        scaled = Estimate(half.value / a_unit, half.low / a_unit, half.high / a_unit, half.n)
        text = f"Half of the tickets are {kind} within {until_text(scaled, unit, decimals=HOURS_DECIMALS)}"
        said.append(f"{text}, nine in ten within {_time(most.value)}." if np.isfinite(most.value) else f"{text}.")
    frame = service_waits(client, kind=able[-1])
    n_open = int(frame.loc[frame["end"] != able[-1], "n"].sum())
    said.append(f"{n_open:,} {'is' if n_open == 1 else 'are'} not {able[-1]} yet.")
    again = reopened_share(client)
    if again:
        said.append(f"Of the closed ones {with_evidence(again, 'share')} were opened again.")
    return Reading(" ".join([*said, _groups_text(client)]).strip())


def _groups_text(client: Client) -> str:
    table = service_groups(client)
    tested = table[table["p_adjusted"].notna()]
    if tested.empty:
        return ""
    clear = tested[tested["p_adjusted"] <= SIGNIFICANT].sort_values(["p_adjusted", "p", "group", "measure"])
    if clear.empty:
        return (
            f"No topic, department or segment differs from the others beyond what chance explains ({len(tested)} comparisons, corrected)."
        )
    words = [f"{row.dimension} {row.group} ({_how(row)})" for row in clear.head(4).itertuples()]
    more = f", and {len(clear) - 4} more" if len(clear) > 4 else ""
    return f"Unlike the others after correction: {joined(words)}{more}."


def _how(row: tuple) -> str:
    if row.measure == "reopened":
        return f"{'less' if row.better else 'more'} often opened again"
    return f"{row.measure} {'sooner' if row.better else 'later'}"


@reading_of(SERVICE)
def service_table(client: Client) -> Table | Reading | None:
    """Waits and reopened share by topic, department and segment, with what differs from the others marked."""
    table = service_groups(client)
    if table.empty:
        return Reading("There are no topics, departments or segments of tickets to compare.")
    fewest = client.params.report.minimum_group
    units, rows = _scales(client), []
    for (dimension, group), part in table.groupby(["dimension", "group"], sort=False):
        of = {row.measure: row for row in part.itertuples()}
        n = max(int(row.n) for row in of.values())
        rows.append((group, label(dimension), n if n >= fewest else None, *(_cell(of.get(m), units.get(m)) for m in VERBS)))
    measures = [m for m in VERBS if m in set(table["measure"])]
    frame = pd.DataFrame(rows, columns=["group", "of", "n", *VERBS])[["group", "of", "n", *measures]]
    labels = {
        "group": "Group",
        "of": "",
        "n": "Tickets",
        "answered": "Half answered within",
        "solved": "Half solved within",
        "reopened": "Opened again",
    }
    note = (
        "In brackets the 95% interval; behind it the p value where a group differs from all the others (log-rank test, for shares Newcombe's; corrected "
        "over the whole table, told from 3% on). A dash: too few tickets, or not reached."
    )
    return Table(frame, GROUPS_CAPTION, {"n": "count"}, labels, note)


def _scales(client: Client) -> dict[str, tuple[float, Unit]]:
    """The unit in which each wait is told, the same for all groups."""
    return {kind: _scale(service_curve(client, kind=kind)) for kind in kinds(client)}


def _cell(row: tuple | None, scale: tuple[float, Unit] | None) -> str:
    if row is None or not np.isfinite(row.value):
        return NOT_KNOWN
    a_unit, unit = scale or (1.0, "share")
    low, high = (number(x / a_unit, unit) if np.isfinite(x) else "…" for x in (row.low, row.high))
    mark = f"; {_how(row)}, p {p_cell(row.p_adjusted)}" if row.p_adjusted <= SIGNIFICANT else ""
    return f"{number(row.value / a_unit, unit)} ({low.removesuffix(f' {unit}')} to {high.removesuffix(f' {unit}')}){mark}"


@findings_of(SERVICE)
def service_findings(client: Client) -> list[Finding]:
    """The topics, departments and segments that clearly wait longer, less long, or come back more often."""
    table = service_groups(client)
    clear = (
        table[table["p_adjusted"] <= SIGNIFICANT]
        .sort_values(["p_adjusted", "p", "group", "measure"])
        .drop_duplicates(["dimension", "group"])
    )
    return [_finding(client, row) for row in clear.head(MOST_FINDINGS).itertuples()]


def _finding(client: Client, row: tuple) -> Finding:
    good = bool(row.better)
    value = _cell(row, _scales(client).get(row.measure)).split(" (")[0]
    claim = f"{label(row.dimension)} {row.group}: tickets are {_how(row)} than those of the others"
    claim += f" ({value})." if row.measure == "reopened" or not np.isfinite(row.value) else f" (half within {value})."
    tested = "difference of shares" if row.measure == "reopened" else "log-rank test"
    open_ones = f", {int(row.open):,} of them open and counted as such" if np.isfinite(row.open) and row.open else ""
    return Finding(
        STEP,
        claim,
        f"{tested[:1].upper()}{tested[1:]} {p_words(row.p_adjusted)} after correction over all topics, departments, segments and measures; "
        f"n = {int(row.n):,}{open_ones}.",
        "See what is done here that could be done for others."
        if good
        else "Follow a few of these tickets from hour to hour to see where they lie.",
        GROUPS_CAPTION,
        estimate=Estimate(row.value, row.low, row.high, int(row.n)),
        kind="strength" if good else "problem",
    )
