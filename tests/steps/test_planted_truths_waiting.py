"""What is planted of deliveries and leads in a demonstration client is what step 5 finds, whichever the seed."""

from datetime import timedelta

import pandas as pd
import pytest
from scipy import stats

from cvclib.client import Client
from cvclib.demo import planted_truths, write_demo
from cvclib.sources.cache import FOLDER_VARIABLE
from cvclib.steps import conversion, delivery
from cvclib.steps.conversion_exhibits import conversion_findings
from cvclib.steps.process_behaviour import process_charts

SEEDS = (1, 3, 7)
LONGEST_PROMISE_DAYS = 20  # an order is promised for 8 to 19 days after it is placed
DAYS_LATE = stats.geom(0.22)
AWARE_OF_LAST_DAYS = 0.02  # orders that would fall after the last day are not made: a few leads of the last weeks are missing


@pytest.fixture(scope="module", params=SEEDS)
def planted(request, tmp_path_factory):
    """The truths of a demonstration client, and how to open it over a period."""
    folder = tmp_path_factory.mktemp("waiting") / f"seed-{request.param}"
    write_demo(folder, seed=request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield planted_truths(request.param), lambda **period: Client.open(folder / f"{folder.name}.yaml", **period)


def change(truths):
    """Day from which an initiative worked on deliveries, and by how much fewer are late since: nought where it was planted to fail."""
    (done,) = [done for done in (truths.worked, truths.failed) if done.metric == "on_time_share"]
    return done.started_on, done.change


def test_the_share_of_late_deliveries_before_the_initiative_is_the_planted_one(planted):
    truths, open_client = planted
    started, _ = change(truths)
    client = open_client(period_start="2024-01-01", period_end=started - timedelta(days=LONGEST_PROMISE_DAYS))
    kept = delivery.promises_kept(client).by_date
    assert kept.low - 0.01 <= 1 - truths.late_share <= kept.high + 0.01


def test_the_share_of_late_deliveries_after_the_initiative_has_changed_as_planted(planted):
    truths, open_client = planted
    started, better = change(truths)
    kept = delivery.promises_kept(open_client(period_start=started, period_end="2025-12-31")).by_date
    assert kept.low - 0.01 <= 1 - truths.late_share + better <= kept.high + 0.01


def test_the_late_ones_are_as_late_as_planted(planted):
    _, open_client = planted
    kept = delivery.promises_kept(open_client())
    assert kept.half_late.low <= DAYS_LATE.median() <= kept.half_late.high
    assert kept.over_a_week.low - 0.02 <= DAYS_LATE.sf(7) <= kept.over_a_week.high + 0.02


def test_the_month_in_which_deliveries_became_more_reliable_is_found_and_none_where_they_did_not(planted):
    truths, open_client = planted
    started, better = change(truths)
    (chart,) = [chart for chart in process_charts(open_client()) if chart.kpi == "on_time_share"]
    if not better:
        assert chart.levels is None
        return
    before, after, since = chart.levels
    assert abs((since - pd.Timestamp(started)).days) <= 62
    assert after - before == pytest.approx(better, abs=0.06)


def test_leads_become_customers_as_often_as_planted_and_no_source_is_better(planted):
    truths, open_client = planted
    client = open_client()
    won = conversion.won_within(client, horizon_days=90)
    assert won.low - AWARE_OF_LAST_DAYS <= truths.stage_conversion["consideration"] <= won.high + AWARE_OF_LAST_DAYS
    assert conversion_findings(client) == []
