"""What kernels inherit from the process that starts them. Light to import."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# One thread a kernel: a batch already uses every core, and sums of floats then come out in one order.
KERNEL_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"),
    "PYTHONHASHSEED": "0",
    "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, whatever the user has installed for themselves
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# Of a stock kernel: on a full disk IPython would tell of its history in a cell's output, and so in the report.
NO_HISTORY_FILE = 'c.HistoryManager.hist_file = ":memory:"\n'


@contextmanager
def environment(**more: str) -> Iterator[None]:
    """Set what kernels inherit, and put it back.

    Parameters
    ----------
    **more : str
        Further variables.
    """
    before = dict(os.environ)
    os.environ.update(KERNEL_ENVIRONMENT, **more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def own_environment(scratch: Path) -> dict[str, str]:
    """Variables for a process that keeps what it writes in passing to itself, with no start-up files of the user.

    Parameters
    ----------
    scratch : Path
        A folder that goes when the process has ended, however it ended; made where it is not there.
    """
    profile = scratch / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_config.py").write_text(NO_HISTORY_FILE, encoding="utf-8")
    return {"IPYTHONDIR": str(scratch / "ipython"), "TMPDIR": str(scratch)}


@contextmanager
def kernel_environment() -> Iterator[None]:
    """Set what kernels inherit, and put it back: one thread, this environment's kernel, no start-up files of the user."""
    log = logging.getLogger("papermill")
    level = log.level
    with tempfile.TemporaryDirectory(prefix="cvc-ipython-", ignore_cleanup_errors=True) as folder, environment(IPYTHONDIR=folder):
        log.setLevel(logging.CRITICAL)  # what it would log comes back as an exception
        try:
            yield
        finally:
            log.setLevel(level)
