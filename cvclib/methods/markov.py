"""Absorbing Markov chains: from where one is, how many steps there still are and where they end.

First order: where it goes next depends on where it is alone, not on how it came there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

PRIOR = 0.5  # counts added to what may come next


class Chain(NamedTuple):
    """An absorbing Markov chain, solved.

    Parameters
    ----------
    fundamental : array, shape (..., n_states, n_states)
        Expected visits to each transient state (column) from each one (row), the first counted.
    steps : array, shape (..., n_states)
        Expected steps until absorption.
    absorption : array, shape (..., n_states, n_ends)
        Probability of each end; rows sum to 1.
    """

    fundamental: NDArray[np.float64]
    steps: NDArray[np.float64]
    absorption: NDArray[np.float64]


def solve(moves: ArrayLike, ends: ArrayLike) -> Chain:
    """Solve an absorbing chain.

    Parameters
    ----------
    moves : array-like of float, shape (..., n_states, n_states)
        Probability of going from one transient state (row) to another (column). Leading axes hold several chains.
    ends : array-like of float, shape (..., n_states, n_ends)
        Probability of being absorbed in each end from each state. With `moves` each row sums to 1.

    Returns
    -------
    Chain

    Raises
    ------
    ValueError
        If a probability is negative, a row does not sum to 1, or an end cannot be reached from every state.

    Notes
    -----
    With ``Q`` the moves and ``R`` the ends, the fundamental matrix is ``N = (I - Q)^-1``, the steps are ``N 1`` and the
    absorption probabilities ``N R``.

    References
    ----------
    .. [1] C. M. Grinstead and J. L. Snell, "Introduction to Probability", 2nd ed., AMS, 1997, section 11.2.

    Examples
    --------
    A walker on corners 1 to 3 goes left or right by the toss of a coin, home being 0 and the bar 4.

    >>> half = 0.5
    >>> walk = solve([[0, half, 0], [half, 0, half], [0, half, 0]], [[half, 0], [0, 0], [0, half]])
    >>> walk.steps.round(9).tolist(), walk.absorption[:, 0].round(9).tolist()
    ([3.0, 4.0, 3.0], [0.75, 0.5, 0.25])
    """
    moves, ends = np.asarray(moves, dtype=float), np.asarray(ends, dtype=float)
    if (moves < 0).any() or (ends < 0).any():
        raise ValueError("moves and ends must not be negative")
    sums = moves.sum(axis=-1) + ends.sum(axis=-1)
    if not np.allclose(sums, 1):
        raise ValueError(f"each row of moves and ends together must sum to 1, but one sums to {sums.flat[np.abs(sums - 1).argmax()]:g}")
    if not reaches_end(moves, ends).all():
        raise ValueError("from some state no end can be reached")
    identity = np.eye(moves.shape[-1])
    fundamental = np.linalg.solve(identity - moves, np.broadcast_to(identity, moves.shape))
    return Chain(fundamental, fundamental.sum(axis=-1), fundamental @ ends)


def reaches_end(moves: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
    """Whether an end can be reached from each state, however unlikely.

    Parameters
    ----------
    moves, ends : array-like of float
        Probabilities or counts, as in `solve`.

    Examples
    --------
    >>> reaches_end([[0, 1, 0], [0, 0, 0], [0, 0, 1]], [[0], [1], [0]]).tolist()
    [True, True, False]
    """
    leads, reached = np.asarray(moves) > 0, (np.asarray(ends) > 0).any(axis=-1)
    for _ in range(leads.shape[-1]):
        reached = reached | (leads & reached[..., None, :]).any(axis=-1)
    return reached


def from_counts(moves: ArrayLike, ends: ArrayLike) -> Chain:
    """Solve the chain whose probabilities are the shares of what was counted.

    Parameters
    ----------
    moves : array-like, shape (..., n_states, n_states)
        How often each state was followed by each.
    ends : array-like, shape (..., n_states, n_ends)
        How often each end came next.

    Returns
    -------
    Chain
        NaN for states that no end can be reached from, as never having been left; a move into one leads nowhere
        that was seen, and is left out of the shares.

    Examples
    --------
    >>> from_counts([[0, 2], [0, 0]], [[1, 1], [3, 0]]).absorption.tolist()
    [[0.75, 0.25], [1.0, 0.0]]
    """
    moves, ends = np.asarray(moves, dtype=float), np.asarray(ends, dtype=float)
    known = reaches_end(moves, ends)
    moves = moves * (known[..., :, None] & known[..., None, :])
    total = moves.sum(axis=-1) + ends.sum(axis=-1)
    total = np.where(known, total, 1)
    # A state never left is given an end of its own here and blanked below, so that one equation solves all.
    stuck = ~known
    given = np.concatenate([ends / total[..., None] * known[..., None], stuck[..., None].astype(float)], axis=-1)
    chain = solve(moves / total[..., None], given)
    blank = np.where(stuck, np.nan, 1.0)
    return Chain(chain.fundamental * blank[..., None], chain.steps * blank, chain.absorption[..., :-1] * blank[..., None])


def redrawn(moves: ArrayLike, ends: ArrayLike, rng: np.random.Generator, draws: int = 500) -> Chain:
    """Solve the chain over redrawn counts: the spread of a result is how sure one can be of it.

    Parameters
    ----------
    moves, ends : array-like of int
        Counts, as in `from_counts`; one chain.
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    Chain
        The draws are the first axis.

    Notes
    -----
    What follows a state is drawn anew from the posterior of its shares, a Dirichlet with half a count (Jeffreys) added to
    every end and to every move that was seen: in a first-order chain the states' next moves are independent of each
    other. Unlike a bootstrap, it leaves a spread where few counts happen to agree.

    Examples
    --------
    >>> spread = redrawn([[0, 20], [0, 0]], [[10, 10], [30, 0]], np.random.default_rng(1))
    >>> spread.absorption.shape, bool(0.6 < spread.absorption[:, 0, 0].mean() < 0.9)
    ((500, 2, 2), True)
    """
    moves, ends = np.asarray(moves, dtype=float), np.asarray(ends, dtype=float)
    counted = np.concatenate([moves, ends], axis=-1)
    left = counted.sum(axis=-1, keepdims=True) > 0
    possible = np.concatenate([moves > 0, np.broadcast_to(left, ends.shape)], axis=-1)
    drawn = rng.gamma(counted + PRIOR, size=(draws, *counted.shape)) * possible
    n_states = moves.shape[-1]
    return from_counts(drawn[..., :n_states], drawn[..., n_states:])
