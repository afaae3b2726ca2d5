import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.steps import designed, process_mapping

DESIGN = pd.DataFrame(
    {
        "touchpoint": ["Ad", "Shop", "Order", "Delivery", "Fax"], "stage": ["awareness", "consideration", "purchase", "ownership", "ownership"],
        "owner_department": ["Marketing", "Sales", "Sales", "Logistics", "Sales"], "channel": ["web", "shop", "shop", "home", "fax"],
    }
)  # fmt: skip


def client_of(*cases: str, **columns: str) -> Client:
    rows = [
        (f"c{i}", f"j{i}", t, pd.Timestamp("2025-02-01") + pd.Timedelta(days=k))
        for i, case in enumerate(cases)
        for k, t in enumerate(case.split())
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "case_id", "touchpoint", "at"]).assign(**columns)
    return Client.from_frames({"interactions": frame, "touchpoints": DESIGN})


def test_a_stage_is_skipped_by_those_who_come_further_without_it_and_gone_back_to_after_a_later_one():
    """Of four journeys three come beyond consideration; one of them skips it, one returns to it after the order."""
    frame = designed.stages_against_design(client_of("Ad Shop Order", "Ad Order", "Ad Shop Order Shop", "Ad")).set_index("stage")

    assert frame.loc["consideration", ["n_beyond", "n_skipped", "n_touching", "n_back"]].tolist() == [3, 1, 2, 1]
    assert frame.loc["purchase", ["n_beyond", "n_skipped", "n_touching", "n_back"]].tolist() == [0, 0, 3, 0]


def test_departments_and_channels_are_compared_without_regard_to_case():
    """All four touches were made by 'sales ' in 'Web': wrong for Ad's department only, and for every channel but Ad's."""
    frame = designed.touchpoints_against_design(client_of("Ad Shop", "Ad Shop", department="sales ", channel="Web")).set_index("touchpoint")

    assert frame["department_off"].to_dict() == {"Ad": 2, "Shop": 0, "Order": 0, "Delivery": 0, "Fax": 0}
    assert frame["channel_off"].to_dict() == {"Ad": 0, "Shop": 2, "Order": 0, "Delivery": 0, "Fax": 0}


def test_touchpoints_never_used_and_never_designed_are_named():
    reading = process_mapping.read_design_table(client_of(*["Ad Chat Shop Order Delivery"] * 6)).text

    assert "Designed but never used: Fax." in reading
    assert "Used but not in the design: Chat." in reading


def test_a_touch_after_a_later_stage_is_late():
    """In ten of ten journeys the second Ad follows the order: 10 of 20 touches."""
    frame = designed.touchpoints_against_design(client_of(*["Ad Order Ad"] * 10)).set_index("touchpoint")

    assert frame.loc["Ad", ["late_n", "late_off", "late_share"]].tolist() == [20, 10, 0.5]
    assert "Touched after a later stage was reached: Ad 50.0% (" in process_mapping.read_design_table(client_of(*["Ad Order Ad"] * 10)).text


def test_one_case_gives_tables_that_tell_no_share_of_it():
    table = process_mapping.design_table(client_of("Ad Order"))

    assert isinstance(table, Table)
    assert table.text()["skipped_share"].tolist() == ["–", "–"]


def test_without_stages_or_journeys_it_says_so():
    bare = Client.from_frames({"interactions": client_of("Ad").tables.interactions.to_pandas()})
    late = client_of("Ad")
    late = Client.from_frames(
        {"interactions": late.tables.interactions.to_pandas(), "touchpoints": DESIGN}, period=("2030-01-01", "2030-12-31")
    )

    assert isinstance(process_mapping.design_table(bare), Gap)
    assert isinstance(process_mapping.design_table(late), Reading)
    assert process_mapping.read_design_table(bare) is None
    assert process_mapping.read_design_table(late) is None
