"""The batch on a Dask cluster: clients rendered on its workers, their reports published here.

Only this process writes into the folder of the reports, so a client whose worker was lost and that was rendered
twice is still published once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cvclib.errors import InputError, Problem
from cvclib.render.failure import FAILURE_FILE
from cvclib.render.job import RenderJob, RenderResult, parameters_of
from cvclib.render.parcel import Delivery, OtherVersionError, pack, render_parcel, unpack, with_contents
from cvclib.render.publishing import FAILURE_PAGE, publish, working_folder, write_whole
from cvclib.render.running import StepFailed
from cvclib.render.state import is_up_to_date, job_digest, own_files_of, reads_an_engine
from cvclib.render.tasks import read_client_file

if TYPE_CHECKING:
    from distributed import Client as Cluster
    from distributed import Future

CONNECT_SECONDS = 30
LOST_WORKERS_ALLOWED = 3  # a client that ends this many workers is most likely what ends them


class Asked:
    """A client under way: what was asked of the cluster, and what is needed to publish it."""

    def __init__(self, i: int, job: RenderJob) -> None:
        self.i, self.job = i, job
        self.started = time.perf_counter()
        self.params = read_client_file(job)
        self.digest = job_digest(job, self.params, parameters_of(job, self.params))
        self.parcel = pack(job, self.params)

    @property
    def up_to_date(self) -> bool:
        """Whether the report that is there was made from just this."""
        return not self.job.force and not reads_an_engine(self.params) and is_up_to_date(self.job, self.digest)

    def result(self, state: str, **more: object) -> RenderResult:
        """What became of it."""
        seconds = time.perf_counter() - self.started
        report = self.job.report if self.job.report.is_file() else None
        return RenderResult(Path(self.job.client_file), self.params.client, self.job.slug, state, seconds, report, **more)


def render_on_cluster(
    jobs: Sequence[RenderJob],
    scheduler: str,
    failed: Callable[[RenderJob, str, StepFailed, float], RenderResult],
) -> Iterator[tuple[int, RenderResult]]:
    """Render clients on the workers of a Dask scheduler.

    Parameters
    ----------
    jobs : sequence of RenderJob
    scheduler : str
        Address of the scheduler, such as ``tcp://10.0.0.5:8786``.
    failed : callable
        Writes down that a client failed: job, name, failure, seconds.

    Yields
    ------
    tuple of int and RenderResult
        Place of the job and what became of it, as they end.

    Raises
    ------
    InputError
        If Dask is not installed, the scheduler does not answer, or it has no worker.
    """
    with _connected(scheduler) as cluster:
        asked: dict[Future, Asked] = {}
        from distributed import as_completed  # present, as there is a cluster

        ended = as_completed(loop=cluster.loop)
        for i, job in enumerate(jobs):
            try:
                client = Asked(i, job)
            except InputError as error:
                yield i, failed(job, Path(job.client_file).stem, _of_the_file(error), 0.0)
                continue
            if client.up_to_date:
                yield i, client.result("up to date")
                continue
            _ask(cluster, client, asked, ended)
        try:
            while asked:
                future = next(ended)
                client = asked.pop(future)
                delivery, failure = _delivered(future)
                if delivery is not None and delivery.result is None:
                    try:
                        client.parcel = with_contents(client.parcel, client.params)
                    except (InputError, OSError) as error:
                        failure = _of_the_file(error)
                    else:
                        _ask(cluster, client, asked, ended)
                        continue
                yield client.i, _told(client, delivery, failure, failed)
        finally:
            cluster.cancel(list(asked))


def _connected(scheduler: str) -> Cluster:
    try:
        from distributed import Client as Cluster
    except ModuleNotFoundError as error:
        problem = Problem("--scheduler", f"no {error.name}", "Dask", "Install it: pip install 'cvclib[dask]'.")
        raise InputError([problem]) from None
    try:
        cluster = Cluster(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (TimeoutError, OSError, ValueError) as error:
        fix = "Start one with 'dask scheduler', and workers with 'dask worker tcp://HOST:8786 --nworkers 1 --nthreads 1'."
        raise InputError([Problem(f"--scheduler {scheduler}", f"no answer ({error})", "the address of a Dask scheduler", fix)]) from None
    try:
        cluster.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        cluster.close()
        fix = f"Start one on each machine: dask worker {scheduler} --nworkers 1 --nthreads 1"
        raise InputError([Problem(f"--scheduler {scheduler}", "a scheduler without a worker", "at least one worker", fix)]) from None
    return cluster


def _ask(cluster: Cluster, client: Asked, asked: dict[Future, Asked], ended: object) -> None:
    future = cluster.submit(render_parcel, client.parcel, pure=False, retries=0, priority=-client.i, key=None)
    asked[future] = client
    ended.add(future)


def _delivered(future: Future) -> tuple[Delivery | None, StepFailed | None]:
    from distributed import KilledWorker

    try:
        return future.result(), None
    except KilledWorker:
        what = f"{LOST_WORKERS_ALLOWED} workers of the cluster ended one after the other while they rendered this client."
        return None, StepFailed("report", what, "Look into the workers' logs; most often they lack memory.")
    except OtherVersionError as error:
        return None, StepFailed(
            "report", f"It was not rendered: {error}.", "Install the same versions there as here, from requirements.lock."
        )
    except (CancelledError, OSError) as error:
        what = f"The cluster gave this client up: {type(error).__name__}. Its scheduler may have ended."
        return None, StepFailed("report", what, "See that scheduler and workers run, and render again; what is published stays.")
    except Exception as error:  # whatever goes wrong over there fails this client only
        return None, StepFailed("report", f"{type(error).__name__}: {error}", "This is a fault of the workbook: please report it.")


def _told(
    client: Asked,
    delivery: Delivery | None,
    failure: StepFailed | None,
    failed: Callable[[RenderJob, str, StepFailed, float], RenderResult],
) -> RenderResult:
    job, seconds = client.job, time.perf_counter() - client.started
    if failure is not None or delivery is None:
        return failed(job, client.params.client, failure, seconds)
    if delivery.result.state == "failed":
        for name in (FAILURE_PAGE, FAILURE_FILE):
            write_whole(job.folder / name, delivery.files[name].decode())
        return client.result("failed", message=delivery.result.message, step=delivery.result.step)
    try:
        if job_digest(job, read_client_file(job), parameters_of(job, client.params)) != client.digest:
            raise InputError(
                [Problem(str(job.client_file), "files that changed while the report was made", "them to stay", "Render again.")]
            )
        with working_folder(Path(job.out_dir)) as made:
            unpack(delivery.files, made, [path.name for path in job.made])
            publish(job, made, client.digest, own_files_of(delivery.files.get(job.state.name, b"{}")))
    except (InputError, OSError) as error:
        return failed(job, client.params.client, _of_the_file(error), seconds)
    return replace(client.result("rendered"), report=job.report)


def _of_the_file(error: Exception) -> StepFailed:
    return StepFailed("client file", str(error), "Mend what is named here, and render again.")
