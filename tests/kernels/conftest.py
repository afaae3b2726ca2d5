"""One template for all tests of a process, and notebooks run in processes forked from it."""

import logging
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillExecutionError

from cvclib.kernels import ENGINE_NAME
from cvclib.kernels.warm import warm_context
from cvclib.render.running import kernel_environment, run_notebook


@pytest.fixture(scope="session")
def context():
    with kernel_environment():  # the template takes its hash seed from here
        context = warm_context()
        first = context.Process(target=int)
        first.start()
        first.join()
        yield context


@pytest.fixture
def run(context, tmp_path, monkeypatch):
    """Run cells as a notebook in a kernel of its own, forked from a warm process; what it came to."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # IPython's kernel leaves the system's output streams alone where it stands
    logging.getLogger("papermill").setLevel(logging.CRITICAL)

    def executed(*sources, engine=ENGINE_NAME, folder=tmp_path, **options):
        out = tmp_path / "out.ipynb"
        settings = {"engine_name": engine, "cwd": str(folder), "progress_bar": False, "execution_timeout": 60, **options}
        with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool, suppress(PapermillExecutionError):
            pool.submit(papermill.execute_notebook, write_notebook(folder, *sources), out, **settings).result()
        return nbformat.read(out, as_version=4)

    return executed


@pytest.fixture
def run_step(context, tmp_path):
    """Run cells as the notebook of a step, as a batch does; raises what the batch is told."""

    def executed(*sources, seconds=60, memory=0, out=tmp_path / "out.ipynb"):
        with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
            settings = {"client_file": tmp_path / "a.yaml", "parameters": {}, "engine_name": ENGINE_NAME}
            limits = {"cell_timeout_seconds": seconds, "memory_limit_bytes": memory}
            return pool.submit(run_notebook, write_notebook(tmp_path, *sources), out, **settings, **limits).result()

    return executed


@pytest.fixture(scope="session")
def notebook():
    return write_notebook


def write_notebook(folder: Path, *sources: object) -> Path:
    """Write a notebook; a cell that is a pair is a source and its tag."""
    cells = []
    for i, source in enumerate(sources):
        text, tags = source if isinstance(source, tuple) else (source, None)
        cells.append(new_code_cell(text, metadata={"tags": [tags]} if tags else {}, id=f"c{i:02d}"))
    made = new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "1_first_look.ipynb"
    nbformat.write(made, path)
    return path
