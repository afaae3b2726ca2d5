"""Running the notebooks: papermill through its Python API, a kernel of its own for each, a failure with its cell.

Knows nothing of what a notebook computes or of how its outputs are shown.
"""

from __future__ import annotations

import re
import signal
import traceback
from collections.abc import Mapping
from pathlib import Path

import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from cvclib.kernels import ENGINE_NAME
from cvclib.kernels.engine import WarmEngine
from cvclib.kernels.forked import KernelEnded
from cvclib.render.environment import kernel_environment
from cvclib.render.failure import StepFailed, stopped_at
from cvclib.render.job import CLIENT_FILE, Value, step_of

__all__ = ["StepFailed", "kernel_environment", "run_notebook"]

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
START_TIMEOUT_SECONDS = 120  # a kernel's first start on a busy machine, its bytecode not yet written

# A kernel talks over a local port; whoever else is on the machine must not read a client's data there.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto"}})
STOCK = {None, "nbclient"}  # papermill's names for its own engine

KILLED = -9  # exit code of a process that the system has ended
MORE_MEMORY = "Render fewer at a time (--jobs), or on a machine with more memory; --memory allows a kernel more."
WANTS_MEMORY = re.compile(r"_?(Array|Arrow|Out[oO]f)?Memory(Error|Exception)$")  # Python's, numpy's, pyarrow's, DuckDB's


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
        Memory that the kernel may take beside the libraries'; 0 for no limit. Only a forked kernel keeps it.

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
        raise StepFailed(step, message, fix, stopped_at(executed)[0], error.source, trace) from error
    except CellTimeoutError as error:
        message = f"A cell did not end within {cell_timeout_seconds:,} seconds."
        fix = "Run the notebook by hand to see whether it would end; if it would, allow more time a cell."
        raise StepFailed(step, message, fix, *stopped_at(executed), str(error)) from error
    except DeadKernelError as error:
        message, fix = _death(error, notebook, memory_limit_bytes)
        raise StepFailed(step, message, fix, *stopped_at(executed), str(error)) from error
    except Exception as error:  # whatever an engine raises fails this step, never the batch
        message = f"The notebook could not be run: {type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        raise StepFailed(step, message, _fix("", notebook), *stopped_at(executed), trace) from error


def _death(error: DeadKernelError, notebook: Path, memory_limit_bytes: int) -> tuple[str, str]:
    """What is said of a kernel that ended before its notebook did, and what to do."""
    code = error.exit_code if isinstance(error, KernelEnded) else KILLED
    if code >= 0:
        return f"The cell ended its kernel, with exit status {code}.", _fix("", notebook)
    if code == KILLED:
        return "The kernel died while a cell was running; the system most often ends one for want of memory.", MORE_MEMORY
    message = f"The kernel crashed while a cell was running ({signal.Signals(-code).name}), in a library that the cell uses."
    if memory_limit_bytes:
        return f"{message} Some do where they may take no more memory; the limit is {memory_limit_bytes / 1e6:,.0f} MB.", MORE_MEMORY
    return message, _fix("", notebook)


def _fix(error_name: str, notebook: Path) -> str:
    if error_name in {"InputError", "MissingDataError"}:
        return "Mend the client file or the table that the message names, and render again."
    return f"Open {notebook.name} in JupyterLab with this client file and run it down to the cell below."
