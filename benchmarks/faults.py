"""What the batch does when things go wrong: each fault is made again and again, and what came of it is counted.

    python benchmarks/faults.py --kills 100 --times 10 --canaries 50

Small clients with notebooks of a few cells; moments are drawn from a seeded generator. A fault counts as borne if
what it must not touch is as it was, the message says what happened, nothing is left running, and the same call
afterwards ends with the bytes of an undisturbed run. The disk that is full and the folder that cannot be written to
are mounted where this user may mount; else files that may not grow, and a file in the folder's place, stand for them.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cvclib.render import RenderJob, RenderResult, render_client, render_clients
from cvclib.render.locking import own_folders

SEED = 20250101
PATIENCE_SECONDS = 120
STOP_SECONDS = 2.0
EVENTS = 27  # that a batch of three small clients tells of
HELPERS = Path(__file__).parents[1] / "tests" / "render" / "notebooks.py"

CELLS = {
    "kernel killed": ("os.kill(os.getpid(), signal.SIGKILL)", "ended by the system|died"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "too much memory": ("held = bytearray(4 * 10**9)", "memory|Memory"),
    "endless cell": ("while True: pass", "did not end within"),
    "process of the step killed": ("os.kill(os.getppid(), signal.SIGKILL)", "ended by the system"),
}
TEMPLATE_KILLED = """mark = client_file + ".mark"
template = int(open(f"/proc/{os.getppid()}/stat").read().rpartition(")")[2].split()[1])
if not os.path.exists(mark):
    open(mark, "w").close()
    os.kill(template, signal.SIGKILL)
    time.sleep(600)"""


def helpers():
    spec = importlib.util.spec_from_file_location("small_notebooks", HELPERS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class House:
    """Three small clients in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, helpers()
        os.environ["CVC_CACHE_DIR"] = str(folder / "cache")
        for name in ("a", "b", "c"):
            self.files.client_file(folder / "params", name, client=f"Client {name}")
        self.cell("1")
        self.undisturbed = self.published(self.render(out="undisturbed")[0].report.parents[1])

    def cell(self, cell: str) -> None:
        """Give the first step of the first client another cell."""
        self.cells = "\n".join(["if client_file.endswith('a.yaml'):", *(f"    {line}" for line in cell.splitlines())])
        look = "Path = __import__('pathlib').Path; time.sleep(0.1); Path(client_file).stem"
        self.files.step_notebook(self.folder / "notebooks", "1_first_look", self.cells, look, setup=self.files.LIGHT_SETUP)
        self.files.step_notebook(self.folder / "notebooks", "2_second_look", look, setup=self.files.LIGHT_SETUP)

    def jobs(self, out: str = "reports", **settings) -> list[RenderJob]:
        paths = sorted((self.folder / "params").glob("*.yaml"))
        return [RenderJob(path, self.folder / out, self.folder / "notebooks", **settings) for path in paths]

    def render(self, out: str = "reports", **settings) -> list[RenderResult]:
        return render_clients(self.jobs(out, **settings), n_workers=2, progress=False)

    def call(self, out: str = "reports", *more: str) -> list[str]:
        named = ["--out", str(self.folder / out), "--notebooks", str(self.folder / "notebooks"), "--jobs", "2", *more]
        return [sys.executable, "-m", "cvclib", "render", str(self.folder / "params"), *named]

    @staticmethod
    def published(out: Path) -> dict[str, bytes]:
        names = ("*/*.html", "*/*-findings.json", "*/rejected_rows.csv")
        return {str(path.relative_to(out)): path.read_bytes() for name in names for path in out.glob(name)}

    def is_as_undisturbed(self, out: str = "reports") -> bool:
        return self.published(self.folder / out) == self.undisturbed and not list((self.folder / out).glob(".rendering-*"))


