"""Who is who: ERP accounts tied to CRM customers, and customers the CRM holds twice, with how sure each tie is.

Exact keys come first, then probabilities; what a person decided on the review sheet overrides both.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.methods import linkage_fields, probabilistic_linkage, record_linkage
from cvclib.methods.clusters import cluster_records
from cvclib.methods.linkage_fields import Kind
from cvclib.methods.probabilistic_linkage import Linked
from cvclib.steps.linkage_memory import remembered, remembered_frame
from cvclib.steps.linkage_review import DUPLICATE, MATCH, decisions
from cvclib.steps.memo import once_per_client

NUMBER, PROBABILITY, REVIEW = "customer number in the ERP", "probability", "review"
EXACT = "exact key: "
RIVAL_BITS = 3.0  # a customer is taken before another where it is at least eight times as probable
SURE = 0.999  # an exact key counts as at least this
GIVEN = linkage_fields.GIVEN.name
_RANK_PROBABLE, _RANK_EXACT, _RANK_NUMBER, _RANK_REVIEW = 1, 2, 3, 4  # what is believed before what
_KINDS: dict[str, Kind] = {
    "name": "name", "email": "email", "phone": "phone", "address": "address", "postcode": "postcode", "city": "city", "birth_date": "birth_date",
}  # fmt: skip
_KEYED = ("name", "email", "phone", "postcode", "birth_date")  # what exact keys are made from
_LINKED: WeakKeyDictionary[Client, dict[str, Linked | None]] = WeakKeyDictionary()


@once_per_client
def match_pairs(client: Client) -> pd.DataFrame:
    """Every pair of an ERP account and a CRM customer that may be the same, the surest first.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``account_id, customer_id, probability`` (0 to 1; 1 where the ERP bears the customer's number),
        ``weight_bits`` (NaN where not compared), ``how`` ("customer number in the ERP", "exact key: …", "probability", "review"),
        ``tied`` (this is the customer the account belongs to), ``rivals`` (how many other customers are as good for
        this account; then none is tied), ``n_rules`` and one column a field with its agreement in words.

    Raises
    ------
    MissingDataError
        If the client supplies no accounts or no customers.
    """
    client.require("accounts", "customers")
    pairs = _compared(client, "accounts", "account_id", "customer_id")
    pairs = _with_exact(pairs, exact_ties(client), "account_id", "customer_id")
    pairs = _with_given(pairs, client)
    pairs = _with_review(pairs, client, "account_id", "customer_id", MATCH)
    return _chosen(pairs, client).sort_values(
        ["probability", "account_id", "customer_id"], ascending=[False, True, True], ignore_index=True
    )


def account_links(client: Client) -> pd.DataFrame:
    """Each account with the customer it belongs to.

    Returns
    -------
    pandas.DataFrame
        ``account_id, customer_id`` (missing where several are as good), ``key`` ("customer number in the ERP", an exact
        key, "probability" or "review"; missing where ambiguous) and ``candidates``, how many customers are as good.
        Accounts that nothing ties are left out.
    """
    pairs = match_pairs(client)
    tied = pairs[pairs["tied"]]
    links = pd.DataFrame({"account_id": tied["account_id"], "customer_id": tied["customer_id"], "key": tied["how"].str.removeprefix(EXACT)})
    open_ = pairs[(pairs["rivals"] > 0) & ~pairs["account_id"].isin(links["account_id"])].drop_duplicates("account_id")
    unclear = pd.DataFrame({"account_id": open_["account_id"], "candidates": open_["rivals"] + 1})
    keyed = exact_ties(client)
    keyed = keyed[keyed["customer_id"].isna() & ~keyed["account_id"].isin([*links["account_id"], *unclear["account_id"]])]
    parts = [links.assign(candidates=1), unclear, keyed[["account_id", "candidates"]]]
    made = pd.concat([part for part in parts if len(part)] or [links.assign(candidates=1)], ignore_index=True)
    made = made.reindex(columns=["account_id", "customer_id", "key", "candidates"])
    return made.astype({"candidates": "int64"}).sort_values("account_id", ignore_index=True)


@once_per_client
def duplicate_pairs(client: Client) -> pd.DataFrame:
    """Every pair of CRM records that may be one customer, the surest first.

    Returns
    -------
    pandas.DataFrame
        ``customer_id, other_id, probability, weight_bits, how``, ``tied`` (taken for the same), and one column a
        field with its agreement in words.

    Raises
    ------
    MissingDataError
        If the client supplies no customers.
    """
    client.require("customers")
    pairs = _compared(client, "customers", "customer_id", "other_id")
    pairs = _with_exact(pairs, _exact_duplicates(client), "customer_id", "other_id")
    pairs = _with_review(pairs, client, "customer_id", "other_id", DUPLICATE)
    pairs["tied"] = pairs["probability"] >= threshold(client, "customers")
    return pairs.drop(columns="rank").sort_values(
        ["probability", "customer_id", "other_id"], ascending=[False, True, True], ignore_index=True
    )


@once_per_client
def duplicate_clusters(client: Client) -> pd.DataFrame:
    """CRM records that are one customer: ``customer_id`` and ``cluster``, the smallest number of the group.

    The name of a group stays the same when new customers with larger numbers come in.
    """
    pairs = duplicate_pairs(client).rename(columns={"customer_id": "left", "other_id": "right"})
    return cluster_records(pairs, threshold(client, "customers")).rename(columns={"id": "customer_id"})


def threshold(client: Client, of: str = "accounts") -> float:
    """Probability from which a pair is taken for the same: the client file's, else the lowest that keeps precision.

    Parameters
    ----------
    client : Client
    of : {"accounts", "customers"}
        The match of ERP and CRM, or the duplicates of the CRM.
    """
    settings = client.params.linkage
    if settings.threshold != "auto":
        return float(settings.threshold)
    linked = linked_records(client, of)
    return linked.best_threshold(settings.least_precision) if linked else 0.5


@once_per_client
def expected_accuracy(client: Client) -> pd.DataFrame:
    """What the probabilities promise, for the match and for the duplicates.

    Returns
    -------
    pandas.DataFrame
        ``of`` ("accounts", "customers"), ``threshold, n_pairs, precision, recall, n_compared, n_possible,
        expected_matches, expected_lost`` (true pairs that no blocking rule brought together).
    """
    rows = []
    for of in ("accounts", "customers"):
        linked = linked_records(client, of)
        if linked:
            counted = {name: getattr(linked, name) for name in ("n_compared", "n_possible", "expected_matches", "expected_lost")}
            rows.append({"of": of, **linked.accuracy(threshold(client, of)), **counted})
    columns = ["of", "threshold", "n_pairs", "precision", "recall", "n_compared", "n_possible", "expected_matches", "expected_lost"]
    return pd.DataFrame(rows, columns=columns)


def compared_fields(client: Client, of: str = "accounts") -> tuple[str, ...]:
    """Names of the columns of `match_pairs` or `duplicate_pairs` that hold the agreement of a field."""
    linked = linked_records(client, of)
    return linked.fields if linked else ()


def explain(pair: Mapping[str, object]) -> str:
    """Why two records were taken for the same, in words, with how sure that is.

    Parameters
    ----------
    pair : mapping
        A row of `match_pairs` or `duplicate_pairs`.
    """
    known = {"account_id", "customer_id", "other_id", "probability", "weight_bits", "how", "tied", "rivals", "n_rules"}
    fields = tuple(name for name in pair if name not in known and isinstance(pair[name], str))
    why = probabilistic_linkage.explain(pair, fields) if fields else ""
    how = str(pair["how"])
    start = f"probability {float(pair['probability']):.2f}" if how == PROBABILITY else how
    return f"{start}: {why}" if why else start


def linked_records(client: Client, of: str) -> Linked | None:
    """The probabilistic linkage itself; None where there is no name with something to compare beside it."""
    in_hand = _LINKED.setdefault(client, {})
    if of not in in_hand:
        in_hand[of] = _link(client, of)
    return in_hand[of]


def _link(client: Client, of: str) -> Linked | None:
    tables = ("customers",) if of == "customers" else ("accounts", "customers")
    if not client.has(*tables):
        return None
    kinds = {column: kind for column, kind in _KINDS.items() if client.has(*(f"{table}.{column}" for table in tables))}
    if "name" not in kinds or len(kinds) < 2:
        return None
    ids = [f"{table[:-1]}_id" for table in tables]
    compared = [client.whole(table).select(key, *kinds).distinct(on=key, keep="first") for table, key in zip(tables, ids, strict=True)]

    def work_out() -> Linked:
        records = [table.to_pyarrow() for table in compared]
        return probabilistic_linkage.link(*records, kinds=kinds, left_id=ids[0], right_id=ids[-1])

    return remembered(client, compared, work_out)


# ---- pairs from each source --------------------------------------------------------------------------------------


def _compared(client: Client, of: str, left: str, right: str) -> pd.DataFrame:
    linked = linked_records(client, of)
    if linked is None:
        empty = {left: "str", right: "str", "probability": "float64", "weight_bits": "float64", "n_rules": "int64"}
        pairs = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in empty.items()})
    else:
        pairs = linked.pairs.rename(columns={"left": left, "right": right})
    return pairs.assign(how=PROBABILITY, rank=_RANK_PROBABLE)


@once_per_client
def exact_ties(client: Client) -> pd.DataFrame:
    """What exact keys alone say: ``account_id, customer_id`` (missing where ambiguous), ``key`` in words, ``candidates``."""
    columns = ["account_id", "customer_id", "key", "candidates"]
    usable = {c for c in ("email", "phone", "name", "postcode", "birth_date") if client.has(f"accounts.{c}", f"customers.{c}")}
    if not usable & {"email", "phone"} and not {"name", "postcode", "birth_date"} <= usable:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    accounts = client.whole("accounts")
    unnumbered = accounts.filter(accounts.customer_id.isnull())
    if not int(unnumbered.count().to_pandas()):
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    customers = client.whole("customers")

    def work_out() -> pd.DataFrame:
        tied = record_linkage.tie(unnumbered, customers, "account_id", "customer_id")
        tied = tied.order_by("left").to_pandas()
        words = dict(enumerate(record_linkage.KEYS))
        return pd.DataFrame(
            {"account_id": tied["left"], "customer_id": tied["right"], "key": tied["key"].map(words), "candidates": tied["candidates"]}
        )

    compared = [unnumbered.select("account_id", *_KEYED), customers.select("customer_id", *_KEYED)]
    return remembered_frame(client, compared, Path(__file__), work_out)


def _exact_duplicates(client: Client) -> pd.DataFrame:
    """Pairs of customers that share an exact key; a telephone alone needs the same folded name beside it."""
    customers = client.whole("customers")
    return remembered_frame(client, [customers.select("customer_id", *_KEYED)], Path(__file__), lambda: _worked_out_duplicates(customers))


def _worked_out_duplicates(customers: ir.Table) -> pd.DataFrame:
    keys = record_linkage.exact_keys(customers, "customer_id")
    named = customers.select(id="customer_id", folded=record_linkage.fold(customers.name))
    telephone = record_linkage.KEYS.index("telephone")
    keys = keys.left_join(named, "id").select("id", "key", "value", "folded")
    keys = keys.filter((keys["key"] != telephone) | keys.folded.notnull())
    keys = keys.mutate(value=ibis.cases((keys["key"] == telephone, keys.value + "|" + keys.folded), else_=keys.value)).drop("folded")
    other = keys.rename(other_id="id")
    shared = keys.join(other, ["key", "value"]).filter(_.id < _.other_id)
    found = shared.group_by("id", "other_id").agg(key=_["key"].min()).order_by("id", "other_id").to_pandas()
    return pd.DataFrame(
        {"customer_id": found["id"], "other_id": found["other_id"], "key": found["key"].map(dict(enumerate(record_linkage.KEYS)))}
    )


def _with_exact(pairs: pd.DataFrame, exact: pd.DataFrame, left: str, right: str) -> pd.DataFrame:
    """Pairs that an exact key ties, marked; a telephone that two given names share is a household's and ties nobody."""
    exact = exact[exact[right].notna()]
    made = pairs.merge(exact[[left, right, "key"]].astype("str"), on=[left, right], how="outer")
    marked = made["key"].notna()
    if GIVEN in made.columns:
        marked &= ~((made["key"] == record_linkage.KEYS[-1]) & (made[GIVEN] == "different"))
    made = made[marked | made["probability"].notna()].copy()
    marked = marked[made.index]
    made.loc[marked, "how"] = EXACT + made.loc[marked, "key"]
    made.loc[marked, "rank"] = _RANK_EXACT
    made.loc[marked, "probability"] = made.loc[marked, "probability"].fillna(0.0).clip(lower=SURE)
    return made.drop(columns="key")


def _with_given(pairs: pd.DataFrame, client: Client) -> pd.DataFrame:
    """Accounts that bear a customer number belong to that customer, whatever else agrees."""
    accounts = client.whole("accounts")
    given = accounts.filter(accounts.customer_id.notnull()).select("account_id", "customer_id").distinct().to_pandas()
    if given.empty:
        return pairs
    rest = pairs[~pairs["account_id"].isin(given["account_id"])]
    given = given.merge(pairs, on=["account_id", "customer_id"], how="left").assign(probability=1.0, how=NUMBER, rank=_RANK_NUMBER)
    return pd.concat([given, rest], ignore_index=True)[pairs.columns]


def _with_review(pairs: pd.DataFrame, client: Client, left: str, right: str, kind: str) -> pd.DataFrame:
    """What a person decided: "yes" ties, "no" keeps apart, "unsure" changes nothing."""
    said = decisions(client)
    said = said[said["kind"] == kind].drop_duplicates(["left_id", "right_id"], keep="last")
    if said.empty:
        return pairs
    said = said.rename(columns={"left_id": left, "right_id": right})[[left, right, "decision"]]
    made = pairs.merge(said[said["decision"].isin(["yes", "no"])], on=[left, right], how="outer")
    yes, no = made["decision"] == "yes", made["decision"] == "no"
    made.loc[yes | no, "how"] = REVIEW
    made.loc[yes | no, "rank"] = _RANK_REVIEW
    made.loc[yes, "probability"], made.loc[no, "probability"] = 1.0, 0.0
    return made.drop(columns="decision")


# ---- one customer an account ---------------------------------------------------------------------------------------


def _chosen(pairs: pd.DataFrame, client: Client) -> pd.DataFrame:
    """Mark the one customer that each account belongs to; none where two that are not one person are as good."""
    made = pairs.reset_index(drop=True)
    bits = made["weight_bits"].where(made["rank"] == _RANK_PROBABLE, 0.0).fillna(0.0)
    may = (made["rank"] != _RANK_PROBABLE) & (made["probability"] > 0) | (made["probability"] >= threshold(client))
    able = made.assign(bits=bits, person=_persons(client, made["customer_id"]))[may]
    able = able[able["rank"] == able.groupby("account_id")["rank"].transform("max")]
    able = able[able["bits"] >= able.groupby("account_id")["bits"].transform("max") - RIVAL_BITS]
    rivals = able.groupby("account_id")["person"].nunique() - 1
    best = able.sort_values(["bits", "customer_id"], ascending=[False, True]).drop_duplicates("account_id")
    best = best[best["account_id"].map(rivals) == 0]
    if client.params.linkage.one_to_one:
        best = best.sort_values(["rank", "probability", "bits", "account_id"], ascending=[False, False, False, True])
        best = best.drop_duplicates("customer_id")
    made["tied"] = made.index.isin(best.index)
    made["rivals"] = made["account_id"].map(rivals).fillna(0).astype(int)
    return made.drop(columns="rank")


def _persons(client: Client, customers: pd.Series) -> pd.Series:
    """The person behind each CRM number: of a group of duplicates its smallest number."""
    groups = duplicate_clusters(client).set_index("customer_id")["cluster"] if client.has("customers") else pd.Series(dtype="str")
    return customers.map(groups).fillna(customers)
