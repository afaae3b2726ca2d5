"""Chapters of a client's own: notebooks that its client file names under ``chapters:``, run and joined after the steps.

Knows which they are and what can be wrong with them before one runs. Light to import: a batch asks it of every client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cvclib.errors import InputError, Problem
from cvclib.render.notebook_files import parameters_in, step_of

KEY = "chapters"  # of a client file
CLIENT_FILE = "client_file"  # set by the job itself in every notebook
RESERVED = frozenset(
    {
        "appendix",
        "checks",
        "contents",
        "definitions",
        "digests",
        "methods",
        "parameters",
        "report",
        "sources",
        "summary",
        "tables",
        "top",
        "versions",
    }
)  # parts of a report, and of the making of it
NO_NOTEBOOK = (ValueError, KeyError, TypeError, AttributeError, SyntaxError)
THE_CELL = 'Give a cell the tag "parameters" and in it a line such as: client_file: str = "../client.yaml"'


def own_notebooks(client_file: Path) -> tuple[Path, ...]:
    """The notebooks that a client file names under ``chapters:``, in its order; none of a file that cannot be read.

    What is wrong with such a file, or with one that it names, is told where it is read in earnest.
    """
    path = Path(client_file)
    if not path.is_file() or KEY.encode() not in path.read_bytes():  # most have none: their YAML need not be read here
        return ()
    from cvclib.yaml_text import read_yaml  # for the few that have

    try:
        branch = read_yaml(path).root.child(KEY)
    except InputError:
        return ()
    named = branch.content if branch and isinstance(branch.content, list) else []
    return tuple(place_of(path, str(one.content)) for one in named if not isinstance(one.content, dict | list | None))


def place_of(client_file: Path, text: str) -> Path:
    """Where a chapter's notebook lies; a relative path starts at the client file's folder."""
    return (Path(client_file).resolve().parent / text).resolve()


def problems_with(client_file: Path, named: list[str], steps: Mapping[str, Path]) -> list[Problem]:
    """All that is wrong with the chapters that a client file names.

    Parameters
    ----------
    client_file : Path
    named : list of str
        As the client file has them.
    steps : mapping of str to Path
        The notebooks of the steps, by step.
    """
    taken = {step.casefold(): path.name for step, path in steps.items()}
    files = {path.name.casefold() for path in steps.values()}
    found: list[Problem] = []
    for text in named:
        path, where = place_of(client_file, text), f"{client_file}, {KEY}: {text}"
        step = step_of(path)
        found += _name_problems(where, path, step, taken, files)
        found += _content_problems(where, path)
        taken.setdefault(step.casefold(), text)
        files.add(path.name.casefold())
    return found


def _name_problems(where: str, path: Path, step: str, taken: Mapping[str, str], files: set[str]) -> Iterator[Problem]:
    if path.suffix != ".ipynb":
        yield Problem(where, f"a file that ends in {path.suffix or 'nothing'!r}", "a notebook (.ipynb)")
    elif not step:
        yield Problem(where, "a file name without a word", "a name such as 8_sustainability.ipynb", "Rename the notebook.")
    elif step.casefold() in RESERVED:
        fix = "Rename the notebook, 8_our_" + step + ".ipynb for example."
        yield Problem(where, f"the name {step!r}, which a part of every report has", "another name", fix)
    elif step.casefold() in taken or path.name.casefold() in files:
        other = taken.get(step.casefold(), path.name)
        yield Problem(where, f"the name {step!r}, which {other} has already", "a name of its own", "Rename the notebook.")


def _content_problems(where: str, path: Path) -> Iterator[Problem]:
    if not path.is_file():
        beside = sorted(p.name for p in path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
        fix = f"Beside it there are: {', '.join(beside[:10])}." if beside else "The path starts at the client file's folder."
        yield Problem(where, "no such file", "a notebook", fix)
        return
    try:
        known = parameters_in(path)
    except OSError as error:
        yield Problem(where, f"a file that cannot be read ({error.strerror})", "a notebook")
    except NO_NOTEBOOK:
        fix = "Open it in JupyterLab; in the cell tagged 'parameters' each line is a name, '=' and a plain value."
        yield Problem(where, "a notebook, or a cell of parameters in it, that cannot be read", "a notebook as JupyterLab saves it", fix)
    else:
        if CLIENT_FILE not in known:
            yield Problem(where, f"no parameter {CLIENT_FILE!r} in it", "it, as it tells the notebook which client to open", THE_CELL)
