"""What may go wrong while a batch runs: told in a message, nothing lost, the others rendered."""

import html
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cvclib.errors import InputError
from cvclib.kernels import can_fork
from cvclib.render import BatchInterrupted, RenderJob, render_client, render_clients
from cvclib.render.failure import disk_failure
from cvclib.render.locking import own_folders

pytestmark = [pytest.mark.notebook, pytest.mark.skipif(not can_fork(), reason="processes are not forked here")]
KILLS = int(os.environ.get("CVC_FAULT_KILLS", "2"))
CANARIES = int(os.environ.get("CVC_FAULT_CLIENTS", "8"))
PATIENCE_SECONDS = 300
FOR_EVER = "time.sleep(600)"
KILL_TEMPLATE_ONCE = """from pathlib import Path
mark = Path(client_file).with_suffix(".mark")
def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
if not mark.exists():
    mark.touch()
    os.kill(parent(os.getppid()), signal.SIGKILL)
    time.sleep(600)"""


@pytest.fixture
def house(files, tmp_path, monkeypatch):
    """Makes jobs of clients, each with these cells in the first of two steps."""
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))

    def make(*cells, names=("a",), **settings):
        files.step_notebook(tmp_path / "notebooks", "1_first_look", *cells, setup=files.LIGHT_SETUP)
        files.step_notebook(tmp_path / "notebooks", "2_second_look", "most", setup=files.LIGHT_SETUP)
        paths = [tmp_path / "params" / f"{name}.yaml" for name in names]
        made = [path if path.exists() else files.client_file(path.parent, path.stem, client=f"Client {path.stem}") for path in paths]
        return [RenderJob(path, tmp_path / "reports", tmp_path / "notebooks", **settings) for path in made]

    return make


def only(name, cell):
    """A cell that is run for one client only."""
    return f"if client_file.endswith('/{name}.yaml'):\n" + "\n".join(f"    {line}" for line in cell.splitlines())


def states(results):
    return [(result.state, result.step) for result in results]


DEATHS = {
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", "The kernel died|ended by the system"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "exits": ("os._exit(7)", "exit status 7"),
    "task-killed": ("os.kill(os.getppid(), signal.SIGKILL)", "ended by the system"),
    "task-segfault": ("os.kill(os.getppid(), signal.SIGSEGV)", r"died \(SIGSEGV\)"),
    "memory": ("held = bytearray(3 * 10**9)", "[Mm]emory"),
}


def test_what_dies_fails_its_step_only(house):
    """A client for each way to die, and one that is well: in one batch, so that each could harm the next."""
    cells = [only(name, cell) for name, (cell, _) in DEATHS.items()]
    jobs = house(*cells, names=(*DEATHS, "well"), memory_limit_bytes=1_000_000_000)
    results = render_clients(jobs, n_workers=3, progress=False)
    assert states(results) == [("failed", "first_look")] * len(DEATHS) + [("rendered", "")]
    for job, result, (cell, told) in zip(jobs, results, DEATHS.values(), strict=False):
        assert re.search(told, result.message), result.message
        assert cell in html.unescape((job.folder / "failed.html").read_text(encoding="utf-8"))  # the cell in which it happened
    assert not list(jobs[0].out_dir.glob(".rendering-*"))


