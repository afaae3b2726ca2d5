"""Data quality as shares: what of a table is filled, valid, unique and consistent, and how recent it is.

Counts in, estimates out; how the counts come about is asked elsewhere.
"""

from __future__ import annotations

import math
from datetime import date

from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import share


def completeness(filled: int, n_rows: int) -> Estimate:
    """Share of rows in which a column is filled, with Wilson's interval.

    Examples
    --------
    >>> round(completeness(90, 100).value, 2)
    0.9
    """
    return share(min(filled, n_rows), n_rows)


def validity(filled: int, failed: int) -> Estimate:
    """Share of the cells handed in that could be read as what they should be.

    Parameters
    ----------
    filled : int
        Cells that hold a valid value.
    failed : int
        Cells that held something else, and were blanked or had their row rejected.

    Returns
    -------
    Estimate
        ``filled / (filled + failed)``, with Wilson's interval; NaN where nothing was handed in.

    Examples
    --------
    >>> round(validity(990, 10).value, 3)
    0.99
    """
    return share(filled, filled + failed)


def faultless(n_faults: int, n_checked: int) -> Estimate:
    """Share of rows without a fault, such as a key used twice or a reference to nothing.

    Examples
    --------
    >>> round(faultless(3, 100).value, 2)
    0.97
    """
    return share(max(n_checked - n_faults, 0), n_checked)


def silence_p_value(first: date, last: date, n_records: int, end: date) -> float:
    """How likely records that come at an even pace fall silent this long before the end by chance.

    Parameters
    ----------
    first, last : date
        Days of the first and the last record.
    n_records : int
        Number of records.
    end : date
        Last day of the period.

    Returns
    -------
    float
        ``exp(-silent days / mean gap)``; 1 where the last record lies on the last day or later, NaN for fewer
        than two records or records of one day only.

    Notes
    -----
    Records that come independently at a constant rate leave exponential gaps.

    Examples
    --------
    >>> from datetime import date
    >>> silence_p_value(date(2025, 1, 1), date(2025, 12, 1), 335, date(2025, 12, 31)) < 0.001
    True
    """
    silent = (end - last).days
    if silent <= 0:
        return 1.0
    if n_records < 2 or last <= first:
        return math.nan
    mean_gap = (last - first).days / (n_records - 1)
    return math.exp(-silent / mean_gap)
