"""From rows of text to typed rows of a canonical table, in the engine; what does not fit is kept with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

import duckdb

from cvclib.errors import Problem
from cvclib.params import ClientFile, Policy
from cvclib.privacy import MASK
from cvclib.sources.casting import BLANKS, FIRST_YEAR, LAST_YEAR, named, quoted
from cvclib.sources.columns import Cast, Readings, cast_column, range_text, read_columns
from cvclib.sources.ledger import BLANKED, KEY, LEFT_OUT, Ledger
from cvclib.sources.planning import SourcePlan, has_range
from cvclib.sources.reading import Raw, load

STOPPING = (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)


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
    readings = read_columns(con, plan, source, params, ledger)
    _drop_where_not(con, plan, source, readings, ledger, problems)
    casts = [cast_column(con, c, plan, source, readings, params, ledger, problems) for c in plan.columns]
    if problems:
        return ""
    name = f"staged_{number}"
    try:
        _create_staged(con, name, source, plan, readings, casts)
    except STOPPING as error:  # make_date(2025, 13, 1), say; the engine's words quote the value, and so are not shown
        found = f"an expression that stops at a value ({type(error).__name__})"
        problems.append(Problem(f"{plan.where}.columns", found, "one that every row's values can go into"))
        return ""
    _note_failures(con, name, source, plan, readings, casts, params, ledger)
    con.execute(f"DROP TABLE {source}")
    for column in (c.plan.column.name for c in casts if c.plan.column.several):
        _split(con, name, column, ledger)
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
            f"{{'i': {i}, 'label': {quoted(str(label))}, 'cell': r{raw.columns.index(column)}}}"
            for i, (column, label) in enumerate(cells.items())
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
        rows = [
            (plan.table.name, part, row, reason, LEFT_OUT) for row, reason in zip(malformed.rows, malformed.reasons, strict=True) if reason
        ]
        ledger.read[part] = ledger.read.get(part, 0) + len(rows)
        if rows:
            con.executemany("INSERT INTO failed VALUES (?, ?, ?, 0, NULL, NULL, ?, ?)", rows)
            ledger.check(f"{plan.table.name}.malformed_rows", len(rows), "reject")


# ---- rows left out by the client's own condition ----


def _drop_where_not(
    con: duckdb.DuckDBPyConnection, plan: SourcePlan, source: str, readings: Readings, ledger: Ledger, problems: list[Problem]
) -> None:
    if plan.condition is None:
        return
    condition = plan.condition.sql(readings.name)
    relation = readings.relation(source)
    out = f"SELECT _part, _row, _cell FROM {relation} WHERE coalesce(TRY_CAST(({condition}) AS BOOLEAN), false) IS NOT TRUE"
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE leaving AS {out}")
    except (duckdb.BinderException, *STOPPING) as error:
        found = f"the condition {str(plan.spec.where)!r}, which cannot be computed ({type(error).__name__})"
        problems.append(Problem(f"{plan.where}.where", found, "one that is true or false for every row"))
        return
    for part, n in con.sql("SELECT _part, count(*) FROM leaving GROUP BY _part").fetchall():
        ledger.left_out[part] = ledger.left_out.get(part, 0) + n
    con.execute(f"DELETE FROM {source} USING leaving l WHERE {_same(source, 'l')}")
    con.execute("DROP TABLE leaving")


def _same(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{key} = {other}.{key}" for key in ("_part", "_row", "_cell"))


# ---- the typed rows ----


def _stages(source: str, plan: SourcePlan, readings: Readings, casts: list[Cast], key: str = KEY) -> str:
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


def _create_staged(con: duckdb.DuckDBPyConnection, name: str, source: str, plan: SourcePlan, readings: Readings, casts: list[Cast]) -> None:
    place = {c.plan.column.name: i for i, c in enumerate(casts)}
    values = ", ".join(
        f"v{place[c.name]} AS {named(c.name)}" if c.name in place else f"CAST(NULL AS {c.sql_type}) AS {named(c.name)}"
        for c in plan.table.columns
    )
    bad = " + ".join(f"CASE WHEN (m{i} IS NOT NULL AND v{i} IS NULL) OR b{i} THEN {1 << i} ELSE 0 END" for i in range(len(casts)))
    required = [i for i, c in enumerate(casts) if c.required]
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
    readings: Readings,
    casts: list[Cast],
    params: ClientFile,
    ledger: Ledger,
) -> None:
    """Write down rows that lack what every row needs and cells that cannot be read, and take such rows away."""
    for part, n in con.sql(f"SELECT _part, count(*) FROM {name} WHERE _meant GROUP BY _part").fetchall():
        ledger.left_out[part] = ledger.left_out.get(part, 0) + n
    con.execute(f"DELETE FROM {name} WHERE _meant")
    rejecting = [i for i, c in enumerate(casts) if not c.required and _policy(c, params) == "reject"]
    lost = " OR ".join(["_lacking", *(f"(_bad & {1 << i}) > 0" for i in rejecting)])
    con.execute(f"CREATE OR REPLACE TEMP TABLE marked AS SELECT {KEY}, _bad, {lost} AS _lost FROM {name} WHERE _bad > 0 OR _lacking")
    only = f"(SELECT s.* FROM {source} s SEMI JOIN marked f ON {_same('s', 'f')})"  # a few rows are looked at again, not all
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE faulty AS SELECT s.*, f._bad, f._lost FROM {_stages(only, plan, readings, casts)} s "
        f"JOIN marked f ON {_same('s', 'f')}"
    )
    personal = {n for c in casts if c.plan.column.personal for n, _ in c.plan.reads}
    for i, cast in enumerate(casts):
        column, policy = cast.plan.column, _policy(cast, params)
        name_ = _called(cast, plan)
        hidden = column.personal or bool(personal & {n for n, _ in cast.plan.reads})
        value = quoted(MASK) if hidden else f"CAST(x{i} AS VARCHAR)"
        ranged = has_range(plan.table, column) and column.type != "money"
        outside = f"{range_text(plan.table, column, params)}" if ranged else f"the years {FIRST_YEAR} to {LAST_YEAR}"
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
        beyond = f"t{i} IS NOT NULL AND NOT b{i}" if ranged else "false"
        unread, beyond = con.sql(f"SELECT count(*) FILTER (NOT ({beyond})), count(*) FILTER ({beyond}) {rows}").fetchone()
        if unread:
            ledger.check(f"{cast.check}.unreadable", unread, policy, f"column {cast.plan.name!r}: not {cast.expected}")
        if ranged and params.checks.get(f"{cast.check}.range") != "keep":
            ledger.check(f"{cast.check}.range", beyond, policy, f"column {cast.plan.name!r}: outside {outside}")
        if cast.required:
            blank = f"FROM faulty WHERE v{i} IS NULL AND (_bad & {1 << i}) = 0"
            con.execute(
                f"INSERT INTO failed SELECT {quoted(plan.table.name)}, {KEY}, {name_}, NULL, "
                f"{quoted(f'blank, and every row of {plan.table.name} needs it')}, {quoted(LEFT_OUT)} {blank} ORDER BY _part, _row, _cell"
            )
            (n,) = con.sql(f"SELECT count(*) {blank}").fetchone()
            if n:
                ledger.check(f"{cast.check}.blank", n, "reject", f"column {cast.plan.name!r}: blank")
    con.execute(f"DELETE FROM {name} WHERE {lost}")
    con.execute("DROP TABLE faulty")
    con.execute("DROP TABLE marked")


def _called(cast: Cast, plan: SourcePlan) -> str:
    """SQL of what the client calls a column; a cell that was unpivoted stood in a column of its own."""
    if plan.spec.unpivot is None or [name for name, _ in cast.plan.reads] != [plan.spec.unpivot.value_to]:
        return quoted(cast.plan.name)
    whens = " ".join(f"WHEN {i} THEN {quoted(' '.join(name.split()))}" for i, name in enumerate(plan.spec.unpivot.columns))
    return f"CASE _cell {whens} END"


def _policy(cast: Cast, params: ClientFile) -> Policy | Literal["blank"]:
    """What becomes of a cell that cannot be read: it is left blank, or its row left out."""
    if cast.required:
        return "reject"
    stated = {params.checks.get(f"{cast.check}.{kind}") for kind in ("unreadable", "range")}
    return "reject" if "reject" in stated else "blank"


CELLS_A_ROW = 1_000  # more than an unpivoted file has columns: parts of one cell get numbers beyond them


def _split(con: duckdb.DuckDBPyConnection, name: str, column: str, ledger: Ledger) -> None:
    """Make a row of each value in a cell that holds several; they count as rows read, as unpivoted cells do."""
    c = named(column)
    more = con.sql(
        f"SELECT _part, sum(len(string_split({c}, ' ')) - 1)::BIGINT FROM {name} WHERE contains({c}, ' ') GROUP BY _part"
    ).fetchall()
    if not more:
        return
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE split AS SELECT * EXCLUDE (u) REPLACE (u.value AS {c}, "
        f"(_cell + {CELLS_A_ROW} * (u.nth - 1))::INTEGER AS _cell) FROM (SELECT *, unnest(list_transform(coalesce(string_split({c}, ' '), [NULL]), "
        f"lambda value, nth: {{'value': value, 'nth': nth}})) AS u FROM {name}) ORDER BY {KEY}"
    )
    con.execute(f"DROP TABLE {name}")
    con.execute(f"ALTER TABLE split RENAME TO {name}")
    for part, n in more:
        ledger.read[part] = ledger.read.get(part, 0) + n


def _combine(con: duckdb.DuckDBPyConnection, name: str, plan: SourcePlan, ledger: Ledger) -> None:
    """Make one row of all that have the same key; it stands where the first of them stood."""
    table, how = plan.table, plan.spec.combine or {}
    first = "_part * 1000000000000 + _row * 1000 + _cell"
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
