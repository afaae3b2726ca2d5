"""The scorecard's numbers as the reader sees them: values, intervals, changes, each unit said once."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.findings import Gap
from cvclib.kpis import registry
from cvclib.language import say
from cvclib.methods.estimate import Estimate
from cvclib.wording import Unit, number, suffix_of

STEP = "performance_evaluation"


def unanswered(question: str, error: MissingDataError) -> Gap:
    """The gap where an exhibit would stand."""
    return Gap(STEP, question, error.needs, "It would answer this question for the period and for each segment.")


def estimate_of(row: Any) -> Estimate:
    """The estimate of a row of the scorecard, or of the segments."""
    return Estimate(float(row.value), float(row.low), float(row.high), int(row.n))


def value_text(client: Client, value: float, unit: Unit) -> str:
    """A KPI's value; a dash where it is missing."""
    return number(None if pd.isna(value) else float(value), unit, currency=client.params.currency)


def interval_text(client: Client, row: Any) -> str:
    """The interval of a row of the scorecard, or why it has none."""
    if pd.isna(row.value):
        return f"fewer than {client.params.report.minimum_group}"
    if pd.isna(row.low):
        if not registry(client)[row.Index].counted:
            return "–"
        return "a sum, no interval" if row.unit == "money" else "a count, no interval"
    if pd.isna(row.high):
        return f"{number(float(row.low), row.unit, currency=client.params.currency)} or more"
    return _span(*_ends(client, row, row.unit), row.unit, client)


def change_text(client: Client, row: Any) -> str:
    """The change of a row of the scorecard, with its interval where it has one."""
    if pd.isna(row.change):
        return "–"
    currency = client.params.currency
    value = number(row.change, row.unit, currency=currency, signed=True)
    if pd.isna(row.change_low):
        return value
    decimals = None if row.unit != "money" else 2 if abs(row.change) < 100 else 0
    ends = (number(float(x), row.unit, signed=True, decimals=decimals) for x in (row.change_low, row.change_high))
    return f"{value} ({' to '.join(bare(end, row.unit) for end in ends)})"


def cell_text(row: Any, unit: Unit, mark: str = "") -> str:
    """Value and interval without the unit, for a table that says the unit once a row."""
    decimals = None if unit != "money" else 2 if abs(row.value) < 100 else 0
    value, low, high = (bare(number(float(x), unit, decimals=decimals), unit) for x in (row.value, row.low, row.high))
    return f"{value}{mark} ({low} to {high})"


def bare(printed: str, unit: Unit) -> str:
    """A printed number without its unit.

    Examples
    --------
    >>> bare("+4.1 percentage points", "share"), bare("12.0 days", "days")
    ('+4.1', '12.0')
    """
    return printed.removesuffix(" " + say("percentage points")).removesuffix(suffix_of(unit))


def _ends(client: Client, row: Any, unit: Unit) -> tuple[str, str]:
    """Both ends printed with as many decimals as the value."""
    decimals = None if unit != "money" else 2 if abs(row.value) < 100 else 0
    low, high = (number(float(x), unit, currency=client.params.currency, decimals=decimals) for x in (row.low, row.high))
    return low, high


def _span(low: str, high: str, unit: Unit, client: Client) -> str:
    """Two printed ends, the unit said once."""
    return f"{bare(low, unit)} to {high.removeprefix(client.params.currency + ' ') if unit == 'money' else high}"
