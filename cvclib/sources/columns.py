"""How each canonical column of a source is read: which expression, which decimal mark, which date format, which range."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from cvclib.errors import Problem
from cvclib.methods import raci
from cvclib.params import ClientFile
from cvclib.sources import casting
from cvclib.sources.casting import Decimals, Order, Times, quoted
from cvclib.sources.expressions import Reading
from cvclib.sources.ledger import Ledger
from cvclib.sources.planning import NUMERIC, ColumnPlan, SourcePlan, has_range
from cvclib.tables import Column, Table


@dataclass(frozen=True)
class Cast:
    """SQL of one canonical column in its stages: as the file has it, with the client's replacements, typed, in range."""

    plan: ColumnPlan
    text: str  # over the columns of the source
    mapped: str  # over x
    typed: str  # over m
    in_range: str  # over t; a condition
    broken: str  # over the columns of the source; whether a number or time that it needs cannot be read
    expected: str
    check: str
    required: bool  # whether a row is nothing without it


# ---- what the columns read as ----


@dataclass
class Readings:
    """Where each column of the source stands in the engine, read as text, number or time."""

    columns: dict[str, str]
    extra: list[str] = field(default_factory=list)

    def relation(self, source: str) -> str:
        """The source with the columns that are read as more than text beside it."""
        return f"(SELECT *, {', '.join(self.extra)} FROM {source})" if self.extra else source

    def name(self, column: str, reading: Reading) -> str:
        """The engine's column that holds a column of the file, read in one way."""
        place = self.columns[column]
        return place if reading == "text" else f"{place}_{reading}"


def read_columns(con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, params: ClientFile, ledger: Ledger) -> Readings:
    """Columns that expressions take for numbers or times, read as such once for all of them."""
    names = {name: f"r{i}" for i, name in enumerate(dict.fromkeys(n for part in plan.parts.values() for n in part.columns))}
    names |= {name: f"made_{i}" for i, name in enumerate(plan.made)}
    readings = Readings(names)
    for name, reading in plan.reads:
        place = readings.columns[name]
        if reading == "number":
            mark, _ = _mark(con, plan, source, place, (name,), None)
            readings.extra.append(f"{casting.number(place, mark)} AS {place}_number")
        elif reading == "time":
            times = _times(con, plan, source, place, None, params)
            readings.extra.append(f"{casting.time(place, times)} AS {place}_time")  # its years are looked at where it ends up
    return readings


def _mark(
    con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, text: str, names: tuple[str, ...], stated: str | None
) -> tuple[str, Decimals]:
    """Decimal mark of a text: stated, told by its values, by other columns of the file, or by the file's delimiter."""
    parts = list(plan.parts.values())
    if names and all(all(name in part.numbers for name in names if name in part.columns) for part in parts):
        return ".", Decimals(".")
    if stated or plan.spec.decimal:
        return stated or plan.spec.decimal or ".", Decimals(stated or plan.spec.decimal)
    found = casting.sniff_decimals(con, source, text)
    if found.mark:
        return found.mark, found
    for column in plan.columns:  # what other numbers of the same file say
        if column.column.type in NUMERIC and column.source.from_ is not None and found.unsure:
            other = casting.sniff_decimals(con, source, _place(plan, column.reads[0][0]))
            if other.mark:
                return other.mark, Decimals(other.mark)
    return ".", found


def _all_columns(plan: SourcePlan) -> list[str]:
    return list(dict.fromkeys(name for part in plan.parts.values() for name in part.columns))


def _place(plan: SourcePlan, name: str) -> str:
    return f"made_{plan.made.index(name)}" if name in plan.made else f"r{_all_columns(plan).index(name)}"


def _order_of(format_: str | None) -> Order | None:
    if not format_ or "%m" not in format_ or "%d" not in format_:
        return None
    return "day first" if format_.index("%d") < format_.index("%m") else "month first"


def _times(con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, text: str, stated: str | None, params: ClientFile) -> Times:
    typed = any(part.typed for part in plan.parts.values())
    if stated:
        return casting.stated_times(stated, params.timezone, typed=typed)
    hint = _order_of(plan.spec.date_format)
    found = casting.sniff_times(con, source, text, params.timezone, hint=hint)
    if not plan.spec.date_format:
        told = _order_elsewhere(con, plan, source, text, params) if found.unsure else None
        return casting.sniff_times(con, source, text, params.timezone, hint=told) if told else found
    formats = tuple(dict.fromkeys([plan.spec.date_format, *(f for f in found.formats if _order_of(f) in (None, hint))]))
    return Times(formats, found.iso, found.offset, found.serial, found.zone, hint, 0, found.swapped, stated=True)


