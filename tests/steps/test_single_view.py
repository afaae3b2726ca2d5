"""The single customer view: who is one, which value survives, and names that last."""

import stat
import sys

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.findings import Gap
from cvclib.private_files import read_table
from cvclib.steps.single_view import people, read_view, single_view, view_conflicts, view_table
from cvclib.steps.view_files import write_view

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3"],
        "name": ["Zoë Smit", "Z. Smit", "Bo Vos"],
        "email": ["z@x.nl", "z@x.nl", "b@x.nl"],
        "postcode": ["1012 AB", None, "3000 AA"],
        "city": ["Amsterdam", None, "Breda"],
        "acquired_at": ["2024-01-01", "2025-01-01", "2024-01-01"],
    }
)
ACCOUNTS = pd.DataFrame(
    {
        "account_id": ["A", "B"],
        "customer_id": ["1", "3"],
        "name": ["Zoe Smit", "Bo Vos"],
        "email": ["zoe@new.nl", None],
        "postcode": ["2000 AA", "3000AA"],
        "city": [None, "Breda"],
    }
)
ORDERS = pd.DataFrame({"order_id": ["1"], "account_id": ["A"], "ordered_at": ["2025-06-01"]})


def client_of(customers=CUSTOMERS, accounts=ACCOUNTS, **settings):
    return Client.from_frames({"customers": customers, "accounts": accounts, "orders": ORDERS}, **settings)


def test_records_that_share_an_e_mail_or_a_number_are_one():
    groups = people(client_of()).groupby("person")["record"].agg(lambda r: "".join(sorted(r)))
    assert sorted(groups) == ["12A", "3B"]


def test_the_value_of_the_record_last_used_survives_and_the_rest_is_traced():
    """Account A was last used by its order of June 2025; of the name, Zoë Smit stands in two records once accents are off."""
    made = single_view(client_of())
    zoe = made.customers.set_index("customer_ids").loc["1|2"]
    assert zoe[["email", "postcode", "account_ids", "n_records"]].tolist() == ["zoe@new.nl", "2000 AA", "A", 3]
    assert zoe["name"] == "Zoe Smit"
    trace = made.trace.query("person_id == @zoe.person_id and field == 'email'")
    assert trace[["record", "value", "chosen", "agrees"]].to_numpy().tolist() == [
        ["A", "zoe@new.nl", True, True], ["1", "z@x.nl", False, False], ["2", "z@x.nl", False, False],
    ]  # fmt: skip


def test_an_address_comes_from_one_record():
    """Account A leads with its postcode and has no city: Amsterdam belongs to another postcode and does not survive beside it."""
    assert pd.isna(single_view(client_of()).customers.set_index("customer_ids").loc["1|2", "city"])


def test_the_client_file_may_name_another_rule():
    made = single_view(client_of(linkage={"survivorship": {"email": "crm_first", "name": "most_complete"}}))
    zoe = made.customers.set_index("customer_ids").loc["1|2"]
    assert zoe["email"] == "z@x.nl"


def test_a_rule_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="most_recent"):
        client_of(linkage={"survivorship": {"email": "newest"}})


def test_conflicts_are_counted_by_field():
    """E-mail: both customers hold it in two records or more? Bo in one only. Name: Z. Smit differs. Postcode: Zoë's differ, Bo's agree."""
    found = view_conflicts(client_of()).set_index("field")
    assert found.loc["email", ["n", "n_conflict", "n_from_erp"]].tolist() == [1, 1, 1]
    assert found.loc["postcode", ["n", "n_conflict"]].tolist() == [2, 1]
    assert found.loc["name", ["n", "n_conflict"]].tolist() == [2, 1]


def test_the_order_of_the_rows_changes_nothing():
    turned = client_of(CUSTOMERS.iloc[::-1], ACCOUNTS.iloc[::-1])
    pd.testing.assert_frame_equal(single_view(turned).customers, single_view(client_of()).customers)


def test_names_last_when_records_come_and_go():
    before = single_view(client_of()).customers
    fewer = client_of(CUSTOMERS[CUSTOMERS["customer_id"] != "1"], ACCOUNTS.assign(customer_id=["2", "3"]))
    now = single_view(fewer, before).customers
    old = before.set_index("customer_ids").loc["1|2", "person_id"]
    assert now.set_index("customer_ids").loc["2", "person_id"] == old
    assert single_view(fewer).customers.set_index("customer_ids").loc["2", "person_id"] != old


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_written_files_are_private_and_keep_names_on_the_next_run(tmp_path, suffix):
    place = tmp_path / f"view{suffix}"
    formula = CUSTOMERS.assign(name=["=1+1", "Z. Smit", "Bo Vos"])
    first = write_view(client_of(formula), place)
    again = write_view(client_of(formula), place)
    assert (first.n_people, first.n_records, first.n_kept) == (2, 5, 0)
    assert (again.n_kept, again.n_new, again.n_gone) == (2, 0, 0)
    if sys.platform != "win32":
        assert {stat.S_IMODE(p.stat().st_mode) for p in (place, first.trace)} == {0o600}
    assert "=1+1" in read_table(first.trace)["value"].tolist()
    if suffix == ".csv":
        assert "\n=1+1" not in first.trace.read_text()
        assert ",=1+1" not in first.trace.read_text()


def test_another_file_is_not_overwritten(tmp_path):
    (tmp_path / "view.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no single customer view"):
        write_view(client_of(), tmp_path / "view.csv")
    with pytest.raises(InputError, match=r"found the ending '\.xlsx'"):
        write_view(client_of(), tmp_path / "view.xlsx")


def test_without_customers_there_is_no_view():
    client = Client.from_frames({"orders": ORDERS})
    assert isinstance(view_table(client), Gap)
    assert read_view(client).text


def test_a_crm_alone_has_a_view():
    made = single_view(Client.from_frames({"customers": CUSTOMERS}))
    assert sorted(made.customers["customer_ids"]) == ["1|2", "3"]
