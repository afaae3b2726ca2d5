"""From rows of text to typed rows of a canonical table, in the engine; what does not fit is kept with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import duckdb

from cvclib.errors import Problem
from cvclib.params import ClientFile, Policy
from cvclib.privacy import MASK
from cvclib.sources import casting
from cvclib.sources.casting import BLANKS, Decimals, Order, Times, named, quoted
from cvclib.sources.expressions import Reading
from cvclib.sources.planning import NUMERIC, ColumnPlan, SourcePlan, check_names, has_range
from cvclib.sources.reading import Raw, load
from cvclib.tables import Column, Table

LEFT_OUT = "row left out"
BLANKED = "cell left blank"
KEY = "_part, _row, _cell"


@dataclass
class Ledger:
    """What became of the rows: how many were read and left out by part, and the checks that found something."""

    read: dict[int, int] = field(default_factory=dict)
    left_out: dict[int, int] = field(default_factory=dict)
    combined: dict[int, int] = field(default_factory=dict)
    checks: list[tuple[str, str, str, str, int, str]] = field(default_factory=list)

    def check(self, name: str, n: int, policy: str, meaning: str = "") -> None:
        """Note a check that was made, and how many rows it concerns; of two sources of one table the sum."""
        table, _, rest = name.partition(".")
        column = rest.rpartition(".")[0]
        for i, known in enumerate(self.checks):
            if known[0] == name:
                self.checks[i] = (*known[:4], known[4] + n, known[5])
                return
        self.checks.append((name, table, column, meaning or check_names()[name], n, policy))


@dataclass(frozen=True)
class _Cast:
    """SQL of one canonical column in its stages: as the file has it, with the client's replacements, typed, in range."""

    plan: ColumnPlan
    text: str  # over the columns of the source
    mapped: str  # over x
    typed: str  # over m
    in_range: str  # over t; a condition
    broken: str  # over the columns of the source; whether a number or time that it needs cannot be read
    expected: str
    check: str


