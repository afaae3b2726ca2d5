"""Buying again without a contract: Pareto/NBD (Schmittlein, Morrison and Colombo 1987).

While alive a customer buys at a rate of their own (gamma over customers), and leaves at a rate of their own (gamma too):
unlike under BG/NBD, at any time, not only right after a purchase. A customer is told by frequency, recency and age, as in
`cvclib.methods.bg_nbd`, all in one unit of time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, psi

from cvclib.methods.bg_nbd import checked
from cvclib.methods.maximum_likelihood import Fit, NotFittedError, fit_positive

NAMES = ("r", "alpha", "s", "beta")  # buying: gamma(r, alpha); leaving: gamma(s, beta)
START = (1.0, 5.0, 1.0, 5.0)
FEWEST_COVERING = 1_500  # customers from which the intervals of the parameters cover (simulated)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
NEGLIGIBLE = 36.0  # beyond e^-36 of its height the integrand adds nothing

Numbers = NDArray[np.float64]


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, customers: ArrayLike | None = None) -> Fit:
    """Fit Pareto/NBD by maximum likelihood.

    Parameters
    ----------
    frequency, recency, age : array_like of shape (n,)
        One row a customer, or one row for all customers who are alike.
    customers : array_like of shape (n,), optional
        How many customers each row stands for; one by default.

    Returns
    -------
    Fit
        Of r, alpha, s, beta (alpha and beta in the unit of time). Their intervals cover from about `FEWEST_COVERING` customers on.

    Raises
    ------
    ValueError
        If a recency lies beyond its age, or a customer without repeats has one.
    NotFittedError
        If nobody bought again, or the likelihood has no maximum.

    Notes
    -----
    The likelihood of a customer is Γ(r+x) αʳ / Γ(r) times {(α+T)^−(r+x) (β/(β+T))ˢ + ∫ from t to T of
    (α+τ)^−(r+x) s βˢ (β+τ)^−(s+1) dτ}. The integral, for which closed forms need hypergeometric functions, is taken by
    Gauss and Legendre's rule of 48 points in log(α+τ), and so are its analytic derivatives.

    Examples
    --------
    >>> times = [0, 4, 20, 30, 37, 36, 0, 9], [39, 38, 39, 38, 39, 39, 30, 38]
    >>> fit([0, 1, 2, 4, 8, 1, 0, 3], *times, [500, 90, 60, 50, 20, 40, 400, 30]).values.round(2)
    array([ 0.38, 13.49,  0.62,  8.82])
    """
    x, t, whole, counts = checked(frequency, recency, age, customers)
    if not np.any(x > 0):
        raise NotFittedError("nobody bought again")
    n, scale = counts.sum(), float(np.average(whole, weights=counts)) / 10
    kinds, kind = np.unique(x, return_inverse=True)
    rows = (x, t / scale, whole / scale, counts / n, kinds, kind)
    found = fit_positive(lambda logs: _objective(logs, rows), NAMES, START, round(n))
    values = found.values * np.array([1, scale, 1, scale])
    return found._replace(values=values, log_likelihood=found.log_likelihood - float(counts @ x) * np.log(scale))


def probability_alive(values: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Numbers:
    """Probability that a customer has not left.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, s, beta.
    frequency, recency, age : array_like of shape (n,)

    Returns
    -------
    numpy.ndarray of shape (n,)

    Examples
    --------
    >>> probability_alive([0.5534, 10.58, 0.6061, 11.66], [2], [30.43], [38.86]).round(3)
    array([0.869])
    """
    x, t, whole, _ = checked(frequency, recency, age, None)
    stays, leaves, _, _ = _terms(np.asarray(values, dtype=float), x, t, whole)
    return np.exp(stays - np.logaddexp(stays, leaves))


def expected_purchases(values: ArrayLike, time: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Numbers:
    """Purchases that a customer will make over the coming `time`.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, s, beta.
    time : array_like
        Broadcast against the customers.
    frequency, recency, age : array_like of shape (n,)

    Returns
    -------
    numpy.ndarray

    Notes
    -----
    P(alive) (r+x)/(α+T) · (β+T)/(s−1) · {1 − ((β+T)/(β+T+time))^(s−1)}, with its limit at s = 1.

    Examples
    --------
    >>> expected_purchases([0.5534, 10.58, 0.6061, 11.66], 39, [2], [30.43], [38.86]).round(3)
    array([1.455])
    """
    values = np.asarray(values, dtype=float)
    x, t, whole, _ = checked(frequency, recency, age, None)
    return probability_alive(values, x, t, whole) * _of_the_living(values, np.asarray(time, dtype=float), x, whole)


def expected_of_new(values: ArrayLike, time: ArrayLike) -> Numbers:
    """Repeat purchases that a new customer makes over `time` from their first purchase.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, s, beta.
    time : array_like

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> expected_of_new([0.5534, 10.58, 0.6061, 11.66], [39]).round(2)
    array([1.21])
    """
    return _of_the_living(np.asarray(values, dtype=float), np.asarray(time, dtype=float), 0.0, 0.0)


def simulated_purchases(
    values: ArrayLike, time: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Purchases over the coming `time` as they may fall out, one draw a customer.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, s, beta.
    time : float
    frequency, recency, age : array_like of shape (n,)
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of shape (n,)

    Examples
    --------
    >>> simulated_purchases([1, 10, 1, 30], 100, [0], [0], [39], np.random.default_rng(1)).shape
    (1,)
    """
    r, alpha, s, beta = np.asarray(values, dtype=float)
    x, t, whole, _ = checked(frequency, recency, age, None)
    alive = rng.random(len(x)) < probability_alive([r, alpha, s, beta], x, t, whole)
    rate = rng.gamma(r + x, 1 / (alpha + whole))
    stays = np.minimum(time, rng.exponential(size=len(x)) / np.maximum(rng.gamma(s, 1 / (beta + whole)), 1e-300))
    return np.where(alive, rng.poisson(rate * stays), 0)


