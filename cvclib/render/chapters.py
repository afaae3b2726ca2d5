"""From an executed notebook to a chapter: its HTML, its headings, and the records that travelled in it.

Reads MIME outputs and text cells only; knows nothing of what a step computes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbformat import NotebookNode
from traitlets.config import Config

from cvclib.drawings import drawing_opened
from cvclib.exhibits import EXHIBIT_MIME
from cvclib.findings import FINDING_MIME, GAP_MIME, INDICATOR_MIME
from cvclib.language import SOURCE, Language
from cvclib.render.notebook_files import step_of
from cvclib.render.pages import TEMPLATE, parts
from cvclib.render.prose import translated
from cvclib.render.rewriting import HEADING, Ids, Token, fit, tokens_of, with_links
from cvclib.render.waiting import without_waiting_sections
from cvclib.wording import slug

HIDDEN_CELLS = {"parameters", "injected-parameters", "setup", "hide", "papermill-error-cell-tag"}
APPENDIX = "appendix"  # tag of a cell whose outputs belong in the appendix: definitions, methods
MOST_IN_SHORT = 3
READING = "cvc-reading"  # class of a paragraph that reads the exhibit above it
SHOWN = ["text/html", "image/png", "image/jpeg", "text/plain"]  # best first; whatever else an output brings stays unseen
SHOWN_IN_PLACE = {"finding", "gap"}  # indicators are the summary's cards; their chapter has its scorecard
RECORDS = {FINDING_MIME: "finding", INDICATOR_MIME: "indicator", GAP_MIME: "gap"}


@dataclass
class Chapter:
    """A step's chapter.

    Parameters
    ----------
    step : str
    number : int
    title : str
    html : str
        The chapter from its heading on.
    sections : list of (str, str)
        Id and text of each heading below the chapter's own.
    exhibits : dict of str to str
        Caption of each table and figure, and its id.
    findings, indicators, gaps : list of dict
        The records, as JSON values.
    appendix : list of str
        Pieces of HTML for the appendix.
    """

    step: str
    number: int
    title: str = ""
    html: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)
    exhibits: dict[str, str] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    indicators: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    appendix: list[str] = field(default_factory=list)

    @property
    def in_short(self) -> list[dict[str, Any]]:
        """The findings that the chapter opens with: the most money at stake first, then the step's own order; one of each exhibit."""
        telling = [finding for finding in self.findings if finding["kind"] != "no signal"] or self.findings
        first: dict[str, dict[str, Any]] = {}
        for finding in sorted(telling, key=lambda finding: -abs(finding.get("value_at_stake") or 0)):  # others stay in order
            first.setdefault(finding["table"], finding)
        return list(first.values())[:MOST_IN_SHORT]

    def opened(self, answer: str) -> str:
        """The chapter's HTML with its answer right below its heading."""
        before, end, after = self.html.partition("</h2>")
        return f"{before}{end}{answer}{after}" if end else f"{answer}{self.html}"


def read_chapters(
    notebooks: Sequence[tuple[Path, NotebookNode]],
    *,
    numbers: Mapping[str, int],
    ids: Ids,
    show_code: bool,
    currency: str,
    hidden_paths: Iterable[Path] = (),
    language: Language = SOURCE,
) -> list[Chapter]:
    """Make the chapters of a report.

    Parameters
    ----------
    notebooks : sequence of (Path, NotebookNode)
        File and executed content of each notebook, in order.
    numbers : mapping of str to int
        Number of each step's chapter.
    ids : Ids
        The ids of the page; those of the page's own parts are taken already.
    show_code : bool
        Whether this is the analyst's edition: the code stands there, folded, and so do questions that wait for data.
    currency : str
        ISO code for values at stake.
    hidden_paths : iterable of Path
        Folders of this machine whose names are cut from plain text.
    language : Language
        Of the text cells; outputs are in it already.

    Returns
    -------
    list of Chapter

    Raises
    ------
    ValueError
        If an output is an error: such a notebook is not published.
    """
    chapters = [Chapter(step, numbers[step]) for step in (step_of(path) for path, _ in notebooks)]
    links = {path.name: chapter.step for (path, _), chapter in zip(notebooks, chapters, strict=True)}
    for chapter in chapters:
        ids.unique(chapter.step)
    for (path, notebook), chapter in zip(notebooks, chapters, strict=True):
        notebook = translated(notebook, path, language)
        writer = _ChapterWriter(chapter, ids, links, currency, [str(path) for path in hidden_paths])
        chapter.html = writer.write(notebook if show_code else without_waiting_sections(notebook), show_code)
    return chapters


