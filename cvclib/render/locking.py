"""One run at a time in a folder of reports: who has it, and since when."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from cvclib.errors import InputError, Problem
from cvclib.render.publishing import cannot_write

LOCK_FILE = ".cvc.lock"  # held by the system for as long as its process lives, so that a killed run leaves none behind
HOLDER_FILE = ".cvc.lock.json"


@contextmanager
def own_folders(folders: Iterable[Path]) -> Iterator[None]:
    """Have folders for reports to oneself.

    Parameters
    ----------
    folders : iterable of Path
        Made where they are not there.

    Raises
    ------
    InputError
        If another run has one of them, or it cannot be written to.
    """
    with ExitStack() as held:
        for folder in sorted({Path(folder).absolute() for folder in folders}):  # in one order, so that no two runs wait for each other
            try:
                folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(FileLock(folder / LOCK_FILE, timeout=0))
                (folder / HOLDER_FILE).write_text(json.dumps(_this_run()), encoding="utf-8")
            except Timeout:
                raise InputError([_taken(folder)]) from None
            except OSError as error:
                raise cannot_write(folder, error) from error
            held.callback((folder / HOLDER_FILE).unlink, missing_ok=True)
        yield


def _this_run() -> dict[str, str | int]:
    return {"pid": os.getpid(), "host": platform.node(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}


def _taken(folder: Path) -> Problem:
    try:
        run = json.loads((folder / HOLDER_FILE).read_text(encoding="utf-8"))
        who = f"another run at work in it (process {run['pid']} on {run['host']}, since {run['since']})"
    except (OSError, ValueError, KeyError):
        who = "another run at work in it"
    return Problem(str(folder), who, "one run at a time", "Wait until it has ended, or choose another folder with --out.")
