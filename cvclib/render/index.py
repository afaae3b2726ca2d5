"""The page of the batch, for people, and the record of the run, for programs.

Clients of earlier runs into the same folder stay listed for as long as their page is there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from cvclib.render.gallery import small_multiples
from cvclib.render.job import RenderResult, findings_file, tables_file
from cvclib.render.pages import page
from cvclib.render.publishing import FAILURE_PAGE, write_whole
from cvclib.wording import joined, label, slug

RUN_FILE, INDEX_FILE = "run.json", "index.html"
STATES = ("rendered", "up to date", "failed")


def write_index(out_dir: Path, results: Sequence[RenderResult], seconds: float) -> None:
    """Write ``index.html`` and ``run.json``.

    Parameters
    ----------
    out_dir : Path
    results : sequence of RenderResult
        Of this run, in the order of its call.
    seconds : float
        How long the run took.
    """
    rows = [_row(out_dir, result) for result in results]
    rows += _earlier(out_dir, {row["slug"] for row in rows})
    run = {"version": metadata.version("cvclib"), "seconds": round(seconds, 1), "clients": rows}
    write_whole(out_dir / RUN_FILE, json.dumps(run, indent=1, ensure_ascii=False) + "\n")
    write_whole(out_dir / INDEX_FILE, page("batch.html.j2", _gallery(out_dir, rows) | {"summary": _summary(results, seconds)}))


def _gallery(out_dir: Path, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The rows with their KPIs and all that lies beside a report; and how many are in each state."""
    columns, marks = small_multiples(
        {row["slug"]: out_dir / row["slug"] / findings_file(row["slug"]) for row in rows if row["report"] and row["state"] != "failed"}
    )
    shown = [{**row, "marks": marks.get(row["slug"], [None] * len(columns)), "more": _beside(out_dir, row)} for row in rows]
    counts = Counter(row["state"] for row in rows)
    filters = [("", "All", len(rows)), *((slug(state), label(state), counts[state]) for state in STATES if counts[state])]
    return {"rows": shown, "columns": columns, "filters": filters}


def _beside(out_dir: Path, row: dict[str, Any]) -> list[tuple[str, str]]:
    if not row["report"] or row["state"] == "failed":
        return []
    name = row["slug"]
    files = (("Analyst's edition", f"{name}-analyst.html"), ("PDF", f"{name}.pdf"), ("Tables", tables_file(name)))
    return [(words, f"{name}/{file}") for words, file in files if (out_dir / name / file).is_file() and f"{name}/{file}" != row["report"]]


def _row(out_dir: Path, result: RenderResult) -> dict[str, Any]:
    return {
        "client_file": result.client_file.as_posix(),
        "client": result.client,
        "slug": result.slug,
        "state": result.state,
        "seconds": round(result.seconds, 2),
        "report": result.report.relative_to(out_dir).as_posix() if result.report else None,
        "page": f"{result.slug}/{FAILURE_PAGE}" if result.state == "failed" else None,
        "message": result.message,
        "step": result.step,
        "earlier": False,
    }


def _earlier(out_dir: Path, of_this_run: Iterable[str]) -> list[dict[str, Any]]:
    try:
        rows = json.loads((out_dir / RUN_FILE).read_text(encoding="utf-8"))["clients"]
    except (OSError, ValueError, KeyError):
        return []
    kept = [
        row for row in rows if row["slug"] not in of_this_run and any(row[k] and (out_dir / row[k]).is_file() for k in ("report", "page"))
    ]
    return [{**row, "seconds": None, "earlier": True} for row in kept]


def _summary(results: Sequence[RenderResult], seconds: float) -> str:
    counts = [(sum(result.state == state for result in results), state) for state in STATES]
    told = joined([f"{n:,} {state}" for n, state in counts if n]) or "no client"
    return f"The last run took {seconds:,.1f} seconds: {told}."
