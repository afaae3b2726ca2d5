"""Processes forked from a template that has imported everything: the standard library's fork server, kept fresh.

The server lives as long as this process. It is started anew when what it has imported, or the environment that
its children inherit, is no longer what it was.
"""

from __future__ import annotations

import os
import sys
from multiprocessing import forkserver as server
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from pathlib import Path

from cvclib.kernels import TEMPLATE, can_fork

PACKAGE = Path(__file__).parents[1]
_made_from: list[object] = []  # what the running template was made from; empty before the first


def warm_context() -> BaseContext:
    """A context whose processes are copies of the template; on systems without fork, of new ones that import for themselves.

    Call it at the start of each batch, when no process of an earlier one runs any more.

    Returns
    -------
    multiprocessing context
        ``context.Process(target=..., args=...)`` starts a process; the first one starts the template. The
        template takes its environment from this process at that moment.
    """
    if not can_fork():
        return get_context("spawn")
    context = get_context("forkserver")
    now = [_code(), dict(os.environ), list(sys.path)]
    if _made_from and now != _made_from:
        server._forkserver._stop()  # there is no public way; its children go on
    _made_from[:] = now
    context.set_forkserver_preload([TEMPLATE])
    return context


def _code() -> list[tuple[str, int]]:
    """When the package's modules and the folders of installed ones were last changed."""
    paths = [*sorted(PACKAGE.rglob("*.py")), *(Path(folder) for folder in sys.path if folder)]
    return [(str(path), path.stat().st_mtime_ns) for path in paths if path.exists()]
