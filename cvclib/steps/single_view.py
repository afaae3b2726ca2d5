"""The single customer view: one row a person or firm, each value by a stated rule, with the records it was chosen from.

Holds personal data: made for a file of the client's own, never for the report, which shows its counts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.methods.clusters import lasting_name
from cvclib.methods.shares import share
from cvclib.methods.survivorship import conflicts, kept_names, surviving, together
from cvclib.steps.customer_view import matched_accounts
from cvclib.steps.data_words import column_words, n_of
from cvclib.steps.disagreement import comparable
from cvclib.steps.linkage import duplicate_clusters
from cvclib.steps.memo import once_per_client
from cvclib.wording import joined, label, number, with_evidence

STEP = "technology_integration"
SEPARATOR = "|"  # between the numbers of one customer's records
VIEW = "The single customer view: fields on which the records of one customer disagree"
QUESTION = "What would one view of each customer hold?"
BRINGS = "It would show which value of each field survives, and how often the records disagree."
FIELDS = ("name", "email", "phone", "postcode", "city", "country", "birth_date", "segment")
ADDRESS = ("postcode", "city", "country")  # survive together, from one record
# What survives where the client file says nothing (linkage: survivorship).
DEFAULT_RULES = {
    "name": "most_frequent",  # a slip of the pen stands in one record only
    "email": "most_recent",
    "phone": "most_recent",
    "postcode": "most_recent",
    "city": "most_recent",
    "country": "most_recent",
    "birth_date": "most_frequent",  # does not change; the odd one out is a slip
    "segment": "crm_first",
}
RULE_WORDS = {
    "most_recent": "of the record last used", "most_frequent": "that most records hold", "most_complete": "the longest",
    "crm_first": "of the CRM, else of the ERP", "erp_first": "of the ERP, else of the CRM",
}  # fmt: skip
# When a CRM record was used: the tables that name the customer, and their time.
_USES = {"interactions": "at", "tickets": "opened_at", "survey": "responded_at", "orders": "ordered_at", "leads": "created_at"}


@dataclass(frozen=True)
class View:
    """The single customer view of a client.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a person or firm: ``person_id, n_records, customer_ids, account_ids`` (joined by ``|``) and the fields.
    trace : pandas.DataFrame
        One row a filled cell: ``person_id, field, value, source, record, used_at, rule, chosen, agrees``.
    names : pandas.DataFrame
        ``person, name, state``: whether a customer's name is kept from an earlier view or new.
    """

    customers: pd.DataFrame
    trace: pd.DataFrame
    names: pd.DataFrame


def rules_of(client: Client) -> dict[str, str]:
    """The rule of each field: as the client file says, else the default."""
    return DEFAULT_RULES | dict(client.params.linkage.survivorship)


@once_per_client
def people(client: Client) -> pd.DataFrame:
    """Which records make up each person or firm.

    Returns
    -------
    pandas.DataFrame
        ``person`` (a name that lasts as long as the smallest number in the group), ``source`` ("CRM" or "ERP"),
        ``record``. Every record of customers and accounts once.

    Raises
    ------
    MissingDataError
        If the client supplies no customers.
    """
    client.require("customers")
    crm = client.whole("customers").select("customer_id").distinct().order_by("customer_id").to_pandas()["customer_id"].astype(str)
    nodes = pd.DataFrame({"source": "CRM", "record": crm})
    edges = []
    groups = duplicate_clusters(client)
    edges.append(pd.DataFrame({"left": "CRM " + groups["customer_id"].astype(str), "right": "CRM " + groups["cluster"].astype(str)}))
    if client.has("accounts"):
        erp = client.whole("accounts").select("account_id").distinct().order_by("account_id").to_pandas()["account_id"].astype(str)
        nodes = pd.concat([nodes, pd.DataFrame({"source": "ERP", "record": erp})], ignore_index=True)
        ties = matched_accounts(client).select("account_id", "customer_id").to_pandas().astype(str)
        edges.append(pd.DataFrame({"left": "ERP " + ties["account_id"], "right": "CRM " + ties["customer_id"]}))
    place = pd.Series(np.arange(len(nodes)), index=nodes["source"] + " " + nodes["record"])
    links = pd.concat(edges, ignore_index=True)
    links = links[links["left"].isin(place.index) & links["right"].isin(place.index)]  # a tie may name a customer the CRM lacks
    left, right = place.loc[links["left"]].to_numpy(), place.loc[links["right"]].to_numpy()
    graph = coo_array((np.ones(len(links)), (left, right)), shape=(len(nodes), len(nodes)))
    component = connected_components(graph, directed=False)[1]
    ordered = nodes.assign(component=component).sort_values(["component", "source", "record"])
    first = (ordered["source"] + " " + ordered["record"]).groupby(ordered["component"]).transform("first")
    names = {key: lasting_name(key) for key in first.unique()}
    return _told_apart(ordered.assign(key=first), names)[["person", "source", "record"]].reset_index(drop=True)


def single_view(client: Client, earlier: pd.DataFrame | None = None) -> View:
    """Make the single customer view.

    Parameters
    ----------
    client : Client
    earlier : pandas.DataFrame, optional
        ``customers`` of an earlier view: its person_ids are kept for those who share records with it.

    Returns
    -------
    View

    Raises
    ------
    MissingDataError
        If the client supplies no customers.
    """
    records = people(client)
    names = pd.DataFrame({"person": records["person"].unique(), "name": records["person"].unique(), "state": "new"})
    if earlier is not None:
        names = kept_names(records, _records_of(earlier))
    records = records.assign(person=records["person"].map(names.set_index("person")["name"]))
    traced = _traced(client, records)
    fields = [f for f in FIELDS if f in set(traced["field"])]
    chosen = traced[traced["chosen"]].pivot(index="person", columns="field", values="value").reindex(columns=fields)
    numbers = records.groupby(["person", "source"])["record"].agg(SEPARATOR.join).unstack().reindex(columns=["CRM", "ERP"])
    head = numbers.rename(columns={"CRM": "customer_ids", "ERP": "account_ids"}).rename_axis(columns=None)
    view = head.assign(n_records=records.groupby("person").size()).join(chosen).rename_axis("person_id").reset_index()
    view = view[["person_id", "n_records", "customer_ids", "account_ids", *fields]].sort_values("person_id", ignore_index=True)
    trace = traced.drop(columns="comparable").rename(columns={"person": "person_id"})
    trace = trace.sort_values(
        ["person_id", "field", "chosen", "source", "record"], ascending=[True, True, False, True, True], ignore_index=True
    )
    return View(view, trace, names)


@once_per_client
def view_conflicts(client: Client) -> pd.DataFrame:
    """How many customers' records disagree, by field, and which system's value survives.

    Returns
    -------
    pandas.DataFrame
        ``field, rule, n, n_conflict, share, low, high, n_from_crm, n_from_erp``; see
        `cvclib.methods.survivorship.conflicts`.

    Raises
    ------
    MissingDataError
        If the client supplies no customers.
    """
    found = conflicts(_traced(client, people(client)))
    shares = [share(int(row.n_conflict), int(row.n))[:3] for row in found.itertuples()]
    found = found.assign(**{name: [s[i] for s in shares] for i, name in enumerate(("share", "low", "high"))})
    order = {field: i for i, field in enumerate(FIELDS)}
    return found.sort_values("field", key=lambda column: column.map(order), ignore_index=True)


def view_table(client: Client) -> Table | Gap:
    """The fields of the single customer view: the rule of each, and how often records disagree."""
    if not client.has("customers"):
        return Gap(STEP, QUESTION, ("customers",), BRINGS)
    frame = view_conflicts(client)
    if frame.empty:
        frame = pd.DataFrame([{"field": "no field is filled in two records of one customer"}]).reindex(columns=frame.columns)
    counts = {"n": "count", "n_conflict": "count", "n_from_crm": "count", "n_from_erp": "count"}
    small = frame["n"].fillna(0) < client.params.report.minimum_group
    shown = frame.assign(
        field=[label(column_words(f)) for f in frame["field"]], rule=[RULE_WORDS.get(r) for r in frame["rule"]],
        **{c: frame[c].astype(float).mask(small) for c in (*counts, "share", "low", "high")},
    )[["field", "rule", "n", "n_conflict", "share", "low", "high", "n_from_crm", "n_from_erp"]]  # fmt: skip
    return Table(
        shown, VIEW, units={**counts, **dict.fromkeys(("share", "low", "high"), "share")},
        labels={
            "field": "Field", "rule": "The value that survives", "n": "Customers with it in two records", "n_conflict": "Their records disagree",
            "share": "Share", "low": "95% from", "high": "to", "n_from_crm": "Then from CRM", "n_from_erp": "Then from ERP",
        },
        note=(
            "Last used: the latest order, touch, ticket, answer or lead that names the record. What a rule leaves equal goes to the record last "
            "used, then to the CRM. Postcode, city and country come from one record together. “cvc view” writes the view itself, with its trace."
        ),
    )  # fmt: skip


def read_view(client: Client) -> Reading:
    """How many persons or firms there are behind the records, and where their records disagree most."""
    if not client.has("customers"):
        return Reading("Without customers there is no view of them.")
    records = people(client)
    n_people, sizes = records["person"].nunique(), records.groupby("person").size()
    text = f"Behind {n_of(len(records), 'record')} of CRM and ERP stand {n_people:,} {'person or firm' if n_people == 1 else 'persons or firms'}"
    text += f"; {int((sizes > 1).sum()):,} of them have more than one record."
    frame = view_conflicts(client)
    frame = frame[frame["n"] >= client.params.report.minimum_group]
    worst = frame.sort_values(["share", "field"], ascending=[False, True]).head(2)
    worst = worst[worst["n_conflict"] > 0]
    if worst.empty:
        return Reading(f"{text} Where they can be compared, these records agree.")
    said = [
        f"the {column_words(row.field)}, in {with_evidence(share(int(row.n_conflict), int(row.n)), 'share')}" for row in worst.itertuples()
    ]
    return Reading(
        f"{text} Their records disagree most on {joined(said)}; the stated rule decides {number(frame['n_conflict'].sum(), 'count')} values."
    )


def _traced(client: Client, records: pd.DataFrame) -> pd.DataFrame:
    cells = _cells(client).merge(records, on=["source", "record"])
    traced = surviving(cells, rules_of(client))
    return together(traced, ADDRESS, ADDRESS[0]) if (traced["field"] == ADDRESS[0]).any() else traced


def _cells(client: Client) -> pd.DataFrame:
    """Every filled cell of customers and accounts, as it is and as it is compared, with when its record was last used."""
    parts = []
    for table, key, source in (("customers", "customer_id", "CRM"), ("accounts", "account_id", "ERP")):
        if not client.has(table):
            continue
        rows = client.whole(table)
        fields = [f for f in FIELDS if f in rows.columns and client.has(f"{table}.{f}")]
        used = _last_used(client, table, key)
        for field in fields:
            filled = rows.filter(rows[field].notnull())
            values = filled.select(
                record=filled[key].cast("string"), value=filled[field].cast("string"), comparable=comparable(filled, field)
            )
            frame = values.distinct(on="record", keep="first").to_pandas().assign(field=field, source=source)
            parts.append(frame.assign(used_at=frame["record"].map(used) if len(used) else pd.NaT))
    columns = ["record", "value", "comparable", "field", "source", "used_at"]
    made = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({column: [] for column in columns})
    made["comparable"] = made["comparable"].fillna(made["value"])  # a value that cannot be made comparable is compared as it is
    return made.assign(used_at=pd.to_datetime(made["used_at"]))


def _last_used(client: Client, table: str, key: str) -> pd.Series:
    """When each record was last used."""
    uses: list[ir.Table] = []
    tables: Mapping[str, str] = _USES | {"customers": "acquired_at"} if table == "customers" else {"orders": "ordered_at"}
    for name, at in tables.items():
        if client.has(f"{name}.{key}", f"{name}.{at}"):
            rows = client.whole(name)
            uses.append(rows.filter(rows[key].notnull()).select(record=rows[key].cast("string"), at=rows[at].cast("timestamp")))
    if not uses:
        return pd.Series(dtype="datetime64[us]")
    every = ibis.union(*uses) if len(uses) > 1 else uses[0]
    return every.group_by("record").agg(at=_["at"].max()).to_pandas().set_index("record")["at"]


def _told_apart(records: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Names for the groups; two that came out the same by chance get a letter, in order of their keys."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    for key in sorted(names):
        name = names[key]
        while name in taken:
            name += "x"
        taken.add(name)
        made[key] = name
    return records.assign(person=records["key"].map(made))


def _records_of(view: pd.DataFrame) -> pd.DataFrame:
    """The records that an earlier view's customers are made of."""
    parts = []
    for column, source in (("customer_ids", "CRM"), ("account_ids", "ERP")):
        split = (
            view[["person_id", column]]
            .dropna()
            .assign(record=lambda f, c=column: f[c].astype(str).str.split(SEPARATOR, regex=False))
            .explode("record")
        )
        parts.append(pd.DataFrame({"person": split["person_id"], "source": source, "record": split["record"]}))
    made = pd.concat(parts, ignore_index=True)
    return made[made["record"] != ""]
