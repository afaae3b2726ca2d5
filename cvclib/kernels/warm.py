"""Processes forked from a template that has imported everything: the standard library's fork server, kept fresh.

The server lives as long as this process. It is started anew when the code that it has imported has changed, or
what of the environment is read while importing; the rest of the environment, and the working folder, every process
takes from the one that starts it.
"""

from __future__ import annotations

import os
import re
import sys
from multiprocessing import forkserver as server
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from pathlib import Path

from cvclib.kernels import TEMPLATE, can_fork

PACKAGE = Path(__file__).parents[1]
READ_AT_IMPORT = re.compile(r"PYTHON|.*_NUM_THREADS$|MPL|MATPLOTLIB|ARROW|JE_|LC_|LANG|TZ$|LD_|MALLOC_")
_made_from: list[object] = []  # what the running template was made from; empty before the first


def warm_context() -> BaseContext:
    """A context whose processes are copies of the template; on systems without fork, processes that import for themselves.

    Call it at the start of each batch, when no process of an earlier one runs any more.

    Returns
    -------
    multiprocessing context
        ``context.Process(target=..., args=...)`` starts a process, the first one the template as well.

    Examples
    --------
    >>> process = warm_context().Process(target=print)
    >>> process.is_alive()
    False
    """
    if not can_fork():
        return get_context("spawn")
    now = [_code(), {name: value for name, value in os.environ.items() if READ_AT_IMPORT.match(name)}, list(sys.path)]
    if _made_from and now != _made_from:
        server._forkserver._stop()  # there is no public way
    _made_from[:] = now
    context = _forked_context()
    context.set_forkserver_preload([TEMPLATE])
    return context


def _code() -> list[tuple[str, int]]:
    """When the package's modules and the folders of installed ones were last changed."""
    paths = [*sorted(PACKAGE.rglob("*.py")), *(Path(folder) for folder in sys.path if folder)]
    return [(str(path), path.stat().st_mtime_ns) for path in paths if path.exists()]


def _forked_context() -> BaseContext:
    from cvclib.kernels.forkserver import WarmContext  # is not to be had everywhere

    return WarmContext()
