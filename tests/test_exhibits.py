"""Exhibits: escaped, accessible, and the same bytes each time."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from great_tables import GT

from cvclib.charts.style import new_figure
from cvclib.exhibits import Figure, Reading, Table

EVIL = "<script>alert('x')</script>&"


def table(**settings):
    frame = pd.DataFrame({"segment": ["young", EVIL], "share": [0.314, None], "n": [35, 2]})
    return Table(frame, caption="Promoters by segment", units={"share": "share", "n": "count"}, **settings)


def figure(caption="Orders by month", title=""):
    drawing, axes = new_figure(3, 2)
    axes.bar(["a", "b"], [1, 2])
    axes.set_title(title)
    return Figure(drawing, caption=caption, alt="b is twice a")


def test_numbers_are_formatted_and_blanks_become_a_dash():
    assert table().text().to_dict("list") == {"segment": ["young", EVIL], "share": ["31.4%", "–"], "n": ["35", "2"]}


@pytest.mark.parametrize("place", ["cell", "caption", "note", "label"])
def test_nothing_from_data_becomes_markup(place):
    frame = pd.DataFrame({"segment": [EVIL], "n": [1]})
    exhibit = Table(
        frame,
        caption=EVIL if place == "caption" else "A",
        note=EVIL if place == "note" else "",
        labels={"segment": EVIL, "n": EVIL} if place == "label" else {},
    )
    page = BeautifulSoup(exhibit.to_html(), "html.parser")
    assert not page.find("script")
    assert EVIL in page.get_text()


def test_the_first_column_heads_its_row_and_numbers_stand_right():
    page = BeautifulSoup(table().to_html(), "html.parser")
    assert [th.get_text() for th in page.select("tbody th[scope=row]")] == ["young", EVIL]
    assert {"gt_right"} <= set(page.select("tbody td")[0]["class"])


def test_a_table_is_the_same_bytes_each_time():
    assert table().to_html() == table().to_html()


def test_a_figure_is_the_same_bytes_each_time():
    assert figure().to_svg() == figure().to_svg()
    assert "<metadata" not in figure().to_svg()


def test_a_figure_that_was_styled_after_it_was_shown_shows_the_change():
    shown = figure()
    assert "Our own title" not in shown.to_html()
    axes = shown.figure.axes[0]
    axes.set_title("Our own title")
    assert "Our own title" in shown.to_html()
    assert "Our own title" in shown._repr_mimebundle_()["text/html"]


def test_ids_of_two_figures_on_one_page_do_not_meet():
    page = BeautifulSoup(figure("One").to_html() + figure("Two").to_html(), "html.parser")
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_references_inside_a_figure_still_point_at_something():
    svg = figure().to_svg()
    page = BeautifulSoup(svg, "html.parser")
    ids = {tag["id"] for tag in page.find_all(id=True)}
    targets = {tag["href"][1:] for tag in page.find_all(href=True)}
    assert targets
    assert targets <= ids


def test_a_figure_has_its_alternative_text_and_caption():
    page = BeautifulSoup(figure().to_html(), "html.parser")
    assert page.svg["role"] == "img"
    assert page.svg["aria-label"] == "b is twice a"
    assert page.figcaption.get_text() == "Orders by month"


def test_a_label_in_a_figure_is_escaped():
    page = BeautifulSoup(figure(title=EVIL.replace("$", "")).to_html(), "html.parser")
    assert not page.find("script")


def test_a_reading_is_escaped():
    assert "<script>" not in Reading(EVIL)._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("stub", ["Segment", ""])
def test_rows_are_written_as_great_tables_writes_them(stub):
    """Great Tables takes most of its time over cells; ours must be the same but for that."""
    frame = pd.DataFrame({"segment": ["<b>", "Home"], "n": [3, None], "said": ['a "b" & c', "d"], "day": ["2025-03-01", "2025-03-02"]})
    table = Table(frame, "Answers", {"n": "count"}, {"segment": stub})
    cells = table.text()
    whole = GT(cells, id=table.name, rowname_col="segment").cols_label({"n": "N", "said": "Said", "day": "Day"})
    whole = whole.cols_align("right", columns=["n"]).tab_options(table_width="auto", table_font_size="14px").tab_stubhead(label=stub)

    assert whole.as_raw_html() in table.to_html()
