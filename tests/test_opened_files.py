"""Files that a process opens to read are told, each once; those of libraries, of the system and its own are not."""

import subprocess
import sys
import threading

import pytest

from cvclib.opened_files import OUTSIDE, only_looking, tell_of_opened_files


@pytest.fixture
def told(tmp_path):
    """What is told of files below a folder, from here on."""
    found = []
    tell_of_opened_files(
        lambda path: found.append(path) if path == OUTSIDE or str(tmp_path) in path else None, also_not=(str(tmp_path / "not"),)
    )
    yield found
    tell_of_opened_files(lambda path: None)


def test_a_file_is_told_once_however_often_it_is_read(told, tmp_path):
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            (tmp_path / "a.csv").read_bytes()
    assert told == [str(tmp_path / "a.csv")]


def test_what_the_process_wrote_itself_is_not_told(told, tmp_path):
    (tmp_path / "own.csv").write_text("a", encoding="utf-8")
    assert (tmp_path / "own.csv").read_text(encoding="utf-8") == "a"
    with (tmp_path / "both.csv").open("w+") as file:
        file.read()
    assert told == []


def test_folders_that_are_left_out_and_files_only_looked_at_are_not_told(told, tmp_path):
    (tmp_path / "not").mkdir()
    with pytest.raises(FileNotFoundError):
        (tmp_path / "not" / "a.csv").read_bytes()
    with only_looking(), only_looking(), pytest.raises(FileNotFoundError):
        (tmp_path / "b.csv").read_bytes()
    assert told == []


def test_a_file_opened_by_another_thread_is_told(told, tmp_path):
    (tmp_path / "not").mkdir()

    def read():
        with pytest.raises(FileNotFoundError):
            (tmp_path / "a.csv").read_bytes()

    thread = threading.Thread(target=read)
    with only_looking():
        thread.start()
        thread.join()
    assert told == [str(tmp_path / "a.csv")]


def test_another_program_is_told_as_coming_from_outside(told):
    for _ in range(2):
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert told == [OUTSIDE]


def test_a_process_that_was_listened_to_ends_without_a_word():
    code = "import atexit; from cvclib.opened_files import *; tell_of_opened_files(print); atexit.register(lambda: None)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
