"""`cvc init`: from a folder of exports to a client file that can be checked and rendered."""

import re

import pytest
import xlsxwriter
from click.testing import CliRunner

from cvclib.cli.group import cli
from cvclib.params import load_client_file

ORDERS = [
    f"{i:05d};K{i % 40:04d};{i % 28 + 1:02d}.{i % 12 + 1:02d}.2025;{1000 + i},{i % 100:02d};{'?' if i % 9 == 0 else 'ja'}"
    for i in range(1, 301)
]
CUSTOMERS = [f"K{i:04d}\tAn\tJansen{i}\ta{i}@voorbeeld.nl\t{i % 28 + 1}-{i % 12 + 1}-2024\tDelft" for i in range(40)]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with what a client sent: titles above, a sum below, three encodings, three delimiters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    lines = ["Müller GmbH", "Auszug aller Aufträge", "Stand 05.01.2026", "Auftragsnummer;Kundennummer;Bestelldatum;Nettobetrag;Express"]
    (tmp_path / "data" / "auftraege.csv").write_text("\n".join([*lines, *ORDERS, "Gesamt;;;312.345,00;", ""]), encoding="cp1252")
    header = "Klantnr\tVoornaam\tAchternaam\tE-mail\tKlant sinds\tWoonplaats"
    (tmp_path / "data" / "klanten.csv").write_text("\n".join([header, *CUSTOMERS, ""]), encoding="utf-16")
    return tmp_path


def run(*arguments, **settings):
    return CliRunner().invoke(cli, ["init", *map(str, arguments)], **settings)


def test_a_client_file_is_written_and_checked(here):
    done = run("mueller", "data")

    assert done.exit_code == 0, done.output
    params = load_client_file(here / "params" / "mueller.yaml")
    assert set(params.tables) == {"customers", "orders"}
    orders = params.tables["orders"]
    assert (orders.encoding, orders.delimiter, orders.decimal, orders.date_format, orders.header_row) == (
        "windows-1252",
        ";",
        ",",
        "%d.%m.%Y",
        4,
    )
    assert re.search(r"orders +301 +1 +0 +300", done.output)
    assert "Next: look through params/mueller.yaml" in done.output


def test_what_is_not_used_stands_as_a_comment(here):
    run("mueller", "data")

    assert "# not used: Express" in (here / "params" / "mueller.yaml").read_text()


def test_run_again_on_newer_files_it_touches_no_line_and_puts_in_what_is_new(here):
    run("mueller", "data")
    place = here / "params" / "mueller.yaml"
    edited = place.read_text().replace("currency: EUR", "currency: CHF").replace("      city: Woonplaats", "      # the town is of no use")
    place.write_text(edited)
    (here / "data" / "nps.csv").write_text(
        "respondent,Date,How likely are you to recommend us?\n" + "".join(f"{i},2025-06-{i % 28 + 1:02d},{i % 11}\n" for i in range(100))
    )
    done = run("mueller", "data")

    assert done.exit_code == 0, done.output
    assert "Put in: survey." in done.output
    now = place.read_text()
    assert [line for line in edited.splitlines() if line not in now.splitlines()] == []
    assert load_client_file(place).tables["survey"].unpivot.columns == {"How likely are you to recommend us?": "nps"}


def test_columns_that_went_are_told(here):
    run("mueller", "data")
    place = here / "data" / "auftraege.csv"
    place.write_bytes(place.read_bytes().replace(b"Nettobetrag", b"Betrag neu"))
    done = run("mueller", "data")

    assert "auftraege.csv has no column 'Nettobetrag' any more, which is mapped to orders." in done.output
    assert "auftraege.csv has columns that the client file does not mention: Betrag neu." in done.output


def test_where_nothing_is_sure_the_doubts_are_written_down_with_status_2(here):
    (here / "other").mkdir()
    (here / "other" / "weather.csv").write_text("station,temperature\nx,1.5\ny,2.5\n")
    done = run("weather", "other")

    assert done.exit_code == 2
    assert "take the comment signs off what is right, or decide with --ask" in done.output
    written = (here / "params" / "weather.yaml").read_text()
    assert "# weather.csv (2 rows): nothing was made of it; no canonical table has these columns: station, temperature" in written


def test_a_folder_without_data_is_told_with_status_2(here):
    (here / "empty").mkdir()
    done = run("nobody", "empty")

    assert done.exit_code == 2
    assert "no file of data" in done.output