def test_a_template_that_is_killed_costs_nothing_but_time(house):
    jobs = house(only("a", KILL_TEMPLATE_ONCE), names=("a", "b"))
    assert states(render_clients(jobs, n_workers=2, progress=False)) == [("rendered", ""), ("rendered", "")]


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"cell_timeout_seconds": 1}, "A cell did not end within 1 seconds"),
        ({"step_timeout_seconds": 3}, "It did not end within 3 seconds"),
        ({"client_timeout_seconds": 4}, "The report was not ready within 4 seconds"),
    ],
)
def test_what_does_not_end_is_ended_at_each_limit(house, limit, told):
    (result,) = render_clients(house(FOR_EVER, **limit), n_workers=2, progress=False)
    assert states([result]) == [("failed", "first_look")]
    assert told in result.message
    assert "time.sleep(600)" in (result.client_file.parents[1] / "reports" / "a" / "failed.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_batch_cleanly_and_says_what_is_left(house, number):
    jobs = house(only("b", FOR_EVER), names=("a", "b", "c"))
    before = signal.getsignal(number)

    def interrupt(event):
        if (event.kind, event.slug, event.step) == ("step ended", "b", "second_look"):
            signal.raise_signal(number)

    with pytest.raises(BatchInterrupted) as stopped:
        render_clients(jobs, n_workers=2, progress=False, told=interrupt)
    assert [result.state for result in stopped.value.results] == ["rendered", "not rendered", "not rendered"]
    assert stopped.value.signal_number == number
    assert signal.getsignal(number) is before
    assert not list(jobs[0].out_dir.glob(".rendering-*"))
    run = json.loads((jobs[0].out_dir / "run.json").read_text(encoding="utf-8"))
    assert [row["slug"] for row in run["clients"]] == ["a"]


def test_the_first_failure_stops_the_batch_where_that_is_wished(house):
    jobs = house(only("a", "1 / 0"), names=("a", "b", "c"))
    results = render_clients(jobs, n_workers=1, progress=False, fail_fast=True)
    assert [result.state for result in results] == ["failed", "not rendered", "not rendered"]


def test_a_second_run_on_the_folder_is_refused_and_harms_nothing(house):
    (job,) = house("1")
    with own_folders([job.out_dir]), pytest.raises(InputError, match="another run at work in it"):
        render_clients([job], progress=False)
    assert render_client(job).state == "rendered"


def test_a_table_that_vanishes_meanwhile_is_told_and_the_earlier_report_stays(house):
    (job,) = house("1")
    render_client(job)
    before = job.report.read_bytes()

    def vanish(event):
        if (event.kind, event.step) == ("step begun", "first_look"):
            job.client_file.with_suffix(".csv").unlink()

    result = render_client(replace(job, force=True), vanish)
    assert (result.state, result.report, job.report.read_bytes()) == ("failed", job.report, before)
    assert "a.csv" in result.message


def test_a_failure_page_goes_where_what_failed_was_put_back(house):
    (job,) = house("1")
    render_client(job)
    house("1 / 0")
    assert render_client(job).state == "failed"
    house("1")
    assert render_client(job).state == "up to date"
    assert not (job.folder / "failed.html").exists()


def test_a_clock_that_was_set_back_changes_nothing(house, tmp_path):
    (job,) = house("1")
    render_client(job)
    before = job.report.read_bytes()
    for path in tmp_path.rglob("*"):
        os.utime(path, (4e9, 4e9))  # of the year 2096
    assert render_client(job).state == "up to date"
    assert render_client(replace(job, force=True)).state == "rendered"
    assert job.report.read_bytes() == before


def test_a_full_disk_is_told_and_what_was_published_stays(house, tmp_path):
    """Files that grow too large stand for a disk that is full: the system refuses both in the same way."""
    (job,) = house("1")
    render_client(job)
    before = job.report.read_bytes()
    house("2")
    call = [
        sys.executable,
        "-m",
        "cvclib",
        "render",
        str(job.client_file),
        "--out",
        str(job.out_dir),
        "--notebooks",
        str(job.notebooks_dir),
    ]
    done = subprocess.run(call, capture_output=True, text=True, preexec_fn=_small_files, timeout=PATIENCE_SECONDS)
    assert done.returncode in (1, 2)
    assert re.search("could not be written to: File too large", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert job.report.read_bytes() == before
    assert render_client(job).state == "rendered"
    assert job.report.read_bytes() != before


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_errors_of_the_disk_are_known_wherever_they_come_from():
    engine_error = type("IOException", (Exception,), {"__module__": "_duckdb"})
    assert "No space left" in disk_failure("tables", engine_error('Could not write file "x": No space left on device')).message
    wrapped = RuntimeError("cannot save")
    wrapped.__cause__ = OSError(28, "No space left on device", "/reports/a")
    assert "(/reports/a)" in disk_failure("report", wrapped).message
    assert disk_failure("report", ValueError("No space left on device")) is None


def processes_of(folder):
    """Processes whose environment names a folder, but this one's own."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if int(path.parent.name) != os.getpid() and str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def published(out_dir):
    """What is published of each client: the report's bytes and those of all beside it that is the same in every run."""
    names = ("*/*.html", "*/*-findings.json", "*/rejected_rows.csv")
    return {str(path.relative_to(out_dir)): path.read_bytes() for name in names for path in out_dir.glob(name)}


def test_a_batch_killed_at_any_moment_ends_with_the_same_bytes_and_leaves_no_orphan(house, tmp_path):
    """``CVC_FAULT_KILLS=100`` kills it a hundred times."""
    jobs = house("Path = __import__('pathlib').Path; time.sleep(0.2); Path(client_file).stem", names=("a", "b", "c"))
    undisturbed = [replace(job, out_dir=tmp_path / "undisturbed") for job in jobs]
    render_clients(undisturbed, n_workers=2, progress=False)
    rng = random.Random(20250101)
    call = [sys.executable, "-m", "cvclib", "render", str(tmp_path / "params"), "--out", str(tmp_path / "reports")]
    call += ["--notebooks", str(tmp_path / "notebooks"), "--jobs", "2", "--log", "-"]
    environment = {**os.environ, "CVC_CACHE_DIR": str(tmp_path / "own-cache")}
    for _ in range(KILLS):
        shutil.rmtree(tmp_path / "reports", ignore_errors=True)
        kill_after_event(call, environment, rng.randrange(1, 28), rng.random() * 0.3)
        until = time.monotonic() + PATIENCE_SECONDS
        while processes_of(tmp_path / "own-cache") and time.monotonic() < until:
            time.sleep(0.05)
        assert processes_of(tmp_path / "own-cache") == []
        done = render_clients(jobs, n_workers=2, progress=False)
        assert [result.state for result in done if result.state not in ("rendered", "up to date")] == []
        assert published(tmp_path / "reports") == published(tmp_path / "undisturbed")
        assert not list((tmp_path / "reports").glob(".rendering-*"))


def kill_after_event(call, environment, n_events, seconds):
    process = subprocess.Popen(call, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for _ in range(n_events):
        if not process.stderr.readline():
            break
    time.sleep(seconds)
    process.kill()
    process.wait()
    process.stderr.close()


def test_no_client_meets_the_data_of_another(files, tmp_path, monkeypatch):
    """A canary a client, in its name, its data and what its notebook keeps in memory; ``CVC_FAULT_CLIENTS=50`` makes more."""
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    names = [f"c{i:02d}" for i in range(CANARIES)]
    canaries = {name: f"canary{random.Random(name).getrandbits(64):016x}" for name in names}
    cells = (
        "import builtins\nseen = [value for name, value in vars(builtins).items() if name == 'kept']\nbuiltins.kept = segment_names",
        'Table(orders.groupby("channel", as_index=False).size(), "Orders " + " ".join(map(str, seen)), units={"size": "count"})',
    )
    setup = files.SETUP + '\norders = client.tables.orders.to_pandas()\nsegment_names = " ".join(sorted(set(orders["channel"])))'
    files.step_notebook(tmp_path / "notebooks", "1_first_look", *cells, setup=setup)
    for name in names:
        path = files.client_file(tmp_path / "params", name, client=f"Client {canaries[name]}")
        data = path.with_suffix(".csv")
        data.write_text(data.read_text(encoding="utf-8").replace("shop", canaries[name]), encoding="utf-8")
    jobs = [RenderJob(tmp_path / "params" / f"{name}.yaml", tmp_path / "reports", tmp_path / "notebooks") for name in names]
    results = render_clients(jobs, n_workers=4, progress=False)
    assert {result.state for result in results} == {"rendered"}
    caches = {name: next((tmp_path / "cache").glob(f"{name}-*")) for name in names}
    for name, job in zip(names, jobs, strict=True):
        for folder in (job.folder, caches[name]):
            content = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
            found = {canary.decode() for canary in re.findall(rb"canary[0-9a-f]{16}", content)}
            assert found == {canaries[name]}, f"{folder.name} of {name}"
