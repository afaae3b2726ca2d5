"""The file of a report's findings, for the next period's report to look back on: written, read, checked.

Holds what the report itself says, and no more: no row, no name of a person, no group smaller than the report may show.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cvclib.errors import InputError, Problem
from cvclib.params import ClientFile, Period

SCHEMA, VERSION = "cvc-findings", 1
DIGITS = 10  # significant digits kept: what a machine adds behind them is no finding
FINDING_KEYS = ("step", "claim", "evidence", "action", "table", "kind", "value_at_stake", "estimate")
KPI_KEYS = ("name", "label", "unit", "better", "status", "target", "estimate")
FIX = "Name the findings file that lies beside last period's report, such as ../reports/acme/acme-findings.json, or leave the key out."


@dataclass(frozen=True)
class PreviousFindings:
    """What the report of an earlier period found.

    Parameters
    ----------
    client, segment : str
    period : Period
    findings : tuple of dict
        ``step, claim, evidence, action, table, kind, value_at_stake, estimate``.
    kpis : dict of str to dict
        KPI name: ``label, unit, better, status, target, estimate``; an estimate is value, low, high and n.
    """

    client: str
    segment: str
    period: Period
    findings: tuple[dict[str, Any], ...]
    kpis: dict[str, dict[str, Any]]


def findings_text(
    params: ClientFile, period: Period, segment: str, findings: Iterable[Mapping[str, Any]], indicators: Iterable[Mapping[str, Any]]
) -> str:
    """The findings file of a report; the same for the same report.

    Parameters
    ----------
    params : ClientFile
    period : Period
        The period reported on.
    segment : str
        The one segment; empty for all.
    findings, indicators : iterables of mapping
        The records as the notebooks hold them; a claim and a KPI each once.

    Returns
    -------
    str
        JSON. Estimates on fewer than the client's ``minimum_group`` are left out.
    """
    least = params.report.minimum_group
    by_claim: dict[str, Mapping[str, Any]] = {}
    by_name: dict[str, Mapping[str, Any]] = {}
    for finding in findings:
        by_claim.setdefault(finding["claim"], finding)
    for indicator in indicators:
        by_name.setdefault(indicator["name"], indicator)
    content = {
        "schema": SCHEMA,
        "version": VERSION,
        "client": params.client,
        "segment": segment,
        "currency": params.currency,
        "period": {"start": period.start.isoformat(), "end": period.end.isoformat()},
        "findings": [_kept(finding, FINDING_KEYS, least) for finding in by_claim.values()],
        "kpis": [kept for one in by_name.values() if (kept := _kept(one, KPI_KEYS, least))["estimate"]],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_findings(params: ClientFile) -> PreviousFindings | None:
    """The earlier report's findings that a client file names; None where it names none.

    Raises
    ------
    InputError
        If the file is not there, is none of ours, or is of another client or of no earlier period.
    """
    if not params.previous_findings:
        return None
    path = params.resolve(params.previous_findings)
    where = f"{params.path or 'client file'}, previous_findings"
    expected = f"the findings file of an earlier report of {params.client}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise InputError([Problem(where, f"no file {params.previous_findings!r}", expected, FIX)]) from None
    except ValueError:
        raise InputError([Problem(where, f"{params.previous_findings!r}, which is no JSON", expected, FIX)]) from None
    found = _read(content)
    if isinstance(found, str):
        raise InputError([Problem(where, f"{params.previous_findings!r}, {found}", expected, FIX)])
    if found.client != params.client:
        raise InputError([Problem(where, f"findings of {found.client!r}", f"those of {params.client!r}", FIX)])
    if found.period.end >= params.period.end:
        ends = f"findings of a period that ends on {found.period.end}"
        raise InputError([Problem(where, ends, f"a period that ends before {params.period.end}", FIX)])
    return found


def _read(content: Any) -> PreviousFindings | str:
    """The content, or what is wrong with it."""
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        return "which is no findings file of this workbook"
    if content.get("version") != VERSION:
        return f"of version {content.get('version')!r}, where this workbook reads {VERSION}"
    try:
        period = Period(start=date.fromisoformat(content["period"]["start"]), end=date.fromisoformat(content["period"]["end"]))
        findings = tuple({key: one.get(key) for key in FINDING_KEYS} for one in content["findings"])
        kpis = {one["name"]: {key: one[key] for key in KPI_KEYS[1:]} for one in content["kpis"]}
        whole = all(isinstance(one["claim"], str) and isinstance(one["action"], str) and isinstance(one["step"], str) for one in findings)
        numbers = all({"value", "low", "high", "n"} <= set(one["estimate"]) for one in kpis.values())
        if not (whole and numbers):
            return "in which a finding or a KPI is not whole"
        return PreviousFindings(content["client"], content.get("segment", ""), period, findings, kpis)
    except (KeyError, TypeError, ValueError, AttributeError):
        return "in which something is missing or was changed"


def _kept(record: Mapping[str, Any], keys: Iterable[str], least: int) -> dict[str, Any]:
    return {key: _estimate(record.get(key), least) if key == "estimate" else _number(record.get(key)) for key in keys}


def _estimate(value: Any, least: int) -> dict[str, Any] | None:
    """A record's estimate, which travels as a list of value, low, high and n."""
    if value is None or value[0] is None or value[3] < least:
        return None
    return dict(zip(("value", "low", "high"), map(_number, value[:3]), strict=True)) | {"n": int(value[3])}


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
