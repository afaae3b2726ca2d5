"""Which improvements to choose under a budget: an integer programme, its frontier, and how sure the choice is.

Knows benefits, costs and which improvement needs or excludes which; not where they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp

CENT = 0.01  # costs are compared to the cent
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
    ``x_i + x_j <= 1`` for what excludes, by branch and bound (HiGHS). A second programme holds the benefit
    and minimises the cost.

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
    most = _solve(-benefits, [*rows, (costs, -np.inf, budget + CENT / 10)])
    reached = float(benefits @ most)
    slack = 1e-9 * max(1.0, float(np.abs(benefits).sum()))
    least = _solve(costs, [*rows, (benefits, reached - slack, np.inf), (costs, -np.inf, budget + CENT / 10)])
    chosen = least if least is not None else most
    return Choice(chosen.astype(bool), float(benefits @ chosen), float(costs @ chosen))


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
    From the budget of all downwards, each time a cent below what the last choice cost.

    Examples
    --------
    >>> [(step.cost, step.benefit) for step in frontier([60, 100, 120], [10, 20, 30])]
    [(0.0, 0.0), (10.0, 60.0), (20.0, 100.0), (30.0, 160.0), (40.0, 180.0), (50.0, 220.0), (60.0, 280.0)]
    """
    found, budget = [], float(np.sum(np.asarray(costs, dtype=float)))
    while budget >= 0 and len(found) < MOST_POINTS:
        choice = best_choice(benefits, costs, budget, requires=requires, excludes=excludes)
        found.append(choice)
        budget = choice.cost - CENT
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
    draws = np.asarray(draws, dtype=float)
    rows = _rules(draws.shape[1], requires, excludes)
    costs = np.asarray(costs, dtype=float)
    rows = [*rows, (costs, -np.inf, budget + CENT / 10)]
    return np.mean([_solve(-benefits, rows) for benefits in draws], axis=0)


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


def _solve(objective: np.ndarray, rows: list[tuple[np.ndarray, float, float]]) -> np.ndarray | None:
    """The 0-1 vector with the least objective; None where no vector keeps the rules."""
    scale = np.abs(objective).max(initial=0.0) or 1.0  # the solver's tolerances are absolute
    matrix, low, high = (np.array(part) for part in zip(*rows, strict=True))
    size = np.abs(matrix).max(axis=1)
    size[size == 0] = 1.0
    limits = LinearConstraint(matrix / size[:, None], low / size, high / size)
    found = milp(
        objective / scale, integrality=np.ones(len(objective)), bounds=Bounds(0, 1), constraints=limits, options={"mip_rel_gap": 0.0}
    )
    return None if found.x is None else np.round(found.x)
