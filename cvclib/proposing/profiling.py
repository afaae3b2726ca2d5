"""What the columns of files look like: counted in the engine, each file read once."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from cvclib.errors import InputError, Problem
from cvclib.params import ClientFile, TableSource
from cvclib.proposing.layout import Layout, find_header, is_total
from cvclib.sources.casting import BLANKS, Order, cleaned, formats_of_shape, number, shapes, sniff_decimals, sniff_times, time
from cvclib.sources.reading import Opened, Part, parts_of
from cvclib.sources.text import DELIMITERS, SAMPLE_BYTES, Malformed, open_bytes, sniff_encoding
from cvclib.sources.workbook import SUFFIXES, sheet_names, sheet_rows

MOST_VALUES = 60  # of a column that are remembered by name
LAST_ROWS = 5  # looked at for totals
ROWS_LOOKED_AT = 20_000  # evenly over the file, for what values look like
FEWEST_LOOKED_AT = 200  # cells; a column that is rarely filled is looked at whole
_EMAIL = r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"
_PHONE = r"^\+?[0-9][0-9 ()./-]{6,18}[0-9]$"


@dataclass(frozen=True)
class ColumnProfile:
    """What a column holds.

    Parameters
    ----------
    name : str
    n_rows, n_filled, n_distinct : int
        Rows, cells that are no blank, values that differ.
    whole, number, time, email, phone : float
        Share of the filled cells that can be read as such, 0 to 1.
    low, high : float or None
        Of the numbers.
    values : tuple of str
        All values, the commonest first, where there are few.
    length : float
        Characters of a filled cell, the mean.
    decimal : str
        The decimal mark that the values tell; empty where none does.
    date_format : str
        As strptime has it; empty for ISO dates or where there are none.
    unsure_dates : int
        Dates that could be day/month or month/day, where the column does not tell.
    first, last : date or None
        Of the dates.
    """

    name: str
    n_rows: int
    n_filled: int
    n_distinct: int
    whole: float = 0.0
    number: float = 0.0
    time: float = 0.0
    email: float = 0.0
    phone: float = 0.0
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    length: float = 0.0
    decimal: str = ""
    date_format: str = ""
    unsure_dates: int = 0
    first: date | None = None
    last: date | None = None

    @property
    def unique(self) -> float:
        """Share of the filled cells whose value stands first there."""
        return self.n_distinct / self.n_filled if self.n_filled else 0.0

    @property
    def filled(self) -> float:
        """Share of the rows that fill it."""
        return self.n_filled / self.n_rows if self.n_rows else 0.0


@dataclass(frozen=True)
class PartProfile:
    """A file, or a sheet of one: how it is written and what its columns hold.

    Parameters
    ----------
    path : Path
    sheet : str or None
    layout : Layout
    encoding, delimiter : str
        Empty where the file says so itself.
    n_rows : int
    columns : tuple of ColumnProfile
    totals : tuple of str
        First cells of rows at the end that are sums of others.
    rows : str
        The engine's table of them, columns ``c0``, ``c1``, …, blanks NULL.
    """

    path: Path
    sheet: str | None
    layout: Layout
    encoding: str
    delimiter: str
    n_rows: int
    columns: tuple[ColumnProfile, ...]
    totals: tuple[str, ...]
    rows: str

    @property
    def place(self) -> str:
        """The part, as a message names it."""
        return f"{self.path.name}, sheet {self.sheet!r}" if self.sheet is not None else self.path.name

    def __getitem__(self, name: str) -> ColumnProfile:
        return next(column for column in self.columns if column.name == name)

    def place_of(self, name: str) -> str:
        """The engine's column."""
        return f"c{[column.name for column in self.columns].index(name)}"


