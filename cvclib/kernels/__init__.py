"""Warm, isolated kernels: each notebook in a process of its own, forked from one that has imported everything.

Knows how cells are run and their outputs brought home; nothing of clients, steps or reports. This module and the
entry point `cvclib.kernels.engine` import next to nothing: papermill loads them whenever it is imported.
"""

from __future__ import annotations

import sys

__all__ = ["ENGINE_NAME", "STARTED_BY", "TEMPLATE", "can_fork", "is_warm"]

ENGINE_NAME = "cvclib"  # the name papermill knows the engine by
STARTED_BY = "CVC_TEMPLATE_STARTED_BY"  # in the template's environment: the process that started it
TEMPLATE = "cvclib.kernels.template"  # the module that a warm process has imported


def can_fork() -> bool:
    """Whether forked kernels are to be had here.

    Returns
    -------
    bool
        True on Linux. Elsewhere papermill's own engine runs the notebooks, to the same outputs: Windows has no
        fork, and macOS's system libraries may crash in a forked process.

    Examples
    --------
    >>> can_fork() or sys.platform != "linux"
    True
    """
    return sys.platform == "linux"


def is_warm() -> bool:
    """Whether this process is a copy of the template, or the template itself.

    Returns
    -------
    bool
        True where everything that a notebook needs is imported already.

    Examples
    --------
    >>> is_warm()
    False
    """
    return getattr(sys.modules.get(TEMPLATE), "is_warm", False)
