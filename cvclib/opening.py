"""A notebook of the workbook with a client's parameters in place, to be opened in JupyterLab.

It is a copy, in a folder of the client's: the stored notebook serves all clients, stays as it is under git, and is what a
batch runs. The parameters stand in a cell of their own below the defaults, as a batch puts them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from cvclib.errors import InputError, Problem
from cvclib.params import load_client_file
from cvclib.render.failure import read_failure
from cvclib.render.job import CLIENT_FILE, RenderJob, parameters_of, step_notebooks
from cvclib.spelling import did_you_mean
from cvclib.wording import label

FAILED_SUFFIX = "-failed"


def notebook_of(step: str, notebooks_dir: Path) -> Path:
    """The notebook of a step, given by number or by name.

    Raises
    ------
    InputError
        If there is no such step.
    """
    found = step_notebooks(notebooks_dir)
    by_number = {path.name.partition("_")[0]: path for path in found.values()}
    wanted = step.strip().lower().replace(" ", "_").replace("-", "_")
    path = found.get(wanted) or by_number.get(wanted)
    if path is None:
        expected = "a number or a name: " + ", ".join(f"{path.name.partition('_')[0]} {name}" for name, path in found.items())
        raise InputError([Problem("--step", repr(step), expected, did_you_mean(wanted, list(found)))])
    return path


def working_copy(client_file: Path, notebook: Path, folder: Path, *, fresh: bool = False) -> Path:
    """Copy a notebook for one client, its parameters in place; a copy that is there is kept, with what was changed in it.

    Parameters
    ----------
    client_file : Path
    notebook : Path
        As it is stored, in the folder of the notebooks.
    folder : Path
        Where copies go: ``<folder>/<client>/<notebook>``.
    fresh : bool
        Whether a copy that is there is replaced.

    Returns
    -------
    Path
        The copy.

    Raises
    ------
    InputError
        If the client file is wrong.
    """
    job, path = _job_and_place(client_file, notebook, folder, notebook.name)
    if fresh or not path.exists():
        _write(path, _with_parameters(job, notebook, path))
    return path


def failed_copy(client_file: Path, folder: Path, out_dir: Path, notebooks_dir: Path) -> Path:
    """Copy the notebook that failed in the client's last rendering, with a note above the cell at which it stopped.

    Parameters
    ----------
    client_file : Path
    folder : Path
        Where copies go.
    out_dir : Path
        The folder of reports that the failure is told in.
    notebooks_dir : Path

    Returns
    -------
    Path
        The copy, written anew each time.

    Raises
    ------
    InputError
        If no step of the client has failed there.
    """
    job = RenderJob(client_file=client_file, out_dir=out_dir, notebooks_dir=notebooks_dir)
    failure = read_failure(job.folder)
    notebooks = step_notebooks(notebooks_dir)
    if failure is None or failure["step"] not in notebooks:
        found = "no failed report" if failure is None else f"a failure of the {failure['step']}, not of a notebook: {failure['message']}"
        raise InputError([Problem(str(job.folder), found, "a report of this client that failed in a step", "Render it first: cvc render.")])
    notebook = notebooks[failure["step"]]
    _, path = _job_and_place(client_file, notebook, folder, f"{notebook.stem}{FAILED_SUFFIX}.ipynb")
    copy = _with_parameters(job, notebook, path)
    at = next((i for i, cell in enumerate(copy.cells) if cell.source == failure["source"]), 0)
    copy.cells.insert(at, new_markdown_cell(_note(failure), id="it-failed-here"))
    _write(path, copy)
    return path


def _note(failure: Mapping[str, str]) -> str:
    """What stands above the cell that failed; nothing of it is taken for markup."""
    message = "\n".join(f"    {line}" for line in failure["message"].splitlines())
    return (
        f"## It failed here\n\nIn the last rendering, step {label(failure['step'])} stopped at the cell below:\n\n{message}\n\n"
        f"{failure['fix']}\n\nTo stand where it stood: choose this cell, then *Run > Run All Above Selected Cell*. The client is in "
        "`client`, and what the cells above have made can be looked at; then run the cell below, and the rest."
    )


def _job_and_place(client_file: Path, notebook: Path, folder: Path, name: str) -> tuple[RenderJob, Path]:
    job = RenderJob(client_file=client_file, out_dir=folder, notebooks_dir=notebook.parent)
    return job, job.folder / name


def _with_parameters(job: RenderJob, notebook: Path, place: Path) -> nbformat.NotebookNode:
    parameters = parameters_of(job, load_client_file(job.client_file))
    step = next(name for name, path in step_notebooks(notebook.parent).items() if path == notebook)
    there = os.path.relpath(Path(job.client_file).resolve(), place.resolve().parent).replace(os.sep, "/")
    copy = parameterize_notebook(load_notebook_node(str(notebook)), {CLIENT_FILE: there, **parameters[step]})
    for owner in (copy, *copy.cells):  # without what the library notes for itself
        owner.metadata.pop("papermill", None)
        if not owner.metadata.get("tags", True):
            del owner.metadata["tags"]
    for cell in copy.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "the-clients-parameters"  # the same each time
    return copy


def _write(path: Path, notebook: nbformat.NotebookNode) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
