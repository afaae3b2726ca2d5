"""`cvc schema` and `cvc template`: what a client file may say, and what a table holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cvclib.cli.common import columns, command
from cvclib.errors import InputError, Problem

_file = click.Path(path_type=Path, dir_okay=False)


@command(
    "schema",
    "Print the JSON Schema of client files.",
    examples="""
    cvc schema > client.schema.json
    cvc schema --out schema/client.schema.json
    cvc schema --docs --out docs/client_file.md

  and as the first line of a client file, so that the editor completes it:
    # yaml-language-server: $schema=../schema/client.schema.json
    """,
)
@click.option("--docs", is_flag=True, help="Print the page that documents all keys, in Markdown.")
@click.option("--out", type=_file, help="File to write; printed by default.")
def schema(docs: bool, out: Path | None) -> int:
    """Print the JSON Schema of a client file, or the page made from it."""
    from cvclib.schema import schema_text
    from cvclib.schema_page import client_file_page

    _deliver(client_file_page(current_schema()) if docs else schema_text(current_schema()), out)
    return 0


@command(
    "template",
    "Print a table's header row as CSV.",
    examples="""
    cvc template --list
    cvc template customers > customers.csv
    cvc template --all --out data/new-client
    cvc template --docs --out docs/tables.md
    """,
)
@click.argument("table", required=False)
@click.option("--list", "list_them", is_flag=True, help="List the tables and what a row of each is.")
@click.option("--all", "all_tables", is_flag=True, help="Write one file a table; --out says where.")
@click.option("--docs", is_flag=True, help="Print the page that documents all tables, in Markdown.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write (with --all, the folder); printed by default.")
def template(table: str | None, list_them: bool, all_tables: bool, docs: bool, out: Path | None) -> int:
    """Print the header row of a canonical table as CSV, for a client to fill in."""
    from cvclib.tables import TABLES
    from cvclib.templates import tables_page, template_csv

    if sum(map(bool, (table, list_them, all_tables, docs))) != 1:
        raise click.UsageError("Name one table, or give one of --list, --all and --docs.")
    if list_them:
        click.echo(columns([(t.name, t.row_is) for t in TABLES.values()], indent=""))
    elif docs:
        _deliver(tables_page(), out)
    elif all_tables:
        _write_all(out)
    elif table not in TABLES:
        from cvclib.spelling import did_you_mean

        raise InputError([Problem("cvc template", f"table {table!r}", "a canonical table", did_you_mean(str(table), TABLES))])
    else:
        _deliver(template_csv(TABLES[table]), out)
    return 0


def current_schema() -> dict[str, Any]:
    """The JSON Schema of a client file, with the KPIs and the settings of the workbook's own notebooks."""
    from cvclib.kpis import KPIS
    from cvclib.render.job import notebook_parameters
    from cvclib.schema import client_file_schema
    from cvclib.workspace import workbook_dir

    kpis = {name: f"{kpi.label}, in {kpi.unit}" for name, kpi in KPIS.items()}
    return client_file_schema(kpis=kpis, settings=notebook_parameters(workbook_dir() / "notebooks"))


def _write_all(folder: Path | None) -> None:
    from cvclib.tables import TABLES
    from cvclib.templates import template_csv
    from cvclib.workspace import write_atomically

    if folder is None:
        raise click.UsageError("--all writes one file a table: say where with --out DIR.")
    there = [path for name in TABLES if (path := folder / f"{name}.csv").exists()]
    if there:
        problems = [Problem(str(path), "a file that is there already", "a free place", "Name another folder.") for path in there]
        raise InputError(problems)
    for table in TABLES.values():
        path = folder / f"{table.name}.csv"
        write_atomically(path, template_csv(table).encode())
        click.echo(str(path))


def _deliver(text: str, out: Path | None) -> None:
    from cvclib.workspace import write_atomically

    if out is None:
        click.echo(text, nl=False)
    else:
        write_atomically(out, text.encode())
        click.echo(str(out), err=True)
