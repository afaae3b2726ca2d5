"""What a check found, as the tables of a page that can be sent to whoever made the exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from cvclib.checking_words import covers, repeated, share
from cvclib.exhibits import Reading, Table
from cvclib.wording import label

if TYPE_CHECKING:
    from cvclib.checking import ClientCheck

Section = tuple[str, Sequence[Table | Reading]]


def lead_of(found: ClientCheck) -> list[str]:
    """The paragraphs below the title."""
    read, rejected = (sum(row[n] for row in found.tables) for n in ("rows_read", "rows_rejected"))
    return [
        f"Period {found.period}, compared with {found.previous_period}. {read:,} rows were read from {len(found.tables):,} "
        f"files and sheets, {rejected:,} of them rejected; nothing of them is shown here.",
    ]


def sections_of(found: ClientCheck) -> list[Section]:
    """What can be computed, what was read, table by table how well it is filled, and why rows were not taken.

    Parameters
    ----------
    found : ClientCheck

    Returns
    -------
    list of (str, sequence of exhibits)
        Heading and what stands below it, as `cvclib.render.exhibit_page.write_exhibit_page` takes them.
    """
    sections: list[Section] = [("What can be computed", [_steps(found)]), ("What was read", [_files(found)])]
    sections += [(label(table), _table(found, table)) for table in dict.fromkeys(row["table"] for row in found.columns)]
    return [*sections, ("Why rows or cells were not taken", [_reasons(found)])]


def _steps(found: ClientCheck) -> Table:
    rows = []
    for number, step in enumerate(found.steps, start=1):
        gaps = [(", ".join(gap.needs), gap.brings) for gap in step.gaps] or [("", "")]
        name = f"{number} {label(step.step)}"
        rows += [(name if i == 0 else "", step.state if i == 0 else "", *gap) for i, gap in enumerate(gaps)]
    frame = pd.DataFrame(rows, columns=["step", "computed", "supply", "brings"])
    return Table(_told(frame), "Steps, and what would complete them", labels={"supply": "What to supply", "brings": "What it brings"})


def _files(found: ClientCheck) -> Table:
    names = [f"{row['file'] or ''}{', sheet ' + str(row['sheet']) if row.get('sheet') else ''}" for row in found.tables]
    frame = pd.DataFrame(found.tables)[["table", "rows_read", "rows_left_out", "rows_rejected", "rows_kept"]].assign(file=names)
    counts = dict.fromkeys(["rows_read", "rows_left_out", "rows_rejected", "rows_kept"], "count")
    labels = {"rows_read": "Read", "rows_left_out": "Left out", "rows_rejected": "Rejected", "rows_kept": "Kept"}
    return Table(frame, "Files and their rows", units=counts, labels=labels)


def _table(found: ClientCheck, table: str) -> list[Table | Reading]:
    rows = [row for row in found.columns if row["table"] == table]
    told = [f"It covers {covers(row)}." for row in found.periods if row["table"] == table]
    told += [f"Key: {repeated(row)}." for row in found.checks if row["check"] == f"{table}.duplicate_key"]
    return [Reading(" ".join(told)) if told else Reading(f"{rows[0]['n_rows']:,} rows are kept."), _columns(rows, table)]


def _columns(rows: list[dict[str, Any]], table: str) -> Table:
    frame = pd.DataFrame(
        {
            "column": [row["column"] + (" (required)" if row["required"] else "") for row in rows],
            "filled": [share(row["share_filled"]) if row["mapped"] else "not supplied" for row in rows],
            "valid": [share(row["share_valid"]) if row["n_filled"] or row["n_invalid"] else "" for row in rows],
            "not_valid": [f"{row['n_invalid']:,}" if row["n_invalid"] else "" for row in rows],
            "leads": [_leads(row) for row in rows],
        }
    )
    caption = f"Columns of {label(table).lower()}"
    return Table(
        frame, caption, labels={"filled": "Filled", "valid": "Of these valid", "not_valid": "Cells not valid", "leads": "Leads to"}
    )


def _told(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the columns that say nothing in any row."""
    return frame.loc[:, (frame != "").any()]


def _leads(row: dict[str, Any]) -> str:
    if not row["references"] or not row["n_filled"]:
        return ""
    if row["n_not_found"] is None:
        return f"{row['references']}, which is not supplied"
    lost = f"{row['n_not_found']:,} not found" if row["n_not_found"] else "all found"
    return f"{row['references']}: {lost}"


def _reasons(found: ClientCheck) -> Table | Reading:
    if not found.rejected:
        return Reading("All rows and cells were taken.")
    rows = [
        (row["table"], row["column"], row["reason"], row["action"], row["n"], f"{row['first_row']:,}" if row["first_row"] else "")
        for row in found.rejected
    ]
    frame = pd.DataFrame(rows, columns=["table", "column", "reason", "action", "n", "first_row"])
    labels = {"column": "The client's column", "action": "What was done", "n": "Rows", "first_row": "First in row"}
    return Table(frame, "Rows and cells that were not taken", units={"n": "count"}, labels=labels)
