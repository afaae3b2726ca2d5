"""Whether departments agree with each other, and with customers, on what matters to customers.

A department's view is a statement that was handed in, not a sample: its ranks are taken as they are. Where several persons of a department ranked,
its rank is the mean of theirs, and a department of fewer persons than the client's minimum group is not shown. What is uncertain is what
customers think: their ranks come with a range.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import agreement, inter_rater, ranks, shares
from cvclib.methods.agreement import Concordance
from cvclib.methods.estimate import Estimate
from cvclib.steps.memo import once_per_client

CUSTOMERS = "Customers"
FEWEST_ATTRIBUTES = 3
ENOUGH_FOR_CHI_SQUARE = 7  # items; with fewer, Kendall's W is tested by shuffling
MANY_ANSWERS = 20_000  # from here on fewer replicates do
MATERIAL = 2  # ranks outside the range of the customers' own, from which on a difference is worth a word
REPLICATES, FEWER_REPLICATES = 1000, 200


class Picture(NamedTuple):
    """The ranks that departments and customers give to attributes.

    Parameters
    ----------
    ranks : pandas.DataFrame
        Index attribute, columns department: 1 the most important; only attributes that every department ranked.
    customers : pandas.Series
        Customers' rank of the same attributes by mean stated importance; NaN where not asked, or of too few.
    left_out : tuple of str
        Attributes that some department did not rank.
    too_few : tuple of str
        Departments not shown, as fewer persons ranked than the minimum group.
    """

    ranks: pd.DataFrame
    customers: pd.Series
    left_out: tuple[str, ...]
    too_few: tuple[str, ...] = ()


@once_per_client
def views(client: Client) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Mean rank that each department gives each attribute, blanks where it gave none; and departments of too few persons to be shown."""
    client.require("department_views")
    table = client.tables.department_views.to_pandas()
    persons = table.dropna(subset=["rater"]).groupby("department")["rater"].nunique()
    small = tuple(sorted(persons[persons < client.params.report.minimum_group].index))
    shown = table[~table["department"].isin(small)]
    given = shown.pivot_table(index="attribute", columns="department", values="rank", aggfunc="mean").rename_axis(columns=None)
    return given, small


@once_per_client
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
    given, small = views(client)
    complete = given.dropna()
    customers = customers_ranks(client)["rank"].reindex(complete.index)
    order = customers if customers.notna().any() else complete.mean(axis=1)
    order = order.sort_values(kind="stable", na_position="last").index
    return Picture(complete.loc[order].rank(), customers.loc[order], tuple(sorted(set(given.index) - set(complete.index))), small)


@once_per_client
def customers_ranks(client: Client, *, seed: int = 1) -> pd.DataFrame:
    """Customers' ranks of the attributes that every department ranked, by mean stated importance, with their range.

    Parameters
    ----------
    client : Client
        With ``department_views``; ``attribute_ratings.weight`` is honoured.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        Index attribute: ``mean``, ``rank``, ``low``, ``high``, ``n``, as of `cvclib.methods.ranks.rank_ranges`; empty where customers were not
        asked. Attributes rated by fewer than the minimum group are left out.
    """
    columns = ["mean", "rank", "low", "high", "n"]
    given, _ = views(client)
    ratings = importance_ratings(client)
    ratings = ratings[ratings["attribute"].isin(given.dropna().index)]
    if ratings.empty:
        return pd.DataFrame(columns=columns, dtype=float)
    table = ratings.pivot_table(index="response_id", columns="attribute", values="importance", aggfunc="mean")
    table = table.loc[:, table.notna().sum() >= client.params.report.minimum_group]
    if table.empty or table.shape[1] == 0:
        return pd.DataFrame(columns=columns, dtype=float)
    weights = ratings.groupby("response_id")["weight"].first().reindex(table.index).to_numpy()
    replicates = REPLICATES if len(table) < MANY_ANSWERS else FEWER_REPLICATES
    found = ranks.rank_ranges(table.to_numpy(), rng=np.random.default_rng(seed), weights=weights, replicates=replicates)
    return found.set_index(table.columns.rename(None))


@once_per_client
def importance_ratings(client: Client) -> pd.DataFrame:
    """Customers' ratings of importance in the period: ``response_id``, ``attribute``, ``importance``, ``weight`` (1 where none is given)."""
    if not client.has("attribute_ratings.importance"):
        return pd.DataFrame(columns=["response_id", "attribute", "importance", "weight"])
    ratings = client.tables.attribute_ratings
    if client.has("attribute_ratings.responded_at"):
        inside = client.in_period(ratings, "responded_at")
        undated = ratings.filter(ratings.responded_at.isnull())
        ratings = inside.union(undated)
    ratings = ratings.filter(ratings.importance.notnull()).mutate(weight=ratings.weight.fill_null(1.0))
    return ratings.select("response_id", "attribute", "importance", "weight").order_by("response_id", "attribute").to_pandas()


