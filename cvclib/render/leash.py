"""Ends this process when the one that started it ends, however that ends: nothing of a killed run goes on.

The template of a batch has it imported before all else, so that it holds from the template's first moment.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from multiprocessing import connection, parent_process

from cvclib.kernels import STARTED_BY

PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent() -> None:
    """Have the system kill this process as soon as its parent has ended.

    On systems other than Linux a thread waits for the end of the process that started the task.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    elif parent_process() is not None:
        threading.Thread(target=_wait_for_its_end, daemon=True).start()
    if not _parent_is_there():  # it ended before the system was asked
        os._exit(1)


def _parent_is_there() -> bool:
    if _is_fork_server():  # the standard library does not tell it whose it is
        return os.environ.get(STARTED_BY) in (None, str(os.getppid()))
    started_by = parent_process()
    return started_by is None or started_by.is_alive()


def _wait_for_its_end() -> None:
    started_by = parent_process()
    if started_by is not None:
        connection.wait([started_by.sentinel])
        os._exit(1)


def _is_fork_server() -> bool:
    """Whether this is the process that the standard library has started to fork others."""
    server = sys.modules.get("multiprocessing.forkserver")
    return server is not None and getattr(sys.modules["__main__"], "main", None) is server.main


if _is_fork_server():
    end_with_parent()