def test_asked_a_person_decides_on_what_is_in_doubt(here):
    (here / "data" / "klanten.csv").unlink()
    (here / "data" / "auftraege.csv").unlink()
    rows = "".join(f"c{i},Town {i % 3},1{i:03d}\n" for i in range(30))
    (here / "data" / "customers.csv").write_text("Customer No,Delivery city,Part of post code\n" + rows)
    left = run("firm", "data").output
    assert "# city: Delivery city" in (here / "params" / "firm.yaml").read_text(), left
    (here / "params" / "firm.yaml").unlink()
    done = run("firm", "data", "--ask", input="1\n0\n")

    assert done.exit_code == 0, done.output
    text = (here / "params" / "firm.yaml").read_text()
    assert "      postcode: Part of post code" in text
    assert "city" not in text.replace("Delivery city", "")


@pytest.fixture
def doubtful(here):
    for place in (here / "data").iterdir():
        place.unlink()
    rows = "".join(f"c{i},Town {i % 3},1{i:03d}\n" for i in range(30))
    (here / "data" / "customers.csv").write_text("Customer No,Delivery city,Part of post code\n" + rows)
    return here / "params" / "firm.yaml"


def test_what_a_person_decided_bears_that_as_its_reason(doubtful):
    run("firm", "data", "--ask", input="1\n1\n")

    assert "city: Delivery city  # decided by hand" in doubtful.read_text()


def test_stopped_in_the_middle_the_answers_given_are_kept_and_that_is_said(doubtful):
    """The first column is answered; at the second the input ends, as it does with Ctrl-C."""
    done = run("firm", "data", "--ask", input="1\n")

    assert done.exit_code == 130
    assert "your answers up to here stand in params/firm.yaml" in done.output
    text = doubtful.read_text()
    assert text.count("decided by hand") == 1
    assert len(re.findall(r"^ +# (city|postcode): ", text, re.MULTILINE)) == 1


def test_a_further_file_that_is_no_table_is_told_and_the_client_file_stays(here):
    run("mueller", "data")
    before = (here / "params" / "mueller.yaml").read_text()
    (here / "data" / "weather.csv").write_text("station,temperature\nx,1.5\ny,2.5\n")
    done = run("mueller", "data")

    assert "weather.csv: nothing was made of it" in done.output
    assert (here / "params" / "mueller.yaml").read_text() == before


def test_a_comment_that_was_changed_stays_as_it_is(here):
    run("mueller", "data")
    place = here / "params" / "mueller.yaml"
    edited = place.read_text().replace("# not used: Express", "# Express: asked the client on Monday, no answer yet")
    place.write_text(edited)
    run("mueller", "data")

    assert place.read_text() == edited


def test_a_workbook_with_merged_cells_and_two_rows_of_names_is_read(here):
    book = xlsxwriter.Workbook(str(here / "data" / "orders.xlsx"))
    sheet = book.add_worksheet("Orders")
    sheet.merge_range("A1:D1", "All orders")
    sheet.merge_range("A2:A3", "Order No")
    sheet.merge_range("B2:B3", "Customer No")
    sheet.merge_range("C2:D2", "First quarter")
    sheet.write_row(2, 2, ["Order date", "Net amount"])
    for i in range(40):
        sheet.write_row(3 + i, 0, [f"O{i}", f"C{i % 7}", f"2025-03-{i % 28 + 1:02d}", 10 + i])
    book.close()
    done = run("merged", "data/orders.xlsx")

    assert done.exit_code == 0, done.output
    orders = load_client_file(here / "params" / "merged.yaml").tables["orders"]
    assert (orders.header_row, orders.sheet) == (3, "Orders")
    assert orders.columns["order_id"] == "Order No"
    assert orders.columns["revenue"] == "Net amount"


def test_asked_a_person_says_which_way_dates_are_to_be_read(here):
    rows = "".join(f"A{i},K{i % 7},{i % 12 + 1:02d}/{i % 11 + 1:02d}/2025,{i}.50\n" for i in range(60))
    (here / "data" / "orders.csv").write_text("Order No,Customer No,Order date,Net amount\n" + rows)
    done = run("firm", "data/orders.csv", "--ask", input="y\n1\n2\n")

    assert done.exit_code == 0, done.output
    assert "1 day/month/year" in done.output
    assert "2 month/day/year" in done.output
    text = (here / "params" / "firm.yaml").read_text()
    assert '      ordered_at: {from: "Order date", format: "%m/%d/%Y"}  # decided by hand' in text
