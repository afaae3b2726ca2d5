import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.errors import InputError
from cvclib.render.appearance import DARK_PAGE, LIGHT_PAGE, contrast, harmless_svg, logo_uri, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@given(COLOURS, st.sampled_from([LIGHT_PAGE, DARK_PAGE]))
def test_an_accent_can_always_be_read(accent, ground):
    assert contrast(readable(accent, ground), ground) >= 4.5


def test_an_accent_that_will_do_stays():
    assert readable("#0B5CAD", LIGHT_PAGE) == "#0b5cad"


def test_contrast_is_as_wcag_defines_it():
    """WCAG 2.2: #767676 is the lightest grey that passes on white, at 4.54."""
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>x()</script>",
        '<image href="https://example.org/x.png"/>',
        '<foreignObject><iframe src="//x"/></foreignObject>',
        '<a href="javascript:x()"><path/></a>',
        '<path onclick="x()"/>',
        "<style>@import '//x'</style>",
        '<rect fill="url(https://example.org/x)"/>',
        '<animate attributeName="href" values="javascript:x()"/>',
    ],
)
def test_a_logo_neither_runs_nor_fetches(inside):
    clean = harmless_svg(f'<svg xmlns="http://www.w3.org/2000/svg" onload="x()">{inside}<circle r="1"/></svg>')
    assert not any(word in clean for word in ("x()", "example.org", "//x", "onload", "script"))
    assert '<circle r="1" />' in clean


def test_a_logo_with_entities_is_refused(tmp_path):
    path = tmp_path / "logo.svg"
    path.write_text('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>')
    with pytest.raises(InputError, match="an SVG, PNG or JPEG"):
        logo_uri(path)


def test_a_logo_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"logo\.png: found no file; expected the logo"):
        logo_uri(tmp_path / "logo.png")


def test_a_logo_travels_in_the_page(tmp_path):
    path = tmp_path / "logo.svg"
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')
    kind, _, data = logo_uri(path).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data) == b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" /></svg>'
