"""A client file that is there already: what newer files add is put in, and no line of the analyst's is touched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cvclib.params import ClientFile, TableSource, load_client_file
from cvclib.proposing.matching import TableProposal
from cvclib.proposing.profiling import PartProfile
from cvclib.proposing.writing import table_lines
from cvclib.sources.files import files_of

_TOP_LEVEL = re.compile(r"[A-Za-z_]\w*\s*:")


@dataclass(frozen=True)
class Renewed:
    """A client file with what newer files add to it.

    Parameters
    ----------
    text : str
    added : tuple of str
        Tables that were put in.
    told : tuple of str
        What has changed otherwise, a sentence each.
    """

    text: str
    added: tuple[str, ...]
    told: tuple[str, ...]


def renewed(con: duckdb.DuckDBPyConnection, place: Path, proposals: Sequence[TableProposal], parts: Sequence[PartProfile]) -> Renewed:
    """Put into a client file what it does not yet say of some files.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Holds the rows, as `profile_files` left them.
    place : Path
        The client file.
    proposals : sequence of TableProposal
    parts : sequence of PartProfile

    Returns
    -------
    Renewed

    Raises
    ------
    InputError
        If the client file cannot be read.
    """
    params = load_client_file(place)
    lines = place.read_text(encoding="utf-8").splitlines()
    known = {name: sources if isinstance(sources, list) else [sources] for name, sources in params.tables.items()}
    covered = {
        part.place: [(name, source) for name, sources in known.items() for source in sources if _reads(source, part, params)]
        for part in parts
    }
    told = [sentence for part in parts for name, source in covered[part.place] for sentence in _changed(part, name, source, lines)]
    new = [proposal for proposal in proposals if not covered[proposal.part.place]]
    added = list(dict.fromkeys(proposal.table for proposal in new if proposal.table not in known))
    for proposal in (one for one in new if one.table in known):
        told.append(
            f"{proposal.part.place} looks like {proposal.table}, which is mapped already: add it to its 'file:', or as a further source."
        )
    proposed = {proposal.part.place for proposal in proposals}
    told += [
        f"{part.place}: nothing was made of it; its columns are those of no canonical table."
        for part in parts
        if part.place not in proposed and not covered[part.place]
    ]
    block = [line for table in added for line in ["", *table_lines(con, table, new, place.parent)]]
    end = _end_of_tables(lines)
    return Renewed("\n".join([*lines[:end], *block, *lines[end:]]) + "\n", tuple(added), tuple(told))


def _reads(source: TableSource, part: PartProfile, params: ClientFile) -> bool:
    """Whether a source of the client file reads a file, and the sheet of it."""
    if source.file is None:
        return False
    patterns = [source.file] if isinstance(source.file, str) else list(source.file)
    if part.path.resolve() not in {path.resolve() for path in files_of(patterns, params, [])}:
        return False
    sheets = source.sheet if isinstance(source.sheet, list) else [source.sheet]
    return (
        part.sheet is None or sheets in ([None], ["*"]) or part.sheet in map(str, sheets) or any(isinstance(sheet, int) for sheet in sheets)
    )


def _changed(part: PartProfile, table: str, source: TableSource, lines: Sequence[str]) -> list[str]:
    """Columns that went, and columns that the client file does not speak of."""
    names = [column.name for column in part.columns]
    mapped = [column if isinstance(column, str) else column.from_ for column in source.columns.values()]
    gone = [name for name in mapped if name is not None and " ".join(name.split()) not in names]
    gone = [name for name in gone if not (source.unpivot and name in (source.unpivot.name_to, source.unpivot.value_to))]
    text = "\n".join(lines)
    new = [name for name in names if name not in text]
    found = [f"{part.place} has no column {name!r} any more, which is mapped to {table}." for name in gone]
    return found + ([f"{part.place} has columns that the client file does not mention: {', '.join(new)}."] if new else [])


def _end_of_tables(lines: Sequence[str]) -> int:
    """The line after the last of ``tables:``, comments above the next key left with that."""
    start = next(i for i, line in enumerate(lines) if re.match(r"tables\s*:", line))
    end = next((i for i in range(start + 1, len(lines)) if _TOP_LEVEL.match(lines[i])), len(lines))
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end
