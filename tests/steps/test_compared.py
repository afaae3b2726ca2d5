import gc
import weakref
from datetime import date

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo.noise import noise_tables
from cvclib.errors import InputError
from cvclib.exhibits import Figure, Reading
from cvclib.params import Period
from cvclib.steps import compared, process_mapping
from cvclib.steps.compared_exhibits import findings_of_comparison

STAGE_OF = {"Ad": "awareness", "Shop": "consideration", "Order": "purchase"}


def client_of(now: list[str], before: list[str], segments: tuple[str, str] = ("x", "y")) -> Client:
    """Journeys of this year are of customers of the first segment, those of last year of the second."""
    rows, customers = [], []
    for year, cases, segment in (("2025", now, segments[0]), ("2024", before, segments[1])):
        for i, case in enumerate(cases):
            customers.append((f"{year}-{i}", segment))
            rows += [
                (f"{year}-{i}", f"{year}-{i}", t, pd.Timestamp(f"{year}-02-01") + pd.Timedelta(days=k)) for k, t in enumerate(case.split())
            ]
    frame = pd.DataFrame(rows, columns=["customer_id", "case_id", "touchpoint", "at"])
    stages = pd.DataFrame({"touchpoint": list(STAGE_OF), "stage": list(STAGE_OF.values())})
    return Client.from_frames(
        {"interactions": frame, "touchpoints": stages, "customers": pd.DataFrame(customers, columns=["customer_id", "segment"])}
    )


def measured(client: Client, family: str, name: str) -> pd.Series:
    frame = compared.differences(client)
    return frame[(frame["family"] == family) & (frame["name"] == name)].iloc[0]


def test_shares_of_this_period_and_the_one_before_by_hand():
    """Now 30 of 40 order and 10 of 40 come back to Shop; before 10 of 40 and none."""
    client = client_of(["Ad Shop Order"] * 30 + ["Ad Shop Shop"] * 10, ["Ad Shop Order"] * 10 + ["Ad Shop"] * 30)

    order = measured(client, "touchpoint", "Order")
    assert (order["here"], order["there"], order["difference"]) == (0.75, 0.25, 0.5)
    again = measured(client, "repeat", "Shop")
    assert (again["here"], again["there"]) == (0.25, 0)
    step = measured(client, "stage", "consideration → purchase")
    assert (step["here"], step["there"]) == pytest.approx((0.75, 0.25))
    assert measured(client, "transition", "Shop → Order")["p_value"] < 0.001


def test_a_large_difference_becomes_a_finding_and_its_alternative_text_names_it():
    client = client_of(["Ad Shop Order"] * 60, ["Ad Shop Order"] * 20 + ["Ad Shop"] * 40)

    assert findings_of_comparison(client)[0].estimate.value == pytest.approx(2 / 3, abs=0.01)
    assert "Beyond chance" in process_mapping.difference_chart(client).alt


def test_on_noise_at_most_one_comparison_in_twenty_shows_a_difference():
    """Twelve clients whose two years are drawn alike: at 5% three or more come in one of fifty such runs."""
    rng = np.random.default_rng(8)
    cases = ["Ad", "Ad Shop", "Ad Shop Order", "Ad Shop Ad Shop", "Shop Order", "Ad Ad Order"]
    found = [
        bool((compared.differences(client_of(*(list(rng.choice(cases, 60)) for _ in range(2))))["p_value"] < 0.05).any()) for _ in range(12)
    ]

    assert sum(found) <= 2


def test_two_segments_can_be_named():
    client = client_of(["Ad Shop"] * 12, [])
    frame = client.tables.interactions.to_pandas()
    customers = pd.DataFrame({"customer_id": [f"2025-{i}" for i in range(12)], "segment": ["x", "y"] * 6})
    client = Client.from_frames({"interactions": frame, "customers": customers})

    assert compared.differences(client, compare="x vs y")["difference"].tolist() == [0.0] * len(
        compared.differences(client, compare="x vs y")
    )
    with pytest.raises(InputError, match="two different segments as 'A vs B', of 'x', 'y'"):
        compared.differences(client, compare="x vs z")


def test_without_journeys_before_it_says_so():
    client = client_of(["Ad Shop"] * 6, [])

    assert isinstance(process_mapping.difference_chart(client), Reading)
    assert process_mapping.read_difference_chart(client) is None
    assert findings_of_comparison(client) == []


def test_the_demonstrations_two_years_are_drawn_alike(nordic_beds):
    assert isinstance(process_mapping.difference_chart(nordic_beds), Figure)
    assert findings_of_comparison(nordic_beds) == []


def test_periods_of_different_length_are_compared_only_in_what_allows_for_it():
    """A year against the three months before: the same journeys, but those of the months are followed less long."""
    client = client_of(["Ad Shop Order"] * 20, [])
    frame = client.tables.interactions.to_pandas()[["customer_id", "case_id", "touchpoint", "at"]]
    before = frame.assign(at=frame["at"] - pd.Timedelta(days=60), case_id="before " + frame["case_id"])
    stages = pd.DataFrame({"touchpoint": list(STAGE_OF), "stage": list(STAGE_OF.values())})
    client = Client.from_frames({"interactions": pd.concat([frame, before]), "touchpoints": stages}, period=("2025-01-01", "2025-12-31"))
    months = Period(start=date(2024, 10, 1), end=date(2024, 12, 31))
    client = Client(client.params.model_copy(update={"compare_with": months}), client.connection, client.segment)

    assert not compared.followed_alike(client)
    assert set(compared.differences(client)["family"]) == {"stage"}
    assert compared.lead_times(client) is None
    assert "365 and 92 days long" in str(process_mapping.read_difference_chart(client))


def test_lead_times_count_a_customer_once_and_are_tested():
    """Journeys of two days against those of one day, 20 customers each: no overlap, p far below 0.001."""
    times = compared.lead_times(client_of(["Ad Shop Order"] * 20, ["Ad Shop"] * 20))

    assert (times.here.value, times.there.value, times.here.n) == (2, 1, 20)
    assert times.p_value < 0.001
    assert compared.lead_times(client_of(["Ad Shop"] * 20, ["Ad Shop"] * 20)).p_value == pytest.approx(1)


def test_a_client_compared_and_let_go_is_not_kept_in_memory():
    client = Client.from_frames(noise_tables(np.random.default_rng(1), 60))
    process_mapping.findings(client)
    kept = weakref.ref(client)
    del client
    gc.collect()
    assert kept() is None
