"""The Fellegi-Sunter model with a household class, fitted by EM to counts of agreement patterns.

Arrays in, parameters out: knows neither records nor fields, only levels of agreement and how often each pattern occurs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

PRIOR_PAIRS = 20.0  # the expected levels weigh as much as this many true pairs
SHARE_OF_SURNAME = 0.7  # members of a household that bear one family name; the others agree as strangers do
ROUNDS = 200
CLOSE_ENOUGH = 1e-6
SMALLEST = 1e-9
FEW_PAIRS = 100.0  # random pairs that differ, added to those seen, so that three records do not teach that all agree


class Model(NamedTuple):
    """What the data say about agreement.

    Parameters
    ----------
    m, u, h : tuple of array, one a comparison, each of shape (n_levels + 1,)
        Probability of each level among true pairs, unrelated pairs and pairs of one household; the first is
        "missing" and always 1, as a blank tells nothing.
    """

    m: tuple[NDArray, ...]
    u: tuple[NDArray, ...]
    h: tuple[NDArray, ...]

    def bits(self, comparison: int) -> NDArray:
        """Weight of each level of a comparison, log2(m / u)."""
        return np.log2(self.m[comparison] / self.u[comparison])

    def household_bits(self, comparison: int) -> NDArray:
        """Weight of each level for the same household, log2(h / u)."""
        return np.log2(self.h[comparison] / self.u[comparison])


def weight(m: float, u: float) -> tuple[float, float]:
    """Fellegi-Sunter weights of agreement and of disagreement, in bits.

    Parameters
    ----------
    m, u : float
        Probability that a true pair, and that an unrelated pair, agrees.

    Returns
    -------
    tuple of float
        ``log2(m / u)`` and ``log2((1 - m) / (1 - u))``.

    References
    ----------
    .. [1] I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", JASA 64 (1969), 1183-1210.

    Examples
    --------
    >>> [round(w, 6) for w in weight(0.9, 0.1)]
    [3.169925, -3.169925]
    """
    return float(np.log2(m / u)), float(np.log2((1 - m) / (1 - u)))


def unrelated(counts: NDArray, exact_share: float | None, matches: float = 0.0, m: NDArray | None = None, pairs: float = 0.0) -> NDArray:
    """Level probabilities among unrelated pairs, from random pairs.

    Parameters
    ----------
    counts : array of shape (n_levels + 1,)
        Random pairs at each level; the first, missing, is left out.
    exact_share : float or None
        Share of all filled pairs that agree exactly, known from the values' frequencies; None to take the sample's.
    matches, m, pairs : float, array, float
        True pairs believed to be among all `pairs`, and their levels: they are taken out.

    Returns
    -------
    array of shape (n_levels + 1,)
        The first, missing, is 1; the rest sum to 1.

    Examples
    --------
    >>> unrelated(np.array([0, 9_900, 100]), exact_share=0.01).round(3).tolist()
    [1.0, 0.99, 0.01]
    """
    known = counts[1:] + np.array([FEW_PAIRS, *[0.3] * (len(counts) - 2)])
    share = known / known.sum()
    if exact_share is not None and share[:-1].sum() > 0:
        share = np.append(share[:-1] / share[:-1].sum() * (1 - exact_share), exact_share)
    if m is not None and pairs > matches:
        share = np.maximum(share - matches / pairs * m[1:], share * 0.02)
    share = np.maximum(share, SMALLEST)
    return np.append(1.0, share / share.sum())


def of_household(m: NDArray, u: NDArray, belongs_to: str) -> NDArray:
    """Level probabilities among two people of one household: its address agrees, what is a person's own does not.

    Parameters
    ----------
    m, u : array of shape (n_levels + 1,)
        Levels among true and among unrelated pairs.
    belongs_to : {"person", "household", "both"}

    Examples
    --------
    >>> m, u = np.array([1.0, 0.1, 0.9]), np.array([1.0, 0.99, 0.01])
    >>> [of_household(m, u, kind)[2].round(3).item() for kind in ("person", "both", "household")]
    [0.01, 0.633, 0.9]
    """
    if belongs_to == "household":
        return m
    if belongs_to == "person":
        return u
    return np.append(1.0, SHARE_OF_SURNAME * m[1:] + (1 - SHARE_OF_SURNAME) * u[1:])


def fit(
    patterns: NDArray,
    passes: Sequence[tuple[NDArray, frozenset[int]]],
    u: Sequence[NDArray],
    priors: Sequence[NDArray],
    belongs_to: Sequence[str],
    most_different: Sequence[float],
    households: bool,
) -> Model:
    """Estimate the levels of true pairs, by EM in each blocking pass, and average over the passes.

    Parameters
    ----------
    patterns : array of int, shape (n_patterns, n_comparisons)
        Levels, 0 for missing.
    passes : sequence of (counts, fixed)
        How often each pattern occurs among the pairs of one blocking rule, and the comparisons that the rule
        itself fixes: they teach nothing in this pass.
    u : sequence of array
        Levels among unrelated pairs.
    priors : sequence of array
        Levels expected of true pairs, without "missing"; they count as `PRIOR_PAIRS` pairs.
    belongs_to : sequence of str
        For each comparison "person", "household" or "both".
    most_different : sequence of float
        The largest share of true pairs that may differ in each comparison. Without this bound, where true pairs are few,
        EM finds some other class of pairs that are alike.
    households : bool
        Whether unrelated pairs of one household are told apart from true pairs.

    Returns
    -------
    Model

    Examples
    --------
    >>> patterns = np.array([[2, 2], [2, 1], [1, 2], [1, 1]])  # 2 agrees, 1 differs
    >>> passes = [(np.array([900, 100, 100, 8_000]), frozenset())]
    >>> u, priors = [np.array([1.0, 0.99, 0.01])] * 2, [np.array([0.1, 0.9])] * 2
    >>> made = fit(patterns, passes, u, priors, ["person"] * 2, [0.5] * 2, households=False)
    >>> bool(made.m[0][2] > 0.9 > 0.1 > made.u[0][2])
    True
    """
    n = len(u)
    total = [np.zeros(len(prior)) for prior in priors]
    n_passes = np.zeros(n)
    for counts, fixed in passes:
        used = [j for j in range(n) if j not in fixed]
        own = [j for j in used if belongs_to[j] != "household"]
        if counts.sum() == 0 or len(used) < 2 or not own:
            continue
        expected = _one_pass(patterns, counts, used, u, priors, belongs_to, most_different, households)
        for j in used:
            total[j] = total[j] + expected[j]
            n_passes[j] += 1
    learnt = [t / max(k, 1) + PRIOR_PAIRS * prior for t, k, prior in zip(total, n_passes, priors, strict=True)]
    m = tuple(_shares(counted, most) for counted, most in zip(learnt, most_different, strict=True))
    return Model(m, tuple(u), tuple(of_household(m[j], u[j], belongs_to[j]) for j in range(n)))


def _shares(counted: NDArray, most_different: float) -> NDArray:
    """Counts as shares, the first of them, "different", bounded; preceded by the 1 of "missing"."""
    share = np.maximum(counted / counted.sum(), SMALLEST)
    if share[0] > most_different:
        share = np.append(most_different, share[1:] / share[1:].sum() * (1 - most_different))
    return np.append(1.0, share)


def _one_pass(
    patterns: NDArray,
    counts: NDArray,
    used: list[int],
    u: Sequence[NDArray],
    priors: Sequence[NDArray],
    belongs_to: Sequence[str],
    most_different: Sequence[float],
    households: bool,
) -> dict[int, NDArray]:
    """Expected true pairs at each level, after EM on the pairs of one blocking rule."""
    there = counts > 0
    rows, n = patterns[there], counts[there].astype(float)
    m = {j: np.append(1.0, priors[j]) for j in used}
    share = np.array([0.1, 0.1 if households else 0.0, 0.9 if not households else 0.8])
    log_u = sum(np.log(u[j][rows[:, j]]) for j in used)
    expected: dict[int, NDArray] = {}
    for _ in range(ROUNDS):
        log_m = sum(np.log(m[j][rows[:, j]]) for j in used)
        log_h = sum(np.log(of_household(m[j], u[j], belongs_to[j])[rows[:, j]]) for j in used)
        with np.errstate(divide="ignore"):
            logs = np.stack([log_m, log_h, log_u]) + np.log(share)[:, None]
        logs -= logs.max(axis=0)
        posterior = np.exp(logs)
        posterior /= posterior.sum(axis=0)
        weighed = posterior * n
        expected = {j: np.bincount(rows[:, j], weights=weighed[0], minlength=len(u[j]))[1:] for j in used}
        new = {}
        for j in used:
            new[j] = _shares(expected[j] + PRIOR_PAIRS * priors[j], most_different[j])
        change = max(float(np.abs(new[j] - m[j]).max()) for j in used)
        m, share = new, weighed.sum(axis=1) / n.sum()
        if change < CLOSE_ENOUGH:
            break
    return expected


def probabilities(
    match_bits: NDArray, household_bits: NDArray, pairs: float, households: bool, counts: NDArray | None = None
) -> tuple[NDArray, float, float]:
    """Probability of each pair to be true, with the number of true pairs that fits the weights best.

    Parameters
    ----------
    match_bits, household_bits : array
        Evidence for "the same" and for "the same household", each against "unrelated", in bits.
    pairs : float
        All pairs that could be formed, compared or not.
    households : bool
        Whether there is a household class.
    counts : array, optional
        How often each row occurs; 1 by default.

    Returns
    -------
    probability : array
    matches : float
        Expected number of true pairs.
    in_households : float
        Expected number of pairs of one household.

    Notes
    -----
    The number of true pairs ``M`` is the fixed point of ``M = sum p_i(M)``: EM for the share of each class over
    all pairs, those not compared counted as unrelated. So two tables of strangers come out at next to none.

    Examples
    --------
    >>> probability, matches, _ = probabilities(np.array([30.0, -5.0]), np.zeros(2), pairs=1e6, households=False)
    >>> probability.round(3).tolist(), round(matches, 2)
    ([0.999, 0.0], 1.0)
    """
    n = np.ones(len(match_bits)) if counts is None else counts
    if len(match_bits) == 0 or pairs <= 0:
        return np.zeros(len(match_bits)), 0.0, 0.0
    odds_m, odds_h = np.exp2(np.minimum(match_bits, 200)), np.exp2(np.minimum(household_bits, 200)) * households
    matches, homes = max(1.0, 0.3 * n.sum()), max(1.0, 0.1 * n.sum()) * households
    for _ in range(ROUNDS * 5):
        rest = max(pairs - matches - homes, 1.0)
        a, b = matches / rest * odds_m, homes / rest * odds_h
        probability, home = a / (1 + a + b), b / (1 + a + b)
        new, new_homes = float(probability @ n), float(home @ n)
        done = abs(new - matches) < CLOSE_ENOUGH * max(1.0, new) and abs(new_homes - homes) < CLOSE_ENOUGH * max(1.0, new)
        matches, homes = new, new_homes
        if done:
            break
    return probability, matches, homes
