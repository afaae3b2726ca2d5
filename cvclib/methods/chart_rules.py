"""The rules by which points of a control chart are called signals, and how strict they must be for many charts.

Knows each rule by its number in the two usual lists and how often it raises a false alarm; how wide limits and
how long runs must be for a whole family of charts to stay at 5%.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvclib.methods.control_charts import D2, NATURAL, RUN, Limits

DRAWS = 40_000  # charts of pure noise from which the family's limits are read
SHAPE = 16.0  # of the gamma distribution: skewness 2 / sqrt(16)
FEWEST_POINTS = 6  # fewer points give no limits worth drawing
FEWEST_A_SIDE = 3  # points on either side of a change of level

RuleName = Literal["outside", "two of three", "four of five", "run", "trend"]


class Rule(NamedTuple):
    """A detection rule of control charts.

    Parameters
    ----------
    words : str
        What it looks for.
    western_electric, nelson : int or None
        Its number in the two usual lists.
    window : int
        Points it looks at together.
    false_alarms : float
        Share of points (windows) at which it fires on independent normal noise with known limits.
    """

    words: str
    western_electric: int | None
    nelson: int | None
    window: int
    false_alarms: float


# The rates by arithmetic: 2 Φ(-3); 2 (3 q² (1 - q) + q³) with q = Φ(-2); 2 (5 q⁴ (1 - q) + q⁵) with q = Φ(-1);
# 2 / 2⁸; 2 / 6!. Nelson's run is of nine points: half the rate.
RULES: Mapping[RuleName, Rule] = {
    "outside": Rule("a point beyond three standard deviations from the centre", 1, 1, 1, 0.0027),
    "two of three": Rule("two of three points in a row beyond two standard deviations on the same side", 2, 5, 3, 0.0031),
    "four of five": Rule("four of five points in a row beyond one standard deviation on the same side", 3, 6, 5, 0.0055),
    "run": Rule("eight points in a row on the same side of the centre", 4, 2, RUN, 0.0078),
    "trend": Rule("six points in a row, each higher, or each lower, than the one before", None, 3, 6, 0.0028),
}


class Guard(NamedTuple):
    """How strict rules must be for a family of charts to keep to its rate of false alarms, two rules being used.

    Parameters
    ----------
    multiple : float
        Standard deviations from the centre to the action limits of a chart whose spread is estimated.
    run : int
        Points in a row on one side of the centre that make a signal.
    shift : float
        Size of `level_shift` that makes a signal.
    point_risk : float
        Risk of a single point falling outside, for limits taken from a distribution itself.
    most_spread : float
        Estimated standard deviation of standard normal points that chance exceeds in 1 of 40 charts.
    """

    multiple: float
    run: int
    shift: float
    point_risk: float
    most_spread: float


def guard(n_points: int, n_charts: int, *, false_alarms: float = 0.05) -> Guard:
    """Work out how strict the rules must be for a family of charts.

    Parameters
    ----------
    n_points : int
        Points of the chart at hand.
    n_charts : int
        Charts looked at together.
    false_alarms : float
        Share of families of pure noise that may hold any signal.

    Returns
    -------
    Guard
        Any two of the rules "outside", "run" and the level shift fire together in at most this share of families.

    Raises
    ------
    ValueError
        If there are fewer than six points.

    Notes
    -----
    Each chart may take ``1 - (1 - false_alarms) ** (1 / n_charts)``, each of two rules half of that. How far
    that is, is read from 40,000 charts of independent points whose centre and spread are estimated as `individuals`
    does; for the limits these points are skewed as means and sums of some ten sales are (gamma, skewness 0.5), for
    the rest they are normal. The customary rules are far from it: with 24 normal points, three standard deviations are crossed on 5.6% of such charts, and a run of
    eight occurs on 3.3%; on one or more of eight charts it is 37% and 23%. Points that hang together in time raise
    more alarms.

    Examples
    --------
    >>> one, eight = guard(24, 1), guard(24, 8)
    >>> one.run, round(one.multiple, 1), eight.run, round(eight.multiple, 1)
    (9, 3.6, 11, 4.4)
    """
    if n_points < FEWEST_POINTS:
        raise ValueError(f"n_points must be {FEWEST_POINTS} or more, but is {n_points}")
    a_rule = (1 - (1 - false_alarms) ** (1 / n_charts)) / 2
    farthest, longest, shifts, spreads = _noise(n_points)
    return Guard(
        multiple=float(np.quantile(farthest, 1 - a_rule)),
        run=next(k for k in range(2, n_points + 2) if (longest >= k).mean() <= a_rule),
        shift=float(np.quantile(shifts, 1 - a_rule)),
        point_risk=float(1 - (1 - a_rule) ** (1 / n_points)),
        most_spread=float(np.quantile(spreads, 1 - 1 / 40)),
    )


@cache
def _noise(n_points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each chart of noise: its farthest point in estimated standard deviations, longest run, level shift, spread."""
    rng = np.random.default_rng(20_021)
    points, skewed = rng.normal(size=(DRAWS, n_points)), rng.gamma(SHAPE, size=(DRAWS, n_points))
    spread, off = _spread(points), points - points.mean(axis=1, keepdims=True)
    farthest = np.abs(skewed - skewed.mean(axis=1, keepdims=True)).max(axis=1) / _spread(skewed)
    run, longest = np.ones(DRAWS, dtype=int), np.ones(DRAWS, dtype=int)
    for i in range(1, n_points):
        run = np.where((off[:, i] > 0) == (off[:, i - 1] > 0), run + 1, 1)
        longest = np.maximum(longest, run)
    sums = np.abs(off.cumsum(axis=1)[:, FEWEST_A_SIDE - 1 : n_points - FEWEST_A_SIDE]).max(axis=1)
    return farthest, longest, sums / np.sqrt(n_points) / spread, spread


