"""What a check found, in words: the same in the terminal and on the page."""

from __future__ import annotations

from typing import Any

from cvclib.wording import NOT_KNOWN


def covers(row: dict[str, Any]) -> str:
    """What time a table covers, from a row of `ClientCheck.periods`.

    Examples
    --------
    >>> covers({"column": "at", "first": "2024-01-02", "last": "2025-12-30", "n_in_period": 1200, "n_in_previous_period": 0})
    '2024-01-02 to 2025-12-30 (at): 1,200 rows in the period, none in the one before'
    """
    inside, before = (f"{row[n]:,}" if row[n] else "none" for n in ("n_in_period", "n_in_previous_period"))
    inside = f"{inside} row{'s' * (row['n_in_period'] != 1)}" if row["n_in_period"] else "no row"
    return f"{row['first']} to {row['last']} ({row['column']}): {inside} in the period, {before} in the one before"


def repeated(check: dict[str, Any]) -> str:
    """Whether a table's key comes again, from its row of `ClientCheck.checks`.

    Examples
    --------
    >>> repeated({"n": 0, "meaning": "rows of orders whose order_id an earlier row has too", "policy": "reject"})
    'no row repeats one'
    >>> repeated({"n": 1, "meaning": "rows of orders whose order_id an earlier row has too", "policy": "reject"})
    '1 row repeats one'
    """
    if not check["n"]:
        return "no row repeats one"
    return f"{check['n']:,} rows repeat one" if check["n"] > 1 else "1 row repeats one"


def faults(row: dict[str, Any]) -> list[str]:
    """What a column lacks, from a row of `ClientCheck.columns`; nothing where it is filled, valid, and leads where it should.

    Examples
    --------
    >>> row = {"n_rows": 4, "n_filled": 3, "share_filled": 0.75, "n_invalid": 1, "share_valid": 0.75, "n_not_found": 0, "references": None}
    >>> faults(row)
    ['75.0% filled', '75.0% valid (1 not)']
    """
    if not row["n_filled"]:
        return ["empty"]
    told = [] if row["n_filled"] == row["n_rows"] else [f"{share(row['share_filled'])} filled"]
    told += [f"{share(row['share_valid'])} valid ({row['n_invalid']:,} not)"] if row["n_invalid"] else []
    return told + ([f"{row['n_not_found']:,} not in {row['references']}"] if row["n_not_found"] else [])


def share(value: float | None) -> str:
    """A share as text: what is not all is never said to be 100%, what is not none never 0%; a dash where there is none.

    Examples
    --------
    >>> share(1.0), share(0.9999), share(0.25), share(0.00001), share(0.0), share(None)
    ('100%', '99.9%', '25.0%', '0.1%', '0%', '–')
    """
    if value is None:
        return NOT_KNOWN
    if value in (0.0, 1.0):
        return f"{value:.0%}"
    return f"{min(max(value * 100, 0.1), 99.9):.1f}%"
