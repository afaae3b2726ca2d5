"""Putting a report where it is read: made aside, then moved into place, so that no reader meets half of one."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cvclib.render.job import RenderJob
from cvclib.render.state import STATE_FILE, outdated_parts, state_of

FAILURE_PAGE = "failed.html"
WORKING_PREFIX = ".rendering-"
ABANDONED_SECONDS = 24 * 3600  # a working folder that old was left by a run that was killed


@contextmanager
def working_folder(out_dir: Path) -> Iterator[Path]:
    """A folder on the same disk as the reports, gone afterwards."""
    out_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=WORKING_PREFIX, dir=out_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_abandoned(out_dir: Path) -> None:
    """Remove the working folders that killed runs left behind."""
    for folder in out_dir.glob(f"{WORKING_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def publish(job: RenderJob, made: Path, digest: str) -> None:
    """Move what was made into the client's folder, the report itself last but the note of its state.

    Parameters
    ----------
    job : RenderJob
    made : Path
        Folder with the report, its findings file, ``rejected_rows.csv`` and ``notebooks/``.
    digest : str
        What the report was made from.
    """
    folder = job.folder
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    for path in sorted((made / "notebooks").glob("*.ipynb")):
        path.replace(folder / "notebooks" / path.name)
    if not job.partial:
        for path in outdated_parts(folder / "notebooks", [notebook.name for notebook in job.notebooks]):
            path.unlink()
    findings = () if job.partial else (job.findings.name,)  # some steps alone are no report to look back on
    for name in ("rejected_rows.csv", *findings, job.report.name):
        (made / name).replace(folder / name)
    write_whole(folder / STATE_FILE, json.dumps(state_of(digest, job), indent=1) + "\n")
    (folder / FAILURE_PAGE).unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file at once: a reader meets the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
