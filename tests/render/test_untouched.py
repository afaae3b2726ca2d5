"""Whether a report can be left as it is, told without reading a client file; and what must not be missed."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cvclib.render import RenderJob, render_clients
from cvclib.render.digests import made_by
from cvclib.render.untouched import untouched

pytestmark = pytest.mark.notebook
LONG_AGO_NS = 1_000_000_000 * 1_700_000_000


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def job(files, tmp_path, cache):
    """A rendered client whose files were all written long ago."""
    files.step_notebook(tmp_path / "notebooks", "1_first_look", files.COUNTS, setup=files.SETUP)
    path = files.client_file(tmp_path / "params", "a", client="Client A")
    for file in (path, path.with_suffix(".csv"), tmp_path / "notebooks" / "1_first_look.ipynb"):
        os.utime(file, ns=(LONG_AGO_NS, LONG_AGO_NS))
    made = RenderJob(path, tmp_path / "reports", tmp_path / "notebooks")
    assert [result.state for result in render_clients([made], progress=False)] == ["rendered"]
    return made


def again(job):
    return render_clients([job], progress=False)[0].state


def rewritten(path, old, new):
    """The file with a text replaced by one as long, its size and time as before."""
    state = path.stat()
    text = path.read_text(encoding="utf-8")
    assert old in text and len(old) == len(new)
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def test_nothing_touched_is_told_with_the_clients_name_and_without_reading_data(job, monkeypatch):
    monkeypatch.setattr("cvclib.render.untouched.file_digest", None)
    assert untouched(job, made_by()) == "Client A"


def test_a_file_that_was_touched_but_is_the_same_is_read_and_left(job):
    os.utime(Path(job.client_file).with_suffix(".csv"))
    assert untouched(job, made_by()) == "Client A"


@pytest.mark.parametrize(
    "name", ["params/a.csv", "params/a.yaml", "notebooks/1_first_look.ipynb", "reports/a/a.html", "reports/a/state.json"]
)
def test_a_file_that_has_changed_or_gone_is_noticed(job, tmp_path, name):
    path = tmp_path / name
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    assert not untouched(job, made_by())
    path.unlink()
    assert not untouched(job, made_by())
    path.mkdir()
    assert not untouched(job, made_by())


def test_a_change_within_the_same_moment_is_noticed(job, tmp_path, cache):
    note = next((cache / "seen").iterdir())
    data = tmp_path / "params" / "a.csv"
    content = json.loads(note.read_text(encoding="utf-8"))
    os.utime(data, ns=(note.stat().st_mtime_ns, note.stat().st_mtime_ns))  # written just when it was noted
    content["inputs"][str(data)]["mtime_ns"] = note.stat().st_mtime_ns
    state = note.stat()
    note.write_text(json.dumps(content), encoding="utf-8")
    os.utime(note, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert untouched(job, made_by())
    rewritten(data, "shop", "stop")
    assert not untouched(job, made_by())


def test_a_file_put_in_the_place_of_another_with_its_size_and_time_is_noticed(job, tmp_path):
    data = tmp_path / "params" / "a.csv"
    (tmp_path / "b.csv").write_text(data.read_text(encoding="utf-8").replace("shop", "stop"), encoding="utf-8")
    os.utime(tmp_path / "b.csv", ns=(LONG_AGO_NS, LONG_AGO_NS))
    (tmp_path / "b.csv").replace(data)
    assert not untouched(job, made_by())
    assert again(job) == "rendered"


def test_a_clock_that_was_set_back_makes_it_look_again(job, tmp_path):
    data = tmp_path / "params" / "a.csv"
    ahead = time.time_ns() + 10**12
    os.utime(data, ns=(ahead, ahead))
    assert untouched(job, made_by())
    rewritten(data, "shop", "stop")
    assert not untouched(job, made_by())


def test_another_version_another_step_and_another_setting_are_noticed(job):
    assert not untouched(job, "another version")
    assert not untouched(replace(job, overrides={"most": 2}), made_by())
    assert not untouched(replace(job, engine_name="nbclient"), made_by())


def test_force_renders_what_is_untouched(job):
    assert again(job) == "up to date"
    assert again(replace(job, force=True)) == "rendered"


def test_a_damaged_note_costs_time_only(job, cache):
    note = next((cache / "seen").iterdir())
    note.write_text("{", encoding="utf-8")
    assert not untouched(job, made_by())
    assert again(job) == "up to date"
    assert untouched(job, made_by())


def test_a_pattern_and_a_value_of_the_environment_are_always_looked_into(job, tmp_path, monkeypatch):
    path = Path(job.client_file)
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("a.csv", "a*.csv"), encoding="utf-8")
    assert again(job) == "rendered"
    assert not untouched(job, made_by())
    (tmp_path / "params" / "a2.csv").write_text(
        (tmp_path / "params" / "a.csv").read_text(encoding="utf-8").replace("0,c0", "90,c0"), encoding="utf-8"
    )
    assert again(job) == "rendered"
    monkeypatch.setenv("CLIENTS_FILE", "a.csv")
    path.write_text(written.replace("a.csv", "${CLIENTS_FILE}"), encoding="utf-8")
    assert again(job) == "rendered"
    assert again(job) == "up to date"
    assert not untouched(job, made_by())


def test_a_value_of_the_environment_counts_as_what_it_stands_for(job, monkeypatch):
    path = Path(job.client_file)
    path.write_text(path.read_text(encoding="utf-8").replace("channel: channel", "channel: {value: '${REGION}'}"), encoding="utf-8")
    monkeypatch.setenv("REGION", "north")
    assert again(job) == "rendered"
    assert again(job) == "up to date"
    monkeypatch.setenv("REGION", "south")
    assert again(job) == "rendered"


def test_a_failure_page_goes_when_what_was_there_is_put_back(job, tmp_path):
    data = tmp_path / "params" / "a.csv"
    data.rename(tmp_path / "away.csv")
    assert again(job) == "failed"
    assert (job.folder / "failed.html").is_file()
    (tmp_path / "away.csv").rename(data)
    assert again(job) == "up to date"
    assert not (job.folder / "failed.html").exists()
