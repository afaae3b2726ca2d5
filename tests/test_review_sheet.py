"""The workbook of doubtful pairs: what is written can be read back, and what is wrong in it is told by row and column."""

import stat
import sys
import zipfile

import pandas as pd
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from cvclib.errors import InputError
from cvclib.review_sheet import EARLIER, HEADINGS, HELP, PAIRS, read_review, write_review

FIELDS = ["Name", "E-mail"]
NONE_EARLIER = pd.DataFrame(columns=["kind", "left_id", "right_id", "decision", "remark", "state"])


def pair(left="A-1", right="007", decision="", remark="", kind="match", **cells):
    made = {"left_Name": "Ann Bakker", "right_Name": "A. Bakker", "same_Name": False}
    made |= {"left_E-mail": "", "right_E-mail": "a@x.nl", "same_E-mail": False}
    return (
        {"kind": kind, "left_id": left, "right_id": right, "probability": 0.62, "why": "alike", "decision": decision, "remark": remark}
        | made
        | cells
    )


def written(path, *pairs, earlier=NONE_EARLIER):
    write_review(path, "A client", pd.DataFrame(pairs), FIELDS, earlier)
    return path


def by_hand(path, rows, headings=None, sheet=PAIRS):
    """A workbook as a person might hand it back."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        page.write_row(1, 0, headings or list(HEADINGS.values()))
        for number, row in enumerate(rows, start=2):
            page.write_row(number, 0, row)
    return path


def told(path):
    with pytest.raises(InputError) as error:
        read_review(path)
    return str(error.value)


ROW = ["yes", "", 0.6, "ERP account and CRM customer", "A-1", "007", ""]


def test_a_decision_and_a_remark_come_back_as_they_were_given(tmp_path):
    path = written(tmp_path / "r.xlsx", pair(decision="yes", remark="called them"), pair(left="A-2"))
    assert read_review(path).to_dict("records") == [
        {"kind": "match", "left_id": "A-1", "right_id": "007", "decision": "yes", "remark": "called them"}
    ]


def test_earlier_decisions_are_read_too(tmp_path):
    earlier = pd.DataFrame(
        [{"kind": "duplicate", "left_id": "8", "right_id": "9", "decision": "no", "remark": "", "state": "not in doubt"}]
    )
    found = read_review(written(tmp_path / "r.xlsx", pair(), earlier=earlier))
    assert found[["kind", "left_id", "right_id", "decision"]].to_numpy().tolist() == [["duplicate", "8", "9", "no"]]


def test_nothing_decided_reads_as_nothing(tmp_path):
    assert read_review(written(tmp_path / "r.xlsx", pair())).empty


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_file_is_for_its_owner_only(tmp_path):
    assert stat.S_IMODE(written(tmp_path / "r.xlsx", pair()).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_becomes_a_formula(tmp_path, text):
    path = written(tmp_path / "r.xlsx", pair(left_Name=text, remark=text, left=text))
    with zipfile.ZipFile(path) as parts:
        sheets = b"".join(parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name)
        styles = parts.read("xl/styles.xml")
    assert b"<f>" not in sheets
    assert b'quotePrefix="1"' in styles
    cells = CalamineWorkbook.from_path(path).get_sheet_by_name(PAIRS).to_python()[2]
    assert text.strip() in [str(cell).strip() for cell in cells]


def test_the_sheet_has_a_drop_down_frozen_panes_and_only_two_columns_to_write_in(tmp_path):
    with zipfile.ZipFile(written(tmp_path / "r.xlsx", pair())) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert '<dataValidation type="list"' in sheet
    assert '"yes,no,unsure"' in sheet
    assert 'state="frozen"' in sheet
    assert "<sheetProtection" in sheet
    assert CalamineWorkbook.from_path(tmp_path / "r.xlsx").sheet_names == [PAIRS, EARLIER, HELP]


def test_what_differs_what_is_blank_and_what_is_the_same_look_different(tmp_path):
    with zipfile.ZipFile(written(tmp_path / "r.xlsx", pair(same_Name=True), pair())) as parts:
        styles = parts.read("xl/styles.xml").decode()
    assert "FFFFD9B3" in styles
    assert "FFECEFF1" in styles


def test_numbers_that_a_program_made_of_record_numbers_are_understood(tmp_path):
    path = by_hand(tmp_path / "r.xlsx", [[*ROW[:4], 1001, 7.0, ""]])
    assert read_review(path)[["left_id", "right_id"]].to_numpy().tolist() == [["1001", "7"]]


def test_capitals_and_spaces_do_not_matter(tmp_path):
    assert read_review(by_hand(tmp_path / "r.xlsx", [[" YES ", *ROW[1:]]]))["decision"].tolist() == ["yes"]


def test_every_wrong_decision_is_told_with_its_row_and_column(tmp_path):
    path = by_hand(tmp_path / "r.xlsx", [["yess", *ROW[1:]], ROW, ["maybe later", *ROW[1:]]])
    assert told(path).splitlines() == [
        f"{path}, sheet 'Pairs', row 3, column 'Same customer?': found 'yess'; expected yes, no, unsure or nothing. Did you mean 'yes'?",
        f"{path}, sheet 'Pairs', row 5, column 'Same customer?': found 'maybe later'; expected yes, no, unsure or nothing. "
        "Choose one from the list, or clear the cell.",
    ]


def test_a_pair_decided_in_two_ways_is_told(tmp_path):
    path = by_hand(tmp_path / "r.xlsx", [ROW, ["no", *ROW[1:]]])
    assert "row 4: found 'no' for a pair decided before; expected one decision a pair. It is 'yes' in sheet 'Pairs', row 3" in told(path)


def test_two_crm_records_are_one_pair_in_either_order(tmp_path):
    rows = [["yes", "", 0.6, "two CRM records", "9", "8", ""], ["yes", "", 0.6, "two CRM records", "8", "9", ""]]
    assert read_review(by_hand(tmp_path / "r.xlsx", rows))[["left_id", "right_id"]].to_numpy().tolist() == [["8", "9"]]


def test_a_row_without_its_record_is_told(tmp_path):
    assert "row 3, column 'Record 2': found no record" in told(by_hand(tmp_path / "r.xlsx", [[*ROW[:5], "", ""]]))


def test_a_row_without_its_kind_is_told(tmp_path):
    assert "column 'What': found no kind of pair" in told(by_hand(tmp_path / "r.xlsx", [[*ROW[:3], "friends", *ROW[4:]]]))


def test_changed_headings_are_told(tmp_path):
    path = by_hand(tmp_path / "r.xlsx", [ROW], headings=["Same?", *list(HEADINGS.values())[1:]])
    assert "row 2: found no column 'Same customer?'; expected the columns as they were written" in told(path)


def test_another_workbook_is_told_by_its_sheets(tmp_path):
    assert "found no sheet 'Pairs'" in told(by_hand(tmp_path / "r.xlsx", [ROW], sheet="Sheet1"))


def test_a_file_that_is_missing_or_no_workbook_is_told(tmp_path):
    assert "found no such file" in told(tmp_path / "none.xlsx")
    (tmp_path / "text.xlsx").write_text("yes")
    assert "found a file that cannot be opened" in told(tmp_path / "text.xlsx")
