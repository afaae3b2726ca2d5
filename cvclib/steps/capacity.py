"""What more capacity would do to the wait for an answer: tickets as a queue.

Tickets come in, wait their turn, and get their first answer. From how many come and how long they wait follows how busy the desk is,
and what more capacity would do. That holds only where they wait for each other: tickets that find more others waiting must wait longer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.queueing import BATCHES, STEADY_FROM, MoreCapacity, more_capacity
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError

WHOLE = "All tickets"
FEWEST_TICKETS = 10 * BATCHES  # ten a part of the period, on average
SURE = 0.05  # corrected p value below which tickets are said to wait for each other
LATE_SHARE = 0.05  # of tickets not answered yet, from which on the wait is said to be longer than it seems
SECONDS_AN_HOUR, HOURS_A_DAY = 3_600, 24


@dataclass(frozen=True)
class Queue:
    """One desk as a queue.

    Parameters
    ----------
    group : str
        The department, or all tickets.
    result : MoreCapacity
        Times in hours.
    p_adjusted : float
        Of the wait not growing with the number of tickets found waiting, corrected over the desks.
    follows : float
        Rank correlation of the wait with that number.
    unanswered : float
        Share of tickets not answered by the period's end.
    """

    group: str
    result: MoreCapacity
    p_adjusted: float
    follows: float
    unanswered: float

    @property
    def queues(self) -> bool:
        """Whether tickets are seen to wait for each other; else capacity is not what they wait for."""
        return bool(self.p_adjusted < SURE and self.follows > 0)

    @property
    def steady(self) -> bool:
        """Whether the period is long enough against the queue's memory for the intervals to hold."""
        return self.result.relaxations >= STEADY_FROM


@once_per_client
def queues(client: Client, *, more: float = 0.10, people: int = 1) -> list[Queue]:
    """Tickets of the period as queues, with what more capacity would do: each department, for each has a queue of its own.

    Parameters
    ----------
    client : Client
        With ``tickets.opened_at`` and ``tickets.first_response_at``.
    more : float
        Share by which capacity grows; not used where `people` are known.
    people : int
        Who answer at each desk. With 1 all capacity is taken as one; with more, one person is added.

    Returns
    -------
    list of Queue
        Departments by name; those with too few tickets are left out. All tickets as one where no two departments are known, or none has enough.

    Raises
    ------
    MissingDataError
        If tickets have no time of the first answer.
    TooFewAnswersError
        If there are too few tickets.

    Notes
    -----
    Times between arrivals are taken within a day, as nights and weekends are not gaps of chance. A ticket not answered by the period's end
    counts with the wait so far. Unanswered but closed tickets are left out.
    """
    client.require("tickets.first_response_at")
    frame = _tickets(client)
    departments = [(name, part) for name, part in frame.groupby("department") if len(part) >= FEWEST_TICKETS]
    desks = departments if frame["department"].nunique() > 1 and departments else [(WHOLE, frame)]
    hours = client.period.days * HOURS_A_DAY
    made = [(name, part, _capacity(part, hours, more, people)) for name, part in desks if len(part) >= FEWEST_TICKETS]
    made = [(name, part, result) for name, part, result in made if result is not None]
    if not made:
        raise TooFewAnswersError(
            f"{len(frame):,} tickets of the period have a known wait; it takes {FEWEST_TICKETS} to see how they queue."
        )
    follows = [_follows(part) for _, part, _ in made]
    p = shares.benjamini_hochberg([p for _, p in follows])
    return [
        Queue(str(name), result, float(adjusted), rho, float(part["open"].mean()))
        for (name, part, result), (rho, _), adjusted in zip(made, follows, p, strict=True)
    ]


def _tickets(client: Client) -> pd.DataFrame:
    """Hours from the period's start to opening and first answer, in order of opening."""
    rows = client.in_period(client.tables.tickets, "opened_at")
    frame = rows.select("opened_at", "first_response_at", "closed_at", "department").order_by("opened_at").to_pandas()
    start, until = pd.Timestamp(client.period.start), pd.Timestamp(client.period.until)
    answered = frame["first_response_at"].where(frame["first_response_at"] < until)
    known = answered.notna() | frame["closed_at"].isna() | (frame["closed_at"] >= until)
    frame = frame.assign(open=answered.isna(), end=answered.fillna(until))[known]
    hours = {
        name: (frame[column] - start).dt.total_seconds() / SECONDS_AN_HOUR for name, column in (("opened", "opened_at"), ("ended", "end"))
    }
    frame = frame.assign(**hours)
    return frame.assign(wait=(frame["ended"] - frame["opened"]).clip(lower=0))


def _capacity(frame: pd.DataFrame, hours: float, more: float, people: int) -> MoreCapacity | None:
    opened, wait = frame["opened"].to_numpy(float), frame["wait"].to_numpy(float)
    part = np.minimum((opened / hours * BATCHES).astype(int), BATCHES - 1)
    between = np.diff(opened)
    same_day = opened[1:] // HOURS_A_DAY == opened[:-1] // HOURS_A_DAY
    gaps = [
        np.bincount(part[1:][same_day], values, BATCHES) for values in (np.ones(same_day.sum()), between[same_day], between[same_day] ** 2)
    ]
    counts, waits = np.bincount(part, minlength=BATCHES), np.bincount(part, wait, BATCHES)
    if (counts > 0).sum() < 3 or not waits.sum() > 0 or gaps[0].sum() - gaps[0].max() < 2 or not gaps[1].sum() - gaps[1].max() > 0:
        return None
    growth = {"servers": people, "added": 1, "faster": 0.0} if people > 1 else {"faster": more}
    return more_capacity(counts, waits, gaps=tuple(gaps), batch_time=hours / BATCHES, **growth)


def _follows(frame: pd.DataFrame) -> tuple[float, float]:
    """Rank correlation of the wait with the tickets found waiting, and its one-sided p value."""
    opened, ended = frame["opened"].to_numpy(float), np.sort(frame["ended"].to_numpy(float))
    waiting = np.arange(len(opened)) - np.searchsorted(ended, opened, side="left")  # left: not its own end, where it did not wait
    if np.ptp(waiting) == 0 or np.ptp(frame["wait"]) == 0:
        return 0.0, 1.0
    found = stats.spearmanr(waiting, frame["wait"], alternative="greater")
    return float(found.statistic), float(found.pvalue)
