"""`cvc check`: what is in a client's files, and which steps can be computed from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvclib.checking_words import covers, faults, repeated
from cvclib.cli.common import WRONG, client_files, columns, command, json_option, print_json, wrapped
from cvclib.errors import InputError

if TYPE_CHECKING:
    from cvclib.checking import ClientCheck


@command(
    "check",
    "Say what is in a client's files.",
    examples="""
    cvc check                              every client file in params/
    cvc check params/nordic-beds.yaml
    cvc check params/*.yaml --json
    cvc check --page checks                a page a client, to send to whoever made the exports
    """,
)
@click.argument("files", nargs=-1)
@click.option(
    "--notebooks",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of the step notebooks; notebooks/ here, or those of the package, by default.",
)
@click.option("--page", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER", help="Write it as a page, FOLDER/CLIENT.html.")
@json_option
def check(files: tuple[str, ...], notebooks: Path | None, page: Path | None, as_json: bool) -> int:
    """Check client files and their data without running a notebook.

    Prints the rows read, rejected and kept of each table, how far its columns are filled and valid, what it
    covers, what the named checks found, and of each step whether it can be computed in full, in part or not
    at all, and what to supply. Exit status: 0 all can be
    read, 2 a client file or its data cannot. Rows that were rejected are counted and are no error.
    """
    paths = client_files(files)
    from cvclib.checking import check_client  # slow to load; not for --help
    from cvclib.workspace import default_notebooks_dir

    folder = notebooks or default_notebooks_dir()
    said: list[dict[str, Any]] = []
    wrong = 0
    for path in paths:
        try:
            found = check_client(path, folder)
        except InputError as error:
            wrong += 1
            said.append({"client_file": str(path), "problems": [problem._asdict() for problem in error.problems]})
            click.echo(f"{error}\n", err=True)
        else:
            said.append({**found.to_json(), "problems": []})
            if page is not None:
                click.echo(f"{_write_page(found, page / f'{path.stem}.html')}", err=True)
            if not as_json:
                click.echo(_text(found))
    if as_json:
        print_json(said)
    elif wrong and len(paths) > 1:
        click.echo(f"{wrong} of {len(paths)} client files cannot be used as they are.", err=True)
    return WRONG if wrong else 0


def _write_page(found: ClientCheck, place: Path) -> Path:
    from cvclib.checking_exhibits import lead_of, sections_of
    from cvclib.render.exhibit_page import write_exhibit_page

    write_exhibit_page(place, f"The data of {found.client}", lead_of(found), sections_of(found))
    return place


def told_of(client_file: Path) -> str:
    """What `cvc check` says of a client file.

    Raises
    ------
    InputError
        If it cannot be used as it is.
    """
    from cvclib.checking import check_client
    from cvclib.workspace import default_notebooks_dir

    return _text(check_client(client_file, default_notebooks_dir()))


def _text(found: ClientCheck) -> str:
    parts = [
        f"{found.client}  ({found.client_file})\nPeriod {found.period}, compared with {found.previous_period}.",
        "Tables\n" + columns([("", "read", "left out", "rejected", "kept", "file"), *map(_table_row, found.tables)], right=range(1, 5)),
        _columns(found),
        _checks(found),
        _reasons(found),
        _steps(found),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table_row(row: dict[str, Any]) -> tuple[object, ...]:
    sheet = f", sheet {row['sheet']}" if row.get("sheet") else ""
    counts = (row["rows_read"], row["rows_left_out"], row["rows_rejected"], row["rows_kept"])
    return (row["table"], *counts, f"{row['file'] or ''}{sheet}")


def _columns(found: ClientCheck) -> str:
    """What each table covers and how well its columns are filled; the columns without a fault in one line."""
    periods = {row["table"]: row for row in found.periods}
    keys = {row["table"]: row for row in found.checks if row["check"].endswith(".duplicate_key")}
    lines = []
    for table in dict.fromkeys(row["table"] for row in found.columns):
        rows = [row for row in found.columns if row["table"] == table]
        told = [("covers", covers(periods[table]))] if table in periods else []
        told += [("key", repeated(keys[table]))] if table in keys else []
        whole = [row["column"] for row in rows if row["n_filled"] and not faults(row)]
        told += [("filled and valid", ", ".join(whole))] if whole else []
        told += [(row["column"], ", ".join(faults(row))) for row in rows if row["mapped"] and faults(row)]
        lacking = [row["column"] for row in rows if not row["mapped"]]
        told += [("not supplied", ", ".join(lacking))] if lacking else []
        width = max(len(name) for name, _ in told)
        lines.append(f"  {table}")
        for name, text in told:
            lines += wrapped(text, first=f"    {name:<{width}}  ", then=" " * (width + 6))
    return "\n".join(["Columns", *lines]) if lines else ""


def _checks(found: ClientCheck) -> str:
    failed = [row for row in found.checks if row["n"]]
    if not found.checks:
        return ""
    if not failed:
        return f"Checks\n  All {len(found.checks)} found nothing."
    rows = [
        (row["check"], row["n"], {"reject": "rejected", "keep": "kept"}.get(row["policy"], row["policy"]), row["meaning"]) for row in failed
    ]
    return "Checks that found something\n" + columns(rows, right=[1])


def _reasons(found: ClientCheck) -> str:
    if not found.rejected:
        return ""
    rows = [
        (f"{row['table']}.{row['column']}" if row["column"] else row["table"], row["n"], row["action"] or "", row["reason"], _first(row))
        for row in found.rejected
    ]
    return "Why rows or cells were not taken\n" + columns(rows, right=[1])


def _first(row: dict[str, Any]) -> str:
    return f"first in row {row['first_row']:,}" if row["first_row"] else ""


def _steps(found: ClientCheck) -> str:
    lines = ["Steps"]
    for number, step in enumerate(found.steps, start=1):
        lines.append(f"  {number} {step.step.replace('_', ' '):<24}{step.state}")
        brings: dict[tuple[str, ...], list[str]] = {}
        for gap in step.gaps:
            brings.setdefault(tuple(gap.needs), []).append(gap.brings)
        for needs, said in brings.items():
            lines += wrapped(f"supply {', '.join(needs)}: {' '.join(dict.fromkeys(said))}", first="      ", then="        ")
    return "\n".join(lines)
