"""What a purchase is worth: the Gamma-Gamma model of value per purchase (Fader and Hardie 2013).

A customer's purchases vary around a mean of their own, and those means vary over customers; how often someone buys is
taken to say nothing about how much (see `independence`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, psi
from scipy.stats import norm

from cvclib.methods.estimate import Estimate
from cvclib.methods.maximum_likelihood import Fit, NotFittedError, fit_positive

NAMES = ("p", "q", "gamma")
START = (2.0, 3.0, 1.0)
FEWEST_COVERING = 3_000  # customers from which the intervals of the parameters cover (simulated)

Numbers = NDArray[np.float64]


def fit(frequency: ArrayLike, mean_value: ArrayLike, customers: ArrayLike | None = None) -> Fit:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    frequency : array_like of shape (n,)
        Purchases that the mean is made of, 1 or more.
    mean_value : array_like of shape (n,)
        Mean value of these purchases, above 0.
    customers : array_like of shape (n,), optional
        How many customers each row stands for.

    Returns
    -------
    Fit
        Of p, q, gamma (in the unit of value). Their intervals cover from about `FEWEST_COVERING` customers on.

    Raises
    ------
    ValueError
        If a frequency is below 1 or a mean value not above 0.
    NotFittedError
        If there are no rows, or the likelihood has no maximum.

    Notes
    -----
    Log-likelihood of a customer with x purchases of mean m: lnΓ(px+q) − lnΓ(px) − lnΓ(q) + q ln γ + (px−1) ln m +
    px ln x − (px+q) ln(xm+γ). Gradients are analytic; value is scaled by its mean during the search.

    Examples
    --------
    >>> found = fit([1, 2, 1, 3, 2, 1], [5.0, 12.0, 30.0, 25.0, 60.0, 140.0], [20, 25, 30, 20, 15, 5])
    >>> found.names
    ('p', 'q', 'gamma')
    """
    x, m = np.asarray(frequency, dtype=float), np.asarray(mean_value, dtype=float)
    counts = np.ones(len(x)) if customers is None else np.asarray(customers, dtype=float)
    if len(x) == 0:
        raise NotFittedError("nobody bought again")
    if np.any(x < 1) or np.any(m <= 0):
        raise ValueError("purchases must be 1 or more and their mean value above 0")
    n, scale = counts.sum(), float(np.average(m, weights=counts))
    kinds, kind = np.unique(x, return_inverse=True)
    weights, total = counts / n, x * m / scale
    found = fit_positive(lambda logs: _objective(logs, x, total, weights, kinds, kind), NAMES, START, round(n))
    values = found.values * np.array([1, 1, scale])
    # p x ln x + (p x - 1) ln m is p x ln(x m) - ln m, and the rest does not change with the scale
    return found._replace(values=values, log_likelihood=found.log_likelihood - float(counts @ np.log(m)))


def expected_value(values: ArrayLike, frequency: ArrayLike, mean_value: ArrayLike) -> Numbers:
    """Expected value per purchase of a customer: their own mean, drawn towards that of all.

    Parameters
    ----------
    values : array_like of shape (3,)
        p, q, gamma.
    frequency, mean_value : array_like of shape (n,)
        Purchases and their mean value; without any, the mean of all customers comes out.

    Returns
    -------
    numpy.ndarray of shape (n,)
        In the unit of value; infinite for a customer without purchases where q is not above 1.

    Notes
    -----
    p (γ + x m) / (p x + q − 1).

    Examples
    --------
    >>> expected_value([6.249, 3.745, 15.447], [2, 0], [22.35, 0.0]).round(2)
    array([24.66, 35.17])
    """
    p, q, gamma = np.asarray(values, dtype=float)
    x, m = np.asarray(frequency, dtype=float), np.asarray(mean_value, dtype=float)
    below = p * x + q - 1
    above = p * (gamma + np.where(x > 0, x * m, 0.0))
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.inf), where=below > 0)


def independence(frequency: ArrayLike, mean_value: ArrayLike) -> Estimate:
    """Correlation between how often customers buy and what they spend, which the model takes to be 0.

    Parameters
    ----------
    frequency, mean_value : array_like of shape (n,)
        Of customers with purchases.

    Returns
    -------
    Estimate
        Pearson's correlation, with Fisher's interval.

    Examples
    --------
    >>> round(independence([1, 2, 3, 4, 5], [1.0, 3.0, 2.0, 5.0, 4.0]).value, 2)
    0.8
    """
    x, m = np.asarray(frequency, dtype=float), np.asarray(mean_value, dtype=float)
    n = len(x)
    if n < 4 or np.ptp(x) == 0 or np.ptp(m) == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), n)
    r = np.corrcoef(x, m)[0, 1]
    reach = norm.ppf(0.975) / np.sqrt(n - 3)
    low, high = np.tanh(np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)) + np.array([-reach, reach]))
    return Estimate(float(r), float(low), float(high), n)


def _objective(
    logs: Numbers, x: Numbers, total: Numbers, weights: Numbers, kinds: Numbers, kind: NDArray[np.intp]
) -> tuple[float, Numbers]:
    p, q, gamma = np.exp(logs)
    spent, joined = np.log(total), np.log(total + gamma)
    by_kind = gammaln(p * kinds + q) - gammaln(p * kinds) - gammaln(q) + q * np.log(gamma)
    value = weights @ (by_kind[kind] + p * x * spent - (p * x + q) * joined)
    slope_p = (kinds * (psi(p * kinds + q) - psi(p * kinds)))[kind] + x * (spent - joined)
    slope_q = (psi(p * kinds + q) - psi(q) + np.log(gamma))[kind] - joined
    slope_gamma = q / gamma - (p * x + q) / (total + gamma)
    return float(-value), -np.array([weights @ slope_p * p, weights @ slope_q * q, weights @ slope_gamma * gamma])
