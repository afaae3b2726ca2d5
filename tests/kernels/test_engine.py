"""The engine as papermill's users meet it: found by its name, harmless where it fails, the stock kernel where there is no fork."""

import subprocess
import sys
import threading
import warnings

import nbformat
import papermill
import pytest
from papermill.engines import papermill_engines

from cvclib.kernels import ENGINE_NAME, forked
from cvclib.kernels.engine import WarmEngine
from cvclib.kernels.forked import ForkedEngine, StockEngine, engine_for

NEEDS_FORK = pytest.mark.skipif(sys.platform != "linux", reason="needs fork")


def python(program: str, *arguments: str) -> str:
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True).stdout


def test_papermill_finds_the_engine():
    assert papermill_engines.get_engine(ENGINE_NAME) is WarmEngine


@pytest.mark.parametrize("first", ["papermill", "cvclib.kernels.engine", "cvclib.kernels.forked", "cvclib.render.running"])
def test_papermill_and_the_engine_may_be_imported_in_any_order(first):
    assert python(f"import {first}, papermill.engines as e; print(e.papermill_engines.get_engine('cvclib').__name__)") == "WarmEngine\n"


def test_an_engine_that_cannot_run_does_not_break_papermill():
    program = (
        "import sys; sys.modules['cvclib.kernels.forked'] = sys.modules['ipykernel'] = None; import papermill; print(papermill.__name__)"
    )

    assert python(program) == "papermill\n"


def test_the_entry_point_imports_next_to_nothing():
    program = "import sys; before = set(sys.modules); import cvclib.kernels.engine; print(sorted({m.split('.')[0] for m in set(sys.modules) - before}))"

    assert "papermill" not in python(program)
    assert "pandas" not in python(program)


def two_cells():
    return nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "P"}})


@NEEDS_FORK
def test_a_notebook_for_this_python_is_forked_and_any_other_is_not(monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 1)

    assert engine_for(two_cells(), "python3") is ForkedEngine
    assert engine_for(two_cells(), "ir") is StockEngine


def test_a_process_with_threads_of_its_own_is_not_forked():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert engine_for(two_cells(), "python3") is StockEngine
    finally:
        stop.set()
        thread.join()


@pytest.mark.notebook
def test_where_there_is_no_fork_the_stock_kernel_runs_the_notebook(notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(forked, "can_fork", lambda: False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        executed = papermill.execute_notebook(
            notebook(tmp_path, "import os; os.getppid(), 1 + 1"),
            None,
            engine_name=ENGINE_NAME,
            progress_bar=False,
            memory_limit_bytes=10**9,
        )

    assert executed.cells[0].outputs[0].data["text/plain"].endswith("2)")


@NEEDS_FORK
@pytest.mark.notebook
def test_the_command_line_takes_the_engine_with_its_progress_bar(notebook, tmp_path):
    """The bar has a thread that watches it, which must not run while the process is forked; nor may the kernel write to the terminal."""
    cells = [
        "import os, sys; open('/proc/self/status').read().split('PPid:')[1].split()[0]",
        "os.system('echo to the terminal'); print('captured')",
    ]
    command = [sys.executable, "-m", "papermill", "--engine", ENGINE_NAME, str(notebook(tmp_path, *cells)), str(tmp_path / "out.ipynb")]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    said, _ = done.communicate(timeout=120)
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)

    assert executed.cells[0].outputs[0].data["text/plain"] == f"'{done.pid}'"
    assert "captured" in "".join(output.get("text", "") for output in executed.cells[1].outputs)
    assert said == ""


@NEEDS_FORK
@pytest.mark.notebook
def test_figures_do_not_vanish_where_the_program_has_drawn_before(notebook, tmp_path):
    """The program has chosen its backend, set its style, filters and logging, and left a figure open."""
    program = (
        "import sys, logging, warnings, papermill, matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt\n"
        "plt.plot([1]); plt.rcParams['figure.dpi'] = 7; warnings.simplefilter('error'); logging.basicConfig(level=10)\n"
        "logging.getLogger().setLevel(50)\n"
        "papermill.execute_notebook(sys.argv[1], sys.argv[2], engine_name='cvclib', progress_bar=False)\n"
        "print(plt.get_backend(), plt.get_fignums())"
    )
    cells = [
        "import matplotlib.pyplot as plt, warnings, logging\nwarnings.warn('w'); logging.warning('l'); plt.plot([1, 2])",
        "plt.rcParams['figure.dpi']",
    ]
    said = python(program, str(notebook(tmp_path, *cells)), str(tmp_path / "out.ipynb"))
    outputs = [output for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells for output in cell.outputs]

    assert [output for output in outputs if "image/png" in output.get("data", {})]
    assert "UserWarning: w" in outputs[0].text and "WARNING:root:l" in outputs[0].text
    assert outputs[-1].data["text/plain"] == "100.0"
    assert said == "agg [1]\n"
