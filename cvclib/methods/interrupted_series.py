"""What changed when something began: models of a series by month, each with its effect and its interval.

Months are like their neighbours: errors follow a first-order autoregression whose correlation is left open, so that
the intervals hold for short series, too. No model is the right one; their spread is part of the answer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import brentq

from cvclib.methods.estimate import Estimate

MONTHS_A_YEAR = 12
CORRELATIONS = np.linspace(-0.7, 0.97, 84)  # of neighbouring months' errors, all thought equally likely beforehand
FEWEST_A_SIDE = 4  # months before and after that a change of level is told from
FEWEST_FOR_SEASON = 24  # months in which every calendar month stands twice


class Effect(NamedTuple):
    """The effect that one model finds.

    Parameters
    ----------
    model : str
        Name in words.
    value, low, high : float
        The effect and its 95% interval.
    p : float
        Two-sided, of no effect.
    """

    model: str
    value: float
    low: float
    high: float
    p: float


def regression_effect(y: ArrayLike, design: ArrayLike, contrast: ArrayLike) -> tuple[Estimate, float]:
    """Estimate a linear combination of coefficients where the errors follow a first-order autoregression.

    Parameters
    ----------
    y : array-like of float, shape (n,)
        In order of time, evenly spaced.
    design : array-like of float, shape (n, k)
        Regressors, a constant among them.
    contrast : array-like of float, shape (k,)
        What is asked of the coefficients.

    Returns
    -------
    (Estimate, float)
        Value, 95% interval, n; and the two-sided p value of nought.

    Raises
    ------
    ValueError
        If there are too few values, or the regressors cannot be told apart.

    Notes
    -----
    For each correlation ``r`` on a grid the series is transformed as Prais and Winsten do, first value kept, and
    fitted by least squares; the answer is Student's t with n - k degrees of freedom. The grid's answers are mixed
    in proportion to the restricted likelihood
    ``(1 - r²)^½ |X'V⁻¹X|^(-½) RSS^(-(n-k)/2)``, so that not knowing r widens the interval.

    References
    ----------
    .. [1] S. J. Prais, C. B. Winsten, "Trend estimators and serial correlation", Cowles Commission 383, 1954.
    .. [2] A. Zellner, G. C. Tiao, "Bayesian analysis of the regression model with autocorrelated errors",
       Journal of the American Statistical Association 59, 1964.

    Examples
    --------
    >>> y = [5.1, 4.9, 5.2, 4.8, 5.0, 7.1, 6.9, 7.0, 7.2, 6.8]
    >>> after = np.arange(10) >= 5
    >>> found, p = regression_effect(y, np.column_stack([np.ones(10), after]), [0, 1])
    >>> f"{found.value:.2f}", found.low > 1.5, p < 0.001
    ('2.01', True, True)
    """
    y, design, contrast = np.asarray(y, dtype=float), np.asarray(design, dtype=float), np.asarray(contrast, dtype=float)
    n, k = design.shape
    if n - k < 2 or np.linalg.matrix_rank(design) < k:
        raise ValueError(f"{n} values cannot tell {k} regressors apart")
    values, errors, weights = _over_correlations(y, design, contrast)
    if not np.isfinite(errors).all() or errors.max() < 1e-12 * max(1.0, np.abs(y).max()):
        value = float(values @ weights)
        return Estimate(value, value, value, n), float(abs(value) < 1e-12 * max(1.0, np.abs(y).max()))

    def below(x: float) -> float:
        return float(weights @ stats.t.cdf((x - values) / errors, n - k))

    reach = 60 * errors.max() + np.ptp(values)
    low, high = (brentq(lambda x, q=q: below(x) - q, values.min() - reach, values.max() + reach, xtol=1e-12) for q in (0.025, 0.975))
    at_nought = below(0.0)
    return Estimate(float(values @ weights), low, high, n), float(min(1.0, 2 * min(at_nought, 1 - at_nought)))


def effects_at(y: ArrayLike, start: int, *, first_month: int = 1, elsewhere: ArrayLike | None = None) -> list[Effect]:
    """Effects of something that began with the value at `start`, by several models side by side.

    Parameters
    ----------
    y : array-like of float, shape (n,)
        A value a month, in order.
    start : int
        Index of the first month after it began.
    first_month : int
        Calendar month of the first value, 1 to 12.
    elsewhere : array-like of float, optional
        The same where nothing began; then the difference is looked at as well.

    Returns
    -------
    list of Effect
        Change of level; beside a trend; beside a season (from 24 months on); beside both; change of level and slope
        together, on average over the months after; and, with `elsewhere`, change of the difference. Empty with fewer
        than four months before or after.

    References
    ----------
    .. [1] A. K. Wagner and others, "Segmented regression analysis of interrupted time series studies", Journal of
       Clinical Pharmacy and Therapeutics 27, 2002.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = 0.8 + 0.12 * (np.arange(24) >= 15) + rng.normal(0, 0.02, 24)
    >>> [effect.model for effect in effects_at(y, 15)]
    ['level', 'level beside trend', 'level beside season', 'level beside trend and season', 'level and slope']
    """
    y = np.asarray(y, dtype=float)
    n = len(y)
    if start < FEWEST_A_SIDE or n - start < FEWEST_A_SIDE:
        return []
    time = np.arange(n, dtype=float)
    after = (time >= start).astype(float)
    trend = ((time - time.mean()) / n)[:, None]
    angle = 2 * np.pi * (time + first_month - 1) / MONTHS_A_YEAR
    season = np.column_stack([np.sin(angle), np.cos(angle)])
    since = np.where(after > 0, time - time[after > 0].mean(), 0.0)[:, None]  # nought on average after: the level is the mean effect
    models = [("level", np.empty((n, 0))), ("level beside trend", trend)]
    if n >= FEWEST_FOR_SEASON:
        models += [("level beside season", season), ("level beside trend and season", np.column_stack([trend, season]))]
    models += [("level and slope", np.column_stack([trend, since]))]
    found = [_effect(name, y, after, more) for name, more in models]
    if elsewhere is not None:
        found.append(_effect("level of the difference", y - np.asarray(elsewhere, dtype=float), after, np.empty((n, 0))))
    return found


def placebo_effects(y: ArrayLike, start: int) -> np.ndarray:
    """Changes of level at dates before the start, when nothing began.

    Parameters
    ----------
    y : array-like of float, shape (n,)
    start : int
        Index of the first month after the true start; only months before it are used.

    Returns
    -------
    ndarray of float
        Mean from each date on less mean before it, for every date with three months on either side.

    References
    ----------
    .. [1] A. Abadie, A. Diamond, J. Hainmueller, "Synthetic control methods for comparative case studies", Journal of
       the American Statistical Association 105, 2010.

    Examples
    --------
    >>> placebo_effects([1, 1, 1, 1, 4, 4, 4, 9, 9], 7).tolist()
    [2.25, 3.0]
    """
    before = np.asarray(y, dtype=float)[:start]
    dates = range(3, len(before) - 2)
    return np.array([before[date:].mean() - before[:date].mean() for date in dates])


def placebo_p_value(effect: float, placebos: ArrayLike) -> float:
    """Share of dates, the true one among them, at which the change is at least as large.

    Parameters
    ----------
    effect : float
    placebos : array-like of float

    Returns
    -------
    float
        ``(1 + #{|placebo| >= |effect|}) / (1 + number of placebos)``; NaN without placebos.

    Examples
    --------
    >>> placebo_p_value(3.0, [1.0, -2.0, 4.0])
    0.5
    """
    placebos = np.abs(np.asarray(placebos, dtype=float))
    return float((1 + (placebos >= abs(effect)).sum()) / (1 + placebos.size)) if placebos.size else float("nan")


def _effect(name: str, y: np.ndarray, after: np.ndarray, more: np.ndarray) -> Effect:
    design = np.column_stack([np.ones(len(y)), after, more])
    contrast = np.zeros(design.shape[1])
    contrast[1] = 1
    estimate, p = regression_effect(y, design, contrast)
    return Effect(name, estimate.value, estimate.low, estimate.high, p)


def _over_correlations(y: np.ndarray, design: np.ndarray, contrast: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Value, standard error and weight of each correlation of the grid."""
    n, k = design.shape
    r = CORRELATIONS[:, None]
    first = np.sqrt(1 - r**2)
    ys = np.concatenate([first * y[0], y[1:] - r * y[:-1]], axis=1)
    xs = np.concatenate([first[:, :, None] * design[0], design[1:] - r[:, :, None] * design[:-1]], axis=1)
    inner = np.swapaxes(xs, 1, 2) @ xs
    inverse = np.linalg.inv(inner)
    betas = (inverse @ (np.swapaxes(xs, 1, 2) @ ys[:, :, None]))[:, :, 0]
    squares = ((ys - (xs @ betas[:, :, None])[:, :, 0]) ** 2).sum(axis=1)
    if squares.min() <= 1e-24 * max(1.0, float(y @ y)):
        keep = np.full(len(CORRELATIONS), 1 / len(CORRELATIONS))
        return betas @ contrast, np.zeros(len(CORRELATIONS)), keep
    log = 0.5 * np.log(1 - CORRELATIONS**2) - 0.5 * np.linalg.slogdet(inner)[1] - (n - k) / 2 * np.log(squares)
    weights = np.exp(log - log.max())
    errors = np.sqrt(squares / (n - k) * np.einsum("i,rij,j->r", contrast, inverse, contrast))
    return betas @ contrast, errors, weights / weights.sum()
