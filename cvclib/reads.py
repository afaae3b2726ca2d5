"""What a notebook reads of a client: noted while it runs, so that it need be run again only where that has changed.

A note is a name and the digest of what was found: ``table:orders``, ``has:orders.margin``, ``setting:targets.nps``, ``file:/data/prices.csv``. Who runs a
notebook names a file for the notes in the environment; without one nothing is noted. What cannot be told apart is noted as the
whole it belongs to, and what cannot be told at all as something that is never the same again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import file_digest, sha256
from inspect import getattr_static
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pandas as pd

from cvclib.opened_files import OUTSIDE, only_looking, tell_of_opened_files
from cvclib.params import ClientFile

if TYPE_CHECKING:
    from datetime import date

FILE_VARIABLE = "CVC_READS_FILE"
BEYOND_TELLING = "beyond telling"  # read in a way that nobody can look into: such a notebook is always run again
FILE = "file:"  # begins the name of a file that a notebook opened itself
WHOLE = "*"  # a client file with all its settings
PRIVATE = 0o600


class Reads:
    """Notes in a file, each written at once: whatever ends the notebook, what it has read is on record.

    Parameters
    ----------
    place : Path
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._noted: dict[str, str | None] = {}
        self._watches_files = False
        self.client_file: Path | None = None

    def note(self, name: str, digest: str | None) -> None:
        """Note that something was read; None where there is no telling what was found.

        Raises
        ------
        OSError
            If it cannot be written: an incomplete record would pass for a complete one.
        """
        if name in self._noted and self._noted[name] == digest:
            return
        line = json.dumps([name, digest]).encode() + b"\n"
        place = os.open(self._place, os.O_APPEND | os.O_CREAT | os.O_WRONLY, PRIVATE)
        try:
            if os.write(place, line) != len(line):
                raise OSError("the record of what was read could not be written")
        finally:
            os.close(place)
        self._noted[name] = digest

    def watch_files(self, *, also_not: tuple[str, ...] = ()) -> None:
        """Note also the files that the notebook opens itself, but those of some folders."""
        if not self._watches_files:
            self._watches_files = True
            tell_of_opened_files(self._opened, also_not=also_not)

    def _opened(self, path: str) -> None:
        if os.environ.get(FILE_VARIABLE) != str(self._place):  # the notebook has ended, its process goes on
            return
        if path == OUTSIDE:
            self.note(BEYOND_TELLING, None)
        else:
            self.note(f"{FILE}{path}", file_digest_of(path))


def reads_in_progress() -> Reads | None:
    """The notes that this process is to make; None where none are wanted."""
    place = os.environ.get(FILE_VARIABLE)
    return _notes_at(Path(place)) if place else None


@cache
def _notes_at(place: Path) -> Reads:
    return Reads(place)


def noted_in(place: Path) -> dict[str, str | None] | None:
    """What a notebook has read, by name.

    Parameters
    ----------
    place : Path
        The file of its notes.

    Returns
    -------
    dict of str to str or None, or None
        The digest of each thing read; None for one that cannot be told or was found to be two things. None for the whole
        where no client was opened, or the file is damaged.
    """
    found: dict[str, str | None] = {}
    try:
        for line in place.read_text(encoding="utf-8").splitlines():
            name, digest = json.loads(line)
            found[name] = digest if found.get(name, digest) == digest else None
    except (OSError, ValueError, TypeError):
        return None
    return found or None


def file_digest_of(path: Path | str) -> str:
    """Digest of a file as it is noted: its place and its bytes, or that it is not there."""
    return digest_of(file_state(Path(path)))


def digest_of(value: Any) -> str:
    """Digest of a value or a frame.

    Examples
    --------
    >>> digest_of(40) == digest_of(40), digest_of(40) == digest_of("40"), digest_of(None) == digest_of(0)
    (True, False, False)
    """
    if isinstance(value, pd.DataFrame):
        value = [value.columns.tolist(), value.astype(object).where(value.notna(), None).to_numpy().tolist()]
    return sha256(json.dumps(value, default=str).encode()).hexdigest()[:32]


def file_state(path: Path | None) -> list[str | None]:
    """Where a file is and the digest of its bytes; no digest where there is none."""
    try:
        if path is not None:
            with only_looking(), path.open("rb") as file:
                return [str(path), file_digest(file, "sha256").hexdigest()]
    except OSError:
        pass
    return [str(path), None]


