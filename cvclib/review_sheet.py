"""The workbook in which people decide on doubtful pairs: how it is laid out, written, and read back.

Knows cells and decisions; which pairs are in doubt, and what becomes of a decision, is asked elsewhere. The workbook
holds personal data: it is written for its owner only (mode 600), and nothing of it is shown in a message but a decision.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from cvclib.errors import InputError, Problem
from cvclib.private_files import FORMULA_STARTS, write_privately
from cvclib.spelling import nearest

DECISIONS = ("yes", "no", "unsure")
KINDS = {"match": "ERP account and CRM customer", "duplicate": "two CRM records"}
PAIRS, EARLIER, HELP = "Pairs", "Earlier decisions", "How to fill in"
HEADINGS = {
    "decision": "Same customer?", "remark": "Remark", "probability": "Probability", "kind": "What", "left_id": "Record 1",
    "right_id": "Record 2", "why": "Why they may be the same",
}  # fmt: skip
NEEDED = ("decision", "kind", "left_id", "right_id")  # without these columns a sheet cannot be read
WIDTHS = {"decision": 15, "remark": 22, "probability": 11, "kind": 27, "left_id": 13, "right_id": 13, "why": 46}
FIELD_WIDTH = 22
HEADER_ROW = 2  # row of the headings as a spreadsheet counts it; the title stands above
MOST_LETTERS = 32_000  # a spreadsheet's cell holds 32,767
MOST_SHOWN = 24  # letters of a wrong decision quoted in a message
INSTRUCTIONS = (
    ("What this is", "Pairs of records that may be the same person or firm; the program is not sure. Each row is one pair."),
    ("What to do", "Choose yes, no or unsure in the column 'Same customer?'. Leave it empty to decide later. A remark is kept."),
    ("yes", "Both records are the same person or firm: from now on they are counted as one."),
    ("no", "They are two: they are never tied, however alike they look. People of one household are two."),
    ("unsure", "You looked and cannot tell: nothing is tied, and the pair is not asked again at the top."),
    ("Colours", "Orange: the two records differ. Grey: one of them is blank. White: the same, apart from how it is written."),
    ("Earlier decisions", "Your decisions on pairs that are no longer in doubt. They hold; change them there. Nothing is lost by a new export."),
    ("How it is read", "Save this file where it is. The next report takes the decisions in, and so does 'cvc review CLIENT.yaml --read FILE'."),
    ("Keep it safe", "This file holds names and addresses. Do not send it by e-mail; delete copies when you are done."),
)  # fmt: skip


def write_review(path: Path, title: str, pairs: pd.DataFrame, fields: Sequence[str], earlier: pd.DataFrame) -> None:
    """Write the workbook of doubtful pairs, whole or not at all, readable for its owner only.

    Parameters
    ----------
    path : Path
        Where it goes; a file that is there is replaced.
    title : str
        Above the pairs.
    pairs : pandas.DataFrame
        ``kind, left_id, right_id, probability, why, decision, remark`` and, for each field, ``left_<field>``,
        ``right_<field>`` (text) and ``same_<field>`` (whether they say the same).
    fields : sequence of str
        The fields compared, in reading order, as printed.
    earlier : pandas.DataFrame
        ``kind, left_id, right_id, decision, remark, state`` of decided pairs that are not among `pairs`.

    Notes
    -----
    Every cell is written as text, never as a formula; one that begins as a formula does bears the spreadsheet's own
    mark for text, so that it stays text when somebody edits it.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        _Writer(book).write(title, pairs, fields, earlier)
    write_privately(path, buffer.getvalue())


