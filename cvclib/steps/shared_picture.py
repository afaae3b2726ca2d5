"""Whether departments agree with each other, and with customers, on what matters to customers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import agreement, shares
from cvclib.methods.agreement import Concordance

CUSTOMERS = "Customers"
FEWEST_ATTRIBUTES = 3


class Picture(NamedTuple):
    """The ranks that departments and customers give to attributes.

    Parameters
    ----------
    ranks : pandas.DataFrame
        Index attribute, columns department: 1 the most important; only attributes that every department ranked.
    customers : pandas.Series
        Customers' rank of the same attributes by mean stated importance; all NaN where not asked.
    left_out : tuple of str
        Attributes that some department did not rank.
    """

    ranks: pd.DataFrame
    customers: pd.Series
    left_out: tuple[str, ...]


def picture(client: Client) -> Picture:
    """Lay departments' and customers' ranks side by side.

    Parameters
    ----------
    client : Client
        With ``department_views``; ``attribute_ratings.importance`` adds the customers, weighted where weights are given.

    Raises
    ------
    MissingDataError
        If there are no ``department_views``.
    """
    client.require("department_views")
    views = client.tables.department_views.to_pandas()
    ranks = views.pivot_table(index="attribute", columns="department", values="rank", aggfunc="mean").rename_axis(columns=None)
    complete = ranks.dropna()
    stated = stated_importance(client)
    customers = stated.reindex(complete.index).rank(ascending=False)
    order = customers if customers.notna().any() else complete.mean(axis=1)
    order = order.sort_values(kind="stable", na_position="last").index
    return Picture(complete.loc[order].rank(), customers.loc[order], tuple(sorted(set(ranks.index) - set(complete.index))))


def stated_importance(client: Client) -> pd.Series:
    """Customers' mean stated importance by attribute over the period; empty where not asked."""
    if not client.has("attribute_ratings.importance"):
        return pd.Series(dtype=float)
    ratings = client.tables.attribute_ratings
    if client.has("attribute_ratings.responded_at"):
        inside = client.in_period(ratings, "responded_at")
        undated = ratings.filter(ratings.responded_at.isnull())
        ratings = inside.union(undated)
    ratings = ratings.filter(ratings.importance.notnull()).mutate(w=ratings.weight.fill_null(1.0))
    means = ratings.group_by("attribute").aggregate(total=(ratings.importance * ratings.w).sum(), weight=ratings.w.sum())
    frame = means.order_by("attribute").to_pandas().set_index("attribute")
    return frame["total"] / frame["weight"].replace(0, np.nan)


def concordance(client: Client) -> Concordance | None:
    """Kendall's W among departments, corrected for ties; None with too few departments or attributes."""
    ranks = picture(client).ranks
    if ranks.shape[0] < FEWEST_ATTRIBUTES or ranks.shape[1] < 2:
        return None
    return agreement.kendalls_w(ranks.to_numpy())


def departments_and_customers(client: Client) -> pd.DataFrame:
    """Spearman's correlation of each department's ranks with the customers'.

    Returns
    -------
    pandas.DataFrame
        Closest first: ``department``, ``rho``, ``low``, ``high``, ``n`` attributes, ``p_value`` adjusted over the departments; and
        ``underrates``, ``overrates``: the attribute whose rank is furthest below and above the customers'. Empty
        where customers were not asked or rated fewer than three of the attributes.
    """
    found = picture(client)
    known = found.customers.dropna()
    columns = ["department", "rho", "low", "high", "n", "p_value", "underrates", "overrates"]
    if len(known) < FEWEST_ATTRIBUTES:
        return pd.DataFrame(columns=columns)
    rows = []
    for department in found.ranks:
        own = found.ranks.loc[known.index, department]
        tie = agreement.spearman(own, known)
        gap = own.rank() - known.rank()
        under, over = (gap.idxmax() if gap.max() >= 1 else "", gap.idxmin() if gap.min() <= -1 else "")
        rows.append((department, *tie.rho, tie.p_value, under, over))
    frame = pd.DataFrame(rows, columns=columns)
    frame["p_value"] = shares.benjamini_hochberg(frame["p_value"].to_numpy(dtype=float))
    return frame.sort_values(["rho", "department"], ascending=[False, True], ignore_index=True)
