"""`cvc review` and `cvc view`: doubtful pairs for people to decide, and the single customer view as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvclib.cli.common import command, json_option, print_json, wrapped

if TYPE_CHECKING:
    from cvclib.steps.linkage_doubts import Review

_file = click.Path(path_type=Path, dir_okay=False)
PRIVATE = "It holds personal data and is readable for you only: do not send it on, and delete copies when you are done."


@command(
    "review",
    "Have people decide on doubtful pairs of records.",
    examples="""
    cvc review params/nordic-beds.yaml                        write the workbook beside the client's data
    cvc review params/nordic-beds.yaml --read filled-in.xlsx  take in one that came back under another name
    cvc review params/nordic-beds.yaml --lowest 0.3 --most 50
    """,
)
@click.argument("client_file", type=_file)
@click.option("--read", "read", type=_file, help="A workbook that was filled in; its decisions are put into the client's own.")
@click.option("--lowest", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Probability from which a pair is in doubt.")
@click.option("--highest", type=click.FloatRange(0, 1), default=0.99, show_default=True, help="Probability up to which it is.")
@click.option(
    "--most", type=click.IntRange(1), default=300, show_default=True, help="Pairs written at most, those nearest the threshold first."
)
@json_option
def review(client_file: Path, read: Path | None, lowest: float, highest: float, most: int, as_json: bool) -> int:
    """Write the pairs of records that may be one customer into a workbook, for people to decide: yes, no or unsure.

    The workbook lies beside the client's data (linkage: {review: FILE} names another place), holds both records side by
    side, and keeps every decision made before. Fill it in and save it: the next report, and the next `cvc review`, take
    the decisions in. Exit status: 0 written, 2 the client file or a cell of the workbook cannot be understood.
    """
    from cvclib.client import Client  # slow to load; not for --help
    from cvclib.steps.linkage_doubts import take_in, write_doubts

    client = Client.open(client_file)
    limits = {"lowest": lowest, "highest": highest, "most": most}
    made = take_in(client, read, **limits) if read else write_doubts(client, **limits)
    if as_json:
        print_json({**vars(made), "path": str(made.path)})
    else:
        click.echo("\n".join(_told(made, read)))
    return 0


@command(
    "view",
    "Write the single customer view.",
    examples="""
    cvc view params/nordic-beds.yaml --out data/nordic-beds/customers.parquet
    cvc view params/nordic-beds.yaml --out data/nordic-beds/customers.csv
    """,
)
@click.argument("client_file", type=_file)
@click.option("--out", required=True, type=_file, help="File to write: .parquet or .csv; its trace goes beside it.")
@json_option
def view(client_file: Path, out: Path, as_json: bool) -> int:
    """Write one row a person or firm: the records that are one, and of each field the value that survives by its rule.

    Beside FILE goes FILE-trace: every value that the records hold, which of them was chosen, by which rule, and which
    were passed over. Run again on the same FILE, customers keep their person_id. The rules stand in the client file
    (linkage: {survivorship: {email: most_recent}}). Exit status: 0 written, 2 something cannot be read or written.
    """
    from cvclib.client import Client  # slow to load; not for --help
    from cvclib.steps.view_files import write_view

    made = write_view(Client.open(client_file), out)
    if as_json:
        print_json({**vars(made), "path": str(made.path), "trace": str(made.trace)})
        return 0
    click.echo(f"{made.path}: {made.n_people:,} persons or firms from {made.n_records:,} records.")
    click.echo(f"{made.trace}: where each of their {made.n_values:,} values comes from.")
    if made.n_kept or made.n_gone:
        click.echo(f"{made.n_kept:,} keep their person_id, {made.n_new:,} are new, {made.n_gone:,} of the earlier view are gone or merged.")
    click.echo("\n".join(wrapped(PRIVATE.replace("It holds", "Both hold").replace("and is", "and are"))))
    return 0


def _told(made: Review, read: Path | None) -> list[str]:
    lines = [f"{read}: its decisions are taken in."] if read else []
    if not made.n_doubtful:
        lines.append(f"{made.path}: no pair is in doubt.")
    else:
        left = made.n_doubtful - made.n_written
        more = f" ({left:,} more wait; decide these first, and run the command again)" if left else ""
        lines.append(f"{made.path}: {made.n_written:,} {'pair' if made.n_written == 1 else 'pairs'} to decide{more}.")
    if made.n_decided:
        lines.append(f"{made.n_decided:,} {'decision is' if made.n_decided == 1 else 'decisions are'} kept.")
    if made.n_stale:
        lines.append(f"{made.n_stale:,} of them are on a record that the data no longer hold; they stand on the sheet 'Earlier decisions'.")
    return [*lines, *wrapped(PRIVATE)]
