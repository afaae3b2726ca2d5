"""Running the notebooks: papermill through its Python API, a kernel of its own for each, a failure with its cell.

Knows nothing of what a notebook computes or of how its outputs are shown.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from cvclib.kernels import ENGINE_NAME
from cvclib.kernels.engine import WarmEngine
from cvclib.kernels.forked import KernelEnded
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
STOCK = {None, "nbclient"}  # papermill's names for its own engine

KILLED = -9  # exit code of a process that the system has ended
MORE_MEMORY = "Render fewer clients at a time, or this one on a machine with more memory."
WANTS_MEMORY = re.compile(r"_?(Array|Arrow|Out[oO]f)?Memory(Error|Exception)$")  # Python's, numpy's, pyarrow's, DuckDB's


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
    memory_limit_bytes: int = 0,
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
        Papermill engine; None for papermill's own.
    cell_timeout_seconds : int
    memory_limit_bytes : int
        Memory that the kernel may have; 0 for no limit. Only a forked kernel keeps it.

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
    papermill_engines.register(ENGINE_NAME, WarmEngine)  # also where this package is not installed but only on the path
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
            **({"config": ENCRYPTED} if engine_name in {*STOCK, ENGINE_NAME} else {}),
            **({"memory_limit_bytes": memory_limit_bytes} if engine_name == ENGINE_NAME else {}),
        )
    except PapermillExecutionError as error:
        trace = ANSI.sub("", "\n".join(error.traceback))
        message = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        fix = MORE_MEMORY if WANTS_MEMORY.fullmatch(error.ename) else _fix(error.ename, notebook)
        raise StepFailed(step, message, fix, _heading(executed), error.source, trace) from error
    except CellTimeoutError as error:
        message = f"A cell did not end within {cell_timeout_seconds:,} seconds."
        fix = "Run the notebook by hand to see whether it would end; if it would, allow more time a cell."
        raise StepFailed(step, message, fix, _heading(executed), _running_cell(executed), str(error)) from error
    except DeadKernelError as error:
        message, fix = _death(error, notebook)
        raise StepFailed(step, message, fix, _heading(executed), _running_cell(executed), str(error)) from error
    except Exception as error:  # whatever an engine raises fails this step, never the batch
        message = f"The notebook could not be run: {type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        raise StepFailed(step, message, _fix("", notebook), _heading(executed), _running_cell(executed), trace) from error


def _death(error: DeadKernelError, notebook: Path) -> tuple[str, str]:
    """What is said of a kernel that ended before its notebook did, and what to do."""
    code = error.exit_code if isinstance(error, KernelEnded) else KILLED
    if code >= 0:
        return f"The cell ended its kernel, with exit status {code}.", _fix("", notebook)
    if code == KILLED:
        return "The kernel died while a cell was running; the system most often ends one for want of memory.", MORE_MEMORY
    message = f"The kernel crashed while a cell was running ({signal.Signals(-code).name}), in a library that the cell uses."
    return message, _fix("", notebook)


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
