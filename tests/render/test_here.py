"""Rendering from within a notebook, in a kernel as JupyterLab starts it."""

import nbformat
import pytest
from nbclient import NotebookClient

from cvclib.errors import InputError
from cvclib.render import RenderJob, render_client
from cvclib.render.here import render_here, working_folder_of


@pytest.fixture
def house(files, tmp_path):
    files.step_notebook(tmp_path / "notebooks", "1_first_look", files.COUNTS, files.DRAWN, files.LEARNT)
    files.client_file(tmp_path / "params")
    return tmp_path


@pytest.mark.notebook
def test_a_notebook_gives_the_report_that_the_command_line_gives(house):
    source = "from cvclib.render.here import render_here\nrender_here('../../params/a.yaml')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    (house / "open" / "a").mkdir(parents=True)
    NotebookClient(notebook, kernel_name="python3", timeout=300, resources={"metadata": {"path": str(house / "open" / "a")}}).execute()
    shown = notebook.cells[0].outputs[-1]["data"]

    assert 'A &lt;b&gt;client&lt;/b&gt;: rendered. <a href="../../reports/a/a.html"' in shown["text/html"]
    made = (house / "reports" / "a" / "a.html").read_bytes()
    result = render_client(RenderJob(house / "params" / "a.yaml", house / "other", house / "notebooks"))
    assert result.report.read_bytes() == made


def test_what_went_wrong_is_shown(house):
    (house / "params" / "a.csv").unlink()
    shown = render_here(house / "params" / "a.yaml")
    assert shown.result.state == "failed"
    assert "a.csv" in shown._repr_mimebundle_()["text/html"]
    assert "<a" not in shown._repr_mimebundle_()["text/html"]


def test_names_that_are_none_are_told(house):
    with pytest.raises(InputError, match="no such file"):
        render_here(house / "params" / "b.yaml")
    with pytest.raises(InputError, match="'first_luck'; expected names of steps: first_look"):
        render_here(house / "params" / "a.yaml", "first_luck")


def test_the_working_folder_is_the_nearest_with_notebooks(house, tmp_path):
    assert working_folder_of(house / "params" / "external" / "x.yaml") == house
