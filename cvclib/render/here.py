"""Rendering from within a notebook: the same report as the command line gives, by one call."""

from __future__ import annotations

from html import escape
from os.path import relpath
from pathlib import Path
from typing import Any

from cvclib.errors import InputError, Problem
from cvclib.render.batch import render_client
from cvclib.render.job import RenderJob, RenderResult, step_notebooks
from cvclib.workspace import default_notebooks_dir

REPORTS = "reports"


class Rendered:
    """What became of a rendering, as a notebook shows it: a link to the report, or what went wrong.

    Parameters
    ----------
    result : RenderResult
    """

    def __init__(self, result: RenderResult) -> None:
        self.result = result

    def __repr__(self) -> str:
        result = self.result
        return f"{result.client}: {result.state}. {result.message or result.report}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        result = self.result
        said = f"{escape(result.client)}: {result.state}. {escape(result.message)}"
        if result.report is not None:
            link = escape(Path(relpath(result.report)).as_posix())
            said += f'<a href="{link}" target="_blank">{"Open the report" if not result.message else "The report of an earlier run"}</a>'
        return {"text/html": f'<p class="cvc-reading">{said}</p>', "text/plain": repr(self)}


def render_here(client_file: str | Path, *only: str, force: bool = False) -> Rendered:
    """Render a client's report from a notebook, as ``cvc render`` does in the working folder.

    Parameters
    ----------
    client_file : path
        As the notebook's own parameter names it.
    *only : str
        Names of the steps to render; all by default.
    force : bool
        Render what is up to date, too.

    Returns
    -------
    Rendered
        Shows a link to the report, or what went wrong; ``.result`` has it as values.

    Raises
    ------
    InputError
        If there is no such client file or step, or the folder for reports is in use.

    Examples
    --------
    >>> render_here("../params/nordic-beds.yaml", "advocacy")  # doctest: +SKIP
    Nordic Beds: rendered. ../reports/nordic-beds/nordic-beds.html
    """
    place = Path(client_file)
    if not place.is_file():
        raise InputError([Problem(str(client_file), "no such file", "a client file (YAML)", f"The notebook runs in {Path.cwd()}.")])
    root = working_folder_of(place)
    notebooks = default_notebooks_dir(root)
    if unknown := [step for step in only if step not in step_notebooks(notebooks)]:
        raise InputError([Problem("only", ", ".join(map(repr, unknown)), "names of steps: " + ", ".join(step_notebooks(notebooks)))])
    job = RenderJob(client_file=place.resolve(), out_dir=root / REPORTS, notebooks_dir=notebooks, only=only, force=force)
    return Rendered(render_client(job, n_workers=2))


def working_folder_of(client_file: Path) -> Path:
    """The nearest folder above a client file that has notebooks beside it; else the client file's own.

    Parameters
    ----------
    client_file : Path

    Returns
    -------
    Path
    """
    parents = client_file.resolve().parents
    return next((folder for folder in parents if any((folder / "notebooks").glob("[1-7]_*.ipynb"))), parents[0])
