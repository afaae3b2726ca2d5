"""How long contracts last: the shifted beta-geometric model (Fader and Hardie 2007).

At the end of each period a contract is given up with a chance of its own; over contracts that chance is beta distributed.
So the share kept rises with age though no customer becomes more loyal: those likely to leave have left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, psi

from cvclib.methods.maximum_likelihood import Fit, NotFittedError, fit_positive

NAMES = ("alpha", "beta")
FEWEST_COVERING = 1_000  # contracts from which the intervals cover (simulated)

Numbers = NDArray[np.float64]


def fit(lost: ArrayLike, kept: ArrayLike) -> Fit:
    """Fit the model by maximum likelihood, contracts that still run counted as such.

    Parameters
    ----------
    lost : array_like of shape (k,)
        Contracts given up in their 1st, 2nd, … k-th period.
    kept : array_like of shape (k,)
        Contracts of which no more is known than that they outlived their 1st, 2nd, … k-th period.

    Returns
    -------
    Fit
        Of alpha and beta; the chance of giving up in the first period is alpha / (alpha + beta).
        Their intervals cover from about `FEWEST_COVERING` contracts on.

    Raises
    ------
    NotFittedError
        If none was lost, or all contracts look alike, so that the likelihood has no maximum.

    Notes
    -----
    A contract lost in period t adds ln B(α+1, β+t−1) − ln B(α, β), one that outlived it ln B(α, β+t) − ln B(α, β).

    Examples
    --------
    The customers "high end" of the paper, of 1,000: 869, 743, 653, 593, 551, 517, 491 after 1 to 7 years.

    >>> alive = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> fit(-np.diff(alive), [0, 0, 0, 0, 0, 0, 491]).values.round(2)
    array([0.67, 3.81])
    """
    gone, still = np.asarray(lost, dtype=float), np.asarray(kept, dtype=float)
    n = gone.sum() + still.sum()
    if gone.sum() == 0:
        raise NotFittedError("no contract was given up")
    age = np.arange(1, len(gone) + 1)
    share = float(np.clip(gone.sum() / (gone @ age + still @ age), 0.001, 0.9))  # lost a period, as if all were alike
    return fit_positive(lambda logs: _objective(logs, gone / n, still / n, age), NAMES, [1.0, 1 / share - 1], round(n))


def survival(values: ArrayLike, periods: ArrayLike) -> Numbers:
    """Share of contracts that outlive so many periods: B(α, β+t) / B(α, β).

    Parameters
    ----------
    values : array_like of shape (2,)
        alpha, beta.
    periods : array_like
        0 or more.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> survival([0.668, 3.806], [1, 12]).round(3)
    array([0.851, 0.378])
    """
    alpha, beta = np.asarray(values, dtype=float)
    return np.exp(np.minimum(betaln(alpha, beta + np.asarray(periods, dtype=float)) - betaln(alpha, beta), 0.0))


def retention_rate(values: ArrayLike, period: ArrayLike) -> Numbers:
    """Share of the contracts that began a period and outlive it: (β+t−1) / (α+β+t−1).

    Parameters
    ----------
    values : array_like of shape (2,)
        alpha, beta.
    period : array_like
        1 for the first.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> retention_rate([1, 3], [1, 2])
    array([0.75, 0.8 ])
    """
    alpha, beta = np.asarray(values, dtype=float)
    before = beta + np.asarray(period, dtype=float) - 1
    return before / (alpha + before)


def survival_from(values: ArrayLike, age: ArrayLike, periods: ArrayLike) -> Numbers:
    """Share of contracts, of those that are so old, that outlive so many periods more.

    Parameters
    ----------
    values : array_like of shape (2,)
        alpha, beta.
    age : array_like
        Periods outlived so far.
    periods : array_like
        Broadcast against `age`.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> survival_from([1, 3], 1, 1)
    np.float64(0.8)
    """
    alpha, beta = np.asarray(values, dtype=float)
    by_now = beta + np.asarray(age, dtype=float)
    # never above 1, also where huge parameters leave nothing of the difference but rounding
    return np.exp(np.minimum(betaln(alpha, by_now + np.asarray(periods, dtype=float)) - betaln(alpha, by_now), 0.0))


def _objective(logs: Numbers, lost: Numbers, kept: Numbers, age: Numbers) -> tuple[float, Numbers]:
    alpha, beta = np.exp(logs)
    whole = betaln(alpha, beta)
    value = lost @ (betaln(alpha + 1, beta + age - 1) - whole) + kept @ (betaln(alpha, beta + age) - whole)
    both, end = psi(alpha + beta), psi(alpha + beta + age)
    slope_alpha = lost @ (psi(alpha + 1) - end - psi(alpha) + both) + kept @ (both - end)
    slope_beta = lost @ (psi(beta + age - 1) - end - psi(beta) + both) + kept @ (psi(beta + age) - end - psi(beta) + both)
    return float(-value), -np.array([slope_alpha * alpha, slope_beta * beta])
