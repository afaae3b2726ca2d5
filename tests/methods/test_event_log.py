from pathlib import Path

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import event_log as el

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
REFERENCE = SHARED / "reference"
HELPDESK = SHARED / "data" / "helpdesk_log" / "helpdesk.parquet"

needs_reference = pytest.mark.skipif(not REFERENCE.exists(), reason="needs the reference folder beside the checkout")


def log_of(text: str) -> ibis.Table:
    """'ab ac' is two cases of two events, a day apart."""
    rows = [
        (str(i), a, pd.Timestamp("2025-01-01") + pd.Timedelta(days=j)) for i, case in enumerate(text.split()) for j, a in enumerate(case)
    ]
    return el.event_log(ibis.memtable(pd.DataFrame(rows, columns=["case", "activity", "at"])))


def read(name: str, at: str) -> ibis.Table:
    frame = pd.read_csv(REFERENCE / name)
    frame[at] = pd.to_datetime(frame[at], utc=True).dt.tz_localize(None)
    frame["row"] = range(len(frame))
    return ibis.memtable(frame)


def counts(pairs: pd.DataFrame) -> dict[tuple[str, str], int]:
    return {(r.from_activity, r.to_activity): r.n for r in pairs.itertuples()}


@pytest.fixture(scope="module")
def claims():
    return el.event_log(read("claims_log.csv", "timestamp"), case="case_id", at="timestamp")


@needs_reference
class TestTheClaimsLog:
    """Truths 1.1: pm4py and retentioneering, identical; 6 cases, 42 events."""

    def test_has_sixteen_pairs_with_their_published_times(self, claims):
        pairs = el.directly_follows(claims).set_index(["from_activity", "to_activity"])

        assert (len(pairs), pairs["n"].sum()) == (16, 36)
        expected = {
            ("check ticket", "decide"): (6, 50.5444, 35.9167),
            ("examine casually", "check ticket"): (4, 13.3250, 13.3667),
            ("decide", "pay compensation"): (3, 142.8222, 144.8333),
            ("decide", "reinitiate request"): (3, 18.4444, 25.5),
            ("decide", "reject request"): (3, 42.8444, 27.1),
            ("register request", "examine casually"): (3, 8.9556, 1.0667),
            ("check ticket", "examine casually"): (2, 25.675, 25.675),
            ("examine casually", "decide"): (2, 104.2833, 104.2833),
            ("register request", "check ticket"): (2, 10.8667, 10.8667),
            ("examine thoroughly", "check ticket"): (2, 85.8583, 85.8583),
            ("reinitiate request", "check ticket"): (1, 70.25, 70.25),
        }
        for pair, figures in expected.items():
            assert pairs.loc[pair, ["n", "mean_hours", "median_hours"]].tolist() == pytest.approx(figures, abs=1e-4)

    def test_starts_with_the_registration_and_ends_in_two_ways(self, claims):
        ends = el.starts_and_ends(claims).set_index("activity")

        assert ends.loc["register request", "n_starts"] == 6
        assert ends.loc[["reject request", "pay compensation"], "n_ends"].tolist() == [3, 3]

    def test_goes_through_in_six_ways_each_once(self, claims):
        found = el.variants(claims)

        assert (found.n_variants, found.n_cases, found.frame["n_cases"].tolist()) == (6, 6, [1] * 6)

    def test_lasts_as_long_as_published(self, claims):
        days = el.cases(claims).order_by("case").to_pandas()["duration_hours"] / 24
        sums = el.overview(claims)

        assert days.tolist() == pytest.approx([8.1403, 9.0229, 15.8424, 6.0292, 18.2458, 9.8646], abs=1e-4)
        assert (sums.mean_hours * 3600, sums.median_hours * 3600) == pytest.approx((966_890, 815_940))

    def test_goes_round_in_two_cases_with_nine_repeated_events(self, claims):
        sums, by_activity = el.overview(claims), el.repetitions(claims).set_index("activity")["n_cases_repeating"]

        assert (sums.n_cases_repeating, sums.n_repeats) == (2, 9)
        assert by_activity[by_activity > 0].to_dict() == {
            "check ticket": 2, "decide": 2, "examine casually": 1, "reinitiate request": 1,
        }  # fmt: skip

    def test_hands_work_over_as_pm4py_counts_it(self):
        """Truths 4.3: 36 handovers, 4 of them to oneself: rows from, columns to."""
        log = el.event_log(read("claims_log.csv", "timestamp"), case="case_id", activity="resource", at="timestamp")
        matrix = el.directly_follows(log).pivot_table(index="from_activity", columns="to_activity", values="n", fill_value=0)

        assert matrix.to_numpy().tolist() == [
            [0, 3, 0, 1, 0, 0], [2, 1, 1, 3, 2, 0], [0, 2, 0, 3, 0, 1], [4, 2, 1, 3, 1, 1], [0, 0, 1, 2, 0, 0], [0, 1, 1, 0, 0, 0],
        ]  # fmt: skip


