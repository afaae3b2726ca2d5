"""Which sources of leads become customers, and how fast.

Leads are counted by days from coming in to being won. A lead that may still be won is censored at the last day
seen. A lead that was lost cannot be won any more: it stays in the count as not won for as long as it could have
been followed. So the share is one of all leads, and means the same for a client that records losses and one that
does not.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.kpi_estimates import leads_have_customers
from cvclib.methods import competing
from cvclib.methods.estimate import Estimate
from cvclib.methods.quantiles import quantile_of
from cvclib.methods.shares import difference
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import Question, TooFewAnswersError
from cvclib.steps.waits import NO_GROUP, SIGNIFICANT, adjusted, compared, counted, curve_of, days_between, how_many, last_day, seen_by

WON, LOST, OPEN = "won", "lost", "open"
CONVERSION = Question(
    "Which sources of leads become customers, and how fast?",
    ("leads.won_at",),
    "It would tell which share of leads becomes a customer, how long that takes, and which source brings the better ones.",
)
FEWEST_LEADS = 10
HORIZON_DAYS = 90
NOTHING = Estimate(np.nan, np.nan, np.nan, 0)


@once_per_client
def lead_waits(client: Client) -> pd.DataFrame:
    """Leads of the period, counted by source, days until won and how it stands.

    Parameters
    ----------
    client : Client
        With ``leads.won_at``.

    Returns
    -------
    pandas.DataFrame
        ``source``, ``days`` until the lead was won, else until the last day seen; ``end`` ("won", "lost" or
        "open"), ``n``. A lost lead keeps the days for which it could have been followed.

    Raises
    ------
    MissingDataError
        If it is not known which leads were won or, where one segment is analysed, whose leads they are.
    TooFewAnswersError
        If the period holds fewer than ten leads.
    """
    client.require("leads.won_at")
    if client.segment and not leads_have_customers(client):
        raise MissingDataError(["leads.customer_id"])  # only won leads would remain: every one of them converted
    last = last_day(client, "leads")
    leads = client.in_period(client.tables.leads, "created_at")
    leads = leads.filter(leads.created_at.cast("date") <= ibis.date(last))
    won, lost = seen_by(leads, "won_at", last), seen_by(leads, "lost_at", last)
    followed = days_between(leads, "created_at", last)
    leads = leads.mutate(
        source=leads.source.fill_null(NO_GROUP),
        days=ibis.cases((won, days_between(leads, "created_at", leads.won_at)), else_=followed),
        end=ibis.cases((won, WON), (lost, LOST), else_=OPEN),
    )
    frame = counted(leads, "source", "days", "end")
    if frame["n"].sum() < FEWEST_LEADS:
        leads_of = how_many(client, int(frame["n"].sum()), "lead", "leads")
        raise TooFewAnswersError(f"The period holds {leads_of}: too few to tell how many become customers.")
    if not (frame["end"] == WON).any():
        raise TooFewAnswersError(f"None of the {frame['n'].sum():,} leads of the period was won by {last:%-d %B %Y}.")
    return frame


@once_per_client
def lead_curves(client: Client) -> dict[str, pd.DataFrame]:
    """Kaplan–Meier curves of the days until a lead is won: of all under the empty name, then of each source."""
    frame = lead_waits(client)
    fewest = _fewest(client)
    sizes = frame.groupby("source")["n"].sum()
    return {"": curve_of(frame, WON)} | {
        source: curve_of(frame[frame["source"] == source], WON) for source, n in sizes.items() if n >= fewest and source != NO_GROUP
    }


def won_within(client: Client, *, horizon_days: int = HORIZON_DAYS) -> Estimate:
    """Share of all leads won within the horizon, recent ones censored."""
    curve = lead_curves(client)[""]
    return competing.happened_by(curve, horizon_of(client, horizon_days=horizon_days))


def horizon_of(client: Client, *, horizon_days: int = HORIZON_DAYS) -> float:
    """The horizon in days, or the longest time a lead was followed where that is shorter."""
    return min(float(horizon_days), float(lead_curves(client)[""]["time"].iloc[-1]))


@once_per_client
def sources(client: Client, *, horizon_days: int = HORIZON_DAYS) -> pd.DataFrame:
    """Share won within the horizon by source, each source against all the others.

    Parameters
    ----------
    client : Client
    horizon_days : int
        Days within which a lead is expected to be won.

    Returns
    -------
    pandas.DataFrame
        ``group`` (the source), ``n``, ``value``, ``low``, ``high`` (share won within the horizon), ``others``,
        ``difference``, ``days``, ``days_low``, ``days_high`` (median days of leads won within the horizon, among
        those followed that long), ``sooner``, ``p`` (log-rank over all days seen), ``p_adjusted`` over the
        sources; by value. Sources below the client's minimum are blank.
    """
    frame, curves = lead_waits(client), lead_curves(client)
    horizon = horizon_of(client, horizon_days=horizon_days)
    days = days_to_win(client, horizon_days=horizon_days)
    table = adjusted([compared(frame, "source", WON, fewest=_fewest(client))]).drop(columns="dimension")
    rows = [_row(frame, curves, days, row.group, horizon) for row in table.itertuples()]
    columns = ["value", "low", "high", "others", "difference", "days", "days_low", "days_high"]
    table = table.join(pd.DataFrame(rows, columns=columns, index=table.index, dtype=float))
    return table.sort_values(["value", "group"], ascending=[False, True], ignore_index=True)


@once_per_client
def days_to_win(client: Client, *, horizon_days: int = HORIZON_DAYS) -> dict[str, Estimate]:
    """Median days until won of the leads won within the horizon: of all under the empty name, then of each source.

    Only leads that were followed for the whole horizon count: of the newest only the quick could be seen to be
    won. Sources with fewer than ten such leads are left out.
    """
    last = last_day(client, "leads")
    leads = client.in_period(client.tables.leads, "created_at")
    leads = leads.filter(leads.created_at.cast("date") <= ibis.date(last - timedelta(days=horizon_days)), seen_by(leads, "won_at", last))
    leads = leads.mutate(source=leads.source.fill_null(NO_GROUP), days=days_between(leads, "created_at", leads.won_at))
    frame = counted(leads.filter(leads.days <= horizon_days), "source", "days")
    parts = {"": frame, **{str(source): part for source, part in frame.groupby("source")}}
    return {name: quantile_of(part["days"], part["n"]) for name, part in parts.items() if part["n"].sum() >= FEWEST_LEADS}


def clear_sources(client: Client, *, horizon_days: int = HORIZON_DAYS) -> pd.DataFrame:
    """Sources that differ from the others after correction, and by the horizon in the same direction; clearest first."""
    table = sources(client, horizon_days=horizon_days)
    same = (table["difference"] > 0) == table["sooner"].fillna(False).astype(bool)
    return table[(table["p_adjusted"] <= SIGNIFICANT) & same & table["difference"].notna()].sort_values(["p_adjusted", "p", "group"])


def _row(frame: pd.DataFrame, curves: dict[str, pd.DataFrame], days: dict[str, Estimate], source: str, horizon: float) -> tuple[float, ...]:
    if source not in curves:
        return (np.nan,) * 8
    mine = frame["source"] == source
    here, others = competing.happened_by(curves[source], horizon), competing.happened_by(curve_of(frame[~mine], WON), horizon)
    return (*here[:3], others.value, difference(here, others).value, *days.get(source, NOTHING)[:3])


def _fewest(client: Client) -> int:
    return max(client.params.report.minimum_group, FEWEST_LEADS)
