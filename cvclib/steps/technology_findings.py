"""What step 3 concludes: the faults in the data that matter, what the match ties together, where systems disagree or repeat."""

from __future__ import annotations

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.findings import Finding
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import difference, share
from cvclib.steps.data_quality import SILENT, column_quality, consistency, table_quality
from cvclib.steps.data_words import check_words, column_words, n_of, rows_words
from cvclib.steps.disagreement import disagreement_findings
from cvclib.steps.double_entry import double_entry_findings
from cvclib.steps.quality_exhibits import COLUMNS, CONSISTENCY, QUALITY, STEP
from cvclib.steps.systems import blind_spots, system_coverage
from cvclib.steps.technology_match import DUPLICATES, TIED, duplicate_customers, match_summary, n_customers, tied
from cvclib.wording import interval, joined, label, number, p_words, with_evidence

POOR = 0.95  # share below which, with the whole interval, a column's blanks become a finding
FEW_ROWS = 30  # blanks in a table smaller than this are mended by hand, not by a finding
MOST_COLUMNS = 3
FAULTS_THAT_MATTER = 0.001  # share of faulty rows from which a failed check becomes a finding


def findings(client: Client) -> list[Finding]:
    """Faults in the data that matter, what the match ties together, duplicates and blind spots."""
    if not client.table_names:
        return []
    found = [*_column_findings(client), *_silence_findings(client), *_consistency_findings(client)]
    for part in (_tied_findings, disagreement_findings, _duplicate_findings, _blind_findings, double_entry_findings):
        try:
            found += part(client)
        except MissingDataError:
            continue  # said by the gaps
    if not found:
        found = [
            Finding(
                STEP,
                "The data supplied show no fault that matters.",
                f"{n_of(len(client.table_names), 'table')} checked for blanks, unreadable cells, duplicate keys, orphans and times in the wrong order.",
                "Keep checking with every delivery of data.",
                QUALITY,
                kind="no signal",
            )
        ]
    return found


def _column_findings(client: Client) -> list[Finding]:
    """The worst blanks, gathered in one finding: each alone is seldom worth a line of the summary."""
    frame = column_quality(client)
    poor = frame[(frame["blank_is"] == "a gap") & (frame["complete_high"] < POOR) & (frame["n_rows"] >= FEW_ROWS)]
    poor = poor.sort_values(["complete", "table", "column"])
    if poor.empty:
        return []
    shown = list(poor.head(MOST_COLUMNS).itertuples())
    said = [f"{column_words(row.column)} in {number(row.complete, 'share')} of the {rows_words(row.table)}" for row in shown]
    said[0] = said[0].replace(" in ", " is filled in ", 1)
    estimates = [Estimate(row.complete, row.complete_low, row.complete_high, row.n_rows) for row in shown]
    evidence = [f"{column_words(row.column)} {interval(e, 'share')}, n = {e.n:,}" for row, e in zip(shown, estimates, strict=True)]
    more = len(poor) - len(shown)
    rest = f"; {n_of(more, 'more column')} {'falls' if more == 1 else 'fall'} short, too" if more else ""
    return [
        Finding(
            STEP,
            f"Blanks remain where there should be none: {joined(said)}.",
            f"95% intervals: {'; '.join(evidence)}{rest}.",
            "Make it part of the form where the record begins, or stop asking for it.",
            COLUMNS,
            estimate=estimates[0],
        )
    ]


def _silence_findings(client: Client) -> list[Finding]:
    frame = table_quality(client)
    return [
        Finding(
            STEP,
            f"The records of {label(row.table).lower()} stop {int(row.days_silent)} days before the period ends.",
            f"Last record {row.last_record}; so long a silence is not their usual pace ({p_words(row.p_silent)}).",
            "Ask for the rest of the export, or end the period there.",
            QUALITY,
        )
        for row in frame[frame["p_silent"] < SILENT].itertuples()
    ]


def _consistency_findings(client: Client) -> list[Finding]:
    frame = consistency(client)
    frame = frame[frame["n_faults"] >= frame["n_checked"].clip(lower=1) * FAULTS_THAT_MATTER]
    found = []
    for row in frame.sort_values(["n_faults", "table", "check"], ascending=[False, True, True]).head(1).itertuples():
        estimate = share(row.n_faults, row.n_checked)
        found.append(
            Finding(
                STEP,
                f"{n_of(row.n_faults, 'row')} of {label(row.table).lower()} {'fails' if row.n_faults == 1 else 'fail'} the check that {check_words(row.check)}.",
                f"{with_evidence(estimate, 'share')} of the rows that could be checked.",
                "Mend it where the record is made; here it stands as delivered.",
                CONSISTENCY,
                estimate=estimate,
            )
        )
    return found


def _tied_findings(client: Client) -> list[Finding]:
    match_summary(client)  # without two systems there is nothing to bring together
    rows = tied(client).set_index("what")
    row = rows.loc["Revenue"] if "Revenue" in rows.index else rows.loc["Orders"]
    what = str(row.name).lower()
    after = Estimate(row["after"], row["after_low"], row["after_high"], int(row["n"]))
    gain = difference(after, Estimate(row["before"], row["before_low"], row["before_high"], int(row["n"])))
    if gain.value == 0:
        return []
    return [
        Finding(
            STEP,
            f"Bringing CRM and ERP together ties {number(after.value, 'share')} of {what} to a known customer, up from {number(row['before'], 'share')}.",
            f"After the match {with_evidence(after, 'share')}; 95% interval of the gain {interval(gain, 'share', signed=True).replace(' percentage points to', ' to')}.",
            "Carry the customer number into the ERP, so that the tie is made once and at the source.",
            TIED,
            estimate=after,
            kind="chance",
        )
    ]


def _duplicate_findings(client: Client) -> list[Finding]:
    groups = duplicate_customers(client)
    if groups.empty:
        return []
    surplus = len(groups) - groups["group"].nunique()
    estimate = share(surplus, n_customers(client))
    return [
        Finding(
            STEP,
            f"The CRM holds {n_of(surplus, 'record')} too many: {number(estimate.value, 'share')} of its records repeat a customer.",
            f"{with_evidence(estimate, 'share')}, by exact keys or by likeness above the threshold; those in doubt are not counted.",
            "Merge them, and look a customer up before a new record is made.",
            DUPLICATES,
            estimate=estimate,
        )
    ]


def _blind_findings(client: Client) -> list[Finding]:
    blind = blind_spots(client)
    if not blind:
        return []
    return [
        Finding(
            STEP,
            f"{len(blind)} {'touchpoint is' if len(blind) == 1 else 'touchpoints are'} recorded by no system: {joined(blind[:5])}"
            f"{f' and {len(blind) - 5} more' if len(blind) > 5 else ''}.",
            f"{len(blind)} of {len(system_coverage(client))} touchpoints, neither declared nor seen with a system.",
            "Decide for each whether it is worth recording; what is not recorded cannot be improved by the figures.",
            "Which system records which touchpoint",
        )
    ]
