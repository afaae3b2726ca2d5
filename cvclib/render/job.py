"""What is rendered: one frozen job a client, its result, and the check of parameters before a kernel starts.

Papermill only warns of a parameter that a notebook does not know and runs on with the default; a misspelt
one is therefore refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cvclib.errors import InputError, Problem
from cvclib.kernels import ENGINE_NAME
from cvclib.render.notebook_files import notebook_parameters, parameters_in, step_notebooks, step_of
from cvclib.render.own_chapters import CLIENT_FILE, KEY, NO_NOTEBOOK, own_notebooks, problems_with
from cvclib.wording import joined, slug

if TYPE_CHECKING:
    from cvclib.params import ClientFile

Value = str | int | float | bool
State = Literal["rendered", "up to date", "failed", "not rendered"]

STATE, REJECTED_ROWS = "state", "rejected_rows.csv"
OF_THE_CLIENT = ("period_start", "period_end", "segment")  # parameters that the whole report takes, not one step


def findings_file(slug: str) -> str:
    """Name of the file of a report's findings."""
    return f"{slug}-findings.json"


def tables_file(slug: str) -> str:
    """Name of the workbook of a report's tables."""
    return f"{slug}-tables.xlsx"


@dataclass(frozen=True)
class RenderJob:
    """One client's report to render.

    Parameters
    ----------
    client_file : Path
        ``params/<client>.yaml``; its name, as a slug, names the report.
    out_dir : Path
        Folder of the batch; the report goes to ``<out_dir>/<slug>/<slug>.html``.
    notebooks_dir : Path
        Folder of the step notebooks (``1_process_mapping.ipynb`` and so on). Those that the client file names as ``chapters:`` come after.
    only : tuple of str
        Names of the steps, and of the client's own chapters, to render; empty for all.
    overrides : mapping of str to value
        Notebook parameters that win over the client file's; each goes to the steps that know it.
    engine_name : str or None
        Papermill engine; by default the one whose kernels are copies of a warm process, None for papermill's own.
    cell_timeout_seconds : int
        Time a cell may take.
    step_timeout_seconds, client_timeout_seconds : int
        Time a step, and the whole report, may take; 0 for no limit.
    memory_limit_bytes : int
        Memory that the kernel of a step may take; 0 for no limit.
    force : bool
        Render what is up to date, too.
    edition : str
        ``client`` or ``analyst``, in a file of its own; empty for the client file's.
    pdf : bool
        Whether the report is printed, too.
    """

    client_file: Path
    out_dir: Path
    notebooks_dir: Path
    only: tuple[str, ...] = ()
    overrides: Mapping[str, Value] = field(default_factory=dict)
    engine_name: str | None = ENGINE_NAME
    cell_timeout_seconds: int = 600
    step_timeout_seconds: int = 0
    client_timeout_seconds: int = 0
    memory_limit_bytes: int = 0
    force: bool = False
    edition: str = ""
    pdf: bool = False

    @property
    def slug(self) -> str:
        """Name of the report's folder and file."""
        stem = Path(self.client_file).stem
        return slug(stem) or f"client-{sha256(stem.encode()).hexdigest()[:8]}"  # a name without a Latin letter

    @property
    def folder(self) -> Path:
        """Where everything of this client goes."""
        return Path(self.out_dir) / self.slug

    @property
    def report(self) -> Path:
        """Where the report goes; an edition that is asked for by name lies beside the one of the client file."""
        return self.folder / f"{self.slug}{f'-{self.edition}' if self.edition else ''}.html"

    @property
    def state(self) -> Path:
        """Where it is noted what the report was made from."""
        return self.folder / f"{STATE}{f'-{self.edition}' if self.edition else ''}.json"

    @property
    def findings(self) -> Path:
        """Where the file of the report's findings goes."""
        return self.folder / findings_file(self.slug)

    @property
    def tables(self) -> Path:
        """Where the workbook of the report's tables goes."""
        return self.folder / tables_file(self.slug)

    @property
    def printed(self) -> Path:
        """Where the report goes as it is printed."""
        return self.report.with_suffix(".pdf")

    @property
    def beside(self) -> tuple[Path, ...]:
        """What is made with the report from the same notebooks; some steps alone are no report to look back on, and have no findings."""
        return (self.tables, *(() if self.partial else (self.findings,)), self.folder / REJECTED_ROWS)

    @property
    def made(self) -> tuple[Path, ...]:
        """All that is published of a report but its notebooks and the note of its state."""
        return (self.report, *((self.printed,) if self.pdf else ()), *self.beside)

    @property
    def all_notebooks(self) -> dict[str, Path]:
        """The notebooks of the whole report by step, in order: the steps, then the client's own chapters."""
        return step_notebooks(self.notebooks_dir) | {step_of(path): path for path in own_notebooks(self.client_file)}

    @property
    def notebooks(self) -> tuple[Path, ...]:
        """The notebooks to run, in order."""
        return tuple(path for step, path in self.all_notebooks.items() if not self.only or step in self.only)

    @property
    def numbers(self) -> dict[str, int]:
        """The number of each step's chapter; the client's own go on after the last step."""
        found = {path: int(path.name.partition("_")[0]) for path in step_notebooks(self.notebooks_dir).values()}
        first = max(found.values(), default=0) + 1
        own = {path: number for number, path in enumerate(own_notebooks(self.client_file), start=first)}
        return {step_of(path): number for path, number in (found | own).items()}

    @property
    def defaults(self) -> dict[str, dict[str, object]]:
        """The parameters of each notebook, with their defaults; of a chapter of the client's own that can be read."""
        own = {step_of(path): found for path in own_notebooks(self.client_file) if (found := _parameters(path)) is not None}
        return notebook_parameters(self.notebooks_dir) | own

    @property
    def partial(self) -> bool:
        """Whether some steps are left out."""
        return bool(self.only) and len(self.notebooks) < len(self.all_notebooks)


