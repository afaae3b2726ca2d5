"""Groups of records that are one and the same: made from pairs, named so that the name lasts, and judged against a truth."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

LEAST_LINKED = 0.2  # of the pairs between two groups, the share that must be links before the groups are joined


def cluster_records(pairs: pd.DataFrame, threshold: float, least_linked: float = LEAST_LINKED) -> pd.DataFrame:
    """Group records by their links, the surest first, without letting a chain of weak links tie strangers together.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``left, right, probability``.
    threshold : float
        Pairs of at least this probability are links.
    least_linked : float
        Two groups are joined only where at least this share of the pairs between them are links; 0 gives the
        connected components.

    Returns
    -------
    pandas.DataFrame
        ``id`` and ``cluster``, the smallest id of the group; records without a link are left out. A group keeps its
        name when records are added whose ids are larger.

    Examples
    --------
    >>> pairs = pd.DataFrame({"left": ["1", "2"], "right": ["2", "3"], "probability": [0.99, 0.95]})
    >>> cluster_records(pairs, 0.9).to_dict("list")
    {'id': ['1', '2', '3'], 'cluster': ['1', '1', '1']}
    """
    links = pairs[pairs["probability"] >= threshold].sort_values(["probability", "left", "right"], ascending=[False, True, True])
    parent: dict[str, str] = {}
    size: dict[str, int] = {}
    between: dict[str, dict[str, int]] = {}  # group: links to each other group

    def root(record: str) -> str:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    sides = list(zip(links["left"].astype(str), links["right"].astype(str), strict=True))
    for left, right in sides:
        for record in (left, right):
            if record not in parent:
                parent[record], size[record], between[record] = record, 1, {}
        between[left][right] = between[left].get(right, 0) + 1
        between[right][left] = between[right].get(left, 0) + 1
    waiting = sides
    while waiting:
        refused = []
        for left, right in waiting:
            a, b = sorted((root(left), root(right)))
            if a == b:
                continue
            if between[a][b] < least_linked * size[a] * size[b]:
                refused.append((left, right))
                continue
            parent[b] = a
            size[a] += size[b]
            for other, n in between.pop(b).items():
                if other == a:
                    continue
                between[a][other] = between[a].get(other, 0) + n
                between[other][a] = between[a][other]
                between[other].pop(b, None)
            between[a].pop(b, None)
        if len(refused) == len(waiting):
            break
        waiting = refused
    rows = pd.DataFrame({"id": sorted(parent)}, dtype=str)
    rows["cluster"] = [root(record) for record in rows["id"]]
    smallest = rows.groupby("cluster")["id"].min()
    rows["cluster"] = rows["cluster"].map(smallest).astype(str)
    return rows[rows.groupby("cluster")["id"].transform("size") > 1].reset_index(drop=True)


def lasting_name(cluster: str) -> str:
    """A short name for a group that shows no id: made from its smallest member, the same in every run.

    Examples
    --------
    >>> lasting_name("K100066") == lasting_name("K100066"), len(lasting_name("K100066"))
    (True, 9)
    """
    return "P" + hashlib.sha256(cluster.encode()).hexdigest()[:8].upper()


def agreement_with_truth(found: Mapping[Hashable, Hashable], truth: Mapping[Hashable, Hashable]) -> dict[str, float]:
    """How well groups agree with the true ones.

    Parameters
    ----------
    found, truth : mapping
        Record to group, for the same records.

    Returns
    -------
    dict
        ``pairwise_precision, pairwise_recall, b_cubed_precision, b_cubed_recall, adjusted_rand``.

    Raises
    ------
    ValueError
        If the records differ.

    Notes
    -----
    With ``n_ij`` records in found group i and true group j: pairwise precision is ``sum C(n_ij, 2) / sum C(n_i, 2)``;
    B-cubed precision ``sum n_ij^2 / n_i / n``; recall the same with the true groups; the adjusted Rand index is
    ``(sum C(n_ij, 2) - E) / ((sum C(n_i, 2) + sum C(n_j, 2)) / 2 - E)``, ``E`` its expectation by chance.

    References
    ----------
    .. [1] A. Bagga and B. Baldwin, "Entity-based cross-document coreferencing", ACL 1998.
    .. [2] L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2 (1985), 193-218.

    Examples
    --------
    >>> made = agreement_with_truth({1: "a", 2: "a", 3: "a", 4: "b", 5: "b"}, {1: "x", 2: "x", 3: "y", 4: "y", 5: "y"})
    >>> {name: round(value, 6) for name, value in made.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'pairwise_precision': 0.5, 'pairwise_recall': 0.5, 'b_cubed_precision': 0.733333, 'b_cubed_recall': 0.733333,
     'adjusted_rand': 0.166667}
    """
    if set(found) != set(truth):
        raise ValueError("found and truth must hold the same records")
    frame = pd.DataFrame({"found": pd.Series(found), "truth": pd.Series(truth)})
    both = frame.groupby(["found", "truth"]).size()
    of_found, of_truth = frame.groupby("found").size(), frame.groupby("truth").size()
    n = len(frame)
    together, made, true = (float((x * (x - 1) / 2).sum()) for x in (both, of_found, of_truth))
    by_chance = made * true / (n * (n - 1) / 2) if n > 1 else 0.0
    squared = both.to_numpy() ** 2
    return {
        "pairwise_precision": together / made if made else np.nan,
        "pairwise_recall": together / true if true else np.nan,
        "b_cubed_precision": float((squared / of_found.loc[both.index.get_level_values("found")].to_numpy()).sum() / n),
        "b_cubed_recall": float((squared / of_truth.loc[both.index.get_level_values("truth")].to_numpy()).sum() / n),
        "adjusted_rand": (together - by_chance) / ((made + true) / 2 - by_chance) if (made + true) / 2 != by_chance else 1.0,
    }
