"""What is done for one client, each part in a process of its own: tables, steps, report.

A part hands over what it made as files of a working folder, and tells little: what came of it, or why it failed.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat
from filelock import FileLock
from nbformat import NotebookNode

from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.findings import FINDING_MIME, INDICATOR_MIME
from cvclib.findings_file import findings_text
from cvclib.language import using
from cvclib.params import ClientFile, load_client_file
from cvclib.reads import FILE_VARIABLE, noted_in
from cvclib.render.digests import file_digest, made_by
from cvclib.render.environment import environment
from cvclib.render.freshness import (
    UNKNOWN,
    Known,
    OwnFiles,
    asked_of,
    hinges_on_tables,
    keep_step,
    note_reads,
    plan_steps,
    steps_folder,
    take_kept,
)
from cvclib.render.job import OF_THE_CLIENT, REJECTED_ROWS, RenderJob, parameters_of, step_of
from cvclib.render.parts import Prepared
from cvclib.render.printing import print_pdf
from cvclib.render.publishing import write_whole
from cvclib.render.report import make_report
from cvclib.render.running import run_notebook
from cvclib.render.state import is_up_to_date, job_digest, made_from, own_files, reads_an_engine, seen_from, state_of
from cvclib.render.tables_book import tables_of, write_tables
from cvclib.render.untouched import Seen, look
from cvclib.render.verifying import input_digests
from cvclib.sources import write_rejected_rows
from cvclib.sources.cache import cache_folder
from cvclib.wording import label

READS = "reads"  # folder of a working folder: what each step has read
OWN_FILES_CHANGED = "a file that a notebook opens itself has changed"


def prepare(job: RenderJob, made: Path, by: str = "") -> Prepared:
    """Read a client file, see whether its report is up to date, prepare its tables where it is not.

    Parameters
    ----------
    job : RenderJob
    made : Path
        Working folder of the client; made here.
    by : str
        Digest of the package, where it has been told before.

    Raises
    ------
    InputError
        If the client file, or what it names, is wrong.
    """
    params = read_client_file(job)
    parameters = parameters_of(job, params)
    by = by or made_by()
    seen = seen_from(job, params)
    digest = job_digest(job, params, parameters, by)
    if not job.force and not reads_an_engine(params) and is_up_to_date(job, digest):
        seen = seen and {**seen, **look(map(Path, own_files(job).digests), {})}
        return Prepared(params.client, digest, by, True, parameters, (), seen=seen)
    (made / "notebooks").mkdir(parents=True)
    with opened(job, params) as client:
        plans = plan_steps(Known(job, params, parameters, by, client))
    kept = [plan for plan in plans if not plan.reason and take_kept(plan, made / "notebooks" / plan.notebook.name, made / READS)]
    return Prepared(
        params.client,
        digest,
        by,
        False,
        parameters,
        to_run=tuple(plan.notebook for plan in plans if plan not in kept),
        kept=tuple(plan.step for plan in kept),
        seen=seen,
        steps_folder=steps_folder(params),
    )


@contextmanager
def opened(job: RenderJob, params: ClientFile) -> Iterator[Client]:
    """A job's client for a while; its tables are prepared where that is not yet done."""
    with FileLock(cache_folder(params) / "preparing.lock"):  # notebooks open in JupyterLab, or another batch, may prepare the same
        client = open_client(job)
    try:
        yield client
    finally:
        client.connection.disconnect()


def read_client_file(job: RenderJob) -> ClientFile:
    """Read a job's client file.

    Raises
    ------
    InputError
        If it is not there, or wrong.
    """
    if not Path(job.client_file).is_file():
        raise InputError([Problem(str(job.client_file), "no such file", "a client file", "Check its name and folder.")])
    params = load_client_file(job.client_file)
    if not job.edition:
        return params
    return params.model_copy(update={"report": params.report.model_copy(update={"edition": job.edition})})


def open_client(job: RenderJob) -> Client:
    """Open a job's client, its tables prepared."""
    return Client.open(job.client_file, **{name: str(job.overrides.get(name, "")) for name in OF_THE_CLIENT})


def run_step(job: RenderJob, made: Path, notebook: Path, prepared: Prepared) -> float:
    """Run the notebook of a step into a working folder, and keep it for as long as nothing that it reads changes.

    Returns
    -------
    float
        Seconds it took.

    Raises
    ------
    StepFailed
        If it does not run to its end.
    """
    started = time.perf_counter()
    executed, parameters = made / "notebooks" / notebook.name, prepared.parameters[step_of(notebook)]
    asked = asked_of(job, notebook, parameters, prepared.by)
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "reads.jsonl"
        with environment(**{FILE_VARIABLE: str(notes)}):
            run_notebook(
                notebook,
                executed,
                client_file=job.client_file,
                parameters=parameters,
                engine_name=job.engine_name,
                cell_timeout_seconds=job.cell_timeout_seconds,
                memory_limit_bytes=job.memory_limit_bytes,
            )
        reads = noted_in(notes)
        note_reads(made / READS, step_of(notebook), reads)
        keep_step(prepared.steps_folder, notebook, asked, reads, executed)
    return time.perf_counter() - started


