"""Which improvements to choose under a budget: an integer programme, its frontier, and how sure the choice is.

Knows benefits, costs and which improvement needs or excludes which; not where they come from.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp

CENT = 0.01  # costs are compared to the cent, or to what the solver can tell apart
MOST_TRIED = 15  # improvements of which every set is tried when the benefits are drawn many times
MOST_POINTS = 200  # of a frontier; beyond, the budgets between are left out

Pairs = Sequence[tuple[int, int]]


class Choice(NamedTuple):
    """What is chosen, what it brings and what it costs.

    Parameters
    ----------
    chosen : ndarray of bool
    benefit, cost : float
        Sums over the chosen.
    """

    chosen: np.ndarray
    benefit: float
    cost: float


def best_choice(benefits: ArrayLike, costs: ArrayLike, budget: float, *, requires: Pairs = (), excludes: Pairs = ()) -> Choice:
    """Choose what brings most within a budget; of equally good choices the cheapest.

    Parameters
    ----------
    benefits, costs : array-like of float, shape (n,)
        Costs from 0 up.
    budget : float
        From 0 up, in the unit of the costs.
    requires : sequence of (int, int)
        ``(i, j)``: i only together with j.
    excludes : sequence of (int, int)
        ``(i, j)``: never both.

    Returns
    -------
    Choice

    Raises
    ------
    ValueError
        If the arrays differ in length, hold a value that is no number, or a cost or the budget is negative.

    Notes
    -----
    Maximise ``Σ b x`` over x of 0 and 1 with ``Σ c x <= budget``, ``x_i <= x_j`` for what requires and
    ``x_i + x_j <= 1`` for what excludes, by branch and bound (HiGHS); then again for a little less money, as long
    as that brings as much.

    References
    ----------
    .. [1] H. Kellerer, U. Pferschy, D. Pisinger, "Knapsack Problems", 2004.

    Examples
    --------
    >>> best = best_choice([60, 100, 120], [10, 20, 30], 50)
    >>> best.chosen.tolist(), best.benefit, best.cost
    ([False, True, True], 220.0, 50.0)
    """
    benefits, costs = _checked(benefits, costs, budget)
    rows = _rules(len(benefits), requires, excludes)
    best = _best(benefits, costs, budget, rows)
    while best.cost > 0:  # as good for less?
        cheaper = _best(benefits, costs, max(best.cost - _step(costs), 0.0), rows)
        if cheaper.benefit < best.benefit - 1e-12 * max(1.0, np.abs(benefits).sum()):
            break
        best = cheaper
    return best


def frontier(benefits: ArrayLike, costs: ArrayLike, *, requires: Pairs = (), excludes: Pairs = ()) -> list[Choice]:
    """Every choice that is best for some budget, from nothing to all that pays.

    Parameters
    ----------
    benefits, costs : array-like of float, shape (n,)
    requires, excludes : sequence of (int, int)
        As in `best_choice`.

    Returns
    -------
    list of Choice
        By rising cost and benefit. The choice for a budget is the last that costs no more. At most 200.

    Notes
    -----
    From the budget of all downwards, each time a little below what the last choice cost: a cent, or a hundred-thousandth of
    the largest cost.

    Examples
    --------
    >>> [(step.cost, step.benefit) for step in frontier([60, 100, 120], [10, 20, 30])]
    [(0.0, 0.0), (10.0, 60.0), (20.0, 100.0), (30.0, 160.0), (40.0, 180.0), (50.0, 220.0), (60.0, 280.0)]
    """
    benefits, costs = _checked(benefits, costs, 0.0)
    rows = _rules(len(benefits), requires, excludes)
    found: list[Choice] = []
    budget = float(costs.sum())
    while budget >= 0 and len(found) < MOST_POINTS:
        choice = _best(benefits, costs, budget, rows)
        if found and choice.benefit >= found[-1].benefit:
            found[-1] = choice  # as good for less
        else:
            found.append(choice)
        budget = choice.cost - _step(costs)
    return found[::-1]


def chosen_shares(draws: ArrayLike, costs: ArrayLike, budget: float, *, requires: Pairs = (), excludes: Pairs = ()) -> np.ndarray:
    """How often each improvement is among the best choice, over draws of the benefits.

    Parameters
    ----------
    draws : array-like of float, shape (n_draws, n)
        Benefits that may be the true ones; the same draws for every budget compared.
    costs : array-like of float, shape (n,)
    budget : float
    requires, excludes : sequence of (int, int)

    Returns
    -------
    ndarray of float, shape (n,)
        Shares from 0 to 1.

    Examples
    --------
    >>> chosen_shares([[3, 2], [1, 2]], [10, 10], 10).tolist()
    [0.5, 0.5]
    """
    draws, costs = np.asarray(draws, dtype=float), np.asarray(costs, dtype=float)
    rows = [*_rules(draws.shape[1], requires, excludes), (costs, -np.inf, budget)]
    if draws.shape[1] > MOST_TRIED:
        return np.mean([_solve(-benefits, rows) for benefits in draws], axis=0)
    sets = (np.arange(2 ** draws.shape[1])[:, None] >> np.arange(draws.shape[1])) & 1
    for row, _low, high in rows:
        sets = sets[sets @ row <= high * (1 + 1e-12) + 1e-9]
    parts = np.array_split(draws, max(1, sets.shape[0] * len(draws) // 4_000_000))
    best = np.concatenate([(sets @ part.T).argmax(axis=0) for part in parts])
    return sets[best].mean(axis=0)


def circles(requires: Pairs) -> list[list[int]]:
    """Circles among what requires what: improvements that can only begin after one another.

    Parameters
    ----------
    requires : sequence of (int, int)

    Returns
    -------
    list of list of int
        Each circle's members, sorted; empty without one.

    Examples
    --------
    >>> circles([(0, 1), (1, 2), (2, 0), (3, 0)])
    [[0, 1, 2]]
    """
    members = sorted({i for pair in requires for i in pair})
    reach = {i: {j for k, j in requires if k == i} for i in members}
    for middle in members:  # Warshall's closure
        for i in members:
            if middle in reach[i]:
                reach[i] |= reach[middle]
    caught = [i for i in members if i in reach[i]]
    groups = {tuple(j for j in caught if j in reach[i] and i in reach[j]) for i in caught}
    return [list(group) for group in sorted(groups)]


def _checked(benefits: ArrayLike, costs: ArrayLike, budget: float) -> tuple[np.ndarray, np.ndarray]:
    benefits, costs = np.asarray(benefits, dtype=float), np.asarray(costs, dtype=float)
    if benefits.shape != costs.shape or benefits.ndim != 1:
        raise ValueError(f"benefits and costs must be of one length, but have shapes {benefits.shape} and {costs.shape}")
    if not (np.isfinite(benefits).all() and np.isfinite(costs).all()):
        raise ValueError("benefits and costs must be numbers")
    if (costs < 0).any() or not budget >= 0:
        raise ValueError(f"costs and budget must be 0 or more, but the least cost is {costs.min()} and the budget {budget}")
    return benefits, costs


def _best(benefits: np.ndarray, costs: np.ndarray, budget: float, rows: list[tuple[np.ndarray, float, float]]) -> Choice:
    chosen = _solve(-benefits, [*rows, (costs, -np.inf, budget)])
    return Choice(chosen.astype(bool), float(benefits @ chosen), float(costs @ chosen))


def _step(costs: np.ndarray) -> float:
    return max(CENT, 1e-5 * float(costs.max(initial=0.0)))  # ten times what the solver tells apart


def _rules(n: int, requires: Pairs, excludes: Pairs) -> list[tuple[np.ndarray, float, float]]:
    rows = []
    for i, j in requires:
        row = np.zeros(n)
        row[i] += 1
        row[j] -= 1
        rows.append((row, -np.inf, 0.0))
    for i, j in excludes:
        row = np.zeros(n)
        row[i] = row[j] = 1
        rows.append((row, -np.inf, 1.0))
    return rows


def _solve(objective: np.ndarray, rows: list[tuple[np.ndarray, float, float]]) -> np.ndarray:
    """The 0-1 vector with the least objective; choosing nothing always keeps the rules."""
    scale = np.abs(objective).max(initial=0.0) or 1.0  # the solver's tolerances are absolute
    matrix, low, high = (np.array(part) for part in zip(*rows, strict=True))
    size = np.abs(matrix).max(axis=1)
    size[size == 0] = 1.0
    limits = LinearConstraint(matrix / size[:, None], low / size, high / size)
    whole = np.ones(len(objective))
    with _silent():
        found = milp(objective / scale, integrality=whole, bounds=Bounds(0, 1), constraints=limits, options={"mip_rel_gap": 0.0})
    return np.round(found.x)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the solver's library from writing to standard output: it prints a line of its own, whatever is asked of it."""
    with contextlib.suppress(OSError):
        kept = os.dup(1)
        try:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), 1)
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
        return
    yield
