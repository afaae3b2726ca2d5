"""The shape in which every estimate travels: value, 95% interval and n."""

from typing import NamedTuple

Z_95 = 1.959963984540054  # two-sided 95% point of the standard normal


class Estimate(NamedTuple):
    """A value, how sure we are of it, and on how many observations it rests.

    Parameters
    ----------
    value : float
        The point estimate.
    low, high : float
        Ends of the 95% interval, in the unit of `value`; NaN where none can be given.
    n : int
        Observations used.

    Examples
    --------
    >>> Estimate(0.31, 0.26, 0.37, n=263).value
    0.31
    """

    value: float
    low: float
    high: float
    n: int
