"""The ratio of two sums, with the interval that both being uncertain gives it."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cvclib.methods.estimate import Estimate


def ratio_of_sums(n: int, y: float, x: float, yy: float, xy: float, xx: float) -> Estimate:
    """Estimate a ratio of two sums over the same rows, from the sums that an engine made.

    Parameters
    ----------
    n : int
        Number of rows.
    y, x : float
        Sums of numerator and denominator.
    yy, xy, xx : float
        Sums of their squares and of their product.

    Returns
    -------
    Estimate
        ``y / x``, 95% interval and n; NaN where the denominator's sum is 0, NaN ends for fewer than two rows.

    Notes
    -----
    Linearised: with ``R = Σy / Σx`` the variance is ``n / (n - 1) Σ(y - R x)² / (Σx)²``, and the interval Student's with
    n - 1 degrees of freedom. A mean is the case ``x = 1``.

    References
    ----------
    .. [1] W. G. Cochran, "Sampling Techniques", 3rd edition, 1977, section 2.11 and chapter 6.

    Examples
    --------
    Values 1 to 4, one each: the mean with its Student interval.

    >>> [round(v, 2) for v in ratio_of_sums(4, 10, 4, 30, 10, 4)]
    [2.5, 0.45, 4.55, 4]
    """
    if n == 0 or x == 0:
        return Estimate(np.nan, np.nan, np.nan, n)
    ratio = y / x
    if n < 2:
        return Estimate(float(ratio), np.nan, np.nan, n)
    squares = max(yy - 2 * ratio * xy + ratio**2 * xx, 0.0)
    half = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1) * squares) / abs(x)
    return Estimate(float(ratio), float(ratio - half), float(ratio + half), n)
