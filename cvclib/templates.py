"""Empty templates and the documentation page of the canonical tables, both made from their one definition."""

from __future__ import annotations

import csv
import io

from cvclib.tables import TABLES, Column, Table

_TYPES = {"id": "id", "text": "text", "category": "category", "integer": "whole number", "number": "number", "money": "money",
          "date": "date", "time": "time"}  # fmt: skip

_INTRODUCTION = """\
# The canonical tables

*Made from `cvclib/tables.py` by `cvc template --docs`; change it there.*

A client file (`params/<client>.yaml`) says which of the client's files and columns become these. Every table is
optional: a step computes what it can and names what is missing. A row without a **required** column is left out and
counted. An *id* or *category* is text; a *category* with a closed set is read without regard to case. Money is in the
client's currency; times are local times. The values of a *personal* column never reach an output.

`cvc template TABLE` prints a table's header row; `cvc template --all --out DIR` writes one empty file a table.
"""


def template_csv(table: Table) -> str:
    r"""A canonical table's header row as CSV.

    Examples
    --------
    >>> template_csv(TABLES["prices"])
    'brand,component,price,measure,weight\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(table.column_names)
    return text.getvalue()


def tables_page() -> str:
    """The documentation page of the canonical tables, in Markdown."""
    contents = ["| table | one row is | key |", "|---|---|---|"]
    for table in TABLES.values():
        contents.append(f"| [{table.name}](#{table.name}) | {table.row_is} | {', '.join(table.key) or 'none: rows may repeat'} |")
    return "\n".join([_INTRODUCTION, *contents, "", *map(_section, TABLES.values())]).rstrip("\n") + "\n"


def _section(table: Table) -> str:
    lines = [f"## {table.name}", "", f"One row is {table.row_is}.", ""]
    lines += ["| column | type | meaning | allowed |", "|---|---|---|---|"]
    lines += [f"| {_name(c)} | {_type(c)} | {_cell(c.meaning)} | {_allowed(c)} |" for c in table.columns]
    notes = []
    if table.one_of:
        notes.append(f"At least one of {' and '.join(table.one_of)} is needed.")
    if table.in_time_order:
        notes.append(f"Times do not go backwards: {', '.join(table.in_time_order)}.")
    return "\n".join([*lines, *(["", *notes] if notes else []), ""])


def _name(column: Column) -> str:
    return f"**{column.name}**" if column.required else column.name


def _type(column: Column) -> str:
    marks = [_TYPES[column.type], *(["required"] if column.required else []), *(["personal"] if column.personal else [])]
    return ", ".join(marks)


def _allowed(column: Column) -> str:
    said = []
    if column.values:
        said.append(", ".join(column.values))
    if column.low is not None or column.high is not None:
        low, high = (None if x is None else f"{x:g}" for x in (column.low, column.high))
        said.append(f"{low} to {high}" if low and high else f"{low} or more" if low else f"{high} or less")
    if column.scale:
        said.append(f"the scale `{column.scale}` of the client file")
    if column.unit and column.type != "money":
        said.append(column.unit)
    if column.unit != "currency" and column.type == "money":
        said.append(column.unit)
    if column.references:
        table, name = column.references.split(".")
        said.append(f"a {name} of [{table}](#{table})")
    return _cell("; ".join(said))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
