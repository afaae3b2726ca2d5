"""A client as it shows itself in a notebook: its tables, their rows and columns, and what it does not supply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cvclib.exhibits import Table
from cvclib.tables import TABLES
from cvclib.wording import joined

if TYPE_CHECKING:
    from cvclib.client import Client

MOST_FILES = 3  # of a table that are named


def overview(client: Client) -> Table:
    """What a client supplies, a row a table.

    Parameters
    ----------
    client : Client

    Returns
    -------
    Table
        Columns ``table``, ``file``, ``rows`` kept, ``rejected``, ``columns`` (filled, of all), ``not_supplied``.

    Examples
    --------
    >>> from cvclib.client import Client
    >>> orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2025-03-01"]})
    >>> overview(Client.from_frames({"orders": orders})).frame.loc[0, ["table", "rows", "columns"]].tolist()
    ['orders', 1, '3 of 14']
    """
    sources, inventory = client.sources, client.inventory
    rows = [_row(client, table, sources[sources["table"] == table], inventory[inventory["table"] == table]) for table in client.table_names]
    frame = pd.DataFrame(rows, columns=["table", "file", "rows", "rejected", "columns", "not_supplied"])
    lacking = [name for name in TABLES if name not in client.table_names]
    segment = f", segment {client.segment}" if client.segment else ""
    return Table(
        frame,
        f"{client.params.client}, {client.period}{segment}",
        units={"rows": "count", "rejected": "count"},
        labels={"columns": "Columns filled", "not_supplied": "Columns not supplied"},
        note=f"Compared with {client.previous_period}. "
        + (f"Tables not supplied: {joined(lacking)}." if lacking else "All tables are supplied."),
    )


def _row(client: Client, table: str, sources: pd.DataFrame, inventory: pd.DataFrame) -> tuple[str, str, int, int, str, str]:
    hide = client.params.hide
    names = list(dict.fromkeys(hide(name) for name in sources["file"] if isinstance(name, str)))
    files = ", ".join(names[:MOST_FILES]) + (f" and {len(names) - MOST_FILES:,} more" if len(names) > MOST_FILES else "")
    filled = inventory["filled"] > 0
    return (
        table,
        files,
        int(sources["rows_kept"].sum()),
        int(sources["rows_rejected"].sum()),
        f"{int(filled.sum())} of {len(inventory)}",
        ", ".join(inventory["column"][~filled]) or "",
    )
