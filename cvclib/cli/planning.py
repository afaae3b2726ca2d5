"""`cvc roadmap`: what is to be done, by whom and when to look again, as a workbook and a calendar."""

from __future__ import annotations

from pathlib import Path

import click

from cvclib.cli.common import command, json_option, print_json, wrapped

PRIVATE = "Owners may be persons: both files are readable for you only. Import the calendar into the calendar of those who carry it out."


@command(
    "roadmap",
    "Write the roadmap as a workbook and a calendar.",
    examples="""
    cvc roadmap params/nordic-beds.yaml --out roadmaps/nordic-beds
    """,
)
@click.argument("client_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for roadmap.xlsx and roadmap.ics.")
@json_option
def roadmap(client_file: Path, out: Path, as_json: bool) -> int:
    """Write the initiatives with owner, cost, expected change, measure, and the day from which it can be seen whether they worked.

    roadmap.xlsx holds all of them, with proposals for what none addresses; roadmap.ics holds a day on which each begins and one on
    which to look again, for any calendar. Exit status: 0 written, 2 something cannot be read or written.
    """
    from cvclib.client import Client  # slow to load; not for --help
    from cvclib.steps.roadmap_export import write_roadmap

    made = write_roadmap(Client.open(client_file), out)
    if as_json:
        print_json({**made._asdict(), "workbook": str(made.workbook), "calendar": str(made.calendar)})
        return 0
    click.echo(f"{made.workbook}: {made.n_initiatives:,} initiatives.")
    click.echo(f"{made.calendar}: {made.n_entries:,} entries.")
    click.echo("\n".join(wrapped(PRIVATE)))
    return 0
