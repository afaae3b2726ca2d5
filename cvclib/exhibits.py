"""Tables and figures as the reader meets them: caption, alternative text, units, right-aligned numbers.

An exhibit shows itself in JupyterLab and stands in the report as the same HTML. It knows nothing of what
its numbers mean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple

import pandas as pd
from great_tables import GT
from matplotlib.figure import Figure as MatplotlibFigure

from cvclib.drawings import drawing_of, svg_of
from cvclib.wording import NOT_KNOWN, Unit, label, number, slug

EXHIBIT_MIME = "application/vnd.cvc.exhibit+json"
DIGITS = 10  # significant digits of a number that travels: what a machine adds behind them is no result


@dataclass(frozen=True)
class Table:
    """A small tidy frame as a captioned table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows, in reading order; the first column names the row.
    caption : str
        What the table shows; also its name when a finding refers to it. Unique within a notebook.
    units : mapping of str to Unit
        Column: unit, for its numbers; a column without one is shown as text.
    labels : mapping of str to str
        Column: heading, where the column's name read as words will not do.
    note : str
        How to read it, below the table.
    currency : str
        ISO code for the columns of money.
    """

    frame: pd.DataFrame
    caption: str
    units: Mapping[str, Unit] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    currency: str = ""

    @property
    def name(self) -> str:
        """Id of the table in a page."""
        return f"table-{slug(self.caption)}"

    def text(self) -> pd.DataFrame:
        """The cells as the reader sees them."""
        return pd.DataFrame({column: [self._cell(column, x) for x in self.frame[column]] for column in self.frame})

    def _cell(self, column: str, value: Any) -> str:
        unit = self.units.get(column, "text")
        if unit == "text":
            return NOT_KNOWN if value is None or value is pd.NA or value != value else str(value)
        missing = value is None or value is pd.NA
        return number(None if missing else float(value), unit, currency=self.currency)

    def to_html(self) -> str:
        """The table as HTML, every cell escaped."""
        text = self.text()
        numeric = [column for column in text if self.units.get(column, "text") != "text"]
        headings = {column: self.labels.get(column, label(str(column))) for column in text}
        cells = text.rename(columns=str)  # GT escapes labels
        numeric += [c for c in text if c not in numeric and len(text) and all(_LIKE_A_NUMBER.fullmatch(cell) for cell in text[c])]
        words = [str(column) for column in text if column not in numeric] if len(text) else []
        table = (
            GT(cells.iloc[:0], id=self.name, rowname_col=str(text.columns[0]) if len(text.columns) > 1 else None)
            .cols_label({str(k): v for k, v in headings.items() if k != text.columns[0]} or None)
            .cols_align("left", columns=words)
            .cols_align("right", columns=[str(c) for c in numeric])
            .tab_options(table_width="auto", table_font_size="14px")
        )
        if len(text.columns) > 1:
            table = table.tab_stubhead(label=headings[text.columns[0]])
        note = f'<p class="cvc-note">{escape(self.note)}</p>' if self.note else ""
        return (
            f'<figure class="cvc-table" id="exhibit-{self.name}"><figcaption>{escape(self.caption)}</figcaption>'
            f'<div class="cvc-scroll" tabindex="0" role="group" aria-label="{escape(self.caption)}">'
            f"{_with_rows(table.as_raw_html(), self.name, cells)}</div>{note}</figure>"
        )

    def to_json(self) -> dict[str, Any]:
        """The table as plain JSON values: ``caption``, ``note``, ``currency``, ``columns`` (label and unit) and ``rows`` of unrounded numbers."""
        columns = [{"label": self.labels.get(column, label(str(column))), "unit": self.units.get(column, "text")} for column in self.frame]
        rows = zip(*([self._value(column, x) for x in self.frame[column]] for column in self.frame), strict=True)
        return {
            "caption": self.caption,
            "note": self.note,
            "currency": self.currency,
            "columns": columns,
            "rows": [list(row) for row in rows],
        }

    def _value(self, column: str, value: Any) -> float | str | None:
        missing = value is None or value is pd.NA or value != value
        if missing or self.units.get(column, "text") == "text":
            return None if missing else str(value)
        number = float(f"{float(value):.{DIGITS}g}")
        return number if math.isfinite(number) else None

    def __str__(self) -> str:
        return f"{self.caption}\n{self.text().to_string(index=False)}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        about = {"kind": "table", "id": f"exhibit-{self.name}", "caption": self.caption, "table": self.to_json()}
        return {EXHIBIT_MIME: about, "text/html": self.to_html(), "text/plain": str(self)}


def _data(table: Table | None) -> dict[str, Any]:
    return {"table": table.to_json()} if table else {}


_LIKE_A_NUMBER = re.compile(r"[0-9 -/:\\.]*\n?")  # what GT aligns right though it is text
_HEADING = re.compile(
    r'<th class="gt_col_heading [^"]*?gt_(left|right)"[^>]*?(?: id="([^"]*)")?>'
)  # a first column without a name has no id
_EMPTY_BODY = '<tbody class="gt_table_body">\n\n</tbody>'


def _with_rows(empty: str, name: str, cells: pd.DataFrame) -> str:
    """GT's table without rows, with the rows that GT would write: it takes a third of a millisecond for each cell."""
    columns = _HEADING.findall(empty)
    rows = []
    for i, row in enumerate(cells.itertuples(index=False, name=None), start=1):
        written = [escape(cell) for cell in row]
        if len(row) > 1:
            stub, above = f"{name}-stub-{i}", f"{name}-stub-{i} "
            drawn = [f'    <th scope="row" id="{stub}" class="gt_row gt_left gt_stub">{written[0]}</th>']
        else:
            above, drawn = "", []
        for (side, heading), cell in zip(columns[len(drawn) :], written[len(drawn) :], strict=True):
            drawn.append(f'    <td headers="{above}{heading}" class="gt_row gt_{side}">{cell}</td>')
        rows.append("\n".join(["  <tr>", *drawn, "  </tr>"]))
    return empty.replace(_EMPTY_BODY, '<tbody class="gt_table_body">\n' + "\n".join(rows) + "\n</tbody>", 1)


