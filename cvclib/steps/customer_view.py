"""The single customer view: which CRM customer an ERP account, and so an order, belongs to.

Asked by several steps; `cvclib.steps.technology_integration` makes it public and shows what it brings.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from cvclib.client import Client
from cvclib.steps.linkage import NUMBER, PROBABILITY, REVIEW, account_links
from cvclib.steps.memo import once_per_client

ALIKE = "alike in several fields"
DECIDED = "decided by a person"
SCHEMA = pa.schema([("account_id", pa.string()), ("customer_id", pa.string()), ("key", pa.string()), ("candidates", pa.int64())])
_LINKS: WeakKeyDictionary[Client, ir.Table] = WeakKeyDictionary()  # matched once a client in hand


def linked_accounts(client: Client) -> ir.Table:
    """Every ERP account that the match ties, or could tie, to the CRM: by number, exact key, likeness or decision.

    Returns
    -------
    ibis.Table
        ``account_id``, ``customer_id`` (NULL where ambiguous), ``key`` in words, ``candidates``.
    """
    if client not in _LINKS:
        _LINKS[client] = _link(client)
    return _LINKS[client]


@once_per_client
def matched_accounts(client: Client) -> ir.Table:
    """Tie ERP accounts to CRM customers: by a person's decision, the ERP's customer number, an exact key, or likeness.

    Parameters
    ----------
    client : Client

    Returns
    -------
    ibis.Table
        ``account_id``, ``customer_id`` and ``key``, what ties them; see `cvclib.steps.linkage`. Ambiguous accounts,
        for which two customers are as good, are left out. All segments, whichever is analysed.

    Raises
    ------
    MissingDataError
        If the client supplies no accounts.
    """
    linked = linked_accounts(client)
    return linked.filter(linked.customer_id.notnull()).select("account_id", "customer_id", "key")


@once_per_client
def orders_of_customers(client: Client) -> ir.Table:
    """All orders, each with the CRM customer it is known to belong to.

    Parameters
    ----------
    client : Client

    Returns
    -------
    ibis.Table
        The columns of orders and ``known_customer_id``: the order's own customer_id, else that of its account,
        as the match ties it; NULL where it cannot be tied. Where one segment is
        analysed, the orders of its customers only.

    Raises
    ------
    MissingDataError
        If the client supplies no orders.
    """
    orders = client.whole("orders")
    if client.has("accounts", "orders.account_id"):
        ties = matched_accounts(client).select(tied_account="account_id", tied_customer="customer_id")
        joined = orders.left_join(ties, orders.account_id == ties.tied_account)
        known = joined.mutate(known_customer_id=ibis.coalesce(joined.customer_id, joined.tied_customer))
        known = known.drop("tied_account", "tied_customer")
    else:
        known = orders.mutate(known_customer_id=orders.customer_id)
    if client.segment and client.has("customers.segment"):
        customers = client.whole("customers")
        members = customers.filter(customers.segment == client.segment).select(known_customer_id="customer_id")
        known = known.semi_join(members, "known_customer_id")
    return known


def _link(client: Client) -> ir.Table:
    accounts = client.whole("accounts")
    numbered = accounts.filter(accounts.customer_id.notnull()).group_by("account_id")
    if not client.has("customers"):
        return numbered.agg(  # an account kept twice with two customer numbers is ambiguous like any other
            customer_id=ibis.cases((ibis._.customer_id.nunique() == 1, ibis._.customer_id.min()), else_=ibis.null("string")),
            key=ibis.literal(NUMBER),
            candidates=ibis._.customer_id.nunique(),
        )
    links = account_links(client)
    links = links.assign(key=links["key"].replace({PROBABILITY: ALIKE, REVIEW: DECIDED}))
    return ibis.memtable(pa.Table.from_pandas(links, schema=SCHEMA, preserve_index=False))
