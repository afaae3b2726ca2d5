"""Where the workbook's own files are, and how a working folder is laid out from them.

In an installed package the notebooks and the example client file travel inside it (`cvclib/workbook/`); in a
checkout they stand beside it. Knows files and folders, not what is in them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cvclib.errors import InputError, Problem

PACKAGE = Path(__file__).resolve().parent
INSTALLED = PACKAGE / "workbook"
CHECKOUT = PACKAGE.parent
EXAMPLE = Path("params") / "nordic-beds.yaml"
SCHEMA = Path("schema") / "client.schema.json"
FOLDERS = ("notebooks", "params", "schema", "data", "reports")

README = """\
A working folder of the Customer Value Chain Workbook
=====================================================

notebooks/   the seven steps; open them in JupyterLab, from the first to the seventh
params/      one client file (YAML) a client; nordic-beds.yaml is the example
schema/      lets an editor complete client files
data/        the clients' own exports, one folder a client; nordic-beds is made up
reports/     what is rendered: open reports/index.html

Next
----
1. cvc check params/nordic-beds.yaml     what is in the data, and which steps can be computed
2. cvc render params/nordic-beds.yaml    the report: reports/index.html
3. cvc lab                               the notebooks, in JupyterLab

Your own client
---------------
1. Put the exports (csv, xlsx, parquet, json lines) into data/<client>/.
2. cvc init <client> data/<client> looks at them and writes params/<client>.yaml: which file is which
   table, and which of its columns is which. What was in doubt stands there as a comment; look through
   it. 'cvc template --list' names the tables, 'cvc template orders' the columns of one. No table is
   needed by all: what is missing is named in the report.
3. cvc check params/<client>.yaml, mend what it names, and render.

Run all commands in this folder.

Under git
---------
git init; git add . takes the notebooks, the client files and the schema. .gitignore leaves out data/,
reports/ and whatever else holds a client's rows. Passwords and addresses of databases do not belong in a
client file: write ${NAME} there, and set NAME in the environment.
"""

# What holds rows of clients, or secrets, and what a program makes for itself.
GITIGNORE = """\
/data/
/reports/
/comparison/
/checks/
/open/
.env
*.env
.ipynb_checkpoints/
"""

Outcome = Literal["made", "same", "kept"]


@dataclass(frozen=True)
class Laid:
    """One file of a working folder, and what became of it.

    Parameters
    ----------
    path : Path
    outcome : {"made", "same", "kept"}
        Written anew; there already with the same content; there already with another, which was kept.
    """

    path: Path
    outcome: Outcome


def workbook_dir() -> Path:
    """The folder that holds notebooks/ and params/: inside an installed package, else the checkout.

    Raises
    ------
    InputError
        If the package was installed without them.
    """
    for folder in (INSTALLED, CHECKOUT):
        if any((folder / "notebooks").glob("[1-7]_*.ipynb")):
            return folder
    problem = Problem(str(PACKAGE), "no notebooks with the package", "the seven step notebooks", "Install cvclib anew.")
    raise InputError([problem])


def default_notebooks_dir(start: Path | None = None) -> Path:
    """The notebooks to run where none are named: those of the working folder, else the workbook's own."""
    here = (start or Path.cwd()) / "notebooks"
    return here if any(here.glob("[1-7]_*.ipynb")) else workbook_dir() / "notebooks"


def lay_out(folder: Path, schema: str, *, force: bool = False, example: bool = True) -> list[Laid]:
    """Lay out a working folder: notebooks, the example client file, its schema, a README.

    Parameters
    ----------
    folder : Path
        New or empty, unless `force` is set.
    schema : str
        Text of the schema for client files.
    force : bool
        Fill up a folder that holds something already. Whatever is there is kept.
    example : bool
        Whether the example's client file is part of it; without its data no batch of all clients could use it.

    Returns
    -------
    list of Laid
        Every file of the layout, in order.

    Raises
    ------
    InputError
        If the folder holds something and `force` is not set, or it is a file.
    """
    if folder.is_file():
        raise InputError([Problem(str(folder), "a file", "a folder", "Name another place.")])
    if not force and folder.is_dir() and (there := sorted(p.name for p in folder.iterdir() if p.name != ".git")):
        found = f"{', '.join(there[:5])}{' and more' if len(there) > 5 else ''}"
        fix = "Name a new folder, or give --force to add what is missing; nothing that is there is overwritten."
        raise InputError([Problem(str(folder), found, "an empty or a new folder", fix)])
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    return [_lay(folder / path, content) for path, content in _contents(schema).items() if example or path != EXAMPLE]


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _contents(schema: str) -> Mapping[Path, bytes]:
    source = workbook_dir()
    notebooks = [path for pattern in ("[1-7]_*.ipynb", "*.po") for path in sorted((source / "notebooks").glob(pattern))]
    return {
        Path("README.txt"): README.encode(),
        Path(".gitignore"): GITIGNORE.encode(),
        **{Path("notebooks") / path.name: path.read_bytes() for path in notebooks},
        EXAMPLE: (source / EXAMPLE).read_bytes(),
        SCHEMA: schema.encode(),
    }


def _lay(path: Path, content: bytes) -> Laid:
    if path.exists():
        return Laid(path, "same" if path.read_bytes() == content else "kept")
    write_atomically(path, content)
    return Laid(path, "made")
