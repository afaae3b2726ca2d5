"""The tables behind a report as one workbook: a sheet of contents, and a sheet for each table and each figure's numbers.

Reads the exhibits that travelled in the executed notebooks, so it holds what the report shows and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter
from nbformat import NotebookNode
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from cvclib.exhibits import EXHIBIT_MIME
from cvclib.language import say
from cvclib.private_files import FORMULA_STARTS
from cvclib.wording import suffix_of

OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
LONGEST_CELL = 32_767  # what a spreadsheet's cell holds
LONGEST_NAME = 31  # what the name of a sheet holds
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
NOT_IN_A_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML cannot hold
NUMBER_FORMATS = {"share": "0.0%", "money": "#,##0.00", "count": "#,##0"}
WIDEST, NARROWEST = 60, 10
HEAD_ROW = 3  # below the caption, a link back and an empty row


@dataclass(frozen=True)
class Shown:
    """A table of a report, and where it stands there.

    Parameters
    ----------
    chapter : str
        Number and title.
    kind : str
        What it is in the report: a table, or the numbers of a figure or a map.
    table : mapping
        As `cvclib.exhibits.Table.to_json` gives it.
    """

    chapter: str
    kind: str
    table: Mapping[str, Any]


def tables_of(notebooks: Sequence[NotebookNode], titles: Sequence[str]) -> list[Shown]:
    """The tables of executed notebooks in reading order, each caption of a chapter once.

    Parameters
    ----------
    notebooks : sequence of NotebookNode
    titles : sequence of str
        Number and title of each one's chapter.
    """
    found: dict[tuple[str, str], Shown] = {}
    for notebook, title in zip(notebooks, titles, strict=True):
        for about in _exhibits(notebook):
            found.setdefault((title, about["table"]["caption"]), Shown(title, about["kind"], about["table"]))
    return list(found.values())


def _exhibits(notebook: NotebookNode) -> Iterator[Mapping[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            about = output.get("data", {}).get(EXHIBIT_MIME, {})
            if about.get("table"):
                yield about


def write_tables(path: Path, title: str, tables: Sequence[Shown], made_on: date) -> None:
    """Write the workbook.

    Parameters
    ----------
    path : Path
    title : str
        Above the contents.
    tables : sequence of Shown
    made_on : date
        Day that the file's properties bear: the same tables give the same bytes.

    Notes
    -----
    Text is written as text, never as a formula or a link; one that begins as a formula does bears the spreadsheet's
    own mark for text, so that it stays text when somebody edits the cell. Numbers are unrounded.
    """
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        book.set_properties({"title": title, "created": datetime.combine(made_on, time())})
        writer = _Writer(book)
        names = _sheet_names(tables)
        writer.contents(title, tables, names)
        for shown, name in zip(tables, names, strict=True):
            writer.table(book.add_worksheet(name), shown)


def _sheet_names(tables: Sequence[Shown]) -> list[str]:
    """Number of the chapter, of the table in it, and as much of the caption as a sheet's name holds: all different by their numbers."""
    counts: dict[str, int] = {}
    names = []
    for shown in tables:
        counts[shown.chapter] = counts.get(shown.chapter, 0) + 1
        number = f"{shown.chapter.split(' ', 1)[0]}.{counts[shown.chapter]:02d}"
        names.append(f"{number} {NOT_IN_A_NAME.sub(' ', shown.table['caption'])}"[:LONGEST_NAME].strip())
    return names


class _Writer:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._contents = say("Contents")
        self._bold = book.add_format({"bold": True, "font_size": 13})
        self._head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        self._text = book.add_format({"valign": "top"})
        self._guarded = book.add_format({"valign": "top", "quote_prefix": True})
        self._note = book.add_format({"italic": True, "valign": "top"})
        self._link = book.add_format({"font_color": "#0b5cad", "underline": 1})
        self._numbers: dict[str, Format] = {}

    def contents(self, title: str, tables: Sequence[Shown], names: Sequence[str]) -> None:
        sheet = self._book.add_worksheet(self._contents[:LONGEST_NAME])
        self._say(sheet, 0, 0, title, self._bold)
        for place, heading in enumerate((say("Sheet"), say("Chapter"), say("Table"))):
            sheet.write_string(2, place, heading, self._head)
        for row, (shown, name) in enumerate(zip(tables, names, strict=True), start=3):
            sheet.write_url(row, 0, f"internal:'{name}'!A1", self._link, string=name)
            self._say(sheet, row, 1, shown.chapter)
            self._say(sheet, row, 2, shown.table["caption"])
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 28)
        sheet.set_column(2, 2, 80)
        sheet.freeze_panes(3, 0)

    def table(self, sheet: Worksheet, shown: Shown) -> None:
        table = shown.table
        self._say(sheet, 0, 0, table["caption"], self._bold)
        sheet.write_url(1, 0, f"internal:'{self._contents[:LONGEST_NAME]}'!A1", self._link, string=self._contents)
        for place, column in enumerate(table["columns"]):
            unit = (
                table["currency"] if column["unit"] == "money" else "" if column["unit"] == "share" else suffix_of(column["unit"]).strip()
            )
            self._say(sheet, HEAD_ROW, place, f"{column['label']} ({unit})" if unit else column["label"], self._head)
            lengths = [len(str(row[place])) for row in table["rows"] if isinstance(row[place], str)]
            sheet.set_column(place, place, min(max([NARROWEST, len(column["label"]) // 2, *lengths]), WIDEST))
            for row, cells in enumerate(table["rows"], start=HEAD_ROW + 1):
                self._cell(sheet, row, place, cells[place], column["unit"])
        if table["note"]:
            self._say(sheet, HEAD_ROW + len(table["rows"]) + 2, 0, table["note"], self._note)
        sheet.freeze_panes(HEAD_ROW + 1, 1)
        if table["rows"]:
            sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + len(table["rows"]), len(table["columns"]) - 1)

    def _cell(self, sheet: Worksheet, row: int, place: int, value: float | str | None, unit: str) -> None:
        if isinstance(value, str):
            self._say(sheet, row, place, value)
        elif value is not None:
            sheet.write_number(row, place, value, self._number(unit))

    def _number(self, unit: str) -> Format:
        if unit not in self._numbers:
            self._numbers[unit] = self._book.add_format({"valign": "top", "num_format": NUMBER_FORMATS.get(unit, "General")})
        return self._numbers[unit]

    def _say(self, sheet: Worksheet, row: int, place: int, text: str, look: Format | None = None) -> None:
        text = NOT_IN_A_CELL.sub("\N{REPLACEMENT CHARACTER}", text)[:LONGEST_CELL]
        sheet.write_string(row, place, text, self._guarded if text.startswith(FORMULA_STARTS) else look or self._text)
