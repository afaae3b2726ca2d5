"""What is planted about referral and care after the sale in a demonstration client is what step 6 finds of it."""

import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths, write_demo
from cvclib.methods.shares import share
from cvclib.sources.cache import FOLDER_VARIABLE
from cvclib.steps import advocacy
from cvclib.steps.aftercare import cared


@pytest.fixture(scope="module", params=(1, 3, 7))
def planted(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("referral") / f"seed-{request.param}"
    write_demo(folder, seed=request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield planted_truths(request.param), Client.open(folder / f"{folder.name}.yaml")


def test_referred_customers_buy_at_the_planted_multiple_of_the_pace(planted):
    truths, client = planted
    found = advocacy.pace(client)
    print(f"referral effect planted {truths.referral_effect:.2f}, found {found.value:.2f} ({found.low:.2f} to {found.high:.2f})")
    assert found.low < truths.referral_effect < found.high


def test_referrals_convert_as_planted_over_the_two_years(planted):
    truths, client = planted
    rates = [advocacy.referral_rates(client, period=period).iloc[0] for period in (client.period, client.previous_period)]
    made, bought = sum(row["referrals"] for row in rates), sum(row["referrals"] * row["conversion"] for row in rates)
    found = share(round(bought), int(made))
    print(f"conversion planted {truths.referral_conversion:.2f}, found {found.value:.2f} ({found.low:.2f} to {found.high:.2f})")
    assert found.low < truths.referral_conversion < found.high


def test_the_comfort_call_which_does_nothing_is_not_found_to_do_anything(planted):
    _, client = planted
    found = cared(client)
    assert found.treatment.startswith("Comfort check call")
    assert found.effect.ate.low < 0 < found.effect.ate.high
    assert all(f.kind == "no signal" for f in advocacy.findings(client) if "Comfort check call" in f.claim)


def test_the_trees_hold_no_loop_and_no_self_referral(planted):
    _, client = planted
    trees = advocacy.referral_trees(client)
    assert (trees.n_self, trees.n_in_loops) == (0, 0)
