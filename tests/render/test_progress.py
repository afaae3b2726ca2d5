"""The bar, the lines and the log: what they show of the same events."""

import io
import json

import pytest

from cvclib.render.progress import Bar, Event, JsonLines, Lines, everybody, for_people

EVENTS = [
    Event("batch begun"),
    Event("step begun", "a", "tables"),
    Event("step ended", "a", "tables", 0.5),
    Event("step kept", "a", "advocacy"),
    Event("step begun", "a", "process_mapping"),
    Event("step ended", "a", "process_mapping", 1.0),
    Event("client ended", "a", state="rendered", seconds=2.0),
    Event("step begun", "b", "process_mapping"),
    Event("step failed", "b", "process_mapping", 1.0, message="no good"),
    Event("client ended", "b", state="failed", seconds=1.5, message="no good"),
    Event("warning", message="The page could not be written."),
    Event("batch ended", seconds=4.0),
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(bar, file, events):
    for event in events:
        bar(event)
    return file.getvalue()


@pytest.fixture
def bar(monkeypatch):
    monkeypatch.setattr("cvclib.render.progress.DELAY_SECONDS", 0)
    file = Terminal()
    return Bar([("a", 2), ("b", 2)], file), file


def test_the_bar_names_the_client_and_the_step_under_way(bar):
    assert "0/3 steps" in shown(*bar, EVENTS[:5])
    assert "a: process mapping" in bar[1].getvalue()


def test_steps_that_nobody_runs_leave_the_sum_so_that_the_time_left_is_that_of_the_others(bar):
    text = shown(*bar, EVENTS)
    assert "Rendering 2 of 2 done: 100%" in text
    assert "1/1 steps" in text
    assert "The page could not be written." in text


def test_many_steps_under_way_are_counted(bar):
    assert "and 2 more" in shown(*bar, [Event("step begun", "a", f"step_{i}") for i in range(4)])


def test_lines_stand_for_the_bar_where_there_is_no_terminal():
    assert isinstance(for_people([("a", 1)], io.StringIO()), Lines)
    assert isinstance(for_people([("a", 1)], Terminal()), Bar)


def test_every_event_is_a_line_of_the_log():
    file = io.StringIO()
    told = everybody(JsonLines(file, now=lambda: "now"))
    for event in EVENTS:
        told(event)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [line["event"] for line in lines] == [event.kind for event in EVENTS]
    assert lines[8] == {"at": "now", "event": "step failed", "client": "b", "step": "process_mapping", "seconds": 1.0, "message": "no good"}
