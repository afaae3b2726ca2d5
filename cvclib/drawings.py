"""A matplotlib figure as SVG: the same bytes for the same figure, and no byte that a reader's eye cannot tell."""

from __future__ import annotations

import base64
import io
import re
from hashlib import sha256
from html import escape

import matplotlib as mpl
from matplotlib.figure import Figure

from cvclib.language import say

DECIMALS = 2  # of a point, of which an inch has 72
ID_LETTERS = 8
PNG_DPI = 192  # twice the resolution of a screen
MANY_MARKS = 4_000
CSS_PIXELS_A_POINT = 96 / 72
FONTS = "DejaVu Sans, Verdana, Arial, sans-serif"  # the first is what the labels were measured in; the others are not much wider

# Words of the data stand between the tags, with their < and > escaped; all that is changed stands inside a tag.
TAG = re.compile(r"<[^>]+>")
REFERENCE = re.compile(r'(url\(#|href="#)([^")]+)')
ID = re.compile(r' id="([^"]+)"')
GEOMETRY = re.compile(r' (d|x|y|width|height|viewBox|transform|points)="([^"]*)"')
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
COMMAND = re.compile(r"\s*([MLQCzZ])\s*")
LEFT_OUT = re.compile(r' ?font-family: [^;"]*;| xmlns:xlink="[^"]*"| transform="rotate\(-?0 [^"]*\)"')
EMPTY = re.compile(r"<g ?/>|<defs ?/>|<defs></defs>")


def drawing_of(figure: Figure, name: str, alt: str) -> str:
    """A figure as HTML: SVG, or an image at twice a screen's resolution where an SVG would be slow to draw and heavier.

    Parameters
    ----------
    figure, name, alt
        As `svg_of` takes them.
    """
    svg = svg_of(figure, name, alt)
    if svg.count("<use") + svg.count("<path") <= MANY_MARKS:
        return svg
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None}, bbox_inches="tight")
    width = round(float(re.search(r'width="([\d.]+)pt"', svg)[1]) * CSS_PIXELS_A_POINT)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'{drawing_opened()}<img src="data:image/png;base64,{data}" width="{width}" alt="{escape(alt)}"></div>'


def drawing_opened() -> str:
    """The start of the box that a drawing stands in: what is wider than a phone is moved sideways there, by keys too."""
    named = escape(say("Drawing"))
    return f'<div class="cvc-drawing" tabindex="0" role="group" aria-label="{named}">'


def svg_of(figure: Figure, name: str, alt: str) -> str:
    """A figure as SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Unique in the page; the drawing's ids are made from it.
    alt : str
        Alternative text.

    Returns
    -------
    str
        Coordinates are rounded to a hundredth of a point, only ids that something refers to are kept, and fonts are
        named once.
    """
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "text.parse_math": False}):  # of labels made only now
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    svg = buffer.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    short = _short_ids(svg, sha256(name.encode()).hexdigest()[:ID_LETTERS])
    svg = TAG.sub(lambda tag: _lean(tag[0], short), svg)
    svg = EMPTY.sub("", re.sub(r"(?<=>)\s+(?=<)", "", svg).rstrip("\n"))
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" font-family="{FONTS}" ', 1)


def _short_ids(svg: str, prefix: str) -> dict[str, str]:
    """The ids that something refers to, and what they are called from now on."""
    used = dict.fromkeys(found for tag in TAG.findall(svg) for _, found in REFERENCE.findall(tag))
    return {old: f"{prefix}-{number}" for number, old in enumerate(used, start=1)}


def _lean(tag: str, short: dict[str, str]) -> str:
    tag = LEFT_OUT.sub("", tag.replace("xlink:href=", "href="))
    tag = GEOMETRY.sub(_rounded, tag)
    tag = ID.sub(lambda found: f' id="{short[found[1]]}"' if found[1] in short else "", tag)
    return REFERENCE.sub(lambda found: found[1] + short[found[2]], tag)


def _rounded(attribute: re.Match[str]) -> str:
    name, value = attribute.groups()
    value = NUMBER.sub(lambda number: _short(float(number[0])), value)
    return ' {}="{}"'.format(name, COMMAND.sub(r"\1", value).strip())


def _short(number: float) -> str:
    text = f"{number:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