def create_rejected(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table that takes the rows and cells that were not used."""
    con.execute(
        'CREATE OR REPLACE TEMP TABLE failed ("table" VARCHAR, _part INTEGER, _row BIGINT, _cell INTEGER, "column" VARCHAR, '
        "value VARCHAR, reason VARCHAR, action VARCHAR)"
    )


def stage(
    con: duckdb.DuckDBPyConnection, plan: SourcePlan, number: int, params: ClientFile, ledger: Ledger, problems: list[Problem]
) -> str:
    """Read, cast and sieve a source; the name of the table with its typed rows is returned.

    That table has ``_part``, ``_row``, ``_cell`` and all canonical columns.
    """
    raw = load(con, f"raw_{number}", plan.parts, plan.used, _blanks_of(plan), problems)
    if problems:
        return ""
    source = _sieved(con, plan, raw, number, ledger)
    readings = _readings(con, plan, source, params, ledger)
    _drop_where_not(con, plan, source, readings, ledger)
    casts = [_cast(con, c, plan, source, readings, params, ledger, problems) for c in plan.columns]
    if problems:
        return ""
    name = f"staged_{number}"
    _create_staged(con, name, source, plan, readings, casts)
    _note_failures(con, name, source, plan, readings, casts, params, ledger)
    con.execute(f"DROP TABLE {source}")
    if plan.spec.combine is not None:
        _combine(con, name, plan, ledger)
    return name


def _blanks_of(plan: SourcePlan) -> Callable[[str], Iterable[str]]:
    """Markers of a blank in each column: the usual and the client's, save those that a mapping gives a meaning."""
    meant: dict[str, set[str]] = {}
    for column in plan.columns:
        for name, _ in column.reads:
            meant.setdefault(name, set()).update(key.strip().casefold() for key in column.source.values)
    usual = {*BLANKS, *(blank.strip().casefold() for blank in plan.spec.blanks)}

    def blanks(name: str) -> Iterable[str]:
        return {"", *(usual - meant.get(name, set()))}

    return blanks


def _sieved(con: duckdb.DuckDBPyConnection, plan: SourcePlan, raw: Raw, number: int, ledger: Ledger) -> str:
    """The rows to take: overlap dropped, wide made long. Notes what was read and what was no row."""
    name = f"source_{number}"
    rows = f"(SELECT *, 0 AS _cell FROM {raw.table})"
    every = [f"r{i}" for i in range(len(raw.columns))]
    if plan.spec.overlap == "keep":
        every = [place for place, column in zip(every, raw.columns, strict=True) if column in plan.used]
    if plan.spec.unpivot:
        cells = {" ".join(column.split()): label for column, label in plan.spec.unpivot.columns.items()}
        long = ", ".join(
            f"{{'i': {i}, 'label': {quoted(str(label))}, 'cell': r{raw.columns.index(column)}}}" for i, (column, label) in enumerate(cells.items())
        )
        rows = (
            f"(SELECT _part, _row, {', '.join(every)}, u.i AS _cell, u.label AS made_0, u.cell AS made_1 FROM "
            f"(SELECT *, unnest([{long}]) AS u FROM {raw.table}) WHERE u.cell IS NOT NULL)"
        )
        every.append("_cell")
    if plan.spec.overlap == "drop" and len(plan.parts) > 1:
        same = ", ".join(every)
        rows = (
            f"(SELECT * EXCLUDE (_nth, _copy), _copy > 1 AS _again FROM (SELECT *, row_number() OVER "
            f"(PARTITION BY {same}, _nth ORDER BY _part, _row) AS _copy FROM "
            f"(SELECT *, row_number() OVER (PARTITION BY _part, {same} ORDER BY _row) AS _nth FROM {rows})))"
        )
    else:
        rows = f"(SELECT *, false AS _again FROM {rows})"
    kept = [f"r{i}" for i, column in enumerate(raw.columns) if column in plan.used] + [f"made_{i}" for i in range(len(plan.made))]
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {', '.join([KEY, '_again', *kept])} FROM {rows}")
    con.execute(f"DROP TABLE {raw.table}")
    for part, n, again in con.sql(f"SELECT _part, count(*), count(*) FILTER (_again) FROM {name} GROUP BY _part").fetchall():
        ledger.read[part] = n
        ledger.left_out[part] = again
    con.execute(f"DELETE FROM {name} WHERE _again")
    _note_malformed(con, plan, raw, ledger)
    return name


def _note_malformed(con: duckdb.DuckDBPyConnection, plan: SourcePlan, raw: Raw, ledger: Ledger) -> None:
    for part, malformed in raw.malformed.items():
        rows = [(plan.table.name, part, row, reason, LEFT_OUT) for row, reason in zip(malformed.rows, malformed.reasons, strict=True) if reason]
        ledger.read[part] = ledger.read.get(part, 0) + len(rows)
        if rows:
            con.executemany("INSERT INTO failed VALUES (?, ?, ?, 0, NULL, NULL, ?, ?)", rows)
            ledger.check(f"{plan.table.name}.malformed_rows", len(rows), "reject")


# ---- what the columns read as ----


@dataclass
class _Readings:
    """Where each column of the source stands in the engine, read as text, number or time; and what was found out."""

    columns: dict[str, str]
    extra: list[str] = field(default_factory=list)
    decimals: dict[str, Decimals] = field(default_factory=dict)
    times: dict[str, Times] = field(default_factory=dict)

    def relation(self, source: str) -> str:
        return f"(SELECT *, {', '.join(self.extra)} FROM {source})" if self.extra else source

    def name(self, column: str, reading: Reading) -> str:
        place = self.columns[column]
        return place if reading == "text" else f"{place}_{reading}"


def _readings(con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, params: ClientFile, ledger: Ledger) -> _Readings:
    """Columns that expressions take for numbers or times, read as such once for all of them."""
    names = {name: f"r{i}" for i, name in enumerate(dict.fromkeys(n for part in plan.parts.values() for n in part.columns))}
    names |= {name: f"made_{i}" for i, name in enumerate(plan.made)}
    readings = _Readings(names)
    for name, reading in plan.reads:
        place = readings.columns[name]
        if reading == "number":
            mark, _ = _mark(con, plan, source, place, (name,), None)
            readings.extra.append(f"{casting.number(place, mark)} AS {place}_number")
        elif reading == "time":
            times = _times(con, plan, source, place, None, params)
            readings.extra.append(f"{casting.time(place, times)} AS {place}_time")
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


def _times(
    con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, text: str, stated: str | None, params: ClientFile
) -> Times:
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


# ---- rows left out by the client's own condition ----


def _drop_where_not(con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, readings: _Readings, ledger: Ledger) -> None:
    if plan.condition is None:
        return
    condition = plan.condition.sql(readings.name)
    relation = readings.relation(source)
    out = f"SELECT _part, _row, _cell FROM {relation} WHERE coalesce(TRY_CAST(({condition}) AS BOOLEAN), false) IS NOT TRUE"
    con.execute(f"CREATE OR REPLACE TEMP TABLE leaving AS {out}")
    for part, n in con.sql("SELECT _part, count(*) FROM leaving GROUP BY _part").fetchall():
        ledger.left_out[part] = ledger.left_out.get(part, 0) + n
    con.execute(f"DELETE FROM {source} USING leaving l WHERE {_same(source, 'l')}")
    con.execute("DROP TABLE leaving")


def _same(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{key} = {other}.{key}" for key in ("_part", "_row", "_cell"))


# ---- the cast of each column ----


def _cast(
    con: duckdb.DuckDBPyConnection,
    plan: ColumnPlan,
    source: SourcePlan,
    relation: str,
    readings: _Readings,
    params: ClientFile,
    ledger: Ledger,
    problems: list[Problem],
) -> _Cast:
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
    elif column.values:
        typed, expected = casting.category("m", column), "one of " + ", ".join(column.values)
    elif column.type == "id" and spec.value is None and casting.sniff_id_tail(con, over, seen):
        typed = casting.without_tail("m")
    else:
        typed = "m"
    result = _Cast(plan, text, mapped, typed, _range_condition(source.table, column, params), broken, expected, check)
    if spec.value is not None:
        _check_value(con, result, problems, source)
    return result


def _whole(number: str) -> str:
    return f"CASE WHEN ({number}) = trunc({number}) THEN TRY_CAST(({number}) AS BIGINT) END"


def _text_of(
    con: duckdb.DuckDBPyConnection, plan: ColumnPlan, source: SourcePlan, relation: str, readings: _Readings, problems: list[Problem]
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
            Problem(f"{source.where}.columns.{plan.column.name}", f"the expression {plan.name!r}", "one that can be computed", _reason(error))
        )
        return "NULL", "text", "false"
    broken = [
        f"({readings.name(name, 'text')} IS NOT NULL AND {readings.name(name, kind)} IS NULL)" for name, kind in plan.reads if kind != "text"
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


_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")


def _reason(error: duckdb.Error) -> str:
    first = str(error).splitlines()[0]
    return first.partition(": ")[2] or first


def _range_condition(table: Table, column: Column, params: ClientFile) -> str:
    """Condition over t that a value lies in its range. Amounts of money are looked at later, when lines are added up."""
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


def _range_text(table: Table, column: Column, params: ClientFile) -> str:
    if (table.name, column.name) == ("survey", "score"):
        return "the scale of its metric"
    low, high = getattr(params.scales, column.scale) if column.scale else (column.low, column.high)
    return f"{low:g} to {high:g}" if high is not None and low is not None else f"{low:g} or more" if low is not None else f"{high:g} or less"


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


def _check_value(con: duckdb.DuckDBPyConnection, cast: _Cast, problems: list[Problem], source: SourcePlan) -> None:
    """A fixed value that does not fit is a mistake of the client file, not of its rows."""
    (fits,) = con.sql(f"SELECT ({cast.typed}) IS NOT NULL FROM (SELECT {cast.mapped} AS m FROM (SELECT {cast.text} AS x))").fetchone()
    if not fits:
        where = f"{source.where}.columns.{cast.plan.column.name}"
        problems.append(Problem(where, f"value {str(cast.plan.source.value)!r}", cast.expected))


# ---- the typed rows ----


def _stages(source: str, plan: SourcePlan, readings: _Readings, casts: list[_Cast], key: str = KEY) -> str:
    """SQL that takes every column through its stages: x as the file has it, m with replacements, t typed, v in range."""
    first = ", ".join(f"{c.text} AS x{i}, {c.broken} AS b{i}" for i, c in enumerate(casts))
    second = ", ".join(f"{_over(c.mapped, 'x', i)} AS m{i}" for i, c in enumerate(casts))
    third = ", ".join(f"{_over(c.typed, 'm', i)} AS t{i}" for i, c in enumerate(casts))
    metric = next((f"t{i}" for i, c in enumerate(casts) if c.plan.column.name == "metric"), "NULL")
    fourth = ", ".join(
        f"CASE WHEN {_over(c.in_range, 't', i).replace('CASE metric', f'CASE {metric}')} THEN t{i} END AS v{i}" for i, c in enumerate(casts)
    )
    return (
        f"(SELECT *, {fourth} FROM (SELECT *, {third} FROM (SELECT *, {second} FROM "
        f"(SELECT {key}, {first} FROM {readings.relation(source)}))))"
    )


def _over(sql: str, name: str, i: int) -> str:
    """SQL written over a bare name, over the i-th column of its kind instead."""
    pieces = re.split(r"('(?:[^']|'')*')", sql)
    return "".join(p if p.startswith("'") else re.sub(rf"\b{name}\b", f"{name}{i}", p) for p in pieces)


def _create_staged(
    con: duckdb.DuckDBPyConnection, name: str, source: str, plan: SourcePlan, readings: _Readings, casts: list[_Cast]
) -> None:
    place = {c.plan.column.name: i for i, c in enumerate(casts)}
    values = ", ".join(
        f"v{place[c.name]} AS {named(c.name)}" if c.name in place else f"CAST(NULL AS {c.sql_type}) AS {named(c.name)}"
        for c in plan.table.columns
    )
    bad = " + ".join(f"CASE WHEN (m{i} IS NOT NULL AND v{i} IS NULL) OR b{i} THEN {1 << i} ELSE 0 END" for i in range(len(casts)))
    required = [i for i, c in enumerate(casts) if c.plan.column.required]
    lacking = " OR ".join(f"v{i} IS NULL" for i in required) or "false"
    # What the client's own replacements make blank was meant to be left out, and so is no fault of the row.
    meant = [f"(x{i} IS NOT NULL AND m{i} IS NULL)" for i in required if casts[i].plan.source.values]
    if plan.spec.unpivot and plan.spec.unpivot.value_to in place:
        i = place[plan.spec.unpivot.value_to]
        meant.append(f"(x{i} IS NOT NULL AND m{i} IS NULL)")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {KEY}, {values}, {bad} AS _bad, {lacking} AS _lacking, "
        f"{' OR '.join(dict.fromkeys(meant)) or 'false'} AS _meant FROM {_stages(source, plan, readings, casts)}"
    )


def _note_failures(
    con: duckdb.DuckDBPyConnection,
    name: str,
    source: str,
    plan: SourcePlan,
    readings: _Readings,
    casts: list[_Cast],
    params: ClientFile,
    ledger: Ledger,
) -> None:
    """Write down rows that lack what every row needs and cells that cannot be read, and take such rows away."""
    for part, n in con.sql(f"SELECT _part, count(*) FROM {name} WHERE _meant GROUP BY _part").fetchall():
        ledger.left_out[part] = ledger.left_out.get(part, 0) + n
    con.execute(f"DELETE FROM {name} WHERE _meant")
    rejecting = [i for i, c in enumerate(casts) if _policy(c, params, required=False) == "reject" and not c.plan.column.required]
    lost = " OR ".join(["_lacking", *(f"(_bad & {1 << i}) > 0" for i in rejecting)])
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE faulty AS SELECT s.*, f._bad, f._lost FROM {_stages(source, plan, readings, casts)} s JOIN "
        f"(SELECT {KEY}, _bad, {lost} AS _lost FROM {name} WHERE _bad > 0 OR _lacking) f ON {_same('s', 'f')}"
    )
    personal = {n for c in casts if c.plan.column.personal for n, _ in c.plan.reads}
    for i, cast in enumerate(casts):
        column, policy = cast.plan.column, _policy(cast, params, required=cast.plan.column.required)
        name_ = _called(cast, plan)
        hidden = column.personal or bool(personal & {n for n, _ in cast.plan.reads})
        value = quoted(MASK) if hidden else f"CAST(x{i} AS VARCHAR)"
        ranged = has_range(plan.table, column) and column.type != "money"
        outside = f"{_range_text(plan.table, column, params)}" if ranged else ""
        reason = (
            f"CASE WHEN b{i} THEN {quoted('a number or date that it is computed from cannot be read')} "
            f"WHEN t{i} IS NULL THEN {quoted('not ' + cast.expected)} ELSE {quoted('outside ' + outside)} END"
        )
        action = quoted(LEFT_OUT) if policy == "reject" else quoted(BLANKED)
        rows = f"FROM faulty WHERE (_bad & {1 << i}) > 0" + ("" if policy == "reject" else " AND NOT _lost")
        con.execute(
            f"INSERT INTO failed SELECT {quoted(plan.table.name)}, {KEY}, {name_}, {value}, {reason}, {action} {rows} "
            "ORDER BY _part, _row, _cell"
        )
        unread, beyond = con.sql(
            f"SELECT count(*) FILTER (t{i} IS NULL OR b{i}), count(*) FILTER (t{i} IS NOT NULL AND NOT b{i}) {rows}"
        ).fetchone()
        if unread:
            ledger.check(f"{cast.check}.unreadable", unread, policy, f"column {cast.plan.name!r}: not {cast.expected}")
        if ranged and params.checks.get(f"{cast.check}.range") != "keep":
            ledger.check(f"{cast.check}.range", beyond, policy, f"column {cast.plan.name!r}: outside {outside}")
        if column.required:
            blank = f"FROM faulty WHERE v{i} IS NULL AND (_bad & {1 << i}) = 0"
            con.execute(
                f"INSERT INTO failed SELECT {quoted(plan.table.name)}, {KEY}, {name_}, NULL, "
                f"{quoted(f'blank, and every row of {plan.table.name} needs it')}, {quoted(LEFT_OUT)} {blank} ORDER BY _part, _row, _cell"
            )
            (n,) = con.sql(f"SELECT count(*) {blank}").fetchone()
            if n:
                ledger.check(f"{cast.check}.blank", n, "reject", f"column {cast.plan.name!r}: blank")
    con.execute(f"DELETE FROM {name} WHERE {lost}")
    con.execute(f"ALTER TABLE {name} DROP COLUMN _bad")
    con.execute(f"ALTER TABLE {name} DROP COLUMN _lacking")
    con.execute(f"ALTER TABLE {name} DROP COLUMN _meant")
    con.execute("DROP TABLE faulty")


def _called(cast: _Cast, plan: SourcePlan) -> str:
    """SQL of what the client calls a column; a cell that was unpivoted stood in a column of its own."""
    if plan.spec.unpivot is None or [name for name, _ in cast.plan.reads] != [plan.spec.unpivot.value_to]:
        return quoted(cast.plan.name)
    whens = " ".join(f"WHEN {i} THEN {quoted(' '.join(name.split()))}" for i, name in enumerate(plan.spec.unpivot.columns))
    return f"CASE _cell {whens} END"


def _policy(cast: _Cast, params: ClientFile, *, required: bool) -> Policy | str:
    """What becomes of a cell that cannot be read: it is left blank, or its row left out."""
    if required:
        return "reject"
    stated = {params.checks.get(f"{cast.check}.{kind}") for kind in ("unreadable", "range")}
    return "reject" if "reject" in stated else "blank"


def _combine(con: duckdb.DuckDBPyConnection, name: str, plan: SourcePlan, ledger: Ledger) -> None:
    """Make one row of all that have the same key; it stands where the first of them stood."""
    table, how = plan.table, plan.spec.combine or {}
    first = "_part * 1000000000000 + _row * 1000 + _cell"
    (rows,) = con.sql(f"SELECT count(*) FROM {name}").fetchone()
    selected = []
    for column in table.columns:
        c = named(column.name)
        if column.name in table.key:
            selected.append(c)
            continue
        aggregate = {
            "first": f"arg_min({c}, {first})", "last": f"arg_max({c}, {first})", "sum": f"sum({c})", "mean": f"avg({c})",
            "min": f"min({c})", "max": f"max({c})", "count": f"count({c})",
        }[how.get(column.name, "first")]  # fmt: skip
        selected.append(f"CAST({aggregate} AS {column.sql_type}) AS {c}")
    keys = ", ".join(named(k) for k in table.key)
    merged = con.sql(f"SELECT _part, count(*) FROM {name} GROUP BY _part").fetchall()
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE combined AS SELECT arg_min(_part, {first}) AS _part, arg_min(_row, {first}) AS _row, "
        f"arg_min(_cell, {first}) AS _cell, {', '.join(selected)} FROM {name} GROUP BY {keys}"
    )
    con.execute(f"DROP TABLE {name}")
    con.execute(f"ALTER TABLE combined RENAME TO {name}")
    kept = dict(con.sql(f"SELECT _part, count(*) FROM {name} GROUP BY _part").fetchall())
    for part, n in merged:
        ledger.combined[part] = n - kept.get(part, 0)