def _objective(logs: Numbers, rows: tuple[Numbers, ...]) -> tuple[float, Numbers]:
    r, alpha, s, beta = values = np.exp(logs)
    x, t, whole, weights, kinds, kind = rows
    stays, leaves, nodes, shares = _terms(values, x, t, whole)
    both = np.logaddexp(stays, leaves)
    left = np.exp(leaves - both)
    m, to_a, to_b = r + x, np.log(alpha + whole), np.log(beta + whole)
    value = weights @ ((gammaln(r + kinds) - gammaln(r))[kind] + r * np.log(alpha) + both)
    near_a, near_b = alpha + nodes, beta + nodes  # nodes of the integral, each row's weights summing to one

    def mean(of_node: Numbers, at_end: Numbers) -> Numbers:
        return (1 - left) * at_end + left * np.einsum("ij,ij->i", shares, of_node)

    slope_r = (psi(r + kinds) - psi(r) + np.log(alpha))[kind] + mean(-np.log(near_a), -to_a)
    slope_alpha = r / alpha + mean(-m[:, None] / near_a, -m / (alpha + whole))
    slope_s = mean(1 / s + np.log(beta) - np.log(near_b), np.log(beta) - to_b)
    slope_beta = mean(s / beta - (s + 1) / near_b, s / beta - s / (beta + whole))
    gradient = [weights @ slope_r * r, weights @ slope_alpha * alpha, weights @ slope_s * s, weights @ slope_beta * beta]
    return float(-value), -np.array(gradient)


def _terms(values: Numbers, x: Numbers, t: Numbers, whole: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Logarithms of both terms in braces, the nodes of the integral, and each node's share of it."""
    r, alpha, s, beta = values
    m = (r + x)[:, None]
    begin = np.log(alpha + t)[:, None]
    length = np.minimum(np.log(alpha + whole)[:, None] - begin, NEGLIGIBLE / np.maximum(m - 1, 1e-9))
    u = begin + (NODES + 1) / 2 * length
    nodes = np.exp(u) - alpha
    with np.errstate(divide="ignore"):  # of a customer who bought on the last day the integral is empty: log 0
        height = (1 - m) * u + np.log(s) + s * np.log(beta) - (s + 1) * np.log(beta + nodes) + np.log(WEIGHTS / 2) + np.log(length)
    top = height.max(axis=1, keepdims=True)
    shares = np.exp(height - np.where(np.isfinite(top), top, 0.0))
    total = shares.sum(axis=1)
    with np.errstate(divide="ignore"):
        leaves = np.where(np.isfinite(top[:, 0]), top[:, 0], 0.0) + np.log(total)
    stays = -(r + x) * np.log(alpha + whole) + s * (np.log(beta) - np.log(beta + whole))
    return stays, leaves, nodes, shares / np.maximum(total, 1e-300)[:, None]


def _of_the_living(values: Numbers, time: Numbers, x: Numbers | float, whole: Numbers | float) -> Numbers:
    r, alpha, s, beta = values
    rate, end = (r + x) / (alpha + whole), beta + whole
    ratio = np.log(end) - np.log(end + time)
    power = s - 1
    spent = -ratio if abs(power) < 1e-9 else -np.expm1(power * ratio) / power
    return rate * end * spent
