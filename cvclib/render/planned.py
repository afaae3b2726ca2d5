"""What a batch would do: which clients it would render, which of their steps it would run, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cvclib.render.failure import StepFailed
from cvclib.render.job import RenderJob, check_jobs
from cvclib.render.parts import TABLES, attempt


@dataclass(frozen=True)
class ClientPlan:
    """What would be done for a client.

    Parameters
    ----------
    client_file : Path
    client : str
        Its name; of a client file that cannot be read, the file's.
    slug : str
    steps : tuple of (str, str)
        Each step with the reason why it would be run; empty where an earlier run still holds.
    reason : str
        Why the report would be joined anew, where that is not for a step; empty otherwise.
    message : str
        What is wrong with the client file; empty if nothing is.
    """

    client_file: Path
    client: str
    slug: str
    steps: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    message: str = ""


def plan_clients(jobs: Sequence[RenderJob]) -> list[ClientPlan]:
    """Say what `render_clients` would do, and run and publish nothing.

    Where it takes a client's tables to tell which steps still hold, they are prepared.

    Parameters
    ----------
    jobs : sequence of RenderJob

    Returns
    -------
    list of ClientPlan
        In the order of the jobs.

    Raises
    ------
    InputError
        If two jobs would write the same report, or a step or an override is known to no notebook.
    """
    check_jobs(jobs)
    return [_plan(job) for job in jobs]


def _plan(job: RenderJob) -> ClientPlan:
    found = attempt(TABLES, "plan", job)
    if isinstance(found, StepFailed):
        return ClientPlan(Path(job.client_file), Path(job.client_file).stem, job.slug, message=found.message)
    name, steps, reason = found
    return ClientPlan(Path(job.client_file), name, job.slug, steps, reason)
