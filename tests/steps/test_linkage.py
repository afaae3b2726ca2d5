"""Which account is whose: what is believed before what, ties, one to one, and settings of the client file."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.steps import linkage


def people(n=60, seed=1):
    rng = np.random.default_rng(seed)
    given, family = (
        ["Anna", "Jan", "Piet", "Sophie", "Emma", "Lucas"],
        ["Bakker", "Smit", "Visser", "Mulder", "Vos", "Dekker", "Kok", "Post"],
    )
    return pd.DataFrame(
        {
            "customer_id": [f"K{i:03d}" for i in range(n)],
            "name": [f"{a} {b}" for a, b in zip(rng.choice(given, n), rng.choice(family, n), strict=True)],
            "phone": [f"06{k:08d}" for k in rng.integers(10**7, 10**8, n)],
            "postcode": [f"{k} AB" for k in rng.integers(1000, 9999, n)],
            "birth_date": (pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 20_000, n), unit="D")).strftime("%Y-%m-%d"),
        }
    )


def accounts_of(customers):
    """The same people in the ERP: without telephone, the last letter of the name doubled."""
    renamed = customers.assign(
        account_id="A" + customers["customer_id"].str[1:], name=customers["name"] + customers["name"].str[-1], phone=None
    )
    return renamed.drop(columns="customer_id")


def tied(client):
    pairs = linkage.match_pairs(client)
    return pairs[pairs["tied"]].set_index("account_id")["customer_id"].to_dict()


def test_misspelt_accounts_without_a_shared_key_are_tied_by_probability():
    customers = people()
    client = Client.from_frames({"customers": customers, "accounts": accounts_of(customers.head(30))})
    assert tied(client) == {f"A{i:03d}": f"K{i:03d}" for i in range(30)}
    pairs = linkage.match_pairs(client)
    assert set(pairs.loc[pairs["tied"], "how"]) == {linkage.PROBABILITY}
    assert "birth date the same" in linkage.explain(pairs.iloc[0].to_dict())


def test_the_erps_customer_number_is_believed_before_what_agrees():
    customers = people()
    accounts = accounts_of(customers.head(30)).assign(customer_id=[*["K059"], *[None] * 29])
    assert tied(Client.from_frames({"customers": customers, "accounts": accounts}))["A000"] == "K059"


def test_an_account_that_fits_two_customers_alike_is_tied_to_neither(monkeypatch):
    """Two records of equal content, which a reviewer has said to be two people."""
    customers = people()
    twin = customers.head(1).assign(customer_id="K999")
    client = Client.from_frames({"customers": pd.concat([customers, twin]), "accounts": accounts_of(customers.head(30))})
    said = pd.DataFrame({"left_id": ["K000"], "right_id": ["K999"], "decision": ["no"], "kind": [linkage.DUPLICATE]})
    monkeypatch.setattr(linkage, "decisions", lambda _: said)
    pairs = linkage.match_pairs(client)
    assert "A000" not in tied(client)
    assert set(pairs.loc[(pairs["account_id"] == "A000") & (pairs["probability"] > 0.5), "rivals"]) == {1}
    links = linkage.account_links(client).set_index("account_id")
    assert links.loc["A000", "candidates"] == 2
    assert pd.isna(links.loc["A000", "customer_id"])


def test_what_a_reviewer_decided_overrides_the_probability(monkeypatch):
    customers = people()
    client = Client.from_frames({"customers": customers, "accounts": accounts_of(customers.head(30))})
    said = pd.DataFrame(
        {"left_id": ["A000", "A001"], "right_id": ["K000", "K050"], "decision": ["no", "yes"], "kind": [linkage.MATCH, linkage.MATCH]}
    )
    monkeypatch.setattr(linkage, "decisions", lambda _: said)
    made = tied(client)
    assert "A000" not in made
    assert made["A001"] == "K050"


def test_one_to_one_keeps_one_account_a_customer():
    customers = people()
    twice = pd.concat([accounts_of(customers.head(30)), accounts_of(customers.head(5)).assign(account_id=[f"B{i}" for i in range(5)])])
    frames = {"customers": customers, "accounts": twice}
    assert len(tied(Client.from_frames(frames))) == 35
    single = tied(Client.from_frames(frames, linkage={"one_to_one": True}))
    assert len(single) == len(set(single.values())) == 30


def test_groups_of_duplicates_keep_their_names_when_customers_are_added():
    customers = people()
    again = customers.head(8).assign(customer_id=[f"M{i}" for i in range(8)], phone=None)
    first = Client.from_frames({"customers": pd.concat([customers, again])})
    later = Client.from_frames(
        {"customers": pd.concat([customers, again, people(20, seed=9).assign(customer_id=[f"Z{i:02d}" for i in range(20)])])}
    )
    before, after = (linkage.duplicate_clusters(client).set_index("customer_id")["cluster"].to_dict() for client in (first, later))
    assert before == {name: f"K00{i}" for i in range(8) for name in (f"K00{i}", f"M{i}")}
    assert {name: after[name] for name in before} == before


def test_the_threshold_of_the_client_file_decides():
    customers = people()
    frames = {"customers": customers, "accounts": accounts_of(customers.head(30))}
    assert linkage.threshold(Client.from_frames(frames, linkage={"threshold": 0.97})) == 0.97
    assert 0.5 <= linkage.threshold(Client.from_frames(frames)) <= 0.99
    promised = linkage.expected_accuracy(Client.from_frames(frames)).set_index("of").loc["accounts"]
    assert promised["n_pairs"] == 30
    assert promised["precision"] > 0.98


@pytest.mark.parametrize("value", [0, 1, 1.5, "high"])
def test_a_threshold_that_is_no_probability_is_refused(value):
    with pytest.raises((InputError, ValueError), match="threshold"):
        Client.from_frames({}, linkage={"threshold": value})