def _spread(points: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(points, axis=1)).mean(axis=1) / D2


class Shift(NamedTuple):
    """The place at which a figure's level most likely changed.

    Parameters
    ----------
    first_after : int
        First point of the later level.
    before, after : float
        Mean before and from there on, weighted by size.
    size : float
        Largest sum of deviations from the overall mean, in standard deviations of all points together.
    """

    first_after: int
    before: float
    after: float
    size: float


def level_shift(values: ArrayLike, spread: float, sizes: ArrayLike | None = None) -> Shift:
    """Find where the level of a figure most likely changed, and by how much (cumulative sum).

    Parameters
    ----------
    values : array-like of float, shape (n_points,)
        In time order, without blanks.
    spread : float
        Standard deviation of one observation: of a point where there are no sizes. From the moving range, a
        change of level hardly swells it.
    sizes : array-like of float, shape (n_points,), optional
        On how many observations each value rests.

    Returns
    -------
    Shift
        A signal where its size is at least `Guard.shift`. At least three points lie on either side.

    Raises
    ------
    ValueError
        If there are fewer than six values.

    Notes
    -----
    ``max_k |Σ_{i ≤ k} n_i (x_i - mean)| / (spread sqrt(Σ n))``. It asks what the run of eight asks (Western
    Electric 4, Nelson 2), whether months have moved to one side, and finds a lasting change sooner. A drift shows
    up as a change of level too.

    References
    ----------
    .. [1] E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954.
    .. [2] W. A. Taylor, "Change-point analysis: a powerful new tool for detecting changes", 2000.

    Examples
    --------
    >>> shift = level_shift([1, 2, 1, 2, 1, 5, 6, 5, 6, 5], spread=0.5)
    >>> shift.first_after, shift.before, shift.after, round(shift.size, 1)
    (5, 1.4, 5.4, 6.3)
    """
    values = np.asarray(values, dtype=float)
    sizes = np.ones(values.size) if sizes is None else np.asarray(sizes, dtype=float)
    if values.size < FEWEST_POINTS:
        raise ValueError(f"values must hold {FEWEST_POINTS} points or more, but holds {values.size}")
    sums = np.abs(np.cumsum(sizes * (values - np.average(values, weights=sizes))))
    inner = slice(FEWEST_A_SIDE - 1, values.size - FEWEST_A_SIDE)
    k = int(np.argmax(sums[inner])) + FEWEST_A_SIDE
    before, after = (float(np.average(values[part], weights=sizes[part])) for part in (slice(None, k), slice(k, None)))
    size = float(sums[k - 1] / (spread * np.sqrt(sizes.sum()))) if spread > 0 else 0.0
    return Shift(k, before, after, size)


def broken_rules(
    values: ArrayLike, limits: Limits, *, rules: Sequence[RuleName] = ("outside", "run"), run: int = RUN
) -> dict[RuleName, np.ndarray]:
    """Which points break which rule.

    Parameters
    ----------
    values : array-like of float, shape (n_points,)
        In time order; NaN for a point not seen, which is passed over and is never a signal.
    limits : Limits
        "outside" looks at these; the rules of one and two standard deviations at a third and two thirds of
        the way from the centre to them.
    rules : sequence of RuleName
        Keys of `RULES`. Each further rule adds its false alarms: with the limits and the run of a `guard`,
        these two keep a family to 5%.
    run : int
        Length of a run.

    Returns
    -------
    dict of RuleName to ndarray of bool, shape (n_points,)
        For each rule the points that it marks: all points of a run or a trend, of "two of three" and "four of
        five" those that lie out.

    References
    ----------
    .. [1] Western Electric, "Statistical Quality Control Handbook", 1956.
    .. [2] L. S. Nelson, "The Shewhart control chart: tests for special causes", Journal of Quality Technology
       16(4), 1984.

    Examples
    --------
    >>> from cvclib.methods.control_charts import individuals
    >>> points = [1, 2, 1, 2, 1, 2, 9]
    >>> broken_rules(points, individuals(points))["outside"].tolist()
    [False, False, False, False, False, False, True]
    """
    values = np.asarray(values, dtype=float)
    seen = np.isfinite(values)
    low, high = (np.broadcast_to(end, values.shape)[seen] for end in (limits.low, limits.high))
    off = values[seen] - limits.centre
    reach = np.where(off >= 0, high - limits.centre, limits.centre - low) / NATURAL
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(off == 0, 0.0, off / reach)
    found = {
        "outside": lambda: (values[seen] < low) | (values[seen] > high),
        "two of three": lambda: _some_of(z, 2, 3, 2.0),
        "four of five": lambda: _some_of(z, 4, 5, 1.0),
        "run": lambda: _some_of(z, run, run, 0.0),
        "trend": lambda: _trend(off, RULES["trend"].window),
    }
    marked = {}
    for rule in rules:
        marked[rule] = np.zeros(values.size, dtype=bool)
        marked[rule][seen] = found[rule]()
    return marked


def _some_of(z: np.ndarray, least: int, window: int, beyond: float) -> np.ndarray:
    """Points beyond a line, of which a window holds at least so many on the same side."""
    marked = np.zeros(z.size, dtype=bool)
    for out in (z > beyond, z < -beyond):
        for start in range(z.size - window + 1):
            part = slice(start, start + window)
            if out[part].sum() >= least:
                marked[part] |= out[part]
    return marked


def _trend(values: np.ndarray, window: int) -> np.ndarray:
    marked = np.zeros(values.size, dtype=bool)
    for start in range(values.size - window + 1):
        steps = np.diff(values[start : start + window])
        if (steps > 0).all() or (steps < 0).all():
            marked[start : start + window] = True
    return marked
