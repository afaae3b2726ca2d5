"""`cvc render`: one report a client."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvclib.cli.common import FAILED, WRONG, client_files, columns, command, json_option, print_json, wrapped
from cvclib.errors import InputError, Problem

if TYPE_CHECKING:
    from cvclib.render import ClientPlan, RenderJob, RenderResult

CLIENT_FILE_STEP = "client file"  # where the renderer says a client failed whose file is wrong
ENDED_BY_SIGNAL = 128  # plus the signal's number, as a shell says it: 130 for Ctrl-C, 143 for a request to end
MOST_NAMED = 10  # clients that a line names; the rest is counted
BYTES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class Memory(click.ParamType):
    """A size such as 800M or 2GB, in bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a size."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", str(value).strip().upper())
        if not found or not (size := int(float(found[1]) * BYTES[found[2]])):
            self.fail(f"{value!r} is no size such as 800M or 2G.", param, ctx)
        return size


@command(
    "render",
    "Render one report a client.",
    examples="""
    cvc render                                           every client file in params/
    cvc render params/nordic-beds.yaml
    cvc render params/*.yaml --jobs 4 --out reports
    cvc render params/nordic-beds.yaml --only advocacy --only collaboration
    cvc render params/nordic-beds.yaml --set period_start=2025-07-01 --set segment=Hotels
    cvc render --explain                                 which steps would be run, and why; runs none
    cvc render --memory 2G --client-timeout 1800 --log run.jsonl
    cvc render --scheduler tcp://10.0.0.5:8786
    cvc render --quiet --json > run.json
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
@click.option("--jobs", type=click.IntRange(1), help="Steps run at the same time; by default what cores and free memory allow.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="Render on the workers of this Dask scheduler (tcp://HOST:PORT).")
@click.option("--timeout", type=click.IntRange(1), default=600, show_default=True, metavar="SECONDS", help="Time a cell may take.")
@click.option("--step-timeout", type=click.IntRange(1), metavar="SECONDS", help="Time a step may take; no limit by default.")
@click.option("--client-timeout", type=click.IntRange(1), metavar="SECONDS", help="Time a client's report may take; no limit by default.")
@click.option("--memory", type=Memory(), metavar="SIZE", help="Memory that a step may take, such as 800M or 2G; no limit by default.")
@click.option(
    "--edition",
    type=click.Choice(("client", "analyst")),
    help="client shows no code, analyst folds it in; in a file of its own. By default what the client file says.",
)
@click.option("--pdf", is_flag=True, help="Print each report as a PDF beside it, with the Chromium or Chrome that is installed.")
@click.option("--force", is_flag=True, help="Render what is up to date, too.")
@click.option("--dry-run", is_flag=True, help="Say what would be rendered, and render nothing.")
@click.option("--explain", is_flag=True, help="Say which steps would be run, and why; run none.")
@click.option("--keep-going/--fail-fast", default=True, help="After a client has failed, render the others (the default), or stop.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Append a line of JSON for each thing that happens; '-' for standard error, instead of the progress bar.",
)
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
    step_timeout: int | None,
    client_timeout: int | None,
    memory: int | None,
    edition: str | None,
    pdf: bool,
    force: bool,
    dry_run: bool,
    explain: bool,
    keep_going: bool,
    quiet: bool,
    log: Path | None,
    as_json: bool,
) -> int:
    """Render the report of each client: run the notebooks, join them into one HTML file.

    FILES are client files, folders of them or patterns; params/ by default. A client that is up to date is
    left as it is; one that fails stops no other. Ctrl-C stops cleanly; the same call then goes on from there.

    Exit status: 0 all rendered, 1 some client failed, 2 the call or every client file was wrong, 130 stopped by
    Ctrl-C, 143 by a request to end (SIGTERM).
    """
    paths = client_files(files)
    overrides = parse_settings(settings)
    from cvclib.render import BatchInterrupted, RenderJob, render_clients  # not for --help
    from cvclib.workspace import default_notebooks_dir

    if pdf:
        from cvclib.render.printing import browser

        browser()  # told before any client is rendered
    folder = notebooks or default_notebooks_dir()
    batch = [
        RenderJob(
            client_file=path,
            out_dir=out,
            notebooks_dir=folder,
            only=only,
            overrides=overrides,
            cell_timeout_seconds=timeout,
            step_timeout_seconds=step_timeout or 0,
            client_timeout_seconds=client_timeout or 0,
            memory_limit_bytes=memory or 0,
            force=force,
            edition=edition or "",
            pdf=pdf,
        )
        for path in paths
    ]
    if dry_run or explain:
        return _plan(batch, explain, as_json)
    stopped_by = 0
    with ExitStack() as held:
        told = {"told": _log(log, held)} if log else {}
        bar = not quiet and str(log) != "-"
        try:
            results = render_clients(batch, n_workers=jobs, scheduler=scheduler, progress=bar, fail_fast=not keep_going, **told)
        except BatchInterrupted as interrupted:
            results, stopped_by = interrupted.results, interrupted.signal_number
    if as_json:
        print_json(_as_json(results, out, stopped_by))
    else:
        _print(results, out)
    if stopped_by:
        _say_what_is_left(results)
        return ENDED_BY_SIGNAL + stopped_by
    return _status(results)


def _log(place: Path, held: ExitStack) -> Any:
    from cvclib.render.progress import JsonLines

    return JsonLines(sys.stderr if str(place) == "-" else held.enter_context(place.open("a", encoding="utf-8")))


def _plan(batch: list[RenderJob], explain: bool, as_json: bool) -> int:
    from cvclib.render import plan_clients

    plans = plan_clients(batch)
    if as_json:
        print_json([_plan_as_json(plan) for plan in plans])
    else:
        for plan in plans:
            _print_plan(plan, explain)
    wrong = [plan for plan in plans if plan.message]
    return WRONG if wrong and len(wrong) == len(plans) else FAILED if wrong else 0


def _print_plan(plan: ClientPlan, explain: bool) -> None:
    if plan.message:
        click.echo(f"{plan.slug}: cannot be rendered")
        click.echo(f"{plan.client}:\n{plan.message}", err=True)
        return
    to_run = [step for step, reason in plan.steps if reason]
    if not to_run and not plan.reason:
        click.echo(f"{plan.slug}: up to date")
        return
    click.echo(f"{plan.slug}: {len(to_run)} of {len(plan.steps)} steps to run{'' if to_run else ', the report to join anew'}")
    if explain:
        rows = [("report", plan.reason)] if plan.reason else []
        for name, reason in [
            *rows,
            *((step.replace("_", " "), reason or "kept: nothing that it reads has changed") for step, reason in plan.steps),
        ]:
            for line in wrapped(reason, first=f"  {name}: ", then="    "):
                click.echo(line)


def _plan_as_json(plan: ClientPlan) -> dict[str, Any]:
    return {
        "client_file": str(plan.client_file),
        "client": plan.client,
        "slug": plan.slug,
        "up_to_date": not plan.message and not plan.reason and not any(reason for _, reason in plan.steps),
        "reason": plan.reason,
        "steps": [{"step": step, "run": bool(reason), "reason": reason} for step, reason in plan.steps],
        "message": plan.message,
    }


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
    left = sum(result.state == "not rendered" for result in results)
    if failed:
        others = f"; {left} not rendered" if left else "; the others are published" if failed < len(results) else ""
        click.echo(f"\n{failed} of {len(results)} failed{others}.", err=True)
    click.echo(f"Look at {out / 'index.html'}")


def _say_what_is_left(results: list[RenderResult]) -> None:
    counts = {state: sum(r.state == state for r in results) for state in ("rendered", "up to date", "failed")}
    done = ", ".join(f"{n} {state}" for state, n in counts.items() if n) or "none done"
    left = [result.slug for result in results if result.state == "not rendered"]
    names = ", ".join(left[:MOST_NAMED]) + (f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else "")
    said = f"Interrupted: {done}; {len(left)} left{f' ({names})' if left else ''}. What is rendered is published; the same call goes on from there."
    click.echo("\n".join(wrapped(said)), err=True)


def _as_json(results: list[RenderResult], out: Path, stopped_by: int) -> dict[str, Any]:
    states = [result.state for result in results]
    return {
        "index": str(out / "index.html"),
        "rendered": states.count("rendered"),
        "up_to_date": states.count("up to date"),
        "failed": states.count("failed"),
        "not_rendered": states.count("not rendered"),
        "interrupted": bool(stopped_by),
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
