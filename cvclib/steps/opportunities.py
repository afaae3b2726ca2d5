"""Opportunities: attributes that matter much and are met badly, ranked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods.opportunity import opportunity_score, top_two
from cvclib.methods.resampling import bootstrap_means, percentile_interval
from cvclib.steps.answers import attribute_answers, fewest
from cvclib.steps.questions import TooFewAnswersError, once_per_client
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
    """

    frame: pd.DataFrame
    basis: Basis


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
    if basis == "stated":
        both = np.hstack([satisfied, top_two(answers.importance, scales.importance[1])])
        means, copies = bootstrap_means(both, rng=rng, weights=answers.weights, replicates=replicates)
        n = np.isfinite(both).sum(axis=0)
        n = np.minimum(n[:k], n[k:])
    else:
        found = drivers(client, min_answers=min_answers, replicates=replicates, seed=seed)
        place = [found.attributes.index(name) if name in found.attributes else -1 for name in answers.attributes]
        shares = np.vstack([found.result.share, found.result.replicates])
        strongest = found.result.share.max()  # the same in every resample, so that it does not squeeze the interval of the first
        derived = np.column_stack([10 * shares / strongest, np.full(len(shares), np.nan)])[:, place]
        means, copies = bootstrap_means(satisfied, rng=rng, weights=answers.weights, replicates=replicates)
        means, copies = np.r_[means, derived[0]], np.hstack([copies, derived[1:]])
        n = np.isfinite(satisfied).sum(axis=0)
    shown = (n >= min_answers) & np.isfinite(means[:k]) & np.isfinite(means[k:])
    if not shown.any():
        raise TooFewAnswersError(f"No attribute has {min_answers} answers on both importance and performance.")
    score, again = opportunity_score(means[k:], means[:k])[shown], opportunity_score(copies[:, k:], copies[:, :k])[:, shown]
    low, high = percentile_interval(again)
    first = np.bincount(np.nan_to_num(again, nan=-1).argmax(axis=1), minlength=shown.sum()) / len(again)
    frame = pd.DataFrame(
        {
            "attribute": np.array(answers.attributes)[shown], "importance": means[k:][shown], "satisfaction": means[:k][shown],
            "score": score, "low": low, "high": high, "first": first, "n": n[shown],
        }
    )  # fmt: skip
    return Opportunities(frame.sort_values(["score", "attribute"], ascending=[False, True], ignore_index=True), basis)