@dataclass(frozen=True)
class RenderResult:
    """What became of a job.

    Parameters
    ----------
    client_file : Path
    client : str
        The client's name; of a client file that cannot be read, the file's.
    slug : str
    state : {"rendered", "up to date", "failed", "not rendered"}
        Not rendered is what was left when the run was stopped.
    seconds : float
    report : Path or None
        The report that is there to read; of a failed client an earlier one, if any.
    message : str
        Why it failed; empty otherwise.
    step : str
        Where it failed: a step's name, ``"client file"`` or ``"report"``; empty otherwise.
    """

    client_file: Path
    client: str
    slug: str
    state: State
    seconds: float
    report: Path | None
    message: str = ""
    step: str = ""


def _parameters(notebook: Path) -> dict[str, object] | None:
    try:
        return parameters_in(notebook)
    except (OSError, *NO_NOTEBOOK):
        return None


def check_jobs(jobs: Sequence[RenderJob]) -> None:
    """Refuse a call that cannot be right, before any client is read.

    Raises
    ------
    InputError
        If two client files would write the same report, a step or an override is known to no notebook, or
        there are no notebooks.
    """
    problems = list(_same_slug(jobs))
    for folder in dict.fromkeys(Path(job.notebooks_dir) for job in jobs):
        mine = [job for job in jobs if Path(job.notebooks_dir) == folder]
        known = notebook_parameters(folder)
        if not known:
            problems.append(Problem(str(folder), "no step notebook", "files such as 1_process_mapping.ipynb"))
            continue
        if any(job.only or job.overrides for job in mine):  # else there is nothing that chapters of a client's own could know
            known |= {step: defaults for job in mine for step, defaults in job.defaults.items()}
        for step in dict.fromkeys(step for job in mine for step in job.only):
            if step not in known:
                problems.append(_unknown("--only", f"step {step!r}", known, "step"))
        for name, value in dict.fromkeys((name, value) for job in mine for name, value in job.overrides.items()):
            problems += _check_override(name, value, known)
    if problems:
        raise InputError(problems)


