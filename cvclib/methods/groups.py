"""One group against the others: differences from the rest, from estimates alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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


def _pooled(estimates: Sequence[Estimate]) -> Estimate:
    if not estimates:
        return Estimate(np.nan, np.nan, np.nan, 0)
    value, low, high, n = (np.array(column, dtype=float) for column in zip(*estimates, strict=True))
    part = n / n.sum()
    centre = float(part @ value)
    down, up = np.sqrt(np.sum((part * (value - low)) ** 2)), np.sqrt(np.sum((part * (high - value)) ** 2))
    return Estimate(centre, float(centre - down), float(centre + up), int(n.sum()))
