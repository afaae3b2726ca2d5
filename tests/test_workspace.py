"""Where the workbook's own files are, and how a working folder is laid out."""

from pathlib import Path

import pytest

from cvclib import workspace
from cvclib.workspace import default_notebooks_dir, workbook_dir, write_atomically

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("installed", "checkout", "here"):
        (tmp_path / name / "notebooks").mkdir(parents=True)
    monkeypatch.setattr(workspace, "INSTALLED", tmp_path / "installed")
    monkeypatch.setattr(workspace, "CHECKOUT", tmp_path / "checkout")
    return tmp_path


def notebook(folder):
    (folder / "notebooks" / "1_process_mapping.ipynb").touch()


def test_an_installed_package_carries_its_own_notebooks(folder):
    notebook(folder / "installed")
    notebook(folder / "checkout")
    assert workbook_dir() == folder / "installed"


def test_a_checkout_has_them_beside_the_package(folder):
    notebook(folder / "checkout")
    assert workbook_dir() == folder / "checkout"


def test_the_notebooks_of_the_working_folder_go_first(folder):
    notebook(folder / "checkout")
    assert default_notebooks_dir(folder / "here") == folder / "checkout" / "notebooks"
    notebook(folder / "here")
    assert default_notebooks_dir(folder / "here") == folder / "here" / "notebooks"


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")
    assert path.read_bytes() == b"old"
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]


def test_the_readme_of_a_working_folder_names_each_of_its_folders():
    assert all(f"{name}/" in workspace.README for name in workspace.FOLDERS)
