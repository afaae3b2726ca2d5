"""Which steps need be run: those whose notebook, parameters, package, or anything that they read of their client has changed.

Executed notebooks are kept in the client's own folder of the cache, each with the record of what it has read. A kept one is
taken again where all on that record is found as it was; so a run that was killed goes on from the steps that were done.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cvclib.client import Client
from cvclib.params import ClientFile
from cvclib.reads import BEYOND_TELLING, FILE, digest_of, file_digest_of, setting_digest
from cvclib.render.digests import code_digest
from cvclib.render.job import RenderJob, Value, step_of
from cvclib.sources.cache import cache_folder, replace_atomically
from cvclib.sources.remote import stays
from cvclib.wording import joined

KEPT = 3  # executed notebooks a step, such as of two segments and of the data before; older ones are removed
FOLDER = "steps"
PRIVATE = 0o700
HALF_WRITTEN_SECONDS = 3600
MOST_NAMED = 3  # changes that a reason names
UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error)
NEVER_RUN = "no earlier run of it is kept"
ON_A_SERVER = "its tables stay on a server, where they may change without a sign"
UNKNOWN = "it reads what may change without a sign"

CHANGED = {  # of what is known before a notebook runs
    "notebook": "the notebook",
    "parameters": "a parameter that it is given",
    "files": "the place of its notebook or client file",
    "engine": "the engine that runs it",
    "code": "cvclib",
    "versions": "the version of a library",
}
READ = {  # of what it reads
    "table": "table {}",
    "has": "whether the client supplies {}",
    "setting": "the setting {}",
    "tables": "the list of tables supplied",
    "inventory": "the list of columns of {}",
    "sources": "the count of what was read of {}",
    "checks": "what the checks found",
    "rejected": "the list of rejected rows",
    "file": "the file {}",
}
WITHOUT_TABLES = ("setting", "file")
SETTINGS = {"review_file": "the file of decisions on doubtful pairs", "previous_findings": "the file of earlier findings"}


@dataclass(frozen=True)
class StepPlan:
    """Whether a step need be run.

    Parameters
    ----------
    notebook : Path
    kept : Path or None
        The executed notebook that holds, as it is kept; None where there is none.
    reason : str
        Why the step must be run; empty where it need not.
    """

    notebook: Path
    kept: Path | None
    reason: str

    @property
    def step(self) -> str:
        """The step's name."""
        return step_of(self.notebook)


@dataclass(frozen=True)
class _Entry:
    """An executed notebook that is kept, with what it was made from."""

    place: Path
    asked: Mapping[str, str]
    reads: Mapping[str, str]
    written_ns: int


class Known:
    """What there is to read of a client now: settings at once, tables once they are asked for.

    Parameters
    ----------
    job : RenderJob
    params : ClientFile
    parameters : mapping of str to mapping
        What each step is given beside its defaults.
    by : str
        Digest of the package and of the versions that it stands on.
    client : Client or None
        With its tables prepared; None where they are not, so that nothing can be told of them.
    """

    def __init__(
        self, job: RenderJob, params: ClientFile, parameters: Mapping[str, Mapping[str, Value]], by: str, client: Client | None = None
    ) -> None:
        self.job, self.by, self.client = job, by, client
        self.given = parameters
        self.folder = steps_folder(params)
        self._params = params
        self.on_a_server = stays(params)
        self._defaults = job.defaults

    def asked(self, notebook: Path) -> dict[str, str]:
        """What is known of a step before it runs."""
        return asked_of(self.job, notebook, self.given[step_of(notebook)], self.by)

    def can_tell(self, name: str) -> bool:
        """Whether it can be looked up without the tables, or they are there."""
        return self.client is not None or name.partition(":")[0] in WITHOUT_TABLES

    def now(self, step: str, name: str) -> str | None:
        """Digest of something that can be read, as it is now; None where there is no telling."""
        kind, _, what = name.partition(":")
        if kind == "setting":
            period = {**self._defaults[step], **self.given[step]}
            params = self._params.with_period(str(period.get("period_start", "")), str(period.get("period_end", "")))
            return setting_digest(params, what)
        if kind == "file":
            return file_digest_of(what)
        return self.client.digest_of(name) if self.client is not None else None


def steps_folder(params: ClientFile) -> Path:
    """Where the executed notebooks of a client are kept; made, for its owner only."""
    folder = cache_folder(params) / FOLDER
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    return folder


