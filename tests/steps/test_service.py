"""Tickets by hand: those open are censored, groups compared as one family, reopened ones counted."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.exhibits import Figure, Table
from cvclib.findings import Gap
from cvclib.methods import survival
from cvclib.steps import performance_evaluation, service
from cvclib.steps.service_exhibits import service_findings
from cvclib.tables import TABLES


def client_of(tickets, **settings):
    frame = pd.DataFrame(tickets)
    return Client.from_frames({"tickets": frame.assign(ticket_id=[str(i) for i in range(len(frame))])}, **settings)


OPENED = ["2025-03-01 08:00"] * 12


def test_an_open_ticket_is_censored_and_not_dropped():
    """6 of 12 solved after 10 hours, 3 of the 6 left after 48; the last 3 are open at the end of what was seen."""
    client = client_of({"opened_at": OPENED, "closed_at": ["2025-03-01 18:00"] * 6 + ["2025-03-03 08:00"] * 3 + [None] * 3})
    curve = service.service_curve(client, kind="solved")
    assert survival.survival_at(curve, 10).value == pytest.approx(0.5)
    assert survival.survival_at(curve, 48).value == pytest.approx(0.25)


def test_a_first_answer_counts_to_a_tenth_of_an_hour():
    client = client_of({"opened_at": OPENED, "first_response_at": ["2025-03-01 08:33"] * 12})
    assert service.service_waits(client, kind="answered")["hours"].tolist() == [0.5]


def test_a_ticket_closed_without_an_answer_leaves_the_count_when_it_is_closed():
    client = client_of({
        "opened_at": OPENED, "first_response_at": ["2025-03-01 10:00"] * 6 + [None] * 6, "closed_at": ["2025-03-01 11:00"] * 12,
    })  # fmt: skip
    frame = service.service_waits(client, kind="answered")
    assert frame[["hours", "end", "n"]].to_numpy().tolist() == [[2.0, "answered", 6], [3.0, "", 6]]


def by_topic(hours_longer, n=60):
    rng = np.random.default_rng(8)
    hours = np.r_[rng.exponential(5, n), rng.exponential(5 + hours_longer, n)]
    opened = pd.Timestamp("2025-03-01") + pd.to_timedelta(rng.integers(0, 100, 2 * n), unit="D")
    return client_of({"opened_at": opened, "closed_at": opened + pd.to_timedelta(hours, unit="h"), "topic": ["Bill"] * n + ["Damage"] * n})


def test_a_topic_that_takes_longer_is_found():
    claims = [f.claim for f in service_findings(by_topic(15))]
    assert any("Topic Damage: tickets are solved later" in claim for claim in claims)
    assert isinstance(performance_evaluation.service_table(by_topic(15)), Table)


def test_topics_alike_are_not_told_apart():
    assert service_findings(by_topic(0)) == []
    assert "beyond what chance explains" in performance_evaluation.read_service(by_topic(0)).text


def test_the_figure_tells_hours_or_days_by_what_is_usual():
    quick = client_of({"opened_at": OPENED, "closed_at": ["2025-03-01 18:00"] * 12})
    slow = client_of({"opened_at": OPENED, "closed_at": ["2025-03-11 08:00"] * 12})
    assert "within 10.0 hours" in performance_evaluation.read_service(quick).text
    assert "within 10.0 days" in performance_evaluation.read_service(slow).text
    assert isinstance(performance_evaluation.service_figure(quick), Figure)


def test_without_times_the_gap_says_what_to_supply():
    client = client_of({"opened_at": OPENED})
    assert isinstance(performance_evaluation.service_figure(client), Gap)
    assert performance_evaluation.read_service(client) is None
    assert service_findings(client) == []


@pytest.mark.skipif("reopened_at" not in TABLES["tickets"].column_names, reason="the tables do not hold reopened tickets")
def test_the_share_opened_again_is_of_the_closed_ones():
    """3 of the 10 closed came back; the 2 still open cannot yet."""
    client = client_of({
        "opened_at": OPENED, "closed_at": ["2025-03-02"] * 10 + [None] * 2, "reopened_at": ["2025-03-05"] * 3 + [None] * 9,
    })  # fmt: skip
    again = service.reopened_share(client)
    assert (again.value, again.n) == (0.3, 10)
    assert "were opened again" in performance_evaluation.read_service(client).text
