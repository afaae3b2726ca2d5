"""The workbook of a report's tables: all of them, as numbers, and nothing that a spreadsheet would run."""

from datetime import date
from zipfile import ZipFile

import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing
from nbformat import v4
from python_calamine import CalamineWorkbook

from cvclib.exhibits import Figure, Table
from cvclib.render.tables_book import tables_of, write_tables

HOSTILE = ["=1+1", "+A1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.example")', "http://x.example", "a\x00b", "x" * 40_000]


def notebook_with(*exhibits):
    outputs = [v4.new_output("display_data", data=exhibit._repr_mimebundle_()) for exhibit in exhibits]
    return v4.new_notebook(cells=[v4.new_code_cell("show()", outputs=outputs)])


def table(caption="Shares by segment", note="How to read it."):
    frame = pd.DataFrame({"segment": ["Home", "Work"], "share": [0.3141592653589793, None], "revenue": [1234.5, -2.0]})
    return Table(frame, caption, {"share": "share", "revenue": "money"}, {"revenue": "Revenue"}, note, "EUR")


@pytest.fixture
def book(tmp_path):
    def write(*exhibits, title="1 Process mapping"):
        path = tmp_path / "tables.xlsx"
        write_tables(path, "Acme", tables_of([notebook_with(*exhibits)], [title]), date(2025, 12, 31))
        return path

    return write


def rows(path, sheet):
    return CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def test_numbers_are_numbers_unrounded_and_blanks_stay_blank(book):
    path = book(table())
    found = rows(path, "1.01 Shares by segment")
    assert found[0][0] == "Shares by segment"
    assert found[3] == ["Segment", "Share", "Revenue (EUR)"]
    assert found[4] == ["Home", 0.3141592654, 1234.5]
    assert found[5] == ["Work", "", -2.0]
    assert found[7][0] == "How to read it."


def test_the_first_sheet_lists_all_tables_and_leads_to_them(book):
    drawing = Drawing()
    drawing.subplots().plot([1, 2])
    path = book(table(), Figure(drawing, "A figure", "alt", table("Numbers of the figure")), table())
    assert CalamineWorkbook.from_path(path).sheet_names == ["Contents", "1.01 Shares by segment", "1.02 Numbers of the figure"]
    assert [row[2] for row in rows(path, "Contents")[3:]] == ["Shares by segment", "Numbers of the figure"]
    assert b'location="&#39;1.02 Numbers of the figure&#39;!A1"' in ZipFile(path).read("xl/worksheets/sheet1.xml").replace(b"'", b"&#39;")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_from_data_is_never_a_formula_or_a_link(book, text):
    frame = pd.DataFrame({"segment": [text], "n": [1]})
    path = book(Table(frame, text[:60] or "x", {"n": "count"}, {"segment": text}, text))
    archive = ZipFile(path)
    sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    assert "<f>" not in sheet
    assert "http" not in "".join(
        archive.read(name).decode() for name in archive.namelist() if name.endswith(".rels") and "worksheets" in name
    )
    shown = str(rows(path, CalamineWorkbook.from_path(path).sheet_names[1])[4][0])
    assert shown.replace("_x000D_", "\r") == text.replace("\x00", "\N{REPLACEMENT CHARACTER}")[:32_767]


def test_captions_that_begin_alike_get_sheets_of_their_own(book):
    path = book(*(table(f"A caption that is far too long for the name of a sheet, number {i}") for i in range(3)))
    assert len(CalamineWorkbook.from_path(path).sheet_names) == 4


def test_the_same_tables_give_the_same_bytes(book):
    assert book(table()).read_bytes() == book(table()).read_bytes()
