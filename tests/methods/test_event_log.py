from pathlib import Path

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import event_log as el
from cvclib.methods.working_hours import WorkingHours

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
CLAIMS = SHARED / "reference" / "claims_log.csv"
ORDERS = SHARED / "reference" / "order_to_pay_log.csv"
HELPDESK = SHARED / "data" / "helpdesk_log" / "helpdesk.parquet"
SECONDS_PER_HOUR = 3600


def log_of(text: str) -> ibis.Table:
    """'ab ac' is two cases of two events, a day apart."""
    rows = [
        (str(i), a, pd.Timestamp("2025-01-01") + pd.Timedelta(days=j)) for i, case in enumerate(text.split()) for j, a in enumerate(case)
    ]
    return el.event_log(ibis.memtable(pd.DataFrame(rows, columns=["case", "activity", "at"])))


def read(path: Path, *times: str) -> ibis.Table:
    frame = pd.read_csv(path)
    for column in times:
        frame[column] = pd.to_datetime(frame[column], utc=True).dt.tz_localize(None)
    frame["row"] = range(len(frame))
    return ibis.memtable(frame)


def counts(pairs: pd.DataFrame) -> dict[tuple[str, str], int]:
    return {(r.from_activity, r.to_activity): r.n for r in pairs.itertuples()}


@pytest.fixture(scope="module")
def claims():
    return el.event_log(read(CLAIMS, "timestamp"), case="case_id", at="timestamp")


@pytest.mark.skipif(not CLAIMS.exists(), reason="needs the claims log beside the checkout")
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
            ("check ticket", "examine thoroughly"): (1, 26.6167, 26.6167),
            ("examine thoroughly", "decide"): (1, 21.3167, 21.3167),
            ("register request", "examine thoroughly"): (1, 23.0667, 23.0667),
            ("reinitiate request", "examine casually"): (1, 20.3, 20.3),
            ("reinitiate request", "examine thoroughly"): (1, 0.8, 0.8),
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

    def test_costs_what_was_published_by_case_and_by_activity(self, claims):
        frame = claims.select("case", "activity", "cost").to_pandas()

        assert frame.groupby("case")["cost"].sum().tolist() == [950, 950, 1850, 950, 2750, 950]
        assert frame.groupby("activity")["cost"].sum().tolist() == [900, 1800, 2400, 1200, 600, 300, 600, 600]

    def test_hands_work_over_as_pm4py_counts_it(self):
        """Truths 4.3: 36 handovers, 4 of them to oneself: rows from, columns to."""
        log = el.event_log(read(CLAIMS, "timestamp"), case="case_id", activity="resource", at="timestamp")
        matrix = el.directly_follows(log).pivot_table(index="from_activity", columns="to_activity", values="n", fill_value=0)

        assert matrix.to_numpy().tolist() == [
            [0, 3, 0, 1, 0, 0], [2, 1, 1, 3, 2, 0], [0, 2, 0, 3, 0, 1], [4, 2, 1, 3, 1, 1], [0, 0, 1, 2, 0, 0], [0, 1, 1, 0, 0, 0],
        ]  # fmt: skip


