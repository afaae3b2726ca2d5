"""Rendering clients: one after the other or side by side, each on its own, none able to stop the others."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import BrokenProcessPool
from nbformat import NotebookNode
from tqdm import tqdm

from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.findings import FINDING_MIME, INDICATOR_MIME
from cvclib.findings_file import findings_text
from cvclib.params import ClientFile, load_client_file
from cvclib.render.index import write_index
from cvclib.render.job import OF_THE_CLIENT, RenderJob, RenderResult, check_jobs, parameters_of, step_of
from cvclib.render.pages import page
from cvclib.render.publishing import FAILURE_PAGE, clear_abandoned, publish, working_folder, write_whole
from cvclib.render.report import make_report
from cvclib.render.running import StepFailed, kernel_environment, run_notebook
from cvclib.render.state import inputs_digest, is_up_to_date, job_digest, reads_an_engine
from cvclib.sources import write_rejected_rows
from cvclib.wording import label

Told = Callable[[str, str], None]  # slug of the client, what is done with it now
DONE, OVER = "", "over"  # told when a step has ended, and when its client has
POLL_SECONDS = 0.2


def render_clients(jobs: Sequence[RenderJob], *, n_workers: int = 1, scheduler: str = "", progress: bool = True) -> list[RenderResult]:
    """Render the reports of clients, and the page that lists them.

    Parameters
    ----------
    jobs : sequence of RenderJob
    n_workers : int
        Clients rendered side by side, each in a process; with 1 all in this one.
    scheduler : str
        Address of a Dask scheduler on whose workers the clients are rendered; empty for this machine.
    progress : bool
        Whether a bar on standard error tells of clients and steps.

    Returns
    -------
    list of RenderResult
        In the order of the jobs. A client that fails has its message and a page; the others are rendered.

    Raises
    ------
    InputError
        Before anything is rendered: if two jobs would write the same report, or a step or an override is
        known to no notebook.
    """
    jobs = list(jobs)
    check_jobs(jobs)
    started = time.perf_counter()
    out_dirs = dict.fromkeys(Path(job.out_dir) for job in jobs)
    for out_dir in out_dirs:
        clear_abandoned(out_dir)
    n_workers = max(1, min(n_workers, len(jobs)))
    with _bar(jobs, progress) as told, kernel_environment():
        if scheduler:
            results = _elsewhere(jobs, scheduler, told.direct)
        else:
            results = _in_turn(jobs, told.direct) if n_workers == 1 else _side_by_side(jobs, n_workers, told.file)
    for out_dir in out_dirs:
        mine = [result for job, result in zip(jobs, results, strict=True) if Path(job.out_dir) == out_dir]
        write_index(out_dir, mine, time.perf_counter() - started)
    return results


def _in_turn(jobs: Sequence[RenderJob], told: Told) -> list[RenderResult]:
    results = []
    for job in jobs:
        results.append(render_client(job, told))
        told(job.slug, OVER)
    return results


def _elsewhere(jobs: Sequence[RenderJob], scheduler: str, told: Told) -> list[RenderResult]:
    from cvclib.render.cluster import render_on_cluster  # an extra that few install

    results = {}
    for i, result in render_on_cluster(jobs, scheduler, _failed):
        results[i] = result
        told(jobs[i].slug, OVER)
    return [results[i] for i in range(len(jobs))]


def _side_by_side(jobs: Sequence[RenderJob], n_workers: int, progress_file: Path) -> list[RenderResult]:
    results: dict[int, RenderResult] = {}
    tasks = (delayed(_numbered)(i, job, progress_file) for i, job in enumerate(jobs))
    try:
        for i, result in Parallel(n_jobs=n_workers, batch_size=1, return_as="generator_unordered")(tasks):
            results[i] = result
    except BrokenProcessPool:
        pass  # a worker was ended from outside; whose client it was shows when each that is left has a worker of its own
    for i, job in enumerate(jobs):
        if i not in results:
            results[i] = _alone(job, progress_file)
    return [results[i] for i in range(len(jobs))]


def _alone(job: RenderJob, progress_file: Path) -> RenderResult:
    try:
        return Parallel(n_jobs=2)([delayed(_numbered)(0, job, progress_file)])[0][1]
    except BrokenProcessPool:
        failure = StepFailed(
            "client file",
            "The process that read the tables was ended by the system, most often for want of memory.",
            "Render fewer clients at a time, or this one on a machine with more memory.",
        )
        return _failed(job, Path(job.client_file).stem, failure, 0.0)


def _numbered(i: int, job: RenderJob, progress_file: Path) -> tuple[int, RenderResult]:
    told = _Appending(progress_file)
    with kernel_environment():
        result = render_client(job, told)
    told(job.slug, OVER)
    return i, result


def render_client(job: RenderJob, told: Told = lambda slug, what: None) -> RenderResult:
    """Render the report of one client.

    Parameters
    ----------
    job : RenderJob
    told : callable
        Called with the client's slug and the step begun, or an empty text when one has ended.

    Returns
    -------
    RenderResult
        Whatever happens; a failure is written to the client's failure page.
    """
    started = time.perf_counter()
    name = Path(job.client_file).stem
    try:
        told(job.slug, "tables")
        params = _read(job)
        name = params.client
        parameters = parameters_of(job, params)
        digest = job_digest(job, params, parameters)
        if not job.force and not reads_an_engine(params) and is_up_to_date(job, digest):
            return RenderResult(Path(job.client_file), name, job.slug, "up to date", time.perf_counter() - started, job.report)
        with working_folder(Path(job.out_dir)) as made:
            _make(job, params, parameters, made, told)
            if job_digest(job, params, parameters) != digest:
                raise InputError(
                    [Problem(str(job.client_file), "files that changed while the report was made", "them to stay", "Render again.")]
                )
            publish(job, made, digest)
    except InputError as error:
        failure = StepFailed("client file", str(error), "Mend what is named here, and render again.")
    except StepFailed as error:
        failure = error
    except Exception as error:  # no client may stop the batch, whatever is wrong with it
        message = f"{type(error).__name__}: {error}"
        failure = StepFailed(
            "report",
            message,
            "This is a fault of the workbook: please report it, with the traceback below.",
            trace="".join(traceback.format_exception(error)),
        )
    else:
        return RenderResult(Path(job.client_file), name, job.slug, "rendered", time.perf_counter() - started, job.report)
    return _failed(job, name, failure, time.perf_counter() - started)


def _read(job: RenderJob) -> ClientFile:
    if not Path(job.client_file).is_file():
        raise InputError([Problem(str(job.client_file), "no such file", "a client file", "Check its name and folder.")])
    return load_client_file(job.client_file)


def _make(job: RenderJob, params: ClientFile, parameters: dict, made: Path, told: Told) -> None:
    overrides = {name: str(job.overrides.get(name, "")) for name in OF_THE_CLIENT}
    client = Client.open(job.client_file, **overrides)
    try:
        (made / "notebooks").mkdir()
        executed = []
        for notebook in job.notebooks:
            told(job.slug, step_of(notebook))
            executed.append(
                (
                    notebook,
                    run_notebook(
                        notebook,
                        made / "notebooks" / notebook.name,
                        client_file=job.client_file,
                        parameters=parameters[step_of(notebook)],
                        engine_name=job.engine_name,
                        cell_timeout_seconds=job.cell_timeout_seconds,
                    ),
                )
            )
            told(job.slug, DONE)
        told(job.slug, "report")
        html = make_report(job, client, executed, parameters, inputs_digest(params))
        (made / job.report.name).write_text(html, encoding="utf-8", newline="\n")
        (made / job.findings.name).write_text(_findings_of(client, [notebook for _, notebook in executed]), encoding="utf-8", newline="\n")
        write_rejected_rows(client.connection, made / "rejected_rows.csv")
    finally:
        client.connection.disconnect()


def _findings_of(client: Client, notebooks: Sequence[NotebookNode]) -> str:
    outputs = [output for notebook in notebooks for cell in notebook.cells for output in cell.get("outputs", ())]
    records = {
        mime: [output["data"][mime] for output in outputs if mime in output.get("data", {})] for mime in (FINDING_MIME, INDICATOR_MIME)
    }
    return findings_text(client.params, client.period, client.segment, records[FINDING_MIME], records[INDICATOR_MIME])


def _failed(job: RenderJob, name: str, failure: StepFailed, seconds: float) -> RenderResult:
    earlier = job.report if job.report.is_file() else None
    values = {
        "client": name,
        "step": failure.step,
        "message": failure.message,
        "fix": failure.fix,
        "heading": failure.heading,
        "source": failure.source,
        "trace": failure.trace,
        "earlier": earlier.name if earlier else "",
    }
    write_whole(job.folder / FAILURE_PAGE, page("failed.html.j2", values))
    return RenderResult(Path(job.client_file), name, job.slug, "failed", seconds, earlier, failure.message, failure.step)


class _Appending:
    """Tells of progress across processes: a line a message, at the end of a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, slug: str, what: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{slug}\t{what}\n")


