"""`cvc verify`: whether a report is what was once made, and from what."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvclib.cli.common import FAILED, columns, command, json_option, print_json

if TYPE_CHECKING:
    from cvclib.render.verifying import Verified

OF = {"report": "the report itself", "beside": "made with it", "input": "made from"}


@command(
    "verify",
    "Say whether a report and what it was made from are unchanged.",
    examples="""
    cvc verify reports/nordic-beds/nordic-beds.html
    cvc verify reports/nordic-beds/nordic-beds.html --client params/nordic-beds.yaml    the inputs, too
    """,
)
@click.argument("report", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--client",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The client file, to look at the inputs; params/ with the report's name by default, where it is there.",
)
@json_option
def verify(report: Path, client: Path | None, as_json: bool) -> int:
    """Work out the digests that a report bears, and say which hold: its own, those of the files beside it, those of its inputs.

    Exit status: 0 all that was looked at is unchanged, 1 something has changed or is missing, 2 this is no report.
    """
    from cvclib.render.verifying import all_hold
    from cvclib.render.verifying import verify as work_out

    beside = Path("params") / f"{report.parent.name}.yaml"
    found = work_out(report, client or (beside if beside.is_file() else None))
    if as_json:
        print_json([{"what": one.what, "name": one.name, "verdict": one.verdict} for one in found])
    else:
        _print(found)
    return 0 if all_hold(found) else FAILED


def _print(found: list[Verified]) -> None:
    click.echo(columns([(one.name, OF[one.what], one.verdict) for one in found]))
    counts = Counter(one.verdict for one in found)
    if counts["not looked at"]:
        click.echo("\nName the client file with --client to look at what the report was made from.")
    wrong = counts["changed"] + counts["missing"]
    click.echo(f"\n{wrong} of {len(found)} changed or missing." if wrong else "\nUnchanged.")
