"""Step 3, technology integration: how good the data are, and what bringing CRM and ERP together ties up."""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Gap
from cvclib.steps.customer_view import matched_accounts, orders_of_customers
from cvclib.steps.data_quality import column_quality, consistency, table_quality
from cvclib.steps.quality_exhibits import column_figure, column_table, consistency_table, quality_figure, read_columns, read_quality
from cvclib.steps.systems import blind_spots, read_systems, system_coverage, systems_figure, systems_table
from cvclib.steps.technology_findings import findings
from cvclib.steps.technology_match import (
    duplicate_customers,
    duplicates_table,
    match_summary,
    match_table,
    read_duplicates,
    read_match,
    read_tied,
    tied,
    tied_figure,
)

__all__ = [
    "blind_spots", "column_figure", "column_quality", "column_table", "consistency", "consistency_table", "duplicate_customers",
    "duplicates_table", "findings", "gaps", "match_summary", "match_table", "matched_accounts", "orders_of_customers", "quality_figure",
    "read_columns", "read_duplicates", "read_match", "read_quality", "read_systems", "read_tied", "system_coverage", "systems_figure",
    "systems_table", "table_quality", "tied", "tied_figure",
]  # fmt: skip

NEEDS_ANY = ("customers", "accounts", "orders", "tickets", "survey", "interactions", "systems")


def gaps(client: Client) -> list[Gap]:
    """What cannot be told about data and systems, and what would tell it."""
    found = []
    for exhibit in (match_table, tied_figure, duplicates_table, systems_table):
        result = exhibit(client)
        if isinstance(result, Gap):
            found.append(result)
    return found
