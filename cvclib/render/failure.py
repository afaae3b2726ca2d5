"""A step that failed: what went wrong, where in its notebook, and what to do about it.

Light to import: the process that watches over a batch reads failures without loading what notebooks need.
"""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path
from typing import Any

FAILURE_FILE = "failed.json"  # beside the page of a failure
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
STOPPED = {"failed", "running"}  # papermill's states of a cell that was not ended
ENGINE_MODULES = {"duckdb", "_duckdb"}
DISK_WORDS = re.compile(
    r"No space left on device|File too large|Disk quota exceeded|Read-only file system|Input/output error"
)  # DuckDB's too
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO}  # of the place where reports are written, not of a notebook


class StepFailed(Exception):
    """A notebook did not run to its end.

    Parameters
    ----------
    step : str
    message : str
        What went wrong, in a sentence or two.
    fix : str
        What to do about it.
    heading : str
        Heading above the cell that failed.
    source : str
        The cell.
    trace : str
        Traceback, without terminal colours.

    Examples
    --------
    >>> str(StepFailed("advocacy", "A cell did not end.", "Allow more time."))
    'A cell did not end.'
    """

    def __init__(self, step: str, message: str, fix: str, heading: str = "", source: str = "", trace: str = "") -> None:
        super().__init__(step, message, fix, heading, source, trace)
        self.step, self.message, self.fix, self.heading, self.source, self.trace = self.args

    def __str__(self) -> str:
        return self.message


def stopped_at(executed: Path) -> tuple[str, str]:
    """Heading and source of the cell in which a notebook stopped; both empty where it never began.

    Parameters
    ----------
    executed : Path
        The notebook as it was saved last.

    Returns
    -------
    tuple of str
    """
    try:
        cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return "", ""
    marks = [cell.get("metadata", {}).get("papermill", {}) for cell in cells]
    stopped = [i for i, mark in enumerate(marks) if mark.get("status") in STOPPED]
    begun = [i for i, mark in enumerate(marks) if mark.get("start_time")]
    index = (stopped or begun or [-1])[-1]
    if index < 0:
        return "", ""
    headings = [found for cell in cells[: index + 1] if cell["cell_type"] == "markdown" for found in HEADING.findall(_source(cell))]
    return (headings or [""])[-1], _source(cells[index])


def read_failure(folder: Path) -> dict[str, str] | None:
    """What the failure page of a client's folder tells, as `cvclib.render.batch.failed` wrote it down beside; None where there is none.

    Parameters
    ----------
    folder : Path
        The client's, in the folder of reports.

    Returns
    -------
    dict or None
        Keys ``step``, ``message``, ``fix``, ``heading``, ``source``.
    """
    try:
        return json.loads((folder / FAILURE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _source(cell: dict[str, Any]) -> str:
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def disk_failure(step: str, error: BaseException | None) -> StepFailed | None:
    """The failure that stands for a disk that cannot be written to, if that is what an error comes from.

    Parameters
    ----------
    step : str
    error : BaseException or None
        With what it was raised from.

    Returns
    -------
    StepFailed or None

    Examples
    --------
    >>> print(disk_failure("advocacy", OSError(28, "No space left on device", "reports/a")))
    The disk could not be written to: No space left on device (reports/a).
    """
    fix = "Make room there, or choose another folder with --out, and render again; what was published before is unchanged."
    while error is not None:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            place = f" ({error.filename})" if error.filename else ""
            return StepFailed(step, f"The disk could not be written to: {error.strerror}{place}.", fix)
        if type(error).__module__.split(".")[0] in ENGINE_MODULES and (found := DISK_WORDS.search(str(error))):
            return StepFailed(
                step, f"The disk of the prepared tables could not be written to: {found[0]}.", fix.replace("--out", "CVC_CACHE_DIR")
            )
        error = error.__cause__ or error.__context__
    return None
