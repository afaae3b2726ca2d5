"""Canonical tables whose rows stay on the client's engine: each an expression over the client's own tables there.

Renaming, types, ranges and checks are parts of the questions asked. What is kept here is how many rows each check
concerns, never a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import ibis.expr.types as ir

from cvclib.errors import InputError, Problem
from cvclib.params import ClientFile, Policy
from cvclib.sources.casting import BLANKS, FIRST_YEAR, LAST_YEAR
from cvclib.sources.checking import DEFAULT
from cvclib.sources.files import SERVERS
from cvclib.sources.inventory import META_SCHEMA, add_source, write_inventory
from cvclib.sources.ledger import Ledger
from cvclib.sources.planning import NUMERIC, ColumnPlan, SourcePlan, has_range
from cvclib.sources.remembering import remember_answers
from cvclib.tables import TABLES, Column, Table

if TYPE_CHECKING:
    from cvclib.sources.spark import StayingSpark
    from cvclib.sources.staying import Staying

ROW = "row"
PLACE = "_cvc_row"  # of a row in the client's own table, whose columns may well include one called "row"
A_SOURCE = 10**12  # rows of the second source of a table are numbered from here
IN_A_QUERY = "Write it into a 'query:' of the source, or state 'engine_rows: copy'."
DUCKDB_TYPES = {"id": "string", "text": "string", "category": "string", "integer": "int64", "number": "float64", "money": "float64"}


def stays(params: ClientFile) -> bool:
    """Whether the rows of a client's tables stay on the client's server."""
    return str(params.engine).partition("://")[0] in SERVERS and params.engine_rows != "copy"


@dataclass(frozen=True)
class Check:
    """Rows of a table that a named check concerns."""

    name: str
    concerns: ir.BooleanValue
    policy: Policy
    meaning: str = ""


class Remote:
    """A client's tables on a server, beside what is known of them, which is here.

    Parameters
    ----------
    server : Staying or StayingSpark
    known : ibis.BaseBackend
        Schema ``meta``: what was counted when the tables were prepared.
    tables : mapping of str to ibis.Table
        Canonical table by name, each with its ``row``.
    """

    def __init__(self, server: Staying | StayingSpark, known: ibis.BaseBackend, tables: Mapping[str, ir.Table]) -> None:
        self.name = server.name
        self._server, self._known, self._tables = remember_answers(server), known, dict(tables)

    def forget_answers(self) -> None:
        """Let go of what was asked before."""
        self._server.forget_answers()
        self._known.forget_answers()

    def table(self, name: str, database: str | None = None) -> ir.Table:
        """A canonical table, or one of schema ``meta``."""
        return self._known.table(name, database=database) if database else self._tables[name].drop(ROW)

    def numbered(self, name: str) -> ir.Table:
        """A canonical table with its ``row``: its place in the server's table, or in the order of its columns in a query."""
        return self._tables[name]

    def disconnect(self) -> None:
        """Leave the server."""
        self._server.disconnect()
        self._known.disconnect()


def remote_tables(server: Staying | StayingSpark, plans: list[SourcePlan], params: ClientFile, known: ibis.BaseBackend) -> Remote:
    """Canonical tables over the server's, without the rows that checks reject; only checks that found some are made again."""
    checks = known.table("checks", database=META_SCHEMA).to_pandas()
    found = set(checks["check"][(checks["policy"] == "reject") & (checks["n"] > 0)])
    tables: dict[str, ir.Table] = {}
    for name in (n for n in TABLES if any(p.table.name == n for p in plans)):
        rows = _typed(server, [p for p in plans if p.table.name == name], params)
        for step in (_of_cells, _of_rows):
            leaving = [c.concerns for c in step(TABLES[name], rows, plans, params) if c.name in found]
            rows = _without(rows, leaving).order_by(ROW) if leaving else rows  # to look for what repeats, the server sorts
        tables[name] = rows
    for name, rows in list(tables.items()):
        leaving = [c.concerns for c in _references(TABLES[name], tables, plans, params) if c.name in found]
        tables[name] = _without(rows, leaving)
    return Remote(server, known, {name: rows.select(ROW, *TABLES[name].column_names) for name, rows in tables.items()})


