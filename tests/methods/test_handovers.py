import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import event_log as el
from cvclib.methods import handovers

# Who worked on each of the six claims, in the order of time: van der Aalst, "Process Mining", the running example; people recoded 1 to 6.
CLAIMS = ("3 6 2 4 3", "2 2 5 4 1", "3 2 1 4 4 5 3 4 1", "3 2 5 4 1", "1 2 3 4 4 1 2 4 4 6 3 4 2", "2 1 2 4 2")


def log_of(*cases: str) -> ibis.Table:
    """'a b b' is a case in which a, b and b act, a day apart."""
    rows = [
        (f"c{i}", group, pd.Timestamp("2025-01-01") + pd.Timedelta(days=k))
        for i, case in enumerate(cases)
        for k, group in enumerate(case.split())
    ]
    return el.event_log(ibis.memtable(pd.DataFrame(rows, columns=["case", "activity", "at"])))


def test_the_handovers_of_the_claims_are_those_of_pm4py():
    """36 handovers, 4 of them to oneself; pm4py's shares are these divided by 36."""
    table = handovers.handover_matrix(el.directly_follows(log_of(*CLAIMS)))

    assert table.to_numpy().tolist() == [
        [0, 3, 0, 1, 0, 0],
        [2, 1, 1, 3, 2, 0],
        [0, 2, 0, 3, 0, 1],
        [4, 2, 1, 3, 1, 1],
        [0, 0, 1, 2, 0, 0],
        [0, 1, 1, 0, 0, 0],
    ]
    assert (table.to_numpy().sum(), np.trace(table)) == (36, 4)


def test_ways_there_and_back_are_counted_by_hand_whatever_the_length_of_a_stay():
    """a b a b a: aba twice, bab once; a a b b a: aba once; a b c: none. Handoffs with another after: 3 + 1 + 1."""
    log = log_of("a b a b a", "a a b b a", "a b c")

    assert handovers.ping_pong(log).values.tolist() == [["a", "b", 3, 2], ["b", "a", 1, 1]]
    assert handovers.returns(log)[["n_back", "n_onward", "n_cases"]].values.tolist() == [[0, 1, 1], [1, 1, 1], [3, 3, 1]]


def test_where_nobody_hands_over_nothing_comes_back():
    log = log_of("a a a")

    assert handovers.ping_pong(log).empty
    assert handovers.returns(log)[["n_back", "n_onward", "n_cases"]].values.tolist() == [[0, 0, 1]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=7), min_size=1, max_size=5))
def test_the_engine_and_the_arrays_count_alike(cases):
    log = log_of(*map(" ".join, cases))
    case = np.repeat(np.arange(len(cases)), [len(c) for c in cases])
    found = handovers.in_order(case, np.concatenate(cases), rng=np.random.default_rng(1), permutations=9)
    pairs = el.directly_follows(log)

    counted = handovers.returns(log)
    back, onward = (int((counted[name] * counted["n_cases"]).sum()) for name in ("n_back", "n_onward"))

    assert found.returns.seen == pytest.approx(back / onward if onward else np.nan, nan_ok=True)
    assert found.handoffs.seen == pairs.loc[pairs["from_activity"] != pairs["to_activity"], "n"].sum()


def test_cases_that_bounce_are_told_from_those_in_a_chance_order():
    """Every case a b a c against the same four events in a drawn order: half of its ways on lead back, by chance fewer."""
    rng = np.random.default_rng(2)
    case = np.repeat(np.arange(60), 4)
    bouncing = handovers.in_order(case, np.tile(list("abac"), 60), rng=rng, permutations=199)
    mixed = handovers.in_order(case, np.concatenate([rng.permutation(list("aabc")) for _ in range(60)]), rng=rng, permutations=199)

    assert (bouncing.returns.seen, bouncing.returns.p_value) == (0.5, 1 / 200)
    assert bouncing.returns.high < 0.5
    assert mixed.returns.low <= mixed.returns.seen <= mixed.returns.high


def test_between_two_groups_every_way_on_leads_back_and_says_nothing():
    found = handovers.in_order(np.repeat(np.arange(9), 4), np.tile(list("abab"), 9), rng=np.random.default_rng(2), permutations=99)

    assert (found.returns.seen, found.returns.expected, found.returns.p_value) == (1, 1, 1)


def test_in_a_chance_order_it_errs_as_seldom_as_it_says():
    """200 logs of 30 cases with five events, each of three groups by chance; 5% expected of either count."""
    rng = np.random.default_rng(3)
    case = np.repeat(np.arange(30), 5)
    found = [handovers.in_order(case, rng.integers(0, 3, 150), rng=rng, permutations=99) for _ in range(200)]

    assert sum(f.handoffs.p_value <= 0.05 for f in found) <= 19
    assert sum(f.returns.p_value <= 0.05 for f in found) <= 19


def test_the_expected_number_of_handoffs_is_the_one_by_hand():
    """In a a b b in any order each of the 3 neighbours differs with probability 2/3: 2 a case, 400 in 200 cases."""
    case = np.repeat(np.arange(200), 4)
    found = handovers.in_order(case, np.tile(list("aabb"), 200), rng=np.random.default_rng(4), permutations=300)

    assert found.handoffs.expected == pytest.approx(400, abs=3)


def test_events_that_hang_together_make_a_share_less_sure():
    """Eight of 16 events: spread evenly each case says the same, in two whole cases out of four there are but four to go by."""
    even, lumped = handovers.share_over_cases([2] * 4, [4] * 4), handovers.share_over_cases([4, 4, 0, 0], [4] * 4)

    assert even.value == lumped.value == 0.5
    assert lumped.high - lumped.low > even.high - even.low
    assert handovers.share_over_cases([], []).n == 0
    assert handovers.share_over_cases([0] * 50, [3] * 50).high == pytest.approx(0.0714, abs=0.001)  # as 0 of 50


def test_the_share_over_cases_covers_the_truth_as_often_as_it_says():
    """Cases of six events whose own probability is 0.1 or 0.5 by the toss of a coin: 0.3 over all. 400 samples of 80 cases."""
    rng, covered = np.random.default_rng(6), 0
    for _ in range(400):
        found = handovers.share_over_cases(rng.binomial(6, rng.choice([0.1, 0.5], 80)), np.full(80, 6))
        covered += found.low <= 0.3 <= found.high

    assert 0.92 <= covered / 400 <= 0.98
