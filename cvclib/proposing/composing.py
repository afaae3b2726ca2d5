"""Canonical columns and rows that no single column or row of a file is: names in parts, amounts of lines, lines that are added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb

from cvclib.proposing.profiling import PartProfile
from cvclib.spelling import plain_name
from cvclib.tables import Table

if TYPE_CHECKING:
    from cvclib.proposing.matching import ColumnProposal

FIRST_NAMES = ("first name", "firstname", "given name", "voornaam", "vorname", "prenom", "primeiro nome")
MIDDLE_NAMES = ("middle name", "prefix", "tussenvoegsel", "tussenvoegsels", "namenszusatz")
LAST_NAMES = ("last name", "lastname", "surname", "family name", "achternaam", "familienaam", "nachname", "familienname", "nom de famille",
              "apellido", "apellidos", "sobrenome", "apelido")  # fmt: skip
QUANTITIES = ("quantity", "qty", "units", "aantal", "menge", "anzahl", "stuck", "quantite", "nombre", "cantidad", "quantidade")
UNIT_PRICES = ("price", "unit price", "price each", "item price", "prijs", "stukprijs", "prijs per stuk", "preis", "einzelpreis", "stuckpreis",
               "prix", "prix unitaire", "precio", "precio unitario", "preco", "preco unitario")  # fmt: skip
ONE_CUSTOMER = 0.95  # of the orders have one customer only, where rows are lines of them
MOST_LINES = 100  # of an order, on average


def are_lines(con: duckdb.DuckDBPyConnection, part: PartProfile, table: Table, filled: Mapping[str, ColumnProposal]) -> bool:
    """Whether the rows are lines of orders: a number that comes again, each time with the same customer.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    part : PartProfile
    table : Table
    filled : mapping of str to ColumnProposal
        What was found for its columns.
    """
    who = next((filled[name] for name in table.one_of if name in filled), None)
    if table.name != "orders" or who is None or "order_id" not in filled or "ordered_at" not in filled:
        return False
    number = part[filled["order_id"].name]
    if number.unique > 0.98 or number.n_distinct * MOST_LINES < number.n_filled:
        return False
    order, customer = part.place_of(number.name), part.place_of(who.name)
    (share,) = con.sql(
        f"SELECT avg((n <= 1)::INT) FROM (SELECT count(DISTINCT {customer}) AS n FROM {part.rows} WHERE {order} IS NOT NULL GROUP BY {order})"
    ).fetchone()
    return share >= ONE_CUSTOMER


def made_columns(
    part: PartProfile, table: Table, unused: Sequence[str], filled: Mapping[str, ColumnProposal], *, lines: bool
) -> tuple[tuple[str, str], ...]:
    """Canonical columns that several columns of the file make together, and the expression of each.

    Parameters
    ----------
    part : PartProfile
    table : Table
    unused : sequence of str
        Columns of the file that stand for no canonical one.
    filled : mapping of str to ColumnProposal
    lines : bool
        Whether the rows are lines of orders.
    """

    def called(names: Iterable[str], among: Iterable[str] = unused) -> str:
        return next((name for name in among if plain_name(name) in names), "")

    made = []
    if "name" in table.column_names and "name" not in filled and (last := called(LAST_NAMES)):
        first, middle = called(FIRST_NAMES), called(MIDDLE_NAMES)
        cells = [quoted_name(first)] if first else []
        cells += [f"nullif({quoted_name(middle)}, '')"] if middle else []
        made.append(("name", f"concat_ws(' ', {', '.join([*cells, quoted_name(last)])})"))
    if lines:
        quantity = called(QUANTITIES)
        price = called(UNIT_PRICES, [*unused, *([filled["revenue"].name] if "revenue" in filled else [])])
        if quantity and price and part[quantity].number > 0.95 and part[price].number > 0.95:
            made.append(("revenue", f"{quoted_name(quantity)} * {quoted_name(price)}"))
    return tuple(made)


def combined(table: Table, columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """How the lines of an order become one row: amounts are added up, the first time counts.

    Parameters
    ----------
    table : Table
    columns : sequence of str
        Canonical columns that are filled.
    """
    kinds = {"money": "sum", "time": "min", "date": "min"}
    return tuple((name, kinds[table[name].type]) for name in columns if table[name].type in kinds)


def quoted_name(name: str) -> str:
    """A column's name as an expression of a client file has it.

    Examples
    --------
    >>> print(quoted_name("Order No"), quoted_name("Price"))
    "Order No" Price
    """
    return name if name.isidentifier() and name.isascii() else '"' + name.replace('"', '""') + '"'
