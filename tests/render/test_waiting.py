"""The client's edition leaves out questions that only wait for data, and loses no gap."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cvclib.exhibits import EXHIBIT_MIME
from cvclib.findings import FINDING_MIME, GAP_MIME
from cvclib.render.waiting import without_waiting_sections


def gap(question):
    return new_output("execute_result", {GAP_MIME: {"question": question}, "text/html": question}, execution_count=1)


def shown(mime):
    return new_output("execute_result", {mime: {}, "text/html": "x"}, execution_count=1)


def notebook(*sections):
    cells = [new_markdown_cell("# 1 · A step\n\nA question.")]
    for heading, *outputs in sections:
        cells += [new_markdown_cell(f"## {heading}\n\nWhy and how."), *(new_code_cell("x", outputs=[output]) for output in outputs)]
    return new_notebook(cells=cells)


def headings(nb):
    return [cell.source.splitlines()[0].removeprefix("## ") for cell in nb.cells if cell.cell_type == "markdown"][1:]


def questions(nb):
    return [output.data[GAP_MIME]["question"] for cell in nb.cells for output in cell.get("outputs", []) if GAP_MIME in output.data]


def test_a_section_with_nothing_but_gaps_is_left_out_and_its_gap_kept_at_the_end():
    nb = notebook(("Drop-off", gap("Where?")), ("Cost", shown(EXHIBIT_MIME)), ("Learnt", shown(FINDING_MIME), gap("Who?")), ("Next",))
    client = without_waiting_sections(nb)
    assert headings(client) == ["Cost", "Learnt", "Next"]
    assert questions(client) == ["Who?", "Where?"]


def test_a_gap_that_the_end_tells_already_is_not_told_twice():
    nb = notebook(("Drop-off", gap("Where?")), ("Loops", gap("Where?")), ("Learnt", gap("Where?")))
    assert questions(without_waiting_sections(nb)) == ["Where?"]


@pytest.mark.parametrize("mime", [EXHIBIT_MIME, FINDING_MIME])
def test_a_section_that_shows_something_beside_its_gap_stays_whole(mime):
    nb = notebook(("Drop-off", shown(mime), gap("Where?")), ("Learnt", gap("Who?")))
    assert headings(without_waiting_sections(nb)) == ["Drop-off", "Learnt"]


def test_a_section_of_text_alone_stays():
    assert headings(without_waiting_sections(notebook(("Definitions",), ("Learnt", gap("Who?"))))) == ["Definitions", "Learnt"]


def test_where_all_is_missing_the_last_section_tells_it_all():
    nb = notebook(("Drop-off", gap("Where?")), ("Learnt", gap("Who?")), ("Next",))
    assert headings(without_waiting_sections(nb)) == ["Learnt", "Next"]
    assert questions(without_waiting_sections(nb)) == ["Who?", "Where?"]


def test_the_notebook_that_came_in_is_not_changed():
    nb = notebook(("Drop-off", gap("Where?")), ("Learnt", gap("Who?")))
    without_waiting_sections(nb)
    assert headings(nb) == ["Drop-off", "Learnt"]
    assert questions(nb) == ["Where?", "Who?"]