def write_known(place: Path, server: Staying | StayingSpark, plans: list[SourcePlan], params: ClientFile) -> None:
    """Count on the server what `remote_tables` needs to know and the report tells; no row is kept."""
    ledger = Ledger()
    tables: dict[str, ir.Table] = {}
    n_read: dict[str, int] = {}
    for name in (n for n in TABLES if any(p.table.name == n for p in plans)):
        rows = _typed(server, [p for p in plans if p.table.name == name], params)
        n_read[name] = int(rows.count().to_pandas())
        for step in (_of_cells, _of_rows):
            rows = _counted(rows, step(TABLES[name], rows, plans, params), ledger)
        tables[name] = rows
    for name in tables:
        tables[name] = _counted(tables[name], _references(TABLES[name], tables, plans, params), ledger)
    with duckdb.connect(str(place)) as con:
        write_inventory(con, {})
        for name, rows in tables.items():
            _describe(con, name, rows, [p for p in plans if p.table.name == name], n_read[name], params, ledger)
        if ledger.checks:
            con.executemany(f"INSERT INTO {META_SCHEMA}.checks VALUES (?, ?, ?, ?, ?, ?)", ledger.checks)
        con.execute("CHECKPOINT")


def _describe(
    con: duckdb.DuckDBPyConnection,
    name: str,
    rows: ir.Table,
    plans: list[SourcePlan],
    n_read: int,
    params: ClientFile,
    ledger: Ledger,
) -> None:
    columns = TABLES[name].column_names
    counts = rows.aggregate(n_rows=rows.count(), **{c: rows[c].count() for c in columns}).to_pandas().iloc[0]
    mapped = {c.column.name for p in plans for c in p.columns if _is_read(c.column, params)}
    entries = [(name, c, c in mapped, int(counts[c]), int(counts["n_rows"])) for c in columns]
    con.executemany(f"INSERT INTO {META_SCHEMA}.inventory VALUES (?, ?, ?, ?, ?)", entries)
    blanked = sum(n for check, table, _, _, n, policy in ledger.checks if table == name and policy == "blank")
    label = ", ".join(part.label for p in plans for part in p.parts.values())
    n_kept = int(counts["n_rows"])
    add_source(con, (name, label, None, n_read, 0, n_read - n_kept, 0, blanked, n_kept, None))


def _counted(rows: ir.Table, checks: list[Check], ledger: Ledger) -> ir.Table:
    """Note how many rows each check concerns, all in one question, and give the rows that none rejects."""
    if not checks:
        return rows
    marked = rows.select(**{f"n{i}": c.concerns.fill_null(False).cast("int64") for i, c in enumerate(checks)})
    counts = marked.aggregate(**{c: marked[c].sum().fill_null(0) for c in marked.columns}).to_pandas().iloc[0]
    found = [(c, int(counts[f"n{i}"])) for i, c in enumerate(checks)]
    for check, n in found:
        if n or (check.policy in ("keep", "reject") and not check.meaning):
            ledger.check(check.name, n, check.policy, check.meaning)
    return _without(rows, [c.concerns for c, n in found if n and c.policy == "reject"])


def _without(rows: ir.Table, leaving: list[ir.BooleanValue]) -> ir.Table:
    return rows.filter(*(~concerned.fill_null(False) for concerned in leaving)) if leaving else rows


# ---- the server's columns, typed ----


def refused(plans: list[SourcePlan], params: ClientFile) -> list[Problem]:
    """What of a mapping cannot be a question to the server."""
    problems = []
    for plan in plans:
        told = {"file": plan.spec.file, "where": plan.spec.where, "lookup": plan.spec.lookup, "unpivot": plan.spec.unpivot,
                "combine": plan.spec.combine, "overlap": plan.spec.overlap == "drop"}  # fmt: skip
        for key, value in told.items():
            if value:
                problems.append(Problem(plan.where, f"{key!r}", "a table or query on the engine, where the rows stay", IN_A_QUERY))
        for column in plan.columns:
            if column.expression is not None:
                where = f"{plan.where}.columns.{column.column.name}"
                problems.append(Problem(where, "'sql'", "a column of the table, where the rows stay on the engine", IN_A_QUERY))
    return problems


