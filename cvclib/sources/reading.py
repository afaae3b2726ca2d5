"""From files, and tables on an engine, to rows of text in the engine: one raw table for each source of a canonical table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa

from cvclib.errors import InputError, Problem
from cvclib.params import ClientFile, TableSource
from cvclib.sources.casting import cleaned, named, quoted
from cvclib.sources.files import POSTGRES, SPARK, engine_file, files_of, label_of, listed
from cvclib.sources.text import BLOCK_BYTES, LONGEST_ROW_BYTES, Malformed, TextFile, batches, read_header, told_apart
from cvclib.sources.workbook import SUFFIXES, Sheet, read_sheet, sheet_names
from cvclib.spelling import did_you_mean

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
FLOATS = ("FLOAT", "DOUBLE", "REAL")
NUMBERS = (*FLOATS, "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "DECIMAL")
LARGEST_EXACT = 2**53  # whole numbers up to here are exact as floating-point numbers


@dataclass(frozen=True)
class Part:
    """A file, a sheet of one, or a table on the engine: what its columns are, and how to get at its rows.

    Parameters
    ----------
    label : str
        The file as the reader knows it.
    sheet : str or None
    columns : tuple of str
    relation : callable
        Given a connection and a `Malformed` to fill, the SQL of a relation with ``_row`` and ``c0``, ``c1``, … as text.
    numbers : frozenset of str
        Columns that are numbers already, and so have a decimal point.
    typed : bool
        Whether cells have types, so that dates come as ISO dates.
    """

    label: str
    sheet: str | None
    columns: tuple[str, ...]
    relation: Callable[[duckdb.DuckDBPyConnection, Malformed], str]
    numbers: frozenset[str] = frozenset()
    typed: bool = False

    @property
    def place(self) -> str:
        """The part, as a message names it."""
        return f"{self.label}, sheet {self.sheet!r}" if self.sheet is not None else self.label


@dataclass
class Opened:
    """What was opened for one preparation: workbooks are read once, however many tables come from them."""

    params: ClientFile
    sheets: dict[tuple[Path, str, int], Sheet | str] = field(default_factory=dict)
    names: dict[Path, list[str] | str] = field(default_factory=dict)
    engine: ibis.BaseBackend | None = None
    out_of_reach: bool = False  # it was tried to connect to it

    def close(self) -> None:
        """Leave the client's own engine, if one was reached."""
        if self.engine is not None:
            self.engine.disconnect()


def parts_of(source: TableSource, where: str, opened: Opened, problems: list[Problem]) -> list[Part]:
    """Open the files, sheets or table of a source as far as their columns; what cannot be opened goes into `problems`."""
    if source.file is None:
        return _from_engine(source, where, opened, problems)
    patterns = [source.file] if isinstance(source.file, str) else list(source.file)
    found: list[Part] = []
    for path in files_of(patterns, opened.params, problems):
        label = label_of(path, opened.params)
        if path.stat().st_size == 0:
            problems.append(Problem(label, "an empty file", "a table with column names", "Export it anew."))
            continue
        suffix = path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
        if suffix in SUFFIXES:
            found += _sheets(path, label, source, opened, problems)
        elif suffix == ".parquet":
            found += _parquet(path, label, problems)
        elif suffix in JSON_SUFFIXES:
            found += _json(path, label, problems)
        else:
            found += _delimited(path, label, source, problems)
    return found


def _delimited(path: Path, label: str, source: TableSource, problems: list[Problem]) -> list[Part]:
    try:
        file = read_header(path, encoding=source.encoding, delimiter=source.delimiter, header_row=source.header_row)
    except LookupError:
        problems.append(
            Problem(label, f"encoding {source.encoding!r}", "the name of an encoding", "Try utf-8, utf-16 or cp1252, or leave it out.")
        )
    except UnicodeError:
        problems.append(
            Problem(
                label, f"text that is not {source.encoding or 'UTF-8'}", "text in that encoding", "Leave 'encoding' out to have it found."
            )
        )
    except (EOFError, OSError) as error:
        problems.append(Problem(label, f"a file that cannot be read ({type(error).__name__})", "a readable file", "Export it anew."))
    except ValueError:
        problems.append(Problem(label, f"no column names in row {source.header_row}", "a row of column names", "See 'header_row'."))
    else:
        return [Part(label, None, file.columns, lambda con, malformed: _text_rows(con, file, malformed))]
    return []


