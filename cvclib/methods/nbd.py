"""Buying again where nobody is seen to leave: the negative binomial model of purchases (Ehrenberg 1959).

Customers buy at a rate of their own (gamma over customers) and go on doing so: the limit of BG/NBD and Pareto/NBD as leaving
becomes rare. All times are in one unit; a customer is told as in `cvclib.methods.bg_nbd`, of which recency does not matter here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, psi

from cvclib.methods.bg_nbd import checked
from cvclib.methods.maximum_likelihood import Fit, NotFittedError, fit_positive

NAMES = ("r", "alpha")
START = (1.0, 5.0)

Numbers = NDArray[np.float64]


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, customers: ArrayLike | None = None) -> Fit:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    frequency, recency, age : array_like of shape (n,)
        One row a customer, or one row for all customers who are alike.
    customers : array_like of shape (n,), optional
        How many customers each row stands for; one by default.

    Returns
    -------
    Fit
        Of r and alpha (in the unit of time). Its likelihood is of the times of purchase, as that of the models with leaving.

    Raises
    ------
    ValueError
        If a recency lies beyond its age, or a customer without repeats has one.
    NotFittedError
        If nobody bought again, or all buy at one pace.

    Notes
    -----
    The likelihood of a customer is Γ(r+x) / Γ(r) · αʳ / (α+T)^(r+x).

    Examples
    --------
    >>> fit([0, 1, 2, 6], [0, 9, 20, 38], [39, 39, 39, 39], [50, 20, 10, 9]).values.round(2)
    array([ 0.49, 18.03])
    """
    x, _, whole, counts = checked(frequency, recency, age, customers)
    if not np.any(x > 0):
        raise NotFittedError("nobody bought again")
    n, scale = counts.sum(), float(np.average(whole, weights=counts)) / 10
    kinds, kind = np.unique(x, return_inverse=True)
    found = fit_positive(lambda logs: _objective(logs, x, whole / scale, counts / n, kinds, kind), NAMES, START, round(n))
    moved = found.log_likelihood - float(counts @ x) * np.log(scale)
    return found._replace(values=found.values * np.array([1, scale]), log_likelihood=moved)


def expected_purchases(values: ArrayLike, time: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Numbers:
    """Purchases that a customer will make over the coming `time`: (r + x) / (α + T) · time.

    Parameters
    ----------
    values : array_like of shape (2,)
        r, alpha.
    time : array_like
        Broadcast against the customers.
    frequency, recency, age : array_like of shape (n,)

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> expected_purchases([1, 10], 20, [3], [25], [30])
    array([2.])
    """
    r, alpha = np.asarray(values, dtype=float)
    x, _, whole, _ = checked(frequency, recency, age, None)
    return np.asarray(time, dtype=float) * (r + x) / (alpha + whole)


def expected_of_new(values: ArrayLike, time: ArrayLike) -> Numbers:
    """Repeat purchases that a new customer makes over `time` from their first purchase: r / α · time.

    Parameters
    ----------
    values : array_like of shape (2,)
        r, alpha.
    time : array_like

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> expected_of_new([1, 10], [20, 40])
    array([2., 4.])
    """
    r, alpha = np.asarray(values, dtype=float)
    return np.asarray(time, dtype=float) * r / alpha


def simulated_purchases(
    values: ArrayLike, time: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Purchases over the coming `time` as they may fall out, one draw a customer.

    Parameters
    ----------
    values : array_like of shape (2,)
        r, alpha.
    time : float
    frequency, recency, age : array_like of shape (n,)
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of shape (n,)

    Examples
    --------
    >>> simulated_purchases([1, 10], 100, [0], [0], [39], np.random.default_rng(1)).shape
    (1,)
    """
    r, alpha = np.asarray(values, dtype=float)
    x, _, whole, _ = checked(frequency, recency, age, None)
    return rng.poisson(rng.gamma(r + x, 1 / (alpha + whole)) * time)


def _objective(
    logs: Numbers, x: Numbers, whole: Numbers, weights: Numbers, kinds: Numbers, kind: NDArray[np.intp]
) -> tuple[float, Numbers]:
    r, alpha = np.exp(logs)
    until = np.log(alpha + whole)
    value = weights @ ((gammaln(r + kinds) - gammaln(r))[kind] + r * np.log(alpha) - (r + x) * until)
    slope_r = (psi(r + kinds) - psi(r))[kind] + np.log(alpha) - until
    slope_alpha = r / alpha - (r + x) / (alpha + whole)
    return float(-value), -np.array([weights @ slope_r * r, weights @ slope_alpha * alpha])
