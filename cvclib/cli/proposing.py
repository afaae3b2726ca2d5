"""`cvc init`: a first client file, from the exports themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvclib.cli.common import WRONG, command
from cvclib.errors import InputError, Problem

if TYPE_CHECKING:
    from cvclib.proposing import ColumnProfile, ColumnProposal, TableProposal

INTERRUPTED = 130  # exit status
DATA_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".gz", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet", ".json", ".jsonl", ".ndjson")


@command(
    "init",
    "Propose a client file from exports.",
    examples="""
    cvc init acme data/acme                  every file of a folder: params/acme.yaml
    cvc init acme exports/*.csv --ask        go through what is in doubt
    """,
)
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--params", type=click.Path(path_type=Path, file_okay=False), default="params", show_default=True, help="Where the client file goes."
)
@click.option("--ask", is_flag=True, help="Ask about each table and column in doubt.")
def init(name: str, files: tuple[Path, ...], params: Path, ask: bool) -> int:
    """Look at the files a client sent, and write down what they seem to be.

    Each file or sheet is proposed for a canonical table and each of its columns for a canonical column, with how sure that is. What is
    sure is active in params/NAME.yaml; what is in doubt stands there as a comment, with the reason and what else it could be. Where the
    client file is there already, only what newer files add is put in. Exit status: 0 the client file can be used, 2 it cannot, as no
    table was sure: it then holds comments only.
    """
    import duckdb  # slow to load; not for --help

    from cvclib.cli.checking import told_of
    from cvclib.proposing import client_file_text, profile_files, propose, renewed

    place = params / f"{name}.yaml"
    with duckdb.connect() as con:
        parts = profile_files(con, data_files(files))
        proposals = propose(con, parts)
        stopped = False
        if ask:
            proposals, stopped = asked(proposals)
        if not parts:
            problem = Problem("the files", "no rows", "a table of customers, orders, answers or the like", "See docs/tables.md.")
            raise InputError([problem])
        params.mkdir(parents=True, exist_ok=True)
        if renewing := place.is_file():
            result = renewed(con, place, proposals, parts)
            place.write_text(result.text, encoding="utf-8")
            for sentence in (*(f"Put in: {table}." for table in result.added), *result.told):
                click.echo(sentence, err=True)
        else:
            place.write_text(client_file_text(con, name, proposals, parts, params), encoding="utf-8")
    click.echo(str(place))
    if stopped:
        click.echo(f"Stopped: your answers up to here stand in {place}; what was not asked yet stands there as a comment.", err=True)
        return INTERRUPTED
    click.echo(_summary(proposals), err=True)
    if not any(proposal.is_sure for proposal in proposals) and not renewing:
        click.echo(f"Next: look through {place} and take the comment signs off what is right, or decide with --ask.", err=True)
        return WRONG
    click.echo(told_of(place))
    click.echo(f"Next: look through {place}, then: cvc render {place}", err=True)
    return 0


def data_files(given: Sequence[Path]) -> list[Path]:
    """Files named, and those of folders named, each once."""
    found: list[Path] = []
    for path in given:
        found += (
            sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in DATA_SUFFIXES) if path.is_dir() else [path]
        )
    if not found:
        raise InputError([Problem(", ".join(map(str, given)), "no file of data", f"files that end in {', '.join(DATA_SUFFIXES)}")])
    return list(dict.fromkeys(path.resolve() for path in found))


def asked(proposals: Sequence[TableProposal]) -> tuple[list[TableProposal], bool]:
    """The proposals as the person at the terminal decides, and whether they stopped before the last; answers given by then are kept."""
    decided: list[TableProposal] = []
    for number, proposal in enumerate(proposals):
        try:
            answer = asked_about(proposal)
        except _Stopped as stop:
            return [*decided, stop.proposal, *proposals[number + 1 :]], True
        decided += [answer] if answer is not None else []
    return decided, False


class _Stopped(Exception):
    """Ctrl-C or the end of the input, and the proposal as it was decided by then."""

    def __init__(self, proposal: TableProposal) -> None:
        super().__init__("stopped")
        self.proposal = proposal


def asked_about(proposal: TableProposal) -> TableProposal | None:
    """The proposal as the person at the terminal decides; None where it is to be left out."""
    columns: list[ColumnProposal] = []
    click.echo(f"\n{proposal.part.place}: {proposal.part.n_rows:,} rows", err=True)
    left = list(proposal.columns)
    try:
        if not proposal.is_sure and not click.confirm(
            f"  Is it {proposal.table} (confidence {proposal.confidence:.2f})?", default=True, err=True
        ):
            return None
        while left:
            answer = left[0] if left[0].is_sure else _asked_about_column(proposal, left[0])
            columns += [answer] if answer is not None else []
            left.pop(0)
    except click.Abort as abort:
        raise _Stopped(replace(proposal, columns=(*columns, *left))) from abort
    return replace(proposal, confidence=1.0, columns=tuple(columns))


def _asked_about_column(proposal: TableProposal, column: ColumnProposal) -> ColumnProposal | None:
    from cvclib.proposing import BY_HAND

    values = ", ".join(proposal.part[column.name].values[:5])
    click.echo(f"  {proposal.table}.{column.column}: {column.name!r}? ({column.why}){f'; such as {values}' if values else ''}", err=True)
    choices = [column.name, *column.others]
    for number, choice in enumerate(choices, start=1):
        click.echo(f"    {number} {choice}", err=True)
    chosen = click.prompt("    Which, 0 for none", type=click.IntRange(0, len(choices)), default=1, err=True)
    if not chosen:
        return None
    profile = proposal.part[choices[chosen - 1]]
    date_format = _asked_about_dates(profile) if profile.unsure_dates else ""
    return replace(column, name=profile.name, confidence=1.0, why=BY_HAND, others=(), date_format=date_format)


def _asked_about_dates(profile: ColumnProfile) -> str:
    """The format of dates that could be either way, as the person at the terminal knows it."""
    from cvclib.proposing.profiling import order_of
    from cvclib.proposing.writing import other_order

    formats = sorted([profile.date_format, other_order(profile.date_format)], key=lambda one: order_of(one) != "day first")
    click.echo(f"    {profile.unsure_dates:,} dates could be day/month or month/day:", err=True)
    for number, one in enumerate(formats, start=1):
        click.echo(f"    {number} {one.replace('%d', 'day').replace('%m', 'month').replace('%Y', 'year')}", err=True)
    return formats[click.prompt("    Which", type=click.IntRange(1, 2), err=True) - 1]


def _summary(proposals: Sequence[TableProposal]) -> str:
    columns = [column for proposal in proposals for column in proposal.columns]
    sure = sum(column.is_sure for column in columns)
    tables = sum(proposal.is_sure for proposal in proposals)
    return f"{tables} of {len(proposals)} tables and {sure} of {len(columns)} columns are active; the others stand as comments, with the reason."