@pytest.mark.skipif(not ORDERS.exists(), reason="needs the order-to-pay log beside the checkout")
class TestTheOrderToPayLog:
    """Truths 1.2: 1,266 orders, 8,109 events with start and completion; pm4py, retentioneering and pandas."""

    STEPS = ("place order", "send invoice", "pay", "make delivery", "confirm payment")

    @pytest.fixture
    def table(self):
        return read(ORDERS, "start_time", "complete_time")

    @staticmethod
    def ordered(table: ibis.Table, order: str) -> ibis.Table:
        return el.event_log(table, case="case_id", at="start_time", completed_at="complete_time", order=order, ties=["row"]).cache()

    @pytest.mark.parametrize(
        ("order", "n_pairs", "expected", "starts", "strict"),
        [
            ("start", 14, (1258, 895, 230, 638), {"place order": 1266}, [1266, 1266, 1117, 1117, 889]),
            ("completion", 15, (1257, 861, 264, 637), {"place order": 1265, "send invoice": 1}, [1266, 1265, 1116, 1116, 855]),
        ],
    )
    def test_gives_the_figures_of_either_ordering(self, table, order, n_pairs, expected, starts, strict):
        log = self.ordered(table, order)
        pairs = el.directly_follows(log)
        found = counts(pairs)
        first = el.starts_and_ends(log).set_index("activity")["n_starts"]

        assert (len(pairs), pairs["n"].sum()) == (n_pairs, 6843)
        assert tuple(
            found[pair]
            for pair in (
                ("place order", "send invoice"), ("make delivery", "confirm payment"),
                ("prepare delivery", "confirm payment"), ("send invoice", "pay"),
            )
        ) == expected  # fmt: skip
        assert first[first > 0].to_dict() == starts
        assert el.funnel(log, self.STEPS)["n"].tolist() == strict
        assert el.funnel(log, self.STEPS, strict=False)["n"].tolist() == [1266, 1266, 1125, 1125, 1125]

    def test_lasts_as_long_as_published(self, table):
        days = el.cases(self.ordered(table, "start")).duration_hours.to_pandas() / 24
        quantiles = days.quantile([0.25, 0.5, 0.75, 0.9]).tolist()

        assert (days.mean(), days.std(), days.min(), days.max()) == pytest.approx((24.36357, 6.68686, 13.77103, 53.84288), abs=1e-5)
        assert quantiles == pytest.approx([19.97111, 22.37578, 27.60230, 33.84260], abs=1e-5)

    def test_delivers_as_fast_as_published(self, table):
        """From an order's start to the completion of its delivery, 1,125 orders."""
        delivered = table.filter(table.activity == "make delivery").group_by("case_id").aggregate(done=lambda t: t.complete_time.max())
        placed = table.group_by("case_id").aggregate(begun=table.start_time.min())
        both = placed.join(delivered, "case_id")
        days = both.mutate(days=el.hours_between(both.begun, both.done) / 24).days.to_pandas()

        assert (len(days), days.mean(), days.median(), days.quantile(0.9)) == pytest.approx((1125, 23.76274, 21.96594, 32.83359), abs=1e-5)

    def test_is_worked_on_as_long_as_published(self, table):
        times = el.times_by_activity(el.with_idle(self.ordered(table, "completion"))).set_index("activity")

        assert (times["mean_service_hours"] * SECONDS_PER_HOUR).to_dict() == pytest.approx({
            "place order": 2521.849, "send invoice": 803.079, "send reminder": 1212.082, "pay": 720.878, "prepare delivery": 1758.435,
            "make delivery": 2111.221, "confirm payment": 843.279, "cancel order": 1100.922,
        }, abs=1e-3)  # fmt: skip
        assert times.loc[["send reminder", "cancel order"], "n"].tolist() == [936, 141]

    def test_idle_and_working_time_make_up_the_lead_time(self, table):
        spent = el.time_spent(el.with_idle(self.ordered(table, "start")))

        assert spent.lead / 24 == pytest.approx(24.36357, abs=1e-5)
        assert 0 < spent.working < 4 and spent.working + spent.idle == pytest.approx(spent.lead)


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
    timed = pairs.set_index(["from_activity", "to_activity"])
    for pair, figures in {
        ("Assign seriousness", "Take in charge ticket"): (4160, 323_078.5, 21_926.5),
        ("Take in charge ticket", "Resolve ticket"): (3563, 295_563.9, 9_758),
        ("Wait", "Resolve ticket"): (773, 997_295.2, 780_301),
    }.items():
        n, mean, median = timed.loc[pair, ["n", "mean_hours", "median_hours"]]
        assert (n, mean * 3600, median * 3600) == pytest.approx(figures, abs=0.1)
    assert counts(pairs)["Take in charge ticket", "Wait"] == 1265
    assert again["n_self_loops"][again["n_self_loops"] > 5].to_dict() == {
        "Assign seriousness": 439, "Resolve ticket": 254, "Wait": 113, "Take in charge ticket": 99, "Require upgrade": 16, "Closed": 14,
    }  # fmt: skip
    assert sums.n_cases_repeating == 1240
    assert again["n_cases_repeating"][again["n_cases_repeating"] > 0].to_dict() == {
        "Take in charge ticket": 623, "Assign seriousness": 394, "Resolve ticket": 386, "Wait": 194, "Closed": 15, "Require upgrade": 15,
        "Create SW anomaly": 8, "Resolve SW anomaly": 5,
    }  # fmt: skip
    seconds = el.cases(log).duration_hours.to_pandas() * 3600
    assert seconds.quantile([0.25, 0.75]).tolist() == pytest.approx([2_851_448.5, 3_974_988])
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


def intervals(text: str, start: str = "2025-03-03") -> pd.DataFrame:
    """'a9-12 b10-11' is one case: a from 9 to 12 o'clock and b within it."""
    rows = []
    for part in text.split():
        begin, end = (pd.Timestamp(start) + pd.Timedelta(hours=float(x)) for x in part[1:].split("-"))
        rows.append(("x", part[0], begin, end))
    return pd.DataFrame(rows, columns=["case", "activity", "at", "done"]).assign(row=range(len(rows)))


