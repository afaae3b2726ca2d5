"""What a client's files hold and what can be computed from them, found without running a notebook."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.findings import Gap
from cvclib.params import ClientFile, Period, load_client_file
from cvclib.render.job import RenderJob, parameters_of
from cvclib.sources import META_SCHEMA
from cvclib.steps import READS, STEPS
from cvclib.tables import TABLES

State = Literal["in full", "in part", "not at all"]

NOT_VALID = ("unreadable", "range", "sign")  # checks of what stands in a cell
MOST_REASONS = 20  # a client with more ways to fail is told the most frequent


@dataclass(frozen=True)
class StepState:
    """How far a step can be computed for a client.

    Parameters
    ----------
    step : str
    state : {"in full", "in part", "not at all"}
    gaps : tuple of Gap
        What cannot be answered, what to supply, and what that would bring.
    """

    step: str
    state: State
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class ClientCheck:
    """What was found in one client's files.

    Parameters
    ----------
    client_file : str
    client : str
    currency : str
    period, previous_period : str
    tables : list of dict
        One a file read: table, file, rows read, left out, rejected, kept, cells blanked, columns filled.
    columns : list of dict
        One a canonical column of these tables, mapped or not: rows kept, cells filled and their share, cells that are not valid and the
        share that is, what it leads to and how many of its values do not.
    periods : list of dict
        One a table that happens in time: its column, first and last day, rows within the period and within the one compared with.
    checks : list of dict
        One a named check: how many rows it concerns, and what becomes of them.
    rejected : list of dict
        Why rows or cells were not taken, the most frequent first: table, column, reason, n, first row.
    steps : list of StepState
    """

    client_file: str
    client: str
    currency: str
    period: str
    previous_period: str
    tables: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    periods: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    steps: list[StepState]

    def to_json(self) -> dict[str, Any]:
        """The check as plain JSON values."""
        return asdict(self)


def check_client(client_file: str | Path, notebooks_dir: Path) -> ClientCheck:
    """Read a client file and its data, and say what can be computed from them.

    Parameters
    ----------
    client_file : path
    notebooks_dir : Path
        The notebooks against which the file's ``steps:`` are held.

    Returns
    -------
    ClientCheck

    Raises
    ------
    InputError
        If the client file, its steps' parameters or its tables are wrong; names all that is.
    """
    params = load_client_file(client_file)
    problems = _steps_problems(client_file, params, notebooks_dir)
    try:
        client = Client.open(client_file)
    except InputError as error:
        raise params.hidden(InputError([*problems, *error.problems])) from None
    if problems:
        raise params.hidden(InputError(problems))
    return ClientCheck(
        client_file=str(client_file),
        client=params.client,
        currency=params.currency,
        period=str(client.period),
        previous_period=str(client.previous_period),
        tables=_tables(client, params),
        columns=_columns(client),
        periods=_periods(client),
        checks=_records(client.checks),
        rejected=_reasons(client, params),
        steps=[step_state(client, step) for step in STEPS],
    )


def step_state(client: Client, step: str) -> StepState:
    """How far one step can be computed for a client."""
    module = import_module(f"cvclib.steps.{step}")
    gaps = tuple(module.gaps(client))
    basis = getattr(module, "NEEDS_ANY", READS[step])  # without any of these tables the step has nothing to stand on
    if not any(client.has(table) for table in basis):
        return StepState(step, "not at all", gaps)
    return StepState(step, "in part" if gaps else "in full", gaps)


def _steps_problems(client_file: str | Path, params: ClientFile, notebooks_dir: Path) -> list[Problem]:
    try:
        parameters_of(RenderJob(client_file=Path(client_file), out_dir=Path("reports"), notebooks_dir=notebooks_dir), params)
    except InputError as error:
        return list(error.problems)
    return []


def _tables(client: Client, params: ClientFile) -> list[dict[str, Any]]:
    filled = client.inventory[client.inventory["filled"] > 0].groupby("table")["column"].count()
    frame = client.sources.drop(columns="digest").assign(columns_filled=client.sources["table"].map(filled).fillna(0).astype(int))
    frame["file"] = [params.hide(name) if isinstance(name, str) else name for name in frame["file"]]
    return _records(frame)


def _columns(client: Client) -> list[dict[str, Any]]:
    """Each canonical column: how much of it is filled, how much of that is valid, and whether it leads where it should.

    A cell that was not valid is not among the filled ones, unless the client file has it kept.
    """
    found = {row["check"]: row for row in _records(client.checks)}
    rows = []
    for row in _records(client.inventory):
        column = TABLES[row["table"]][row["column"]]
        name = f"{row['table']}.{row['column']}"
        wrong = [found[check] for kind in NOT_VALID if (check := f"{name}.{kind}") in found]
        n_invalid = sum(check["n"] for check in wrong)
        n_cells = row["filled"] + sum(check["n"] for check in wrong if check["policy"] != "keep")
        orphans = found.get(f"{name}.orphan")
        rows.append(
            {
                "table": row["table"],
                "column": row["column"],
                "required": column.required,
                "mapped": bool(row["mapped"]),
                "n_rows": row["n_rows"],
                "n_filled": row["filled"],
                "share_filled": row["filled"] / row["n_rows"] if row["n_rows"] else None,
                "n_invalid": n_invalid,
                "share_valid": 1 - n_invalid / n_cells if n_cells else None,
                "references": column.references or None,
                "n_not_found": orphans["n"] if orphans else None,
            }
        )
    return rows


def _periods(client: Client) -> list[dict[str, Any]]:
    """What time each table covers, by the first of its columns that tells it."""
    filled = {(row["table"], row["column"]) for row in _records(client.inventory) if row["filled"]}
    spans = {"period": client.period, "previous_period": client.previous_period}
    rows = []
    for name in client.table_names:
        times = [c.name for c in TABLES[name].columns if c.type in ("date", "time") and not c.personal and (name, c.name) in filled]
        if not times:
            continue
        table, at = client.whole(name), times[0]
        first, last = table[at].min().cast("date"), table[at].max().cast("date")
        counts = {f"n_in_{period}": _within(table[at], span).sum() for period, span in spans.items()}
        (row,) = table.aggregate(first=first, last=last, **counts).to_pandas().to_dict("records")
        told = {"first": f"{row['first']:%Y-%m-%d}", "last": f"{row['last']:%Y-%m-%d}", **{count: int(row[count]) for count in counts}}
        rows.append({"table": name, "column": at, **told})
    return rows


def _within(column: ir.Column, span: Period) -> ir.BooleanColumn:
    return (column >= ibis.date(span.start)) & (column < ibis.date(span.until))


def _reasons(client: Client, params: ClientFile) -> list[dict[str, Any]]:
    rejected = client.connection.table("rejected_rows", database=META_SCHEMA)
    grouped = rejected.group_by("table", "file", "column", "reason", "action").agg(n=rejected.count(), first_row=rejected.row.min())
    frame = grouped.order_by(grouped.n.desc(), "table", "column", "reason").limit(MOST_REASONS).to_pandas()
    frame["file"] = [params.hide(name) if isinstance(name, str) else name for name in frame["file"]]
    return _records(frame)


def _records(frame: Any) -> list[dict[str, Any]]:
    return json.loads(frame.to_json(orient="records"))