def _text_rows(con: duckdb.DuckDBPyConnection, file: TextFile, malformed: Malformed) -> str:
    block = BLOCK_BYTES
    while True:
        try:
            with batches(file, malformed, block=block) as rows:
                con.register("arriving", rows)
                con.execute("CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM arriving")
            return "arrived"
        except (duckdb.Error, pa.ArrowException) as error:
            if "straddling" not in str(error) or block > LONGEST_ROW_BYTES:
                raise UnicodeError("text that is not in the file's encoding") from error
            malformed.rows.clear()
            malformed.reasons.clear()
            block *= 8
        finally:
            con.unregister("arriving")


def _sheets(path: Path, label: str, source: TableSource, opened: Opened, problems: list[Problem]) -> list[Part]:
    if path not in opened.names:
        try:
            opened.names[path] = sheet_names(path)
        except Exception as error:  # calamine raises classes of its own, and panics on some broken files
            opened.names[path] = type(error).__name__
    names = opened.names[path]
    if isinstance(names, str):
        problems.append(Problem(label, f"a workbook that cannot be read ({names})", "a workbook without password", "Save it anew as xlsx."))
        return []
    parts = []
    for name in _wanted(names, label, source, problems):
        key = (path, name, source.header_row)
        if key not in opened.sheets:
            try:
                opened.sheets[key] = read_sheet(path, name, source.header_row)
            except ValueError as error:
                opened.sheets[key] = str(error)
        sheet = opened.sheets[key]
        if isinstance(sheet, str):
            if source.sheet != "*":  # of all sheets, the empty ones hold nothing to miss
                problems.append(Problem(f"{label}, sheet {name!r}", sheet, "a row of column names", "See 'header_row'."))
            continue
        parts.append(Part(label, name, sheet.columns, _registered(sheet.table), sheet.numbers, typed=True))
    return parts


def _wanted(names: list[str], label: str, source: TableSource, problems: list[Problem]) -> list[str]:
    if source.sheet == "*":
        return names
    asked = [0] if source.sheet is None else source.sheet if isinstance(source.sheet, list) else [source.sheet]
    wanted = []
    for sheet in asked:
        if isinstance(sheet, int) and source.sheet is not None and str(sheet) in names:
            wanted.append(str(sheet))
        elif isinstance(sheet, int) and sheet <= len(names) and (sheet >= 1 or source.sheet is None):
            wanted.append(names[max(sheet - 1, 0)])
        elif sheet in names:
            wanted.append(str(sheet))
        else:
            problems.append(
                Problem(
                    label,
                    f"no sheet {sheet!r}",
                    f"one of its sheets: {listed(names)}",
                    did_you_mean(str(sheet), names) if isinstance(sheet, str) else "",
                )
            )
    return wanted


def _registered(table: pa.Table) -> Callable[[duckdb.DuckDBPyConnection, Malformed], str]:
    def relation(con: duckdb.DuckDBPyConnection, _: Malformed) -> str:
        con.register("arriving", table)
        con.execute("CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM arriving")
        con.unregister("arriving")
        return "arrived"

    return relation


def _parquet(path: Path, label: str, problems: list[Problem]) -> list[Part]:
    rows = f"read_parquet({quoted(str(path))}, file_row_number = true)"
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as con:
            types = {name: kind for name, kind, *_ in con.sql(f"DESCRIBE SELECT * FROM {rows}").fetchall()}
    except duckdb.Error:
        problems.append(Problem(label, "a file that is no Parquet file", "a Parquet file", "Export it anew."))
        return []
    del types["file_row_number"]
    return [_typed(label, types, rows, "file_row_number + 2")]


def _typed(label: str, types: dict[str, str], rows: str, number: str) -> Part:
    texts = ", ".join(f"{_as_text(named(name), kind)} AS c{i}" for i, (name, kind) in enumerate(types.items()))
    query = f"(SELECT {number} AS _row, {texts} FROM {rows})"
    numbers = frozenset(name for name, kind in types.items() if kind.split("(")[0] in NUMBERS)
    return Part(label, None, told_apart(list(types)), lambda con, _: query, numbers, typed=True)


