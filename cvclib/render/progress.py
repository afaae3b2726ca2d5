"""Telling how far a batch is: a bar for people, lines of JSON for programs.

Knows the events of a batch, not what makes them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TextIO

from tqdm import tqdm

from cvclib.wording import joined, label

Kind = Literal[
    "batch begun", "client begun", "step begun", "step ended", "step kept", "step failed", "client ended", "warning", "batch ended"
]
MOST_NAMED = 2  # steps under way that the bar names; the rest is counted
DELAY_SECONDS = 0.5  # a batch that is up to date shows no bar


@dataclass(frozen=True)
class Event:
    """Something that happened in a batch.

    Parameters
    ----------
    kind : str
    slug : str
        The client; empty for the batch.
    step : str
        A step's name, ``"tables"`` or ``"report"``.
    seconds : float or None
        How long what has ended took.
    state : str
        What became of a client.
    message : str
    """

    kind: Kind
    slug: str = ""
    step: str = ""
    seconds: float | None = None
    state: str = ""
    message: str = ""


Told = Callable[[Event], None]


def nobody(event: Event) -> None:
    """Tell nobody."""


def everybody(*told: Told) -> Told:
    """Tell several."""

    def tell(event: Event) -> None:
        for one in told:
            one(event)

    return tell


class Bar:
    """A bar that counts steps and guesses the time left.

    Parameters
    ----------
    clients : sequence of (str, int)
        The clients' slugs, and how many steps each has.
    file : text stream
    """

    def __init__(self, clients: Sequence[tuple[str, int]], file: TextIO) -> None:
        self._left: Counter[str] = Counter()
        for slug, n_steps in clients:
            self._left[slug] += n_steps
        self._clients, self._ended, self._file = len(clients), 0, file
        self._now: dict[tuple[str, str], None] = {}
        form = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} steps [{elapsed}, {remaining} left]{postfix}"
        self._bar = tqdm(total=self._left.total(), file=file, dynamic_ncols=True, delay=DELAY_SECONDS, bar_format=form, desc=self._title())

    def _title(self) -> str:
        return f"Rendering {self._ended:,} of {self._clients:,} done"

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if event.kind == "step begun":
            self._now[event.slug, event.step] = None
        elif event.kind in ("step ended", "step failed"):
            self._now.pop((event.slug, event.step), None)
            if event.kind == "step ended" and event.step not in ("tables", "report"):
                self._count(event.slug, 1)
        elif event.kind == "step kept":
            self._leave_out(event.slug, 1)
        elif event.kind == "client ended":
            self._now = dict.fromkeys(key for key in self._now if key[0] != event.slug)
            self._ended += 1
            self._leave_out(event.slug, self._left[event.slug])
            self._bar.set_description_str(self._title(), refresh=False)
        elif event.kind == "warning":
            self._bar.write(event.message, file=self._file)
        elif event.kind == "batch ended":
            self._bar.set_postfix_str("", refresh=True)
            self._bar.close()
            return
        self._bar.set_postfix_str(self._under_way())

    def _count(self, slug: str, n: int) -> None:
        self._left[slug] -= n
        self._bar.update(n)

    def _leave_out(self, slug: str, n: int) -> None:
        """Take steps that nobody will run out of the sum, so that the time left is that of the others."""
        self._left[slug] -= n
        self._bar.total -= n

    def _under_way(self) -> str:
        names = [f"{slug}: {label(step).lower()}" for slug, step in self._now]
        more = len(names) - MOST_NAMED
        return joined([*names[:MOST_NAMED], f"{more} more"]) if more > 0 else joined(names)


class Lines:
    """A line for each client that ends, where a bar could not be drawn: in a file, in the log of a scheduled run.

    Parameters
    ----------
    n_clients : int
    file : text stream

    Examples
    --------
    >>> lines = Lines(2, sys.stdout)
    >>> lines(Event("client ended", "acme", state="rendered", seconds=61.2))
    acme: rendered in 61.2 s (1 of 2)
    """

    def __init__(self, n_clients: int, file: TextIO) -> None:
        self._file, self._n_clients, self._ended = file, n_clients, 0

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if event.kind == "client ended":
            self._ended += 1
            seconds = f"{event.seconds or 0:,.1f}"
            self._say(f"{event.slug}: {event.state} in {seconds} s ({self._ended:,} of {self._n_clients:,})")
        elif event.kind == "warning":
            self._say(event.message)

    def _say(self, text: str) -> None:
        self._file.write(text + "\n")
        self._file.flush()


def for_people(clients: Sequence[tuple[str, int]], file: TextIO | None = None) -> Told:
    """What shows people how far a batch is: a bar on a terminal, lines elsewhere.

    Parameters
    ----------
    clients : sequence of (str, int)
        The clients' slugs, and how many steps each has.
    file : text stream
        Standard error by default.
    """
    file = file or sys.stderr
    return Bar(clients, file) if file.isatty() else Lines(len(clients), file)


class JsonLines:
    """A line of JSON for each event: when, what, which client and step, how long.

    Parameters
    ----------
    file : text stream

    Examples
    --------
    >>> import io
    >>> file = io.StringIO()
    >>> JsonLines(file, now=lambda: "2025-01-01T00:00:00+00:00")(Event("step ended", "acme", "advocacy", 1.25))
    >>> print(file.getvalue(), end="")
    {"at": "2025-01-01T00:00:00+00:00", "event": "step ended", "client": "acme", "step": "advocacy", "seconds": 1.25}
    """

    def __init__(self, file: TextIO, now: Callable[[], str] = lambda: datetime.now(UTC).isoformat(timespec="milliseconds")) -> None:
        self._file, self._now = file, now

    def __call__(self, event: Event) -> None:
        """Write an event."""
        seconds = None if event.seconds is None else round(event.seconds, 3)
        parts = {"client": event.slug, "step": event.step, "state": event.state, "seconds": seconds, "message": event.message}
        told = {name: part for name, part in parts.items() if part not in ("", None)}
        self._file.write(json.dumps({"at": self._now(), "event": event.kind, **told}, ensure_ascii=False) + "\n")
        self._file.flush()
