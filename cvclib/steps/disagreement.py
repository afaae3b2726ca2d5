"""Where CRM and ERP disagree on the same customer, weighed by the revenue that hangs on it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.charts import linkage as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.record_linkage import email_key, fold, phone_key
from cvclib.methods.shares import weighted_share_of_sums
from cvclib.steps.customer_view import matched_accounts
from cvclib.steps.data_words import column_words
from cvclib.steps.memo import once_per_client
from cvclib.wording import number, with_evidence

STEP = "technology_integration"
DISAGREE = "Revenue of customers on whom CRM and ERP disagree"
QUESTION = "On how much revenue do CRM and ERP disagree?"
BRINGS = "It would show how much is sold to customers whose address, name or number differs between the two systems."
FIELDS = ("name", "email", "phone", "postcode", "birth_date")
ANY = "any of these"
NUMBER = "customer number on the order against the account's"
FEWEST_ACCOUNTS = 30  # below it an interval from weights is too narrow to state a finding on
WORTH_TELLING = 0.05  # share of revenue in disagreement from which, with the whole interval, it is a finding


@once_per_client
def disagreement(client: Client) -> pd.DataFrame:
    """Share of the revenue of tied accounts whose CRM and ERP records disagree, by field.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``field, n`` (accounts with orders in the period and the field filled in both systems), ``n_differ, revenue,
        revenue_differs, share, low, high``. Rows: the fields that both systems hold, then `ANY` (over accounts with any
        of them filled in both), then `NUMBER` (orders whose own customer number is another than that of their
        account), where orders bear one.

    Raises
    ------
    MissingDataError
        If the client lacks accounts, customers or the orders' revenue, or no field is in both systems.

    Notes
    -----
    Values are compared after they are made comparable: names without accents and capitals, telephone numbers by their
    last nine digits, e-mail addresses in lower case, postcodes without spaces. The unit is the account: its orders agree
    or disagree together, so the interval is that of a share of accounts weighted with their revenue.
    """
    client.require("accounts", "customers", "orders.revenue", "orders.account_id")
    fields = [f for f in FIELDS if client.has(f"accounts.{f}", f"customers.{f}")]
    if not fields:
        raise MissingDataError([f"accounts.{FIELDS[0]} and customers.{FIELDS[0]}, or another field that both systems hold"])
    compared = _compared(client, fields)
    rows = [_row(compared, f, compared[f"both_{f}"], compared[f"differs_{f}"]) for f in fields]
    any_both, any_differs = (_either([compared[f"{what}_{f}"] for f in fields]) for what in ("both", "differs"))
    rows.append(_row(compared, ANY, any_both, any_differs))
    if client.has("orders.customer_id"):
        rows.append(_numbers(client))
    columns = ["field", "n", "n_differ", "revenue", "revenue_differs", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def disagreement_figure(client: Client) -> Figure | Gap:
    """Share of revenue in disagreement by field, with intervals."""
    try:
        frame = disagreement(client)
    except MissingDataError as error:
        return Gap(STEP, QUESTION, error.needs, BRINGS)
    frame = frame.assign(field=[_words(field) for field in frame["field"]])
    small = frame["n"] < client.params.report.minimum_group
    hidden = frame.assign(**{c: frame[c].astype(float).mask(small) for c in frame.columns if c != "field"})
    data = Table(
        hidden, f"{DISAGREE}, in numbers",
        units={"n": "count", "n_differ": "count", "revenue": "money", "revenue_differs": "money", **dict.fromkeys(("share", "low", "high"), "share")},
        labels={
            "field": "They disagree on", "n": "Accounts with both filled", "n_differ": "Of them differ", "revenue": "Revenue of these",
            "revenue_differs": "Of it in disagreement", "share": "Share", "low": "95% from", "high": "to",
        },
        note=f"Revenue of the period {client.period}. Compared without capitals, accents, spaces and country prefixes. A dash: too few accounts to show.",
        currency=client.params.currency,
    )  # fmt: skip
    return Figure(charts.disagreement(hidden), DISAGREE, read_disagreement(client).text, data)


def read_disagreement(client: Client) -> Reading:
    """On how much revenue the two systems disagree, and on what most."""
    try:
        frame = disagreement(client).set_index("field")
    except MissingDataError:
        return Reading("Whether CRM and ERP agree cannot be told with what is supplied.")
    row = frame.loc[ANY]
    if row["n"] < client.params.report.minimum_group:
        return Reading("Too few accounts are tied to a customer with the same field filled in both systems to say on what they disagree.")
    fields = frame.drop([ANY, NUMBER], errors="ignore")
    fields = fields[fields["n"] >= client.params.report.minimum_group].sort_values("share", ascending=False)
    said = f"CRM and ERP disagree in at least one field on customers who carry {with_evidence(_estimate(row), 'share')} of the revenue that can be compared"
    if len(fields) and fields["share"].iloc[0] > 0:
        said += f"; most often on the {_words(fields.index[0])} ({number(fields['share'].iloc[0], 'share')} where both hold one)"
    text = f"{said}."
    if NUMBER in frame.index and frame.loc[NUMBER, "n"]:
        text += f" Orders that bear another customer number than their account carry {with_evidence(_estimate(frame.loc[NUMBER]), 'share')} of revenue."
    return Reading(text)


def disagreement_findings(client: Client) -> list[Finding]:
    """Disagreement that is sure and large."""
    row = disagreement(client).set_index("field").loc[ANY]
    estimate = _estimate(row)
    if estimate.n < FEWEST_ACCOUNTS or not estimate.low > WORTH_TELLING:
        return []
    return [
        Finding(
            STEP,
            f"CRM and ERP disagree on who the customer is or how to reach them for {number(estimate.value, 'share')} of the revenue they can be compared on.",
            f"{with_evidence(estimate, 'share')}: accounts tied to a customer, weighted with the period's revenue.",
            "Name one system that leads for each field, and let the other take it over; mend the customers with most revenue first.",
            DISAGREE,
            estimate=estimate,
        )
    ]


def comparable(rows: ir.Table, field: str) -> ir.StringValue:
    """A field of customers or accounts made comparable between two systems; NULL where nothing is left.

    Examples
    --------
    >>> import ibis
    >>> people = ibis.memtable({"postcode": ["1012 ab"], "name": ["Smit, Zoë"]})
    >>> people.select(a=comparable(people, "postcode"), b=comparable(people, "name")).to_pandas().values.tolist()
    [['1012AB', 'zoe smit']]
    """
    made = {"name": fold, "email": email_key, "phone": phone_key}
    if field in made:
        return made[field](rows[field])
    text = rows[field].cast("string")
    return text.upper().re_replace("[^A-Z0-9]", "").nullif("")


def _compared(client: Client, fields: list[str]) -> ir.Table:
    """One row a tied account with revenue in the period: its revenue, and of each field whether both hold it and differ."""
    sold = client.in_period(client.whole("orders"), "ordered_at")
    sold = sold.filter(sold.account_id.notnull()).group_by("account_id").agg(revenue=_.revenue.fill_null(0.0).clip(lower=0).sum())
    links = matched_accounts(client).select("account_id", "customer_id")
    if client.segment and client.has("customers.segment"):
        members = client.whole("customers").filter(_.segment == client.segment)
        links = links.semi_join(members, "customer_id")
    accounts, customers = client.whole("accounts"), client.whole("customers")
    erp = accounts.select("account_id", **{f"erp_{f}": comparable(accounts, f) for f in fields}).distinct(on="account_id")
    crm = customers.select("customer_id", **{f"crm_{f}": comparable(customers, f) for f in fields}).distinct(on="customer_id")
    joined = links.join(sold, "account_id").join(erp, "account_id").join(crm, "customer_id")
    flags: dict[str, ir.Value] = {}
    for f in fields:
        both = joined[f"erp_{f}"].notnull() & joined[f"crm_{f}"].notnull()
        flags |= {f"both_{f}": both, f"differs_{f}": (both & (joined[f"erp_{f}"] != joined[f"crm_{f}"])).fill_null(False)}
    return joined.select("account_id", "revenue", **flags).cache()


def _numbers(client: Client) -> tuple[object, ...]:
    """Orders whose own customer number is another than that of the account they are booked on."""
    orders = client.in_period(client.whole("orders"), "ordered_at")
    links = matched_accounts(client).select(tied_account="account_id", tied_customer="customer_id")
    both = orders.filter(orders.customer_id.notnull()).join(links, orders.account_id == links.tied_account)
    flagged = both.select("account_id", revenue=both.revenue.fill_null(0.0).clip(lower=0), differs=both.customer_id != both.tied_customer)
    return _row(flagged, NUMBER, ibis.literal(True), flagged.differs)


def _row(rows: ir.Table, field: str, both: ir.BooleanValue, differs: ir.BooleanValue) -> tuple[object, ...]:
    compared = rows.mutate(both=both, differs=differs).filter(_.both)
    sums = compared.aggregate(
        n=_.count(), n_differ=_.differs.ifelse(1, 0).sum(), w=_.revenue.sum(), ww=(_.revenue * _.revenue).sum(),
        w_differs=_.differs.ifelse(_.revenue, 0.0).sum(),
    ).to_pandas().fillna(0).iloc[0]  # fmt: skip
    estimate = weighted_share_of_sums(sums["w_differs"], sums["w"], sums["ww"], int(sums["n"]))
    return (field, int(sums["n"]), int(sums["n_differ"]), float(sums["w"]), float(sums["w_differs"]), *estimate[:3])


def _either(flags: list[ir.BooleanValue]) -> ir.BooleanValue:
    found = flags[0]
    for flag in flags[1:]:
        found = found | flag
    return found


def _estimate(row: pd.Series) -> Estimate:
    return Estimate(row["share"], row["low"], row["high"], int(row["n"]))


def _words(field: str) -> str:
    return field if field in (ANY, NUMBER) else column_words(field)
