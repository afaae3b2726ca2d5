"""The journey map: stages as columns, channels and departments as lanes, satisfaction as a line, pain where it hurts."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle

from cvclib.charts.style import ACCENT, BAD, GRID, INK, MUTED, styled
from cvclib.wording import label

WIDTH = 9.0  # inches: the report's text column
LANES = 1.12  # inches for the lanes' names
LANE_LETTERS = 12  # of bold type
RIGHT = 0.06
COLUMNS = 5  # cards abreast; a stage with many touchpoints takes several
LINE = 0.165  # inches a line of 9 point type takes
CHARACTER, BOLD_CHARACTER = 0.074, 0.084  # inches a character of it takes
GAP = 0.08
MOST_IN_COLUMN = 12  # cards of one stage below each other; the least used beyond are gathered in one
MOST_LANES = 9  # the least used channels and departments beyond share one lane
HEADER = 0.46
BADGE = 0.115  # inches: radius of a touchpoint's number
DEPARTMENT = 0.34  # inches a department's lane takes
PANEL = 1.75  # inches for the line of satisfaction
TINT, BAND, PAIN_TINT = "#eef3f8", "#f7f9fb", "#fdf3ef"
STAGE_BLUES = ("#0b5cad", "#2a72b8")
OTHERS = "Others"
MOST_QUOTE_LINES = 5
FACES = {"says": "says", "thinks": "thinks", "does": "does", "feels": "feels"}


@dataclass(frozen=True)
class _Card:
    number: str
    name: list[str]
    pain: list[str]
    volume: float
    volume_text: str

    @property
    def height(self) -> float:
        return LINE * (max(len(self.name), 1.4) + len(self.pain) + 1) + 0.19  # a name of one line leaves room for the number


@dataclass(frozen=True)
class _Layout:
    """Where things stand from left to right, in inches."""

    stages: list[str]
    slots: list[int]
    slot: float

    def spans(self) -> list[tuple[float, float]]:
        edges = [LANES]
        for n in self.slots:
            edges.append(edges[-1] + n * self.slot)
        return list(pairwise(edges))


@styled
def draw_map(
    touchpoints: pd.DataFrame, *, value_label: str = "", average: float | None = None, quotes: pd.DataFrame | None = None
) -> Figure:
    """Draw a journey map.

    Parameters
    ----------
    touchpoints : pandas.DataFrame
        A row a touchpoint in the order of the journey: ``number`` (its mark), ``touchpoint``, ``stage``, ``channel``,
        ``department`` (each empty where unknown), ``volume`` (touches; NaN where it is not to be shown),
        ``volume_text``, ``value``, ``low``, ``high`` (satisfaction; NaN where unknown) and ``pain`` (what is wrong
        there; empty where nothing is).
    value_label : str
        What the line of satisfaction measures, and on which scale.
    average : float, optional
        Satisfaction over all touchpoints, drawn as a level line.
    quotes : pandas.DataFrame, optional
        At most one a stage: ``stage``, ``number`` (of the touchpoint; empty where it is about none), ``empathy``
        (says, thinks, does or feels) and ``text``.

    Returns
    -------
    matplotlib.figure.Figure
        From the top: stages, a lane a channel with the touchpoints as cards, a lane a department with their
        numbers, the line of satisfaction, and what customers say.
    """
    touchpoints = touchpoints.reset_index(drop=True)
    stages = touchpoints["stage"].drop_duplicates().tolist()
    slots = _slots([int((touchpoints["stage"] == stage).sum()) for stage in stages])
    layout = _Layout(stages, slots, (WIDTH - LANES - RIGHT) / sum(slots))
    channels = _lanes(touchpoints, "channel")
    cards = _cards(touchpoints, channels, layout)
    heights = [max((_stacked(column) for column in lane.values()), default=0) + 2 * GAP for lane in cards.values()]
    departments = _lanes(touchpoints, "department")
    has_departments, has_line = touchpoints["department"].ne("").any(), touchpoints["value"].notna().any()
    said = _wrapped_quotes(quotes, layout)
    parts = [
        HEADER, sum(heights), 0.28 + DEPARTMENT * departments.nunique() if has_departments else 0, PANEL if has_line else 0,
        0.3 + LINE * max(len(lines) for _, lines in said.values()) if said else 0,
    ]  # fmt: skip
    height = sum(parts) + 0.05

    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    axes.set_axis_off()
    _header(axes, layout)
    largest = max(touchpoints["volume"].max(skipna=True), 1) if touchpoints["volume"].notna().any() else 1
    top = HEADER
    for i, ((lane, columns), lane_height) in enumerate(zip(cards.items(), heights, strict=True)):
        _lane(axes, lane if touchpoints["channel"].ne("").any() else "Touchpoints", top, lane_height, i)
        for slot, column in columns.items():
            _stack(axes, column, LANES + slot * layout.slot, top + GAP, layout.slot, largest)
        top += lane_height
    _separators(axes, layout, HEADER, top)
    centres = _centres(touchpoints, layout)
    if has_departments:
        _department_lanes(axes, touchpoints, departments, centres, top)
        _separators(axes, layout, top + 0.28, top + parts[2])
        top += parts[2]
    if has_line:
        line = figure.add_axes((LANES / WIDTH, 1 - (top + PANEL - 0.3) / height, (WIDTH - LANES - RIGHT) / WIDTH, (PANEL - 0.78) / height))
        axes.text(0.04, top + 0.19, _panel_title(value_label, average), va="center", fontsize=9.5, weight="bold")
        _satisfaction(line, touchpoints, centres, layout, average)
        top += PANEL
    if said:
        _quote_row(axes, said, layout, top)
    return figure


def _panel_title(value_label: str, average: float | None) -> str:
    level = "" if average is None else f"; dashed: all touchpoints, {average:,.1f}"
    return f"{value_label or 'Satisfaction'}, with 95% intervals{level}"


def _slots(counts: list[int]) -> list[int]:
    """Columns of cards for each stage: one at least, the rest to where the crowd is."""
    slots = [1] * len(counts)
    while sum(slots) < COLUMNS and max(n / s for n, s in zip(counts, slots, strict=True)) > 1:
        crowded = max(range(len(counts)), key=lambda i: counts[i] / slots[i])
        slots[crowded] += 1
    return slots


def _lanes(touchpoints: pd.DataFrame, column: str) -> pd.Series:
    """The lane of each touchpoint; the least used lanes beyond what there is room for share one."""
    volume = touchpoints["volume"].fillna(0).groupby(touchpoints[column]).sum().drop("", errors="ignore")
    kept = set(volume.sort_values(ascending=False, kind="stable").index[: MOST_LANES if len(volume) <= MOST_LANES else MOST_LANES - 1])
    return touchpoints[column].where(touchpoints[column].isin(kept) | (touchpoints[column] == ""), OTHERS)


def _cards(touchpoints: pd.DataFrame, lanes: pd.Series, layout: _Layout) -> dict[str, dict[int, list[_Card]]]:
    """Cards by lane and column, lanes in the order in which the journey meets them; the one without a name last."""
    order = [lane for lane in lanes.drop_duplicates() if lane not in ("", OTHERS)]
    order += [lane for lane in (OTHERS, "") if lane in set(lanes)]
    cards: dict[str, dict[int, list[_Card]]] = {lane: {} for lane in order}
    start = 0
    for stage, n_slots in zip(layout.stages, layout.slots, strict=True):
        here = touchpoints[touchpoints["stage"] == stage]
        shown, gathered = _room(here, n_slots * MOST_IN_COLUMN)
        for lane in order:
            for j, (_, row) in enumerate(shown[lanes[shown.index] == lane].iterrows()):
                cards[lane].setdefault(start + j % n_slots, []).append(_card(row, layout.slot - 0.12))
        if len(gathered):
            volume = float(gathered["volume"].sum())
            card = _Card(
                "",
                textwrap.wrap(f"{len(gathered)} more, in the table", int((layout.slot - 0.52) / CHARACTER)),
                [],
                volume,
                f"{volume:,.0f}",
            )
            cards[order[-1]].setdefault(start + n_slots - 1, []).append(card)
        start += n_slots
    return cards


def _room(stage: pd.DataFrame, room: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    if len(stage) <= room:
        return stage, stage.head(0)
    first = stage.assign(hurts=stage["pain"].ne("")).sort_values(["hurts", "volume"], ascending=False, kind="stable").index[: room - 1]
    return stage.loc[stage.index.isin(first)], stage.loc[~stage.index.isin(first)]


def _card(row: pd.Series, width: float) -> _Card:
    letters = int((width - 0.1) / CHARACTER)
    name = str(row["touchpoint"]).replace("_", " ")
    return _Card(
        str(row["number"]), _name_lines(name, width - 0.4),
        textwrap.wrap(str(row["pain"]), letters), float(row["volume"]), str(row["volume_text"]),
    )  # fmt: skip


def _name_lines(name: str, room: float) -> list[str]:
    """A name on lines, a word broken only where even in narrow letters it would not fit."""
    fits = max(map(len, name.split()), default=0) * 0.95 * BOLD_CHARACTER <= room
    return textwrap.wrap(name, max(int(room / BOLD_CHARACTER), 6), break_long_words=not fits)


def _stacked(column: list[_Card]) -> float:
    return sum(card.height for card in column) + GAP * (len(column) - 1)


def _header(axes: Axes, layout: _Layout) -> None:
    """Stages as arrows that lead into each other."""
    tip, bottom = 0.13, HEADER - 0.08
    spans = layout.spans()
    for i, (stage, (left, right)) in enumerate(zip(layout.stages, spans, strict=True)):
        end, notch = (right - 0.02 if i < len(spans) - 1 else right - tip), tip if i else 0
        corners = [
            (left + 0.02, 0.02),
            (end, 0.02),
            (end + tip, bottom / 2 + 0.01),
            (end, bottom),
            (left + 0.02, bottom),
            (left + 0.02 + notch, bottom / 2 + 0.01),
        ]
        axes.add_patch(Polygon(corners, closed=True, color=STAGE_BLUES[i % 2], linewidth=0))
        text = label(stage) if stage else "No stage given"
        axes.text((left + right + notch) / 2, bottom / 2 + 0.01, text, ha="center", va="center", color="white", weight="bold", fontsize=10)


def _lane(axes: Axes, lane: str, top: float, height: float, i: int) -> None:
    if i % 2 == 0:
        axes.add_patch(Rectangle((0, top), WIDTH - RIGHT, height, color=BAND, linewidth=0, zorder=0))
    axes.plot([0, WIDTH - RIGHT], [top + height] * 2, color=GRID, linewidth=0.7, zorder=1)
    name = textwrap.fill(label(lane) if lane else "No channel given", LANE_LETTERS, max_lines=3, placeholder=" …")
    axes.text(0.05, top + height / 2, name, va="center", fontsize=9.5, weight="bold", color=MUTED)


def _separators(axes: Axes, layout: _Layout, top: float, bottom: float) -> None:
    for left, _ in layout.spans():
        axes.plot([left, left], [top, bottom], color=GRID, linewidth=0.7, linestyle=(0, (2, 2)), zorder=1)


def _stack(axes: Axes, cards: list[_Card], left: float, top: float, width: float, largest: float) -> None:
    for card in cards:
        _draw_card(axes, card, left + 0.06, top, width - 0.12, largest)
        top += card.height + GAP


def _draw_card(axes: Axes, card: _Card, x: float, y: float, width: float, largest: float) -> None:
    edge, face = (BAD, PAIN_TINT) if card.pain else (GRID, "white")
    axes.add_patch(
        FancyBboxPatch(
            (x, y),
            width,
            card.height,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=face,
            edgecolor=edge,
            linewidth=1.4 if card.pain else 0.9,
            zorder=2,
        )
    )
    if card.number:
        _badge(axes, x + 0.165, y + 0.17, card.number, BAD if card.pain else ACCENT)
    top = y + 0.085
    for text in card.name:
        axes.text(x + 0.315, top, text, va="top", fontsize=9, color=INK, weight="bold", zorder=3)
        top += LINE
    top = max(top, y + 0.085 + 1.4 * LINE)
    room = width - 0.26 - len(card.volume_text) * CHARACTER
    share = 0.0 if card.volume != card.volume else card.volume / largest
    length = max(share * room, 0.02)
    axes.add_patch(Rectangle((x + 0.08, top + 0.045), length, 0.09, color=BAD if card.pain else ACCENT, linewidth=0, zorder=3))
    axes.text(x + 0.08 + length + 0.05, top + 0.09, card.volume_text, va="center", fontsize=9, color=MUTED, zorder=3)
    top += LINE + 0.02
    for text in card.pain:
        axes.text(x + 0.08, top, text, va="top", fontsize=9, color=BAD, zorder=3)
        top += LINE


def _badge(axes: Axes, x: float, y: float, number: str, colour: str) -> None:
    axes.add_patch(Circle((x, y), BADGE, color=colour, linewidth=0, zorder=4))
    axes.text(x, y + 0.005, number, ha="center", va="center", fontsize=9, weight="bold", color="white", zorder=5)


def _centres(touchpoints: pd.DataFrame, layout: _Layout) -> list[float]:
    """Where each touchpoint stands along the journey, evenly within its stage."""
    centres = [0.0] * len(touchpoints)
    for stage, (left, right) in zip(layout.stages, layout.spans(), strict=True):
        rows = touchpoints.index[touchpoints["stage"] == stage]
        for j, row in enumerate(rows):
            centres[row] = left + (right - left) * (j + 0.5) / len(rows)
    return centres


def _department_lanes(axes: Axes, touchpoints: pd.DataFrame, lanes: pd.Series, centres: list[float], top: float) -> None:
    axes.text(0.04, top + 0.15, "Carried by the department", va="center", fontsize=9.5, weight="bold")
    top += 0.28
    order = [lane for lane in lanes.drop_duplicates() if lane not in ("", OTHERS)] + [x for x in (OTHERS, "") if x in set(lanes)]
    middles = {lane: top + (i + 0.5) * DEPARTMENT for i, lane in enumerate(order)}
    for i, (lane, middle) in enumerate(middles.items()):
        if i % 2 == 0:
            axes.add_patch(Rectangle((0, middle - DEPARTMENT / 2), WIDTH - RIGHT, DEPARTMENT, color=BAND, linewidth=0, zorder=0))
        name = textwrap.fill(label(lane) if lane else "Not known", LANE_LETTERS + 2, max_lines=2, placeholder=" …")
        axes.text(0.05, middle, name, va="center", fontsize=9, color=MUTED, linespacing=0.95)
    # The path between departments: a level stretch is work that stays, a step is a handover meant by the design.
    axes.plot(centres, [middles[lane] for lane in lanes], color="#b8c4d0", linewidth=1.4, zorder=2, solid_joinstyle="round")
    step = min((b - a for a, b in pairwise(sorted(centres))), default=1.0)
    for x, lane, (_, row) in zip(centres, lanes, touchpoints.iterrows(), strict=True):
        colour = BAD if row["pain"] else ACCENT
        if step >= 2 * BADGE:
            _badge(axes, x, middles[lane], str(row["number"]), colour)
        else:  # too many for badges: the number alone, on white
            bbox = {"facecolor": "white", "linewidth": 0, "pad": 0.3}
            axes.text(
                x, middles[lane], str(row["number"]), ha="center", va="center", fontsize=9, weight="bold", color=colour, zorder=5, bbox=bbox
            )


def _satisfaction(axes: Axes, touchpoints: pd.DataFrame, centres: list[float], layout: _Layout, average: float | None) -> None:
    known = touchpoints[touchpoints["value"].notna()]
    x = [centres[i] for i in known.index]
    low, high = known["low"].fillna(known["value"]), known["high"].fillna(known["value"])
    spread = max(high.max() - low.min(), 1e-6)
    axes.set(xlim=(LANES, WIDTH - RIGHT), ylim=(low.min() - 0.15 * spread, high.max() + 0.15 * spread))
    for left, right in layout.spans()[::2]:
        axes.axvspan(left, right, color=TINT, linewidth=0, zorder=0)
    if average is not None:
        axes.axhline(average, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.fill_between(x, low, high, color=ACCENT, alpha=0.10, linewidth=0, zorder=1)
    axes.plot(x, known["value"], color=INK, linewidth=1.3, zorder=2)
    for xi, (_, row) in zip(x, known.assign(low=low, high=high).iterrows(), strict=True):
        colour = BAD if row["pain"] else ACCENT
        axes.plot([xi, xi], [row["low"], row["high"]], color=colour, linewidth=2, zorder=3, solid_capstyle="butt")
        axes.plot([xi], [row["value"]], marker="o", markersize=6.5, color=colour, markeredgecolor="white", zorder=4)
    axes.set_xticks(centres, [str(n) for n in touchpoints["number"]], fontsize=9)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    for side in ("bottom", "left"):
        axes.spines[side].set_visible(False)


def _wrapped_quotes(quotes: pd.DataFrame | None, layout: _Layout) -> dict[str, tuple[str, list[str]]]:
    """For each stage the mark of a quotation and its lines."""
    if quotes is None or quotes.empty:
        return {}
    room = dict(zip(layout.stages, ((right - left) for left, right in layout.spans()), strict=True))
    found = {}
    for row in quotes[quotes["stage"].isin(layout.stages)].itertuples():
        lines = textwrap.wrap(
            f"“{row.text}”", max(int((room[row.stage] - 0.2) / (CHARACTER * 0.97)), 8), max_lines=MOST_QUOTE_LINES, placeholder=" …”"
        )
        mark = " ".join(str(x) for x in (row.number, FACES.get(row.empathy, "")) if x)
        found[row.stage] = (mark, lines)
    return found


def _quote_row(axes: Axes, said: dict[str, tuple[str, list[str]]], layout: _Layout, top: float) -> None:
    axes.text(0.05, top + 0.1, "In customers’\nown words", va="top", fontsize=9.5, weight="bold", color=MUTED)
    for stage, (left, _) in zip(layout.stages, layout.spans(), strict=True):
        if stage in said:
            mark, lines = said[stage]
            axes.text(left + 0.1, top + 0.08, mark, va="top", fontsize=9, weight="bold", color=MUTED)
            for i, text in enumerate(lines):
                axes.text(left + 0.1, top + 0.08 + LINE * (i + 1), text, va="top", fontsize=9, style="italic", color=INK)
