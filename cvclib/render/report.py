"""The report of one client: cover, executive summary, contents, chapters and appendix in one HTML file.

Joins what the chapters hold; computes nothing of its own but the order of findings.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
from nbformat import NotebookNode

from cvclib.client import Client
from cvclib.exhibits import Table
from cvclib.language import decimal, say, using
from cvclib.params import Period
from cvclib.references import METHODS
from cvclib.render.appearance import DARK_PAGE, LIGHT_PAGE, logo_uri, readable
from cvclib.render.chapters import Chapter, read_chapters
from cvclib.render.job import CLIENT_FILE, OF_THE_CLIENT, RenderJob, Value
from cvclib.render.pages import page
from cvclib.render.rewriting import Ids, fit, tokens_of
from cvclib.render.verifying import BLANK, meta_of, name_of_input, sealed
from cvclib.tables import TABLES
from cvclib.wording import NOT_KNOWN, day, joined, label

DIGEST_LETTERS = 16  # shown; the page itself holds them whole
TOP_FINDINGS = 5
KIND_ORDER = ("problem", "chance", "strength", "no signal")
MOST_TABLES_WAITED_FOR = 6
FEWEST_CARDS, MOST_CARDS = 6, 9  # what an eye takes in; the rest stands below the cards, smaller
VERSIONS_SHOWN = (
    "cvclib",
    "duckdb",
    "great-tables",
    "ibis-framework",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "statsmodels",
)
PAGE_IDS = (
    "top", "summary", "contents", "appendix", "sources", "checks", "definitions", "parameters", "methods", "digests", "versions", "not-answered",
)  # fmt: skip
RATING_SCALES = ("csat", "ces", "overall", "performance", "importance")


@dataclass(frozen=True)
class Unanswered:
    """The questions that wait for one table, among others perhaps."""

    table: str
    needs: tuple[str, ...]
    questions: tuple[str, ...]
    chapters: tuple[Chapter, ...]


def make_report(
    job: RenderJob,
    client: Client,
    notebooks: Sequence[tuple[Path, NotebookNode]],
    parameters: Mapping[str, Mapping[str, Value]],
    inputs: Mapping[str, str],
    beside: Mapping[str, str],
) -> str:
    """Make the report of one client.

    Parameters
    ----------
    job : RenderJob
    client : Client
        As the notebooks opened it.
    notebooks : sequence of (Path, NotebookNode)
        File and executed content of each step.
    parameters : mapping of str to mapping
        What each step was given beside its defaults.
    inputs : mapping of str to str
        Digest of each of the client's files, by its name.
    beside : mapping of str to str
        Digest of each file that was made with the report, by its name.

    Returns
    -------
    str
        The page; the same for the same input.
    """
    with using(client.params.report.language):
        return _make_report(job, client, notebooks, parameters, inputs, beside)


def _make_report(
    job: RenderJob,
    client: Client,
    notebooks: Sequence[tuple[Path, NotebookNode]],
    parameters: Mapping[str, Mapping[str, Value]],
    inputs: Mapping[str, str],
    beside: Mapping[str, str],
) -> str:
    settings = client.params.report
    ids = Ids()
    for name in PAGE_IDS:
        ids.unique(name)
    edition = job.edition or settings.edition
    chapters = read_chapters(
        notebooks,
        numbers=job.numbers,
        ids=ids,
        show_code=edition == "analyst",
        currency=client.params.currency,
        language=settings.language,
        hidden_paths=[Path(job.client_file).absolute().parent, *{path.absolute().parent for path, _ in notebooks}, Path.home()],
    )
    waiting = unanswered(chapters)
    cards, more = divided(distinct_indicators(chapters))
    numbers = joined([str(chapter.number) for chapter in chapters])
    made = page(
        "page.html.j2",
        {
            "client": client.params.client,
            "language": settings.language,
            "period": span(client.period),
            "previous": span(client.previous_period),
            "data_until": day(client.data_until) if client.data_until else "",
            "segment": client.segment,
            "currency": client.params.currency,
            "edition": edition,
            "partial": _part(numbers, len(chapters)) if job.partial else "",
            "logo": logo_uri(client.params.resolve(settings.logo)) if settings.logo else "",
            "accent": settings.accent.lower(),
            "accent_light": readable(settings.accent, LIGHT_PAGE),
            "accent_dark": readable(settings.accent, DARK_PAGE),
            "chapters": chapters,
            "indicators": cards,
            "more_indicators": more,
            "findings": top_findings(chapters),
            "n_findings": len({finding["claim"] for chapter in chapters for finding in chapter.findings}),
            "unanswered": waiting[:MOST_TABLES_WAITED_FOR],
            "also_waiting": waiting[MOST_TABLES_WAITED_FOR:],
            "n_gaps": len({gap["question"] for chapter in chapters for gap in chapter.gaps}),
            "appendix": _appendix(job, client, chapters, parameters, inputs, ids),
            "blank_digest": BLANK,
            "inputs": meta_of(inputs),
            "beside": meta_of(beside),
            "tables_book": job.tables.name if job.tables.name in beside else "",
        },
    )
    return sealed(made)


def _part(numbers: str, n: int) -> str:
    return (
        say("Part of the report: step {numbers} only", numbers=numbers)
        if n == 1
        else say("Part of the report: steps {numbers} only", numbers=numbers)
    )


def span(period: Period) -> str:
    """A period in words."""
    return say("{low} to {high}", low=day(period.start), high=day(period.end))


def distinct_indicators(chapters: Iterable[Chapter]) -> list[dict[str, Any]]:
    """The indicators of all chapters, each name once, in the order in which they come."""
    found: dict[str, dict[str, Any]] = {}
    for chapter in chapters:
        for indicator in chapter.indicators:
            found.setdefault(indicator["name"], indicator)
    return list(found.values())


def divided(indicators: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The indicators that get a card, and the rest: first those with a target, as somebody cares how they do."""
    if len(indicators) <= MOST_CARDS:
        return indicators, []
    aimed = [indicator for indicator in indicators if indicator["target"] is not None]
    others = [indicator for indicator in indicators if indicator["target"] is None]
    cards = [*aimed, *others[: max(0, FEWEST_CARDS - len(aimed))]][:MOST_CARDS]
    return cards, [indicator for indicator in indicators if indicator not in cards]


