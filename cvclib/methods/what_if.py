"""What a change in one attribute brings further along: through satisfaction and buying again to what customers are worth.

Three links, each with its error: satisfaction on the attributes (adjusted for each other), a behaviour on satisfaction, money
on that behaviour. The errors are carried by simulation, all attributes from the same draws (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cvclib.methods.estimate import Z_95, Estimate

FEWEST_ROWS = 60  # answers, and as many more as ten times the attributes, from which the slopes' intervals hold
FEWEST_EITHER = 20  # customers who did it, and who did not, from which the second link's interval holds
DRAWS = 4_000
SURELY = 0.999  # largest share that a change may lift to; a retention of 1 has no finite worth


class Slopes(NamedTuple):
    """How much an outcome changes with each attribute, the others held.

    Parameters
    ----------
    value : ndarray, shape (k,)
        Points of the outcome a point of the attribute.
    covariance : ndarray, shape (k, k)
    p : ndarray, shape (k,)
        Of each slope being nought, not corrected.
    p_any : float
        Of all slopes being nought.
    n : int

    Examples
    --------
    >>> Slopes._fields
    ('value', 'covariance', 'p', 'p_any', 'n')
    """

    value: NDArray[np.float64]
    covariance: NDArray[np.float64]
    p: NDArray[np.float64]
    p_any: float
    n: int


def adjusted_slopes(attributes: ArrayLike, outcome: ArrayLike, weights: ArrayLike | None = None) -> Slopes:
    """Slope of an outcome on each attribute, adjusted for the others, with a covariance that needs no equal spread.

    Parameters
    ----------
    attributes : array-like of float, shape (n, k)
        No blanks.
    outcome : array-like of float, shape (n,)
    weights : array-like of float, shape (n,), optional
        Sampling weights.

    Returns
    -------
    Slopes

    Raises
    ------
    ValueError
        If there are not more rows than columns and one, or the attributes cannot be told apart.

    Notes
    -----
    Least squares, weighted; the covariance is the sandwich HC3, whose residuals are divided by one less the row's leverage.

    References
    ----------
    .. [1] J. G. MacKinnon, H. White, "Some heteroskedasticity-consistent covariance matrix estimators with improved finite sample
       properties", Journal of Econometrics 29, 1985.

    Examples
    --------
    >>> found = adjusted_slopes([[1, 2], [2, 1], [3, 5], [4, 3], [5, 4.0]], [5.1, 4.0, 13.0, 9.9, 13.0])
    >>> found.value.round(1).tolist()
    [1.0, 2.0]
    """
    x, y = np.asarray(attributes, dtype=float), np.asarray(outcome, dtype=float)
    n, k = x.shape
    if n <= k + 1:
        raise ValueError(f"attributes must have more rows than columns and one, not {n} rows for {k} columns")
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    design = np.column_stack([np.ones(n), x])
    weighted = design * w[:, None]
    inner = weighted.T @ design
    if np.linalg.cond(inner / np.sqrt(np.outer(np.diag(inner), np.diag(inner)))) > 1e10:
        raise ValueError("attributes must not tell each other exactly")
    inverse = np.linalg.inv(inner)
    beta = inverse @ (weighted.T @ y)
    leverage = np.einsum("ij,jk,ik->i", weighted, inverse, design)
    score = weighted * ((y - design @ beta) / np.maximum(1 - leverage, 1e-9))[:, None]
    covariance = (inverse @ (score.T @ score) @ inverse)[1:, 1:]
    return with_tests(beta[1:], covariance, n)


def with_tests(value: ArrayLike, covariance: ArrayLike, n: int) -> Slopes:
    """Slopes and their covariance with the tests that each, and that any, differs from nought.

    Parameters
    ----------
    value : array-like of float, shape (k,)
    covariance : array-like of float, shape (k, k)
    n : int

    Returns
    -------
    Slopes

    Examples
    --------
    >>> round(float(with_tests([1.96], [[1.0]], 10_000).p[0]), 2)
    0.05
    """
    value, covariance = np.asarray(value, dtype=float), np.asarray(covariance, dtype=float)
    left = max(n - value.size - 1, 1)
    error = np.sqrt(np.diag(covariance))
    p = 2 * stats.t.sf(np.abs(np.divide(value, error, out=np.full(value.size, np.inf), where=error > 0)), left)
    wald = float(value @ np.linalg.pinv(covariance) @ value) / value.size
    return Slopes(value, covariance, p, float(stats.f.sf(wald, value.size, left)), n)


class Behaviour(NamedTuple):
    """How the share of customers who do something changes with their answer.

    Parameters
    ----------
    slope : Estimate
        Change of the share with a point of the answer.
    base : Estimate
        Share that does it.
    p : float
        Of the slope being nought.

    Examples
    --------
    >>> Behaviour._fields
    ('slope', 'base', 'p')
    """

    slope: Estimate
    base: Estimate
    p: float


def behaviour_of_counts(score: ArrayLike, n: ArrayLike, did: ArrayLike) -> Behaviour:
    """How the share that does something changes with the answer, from counts by answer.

    Parameters
    ----------
    score : array-like of float, shape (m,)
        Different answers.
    n, did : array-like of int, shape (m,)
        Customers who gave the answer, and those of them who did it.

    Returns
    -------
    Behaviour

    Raises
    ------
    ValueError
        If all gave one answer.

    Notes
    -----
    A straight line through the shares, by least squares; as shares spread unequally the standard error is the sandwich HC1. A line is the
    average change over the answers given, whatever the true curve.

    Examples
    --------
    Of 100 who answered 1 twenty came back, of 100 who answered 3 sixty: 20 percentage points a point.

    >>> found = behaviour_of_counts([1, 3], [100, 100], [20, 60])
    >>> round(found.slope.value, 9), round(found.base.value, 9)
    (0.2, 0.4)
    """
    score, n, did = (np.asarray(v, dtype=float) for v in (score, n, did))
    total = n.sum()
    centred = score - (n * score).sum() / total
    spread = (n * centred**2).sum()
    if not spread > 0:
        raise ValueError("score must take at least two values")
    base = did.sum() / total
    slope = (did * centred).sum() / spread
    line = base + slope * centred
    squares = did * (1 - line) ** 2 + (n - did) * line**2
    left = max(total - 2, 1)
    error = float(np.sqrt((centred**2 * squares).sum() / spread**2 * total / left))
    reach = float(stats.t.ppf(0.975, left)) * error
    spread_of_base = Z_95 * float(np.sqrt(base * (1 - base) / total))
    p = float(2 * stats.t.sf(abs(slope) / error, left)) if error > 0 else float("nan")
    return Behaviour(
        Estimate(float(slope), float(slope - reach), float(slope + reach), int(total)),
        Estimate(float(base), float(base - spread_of_base), float(base + spread_of_base), int(total)), p,
    )  # fmt: skip


def margin_multiple(retention: ArrayLike, discount: ArrayLike) -> NDArray[np.float64]:
    """What a customer is worth, in margins of one period, where retention stays as it is.

    Parameters
    ----------
    retention : array-like of float
        Share of customers kept from a period to the next, 0 to below 1.
    discount : array-like of float
        Discount rate of one period.

    Returns
    -------
    ndarray of float
        ``r / (1 + i - r)``; the first margin comes at the end of the first period.

    References
    ----------
    .. [1] S. Gupta, D. R. Lehmann, "Customers as assets", Journal of Interactive Marketing 17, 2003.

    Examples
    --------
    >>> margin_multiple([0.6, 0.8], 0.10).round(2).tolist()
    [1.2, 2.67]
    """
    retention = np.asarray(retention, dtype=float)
    return retention / (1 + np.asarray(discount, dtype=float) - retention)


@dataclass(frozen=True)
class Worth:
    """What a higher share of customers who buy again, or stay, is worth: the third link.

    Parameters
    ----------
    equity : Estimate
        What the customer base is worth.
    way : {"orders", "contracts"}
        "orders": the worth moves in proportion with the share that buys again. "contracts": it moves with the multiple of
        `margin_multiple`, the share being the retention of a period.
    discount : float
        Discount rate of that period; without meaning for orders.

    Examples
    --------
    >>> Worth(Estimate(1000.0, 900.0, 1100.0, 50), "orders").change(0.02, 0.4, 1000.0).round(6).tolist()
    50.0
    """

    equity: Estimate
    way: Literal["orders", "contracts"]
    discount: float = 0.0

    def change(self, change: ArrayLike, base: ArrayLike, equity: ArrayLike) -> NDArray[np.float64]:
        """Change of the worth with a change of the share from its base."""
        change, base, equity = (np.asarray(v, dtype=float) for v in (change, base, equity))
        if self.way == "orders":
            return equity * change / base
        before, after = (margin_multiple(np.minimum(share, SURELY), self.discount) for share in (base, base + change))
        return equity * (after / before - 1)


@dataclass(frozen=True)
class Carried:
    """A change in each attribute carried through the links, with 95% intervals.

    Parameters
    ----------
    satisfaction, share, worth : ndarray, shape (k, 3)
        Value, low and high of the change of satisfaction, of the share that does it, and of the worth; the last two None
        where their link is missing.
    largest : ndarray, shape (k,)
        Probability that the attribute brings most.
    by_link : dict of str to ndarray, shape (k, 2)
        Low and high of the last of these when only one link is uncertain and the others stand as estimated.

    Examples
    --------
    >>> carry(with_tests([0.5], [[0.01]], 500), 0.1, rng=np.random.default_rng(1)).satisfaction[0].round(2).tolist()
    [0.05, 0.03, 0.07]
    """

    satisfaction: NDArray[np.float64]
    share: NDArray[np.float64] | None
    worth: NDArray[np.float64] | None
    largest: NDArray[np.float64]
    by_link: dict[str, NDArray[np.float64]]


def carry(
    slopes: Slopes,
    change: float,
    behaviour: Behaviour | None = None,
    worth: Worth | None = None,
    *,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Carried:
    """Carry a change in each attribute through the links there are.

    Parameters
    ----------
    slopes : Slopes
        Satisfaction on the attributes.
    change : float
        Points by which each attribute rises, one at a time.
    behaviour : Behaviour, optional
        The share that buys again, or stays, on satisfaction.
    worth : Worth, optional
        Money on that share; used only with `behaviour`.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    Carried

    Notes
    -----
    Slopes, behaviour, base and worth are drawn from the normal distributions of their estimates, independent of each other, as they rest on
    different questions; the interval is that of the percentiles. All attributes are carried through the same draws, so that two of
    them differ by their slopes alone. This is the Monte Carlo method for a product of coefficients [1]_.

    References
    ----------
    .. [1] D. P. MacKinnon, C. M. Lockwood, J. Williams, "Confidence limits for the indirect effect", Multivariate Behavioral
       Research 39, 2004.

    Examples
    --------
    >>> slopes = with_tests([0.5, 0.2], [[0.01, 0], [0, 0.01]], 500)
    >>> behaviour = behaviour_of_counts([1, 3], [100, 100], [20, 60])
    >>> carry(slopes, 0.1, behaviour, rng=np.random.default_rng(1)).share[:, 0].round(4).tolist()
    [0.01, 0.004]
    """
    k = slopes.value.size
    drawn = slopes.value + rng.standard_normal((draws, k)) @ _root(slopes.covariance).T
    satisfaction = _ends(change * slopes.value, change * drawn)
    if behaviour is None:
        links = {"satisfaction": satisfaction[:, 1:]}
        return Carried(satisfaction, None, None, _largest(drawn), links)
    steps = rng.standard_normal((3, draws))
    gamma, base = _normal(behaviour.slope, steps[0]), np.clip(_normal(behaviour.base, steps[1]), 0.001, SURELY)
    equity = None if worth is None else np.maximum(_normal(worth.equity, steps[2]), 0.0)
    fixed = (slopes.value[None, :], behaviour.slope.value, behaviour.base.value, None if worth is None else worth.equity.value)

    def last(b: NDArray, g: ArrayLike, p: ArrayLike, e: ArrayLike | None) -> NDArray:
        more = change * b * np.reshape(g, (-1, 1))
        more = np.clip(more, -np.reshape(p, (-1, 1)), SURELY - np.reshape(p, (-1, 1)))
        return more if worth is None else worth.change(more, np.reshape(p, (-1, 1)), np.reshape(e, (-1, 1)))

    share = _ends(change * slopes.value * behaviour.slope.value, change * drawn * gamma[:, None])
    point, all_vary = last(*fixed)[0], last(drawn, gamma, base, equity)
    varied = {
        "satisfaction": (drawn, *fixed[1:]), "behaviour": (fixed[0], gamma, *fixed[2:]),
        **({} if worth is None else {"worth": (*fixed[:2], base, equity)}),
    }  # fmt: skip
    by_link = {name: _ends(point, np.broadcast_to(last(*parts), (draws, k)))[:, 1:] for name, parts in varied.items()}
    return Carried(satisfaction, share, None if worth is None else _ends(point, all_vary), _largest(all_vary), by_link)


def _root(covariance: NDArray) -> NDArray:
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _normal(estimate: Estimate, steps: NDArray) -> NDArray:
    error = (estimate.high - estimate.low) / (2 * Z_95)
    return estimate.value + (error if np.isfinite(error) else 0.0) * steps


def _ends(value: NDArray, drawn: NDArray) -> NDArray:
    return np.column_stack([value, *np.quantile(drawn, [0.025, 0.975], axis=0)])


def _largest(drawn: NDArray) -> NDArray:
    return np.bincount(drawn.argmax(axis=1), minlength=drawn.shape[1]) / len(drawn)