class _Writer:
    """One workbook being written: its formats and its three sheets."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        text = {"num_format": "@", "valign": "top", "text_wrap": True, "border": 1, "border_color": "#d9dee4"}
        looks = {
            "same": text,
            "differs": {**text, "bg_color": "#ffd9b3"},
            "blank": {**text, "bg_color": "#eceff1"},
            "open": {**text, "locked": False, "bg_color": "#fffbe6"},
        }
        self.formats = {name: book.add_format(look) for name, look in looks.items()}
        self.as_text = {name: book.add_format({**look, "quote_prefix": True}) for name, look in looks.items()}
        self.formats["title"] = book.add_format({"bold": True, "font_size": 13})
        self.formats["heading"] = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#e8f1f8", "border": 1})
        self.formats["share"] = book.add_format({**text, "num_format": "0.0%"})

    def write(self, title: str, pairs: pd.DataFrame, fields: Sequence[str], earlier: pd.DataFrame) -> None:
        self._pairs(title, pairs, fields)
        self._earlier(earlier)
        sheet = self.book.add_worksheet(HELP)
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 100)
        for row, (what, meaning) in enumerate(INSTRUCTIONS):
            sheet.write_string(row, 0, what, self.formats["heading"])
            sheet.write_string(row, 1, meaning, self.formats["same"])
        sheet.protect()

    def _pairs(self, title: str, pairs: pd.DataFrame, fields: Sequence[str]) -> None:
        sheet = self.book.add_worksheet(PAIRS)
        sheet.write_string(0, 0, f"{title}: choose yes, no or unsure in the first column; see the sheet '{HELP}'", self.formats["title"])
        columns = list(HEADINGS)
        names = [HEADINGS[c] for c in columns] + [f"{field} {side}" for field in fields for side in (1, 2)]
        widths = [WIDTHS[c] for c in columns] + [FIELD_WIDTH] * (2 * len(fields))
        self._frame(sheet, names, widths, len(pairs), frozen=2)
        for number, pair in enumerate(pairs.to_dict("records"), start=HEADER_ROW):
            for place, column in enumerate(columns):
                if column == "probability":
                    sheet.write_number(number, place, float(pair[column]), self.formats["share"])
                else:
                    self._text(sheet, number, place, self._shown(column, pair[column]), "open" if place < 2 else "same")
            for i, field in enumerate(fields):
                left, right = _plain(pair[f"left_{field}"]), _plain(pair[f"right_{field}"])
                look = "blank" if not left or not right else "same" if pair[f"same_{field}"] else "differs"
                for j, value in enumerate((left, right)):
                    self._text(sheet, number, len(columns) + 2 * i + j, value, look)

    def _earlier(self, earlier: pd.DataFrame) -> None:
        sheet = self.book.add_worksheet(EARLIER)
        sheet.write_string(
            0, 0, "Decisions on pairs that are not in doubt any more; they hold, and can be changed here", self.formats["title"]
        )
        columns = ["decision", "remark", "kind", "left_id", "right_id", "state"]
        self._frame(sheet, [HEADINGS.get(c, "State") for c in columns], [WIDTHS.get(c, 60) for c in columns], len(earlier), frozen=2)
        for number, row in enumerate(earlier.to_dict("records"), start=HEADER_ROW):
            for place, column in enumerate(columns):
                self._text(sheet, number, place, self._shown(column, row[column]), "open" if place < 2 else "same")

    def _frame(self, sheet: xlsxwriter.worksheet.Worksheet, names: list[str], widths: list[int], n: int, frozen: int) -> None:
        """Headings, widths, frozen panes, filter, the drop-down of decisions and the lock on all other cells."""
        for place, (name, width) in enumerate(zip(names, widths, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(HEADER_ROW - 1, place, name, self.formats["heading"])
        sheet.freeze_panes(HEADER_ROW, frozen)
        sheet.autofilter(HEADER_ROW - 1, 0, HEADER_ROW - 1 + max(n, 1), len(names) - 1)
        if n:
            rule = {"validate": "list", "source": list(DECISIONS), "error_title": "Not a decision", "error_message": "yes, no or unsure"}
            sheet.data_validation(HEADER_ROW, 0, HEADER_ROW + n - 1, 0, rule)
        sheet.protect(options={"autofilter": True, "format_columns": True, "format_rows": True, "sort": True})

    @staticmethod
    def _shown(column: str, value: object) -> str:
        return KINDS.get(str(value), str(value)) if column == "kind" else _plain(value)

    def _text(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, place: int, value: str, look: str) -> None:
        formats = self.as_text if value.startswith(FORMULA_STARTS) else self.formats
        if value:
            sheet.write_string(row, place, value[:MOST_LETTERS], formats[look])
        else:
            sheet.write_blank(row, place, None, formats[look])


def read_review(path: Path) -> pd.DataFrame:
    """Read the decisions of a workbook of doubtful pairs.

    Parameters
    ----------
    path : Path

    Returns
    -------
    pandas.DataFrame
        ``kind, left_id, right_id, decision, remark``, one row a pair that is decided or remarked on; `decision` is
        ``"yes"``, ``"no"``, ``"unsure"`` or empty.

    Raises
    ------
    InputError
        If it is no such workbook, a decision is none, a row lacks a record, or a pair is decided in two ways; names
        all that is, with file, sheet, row and column.
    """
    sheets = _sheets(path)
    problems: list[Problem] = []
    found: dict[tuple[str, str, str], tuple[str, str, str]] = {}
    for name, rows in sheets.items():
        for where, key, decision, remark in _decided(f"{path}, sheet '{name}'", rows, problems):
            known = found.get(key)
            if known and known[0] != decision and known[0] and decision:
                fix = f"It is '{known[0]}' in {known[2]}; clear one of the two."
                problems.append(Problem(where, f"'{decision}' for a pair decided before", "one decision a pair", fix))
            elif not known or (decision and not known[0]):
                found[key] = (decision, remark, where.split(", ", 1)[1])
    if problems:
        raise InputError(problems)
    rows = [(*key, decision, remark) for key, (decision, remark, _where) in found.items()]
    return pd.DataFrame(rows, columns=["kind", "left_id", "right_id", "decision", "remark"], dtype="str")


def _sheets(path: Path) -> dict[str, list[list[object]]]:
    expected = "a workbook that 'cvc review' wrote"
    if not path.is_file():
        raise InputError([Problem(str(path), "no such file", expected, "Run 'cvc review CLIENT.yaml' to write it.")])
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names if name != HELP}
    except (CalamineError, OSError) as error:
        raise InputError(
            [Problem(str(path), f"a file that cannot be opened ({type(error).__name__})", expected, "Save it as xlsx.")]
        ) from None
    if PAIRS not in sheets:
        raise InputError([Problem(str(path), f"no sheet '{PAIRS}'", expected, f"The sheets are: {', '.join(sheets) or 'none'}.")])
    return {name: rows for name, rows in sheets.items() if name in (PAIRS, EARLIER)}


def _decided(where: str, rows: list[list[object]], problems: list[Problem]) -> Iterator[tuple[str, tuple[str, str, str], str, str]]:
    """Each row that says something: its place, its pair, its decision and its remark."""
    headings = [_plain(cell) for cell in rows[HEADER_ROW - 1]] if len(rows) >= HEADER_ROW else []
    place = {column: headings.index(heading) for column, heading in HEADINGS.items() if heading in headings}
    if absent := [HEADINGS[column] for column in NEEDED if column not in place]:
        said = ", ".join(f"'{name}'" for name in absent)
        fix = "Do not change the headings; export again, and copy your decisions over."
        problems.append(Problem(f"{where}, row {HEADER_ROW}", f"no column {said}", "the columns as they were written", fix))
        return
    kinds = {meaning.casefold(): kind for kind, meaning in KINDS.items()}
    for number, cells in enumerate(rows[HEADER_ROW:], start=HEADER_ROW + 1):
        said = {column: _plain(cells[i]) if i < len(cells) else "" for column, i in place.items()}
        decision, remark = said["decision"].casefold(), said.get("remark", "")
        if not decision and not remark:
            continue
        at = f"{where}, row {number}"
        if decision and decision not in DECISIONS:
            near = nearest(decision, DECISIONS)
            quoted = said["decision"][:MOST_SHOWN] + ("…" if len(said["decision"]) > MOST_SHOWN else "")
            fix = f"Did you mean '{near}'?" if near else "Choose one from the list, or clear the cell."
            problems.append(Problem(f"{at}, column '{HEADINGS['decision']}'", f"'{quoted}'", "yes, no, unsure or nothing", fix))
            continue
        kind = kinds.get(said["kind"].casefold())
        lacking = [HEADINGS[c] for c, known in (("kind", kind), ("left_id", said["left_id"]), ("right_id", said["right_id"])) if not known]
        if lacking:
            fix = "Export again, and copy the decision over."
            problems.append(
                Problem(f"{at}, column '{lacking[0]}'", "no record" if "Record" in lacking[0] else "no kind of pair", "as written", fix)
            )
            continue
        left, right = said["left_id"], said["right_id"]
        if kind == "duplicate":  # a pair of the same table has no order
            left, right = sorted((left, right))
        yield at, (kind, left, right), decision, remark


def _plain(cell: object) -> str:
    """A cell as text; a whole number without its decimal point, as when a program took a number for one."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
