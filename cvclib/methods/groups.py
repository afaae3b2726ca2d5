"""One group against the others: differences from the rest, from estimates alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import difference


def against_the_rest(estimates: Sequence[Estimate]) -> list[Estimate]:
    """Difference of each group from all the others taken together.

    Parameters
    ----------
    estimates : sequence of Estimate
        One a group, independent, each with an interval and n.

    Returns
    -------
    list of Estimate
        In the same order; NaN where there is no other group.

    Notes
    -----
    The others' value is their mean weighted by n: for shares, means and net promoter scores that is the value
    of the others pooled; for medians it is their average. Its interval adds the groups' half widths in
    quadrature, each with its weight (MOVER), and the difference is `cvclib.methods.shares.difference`.

    Examples
    --------
    >>> from cvclib.methods.shares import share
    >>> [round(x.value, 2) for x in against_the_rest([share(8, 10), share(10, 20), share(5, 20)])]
    [0.43, 0.07, -0.35]
    """
    return [difference(one, _pooled([*estimates[:i], *estimates[i + 1 :]])) for i, one in enumerate(estimates)]


def equal_means_p_value(estimates: Sequence[Estimate]) -> float:
    """Test that several independent means are equal, their variances being what they may.

    Parameters
    ----------
    estimates : sequence of Estimate
        From `cvclib.methods.shares.mean`: Student intervals, n at least 2.

    Returns
    -------
    float
        Welch's one-way analysis of variance; NaN with fewer than two groups, or one that does not vary.

    References
    ----------
    .. [1] B. L. Welch, "On the comparison of several mean values: an alternative approach", Biometrika 38, 1951.

    Examples
    --------
    >>> from cvclib.methods.shares import mean
    >>> round(equal_means_p_value([mean([1, 2, 3, 4]), mean([2, 3, 4, 5])]), 4)
    0.3153
    """
    value, low, high, n = (np.array(column, dtype=float) for column in zip(*estimates, strict=True)) if estimates else [np.empty(0)] * 4
    error = (high - low) / 2 / stats.t.ppf(0.975, np.maximum(n - 1, 1))
    if len(value) < 2 or not (error > 0).all():
        return float("nan")
    k, weight = len(value), 1 / error**2
    centre = weight @ value / weight.sum()
    spread = np.sum((1 - weight / weight.sum()) ** 2 / (n - 1))
    statistic = weight @ (value - centre) ** 2 / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
    return float(stats.f.sf(statistic, k - 1, (k**2 - 1) / (3 * spread)))


def _pooled(estimates: Sequence[Estimate]) -> Estimate:
    if not estimates:
        return Estimate(np.nan, np.nan, np.nan, 0)
    value, low, high, n = (np.array(column, dtype=float) for column in zip(*estimates, strict=True))
    part = n / n.sum()
    centre = float(part @ value)
    down, up = np.sqrt(np.sum((part * (value - low)) ** 2)), np.sqrt(np.sum((part * (high - value)) ** 2))
    return Estimate(centre, float(centre - down), float(centre + up), int(n.sum()))
