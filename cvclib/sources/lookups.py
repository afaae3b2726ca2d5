"""Columns looked up in a second file by a key: lead and deal, order line and order, account and customer.

A row never becomes two: of several rows with a key the first is taken.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from cvclib.errors import Problem
from cvclib.params import Lookup, TableSource
from cvclib.sources.casting import trimmed
from cvclib.sources.reading import Opened, Part, parts_of
from cvclib.sources.text import Malformed
from cvclib.spelling import did_you_mean

LEFT, RIGHT = "looked_from", "looked_up"  # temporary tables


def with_lookups(parts: list[Part], spec: TableSource, where: str, opened: Opened, problems: list[Problem]) -> list[Part]:
    """The parts of a source with the columns that its lookups add, each lookup seeing those of the ones before it.

    Parameters
    ----------
    parts : list of Part
    spec : TableSource
    where : str
        The place in the client file, for messages.
    opened : Opened
    problems : list of Problem
        Gets what cannot be opened, and keys that are not there.

    Returns
    -------
    list of Part
        The same parts, wider. A column that both files have is the first file's.
    """
    for i, lookup in enumerate(spec.lookup, start=1):
        place = f"{where}.lookup {i}"
        read_as = TableSource(
            file=lookup.file,
            sheet=lookup.sheet,
            encoding=lookup.encoding,
            delimiter=lookup.delimiter,
            header_row=lookup.header_row,
            columns={},
        )
        before = len(problems)
        others = parts_of(read_as, place, opened, problems)
        if len(problems) > before:
            continue
        if len(others) != 1:
            problems.append(Problem(place, f"{len(others)} files or sheets", "one to look up in", "Name one file, and one sheet."))
            continue
        parts = [_widened(part, others[0], lookup, problems) for part in parts]
    return parts


def _widened(part: Part, other: Part, lookup: Lookup, problems: list[Problem]) -> Part:
    ours, theirs = " ".join(lookup.by.split()), " ".join((lookup.key or lookup.by).split())
    for side, name in ((part, ours), (other, theirs)):
        if name not in side.columns:
            problems.append(
                Problem(side.place, f"no column {name!r}", "the key of a lookup", did_you_mean(name, side.columns, "Its columns are"))
            )
    if ours not in part.columns or theirs not in other.columns:
        return part
    gained = [name for name in other.columns if name not in part.columns]

    def relation(con: duckdb.DuckDBPyConnection, malformed: Malformed) -> str:
        own = _key(f"c{part.columns.index(ours)}")
        # The key is made a column first: a join on an expression with a condition beside it compares every row with every other.
        con.execute(f"CREATE OR REPLACE TEMP TABLE {LEFT} AS SELECT *, {own} AS _key FROM {part.relation(con, malformed)}")
        key = _key(f"c{other.columns.index(theirs)}")
        columns = ", ".join([f"{key} AS _key", *(f"c{other.columns.index(name)} AS d{i}" for i, name in enumerate(gained))])
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {RIGHT} AS SELECT {columns} FROM {other.relation(con, Malformed())} "
            f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _row) = 1"
        )
        width = len(part.columns)
        cells = ", ".join([f"l.c{i}" for i in range(width)] + [f"r.d{i} AS c{width + i}" for i in range(len(gained))])
        return f"(SELECT l._row, {cells} FROM {LEFT} l LEFT JOIN {RIGHT} r ON l._key = r._key)"

    return replace(
        part,
        columns=(*part.columns, *gained),
        relation=relation,
        numbers=part.numbers | (other.numbers & set(gained)),
        typed=part.typed or other.typed,
    )


def _key(text: str) -> str:
    """A key without spaces around it; an empty one is none, and finds nothing."""
    return f"nullif({trimmed(text)}, '')"
