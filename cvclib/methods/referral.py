"""Referral in numbers: the K-factor, and how much faster one group does something than another.

Takes counts and arrays; knows nothing of customers' tables.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize

from cvclib.methods.estimate import Z_95, Estimate
from cvclib.methods.skewed import skewed_mean

FEWEST_MATCHED = 100  # units of each group from which the interval of a matched ratio covers as it says (simulated)
FEWEST_K = 500  # customers from which the interval of a rate of referral covers as it says (simulated)
NONE_SEEN = 3.689  # upper 97.5% point of a Poisson mean of which nothing was seen


def rate_of_rare(counts: ArrayLike, customers: ArrayLike) -> Estimate:
    """Estimate how many of something rare there are a customer, from customers counted by how many they have.

    Parameters
    ----------
    counts : array-like of int, shape (n,)
    customers : array-like of int, shape (n,)
        How many customers have that number.

    Returns
    -------
    Estimate
        Mean with Hall's interval, which heeds that a few have many; where there are none at all, up to Poisson's limit.

    Examples
    --------
    >>> [round(x, 3) for x in rate_of_rare([0, 1, 3], [900, 80, 20])]
    [0.14, 0.112, 0.174, 1000]
    >>> [round(x, 4) for x in rate_of_rare([0], [1000])]
    [0.0, 0.0, 0.0037, 1000]
    """
    counts, customers = np.asarray(counts, dtype=float), np.asarray(customers, dtype=float)
    n = int(customers.sum())
    if n and not (counts * customers).any():
        return Estimate(0.0, 0.0, NONE_SEEN / n, n)
    found = skewed_mean(counts, customers)
    return found._replace(low=max(found.low, 0.0))


def k_factor(invitations: Estimate, conversion: Estimate, observed: Estimate) -> Estimate:
    """Multiply invitations a customer by the share that converts.

    Parameters
    ----------
    invitations : Estimate
        Invitations a customer, i.
    conversion : Estimate
        Share that converts within a window, c, from 0 to 1; those not followed for so long are not counted as lost.
    observed : Estimate
        Converted invitations a customer, as seen so far.

    Returns
    -------
    Estimate
        ``K = i · c``, its interval that of `observed` in proportion: it varies from customer to customer, as K does, and holds
        that who refers often may refer well. Below 1 the customers alone do not make their number grow.

    Examples
    --------
    >>> [round(x, 3) for x in k_factor(Estimate(0.2, 0.15, 0.25, 900), Estimate(0.4, 0.3, 0.5, 180), Estimate(0.07, 0.05, 0.1, 900))]
    [0.08, 0.057, 0.114, 900]
    """
    value = invitations.value * conversion.value
    if not (value > 0 and observed.value > 0):
        return Estimate(float(value), observed.low, observed.high, observed.n)
    scale = value / observed.value
    return Estimate(float(value), float(observed.low * scale), float(observed.high * scale), observed.n)


def matched_rate_ratio(sums: pd.DataFrame) -> Estimate:
    """Estimate how much more one group does or brings per time than another, compared within strata.

    Parameters
    ----------
    sums : pandas.DataFrame
        A row a stratum and group: ``stratum``, ``treated`` (bool), ``n`` units, and the sums over units of what was done ``y``,
        of time at risk ``t``, and of ``yy``, ``tt``, ``yt``.

    Returns
    -------
    Estimate
        Ratio of the rate of the treated to that of the others; n is the number of units in strata with both. NaN where nothing
        was done in either.

    Notes
    -----
    Mantel and Haenszel's: over strata, ``Σ y₁ T₀/T`` over ``Σ y₀ T₁/T``. Its error is taken between units, as what one does again
    and again is not independent: with rates λ common to a stratum, the variance of the logarithm is the sum of
    ``(T₀/T)² Σ(y - θλt)² / R²`` and ``(T₁/T)² Σ(y - λt)² / S²``.

    References
    ----------
    .. [1] S. Greenland, J. M. Robins, "Estimation of a common effect parameter from sparse follow-up data", Biometrics 41, 1985.

    Examples
    --------
    >>> sums = pd.DataFrame({"stratum": [1, 1], "treated": [True, False], "n": [50, 100], "y": [40.0, 40.0], "t": [50.0, 100.0],
    ...                      "yy": [60.0, 60.0], "tt": [50.0, 100.0], "yt": [40.0, 40.0]})
    >>> [round(x, 2) for x in matched_rate_ratio(sums)]
    [2.0, 1.32, 3.04, 150]
    """
    strata, at = np.unique(sums["stratum"].to_numpy(), return_inverse=True)
    cells = np.zeros((2, len(_SUMS), strata.size))
    np.add.at(cells, (sums["treated"].to_numpy().astype(int), slice(None), at), sums[_SUMS].to_numpy(dtype=float))
    other, one = cells[:, :, (cells[:, 0] > 0).all(axis=0)]
    if not one.shape[1]:
        return Estimate(np.nan, np.nan, np.nan, 0)
    (n1, y1, t1), (n0, y0, t0) = one[:3], other[:3]
    up, down, n = float(y1 @ (t0 / (t1 + t0))), float(y0 @ (t1 / (t1 + t0))), int(n1.sum() + n0.sum())
    if not (up > 0 and down > 0):
        return Estimate(np.nan, np.nan, np.nan, n)
    ratio = up / down
    rate = (y1 + y0) / (ratio * t1 + t0)
    up_squares = (t0 / (t1 + t0)) ** 2 @ _squares(one, ratio * rate) / up**2
    down_squares = (t1 / (t1 + t0)) ** 2 @ _squares(other, rate) / down**2
    variance = up_squares * n1.sum() / max(n1.sum() - 1, 1) + down_squares * n0.sum() / max(n0.sum() - 1, 1)
    half = Z_95 * float(np.sqrt(max(variance, 0.0)))
    return Estimate(ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half)), n)


_SUMS = ["n", "y", "t", "yy", "tt", "yt"]


def _squares(sums: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Squared distances of what units did from what the rate leads to expect, by stratum."""
    _, _, _, yy, tt, yt = sums
    return yy - 2 * rate * yt + rate**2 * tt