def join_report(job: RenderJob, made: Path, prepared: Prepared) -> dict[str, Seen]:
    """Join the executed notebooks of a working folder into the report, and write all that is published with it.

    Returns
    -------
    dict of str to Seen
        The files that it was made from, as they were; empty where more than files decides whether it is up to date.

    Raises
    ------
    InputError
        If the files that the report is made from have changed meanwhile.
    """
    params = read_client_file(job)
    client = open_client(job)
    try:
        executed = [(path, nbformat.read(made / "notebooks" / path.name, as_version=4)) for path in job.notebooks]
        beside = _write_beside(job, client, made, [notebook for _, notebook in executed])
        html = make_report(job, client, executed, prepared.parameters, input_digests(params), beside)
        (made / job.report.name).write_text(html, encoding="utf-8", newline="\n")
        if job.pdf:
            print_pdf(made / job.report.name, made / job.printed.name, client.period.end)
    finally:
        client.connection.disconnect()
    own = OwnFiles.noted_in(made / READS)
    seen_now = look(map(Path, own.digests), {})
    changed = job_digest(job, params, parameters_of(job, params), prepared.by) != prepared.digest
    if changed or (own.all_told and not own.same):
        problem = Problem(str(job.client_file), "files that changed while the report was made", "them to stay", "Render again.")
        raise InputError([problem])
    write_whole(made / job.state.name, json.dumps(state_of(prepared.digest, job, made, own), indent=1) + "\n")
    return {**prepared.seen, **seen_now} if prepared.seen and own.all_told else {}


def _write_beside(job: RenderJob, client: Client, made: Path, executed: Sequence[NotebookNode]) -> dict[str, str]:
    """Write what is published with the report, and tell the digest of each file by its name."""
    with using(client.params.report.language):
        titles = [f"{job.numbers[step]} {label(step)}" for step in map(step_of, job.notebooks)]
        write_tables(made / job.tables.name, f"{client.params.client} · {client.period}", tables_of(executed, titles), client.period.end)
    if not job.partial:  # some steps alone are no report to look back on
        (made / job.findings.name).write_text(findings_of(client, executed), encoding="utf-8", newline="\n")
    write_rejected_rows(client.connection, made / REJECTED_ROWS)
    return {name: file_digest(made / name) for name in sorted(path.name for path in job.beside)}


def findings_of(client: Client, notebooks: Sequence[NotebookNode]) -> str:
    """The text of the findings file."""
    outputs = [output for notebook in notebooks for cell in notebook.cells for output in cell.get("outputs", ())]
    records = {
        mime: [output["data"][mime] for output in outputs if mime in output.get("data", {})] for mime in (FINDING_MIME, INDICATOR_MIME)
    }
    return findings_text(client.params, client.period, client.segment, records[FINDING_MIME], records[INDICATOR_MIME])


def plan(job: RenderJob) -> tuple[str, tuple[tuple[str, str], ...], str]:
    """What would be run for a client: its name, each step with the reason, and why the report would be joined.

    Nothing is run. Where it takes the client's tables to tell, they are prepared, as they would be by the run itself.

    Raises
    ------
    InputError
        If the client file, or what it names, is wrong.
    """
    params = read_client_file(job)
    parameters = parameters_of(job, params)
    reason = _why(job, params, job_digest(job, params, parameters))
    if not reason:
        return params.client, tuple((step_of(notebook), "") for notebook in job.notebooks), ""
    known = Known(job, params, parameters, made_by())
    if hinges_on_tables(known):
        with opened(job, params) as client:
            plans = plan_steps(Known(job, params, parameters, known.by, client))
    else:
        plans = plan_steps(known)
    return params.client, tuple((plan.step, plan.reason) for plan in plans), reason


def _why(job: RenderJob, params: ClientFile, digest: str) -> str:
    if job.force:
        return "asked for with --force"
    if reads_an_engine(params):
        return "it reads an engine, whose tables may have changed without a sign"
    if not job.report.is_file():
        return "there is no report yet"
    if job.pdf and not job.printed.is_file():
        return "there is no PDF of it yet"
    if is_up_to_date(job, digest):
        return ""
    if made_from(job) == digest:
        own = own_files(job)
        return "the report is not as it was made" if own.same else OWN_FILES_CHANGED if own.all_told else UNKNOWN
    return "something that the report is made from has changed"
