"""Prepares a client's tables: plan, read, cast, check, and keep the result for as long as nothing it is made of changes."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import ibis

from cvclib.errors import InputError, Problem
from cvclib.params import ClientFile
from cvclib.sources.cache import cache_folder, content_key, prune, still_good
from cvclib.sources.casting import named
from cvclib.sources.checking import Staged, check_references, check_table
from cvclib.sources.compiled import keep_compiled, prune_compiled
from cvclib.sources.files import label_of
from cvclib.sources.inventory import META_SCHEMA, add_source, write_digests, write_inventory
from cvclib.sources.ledger import BLANKED, KEY, LEFT_OUT, Ledger
from cvclib.sources.planning import SourcePlan, plan
from cvclib.sources.reading import Opened, Part
from cvclib.sources.remembering import remember_answers
from cvclib.sources.remote import Remote, remote_tables, stays, write_known
from cvclib.sources.spilling import engine_memory, spill_folder
from cvclib.sources.staging import create_rejected, stage
from cvclib.tables import TABLES

NO_EXTENSIONS = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def prepare(params: ClientFile) -> Path:
    """Prepare a client's tables, or find them prepared.

    Parameters
    ----------
    params : ClientFile

    Returns
    -------
    pathlib.Path
        A DuckDB database: the canonical tables, each with all its columns, and schema ``meta`` with what was read,
        left out, rejected and checked. Its name is made from the content of the files, the mapping and the code; it
        lies in the folder named by ``CVC_CACHE_DIR``, else in the user's cache folder.

    Raises
    ------
    InputError
        If files, sheets or columns are missing or a mapping is wrong; names all that is.
    """
    folder = cache_folder(params)
    key, digests = content_key(params, folder)
    place = folder / f"{key}.duckdb"
    if still_good(place, params):
        return place
    with closing(Opened(params)) as opened, tempfile.TemporaryDirectory(dir=folder, prefix=".preparing-") as scratch:
        plans, problems = plan(params, opened)
        if problems:
            raise InputError(problems)
        made = Path(scratch) / "prepared.duckdb"
        if stays(params):
            write_known(made, _server(opened), plans, params)
        else:
            _build(made, params, plans, digests)
        made.replace(place)
    prune(folder, place)
    prune_compiled()
    return place


def open_tables(params: ClientFile) -> ibis.BaseBackend | Remote:
    """Open a client's tables, prepared where that is not yet done: here, or where they stay on the client's server.

    Parameters
    ----------
    params : ClientFile

    Returns
    -------
    ibis.BaseBackend or Remote

    Raises
    ------
    InputError
        As `prepare` does.
    """
    known = open_prepared(prepare(params))
    if not stays(params):
        return known
    opened = Opened(params)
    plans, problems = plan(params, opened)
    if problems:
        raise InputError(problems)
    return remote_tables(_server(opened), plans, params, known)


def _server(opened: Opened) -> Any:
    if opened.engine is None:
        raise InputError([Problem("engine", "no table that comes from it", "'table:' or 'query:' under every source")])
    return opened.engine


def open_prepared(path: str | Path) -> ibis.BaseBackend:
    """Open prepared tables, to read only.

    Parameters
    ----------
    path : path
        What `prepare` returned.

    Returns
    -------
    ibis.BaseBackend
        DuckDB that can neither change the tables, nor reach a file or an extension, nor be talked out of that.
    """
    # One thread: with more, sums of floats come out in another order, and a report's last digits with them.
    con = duckdb.connect(":memory:", config={**NO_EXTENSIONS, "threads": 1, **_bounds(Path(path).parent)})
    # Attached, not opened: connections opened to one file share their settings, and these are locked below.
    con.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS prepared (READ_ONLY)")
    con.execute("USE prepared")
    _hide_progress(con)
    backend = ibis.duckdb.from_connection(con)
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return remember_answers(keep_compiled(backend, on_disk=True))


def _bounds(folder: Path) -> dict[str, str]:
    """Memory the engine may take, and where it puts down what is more: cached tables of a large client do not fit."""
    return {"memory_limit": engine_memory(), "temp_directory": str(spill_folder(folder))}


def _hide_progress(con: duckdb.DuckDBPyConnection) -> None:
    """Print no bar between the lines that a command writes; off already, it must not be asked: without widgets that fails."""
    if con.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
        con.execute("SET enable_progress_bar = false")


def _build(place: Path, params: ClientFile, plans: list[SourcePlan], digests: dict[str, str]) -> None:
    with duckdb.connect(str(place), config={**NO_EXTENSIONS, "memory_limit": engine_memory(), "temp_directory": str(place.parent)}) as con:
        con.execute("SET TimeZone = 'UTC'")
        _hide_progress(con)
        create_rejected(con)
        ledger = Ledger()
        problems: list[Problem] = []
        staged: dict[str, list[str]] = {}
        for number, source in enumerate(plans):
            staged.setdefault(source.table.name, []).append(stage(con, source, number, params, ledger, problems))
        if problems:
            raise InputError(problems)
        tables = {name: Staged(TABLES[name], _united(con, name, rows), _names(plans, name)) for name, rows in staged.items()}
        for table in tables.values():
            check_table(con, table, params, ledger)
        check_references(con, tables, params, ledger)
        _write(con, params, plans, tables, ledger, digests)


def _names(plans: list[SourcePlan], table: str) -> dict[int, dict[str, str]]:
    """What the client calls each canonical column, by part."""
    return {
        part: {column.column.name: column.name for column in source.columns}
        for source in plans
        if source.table.name == table
        for part in source.parts
    }


def _united(con: duckdb.DuckDBPyConnection, name: str, staged: list[str]) -> str:
    """One table of all sources of a canonical table."""
    if len(staged) == 1:
        return staged[0]
    con.execute(f"CREATE TEMP TABLE united_{name} AS " + " UNION ALL BY NAME ".join(f"SELECT * FROM {rows}" for rows in staged))
    for rows in staged:
        con.execute(f"DROP TABLE {rows}")
    return f"united_{name}"


def _write(
    con: duckdb.DuckDBPyConnection,
    params: ClientFile,
    plans: list[SourcePlan],
    tables: dict[str, Staged],
    ledger: Ledger,
    digests: dict[str, str],
) -> None:
    """Write the canonical tables in the order of their rows, and all that is known of them."""
    parts = {number: (source.table.name, part) for source in plans for number, part in source.parts.items()}
    kept: dict[int, int] = {}
    for name in (n for n in TABLES if n in tables):
        columns = ", ".join(named(c) for c in TABLES[name].column_names)
        order = "" if _in_order(con, tables[name].rows) else f"ORDER BY {KEY}"
        con.execute(f"CREATE TABLE {named(name)} AS SELECT {columns} FROM {tables[name].rows} {order}")
        kept |= dict(con.sql(f"SELECT _part, count(*) FROM {tables[name].rows} GROUP BY _part").fetchall())
        con.execute(f"DROP TABLE {tables[name].rows}")
    write_inventory(con, {name: [c for c in TABLES[name].column_names if tables[name].has(c)] for name in TABLES if name in tables})
    rejected = dict(
        con.sql(f"SELECT _part, count(DISTINCT (_row, _cell)) FROM failed WHERE action = '{LEFT_OUT}' GROUP BY _part").fetchall()
    )
    blanked = dict(con.sql(f"SELECT _part, count(*) FROM failed WHERE action = '{BLANKED}' GROUP BY _part").fetchall())
    by_label = {label_of(Path(path), params): digest for path, digest in digests.items()}
    con.execute("CREATE TEMP TABLE parts (_part INTEGER, file VARCHAR, sheet VARCHAR)")
    for number, (name, part) in parts.items():
        con.execute("INSERT INTO parts VALUES (?, ?, ?)", (number, part.label, part.sheet))
        add_source(con, _counts(name, part, number, ledger, rejected, blanked, kept, by_label.get(part.label)))
    con.execute(
        f'INSERT INTO {META_SCHEMA}.rejected_rows SELECT f."table", p.file, p.sheet, f._row, f."column", f.value, f.reason, f.action '
        'FROM failed f JOIN parts p USING (_part) ORDER BY f._part, f._row, f."column", f.reason'
    )
    if ledger.checks:
        con.executemany(f"INSERT INTO {META_SCHEMA}.checks VALUES (?, ?, ?, ?, ?, ?)", ledger.checks)
    write_digests(con, [name for name in TABLES if name in tables])
    con.execute("CHECKPOINT")


def _in_order(con: duckdb.DuckDBPyConnection, rows: str) -> bool:
    """Whether rows stand as the files have them, as they mostly do; to see that is quicker than to sort."""
    before = ", ".join(f"lag({key}) OVER () AS {key}_before" for key in KEY.split(", "))
    behind = "(_part_before, _row_before, _cell_before) > (_part, _row, _cell)"
    (n,) = con.sql(f"SELECT count(*) FROM (SELECT {KEY}, {before} FROM {rows}) WHERE {behind}").fetchone()
    return n == 0


def _counts(
    name: str,
    part: Part,
    number: int,
    ledger: Ledger,
    rejected: dict[int, int],
    blanked: dict[int, int],
    kept: dict[int, int],
    digest: str | None,
) -> tuple[object, ...]:
    return (
        name,
        part.label,
        part.sheet,
        ledger.read.get(number, 0),
        ledger.left_out.get(number, 0),
        rejected.get(number, 0),
        ledger.combined.get(number, 0),
        blanked.get(number, 0),
        kept.get(number, 0),
        digest,
    )