def _order_elsewhere(con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, text: str, params: ClientFile) -> Order | None:
    """Whether the other dates of the same file tell that the day, or the month, comes first."""
    for column in plan.columns:
        if column.column.type in ("date", "time") and column.source.from_ is not None and not column.source.format:
            place = _place(plan, column.reads[0][0])
            other = casting.sniff_times(con, source, place, params.timezone) if place != text else None
            if other and other.order and not other.unsure:
                return other.order
    return None


# ---- the cast of each column ----


def cast_column(
    con: duckdb.DuckDBPyConnection,
    plan: ColumnPlan,
    source: SourcePlan,
    relation: str,
    readings: Readings,
    params: ClientFile,
    ledger: Ledger,
    problems: list[Problem],
) -> Cast:
    """Decide how one canonical column is cast, from what is stated and from what its values look like."""
    column, spec = plan.column, plan.source
    text, kind, broken = _text_of(con, plan, source, relation, readings, problems)
    mapped = casting.mapped("x", spec.values)
    seen = casting.mapped(text, spec.values)
    over = readings.relation(relation)
    expected = "text"
    check = f"{source.table.name}.{column.name}"
    if kind in ("number", "time") and not spec.values:
        typed, expected = f"CAST(m AS {column.sql_type})", f"a {column.type}"
    elif column.type in NUMERIC:
        names = tuple(name for name, _ in plan.reads) if plan.expression is None else ()
        mark, found = (".", Decimals(".")) if spec.value is not None else _mark(con, source, over, seen, names, spec.decimal)
        typed, expected = casting.number("m", mark), f"a number (decimal mark {mark!r})"
        if column.type == "integer":
            typed, expected = _whole(typed), "a whole number"
        if found.unsure:
            ledger.check(f"{check}.ambiguous_numbers", found.unsure, "keep")
    elif column.type in ("date", "time"):
        times = _times(con, source, over, seen, spec.format, params)
        typed, expected = f"CAST({casting.time('m', times)} AS {column.sql_type})", f"a date as in {times.example}"
        _note_doubts(ledger, check, times, params, plan.name, source, problems)
    elif column.several:
        mapped, typed = _several(con, seen, over, mapped)
        expected = f"one or more of {', '.join(column.values)}, as in 'A/R'"
    elif column.values:
        typed, expected = casting.category("m", column), "one of " + ", ".join(column.values)
    elif column.type == "id" and spec.value is None and casting.sniff_id_tail(con, over, seen):
        typed = casting.without_tail("m")
    else:
        typed = "m"
    required = column.required or bool(source.spec.unpivot and column.name == source.spec.unpivot.value_to)
    result = Cast(plan, text, mapped, typed, _range_condition(source.table, column, params), broken, expected, check, required)
    if spec.value is not None:
        _check_value(con, result, problems, source)
    return result


def _several(con: duckdb.DuckDBPyConnection, seen: str, over: str, mapped: str) -> tuple[str, str]:
    """SQL of roles in one cell: blank where the cell says that there is none, the roles with a space between, NULL where unreadable.

    The few cells that differ are read in Python, by the one reader of such cells; a table of roles has a dozen of them.
    """
    cells = [cell for (cell,) in con.sql(f"SELECT DISTINCT x FROM (SELECT {seen} AS x FROM {over}) WHERE x IS NOT NULL").fetchall()]
    roles = {cell: raci.read_cell(cell) for cell in sorted(cells)}
    none = [cell for cell, found in roles.items() if found == ()]
    whens = " ".join(f"WHEN {quoted(cell)} THEN {quoted(' '.join(found))}" for cell, found in roles.items() if found)
    if none:
        mapped = f"CASE WHEN ({mapped}) IN ({', '.join(map(quoted, none))}) THEN NULL ELSE ({mapped}) END"
    return mapped, f"CASE m {whens} END" if whens else "CAST(NULL AS VARCHAR)"


def _whole(number: str) -> str:
    return f"CASE WHEN ({number}) = trunc({number}) THEN TRY_CAST(({number}) AS BIGINT) END"