@needs_reference
@pytest.mark.parametrize(
    ("at", "n_pairs", "expected", "strict"),
    [
        ("start_time", 14, (1258, 895, 230, 638), [1266, 1266, 1117, 1117, 889]),
        ("complete_time", 15, (1257, 861, 264, 637), [1266, 1265, 1116, 1116, 855]),
    ],
)
def test_the_order_to_pay_log_gives_the_figures_of_either_ordering(at, n_pairs, expected, strict):
    """Truths 1.2: 1,266 orders, 8,109 events, ordered by start or by completion; pm4py and retentioneering."""
    log = el.event_log(read("order_to_pay_log.csv", at), case="case_id", at=at, ties=["row"])
    pairs = el.directly_follows(log)
    found = counts(pairs)
    steps = ["place order", "send invoice", "pay", "make delivery", "confirm payment"]

    assert (len(pairs), pairs["n"].sum()) == (n_pairs, 6843)
    assert tuple(
        found[pair]
        for pair in (
            ("place order", "send invoice"), ("make delivery", "confirm payment"),
            ("prepare delivery", "confirm payment"), ("send invoice", "pay"),
        )
    ) == expected  # fmt: skip
    assert el.funnel(log, steps)["n"].tolist() == strict
    assert el.funnel(log, steps, strict=False)["n"].tolist() == [1266, 1266, 1125, 1125, 1125]


@needs_reference
def test_lead_time_is_the_published_one():
    """Truths 1.2, first start to last completion in days: mean 24.36357, median 22.37578, p90 33.84260."""
    table = read("order_to_pay_log.csv", "start_time")
    table = table.mutate(complete_time=table.complete_time.cast("timestamp('UTC')").cast("timestamp"))
    by_case = table.group_by("case_id").aggregate(start=table.start_time.min(), end=table.complete_time.max())
    days = by_case.mutate(days=el.hours_between(by_case.start, by_case.end) / 24).days.to_pandas()

    assert (days.mean(), days.median(), days.quantile(0.9)) == pytest.approx((24.36357, 22.37578, 33.84260), abs=1e-5)


@pytest.mark.skipif(not HELPDESK.exists(), reason="needs the help desk log beside the checkout")
def test_the_help_desk_log_gives_the_published_counts_with_ties_in_file_order():
    """Truths 1.3: 4,580 cases, 21,348 events; pm4py and pandas."""
    frame = pd.read_parquet(HELPDESK).rename(columns={"case:concept:name": "case", "concept:name": "activity", "time:timestamp": "at"})
    frame = frame[["case", "activity", "at"]].assign(row=range(len(frame)), at=frame["at"].dt.tz_localize(None))
    log = el.event_log(ibis.memtable(frame), ties=["row"])
    pairs, sums, again = el.directly_follows(log), el.overview(log), el.repetitions(log).set_index("activity")
    first = pairs.iloc[0]

    assert (len(pairs), pairs["n"].sum(), el.variants(log).n_variants) == (55, 16_768, 226)
    assert (first["from_activity"], first["to_activity"], first["n"]) == ("Resolve ticket", "Closed", 4558)
    assert (first["mean_hours"] * 3600, first["median_hours"] * 3600) == pytest.approx((2_538_109.3, 2_592_116), abs=0.1)
    assert counts(pairs)["Wait", "Resolve ticket"] == 773
    assert again.loc[["Assign seriousness", "Resolve ticket", "Wait", "Closed"], "n_self_loops"].tolist() == [439, 254, 113, 14]
    assert sums.n_cases_repeating == 1240
    assert again.loc[["Take in charge ticket", "Assign seriousness", "Wait"], "n_cases_repeating"].tolist() == [623, 394, 194]
    assert (sums.mean_hours * 3600, sums.median_hours * 3600) == pytest.approx((3_530_166.42, 3_443_836.5), abs=0.01)


def test_events_of_one_moment_stand_in_the_order_of_the_tie_column_and_then_of_their_names():
    frame = pd.DataFrame({"case": "x", "activity": ["c", "b", "a"], "at": pd.Timestamp("2025-01-01"), "rank": [1, 2, 2]})

    by_name = el.event_log(ibis.memtable(frame)).order_by("position").activity.to_pandas().tolist()
    by_rank = el.event_log(ibis.memtable(frame), ties=["rank"]).order_by("position").activity.to_pandas().tolist()

    assert (by_name, by_rank) == (["a", "b", "c"], ["c", "a", "b"])


def test_the_rest_of_the_pairs_holds_all_that_is_not_listed():
    """Three cases ab, one ac and one bc: listed ab (3), the rest ac and bc: 2 events, 2 cases of 5."""
    log = log_of("ab ab ab ac bc")
    pairs = el.directly_follows(log)

    rest = el.rest_of_pairs(log, pairs.head(1)).iloc[0]

    assert (rest["n"], rest["n_pairs"], rest["n_cases"], rest["share_of_cases"]) == (2, 2, 2, 0.4)
    assert el.rest_of_pairs(log, pairs).empty


def test_a_strict_funnel_passes_over_what_came_too_early():
    """Case 'bab': b counts after a, at the third place; case 'ba' reaches a only."""
    log = log_of("bab ba b")

    assert el.funnel(log, ["a", "b"])["n"].tolist() == [2, 1]
    assert el.funnel(log, ["a", "b"], strict=False)["n"].tolist() == [2, 3]


words = st.lists(st.text("abc", min_size=1, max_size=8), min_size=1, max_size=8).map(" ".join)


@settings(max_examples=15, deadline=None)
@given(words)
def test_transitions_repeats_and_variants_add_up_to_the_log(text):
    """Each case has one transition less than events; variants cover all cases; a strict funnel never widens."""
    log, case_list = log_of(text), text.split()
    sums, found = el.overview(log), el.variants(log, most=100)

    assert el.directly_follows(log)["n"].sum() == sum(len(case) - 1 for case in case_list)
    assert sums.n_repeats == sum(len(case) - len(set(case)) for case in case_list)
    assert found.frame["coverage"].iloc[-1] == pytest.approx(1)
    strict, loose = (el.funnel(log, ["a", "b", "c"], strict=s)["n"].tolist() for s in (True, False))
    assert strict == sorted(strict, reverse=True)
    assert all(s <= n for s, n in zip(strict, loose, strict=True))
