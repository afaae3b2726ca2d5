"""The roadmap as workbook and calendar: the same bytes, harmless to a spreadsheet, readable for a calendar."""

from datetime import date

import pandas as pd
from icalendar import Calendar
from python_calamine import CalamineWorkbook

from cvclib.params import Period
from cvclib.roadmap_files import HEADINGS, write_calendar, write_workbook

YEAR = Period(start=date(2025, 1, 1), end=date(2025, 12, 31))


def rows():
    known = {"initiative": ["=1+1", "Chat"], "status": ["planned", "done"], "started_at": [date(2026, 3, 1), date(2025, 2, 1)],
             "look": [date(2026, 9, 1), None], "cost": [1000.0, None], "owner": ["Sales, East; North", None], "needed": [400, None]}  # fmt: skip
    return pd.DataFrame({name: pd.Series(known.get(name, [None, None]), dtype=object) for name in HEADINGS})


def test_the_same_roadmap_gives_the_same_bytes_for_the_owner_only(tmp_path):
    for name in ("a", "b"):
        write_workbook(tmp_path / f"{name}.xlsx", "Roadmap", rows(), "EUR", YEAR.until)
        write_calendar(tmp_path / f"{name}.ics", "Acme", rows(), YEAR)
    for ending in ("xlsx", "ics"):
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
        assert (tmp_path / f"a.{ending}").stat().st_mode & 0o777 == 0o600


def test_a_name_that_looks_like_a_formula_stays_a_text(tmp_path):
    write_workbook(tmp_path / "a.xlsx", "Roadmap", rows(), "EUR", YEAR.until)
    cells = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert cells[2][0] == "=1+1"
    assert cells[1][6] == "Cost (EUR)"


def test_a_calendar_reads_when_to_begin_and_when_to_look(tmp_path):
    """One planned initiative has two days; one that is done has none."""
    assert write_calendar(tmp_path / "a.ics", "Acme", rows(), YEAR) == 2
    content = (tmp_path / "a.ics").read_bytes()
    events = Calendar.from_ical(content).walk("VEVENT")
    assert [event["dtstart"].dt for event in events] == [date(2026, 3, 1), date(2026, 9, 1)]
    assert len({event["uid"] for event in events}) == 2
    assert "Sales, East; North" in str(events[0]["description"])
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