def _typed(server: Staying | StayingSpark, plans: list[SourcePlan], params: ClientFile) -> ir.Table:
    """All sources of a table: ``row``, canonical columns in range, and of each column mapped whether its cell was unreadable."""
    made, problems = [], refused(plans, params)
    if problems:
        raise InputError(problems)
    for number, plan in enumerate(plans):
        rows = server.rows_of(plan.spec.table, plan.spec.query)
        by_name = {c.column.name: c for c in plan.columns if _is_read(c.column, params)}
        cells: dict[str, Any] = {ROW: (rows[PLACE] + number * A_SOURCE).cast("int64")}
        for column in plan.table.columns:
            cells[f"{column.name}_read"] = _cell(rows, by_name[column.name], plan, problems) if column.name in by_name else _null(column)
            filled = _filled(rows, by_name[column.name]) if column.name in by_name else ibis.literal(False)
            cells[f"{column.name}_filled"] = filled
        if not problems:
            made.append(rows.select(**cells))
    if problems:
        raise InputError(problems)
    rows = ibis.union(*made) if len(made) > 1 else made[0]
    table = plans[0].table
    return rows.mutate(
        **{c.name: ibis.cases((_in_range(rows, table, c, params), rows[f"{c.name}_read"]), else_=_null(c)) for c in table.columns}
    )


def _is_read(column: Column, params: ClientFile) -> bool:
    """Whether a column is looked at: personal data only where the client file says so."""
    return not column.personal or params.engine_rows == "compare"


def _null(column: Column) -> ir.Scalar:
    return ibis.null({"date": "date", "time": "timestamp(6)"}.get(column.type) or DUCKDB_TYPES[column.type])


def _filled(rows: ir.Table, plan: ColumnPlan) -> ir.BooleanValue:
    if plan.source.value is not None:
        return ibis.literal(True)
    return _replaced(rows, plan).notnull()


def _replaced(rows: ir.Table, plan: ColumnPlan) -> ir.Value:
    """A cell as the client means it: text without spaces around it, blanks and the client's own replacements made."""
    if plan.source.value is not None:
        value = plan.source.value
        return ibis.literal(str(value).lower() if isinstance(value, bool) else value)
    cell = rows[plan.reads[0][0]]
    if not (cell.type().is_string() or plan.source.values):
        return cell
    text = cell.cast("string").strip()
    meant = {key.strip(): new for key, new in plan.source.values.items()}
    blanks = [b for b in BLANKS if b not in {key.casefold() for key in meant}]
    text = ibis.cases((text.lower().isin(blanks), ibis.null("string")), else_=text)
    if not meant:
        return text
    return ibis.cases(
        *((text == key, ibis.null("string") if new is None else ibis.literal(str(new))) for key, new in meant.items()), else_=text
    )


def _cell(rows: ir.Table, plan: ColumnPlan, source: SourcePlan, problems: list[Problem]) -> ir.Value:
    """A cell in its canonical type; NULL where it is none of a closed set, or no whole number."""
    column, cell = plan.column, _replaced(rows, plan)
    kind = cell.type()
    if column.type in NUMERIC:
        if not kind.is_numeric() and plan.source.value is None:
            problems.append(_of_another_type(source, plan, str(kind), "a number"))
            return _null(column)
        number = cell.cast("float64")
        return ibis.cases((number == number.floor(), number.cast("int64"))) if column.type == "integer" else number
    if column.type in ("date", "time"):
        if plan.source.value is not None:
            cell = ibis.literal(str(plan.source.value)).cast("timestamp")
        elif not (kind.is_timestamp() or kind.is_date()):
            problems.append(_of_another_type(source, plan, str(kind), "a date or a time"))
            return _null(column)
        return cell.cast("timestamp(6)").cast("date") if column.type == "date" else cell.cast("timestamp(6)")
    text = cell.cast("string")
    if not column.values:
        return text
    plain = text.lower().re_replace(r"[\s_-]+", "_")
    return ibis.cases(*((plain == value.lower(), ibis.literal(value)) for value in column.values), else_=ibis.null("string"))


def _of_another_type(source: SourcePlan, plan: ColumnPlan, found: str, expected: str) -> Problem:
    return Problem(f"{source.where}.columns.{plan.column.name}", f"column {plan.name!r} of type {found}", expected, IN_A_QUERY)


def _in_range(rows: ir.Table, table: Table, column: Column, params: ClientFile) -> ir.BooleanValue:
    value = rows[f"{column.name}_read"]
    if column.type in ("date", "time"):
        return value.between(
            *(ibis.timestamp(t.isoformat()) for t in (datetime(FIRST_YEAR, 1, 1), datetime(LAST_YEAR, 12, 31, 23, 59, 59)))
        )
    if column.type == "money" or not has_range(table, column) or params.checks.get(f"{table.name}.{column.name}.range") == "keep":
        return ibis.literal(True)
    if (table.name, column.name) == ("survey", "score"):
        scales = {"nps": (0, 10), "csat": params.scales.csat, "ces": params.scales.ces, "overall": params.scales.overall}
        return ibis.cases(*((rows.metric_read == m, value.between(low, high)) for m, (low, high) in scales.items()), else_=True)
    low, high = getattr(params.scales, column.scale) if column.scale else (column.low, column.high)
    within = ibis.literal(True)
    within = within & (value >= low) if low is not None else within
    return within & (value <= high) if high is not None else within


