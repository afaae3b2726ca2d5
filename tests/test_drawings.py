"""A figure as SVG: small, steady, and to the eye what matplotlib drew."""

import io
import re

import matplotlib as mpl
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure

from cvclib.charts.style import new_figure
from cvclib.drawings import svg_of

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def figure(text="A label"):
    drawn = Figure(figsize=(4, 3))
    axes = drawn.subplots()
    axes.plot([0, 1, 2.3456789], [3.21, 1.5, 2.25], marker="o")
    axes.fill_between([0, 1, 2], [1, 1, 1], [2, 2.5, 3])
    axes.set_title(text)
    return drawn


def as_matplotlib_writes(drawn):
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "one", "svg.fonttype": "none"}):
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    svg = buffer.getvalue()
    return svg[svg.index("<svg") :]


def paths(svg):
    return [[float(x) for x in NUMBER.findall(tag["d"])] for tag in BeautifulSoup(svg, "html.parser").find_all("path")]


def test_every_point_stands_within_a_hundredth_of_where_matplotlib_put_it():
    drawn = figure()
    before, after = paths(as_matplotlib_writes(drawn)), paths(svg_of(drawn, "one", ""))
    assert [len(path) for path in before] == [len(path) for path in after]
    assert max(abs(b - a) for one, other in zip(before, after, strict=True) for b, a in zip(one, other, strict=True)) <= 0.005001


def test_it_is_a_good_deal_smaller():
    drawn = figure()
    assert len(svg_of(drawn, "one", "")) < 0.6 * len(as_matplotlib_writes(drawn))


def test_only_ids_that_something_refers_to_are_kept_and_each_is_there():
    page = BeautifulSoup(svg_of(figure(), "one", ""), "html.parser")
    ids = [tag["id"] for tag in page.find_all(id=True)]
    used = {tag["href"][1:] for tag in page.find_all(href=True)} | {
        tag["clip-path"][5:-1] for tag in page.find_all(attrs={"clip-path": True})
    }
    assert used
    assert sorted(ids) == sorted(used)


def test_two_figures_of_one_page_have_no_id_in_common():
    found = [set(re.findall(r' id="([^"]+)"', svg_of(figure(), name, ""))) for name in ("one", "two")]
    assert found[0]
    assert not found[0] & found[1]


@pytest.mark.parametrize("text", ["12.3456 of 100.0001", 'd="M 1.23456 2" <b>', "url(#p1234)", "font-family: Arial;"])
def test_words_in_a_figure_stay_as_they_are(text):
    page = BeautifulSoup(svg_of(figure(text), "one", f"Alt: {text}"), "html.parser")
    assert text in [tag.get_text() for tag in page.find_all("text")]
    assert page.svg["aria-label"] == f"Alt: {text}"


def test_the_same_figure_gives_the_same_bytes():
    assert svg_of(figure(), "one", "alt") == svg_of(figure(), "one", "alt")


@pytest.mark.parametrize("text", ["$x^2$", "$\\alpha", "a$b$c", "$"])
def test_a_dollar_sign_in_a_name_is_a_dollar_sign(text):
    drawn, axes = new_figure()
    axes.plot([0, 1], [0, 1])
    axes.set_title(text)
    axes.set_xticks([0, 1], labels=[text, "b"])
    page = BeautifulSoup(svg_of(drawn, "one", ""), "html.parser")
    assert [tag.get_text() for tag in page.find_all("text")].count(text) == 2
