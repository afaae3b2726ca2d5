"""The roadmap as files to work with: a workbook and a calendar of starts and next looks (RFC 5545).

Knows rows, cells and days; what stands on the roadmap is asked elsewhere. The same roadmap gives the same bytes.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

import pandas as pd
import xlsxwriter
from icalendar import Calendar, Event

from cvclib.params import Period
from cvclib.private_files import FORMULA_STARTS, write_privately

HEADINGS = {
    "initiative": "Initiative", "status": "Status", "started_at": "Start", "target": "Improves", "addresses": "Addresses", "owner": "Owner",
    "cost": "Cost", "measure": "Measure", "expected_change": "Expected change", "expected_benefit": "Expected benefit a year", "look": "Next look",
    "needed": "Records needed by then",
}  # fmt: skip
WIDTHS = {"initiative": 36, "status": 11, "target": 22, "addresses": 30, "owner": 20, "measure": 26}
PRODUCT = "-//Customer Value Chain Workbook//Roadmap//EN"


def write_workbook(path: Path, title: str, frame: pd.DataFrame, currency: str, made_on: date) -> None:
    """Write the roadmap as a workbook, whole or not at all, readable for its owner only.

    Parameters
    ----------
    path : Path
    title : str
        Above the rows.
    frame : pandas.DataFrame
        Columns of ``HEADINGS``.
    currency : str
        ISO code.
    made_on : date
        Day that the file's properties bear.

    Notes
    -----
    Text is written as text, never as a formula; one that begins as a formula does bears the spreadsheet's own mark for text.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": title, "created": datetime.combine(made_on, time())})
        bold = book.add_format({"bold": True})
        head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})
        money = book.add_format({"num_format": "#,##0", "valign": "top"})
        plain = book.add_format({"valign": "top", "text_wrap": True})
        guarded = book.add_format({"valign": "top", "text_wrap": True, "quote_prefix": True})
        sheet = book.add_worksheet("Roadmap")
        sheet.write_string(0, 0, title, guarded if title.startswith(FORMULA_STARTS) else bold)
        for place, (name, heading) in enumerate(HEADINGS.items()):
            unit = f" ({currency})" if name in ("cost", "expected_benefit") else ""
            sheet.write_string(1, place, heading + unit, head)
            sheet.set_column(place, place, WIDTHS.get(name, 14))
            for row, value in enumerate(frame[name], start=2):
                if value is None or value is pd.NaT or pd.isna(value):
                    continue
                if isinstance(value, date):
                    sheet.write_datetime(row, place, datetime.combine(value, time()), day)
                elif isinstance(value, str):
                    sheet.write_string(row, place, value, guarded if value.startswith(FORMULA_STARTS) else plain)
                else:
                    sheet.write_number(row, place, float(value), plain if name == "expected_change" else money)
        sheet.freeze_panes(2, 1)
        sheet.autofilter(1, 0, len(frame) + 1, len(HEADINGS) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
    write_privately(path, buffer.getvalue())


def write_calendar(path: Path, client: str, frame: pd.DataFrame, period: Period) -> int:
    """Write a calendar: a day on which each open initiative begins, and one on which to look whether it worked.

    Parameters
    ----------
    path : Path
    client : str
    frame : pandas.DataFrame
        As `write_workbook`; done and stopped initiatives have no day.
    period : Period
        Its end stamps the entries, so that the same roadmap gives the same bytes.

    Returns
    -------
    int
        Entries written.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Roadmap, {client}")
    stamp = datetime.combine(period.until, time(), tzinfo=UTC)
    n = 0
    for row in frame.to_dict("records"):
        begins = row["started_at"] if row["status"] != "running" else None
        for kind, day in (("Begin", begins), ("Look whether it worked", row["look"])):
            if row["status"] in ("done", "stopped") or day is None or pd.isna(day):
                continue
            calendar.add_component(_entry(client, kind, day, row, stamp))
            n += 1
    write_privately(path, calendar.to_ical())
    return n


def _entry(client: str, kind: str, day: date, row: dict, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{sha256('|'.join((client, row['initiative'], kind)).encode()).hexdigest()[:32]}@roadmap.invalid")
    event.add("dtstamp", stamp)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"{kind}: {row['initiative']}")
    told = [(HEADINGS[name], row[name]) for name in ("owner", "measure", "target", "needed")]
    event.add("description", "\n".join(f"{heading}: {value:,.0f}" if isinstance(value, int | float) else f"{heading}: {value}"
                                       for heading, value in told if value is not None and not pd.isna(value)))  # fmt: skip
    event.add("transp", "TRANSPARENT")
    return event
