"""What is wrong with the data and how old it is, as the reader sees it."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import share
from cvclib.steps.data_faults import data_faults
from cvclib.steps.data_quality import RECORDED_AT, SILENT, table_quality
from cvclib.steps.data_words import column_words, n_of
from cvclib.steps.memo import once_per_client
from cvclib.wording import interval, joined, label, number, with_evidence

STEP = "technology_integration"
FAULTS = "The worst faults in the data, by dimension"
MORE_FAULTS = "The other faults in the data"
TIMELINESS = "How old the records are, and how late they are entered"
MOST_OF_A_DIMENSION = 3  # the worst of each; blanks would else push out what is rarer and worse
MINUTES_A_DAY = 1440
QUESTION = "What is wrong, where, and what is to be done?"


def fault_table(client: Client) -> Table | Gap:
    """The worst faults: how many, what they look like, where they are, what to do."""
    if not client.table_names:
        return Gap(STEP, QUESTION, ("any table",), "It would show which faults to mend first.")
    frame = data_faults(client)
    if frame.empty:
        nothing = pd.DataFrame({"what": ["No fault found"], "n_faults": [0], "n_checked": [int(client.inventory["n_rows"].sum())]})
        return Table(nothing, FAULTS, units={"n_faults": "count", "n_checked": "count"}, labels={"what": "", "n_faults": "Rows at fault"})
    worst = _worst(frame)
    left = len(frame) - len(worst)
    more = f" The other {n_of(left, 'kind')} of fault {'stands' if left == 1 else 'stand'} in the appendix." if left > 0 else ""
    return _shown(worst, FAULTS, more)


def more_faults_table(client: Client) -> Table | Reading:
    """The faults that the first table has no room for."""
    frame = data_faults(client)
    frame = frame.drop(_worst(frame).index)
    if frame.empty:
        return Reading("All faults found stand in the table of faults.")
    return _shown(frame, MORE_FAULTS, "")


def read_faults(client: Client) -> Reading:
    """How many kinds of fault there are, of which dimension, and the worst."""
    frame = data_faults(client)
    if frame.empty:
        return Reading("No fault was found in the data supplied.")
    counts = frame["dimension"].value_counts()
    kinds = joined([f"{counts[name]} of {name}" for name in counts.index])
    rows = frame[frame["dimension"] != "timeliness"]  # counted in days, not in rows
    if rows.empty:
        return Reading(
            f"{len(frame)} {'kind' if len(frame) == 1 else 'kinds'} of fault {'was' if len(frame) == 1 else 'were'} found: {kinds}."
        )
    worst = rows.iloc[0]
    estimate = share(int(worst["n_faults"]), int(worst["n_checked"]))
    return Reading(
        f"{len(frame)} {'kind' if len(frame) == 1 else 'kinds'} of fault {'was' if len(frame) == 1 else 'were'} found: {kinds}. The worst is "
        f"{_what(worst)}: {with_evidence(estimate, 'share')}."
    )


@once_per_client
def timeliness(client: Client) -> pd.DataFrame:
    """How old each table's records are, and how late they were entered.

    Returns
    -------
    pandas.DataFrame
        ``table, first, last`` (ISO days), ``days_silent`` (from the last record to the period's end), ``p_silent``,
        ``n_entered`` (records that say when they were entered), ``delay_median_days, delay_p90_days`` between the event
        and its entry, ``early`` (share of them entered before they happened), ``late_n`` (entered over a day later).
    """
    quality = table_quality(client).set_index("table") if client.table_names else pd.DataFrame()
    rows = []
    for name in quality.index:
        column = RECORDED_AT.get(name)
        if column is None or not client.has(f"{name}.{column}"):
            continue
        records = client.whole(name)
        first = records[column].min().to_pandas()
        row = {"table": name, "first": pd.Timestamp(first).date().isoformat(), "last": quality.loc[name, "last_record"]}
        row |= {"days_silent": quality.loc[name, "days_silent"], "p_silent": quality.loc[name, "p_silent"]}
        rows.append(row | _delay(client, name, column))
    columns = ["table", "first", "last", "days_silent", "p_silent", "n_entered", "delay_median_days", "delay_p90_days", "late_n", "early_n"]
    return pd.DataFrame(rows, columns=columns)


def timeliness_table(client: Client) -> Table | Gap:
    """Age of the records, and delay between what happened and its entry."""
    frame = timeliness(client)
    if frame.empty:
        return Gap(STEP, "Are the data up to date?", ("a table with times",), "It would show whether the last weeks are complete.")
    entered = frame["n_entered"].notna().any()
    columns = ["table", "first", "last", "days_silent", "judged"]
    columns += ["n_entered", "delay_median_days", "delay_p90_days", "late_n", "early_n"] if entered else []
    shown = frame.assign(table=frame["table"].map(label), judged=[_judged(row) for row in frame.itertuples()])[columns]
    note = "Unusual: so long a silence is rarer than one in a hundred at the table's own pace."
    note += " Delay: from what happened to its entry in the system; early: entered before it happened." if entered else (
        " When a record was entered is not supplied (interactions, orders or tickets: recorded_at); then delays could be told, too."
    )  # fmt: skip
    return Table(
        shown, TIMELINESS,
        units={"days_silent": "count", "n_entered": "count", "delay_median_days": "days", "delay_p90_days": "days", "late_n": "count", "early_n": "count"},
        labels={
            "first": "First record", "last": "Last record", "days_silent": "Days from it to period's end", "judged": "Such a silence is",
            "n_entered": "Say when entered", "delay_median_days": "Delay, median", "delay_p90_days": "Delay, 90% within", "late_n": "Over a day late",
            "early_n": "Entered early",
        },
        note=note,
    )  # fmt: skip


def read_timeliness(client: Client) -> Reading:
    """Whether the data run to the period's end, and where entry lags."""
    frame = timeliness(client)
    if frame.empty:
        return Reading("No table bears a time, so that nothing can be said of its age.")
    late = frame[frame["p_silent"] < SILENT]
    said = [
        f"Records stop unusually early in {joined([f'{label(row.table).lower()} ({int(row.days_silent)} days before the end)' for row in late.itertuples()])}."
        if len(late)
        else f"In all {len(frame)} tables with times the records run to the period's end, or as near to it as their pace has it."
    ]
    for row in frame[frame["late_n"] > 0].itertuples():
        estimate = share(int(row.late_n), int(row.n_entered))
        said.append(f"Of {label(row.table).lower()}, {with_evidence(estimate, 'share')} were entered over a day late.")
    return Reading(" ".join(said))


def _delay(client: Client, name: str, column: str) -> dict[str, float]:
    """Days from what happened to its entry, where the table says both."""
    nothing = dict.fromkeys(("n_entered", "delay_median_days", "delay_p90_days", "late_n", "early_n"), np.nan)
    if not client.has(f"{name}.recorded_at"):
        return nothing
    rows = client.whole(name)
    rows = rows.filter(rows.recorded_at.notnull(), rows[column].notnull())
    days = (rows.recorded_at.epoch_seconds() - rows[column].epoch_seconds()) / 60 / MINUTES_A_DAY
    by_day = (rows.recorded_at == rows.recorded_at.truncate("D")) | (rows[column] == rows[column].truncate("D"))
    whole_days = (rows.recorded_at.truncate("D").epoch_seconds() - rows[column].truncate("D").epoch_seconds()) / 60 / MINUTES_A_DAY
    waited = rows.select(days=ibis.cases((by_day, whole_days), else_=days))  # a day without an hour cannot be late by hours
    found = waited.aggregate(
        n_entered=_.count(), delay_median_days=_.days.median(), delay_p90_days=_.days.quantile(0.9),
        late_n=(_.days > 1).ifelse(1, 0).sum(), early_n=(_.days < 0).ifelse(1, 0).sum(),
    )  # fmt: skip
    return {key: float(value) for key, value in found.to_pandas().iloc[0].items()}


def _judged(row: object) -> str:
    return "unusual" if row.p_silent < SILENT else "usual"


def _worst(frame: pd.DataFrame) -> pd.DataFrame:
    """The worst faults of each dimension, the dimensions in the order of their worst."""
    worst = frame[frame.groupby("dimension").cumcount() < MOST_OF_A_DIMENSION]
    order = {name: i for i, name in enumerate(dict.fromkeys(worst["dimension"]))}
    return worst.sort_values("dimension", key=lambda column: column.map(order), kind="stable")


def _shown(frame: pd.DataFrame, caption: str, more: str) -> Table:
    shown = pd.DataFrame(
        {
            "what": [_sentence(_what(row)) for _i, row in frame.iterrows()],
            "dimension": frame["dimension"].map(label).tolist(),
            "n_faults": frame["n_faults"].tolist(),
            "share": [_share_words(row) for _i, row in frame.iterrows()],
            "looks_like": [text or None for text in frame["looks_like"]],
            "where": [text or None for text in frame["where"]],
            "to_do": frame["to_do"].tolist(),
        }
    )
    return Table(
        shown, caption,
        units={"n_faults": "count"},
        labels={
            "what": "What is wrong", "n_faults": "Rows or days", "share": "Share (95% interval)", "looks_like": "Looks like",
            "where": "Where", "to_do": "What to do",
        },
        note=(
            "Looks like: the form of the commonest faulty values, letters as A or a and digits as 9, so that it shows nobody's data; “hidden” where "
            "even that would tell. Rows are counted as a spreadsheet does. The interval holds where these rows stand for more to come." + more
        ),
    )  # fmt: skip


def _share_words(row: pd.Series) -> str:
    if row["dimension"] == "timeliness":
        return f"{row['n_faults']:,} of {row['n_checked']:,} days"
    estimate = Estimate(row["share"], row["low"], row["high"], int(row["n_checked"]))
    return f"{number(estimate.value, 'share')} ({interval(estimate, 'share')})"


def _what(row: pd.Series) -> str:
    table = label(row["table"])
    return f"{table}: {column_words(row['column'])}, {row['fault']}" if row["column"] else f"{table}: {row['fault']}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
