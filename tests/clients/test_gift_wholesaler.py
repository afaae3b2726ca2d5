"""The gift wholesaler's order lines: what the mapping makes of them, held against the workbook read by pandas.

An order is an invoice with at least one line of goods; one that starts with C is cancelled. Repeat rate: of the
customers with an order in the period that is not cancelled, those with two or more.
"""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from cvclib.kpis import KPIS
from cvclib.steps import advocacy

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "data" / "gift-wholesaler" / "online_retail_II.xlsx"
NO_GOODS = ["POST", "C2", "M", "ADJUST", "D"]


@pytest.fixture(scope="module")
def client(opened):
    return opened("gift-wholesaler.yaml")


@pytest.fixture(scope="module")
def invoices():
    """Orders of all times by pandas alone: overlap dropped by whole invoices, as the second sheet repeats all of them."""
    types = {"Invoice": str, "Customer ID": str, "StockCode": str}
    first, second = pd.read_excel(BOOK, sheet_name=None, engine="calamine", dtype=types).values()
    lines = pd.concat([first, second[~second["Invoice"].isin(first["Invoice"])]])
    lines = lines[~lines["StockCode"].isin(NO_GOODS)]
    lines = lines.assign(amount=lines["Quantity"] * lines["Price"])
    orders = lines.groupby("Invoice").agg(customer=("Customer ID", "first"), at=("InvoiceDate", "min"), revenue=("amount", "sum"))
    return orders.assign(cancelled=orders.index.str.startswith("C"))


@pytest.fixture(scope="module")
def year(invoices):
    return invoices[(invoices["at"] >= "2010-12-01") & (invoices["at"] < "2011-12-01")]


def test_the_workbook_is_the_one_that_the_readme_names():
    readme = (ROOT / "data" / "gift-wholesaler" / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(BOOK.read_bytes()).hexdigest() in readme


def test_the_overlapping_sheet_repeats_nine_days_line_by_line(client):
    """441 lines of December 2010 stand on both sheets; the second sheet's are left out once for each table."""
    sheets = client.sources.set_index(["table", "sheet"])
    no_goods = 1048 - 441
    assert sheets.loc[("orders", "Year 2010-2011"), "rows_left_out"] == 441 + no_goods
    assert sheets["rows_read"].groupby("table").sum().to_dict() == {"customers": 34_766, "orders": 34_766}


def test_orders_customers_and_revenue_are_those_that_pandas_finds(client, invoices):
    orders = client.tables.orders
    found = orders.agg(
        n=orders.count(), customers=orders.customer_id.nunique(), cancelled=orders.cancelled_at.count(), revenue=orders.revenue.sum()
    ).execute()
    assert found.iloc[0].tolist() == pytest.approx(
        [len(invoices), invoices["customer"].nunique(), invoices["cancelled"].sum(), invoices["revenue"].sum()]
    )
    assert found["n"][0] == 1608


def test_orders_without_a_customer_are_kept(client, invoices):
    orders = client.tables.orders
    assert orders.filter(orders.customer_id.isnull()).count().execute() == invoices["customer"].isna().sum() == 22


def test_the_figures_of_the_year_are_those_that_pandas_finds(client, year):
    """Customers, orders, cancelled share, repeat rate, by the definitions above."""
    kept = year[~year["cancelled"]]
    by_customer = kept.groupby("customer").size()

    assert KPIS["orders"].estimate(client).value == len(kept)
    assert KPIS["customers"].estimate(client).value == len(by_customer)
    assert KPIS["cancelled_share"].estimate(client).value == pytest.approx(year["cancelled"].mean())
    assert KPIS["repeat_rate"].estimate(client).value == pytest.approx((by_customer >= 2).mean())
    assert KPIS["revenue"].estimate(client).value == pytest.approx(year["revenue"].sum())


def test_those_figures_are(client):
    """Stated once, so that a change of the mapping or of a definition is seen."""
    values = {name: KPIS[name].estimate(client).value for name in ("orders", "customers", "cancelled_share", "repeat_rate")}
    assert values == pytest.approx({"orders": 785, "customers": 211, "cancelled_share": 0.1383, "repeat_rate": 0.6161}, abs=0.0005)


def test_customers_are_of_the_country_of_their_first_line(client):
    customers = client.tables.customers
    assert customers.count().execute() == 262
    assert client.segments == (
        "Belgium",
        "Canada",
        "France",
        "Italy",
        "Lebanon",
        "Netherlands",
        "Portugal",
        "Spain",
        "Switzerland",
        "Unspecified",
    )


def test_net_revenue_retention_is_that_which_pandas_finds(client, invoices, year):
    before = invoices[(invoices["at"] >= "2009-12-01") & (invoices["at"] < "2010-12-01")].dropna(subset="customer")
    kept = year[year["customer"].isin(before["customer"])]
    origins = advocacy.revenue_origins(client).set_index("origin")
    found = origins.loc["Customers of the period before", "share_of_before"]
    assert found == pytest.approx(kept["revenue"].sum() / before["revenue"].sum())
