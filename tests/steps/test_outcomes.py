import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Reading
from cvclib.findings import Gap
from cvclib.steps import outcomes

STAGE_OF = {"Ad": "awareness", "Visit": "consideration", "Order": "purchase", "Call": "ownership"}


def client_of(*ways: tuple[str, int], start: str = "2025-02-03") -> Client:
    """Journeys of a touch a day; ("Ad Visit Order", 3) is three journeys."""
    rows, i = [], 0
    for way, n in ways:
        for _ in range(n):
            i += 1
            rows += [(f"c{i}", pd.Timestamp(start) + pd.Timedelta(days=j), touchpoint) for j, touchpoint in enumerate(way.split())]
    stages = pd.DataFrame({"touchpoint": list(STAGE_OF), "stage": list(STAGE_OF.values())})
    return Client.from_frames({"interactions": pd.DataFrame(rows, columns=["customer_id", "at", "touchpoint"]), "touchpoints": stages})


def test_the_chance_of_a_purchase_is_that_of_the_chain():
    """By hand. After Ad 10 of 15 visit, 5 stop; after Visit 10 of 20 order, 10 stop, none goes back. So P(Visit) = 1/2,
    P(Ad) = 2/3 * 1/2 = 1/3; touches to go 1 from Visit, 1 + 2/3 from Ad. Calls come after the order and do not count."""
    client = client_of(("Ad Visit Order Call", 5), ("Ad Visit", 5), ("Ad", 5), ("Visit Order", 5), ("Visit", 5))
    frame = outcomes.outcomes(client).set_index("touchpoint")

    assert frame.index.tolist() == ["Ad", "Visit"]
    assert frame["chain"].tolist() == pytest.approx([1 / 3, 1 / 2])
    assert frame["seen"].tolist() == pytest.approx([1 / 3, 1 / 2])
    assert frame["touches_to_go"].tolist() == pytest.approx([5 / 3, 1])
    assert (frame["low"] < frame["chain"]).all() and (frame["chain"] < frame["high"]).all()


def test_where_the_way_there_matters_the_reading_says_so():
    """Those who come to Visit by the ad always order, others never: from Ad all buy, the chain says half."""
    text = outcomes.read_outcome_table(client_of(("Ad Visit Order", 40), ("Visit", 40))).text

    assert "At Ad the chain and what was seen part" in text


def test_a_journey_still_under_way_has_not_stopped():
    """Touched in the last 90 days: the step from Ad to Visit counts, the silence after it does not."""
    done, under_way = client_of(("Ad Visit Order", 5), ("Ad", 5)), client_of(("Ad Visit Order", 5), ("Ad", 5), start="2025-11-03")

    assert outcomes.outcomes(done).set_index("touchpoint").loc["Ad", "chain"] == 0.5
    assert isinstance(outcomes.outcome_table(under_way), Reading)


def test_touchpoints_of_too_few_journeys_show_no_share():
    frame = outcomes.outcome_table(client_of(("Visit Order", 5), ("Visit", 5), ("Ad Visit", 2))).frame.set_index("touchpoint")

    assert pd.isna(frame.loc["Ad", "chain"]) and frame.loc["Visit", "chain"] > 0


def test_without_stages_there_is_a_gap():
    client = Client.from_frames({"interactions": pd.DataFrame({"customer_id": ["a"], "at": ["2025-03-01"], "touchpoint": ["Ad"]})})

    assert isinstance(outcomes.outcome_table(client), Gap)
    assert outcomes.read_outcome_table(client) is None
