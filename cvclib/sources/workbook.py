"""Workbooks (xlsx, xlsm, xls, ods): their sheets, and the cells of a sheet as text with the rows as the program counts them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineSheet, CalamineWorkbook

from cvclib.sources.text import told_apart

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
LARGEST_EXACT = 2**53  # above it a spreadsheet's number is no longer exact
_DECIMAL_COMMA = re.compile(r"[+-]?[\d.\s]*\d,\d+\s*")
Cell = str | int | float | bool | datetime | date | time | timedelta


@dataclass(frozen=True)
class Sheet:
    """A sheet: its column names, and the cells below them as columns of text."""

    name: str
    columns: tuple[str, ...]
    numbers: frozenset[str]
    table: pa.Table


def sheet_names(path: Path) -> list[str]:
    """Names of a workbook's sheets, in order.

    Raises
    ------
    Exception
        Of calamine, if the file is no workbook.
    """
    with CalamineWorkbook.from_path(path) as workbook:
        return list(workbook.sheet_names)


def sheet_rows(path: Path, name: str, most: int = 60) -> list[list[str]]:
    """The first rows of a sheet, cells as text.

    Parameters
    ----------
    path : Path
    name : str
    most : int
        Rows.
    """
    with CalamineWorkbook.from_path(path) as workbook:
        return [[_text(cell) for cell in row] for row in _rows(workbook.get_sheet_by_name(name), most)]


def read_sheet(path: Path, name: str, header_row: int = 1) -> Sheet:
    """Read a sheet.

    Parameters
    ----------
    path : Path
    name : str
    header_row : int
        Row that holds the column names, counted from 1.

    Returns
    -------
    Sheet
        Whole numbers come without a decimal point, dates as ISO dates, times as ISO times of a day, empty cells as
        empty text; cells merged over several rows hold their value in each of them; ``_row`` counts as the spreadsheet does. `numbers` names the columns whose filled cells all are
        numbers.

    Raises
    ------
    ValueError
        If there are no column names in that row.
    """
    with CalamineWorkbook.from_path(path) as workbook:
        rows = _rows(workbook.get_sheet_by_name(name))
    header = [_text(cell) for cell in rows[header_row - 1]] if len(rows) >= header_row else []
    while header and not header[-1]:
        header.pop()
    if not header:
        raise ValueError(f"no column names in row {header_row}")
    body = [row[: len(header)] for row in rows[header_row:]]
    columns = told_apart(header)
    cells = list(zip(*body, strict=True)) if body else [()] * len(columns)
    arrays = [pa.array(_as_text(column), pa.string()) for column in cells]
    first = header_row + 1
    table = pa.Table.from_arrays(
        [pa.array(range(first, first + len(body)), pa.int64()), *arrays], names=["_row", *(f"c{i}" for i in range(len(columns)))]
    )
    numbers = {column for column, values in zip(columns, cells, strict=True) if _all_numbers(values)}
    return Sheet(name, columns, frozenset(numbers), table)


def _rows(sheet: CalamineSheet, most: int | None = None) -> list[list[Cell]]:
    """The rows of a sheet; what is merged over several of them stands in each, so that every row is whole.

    What is merged over several columns stays in the first: it is a title, or the name of a group of columns.
    """
    rows = sheet.to_python(skip_empty_area=False, nrows=most)
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for i in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[i]) and rows[i][left] == "":
                rows[i][left] = rows[top][left]
    return rows


def _all_numbers(values: Sequence[Cell]) -> bool:
    return {type(value) for value in values if value != ""} <= {int, float}


def _as_text(values: Sequence[Cell]) -> list[str]:
    """Cells of a column as text; numbers take a decimal comma where the column's texts have one."""
    texts = [_text(value) for value in values]
    kinds = {type(value) for value in values}
    if str in kinds and float in kinds and any(type(v) is str and _DECIMAL_COMMA.fullmatch(v) for v in values):
        return [t.replace(".", ",") if type(v) is float else t for t, v in zip(texts, values, strict=True)]
    return texts


def _text(value: Cell) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < LARGEST_EXACT else repr(value)
    if isinstance(value, datetime):
        value = value if value.microsecond == 0 else _to_the_second(value)
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _to_the_second(moment: datetime) -> datetime:
    """A spreadsheet keeps a time as a fraction of a day; what is left of a second is an error of rounding."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
