"""The parts of a client's report, and how one is done in a process of its own. Light to import.

The process that watches over a batch names a part; the one that does it loads what that takes.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from cvclib.errors import InputError
from cvclib.render.failure import StepFailed, disk_failure
from cvclib.render.job import Value
from cvclib.render.untouched import Seen

TABLES, REPORT, CLIENT_FILE_STEP = "tables", "report", "client file"  # where a client can fail besides its steps


@dataclass(frozen=True)
class Prepared:
    """A client whose tables are ready.

    Parameters
    ----------
    client : str
        Its name.
    digest : str
        Of all that its report is made from.
    by : str
        Digest of the package that makes it.
    up_to_date : bool
        Whether the report that is there was made from just this; its tables were then not prepared.
    parameters : mapping of str to mapping
        What the notebook of each step is given.
    to_run : tuple of Path
        Notebooks to run, in order.
    kept : tuple of str
        Steps whose notebook was run before, from the same; its executed copy is in the working folder.
    seen : mapping of str to Seen
        The files that the report is made from, as they were before any was read.
    steps_folder : Path or None
        Where its executed notebooks are kept.
    """

    client: str
    digest: str
    by: str
    up_to_date: bool
    parameters: Mapping[str, Mapping[str, Value]]
    to_run: tuple[Path, ...]
    kept: tuple[str, ...] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict)
    steps_folder: Path | None = None


def attempt(part: str, function: str, *arguments: Any) -> Any:
    """Call a function of `cvclib.render.tasks`; whatever it raises comes back as a failure.

    Parameters
    ----------
    part : str
        A step, ``"tables"`` or ``"report"``: what fails if this does.
    function : str
        Its name.
    *arguments

    Returns
    -------
    object
        What the function returned, or a `StepFailed`.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it would log comes back as an exception
    try:
        return getattr(import_module("cvclib.render.tasks"), function)(*arguments)
    except StepFailed as error:
        return disk_failure(error.step, error.__cause__) or error
    except InputError as error:
        return disk_failure(part, error) or StepFailed(CLIENT_FILE_STEP, str(error), "Mend what is named here, and render again.")
    except Exception as error:  # no client may stop the batch, whatever is wrong with it
        return disk_failure(part, error) or StepFailed(
            REPORT,
            f"{type(error).__name__}: {error}",
            "This is a fault of the workbook: please report it, with the traceback below.",
            trace="".join(traceback.format_exception(error)),
        )
