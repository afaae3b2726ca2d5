import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.steps import activity_map, process_mapping


def client_of(weights: dict[tuple[str, str], float | None], **columns: list) -> Client:
    pairs = pd.DataFrame([(a, t, w) for (a, t), w in weights.items()], columns=["activity", "touchpoint", "weight"])
    activities = pd.DataFrame({"activity": sorted({a for a, _ in weights}), "category": "service", **columns})
    stages = pd.DataFrame({"touchpoint": ["Ad", "Shop", "Order"], "stage": ["awareness", "consideration", "purchase"]})
    return Client.from_frames({"activities": activities, "activity_touchpoints": pairs, "touchpoints": stages})


def shares(client: Client) -> dict[str, float]:
    return activity_map.activity_weights(client).set_index("touchpoint")["share"].to_dict()


def test_weights_may_be_shares_or_per_cent():
    """0.75 + 0.25 = 1 and 75 + 25 = 100 are the same and both in order."""
    for ad, shop in ((0.75, 0.25), (75, 25)):
        client = client_of({("Sell", "Ad"): ad, ("Sell", "Shop"): shop})

        assert shares(client) == pytest.approx({"Ad": 0.75, "Shop": 0.25})
        assert activity_map.uneven_weights(client).empty


def test_weights_that_sum_to_neither_are_scaled_and_said():
    client = client_of({("Sell", "Ad"): 60, ("Sell", "Shop"): 60})

    assert shares(client) == {"Ad": 0.5, "Shop": 0.5}
    assert activity_map.uneven_weights(client).values.tolist() == [["Sell", 120.0]]
    assert "Sell (120.00) sum neither to one nor to a hundred" in process_mapping.read_activity_matrix(client).text


def test_blank_weights_share_what_is_left():
    """0.5 is given of 1; two blanks take 0.25 each; without any weight all three take a third."""
    client = client_of({("Sell", "Ad"): 0.5, ("Sell", "Shop"): None, ("Sell", "Order"): None})
    assert shares(client) == {"Ad": 0.5, "Shop": 0.25, "Order": 0.25}
    assert activity_map.uneven_weights(client).empty

    even = client_of({("Sell", "Ad"): None, ("Sell", "Shop"): None, ("Sell", "Order"): None})
    assert shares(even) == pytest.approx(dict.fromkeys(("Ad", "Shop", "Order"), 1 / 3))


def test_all_weights_of_nought_spread_the_cost_evenly():
    client = client_of({("Sell", "Ad"): 0.0, ("Sell", "Shop"): 0.0}, annual_cost=[100.0])

    assert activity_map.allocated_costs(client)["annual_cost"].tolist() == [50, 50]


def test_cost_is_told_by_what_activities_do_to_value():
    """Sell creates at 100, half of it at Ad; Type erodes at 30, all at Order."""
    client = client_of(
        {("Sell", "Ad"): 0.5, ("Sell", "Shop"): 0.5, ("Type", "Order"): 1.0}, annual_cost=[100.0, 30.0], kind=["creates", "erodes"]
    )
    table = activity_map.kinds_by_stage(client)

    assert table.loc["Creates value"].tolist() == [50, 50, 0]
    assert table.loc["Erodes value"].tolist() == [0, 0, 30]
    assert "76.9% creates value and 23.1% erodes value" in process_mapping.read_activity_matrix(client).text
    assert process_mapping.activity_list_table(client).text()["touchpoints"].tolist() == ["Ad 50%, Shop 50%", "Order 100%"]


def test_without_kinds_no_row_of_them_is_drawn():
    assert activity_map.kinds_by_stage(client_of({("Sell", "Ad"): 1.0})).empty
