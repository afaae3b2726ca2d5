"""The gain of each transition of a chain: the worked example, and the formula against solving the changed chain."""

import numpy as np
import pytest

from cvclib.methods.markov import solve
from cvclib.methods.transition_gains import redrawn_gains, transition_gains

START, MOVES = [2, 1, 0], [[0, 1, 0], [0, 0, 2], [0, 0, 0]]
WON, LOST = [0, 0, 1], [1, 0, 1]


def test_the_worked_example():
    """C1>C2>C3 converts, C1 and C2>C3 do not: C1 to C2 raised from .50 to .75 lifts conversion from .333333 to .416667 (R, exact)."""
    found = transition_gains(START, MOVES, WON, LOST, by=0.25)
    assert found.base == pytest.approx(1 / 3, abs=1e-12)
    assert found.base + found.moves[0, 1] == pytest.approx(5 / 12, abs=1e-12)


def test_the_end_can_be_raised_too():
    """C3 wins half; of all that come there, two in three, five in a hundred more win: 0.0333."""
    assert transition_gains(START, MOVES, WON, LOST).ends[2] == pytest.approx(0.05 * 2 / 3)


def test_moves_that_are_never_made_and_states_that_lose_nobody_gain_nothing():
    found = transition_gains(START, MOVES, WON, LOST)
    assert np.isnan(found.moves[0, 2])
    assert found.moves[1, 2] == 0


def test_every_gain_is_that_of_solving_the_changed_chain():
    """A chain with loops: change one row by hand and solve it again."""
    rng = np.random.default_rng(2)
    moves, won, lost, start = rng.integers(1, 30, (4, 4)), rng.integers(1, 9, 4), rng.integers(9, 40, 4), rng.integers(1, 9, 4)
    found = transition_gains(start, moves, won, lost, by=0.05)
    total = moves.sum(axis=1) + won + lost
    for i in range(4):
        taken = min(0.05, lost[i] / total[i])
        for j in range(4):
            p, r = moves / total[:, None], np.column_stack([won, lost]) / total[:, None]
            p[i, j] += taken
            r[i, 1] -= taken
            again = start / start.sum() @ solve(p, r).absorption[:, 0]
            assert found.base + found.moves[i, j] == pytest.approx(again, abs=1e-12)


def test_draws_hold_transitions_and_base_together():
    """Common draws: the difference of two gains spreads less than the gains, which share their chain."""
    drawn = redrawn_gains([50, 50], [[0, 300], [0, 0]], [200, 150], [100, 150], np.random.default_rng(1))
    one, other = drawn.moves[:, 0, 1], drawn.ends[:, 0]
    assert np.std(other - one) < np.std(other) + np.std(one)
    assert drawn.base.shape == (500,)
