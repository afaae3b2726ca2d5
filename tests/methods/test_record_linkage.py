"""Exact keys: what makes two writings the same, and when a record is tied."""

import ibis
import pandas as pd
import pytest

from cvclib.methods import record_linkage as linkage

COLUMNS = ["id", "name", "email", "phone", "postcode", "birth_date"]


def people(*rows):
    frame = pd.DataFrame([{**dict.fromkeys(COLUMNS), **row} for row in rows], columns=COLUMNS)
    return ibis.memtable(frame.astype(dict.fromkeys(COLUMNS, "str")), schema=dict.fromkeys(COLUMNS, "string"))


def value(expression):
    return ibis.duckdb.connect().execute(expression)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "muller"),
        ("Ørsted, Zoë", "zoe orsted"),
        ("Jose\u0301  O'Neill", "JOSÉ O NEILL"),
        ("Strauß", "strauss"),
        ("Łukasz", "lukasz"),
    ],
)
def test_names_that_differ_in_accents_case_and_signs_fold_to_the_same(one, other):
    assert value(linkage.fold(ibis.literal(one))) == value(linkage.fold(ibis.literal(other)))


@pytest.mark.parametrize("phone", ["0612345678", "+31 6 1234 5678", "0031-6-12345678", "(06) 12 34 56 78"])
def test_a_telephone_number_is_the_same_however_its_prefix_is_written(phone):
    assert value(linkage.phone_key(ibis.literal(phone))) == "612345678"


@pytest.mark.parametrize("phone", ["0000000000", "12345", "", "ext. 7"])
def test_a_placeholder_is_no_telephone_number(phone):
    assert pd.isna(value(linkage.phone_key(ibis.literal(phone))))


@pytest.mark.parametrize("email", ["unknown", "@x.nl", "a@b", "a b@", ""])
def test_what_is_no_address_is_no_key(email):
    assert pd.isna(value(linkage.email_key(ibis.literal(email))))


def test_name_postcode_and_birth_date_make_a_key_only_together():
    keys = linkage.exact_keys(people({"id": "1", "name": "Ann Bakker", "postcode": "1012 ab"}), "id")
    assert keys.count().to_pandas() == 0


def test_a_value_that_many_records_share_is_no_key():
    many = [{"id": str(i), "email": "info@shop.nl"} for i in range(linkage.MOST_SHARING_A_KEY + 1)]
    assert linkage.exact_keys(people(*many), "id").count().to_pandas() == 0
    assert linkage.exact_keys(people(*many[:-1]), "id").count().to_pandas() == linkage.MOST_SHARING_A_KEY


def tie(accounts, customers):
    return linkage.tie(people(*accounts), people(*customers), "id", "id").to_pandas().set_index("left")


def test_an_address_that_two_customers_share_ties_to_neither():
    made = tie([{"id": "D", "email": "a@x.nl"}], [{"id": "1", "email": "a@x.nl"}, {"id": "2", "email": "A@X.nl"}])
    assert pd.isna(made.loc["D", "right"])
    assert made.loc["D", "candidates"] == 2


def test_a_second_key_tells_two_customers_of_one_address_apart():
    customers = [{"id": "1", "email": "a@x.nl", "phone": "0611111112"}, {"id": "2", "email": "a@x.nl", "phone": "0622222221"}]
    made = tie([{"id": "D", "email": "a@x.nl", "phone": "+31622222221"}], customers)
    assert made.loc["D", "right"] == "2"


def test_keys_that_point_to_different_customers_tie_to_neither():
    made = tie(
        [{"id": "D", "email": "a@x.nl", "phone": "0622222221"}], [{"id": "1", "email": "a@x.nl"}, {"id": "2", "phone": "0622222221"}]
    )
    assert pd.isna(made.loc["D", "right"])


def test_two_accounts_can_belong_to_one_customer():
    made = tie(
        [{"id": "D", "email": "a@x.nl"}, {"id": "E", "phone": "0611111112"}], [{"id": "1", "email": "a@x.nl", "phone": "0611111112"}]
    )
    assert made["right"].tolist() == ["1", "1"]
    assert [linkage.KEYS[i] for i in made.loc[["D", "E"], "key"]] == ["e-mail", "telephone"]


def test_an_account_without_a_shared_key_is_not_found():
    assert tie([{"id": "D", "email": "b@x.nl"}], [{"id": "1", "email": "a@x.nl"}]).empty


def test_duplicates_are_grouped_through_others():
    """1 and 2 share a mailbox, 2 and 3 a telephone: one group."""
    keys = pd.DataFrame({"id": ["1", "2", "2", "3", "4"], "key": [0, 0, 2, 2, 2], "value": ["a", "a", "b", "b", "c"]})
    assert linkage.duplicate_groups(keys).to_dict("list") == {"id": ["1", "2", "3"], "group": [0, 0, 0]}


def test_no_shared_key_makes_no_group():
    assert linkage.duplicate_groups(pd.DataFrame({"id": [], "key": [], "value": []})).empty
