"""The rows that were not used, with their reason, as a file beside the report."""

from __future__ import annotations

from pathlib import Path

from cvclib.client import Client
from cvclib.sources import META_SCHEMA


def write_rejected(client: Client, path: Path) -> None:
    """Write the rejected rows and blanked cells of a client as CSV; personal values stand masked in the table already."""
    rows = client.connection.table("rejected_rows", database=META_SCHEMA).to_pandas()
    rows.sort_values(["table", "file", "sheet", "row", "column"], kind="stable").to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
