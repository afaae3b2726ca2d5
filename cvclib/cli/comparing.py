"""`cvc compare`: many clients, or two periods of one, side by side."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from cvclib.cli.common import WRONG, client_files, command
from cvclib.errors import InputError, Problem

DAY = click.DateTime(formats=["%Y-%m-%d"])


@command(
    "compare",
    "Put clients, or two periods of one, side by side.",
    examples="""
    cvc compare                                    every client file in params/
    cvc compare params/*.yaml --kpi nps --kpi on_time_share
    cvc compare params/nordic-beds.yaml            its period against the one before
    cvc compare params/nordic-beds.yaml --period 2024-01-01 2024-06-30 --period 2025-01-01 2025-06-30
    """,
)
@click.argument("files", nargs=-1)
@click.option("--kpi", "names", multiple=True, metavar="NAME", help="Compare on this KPI; may be given several times; all by default.")
@click.option(
    "--period", "periods", type=(DAY, DAY), multiple=True, metavar="FROM TO",
    help="First and last day: once, for all clients; twice, for two periods of one client.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default="comparison/comparison.html", show_default=True,
    help="Where the page goes; not into a folder of reports.",
)  # fmt: skip
def compare(files: tuple[str, ...], names: tuple[str, ...], periods: tuple[tuple[datetime, datetime], ...], out: Path) -> int:
    """Write a page for the consultant that puts clients, or two periods of one client, side by side.

    One client file gives its two periods. Several give a table of all KPIs and, from eight clients on, a funnel
    plot of each, so that nobody stands out by luck. The page names all clients: it belongs in no client's report.
    Exit status: 0 all compared, 2 the call or a client file was wrong; the page then tells which and why.
    """
    paths = client_files(files)
    from cvclib.comparing import compare_clients, compare_periods  # slow to load; not for --help
    from cvclib.params import Period
    from cvclib.render.exhibit_page import write_exhibit_page

    spans = [_period(Period, first, last) for first, last in periods]
    if len(spans) > 2 or (len(spans) == 2 and len(paths) > 1):
        raise click.UsageError("--period is given once for several clients, twice for two periods of one.")
    if len(paths) == 1:
        earlier, later = sorted(spans, key=lambda p: p.start) if len(spans) == 2 else (None, spans[0] if spans else None)
        found = compare_periods(paths[0], later, earlier, names)
    else:
        found = compare_clients(paths, names, period=spans[0] if spans else None)
    for error in found.errors:
        click.echo(f"{error}\n", err=True)
    write_exhibit_page(out, found.title, found.lead, found.sections, found.left_out)
    click.echo(f"{found.title}: {out}")
    return WRONG if found.errors else 0


def _period(period: type, first: datetime, last: datetime) -> object:
    if last < first:
        raise InputError(
            [Problem("--period", f"an end, {last:%Y-%m-%d}, before the start, {first:%Y-%m-%d}", "a period that runs forward")]
        )
    return period(start=first.date(), end=last.date())
