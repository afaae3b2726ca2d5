"""What is planted in a demonstration client about recommendation is what step 6 finds, whichever the seed."""

import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths, write_demo
from cvclib.methods.two_sided_drivers import BOTH, MAKES, PREVENTS
from cvclib.sources.cache import FOLDER_VARIABLE
from cvclib.steps import advocacy

SEEDS = (1, 3, 7)
GATES = {"Online comparison", "Showroom visit"}  # every journey of the demonstration that buys passes both


@pytest.fixture(scope="module", params=SEEDS)
def planted(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted") / f"seed-{request.param}"
    write_demo(folder, seed=request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield planted_truths(request.param), Client.open(folder / f"{folder.name}.yaml")


def test_the_planted_drivers_and_only_these_make_promoters_or_prevent_detractors(planted):
    """All act on one grade, so that those of weight show on both sides, and none on one alone."""
    truths, client = planted
    frame = advocacy.recommendation_drivers(client).set_index("attribute")
    clear = frame.index[frame["kind"].isin([BOTH, MAKES, PREVENTS, "clear on one side"])]
    assert set(clear) <= set(truths.drivers)
    assert set(truths.drivers[:2]) <= set(frame.index[frame["kind"] == BOTH])
    assert not frame["kind"].isin([MAKES, PREVENTS]).any()


def test_late_deliveries_show_as_a_driver_of_detracting(planted):
    truths, client = planted
    frame = advocacy.recommendation_drivers(client).set_index("attribute")
    assert truths.late_effect_on_recommendation < 0
    assert frame.loc["On-time delivery", "preventing_low"] > 0


def test_promoters_buy_again_sooner_as_planted(planted):
    truths, client = planted
    assert truths.loyalty_correlation > 0.5
    (claim,) = [f for f in advocacy.findings(client) if "who orders again" in f.claim]
    assert claim.claim.startswith("The recommendation score foretells")
    assert claim.estimate.low > 0.5


def test_the_segment_that_differs_recommends_least_and_no_other_stands_out(planted):
    truths, client = planted
    groups = advocacy.recommendation_groups(client, "segment").set_index("group").dropna(subset="p_adjusted")
    outside = set(groups.index[groups["p_adjusted"] < 0.05])
    assert outside <= {truths.segment_differs}
    assert groups.loc[truths.segment_differs, "difference"] < 0


def test_the_score_stays_level_over_the_two_years(planted):
    """Nothing that moves recommendation is planted in time."""
    _, client = planted
    found = advocacy.scores_over_time(client)
    assert not found.trend_is_clear
    assert not found.frame["outside"].any()


def test_touchpoints_on_every_way_are_told_from_those_chosen(planted):
    _, client = planted
    frame = advocacy.attributed(client).frame
    assert set(frame.loc[frame["gate"], "touchpoint"]) == GATES


def test_the_rungs_of_the_ladder_hold_every_customer_once(planted):
    """Those on a rung at the first date climb, stay, step down or leave; nobody is counted twice."""
    _, client = planted
    rungs = advocacy.ladder(client).rungs
    assert rungs["n"].sum() <= client.tables.customers.count().to_pandas()
    assert (rungs[["up", "down", "out"]].fillna(0).sum(axis=1) <= 1 + 1e-9).all()
