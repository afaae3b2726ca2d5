"""Waiting where work queues for capacity: M/M/1, M/M/c, and the approximations of Kingman and of Allen and Cunneen.

Work comes at a rate, waits its turn, and is served by one or several equal servers. All hold for a queue in steady state that is served
in the order of arrival and nobody leaves; they mislead where most of the wait is closed hours, or work comes by appointment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from cvclib.methods.estimate import Estimate

BATCHES = 13  # equal parts into which a period is cut: long enough that one hardly knows of the last
STEADY_FROM = 500  # relaxation times in the period, from which on the intervals hold (see the coverage tests)
BUSY_FROM, BUSY_UNTIL = 1e-9, 1 - 1e-12
HALVINGS = 60


def erlang_c(load: ArrayLike, servers: ArrayLike) -> NDArray[np.float64]:
    """Probability that arriving work has to wait, in a queue M/M/c.

    Parameters
    ----------
    load : array-like of float
        Arrival rate times mean service time (in erlangs); below `servers`.
    servers : array-like of int

    Returns
    -------
    ndarray of float

    Raises
    ------
    ValueError
        If the load is not below the number of servers: the queue then grows without end.

    Notes
    -----
    ``C = B / (1 - ρ(1 - B))`` with Erlang's ``B = (a^c / c!) / Σ a^k / k!``, the latter by the incomplete gamma function.

    References
    ----------
    .. [1] A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges",
       Post Office Electrical Engineer's Journal 10, 1917.

    Examples
    --------
    >>> erlang_c([0.5, 8], [1, 10]).round(4).tolist()
    [0.5, 0.4092]
    """
    load, servers = np.broadcast_arrays(np.asarray(load, dtype=float), np.asarray(servers, dtype=float))
    if (load >= servers).any() or (load < 0).any():
        raise ValueError("load must lie from 0 to below the number of servers; beyond it the queue grows without end")
    with np.errstate(divide="ignore"):
        log_term = servers * np.log(load) - load - special.gammaln(servers + 1)
    blocked = np.exp(log_term) / special.gammaincc(servers + 1, load)
    busy = load / servers
    return blocked / (1 - busy * (1 - blocked))


def mean_wait(arrivals: ArrayLike, service_time: ArrayLike, servers: ArrayLike = 1, *, variability: ArrayLike = 1.0) -> NDArray[np.float64]:
    """Mean time in the queue before service begins.

    Parameters
    ----------
    arrivals : array-like of float
        Per unit of time.
    service_time : array-like of float
        Mean, in that unit of time.
    servers : array-like of int
    variability : array-like of float
        Mean of the squared coefficients of variation of the times between arrivals and of service: 1 for M/M/c, where the result is exact.

    Returns
    -------
    ndarray of float

    Notes
    -----
    ``Wq = C(c, a) / (c - a) × S × (ca² + cs²) / 2`` (Allen and Cunneen); for one server Kingman's ``ρ / (1 - ρ) × S × (ca² + cs²) / 2``.
    It is good in heavy traffic, and too high where arrivals are more even than chance and servers mostly idle.

    References
    ----------
    .. [1] J. F. C. Kingman, "The single server queue in heavy traffic", Proceedings of the Cambridge Philosophical Society 57, 1961.
    .. [2] A. O. Allen, "Probability, Statistics and Queueing Theory", 2nd ed., Academic Press, 1990, section 5.3.

    Examples
    --------
    Two arrivals an hour, 20 minutes each, one server: two thirds busy, and 40 minutes in the queue.

    >>> round(float(mean_wait(2, 1 / 3)), 6)
    0.666667
    """
    arrivals, service, servers, spread = (np.asarray(v, dtype=float) for v in (arrivals, service_time, servers, variability))
    load = arrivals * service
    return erlang_c(load, servers) / (servers - load) * service * spread


def implied_service_time(
    arrivals: ArrayLike, wait: ArrayLike, servers: ArrayLike = 1, *, variability: ArrayLike = 1.0
) -> NDArray[np.float64]:
    """Service time at which the queue would wait as long as it is seen to: the capacity there is, told from the wait.

    Parameters
    ----------
    arrivals : array-like of float
        Per unit of time, above 0.
    wait : array-like of float
        Mean wait in that unit, above 0.
    servers : array-like of int
    variability : array-like of float

    Returns
    -------
    ndarray of float

    Notes
    -----
    `mean_wait` rises with the service time from 0 without bound; it is solved by halving.

    Examples
    --------
    >>> round(float(implied_service_time(2, 2 / 3)), 6)
    0.333333
    """
    arrivals, wait, servers, spread = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (arrivals, wait, servers, variability)))
    low, high = np.full(arrivals.shape, BUSY_FROM), np.full(arrivals.shape, BUSY_UNTIL)
    for _ in range(HALVINGS):
        busy = (low + high) / 2
        short = mean_wait(arrivals, busy * servers / arrivals, servers, variability=spread) < wait
        low, high = np.where(short, busy, low), np.where(short, high, busy)
    return (low + high) / 2 * servers / arrivals


class MoreCapacity(NamedTuple):
    """What more capacity does to the wait of a queue.

    Parameters
    ----------
    arrivals : Estimate
        Per unit of time.
    wait : Estimate
        Mean wait now.
    busy : Estimate
        Share of the capacity in use, as the wait tells.
    after : Estimate
        Mean wait with the added capacity.
    change : Estimate
        From now to then.
    in_queue : Estimate
        Work waiting at a moment now, by Little's law.
    relaxations : float
        How many times over the queue could forget how it stood: the period by the relaxation time. Below 500 the intervals are too narrow.

    Examples
    --------
    >>> MoreCapacity._fields
    ('arrivals', 'wait', 'busy', 'after', 'change', 'in_queue', 'relaxations')
    """

    arrivals: Estimate
    wait: Estimate
    busy: Estimate
    after: Estimate
    change: Estimate
    in_queue: Estimate
    relaxations: float


def more_capacity(
    counts: ArrayLike,
    waits: ArrayLike,
    *,
    gaps: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None,
    batch_time: float = 1.0,
    faster: float = 0.10,
    servers: int = 1,
    added: int = 0,
    service_variability: float = 1.0,
) -> MoreCapacity:
    """Tell from arrivals and waits by batch (weeks) what more capacity would do to the wait.

    Parameters
    ----------
    counts, waits : array-like of float, shape (b,)
        Arrivals of each batch, and the sum of their waits.
    gaps : three array-like of float, shape (b,), optional
        Number, sum and sum of squares of the times between arrivals; without them arrivals are taken as by chance (ca² = 1).
    batch_time : float
        Length of a batch, in the unit of the waits.
    faster : float
        Share by which all servers together get faster; 0 where servers are added instead.
    servers, added : int
        Servers now, and servers added. Where nobody knows how many there are, one that does the work of all.
    service_variability : float
        Squared coefficient of variation of service times.

    Returns
    -------
    MoreCapacity

    Raises
    ------
    ValueError
        If there are fewer than three batches, or nothing arrives or waits.

    Notes
    -----
    The service time is what makes the model wait as long as was seen; the change follows from the same model with more capacity.
    As waits hang together in time, whole batches are left out in turn (jackknife), and what neighbours share is added; intervals are made
    on the logarithm, with Student's t.

    References
    ----------
    .. [1] R. G. Miller, "The jackknife: a review", Biometrika 61, 1974.

    Examples
    --------
    40 batches of 20 arrivals that wait 0.2 of a batch's time on average: 2 arrivals a tenth, hence four in queue.

    >>> found = more_capacity(np.full(40, 20.0) + np.arange(40) % 3 - 1, np.full(40, 4.0), faster=0.1)
    >>> round(found.in_queue.value, 1), round(found.busy.value, 2), bool(found.after.value < found.wait.value)
    (4.0, 0.83, True)
    """
    sums = np.column_stack([np.ones(len(np.asarray(counts))), counts, waits, *(gaps or ())]).astype(float)
    b = len(sums)
    if b < 3:
        raise ValueError(f"counts must hold at least three batches, not {b}")
    total = sums.sum(axis=0)
    if not (total[1] > 0 and total[2] > 0):
        raise ValueError("counts and waits must not sum to nought")
    without = total - sums
    if not ((without[:, 1] > 0) & (without[:, 2] > 0)).all():
        raise ValueError("counts and waits must not come from one batch alone")
    rows = _told(np.vstack([total, without]), batch_time, faster, servers, added, service_variability)
    n = int(total[1])
    logs = {name: np.log(np.maximum(values, 1e-300)) for name, values in rows.items() if name != "busy"}
    logs["busy"] = special.logit(np.clip(rows["busy"], 1e-12, 1 - 1e-12))
    reach = stats.t.ppf(0.975, b - 1)

    def made(name: str) -> tuple[float, float, float]:
        values = logs[name]
        off = values[1:] - values[1:].mean()
        squares, neighbours = (off**2).sum(), 2 * (off[1:] * off[:-1]).sum()
        error = np.sqrt((b - 1) / b * (squares + max(neighbours, 0.0)))  # one batch's queue is the next one's start
        back = special.expit if name == "busy" else np.exp
        return tuple(float(back(values[0] + sign * reach * error)) for sign in (0, -1, 1))

    saved = made("saved")
    return MoreCapacity(
        *(Estimate(*made(name), n) for name in ("arrivals", "wait", "busy", "after")),
        Estimate(-saved[0], -saved[2], -saved[1], n), Estimate(*made("in_queue"), n),
        b * batch_time / _relaxation_time(rows["arrivals"][0], rows["busy"][0]),
    )  # fmt: skip


def _relaxation_time(arrivals: float, busy: float) -> float:
    """Of M/M/1 with all capacity in one server: ``1 / (sqrt(μ) - sqrt(λ))²``, the time in which the queue forgets how it stood."""
    return float(1 / (np.sqrt(arrivals / busy) - np.sqrt(arrivals)) ** 2)


def _told(
    sums: NDArray, batch_time: float, faster: float, servers: int, added: int, service_variability: float
) -> dict[str, NDArray[np.float64]]:
    arrivals, wait = sums[:, 1] / (sums[:, 0] * batch_time), sums[:, 2] / sums[:, 1]
    arrival_variability = np.ones(len(sums))
    if sums.shape[1] > 3:
        mean = sums[:, 4] / sums[:, 3]
        arrival_variability = np.maximum(sums[:, 5] / sums[:, 3] - mean**2, 0.0) / mean**2
    spread = np.maximum((arrival_variability + service_variability) / 2, 1e-6)
    service = implied_service_time(arrivals, wait, servers, variability=spread)
    after = mean_wait(arrivals, service / (1 + faster), servers + added, variability=spread)
    return {
        "arrivals": arrivals, "wait": wait, "busy": arrivals * service / servers, "after": after, "saved": wait - after,
        "in_queue": arrivals * wait,
    }  # fmt: skip
