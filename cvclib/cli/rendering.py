"""`cvc render`: one report a client."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvclib.cli.common import FAILED, WRONG, client_files, columns, command, json_option, print_json
from cvclib.errors import InputError, Problem

if TYPE_CHECKING:
    from cvclib.render import RenderResult

CLIENT_FILE_STEP = "client file"  # where the renderer says a client failed whose file is wrong


@command(
    "render",
    "Render one report a client.",
    examples="""
    cvc render                                           every client file in params/
    cvc render params/nordic-beds.yaml
    cvc render params/*.yaml --jobs 4 --out reports
    cvc render params/nordic-beds.yaml --only advocacy --only collaboration
    cvc render params/nordic-beds.yaml --set period_start=2025-07-01 --set segment=Hotels
    cvc render --scheduler tcp://10.0.0.5:8786
    cvc render --json > run.json
    """,
)
@click.argument("files", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="reports", show_default=True, help="Where the reports go.")
@click.option(
    "--notebooks",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the step notebooks; notebooks/ here, or those of the package, by default.",
)
@click.option("--only", multiple=True, metavar="STEP", help="Render this step only; may be given several times.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Set a notebook parameter; may be given several times.")
@click.option("--jobs", type=click.IntRange(1), help="Clients rendered at the same time; one a processor by default.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="Render on the workers of this Dask scheduler (tcp://HOST:PORT).")
@click.option("--timeout", type=click.IntRange(1), default=600, show_default=True, metavar="SECONDS", help="Time a cell may take.")
@click.option("--force", is_flag=True, help="Render what is up to date, too.")
@json_option
def render(
    files: tuple[str, ...],
    out: Path,
    notebooks: Path | None,
    only: tuple[str, ...],
    settings: tuple[str, ...],
    jobs: int | None,
    scheduler: str,
    timeout: int,
    force: bool,
    as_json: bool,
) -> int:
    """Render the report of each client: run the notebooks, join them into one HTML file.

    FILES are client files, folders of them or patterns; params/ by default. A client that is up to date is
    left as it is; one that fails stops no other. Exit status: 0 all rendered, 1 some client failed, 2 the
    call or every client file was wrong.
    """
    paths = client_files(files)
    overrides = parse_settings(settings)
    from cvclib.render import RenderJob, render_clients  # slow to load; not for --help
    from cvclib.workspace import default_notebooks_dir

    folder = notebooks or default_notebooks_dir()
    batch = [
        RenderJob(
            client_file=path,
            out_dir=out,
            notebooks_dir=folder,
            only=only,
            overrides=overrides,
            cell_timeout_seconds=timeout,
            force=force,
        )
        for path in paths
    ]
    n_workers = jobs or min(os.cpu_count() or 1, len(batch))
    results = render_clients(batch, n_workers=n_workers, scheduler=scheduler, progress=True)
    if as_json:
        print_json(_as_json(results, out))
    else:
        _print(results, out)
    return _status(results)


def parse_settings(settings: tuple[str, ...]) -> dict[str, str | int | float | bool]:
    """``KEY=VALUE`` as a mapping; a value is read as YAML reads it, a date stays text.

    Raises
    ------
    InputError
        If one has no '=', no key, or a key comes twice.

    Examples
    --------
    >>> parse_settings(("segment=Hotels", "min_responses=20", "period_start=2025-01-01"))
    {'segment': 'Hotels', 'min_responses': 20, 'period_start': '2025-01-01'}
    """
    from cvclib.yaml_text import plain_value  # not for --help

    found: dict[str, str | int | float | bool] = {}
    problems: list[Problem] = []
    for text in settings:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not key:
            problems.append(Problem("--set", repr(text), "KEY=VALUE, such as segment=Hotels"))
        elif key in found:
            problems.append(Problem("--set", f"{key!r} twice", "each parameter once"))
        else:
            found[key] = plain_value(value)
    if problems:
        raise InputError(problems)
    return found


def _print(results: list[RenderResult], out: Path) -> None:
    rows = [(r.slug, r.state, f"{r.seconds:.1f} s", str(r.report or "")) for r in results]
    click.echo(columns(rows, right=[2], indent=""))
    for result in results:
        if result.state == "failed":
            click.echo(f"\n{result.client} failed at {result.step.replace('_', ' ')}:\n{result.message}", err=True)
    failed = sum(result.state == "failed" for result in results)
    if failed:
        others = "; the others are published" if failed < len(results) else ""
        click.echo(f"\n{failed} of {len(results)} failed{others}.", err=True)
    click.echo(f"Look at {out / 'index.html'}")


def _as_json(results: list[RenderResult], out: Path) -> dict[str, Any]:
    states = [result.state for result in results]
    return {
        "index": str(out / "index.html"),
        "rendered": states.count("rendered"),
        "up_to_date": states.count("up to date"),
        "failed": states.count("failed"),
        "clients": [
            {
                "client_file": str(r.client_file),
                "client": r.client,
                "slug": r.slug,
                "state": r.state,
                "seconds": round(r.seconds, 3),
                "report": str(r.report) if r.report else None,
                "step": r.step,
                "message": r.message,
            }
            for r in results
        ],
    }


def _status(results: list[RenderResult]) -> int:
    failed = [result for result in results if result.state == "failed"]
    if failed and len(failed) == len(results) and all(result.step == CLIENT_FILE_STEP for result in failed):
        return WRONG
    return FAILED if failed else 0
