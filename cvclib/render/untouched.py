"""Whether a report can be left as it is, told from sizes and times of files: without reading a client file or its data.

After a report is published, what it was made from is noted in the cache. As long as every file has its size and time, nothing
else need be looked at. A file whose time says little, as it was written about when it was noted, is read again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import platformdirs

from cvclib.render.digests import file_digest
from cvclib.render.job import RenderJob
from cvclib.render.notebook_files import step_notebooks
from cvclib.render.publishing import write_whole

FOLDER_VARIABLE = "CVC_CACHE_DIR"
DOUBTFUL_NS = 2_000_000_000  # some file systems keep times to two seconds


@dataclass(frozen=True)
class Seen:
    """A file as it was when a report was made from it.

    Parameters
    ----------
    size : int
        In bytes; -1 where there was no file.
    mtime_ns, ctime_ns : int
        When its content changed, as whoever wrote it says, and when the entry of its folder did, as the system says: a file put in
        the place of another may bear the size and the time of that.
    digest : str
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    digest: str

    @classmethod
    def of(cls, path: Path, digest: str = "") -> Seen:
        """Look at a file; it is read where its digest is not given."""
        try:
            state = path.stat()
            return cls(state.st_size, state.st_mtime_ns, state.st_ctime_ns, digest or file_digest(path))
        except OSError:
            return cls(-1, 0, 0, "")

    def still(self, path: Path, noted_ns: int) -> bool:
        """Whether the file is what it was."""
        try:
            state = path.stat()
        except OSError:
            return self.size == -1
        if state.st_size != self.size:
            return False
        same = (state.st_mtime_ns, state.st_ctime_ns) == (self.mtime_ns, self.ctime_ns)
        told = same and noted_ns - state.st_mtime_ns > DOUBTFUL_NS
        return told or file_digest(path) == self.digest


def look(paths: Iterable[Path], digests: Mapping[str, str]) -> dict[str, Seen]:
    """Look at the files that a report is made from.

    Parameters
    ----------
    paths : iterable of Path
        Those that are not there are noted as such.
    digests : mapping of str to str
        Digest of some of them by path, where it is known.

    Returns
    -------
    dict of str to Seen
    """
    return {str(path): Seen.of(path, digests.get(str(path), "")) for path in paths}


def note(job: RenderJob, client: str, by: str, seen: Mapping[str, Seen]) -> None:
    """Note what a published report was made from. A note that cannot be written costs time only.

    Parameters
    ----------
    job : RenderJob
    client : str
        Its name.
    by : str
        Digest of the package.
    seen : mapping of str to Seen
        As `look` told before anything was read; empty where that cannot tell whether the report is up to date.
    """
    place = _place(job)
    with contextlib.suppress(OSError):
        if not seen:
            place.unlink(missing_ok=True)
            return
        outputs = {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in _outputs(job)}
        content = {"client": client, "asked": _asked(job, by), "inputs": {path: asdict(file) for path, file in seen.items()}}
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(place, json.dumps(content | {"outputs": outputs}, ensure_ascii=False))


def untouched(job: RenderJob, by: str) -> str:
    """Name of the client if neither its report nor anything that it was made from has been touched; empty otherwise.

    Parameters
    ----------
    job : RenderJob
    by : str
        Digest of the package.

    Returns
    -------
    str
    """
    place = _place(job)
    try:
        noted_ns = place.stat().st_mtime_ns
        content = json.loads(place.read_text(encoding="utf-8"))
        outputs = {str(path): [path.stat().st_size, path.stat().st_mtime_ns] for path in _outputs(job)}
        same = content["asked"] == _asked(job, by) and content["outputs"] == outputs
        if same and all(Seen(**file).still(Path(path), noted_ns) for path, file in content["inputs"].items()):
            return str(content["client"])
    except (OSError, ValueError, KeyError, TypeError):  # no note, or a damaged one
        return ""
    return ""


def _place(job: RenderJob) -> Path:
    root = Path(os.environ.get(FOLDER_VARIABLE) or platformdirs.user_cache_path("cvclib"))
    return root / "seen" / f"{sha256(str(job.report.absolute()).encode()).hexdigest()[:24]}.json"


def _asked(job: RenderJob, by: str) -> dict[str, object]:
    """What a report is made from besides files."""
    files = [str(Path(path).absolute()) for path in (job.client_file, *step_notebooks(job.notebooks_dir).values())]
    return {"files": files, "only": sorted(job.only), "overrides": dict(job.overrides), "engine": job.engine_name or "", "by": by}


def _outputs(job: RenderJob) -> list[Path]:
    return [*job.made, job.state]