def disagreements(client: Client) -> pd.DataFrame:
    """What each department ranks otherwise than customers do, and whether that is sure.

    Returns
    -------
    pandas.DataFrame
        A row a department and attribute: ``department``, ``attribute``, ``own`` (its rank), ``customers``, ``low``, ``high`` (the customers' rank
        and its range), ``gap`` (own less customers': above 0 it underrates), ``beyond`` (ranks that `own` lies outside the range) and ``sure``.
        The surest and largest first; empty where customers were not asked.

    Notes
    -----
    The customers' ranges hold for all attributes together with 95%, and a department's ranks are taken as they were handed in. So the chance
    that any cell of the table is wrongly called sure is at most 5%, however many departments there are.
    """
    columns = ["department", "attribute", "own", "customers", "low", "high", "gap", "beyond", "sure"]
    known = customers_ranks(client)
    own = picture(client).ranks
    known = known.reindex(own.index).dropna(subset=["rank"])
    if len(known) < FEWEST_ATTRIBUTES:
        return pd.DataFrame(columns=columns)
    rows = []
    for department in own:
        ranked = own.loc[known.index, department].rank()
        for attribute, rank in ranked.items():
            theirs = known.loc[attribute]
            beyond = max(theirs["low"] - rank, rank - theirs["high"], 0.0)
            rows.append((department, attribute, rank, *theirs[["rank", "low", "high"]], rank - theirs["rank"], beyond, beyond > 0))
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.assign(size=frame["gap"].abs())
    return frame.sort_values(["beyond", "size", "department", "attribute"], ascending=[False, False, True, True], ignore_index=True)[
        columns
    ]


@once_per_client
def alpha(client: Client, *, seed: int = 1) -> Estimate | None:
    """Krippendorff's alpha (ordinal) among departments over all attributes, blanks allowed; None with fewer than two departments."""
    given, _ = views(client)
    if given.shape[1] < 2 or given.shape[0] < FEWEST_ATTRIBUTES:
        return None
    return inter_rater.krippendorffs_alpha(given.to_numpy(dtype=float), "ordinal", rng=np.random.default_rng(seed))


def concordance(client: Client) -> Concordance | None:
    """Kendall's W among departments, corrected for ties; None with too few departments or attributes."""
    ranks = picture(client).ranks
    if ranks.shape[0] < FEWEST_ATTRIBUTES or ranks.shape[1] < 2:
        return None
    found = agreement.kendalls_w(ranks.to_numpy())
    if found.n_items >= ENOUGH_FOR_CHI_SQUARE or not np.isfinite(found.w):
        return found
    return found._replace(p_value=agreement.concordance_p(ranks.to_numpy(), rng=np.random.default_rng(1)))


def departments_and_customers(client: Client) -> pd.DataFrame:
    """Spearman's correlation of each department's ranks with the customers'.

    Returns
    -------
    pandas.DataFrame
        Closest first: ``department``, ``rho``, ``low``, ``high``, ``n`` attributes, ``p_value`` adjusted over the departments; and
        ``underrates``, ``overrates``: the attribute whose rank is furthest below and above the range of the customers' own, blank
        where none is for sure; ``n_sure``: attributes ranked at least two ranks outside that range. Empty where customers were not asked or
        rated fewer than three of the attributes.
    """
    found = picture(client)
    known = found.customers.dropna()
    columns = ["department", "rho", "low", "high", "n", "p_value", "n_sure", "underrates", "overrates"]
    if len(known) < FEWEST_ATTRIBUTES:
        return pd.DataFrame(columns=columns)
    sure = disagreements(client)
    sure = sure[sure["beyond"] >= MATERIAL]
    rows = []
    for department in found.ranks:
        tie = agreement.spearman(found.ranks.loc[known.index, department], known)
        own = sure[sure["department"] == department]
        under, over = (own[own["gap"] * sign > 0]["attribute"].tolist() for sign in (1, -1))
        rows.append((department, *tie.rho, tie.p_value, len(own), (under or [""])[0], (over or [""])[0]))
    frame = pd.DataFrame(rows, columns=columns)
    frame["p_value"] = shares.benjamini_hochberg(frame["p_value"].to_numpy(dtype=float))
    return frame.sort_values(["rho", "department"], ascending=[False, True], ignore_index=True)
