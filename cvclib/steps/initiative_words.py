"""What the metrics of initiatives are called, in which unit they stand, and how a change of one is written."""

from __future__ import annotations

import re

import pandas as pd

from cvclib.kpis import KPIS
from cvclib.steps.next_change import UNITS
from cvclib.wording import Unit, label, number

STEP = "continuous_improvement"


def unit_of(metric: str | None) -> Unit:
    """Unit of a metric; a plain number where it is no KPI."""
    if metric in UNITS:
        return UNITS[metric]
    return KPIS[metric].unit if metric in KPIS else "number"


def metric_label(metric: str | None) -> str:
    """Name of a metric as a reader knows it; without one it is the rating of an attribute."""
    if metric in KPIS:
        return KPIS[metric].label
    return label(metric) if isinstance(metric, str) else "rating"


def higher_is_better(metric: str | None) -> bool:
    """Whether a rise of the metric is good."""
    return KPIS[metric].better == "higher" if metric in KPIS else True


def size(change: float, unit: Unit) -> str:
    """A change without its sign."""
    return number(change, unit, signed=True).lstrip("+−")


def short(change: float, unit: Unit) -> str:
    """A change in a narrow column: its sign and digits, the unit left to the note."""
    return re.sub(r" [a-z ]+$", "", number(change, unit, signed=True))


def status_words(status: object, start: pd.Timestamp) -> str | None:
    """Where an initiative stands, and since or from when."""
    words = [label(status)] if isinstance(status, str) else []
    return ", ".join([*words, start.date().isoformat()] if pd.notna(start) else words) or None
