"""Putting a report where it is read: made aside, then moved into place, so that no reader meets half of one.

A report is published in two moves that a kill cannot part. First the whole of it, made and written to the disk,
is renamed to `.publishing` in the client's folder: from then on it is published, come what may. Then its files
are moved to their names, the note of its state last. Whoever next works in the folder ends what was begun.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cvclib.errors import InputError, Problem
from cvclib.render.failure import FAILURE_FILE
from cvclib.render.job import STATE, RenderJob

if TYPE_CHECKING:
    from cvclib.render.freshness import OwnFiles

FAILURE_PAGE = "failed.html"
WORKING_PREFIX = ".rendering-"
PUBLISHING = ".publishing"
HALF_WRITTEN = ".*.writing"  # by a process that was killed meanwhile
LIST_FILE = "published.json"  # in a report that is being published: the notebooks that belong to it


@contextmanager
def working_folder(out_dir: Path) -> Iterator[Path]:
    """A folder on the same disk as the reports, gone afterwards.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=WORKING_PREFIX, dir=out_dir))
    except OSError as error:
        raise cannot_write(out_dir, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cannot_write(place: Path, error: OSError) -> InputError:
    """The error that says that a folder for reports will not do."""
    fix = "Make it writable, or choose another folder with --out."
    return InputError([Problem(str(place), f"a place that cannot be written to ({error.strerror})", "a folder for the reports", fix)])


def recover(out_dir: Path) -> None:
    """End what a killed run began in a folder: publish what was made whole, remove the rest.

    Call it while no other run works there.

    Parameters
    ----------
    out_dir : Path
    """
    for whole in sorted(out_dir.glob(f"*/{PUBLISHING}")):
        with contextlib.suppress(OSError):  # told by the client's own next report, which cannot be published either
            _move_into_place(whole)
    for folder in out_dir.glob(f"{WORKING_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)
    for path in (*out_dir.glob(HALF_WRITTEN), *out_dir.glob(f"*/{HALF_WRITTEN}")):
        path.unlink(missing_ok=True)


def publish(job: RenderJob, made: Path, digest: str = "", own: OwnFiles | None = None) -> None:
    """Publish what was made.

    Parameters
    ----------
    job : RenderJob
    made : Path
        Folder with the report, what is made with it, ``notebooks/`` and the note of its state.
    digest : str
        What the report was made from, where the note of its state is still to be written.
    own : OwnFiles or None
        The files that its notebooks opened themselves; for that note.
    """
    if digest:
        from cvclib.render.state import state_of  # loads what reads tables

        write_whole(made / job.state.name, json.dumps(state_of(digest, job, made, own), indent=1) + "\n")
    gone = [] if job.pdf else [job.printed.name]  # of an earlier report; a print that is not the page's would mislead
    kept = {"whole": not job.partial, "notebooks": [notebook.name for notebook in job.notebooks], "state": job.state.name, "gone": gone}
    (made / LIST_FILE).write_text(json.dumps(kept), encoding="utf-8")
    _write_to_disk(path for path in made.iterdir() if path.is_file())
    job.folder.mkdir(parents=True, exist_ok=True)
    whole = job.folder / PUBLISHING
    if whole.exists():  # of a run that was killed; nothing of it is lost
        _move_into_place(whole)
    made.replace(whole)
    _move_into_place(whole)


def _move_into_place(whole: Path) -> None:
    """Move the files of a whole report to their names; may be broken off and begun again at any point."""
    folder = whole.parent
    try:
        kept = {"state": f"{STATE}.json", "gone": []} | json.loads((whole / LIST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # all is moved: the list goes last
        shutil.rmtree(whole, ignore_errors=True)
        return
    notebooks = folder / "notebooks"
    notebooks.mkdir(exist_ok=True)
    for path in sorted((whole / "notebooks").glob("*.ipynb")):
        path.replace(notebooks / path.name)
    if kept["whole"]:
        for path in outdated_parts(notebooks, kept["notebooks"]):
            path.unlink()
    files = sorted(path for path in whole.iterdir() if path.is_file() and path.name not in (LIST_FILE, kept["state"]))
    for path in sorted(files, key=lambda path: path.suffix == ".html"):
        path.replace(folder / path.name)
    if (whole / kept["state"]).exists():
        (whole / kept["state"]).replace(folder / kept["state"])
    for name in (FAILURE_PAGE, FAILURE_FILE, *kept["gone"]):
        (folder / name).unlink(missing_ok=True)
    (whole / LIST_FILE).unlink()
    shutil.rmtree(whole, ignore_errors=True)


def outdated_parts(folder: Path, names: Sequence[str]) -> list[Path]:
    """Files of a folder that bear none of these names."""
    return sorted(path for path in folder.glob("*") if path.name not in names and path.is_file())


def _write_to_disk(paths: Iterable[Path]) -> None:
    """Have files on the disk itself before they are named as published: also a machine that stops must not leave half of one."""
    for path in paths:
        place = os.open(path, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):  # a file system that cannot tell
                os.fsync(place)
        finally:
            os.close(place)


def write_whole(path: Path, text: str) -> None:
    """Write a file at once: a reader meets the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".writing", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
