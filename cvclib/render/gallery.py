"""The KPIs of many clients as small multiples: a column a KPI on one scale, a row a client, each with its interval.

Takes them from the files of findings that lie beside the reports, so it shows what the reports show and no more.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cvclib.findings_file import SCHEMA
from cvclib.wording import number, suffix_of

MOST_KPIS = 5  # columns that a page holds
NOT_COMPARED = {"money"}  # clients may count in different currencies
WIDTH, MARGIN = 96.0, 6.0  # of a drawing, in pixels
UNREADABLE = (OSError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class Mark:
    """One client's KPI, drawn.

    Parameters
    ----------
    text : str
        Value, interval and n, for whom the drawing says nothing.
    value : str
        The value, printed.
    status : str
        Against its target.
    at, low, high, target : float or None
        Pixels from the left; None where there is nothing to draw.
    """

    text: str
    value: str
    status: str
    at: float
    low: float | None
    high: float | None
    target: float | None


@dataclass(frozen=True)
class Column:
    """A KPI that many clients have: its title, and the ends of its scale."""

    name: str
    label: str
    low: str
    high: str


def small_multiples(files: Mapping[str, Path]) -> tuple[list[Column], dict[str, list[Mark | None]]]:
    """The KPIs that most clients have, each on one scale for all.

    Parameters
    ----------
    files : mapping of str to Path
        File of findings of each client, by any key; one that is not there or cannot be read is passed over.

    Returns
    -------
    (list of Column, dict of str to list)
        The columns, at most `MOST_KPIS`; and by key one mark for each, None where a client lacks it.
    """
    found = {key: kpis for key, path in files.items() if (kpis := _kpis(path))}
    names = _commonest(found.values())
    scales = {name: _scale([kpis[name] for kpis in found.values() if name in kpis]) for name in names}
    columns = [_column(name, next(kpis[name] for kpis in found.values() if name in kpis), *scales[name]) for name in names]
    return columns, {key: [_mark(kpis.get(name), *scales[name]) for name in names] for key, kpis in found.items()}


def _kpis(path: Path) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["schema"] != SCHEMA:
            return {}
        return {one["name"]: one for one in content["kpis"] if one["unit"] not in NOT_COMPARED and math.isfinite(one["estimate"]["value"])}
    except UNREADABLE:
        return {}


def _commonest(clients: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of the KPIs that most clients have, in the order in which reports name them."""
    order: dict[str, None] = {}
    counts: Counter[str] = Counter()
    for kpis in clients:
        order |= dict.fromkeys(kpis)
        counts.update(list(kpis))
        aimed = [name for name, one in kpis.items() if one["target"] is not None]
        counts.update(aimed)  # somebody cares how these do
    best = sorted(order, key=lambda name: -counts[name])[:MOST_KPIS]
    return [name for name in order if name in best]


def _ends(one: Mapping[str, Any]) -> list[float]:
    estimate = one["estimate"]
    values = [estimate["value"], estimate["low"], estimate["high"], one["target"]]
    return [float(value) for value in values if value is not None and math.isfinite(value)]


def _scale(kpis: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    values = [value for one in kpis for value in _ends(one)]
    return min(values), max(values)


def _column(name: str, one: Mapping[str, Any], low: float, high: float) -> Column:
    unit = suffix_of(one["unit"]).strip()
    ends = (number(end, one["unit"]).removesuffix(f" {unit}") for end in (low, high))
    return Column(name, one["label"] if unit in ("", "%") else f"{one['label']}, {unit}", *ends)


def _mark(one: Mapping[str, Any] | None, low: float, high: float) -> Mark | None:
    if one is None:
        return None
    estimate, unit = one["estimate"], one["unit"]
    value, (low_end, high_end) = number(estimate["value"], unit), (estimate["low"], estimate["high"])
    ends = "" if low_end is None or high_end is None else f" ({number(low_end, unit)} to {number(high_end, unit)})"
    text = f"{one['label']}: {value}{ends}, n = {int(estimate['n']):,}"
    return Mark(text, value, one["status"], *(_pixels(x, low, high) for x in (estimate["value"], low_end, high_end, one["target"])))


def _pixels(value: float | None, low: float, high: float) -> float | None:
    """Place of a value on a scale; the middle where all clients have the same."""
    if value is None or not math.isfinite(value):
        return None
    share = (value - low) / (high - low) if high > low else 0.5
    return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)
