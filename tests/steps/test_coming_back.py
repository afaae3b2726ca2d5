"""Who comes back: counted by hand, silent on noise, and true to what is planted."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.steps import coming_back as step
from cvclib.steps import coming_back_exhibits as exhibits


def orders(*rows):
    made = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    return made.assign(order_id=np.arange(len(made)).astype(str), ordered_at=pd.to_datetime(made["ordered_at"]))


def client_of(frame, segments=None, **settings):
    frames = {"orders": frame}
    if segments is not None:
        frames["customers"] = pd.DataFrame({"customer_id": list(segments), "segment": list(segments.values())})
    return Client.from_frames(frames, **settings)


def random_orders(rng, n_customers, gap_days, until="2026-01-01"):
    """Customers who come in over two years and order again after exponential gaps."""
    rows = []
    for i in range(n_customers):
        at = pd.Timestamp("2024-01-01") + pd.Timedelta(days=float(rng.uniform(0, 700)))
        for _ in range(4):
            if at >= pd.Timestamp(until):
                break
            rows.append((f"C{i}", at))
            at += pd.Timedelta(days=float(rng.exponential(gap_days[i])) + 1)
    return orders(*rows)


def test_the_wait_runs_from_order_to_order_and_is_cut_off_by_the_end_of_the_period():
    """a: 10 days to the second order, then 345 without a third; b: 364 days without a second."""
    client = client_of(orders(("a", "2025-01-10"), ("a", "2025-01-20"), ("b", "2025-01-01")))
    rows = step.waits(client)[["step", "happened", "days"]].to_numpy().tolist()
    assert sorted(rows) == [[step.SECOND, False, 364], [step.SECOND, True, 10], [step.THIRD, False, 345]]


def test_orders_of_one_day_are_one_and_cancelled_orders_none():
    frame = orders(("a", "2025-01-10 09:00"), ("a", "2025-01-10 17:00"), ("a", "2025-02-10 09:00"))
    frame["cancelled_at"] = [pd.NaT, pd.NaT, pd.Timestamp("2025-02-11")]
    rows = step.waits(client_of(frame))
    assert not rows["happened"].any()
    assert rows["n"].sum() == 1


def test_orders_after_the_period_are_not_known_yet():
    rows = step.waits(client_of(orders(("a", "2025-01-10"), ("a", "2026-02-10"))))
    assert rows["happened"].tolist() == [False]


def test_months_are_taken_together_where_they_are_many():
    rng = np.random.default_rng(1)
    frame = random_orders(rng, 600, np.full(600, 100.0))
    two_years = step.cohorts(client_of(frame))
    assert (two_years.cohort_months, two_years.span_months) == (1, 3)
    assert two_years.table.shape[1] <= step.MOST_SPANS + 1
    few = step.cohorts(client_of(frame[frame["customer_id"].str.endswith("7")]))  # some two a month
    assert (few.cohort_months, few.span_months) == (3, 3)
    year = step.cohorts(client_of(frame[frame["ordered_at"] >= "2025-01-01"]))
    assert (year.cohort_months, year.span_months) == (1, 1)
    early = client_of(pd.concat([frame, orders(("old", "2010-05-01"))], ignore_index=True).assign(order_id=lambda f: f.index.astype(str)))
    found = step.cohorts(early)
    assert (found.cohort_months, found.span_months) == (12, 12)


def test_the_segment_that_comes_back_later_is_the_only_one_named():
    """Slow waits three times as long; without it set aside, the others would look quick against the rest."""
    rng = np.random.default_rng(2)
    names = np.array(["Slow", "One", "Two", "Three"])[np.arange(800) % 4]
    frame = random_orders(rng, 800, np.where(names == "Slow", 300.0, 100.0))
    client = client_of(frame, {f"C{i}": name for i, name in enumerate(names)})
    (finding,) = exhibits.coming_back_findings(client)
    assert finding.claim.startswith("Slow:") and finding.kind == "problem"
    assert "Slow" in exhibits.read_next_order(client).text


def test_two_segments_that_differ_are_told_once():
    rng = np.random.default_rng(3)
    names = np.array(["Slow", "Quick"])[np.arange(500) % 2]
    client = client_of(random_orders(rng, 500, np.where(names == "Slow", 300.0, 80.0)), {f"C{i}": name for i, name in enumerate(names)})
    assert len(exhibits.coming_back_findings(client)) == 1


def test_segments_that_do_not_differ_are_not_named():
    named = 0
    for seed in range(20):
        rng = np.random.default_rng([9, seed])
        segments = {f"C{i}": f"S{i % 4}" for i in range(150)}
        named += bool(exhibits.coming_back_findings(client_of(random_orders(rng, 150, np.full(150, 150.0)), segments)))
    assert named <= 3  # 5% of 20 is 1; four or more has a probability below 2%


def test_where_nothing_has_happened_the_interval_is_not_nought():
    """Of 30 followed 100 days none has ordered: Wilson's lower end for 30 of 30."""
    curve = step.curve_of(pd.DataFrame({"days": [100.0], "happened": [False], "n": [30]}), "days")
    ((_, estimate),) = step.estimates_at(curve, (90,), 10)
    assert estimate.value == 1 and estimate.low == pytest.approx(0.8865, abs=1e-4)


@pytest.mark.parametrize("n_segments", [1, 12])
def test_the_figures_take_one_segment_and_many(n_segments):
    rng = np.random.default_rng(4)
    client = client_of(
        random_orders(rng, 400, np.full(400, 100.0)), {f"C{i}": f"A segment with a long name {i % n_segments}" for i in range(400)}
    )
    for exhibit in (exhibits.cohort_figure, exhibits.next_order_figure):
        assert isinstance(exhibit(client), Figure)


def test_one_order_is_said_to_be_too_few():
    client = client_of(orders(("a", "2025-03-01")))
    assert isinstance(exhibits.cohort_figure(client), Reading)
    assert isinstance(exhibits.next_order_figure(client), Reading)


def test_groups_too_small_to_show_are_left_out():
    rng = np.random.default_rng(5)
    frame = random_orders(rng, 60, np.full(60, 60.0))
    client = client_of(frame, report={"minimum_group": 4})
    figure = exhibits.cohort_figure(client)
    assert figure.data.frame["customers"].min() >= 4