@dataclass(frozen=True)
class Figure:
    """A matplotlib figure with its caption, its alternative text and the data it draws.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        One can go on styling it.
    caption : str
        What it shows, as a sentence. Unique within a notebook.
    alt : str
        What a reader who cannot see it must know, made from the numbers.
    data : Table or None
        The numbers drawn, shown behind a disclosure.
    """

    figure: MatplotlibFigure
    caption: str
    alt: str
    data: Table | None = None

    @property
    def name(self) -> str:
        """Id of the figure in a page."""
        return f"figure-{slug(self.caption)}"

    def to_svg(self) -> str:
        """The drawing as SVG, however many marks it has: same input, same bytes; ids are the figure's own."""
        return svg_of(self.figure, self.name, self.alt)

    def to_html(self) -> str:
        """The figure as HTML: drawing, caption, and its data behind a disclosure."""
        data = f"<details><summary>The numbers drawn</summary>{self.data.to_html()}</details>" if self.data else ""
        return (
            f'<figure class="cvc-figure" id="exhibit-{self.name}">{drawing_of(self.figure, self.name, self.alt)}'
            f"<figcaption>{escape(self.caption)}</figcaption>{data}</figure>"
        )

    def __str__(self) -> str:
        return f"{self.caption} {self.alt}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        about = {"kind": "figure", "id": f"exhibit-{self.name}", "caption": self.caption, "alt": self.alt, **_data(self.data)}
        return {EXHIBIT_MIME: about, "text/html": self.to_html(), "text/plain": str(self)}


class Corner(NamedTuple):
    """A corner of a map of four: its name, its entries with what stands small below each, and how many are not shown."""

    name: str
    entries: tuple[tuple[str, str], ...]
    more: int = 0


@dataclass(frozen=True)
class Corners:
    """Four corners of short texts around a middle, as an empathy map is drawn; one below the other on a phone.

    Parameters
    ----------
    corners : tuple of Corner
        In reading order, from the top left.
    middle : str
        Who or what they are about.
    caption : str
        What it shows, as a sentence. Unique within a notebook.
    note : str
        How to read it.
    empty : str
        What stands in a corner without entries.
    data : Table or None
        The numbers behind it, shown behind a disclosure.
    """

    corners: tuple[Corner, ...]
    middle: str
    caption: str
    note: str = ""
    empty: str = "Nothing yet."
    data: Table | None = None

    @property
    def name(self) -> str:
        """Id of the map in a page."""
        return f"corners-{slug(self.caption)}"

    def to_html(self) -> str:
        """The map as HTML, all text escaped; it needs no style sheet to stand in two columns."""
        boxes = [self._corner(corner) for corner in self.corners]
        middle = f'<p class="cvc-middle" style="grid-column:1/-1;text-align:center">{escape(self.middle)}</p>'
        boxes.insert(len(boxes) // 2, middle)
        data = f"<details><summary>The numbers behind it</summary>{self.data.to_html()}</details>" if self.data else ""
        note = f'<p class="cvc-note">{escape(self.note)}</p>' if self.note else ""
        columns = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(21rem,100%),1fr))"
        return (
            f'<figure class="cvc-map" id="exhibit-{self.name}"><figcaption>{escape(self.caption)}</figcaption>'
            f'<div class="cvc-corners" style="{columns}">{"".join(boxes)}</div>{note}{data}</figure>'
        )

    def _corner(self, corner: Corner) -> str:
        items = "".join(f"<li>{escape(text)}<br><small>{escape(about)}</small></li>" for text, about in corner.entries)
        listed = f"<ul>{items}</ul>" if items else f'<p class="cvc-nothing">{escape(self.empty)}</p>'
        more = f"<p><small>and {corner.more:,} more</small></p>" if corner.more else ""
        return f'<div class="cvc-corner"><p><strong>{escape(corner.name)}</strong></p>{listed}{more}</div>'

    def __str__(self) -> str:
        lines = [f"{corner.name}: {'; '.join(text for text, _ in corner.entries) or self.empty}" for corner in self.corners]
        return "\n".join([self.caption, *lines])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        about = {"kind": "map", "id": f"exhibit-{self.name}", "caption": self.caption, **_data(self.data)}
        return {EXHIBIT_MIME: about, "text/html": self.to_html(), "text/plain": str(self)}


@dataclass(frozen=True)
class Reading:
    """One or two sentences made from the numbers, shown below the exhibit that they read."""

    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/html": f'<p class="cvc-reading">{escape(self.text)}</p>', "text/plain": self.text}
