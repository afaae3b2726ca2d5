"""Who brought whom, over generations: how far referrals reach, how large their trees grow, and what in the records cannot be.

The trees are grown in the engine, a join a generation; only counts leave it. Part of step 6; `cvclib.steps.advocacy` is its
public face.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.charts import referral as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.referral import told_referrals
from cvclib.wording import joined, number

STEP = "advocacy"
CAPTION = "How far referrals reach: generations and trees"
MOST_GENERATIONS = 60  # a longer chain is not followed; the longest known of real programmes are far shorter
LARGEST_SHOWN = 3
SIZES = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 10**9))  # customers brought, by the first of a tree and all after
NO_TREE = Gap(
    STEP,
    "How far do referrals reach, and who of those referred refers again?",
    ("referrals.referred_id",),
    "With the customer each referral brought, or customers.referred_by, referrals can be followed over generations.",
)


class Trees(NamedTuple):
    """Trees of referral, counted.

    Parameters
    ----------
    generations : pandas.DataFrame
        ``generation`` (0 for those who were not referred and referred somebody), ``n`` customers, ``referrers``, those of them who
        referred somebody, ``brought`` by them.
    sizes : pandas.DataFrame
        ``brought`` (customers in a tree but the first), ``n`` trees.
    n_self : int
        Records of customers who referred themselves.
    n_twice : int
        Customers said to have been referred by more than one: the first counts.
    n_in_loops : int
        Customers who were referred by one of those they brought, or come after such; they are in no tree.
    """

    generations: pd.DataFrame
    sizes: pd.DataFrame
    n_self: int
    n_twice: int
    n_in_loops: int

    @property
    def depth(self) -> int:
        """Generations after the first."""
        return int(self.generations["generation"].max())


@once_per_client
def referral_trees(client: Client) -> Trees:
    """Grow the trees of referral of all times up to the end of the period.

    Parameters
    ----------
    client : Client

    Returns
    -------
    Trees

    Raises
    ------
    MissingDataError
        If it is not recorded who referred whom.
    TooFewAnswersError
        If nobody was brought by another.

    Notes
    -----
    Generation 0 is who referred and was not referred; a join with the referrals gives the next, until there is none. Who is
    never reached so is in a loop, or after one.
    """
    edges, n_self, n_twice = _edges(client)
    generations, brought, reached = [], [], 0
    level = edges.select("referrer").distinct()
    level = level.anti_join(edges, level.referrer == edges.referred).select(root="referrer", customer="referrer").cache()
    for generation in range(MOST_GENERATIONS):
        edges = edges.view()  # each generation a copy of its own, also where an engine keeps no answers
        after = level.join(edges, level.customer == edges.referrer).select(root="root", customer="referred", by="referrer").cache()
        counted = level.aggregate(n=ibis._.count()).to_pandas()["n"][0]
        if not counted:
            break
        told = after.aggregate(referrers=after.by.nunique(), brought=after.customer.count()).to_pandas().iloc[0]
        generations.append(
            {"generation": generation, "n": int(counted), "referrers": int(told["referrers"]), "brought": int(told["brought"])}
        )
        brought.append(after.group_by("root").agg(brought=ibis._.count()))
        reached += int(told["brought"])
        level = after.select("root", "customer").cache()
    if not reached:
        raise TooFewAnswersError("No customer is recorded as brought by another, so that there is no tree to show.")
    of_root = ibis.union(*brought) if len(brought) > 1 else brought[0]
    of_root = of_root.group_by("root").agg(brought=ibis._.brought.sum())
    sizes = of_root.group_by("brought").agg(n=ibis._.count()).order_by("brought").execute()
    n_edges = int(edges.count().to_pandas())
    return Trees(pd.DataFrame(generations), sizes.astype("int64"), n_self, n_twice, n_edges - reached)


def referral_edges(client: Client) -> ir.Table:
    """Who brought whom: ``referrer``, ``referred``, each brought once, by the first who did; nobody by themselves.

    Raises
    ------
    MissingDataError
        If it is not recorded who referred whom.
    """
    return _edges(client)[0]


def referral_tree(client: Client) -> Figure | Gap | Reading:
    """Show the customers of each generation, and the sizes of the trees."""
    if not _told(client):
        return NO_TREE
    try:
        trees = referral_trees(client)
    except TooFewAnswersError as error:
        return Reading(str(error))
    least = client.params.report.minimum_group
    generations, sizes = _folded(trees.generations, least), _sizes(trees.sizes, least)
    figure = charts.generations(generations, sizes)
    table = Table(
        generations.drop(columns="order"), caption=f"{CAPTION}, in numbers",
        units={"n": "count", "referrers": "count", "brought": "count", "each": "number"},
        labels={"generation": "Generation", "n": "Customers", "referrers": "of whom referred", "brought": "Brought by them", "each": "A referrer"},
        note=f"Of all times up to the end of the period; a dash where fewer than {least} referred. Trees: {_size_words(sizes)}. {_faults(trees)}",
    )  # fmt: skip
    alt = "; ".join(f"{row.generation}: {number(row.n, 'count')} customers" for row in generations.itertuples())
    return Figure(figure, caption=CAPTION, alt=f"{alt}.", data=table)


def referral_tree_reading(client: Client) -> Reading | None:
    """Say in words how far referrals reach, how large the largest trees are, and what cannot be."""
    if not _told(client):
        return None
    try:
        trees = referral_trees(client)
    except TooFewAnswersError:
        return None
    sizes = trees.sizes.loc[trees.sizes.index.repeat(trees.sizes["n"]), "brought"].to_numpy()
    total, largest = int(sizes.sum()), sorted(sizes, reverse=True)[:LARGEST_SHOWN]
    words = [
        f"{len(sizes):,} customers whom nobody referred stand at the head of a tree; {total:,} customers came through them, up to "
        f"{trees.depth} generation{'s' if trees.depth != 1 else ''} on."
    ]
    if len(sizes) > LARGEST_SHOWN:
        words.append(
            f"The {LARGEST_SHOWN} largest trees brought {joined([f'{n:,}' for n in largest])} customers, {number(sum(largest) / total, 'share')} of all who "
            "came by referral."
        )
    firsts = trees.generations.iloc[1:]
    if len(firsts) and firsts["n"].iloc[0]:
        words.append(
            f"Of those brought by the first generation, {number(firsts['referrers'].iloc[0] / firsts['n'].iloc[0], 'share')} referred others in turn."
        )
    return Reading(" ".join([*words, _faults(trees)]).strip())


def referral_tree_gap(client: Client) -> Gap | None:
    """What is missing to follow referrals over generations; None if nothing is."""
    return None if _told(client) else NO_TREE


def _told(client: Client) -> bool:
    return client.has("referrals.referred_id") or client.has("customers.referred_by")


def _edges(client: Client) -> tuple[ir.Table, int, int]:
    """Who brought whom, each customer brought once and by the first who did; and how many records say otherwise."""
    told = (
        told_referrals(client).select(referrer="referrer_id", referred="referred_id", at="referred_at")
        if client.has("referrals.referred_id")
        else None
    )
    if client.has("customers.referred_by"):
        customers = client.whole("customers")
        own = customers.filter(customers.referred_by.notnull()).select(referrer="referred_by", referred="customer_id", at="acquired_at")
        told = own if told is None else told.union(own)
    until = ibis.timestamp(str(client.period.until))
    told = told.filter(told.referred.notnull(), told.referrer.notnull(), told["at"].isnull() | (told["at"] < until))
    if client.segment:
        members = client.tables.customers.select(referrer="customer_id")
        told = told.semi_join(members, "referrer")
    pairs = told.group_by("referrer", "referred").agg(at=ibis._["at"].min())
    n_self = int(pairs.filter(pairs.referrer == pairs.referred).count().to_pandas())
    others = pairs.filter(pairs.referrer != pairs.referred)
    first = ibis.row_number().over(group_by=others.referred, order_by=[others["at"].asc(nulls_first=False), others.referrer])
    ranked = others.mutate(place=first)
    n_twice = int(ranked.filter(ranked.place == 1).count().to_pandas())
    return ranked.filter(ranked.place == 0).select("referrer", "referred").cache(), n_self, n_twice


def _folded(generations: pd.DataFrame, least: int) -> pd.DataFrame:
    """Generations with the last ones taken together until they are enough to show; ``each`` is what a referrer brought."""
    own = generations.copy()
    own["order"] = own["generation"]
    while len(own) > 2 and own["n"].iloc[-1] < least:
        tail = own.iloc[-2:]
        joint = tail.iloc[0] + tail.iloc[1]
        own = pd.concat(
            [own.iloc[:-2], pd.DataFrame([joint.to_dict() | {"generation": tail["generation"].iloc[0], "order": tail["order"].iloc[0]}])]
        )
    last, folded = int(own["order"].iloc[-1]), len(own) < len(generations)
    names = {0: "Not referred, and referred others"}
    own["generation"] = [names.get(int(k), f"Generation {int(k)}" + (" and later" if folded and k == last else "")) for k in own["order"]]
    own["each"] = (own["brought"] / own["referrers"].replace(0, np.nan)).astype(float)
    few = own["referrers"] < least  # so few that what each brought is a person's
    own[["referrers", "brought"]] = own[["referrers", "brought"]].astype(float)
    own.loc[few & (own["referrers"] > 0), ["referrers", "brought", "each"]] = np.nan
    return own.reset_index(drop=True)


def _sizes(sizes: pd.DataFrame, least: int) -> pd.DataFrame:
    """Trees by the customers they brought, the rare large ones taken together."""
    rows = [{"low": low, "high": high, "n": int(sizes.loc[sizes["brought"].between(low, high), "n"].sum())} for low, high in SIZES]
    while len(rows) > 1 and rows[-1]["n"] < least:
        top = rows.pop()
        rows[-1] = {"low": rows[-1]["low"], "high": top["high"], "n": rows[-1]["n"] + top["n"]}
    frame = pd.DataFrame(rows)
    frame["name"] = [
        f"{row.low}" if row.low == row.high else f"{row.low} or more" if row.high > 10**6 else f"{row.low} to {row.high}"
        for row in frame.itertuples()
    ]
    return frame


def _size_words(sizes: pd.DataFrame) -> str:
    return joined([f"{n:,} that brought {name}" for n, name in zip(sizes["n"], sizes["name"], strict=True)])


def _faults(trees: Trees) -> str:
    faults = [
        (trees.n_self, "records have customers refer themselves"),
        (trees.n_twice, "further referrers of somebody already referred do not count"),
        (trees.n_in_loops, "customers are in loops of who referred whom, or come after one, and are in no tree"),
    ]
    told = [f"{n:,} {words}" for n, words in faults if n]
    return f"In the records {joined(told)}." if told else "The records hold no self-referrals and no loops."