def _text_of(
    con: duckdb.DuckDBPyConnection, plan: ColumnPlan, source: SourcePlan, relation: str, readings: Readings, problems: list[Problem]
) -> tuple[str, str, str]:
    """SQL of a column before its cast, what that is (text, number, time), and whether something it needs is unreadable."""
    if plan.source.value is not None:
        value = plan.source.value
        return quoted(str(value).lower() if isinstance(value, bool) else str(value)), "text", "false"
    if plan.expression is None:
        return readings.columns[plan.reads[0][0]], "text", "false"
    sql = f"({plan.expression.sql(readings.name)})"
    try:
        described = con.sql(f"DESCRIBE SELECT {sql} AS x FROM {readings.relation(relation)}").fetchall()[0][1]
    except duckdb.Error as error:
        problems.append(
            Problem(
                f"{source.where}.columns.{plan.column.name}", f"the expression {plan.name!r}", "one that can be computed", _reason(error)
            )
        )
        return "NULL", "text", "false"
    broken = [
        f"({readings.name(name, 'text')} IS NOT NULL AND {readings.name(name, kind)} IS NULL)"
        for name, kind in plan.reads
        if kind != "text"
    ]
    kind = "number" if described.split("(")[0] in _NUMBERS else "time" if described.startswith(("TIMESTAMP", "DATE")) else "text"
    column = plan.column.type
    if kind == "number" and column in NUMERIC and not plan.source.values:
        sql = _whole(sql) if column == "integer" else f"CAST({sql} AS DOUBLE)"
    elif kind == "time" and column in ("date", "time") and not plan.source.values:
        sql = f"CAST({sql} AS TIMESTAMP)"
    elif kind == "number":
        number = f"CAST({sql} AS DOUBLE)"
        sql = f"CASE WHEN {number} = trunc({number}) THEN CAST(TRY_CAST({number} AS BIGINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END"
        kind = "text"
    else:
        kind = "text"
        sql = f"nullif({casting.trimmed(f'CAST({sql} AS VARCHAR)')}, '')"
    return sql, kind, " OR ".join(broken) or "false"


_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


def _reason(error: duckdb.Error) -> str:
    first = str(error).splitlines()[0]
    return first.partition(": ")[2] or first


def _range_condition(table: Table, column: Column, params: ClientFile) -> str:
    """Condition over t that a value lies in its range. Amounts of money are looked at later, when lines are added up."""
    if column.type in ("date", "time"):
        return casting.believable("t")
    if column.type == "money" or not has_range(table, column) or params.checks.get(f"{table.name}.{column.name}.range") == "keep":
        return "true"
    if (table.name, column.name) == ("survey", "score"):
        scales = {"nps": (0, 10), "csat": params.scales.csat, "ces": params.scales.ces, "overall": params.scales.overall}
        cases = " ".join(f"WHEN {quoted(metric)} THEN t BETWEEN {low} AND {high}" for metric, (low, high) in scales.items())
        return f"(CASE metric {cases} ELSE true END)"
    low, high = getattr(params.scales, column.scale) if column.scale else (column.low, column.high)
    conditions = [f"t >= {low}"] if low is not None else []
    conditions += [f"t <= {high}"] if high is not None else []
    return " AND ".join(conditions)


def range_text(table: Table, column: Column, params: ClientFile) -> str:
    """The range of a column, as a message names it."""
    if (table.name, column.name) == ("survey", "score"):
        return "the scale of its metric"
    low, high = getattr(params.scales, column.scale) if column.scale else (column.low, column.high)
    return (
        f"{low:g} to {high:g}" if high is not None and low is not None else f"{low:g} or more" if low is not None else f"{high:g} or less"
    )


def _note_doubts(
    ledger: Ledger, check: str, times: Times, params: ClientFile, name: str, source: SourcePlan, problems: list[Problem]
) -> None:
    """Tell of dates that could be two days, and of offsets that are passed over."""
    if times.unsure and not times.stated:
        read = "day/month" if times.order == "day first" else "month/day"
        told = f"; {times.swapped:,} fit only the other way round" if times.swapped else ""
        meaning = f"column {name!r}: dates that could be day/month or month/day, read as {read}{told}; state 'format' to settle it"
        ledger.check(f"{check}.ambiguous_dates", times.unsure, "keep", meaning)
        if params.checks.get(f"{check}.ambiguous_dates") == "reject":
            place = next(iter(source.parts.values())).place
            fix = "Map it with format '%d/%m/%Y' or '%m/%d/%Y', or as the file has it."
            problems.append(
                Problem(f"{place}, column {name!r}", f"{times.unsure:,} dates that could be day/month or month/day", "one reading", fix)
            )
    if times.offset and params.timezone is None:
        ledger.check(f"{check}.offset_without_timezone", 1, "keep")


def _check_value(con: duckdb.DuckDBPyConnection, cast: Cast, problems: list[Problem], source: SourcePlan) -> None:
    """A fixed value that does not fit is a mistake of the client file, not of its rows."""
    (fits,) = con.sql(f"SELECT ({cast.typed}) IS NOT NULL FROM (SELECT {cast.mapped} AS m FROM (SELECT {cast.text} AS x))").fetchone()
    if not fits:
        where = f"{source.where}.columns.{cast.plan.column.name}"
        problems.append(Problem(where, f"value {str(cast.plan.source.value)!r}", cast.expected))