def pace_ratio(days: ArrayLike, happened: ArrayLike, treated: ArrayLike, *, counts: ArrayLike | None = None) -> Estimate:
    """Estimate how many times as fast the treated do something for the first time, where everybody has a pace of their own.

    Parameters
    ----------
    days : array-like of float, shape (n,)
        Until it happened, or until last seen; not negative.
    happened, treated : array-like of bool, shape (n,)
    counts : array-like of int, shape (n,), optional
        How many each row stands for; one each by default.

    Returns
    -------
    Estimate
        Factor on everybody's pace; n is how many there are. NaN where it happened to none of a group.

    Notes
    -----
    Paces are gamma distributed, so that ``P(T > t) = (α / (α + θ t))^r`` with θ = 1 for the others: the first wait of the NBD model
    (and of BG/NBD, where nobody leaves before a first repeat). A ratio of hazards shrinks towards 1 as the quick ones go first;
    θ does not. Fitted by maximum likelihood, interval from the curvature on the log scale.

    References
    ----------
    .. [1] P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting your customers the easy way", Marketing Science 24, 2005.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> treated = rng.random(4000) < 0.3
    >>> wait = rng.exponential(1 / (rng.gamma(0.9, 1 / 200, 4000) * np.where(treated, 2, 1)))
    >>> 1.6 < pace_ratio(np.minimum(wait, 365), wait < 365, treated).value < 2.4
    True
    """
    days, happened, treated = np.asarray(days, dtype=float), np.asarray(happened, dtype=bool), np.asarray(treated, dtype=bool)
    counts = np.ones(days.size) if counts is None else np.asarray(counts, dtype=float)
    n = int(counts.sum())
    if any(not (counts * happened)[group].sum() > 0 for group in (treated, ~treated)):
        return Estimate(np.nan, np.nan, np.nan, n)
    scale = max(float(np.average(days, weights=counts)), 1e-9)
    t = np.maximum(days, 0.5) / scale  # on the first day is half a day

    def loss(log: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, theta = np.exp(np.clip(log, -12, 12))
        moved = np.where(treated, theta * t, t)
        u = alpha + moved
        likelihood = r * (np.log(alpha) - np.log(u)) + happened * (np.log(r) + np.where(treated, np.log(theta), 0) - np.log(u))
        slope = (
            r * (np.log(alpha) - np.log(u)) + happened,
            r - (r + happened) * alpha / u,
            treated * (happened - (r + happened) * moved / u),
        )
        return -float(counts @ likelihood), -np.array([counts @ part for part in slope])

    found = optimize.minimize(loss, np.zeros(3), jac=True, method="BFGS", options={"gtol": 1e-6 * n})
    step = 1e-4
    curve = np.array([(loss(found.x + step * e)[1] - loss(found.x - step * e)[1]) / (2 * step) for e in np.eye(3)])
    variance = np.linalg.pinv((curve + curve.T) / 2)[2, 2]
    centre, half = float(found.x[2]), Z_95 * float(np.sqrt(max(variance, 0.0)))
    return Estimate(*(float(np.exp(x)) for x in (centre, centre - half, centre + half)), n)