def _same_slug(jobs: Sequence[RenderJob]) -> Iterable[Problem]:
    for place in dict.fromkeys(job.folder for job in jobs):
        files = [str(job.client_file) for job in jobs if job.folder == place]
        if len(files) > 1:
            yield Problem(joined(files), f"{len(files)} client files that write {place}", "one client file a report", "Rename one of them.")


def _unknown(where: str, found: str, known: Iterable[str], what: str) -> Problem:
    from cvclib.spelling import did_you_mean  # loaded for a mistake only

    return Problem(where, found, f"a {what}", did_you_mean(found.split("'")[1], known))


def _check_override(name: str, value: Value, known: Mapping[str, Mapping[str, object]]) -> Iterable[Problem]:
    where = f"--set {name}"
    if name == CLIENT_FILE:
        yield Problem(where, "a client file", "another parameter", "Name the client file as an argument instead.")
        return
    defaults = [parameters[name] for parameters in known.values() if name in parameters]
    if not defaults:
        every = dict.fromkeys(n for parameters in known.values() for n in parameters if n != CLIENT_FILE)
        yield _unknown(where, f"parameter {name!r}", every, "parameter of a notebook")
    elif not fits(value, defaults[0]):
        yield Problem(where, f"{value!r}", _kind(defaults[0]))


def fits(value: object, default: object) -> bool:
    """Whether a value can stand where a notebook has this default.

    Examples
    --------
    >>> fits(3, 0.5), fits("3", 0.5), fits(2015, ""), fits(1, True)
    (True, False, True, False)
    """
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, str):
        return True  # a segment named 2015 is a text that looks like a number
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def _kind(default: object) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
    return names.get(type(default), type(default).__name__)


def parameters_of(job: RenderJob, params: ClientFile) -> dict[str, dict[str, Value]]:
    """What each notebook of a job is given, beside the client file: the client file's ``steps:``, then the overrides.

    Raises
    ------
    InputError
        If the client file's ``steps:`` names a step or a parameter that there is not, or something is wrong with its ``chapters:``.
    """
    known = job.defaults
    where = f"{job.client_file}, steps"
    problems = [*_own_problems(job, params), *_nothing_left(job, known)]
    problems += [_unknown(where, f"step {step!r}", known, "step") for step in params.steps if step not in known]
    given: dict[str, dict[str, Value]] = {}
    for step, defaults in known.items():
        own = dict(params.steps.get(step, {}))
        for name, value in own.items():
            if name not in defaults or name == CLIENT_FILE:
                problems.append(_unknown(f"{where}.{step}", f"parameter {name!r}", [n for n in defaults if n != CLIENT_FILE], "parameter"))
            elif not fits(value, defaults[name]):
                problems.append(Problem(f"{where}.{step}.{name}", repr(value), _kind(defaults[name])))
        wanted = {**own, **{name: value for name, value in job.overrides.items() if name in defaults}}
        given[step] = {name: str(value) if isinstance(defaults.get(name), str) else value for name, value in wanted.items()}
    if problems:
        raise InputError(problems)
    return {step: values for step, values in given.items() if not job.only or step in job.only}


def _own_problems(job: RenderJob, params: ClientFile) -> Iterable[Problem]:
    """What is wrong with the chapters of the client's own; a report is of one period and one segment throughout."""
    yield from problems_with(job.client_file, params.chapters, step_notebooks(job.notebooks_dir))
    for path in own_notebooks(job.client_file):
        known = _parameters(path) or {}
        for name in OF_THE_CLIENT:
            if name in job.overrides and CLIENT_FILE in known and name not in known:
                where = f"{job.client_file}, {KEY}: {path.name}"
                expected = f"it, as --set {name} is meant for the whole report"
                yield Problem(
                    where, f"no parameter {name!r} in it", expected, "Take it from the parameters cell of a step, and into Client.open."
                )


def _nothing_left(job: RenderJob, known: Mapping[str, object]) -> Iterable[Problem]:
    if job.only and not set(job.only) & set(known):
        expected = f"a step of this client (one of {', '.join(known)})"
        yield Problem(f"--only for {job.client_file}", joined([repr(step) for step in job.only]), expected)
