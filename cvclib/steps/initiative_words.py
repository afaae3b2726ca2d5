"""What the metrics of initiatives are called, in which unit they stand, and how a change of one is written."""

from __future__ import annotations

import re

import pandas as pd

from cvclib.client import Client
from cvclib.kpis import registry
from cvclib.steps.next_change import UNITS
from cvclib.wording import Unit, label, number

STEP = "continuous_improvement"


def unit_of(client: Client, metric: str | None) -> Unit:
    """Unit of a metric; a plain number where it is no KPI."""
    if metric in UNITS:
        return UNITS[metric]
    kpi = registry(client).get(metric or "")
    return kpi.unit if kpi else "number"


def metric_label(client: Client, metric: str | None) -> str:
    """Name of a metric as a reader knows it; without one it is the rating of an attribute."""
    if kpi := registry(client).get(metric or ""):
        return kpi.label
    return label(metric) if isinstance(metric, str) else "rating"


def higher_is_better(client: Client, metric: str | None) -> bool:
    """Whether a rise of the metric is good."""
    kpi = registry(client).get(metric or "")
    return kpi.better == "higher" if kpi else True


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
