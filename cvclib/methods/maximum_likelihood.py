"""Maximum likelihood for models whose parameters are all positive: fitted on their logarithms, with standard errors.

The logarithm keeps every parameter positive and its likelihood closer to a parabola, so that intervals made on that
scale and carried back cover better than those made on the parameters themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.stats import norm

from cvclib.methods.estimate import Estimate

Objective = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]  # logs of the parameters -> value, gradient
STEP = 1e-4  # of a logarithm, for differences of the analytic gradient
UNKNOWN = 5.0  # standard error of a logarithm beyond which nothing is known of the parameter: a factor of e^5 either way
FLAT = 12.0  # a parameter beyond e^12 or below e^-12 has run away: the likelihood has no maximum inside


class NotFittedError(Exception):
    """The data do not determine the model's parameters; the message says how that showed."""


class Fit(NamedTuple):
    """A fitted model.

    Parameters
    ----------
    names : tuple of str
    values : numpy.ndarray of shape (k,)
        The parameters.
    covariance : numpy.ndarray of shape (k, k)
        Of the logarithms of the parameters: the inverse of the observed information.
    log_likelihood : float
    n : int
        Independent units, such as customers.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    log_likelihood: float
    n: int

    def estimates(self) -> dict[str, Estimate]:
        """Each parameter with its 95% interval, made on the logarithm.

        Examples
        --------
        >>> Fit(("rate",), np.array([2.0]), np.array([[0.01]]), -10.0, 100).estimates()["rate"].high.round(3)
        np.float64(2.433)
        """
        reach = norm.ppf(0.975) * np.sqrt(np.diag(self.covariance))
        ends = zip(self.values, self.values * np.exp(-reach), self.values * np.exp(reach), strict=True)
        return {name: Estimate(v, low, high, self.n) for name, (v, low, high) in zip(self.names, ends, strict=True)}

    def draws(self, rng: np.random.Generator, n: int = 200) -> NDArray[np.float64]:
        """Parameters as they may as well be: draws from the normal approximation on the logarithms.

        Parameters
        ----------
        rng : numpy.random.Generator
        n : int

        Returns
        -------
        numpy.ndarray of shape (n, k)

        Examples
        --------
        >>> Fit(("rate",), np.array([2.0]), np.array([[0.01]]), -10.0, 100).draws(np.random.default_rng(1), 3).shape
        (3, 1)
        """
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.clip(values, 0, None))
        return np.exp(np.log(self.values) + rng.standard_normal((n, len(self.values))) @ root.T)


def fit_positive(objective: Objective, names: Sequence[str], start: ArrayLike, n: int) -> Fit:
    """Maximise a log-likelihood over positive parameters.

    Parameters
    ----------
    objective : callable
        Takes the logarithms of the parameters, returns the log-likelihood divided by `n`, negated, and its gradient.
    names : sequence of str
    start : array_like of shape (k,)
        Where to begin, parameters above 0.
    n : int
        Independent units; standard errors grow with its square root.

    Returns
    -------
    Fit

    Raises
    ------
    NotFittedError
        If no maximum is found inside, or the data leave a parameter undetermined.

    Notes
    -----
    L-BFGS-B with the analytic gradient; the information matrix by central differences of that gradient.

    Examples
    --------
    An exponential rate from 100 waits of mean 0.5: 2, with standard error 0.1 of its logarithm.

    >>> def waits(logs):
    ...     rate = np.exp(logs)
    ...     return float(-(logs - 0.5 * rate)[0]), -(1 - 0.5 * rate)
    >>> found = fit_positive(waits, ["rate"], [1.0], 100)
    >>> found.values.round(3), np.sqrt(found.covariance).round(3)
    (array([2.]), array([[0.1]]))
    """
    begin = np.log(np.asarray(start, dtype=float))
    bounds = [(-FLAT, FLAT)] * len(begin)
    found = minimize(objective, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9})
    if not np.isfinite(found.fun) or np.any(np.abs(found.x) > FLAT - 1e-3):
        raise NotFittedError("the likelihood keeps rising as a parameter runs away")
    covariance = _inverse(_information(objective, found.x), n)
    return Fit(tuple(names), np.exp(found.x), covariance, float(-found.fun * n), n)


def _information(objective: Objective, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Second derivatives of the objective, as central differences of its gradient."""
    steps = np.eye(len(at)) * STEP
    rows = np.array([(objective(at + step)[1] - objective(at - step)[1]) / (2 * STEP) for step in steps])
    return (rows + rows.T) / 2


def _inverse(information: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Covariance of the logarithms, from the mean information of `n` units."""
    values, vectors = np.linalg.eigh(information)
    if not np.all(np.isfinite(values)) or values.min() <= 1e-10 * max(values.max(), 1e-300):
        raise NotFittedError("the data leave a parameter undetermined")
    covariance = (vectors / values) @ vectors.T
    if np.sqrt(np.diag(covariance).max() / n) > UNKNOWN:
        raise NotFittedError("the data leave a parameter undetermined")
    return covariance / n
