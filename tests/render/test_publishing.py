"""Publishing broken off at every point: a report is the old one or the new one, whole, and the next run ends what was begun."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import pytest

import cvclib.render.publishing as publishing
from cvclib.errors import InputError
from cvclib.render.job import RenderJob
from cvclib.render.locking import own_folders
from cvclib.render.publishing import FAILURE_PAGE, publish, recover, working_folder, write_whole

FILES = ("a.html", "a-findings.json", "rejected_rows.csv", "state.json", "notebooks/1_first.ipynb")


class Killed(BaseException):
    """Stands for the end of the process: nothing in publishing catches it, and nothing is put right on the way out."""


def made(folder, text, notebooks=("1_first",)):
    (folder / "notebooks").mkdir(parents=True)
    for name in FILES[:4]:
        (folder / name).write_text(text, encoding="utf-8")
    for name in notebooks:
        (folder / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def job(tmp_path):
    """A client whose old report is published, made when there was a second step, and which failed since."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "1_first.ipynb").touch()
    job = RenderJob(tmp_path / "a.yaml", tmp_path / "reports", tmp_path / "notebooks")
    made(job.folder, "old", ("1_first", "2_second"))
    (job.folder / FAILURE_PAGE).write_text("failed", encoding="utf-8")
    return job


def published(job):
    return {name: (job.folder / name).read_text(encoding="utf-8") for name in FILES}


def killed_at(monkeypatch, n):
    """Have the n-th change of the file system not happen, nor any after it."""
    left = [n]

    def counted(function):
        def call(*arguments, **more):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return function(*arguments, **more)

        return call

    for name in ("replace", "unlink", "mkdir", "write_text"):
        monkeypatch.setattr(publishing.Path, name, counted(getattr(Path, name)))
    monkeypatch.setattr(publishing.shutil, "rmtree", counted(shutil.rmtree))
    monkeypatch.setattr(publishing.os, "fsync", counted(os.fsync))


def test_a_report_is_whole_wherever_its_publication_is_broken_off(job, tmp_path):
    outcomes = []
    for n in range(100):
        shutil.rmtree(job.out_dir)
        made(job.folder, "old", ("1_first", "2_second"))
        folder = made(job.out_dir / ".rendering-x" / "a", "new")
        with pytest.MonkeyPatch.context() as patch:
            killed_at(patch, n)
            try:
                publish(job, folder)
            except Killed:
                ended = False
            else:
                ended = True
        assert set(published(job).values()) <= {"old", "new"}
        recover(job.out_dir)
        states = set(published(job).values())
        assert len(states) == 1, f"mixed after {n} changes"
        assert sorted(path.name for path in job.out_dir.rglob(".*")) == []
        seconds = (job.folder / "notebooks" / "2_second.ipynb").exists()
        assert seconds == (states == {"old"})
        outcomes.append(states.pop())
        if ended:
            break
    assert outcomes == sorted(outcomes, reverse=True)  # old up to some point, new from there on
    assert {"old", "new"} == set(outcomes)
    assert len(outcomes) > 15


def test_recovery_may_be_broken_off_as_well(job):
    for n in range(30):
        shutil.rmtree(job.out_dir)
        made(job.folder, "old")
        whole = made(job.folder / publishing.PUBLISHING, "new")
        (whole / publishing.LIST_FILE).write_text(json.dumps({"whole": True, "notebooks": ["1_first.ipynb"]}), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            killed_at(patch, n)
            with contextlib.suppress(Killed):
                recover(job.out_dir)
        recover(job.out_dir)
        assert set(published(job).values()) == {"new"}


def test_what_a_killed_run_left_goes_whatever_the_clock_says(job):
    left = job.out_dir / ".rendering-x" / "a"
    left.mkdir(parents=True)
    half = job.folder / ".failed.html-abc.writing"
    half.touch()
    for path in (left.parent, half):
        os.utime(path, (4e9, 4e9))  # of the year 2096: the clock was set back since
    recover(job.out_dir)
    assert not left.parent.exists()
    assert not half.exists()
    assert set(published(job).values()) == {"old"}


def test_a_published_report_takes_its_failure_page_away(job):
    publish(job, made(job.out_dir / ".rendering-x" / "a", "new"))
    assert not (job.folder / FAILURE_PAGE).exists()
    assert not (job.folder / publishing.PUBLISHING).exists()


def test_a_second_run_on_one_folder_is_told_who_has_it(tmp_path):
    told = rf"another run at work in it \(process {os.getpid()} on .*Wait until it has ended"
    with own_folders([tmp_path / "reports"]), pytest.raises(InputError, match=told), own_folders([tmp_path / "reports"]):
        pytest.fail("both have it")
    with own_folders([tmp_path / "reports"]):
        assert (tmp_path / "reports" / ".cvc.lock.json").is_file()


def test_a_place_that_cannot_be_written_to_is_told_before_anything_is_made(tmp_path):
    (tmp_path / "reports").write_text("a file", encoding="utf-8")
    for hold in (lambda: own_folders([tmp_path / "reports"]), lambda: working_folder(tmp_path / "reports")):
        with pytest.raises(InputError, match=r"a place that cannot be written to.*choose another folder with --out"), hold():
            pytest.fail("it could be")


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    write_whole(tmp_path / "a", "old")
    monkeypatch.setattr(publishing.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"
