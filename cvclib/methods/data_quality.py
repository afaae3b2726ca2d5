"""Data quality as shares: what of a table is filled, valid, unique and consistent, and how recent it is.

Counts in, estimates out; how the counts come about is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

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


def silence_p_value(days: Sequence[date], end: date) -> float:
    """How likely records fall silent this long before the end by chance, judged by the gaps between them.

    Parameters
    ----------
    days : sequence of date
        Different days on which there are records, in order.
    end : date
        Last day of the period.

    Returns
    -------
    float
        ``(1 + number of gaps at least as long) / (1 + number of gaps)``; 1 where the last record lies on the
        last day or later. Few days cannot give a small value, so that nothing is concluded from them.

    Notes
    -----
    A rank test: were the silence one gap among the others, each rank would be as likely. So records that come
    on working days only, or once a month, are judged by their own rhythm.

    Examples
    --------
    >>> from datetime import date, timedelta
    >>> daily = [date(2025, 1, 1) + timedelta(days=i) for i in range(300)]
    >>> silence_p_value(daily, date(2025, 12, 31)) < 0.01, silence_p_value(daily, date(2025, 10, 27))
    (True, 1.0)
    """
    silent = (end - days[-1]).days
    if silent <= 0:
        return 1.0
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return (1 + sum(gap >= silent for gap in gaps)) / (1 + len(gaps))