def _as_text(column: str, kind: str) -> str:
    if kind in FLOATS:
        whole = f"{column} = trunc({column}) AND abs({column}) < {LARGEST_EXACT}"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    return f"CAST({column} AS VARCHAR)"


def _json(path: Path, label: str, problems: list[Problem]) -> list[Part]:
    kind = "auto" if path.name.lower().removesuffix(".gz").endswith(".json") else "newline_delimited"
    rows = f"read_json_objects({quoted(str(path))}, format = '{kind}', ignore_errors = {kind != 'auto'})"
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as con:
            keys = con.sql(
                f"SELECT key, min(place) FROM (SELECT unnest(json_keys(json)) AS key, generate_subscripts(json_keys(json), 1) AS place "
                f"FROM {rows} WHERE json_type(json) = 'OBJECT') GROUP BY key ORDER BY 2, 1"
            ).fetchall()
    except duckdb.Error:
        keys = []
    if not keys:
        problems.append(Problem(label, "no records", "one JSON object a line", "Export it as JSON lines."))
        return []
    columns = tuple(key for key, _ in keys)
    pointers = (quoted('$."' + key.replace('"', '\\"') + '"') for key in columns)
    texts = ", ".join(f"json_extract_string(json, {pointer}) AS c{i}" for i, pointer in enumerate(pointers))

    def relation(con: duckdb.DuckDBPyConnection, malformed: Malformed) -> str:
        con.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT row_number() OVER () AS _row, {texts}, json FROM {rows}")
        broken = con.sql("SELECT _row FROM arrived WHERE coalesce(json_type(json), '') <> 'OBJECT' ORDER BY _row").fetchall()
        malformed.rows += [row for (row,) in broken]
        malformed.reasons += ["the line is no JSON object"] * len(broken)
        con.execute("DELETE FROM arrived WHERE coalesce(json_type(json), '') <> 'OBJECT'")
        return "arrived"

    return [Part(label, None, told_apart(list(columns)), relation, typed=False)]


def _from_engine(source: TableSource, where: str, opened: Opened, problems: list[Problem]) -> list[Part]:
    label = f"table {source.table}" if source.table is not None else "query"
    if opened.params.engine == "duckdb":
        problems.append(
            Problem(where, f"{label!r}", "'file:', as the client file names no other engine", "Give its address under 'engine:'.")
        )
        return []
    database = engine_file(opened.params)
    if database and not database.is_file():
        problems.append(Problem(where, f"no database file {database.name!r}", "the file that 'engine:' names, relative to the client file"))
        return []
    if not _reached(opened, problems):
        return []
    try:
        if source.table is not None:
            names = opened.engine.list_tables()
            if source.table not in names:
                problems.append(
                    Problem(where, f"no table {source.table!r} on the engine", "one that is there", did_you_mean(source.table, names))
                )
                return []
            table = opened.engine.table(source.table)
        else:
            table = opened.engine.sql(source.query)
        columns = tuple(table.columns)
    except Exception as error:  # whatever the engine raises; its text may hold the address, and so is not shown
        problems.append(
            Problem(where, f"an engine that gives no answer ({type(error).__name__})", "a table to read", "See 'engine:' and the query.")
        )
        return []

    def relation(con: duckdb.DuckDBPyConnection, _: Malformed) -> str:
        reader = table.to_pyarrow_batches()
        con.register("arriving", reader)
        con.execute("CREATE OR REPLACE TEMP TABLE arriving_rows AS SELECT row_number() OVER () + 1 AS _row, * FROM arriving")
        con.unregister("arriving")
        types = {name: kind for name, kind, *_ in con.sql("DESCRIBE arriving_rows").fetchall() if name != "_row"}
        return _typed(label, types, "arriving_rows", "_row").relation(con, Malformed())

    numbers = frozenset(name for name, kind in table.schema().items() if kind.is_numeric())
    return [Part(label, None, told_apart(list(columns)), relation, numbers, typed=True)]


