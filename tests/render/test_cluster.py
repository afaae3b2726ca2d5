"""Clients rendered by a scheduler and workers of their own, on loopback; and what travels between them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cvclib.errors import InputError
from cvclib.params import load_client_file
from cvclib.render import RenderJob, render_client, render_clients
from cvclib.render.batch import failed
from cvclib.render.parcel import OtherVersionError, pack, render_parcel, with_contents

pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
from cvclib.render.cluster import render_on_cluster

pytestmark = pytest.mark.notebook
SLOW = """import os, time
from pathlib import Path
(Path(client_file).parent / f"begun-{Path(client_file).stem}-{os.getpid()}").touch()
while not (Path(client_file).parent / "go").exists():
    time.sleep(0.1)
"slept" """


@pytest.fixture
def house(files, tmp_path, monkeypatch):
    """Makes jobs of small clients below this test's folder."""
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))

    def make(*names, cells=(files.COUNTS, files.DRAWN, files.LEARNT), **settings):
        files.step_notebook(tmp_path / "notebooks", "1_first_look", *cells)
        made = [files.client_file(tmp_path / "params", name, client=f"Client {name}", **settings) for name in names]
        return [RenderJob(path, tmp_path / "reports", tmp_path / "notebooks") for path in made]

    return make


def dask(*arguments):
    command = [sys.executable, "-m", "dask", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler with two workers: its address, the workers' processes, and its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    started = [dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")]
    for i in range(2):
        options = ("--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path / f"worker{i}"))
        started.append(dask("worker", address, *options))
    yield address, started[1:], started[0]
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def contents(job):
    return {path.relative_to(job.folder).as_posix(): path.read_bytes() for path in job.folder.rglob("*") if path.is_file()}


def test_a_cluster_publishes_the_same_bytes_as_this_machine(house, cluster, tmp_path):
    jobs = house("a", "b")
    bad = house("c", without="ordered_at")
    results = dict(render_on_cluster([*jobs, *bad], cluster[0], failed))
    assert [results[i].state for i in range(3)] == ["rendered", "rendered", "failed"]
    assert (bad[0].folder / "failed.html").is_file()
    here = [replace(job, out_dir=tmp_path / "here") for job in jobs]
    for there, job in zip(jobs, here, strict=True):
        render_client(job)
        assert there.report.read_bytes() == job.report.read_bytes()
        assert sorted(contents(there)) == sorted(contents(job))
    again = render_clients(jobs, scheduler=cluster[0], progress=False)  # the same call as on one machine
    assert [result.state for result in again] == ["up to date"] * 2
    assert "Client b" in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")


def test_the_clients_of_a_lost_worker_are_rendered_by_another(house, cluster, tmp_path):
    jobs = house("a", "b", "c", cells=(SLOW,))
    begun = (tmp_path / "params").glob

    def lose_one():
        while len(list(begun("begun-*"))) < 2:
            time.sleep(0.1)
        os.killpg(cluster[1][0].pid, signal.SIGKILL)
        (tmp_path / "params" / "go").touch()

    loser = threading.Thread(target=lose_one)
    loser.start()
    results = [(i, result.state) for i, result in render_on_cluster(jobs, cluster[0], failed)]
    loser.join()
    assert sorted(results) == [(0, "rendered"), (1, "rendered"), (2, "rendered")]  # each told, and published, once
    assert len(list(begun("begun-*"))) == 4  # one began twice


def test_a_lost_scheduler_fails_what_is_left_and_says_so(house, cluster, tmp_path):
    jobs = house("a", "b", cells=(SLOW,))

    def lose_it():
        while not list((tmp_path / "params").glob("begun-*")):
            time.sleep(0.1)
        os.killpg(cluster[2].pid, signal.SIGKILL)
        (tmp_path / "params" / "go").touch()

    loser = threading.Thread(target=lose_it)
    loser.start()
    results = render_clients(jobs, scheduler=cluster[0], progress=False)
    loser.join()
    assert [result.state for result in results] == ["failed", "failed"]
    assert "Its scheduler may have ended" in results[0].message
    assert (jobs[0].folder / "failed.html").is_file()


def test_a_worker_without_the_files_gets_them_sent(house, tmp_path):
    job = house("a")[0]
    params = load_client_file(job.client_file)
    parcel = pack(job, params)
    sent = with_contents(parcel, params)
    render_client(replace(job, out_dir=tmp_path / "here"))
    for folder in ("params", "notebooks", "cache"):
        shutil.move(tmp_path / folder, tmp_path / f"{folder}-away")
    assert render_parcel(parcel).result is None
    delivery = render_parcel(sent)
    assert delivery.result.state == "rendered"
    assert delivery.files["a.html"] == (tmp_path / "here" / "a" / "a.html").read_bytes()
    assert not (tmp_path / "cache").exists()  # a client's data do not stay on the worker


def test_a_file_that_has_changed_since_is_not_taken_for_the_one_asked_for(house):
    job = house("a")[0]
    parcel = pack(job, load_client_file(job.client_file))
    data = Path(job.client_file).with_suffix(".csv")
    data.write_text(data.read_text(encoding="utf-8") + "77,c1,2025-04-01,web\n", encoding="utf-8")
    assert render_parcel(parcel).result is None


def test_an_absolute_path_cannot_be_sent(house, tmp_path):
    job = house("a")[0]
    text = Path(job.client_file).read_text(encoding="utf-8")
    Path(job.client_file).write_text(text.replace("a.csv", str(tmp_path / "params" / "a.csv")), encoding="utf-8")
    params = load_client_file(job.client_file)
    with pytest.raises(InputError, match=r"absolute path.*a\.csv.*a relative path"):
        with_contents(pack(job, params), params)


def test_a_worker_of_another_version_renders_nothing(house):
    job = house("a")[0]
    parcel = replace(pack(job, load_client_file(job.client_file)), made_by="another")
    with pytest.raises(OtherVersionError, match="another version of cvclib"):
        render_parcel(parcel)


def test_a_scheduler_that_does_not_answer_is_told_of(house, monkeypatch):
    monkeypatch.setattr("cvclib.render.cluster.CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="no answer"):
        list(render_on_cluster(house("a"), "tcp://127.0.0.1:1", failed))


def test_without_dask_it_says_what_to_install(house, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'cvclib\[dask\]'"):
        list(render_on_cluster(house("a"), "tcp://127.0.0.1:1", failed))
