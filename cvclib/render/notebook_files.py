"""A notebook as it is stored: the step that its name stands for, and the parameters that it takes. Runs nothing."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

NOTEBOOK_NAME = re.compile(r"(\d+)_(\w+)\.ipynb")


def step_of(notebook: Path) -> str:
    """Name of the step, or of the client's own chapter, that a notebook is for.

    Examples
    --------
    >>> step_of(Path("notebooks/6_advocacy.ipynb"))
    'advocacy'
    >>> step_of(Path("params/own/Supply & returns.ipynb"))
    'supply_returns'
    """
    if found := NOTEBOOK_NAME.fullmatch(notebook.name):
        return found[2]
    return re.sub(r"[\W_]+", "_", re.sub(r"^\d+", "", notebook.stem)).strip("_").lower()


def step_notebooks(notebooks_dir: Path) -> dict[str, Path]:
    """The step notebooks of a folder, by step, in the order of their numbers."""
    found = [path for path in Path(notebooks_dir).glob("*.ipynb") if NOTEBOOK_NAME.fullmatch(path.name)]
    ordered = sorted(found, key=lambda path: (int(NOTEBOOK_NAME.fullmatch(path.name)[1]), path.name))
    return {step_of(path): path for path in ordered}


def notebook_parameters(notebooks_dir: Path) -> dict[str, dict[str, object]]:
    """The parameters of each step notebook, with their defaults.

    Parameters
    ----------
    notebooks_dir : Path

    Returns
    -------
    dict of str to dict
        Step name to parameter name to default, from the cell tagged ``parameters``.
    """
    return {step: parameters_in(path) for step, path in step_notebooks(notebooks_dir).items()}


def parameters_in(notebook: Path) -> dict[str, object]:
    """The parameters of one notebook, with their defaults; none where no cell is tagged ``parameters``.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError, SyntaxError
        If it cannot be read, or is no notebook.
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = [cell["source"] for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    source = "\n".join(text if isinstance(text, str) else "".join(text) for text in tagged)
    found: dict[str, object] = {}
    for node in ast.parse(source).body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and node.value is not None:
            found[target.id] = ast.literal_eval(node.value)
    return found
