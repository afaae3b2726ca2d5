"""How many more journeys end well where one transition of an absorbing Markov chain is improved: solved exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvclib.methods.markov import from_counts

FEWEST_LEAVING = 30  # moves seen out of a state, from which on the intervals hold (see the coverage tests)
PRIOR = 0.5  # counts added to what may come next, as in `markov.redrawn`


class Gains(NamedTuple):
    """What improving each transition brings, all from the same chain.

    Parameters
    ----------
    base : array, shape (...)
        Probability of the good end from the start.
    moves : array, shape (..., k, k)
        Added to it where a move from one state (row) to another (column) becomes likelier; NaN where the move is never made.
    ends : array, shape (..., k)
        The same for moves from a state straight to the good end.

    Examples
    --------
    >>> Gains._fields
    ('base', 'moves', 'ends')
    """

    base: NDArray[np.float64]
    moves: NDArray[np.float64]
    ends: NDArray[np.float64]


def transition_gains(start: ArrayLike, moves: ArrayLike, won: ArrayLike, lost: ArrayLike, *, by: float = 0.05) -> Gains:
    """Gain in the probability of a good end for each transition that takes `by` from those lost at its state.

    Parameters
    ----------
    start : array-like of float, shape (..., k)
        How often journeys begin in each state; probabilities or counts.
    moves : array-like of float, shape (..., k, k)
        How often each state (row) is followed by each.
    won, lost : array-like of float, shape (..., k)
        How often each is followed by the good end, and by the loss.
    by : float
        By how much the transition's probability rises; at most by what the state loses.

    Returns
    -------
    Gains

    Notes
    -----
    With ``N`` the fundamental matrix, ``s`` the start and ``B`` the probabilities of the good end, a row ``i`` that changes by ``v`` changes the
    end's probability by ``(sN)_i (v·B) / (1 - v·N_.i)``: the formula of Sherman and Morrison, exact for a change of any size.

    References
    ----------
    .. [1] J. Sherman, W. J. Morrison, "Adjustment of an inverse matrix corresponding to a change in one element of a given
       matrix", Annals of Mathematical Statistics 21, 1950.

    Examples
    --------
    C1 leads to C2 or is lost, half and half; C2 always to C3; C3 wins half. Two in three begin at C1, the others at C2. With C1 to C2
    raised from 0.50 to 0.75 conversion rises from 0.333333 to 0.416667.

    >>> moves = [[0, 1, 0], [0, 0, 2], [0, 0, 0]]
    >>> found = transition_gains([2, 1, 0], moves, [0, 0, 1], [1, 0, 1], by=0.25)
    >>> round(float(found.base), 6), round(float(found.base + found.moves[0, 1]), 6)
    (0.333333, 0.416667)
    """
    start, moves, won, lost = (np.asarray(v, dtype=float) for v in (start, moves, won, lost))
    return _solved(start, moves, won, lost, np.minimum(by, _losing(moves, won, lost)))


def redrawn_gains(
    start: ArrayLike, moves: ArrayLike, won: ArrayLike, lost: ArrayLike, rng: np.random.Generator, *, by: float = 0.05, draws: int = 500
) -> Gains:
    """The gains over redrawn counts, all transitions from the same draws.

    Parameters
    ----------
    start, moves, won, lost
        Counts, as in `transition_gains`; one chain.
    rng : numpy.random.Generator
    by : float
    draws : int

    Returns
    -------
    Gains
        The draws are the first axis.

    Notes
    -----
    Each state's next moves are drawn from the posterior of their shares, as `cvclib.methods.markov.redrawn` does, and so are the starts.
    A transition's gain and that of another, and the chain with and without the change, belong to the same draw. How many are taken from the lost is
    that of the counts in all draws: a state that happens to lose fewer in one is not asked for less.

    Examples
    --------
    >>> drawn = redrawn_gains([20, 10], [[0, 30], [0, 0]], [0, 20], [20, 20], np.random.default_rng(1))
    >>> drawn.moves.shape, bool(np.nanmin(drawn.moves) > 0)
    ((500, 2, 2), True)
    """
    start, moves, won, lost = (np.asarray(v, dtype=float) for v in (start, moves, won, lost))

    def again(counts: NDArray, possible: NDArray) -> NDArray:
        return rng.gamma(counts + PRIOR, size=(draws, *counts.shape)) * possible

    left = (moves.sum(axis=-1) + won + lost) > 0
    parts = (again(start, start > 0), again(moves, moves > 0), again(won, left & (won > 0)), again(lost, left))
    return _solved(*parts, np.minimum(by, _losing(moves, won, lost)))


def _losing(moves: NDArray, won: NDArray, lost: NDArray) -> NDArray[np.float64]:
    total = moves.sum(axis=-1) + won + lost
    return np.divide(lost, total, out=np.zeros_like(total), where=total > 0)


def _solved(start: NDArray, moves: NDArray, won: NDArray, lost: NDArray, taken: NDArray) -> Gains:
    chain = from_counts(moves, np.stack([won, lost], axis=-1))
    fundamental, good = np.nan_to_num(chain.fundamental), np.nan_to_num(chain.absorption[..., 0])
    first = start / start.sum(axis=-1, keepdims=True)
    visits = np.einsum("...k,...kj->...j", first, fundamental)
    # To a state: v is `taken` at its column, and v·N_.i is `taken` times the visits that it pays to the state left.
    back = np.swapaxes(fundamental, -1, -2)  # back[i, j] = N[j, i]
    gain = visits[..., :, None] * taken[..., :, None] * good[..., None, :] / (1 - taken[..., :, None] * back)
    base = np.einsum("...k,...k->...", first, good)
    return Gains(base, np.where(moves > 0, gain, np.nan), np.where(won > 0, visits * taken, np.nan))
