"""A client sent to another machine to be rendered, and the report that comes back.

A worker that sees the client's files at the same place, with the same content, reads them there; to any other
they are sent along, and laid out as they lie here.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from cvclib.errors import InputError, Problem
from cvclib.params import ClientFile
from cvclib.render.batch import render_client
from cvclib.render.digests import file_digest, made_by
from cvclib.render.job import RenderJob, RenderResult
from cvclib.render.state import files_of_report, named_files
from cvclib.sources.cache import FOLDER_VARIABLE

ONE_AT_A_TIME = threading.Lock()  # a client's steps take the cores of a worker; two clients there would share an environment


@dataclass(frozen=True)
class Parcel:
    """What a worker is sent.

    Parameters
    ----------
    job : RenderJob
        With its paths as they are where it was asked for, all absolute.
    digests : mapping of str to str
        Digest of each file that the report is made from, by its path.
    made_by : str
        Digest of the package and of the versions that it stands on; the same wherever the same report would be made.
    contents : mapping of str to bytes
        The files themselves, by path; empty where the worker is to look for them.
    """

    job: RenderJob
    digests: Mapping[str, str]
    made_by: str
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Delivery:
    """What a worker sends back.

    Parameters
    ----------
    result : RenderResult or None
        None where the worker does not see the files.
    files : mapping of str to bytes
        What it made, by the path within the client's folder.
    """

    result: RenderResult | None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class OtherVersionError(Exception):
    """A worker whose package or libraries are not those of the machine that asks."""


def pack(job: RenderJob, params: ClientFile) -> Parcel:
    """Make the parcel of a job, without the files' contents.

    Parameters
    ----------
    job : RenderJob
    params : ClientFile
        The job's client file, read.

    Returns
    -------
    Parcel
    """
    absolute = replace(
        job,
        client_file=Path(job.client_file).absolute(),
        out_dir=Path(job.out_dir).absolute(),
        notebooks_dir=Path(job.notebooks_dir).absolute(),
    )
    return Parcel(absolute, {str(path): file_digest(path) for path in files_of_report(absolute, params)}, made_by())


def with_contents(parcel: Parcel, params: ClientFile) -> Parcel:
    """The parcel with the files in it.

    Raises
    ------
    InputError
        If the client file names a file by an absolute path: that cannot be found where the worker lays them out.
    """
    absolute = [text for text in named_files(params) if Path(text).is_absolute()]
    if absolute:
        fix = "Name it from the client file on (../data/orders.csv), or let the workers see the folder under the same path."
        raise InputError([Problem(str(params.path), f"the absolute path {text}", "a relative path", fix) for text in absolute])
    return replace(parcel, contents={path: Path(path).read_bytes() for path in parcel.digests})


def render_parcel(parcel: Parcel) -> Delivery:
    """Render what was sent; runs on the worker.

    Parameters
    ----------
    parcel : Parcel

    Returns
    -------
    Delivery

    Raises
    ------
    OtherVersionError
        If the package or a library differs here.
    """
    if parcel.made_by != made_by():
        raise OtherVersionError(f"the worker on {os.uname().nodename} has another version of cvclib or of a library it uses")
    if not parcel.contents and not all(_is_here(path, digest) for path, digest in parcel.digests.items()):
        return Delivery(None)
    with ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="cvc-worker-") as name:
        folder = Path(name)
        job = replace(_laid_out(parcel, folder / "inputs") if parcel.contents else parcel.job, out_dir=folder / "reports")
        with _private_cache(folder / "cache" if parcel.contents else None):
            result = render_client(job)
        made = {path.relative_to(job.folder).as_posix(): path.read_bytes() for path in job.folder.rglob("*") if path.is_file()}
    return Delivery(result, made)


def _is_here(path: str, digest: str) -> bool:
    return Path(path).is_file() and file_digest(Path(path)) == digest


def _laid_out(parcel: Parcel, root: Path) -> RenderJob:
    """Write the files below a folder as they lie to each other at home, and say where the job's are now."""
    home = Path(os.path.commonpath([str(Path(path).parent) for path in parcel.contents]))
    for path, content in parcel.contents.items():
        place = root / Path(path).relative_to(home)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    moved = {name: root / Path(getattr(parcel.job, name)).relative_to(home) for name in ("client_file", "notebooks_dir")}
    return replace(parcel.job, **moved)


@contextmanager
def _private_cache(folder: Path | None) -> Iterator[None]:
    """Keep the prepared tables of files that were sent here with them, so that they go when these go."""
    before = os.environ.get(FOLDER_VARIABLE)
    if folder:
        os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(FOLDER_VARIABLE, None)
        else:
            os.environ[FOLDER_VARIABLE] = before


def unpack(files: Mapping[str, bytes], folder: Path, names: Iterable[str]) -> None:
    """Write those files of a delivery that a report consists of; others are left out.

    Parameters
    ----------
    files : mapping of str to bytes
    folder : Path
    names : iterable of str
        The files of the report besides the executed notebooks.
    """
    (folder / "notebooks").mkdir(exist_ok=True)
    wanted = set(names)
    for name, content in files.items():
        if name in wanted or (Path(name).parent == Path("notebooks") and Path(name).suffix == ".ipynb"):
            (folder / name).write_bytes(content)
