import pandas as pd
import pytest

from cvclib.charts.fates import draw_fates
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.steps import process_mapping, stopped

STAGE_OF = {"Ad": "awareness", "Shop": "consideration", "Order": "purchase", "Delivery": "ownership", "Review": "advocacy"}


def client_of(*cases: tuple[str, str]) -> Client:
    """Each case is its touches, a day apart, and the day of the first."""
    rows = [
        (f"c{i}", f"j{i}", touchpoint, pd.Timestamp(start) + pd.Timedelta(days=k))
        for i, (case, start) in enumerate(cases)
        for k, touchpoint in enumerate(case.split())
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "case_id", "touchpoint", "at"])
    stages = pd.DataFrame({"touchpoint": list(STAGE_OF), "stage": list(STAGE_OF.values())})
    return Client.from_frames({"interactions": frame, "touchpoints": stages})


def counted(client: Client, stage: str) -> dict[str, int]:
    frame = stopped.fates(client)
    return dict(frame[(frame["stage"] == stage) & (frame["n"] > 0)][["fate", "n"]].itertuples(index=False))


def test_each_journey_that_did_not_go_on_has_one_fate():
    """Of ten at Shop five order, one goes on to Delivery without an order, one back to Ad, one began the day before the end, two are silent."""
    old = "2025-02-01"
    cases = [("Ad Shop Order", old)] * 5 + [
        ("Ad Shop Delivery", old),
        ("Ad Shop Ad", old),
        ("Ad Shop", "2025-12-30"),
        ("Ad Shop", old),
        ("Ad Shop", old),
    ]

    assert counted(client_of(*cases), "consideration") == {"went_on": 5, "skipped": 1, "in_time": 1, "back": 1, "silent": 2}


def test_the_usual_time_is_that_of_nine_in_ten_who_went_on_else_the_horizon():
    """All six take a day from Ad to Shop; from Shop on nobody goes, so the horizon of 90 days holds."""
    frame = stopped.fates(client_of(*[("Ad Shop", "2025-02-01")] * 6, ("Order", "2025-02-01"))).set_index("stage")

    assert frame.loc["awareness", "usual_days"].unique().tolist() == [1.0]
    assert frame.loc["consideration", "usual_days"].unique().tolist() == [90.0]


def test_silence_runs_from_the_last_touch_to_the_end_of_the_period():
    """From 2 February to the end of 31 December 2025: 333 days."""
    frame = stopped.fates(client_of(*[("Ad Shop", "2025-02-01")] * 3, ("Ad Shop Order", "2025-02-01"))).set_index(["stage", "fate"])

    assert frame.loc[("consideration", "silent"), "silent_days"] == pytest.approx(333)


@pytest.mark.parametrize("cases", [[("Ad", "2025-02-01")], [("Ad Ad", "2025-02-01")]])
def test_with_one_stage_it_says_that_nothing_could_stop(cases):
    client = client_of(*cases)

    assert isinstance(process_mapping.fate_bars(client), Reading)
    assert process_mapping.read_fate_bars(client) is None


def test_all_touches_at_one_moment_can_still_be_drawn():
    frame = pd.DataFrame({"customer_id": "a", "touchpoint": ["Ad", "Shop"], "at": pd.Timestamp("2025-02-01")})
    stages = pd.DataFrame({"touchpoint": list(STAGE_OF), "stage": list(STAGE_OF.values())})

    assert isinstance(process_mapping.fate_bars(Client.from_frames({"interactions": frame, "touchpoints": stages})), Figure)


def test_the_leaking_stage_of_the_demonstration_loses_most(nordic_beds):
    frame = stopped.fates(nordic_beds)
    gone = frame[frame["fate"] == "went_on"].set_index("stage")["share"].drop("ownership")

    assert gone.idxmin() == "consideration"
    assert "did not go on to purchase" in process_mapping.read_fate_bars(nordic_beds).text


def test_a_bar_of_fates_adds_up_to_all():
    frame = stopped.fates(client_of(("Ad Shop", "2025-02-01"), ("Ad", "2025-02-01")))

    assert frame.groupby("stage")["share"].sum().tolist() == pytest.approx([1.0])
    assert draw_fates(frame, stopped.FATES).get_size_inches()[0] == 9
