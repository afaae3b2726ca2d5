"""How good the client's data are, as the reader sees it: by table, by column, and how the tables fit together."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import data_quality as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import share
from cvclib.steps.data_quality import SILENT, column_quality, consistency, table_quality
from cvclib.steps.data_words import check_words, column_words, n_of, rows_words
from cvclib.wording import joined, label, number, with_evidence

STEP = "technology_integration"
QUALITY = "Data quality of each table"
COLUMNS = "Columns in which cells are missing"
CONSISTENCY = "References and orders of time that were checked"
DIMENSIONS = {"complete": "Complete", "valid": "Valid", "unique": "Unique", "consistent": "Consistent"}
MOST_COLUMNS_DRAWN = 12
PRINTS_AS_ALL = 0.9995  # from here a share prints as 100.0%


def quality_figure(client: Client) -> Figure | Gap:
    """Tables by dimension of quality."""
    try:
        frame = table_quality(client)
    except MissingDataError as error:
        return Gap(STEP, "How good are the data?", error.needs, "It would show what can be relied on.")
    drawn = frame.set_index(frame["table"].map(label))[list(DIMENSIONS)].rename(columns=DIMENSIONS)
    columns = [
        "table",
        "rows_read",
        "rows_rejected",
        "rows_kept",
        *DIMENSIONS,
        "n_duplicates",
        "n_inconsistent",
        "last_record",
        "days_silent",
    ]
    shown = frame[columns].assign(table=frame["table"].map(label))
    units = {
        "rows_read": "count",
        "rows_rejected": "count",
        "rows_kept": "count",
        "n_duplicates": "count",
        "n_inconsistent": "count",
        "days_silent": "count",
    }
    data = Table(
        shown,
        caption=f"{QUALITY}, in numbers",
        units={**units, **dict.fromkeys(DIMENSIONS, "share")},
        labels={"n_duplicates": "Duplicate keys", "n_inconsistent": "Inconsistent", "days_silent": "Days from last record to period's end"},
        note=(
            "Complete: filled cells, without the columns in which a blank may be right. Valid: cells that could be read. Unique: rows whose key "
            "is not used twice. Consistent: references found and times in order. Rejected rows are counted as faults."
        ),
    )
    worst = read_quality(client).text
    return Figure(
        charts.table_quality(drawn), QUALITY, f"A table of {len(frame)} tables by {len(DIMENSIONS)} dimensions of quality. {worst}", data
    )


def read_quality(client: Client) -> Reading:
    """Where quality falls short, or that it does not."""
    try:
        frame = table_quality(client).set_index("table")
    except MissingDataError:
        return Reading("No table is supplied.")
    said = []
    for name, meaning in DIMENSIONS.items():
        known = frame[name].dropna()
        known = known[known < PRINTS_AS_ALL]
        if len(known):
            said.append(
                f"least {meaning.lower()} {'are' if known.idxmin().endswith('s') else 'is'} {label(known.idxmin()).lower()} ({number(known.min(), 'share')})"
            )
    faultless = not (frame[list(DIMENSIONS)] < 1).any(axis=None)
    late = frame[frame["p_silent"] < SILENT]
    silent = [f"{label(name).lower()} ({int(row.days_silent)} days)" for name, row in late.iterrows()]
    tables = n_of(len(frame), "table")
    if said:
        text = f"Of {tables}, {joined(said)}."
    else:
        text = (
            f"No fault was found in the {tables} supplied."
            if faultless
            else f"The {tables} supplied have faults too few to show in a percentage."
        )
    return Reading(
        text + (f" Records stop earlier before the period's end than their usual pace explains: {joined(silent)}." if silent else "")
    )


def column_figure(client: Client) -> Figure | Table | Gap:
    """The columns in which a blank is a gap, the emptiest first; the table of numbers has the others."""
    frame = column_quality(client)
    if frame.empty:
        return Gap(STEP, "Which columns have blanks?", ("any table",), "It would show where information is lost.")
    rows = _lacking(frame).head(MOST_COLUMNS_DRAWN)
    if rows.empty:
        return column_table(client)
    rows = rows.assign(name=[f"{label(row.table)}: {column_words(row.column)}" for row in rows.itertuples()])
    return Figure(charts.completeness(rows), COLUMNS, read_columns(client).text, column_table(client))


def column_table(client: Client) -> Table:
    """Completeness of the columns supplied that have a blank or a cell that could not be read; of all, where none has."""
    frame = column_quality(client)
    n_all = len(frame)
    faulty = frame[(frame["complete"] < 1) | (frame["n_invalid"] > 0)]
    frame = (faulty if len(faulty) else frame).sort_values(["blank_is", "complete", "table", "column"])
    shown = pd.DataFrame(
        {
            "column": [f"{label(row.table)}: {column_words(row.column)}" for row in frame.itertuples()],
            **{name: frame[name].tolist() for name in ("n_rows", "complete", "complete_low", "complete_high", "blank_is", "n_invalid")},
        }
    )
    left_out = (
        f"{n_of(n_all - len(frame), 'column')} without a blank or an unreadable cell {'is' if n_all - len(frame) == 1 else 'are'} left out."
    )
    return Table(
        shown,
        caption=f"{COLUMNS}, in numbers",
        units={"n_rows": "count", "n_invalid": "count", **dict.fromkeys(("complete", "complete_low", "complete_high"), "share")},
        labels={
            "complete": "Filled",
            "complete_low": "95% from",
            "complete_high": "to",
            "n_rows": "Rows",
            "blank_is": "A blank is",
            "n_invalid": "Unreadable cells",
        },
        note=left_out if n_all > len(frame) else "",
    )


def read_columns(client: Client) -> Reading:
    """Which columns lack most."""
    frame = column_quality(client)
    lacking = _lacking(frame)
    unreadable = frame[frame["n_invalid"] > 0]
    more = (
        f" {n_of(int(unreadable['n_invalid'].sum()), 'cell')} could not be read, in {n_of(len(unreadable), 'column')}."
        if len(unreadable)
        else ""
    )
    if lacking.empty:
        return Reading(f"No column has a blank that is a gap.{more}")
    said = []
    for row in lacking.head(3).itertuples():
        estimate = Estimate(row.complete, row.complete_low, row.complete_high, row.n_rows)
        said.append(f"{column_words(row.column)}, filled in {with_evidence(estimate, 'share')} of the {rows_words(row.table)}")
    drawn = (
        f" The figure shows the emptiest {MOST_COLUMNS_DRAWN} of {len(lacking)} such columns." if len(lacking) > MOST_COLUMNS_DRAWN else ""
    )
    return Reading(f"Most is lacking in {'; '.join(said)}.{more}{drawn}")


def _lacking(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["blank_is"] == "a gap") & (frame["complete"] < 1)].sort_values(["complete", "table", "column"])


def consistency_table(client: Client) -> Table | Gap:
    """The references and orders of times checked, with how often each fails."""
    frame = consistency(client)
    if frame.empty:
        return Gap(
            STEP, "Do the tables fit together?", ("two tables that refer to each other",), "It would show records that belong to nobody."
        )
    passed = [share(row.n_checked - row.n_faults, row.n_checked) for row in frame.itertuples()]
    frame = frame.assign(table=frame["table"].map(label), check=[_sentence(check_words(check)) for check in frame["check"]])
    frame = frame.assign(passed=[e.value for e in passed], low=[e.low for e in passed], high=[e.high for e in passed])
    units = {"n_checked": "count", "n_faults": "count", "passed": "share", "low": "share", "high": "share"}
    labels = {"n_checked": "Checked", "n_faults": "Faults", "low": "95% from", "high": "to"}
    return Table(frame, CONSISTENCY, units=units, labels=labels, note="Times are compared by day. A row can be at fault in several checks.")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
