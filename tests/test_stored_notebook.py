"""Notebooks under git: no output is stored, whoever ran them, and nobody's own settings are touched."""

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from cvclib.stored_notebook import keep_outputs_out, stored

ROOT = Path(__file__).resolve().parents[1]
in_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def notebook(**more):
    output = nbformat.v4.new_output("stream", text="a client's row")
    cell = nbformat.v4.new_code_cell("print(1)", id="a", metadata={"tags": ["parameters"]}, outputs=[output], execution_count=7)
    return nbformat.writes(
        nbformat.v4.new_notebook(cells=[cell], metadata={"language_info": {"name": "python", "version": "3.12.1"}, **more})
    )


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a.ipynb").write_text(notebook(), encoding="utf-8")
    return tmp_path


def git(folder, *arguments):
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout


def test_outputs_and_versions_are_left_out_and_tags_are_kept():
    found = stored(notebook(widgets={"x": 1}))
    assert "row" not in found
    assert "3.12.1" not in found
    assert "widgets" not in found
    assert nbformat.reads(found, as_version=4).cells[0].metadata == {"tags": ["parameters"]}
    assert stored(found) == found


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").rglob("*.ipynb")), ids=lambda path: path.stem)
def test_the_workbooks_notebooks_are_stored_as_that(path):
    text = path.read_text(encoding="utf-8")
    assert text == stored(text)


@in_git
def test_git_stores_no_output_and_leaves_the_file_that_is_worked_on(checkout):
    assert keep_outputs_out(checkout) is True
    git(checkout, "add", ".")
    assert git(checkout, "show", ":a.ipynb") == stored(notebook())
    assert (checkout / "a.ipynb").read_text(encoding="utf-8") == notebook()
    assert keep_outputs_out(checkout) is False
    assert (checkout / ".git" / "info" / "attributes").read_text().count("*.ipynb") == 1


@in_git
def test_the_difference_of_two_versions_is_that_of_their_cells(checkout):
    keep_outputs_out(checkout)
    git(checkout, "add", ".")
    (checkout / "a.ipynb").write_text(notebook().replace("print(1)", "print(2)"), encoding="utf-8")
    shown = git(checkout, "diff")
    assert "print(2)" in shown
    assert "a client's row" not in shown


@in_git
def test_what_somebody_set_for_notebooks_himself_is_left(checkout):
    (checkout / ".gitattributes").write_text("*.ipynb filter=nbstripout\n", encoding="utf-8")
    assert keep_outputs_out(checkout) is False
    assert not (checkout / ".git" / "info" / "attributes").exists() or "cvc" not in (checkout / ".git" / "info" / "attributes").read_text()


def test_a_folder_under_no_git_is_left(tmp_path):
    assert keep_outputs_out(tmp_path) is False
