"""The journey map: stages as columns, touchpoints as cards in them, satisfaction as a line below."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, styled
from cvclib.wording import label

WIDTH = 9.0  # inches: the report's text column
COLUMNS = 5  # cards abreast; a stage with many touchpoints takes several
LINE = 0.165  # inches a line of 9 point type takes
CHARACTER, BOLD_CHARACTER = 0.074, 0.086  # inches a character of it takes, wide ones included
MOST_IN_COLUMN = 12  # cards below each other; the least used beyond are gathered in one
PANEL = 2.3  # inches for the line of satisfaction
TINT = "#eef3f8"


@dataclass(frozen=True)
class _Card:
    name: list[str]
    detail: list[str]
    pain: list[str]
    volume: float
    volume_text: str
    row: int  # of the frame; -1 for what is gathered

    @property
    def height(self) -> float:
        return LINE * (len(self.name) + len(self.detail) + len(self.pain) + 1) + 0.22


@styled
def draw_map(touchpoints: pd.DataFrame, *, value_label: str = "", average: float | None = None) -> Figure:
    """Draw a journey map.

    Parameters
    ----------
    touchpoints : pandas.DataFrame
        A row a touchpoint in the order of the journey: ``number`` (its mark), ``touchpoint``, ``stage``
        (empty where it has none), ``detail`` (channel and department), ``volume`` (touches; NaN where it is not
        to be shown), ``volume_text``, ``value``, ``low``, ``high`` (satisfaction; NaN where unknown) and
        ``pain`` (what is wrong there; empty where nothing is).
    value_label : str
        What the line of satisfaction measures, and on which scale.
    average : float, optional
        Satisfaction over all touchpoints, drawn as a level line.

    Returns
    -------
    matplotlib.figure.Figure
    """
    stages = touchpoints["stage"].drop_duplicates().tolist()
    slots = _slots([int((touchpoints["stage"] == stage).sum()) for stage in stages])
    slot_width = WIDTH / sum(slots)
    columns = {stage: _columns(touchpoints[touchpoints["stage"] == stage], n, slot_width) for stage, n in zip(stages, slots, strict=True)}
    cards_height = max(sum(card.height + 0.1 for card in column) for found in columns.values() for column in found)
    has_line = touchpoints["value"].notna().any()
    panel = PANEL if has_line else 0
    height = cards_height + 0.5 + panel

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0, panel / height, 1, 1 - panel / height))
    axes.set(xlim=(0, WIDTH), ylim=(cards_height + 0.5, 0))
    axes.set_axis_off()
    largest = max(touchpoints["volume"].max(skipna=True), 1) if touchpoints["volume"].notna().any() else 1
    centres: dict[int, float] = {}
    left = 0.0
    spans: list[tuple[float, float]] = []
    for stage, n in zip(stages, slots, strict=True):
        right = left + n * slot_width
        _header(axes, stage, left, right)
        _stack(axes, columns[stage], left, slot_width, largest)
        shown = [card.row for column in columns[stage] for card in column if card.row >= 0]
        for j, row in enumerate(sorted(shown)):
            centres[row] = left + (right - left) * (j + 0.5) / len(shown)
        spans.append((left, right))
        left = right
    if has_line:
        line = figure.add_axes((0, 0.42 / height, 1, (panel - 0.72) / height))
        _satisfaction(line, touchpoints, centres, spans, value_label, average)
    return figure


def _slots(counts: list[int]) -> list[int]:
    """Columns of cards for each stage: one at least, the rest to where the crowd is."""
    slots = [1] * len(counts)
    while sum(slots) < COLUMNS and max(n / s for n, s in zip(counts, slots, strict=True)) > 1:
        crowded = max(range(len(counts)), key=lambda i: counts[i] / slots[i])
        slots[crowded] += 1
    return slots


def _columns(stage: pd.DataFrame, n_columns: int, width: float) -> list[list[_Card]]:
    """Cards of a stage, dealt over its columns from left to right."""
    room = n_columns * MOST_IN_COLUMN
    shown, rest = stage, stage.head(0)
    if len(stage) > room:
        first = stage.assign(hurts=stage["pain"].ne("")).sort_values(["hurts", "volume"], ascending=False, kind="stable").index[: room - 1]
        shown, rest = stage.loc[stage.index.isin(first)], stage.loc[~stage.index.isin(first)]
    letters = int((width - 0.3) / CHARACTER)
    cards = [_card(row, int(i), letters) for i, row in shown.iterrows()]
    if len(rest):
        volume = float(rest["volume"].sum())
        cards.append(_Card(textwrap.wrap(f"{len(rest)} more, in the table", letters), [], [], volume, f"{volume:,.0f}", -1))
    return [cards[i::n_columns] for i in range(n_columns)]


def _card(row: pd.Series, index: int, letters: int) -> _Card:
    name = textwrap.wrap(f"{row['number']}  {row['touchpoint']}".replace("_", " "), int(letters * CHARACTER / BOLD_CHARACTER))
    return _Card(
        name, textwrap.wrap(str(row["detail"]), letters), textwrap.wrap(str(row["pain"]), letters),
        float(row["volume"]), str(row["volume_text"]), index,
    )  # fmt: skip


def _header(axes: Axes, stage: str, left: float, right: float) -> None:
    axes.add_patch(Rectangle((left + 0.04, 0.02), right - left - 0.08, 0.3, color=ACCENT, linewidth=0))
    text = label(stage) if stage else "No stage given"
    axes.text((left + right) / 2, 0.17, text, ha="center", va="center", color="white", weight="bold", fontsize=10)


def _stack(axes: Axes, columns: list[list[_Card]], left: float, width: float, largest: float) -> None:
    for i, column in enumerate(columns):
        x, y = left + i * width + 0.07, 0.42
        for card in column:
            _draw_card(axes, card, x, y, width - 0.14, largest)
            y += card.height + 0.1


def _draw_card(axes: Axes, card: _Card, x: float, y: float, width: float, largest: float) -> None:
    edge = BAD if card.pain else GRID
    shape = "round,pad=0,rounding_size=0.05"
    axes.add_patch(
        FancyBboxPatch((x, y), width, card.height, boxstyle=shape, facecolor="white", edgecolor=edge, linewidth=1.4 if card.pain else 0.9)
    )
    top = y + 0.09
    for lines, colour, weight in ((card.name, INK, "bold"), (card.detail, MUTED, "normal")):
        for text in lines:
            axes.text(x + 0.08, top, text, va="top", fontsize=9, color=colour, weight=weight)
            top += LINE
    room = width - 0.2 - len(card.volume_text) * CHARACTER
    share = 0.0 if card.volume != card.volume else card.volume / largest
    axes.add_patch(Rectangle((x + 0.08, top + 0.03), max(share * room, 0.02), 0.1, color=ACCENT, linewidth=0))
    axes.text(x + 0.08 + max(share * room, 0.02) + 0.05, top + 0.08, card.volume_text, va="center", fontsize=9, color=MUTED)
    top += LINE + 0.02
    for text in card.pain:
        axes.text(x + 0.08, top, text, va="top", fontsize=9, color=BAD)
        top += LINE


def _satisfaction(
    axes: Axes,
    touchpoints: pd.DataFrame,
    centres: dict[int, float],
    spans: list[tuple[float, float]],
    value_label: str,
    average: float | None,
) -> None:
    known = touchpoints[touchpoints["value"].notna() & touchpoints.index.isin(centres)]
    x = [centres[i] for i in known.index]
    low, high = known["low"].fillna(known["value"]), known["high"].fillna(known["value"])
    spread = max(high.max() - low.min(), 1e-6)
    axes.set(xlim=(0, WIDTH), ylim=(low.min() - 0.15 * spread, high.max() + 0.15 * spread))
    for left, right in spans[::2]:
        axes.axvspan(left, right, color=TINT, linewidth=0, zorder=0)
    if average is not None:
        axes.axhline(average, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.plot(x, known["value"], color=INK, linewidth=1.2, zorder=2)
    hurts = known["pain"].ne("").tolist()
    for xi, (_, row), bad in zip(x, known.assign(low=low, high=high).iterrows(), hurts, strict=True):
        colour = BAD if bad else ACCENT
        axes.plot([xi, xi], [row["low"], row["high"]], color=colour, linewidth=1.6, zorder=3, solid_capstyle="butt")
        axes.plot([xi], [row["value"]], marker="o", markersize=5, color=colour, zorder=4)
    marks = touchpoints[touchpoints.index.isin(centres)]
    axes.set_xticks([centres[i] for i in marks.index], [str(n) for n in marks["number"]], fontsize=9)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)
    # In the title, not at the end of the line: a type wider than the one measured here would be cut at the page's edge.
    level = "" if average is None else f"; dashed: all touchpoints, {average:,.1f}"
    axes.set_title(value_label + level, fontsize=10, loc="left", weight="bold")
    axes.set_xlabel("Touchpoint, by its number above; bars are 95% intervals", fontsize=9)
