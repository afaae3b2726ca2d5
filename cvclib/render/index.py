"""The page of the batch, for people, and the record of the run, for programs.

Clients of earlier runs into the same folder stay listed for as long as their page is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from cvclib.render.job import RenderResult
from cvclib.render.pages import page
from cvclib.render.publishing import FAILURE_PAGE, write_whole
from cvclib.wording import joined

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
    write_whole(out_dir / INDEX_FILE, page("batch.html.j2", {"rows": rows, "summary": _summary(results, seconds)}))


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
