"""Where the table begins and ends in a file or sheet: title lines above the column names, totals below the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cvclib.spelling import plain_name

MOST_LINES_ABOVE = 30
NAMED_SHARE = 0.8  # of a row's cells that hold text before it is taken for column names
TOTALS = (
    "total", "totals", "grand total", "sum", "subtotal", "average", "totaal", "totalen", "eindtotaal", "som", "gemiddelde", "summe", "gesamt",
    "gesamtsumme", "gesamtergebnis", "endsumme", "mittelwert", "somme", "total general", "sous total", "moyenne", "suma", "totales", "promedio",
    "soma", "totais", "media",
)  # fmt: skip
_NUMBER = re.compile(r"[+-]?[\d.,\s'’]*\d[\d.,\s'’]*%?")


@dataclass(frozen=True)
class Layout:
    """Where the column names stand, and which rows at the end are none.

    Parameters
    ----------
    header_row : int
        Row of the column names, counted from 1; 0 where there are none.
    why : str
        What told, for the reader of the client file; empty where the first row is the obvious one.
    """

    header_row: int
    why: str = ""


def find_header(rows: Sequence[Sequence[str]]) -> Layout:
    """Tell which row holds the column names: the first as wide as the table, all text, each name once.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows, cells as text.

    Returns
    -------
    Layout

    Examples
    --------
    >>> find_header([["Sales 2024"], [], ["Order", "Date", "Amount"], ["1", "2024-01-02", "10"], ["2", "2024-01-03", "12"]]).header_row
    3
    >>> find_header([["1", "2024-01-02", "10"], ["2", "2024-01-03", "12"]]).header_row
    0
    """
    width = _usual_width(rows)
    for i, row in enumerate(rows[:MOST_LINES_ABOVE]):
        cells = [cell.strip() for cell in row]
        filled = [cell for cell in cells if cell]
        if len(filled) < max(1, NAMED_SHARE * width) or len(filled) < 2 <= width:
            continue
        names = [cell for cell in filled if not _NUMBER.fullmatch(cell) and not _is_date(cell)]
        if len(names) < NAMED_SHARE * len(filled):
            return (
                Layout(0, f"the first row as wide as the table (row {i + 1}) holds values, no names")
                if i == 0
                else Layout(0, "no row holds names")
            )
        above = sum(any(cell.strip() for cell in other) for other in rows[:i])
        return Layout(i + 1, f"the {above} line{'s' * (above != 1)} above are narrower than the table" if above else "")
    return Layout(1) if rows and any(cell.strip() for cell in rows[0]) else Layout(0, f"no row of the first {MOST_LINES_ABOVE} holds names")


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row is a sum of others rather than a record: a word for total stands in its first filled cell.

    Examples
    --------
    >>> is_total(["Totaal", "", "1.234,50"]), is_total(["Total Energies", "Paris", "3"])
    (True, False)
    """
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    return bool(filled) and plain_name(filled[0]) in TOTALS


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Filled cells of the fuller half of the rows, the median."""
    counts = sorted(sum(bool(cell.strip()) for cell in row) for row in rows)
    counts = [n for n in counts if n] or [1]
    fuller = counts[len(counts) // 2 :]
    return fuller[len(fuller) // 2]


def _is_date(cell: str) -> bool:
    return re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?", cell) is not None
