"""How numbers read on paper: one place for rounding, units, signs and intervals."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Literal

from babel.dates import format_date

from cvclib.language import decimal, locale, mark, say
from cvclib.methods.estimate import Estimate

Unit = Literal["share", "points", "score", "days", "hours", "minutes", "money", "count", "index", "number", "months", "text"]

DECIMALS: dict[str, int] = {
    "share": 1,
    "points": 1,
    "score": 2,
    "days": 1,
    "hours": 1,
    "minutes": 1,
    "money": 0,
    "count": 0,
    "index": 2,
    "number": 2,
    "months": 1,
}
UNIT_WORDS = {
    "points": mark("points"),
    "days": mark("days"),
    "hours": mark("hours"),
    "minutes": mark("minutes"),
    "months": mark("months"),
}
NOT_KNOWN = "–"
# The four survey questions, as they stand in a sentence.
METRIC_NAMES = {
    "nps": mark("willingness to recommend (NPS)"),
    "csat": mark("satisfaction (CSAT)"),
    "ces": mark("ease (CES)"),
    "overall": mark("overall satisfaction"),
}


def number(value: float | None, unit: Unit = "number", *, currency: str = "", signed: bool = False, decimals: int | None = None) -> str:
    """A number as a reader wants it: rounded, with thousands marks and its unit.

    Parameters
    ----------
    value : float or None
        In the unit's own scale; a share runs from 0 to 1 and is printed in per cent.
    unit : Unit
    currency : str
        ISO code printed before money.
    signed : bool
        Whether a plus stands before a positive number, as in a change.
    decimals : int or None
        Other than the unit's usual number of decimals.

    Returns
    -------
    str
        A dash where the value is missing.

    Examples
    --------
    >>> number(0.3142, "share"), number(1234.5, "money", currency="EUR"), number(-2.25, "points", signed=True)
    ('31.4%', 'EUR 1,234', '−2.2 points')
    """
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    scaled = value * 100 if unit == "share" else value
    places = DECIMALS.get(unit, 2) if decimals is None else decimals
    if unit == "money" and decimals is None and 0 < abs(value) < 100:
        places = 2
    digits = f"{abs(scaled):,.{places}f}"
    negative = scaled < 0 and any(d in digits for d in "123456789")
    sign = "−" if negative else "+" if signed and scaled > 0 else ""
    suffix = " " + say("percentage points") if signed and unit == "share" else suffix_of(unit)
    return f"{currency + ' ' if unit == 'money' and currency else ''}{sign}{decimal(digits)}{suffix}"


def suffix_of(unit: Unit) -> str:
    """What stands behind a number of a unit, with the space before it; empty where nothing does.

    Examples
    --------
    >>> suffix_of("share"), suffix_of("days"), suffix_of("count")
    ('%', ' days', '')
    """
    return "%" if unit == "share" else f" {say(UNIT_WORDS[unit])}" if unit in UNIT_WORDS else ""


def interval(estimate: Estimate, unit: Unit = "number", *, currency: str = "", signed: bool = False) -> str:
    """The 95% interval of an estimate in words.

    Examples
    --------
    >>> interval(Estimate(0.31, 0.2553, 0.3662, 263), "share")
    '25.5% to 36.6%'
    >>> interval(Estimate(11.8, 8.3, 15.4, 1747), "points")
    '8.3 to 15.4 points'
    """
    low, high = (number(end, unit, currency=currency, signed=signed) for end in (estimate.low, estimate.high))
    words = re.search(r"(?<=\d) [^\W\d_][^\d]*$", high)  # a unit in words is said once, at the end
    return say("{low} to {high}", low=low.removesuffix(words[0]) if words else low, high=high)


def with_evidence(estimate: Estimate, unit: Unit = "number", *, currency: str = "") -> str:
    """Value, interval and n, as it stands in a sentence.

    Examples
    --------
    >>> with_evidence(Estimate(0.31, 0.2553, 0.3662, 263), "share")
    '31.0% (95% interval 25.5% to 36.6%, n = 263)'
    """
    value = number(estimate.value, unit, currency=currency)
    ends = interval(estimate, unit, currency=currency)
    return say("{value} (95% interval {interval}, n = {n:,})", value=value, interval=ends, n=estimate.n)


def p_words(p: float) -> str:
    """A p value as it stands in a sentence.

    Examples
    --------
    >>> p_words(0.0421), p_words(3e-7)
    ('p = 0.042', 'p < 0.001')
    """
    return f"p < {decimal('0.001')}" if p < 0.001 else f"p = {decimal(f'{p:.3f}')}"


def p_cell(p: float | None) -> str:
    """A p value as it stands in a table, below a heading that says what it is.

    Examples
    --------
    >>> p_cell(0.0421), p_cell(3e-7), p_cell(float("nan"))
    ('0.042', '< 0.001', '–')
    """
    return NOT_KNOWN if p is None or not math.isfinite(p) else decimal("< 0.001" if p < 0.001 else f"{p:.3f}")


def joined(items: list[str], last: str = "and") -> str:
    """A list as prose.

    Examples
    --------
    >>> joined(["price", "delivery", "advice"])
    'price, delivery and advice'
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {say(last)} {items[-1]}" if items else ""


def day(when: date) -> str:
    """A day in words, in the language in use.

    Examples
    --------
    >>> from datetime import date
    >>> day(date(2025, 12, 31))
    '31 December 2025'
    """
    return format_date(when, "d MMMM yyyy", locale=locale())


def label(name: str) -> str:
    """A name from the data or the code as a heading: underscores out, first letter up.

    Examples
    --------
    >>> label("outbound_logistics"), label("CSAT")
    ('Outbound logistics', 'CSAT')
    """
    words = name.replace("_", " ").strip()
    return say(words[:1].upper() + words[1:])


def slug(text: str) -> str:
    """A text as a file name or an id: lower case letters, digits and hyphens.

    Examples
    --------
    >>> slug("Nordic Beds & Co.")
    'nordic-beds-co'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
