"""Delimited text: encodings, delimiters, headers, and the number of every row."""

import gzip
from pathlib import Path

import pytest

from cvclib.sources.text import read_header, sniff_encoding, told_apart

PRICES = "merk;prijs\nCafé Zürich;1\nNoé;2\n"
BRANDS = {"file": "../data/a.csv", "columns": {"brand": "merk", "price": "prijs"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_common_encoding_is_told_and_read(shop, encoding):
    shop.write("a.csv", PRICES, encoding)
    assert shop.open({"prices": BRANDS}).column("prices", "brand") == ["Café Zürich", "Noé"]


def test_a_stated_encoding_is_taken_at_its_word(shop):
    shop.write("a.csv", PRICES, "cp850")
    assert shop.open({"prices": {**BRANDS, "encoding": "cp850"}}).column("prices", "brand") == ["Café Zürich", "Noé"]


def test_windows_1252_far_down_a_file_is_still_found(shop):
    """The first megabyte is plain ASCII; the one é stands in the last row."""
    text = "merk;prijs\n" + "".join(f"merk{i};1\n" for i in range(100_000)) + "Noé;2\n"
    shop.write("a.csv", text, "cp1252")
    assert shop.open({"prices": BRANDS}).column("prices", "brand")[-1] == "Noé"


def test_cyrillic_is_not_taken_for_western_letters(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(("марка;цена\n" + "Московская мебельная фабрика;10\nКровати и матрасы для всей семьи;20\n" * 20).encode("cp1251"))
    assert sniff_encoding(path) in {"cp1251", "windows-1251"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_rows(shop, delimiter):
    shop.write(
        "a.csv", "merk;prijs\nA en B, zoon;1\nC;2\n".replace(";", delimiter) if delimiter != "," else 'merk,prijs\n"A en B, zoon",1\nC,2\n'
    )
    assert shop.open({"prices": BRANDS}).column("prices", "brand") == ["A en B, zoon", "C"]


def test_a_stated_delimiter_wins(shop):
    shop.write("a.csv", "merk~prijs\nA~1\n")
    assert shop.open({"prices": {**BRANDS, "delimiter": "~"}}).rows("prices", "brand", "price") == [("A", 1.0)]


def test_gzip_is_unpacked_on_the_way(shop):
    shop.write("a.csv.gz", gzip.compress(PRICES.encode("cp1252")))
    assert shop.open({"prices": {**BRANDS, "file": "../data/a.csv.gz"}}).column("prices", "brand") == ["Café Zürich", "Noé"]


def test_line_breaks_within_quotation_marks_belong_to_the_cell(shop):
    shop.write("a.csv", 'merk;prijs\n"Twee\nregels";1\nB;x\n')
    shop.open({"prices": BRANDS})
    assert shop.column("prices", "brand") == ["Twee\nregels"]
    assert shop.rejected["row"].tolist() == [3]  # a spreadsheet shows the first row as row 2, this one as row 3


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(shop, ends):
    shop.write("a.csv", f"merk;prijs{ends}A;1{ends}B;2{ends}")
    assert shop.open({"prices": BRANDS}).column("prices", "brand") == ["A", "B"]


def test_mixed_line_ends_are_read(shop):
    shop.write("a.csv", "merk;prijs\nA;1\r\nB;2\nC;3")
    assert shop.open({"prices": BRANDS}).column("prices", "brand") == ["A", "B", "C"]


def test_blank_rows_count_for_the_row_number_but_are_no_rows(shop):
    shop.write("a.csv", "merk;prijs\nA;1\n\n;\nB;x\n\nC;3\nD\nE;5;6\nF;y\n")
    shop.open({"prices": BRANDS})
    found = dict(zip(shop.rejected["row"], shop.rejected["reason"], strict=True))
    assert sorted(found) == [5, 8, 9, 10]
    assert found[8] == "the row has 1 cells, the header has 2"
    assert found[9] == "the row has 3 cells, the header has 2"
    assert shop.column("prices", "brand") == ["A", "C"]
    assert shop.check("prices.malformed_rows") == (2, "reject")


def test_a_quotation_mark_that_is_never_closed_costs_one_row(shop):
    shop.write("a.csv", 'merk;prijs\nA;1\n"B;2\n' + "".join(f"C{i};3\n" for i in range(50)))
    shop.open({"prices": BRANDS})
    assert len(shop.column("prices", "brand")) == 51
    assert shop.rejected["row"].tolist() == [3]


def test_the_header_may_stand_lower_down(shop):
    shop.write("a.csv", "Prijslijst 2025\n\nmerk;prijs\nA;1\nB;x\n")
    shop.open({"prices": {**BRANDS, "header_row": 3}})
    assert shop.column("prices", "brand") == ["A"]
    assert shop.rejected["row"].tolist() == [5]


def test_a_column_name_may_hold_a_line_break(shop):
    shop.write("a.csv", 'merk;"prijs\nin euro"\nA;1\nB;x\n')
    shop.open({"prices": {**BRANDS, "columns": {"brand": "merk", "price": "prijs in euro"}}})
    assert shop.rows("prices", "brand", "price") == [("A", 1.0)]
    assert shop.rejected["row"].tolist() == [3]


def test_columns_of_the_same_name_are_told_apart(shop):
    shop.write("a.csv", "merk;prijs;prijs\nA;1;9\n")
    assert shop.open({"prices": {**BRANDS, "columns": {"brand": "merk", "price": "prijs (2)"}}}).column("prices", "price") == [9.0]
    assert told_apart(["a", "a", "", "a"]) == ("a", "a (2)", "column 3", "a (3)")


def test_a_delimiter_at_the_end_of_every_row_is_no_fault(shop):
    shop.write("a.csv", "merk;prijs\nA;1;\nB;2;\n")
    assert shop.open({"prices": BRANDS}).column("prices", "price") == [1.0, 2.0]


def test_a_row_longer_than_a_block_is_read(shop):
    shop.write("a.csv", "merk;prijs\nA;1\n" + "x" * 9_000_000 + ";2\nC;3\n")
    assert shop.open({"prices": BRANDS}).column("prices", "price") == [1.0, 2.0, 3.0]


MESSY = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "messy_open_data"


@pytest.mark.skipif(not MESSY.is_dir(), reason="the public files are not here")
@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "column"),
    [
        ("utf-16le_encoded.csv", "utf-16", ",", "Organisation_code"),
        ("AirQualityUCI.csv", "utf-8", ";", "CO(GT)"),
        ("spanish_chars.csv", "cp1252", ",", "Descripción"),
        ("sparse_with_column_errors.csv", "cp1252", ",", "Bezeichnung"),
    ],
)
def test_real_files_are_told_right(name, encoding, delimiter, column):
    found = read_header(MESSY / name)
    assert (found.encoding, found.delimiter) == (encoding, delimiter)
    assert column in found.columns


def test_control_characters_are_shown_for_what_they_are_and_keep_texts_apart(shop):
    """A NUL would end a text where the engine is asked for it."""
    shop.write("a.csv", "merk;prijs\nab\x00c;1\nabc;2\n\x1b[31mred and more;3\n", "utf-8")
    assert shop.open({"prices": BRANDS}).column("prices", "brand") == ["ab\ufffdc", "abc", "\ufffd[31mred and more"]