# ---- checks ----


def _of_cells(table: Table, rows: ir.Table, plans: list[SourcePlan], params: ClientFile) -> list[Check]:
    """Cells that every row needs, that cannot be read, or that lie outside their range."""
    checks = []
    for plan in (c for p in plans if p.table.name == table.name for c in p.columns if _is_read(c.column, params)):
        column, name = plan.column, f"{table.name}.{plan.column.name}"
        read, filled, value = rows[f"{column.name}_read"], rows[f"{column.name}_filled"], rows[column.name]
        stated = {params.checks.get(f"{name}.{kind}") for kind in ("unreadable", "range")}
        policy: Any = "reject" if column.required or "reject" in stated else "blank"
        shown = f"column {plan.name!r}"
        if column.values or column.type in ("integer", "date", "time"):
            beyond = read.isnull() | (value.isnull() if column.type in ("date", "time") else ibis.literal(False))
            checks.append(Check(f"{name}.unreadable", filled & beyond, policy, f"{shown}: not as it should be"))
        if has_range(table, column) and column.type not in ("money", "date", "time"):
            checks.append(Check(f"{name}.range", read.notnull() & value.isnull(), policy, f"{shown}: outside its range"))
        if column.required:
            checks.append(Check(f"{name}.blank", ~filled, "reject", f"{shown}: blank"))
    return checks


def _of_rows(table: Table, rows: ir.Table, plans: list[SourcePlan], params: ClientFile) -> list[Check]:
    """Rows that lack all of some columns, whose key an earlier row has, whose times run backwards, whose amounts are negative."""
    checks = []
    mapped = {c.column.name for p in plans if p.table.name == table.name for c in p.columns}
    if table.one_of:
        lacking = ibis.and_(*(rows[c].isnull() for c in table.one_of))
        checks.append((f"{table.name}.{'no_customer' if 'customer_id' in table.one_of else 'no_rating'}", lacking))
    if table.key:
        nth = ibis.row_number().over(group_by=[rows[k] for k in table.key], order_by=rows[ROW])
        rows_numbered = nth > 0
        checks.append((f"{table.name}.duplicate_key", rows_numbered))
    times = [c for c in table.in_time_order if c in mapped]
    pairs = [_runs_backwards(rows[a], rows[b]) for i, a in enumerate(times) for b in times[i + 1 :]]
    if pairs:
        checks.append((f"{table.name}.time_order", ibis.or_(*pairs)))
    for column in (c for c in table.columns if c.type == "money" and c.low is not None and c.name in mapped):
        negative = rows[column.name] < 0
        if (table.name, column.name) == ("orders", "revenue"):
            negative = negative & rows.cancelled_at.isnull()
        checks.append((f"{table.name}.{column.name}.sign", negative))
    return [Check(name, concerns, _policy(name, params)) for name, concerns in checks]


def _runs_backwards(earlier: ir.Value, later: ir.Value) -> ir.BooleanValue:
    earlier, later = earlier.cast("timestamp(6)"), later.cast("timestamp(6)")
    return (later < earlier) & ~((later == later.truncate("D")) & (earlier.truncate("D") == later))


def _references(table: Table, tables: Mapping[str, ir.Table], plans: list[SourcePlan], params: ClientFile) -> list[Check]:
    """References that lead nowhere, where the client supplies both sides."""
    mapped = {(p.table.name, c.column.name) for p in plans for c in p.columns}
    checks = []
    for column in table.columns:
        target, _, key = column.references.partition(".")
        if target in tables and (table.name, column.name) in mapped and (target, key) in mapped:
            held, value = tables[target][key], tables[table.name][column.name]
            name = f"{table.name}.{column.name}.orphan"
            orphan = value.notnull() & value.notin(held.as_table().filter(ibis._[key].notnull())[key])
            checks.append(Check(name, orphan, _policy(name, params)))
    return checks


def _policy(name: str, params: ClientFile) -> Policy:
    return params.checks.get(name, DEFAULT.get(name.rpartition(".")[2], "keep"))
