"""Notebooks as they are stored under git: without outputs, and with the difference between two versions shown cell by cell.

`python -m cvclib.stored_notebook` is git's filter: a notebook in, the same without outputs, execution counts and the
versions of whoever ran it, in the form that JupyterLab writes. The file that is worked on keeps its outputs.
"""

from __future__ import annotations

import io
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

FILTER = "cvc-notebooks"
PATTERN = "*.ipynb"
KEPT = {"kernelspec", ("language_info", "name")}  # of a notebook's own metadata; those of cells are all kept


def stored(text: str) -> str:
    """A notebook as it is stored.

    Parameters
    ----------
    text : str
        JSON of a notebook.

    Returns
    -------
    str
        The same for the same cells, whoever ran them with whatever.

    Examples
    --------
    >>> cell = nbformat.v4.new_code_cell("1 + 1", id="a", execution_count=3)
    >>> text = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
    >>> "3," in text, "3," in stored(text)
    (True, False)
    """
    from nbconvert.preprocessors import ClearMetadataPreprocessor, ClearOutputPreprocessor  # slow to load

    notebook = nbformat.reads(text, as_version=4)
    for preprocessor in (
        ClearOutputPreprocessor(enabled=True),
        ClearMetadataPreprocessor(enabled=True, clear_cell_metadata=False, preserve_nb_metadata_mask=KEPT),
    ):
        notebook, _ = preprocessor(notebook, {})
    return nbformat.writes(notebook) + "\n"


def keep_outputs_out(folder: Path) -> bool:
    """Have git store the notebooks of a checkout without outputs, and show their differences cell by cell.

    What somebody has set for notebooks himself is left as it is. Only this checkout's own settings are written, in its ``.git``.

    Parameters
    ----------
    folder : Path
        In the checkout.

    Returns
    -------
    bool
        Whether that was set now; not where it was before, where the folder is under no git, or where other settings stand.
    """
    if shutil.which("git") is None or _git(folder, "rev-parse", "--is-inside-work-tree") != "true":
        return False
    attributes = (folder / _git(folder, "rev-parse", "--git-path", "info/attributes")).resolve()
    set_before = _git(folder, "check-attr", "filter", "diff", "--", "a.ipynb")
    is_new = "filter: unspecified" in set_before
    if is_new:
        attributes.parent.mkdir(parents=True, exist_ok=True)
        with attributes.open("a", encoding="utf-8") as file:
            file.write(f"{PATTERN} filter={FILTER} diff=jupyternotebook\n")
    elif f"filter: {FILTER}" not in set_before:
        return False
    clean = f"{shlex.quote(Path(sys.executable).as_posix())} -m cvclib.stored_notebook"
    for key, value in {"clean": clean, "smudge": "cat", "required": "true"}.items():
        _git(folder, "config", "--local", f"filter.{FILTER}.{key}", value)
    driver = f"{shlex.quote(Path(sys.executable).as_posix())} -m nbdime.vcs.git.diffdriver diff --ignore-outputs --ignore-details"
    _git(folder, "config", "--local", "diff.jupyternotebook.command", driver)
    return is_new


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8").read()
    sys.stdout.buffer.write(stored(text).encode("utf-8"))