def top_findings(chapters: Sequence[Chapter], most: int = TOP_FINDINGS) -> list[tuple[dict[str, Any], Chapter]]:
    """The findings that the summary shows.

    Parameters
    ----------
    chapters : sequence of Chapter
    most : int

    Returns
    -------
    list of (finding, Chapter)
        First those with a value at stake, the largest first; then problems, chances and strengths, each
        chapter's first before any chapter's second. What shows no signal comes only where nothing else does.
    """
    ranked = []
    for chapter in chapters:
        for position, finding in enumerate(chapter.findings):
            value = finding.get("value_at_stake")
            order = (1, position, KIND_ORDER.index(finding["kind"])) if value is None else (0, -abs(value), 0)
            ranked.append((order, chapter.number, position, finding, chapter))
    ranked.sort(key=lambda row: row[:3])
    found = list({finding["claim"]: (finding, chapter) for *_, finding, chapter in reversed(ranked)}.values())[::-1]  # a claim once
    telling = [pair for pair in found if pair[0]["kind"] != "no signal"]
    return (telling or found)[:most]


def unanswered(chapters: Iterable[Chapter]) -> list[Unanswered]:
    """The gaps of all chapters by the table they wait for, the one that would help with most questions first.

    A question that waits for two tables stands with both; what is no table (a longer period, say) comes as other data.
    """
    groups: dict[str, list[tuple[str, str, Chapter]]] = {}
    for chapter in chapters:
        for gap in chapter.gaps:
            for need in gap["needs"]:
                table = need.split(".")[0].split(" ")[0]
                groups.setdefault(table if table in TABLES else "", []).append((need, gap["question"], chapter))
    found = [
        Unanswered(
            table=label(table) if table else say("Other data"),
            needs=tuple(sorted({need for need, _, _ in group})),
            questions=tuple(dict.fromkeys(question for _, question, _ in group)),
            chapters=tuple({chapter.number: chapter for _, _, chapter in group}.values()),
        )
        for table, group in groups.items()
    ]
    return sorted(found, key=lambda one: (-len(one.questions), one.table))


def _appendix(
    job: RenderJob,
    client: Client,
    chapters: Iterable[Chapter],
    parameters: Mapping[str, Mapping[str, Value]],
    inputs: Mapping[str, str],
    ids: Ids,
) -> dict[str, Any]:
    tables = {
        "sources": _sources(client),
        "checks": _checks(client),
        "parameters": _parameters(job, client, parameters),
        "digests": _digests(inputs),
        "methods": _methods(chapters),
        "tables": _tables(client),
    }
    html = {
        name: fit(tokens_of(table.to_html()), prefix="appendix", ids=ids)[0] if len(table.frame) else "" for name, table in tables.items()
    }
    return {
        **html,
        "definitions": [piece for chapter in chapters for piece in chapter.appendix],
        "clean_checks": _clean_checks(client),
        "versions": _versions(),
    }


