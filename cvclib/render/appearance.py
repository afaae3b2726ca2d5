"""The client's own look: an accent colour that can be read, and a logo that cannot do anything.

Contrast follows WCAG 2.2: 4.5 to 1 for text.
"""

from __future__ import annotations

import base64
import colorsys
import re
from pathlib import Path
from xml.etree import ElementTree

from cvclib.errors import InputError, Problem

CONTRAST = 4.5  # WCAG 2.2, level AA, text of usual size
LIGHT_PAGE, DARK_PAGE = "#f5f6f8", "#1b2128"  # the grounds of boxes by day and of cards by night: the harder ones to read on
LARGEST_LOGO_BYTES = 1_000_000  # the logo travels inside every report
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
DRAWING = {
    "svg", "g", "defs", "symbol", "use", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "text", "tspan", "textPath", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "image",
    "style",
}  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 (black) to 1 (white).

    Examples
    --------
    >>> round(luminance("#ffffff"), 3), round(luminance("#0b5cad"), 3)
    (1.0, 0.107)
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(accent: str, ground: str) -> str:
    """The accent, made darker or lighter just so far that text in it can be read on a ground.

    Parameters
    ----------
    accent, ground : str
        ``#rrggbb``.

    Returns
    -------
    str
        The accent itself where it will do.

    Examples
    --------
    >>> readable("#0b5cad", "#ffffff")
    '#0b5cad'
    >>> contrast(readable("#ffee00", "#ffffff"), "#ffffff") >= 4.5
    True
    """
    if contrast(accent, ground) >= CONTRAST:
        return accent.lower()
    hue, lightness, saturation = colorsys.rgb_to_hls(*(int(accent[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    end = 0.0 if luminance(ground) > 0.5 else 1.0
    for step in range(1, 101):
        mixed = lightness + (end - lightness) * step / 100
        colour = "#" + "".join(f"{round(255 * c):02x}" for c in colorsys.hls_to_rgb(hue, mixed, saturation))
        if contrast(colour, ground) >= CONTRAST:
            return colour
    return "#000000" if end == 0 else "#ffffff"


def logo_uri(path: Path) -> str:
    """A logo as a data URI.

    Parameters
    ----------
    path : Path
        SVG, PNG or JPEG.

    Returns
    -------
    str
        Of an SVG only the drawing stays: no script, no event, nothing fetched.

    Raises
    ------
    InputError
        If there is no such file, it is too large, or it is not one of the three.
    """
    problem = None
    if not path.is_file():
        problem = Problem(str(path), "no file", "the logo", "Correct report.logo in the client file, or leave it out.")
    elif path.stat().st_size > LARGEST_LOGO_BYTES:
        problem = Problem(str(path), f"{path.stat().st_size:,} bytes", f"at most {LARGEST_LOGO_BYTES:,} for a logo", "Save it smaller.")
    if problem:
        raise InputError([problem])
    content = path.read_bytes()
    if content.startswith(PNG):
        return f"data:image/png;base64,{base64.b64encode(content).decode()}"
    if content.startswith(JPEG):
        return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
    try:
        clean = harmless_svg(content.decode("utf-8-sig"))
    except (ValueError, ElementTree.ParseError) as error:
        raise InputError(
            [Problem(str(path), "a file that is no picture", "an SVG, PNG or JPEG", "Save the logo as one of these.")]
        ) from error
    return f"data:image/svg+xml;base64,{base64.b64encode(clean.encode()).decode()}"


def harmless_svg(text: str) -> str:
    """An SVG with nothing but its drawing.

    Raises
    ------
    ValueError
        If it is no SVG, or declares entities.

    Examples
    --------
    >>> harmless_svg('<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><path d="M0 0"/></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" /></svg>'
    """
    text = re.sub(r"<!DOCTYPE[^\[>]*>", "", text, flags=re.IGNORECASE)
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise ValueError("the drawing declares entities")
    root = ElementTree.fromstring(text)
    if root.tag not in {f"{{{SVG_NAMESPACE}}}svg", "svg"}:
        raise ValueError("the file is not an SVG")
    _strip(root)
    ElementTree.register_namespace("", SVG_NAMESPACE)
    ElementTree.register_namespace("xlink", XLINK_HREF[1 : XLINK_HREF.index("}")])
    return ElementTree.tostring(root, encoding="unicode")


def _strip(element: ElementTree.Element) -> None:
    for name in list(element.attrib):
        value = element.attrib[name]
        link = name in {"href", XLINK_HREF}
        outside = link and not value.startswith(("#", "data:image/png", "data:image/jpeg"))
        if name.lower().startswith("on") or outside or _fetches(value):
            del element.attrib[name]
    for child in list(element):
        known = isinstance(child.tag, str) and child.tag.rpartition("}")[2] in DRAWING
        if not known or (child.tag.endswith("style") and _fetches(child.text or "")):
            element.remove(child)
        else:
            _strip(child)


def _fetches(value: str) -> bool:
    return bool(re.search(r"url\(\s*['\"]?(?!#)|@import|javascript:", value, re.IGNORECASE))
