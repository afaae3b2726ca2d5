"""The page that documents the canonical tables."""

import re

from cvclib.tables import TABLES
from cvclib.templates import tables_page


def test_every_table_and_column_is_on_the_page_once():
    sections = re.split(r"^## ", tables_page(), flags=re.MULTILINE)[1:]
    assert [section.split("\n")[0] for section in sections] == list(TABLES)
    for section, table in zip(sections, TABLES.values(), strict=True):
        names = [name.strip("*") for name in re.findall(r"^\| (\*{0,2}\w+\*{0,2}) \|", section, flags=re.MULTILINE)]
        assert names == ["column", *table.column_names]


def test_rows_of_a_markdown_table_have_as_many_cells_as_their_heading():
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in tables_page().splitlines() if line.startswith("|")]
    assert set(widths) == {4, 5}


def test_references_lead_to_sections_that_are_there():
    assert set(re.findall(r"\(#(\w+)\)", tables_page())) <= set(TABLES)


def test_sets_ranges_and_scales_are_told():
    page = tables_page()
    assert "| stage | category | journey stage it belongs to | awareness, consideration, purchase, ownership, advocacy |" in page
    assert "| 1 to 5 |" in page
    assert "| 0 or more |" in page
    assert "the scale `performance` of the client file" in page
    assert "At least one of customer_id and account_id is needed." in page