def asked_of(job: RenderJob, notebook: Path, parameters: Mapping[str, Value], by: str) -> dict[str, str]:
    """What is known of a step before it runs, as digests by name.

    Parameters
    ----------
    job : RenderJob
    notebook : Path
    parameters : mapping of str to value
        Beside the client file.
    by : str
        Digest of the package and of the versions that it stands on.
    """
    code, _, versions = by.partition(" ")
    return {
        "notebook": source_digest(notebook),
        "parameters": digest_of(sorted(parameters.items())),
        "files": digest_of([str(Path(path).absolute()) for path in (notebook, job.client_file)]),
        "engine": job.engine_name or "",
        "code": code,
        "versions": versions,
    }


def source_digest(notebook: Path) -> str:
    """Digest of a notebook as it is run: without outputs, and however its lines end.

    Parameters
    ----------
    notebook : Path

    Returns
    -------
    str
    """
    content = notebook.read_bytes()
    try:
        source: Any = json.loads(content)
        for cell in source["cells"]:
            text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            cell["source"] = "\n".join(text.splitlines())
            for left_by_a_run in ("outputs", "execution_count"):
                cell.pop(left_by_a_run, None)
    except UNREADABLE:
        source = content.replace(b"\r\n", b"\n").hex()
    return digest_of(json.dumps(source, sort_keys=True))


def plan_steps(known: Known) -> list[StepPlan]:
    """Which of a job's steps need be run, and why; with ``--force`` all of them.

    Parameters
    ----------
    known : Known

    Returns
    -------
    list of StepPlan
        In the order of the notebooks.
    """
    return [_plan(known, notebook) for notebook in known.job.notebooks]


def _plan(known: Known, notebook: Path) -> StepPlan:
    if known.job.force:
        return StepPlan(notebook, None, "asked for with --force")
    if known.on_a_server:
        return StepPlan(notebook, None, ON_A_SERVER)
    step, asked = step_of(notebook), known.asked(notebook)
    nearest: list[str] | None = None
    for entry in _entries(known.folder, step):
        before = [CHANGED[part] for part in CHANGED if entry.asked.get(part) != asked[part]]
        names = [] if before else [n for n, digest in entry.reads.items() if known.can_tell(n) and known.now(step, n) != digest]
        changes = before or [_said(name) for name in names]
        if not changes:
            return StepPlan(notebook, entry.place, "")
        if nearest is None or len(changes) < len(nearest):
            nearest = changes
    return StepPlan(notebook, None, NEVER_RUN if nearest is None else _reason(nearest))


def hinges_on_tables(known: Known) -> bool:
    """Whether it takes the client's tables to tell of some step whether it holds."""
    if known.job.force or known.on_a_server:
        return False
    for notebook in known.job.notebooks:
        step, asked = step_of(notebook), known.asked(notebook)
        for entry in _entries(known.folder, step):
            others = [name for name in entry.reads if known.can_tell(name)]
            if entry.asked == asked and all(known.now(step, name) == entry.reads[name] for name in others):
                return True
    return False


def _said(name: str) -> str:
    kind, _, what = name.partition(":")
    if kind == "setting":
        return SETTINGS.get(what) or READ[kind].format(what)
    if kind in READ:
        return READ[kind].format(what or "all tables")
    return UNKNOWN


def _reason(changes: list[str]) -> str:
    named = list(dict.fromkeys(changes))
    if UNKNOWN in named:
        return UNKNOWN
    shown = named[:MOST_NAMED] if len(named) <= MOST_NAMED + 1 else [*named[:MOST_NAMED], f"{len(named) - MOST_NAMED} more"]
    return f"{joined(shown or named)} {'has' if len(named) == 1 else 'have'} changed"