def setting_digest(params: ClientFile, name: str) -> str:
    """Digest of a setting of a client file, values from the environment filled in.

    Parameters
    ----------
    params : ClientFile
    name : str
        A key, or a key and what stands below it (``"targets.nps"``, ``"report.minimum_group"``); ``"previous_findings"`` and
        ``"review_file"`` stand for the content of these files, ``"*"`` for all settings.

    Returns
    -------
    str

    Examples
    --------
    >>> params = ClientFile.model_validate(
    ...     {"client": "A", "period": {"start": "2025-01-01", "end": "2025-12-31"}, "tables": {}, "targets": {"nps": 40}}
    ... )
    >>> other = params.model_copy(update={"targets": {"nps": 40.0, "csat": 4.0}})
    >>> [setting_digest(params, name) == setting_digest(other, name) for name in ("targets.nps", "targets.csat", "targets", "scales")]
    [True, False, False, True]
    """
    if name == "review_file":
        return digest_of(file_state(params.review_file))
    if name == "previous_findings":
        return digest_of(file_state(params.resolve(params.previous_findings)) if params.previous_findings else None)
    if name == WHOLE:
        files = [setting_digest(params, "review_file"), setting_digest(params, "previous_findings")]
        return digest_of([params.model_dump(mode="python"), files])
    key, _, below = name.partition(".")
    value = params.model_dump(mode="python", include={key})[key]
    return digest_of(value.get(below) if below else value)


def watched(params: ClientFile, reads: Reads) -> ClientFile:
    """The same settings, each noted when it is read.

    Parameters
    ----------
    params : ClientFile
    reads : Reads

    Returns
    -------
    ClientFile
        Something that can be used as one.
    """
    return Watched(params, reads)  # type: ignore[return-value]


class Watched:
    """A client file that notes what is read of it."""

    def __init__(self, params: ClientFile, reads: Reads, derived: frozenset[str] = frozenset()) -> None:
        self._watched = params, reads, derived
        self._noted: set[str] = set()
        self._report = _WatchedKeys(params.report, "report", self._note)
        self._targets = _WatchedMapping(params.targets, self._note)

    def _note(self, name: str) -> None:
        params, reads, derived = self._watched
        if name not in derived | self._noted:
            reads.note(f"setting:{name}", setting_digest(params, name))
            self._noted.add(name)

    def __getattr__(self, name: str) -> Any:
        if name in ("_watched", "_report", "_targets"):  # a copy that is being made
            raise AttributeError(name)
        params = self._watched[0]
        if name == "report":
            return self._report
        if name == "targets":
            return self._targets
        if name in ClientFile.model_fields:
            self._note(name)
            return getattr(params, name)
        if name in ClientFile.__private_attributes__:
            return getattr(params, name)  # where the file lies, which is known without
        own = vars(ClientFile).get(name)
        if isinstance(own, property):
            return own.fget(self)  # what it reads is noted
        if isinstance(own, FunctionType):
            return own.__get__(self)
        if getattr_static(params, name, None) is not None:  # what shows a model as a whole
            self._note(WHOLE)
        return getattr(params, name)

    @property
    def review_file(self) -> Path | None:
        """Where the review workbook lies, with what is in it."""
        self._note("review_file")
        return self._watched[0].review_file

    def with_period(self, start: str | date = "", end: str | date = "") -> Watched:
        """The same client over another period, which follows from this one's or from the notebook itself."""
        params, reads, derived = self._watched
        self._note("period")
        self._note("compare_with")
        return Watched(params.with_period(start, end), reads, derived | {"period", "compare_with"})

    def __eq__(self, other: object) -> bool:
        self._note(WHOLE)
        return bool(self._watched[0] == (other._watched[0] if isinstance(other, Watched) else other))

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        self._note(WHOLE)
        return iter(self._watched[0])

    def __repr__(self) -> str:
        self._note(WHOLE)
        return repr(self._watched[0])


class _WatchedKeys:
    """A part of a client file whose keys are noted one by one."""

    def __init__(self, part: Any, name: str, note: Any) -> None:
        self._watched = part, name, note

    def __getattr__(self, name: str) -> Any:
        part, above, note = self._watched
        note(f"{above}.{name}" if name in type(part).model_fields else above)
        return getattr(part, name)

    def __repr__(self) -> str:
        part, above, note = self._watched
        note(above)
        return repr(part)

    def __eq__(self, other: object) -> bool:
        part, above, note = self._watched
        note(above)
        return bool(part == (other._watched[0] if isinstance(other, _WatchedKeys) else other))

    __hash__ = None  # type: ignore[assignment]


class _WatchedMapping(Mapping[str, Any]):
    """A mapping of a client file whose entries are noted one by one, also those that are not there."""

    def __init__(self, entries: Mapping[str, Any], note: Any) -> None:
        self._entries, self._note = entries, note

    def __getitem__(self, name: str) -> Any:
        self._note(f"targets.{name}")
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._note("targets")
        return iter(self._entries)

    def __len__(self) -> int:
        self._note("targets")
        return len(self._entries)

    def __repr__(self) -> str:
        self._note("targets")
        return repr(self._entries)