def _reached(opened: Opened, problems: list[Problem]) -> bool:
    """Connect to the client's engine where that is not yet done; what hinders is told once, however many tables it holds."""
    if opened.engine is not None or opened.out_of_reach:
        return opened.engine is not None
    opened.out_of_reach = True
    try:
        opened.engine = _connected(opened.params)
    except ImportError as error:
        extra = "postgres" if str(opened.params.engine).startswith(POSTGRES) else "spark"
        fix = f"Install it: pip install 'cvclib[{extra}]'."
        problems.append(Problem("engine", f"an engine whose driver is not installed ({error.name})", f"the extra {extra!r}", fix))
    except InputError as error:
        problems.extend(error.problems)
    except Exception as error:  # whatever the engine raises; its text may hold the address, and so is not shown
        found = f"an engine that gives no answer ({type(error).__name__})"
        problems.append(Problem("engine", found, "one that can be reached", "See its address, that it runs, and who may read it."))
    return opened.engine is not None


def _connected(params: ClientFile) -> ibis.BaseBackend:
    path = engine_file(params)
    scheme = str(params.engine).partition("://")[0]
    if scheme in POSTGRES:
        from cvclib.sources import staying  # needs the extra 'postgres'

        return staying.connect(str(params.engine), params.timezone)
    if scheme in SPARK:
        from cvclib.sources import spark  # needs the extra 'spark'

        return spark.connect(str(params.engine), params.timezone)
    if path is None:
        return ibis.connect(str(params.engine))
    if str(params.engine).startswith("duckdb"):
        return ibis.duckdb.connect(path, read_only=True, autoinstall_known_extensions=False, autoload_known_extensions=False)
    return ibis.sqlite.connect(path)


@dataclass(frozen=True)
class Raw:
    """The rows of a source as text in the engine.

    Parameters
    ----------
    table : str
        Its name: columns ``_part``, ``_row`` and, for each name in `columns`, ``r0``, ``r1``, …; blanks are NULL, rows
        without a filled cell left out.
    columns : tuple of str
        Names of all columns of all parts.
    malformed : dict of int to Malformed
        What was no row, by part.
    """

    table: str
    columns: tuple[str, ...]
    malformed: dict[int, Malformed]


def all_columns(parts: Iterable[Part]) -> tuple[str, ...]:
    """Names of the columns of all parts, each once, in the order met."""
    return tuple(dict.fromkeys(name for part in parts for name in part.columns))


def load(
    con: duckdb.DuckDBPyConnection,
    name: str,
    parts: dict[int, Part],
    used: Collection[str],
    blanks: Callable[[str], Iterable[str]],
    problems: list[Problem],
) -> Raw:
    """Read the rows of all parts of a source into a raw table.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    name : str
        Name that the table gets.
    parts : dict of int to Part
        The parts by number.
    used : collection of str
        Columns that are looked at; the others are only carried along, to tell blank rows and rows that come twice.
    blanks : callable
        Given the name of a column, the texts that stand for a blank in it.
    problems : list of Problem
        Gets the files that cannot be read to the end.
    """
    columns = all_columns(parts.values())
    width = ", ".join(f"r{i} VARCHAR" for i in range(len(columns)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} (_part INTEGER, _row BIGINT, {width})")
    malformed = {}
    for number, part in parts.items():
        malformed[number] = Malformed()
        try:
            relation = part.relation(con, malformed[number])
        except UnicodeError:
            problems.append(
                Problem(
                    part.place, "text that is not in the encoding stated", "text in that encoding", "Leave 'encoding' out to have it found."
                )
            )
            continue
        texts = []
        for column in columns:
            cell = f"c{part.columns.index(column)}" if column in part.columns else "NULL"
            texts.append(cleaned(cell, blanks(column)) if column in used else f"nullif({cell}, '')")
        con.execute(f"INSERT INTO {name} SELECT {number}, _row, {', '.join(texts)} FROM {relation}")
    empty = f"coalesce({', '.join(f'r{i}' for i in range(len(columns)))}) IS NULL"
    con.execute(f"DELETE FROM {name} WHERE {empty}")
    for left_over in ("arrived", "arriving_rows", "looked_from", "looked_up"):
        con.execute(f"DROP TABLE IF EXISTS {left_over}")
    return Raw(name, columns, malformed)
