"""Rendering clients: each on its own, none able to stop the others, as many parts at a time as there are cores.

The parts of a client depend on each other: its tables, then its steps side by side, then the report, which is
published here. Clients are taken in order, and the parts of an earlier one before those of a later one. This
process loads little: every part runs in one of its own.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cvclib.render.capacity import default_workers
from cvclib.render.digests import made_by
from cvclib.render.environment import environment, own_environment
from cvclib.render.failure import FAILURE_FILE, StepFailed, disk_failure, stopped_at
from cvclib.render.index import write_index
from cvclib.render.job import RenderJob, RenderResult, State, check_jobs, step_of
from cvclib.render.locking import own_folders
from cvclib.render.pages import page
from cvclib.render.parts import REPORT, TABLES, Prepared, attempt
from cvclib.render.pool import Ended, Interrupted, Pool, Task
from cvclib.render.progress import Event, Told, everybody, for_people, nobody
from cvclib.render.publishing import FAILURE_PAGE, publish, recover, working_folder, write_whole
from cvclib.render.untouched import Seen, note, untouched

LAST_WORDS_BYTES = 4_000  # of what a process printed before it died
MORE_MEMORY = "Render fewer at a time (--jobs), or on a machine with more memory; --memory allows a kernel more."
REPORT_IT = "Render again; if it happens again, please report it."


class BatchInterrupted(KeyboardInterrupt):
    """A batch was stopped by a signal, cleanly.

    Parameters
    ----------
    results : list of RenderResult
        Of every job; those that were left have state ``"not rendered"``.
    signal_number : int
    """

    def __init__(self, results: list[RenderResult], signal_number: int) -> None:
        super().__init__(results, signal_number)
        self.results, self.signal_number = results, signal_number


def render_clients(
    jobs: Sequence[RenderJob],
    *,
    n_workers: int | None = None,
    scheduler: str = "",
    progress: bool = True,
    told: Told = nobody,
    fail_fast: bool = False,
) -> list[RenderResult]:
    """Render the reports of clients, and the page that lists them.

    Parameters
    ----------
    jobs : sequence of RenderJob
    n_workers : int or None
        Steps run at the same time, of one client or of several; None for what cores and memory allow.
    scheduler : str
        Address of a Dask scheduler on whose workers the clients are rendered; empty for this machine.
    progress : bool
        Whether a bar on standard error tells of clients and steps.
    told : callable
        Called with each `Event` of the batch.
    fail_fast : bool
        Whether the first client that fails ends the batch.

    Returns
    -------
    list of RenderResult
        In the order of the jobs. A client that fails has its message and a page; the others are rendered.

    Raises
    ------
    InputError
        Before anything is rendered: if two jobs would write the same report, a step or an override is known to no
        notebook, or a folder for reports cannot be written to or is in use by another run.
    BatchInterrupted
        On Ctrl-C or a request to end, once everything has been put away.
    """
    jobs = list(jobs)
    check_jobs(jobs)
    started = time.perf_counter()
    out_dirs = list(dict.fromkeys(Path(job.out_dir) for job in jobs))
    told = everybody(told, for_people([(job.slug, len(job.notebooks)) for job in jobs])) if progress and jobs else told
    with own_folders(out_dirs):
        told(Event("batch begun"))
        stopped_by = 0
        try:
            for out_dir in out_dirs:
                recover(out_dir)
            if scheduler:
                results = _elsewhere(jobs, scheduler, told)
            else:
                results, stopped_by = _here(jobs, n_workers, told, fail_fast)
            _list(out_dirs, jobs, results, time.perf_counter() - started, told)
        finally:
            told(Event("batch ended", seconds=time.perf_counter() - started))
    if stopped_by:
        raise BatchInterrupted(results, stopped_by)
    return results


def render_client(job: RenderJob, told: Told = nobody, *, n_workers: int = 1) -> RenderResult:
    """Render the report of one client, without a page that lists it.

    Parameters
    ----------
    job : RenderJob
    told : callable
        Called with each `Event`.
    n_workers : int
        Steps run at the same time.

    Returns
    -------
    RenderResult
        Whatever happens; a failure is written to the client's failure page.

    Raises
    ------
    InputError
        If the folder for reports cannot be written to or is in use by another run.
    BatchInterrupted
        On Ctrl-C or a request to end, once everything has been put away.
    """
    with own_folders([Path(job.out_dir)]):
        recover(Path(job.out_dir))
        results, stopped_by = _here([job], n_workers, told, fail_fast=False)
    if stopped_by:
        raise BatchInterrupted(results, stopped_by)
    return results[0]


def _here(jobs: Sequence[RenderJob], n_workers: int | None, told: Told, fail_fast: bool) -> tuple[list[RenderResult], int]:
    batch = _Batch(jobs, n_workers or default_workers(max((job.memory_limit_bytes for job in jobs), default=0)), told, fail_fast)
    return batch.run()


def _elsewhere(jobs: Sequence[RenderJob], scheduler: str, told: Told) -> list[RenderResult]:
    from cvclib.render.cluster import render_on_cluster  # an extra that few install

    results = {}
    for i, result in render_on_cluster(jobs, scheduler, failed):
        results[i] = result
        told(Event("client ended", jobs[i].slug, state=result.state, seconds=result.seconds, message=result.message))
    return [results[i] for i in range(len(jobs))]


def _list(out_dirs: Sequence[Path], jobs: Sequence[RenderJob], results: Sequence[RenderResult], seconds: float, told: Told) -> None:
    """Write the page that lists the batch; where that cannot be written, the reports are none the worse."""
    for out_dir in out_dirs:
        mine = [r for job, r in zip(jobs, results, strict=True) if Path(job.out_dir) == out_dir and r.state != "not rendered"]
        try:
            write_index(out_dir, mine, seconds)
        except OSError as error:
            told(Event("warning", message=f"{out_dir}: the page that lists the reports could not be written: {error.strerror}."))


class _Client:
    """A client on its way: what is done, what is under way, what is to come."""

    def __init__(self, i: int, job: RenderJob, folder: Path) -> None:
        self.i, self.job = i, job
        self.made, self.scratch = folder / job.slug, folder / f"{job.slug}.scratch"
        self.name = Path(job.client_file).stem
        self.started: float | None = None
        self.prepared: Prepared | None = None
        self.to_run: deque[Path] = deque()
        self.under_way: set[str] = set()
        self.joining = False
        self.result: RenderResult | None = None

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started if self.started is not None else 0.0

    def next_part(self) -> str:
        """Name of the part that can be begun now; empty where there is none."""
        if self.result is not None or self.joining:
            return ""
        if self.prepared is None:
            return "" if self.under_way else TABLES
        if self.to_run:
            return step_of(self.to_run[0])
        return "" if self.under_way else REPORT


class _Batch:
    def __init__(self, jobs: Sequence[RenderJob], n_workers: int, told: Told, fail_fast: bool) -> None:
        self._jobs, self._n_workers, self._told, self._fail_fast = jobs, n_workers, told, fail_fast
        self._clients: list[_Client] = []
        self._by = made_by()

    def run(self) -> tuple[list[RenderResult], int]:
        """Render all, as far as it goes; results, and the signal that ended it before."""
        with ExitStack() as held:
            held.enter_context(environment())
            pool = held.enter_context(Pool(self._n_workers))
            folders = {out_dir: held.enter_context(working_folder(out_dir)) for out_dir in {Path(job.out_dir) for job in self._jobs}}
            self._clients = [_Client(i, job, folders[Path(job.out_dir)]) for i, job in enumerate(self._jobs)]
            self._pass_over_untouched()
            with _signals_to(pool):
                self._work(pool)
                stopped_by = pool.stopping
                pool.stop()
        return [client.result or self._left(client) for client in self._clients], stopped_by

    def _pass_over_untouched(self) -> None:
        for client in self._clients:
            if not client.job.force and (name := untouched(client.job, self._by)):
                client.name = name
                self._end(client, "up to date", client.job.report)

    def _work(self, pool: Pool) -> None:
        try:
            while not pool.stopping and not self._enough and any(client.result is None for client in self._clients):
                self._begin_what_fits(pool)
                for ended in pool.wait():
                    self._take(ended, pool)
                self._look_at_clocks(pool)
        except Interrupted:
            pool.stopping = pool.stopping or signal.SIGINT

    @property
    def _enough(self) -> bool:
        return self._fail_fast and any(client.result is not None and client.result.state == "failed" for client in self._clients)

    def _begin_what_fits(self, pool: Pool) -> None:
        for client in self._clients:
            while pool.n_free > 0 and not pool.stopping and (part := client.next_part()):
                self._begin(client, part, pool)
            if pool.n_free <= 0:
                return

    def _begin(self, client: _Client, part: str, pool: Pool) -> None:
        job = client.job
        if client.started is None:
            client.started = time.perf_counter()
            self._told(Event("client begun", job.slug))
        if part == TABLES:
            call = ("prepare", job, client.made, self._by)
        elif part == REPORT:
            client.joining = True
            call = ("join_report", job, client.made, client.prepared)
        else:
            call = ("run_step", job, client.made, client.to_run.popleft(), client.prepared)
        try:
            variables = own_environment(client.scratch / part)
        except OSError as error:
            self._fail(client, disk_failure(part, error) or StepFailed(part, f"{error.filename}: {error.strerror}.", REPORT_IT), pool)
            return
        client.under_way.add(part)
        self._told(Event("step begun", job.slug, part))
        task = Task(
            (client.i, part),
            attempt,
            (part, *call),
            environment=variables,
            log=client.scratch / f"{part}.log",
            seconds=job.step_timeout_seconds,
            memory_limit_bytes=job.memory_limit_bytes,
        )
        pool.start(task)

    def _take(self, ended: Ended, pool: Pool) -> None:
        """Go on from the end of a part."""
        i, part = ended.task.key
        client = self._clients[i]
        client.under_way.discard(part)
        if ended.death or isinstance(ended.value, StepFailed):
            failure = self._death(client, part, ended) if ended.death else ended.value
            self._told(Event("step failed", client.job.slug, part, ended.seconds, message=failure.message))
            self._fail(client, failure, pool)
            return
        self._told(Event("step ended", client.job.slug, part, ended.seconds))
        if part == TABLES:
            self._has_tables(client, ended.value)
        elif part == REPORT:
            self._publish(client, ended.value, pool)

    def _has_tables(self, client: _Client, prepared: Prepared) -> None:
        client.prepared, client.name = prepared, prepared.client
        client.to_run = deque(prepared.to_run)
        if prepared.up_to_date:
            note(client.job, client.name, prepared.by, prepared.seen)
            self._end(client, "up to date", client.job.report)
            return
        for step in prepared.kept:
            self._told(Event("step kept", client.job.slug, step))

    def _publish(self, client: _Client, seen: Mapping[str, Seen], pool: Pool) -> None:
        try:
            publish(client.job, client.made)
        except OSError as error:
            fix = "See that the folder can be written to and that no program holds a file in it open; the report is published by the next run."
            failure = disk_failure(REPORT, error) or StepFailed(REPORT, f"{error.filename}: {error.strerror}.", fix)
            self._fail(client, failure, pool)
            return
        note(client.job, client.name, client.prepared.by, seen)
        self._end(client, "rendered", client.job.report)

    def _look_at_clocks(self, pool: Pool) -> None:
        for client in self._clients:
            limit = client.job.client_timeout_seconds
            if limit and client.result is None and client.seconds > limit:
                part = next(iter(client.under_way), REPORT)
                message = f"The report was not ready within {limit:,} seconds."
                fix = "Allow more time a client (--client-timeout), or see which step takes so long."
                self._fail(client, StepFailed(part, message, fix, *self._stopped_at(client, part)), pool)

    def _death(self, client: _Client, part: str, ended: Ended) -> StepFailed:
        """The failure that stands for the end of a process that could not tell of it itself."""
        limits = ended.task
        if ended.death == "time":
            what = f"It did not end within {limits.seconds:,.0f} seconds."
            fix = "Allow more time a step (--step-timeout), or see what in it takes so long."
        elif ended.death == "memory":
            what, fix = f"It took more than the {limits.memory_limit_bytes / 1e6:,.0f} MB of memory that it may.", MORE_MEMORY
        elif ended.death == "template":
            what, fix = "The process that all others are copied from died, and again when it was started anew.", MORE_MEMORY
        elif ended.exit_code == -signal.SIGTERM or ended.exit_code == -9:
            what, fix = "Its process was ended by the system, most often for want of memory.", MORE_MEMORY
        else:
            how = _signal_name(ended.exit_code)
            what, fix = f"Its process died ({how}).", REPORT_IT
        return StepFailed(part, what, fix, *self._stopped_at(client, part), _last_words(limits.log))

    def _stopped_at(self, client: _Client, part: str) -> tuple[str, str]:
        notebooks = [path for path in client.job.notebooks if step_of(path) == part]
        return stopped_at(client.made / "notebooks" / notebooks[0].name) if notebooks else ("", "")

    def _fail(self, client: _Client, failure: StepFailed, pool: Pool) -> None:
        pool.drop({(client.i, part) for part in client.under_way})
        client.result = failed(client.job, client.name, failure, client.seconds)
        self._ended(client)

    def _end(self, client: _Client, state: State, report: Path) -> None:
        job = client.job
        with contextlib.suppress(OSError):  # of a failure since: what it failed of has been put back as it was
            for name in (FAILURE_PAGE, FAILURE_FILE):
                (job.folder / name).unlink(missing_ok=True)
        client.result = RenderResult(Path(job.client_file), client.name, job.slug, state, client.seconds, report)
        self._ended(client)

    def _ended(self, client: _Client) -> None:
        for folder in (client.made, client.scratch):
            shutil.rmtree(folder, ignore_errors=True)
        result = client.result
        self._told(Event("client ended", client.job.slug, seconds=result.seconds, state=result.state, message=result.message))

    def _left(self, client: _Client) -> RenderResult:
        job = client.job
        earlier = job.report if job.report.is_file() else None
        return RenderResult(Path(job.client_file), client.name, job.slug, "not rendered", client.seconds, earlier)


def failed(job: RenderJob, name: str, failure: StepFailed, seconds: float) -> RenderResult:
    """Tell of a failure, on the client's failure page and to whoever asked.

    Parameters
    ----------
    job : RenderJob
    name : str
        The client's.
    failure : StepFailed
    seconds : float

    Returns
    -------
    RenderResult
        With an earlier report, if there is one.
    """
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
    with contextlib.suppress(OSError):  # the disk may be what failed; the message is told in any case
        write_whole(job.folder / FAILURE_PAGE, page("failed.html.j2", values))
        told = {name: values[name] for name in ("step", "message", "fix", "heading", "source")}
        write_whole(job.folder / FAILURE_FILE, json.dumps(told, indent=1) + "\n")
    return RenderResult(Path(job.client_file), name, job.slug, "failed", seconds, earlier, failure.message, failure.step)


def _last_words(log: Path | None) -> str:
    try:
        return log.read_bytes()[-LAST_WORDS_BYTES:].decode(errors="replace").strip() if log else ""
    except OSError:
        return ""


def _signal_name(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"exit status {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"


@contextmanager
def _signals_to(pool: Pool) -> Iterator[None]:
    """Have Ctrl-C and requests to end told to a pool, which then stops cleanly."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda number, _: pool.interrupt(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
