"""Files with a column a question: which columns are the four survey questions, and which rate attributes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from cvclib.proposing.profiling import ColumnProfile, PartProfile
from cvclib.spelling import plain_name

FEWEST_ATTRIBUTES = 3  # columns of one scale before they are taken for attributes rated
# Beginnings of words in English, Dutch, German, French, Spanish and Portuguese.
ASKS = {
    "nps": r"nps|recommend|likelihood to recommend|aanbevel|aanrad|weiterempf|empfehl|recommand|recomend",
    "ces": r"ces|effort|easy|ease|moeite|gemak|makkelijk|aufwand|einfach|leicht|facile|facilite|esfuerzo|facil|esforco",
    "csat": r"csat|satisf|tevreden|zufrieden|satisfait|satisfech|satisfeit",
    "overall": r"overall|grade|cijfer|rapportcijfer|gesamt|note globale|nota global|general|all in all|review|rating|stars|score|bewertung|beoordeling|avis|resena|avaliac",
}
IMPORTANT = r"import|belang|wichtig|bedeut"
_SPLIT = re.compile(r"^(?P<stem>.+?)(?:\s*[:?]\s+-?\s*|\s+-\s+|\s*\[)(?P<item>[^\]]+?)\]?$")


@dataclass(frozen=True)
class Unpivoting:
    """Columns of a file that are questions, each of which becomes a row.

    Parameters
    ----------
    columns : dict of str to str
        The file's column, and what it is called in the rows.
    name_to, value_to : str
        Canonical columns that take the name and the value.
    why : str
    """

    columns: dict[str, str]
    name_to: str
    value_to: str
    why: str


def questions_of(part: PartProfile) -> tuple[dict[str, str], list[Unpivoting]]:
    """Columns that ask one of the four survey questions, and groups of columns that rate attributes.

    Parameters
    ----------
    part : PartProfile

    Returns
    -------
    (dict of str to str, list of Unpivoting)
        Column to metric; and each group of three columns or more that share a scale and the beginning of their names.
    """
    answers = [column for column in part.columns if _is_answer(column)]
    by_stem: dict[tuple[str, tuple[int, int]], list[tuple[str, str]]] = defaultdict(list)
    metrics: dict[str, str] = {}
    for column in answers:
        split = _SPLIT.match(column.name)
        if split:
            by_stem[split["stem"], _scale(column)].append((column.name, split["item"].strip()))
    grouped = {name for items in by_stem.values() if len(items) >= FEWEST_ATTRIBUTES for name, _ in items}
    for column in answers:
        if column.name in grouped:
            continue
        for metric, words in ASKS.items():
            if metric not in metrics.values() and re.search(rf"\b(?:{words})", plain_name(column.name)):
                metrics[column.name] = metric
                break
    groups = [
        Unpivoting(dict(items), "attribute", _value_to(stem), f"{len(items)} columns that begin with {stem!r}")
        for (stem, _), items in by_stem.items()
        if len(items) >= FEWEST_ATTRIBUTES
    ]
    return metrics, groups


def _value_to(stem: str) -> str:
    return "importance" if re.search(rf"\b(?:{IMPORTANT})", plain_name(stem)) else "performance"


def _is_answer(column: ColumnProfile) -> bool:
    """Whether a column holds answers on a scale: whole numbers, few of them, from 0 or 1 upwards to 11 at most."""
    return column.whole > 0.95 and 2 <= column.n_distinct <= 13 and (column.low or 0) >= 0 and (column.high or 0) <= 11


def _scale(column: ColumnProfile) -> tuple[int, int]:
    high = int(column.high or 0)
    return (1, 5) if high <= 5 else (1, 7) if high <= 7 else (0, 10)
