import pytest

from cvclib.drawings import drawing_opened
from cvclib.render.rewriting import Ids, fit, tokens_of


def fitted(html, **settings):
    return fit(tokens_of(html), prefix="step", ids=settings.pop("ids", Ids()), **settings)[0]


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT src=//x></SCRIPT>",
        "<svg><script>alert(1)</script></svg>",
        "<style>@import url(//x)</style>",
        "<iframe src=//x></iframe>",
        "<link rel=stylesheet href=//x>",
        "<meta http-equiv=refresh content=0>",
        "<object data=//x></object>",
        "<!-- a comment -->",
    ],
)
def test_what_runs_or_fetches_is_left_out(html):
    assert fitted(f"<p>a{html}b</p>").replace(drawing_opened(), "").replace("</div>", "") in {"<p>ab</p>"} | {
        '<p>a<svg role="img" aria-label=""></svg>b</p>'
    }


@pytest.mark.parametrize(
    "attribute",
    ['onclick="x()"', 'ONLOAD="x()"', 'style="background:url(//x)"', 'srcset="//x"', 'href="javascript:x()"', 'href="file:///etc"'],
)
def test_attributes_that_run_or_fetch_are_left_out(attribute):
    assert fitted(f"<a {attribute}>b</a>") == "<a>b</a>"


def test_an_image_from_elsewhere_becomes_its_text():
    assert fitted('<img src="https://example.org/a.png" alt="a <map>">') == "a &lt;map&gt;"


def test_an_image_without_text_gets_the_one_of_its_output():
    assert 'alt="Two bars"' in fitted('<img src="data:image/png;base64,AA==">', alternative="Two bars")


def test_a_drawing_without_text_gets_the_one_of_its_output():
    assert '<svg viewBox="0 0 1 1" role="img" aria-label="Two bars">' in fitted('<svg viewBox="0 0 1 1"></svg>', alternative="Two bars")


def test_ids_and_all_that_refers_to_them_get_the_chapter_before_them():
    html = '<th id="a b">x</th><td headers="a c">y</td><a href="#a">z</a><i id="a"></i><svg aria-hidden="true"><path clip-path="url(#a)"/></svg>'
    out = fitted(html)
    assert '<th id="step--a-b">' in out
    assert '<td headers="step--a">' in out
    assert '<a href="#step--a">' in out
    assert 'clip-path="url(#step--a)"' in out


def test_an_id_given_twice_in_a_page_is_told_apart_and_its_references_follow():
    ids = Ids()
    html = '<svg aria-hidden="true"><defs><path id="m"/></defs><use xlink:href="#m"/></svg>'
    assert 'id="step--m"' in fitted(html, ids=ids)
    second = fitted(html, ids=ids)
    assert 'id="step--m-2"' in second
    assert 'xlink:href="#step--m-2"' in second


def test_an_open_tag_cannot_swallow_the_rest_of_the_page():
    assert fitted("<div><b>a</i></section>") == "<div><b>a</b></div>"


def test_text_stays_escaped():
    assert fitted("<p>a &lt;b&gt; &amp; &#60;</p>") == "<p>a &lt;b&gt; &amp; &#60;</p>"
    assert fitted('<p title="&quot;&gt;&lt;script&gt;">a</p>') == '<p title="&quot;&gt;&lt;script&gt;">a</p>'


def test_names_of_svg_keep_their_capitals():
    assert '<clipPath id="step--c"><rect/></clipPath>' in fitted('<svg aria-label="x"><clipPath id="c"><rect/></clipPath></svg>')


def test_links_to_other_notebooks_become_links_to_their_chapters():
    assert fitted('<a href="6_advocacy.ipynb">x</a>', links={"6_advocacy.ipynb": "advocacy"}) == '<a href="#advocacy">x</a>'
    assert fitted('<a href="other.ipynb">x</a>') == "<a>x</a>"