def profile_files(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> list[PartProfile]:
    """Read files into an engine and look at their columns.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Holds their rows afterwards, one table a file or sheet.
    paths : sequence of Path

    Returns
    -------
    list of PartProfile
        In the order of the files; empty sheets are passed over.

    Raises
    ------
    InputError
        If a file cannot be read; names all that cannot.
    """
    found: list[PartProfile] = []
    problems: list[Problem] = []
    for path in paths:
        for sheet, layout, delimiter in _layouts(path):
            source = TableSource(
                file=str(path), sheet=sheet, header_row=max(layout.header_row, 1), delimiter=delimiter or None, columns={"customer_id": "?"}
            )
            params = ClientFile.model_construct(client="?", tables={})
            unread: list[Problem] = []
            for part in parts_of(source, path.name, Opened(params), unread):
                found.append(_profile(con, part, path, layout, delimiter, f"part_{len(found)}"))
            if unread and not layout.header_row:  # without column names there is nothing to propose; the others are read
                found.append(PartProfile(path, sheet, layout, "", delimiter, 0, (), (), ""))
            else:
                problems += unread
    if problems:
        raise InputError(problems)
    return found


def _layouts(path: Path) -> list[tuple[str | None, Layout, str]]:
    """Sheet, layout and delimiter of each table of a file."""
    suffix = path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if suffix in SUFFIXES:
        rows = {name: sheet_rows(path, name) for name in sheet_names(path)}
        return [(name, find_header(cells), "") for name, cells in rows.items() if len(cells) > 1]
    if suffix in (".parquet", ".json", ".jsonl", ".ndjson"):
        return [(None, Layout(1), "")]
    rows, delimiter = _text_rows(path)
    return [(None, find_header(rows), delimiter)]


def _text_rows(path: Path) -> tuple[list[list[str]], str]:
    """First rows of a text file with the delimiter that splits most of them alike, whatever stands above the table."""
    with open_bytes(path) as stream:
        start = stream.read(SAMPLE_BYTES)
    text = codecs.getincrementaldecoder(sniff_encoding(path))().decode(start).removeprefix("\ufeff")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    best: tuple[float, list[list[str]], str] = (0.0, [[line] for line in text.split("\n")[:200]], "")
    for delimiter in DELIMITERS:
        rows = _split(text, delimiter)
        widths = [len(row) for row in rows if len(row) > 1]
        if widths:
            usual = max(set(widths), key=widths.count)
            evidence = widths.count(usual) / len(rows) * min(usual, 50) ** 0.5
            best = max(best, (evidence, rows, delimiter), key=lambda found: found[0])
    return best[1], best[2]


def _split(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    csv.field_size_limit(SAMPLE_BYTES * 4)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > 200:
                break
    except csv.Error:
        pass  # the sample may end within quotation marks; the rows before it do
    return rows


def _profile(con: duckdb.DuckDBPyConnection, part: Part, path: Path, layout: Layout, delimiter: str, rows: str) -> PartProfile:
    relation = part.relation(con, Malformed())
    texts = ", ".join(f"{cleaned(f'c{i}', BLANKS)} AS c{i}" for i in range(len(part.columns)))
    con.execute(f"CREATE OR REPLACE TABLE {rows} AS SELECT _row, {texts} FROM {relation}")
    totals = _drop_totals(con, rows, len(part.columns))
    (n,) = con.sql(f"SELECT count(*) FROM {rows}").fetchone()
    columns = _settled(con, rows, [_column(con, rows, f"c{i}", name, n, part) for i, name in enumerate(part.columns)])
    encoding = "" if part.typed or part.sheet else sniff_encoding(path)
    return PartProfile(path, part.sheet, layout, encoding, delimiter, n, columns, totals, rows)


def _settled(con: duckdb.DuckDBPyConnection, rows: str, columns: Sequence[ColumnProfile]) -> tuple[ColumnProfile, ...]:
    """Dates of one column that could be either way are read as those of another column of the same file, where those tell."""
    orders = {order_of(column.date_format) for column in columns if column.date_format and not column.unsure_dates} - {None}
    if len(orders) != 1:
        return tuple(columns)
    (hint,) = orders
    found = []
    for i, column in enumerate(columns):
        if column.unsure_dates:
            times = sniff_times(con, rows, f"c{i}", None, hint=hint)
            first, last = con.sql(f"SELECT min(t)::DATE, max(t)::DATE FROM (SELECT {time(f'c{i}', times)} AS t FROM {rows})").fetchone()
            column = replace(column, date_format=times.formats[0], unsure_dates=0, first=first, last=last)
        found.append(column)
    return tuple(found)


def order_of(date_format: str) -> Order | None:
    """Which of day and month stands first in a format; None where the year does, or the month is a word.

    Examples
    --------
    >>> order_of("%d/%m/%Y"), order_of("%m-%d-%Y %H:%M"), order_of("%Y-%m-%d")
    ('day first', 'month first', None)
    """
    day, month, year = (date_format.find(part) for part in ("%d", "%m", "%Y"))
    if min(day, month) < 0 or 0 <= year < min(day, month):
        return None
    return "day first" if day < month else "month first"


def _drop_totals(con: duckdb.DuckDBPyConnection, rows: str, width: int) -> tuple[str, ...]:
    """Take sums out of the last rows; their first cells."""
    cells = ", ".join(f"c{i}" for i in range(width))
    last = con.sql(f"SELECT _row, {cells} FROM {rows} ORDER BY _row DESC LIMIT {LAST_ROWS}").fetchall()
    sums = [(row, next(cell for cell in texts if cell)) for row, *texts in last if is_total([text or "" for text in texts])]
    if sums:
        con.execute(f"DELETE FROM {rows} WHERE _row IN ({', '.join(str(row) for row, _ in sums)})")
    return tuple(dict.fromkeys(first for _, first in sums))


def _column(con: duckdb.DuckDBPyConnection, rows: str, place: str, name: str, n: int, part: Part) -> ColumnProfile:
    """What a column holds: how often it is filled and which dates there are from all rows, what values look like from some of each hundred."""
    filled, distinct = con.sql(f"SELECT count({place}), count(DISTINCT {place}) FROM {rows}").fetchone()
    if not filled:
        return ColumnProfile(name, n, 0, 0)
    some = f"(SELECT {place} FROM {rows} WHERE {place} IS NOT NULL AND _row % {1 + n // ROWS_LOOKED_AT} = 0)"
    seen = con.sql(f"SELECT count(*) FROM {some}").fetchone()[0]
    if seen < FEWEST_LOOKED_AT:
        some, seen = f"(SELECT {place} FROM {rows} WHERE {place} IS NOT NULL)", filled
    decimals = sniff_decimals(con, some, place)
    mark = "." if name in part.numbers else decimals.mark or "."
    length, email, phone, numbers, whole, low, high = con.sql(
        f"SELECT avg(strlen({place})), avg(regexp_matches({place}, '{_EMAIL}')::INT), avg(regexp_matches({place}, '{_PHONE}')::INT), "
        f"count(v) / count(*), count(v) FILTER (v = trunc(v)) / count(*), min(v), max(v) FROM (SELECT *, {number(place, mark)} AS v FROM {some})"
    ).fetchone()
    dated = sum(count for shape, count in shapes(con, some, place) if formats_of_shape(shape) not in ("", "serial")) / seen
    times = sniff_times(con, rows, place, None) if dated > 0.5 else None  # of all rows: one 13th settles which is the day
    first = last = None
    if times is not None:
        first, last = con.sql(f"SELECT min(t)::DATE, max(t)::DATE FROM (SELECT {time(place, times)} AS t FROM {rows})").fetchone()
    values = ()
    if distinct <= MOST_VALUES:
        counted = con.sql(f"SELECT {place} FROM {rows} WHERE {place} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1").fetchall()
        values = tuple(value for (value,) in counted)
    return ColumnProfile(
        name, n, filled, distinct, whole, numbers, dated, email, phone, low, high, values, length,
        "" if part.typed else decimals.mark or "", "" if times is None or part.typed or not times.formats else times.formats[0],
        times.unsure if times else 0, first, last,
    )  # fmt: skip