@dataclass(frozen=True)
class OwnFiles:
    """What the notebooks of a report have read beside their client: files that they opened themselves.

    Parameters
    ----------
    digests : mapping of str to str
        By path.
    all_told : bool
        Whether that is all: nothing came from another program or machine.
    """

    digests: Mapping[str, str]
    all_told: bool = True

    @classmethod
    def of(cls, reads: Mapping[str, str | None]) -> OwnFiles:
        """Those of a record of reads."""
        found = {name.removeprefix(FILE): digest for name, digest in reads.items() if name.startswith(FILE)}
        told = {path: digest for path, digest in found.items() if digest is not None}
        return cls(told, len(told) == len(found) and BEYOND_TELLING not in reads)

    @classmethod
    def noted_in(cls, folder: Path) -> OwnFiles:
        """Those of all steps of a working folder."""
        of_steps = [cls.of(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]
        agree = all(
            one.digests[path] == other.digests[path]
            for one in of_steps
            for other in of_steps
            for path in one.digests.keys() & other.digests
        )
        digests = {path: digest for one in of_steps for path, digest in one.digests.items()}
        return cls(dict(sorted(digests.items())), agree and all(one.all_told for one in of_steps))

    @property
    def same(self) -> bool:
        """Whether they are as they were read."""
        return self.all_told and all(file_digest_of(path) == digest for path, digest in self.digests.items())


def note_reads(folder: Path, step: str, reads: Mapping[str, str | None] | None) -> None:
    """Note in a working folder what a step has read."""
    folder.mkdir(exist_ok=True)
    (folder / f"{step}.json").write_text(json.dumps(reads or {}), encoding="utf-8")


def take_kept(plan: StepPlan, executed: Path, notes: Path) -> bool:
    """Put the kept notebook of a step where an executed one goes.

    Parameters
    ----------
    plan : StepPlan
        Of a step that need not be run.
    executed : Path
    notes : Path
        Folder where it is noted what each step has read.

    Returns
    -------
    bool
        Whether it could be done; a kept notebook that is damaged is as good as none.
    """
    assert plan.kept is not None
    try:
        record = json.loads(plan.kept.read_text(encoding="utf-8"))
        content = _notebook_of(plan.kept).read_bytes()
        if sha256(content).hexdigest() != record["notebook"]:
            return False
        executed.write_bytes(gzip.decompress(content))
        note_reads(notes, plan.step, dict(record["reads"]))
    except UNREADABLE:
        return False
    with contextlib.suppress(OSError):
        os.utime(plan.kept)  # used just now, so not the next to be removed
    return True


def keep_step(folder: Path, notebook: Path, asked: Mapping[str, str], reads: Mapping[str, str | None] | None, executed: Path) -> None:
    """Keep an executed notebook with what it was made from. One that cannot be kept costs time only.

    Parameters
    ----------
    folder : Path
        As `steps_folder` gives it.
    notebook : Path
        The notebook as it is stored.
    asked : mapping of str to str
        As `asked_of` told before it ran.
    reads : mapping of str to str or None, or None
        What it has read, as `cvclib.reads.noted_in` gives it; where part of that cannot be told, nothing is kept.
    executed : Path
    """
    known = {name: digest for name, digest in (reads or {}).items() if digest is not None}
    if not known or len(known) < len(reads or {}):
        return
    code_digest.cache_clear()
    if source_digest(notebook) != asked["notebook"] or code_digest() != asked["code"]:  # edited while it ran
        return
    step = step_of(notebook)
    place = folder / f"{step}-{digest_of([sorted(asked.items()), sorted(known.items())])[:16]}.json"
    content = gzip.compress(executed.read_bytes(), compresslevel=1, mtime=0)
    record = {"asked": dict(asked), "reads": known, "notebook": sha256(content).hexdigest()}
    with contextlib.suppress(OSError):
        replace_atomically(_notebook_of(place), content)
        replace_atomically(place, json.dumps(record).encode())  # last: without it the notebook counts for nothing
        _prune(folder, step, place)


def _notebook_of(place: Path) -> Path:
    return place.with_suffix(".ipynb.gz")


def _entries(folder: Path, step: str) -> Iterator[_Entry]:
    """The kept notebooks of a step that can be read, the one used last first."""
    found = []
    for place in folder.glob(f"{step}-*.json"):
        with contextlib.suppress(*UNREADABLE):
            record = json.loads(place.read_text(encoding="utf-8"))
            asked, reads = dict(record["asked"]), dict(record["reads"])
            if reads and sha256(_notebook_of(place).read_bytes()).hexdigest() == record["notebook"]:
                found.append(_Entry(place, asked, reads, place.stat().st_mtime_ns))
    return iter(sorted(found, key=lambda entry: entry.written_ns, reverse=True))


def _prune(folder: Path, step: str, newest: Path) -> None:
    """Remove all but the notebooks of a step that were used last, and what of others was left by halves."""
    places = sorted(folder.glob(f"{step}-*.json"), key=lambda place: (place == newest, place.stat().st_mtime_ns), reverse=True)
    for old in places[KEPT:]:
        old.unlink(missing_ok=True)
    kept = {_notebook_of(place) for place in places[:KEPT]}
    for notebook in folder.glob(f"{step}-*.ipynb.gz"):
        if notebook not in kept:
            notebook.unlink(missing_ok=True)
    for half in folder.glob(".writing-*"):  # by a process that was killed meanwhile
        if time.time() - half.stat().st_mtime > HALF_WRITTEN_SECONDS:
            half.unlink(missing_ok=True)
