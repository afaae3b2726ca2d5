"""Themes of comments: words weighted by how telling they are, and the groups of words that go together.

TF-IDF and non-negative matrix factorisation, with what tells a theme from chance: the same theme from other
starts and in other comments, and words that stand together more often than independent words would.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse, stats
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF, non_negative_factorization
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer

from cvclib.methods.shares import benjamini_hochberg
from cvclib.methods.words import Words

FEWEST_COMMENTS = 100  # distinct comments below which no themes are looked for
FEWEST_WITH_WORD = 5  # comments that hold a word, for it to count
MOST_WORDS = 2_000  # of the vocabulary, the most frequent
MOST_TO_LEARN_FROM = 4_000  # distinct comments; all are assigned
MOST_TO_CHOOSE_BY = 2_000
THEMES_BETWEEN = (2, 15)
COMMENTS_A_THEME = 25  # distinct comments that each further theme needs
RUNS, RUNS_TO_CHOOSE = 20, 4
PART_OF_A_RUN = 0.8  # of the comments, drawn anew for each run
LEADING, LEADING_FROM = 10, 0.2  # words that a theme is known by, and their least part of its first word's weight
STABLE_FROM, SEEN_AGAIN_FROM = 0.6, 0.5  # cosine with the theme in other runs on average, and in either half of the comments
LIFT_FROM, HIGHEST_LIFT = 1.25, 8.0  # times as often as by chance that words of a theme stand together; more counts no more
FEWEST_TOGETHER = 10  # pairs of a theme's words in one comment, in either half
IN_THEME_FROM = 0.4  # of a comment's loading
STARTS_IN_A_HALF = 3  # random ones, beside the one from singular vectors
SHUFFLES = 19  # that the comments must differ from for themes to be looked for
ITERATIONS, TOLERANCE = 200, 1e-3


class Themes(NamedTuple):
    """Themes of comments, those in most comments first.

    Parameters
    ----------
    words : tuple of tuple of str
        The leading words of each theme, folded: ten at most, each with a fifth or more of the first one's weight.
    stability : ndarray of float, shape (k,)
        Mean cosine of the theme with its best match over 20 runs, 0 to 1.
    lift, p_value : ndarray of float, shape (k,)
        How many times as often as by chance the theme's words stand in one comment, in comments that it was
        not learnt from (the lower of two halves), and the adjusted p value (the higher of two).
    stable : ndarray of bool, shape (k,)
        Whether the theme may be stated.
    member : ndarray of bool, shape (n_comments, k)
    loading : ndarray of float, shape (n_comments, k)
        Share of each comment's loading, 0 in comments without any word of the vocabulary.
    closeness : ndarray of float, shape (n_comments, k)
        Cosine of each comment with each theme: the most typical comments have the highest.
    choice : pandas.DataFrame
        ``themes``, ``stability``, ``coherence`` and their product ``score`` for each number tried.
    n_distinct : int
        Distinct comments with a word of the vocabulary.
    """

    words: tuple[tuple[str, ...], ...]
    stability: np.ndarray
    lift: np.ndarray
    p_value: np.ndarray
    stable: np.ndarray
    member: np.ndarray
    loading: np.ndarray
    closeness: np.ndarray
    choice: pd.DataFrame
    n_distinct: int


def tf_idf(counts: ArrayLike | sparse.csr_array, *, smoothed: bool = True) -> sparse.csr_array:
    """Weigh words by how often a comment has them and how few comments do, rows of length 1.

    Parameters
    ----------
    counts : array-like or sparse array, shape (n_comments, n_words)
        How often each comment holds each word.
    smoothed : bool
        Whether one comment that holds every word is thought beside the others.

    Returns
    -------
    scipy.sparse.csr_array
        Rows of Euclidean length 1, rows without words 0.

    Notes
    -----
    ``tf · (ln((1 + n)/(1 + df)) + 1)`` smoothed, ``tf · (ln(n/df) + 1)`` not, as in scikit-learn.

    Examples
    --------
    >>> tf_idf([[3, 0, 1], [2, 0, 0], [3, 0, 0], [4, 0, 0], [3, 2, 0], [3, 0, 2]]).toarray()[0].round(4).tolist()
    [0.8515, 0.0, 0.5243]
    """
    return sparse.csr_array(TfidfTransformer(smooth_idf=smoothed).fit_transform(sparse.csr_array(counts)))


def factorise(
    weights: sparse.csr_array, n_themes: int, *, start: int | None = None, iterations: int = ITERATIONS, tolerance: float = TOLERANCE
) -> tuple[np.ndarray, np.ndarray, float]:
    """Split weighted comments into themes that only add up: ``X ≈ W H`` with nothing below 0.

    Parameters
    ----------
    weights : sparse array, shape (n_comments, n_words)
        As `tf_idf` makes them.
    n_themes : int
    start : int, optional
        Seed of a random start; without it the start is made from the singular vectors.
    iterations, tolerance : int, float
        When to stop.

    Returns
    -------
    (ndarray, ndarray, float)
        Loadings W of the comments, words H of the themes, and the length of the residual (Frobenius).

    References
    ----------
    .. [1] D. D. Lee and H. S. Seung, "Learning the parts of objects by non-negative matrix factorization", Nature 401, 1999.
    .. [2] C. Boutsidis and E. Gallopoulos, "SVD based initialization", Pattern Recognition 41, 2008.

    Examples
    --------
    >>> loadings, words, residual = factorise(tf_idf([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]]), 2)
    >>> (loadings > 0.01).sum(axis=1).tolist(), round(residual, 3)
    ([1, 1, 1], 0.0)
    """
    model = NMF(
        n_themes,
        init="nndsvd" if start is None else "random",
        random_state=0 if start is None else start,
        max_iter=iterations,
        tol=tolerance,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a run cut off is judged like any other: by whether others agree
        loadings = model.fit_transform(weights)
    return loadings, model.components_, float(model.reconstruction_err_)


def find_themes(words: Words, stop_words: Collection[str] = (), *, seed: int = 1) -> Themes | None:
    """Find the themes of comments, and tell those that can be relied on.

    Parameters
    ----------
    words : Words
    stop_words : collection of str
        Folded; left out.
    seed : int

    Returns
    -------
    Themes or None
        None with fewer than 100 distinct comments that hold a telling word; without a theme where the words
        stand together as they do when shuffled over the comments.

    Notes
    -----
    The number of themes, 2 to 15, is the one with the highest product of stability and coherence. Stability
    is the mean cosine of each theme with its best match (one to one) in runs from other random starts on other
    four fifths of the comments. Coherence is the mean of log₂ of the lift.

    The lift of a theme tells how many times as often as by chance its ten leading words stand in one comment,
    pair by pair, weighted by the theme. It is learnt in one half of the comments and counted in the other, as
    words are always found together where they were picked for it; chance is words falling on the comments
    independently, in proportion to the length of each.

    A theme is stable if its mean cosine is at least 0.6 over 20 runs, it comes out of either half of the comments
    from one of four starts (cosine 0.5), and in either half its lift is at least 1.25 and beyond chance (normal approximation to the
    Poisson, Benjamini–Hochberg over the themes, 5%). Runs alone would not do: in shuffled comments the most
    frequent words make themes that come out of every run. A comment is in a theme that has at least 0.4
    of its loading and one of its leading words in it; it can be in two or in none.

    References
    ----------
    .. [1] D. Greene, D. O'Callaghan and P. Cunningham, "How many topics? Stability analysis for topic models", ECML 2014.
    .. [2] D. Mimno and D. Blei, "Bayesian checking for topic models", EMNLP 2011.

    Examples
    --------
    >>> from cvclib.methods.words import cut
    >>> find_themes(cut(["late van", "soft bed"])) is None
    True
    """
    rng = np.random.default_rng(seed)
    counts, vocabulary = _vocabulary(words, stop_words)
    learnt_from = _distinct(counts, rng)
    if len(learnt_from) < FEWEST_COMMENTS:
        return None
    if not _beyond_chance(counts[_some(learnt_from, MOST_TO_CHOOSE_BY, rng)], rng):
        return _none(counts.shape[0], len(learnt_from))
    weights = tf_idf(counts)
    learnt = weights[_some(learnt_from, MOST_TO_LEARN_FROM, rng)]
    choice = _choice(learnt[: min(MOST_TO_CHOOSE_BY, learnt.shape[0])], len(learnt_from), rng)
    n_themes = int(choice["themes"].iloc[choice["score"].argmax()])
    _, themes, _ = factorise(learnt, n_themes)
    runs = [factorise(_part(learnt, rng), n_themes, start=int(rng.integers(2**31)))[1] for _ in range(RUNS)]
    stability = np.mean([_matched(themes, run) for run in runs], axis=0)
    lift, p_value, again = _halves(learnt, themes, rng)
    loading, closeness = _loadings(weights, themes)
    leading = np.argsort(-themes, axis=1, kind="stable")[:, :LEADING]
    named = sparse.csr_array((counts > 0).astype(np.float64)) @ sparse.csr_array(_leads(themes, leading)).T
    member = (loading >= IN_THEME_FROM) & (np.asarray(named.todense()) > 0)
    stable = (stability >= STABLE_FROM) & (again >= SEEN_AGAIN_FROM) & (lift >= LIFT_FROM) & (p_value < 0.05)
    order = np.argsort(-member.sum(axis=0), kind="stable")
    leads = tuple(tuple(vocabulary[at] for at in leading[i] if _leads(themes, leading)[i, at]) for i in order)
    return Themes(
        leads, stability[order], lift[order], p_value[order], stable[order], member[:, order], loading[:, order], closeness[:, order],
        choice, len(learnt_from),
    )  # fmt: skip


def _none(n_comments: int, n_distinct: int) -> Themes:
    nothing, choice = np.empty((n_comments, 0)), pd.DataFrame(columns=["themes", "stability", "coherence", "score"])
    empty = np.empty(0)
    return Themes((), empty, empty, empty, empty.astype(bool), nothing.astype(bool), nothing, nothing, choice, n_distinct)


def _beyond_chance(counts: sparse.csr_array, rng: np.random.Generator) -> bool:
    """Whether words stand together as they do in none of 19 shuffles of all words over all comments: a test at 5%."""
    holds = sparse.coo_array(counts > 0)
    comment, word = holds.coords
    here = _concentration(comment, word, holds.shape)
    return all(here > _concentration(comment, rng.permutation(word), holds.shape) for _ in range(SHUFFLES))


def _concentration(comment: np.ndarray, word: np.ndarray, shape: tuple[int, ...]) -> float:
    """Sum of the squared cosines between words, each a row of comments."""
    holds = (sparse.coo_array((np.ones(len(word)), (comment, word)), shape=shape).tocsc() > 0).astype(np.float64)
    length = np.sqrt(np.maximum(np.asarray(holds.sum(axis=0)).ravel(), 1))
    together = sparse.coo_array(holds.T @ holds)
    row, column = together.coords
    apart = row != column
    return float(((together.data / (length[row] * length[column]))[apart] ** 2).sum())


def _vocabulary(words: Words, stop_words: Collection[str]) -> tuple[sparse.csr_array, np.ndarray]:
    counts = words.table()
    comments_with = np.bincount(counts.indices, minlength=counts.shape[1])
    telling = (comments_with >= FEWEST_WITH_WORD) & ~np.isin(words.names, list(stop_words))
    kept = np.flatnonzero(telling)
    kept = np.sort(kept[np.argsort(-comments_with[kept], kind="stable")[:MOST_WORDS]])
    return sparse.csr_array(counts[:, kept]), words.names[kept]


def _distinct(counts: sparse.csr_array, rng: np.random.Generator) -> np.ndarray:
    """Rows that hold a word, one of each kind: equal rows have equal sums of random numbers."""
    mark = counts @ rng.random(counts.shape[1])
    _, first = np.unique(mark, return_index=True)
    return np.sort(first[mark[first] > 0])


def _some(rows: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(rows)[:most]


def _part(weights: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
    n = weights.shape[0]
    return weights[rng.permutation(n)[: int(PART_OF_A_RUN * n)]]


def _choice(weights: sparse.csr_array, n_distinct: int, rng: np.random.Generator) -> pd.DataFrame:
    fewest, most = THEMES_BETWEEN
    most = min(most, max(n_distinct // COMMENTS_A_THEME, fewest), min(weights.shape) - 1)
    rows = []
    for n_themes in range(fewest, most + 1):
        _, themes, _ = factorise(weights, n_themes)
        runs = [factorise(_part(weights, rng), n_themes, start=int(rng.integers(2**31)))[1] for _ in range(RUNS_TO_CHOOSE)]
        stability = float(np.mean([_matched(themes, run) for run in runs]))
        lift = np.clip(_halves(weights, themes, rng)[0], 1, HIGHEST_LIFT)
        rows.append((n_themes, stability, float(np.log2(lift).mean())))
    choice = pd.DataFrame(rows, columns=["themes", "stability", "coherence"])
    return choice.assign(score=choice["stability"] * choice["coherence"])


def _matched(themes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Cosine of each theme with the one of the others that is its partner, one to one."""
    cosine = _unit(themes) @ _unit(others).T
    rows, columns = linear_sum_assignment(-cosine)
    return cosine[rows, columns]


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _halves(weights: sparse.csr_array, themes: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Learn in either half, and test in the other: lift, adjusted p value and cosine, the worse of the two each."""
    halves = np.array_split(rng.permutation(weights.shape[0]), 2)
    lift, p_value, again = [], [], []
    for here, there in (halves, halves[::-1]):
        starts = [None, *(int(seed) for seed in rng.integers(2**31, size=STARTS_IN_A_HALF))]
        learnt = np.vstack([factorise(weights[here], len(themes), start=start)[1] for start in starts])
        cosine = _unit(themes) @ _unit(learnt).T
        partner = cosine.argmax(axis=1)  # a half may come out in another order of importance, so that several starts are tried
        again.append(cosine.max(axis=1))
        tests = [_together(weights[there], learnt[at]) for at in partner]
        lift.append([observed for observed, _ in tests])
        p_value.append(benjamini_hochberg([p for _, p in tests]))
    return np.min(lift, axis=0), np.max(p_value, axis=0), np.min(again, axis=0)


def _together(weights: sparse.csr_array, theme: np.ndarray) -> tuple[float, float]:
    """How many times as often as by chance the theme's words stand in one comment, pairs weighted by the theme, and its p value."""
    words = np.argsort(-theme, kind="stable")[:LEADING]
    holds = (weights > 0).astype(np.float64)
    length = np.asarray(holds.sum(axis=1)).ravel()
    here = np.asarray(holds[:, words].todense())
    chance = np.minimum(np.outer(length / max(length.sum(), 1), here.sum(axis=0)), 1)
    others = np.maximum(length - 1, 0) / np.maximum(length, 1)  # a comment's next word falls on one place fewer
    i, j = np.triu_indices(len(words), 1)
    observed, expected = (here.T @ here)[i, j], ((chance * others[:, None]).T @ chance)[i, j]
    weight = theme[words][i] * theme[words][j]
    variance = float((weight**2 * expected).sum())
    if observed.sum() < FEWEST_TOGETHER or variance <= 0:
        return 0.0, 1.0
    z = (weight * (observed - expected)).sum() / np.sqrt(variance)
    return float((weight * observed).sum() / (weight * expected).sum()), float(stats.norm.sf(z))


def _loadings(weights: sparse.csr_array, themes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    units = _unit(themes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        loadings, _, _ = non_negative_factorization(
            weights, H=units, n_components=len(units), update_H=False,
            max_iter=ITERATIONS, tol=TOLERANCE,
        )  # fmt: skip
    total = loadings.sum(axis=1, keepdims=True)
    return np.divide(loadings, total, out=np.zeros_like(loadings), where=total > 0), np.asarray(weights @ units.T)


def _leads(themes: np.ndarray, leading: np.ndarray) -> np.ndarray:
    """1 for the words that lead each theme, 0 for all others."""
    first = np.zeros(themes.shape)
    np.put_along_axis(first, leading, 1.0, axis=1)
    return first * (themes >= LEADING_FROM * themes.max(axis=1, keepdims=True)) * (themes > 0)
