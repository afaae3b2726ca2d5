"""Sections of a notebook that hold nothing but gaps: left out of the client's edition, their gaps kept for its end.

An analyst reads the question and how it would be answered even where the data are missing; a client's manager
wants one list of what is missing and what it would bring.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable

from nbformat import NotebookNode

from cvclib.exhibits import EXHIBIT_MIME
from cvclib.findings import FINDING_MIME, GAP_MIME, INDICATOR_MIME

ANSWERS = {EXHIBIT_MIME, FINDING_MIME, INDICATOR_MIME}
SECTION_HEADING = re.compile(r"^#{1,2} ", re.MULTILINE)


def without_waiting_sections(notebook: NotebookNode) -> NotebookNode:
    """The notebook without the sections that only say what is missing.

    Parameters
    ----------
    notebook : NotebookNode
        Executed.

    Returns
    -------
    NotebookNode
        A copy. The last section with gaps stays, as a notebook sums them up at its end; it takes in the gaps of
        the sections left out, each once.
    """
    notebook = copy.deepcopy(notebook)
    sections = _sections(notebook.cells)
    with_gaps = [section for section in sections if _gaps(section)]
    waiting = [section for section in with_gaps[:-1] if _only_waits(section)]
    if waiting:
        told = [output.data[GAP_MIME] for output in _gaps(with_gaps[-1])]
        last_cell = next(cell for cell in reversed(with_gaps[-1]) if _gaps([cell]))
        for output in _gaps(cell for section in waiting for cell in section):
            if output.data[GAP_MIME] not in told:
                told.append(output.data[GAP_MIME])
                last_cell.outputs.append(output)
    notebook.cells = [cell for section in sections if section not in waiting for cell in section]
    return notebook


def _sections(cells: Iterable[NotebookNode]) -> list[list[NotebookNode]]:
    sections: list[list[NotebookNode]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and SECTION_HEADING.search(cell.source):
            sections.append([])
        sections[-1].append(cell)
    return sections


def _only_waits(section: list[NotebookNode]) -> bool:
    """Whether a question is asked, nothing is shown, and a gap says why."""
    asks = section and section[0].cell_type == "markdown" and not section[0].source.startswith("# ")
    shown = {mime for cell in section for output in cell.get("outputs", []) for mime in output.get("data", {})}
    return bool(asks and GAP_MIME in shown and not shown & ANSWERS)


def _gaps(cells: Iterable[NotebookNode]) -> list[NotebookNode]:
    return [output for cell in cells for output in cell.get("outputs", []) if GAP_MIME in output.get("data", {})]
