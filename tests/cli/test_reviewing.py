"""`cvc review` and `cvc view`: what is written, what is said, and the exit status of a bad workbook."""

import json

import pytest
import xlsxwriter

from cvclib.review_sheet import HEADINGS, PAIRS, read_review

CLIENT = """\
client: A client
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  customers: {file: ../data/crm.csv, columns: {customer_id: No, name: Name, email: Mail, postcode: Zip, birth_date: Born}}
"""


@pytest.fixture
def client_file(here, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(here / "cache"))
    rows = [f"{i},Person {'abcdefgh'[i % 8] * 3}{i},p{i}@x.nl,{1000 + i} AA,19{50 + i}-01-{1 + i % 28:02d}" for i in range(30)]
    (here / "data" / "crm.csv").write_text("No,Name,Mail,Zip,Born\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (here / "params" / "b.yaml").write_text(CLIENT, encoding="utf-8")
    return "params/b.yaml"


def filled_in(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(PAIRS)
        page.write_row(1, 0, list(HEADINGS.values()))
        for number, row in enumerate(rows, start=2):
            page.write_row(number, 0, row)
    return path


def test_the_workbook_is_written_beside_the_data_and_said_to_be_private(cvc, client_file, here):
    result = cvc("review", client_file)
    assert result.exit_code == 0
    assert "data/review/b.xlsx" in result.stdout
    assert "personal data" in result.stdout
    assert (here / "data" / "review" / "b.xlsx").is_file()


def test_a_workbook_that_came_back_is_taken_in(cvc, client_file, here):
    back = filled_in(here / "back.xlsx", ["no", "twins", 0.5, "two CRM records", "2", "1"])
    result = cvc("review", client_file, "--read", "back.xlsx", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["n_decided"] == 1
    kept = read_review(here / "data" / "review" / "b.xlsx")
    assert kept[["left_id", "right_id", "decision", "remark"]].to_numpy().tolist() == [["1", "2", "no", "twins"]]
    assert back.is_file()


def test_a_bad_cell_is_told_with_its_place_and_exits_with_two(cvc, client_file, here):
    filled_in(here / "back.xlsx", ["perhaps", "", 0.5, "two CRM records", "2", "1"])
    result = cvc("review", client_file, "--read", "back.xlsx")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "back.xlsx, sheet 'Pairs', row 3, column 'Same customer?': found 'perhaps'; expected yes, no, unsure or nothing."
    )
    assert not (here / "data" / "review").exists()


def test_a_bad_cell_in_the_clients_own_workbook_exits_with_two(cvc, client_file, here):
    filled_in(here / "data" / "review" / "b.xlsx", ["ja!", "", 0.5, "two CRM records", "2", "1"])
    result = cvc("review", client_file)
    assert result.exit_code == 2
    assert "found 'ja!'" in result.stderr


def test_a_workbook_that_is_not_there_exits_with_two(cvc, client_file):
    result = cvc("review", client_file, "--read", "none.xlsx")
    assert (result.exit_code, "found no such file" in result.stderr) == (2, True)


def test_a_client_without_customers_exits_with_two(cvc, here):
    result = cvc("review", "params/a.yaml")
    assert (result.exit_code, "supplies no customers" in result.stderr) == (2, True)


def test_the_view_is_written_with_its_trace(cvc, client_file, here):
    result = cvc("view", client_file, "--out", "data/view.csv")
    assert result.exit_code == 0
    assert "30 persons or firms from 30 records" in result.stdout
    assert (here / "data" / "view-trace.csv").is_file()
    assert json.loads(cvc("view", client_file, "--out", "data/view.csv", "--json").stdout)["n_kept"] == 30


def test_a_view_of_another_ending_exits_with_two(cvc, client_file):
    result = cvc("view", client_file, "--out", "view.xlsx")
    assert (result.exit_code, "found the ending '.xlsx'" in result.stderr) == (2, True)
