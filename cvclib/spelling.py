"""The nearest of the names that would have been right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

NEAR_ENOUGH = 62  # of 100; below it a suggestion misleads more often than it helps
MOST_NAMES_LISTED = 24


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name most like the one given, or None where none comes near.

    Examples
    --------
    >>> nearest("curency", ["client", "currency", "period"]), nearest("x", ["client"])
    ('currency', None)
    """
    found = process.extractOne(name, list(valid), scorer=fuzz.ratio, processor=_bare, score_cutoff=NEAR_ENOUGH)
    return found[0] if found else None


def plain_name(name: str) -> str:
    """A name without capitals, accents and signs, its words apart: two that differ in these only are the same.

    Examples
    --------
    >>> plain_name("customerID"), plain_name("Wert (€)"), plain_name("order_purchase-Timestamp"), plain_name("Fecha de Envío")
    ('customer id', 'wert', 'order purchase timestamp', 'fecha de envio')
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    bare = unicodedata.normalize("NFKD", apart.replace("ß", "ss").replace("ø", "o")).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z]+|[0-9]+", bare.lower()))


def did_you_mean(name: str, valid: Iterable[str], called: str = "They are") -> str:
    """What to do about a wrong name, as a sentence: the nearest right one, else all of them.

    Parameters
    ----------
    name : str
        What was found.
    valid : iterable of str
        What would have been right.
    called : str
        How the list of all begins where no name comes near.

    Examples
    --------
    >>> did_you_mean("curency", ["client", "currency"])
    "Did you mean 'currency'?"
    >>> did_you_mean("x", ["client", "currency"])
    'They are: client, currency.'
    """
    valid = list(valid)
    if near := nearest(name, valid):
        return f"Did you mean {near!r}?"
    more = f" and {len(valid) - MOST_NAMES_LISTED} more" if len(valid) > MOST_NAMES_LISTED else ""
    return f"{called}: {', '.join(valid[:MOST_NAMES_LISTED])}{more}." if valid else ""


def _bare(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ").strip()
