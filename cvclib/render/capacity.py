"""How many tasks this machine takes at a time, by its cores and its memory."""

from __future__ import annotations

import os
import re
from pathlib import Path

TASK_BYTES = 600_000_000  # what a step of the demonstration client takes at its peak, the tables' engine included, rounded up
CGROUP = Path("/sys/fs/cgroup")
MEMORY_INFO = Path("/proc/meminfo")


def default_workers(memory_limit_bytes: int = 0) -> int:
    """Tasks at a time where nobody has said how many.

    Parameters
    ----------
    memory_limit_bytes : int
        Memory that one may take; 0 for what is usual.

    Returns
    -------
    int
        At least 1; no more than there are cores, nor than memory allows.

    Examples
    --------
    >>> default_workers() >= 1
    True
    """
    free = free_memory_bytes()
    by_memory = free // (memory_limit_bytes or TASK_BYTES) if free is not None else usable_cores()
    return max(1, min(usable_cores(), by_memory))


def usable_cores() -> int:
    """Cores that this process may use: those of the machine, less what it or its container is kept from."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _first_line(CGROUP / "cpu.max").partition(" ")
    return max(1, min(cores, int(quota) // int(period))) if quota.isdigit() and period.isdigit() else cores


def free_memory_bytes() -> int | None:
    """Memory that is free on this machine and within its container's limit; None where the system does not tell."""
    try:
        told = re.search(r"^MemAvailable:\s+(\d+) kB", MEMORY_INFO.read_text(), re.MULTILINE)
    except OSError:
        return None
    limit, used = _first_line(CGROUP / "memory.max"), _first_line(CGROUP / "memory.current")
    within = [int(limit) - int(used)] if limit.isdigit() and used.isdigit() else []
    return min([*([int(told[1]) * 1024] if told else []), *within], default=None)


def _first_line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
