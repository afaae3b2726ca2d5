"""The roadmap with the day of each next look, as rows for a workbook and a calendar."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.roadmap_files import write_calendar, write_workbook
from cvclib.steps.initiative_words import metric_label
from cvclib.steps.initiatives import roadmap
from cvclib.steps.next_look import next_look
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_map import MIN_ANSWERS

OVER = ("done", "stopped", "proposed")  # without a next look of their own


class RoadmapFiles(NamedTuple):
    """What was written.

    Parameters
    ----------
    workbook, calendar : Path
    n_initiatives, n_entries : int
        Rows of the workbook, entries of the calendar.
    """

    workbook: Path
    calendar: Path
    n_initiatives: int
    n_entries: int


def roadmap_rows(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """The roadmap in the columns of its workbook.

    Parameters
    ----------
    client : Client
    min_answers : int

    Returns
    -------
    pandas.DataFrame
        ``initiative, status, started_at (date), target, addresses, owner, cost, measure, expected_change, expected_benefit, look
        (date), needed``.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        As `roadmap`.
    """
    frame = roadmap(client, min_answers=min_answers)
    benefits = {}
    if client.has("initiatives.expected_benefit"):
        known = client.tables.initiatives.select("initiative", "expected_benefit").to_pandas()
        benefits = dict(zip(known["initiative"], known["expected_benefit"], strict=True))
    looks = [(None, None) if row["status"] in OVER else next_look(client, row) for _, row in frame.iterrows()]
    rows = pd.DataFrame(
        {
            "initiative": frame["initiative"], "status": frame["status"], "target": frame["target"], "addresses": frame["addresses"],
            "owner": frame["owner"], "cost": frame["cost"].astype(float), "measure": [metric_label(client, metric) for metric in frame["metric"]],
            "expected_change": frame["expected_change"].astype(float), "expected_benefit": frame["initiative"].map(benefits).astype(float),
        }
    ).astype({"cost": object, "expected_change": object, "expected_benefit": object})  # fmt: skip
    rows["started_at"] = pd.Series([None if pd.isna(at) else at.date() for at in frame["started_at"]], dtype=object, index=rows.index)
    rows["look"] = pd.Series([day for day, _ in looks], dtype=object, index=rows.index)
    rows["needed"] = pd.Series([needed for _, needed in looks], dtype=object, index=rows.index)
    return rows


def write_roadmap(client: Client, folder: Path) -> RoadmapFiles:
    """Write ``roadmap.xlsx`` and ``roadmap.ics``, readable for their owner only, as owners may be persons.

    Raises
    ------
    InputError
        If there is nothing to write, or the folder cannot be written to.
    """
    try:
        rows = roadmap_rows(client)
    except TooFewAnswersError as error:
        raise InputError([Problem(str(client.params.path or client.params.client), str(error), "initiatives, or an opportunity")]) from None
    workbook, calendar = folder / "roadmap.xlsx", folder / "roadmap.ics"
    title = f"Roadmap of {client.params.client}, as of {client.period.end}"
    write_workbook(workbook, title, rows, client.params.currency, client.period.until)
    return RoadmapFiles(workbook, calendar, len(rows), write_calendar(calendar, client.params.client, rows, client.period))