class TestEventsWithStartAndCompletion:
    def test_one_ordering_holds_for_pairs_starts_ends_and_funnels_alike(self):
        """a runs 9 to 14, b 10 to 11: a starts first, b is completed first."""
        table = ibis.memtable(intervals("a9-14 b10-11"))
        for order, first, second in (("start", "a", "b"), ("completion", "b", "a")):
            log = el.event_log(table, completed_at="done", order=order)
            pair = el.directly_follows(log).iloc[0]
            ends = el.starts_and_ends(log).set_index("activity")

            assert (pair["from_activity"], pair["to_activity"]) == (first, second)
            assert (ends.loc[first, "n_starts"], ends.loc[second, "n_ends"]) == (1, 1)
            assert el.funnel(log, [first, second])["n"].tolist() == [1, 1]
            assert el.funnel(log, [second, first])["n"].tolist() == [1, 0]
            assert el.variants(log).frame["path"].tolist() == [(first, second)]

    @pytest.mark.parametrize(
        ("events", "lead", "working"),
        [
            ("a9-10 b12-13", 4, 2),  # one after the other, two hours idle
            ("a9-12 b10-11", 3, 3),  # one within the other: its hour does not count twice
            ("a9-12 b11-14", 5, 5),  # overlapping
            ("a9-13 b10-11 c12-15 d17-18", 9, 7),  # c starts after b is done but while a still runs
            ("a9-9 b11-11", 2, 0),  # one time each: all is idle
        ],
    )
    def test_working_time_is_the_union_of_the_events_and_idle_time_the_rest(self, events, lead, working):
        for order in ("start", "completion"):
            log = el.with_idle(el.event_log(ibis.memtable(intervals(events)), completed_at="done", order=order))
            spent = el.time_spent(log)

            assert (spent.lead, spent.working, spent.idle) == pytest.approx((lead, working, lead - working))

    def test_the_time_to_the_next_is_idle_time_and_never_below_zero(self):
        """a 9 to 10, b 12 to 15, c 13 to 14: two hours before b; c starts while b runs."""
        log = el.event_log(ibis.memtable(intervals("a9-10 b12-15 c13-14")), completed_at="done")

        assert log.order_by("position").hours_to_next.to_pandas().tolist()[:2] == [2, 0]

    def test_an_event_without_a_completion_or_with_one_before_its_start_takes_no_time(self):
        frame = intervals("a9-10 b12-11 c13-14")
        frame.loc[0, "done"] = pd.NaT
        log = el.with_idle(el.event_log(ibis.memtable(frame), completed_at="done"))

        assert el.times_by_activity(log).set_index("activity")["mean_service_hours"].to_dict() == {"a": 0, "b": 0, "c": 1}

    def test_events_completed_together_stand_as_they_started(self):
        log = el.event_log(ibis.memtable(intervals("b9-12 a10-12")), completed_at="done", order="completion")

        assert log.order_by("position").activity.to_pandas().tolist() == ["b", "a"]

    def test_an_unknown_ordering_is_refused(self):
        with pytest.raises(ValueError, match="'start' or 'completion'"):
            el.event_log(ibis.memtable(intervals("a9-10")), completed_at="done", order="end")

    def test_durations_can_be_counted_in_working_hours(self):
        """Friday 7 March 15 to 16, then Monday 10 to 11; open 9 to 17: an hour on Friday and one on Monday lie between."""
        friday = intervals("a15-16 b82-83", start="2025-03-07")
        between = WorkingHours().between
        log = el.event_log(ibis.memtable(friday), completed_at="done", between=between)
        spent = el.time_spent(el.with_idle(log, between), between)

        assert el.directly_follows(log)["median_hours"].tolist() == [2]
        assert (spent.lead, spent.working, spent.idle) == (4, 2, 2)
        assert el.overview(log, between).mean_hours == 4


stretches = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), min_size=1, max_size=8)


@settings(max_examples=20, deadline=None)
@given(stretches)
def test_working_time_is_what_counting_hour_by_hour_gives(spans):
    frame = intervals(" ".join(f"a{start}-{start + length}" for start, length in spans))
    busy = {hour for start, length in spans for hour in range(start, start + length)}
    first, last = min(s for s, _ in spans), max(s + n for s, n in spans)

    spent = el.time_spent(el.with_idle(el.event_log(ibis.memtable(frame), completed_at="done", ties=["row"])))

    assert (spent.lead, spent.working) == pytest.approx((last - first, len(busy)))


def test_self_loops_are_told_from_other_repetitions_by_case():
    """aab loops at once, aba comes back later, abc does neither."""
    sums = el.overview(log_of("aab aba abc"))

    assert (sums.n_cases_looping, sums.n_cases_repeating, sums.n_repeats) == (1, 2, 2)


def test_variants_as_frequent_as_each_other_stand_by_the_first_case_that_takes_them():
    found = el.variants(log_of("b ab b a ab a"), most=2)

    assert found.frame["path"].tolist() == [("b",), ("a", "b")]
    assert (found.n_variants, found.frame["coverage"].tolist()) == (3, pytest.approx([1 / 3, 2 / 3]))


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
