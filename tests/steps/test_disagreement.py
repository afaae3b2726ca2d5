"""Revenue on which two systems disagree, by hand."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.findings import Gap
from cvclib.steps.disagreement import ANY, NUMBER, disagreement, disagreement_figure, disagreement_findings, read_disagreement

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3"],
        "name": ["Zoë Smit", "Ann Bakker", "Bo Vos"],
        "email": ["z@x.nl", "a@x.nl", None],
        "postcode": ["1012 AB", "2000 AA", "3000 AA"],
    }
)
ACCOUNTS = pd.DataFrame(
    {
        "account_id": ["A", "B", "C"],
        "customer_id": ["1", "2", "3"],
        "name": ["SMIT, ZOE", "Anne Bakker", "Bo Vos"],
        "email": ["Z@X.nl", "other@x.nl", "b@x.nl"],
        "postcode": ["1012ab", "2000 AA", "3000 AB"],
    }
)
ORDERS = pd.DataFrame({"order_id": list("1234"), "account_id": list("ABCA"), "ordered_at": "2025-02-01", "revenue": [10, 20, 30, 40]})


def client_of(orders=ORDERS, **frames):
    return Client.from_frames({"customers": CUSTOMERS, "accounts": ACCOUNTS, "orders": orders, **frames})


def test_revenue_is_weighed_by_field_and_by_any_of_them():
    """A 50, B 20, C 30 of revenue. Name: B differs, 20 of 100. E-mail: B of A and B, 20 of 70. Postcode: C, 30. Any: B and C, 50."""
    found = disagreement(client_of()).set_index("field")
    assert found["n"].to_dict() == {"name": 3, "email": 2, "postcode": 3, ANY: 3}
    assert found["share"].to_dict() == pytest.approx({"name": 0.2, "email": 20 / 70, "postcode": 0.3, ANY: 0.5})


def test_accents_capitals_spaces_and_turned_names_are_no_disagreement():
    found = disagreement(client_of(ORDERS[ORDERS["account_id"] == "A"])).set_index("field")
    assert found["n_differ"].tolist() == [0, 0, 0, 0]


def test_an_order_with_another_customers_number_contradicts_its_account():
    """Order 1 (10) names customer 2, order 4 (40) customer 1: of 50, 10 contradict."""
    found = disagreement(client_of(ORDERS.assign(customer_id=["2", None, None, "1"]))).set_index("field").loc[NUMBER]
    assert found[["n", "n_differ", "revenue", "revenue_differs", "share"]].tolist() == [2, 1, 50, 10, 0.2]


def test_orders_outside_the_period_do_not_count():
    found = disagreement(client_of(ORDERS.assign(ordered_at="2020-02-01"))).set_index("field")
    assert found["n"].sum() == 0
    assert disagreement_findings(client_of(ORDERS.assign(ordered_at="2020-02-01"))) == []


def test_too_few_accounts_are_not_shown():
    shown = disagreement_figure(client_of())
    assert shown.data.frame["share"].isna().all()
    assert "Too few accounts" in read_disagreement(client_of()).text


def test_three_accounts_carry_no_finding_and_three_hundred_do():
    assert disagreement_findings(client_of()) == []
    many = {
        "customers": pd.concat([CUSTOMERS.assign(customer_id=[f"{i}-{c}" for c in "123"]) for i in range(100)]),
        "accounts": pd.concat(
            [ACCOUNTS.assign(account_id=[f"{i}{a}" for a in "ABC"], customer_id=[f"{i}-{c}" for c in "123"]) for i in range(100)]
        ),
        "orders": pd.concat(
            [ORDERS.assign(order_id=[f"{i}-{o}" for o in "1234"], account_id=[f"{i}{a}" for a in "ABCA"]) for i in range(100)]
        ),
    }
    (found,) = disagreement_findings(Client.from_frames(many))
    assert "50.0% of the revenue" in found.claim


def test_without_two_systems_it_cannot_be_asked():
    client = Client.from_frames({"orders": ORDERS})
    with pytest.raises(MissingDataError):
        disagreement(client)
    assert isinstance(disagreement_figure(client), Gap)
    assert read_disagreement(client).text


def test_the_demonstration_client_disagrees_on_what_was_planted(nordic_beds):
    """Some accounts are tied by name and birth date while their e-mail is blank; those tied by e-mail may bear another telephone."""
    found = disagreement(nordic_beds).set_index("field")
    assert found.loc[ANY, "n"] > 300
    assert 0 < found.loc[ANY, "share"] < 1
