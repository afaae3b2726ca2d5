"""Value against cost: Tanaka's value index and the zone in which the two agree well enough."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Zone = Literal["in balance", "costs more than it brings", "brings more than it costs"]

TOLERANCE = 0.15  # Tanaka's q, as a share; the example of his paper takes 15%


def value_index(value_share: ArrayLike, cost_share: ArrayLike) -> np.ndarray:
    """Share of the value divided by share of the cost.

    Parameters
    ----------
    value_share, cost_share : array-like of float, shape (n,)
        Shares from 0 to 1.

    Returns
    -------
    ndarray of float, shape (n,)
        1 where they agree; infinite where there is value at no cost, NaN where there is neither.

    References
    ----------
    .. [1] M. Tanaka, "Cost planning and control systems in the design phase of a new product", in Monden and
       Sakurai (eds.), "Japanese Management Accounting", 1989.

    Examples
    --------
    >>> value_index([0.3, 0.1], [0.2, 0.2]).round(2).tolist()
    [1.5, 0.5]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(value_share, dtype=float) / np.asarray(cost_share, dtype=float)


def control_zone(cost_share: ArrayLike, tolerance: float = TOLERANCE) -> tuple[np.ndarray, np.ndarray]:
    """Value shares that agree well enough with a share of the cost.

    Parameters
    ----------
    cost_share : array-like of float, shape (n,)
        x, from 0 to 1.
    tolerance : float
        q, in the same unit: wide for what is small, narrow for what is large.

    Returns
    -------
    (ndarray, ndarray)
        ``sqrt(x² - q²)``, 0 where x < q, and ``sqrt(x² + q²)``.

    References
    ----------
    .. [1] M. Tanaka 1989, value control chart.

    Examples
    --------
    >>> [round(float(x), 4) for x in control_zone(20, 15)]
    [13.2288, 25.0]
    """
    x = np.asarray(cost_share, dtype=float)
    return np.sqrt(np.maximum(x**2 - tolerance**2, 0.0)), np.hypot(x, tolerance)


def zone(value_share: ArrayLike, cost_share: ArrayLike, tolerance: float = TOLERANCE) -> list[Zone]:
    """Where each point stands on the value control chart.

    Parameters
    ----------
    value_share, cost_share : array-like of float, shape (n,)
    tolerance : float

    Returns
    -------
    list of {"in balance", "costs more than it brings", "brings more than it costs"}

    Examples
    --------
    >>> zone([0.05, 0.2, 0.5], [0.4, 0.2, 0.1])
    ['costs more than it brings', 'in balance', 'brings more than it costs']
    """
    low, high = control_zone(cost_share, tolerance)
    values = np.asarray(value_share, dtype=float)
    return [
        "costs more than it brings" if v < a else "brings more than it costs" if v > b else "in balance"
        for v, a, b in zip(values, low, high, strict=True)
    ]
