"""How much memory the engine of a client takes, and where it puts down what does not fit.

Without this, DuckDB takes four fifths of the machine in each process, and puts nothing down once it may no longer reach files.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import socket
from pathlib import Path

LIMIT_VARIABLE = "CVC_ENGINE_MEMORY"  # such as 8GB; for the engine of one process
MOST_BYTES, FEWEST_BYTES = 3_000_000_000, 500_000_000
_numbers = itertools.count()


def engine_memory() -> str:
    """Memory limit of an engine, as DuckDB takes it: the environment's, else an eighth of the machine within bounds.

    Examples
    --------
    >>> engine_memory().endswith("B")
    True
    """
    given = os.environ.get(LIMIT_VARIABLE, "").strip()
    if re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", given):
        return given
    return f"{min(max(_machine_bytes() // 8, FEWEST_BYTES), MOST_BYTES)}B"


def spill_folder(folder: Path) -> Path:
    """A name in `folder` for what one engine puts down; the engine makes it where it needs it, and removes it.

    What processes of this machine left there that were killed is removed.

    Examples
    --------
    >>> spill_folder(Path("kept")) != spill_folder(Path("kept"))
    True
    """
    here = f".spill-{re.sub(r'[^A-Za-z0-9]', '', socket.gethostname())}-"
    for left in folder.glob(f"{here}*"):
        process = left.name.removeprefix(here).partition("-")[0]
        if process.isdigit() and not _runs(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    return folder / f"{here}{os.getpid()}-{next(_numbers)}"


def _machine_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not every system tells
        return 8 * MOST_BYTES


def _runs(process: int) -> bool:
    if os.name != "posix":  # asking would end it there
        return True
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
