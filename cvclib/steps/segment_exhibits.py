"""For whom: each KPI by segment, drawn, tabled and read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cvclib.charts import scorecard as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.kpis import NO_SEGMENT, Kpi, registry
from cvclib.steps.kpi_words import cell_text, estimate_of, unanswered, value_text
from cvclib.steps.performance_findings import SEGMENTS
from cvclib.steps.scorecard import SIGNIFICANT, scorecard, segment_differences, segments
from cvclib.wording import joined, number, p_cell, suffix_of, with_evidence

NEEDS_ANY = ("orders", "survey", "leads", "tickets", "subscriptions")
PREFERRED = ("nps", "csat", "overall", "on_time_share", "repeat_rate")  # for the comparison of segments, in this order
MOST_ACROSS = 5  # columns of segments that an A4 page holds


def segment_figure(client: Client, kpi: str = "") -> Figure | Gap:
    """One KPI by segment, with intervals.

    Parameters
    ----------
    client : Client
    kpi : str
        Name in the registry; by default, or where it cannot be estimated, the first that has an interval.
    """
    question = "Do the segments differ?"
    try:
        name = _kpi_for_segments(client, kpi)
        rows = segments(client, name)
        overall = scorecard(client).loc[name]
    except MissingDataError as error:
        return unanswered(question, error)
    chosen = registry(client)[name]
    figure = charts.by_segment(
        rows.astype({"value": float, "low": float, "high": float, "n": float}),
        axis_label=chosen.label, unit=chosen.unit, show=lambda x: value_text(client, x, chosen.unit), overall=float(overall["value"]), target=float(overall["target"]),
    )  # fmt: skip
    known = rows[rows["value"].notna()]
    alt = f"{chosen.label} by segment: " + "; ".join(
        f"{row.segment} {value_text(client, row.value, chosen.unit)}" for row in known.itertuples()
    )
    differences = [number(x, chosen.unit, currency=client.params.currency, signed=True) for x in rows["difference"]]
    data = Table(
        rows[["segment", "value", "low", "high", "n"]].assign(difference=differences, p_adjusted=rows["p_adjusted"].map(p_cell)),
        caption=f"{chosen.label} by segment, in numbers",
        units={"value": chosen.unit, "low": chosen.unit, "high": chosen.unit, "n": "count", "difference": "text", "p_adjusted": "text"},
        labels={"low": "95% from", "high": "to", "difference": "Less all others", "p_adjusted": "p, corrected"},
        note="A dash: too few to show, or not compared.", currency=client.params.currency,
    )  # fmt: skip
    return Figure(figure, f"{chosen.label} by segment, with 95% intervals", f"{alt}.", data)


def segment_tables(client: Client) -> list[Table] | list[Gap]:
    """All KPIs by segment: a row a KPI, a column a segment, as many tables as keep them readable on paper."""
    try:
        frame = segment_differences(client)
    except MissingDataError as error:
        return [unanswered("How do the segments compare on all KPIs?", error)]
    known = frame[frame["value"].notna() & frame["low"].notna()]
    known = known.assign(text=[_segment_cell(registry(client)[row.kpi], row) for row in known.itertuples()])
    wide = known.pivot(index="kpi", columns="segment", values="text").reindex(
        [name for name in scorecard(client).index if name in set(known["kpi"])]
    )
    order = sorted(wide.columns, key=lambda name: (name == NO_SEGMENT, name))
    hidden = sorted(set(frame["segment"]) - set(order))
    note = (
        "Value and 95% interval. ▲ better and ▼ worse than the other segments after correction over all KPIs and segments "
        f"(Benjamini–Hochberg, 5%). A dash: fewer than {client.params.report.minimum_group}, or not known by segment."
    )
    note += f" Too few throughout, and left out: {joined(hidden)}." if hidden else ""
    headings = [_with_unit(client, name) for name in wide.index]
    blocks = _even_blocks(order, MOST_ACROSS) or [[]]
    return [
        Table(
            pd.DataFrame({"kpi": headings, **{f"segment {i}": wide[name].tolist() for i, name in enumerate(block)}}),
            caption=SEGMENTS if block == blocks[0] else f"{SEGMENTS}: {block[0]} to {block[-1]}",
            labels={"kpi": "KPI", **{f"segment {i}": name for i, name in enumerate(block)}},
            note=note if block == blocks[-1] else "",
        )
        for block in blocks
    ]


def read_segments(client: Client, kpi: str = "") -> Reading:
    """Which segments differ in one KPI, or that none does."""
    try:
        name = _kpi_for_segments(client, kpi)
        rows = segments(client, name)
    except MissingDataError:
        return Reading("Segments cannot be compared with what is supplied.")
    chosen = registry(client)[name]
    tested = rows[rows["p_adjusted"].notna()]
    differing = tested[tested["p_adjusted"] <= SIGNIFICANT]
    if tested.empty:
        return Reading(f"{chosen.label}: there are not two segments large enough to compare.")
    if differing.empty:
        return Reading(f"{chosen.label}: none of the {len(tested)} segments differs from the others beyond what chance explains.")
    said = [
        f"{row.segment} at {with_evidence(estimate_of(row), chosen.unit, currency=client.params.currency)}, "
        f"{number(row.difference, chosen.unit, currency=client.params.currency, signed=True)} against all others"
        for row in differing.itertuples()
    ]
    return Reading(f"{chosen.label} differs between segments: {'; '.join(said)}.")


def _kpi_for_segments(client: Client, wanted: str) -> str:
    able = [name for name in scorecard(client).index if not registry(client)[name].counted]
    if not able:
        raise MissingDataError(NEEDS_ANY)
    return next((name for name in (wanted, *PREFERRED) if name in able), able[0])


def _segment_cell(kpi: Kpi, row: Any) -> str:
    mark = ""
    if pd.notna(row.p_adjusted) and row.p_adjusted <= SIGNIFICANT:
        mark = " ▲" if (row.difference > 0) == (kpi.better == "higher") else " ▼"
    return cell_text(row, kpi.unit, mark)


def _with_unit(client: Client, name: str) -> str:
    kpi = registry(client)[name]
    unit = client.params.currency if kpi.unit == "money" else suffix_of(kpi.unit).strip()
    return f"{kpi.label}, {unit}" if unit else kpi.label


def _even_blocks(names: list[str], most: int) -> list[list[str]]:
    """Names in as few blocks as hold them, each about as long as the others."""
    n_blocks = -(-len(names) // most)
    size = -(-len(names) // n_blocks) if n_blocks else 0
    return [names[i : i + size] for i in range(0, len(names), size)] if size else []
