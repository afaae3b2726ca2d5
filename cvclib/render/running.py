"""Running the notebooks: papermill through its Python API, a kernel a notebook, a failure with its cell.

Knows nothing of what a notebook computes or of how its outputs are shown.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from cvclib.render.job import CLIENT_FILE, Value, step_of

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
START_TIMEOUT_SECONDS = 120  # a kernel's first start on a busy machine, its bytecode not yet written

# One thread a kernel: a batch already uses every core, and sums of floats then come out in one order.
KERNEL_ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"),
    "PYTHONHASHSEED": "0",
    "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, whatever the user has installed for themselves
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}

# A kernel talks over a local port; whoever else is on the machine must not read a client's data there.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto"}})


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
    """

    def __init__(self, step: str, message: str, fix: str, heading: str = "", source: str = "", trace: str = "") -> None:
        super().__init__(step, message, fix, heading, source, trace)
        self.step, self.message, self.fix, self.heading, self.source, self.trace = self.args

    def __str__(self) -> str:
        return self.message


@contextmanager
def kernel_environment() -> Iterator[None]:
    """Set what kernels inherit, and put it back: one thread, this environment's kernel, no start-up files of the user."""
    before = dict(os.environ)
    log = logging.getLogger("papermill")
    level = log.level
    with tempfile.TemporaryDirectory(prefix="cvc-ipython-", ignore_cleanup_errors=True) as folder:
        os.environ.update(KERNEL_ENVIRONMENT, IPYTHONDIR=folder)
        log.setLevel(logging.CRITICAL)  # what it would log comes back as an exception
        try:
            yield
        finally:
            log.setLevel(level)
            os.environ.clear()
            os.environ.update(before)


def run_notebook(
    notebook: Path,
    executed: Path,
    *,
    client_file: Path,
    parameters: Mapping[str, Value],
    engine_name: str | None,
    cell_timeout_seconds: int,
) -> NotebookNode:
    """Run one step notebook for one client.

    Parameters
    ----------
    notebook : Path
        The notebook as it is stored.
    executed : Path
        Where its executed copy goes, also after a failure.
    client_file : Path
    parameters : mapping of str to value
        Beside the client file.
    engine_name : str or None
        Papermill engine.
    cell_timeout_seconds : int

    Returns
    -------
    NotebookNode
        The executed notebook.

    Raises
    ------
    StepFailed
        If a cell raises, takes too long, or the kernel dies.
    """
    step = step_of(notebook)
    try:
        return papermill.execute_notebook(
            notebook.absolute(),
            executed.absolute(),
            parameters={CLIENT_FILE: str(Path(client_file).absolute()), **parameters},
            engine_name=engine_name,
            cwd=notebook.parent.absolute(),
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=True,
            start_timeout=START_TIMEOUT_SECONDS,
            execution_timeout=cell_timeout_seconds,
            **({"config": ENCRYPTED} if engine_name in (None, "nbclient") else {}),
        )
    except PapermillExecutionError as error:
        trace = ANSI.sub("", "\n".join(error.traceback))
        message = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        raise StepFailed(step, message, _fix(error.ename, notebook), _heading(executed), error.source, trace) from error
    except CellTimeoutError as error:
        message = f"A cell did not end within {cell_timeout_seconds:,} seconds."
        fix = "Run the notebook by hand to see whether it would end; if it would, allow more time a cell."
        raise StepFailed(step, message, fix, _heading(executed), _running_cell(executed), str(error)) from error
    except DeadKernelError as error:
        message = "The kernel died while a cell was running; the system most often ends one for want of memory."
        fix = "Render fewer clients at a time, or run this one on a machine with more memory."
        raise StepFailed(step, message, fix, _heading(executed), _running_cell(executed), str(error)) from error
    except Exception as error:  # whatever an engine raises fails this step, never the batch
        message = f"The notebook could not be run: {type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        raise StepFailed(step, message, _fix("", notebook), _heading(executed), _running_cell(executed), trace) from error


def _fix(error_name: str, notebook: Path) -> str:
    if error_name in {"InputError", "MissingDataError"}:
        return "Mend the client file or the table that the message names, and render again."
    return f"Open {notebook.name} in JupyterLab with this client file and run it down to the cell below."


def _last_cell(executed: Path) -> tuple[list[NotebookNode], int]:
    """Cells of a notebook that stopped, and the index of the one it stopped in; -1 where it never began."""
    if not executed.exists():
        return [], -1
    cells = nbformat.read(executed, as_version=4).cells
    stopped = [i for i, cell in enumerate(cells) if cell.metadata.get("papermill", {}).get("status") in {"failed", "running"}]
    begun = [i for i, cell in enumerate(cells) if cell.metadata.get("papermill", {}).get("start_time")]
    return cells, (stopped or begun or [-1])[-1]


def _heading(executed: Path) -> str:
    cells, index = _last_cell(executed)
    for cell in reversed(cells[: index + 1]):
        found = re.findall(r"^#+ +(.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else []
        if found:
            return found[-1]
    return ""


def _running_cell(executed: Path) -> str:
    cells, index = _last_cell(executed)
    return cells[index].source if index >= 0 else ""