class _ChapterExporter(HTMLExporter):
    """nbconvert with the report's own template, from the template named base; its parser pass over the whole is left out.

    That pass lowers the names of SVG attributes and writes a stock sentence where an image lacks its text.
    """

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kw: Any) -> tuple[str, dict]:
        return TemplateExporter.from_notebook_node(self, nb, resources, **kw)


class _ChapterWriter:
    """Filters of the nbconvert template, with what they note down on the way."""

    def __init__(self, chapter: Chapter, ids: Ids, links: Mapping[str, str], currency: str, hidden_paths: list[str]) -> None:
        self._chapter, self._ids, self._links = chapter, ids, links
        self._hidden = sorted((path for path in hidden_paths if len(path) > 1), key=len, reverse=True)
        self._parts = parts(currency)
        self._level = 1
        self._last_exhibit = self._last_table = ""  # ids of those met last, on which what comes after them rests

    def write(self, notebook: NotebookNode, show_code: bool) -> str:
        config = Config()
        config.TagRemovePreprocessor.enabled = True
        config.TagRemovePreprocessor.remove_cell_tags = HIDDEN_CELLS
        config.CoalesceStreamsPreprocessor.enabled = True  # where a kernel cuts what is printed is a matter of time
        config.NbConvertBase.display_data_priority = SHOWN
        exporter = _ChapterExporter(config=config, template_name="cvc", extra_template_basedirs=[str(TEMPLATE)], exclude_anchor_links=True)
        exporter.register_filter("highlight_code", Highlight2HTML(pygments_lexer="python", parent=exporter))
        for name in ("chapter_text", "chapter_output", "chapter_image", "chapter_plain", "in_groups", "to_appendix", "refuse"):
            exporter.register_filter(name, getattr(self, name))
        html, _ = exporter.from_notebook_node(notebook, {"show_code": show_code, "appendix_tag": APPENDIX})
        return html

    def chapter_text(self, html: str) -> str:
        """A text cell: headings one level down and never skipping one, with ids of their own."""
        out: list[Token] = []
        tokens = iter(tokens_of(html))
        pieces: list[str] = []
        for token in tokens:
            if token[0] == "start" and HEADING.fullmatch(token[1]):
                inside = list(_until_end(tokens, token[1]))
                pieces += [self._fitted(out), self._heading(int(token[1][1]), inside)]
                out = []
            else:
                out.append(token)
        return "".join([*pieces, self._fitted(out)])

    def _heading(self, level: int, inside: list[Token]) -> str:
        words = re.sub(r"\s+", " ", "".join(text for kind, text, _ in inside if kind == "text")).strip()
        chapter = self._chapter
        if level == 1 and not chapter.title:
            chapter.title = str(Markup(re.sub(r"^\d+\s*[·.:-]\s*", "", words)).unescape())
            self._level = 2
            number = f'<span class="cvc-number">{chapter.number}</span> '
            return f'<h2 id="{escape(chapter.step)}">{number}{escape(chapter.title)}</h2>'
        self._level = min(max(level + 1, 3), self._level + 1, 6)
        text = str(Markup(words).unescape())
        id_ = self._ids.unique(f"{chapter.step}--{slug(text)}")
        if self._level == 3:
            chapter.sections.append((id_, text))
        return f'<h{self._level} id="{escape(id_)}">{self._fitted(inside)}</h{self._level}>'

    def _fitted(self, tokens: list[Token]) -> str:
        return fit(tokens, prefix=self._chapter.step, ids=self._ids, links=self._links)[0]

    def chapter_output(self, output: NotebookNode) -> str:
        """The HTML of an output; headings in it become plain paragraphs, so that the contents stay the notebook's."""
        about = output.data.get(EXHIBIT_MIME, {})
        tokens = [
            (kind, "p", [("class", "cvc-minor")]) if kind in {"start", "end"} and HEADING.fullmatch(name) else (kind, name, attributes)
            for kind, name, attributes in tokens_of(_joined(output.data["text/html"]))
        ]
        alternative = about.get("alt") or about.get("caption") or _joined(output.data.get("text/plain", ""))
        reads = self._last_exhibit if tokens and tokens[0][1:] == ("p", [("class", READING)]) else ""
        html, renamed = fit(
            with_links(tokens, reads) if reads else tokens,
            prefix=self._chapter.step,
            ids=self._ids,
            alternative=alternative,
            links={**self._links, **({f"#{reads}": reads} if reads else {})},
        )
        if about.get("id") in renamed:
            self._last_exhibit = renamed[about["id"]]
            self._last_table = self._last_exhibit if about.get("kind") == "table" else self._last_table
            self._chapter.exhibits.setdefault(about["caption"], self._last_exhibit)
        return html

    def chapter_image(self, output: NotebookNode, mime: str) -> str:
        """A bitmap that brings no HTML; its text is the output's plain text or its metadata's ``alt``."""
        alternative = output.metadata.get(mime, {}).get("alt") or output.metadata.get("alt") or _joined(output.data.get("text/plain", ""))
        data = re.sub(r"\s", "", _joined(output.data[mime]))
        return f'{drawing_opened()}<img src="data:{mime};base64,{escape(data)}" alt="{escape(alternative)}"></div>'

    def chapter_plain(self, text: str | list[str]) -> str:
        """Plain text, escaped, without names of this machine's folders."""
        text = _joined(text)
        for path in self._hidden:
            text = text.replace(path, "…")
        return f'<pre class="cvc-plain">{escape(text.rstrip())}</pre>'

    def in_groups(self, outputs: list[NotebookNode]) -> Iterable[tuple[str, list[NotebookNode], str]]:
        """Outputs one after the other, records of one kind together with the HTML that shows them."""
        for kind, group in groupby(outputs, key=_record_kind):
            found = list(group)
            records = [output.data[mime] for output in found for mime in RECORDS if kind and mime in output.data]
            if kind == "gap":  # a step may say in several places that the same table is missing
                records = [{**record, "again": record in records[:i] or self._told(record)} for i, record in enumerate(records)]
            if kind == "indicator":
                records = [{**record, "exhibit": self._last_table} for record in records]
            if kind:
                getattr(self._chapter, f"{kind}s").extend(records)
            yield kind, found, getattr(self._parts, f"{kind}s")(records, self._chapter.exhibits) if kind in SHOWN_IN_PLACE else ""

    def _told(self, gap: Mapping[str, Any]) -> bool:
        return any({**told, "again": None} == {**gap, "again": None} for told in self._chapter.gaps)

    def to_appendix(self, html: str) -> str:
        """Keep a piece for the appendix; nothing remains where it stood."""
        self._chapter.appendix.append(html)
        return ""

    def refuse(self, output: NotebookNode) -> str:
        """An error output has no place in a report."""
        raise ValueError(f"a cell of step {self._chapter.step} failed: {output.ename}: {output.evalue}")


def _until_end(tokens: Iterable[Token], tag: str) -> Iterable[Token]:
    for token in tokens:
        if token[:2] == ("end", tag):
            return
        yield token


def _record_kind(output: NotebookNode) -> str:
    return next((kind for mime, kind in RECORDS.items() if mime in output.get("data", {})), "")


def _joined(text: str | list[str]) -> str:
    return "".join(text)
