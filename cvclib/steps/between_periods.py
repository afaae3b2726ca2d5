"""What became of what the last report recommended: was it done, and did the measure move."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.findings_file import PreviousFindings, read_findings
from cvclib.kpis import registry
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.steps.data_words import n_of
from cvclib.steps.initiative_words import STEP, higher_is_better, metric_label, short, unit_of
from cvclib.steps.memo import once_per_client
from cvclib.wording import interval, number, p_words

ASKS = "What became of what was recommended last time?"
BRINGS = "The findings file of an earlier report, named in the client file, shows what was recommended, whether it was done, and whether it moved."
CAPTION = "Recommended last time, and since"
RECOMMENDING = ("problem", "chance")
STATUS = {"done": "done", "running": "running", "planned": "not begun", "stopped": "stopped"}
ALPHA = 0.05
MOST_SHOWN = 12
MOST_LETTERS = 160  # of a recommendation in the table


def gap(client: Client) -> Gap | None:
    """The gap where no earlier report is named."""
    return None if client.params.previous_findings else Gap(STEP, ASKS, ("previous_findings",), BRINGS)


@once_per_client
def since_last_time(client: Client) -> pd.DataFrame:
    """What the earlier report recommended beside the initiative it became and the measure then and now.

    Parameters
    ----------
    client : Client
        Its client file names ``previous_findings``.

    Returns
    -------
    pandas.DataFrame
        ``recommended, step, initiative, status`` (done, running, not begun, stopped, unknown), ``metric, then, then_low,
        then_high, now, now_low, now_high, change, change_low, change_high, n, p, p_adjusted``; NaN without a measure.

    Raises
    ------
    InputError
        If the file cannot be read.

    Notes
    -----
    A recommendation is a problem or a chance with its action. It became the initiative whose name or target it names.
    The measure is the initiative's KPI, else the KPI that the finding names; the change is tested as the difference of
    two independent estimates, and corrected over the KPIs (Benjamini-Hochberg).
    """
    previous = read_findings(client.params)
    recommended = [one for one in previous.findings if one["kind"] in RECOMMENDING and one["action"]]
    initiatives = _initiatives(client)
    rows = [_row(one, _matched(one, initiatives), previous) for one in recommended]
    frame = pd.DataFrame(rows, columns=["recommended", "step", "initiative", "status", "metric"])
    measured = {metric: _change(client, metric, previous) for metric in frame["metric"].dropna().unique()}
    measured = {metric: found for metric, found in measured.items() if found}
    tested = [metric for metric, found in measured.items() if np.isfinite(found["p"])]
    corrected = dict(zip(tested, shares.benjamini_hochberg([measured[m]["p"] for m in tested]), strict=True)) if tested else {}
    numbers = ["then", "then_low", "then_high", "now", "now_low", "now_high", "change", "change_low", "change_high", "n", "p"]
    for name in numbers:
        frame[name] = [measured[m][name] if m in measured else np.nan for m in frame["metric"]]
    return frame.assign(p_adjusted=[float(corrected.get(metric, np.nan)) for metric in frame["metric"]])


def between_table(client: Client) -> Table | Gap | Reading:
    """Recommendations of the earlier report, what was done, and the measure then and now."""
    if missing := gap(client):
        return missing
    if other := _other_part(client):
        return Reading(other)
    frame = since_last_time(client)
    if frame.empty:
        return Reading("The earlier report recommended nothing.")
    rows = [
        {
            "recommended": _cut(r.recommended), "status": r.status, "initiative": r.initiative,
            "measure": metric_label(client, r.metric) if pd.notna(r.then) else None,
            "then": number(r.then, unit_of(client, r.metric)) if pd.notna(r.then) else None,
            "now": number(r.now, unit_of(client, r.metric)) if pd.notna(r.now) else None,
            "change": _change_words(client, r), "p": p_words(r.p_adjusted) if pd.notna(r.p_adjusted) else None,
        }
        for r in frame.head(MOST_SHOWN).itertuples()
    ]  # fmt: skip
    previous = read_findings(client.params)
    more = f" The first {MOST_SHOWN} of {len(frame)} stand here." if len(frame) > MOST_SHOWN else ""
    return Table(
        pd.DataFrame(rows), caption=CAPTION,
        labels={"recommended": "Recommended last time", "status": "Since", "change": "Change (95% interval)", "p": "Corrected p"},
        note=f"From the report on {previous.period}. Unknown: no initiative of the list names it. Changes of a share are in percentage points; a KPI may "
             f"move for other reasons than the recommendation.{more}",
    )  # fmt: skip


def between_reading(client: Client) -> Reading | None:
    """How much was done, and what moved."""
    if gap(client) or _other_part(client):
        return None
    frame = since_last_time(client)
    if frame.empty:
        return None
    counts = frame["status"].value_counts()
    known = ", ".join(f"{counts[status]} {status}" for status in (*STATUS.values(), "unknown") if status in counts)
    words = [f"Of {n_of(len(frame), 'recommendation')}: {known}."]
    measured = frame.dropna(subset="p_adjusted").drop_duplicates("metric")
    moved = measured[measured["p_adjusted"] < ALPHA]
    words += [f"{_moved(client, row)}." for row in moved.itertuples()]
    if len(measured) and moved.empty:
        words.append("None of their measures has surely moved.")
    return Reading(" ".join(words))


def between_findings(client: Client) -> list[Finding]:
    """Recommendations that were taken up and whose measure has moved, for better or worse."""
    if gap(client) or _other_part(client):
        return []
    frame = since_last_time(client)
    taken_up = frame[frame["status"].isin(["done", "running"]) & (frame["p_adjusted"] < ALPHA)].drop_duplicates("metric")
    found = []
    for row in taken_up.itertuples():
        good = (row.change > 0) == higher_is_better(client, row.metric)
        estimate = Estimate(row.change, row.change_low, row.change_high, int(row.n))
        found.append(
            Finding(
                STEP,
                f"Recommended last time and {row.status}, {row.initiative}: {_moved(client, row)}.",
                f"{_change_words(client, row)}, corrected {p_words(row.p_adjusted)}; the change of the whole KPI, whatever else moved it.",
                "Keep it, and take up what has not begun." if good else "Look at what else changed before going on with it.",
                CAPTION, estimate, kind="strength" if good else "problem",
            )
        )  # fmt: skip
    return found


def _other_part(client: Client) -> str:
    """Why nothing is compared, where the earlier report was on other segments than this one; empty otherwise."""
    then, now = (f"segment {name} only" if name else "all segments" for name in (read_findings(client.params).segment, client.segment))
    return "" if then == now else f"The earlier report was on {then}, this one is on {now}: nothing is compared."


def _initiatives(client: Client) -> pd.DataFrame:
    columns = ["initiative", "target", "metric", "status"]
    if not client.has("initiatives"):
        return pd.DataFrame(columns=columns)
    return client.tables.initiatives.select(columns).order_by("initiative").to_pandas()


def _matched(finding: dict[str, Any], initiatives: pd.DataFrame) -> Any:
    """The initiative that a recommendation became: one whose name it bears, else the furthest one at the target it names."""
    text = f"{finding['claim']} {finding['action']}"
    by_name = [row for row in initiatives.itertuples() if _names(text, row.initiative)]
    by_target = [row for row in initiatives.itertuples() if isinstance(row.target, str) and _names(text, row.target)]
    order = ["done", "running", "planned", "stopped"]
    found = sorted(by_name or by_target, key=lambda row: order.index(row.status) if row.status in order else len(order))
    return found[0] if found else None


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _row(finding: dict[str, Any], initiative: Any, previous: PreviousFindings) -> tuple:
    metric = initiative.metric if initiative is not None and initiative.metric in previous.kpis else None
    if metric is None:
        named = [name for name, kpi in previous.kpis.items() if _names(finding["claim"], kpi["label"])]
        metric = named[0] if named else None
    if initiative is None:
        return finding["action"], finding["step"], None, "unknown", metric
    return finding["action"], finding["step"], initiative.initiative, STATUS.get(initiative.status, "not begun"), metric


def _change(client: Client, metric: str, previous: PreviousFindings) -> dict[str, float] | None:
    kpi = registry(client).get(metric)
    if kpi is None or kpi.missing(client):
        return None
    then = previous.kpis[metric]["estimate"]
    before = Estimate(*(np.nan if then[key] is None else float(then[key]) for key in ("value", "low", "high")), int(then["n"]))
    now = kpi.estimate(client)
    if now.n < client.params.report.minimum_group:
        return None
    change = shares.difference(now, before)
    return {
        "then": before.value, "then_low": before.low, "then_high": before.high, "now": now.value, "now_low": now.low, "now_high": now.high,
        "change": change.value, "change_low": change.low, "change_high": change.high, "n": min(before.n, now.n),
        "p": shares.p_value(change) if np.isfinite(change.low) else np.nan,
    }  # fmt: skip


def _moved(client: Client, row: Any) -> str:
    unit = unit_of(client, row.metric)
    way = "rose" if row.change > 0 else "fell"
    return f"{metric_label(client, row.metric)} {way} from {number(row.then, unit)} to {number(row.now, unit)}"


def _change_words(client: Client, row: Any) -> str | None:
    if pd.isna(row.change):
        return None
    unit = unit_of(client, row.metric)
    if pd.isna(row.change_low):
        return short(row.change, unit)
    return f"{short(row.change, unit)} ({interval(Estimate(row.change, row.change_low, row.change_high, 0), unit, signed=True)})"


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS].rsplit(' ', 1)[0]} …"
