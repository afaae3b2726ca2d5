"""The clients there are in a folder of client files, for whoever opened a notebook by hand and has to name one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cvclib.errors import InputError
from cvclib.params import load_client_file

COLUMNS = ("client", "client_file", "period", "tables", "problems")


def clients(folder: str | Path = "../params") -> pd.DataFrame:
    """List the clients of a folder, so that a cell can pick one: ``Client.open(clients()["client_file"][0])``.

    Reads the client files only, not the clients' tables.

    Parameters
    ----------
    folder : path
        Where the client files are; by default as seen from ``notebooks/``.

    Returns
    -------
    pandas.DataFrame
        A row a client file, in order of its name: client, client_file, period, tables (how many are mapped) and problems
        (how many; ``cvc check`` tells them). Of a file with problems the client, the period and the tables are empty.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     orders = "{file: orders.csv, columns: {order_id: No, customer_id: Who, ordered_at: Day}}"
    ...     text = f"{{client: Acme, period: {{start: 2025-01-01, end: 2025-12-31}}, tables: {{orders: {orders}}}}}"
    ...     _ = Path(folder, "acme.yaml").write_text(text, encoding="utf-8")
    ...     clients(folder)[["client", "period", "tables", "problems"]].values.tolist()
    [['Acme', '2025-01-01 to 2025-12-31', 1, 0]]
    """
    files = sorted(path for path in Path(folder).glob("*") if path.suffix in {".yaml", ".yml"})
    frame = pd.DataFrame([_row(path) for path in files], columns=list(COLUMNS))
    return frame.astype({"tables": "Int64", "problems": "Int64"})


def _row(path: Path) -> tuple[str, str, str, int | None, int]:
    try:
        params = load_client_file(path)
    except InputError as error:
        return "", path.as_posix(), "", None, len(error.problems)
    return params.hide(params.client), path.as_posix(), str(params.period), len(params.tables), 0