def orphans(folder: Path) -> list[int]:
    """Processes whose environment names a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if int(path.parent.name) != os.getpid() and str(folder).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def no_orphan(folder: Path) -> bool:
    until = time.monotonic() + 5
    while orphans(folder) and time.monotonic() < until:
        time.sleep(0.02)
    return not orphans(folder)


def started(house: House, rng: random.Random) -> tuple[subprocess.Popen, Path]:
    """A batch on its way, stopped at by the caller after a random event and a little more."""
    own_cache = house.folder / f"cache-{rng.getrandbits(32):08x}"
    environment = {**os.environ, "CVC_CACHE_DIR": str(own_cache)}
    process = subprocess.Popen(house.call("reports", "--log", "-"), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for _ in range(rng.randrange(1, EVENTS + 1)):
        if not process.stderr.readline():
            break
    time.sleep(rng.random() * 0.3)
    return process, own_cache


def killed(house: House, rng: random.Random) -> str:
    shutil.rmtree(house.folder / "reports", ignore_errors=True)
    process, own_cache = started(house, rng)
    process.kill()
    process.wait()
    process.stderr.close()
    if not no_orphan(own_cache):
        return "left a process"
    half = {name: content for name, content in house.published(house.folder / "reports").items() if name.endswith(".html")}
    if any(house.undisturbed.get(name) != content for name, content in half.items()):
        return "a published report was not whole"
    house.render()
    return "" if house.is_as_undisturbed() else "other bytes"


def interrupted(house: House, rng: random.Random) -> str:
    shutil.rmtree(house.folder / "reports", ignore_errors=True)
    process, own_cache = started(house, rng)
    number = rng.choice([signal.SIGINT, signal.SIGTERM])
    begun = time.monotonic()
    process.send_signal(number)
    said = process.stderr.read().decode()
    status = process.wait()
    seconds = time.monotonic() - begun
    process.stderr.close()
    if not no_orphan(own_cache):
        return "left a process"
    if status != 0 and (status not in (128 + number, -number) or (status > 0 and "Interrupted" not in said)):
        return f"status {status}: {said[-200:]}"
    if seconds > STOP_SECONDS:
        return f"took {seconds:.1f} s"
    house.render()
    return "" if house.is_as_undisturbed() else "other bytes"


def cell_fault(cell: str, told: str) -> Callable[[House, random.Random], str]:
    def fault(house: House, rng: random.Random) -> str:
        shutil.rmtree(house.folder / "reports", ignore_errors=True)
        house.cell(cell)
        results = house.render(cell_timeout_seconds=2, memory_limit_bytes=2_000_000_000)
        house.cell("1")
        if [(result.state, result.step) for result in results] != [("failed", "first_look"), ("rendered", ""), ("rendered", "")]:
            return str([(result.state, result.step, result.message) for result in results])
        if not re.search(told, results[0].message):
            return results[0].message
        house.render()
        return "" if house.is_as_undisturbed() else "other bytes"

    return fault


def template_killed(house: House, rng: random.Random) -> str:
    shutil.rmtree(house.folder / "reports", ignore_errors=True)
    (house.folder / "params" / "a.yaml.mark").unlink(missing_ok=True)
    house.cell(TEMPLATE_KILLED)
    results = house.render()
    house.cell("1")
    if any(result.state != "rendered" for result in results):
        return str([(result.state, result.message) for result in results])
    house.render()
    return "" if house.is_as_undisturbed() else "other bytes"


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[bool]:
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", str(place)], capture_output=True).returncode == 0
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "-l", str(place)], capture_output=True)


def disk_full(house: House, rng: random.Random) -> str:
    with mounted(house.folder / "full", "-o", f"size={rng.randrange(40, 400)}k") as is_mount:
        limit = rng.randrange(2_000, 60_000)
        small = None if is_mount else (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        done = subprocess.run(house.call("full"), capture_output=True, text=True, preexec_fn=small, timeout=PATIENCE_SECONDS)
        reports = {n: c for n, c in house.published(house.folder / "full").items() if n.endswith(f"{n[0]}.html")}
        other = next((n for n, c in reports.items() if house.undisturbed.get(n) != c), None)
        if other:
            (Path(tempfile.gettempdir()) / "not-whole.html").write_bytes(reports[other])
    shutil.rmtree(house.folder / "full", ignore_errors=True)
    told = re.search("could not be written|cannot be written", done.stderr) is not None or done.returncode == 0
    if not told or done.returncode not in (0, 1, 2) or "Traceback" in done.stderr:
        return f"status {done.returncode}: {done.stderr[-300:]}"
    return f"{other} was published with {len(reports[other])} bytes, undisturbed {len(house.undisturbed[other])}" if other else ""


def read_only(house: House, rng: random.Random) -> str:
    place = house.folder / "locked"
    with mounted(place, "-o", "ro") as is_mount:
        if not is_mount:
            place.rmdir()
            place.write_text("in the way")
        done = subprocess.run(house.call("locked"), capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    place.rmdir() if place.is_dir() else place.unlink()
    if done.returncode != 2 or "a place that cannot be written to" not in done.stderr or "Traceback" in done.stderr:
        return f"status {done.returncode}: {done.stderr[-300:]}"
    return ""


def concurrent(house: House, rng: random.Random) -> str:
    shutil.rmtree(house.folder / "reports", ignore_errors=True)
    two = [subprocess.Popen(house.call(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=PATIENCE_SECONDS)[1] for process in two]
    statuses = sorted(process.returncode for process in two)
    if statuses == [0, 2] and not any("another run at work in it" in text for text in said):
        return said[-1]
    if statuses not in ([0, 2], [0, 0]):  # both went through where one was over before the other looked
        return f"statuses {statuses}"
    return "" if house.is_as_undisturbed() else "other bytes"


def clock_set_back(house: House, rng: random.Random) -> str:
    house.render()
    for path in house.folder.rglob("*"):
        os.utime(path, (4e9, 4e9))  # of the year 2096
    if any(result.state == "failed" for result in house.render(force=True)):
        return "a client failed"
    return "" if house.is_as_undisturbed() else "other bytes"


def vanished(house: House, rng: random.Random) -> str:
    job = replace(house.jobs()[0], force=True)
    data = job.client_file.with_suffix(".csv")
    content = data.read_bytes()
    render_client(job)
    step = rng.choice(["first_look", "second_look"])

    def vanish(event) -> None:
        if (event.kind, event.step) == ("step begun", step):
            data.unlink(missing_ok=True)

    result = render_client(job, vanish)
    data.write_bytes(content)
    if result.state != "failed" or "a.csv" not in result.message:
        return f"{result.state}: {result.message}"
    house.render()
    return "" if house.is_as_undisturbed() else "other bytes"


def canaries(folder: Path, n: int) -> str:
    """Render clients with a text of their own each, four steps at a time, and look for it everywhere else."""
    files, rng = helpers(), random.Random(SEED)
    os.environ["CVC_CACHE_DIR"] = str(folder / "cache")
    setup = files.SETUP + '\norders = client.tables.orders.to_pandas()\nkept = " ".join(sorted(set(orders["channel"])))'
    files.step_notebook(folder / "notebooks", "1_first_look", files.COUNTS, files.DRAWN, "kept", setup=setup)
    texts = {f"c{i:02d}": f"canary{rng.getrandbits(64):016x}" for i in range(n)}
    for name, text in texts.items():
        data = files.client_file(folder / "params", name, client=f"Client {text}").with_suffix(".csv")
        data.write_text(data.read_text().replace("shop", text))
    jobs = [RenderJob(folder / "params" / f"{name}.yaml", folder / "reports", folder / "notebooks") for name in texts]
    if any(result.state != "rendered" for result in render_clients(jobs, n_workers=4, progress=False)):
        return "a client failed"
    for name, job in zip(texts, jobs, strict=True):
        for place in (job.folder, next((folder / "cache").glob(f"{name}-*"))):
            content = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
            if {found.decode() for found in re.findall(rb"canary[0-9a-f]{16}", content)} != {texts[name]}:
                return f"another client's text in {place.name}"
    return ""


def count(name: str, times: int, fault: Callable[[House, random.Random], str], house: House, rng: random.Random) -> bool:
    begun = time.monotonic()
    outcomes = [fault(house, rng) for _ in range(times)]
    wrong = [outcome for outcome in outcomes if outcome]
    told = f"; of the others: {wrong[0]}" if wrong else ""
    print(f"| {name} | {times} | {times - len(wrong)} borne{told} | {(time.monotonic() - begun) / max(1, times):.1f} s each |", flush=True)
    return not wrong


def second_run(house: House, rng: random.Random) -> str:
    with own_folders([house.folder / "reports"]):
        done = subprocess.run(house.call(), capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    told = f"process {os.getpid()} on " in done.stderr
    return "" if done.returncode == 2 and told else f"status {done.returncode}: {done.stderr[-200:]}"


def main() -> int:
    """Make every fault and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--canaries", type=int, default=50)
    asked = parser.parse_args()
    rng = random.Random(SEED)
    faults = [
        ("kill -9 of the batch at a random moment", asked.kills, killed),
        ("Ctrl-C or SIGTERM at a random moment, gone within 2 s", asked.times, interrupted),
        *((name, asked.times, cell_fault(*cell)) for name, cell in CELLS.items()),
        ("template of the processes killed", asked.times, template_killed),
        ("disk full", asked.times, disk_full),
        ("folder read-only", asked.times, read_only),
        ("two runs on one folder at once", asked.times, concurrent),
        ("a run on a folder in use", asked.times, second_run),
        ("table vanished in the middle", asked.times, vanished),
        ("clock set back", asked.times, clock_set_back),
    ]
    print("| fault | times tried | outcome | time |\n|---|---|---|---|", flush=True)
    borne = True
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        house = House(Path(folder) / "house")
        for name, times, fault in faults:
            borne &= count(name, times, fault, house, rng)
        found = canaries(Path(folder) / "canaries", asked.canaries)
        print(f"| canaries of {asked.canaries} clients, four steps at a time | 1 | {found or 'none met another'} | |", flush=True)
    return 0 if borne and not found else 1


if __name__ == "__main__":
    raise SystemExit(main())
