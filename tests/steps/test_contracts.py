"""Contracts: stays and losses counted by hand, silence on noise, and what cannot be seen said."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.findings import Gap
from cvclib.steps import contract_exhibits as exhibits
from cvclib.steps import contracts as step


def contracts(*rows):
    made = pd.DataFrame(rows, columns=["customer_id", "started_at", "ended_at", "monthly_revenue"])
    return made.assign(started_at=pd.to_datetime(made["started_at"]), ended_at=pd.to_datetime(made["ended_at"]))


def client_of(frame, segments=None, **settings):
    frames = {"subscriptions": frame}
    if segments is not None:
        frames["customers"] = pd.DataFrame({"customer_id": list(segments), "segment": list(segments.values())})
    return Client.from_frames(frames, **settings)


def random_contracts(rng, n, monthly_loss, early=1.0):
    """Contracts of whole months from the first of a month, lost at one rate a month, `early` times that in the first three."""
    first = pd.Timestamp("2024-01-01")
    begins = rng.integers(0, 24, n)
    lives = np.array(
        [next((m for m in range(1, 60) if rng.random() < rate * (early if m <= 3 else 1)), 60) for rate in np.broadcast_to(monthly_loss, n)]
    )
    rows = []
    for i, (month, life) in enumerate(zip(begins, lives, strict=True)):
        end = first + pd.DateOffset(months=int(month + life)) - pd.Timedelta(days=1)
        rows.append((f"C{i}", first + pd.DateOffset(months=int(month)), end if end < pd.Timestamp("2026-01-01") else pd.NaT, 10.0))
    return contracts(*rows)


def test_whole_months_are_whole_whatever_their_days():
    """1 February to 28 February is one month, 15 January to 14 March two; one that runs is followed to the end of the period."""
    client = client_of(contracts(("a", "2025-02-01", "2025-02-28", 1), ("b", "2025-01-15", "2025-03-14", 1), ("c", "2025-07-01", None, 1)))
    rows = step.stays(client)
    assert sorted(zip(rows["months"], rows["happened"], strict=True)) == [(1.0, True), (2.0, True), (6.0, False)]


def test_a_contract_renewed_within_a_month_is_one_stay():
    client = client_of(contracts(
        ("a", "2025-01-01", "2025-03-31", 1), ("a", "2025-04-01", "2025-06-30", 1),  # goes on
        ("b", "2025-01-01", "2025-01-31", 1), ("b", "2025-06-01", None, 1),  # left, and came back
    ))  # fmt: skip
    rows = step.stays(client)
    assert sorted(zip(rows["months"], rows["happened"], strict=True)) == [(1.0, True), (6.0, True), (7.0, False)]


def test_an_end_after_the_period_has_not_happened_yet():
    rows = step.stays(client_of(contracts(("a", "2025-10-01", "2026-02-28", 1))))
    assert rows[["months", "happened"]].to_numpy().tolist() == [[3.0, False]]


def test_losses_by_age_divide_by_the_months_run_at_that_age():
    """Four stays of 2 (lost), 3, 5 (lost) and 8 months: 2 + 3 + 3 + 3 months up to 3, then 2 + 3, then 2."""
    counted = pd.DataFrame({"segment": "", "months": [2.0, 3, 5, 8], "happened": [True, False, True, False], "n": 1})
    losses = step.losses_by_age(counted).set_index("age")
    assert losses["months"].to_dict() == {"1–3": 11.0, "4–6": 5.0, "7–12": 2.0}
    assert losses["lost"].tolist() == [1, 1, 0]


def test_revenue_kept_is_that_of_the_customers_there_at_the_beginning():
    """Before: a 10, b 20, c 30. After: a 10, b left, c 40 with a second contract; d is new. Gross 40/60, net 50/60."""
    client = client_of(contracts(
        ("a", "2024-01-01", None, 10), ("b", "2024-01-01", "2025-06-30", 20), ("c", "2024-01-01", None, 30), ("c", "2025-05-01", None, 10),
        ("d", "2025-03-01", None, 99),
    ))  # fmt: skip
    kept = step.kept_in_period(client)
    assert kept.gross.value == pytest.approx(40 / 60)
    assert kept.net.value == pytest.approx(50 / 60)
    assert kept.lost.n == 1


def test_without_prices_there_is_a_loss_rate_and_no_revenue_kept():
    frame = contracts(("a", "2024-01-01", None, None), ("b", "2024-01-01", "2025-06-30", None)).drop(columns="monthly_revenue")
    kept = step.kept_in_period(client_of(frame))
    assert kept.gross is None
    assert kept.lost.value == pytest.approx(1 / ((365 + 181) / 30.4375))


def test_losses_that_fall_early_are_found_and_even_ones_are_not():
    rng = np.random.default_rng(1)
    early = exhibits.contract_findings(client_of(random_contracts(rng, 500, 0.04, early=4)))
    assert [f.claim for f in early if "lost early" in f.claim]
    named = [
        bool(
            exhibits.contract_findings(
                client_of(random_contracts(np.random.default_rng([5, s]), 150, 0.06), {f"C{i}": f"S{i % 3}" for i in range(150)})
            )
        )
        for s in range(20)
    ]
    assert sum(named) <= 3  # 5% of 20 is 1; four or more has a probability below 2%


def test_a_segment_that_leaves_sooner_is_named_against_those_it_was_compared_with():
    rng = np.random.default_rng(2)
    segment = np.array(["Leaves", "Stays", "Stays too"])[np.arange(600) % 3]
    frame = random_contracts(rng, 600, np.where(segment == "Leaves", 0.15, 0.04))
    client = client_of(frame, {f"C{i}": s for i, s in enumerate(segment)})
    claims = [f.claim for f in exhibits.contract_findings(client) if "contracts run" in f.claim]
    assert len(claims) == 1 and claims[0].startswith("Leaves: contracts run shorter than those of the other segments")


def test_contracts_that_ended_before_the_records_begin_are_said_to_be_missing():
    rows = [(f"C{i}", f"20{10 + i % 14}-01-01", "2025-12-15" if i % 3 == 0 else None, 1) for i in range(60)]
    assert "seem not to be in the data" in exhibits.read_staying(client_of(contracts(*rows))).text


def test_without_contracts_it_is_said_that_there_are_none():
    orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2025-03-01"]})
    assert "No contracts" in exhibits.staying_figure(Client.from_frames({"orders": orders})).text
    survey = pd.DataFrame({"response_id": ["1"], "metric": ["nps"], "score": [9]})
    assert isinstance(exhibits.staying_figure(Client.from_frames({"survey": survey})), Gap)
    assert isinstance(exhibits.staying_figure(client_of(contracts(("a", "2025-01-01", None, 1)))), Reading)


def test_the_figure_takes_contracts_of_which_none_has_ended():
    rows = [(f"C{i}", "2025-01-01", None, 1) for i in range(50)]
    client = client_of(contracts(*rows))
    assert isinstance(exhibits.staying_figure(client), Figure)
    assert "Fewer than half" in exhibits.read_staying(client).text
