"""The same touch recorded in two systems: which touchpoints several systems record, and how many touches stand twice."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.shares import share
from cvclib.steps.data_words import n_of
from cvclib.steps.memo import once_per_client
from cvclib.steps.systems import system_coverage
from cvclib.wording import joined, label, number, with_evidence

STEP = "technology_integration"
TWICE = "Touchpoints that several systems record, and touches that stand twice"
QUESTION = "Which touches are entered twice?"
BRINGS = "It would show where work is done twice, and where a touch is counted twice."
WINDOW_MINUTES = 60  # two systems seldom stamp one touch at the same minute; the clerk enters it after the call
WORTH_TELLING = 0.01  # share of touches that stand twice from which, with the whole interval, it is a finding


@once_per_client
def double_entry(client: Client, window_minutes: int = WINDOW_MINUTES) -> pd.DataFrame:
    """Touches of the period that two systems recorded, by touchpoint.

    Parameters
    ----------
    client : Client
    window_minutes : int
        Two records of one customer at one touchpoint, from two systems, no further apart than this, are taken for
        one touch. Where either bears a day without an hour, the same day will do.

    Returns
    -------
    pandas.DataFrame
        ``touchpoint, systems`` (those seen, joined), ``n`` (records that name a system), ``n_twice`` (records that
        repeat the one just before, from another system), ``share, low, high``, ``median_minutes`` between the two,
        ``n_again`` (records that repeat the one just before from the *same* system: how often customers truly come
        back so soon). Only touchpoints that two systems or more record; most twice first.

    Raises
    ------
    MissingDataError
        If the interactions name no system.
    """
    client.require("interactions.system")
    touches = client.in_period(client.tables.interactions, "at")
    touches = touches.filter(touches.system.notnull(), touches.customer_id.notnull())
    before = ibis.window(group_by=["customer_id", "touchpoint"], order_by=["at", "system"])
    pairs = touches.select(
        "touchpoint", "system", "at", last_system=touches.system.lag().over(before), last_at=touches["at"].lag().over(before)
    )
    minutes = (pairs["at"].epoch_seconds() - pairs.last_at.epoch_seconds()) / 60
    only_day = (pairs["at"] == pairs["at"].truncate("D")) | (pairs.last_at == pairs.last_at.truncate("D"))
    near = (minutes <= window_minutes) | (only_day & (pairs["at"].date() == pairs.last_at.date()))
    twice = (near & (pairs.system != pairs.last_system)).fill_null(False)
    again = (near & (pairs.system == pairs.last_system)).fill_null(False)
    counted = pairs.mutate(twice=twice, again=again, apart=ibis.cases((twice, minutes), else_=ibis.null("float64")))
    frame = counted.group_by("touchpoint").agg(
        n=_.count(), n_twice=_.twice.ifelse(1, 0).sum(), n_again=_.again.ifelse(1, 0).sum(), median_minutes=_.apart.median(),
        n_systems=_.system.nunique(), systems=_.system.collect(distinct=True),
    ).filter(_.n_systems > 1).to_pandas()  # fmt: skip
    shares = [share(int(row.n_twice), int(row.n))[:3] for row in frame.itertuples()]
    frame = frame.assign(
        systems=[joined(sorted(names)) for names in frame["systems"]], **dict(zip(("share", "low", "high"), zip(*shares, strict=True), strict=True))
        if shares else {"share": [], "low": [], "high": []},
    )  # fmt: skip
    columns = ["touchpoint", "systems", "n", "n_twice", "share", "low", "high", "median_minutes", "n_again"]
    return frame.sort_values(["n_twice", "touchpoint"], ascending=[False, True], ignore_index=True)[columns]


def declared_twice(client: Client) -> list[str]:
    """Touchpoints that two systems or more are declared to record, or were seen to record."""
    marks = system_coverage(client)
    return marks.index[((marks != "").sum(axis=1) > 1)].tolist()


def double_entry_table(client: Client, window_minutes: int = WINDOW_MINUTES) -> Table | Gap:
    """The touchpoints recorded by several systems, with how many touches stand in two of them."""
    try:
        frame = double_entry(client, window_minutes)
        declared = declared_twice(client)
    except MissingDataError as error:
        return Gap(STEP, QUESTION, error.needs, BRINGS)
    marks = system_coverage(client)
    silent = [name for name in declared if name not in set(frame["touchpoint"])]
    more = pd.DataFrame({"touchpoint": silent, "systems": [joined(marks.columns[marks.loc[name] != ""].tolist()) for name in silent]})
    more = more.assign(found="one of them only, or none")
    frame = pd.concat([frame.assign(found=[_found(row) for row in frame.itertuples()]), more], ignore_index=True)
    if frame.empty:
        frame = pd.DataFrame({"touchpoint": ["no touchpoint"], "systems": [None], "found": ["each is recorded by one system at most"]})
    frame = frame.reindex(columns=["touchpoint", "systems", "found", "n", "n_twice", "share", "low", "high", "median_minutes", "n_again"])
    if frame["n"].isna().all():
        frame = frame[["touchpoint", "systems", "found"]]  # nothing to count
    return Table(
        frame.assign(touchpoint=frame["touchpoint"].map(label)),
        TWICE,
        units={"n": "count", "n_twice": "count", "n_again": "count", "median_minutes": "number", **dict.fromkeys(("share", "low", "high"), "share")},
        labels={
            "systems": "Declared or seen", "found": "In the log it is in", "n": "Records", "n_twice": "Stand twice", "share": "Share", "low": "95% from",
            "high": "to", "median_minutes": "Minutes apart (median)", "n_again": "Same system again",
        },
        note=(
            f"Stands twice: the record before, of the same customer at the same touchpoint, is from another system and at most "
            f"{window_minutes} minutes older (the same day, where a time lacks its hour). Same system again: as near in time, but from one "
            f"system; that is how often customers come back so soon. {client.period}."
        ),
    )  # fmt: skip


def read_double_entry(client: Client, window_minutes: int = WINDOW_MINUTES) -> Reading:
    """What stands twice, and what that may come from."""
    try:
        frame, declared = double_entry(client, window_minutes), declared_twice(client)
    except MissingDataError:
        return Reading("Which system recorded a touch is not supplied, so that double entry cannot be looked for.")
    if not declared:
        return Reading("No touchpoint is recorded by more than one system: nothing is entered twice.")
    said = f"Two systems or more are to record, or record, {n_of(len(declared), 'touchpoint')}: {joined(declared[:6])}"
    said += f" and {len(declared) - 6} more." if len(declared) > 6 else "."
    n, n_twice = int(frame["n"].sum()), int(frame["n_twice"].sum())
    if not n:
        return Reading(
            f"{said} The log has each of them from one system only: nothing stands twice, and the others keep their part to themselves."
        )
    if not n_twice:
        return Reading(f"{said} No touch of theirs stands twice: each system holds a part of the history, and none the whole.")
    worst = frame.iloc[0]
    return Reading(
        f"{said} Of their records {with_evidence(share(n_twice, n), 'share')} repeat a touch from another system, most at "
        f"{worst['touchpoint']} ({int(worst['n_twice']):,}, a median of {number(worst['median_minutes'], 'number', decimals=0)} minutes apart)."
    )


def double_entry_findings(client: Client) -> list[Finding]:
    """Touchpoints at which a share worth telling stands twice, with the whole interval."""
    frame = double_entry(client)
    sure = frame[frame["low"] > WORTH_TELLING]
    if sure.empty:
        return []
    estimate = share(int(sure["n_twice"].sum()), int(sure["n"].sum()))
    names = joined([label(name) for name in sure["touchpoint"].head(4)])
    return [
        Finding(
            STEP,
            f"{int(sure['n_twice'].sum()):,} touches stand in two systems, at {names}.",
            f"{with_evidence(estimate, 'share')} of the records there repeat a touch that another system recorded within {WINDOW_MINUTES} minutes.",
            "Let one system lead and pass the touch on to the other; until then count these once.",
            TWICE,
            estimate=estimate,
        )
    ]


def _found(row: object) -> str:
    return "several, some touches twice" if row.n_twice else "several, no touch twice"
