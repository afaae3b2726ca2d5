"""Opportunities: attributes that matter much and are met badly, ranked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.opportunity import opportunity_score, rank_probabilities, top_two
from cvclib.methods.resampling import bootstrap_means, percentile_interval
from cvclib.steps.answers import attribute_answers, fewest
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_map import MIN_ANSWERS, Basis, drivers, importance_basis


@dataclass(frozen=True)
class Opportunities:
    """Attributes ranked by opportunity.

    Parameters
    ----------
    frame : pandas.DataFrame
        The largest first: ``attribute``, ``importance``, ``satisfaction`` (0 to 10), ``score`` with ``low``
        and ``high`` (0 to 20), ``first`` (probability of ranking first), ``n``.
    basis : {"stated", "derived"}
    ranks : ndarray, shape (k, k)
        Probability that the attribute of the row holds the rank of the column, 1 the largest opportunity.
    segments : pandas.DataFrame
        A row a segment and attribute: ``segment``, ``attribute``, ``score`` with ``low`` and ``high``, ``difference`` (from that of all
        respondents), ``p_adjusted`` (of no difference, corrected over all rows), ``n``; empty where there are not two segments with enough answers.
        Where importance is derived it is that of all respondents: segments then differ by their satisfaction alone.
    """

    frame: pd.DataFrame
    basis: Basis
    ranks: np.ndarray
    segments: pd.DataFrame


@once_per_client
def opportunities(client: Client, *, min_answers: int = MIN_ANSWERS, replicates: int = 500, seed: int = 1) -> Opportunities:
    """Score each attribute by how much it matters and how far it falls short.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers that an attribute needs.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    Opportunities
        Importance is the share of respondents who answer one of the two highest boxes, times 10, where it
        was asked. Else it is derived: the attribute's share of what the ratings explain, 10 for the strongest.
        Scores of the two kinds cannot be compared.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no performance ratings, or neither importance nor satisfaction with the whole.
    """
    client.require("attribute_ratings.performance")
    answers, basis, min_answers = attribute_answers(client), importance_basis(client), fewest(client, min_answers)
    k, scales = len(answers.attributes), client.params.scales
    satisfied = top_two(answers.performance, scales.performance[1])
    rng = np.random.default_rng(seed)
    names, groups = _segments(answers.segment)
    both = np.hstack([satisfied, top_two(answers.importance, scales.importance[1])]) if basis == "stated" else satisfied
    every, redrawn = bootstrap_means(both, rng=rng, weights=answers.weights, replicates=replicates, groups=groups)
    if basis == "derived":
        derived = _derived(client, answers.attributes, min_answers=min_answers, replicates=replicates, seed=seed)
        every = np.hstack([every, np.broadcast_to(derived[0], (len(every), k))])
        redrawn = np.concatenate([redrawn, np.broadcast_to(derived[1:, None], (*redrawn.shape[:2], k))], axis=2)
    means, copies = every[-1], redrawn[:, -1]
    n = _answers_each(both, k)
    shown = (n >= min_answers) & np.isfinite(means[:k]) & np.isfinite(means[k:])
    if not shown.any():
        raise TooFewAnswersError(f"No attribute has {min_answers} answers on both importance and performance.")
    score, again = opportunity_score(means[k:], means[:k])[shown], opportunity_score(copies[:, k:], copies[:, :k])[:, shown]
    low, high = percentile_interval(again)
    ranks = rank_probabilities(again)
    frame = pd.DataFrame(
        {
            "attribute": np.array(answers.attributes)[shown], "importance": means[k:][shown], "satisfaction": means[:k][shown],
            "score": score, "low": low, "high": high, "first": ranks[:, 0], "n": n[shown],
        }
    )  # fmt: skip
    order = np.lexsort((frame["attribute"], -frame["score"]))
    segments = _by_segment(np.array(answers.attributes), names, groups, both, every, redrawn, shown, min_answers)
    return Opportunities(frame.iloc[order].reset_index(drop=True), basis, ranks[order], segments)


def _segments(segment: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Names of the segments, and the place of each respondent's; those of none come after the last."""
    names = sorted({name for name in segment if name is not None})
    place = {name: i for i, name in enumerate(names)}
    return names, np.array([place.get(name, len(names)) for name in segment], dtype=int)


def _derived(client: Client, attributes: tuple[str, ...], *, min_answers: int, replicates: int, seed: int) -> np.ndarray:
    """Derived importance, 10 for the strongest, and its replicates below it; NaN where an attribute is not analysed."""
    found = drivers(client, min_answers=min_answers, replicates=replicates, seed=seed)
    place = [found.attributes.index(name) if name in found.attributes else -1 for name in attributes]
    parts = np.vstack([found.result.share, found.result.replicates])
    strongest = found.result.share.max()  # the same in every resample, so that it does not squeeze the interval of the first
    return np.column_stack([10 * parts / strongest, np.full(len(parts), np.nan)])[:, place]


def _answers_each(both: np.ndarray, k: int) -> np.ndarray:
    """Answers behind each attribute; where importance was asked, the fewer of the two."""
    n = np.isfinite(both).sum(axis=0)
    return np.minimum(n[:k], n[k:]) if len(n) > k else n


def _by_segment(
    attributes: np.ndarray, names: list[str], groups: np.ndarray, both: np.ndarray, every: np.ndarray, redrawn: np.ndarray, shown: np.ndarray,
    min_answers: int,
) -> pd.DataFrame:  # fmt: skip
    """Scores by segment and how they differ from that of all, on the same draws."""
    k, rows = len(attributes), []
    score, copies = opportunity_score(every[:, k:], every[:, :k]), opportunity_score(redrawn[..., k:], redrawn[..., :k])
    for g, name in enumerate(names):
        n = _answers_each(both[groups == g], k)
        for j in np.flatnonzero(shown & (n >= min_answers)):
            low, high = percentile_interval(copies[:, g, j])
            error = float(np.nanstd(copies[:, g, j] - copies[:, -1, j], ddof=1))
            difference = float(score[g, j] - score[-1, j])
            p = float(2 * stats.t.sf(abs(difference) / error, n[j] - 1)) if error > 0 else 1.0
            rows.append((name, attributes[j], score[g, j], float(low), float(high), difference, p, int(n[j])))
    columns = ["segment", "attribute", "score", "low", "high", "difference", "p_adjusted", "n"]
    frame = pd.DataFrame(rows, columns=columns)
    if frame["segment"].nunique() < 2:
        return frame.iloc[:0]
    return frame.assign(p_adjusted=shares.benjamini_hochberg(frame["p_adjusted"]))
