"""How a client shows itself in a notebook and in a terminal: what was read of it, and what is not there.

Small HTML without colours of its own, so that JupyterLab's light and dark themes both suit it; every text escaped, every value
from the environment hidden. It shows only what it has asked the client for, so that the record of what was read stays true.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from cvclib.tables import TABLES
from cvclib.wording import joined, number

if TYPE_CHECKING:
    from cvclib.client import Client

COUNTS = {"rows_read": "read", "rows_left_out": "left out", "rows_rejected": "rejected", "rows_kept": "kept"}
HEADINGS = ("table", *COUNTS.values(), "columns filled", "mapped but empty", "from")


def tables_shown(client: Client) -> pd.DataFrame:
    """What a client supplies: a row a table, in words.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        Text: table, rows read, left out, rejected and kept, columns filled of all, columns mapped but empty, files.

    Examples
    --------
    >>> from cvclib.client import Client
    >>> orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2025-03-01"], "margin": [None]})
    >>> shown = tables_shown(Client.from_frames({"orders": orders})).iloc[0]
    >>> shown["kept"], shown["columns filled"], shown["mapped but empty"]
    ('1', '3 of 14', 'margin')
    """
    names = client.table_names
    sources, inventory = client.sources_of(names), client.inventory_of(names)
    rows = [
        _table_row(client, name, sources[sources["table"] == name], inventory[inventory["table"] == name].set_index("column"))
        for name in names
    ]
    return pd.DataFrame(rows, columns=list(HEADINGS))


def client_text(client: Client) -> str:
    """A client as text: name, period, segment, tables, and what is not there."""
    shown = tables_shown(client)
    table = shown.to_string(index=False) if len(shown) else "no tables"
    return "\n".join([_name(client), *_about(client), table, _missing(client)])


def client_html(client: Client) -> str:
    """A client as HTML: name, period, segment, tables, and what is not there; every text escaped."""
    about = "<br>".join(map(escape, _about(client)))
    return f"<div><p><strong>{escape(_name(client))}</strong><br>{about}</p>{tables_html(client)}<p>{escape(_missing(client))}</p></div>"


def tables_html(client: Client) -> str:
    """The tables of a client as an HTML table, every text escaped."""
    shown = tables_shown(client)
    head = "".join(f'<th scope="col" style="text-align:{_side(name)}">{escape(name)}</th>' for name in shown)
    body = "".join(f"<tr>{''.join(map(_cell, shown.columns, row))}</tr>" for row in shown.itertuples(index=False, name=None))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if len(shown) else "<p>no tables</p>"


def _cell(heading: str, text: str) -> str:
    if heading == "table":
        return f'<th scope="row" style="text-align:left">{escape(text)}</th>'
    return f'<td style="text-align:{_side(heading)}">{escape(text)}</td>'


def _side(heading: str) -> str:
    return "left" if heading in {"table", "mapped but empty", "from"} else "right"


def _table_row(client: Client, name: str, sources: pd.DataFrame, inventory: pd.DataFrame) -> tuple[str, ...]:
    counts = [number(float(sources[column].sum()), "count") for column in COUNTS]
    filled = f"{(inventory['filled'] > 0).sum()} of {len(inventory)}"
    empty = inventory.index[inventory["mapped"] & (inventory["filled"] == 0)]
    return (name, *counts, filled, ", ".join(empty), _files(client, sources))


def _files(client: Client, sources: pd.DataFrame) -> str:
    places = [client.params.hide(f"{file}, sheet {sheet}" if isinstance(sheet, str) else str(file)) for file, sheet in _places(sources)]
    return places[0] + (f" and {len(places) - 1:,} more" if places[1:] else "") if places else ""


def _places(sources: pd.DataFrame) -> list[tuple[object, object]]:
    return list(zip(sources["file"], sources["sheet"], strict=True))


def _name(client: Client) -> str:
    return client.params.hide(client.params.client)


def _about(client: Client) -> list[str]:
    segment = [f"Segment {client.segment} only; the rows below are those of all segments."] if client.segment else []
    return [f"Period {client.period}, compared with {client.previous_period}.", *segment]


def _missing(client: Client) -> str:
    absent = [name for name in TABLES if name not in client.table_names]
    if not absent:
        return "Every table is supplied."
    return f"Not supplied: {joined(absent)}. 'cvc check' with the client file says which step each would help."
