"""Buying again without a contract: BG/NBD (Fader, Hardie and Lee 2005) and MBG/NBD (Batislam, Denizel and Filiztekin 2007).

While alive a customer buys at a rate of their own (gamma over customers), and after each purchase leaves for good with
a chance of their own (beta over customers). Under MBG/NBD they may also leave right after the first purchase. A customer
is told by `frequency` (repeat purchases, the first not counted), `recency` (time from the first purchase to the last)
and `age` (time from the first purchase to the end of observation). All times are in one unit, and so is the rate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, gammaln, hyp2f1, psi
from scipy.stats import nbinom

from cvclib.methods.maximum_likelihood import Fit, NotFittedError, fit_positive

NAMES = ("r", "alpha", "a", "b")  # rate: gamma(r, alpha); leaving: beta(a, b)
START = (1.0, 5.0, 1.0, 1.5)
FEWEST_COVERING, FEWEST_COVERING_MODIFIED = 1_500, 4_000  # customers from which the intervals of the parameters cover (simulated)
FROM_ONE = 1e-6  # the formulas have a removable hole at a = 1

Numbers = NDArray[np.float64]


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, customers: ArrayLike | None = None, *, modified: bool = False) -> Fit:
    """Fit BG/NBD or MBG/NBD by maximum likelihood.

    Parameters
    ----------
    frequency, recency, age : array_like of shape (n,)
        One row a customer, or one row for all customers who are alike.
    customers : array_like of shape (n,), optional
        How many customers each row stands for; one by default. Alike rows taken together are all the fit needs.
    modified : bool
        MBG/NBD.

    Returns
    -------
    Fit
        Of r, alpha (in the unit of time), a, b. Their intervals cover from about `FEWEST_COVERING` customers on, those of MBG/NBD
        from `FEWEST_COVERING_MODIFIED`.

    Raises
    ------
    ValueError
        If a recency lies beyond its age, or a customer without repeats has one.
    NotFittedError
        If nobody bought again, or the likelihood has no maximum.

    Notes
    -----
    With x, t, T the frequency, recency and age, and k = 0 (BG) or 1 (MBG), the likelihood of a customer is
    Γ(r+x) αʳ / Γ(r) · B(a, b+x+k) / B(a, b) · {(α+T)^−(r+x) + [x+k > 0] · a / (b+x+k−1) · (α+t)^−(r+x)}.
    Gradients are analytic. Time is scaled by the mean age, so that a unit does not matter to the search.

    Examples
    --------
    >>> found = fit([0, 1, 2, 0, 3, 1], [0, 10, 20, 0, 30, 5], [39, 38, 30, 25, 35, 39], [500, 200, 90, 400, 60, 150])
    >>> found.n, found.names
    (1400, ('r', 'alpha', 'a', 'b'))
    """
    x, t, whole, counts = checked(frequency, recency, age, customers)
    if not np.any(x > 0):
        raise NotFittedError("nobody bought again")
    scale = float(np.average(whole, weights=counts)) / 10
    n = counts.sum()
    kinds, kind = np.unique(x, return_inverse=True)
    rows = (x, t / scale, whole / scale, counts / n, kinds, kind)
    found = fit_positive(lambda logs: _objective(logs, rows, int(modified)), NAMES, START, round(n))
    values = found.values * np.array([1, scale, 1, 1])
    return found._replace(values=values, log_likelihood=found.log_likelihood - float(counts @ x) * np.log(scale))


def probability_alive(values: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, modified: bool = False) -> Numbers:
    """Probability that a customer has not left.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, a, b.
    frequency, recency, age : array_like of shape (n,)
    modified : bool

    Returns
    -------
    numpy.ndarray of shape (n,)
        0 to 1. Under BG/NBD 1 for a customer without repeats, by construction.

    Examples
    --------
    >>> probability_alive([0.2426, 4.4136, 0.7929, 2.4259], [2, 0], [30.43, 0], [38.86, 38.86]).round(3)
    array([0.727, 1.   ])
    """
    x, t, whole, _ = checked(frequency, recency, age, None)
    return 1 - _left(np.asarray(values, dtype=float), x, t, whole, int(modified))


def expected_purchases(
    values: ArrayLike, time: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, modified: bool = False
) -> Numbers:
    """Purchases that a customer will make over the coming `time`.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, a, b.
    time : array_like
        Length of the time to come; broadcast against the customers.
    frequency, recency, age : array_like of shape (n,)
    modified : bool

    Returns
    -------
    numpy.ndarray

    Notes
    -----
    P(alive) · (a+B−1) / (a−1) · {1 − (1−z)^(a−1) · ₂F₁(a+b+k−1−r, a−1; a+B−1; z)} with B = b+x+k and
    z = time / (α+T+time): the published form after Euler's transformation, which stays finite for any x.

    Examples
    --------
    >>> expected_purchases([0.2426, 4.4136, 0.7929, 2.4259], 39, [2], [30.43], [38.86]).round(3)
    array([1.226])
    """
    x, t, whole, _ = checked(frequency, recency, age, None)
    values = np.asarray(values, dtype=float)
    alive = 1 - _left(values, x, t, whole, int(modified))
    return alive * _of_the_living(values, np.asarray(time, dtype=float), x, whole, int(modified))


def expected_of_new(values: ArrayLike, time: ArrayLike, *, modified: bool = False) -> Numbers:
    """Repeat purchases that a new customer makes over `time` from their first purchase.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, a, b.
    time : array_like
    modified : bool

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> expected_of_new([0.2426, 4.4136, 0.7929, 2.4259], [1, 39]).round(3)
    array([0.053, 1.195])
    """
    values, time = np.asarray(values, dtype=float), np.asarray(time, dtype=float)
    stays = values[3] / (values[2] + values[3]) if modified else 1.0
    return stays * _of_the_living(values, time, np.zeros(1), np.zeros(1), int(modified)).reshape(time.shape)


def probability_of_purchases(values: ArrayLike, purchases: ArrayLike, time: float, *, modified: bool = False) -> Numbers:
    """Probability that a new customer makes so many repeat purchases over `time`.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, a, b.
    purchases : array_like of int
    time : float
    modified : bool

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> probability_of_purchases([0.2426, 4.4136, 0.7929, 2.4259], [0, 1, 2, 3], 39).round(4)
    array([0.5743, 0.1992, 0.0853, 0.0458])
    """
    r, alpha, a, b = np.asarray(values, dtype=float)
    x, k = np.asarray(purchases, dtype=float), int(modified)
    while_alive = nbinom(r, alpha / (alpha + time))
    stayed = np.exp(betaln(a, b + x + k) - betaln(a, b)) * while_alive.pmf(x)
    leaves = np.exp(betaln(a + 1, np.maximum(b + x + k - 1, 1e-300)) - betaln(a, b)) * while_alive.sf(x - 1)
    return stayed + np.where(x + k > 0, leaves, 0.0)


def simulated_purchases(
    values: ArrayLike, time: float, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, rng: np.random.Generator,
    *, modified: bool = False,
) -> NDArray[np.int64]:  # fmt: skip
    """Purchases over the coming `time` as they may fall out, one draw a customer.

    Parameters
    ----------
    values : array_like of shape (4,)
        r, alpha, a, b.
    time : float
    frequency, recency, age : array_like of shape (n,)
    rng : numpy.random.Generator
    modified : bool

    Returns
    -------
    numpy.ndarray of shape (n,)

    Notes
    -----
    Given that a customer is alive, the rate is gamma(r+x, α+T) and the chance of leaving beta(a, b+x+k), independent of
    each other; purchases end at the one after which they leave.

    Examples
    --------
    >>> simulated_purchases([1, 10, 1, 3], 1000, [0], [0], [39], np.random.default_rng(1)).shape
    (1,)
    """
    r, alpha, a, b = np.asarray(values, dtype=float)
    x, t, whole, _ = checked(frequency, recency, age, None)
    alive = rng.random(len(x)) >= _left(np.array([r, alpha, a, b]), x, t, whole, int(modified))
    rate = rng.gamma(r + x, 1 / (alpha + whole))
    leaving = np.clip(rng.beta(a, b + x + int(modified)), 1e-12, 1.0)
    return np.where(alive, np.minimum(rng.poisson(rate * time), rng.geometric(leaving)), 0)


def checked(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, customers: ArrayLike | None) -> tuple[Numbers, ...]:
    """Frequency, recency, age and counts as arrays, refused where they cannot be a customer's.

    Parameters
    ----------
    frequency, recency, age : array_like of shape (n,)
    customers : array_like of shape (n,) or None

    Returns
    -------
    tuple of numpy.ndarray
        The four, each of shape (n,); counts of one where None was given.

    Raises
    ------
    ValueError
        If a recency lies beyond its age, or a customer without repeats has one.

    Examples
    --------
    >>> checked([1], [3.0], [9.0], None)[3]
    array([1.])
    """
    x, t, whole = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (frequency, recency, age))
    counts = np.ones(len(x)) if customers is None else np.atleast_1d(np.asarray(customers, dtype=float))
    if np.any(t > whole) or np.any(t < 0):
        raise ValueError("recency must lie between 0 and age")
    if np.any((x == 0) & (t > 0)):
        raise ValueError("a customer without repeat purchases has recency 0")
    return x, t, whole, counts


def _objective(logs: Numbers, rows: tuple[Numbers, ...], k: int) -> tuple[float, Numbers]:
    """Negative mean log-likelihood and its gradient by the logarithms; gamma functions once a frequency, not a row."""
    r, alpha, a, b = np.exp(logs)
    x, t, whole, weights, kinds, kind = rows
    until_end, until_last = np.log(alpha + whole), np.log(alpha + t)
    can_leave = x + k > 0
    spare = np.where(can_leave, b + x + k - 1, 1.0)
    odds = np.where(can_leave, np.log(a) - np.log(spare) + (r + x) * (until_end - until_last), -np.inf)
    both = np.logaddexp(0.0, odds)
    left = np.exp(odds - both)
    by_kind = gammaln(r + kinds) - gammaln(r) + r * np.log(alpha) + betaln(a, b + kinds + k) - betaln(a, b)
    value = weights @ (by_kind[kind] - (r + x) * until_end + both)
    slope_r = (psi(r + kinds) - psi(r) + np.log(alpha))[kind] - (1 - left) * until_end - left * until_last
    slope_alpha = r / alpha - (r + x) * ((1 - left) / (alpha + whole) + left / (alpha + t))
    slope_a = (psi(a + b) - psi(a + b + kinds + k))[kind] + left / a
    slope_b = (psi(a + b) + psi(b + kinds + k) - psi(b) - psi(a + b + kinds + k))[kind] - left / spare
    gradient = np.array([weights @ slope_r * r, weights @ slope_alpha * alpha, weights @ slope_a * a, weights @ slope_b * b])
    return float(-value), -gradient


def _left(values: Numbers, x: Numbers, t: Numbers, whole: Numbers, k: int) -> Numbers:
    """Probability of having left."""
    r, alpha, a, b = values
    can_leave = x + k > 0
    spare = np.where(can_leave, b + x + k - 1, 1.0)
    odds = np.where(can_leave, np.log(a / spare) + (r + x) * (np.log(alpha + whole) - np.log(alpha + t)), -np.inf)
    return np.exp(odds - np.logaddexp(0.0, odds))


def _of_the_living(values: Numbers, time: Numbers, x: Numbers, whole: Numbers, k: int) -> Numbers:
    r, alpha, a, b = values
    if abs(a - 1) < FROM_ONE:
        a = 1 + FROM_ONE
    z = time / (alpha + whole + time)
    c = a + b + x + k - 1
    return c / (a - 1) * (1 - (1 - z) ** (a - 1) * hyp2f1(a + b + k - 1 - r, a - 1, c, z))
