"""`cvc new`, `cvc demo`, `cvc lab`, `cvc open`: a folder to work in, data to try, JupyterLab on the notebooks."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import click

from cvclib.cli.common import FAILED, client_files, command
from cvclib.cli.reference import current_schema
from cvclib.errors import InputError, Problem

DEMO_FOLDER = Path("data") / "nordic-beds"
OPENED = Path("open")  # copies of notebooks, one folder a client
N_CUSTOMERS = 2_000
FEWEST_CUSTOMERS = 200  # fewer show none of the planted truths


@command(
    "new",
    "Lay out a working folder.",
    examples="""
    cvc new workbook             notebooks, the example client and its data in ./workbook
    cvc new . --force            add what is missing to this folder; nothing is overwritten
    """,
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Add to a folder that is not empty; whatever is there is kept.")
@click.option("--no-demo", is_flag=True, help="Leave out the example client.")
def new(folder: Path, force: bool, no_demo: bool) -> int:
    """Lay out a working folder: notebooks/, params/, schema/, data/, reports/ and a README."""
    from cvclib.schema import schema_text
    from cvclib.workspace import lay_out

    laid = lay_out(folder, schema_text(current_schema()), force=force, example=not no_demo)
    for file in laid:
        if file.outcome == "kept":
            click.echo(f"kept as it is: {file.path}", err=True)
    data = folder / DEMO_FOLDER
    if not no_demo and not (data.is_dir() and any(data.iterdir())):
        from cvclib.demo import write_demo

        click.echo("Making the example client's data …", err=True)
        write_demo(data)
    first = ["cvc init CLIENT data/CLIENT"] if no_demo else ["cvc check params/nordic-beds.yaml", "cvc render params/nordic-beds.yaml"]
    click.echo("\n  ".join([f"{folder} is ready. Next:", f"cd {folder}", *first, "cvc lab"]))
    return 0


@command(
    "demo",
    "Make a demonstration client.",
    examples="""
    cvc demo                                     the example client: data/nordic-beds
    cvc demo --seed 7 --out data/demo-7          another one, with other truths in it
    cvc render data/demo-7/demo-7.yaml           its client file is made with it
    cvc demo --scale 100 --out data/large        a hundred times as large
    """,
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed makes another client.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=str(DEMO_FOLDER), show_default=True, help="Where the files go."
)
@click.option(
    "--customers", type=click.IntRange(FEWEST_CUSTOMERS), default=N_CUSTOMERS, show_default=True, help="How many customers it has."
)
@click.option("--scale", type=click.IntRange(1), default=1, show_default=True, help="So many times as many customers, with all they do.")
def demo(seed: int, out: Path, customers: int, scale: int) -> int:
    """Make a demonstration client: raw exports with planted truths, the same for the same seed."""
    from cvclib.demo import write_demo

    click.echo(f"Making {customers * scale:,} customers with seed {seed} …", err=True)
    for path in write_demo(out, seed=seed, n_customers=customers * scale):
        click.echo(str(path))
    click.echo(f"Next: cvc check {out / (out.resolve().name + '.yaml')}", err=True)
    return 0


@command(
    "lab",
    "Open JupyterLab on the notebooks.",
    examples="""
    cvc lab
    cvc lab --no-browser --port 8890         further arguments go to JupyterLab
    """,
)
@click.option(
    "--notebooks", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of notebooks; notebooks/ here by default."
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lab(notebooks: Path | None, arguments: tuple[str, ...]) -> int:
    """Open JupyterLab on the notebooks of this working folder."""
    folder = (notebooks or Path("notebooks")).resolve()
    if not any(folder.glob("*.ipynb")):
        fix = "Lay out a working folder with 'cvc new DIR' and run there, or name one with --notebooks."
        raise InputError([Problem(str(folder), "no notebooks", "the step notebooks", fix)])
    return start_lab(folder.parent, folder.name, arguments)


lab.context_settings["ignore_unknown_options"] = True


def run(call: list[str]) -> int:
    """Run a program to its end; Ctrl-C is for it to answer, and a request to end is handed on to it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(call, preexec_fn=None if sys.platform == "win32" else _answer_interrupts)
    before_end = signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, before_end)


def _answer_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@command(
    "open",
    "Open a step's notebook for a client.",
    examples="""
    cvc open nordic-beds --step 3
    cvc open params/acme.yaml --step advocacy --no-browser
    cvc open acme --failed                   where the last rendering stopped
    """,
)
@click.argument("client")
@click.option("--step", default="1", show_default=True, help="Number or name of the step.")
@click.option(
    "--failed", is_flag=True, help="Open the notebook that failed in the last rendering, with a note above the cell at which it did."
)
@click.option("--fresh", is_flag=True, help="Copy the notebook anew; what was changed in the copy is lost.")
@click.option(
    "--notebooks", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of notebooks; notebooks/ here by default."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="reports",
    show_default=True,
    help="Folder of the reports, for --failed.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def open_notebook(client: str, step: str, failed: bool, fresh: bool, notebooks: Path | None, out: Path, arguments: tuple[str, ...]) -> int:
    """Open JupyterLab at a step's notebook, with the parameters of a client in place.

    It is a copy, open/CLIENT/…, whose cells can be changed and run without touching the notebook that all clients share; a copy that
    is there is opened again with what was changed in it. Further arguments go to JupyterLab.
    """
    from cvclib.opening import failed_copy, notebook_of, working_copy  # slow to load; not for --help
    from cvclib.workspace import default_notebooks_dir

    (client_file,) = client_files([client if Path(client).suffix in (".yaml", ".yml") else str(Path("params") / f"{client}.yaml")])
    folder = (notebooks or default_notebooks_dir()).resolve()
    if failed:
        copy = failed_copy(client_file, OPENED, out, folder)
    else:
        copy = working_copy(client_file, notebook_of(step, folder), OPENED, fresh=fresh)
    click.echo(str(copy))
    return start_lab(Path.cwd(), copy.as_posix(), arguments)


open_notebook.context_settings["ignore_unknown_options"] = True


def start_lab(root: Path, place: str, arguments: Sequence[str]) -> int:
    """Start JupyterLab at a file or folder below a root, which can be looked through beside it; until it ends.

    Raises
    ------
    InputError
        If JupyterLab is not installed.
    """
    if not find_spec("jupyterlab"):
        fix = f"Install it: {sys.executable} -m pip install jupyterlab"
        raise InputError([Problem("this environment", "no JupyterLab", "the package jupyterlab", fix)])
    from cvclib.stored_notebook import keep_outputs_out  # loads what reads notebooks

    if keep_outputs_out(root):
        click.echo("From now on git stores notebooks here without their outputs, and shows differences cell by cell.", err=True)
    call = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{place}"]
    return FAILED if run([*call, *arguments]) else 0
