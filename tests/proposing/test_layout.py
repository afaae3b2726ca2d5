"""Title lines above, totals below: what is a table and what is not."""

import pytest

from cvclib.proposing.layout import find_header, is_total

NAMES = ["Order", "Date", "Amount"]
ROWS = [["1", "2025-01-02", "10,50"], ["2", "2025-01-03", "12,00"], ["3", "2025-01-04", "9,75"]]


@pytest.mark.parametrize(
    ("above", "header"),
    [
        ([], 1),
        ([["Sales of 2025", "", ""]], 2),
        ([["Sales of 2025"], [], ["made on 2026-01-05", "", ""]], 4),
        ([["", "", ""], ["Sales", "", "2025"]], 3),
    ],
)
def test_the_first_row_as_wide_as_the_table_with_names_only_is_the_header(above, header):
    assert find_header([*above, NAMES, *ROWS]).header_row == header


def test_why_is_told_where_lines_stand_above():
    assert find_header([["Sales"], NAMES, *ROWS]).why == "the 1 line above are narrower than the table"


def test_a_file_that_begins_with_values_has_no_header():
    found = find_header(ROWS)

    assert found.header_row == 0
    assert "holds values" in found.why


def test_years_as_names_beside_words_are_names_still():
    assert (
        find_header([["Region", "Product", "Unit", "Owner", "2025"], ["N", "a", "kg", "x", "3"], ["S", "b", "kg", "y", "4"]]).header_row
        == 1
    )


def test_a_table_of_one_column_has_its_name():
    assert find_header([["email"], ["a@b.nl"], ["c@d.nl"]]).header_row == 1


@pytest.mark.parametrize("word", ["Total", "TOTAAL", "Gesamtsumme", "Suma", "Totais", "Sous-total", "Média"])
def test_a_row_that_begins_with_a_word_for_total_is_no_record(word):
    assert is_total(["", word, "12"])


@pytest.mark.parametrize("word", ["Total Energies", "Totalius", "", "12"])
def test_a_name_that_holds_such_a_word_is_a_record(word):
    assert not is_total([word, "12"])


def test_where_no_row_holds_names_and_the_first_is_empty_there_is_no_header():
    assert find_header([[""], ["1", "2", "3"], ["4", "5", "6"]]).header_row == 0
