"""Kano answers summed up: which features are needs, which are wants, and which leave customers cold."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.kano import CATEGORIES, NAMES, kano_category, kano_result
from cvclib.methods.resampling import percentile_interval
from cvclib.steps.questions import TooFewAnswersError, once_per_client

MIN_ANSWERS = 30


@once_per_client
def kano_results(client: Client, *, min_answers: int = MIN_ANSWERS, replicates: int = 1_000, seed: int = 1) -> pd.DataFrame:
    """Category and coefficients of each feature.

    Parameters
    ----------
    client : Client
    min_answers : int
        Paired answers that a feature needs.
    replicates, seed : int
        Of the bootstrap behind the intervals.

    Returns
    -------
    pandas.DataFrame
        ``attribute``, ``category`` (mode, in words), ``ruled`` (by M > O > A > I in a close race),
        ``category_share`` (of the mode), ``satisfaction`` and ``dissatisfaction`` with ``…_low`` and
        ``…_high``, ``clear`` (Fong's test), ``p_adjusted`` (that the four categories are not equally
        frequent, corrected over the features), ``n``; needs first.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no Kano answers, or too few about every feature.
    """
    client.require("kano")
    kano = client.tables.kano
    cells = kano.group_by("attribute", "functional", "dysfunctional").aggregate(n=kano.count())
    cells = cells.order_by("attribute", ibis.asc("functional"), ibis.asc("dysfunctional")).to_pandas()
    if cells.empty:
        raise TooFewAnswersError("There are no Kano answers of these customers.")
    cells["category"] = kano_category(cells["functional"], cells["dysfunctional"])
    counts = cells.pivot_table(index="attribute", columns="category", values="n", aggfunc="sum", fill_value=0)
    counts = counts.reindex(columns=list(CATEGORIES), fill_value=0)
    counts = counts[counts.sum(axis=1) >= max(min_answers, client.params.report.minimum_group)]
    if counts.empty:
        raise TooFewAnswersError(f"No feature has {min_answers} paired Kano answers; fewer do not place it.")
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([{"attribute": name, **_one(row.to_numpy(float), replicates, rng)} for name, row in counts.iterrows()])
    frame["p_adjusted"] = shares.benjamini_hochberg(frame.pop("p"))
    order = frame["category"].map({NAMES[c]: i for i, c in enumerate(CATEGORIES)})
    return frame.assign(order=order).sort_values(["order", "dissatisfaction", "attribute"], ignore_index=True).drop(columns="order")


def _one(counts: np.ndarray, replicates: int, rng: np.random.Generator) -> dict:
    found = kano_result(counts)
    n = int(counts.sum())
    again = rng.multinomial(n, counts / n, size=replicates).astype(float)
    judged = again[:, :4].sum(axis=1)
    judged[judged == 0] = np.nan
    copies = np.column_stack([(again[:, 2] + again[:, 1]) / judged, -(again[:, 1] + again[:, 0]) / judged])
    (plus_low, minus_low), (plus_high, minus_high) = percentile_interval(copies)
    return {
        "category": NAMES[found.mode], "ruled": NAMES[found.ruled], "category_share": counts.max() / n,
        "satisfaction": found.satisfaction, "satisfaction_low": plus_low, "satisfaction_high": plus_high,
        "dissatisfaction": found.dissatisfaction, "dissatisfaction_low": minus_low, "dissatisfaction_high": minus_high,
        "clear": found.clear, "p": found.p_value, "n": n,
    }  # fmt: skip
