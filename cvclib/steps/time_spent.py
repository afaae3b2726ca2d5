"""Where the time of journeys goes: worked on, idle, and how many are under way at once."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.methods import event_log as el
from cvclib.methods.work_in_progress import LittlesLaw, littles_law
from cvclib.privacy import suppress_small
from cvclib.steps.journeys import RULE, between, calendar, cases_whenever, has_intervals, how_ordered, journeys, lasting
from cvclib.steps.memo import once_per_client
from cvclib.steps.process_questions import cannot_show
from cvclib.wording import number

CAPTION = "Where the time of journeys goes, by touchpoint"
CLOSE = 0.05  # of the cases in progress: nearer than this, Little's law holds for all a reader needs


@once_per_client
def touchpoint_times(client: Client) -> pd.DataFrame:
    """How long each touchpoint takes, and how long journeys lie idle before it.

    Parameters
    ----------
    client : Client
        With ``interactions``.

    Returns
    -------
    pandas.DataFrame
        Of `cvclib.methods.event_log.times_by_activity`, with ``touchpoint``, ``n_cases`` and ``share_of_idle``, of all idle time.
    """
    log = el.with_idle(journeys(client), between(client))
    frame = el.times_by_activity(log).rename(columns={"activity": "touchpoint"})
    n_cases = log.group_by("activity").aggregate(n_cases=lambda t: t.case.nunique()).to_pandas().set_index("activity")["n_cases"]
    frame["n_cases"] = frame["touchpoint"].map(n_cases)
    return frame.assign(share_of_idle=frame["idle_hours"] / (frame["idle_hours"].sum() or float("nan")))


@once_per_client
def under_way(client: Client) -> LittlesLaw:
    """Journeys in progress over the period, and what Little's law expects.

    Parameters
    ----------
    client : Client
        With ``interactions``; a journey is in progress from its first touch to its last, whenever these were. Days of the
        period before the first touch of all and after the last are not counted: nothing is known of them.
    """
    cases = cases_whenever(client).cache()
    seen = cases.aggregate(first=cases.started_at.min(), last=cases.ended_at.max()).to_pandas().iloc[0]
    start = max(pd.Timestamp(client.period.start), seen["first"].normalize())
    until = min(pd.Timestamp(client.period.until), seen["last"].normalize() + pd.Timedelta(days=1))
    return littles_law(cases, start, until)


def time_table(client: Client) -> Table | Gap | Reading:
    """Working and idle time by touchpoint."""
    if cannot := cannot_show(client, "journeys"):
        return cannot
    frame = suppress_small(touchpoint_times(client), n="n_cases", minimum=client.params.report.minimum_group, keep=("touchpoint",))
    columns = {"touchpoint": "Touchpoint", "n": "Touches"}
    if has_intervals(client):
        frame = _in_words(client, frame, "median_service", "p90_service")
        columns |= {"median_service": "Working time, median", "p90_service": "nine in ten within"}
    frame = _in_words(client, frame, "median_idle", "p90_idle")
    columns |= {"median_idle": "Idle before it, median", "p90_idle": "nine in ten within", "share_of_idle": "Share of all idle time"}
    note = f"Idle: nothing was going on in the journey, from the end of what came before to the start of this. {how_ordered(client)} {RULE}"
    return Table(frame[list(columns)], CAPTION, {"n": "count", "share_of_idle": "share"}, columns, note)


def read_time_table(client: Client) -> Reading | None:
    """How long journeys take, how much of it is idle, and how many are under way."""
    if cannot_show(client, "journeys"):
        return None
    spent = el.time_spent(el.with_idle(journeys(client), between(client)), between(client))
    text = f"A journey lasts {lasting(client, spent.lead)} on average from its first touch to the end of its last"
    if has_intervals(client) and spent.lead:
        text += f": {lasting(client, spent.working)} in which something goes on, and {number(spent.idle / spent.lead, 'share')} of the time idle. "
    else:
        text += ". How long the touches themselves take is not known, so all of it counts as time between touches. "
    times = touchpoint_times(client)
    shown = times[times["n_cases"] >= client.params.report.minimum_group]
    if len(shown) and shown["share_of_idle"].iloc[0] > 0:
        first = shown.iloc[0]
        text += f"Most idle time lies before {first.touchpoint} ({number(first.share_of_idle, 'share')} of it, {first.n_after:,} touches). "
    return Reading(text + _in_progress(under_way(client), "days on the clock" if calendar(client) else "days"))


def _in_progress(law: LittlesLaw, days: str = "days") -> str:
    if not law.n_arrivals:
        return ""
    text = (
        f"On average {law.in_progress:,.1f} journeys are under way at once; by Little's law, {law.arrivals_per_day:,.2f} beginning a day times "
        f"{law.mean_days:,.1f} {days} each makes {law.expected:,.1f}. "
    )
    if law.exact:
        return text + "Every journey lies whole in the period, so the two must agree."
    cut = law.n_cases - law.n_whole
    which = f"{cut:,} of {law.n_cases:,} journeys reach beyond the period"
    if law.in_progress and abs(law.expected / law.in_progress - 1) <= CLOSE:
        return text + f"Though {which}, the two agree, as they do where inflow and duration are steady."
    side = "more" if law.expected > law.in_progress else "fewer"
    return text + f"The law expects {side} because {which}; inflow or duration is changing."


def _in_words(client: Client, frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    words = {name: [None if pd.isna(x) else lasting(client, float(x)) for x in frame[f"{name}_hours"]] for name in names}
    return frame.assign(**words)
