"""Fitting a piece of HTML into the report: ids that are unique in the page, nothing that runs or fetches.

Works on the tokens of the fragment; a fragment that leaves a tag open cannot break the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from html.parser import HTMLParser
from itertools import pairwise

from markupsafe import Markup

from cvclib.drawings import drawing_opened

VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
DROPPED = {
    "script", "style", "iframe", "object", "embed", "link", "meta", "base", "form", "template", "noscript", "title", "head",
}  # fmt: skip
UNWRAPPED = {"html", "body", "input", "button"}  # their tags go, their content stays
ID_LISTS = {"headers", "aria-labelledby", "aria-describedby", "aria-controls", "for"}
# A number as it stands in a sentence, with its sign, marks and currency; not one that is part of a word.
NUMBER = re.compile(r"((?<![\w#.,:/-])(?!95%[ -]interval)(?:[A-Z]{3}[ \u00a0])?[−+]?\d(?:[\d.,]*\d)?%?(?![\w/]))")
NUMBER_LINK = "cvc-number-link"
HEADING = re.compile(r"h[1-6]")
LOCAL_URL = re.compile(r"url\(\s*['\"]?#([^)'\"]+)['\"]?\s*\)")
ANY_URL = re.compile(r"url\(\s*['\"]?(?!#)|@import|expression\(", re.IGNORECASE)
OUTSIDE_LINK = re.compile(r"(?:https?:|mailto:)", re.IGNORECASE)

# The parser lowers every name; SVG has some that are not lower case.
_CASED_NAMES = (
    "viewBox", "preserveAspectRatio", "gradientUnits", "gradientTransform", "patternUnits", "patternTransform",
    "patternContentUnits", "clipPathUnits", "maskUnits", "markerWidth", "markerHeight", "refX", "refY", "textLength",
    "lengthAdjust", "startOffset", "spreadMethod", "clipPath", "linearGradient", "radialGradient", "textPath", "foreignObject",
)  # fmt: skip
CASED = {name.lower(): name for name in _CASED_NAMES}

Attributes = list[tuple[str, str | None]]
Token = tuple[str, str, Attributes]  # kind (start, single, end, text), tag or text, attributes


class _Tokens(HTMLParser):
    """Tokens of a fragment, without the elements that run, fetch or style beyond themselves."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.tokens: list[Token] = []
        self._open: list[str] = []
        self._inside_dropped: str = ""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if self._inside_dropped or tag in UNWRAPPED:
            return
        if tag in DROPPED:
            self._inside_dropped = "" if tag in VOID else tag
            return
        self.tokens.append(("single" if tag in VOID else "start", tag, attrs))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        if self._inside_dropped or tag in UNWRAPPED or tag in DROPPED:
            return
        if "svg" in self._open or tag in VOID:
            self.tokens.append(("single", tag, attrs))
        else:  # in HTML a slash does not close an element
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._inside_dropped:
            self._inside_dropped = "" if tag == self._inside_dropped else self._inside_dropped
        elif tag in self._open:
            while self._open:
                last = self._open.pop()
                self.tokens.append(("end", last, []))
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        self._text(escape(data, quote=False))

    def handle_entityref(self, name: str) -> None:
        self._text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text(f"&#{name};")

    def _text(self, text: str) -> None:
        if not self._inside_dropped:
            self.tokens.append(("text", text, []))

    def close(self) -> None:
        super().close()
        while self._open:
            self.tokens.append(("end", self._open.pop(), []))


def tokens_of(html: str) -> list[Token]:
    """The tokens of a fragment, balanced, and without scripts, style sheets and frames."""
    parser = _Tokens()
    parser.feed(html)
    parser.close()
    return parser.tokens


def with_links(tokens: Iterable[Token], target: str) -> list[Token]:
    """Tokens in which each number in the text leads to an element of the page.

    Parameters
    ----------
    tokens : iterable of Token
    target : str
        Id of the element.
    """
    found: list[Token] = []
    for kind, text, attributes in tokens:
        if kind != "text" or text.startswith("&"):  # a character written by its number
            found.append((kind, text, attributes))
            continue
        for piece in NUMBER.split(text):
            if NUMBER.fullmatch(piece):
                found += [("start", "a", [("href", f"#{target}"), ("class", NUMBER_LINK)]), ("text", piece, []), ("end", "a", [])]
            elif piece:
                found.append(("text", piece, []))
    return found


def linked_numbers(text: str, target: str) -> Markup:
    """A text, escaped, in which each number leads to an element of the page.

    Examples
    --------
    >>> str(linked_numbers("A score of 31 & no more", "table-1"))
    'A score of <a href="#table-1" class="cvc-number-link">31</a> &amp; no more'
    """
    pieces = (
        Markup('<a href="#{}" class="{}">{}</a>').format(target, NUMBER_LINK, piece) if NUMBER.fullmatch(piece) else Markup.escape(piece)
        for piece in NUMBER.split(text)
    )
    return Markup("").join(pieces)