class _Progress:
    def __init__(self, bar: tqdm, file: Path, steps: Counter[str]) -> None:
        self._bar, self.file = bar, file
        self._left = steps  # a client that failed or was up to date leaves some
        self._read_lines = 0

    def direct(self, slug: str, what: str) -> None:
        if what in (DONE, OVER):
            ended = min(1, self._left[slug]) if what == DONE else self._left[slug]
            self._left[slug] -= ended
            self._bar.update(ended)
        else:
            self._bar.set_postfix_str(f"{slug}: {label(what).lower()}")

    def catch_up(self) -> None:
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        whole = [line for line in lines if line.endswith("\n")]
        for line in whole[self._read_lines :]:
            slug, _, what = line.rstrip("\n").partition("\t")
            self.direct(slug, what)
        self._read_lines = len(whole)


@contextmanager
def _bar(jobs: Sequence[RenderJob], progress: bool) -> Iterator[_Progress]:
    total = sum(len(job.notebooks) for job in jobs)
    with (
        tempfile.TemporaryDirectory(prefix="cvc-progress-") as folder,
        tqdm(total=total, unit="step", desc="Rendering", file=sys.stderr, disable=not progress, dynamic_ncols=True, delay=0.5) as bar,
    ):
        file = Path(folder) / "progress"
        file.touch()
        steps = Counter()
        for job in jobs:
            steps[job.slug] += len(job.notebooks)
        told = _Progress(bar, file, steps)
        stop = threading.Event()
        watcher = threading.Thread(target=_watch, args=(told, stop), daemon=True)
        watcher.start()
        try:
            yield told
        finally:
            stop.set()
            watcher.join()
            told.catch_up()


def _watch(told: _Progress, stop: threading.Event) -> None:
    while not stop.wait(POLL_SECONDS):
        told.catch_up()
