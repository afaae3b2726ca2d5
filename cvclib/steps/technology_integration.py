"""Step 3, technology integration: how good the data are, and what bringing CRM and ERP together ties up."""

from __future__ import annotations

from cvclib.client import Client
from cvclib.findings import Gap
from cvclib.steps.customer_view import matched_accounts, orders_of_customers
from cvclib.steps.data_faults import data_faults
from cvclib.steps.data_quality import column_quality, consistency, table_quality
from cvclib.steps.disagreement import disagreement, disagreement_figure, read_disagreement
from cvclib.steps.double_entry import double_entry, double_entry_table, read_double_entry
from cvclib.steps.fault_exhibits import (
    fault_table,
    more_faults_table,
    read_faults,
    read_timeliness,
    timeliness,
    timeliness_table,
)
from cvclib.steps.linkage import duplicate_pairs, expected_accuracy, explain, match_pairs
from cvclib.steps.linkage_doubts import doubtful_pairs
from cvclib.steps.linkage_review import decisions
from cvclib.steps.match_exhibits import (
    accuracy_figure,
    patterns,
    read_accuracy,
    read_weights,
    read_why,
    records_behind_table,
    weights_figure,
    why_table,
)
from cvclib.steps.quality_exhibits import column_figure, column_table, consistency_table, quality_figure, read_columns, read_quality
from cvclib.steps.single_view import read_view, single_view, view_conflicts, view_table
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
    "accuracy_figure", "blind_spots", "column_figure", "column_quality", "column_table", "consistency", "consistency_table", "data_faults",
    "decisions", "disagreement", "disagreement_figure", "double_entry", "double_entry_table", "doubtful_pairs", "duplicate_customers",
    "duplicate_pairs", "duplicates_table", "expected_accuracy", "explain", "fault_table", "findings", "gaps", "match_pairs", "match_summary",
    "match_table", "matched_accounts", "more_faults_table", "orders_of_customers", "patterns", "quality_figure", "read_accuracy",
    "read_columns", "read_disagreement", "read_double_entry", "read_duplicates", "read_faults", "read_match", "read_quality", "read_systems",
    "read_tied", "read_timeliness", "read_view", "read_weights", "read_why", "records_behind_table", "single_view", "system_coverage",
    "systems_figure", "systems_table", "table_quality", "tied", "tied_figure", "timeliness", "timeliness_table", "view_conflicts",
    "view_table", "weights_figure", "why_table",
]  # fmt: skip

NEEDS_ANY = ("customers", "accounts", "orders", "tickets", "survey", "interactions", "systems")


def gaps(client: Client) -> list[Gap]:
    """What cannot be told about data and systems, and what would tell it."""
    found = []
    for exhibit in (match_table, accuracy_figure, tied_figure, disagreement_figure, duplicates_table, systems_table, double_entry_table):
        result = exhibit(client)
        if isinstance(result, Gap):
            found.append(result)
    return found