class Ids:
    """The ids given out in a page, so that none is given twice."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def unique(self, wanted: str) -> str:
        """An id like the wanted one that no other element of the page bears."""
        wanted = re.sub(r"\s+", "-", wanted.strip()) or "part"
        found, n = wanted, 1
        while found in self._used:
            n += 1
            found = f"{wanted}-{n}"
        self._used.add(found)
        return found


def fit(
    tokens: Iterable[Token], *, prefix: str, ids: Ids, alternative: str = "", links: Mapping[str, str] | None = None
) -> tuple[str, dict[str, str]]:
    """Write tokens as HTML that can stand in the page.

    Parameters
    ----------
    tokens : iterable of Token
    prefix : str
        Stands before every id, and before links to ids of the same chapter.
    ids : Ids
        The page's ids.
    alternative : str
        Alternative text of an image or drawing that brings none.
    links : mapping of str to str
        Further links that are known: as written, and the id they lead to.

    Returns
    -------
    (str, dict of str to str)
        The HTML, and the ids as they were and as they are now.
    """
    tokens = _without_empty_headings([_lean(token) for token in tokens])
    renamed: dict[str, str] = {}
    for kind, _, attributes in tokens:
        for name, value in attributes if kind != "text" else ():
            if name == "id" and value and value not in renamed:
                renamed[value] = ids.unique(f"{prefix}--{value}")

    writer = _Writer(prefix, renamed, alternative, links or {})
    return "".join(writer.write(token) for token in tokens), renamed


# What the library of tables writes and no reader meets: where a cell stands says its `scope`, where it is aligned its class.
TABLE_TAGS = {"div", "table", "thead", "tbody", "tr", "th", "td"}
NOT_NEEDED = {("rowspan", "1"), ("colspan", "1"), ("data-quarto-disable-processing", "false"), ("data-quarto-bootstrap", "false")}
CLASSES_KEPT = {"gt_table", "gt_right", "gt_center", "dataframe"}


def _lean(token: Token) -> Token:
    kind, name, attributes = token
    if name not in TABLE_TAGS or kind not in {"start", "single"} or not any(n == "class" and "gt_" in (v or "") for n, v in attributes):
        return token
    classes = [kept for n, v in attributes if n == "class" for kept in (v or "").split() if kept in CLASSES_KEPT]
    rest = [(n, v) for n, v in attributes if n not in {"class", "id", "headers"} and (n, v) not in NOT_NEEDED]
    return kind, name, [*rest, *([("class", " ".join(classes))] if classes else [])]


def _without_empty_headings(tokens: list[Token]) -> list[Token]:
    """Tokens in which a heading cell without a word is a cell like others: nobody is told that an empty one heads a row."""
    found = list(tokens)
    for i, (one, next_one) in enumerate(pairwise(tokens)):
        if one[:2] == ("start", "th") and next_one[:2] == ("end", "th"):
            found[i : i + 2] = [("start", "td", [(n, v) for n, v in one[2] if n != "scope"]), ("end", "td", [])]
    return found


class _Writer:
    def __init__(self, prefix: str, renamed: Mapping[str, str], alternative: str, links: Mapping[str, str]) -> None:
        self._prefix, self._renamed, self._alternative, self._links = prefix, renamed, alternative, links
        self._seen: set[str] = set()
        self._svg_depth = 0

    def write(self, token: Token) -> str:
        kind, name, attributes = token
        if kind == "text":
            return name
        tag = CASED.get(name, name)
        if kind == "end":
            self._svg_depth -= name == "svg"
            return f"</{tag}></div>" if name == "svg" and not self._svg_depth else f"</{tag}>"
        outermost = name == "svg" and not self._svg_depth
        self._svg_depth += name == "svg" and kind == "start"
        if name == "img" and not any(n == "src" and (v or "").startswith("data:image/") for n, v in attributes):
            return escape(next((v for n, v in attributes if n == "alt" and v), self._alternative))
        written = "".join(self._attribute(name, *pair) for pair in self._described(name, attributes, outermost))
        opened = f"<{tag}{written}{'/' if kind == 'single' and name not in VOID else ''}>"
        return f"{drawing_opened()}{opened}" if outermost and kind == "start" else opened

    def _described(self, tag: str, attributes: Attributes, outermost: bool) -> Attributes:
        names = {name for name, _ in attributes}
        if tag == "img" and "alt" not in names:
            return [*attributes, ("alt", self._alternative)]
        if outermost and not names & {"aria-label", "aria-labelledby", "aria-hidden"}:
            kept = [(name, value) for name, value in attributes if name != "role"]
            return [*kept, ("role", "img"), ("aria-label", self._alternative)]
        return attributes

    def _attribute(self, tag: str, name: str, value: str | None) -> str:
        if name.startswith("on") or name in {"srcdoc", "srcset", "formaction", "action", "background", "ping"}:
            return ""
        if value is None:
            return f" {name}"
        value = self._value(tag, name, value)
        return "" if value is None else f' {CASED.get(name, name)}="{escape(value)}"'

    def _value(self, tag: str, name: str, value: str) -> str | None:
        if name == "id":
            return None if value in self._seen else self._seen.add(value) or self._renamed[value]
        if name in ID_LISTS:
            known = [self._renamed[part] for part in value.split() if part in self._renamed]
            return " ".join(known) or None
        if name in {"href", "xlink:href"}:
            return self._link(tag, value)
        if name == "src":
            return value if value.startswith("data:image/") else None
        if ANY_URL.search(value) and name not in {"alt", "title", "aria-label"}:
            return None
        return LOCAL_URL.sub(lambda found: f"url(#{self._renamed.get(found[1], found[1])})", value)

    def _link(self, tag: str, value: str) -> str | None:
        if value in self._links:
            return f"#{self._links[value]}"
        if value.startswith("#"):
            return f"#{self._renamed.get(value[1:], f'{self._prefix}--{value[1:]}')}"
        if tag == "a" and OUTSIDE_LINK.match(value):
            return value
        return value if tag == "image" and value.startswith("data:image/") else None
