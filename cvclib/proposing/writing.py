"""A proposed client file as text: what is sure is active, what is doubtful stands as a comment with its reason and what else it could be."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import yaml

from cvclib.proposing.composing import quoted_name
from cvclib.proposing.matching import BY_HAND, ColumnProposal, TableProposal
from cvclib.proposing.profiling import ColumnProfile, PartProfile
from cvclib.tables import TABLES, Column

FALLBACK_CURRENCY = "EUR"
TIME_COLUMNS = {"orders": "ordered_at", "interactions": "at", "tickets": "opened_at", "leads": "created_at", "survey": "responded_at"}
NEARLY_WHOLE_DAYS = 3  # before the month's end, on which nothing needs to have happened: a weekend and a holiday
# What a column's name or its amounts say; a crown or a dollar alone is that of several countries.
CURRENCIES = {"EUR": "€|EUR|Euro", "GBP": "£|GBP", "USD": r"US\$|USD|\$", "CHF": "CHF", "SEK": "SEK", "NOK": "NOK", "DKK": "DKK", "BRL": r"R\$|BRL",
              "PLN": "zł|PLN"}  # fmt: skip
CROWNS = "SEK, NOK or DKK"
_SHOWN_ENCODINGS = {"cp1252": "windows-1252"}
_AS_USUAL = {"", "utf-8", "utf-8-sig"}


@dataclass(frozen=True)
class Source:
    """Files or sheets of one form that fill one canonical table."""

    proposals: tuple[TableProposal, ...]
    repeated: int = 0

    @property
    def first(self) -> TableProposal:
        """The one whose columns are told."""
        return self.proposals[0]


def client_file_text(
    con: duckdb.DuckDBPyConnection, name: str, proposals: Sequence[TableProposal], parts: Sequence[PartProfile], folder: Path
) -> str:
    """A client file, as text.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Holds the rows, as `profile_files` left them.
    name : str
        The client's name.
    proposals : sequence of TableProposal
    parts : sequence of PartProfile
        All that was looked at, also what nothing was made of.
    folder : Path
        Where the client file will stand; paths in it are relative to that.

    Returns
    -------
    str
        YAML: active where sure, comments elsewhere.
    """
    period, why = _period(con, proposals)
    currency, told = _currency(con, proposals)
    lines = [
        "# yaml-language-server: $schema=../schema/client.schema.json",
        f"# Proposed by 'cvc init' from {len({part.path for part in parts})} files. What is active was sure; what was not is a comment, with the reason.",
        "",
        f"client: {scalar(name)}",
        f"currency: {currency}  # {told}",
        f"period: {{start: {period[0]}, end: {period[1]}}}  # {why}",
        "",
        "tables:",
    ]
    for table, sources in _by_table(con, proposals).items():
        lines += ["", *_table(table, sources, folder)]
    used = {proposal.part.place for proposal in proposals}
    for part in (part for part in parts if part.place not in used):
        lines += ["", *_left(part)]
    return "\n".join(lines) + "\n"


def table_lines(con: duckdb.DuckDBPyConnection, table: str, proposals: Sequence[TableProposal], folder: Path) -> list[str]:
    """The lines of one canonical table.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    table : str
    proposals : sequence of TableProposal
        Those for other tables are passed over.
    folder : Path
        Where the client file stands.
    """
    return _table(table, _by_table(con, proposals)[table], folder)


def scalar(text: str) -> str:
    """A text as YAML has it, in quotes only where it needs them.

    Examples
    --------
    >>> scalar("Klant sinds"), scalar("Yes"), scalar("a: b")
    ('Klant sinds', "'Yes'", "'a: b'")
    """
    return yaml.safe_dump(text, allow_unicode=True, width=10_000, default_flow_style=True).removesuffix("...\n").strip()


def _period(con: duckdb.DuckDBPyConnection, proposals: Sequence[TableProposal]) -> tuple[tuple[date, date], str]:
    """The last twelve whole months of the tables that happen in time."""
    ends: list[tuple[date, str]] = []
    for proposal in proposals:
        wanted = TIME_COLUMNS.get(proposal.table)
        for column in (one for one in proposal.columns if one.column == wanted):
            profile = proposal.part[column.name]
            if profile.last is not None:
                ends.append((profile.last, f"{proposal.part.place}, column {column.name!r}"))
    if not ends:
        today = date(2025, 12, 31)
        return (date(today.year, 1, 1), today), "no file tells it: put in the period of the report"
    last, place = max(ends)
    following = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    whole = (following - last).days - 1 <= NEARLY_WHOLE_DAYS
    end = following - timedelta(days=1) if whole else last.replace(day=1) - timedelta(days=1)
    start = (end + timedelta(days=1)).replace(year=(end + timedelta(days=1)).year - 1)
    nearly = " and so nearly fills its month" if end > last else ""
    return (start, end), f"the last twelve whole months of {place}, which ends on {last}{nearly}; compared with the twelve before"


def _currency(con: duckdb.DuckDBPyConnection, proposals: Sequence[TableProposal]) -> tuple[str, str]:
    """The currency that the names of columns of money or the amounts in them tell, and how it is told."""
    for proposal in proposals:
        money = [one.name for one in proposal.columns if TABLES[proposal.table][one.column].type == "money"]
        for name in money:
            values = con.sql(f"SELECT DISTINCT {proposal.part.place_of(name)} FROM {proposal.part.rows} LIMIT 200").fetchall()
            for text, what in ((name, "its name"), (" ".join(str(value) for (value,) in values), "its amounts")):
                if sign := re.search(r"(?<![a-z])kr(?![a-z])", text, re.IGNORECASE):
                    return FALLBACK_CURRENCY, f"column {name!r} of {proposal.part.place} is in {sign[0]}: put in {CROWNS}"
                if code := _code(text):
                    verb = "says" if what == "its name" else "say"
                    doubt = "; change it where it is another dollar" if code == "USD" else ""
                    return code, f"column {name!r} of {proposal.part.place}: {what} {verb} so{doubt}"
    return FALLBACK_CURRENCY, "no file tells it; change it where it is another"


def _code(text: str) -> str:
    """The currency that a text names.

    Examples
    --------
    >>> _code("Betrag in EUR"), _code("R$ 12,50"), _code("Neuro")
    ('EUR', 'BRL', '')
    """
    signs = sorted(((sign, code) for code, listed in CURRENCIES.items() for sign in listed.split("|")), key=lambda pair: -len(pair[0]))
    return next((code for sign, code in signs if re.search(rf"(?<![A-Za-z]){sign}(?![A-Za-z])", text)), "")


def _by_table(con: duckdb.DuckDBPyConnection, proposals: Sequence[TableProposal]) -> dict[str, list[Source]]:
    """Sources by table, in the order of the canonical tables; files and sheets of one form are one source."""
    found: dict[str, list[Source]] = {}
    for table in TABLES:
        sources: list[Source] = []
        for proposal in (one for one in proposals if one.table == table):
            form = _form(proposal)
            alike = next((i for i, source in enumerate(sources) if _form(source.first) == form), None)
            if alike is None:
                sources.append(Source((proposal,)))
            else:
                before = sources[alike]
                repeated = before.repeated + sum(_rows_in_both(con, one.part, proposal.part) for one in before.proposals)
                sources[alike] = Source((*before.proposals, proposal), repeated)
        if sources:
            found[table] = sources
    return found


def _form(proposal: TableProposal) -> tuple[object, ...]:
    part = proposal.part
    names = tuple(column.name for column in part.columns)
    same_file = part.path if part.sheet is not None else part.path.suffix
    return (names, same_file, part.delimiter, part.layout.header_row, proposal.unpivot and proposal.unpivot.value_to)


def _rows_in_both(con: duckdb.DuckDBPyConnection, one: PartProfile, other: PartProfile) -> int:
    cells = ", ".join(f"c{i}" for i in range(len(one.columns)))
    (n,) = con.sql(f"SELECT count(*) FROM (SELECT {cells} FROM {one.rows} INTERSECT SELECT {cells} FROM {other.rows})").fetchone()
    return n


def _table(table: str, sources: Sequence[Source], folder: Path) -> list[str]:
    sure = [source for source in sources if source.first.is_sure]
    several = len(sure) > 1
    lines = [f"  {table}:"] if sure else [f"  # {table}:"]
    for source in sources:
        active = source.first.is_sure
        indent = "    " + ("- " if several and active else "")
        body = _source(source, folder)
        first, *rest = body
        inner = " " * len(indent)
        told = [f"    # {line}" for line in _told(source)]
        block = [indent + first, *(inner + line for line in rest)]
        lines += told + (block if active else [f"  # {line[2:]}" for line in block])
    return lines


def _told(source: Source) -> list[str]:
    """What decided, and what is in doubt."""
    first = source.first
    lines = [f"{first.part.place}: {first.part.n_rows:,} rows; {TABLES[first.table].row_is}, with confidence {first.confidence:.2f}."]
    if first.why:
        lines.append(first.why[0].upper() + first.why[1:] + ".")
    if first.others:
        lines.append(f"It could be {' or '.join(first.others)} instead.")
    if first.missing:
        lines.append(f"Not active: nothing was found for {', '.join(first.missing)}.")
    elif not first.is_sure:
        lines.append("Not active: see the columns in doubt.")
    if first.part.layout.why:
        lines.append(f"Column names stand in row {first.part.layout.header_row}: {first.part.layout.why}.")
    if first.part.totals:
        lines.append(f"A sum at the end is left out: {', '.join(first.part.totals)}.")
    if source.repeated:
        lines.append(f"{source.repeated:,} rows stand in more than one of the files or sheets; they are taken once.")
    return lines


def _source(source: Source, folder: Path) -> list[str]:
    proposal, part = source.first, source.first.part
    places = list(dict.fromkeys(os.path.relpath(one.part.path, folder).replace(os.sep, "/") for one in source.proposals))
    lines = [f"file: {scalar(places[0])}" if len(places) == 1 else f"file: [{', '.join(map(scalar, places))}]"]
    sheets = [one.part.sheet for one in source.proposals if one.part.sheet is not None]
    if sheets:
        lines.append(f"sheet: {scalar(sheets[0])}" if len(sheets) == 1 else f"sheet: [{', '.join(map(scalar, sheets))}]")
    if part.layout.header_row > 1:
        lines.append(f"header_row: {part.layout.header_row}")
    if part.encoding not in _AS_USUAL:
        lines.append(f"encoding: {_SHOWN_ENCODINGS.get(part.encoding, part.encoding)}")
    if part.delimiter not in ("", ","):
        lines.append(f"delimiter: {chr(34)}{part.delimiter if part.delimiter != chr(9) else chr(92) + 't'}{chr(34)}")
    profiles = [part[one.name] for one in proposal.columns]
    decimals = Counter(profile.decimal for profile in profiles if profile.decimal and profile.number > 0.9)
    if decimals and decimals.most_common(1)[0][0] == ",":
        lines.append('decimal: ","')
    formats = Counter(profile.date_format for profile in profiles if profile.date_format and not profile.unsure_dates)
    usual = formats.most_common(1)[0][0] if formats else ""
    if usual:
        lines.append(f'date_format: "{usual}"')
    lines.append("columns:")
    lines += [f"  {line}" for one in proposal.columns for line in _column(one, part[one.name], TABLES[proposal.table][one.column], usual)]
    lines += [f"  {column}: {{sql: {in_quotes(expression)}}}" for column, expression in proposal.made]
    left = [name for name in proposal.unused if proposal.unpivot is None or name not in proposal.unpivot.columns]
    if left:
        lines.append(f"  # not used: {', '.join(left)}")
    if proposal.unpivot:
        lines += ["unpivot:", f"  # {proposal.unpivot.why}", "  columns:"]
        lines += [f"    {scalar(name)}: {scalar(called)}" for name, called in proposal.unpivot.columns.items()]
        lines += [f"  name_to: {proposal.unpivot.name_to}", f"  value_to: {proposal.unpivot.value_to}"]
    conditions = [proposal.where] if proposal.where else []
    if part.totals and proposal.columns:
        listed = ", ".join("'" + total.replace("'", "''") + "'" for total in part.totals)
        conditions.append(f"{quoted_name(proposal.columns[0].name)} NOT IN ({listed})")
    if conditions:
        lines.append(f"where: {in_quotes(' AND '.join(conditions))}")
    if source.repeated:
        lines.append("overlap: drop")
    if proposal.combine:
        lines.append(f"combine: {{{', '.join(f'{column}: {how}' for column, how in proposal.combine)}}}")
    return lines


def _column(proposal: ColumnProposal, profile: ColumnProfile, canonical: Column, usual: str) -> list[str]:
    column = scalar(proposal.name)
    allowed = {value.casefold() for value in canonical.values}
    foreign = [value for value in profile.values if value.strip().casefold() not in allowed] if allowed else []
    date_format = proposal.date_format or profile.date_format
    if date_format and (profile.unsure_dates or date_format != usual):
        column = f'{{from: {in_quotes(proposal.name)}, format: "{date_format}"}}'
    doubts = [proposal.why] if proposal.confidence < 1 else []
    if foreign:
        column = f"{{from: {in_quotes(proposal.name)}, values: {{{', '.join(f'{in_quotes(value)}: …' for value in foreign)}}}}}"
        doubts.append(f"each … becomes one of {', '.join(canonical.values)}")
    if profile.unsure_dates and not proposal.date_format:
        doubts.append(f'{profile.unsure_dates:,} dates could be day/month or month/day; the other is "{other_order(date_format)}"')
    if proposal.others:
        doubts.append(f"or: {', '.join(proposal.others)}")
    told = f"  # {proposal.confidence:.2f}: {'; '.join(doubts)}" if doubts else ""
    if proposal.why == BY_HAND:
        told = f"  # {'; '.join([BY_HAND, *doubts])}"
    return [f"{'' if proposal.is_sure else '# '}{proposal.column}: {column}{told}"]


def other_order(date_format: str) -> str:
    """A format with day and month in each other's place.

    Examples
    --------
    >>> other_order("%d/%m/%Y")
    '%m/%d/%Y'
    """
    return date_format.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")


def in_quotes(text: str) -> str:
    """A text as YAML has it within braces, where commas would end it.

    Examples
    --------
    >>> print(in_quotes("concat(a, 'b')"))
    "concat(a, 'b')"
    """
    return json.dumps(text, ensure_ascii=False)


def _left(part: PartProfile) -> list[str]:
    names = ", ".join(column.name for column in part.columns[:12]) + (", …" if len(part.columns) > 12 else "")
    unnamed = f"{part.layout.why}; put a line with the names of the columns above it, and run again"
    why = unnamed if not part.layout.header_row else f"no canonical table has these columns: {names}"
    return [f"  # {part.place} ({part.n_rows:,} rows): nothing was made of it; {why}"]
