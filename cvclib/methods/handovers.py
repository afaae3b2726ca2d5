"""How work passes between groups: how far each keeps to itself, and what comes straight back."""

from __future__ import annotations

import numpy as np
import pandas as pd


def ei_index(pairs: pd.DataFrame) -> pd.DataFrame:
    """How far each group's ties lead outside: the E-I index.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``from_activity``, ``to_activity`` (groups) and ``n``; ties of a group with itself are internal.

    Returns
    -------
    pandas.DataFrame
        A row a group, sorted, and a last one named ``all``: ``group``, ``external``, ``internal``, ``ei_index``,
        -1 (only among themselves) to 1 (only with others).

    Notes
    -----
    ``(E - I) / (E + I)``. A tie between two groups is external to both; over all it counts once.

    References
    ----------
    .. [1] D. Krackhardt, R. N. Stern, "Informal networks and organizational crises: an experimental
       simulation", Social Psychology Quarterly 51, 1988.

    Examples
    --------
    >>> pairs = pd.DataFrame({"from_activity": ["a", "a"], "to_activity": ["a", "b"], "n": [1, 3]})
    >>> ei_index(pairs)["ei_index"].tolist()
    [0.5, 1.0, 0.5]
    """
    groups = sorted({*pairs["from_activity"], *pairs["to_activity"]})
    inside = pairs["from_activity"] == pairs["to_activity"]
    rows = []
    for group in groups:
        touches = (pairs["from_activity"] == group) | (pairs["to_activity"] == group)
        rows.append((group, int(pairs.loc[touches & ~inside, "n"].sum()), int(pairs.loc[touches & inside, "n"].sum())))
    rows.append(("all", int(pairs.loc[~inside, "n"].sum()), int(pairs.loc[inside, "n"].sum())))
    frame = pd.DataFrame(rows, columns=["group", "external", "internal"])
    total = frame["external"] + frame["internal"]
    return frame.assign(ei_index=((frame["external"] - frame["internal"]) / total.where(total > 0, np.nan)).astype(float))


def reciprocity(pairs: pd.DataFrame) -> float:
    """Share of work passed between groups that is matched by work passed back.

    Parameters
    ----------
    pairs : pandas.DataFrame
        As in `ei_index`; ties of a group with itself are left out.

    Returns
    -------
    float
        ``Σ min(n_ab, n_ba) / Σ n_ab``, 0 to 1; NaN where nothing passes between groups.

    References
    ----------
    .. [1] T. Squartini et al., "Reciprocity of weighted networks", Scientific Reports 3, 2013.

    Examples
    --------
    >>> reciprocity(pd.DataFrame({"from_activity": ["a", "b"], "to_activity": ["b", "a"], "n": [3, 1]}))
    0.5
    """
    between = pairs[pairs["from_activity"] != pairs["to_activity"]]
    counts = {(r.from_activity, r.to_activity): r.n for r in between.itertuples()}
    total = sum(counts.values())
    return sum(min(n, counts.get((b, a), 0)) for (a, b), n in counts.items()) / total if total else float("nan")