def _sources(client: Client) -> Table:
    columns = ["table", "file", "sheet", "rows_read", "rows_left_out", "rows_rejected", "cells_blanked", "rows_kept"]
    frame = client.sources[columns].sort_values(["table", "file"], kind="stable", ignore_index=True)
    frame["table"] = frame["table"].map(label)
    frame["file"] = [name_of_input(client.params, name) for name in frame["file"]]
    if frame["sheet"].isna().all():
        frame = frame.drop(columns="sheet")
    return Table(
        frame,
        caption=say("What was read"),
        units=dict.fromkeys(columns[3:], "count"),
        note=say(
            "Left out: by the client file's own filter, or as a repeat. Rejected: could not be used; each with its reason in "
            "rejected_rows.csv beside this report. Blanked: a single cell that could not be read, in a row that was kept."
        ),
    )


def _checks(client: Client) -> Table:
    frame = client.checks[client.checks["n"] > 0][["check", "meaning", "n", "policy"]].sort_values(
        "check", kind="stable", ignore_index=True
    )
    return Table(frame, caption=say("What was checked"), units={"n": "count"}, labels={"n": say("Found"), "policy": say("What was done")})


def _clean_checks(client: Client) -> list[tuple[str, str]]:
    clean = client.checks[client.checks["n"] == 0].sort_values("check", kind="stable")
    return list(zip(clean["check"], clean["meaning"], strict=True))


def _parameters(job: RenderJob, client: Client, given: Mapping[str, Mapping[str, Value]]) -> Table:
    rows = [
        (say("All steps"), say("period"), span(client.period)),
        (say("All steps"), say("compared with"), span(client.previous_period)),
        (say("All steps"), say("segment"), client.segment or say("all")),
        (say("All steps"), say("smallest group shown"), str(client.params.report.minimum_group)),
    ]
    rows += [
        (say("All steps"), say("scale of {name}", name=name), say("{low:g} to {high:g}", **_ends(client, name))) for name in RATING_SCALES
    ]
    rows += [
        (say("All steps"), say("target of {name}", name=name), decimal(f"{value:g}"))
        for name, value in sorted(client.params.targets.items())
    ]
    for step, defaults in job.defaults.items():
        for name, default in defaults.items():
            if step in given and name not in (CLIENT_FILE, *OF_THE_CLIENT):
                rows.append((label(step), label(name).lower(), str(given[step].get(name, default)) or NOT_KNOWN))
    return Table(pd.DataFrame(rows, columns=["step", "parameter", "value"]), caption=say("What was set"))


def _ends(client: Client, scale: str) -> dict[str, float]:
    return dict(zip(("low", "high"), getattr(client.params.scales, scale), strict=True))


def _methods(chapters: Iterable[Chapter]) -> Table:
    rows = [(chapter.title, say(what), reference) for chapter in chapters for what, reference in METHODS.get(chapter.step, ())]
    frame = pd.DataFrame(rows, columns=["step", "method", "published"])
    return Table(frame, caption=say("What is worked out, and by whom it was described"))


def _tables(client: Client) -> Table:
    """The canonical tables that the client supplies, and what is supplied of each."""
    rows = [
        (label(name), say(TABLES[name].row_is), ", ".join(c.name for c in TABLES[name].columns if client.has(f"{name}.{c.name}")))
        for name in client.table_names
    ]
    frame = pd.DataFrame(rows, columns=["table", "one_row_is", "columns_filled"])
    return Table(frame, caption=say("The tables supplied"))


def _digests(inputs: Mapping[str, str]) -> Table:
    frame = pd.DataFrame({"file": list(inputs), "digest": [digest[:DIGEST_LETTERS] for digest in inputs.values()]}, dtype=str)
    labels = {"digest": say("SHA-256, first {n} letters", n=DIGEST_LETTERS)}
    return Table(frame, caption=say("What the files were"), labels=labels)


def _versions() -> str:
    found = [("Python", platform.python_version()), *((name, metadata.version(name)) for name in VERSIONS_SHOWN)]
    return joined([f"{name} {version}" for name, version in found])
