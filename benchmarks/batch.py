"""Rendering the seven notebooks: cvc beside papermill's Python API and the stock commands, and beside the limit.

Every side makes the same: the seven executed notebooks of each client and an HTML page of them; the client's tables are prepared
before. The rounds of all sides take turns within one run, so that a busy moment meets them all. The limit is the time that the cells
alone take in processes that have everything imported, as many side by side as ours has workers.

    python benchmarks/batch.py                    1 client three times, 8 clients once
    python benchmarks/batch.py --clients 8 --rounds 3
    python benchmarks/batch.py start              first run, run with nothing to do, help
    python benchmarks/batch.py line               cost by number of clients, up to 300
    python benchmarks/batch.py line --clients 2 4
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
from _beside import Measured, measure, our_python

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
BIN = Path(sys.executable).parent
WORKERS = 2
LIMIT_SECONDS = 3600

API = """
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
import papermill
from nbconvert import HTMLExporter

def one(client, out):
    for notebook in sorted(Path(sys.argv[1]).glob("[1-7]_*.ipynb")):
        done = Path(out) / (Path(client).stem + "-" + notebook.name)
        papermill.execute_notebook(notebook, done, parameters={"client_file": client}, cwd=notebook.parent, progress_bar=False)
        done.with_suffix(".html").write_text(HTMLExporter().from_filename(str(done))[0], encoding="utf-8")

if __name__ == "__main__":
    with ProcessPoolExecutor(int(sys.argv[2])) as pool:
        list(pool.map(one, sys.argv[4:], [sys.argv[3]] * len(sys.argv[4:])))
"""

COMMANDS = """
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

def one(pair):
    notebook, client = pair
    done = Path(sys.argv[3]) / (Path(client).stem + "-" + notebook.name)
    run = [sys.argv[4] + "/papermill", notebook, done, "-p", "client_file", client, "--cwd", notebook.parent, "--no-progress-bar"]
    subprocess.run(run, check=True, stderr=subprocess.DEVNULL)
    subprocess.run([sys.argv[4] + "/jupyter", "nbconvert", "--to", "html", "--log-level", "ERROR", done], check=True)

notebooks = sorted(Path(sys.argv[1]).glob("[1-7]_*.ipynb"))
with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    list(pool.map(one, [(notebook, client) for client in sys.argv[5:] for notebook in notebooks]))
"""

CELLS = """
import json, multiprocessing, os, sys, time
from pathlib import Path
import duckdb, great_tables, ibis, matplotlib, nbformat, numpy, pandas, scipy.stats, seaborn
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
import cvclib.steps.performance_evaluation, cvclib.steps.advocacy, cvclib.steps.continuous_improvement, cvclib.steps.collaboration
import cvclib.steps.process_mapping, cvclib.steps.technology_integration, cvclib.steps.value_identification

def cells(clients):
    for client in clients:
        for path in sorted(Path(sys.argv[1]).glob("[1-7]_*.ipynb")):
            os.chdir(path.parent)
            shell = InteractiveShell()
            for cell in nbformat.read(path, 4).cells:
                if cell.cell_type != "code":
                    continue
                given = "\\nclient_file = " + repr(client) if "parameters" in cell.metadata.get("tags", []) else ""
                with capture_output():
                    result = shell.run_cell(cell.source + given)
                result.raise_error()

if __name__ == "__main__":
    many, clients = int(sys.argv[2]), sys.argv[3:]
    start = time.perf_counter()
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=cells, args=(clients[i::many],)) for i in range(min(many, len(clients)))]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert not any(process.exitcode for process in running)
    print("cells", time.perf_counter() - start)
"""


def clients(folder: Path, number: int, customers: int) -> list[Path]:
    """Client files of made clients, each with a seed of its own, their tables prepared."""
    made = []
    for seed in range(1, number + 1):
        measure([BIN / "cvc", "demo", "--seed", str(seed), "--customers", str(customers), "--out", folder / f"client-{seed}"])
        made += _client_files(folder / f"client-{seed}")
    prepare = "import sys\nfrom cvclib.client import Client\nfor name in sys.argv[1:]: Client.open(name)"
    measure([our_python(), "-c", prepare, *made])
    return made


def _client_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*.yaml")) if path.name != "planted_truths.yaml"]


def sides(files: Sequence[Path], folder: Path) -> dict[str, Callable[[], Measured]]:
    """What is measured, by name; each call is one round of one side into a fresh folder."""

    def fresh() -> Path:
        place = folder / "out"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return place

    def run(command: Sequence[object]) -> Measured:
        return measure([str(part) for part in command], limit_seconds=LIMIT_SECONDS)

    def python(code: str, *arguments: object) -> Measured:
        script = folder / "side.py"
        script.write_text(code, encoding="utf-8")
        return run([our_python(), script, *arguments])

    def cells() -> Measured:
        found = python(CELLS, NOTEBOOKS, WORKERS, *files)
        return found._replace(seconds=float(found.output.split()[-1]))

    return {
        "cvc render": lambda: run([BIN / "cvc", "render", *files, "--out", fresh(), "--force", "--jobs", WORKERS]),
        "cells alone (the limit)": cells,
        f"papermill API, {WORKERS} workers": lambda: python(API, NOTEBOOKS, WORKERS, fresh(), *files),
        "commands, one after the other": lambda: python(COMMANDS, NOTEBOOKS, 1, fresh(), BIN, *files),
        "commands, two at a time": lambda: python(COMMANDS, NOTEBOOKS, 2, fresh(), BIN, *files),
    }


def compare(numbers: Sequence[int], rounds: int, customers: int) -> None:
    """Print the table of sides for each number of clients."""
    with tempfile.TemporaryDirectory(prefix="cvc-bench-") as name:
        os.environ["CVC_CACHE_DIR"] = str(Path(name) / "cache")
        files = clients(Path(name), max(numbers), customers)
        for number in numbers:
            every = sides(files[:number], Path(name))
            taken: dict[str, list[float]] = {side: [] for side in every}
            for _ in range(rounds if number == 1 else max(1, rounds // 3)):
                for side, run in every.items():
                    taken[side].append(run().seconds)
            ours = taken["cvc render"]
            print(f"{number} client{'s' * (number > 1)}, {WORKERS} workers, {len(ours)} rounds", flush=True)
            for side, seconds in taken.items():
                ratios = [theirs / mine for theirs, mine in zip(seconds, ours, strict=True)]
                told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
                print(
                    f"  {side}: {statistics.median(seconds):.1f} s; {statistics.median(ratios):.2f} of cvc render (rounds: {told})",
                    flush=True,
                )


def start() -> None:
    """Print what a first run, a run with nothing to do, and the help take."""
    with tempfile.TemporaryDirectory(prefix="cvc-bench-") as name:
        folder = Path(name)
        os.environ["CVC_CACHE_DIR"] = str(folder / "cache")
        measure([BIN / "cvc", "demo", "--customers", "200", "--out", folder / "client-1"])
        file = _client_files(folder / "client-1")[0]
        scale = measure([our_python(), "-c", "import pandas, seaborn, scipy.stats"], repeat=5)
        first = measure([BIN / "cvc", "render", file, "--out", folder / "out"])
        helped = measure([BIN / "cvc", "--help"], repeat=5)
        print(f"importing pandas, seaborn and scipy.stats: {scale.seconds:.2f} s")
        print(f"first cvc render of a small client: {first.seconds:.1f} s, {first.seconds / scale.seconds:.1f} times that import")
        print(f"cvc --help: {helped.seconds:.2f} s")
        files = _copies(file, folder / "many", 100)
        measure([BIN / "cvc", "render", *files, "--out", folder / "many-out", "--only", "collaboration"], limit_seconds=LIMIT_SECONDS)
        again = measure([BIN / "cvc", "render", *files, "--out", folder / "many-out", "--only", "collaboration"], repeat=3)
        print(f"cvc render of 100 clients that are up to date: {again.seconds:.2f} s")


def line(numbers: Sequence[int]) -> None:
    """Print the cost of a batch by its number of clients, one step each: seconds, and CPU seconds, which a busy machine changes less."""
    with tempfile.TemporaryDirectory(prefix="cvc-bench-") as name:
        folder = Path(name)
        os.environ["CVC_CACHE_DIR"] = str(folder / "cache")
        measure([BIN / "cvc", "demo", "--customers", "200", "--out", folder / "client-1"])
        files = _copies(_client_files(folder / "client-1")[0], folder / "many", max(numbers))
        for number in numbers:
            run = [BIN / "cvc", "render", *files[:number], "--out", folder / f"out-{number}", "--only", "collaboration", "--force"]
            seconds, cpu, peak = watched([str(part) for part in (*run, "--jobs", WORKERS)])
            print(
                f"{number} clients: {seconds:.1f} s, {seconds / number:.2f} s a client; {cpu:.1f} s of CPU, {cpu / number:.2f} s a client; "
                f"at most {peak:,.0f} MB, all processes together",
                flush=True,
            )


def watched(command: Sequence[str]) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak memory in MB of a command and all its descendants, also those that it does not wait for itself.

    Looked at twice a second: the last half second of CPU may be missed. Memory is what no other process shares.
    """
    start, cpu, peak = time.perf_counter(), 0.0, 0.0
    child = psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None:
        times, sizes = [], []
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in (child, *child.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    times.append(sum(process.cpu_times()[:4]))  # of itself, and of those it has waited for
                    sizes.append(process.memory_full_info().uss)
        cpu, peak = max(cpu, sum(times)), max(peak, sum(sizes) / 1e6)
        time.sleep(0.5)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)[:200]} ended with status {child.returncode}")
    return time.perf_counter() - start, cpu, peak


def _copies(file: Path, folder: Path, number: int) -> list[Path]:
    """Client files of so many clients, each with data of its own."""
    made = []
    for i in range(number):
        place = folder / f"client-{i:03d}"
        shutil.copytree(file.parent, place)
        made.append((place / file.name).rename(place / f"client-{i:03d}.yaml"))
    return made


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description="Rendering beside papermill and the stock commands.")
    parser.add_argument("what", nargs="?", choices=["compare", "start", "line"], default="compare")
    parser.add_argument("--clients", type=int, nargs="+", help="numbers of clients; 1 and 8, for the line 10, 30, 100 and 300")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of one client; a third of it with more")
    parser.add_argument("--customers", type=int, default=2000)
    given = parser.parse_args()
    if given.what == "compare":
        compare(given.clients or [1, 8], given.rounds, given.customers)
    elif given.what == "start":
        start()
    else:
        line(given.clients or [10, 30, 100, 300])


if __name__ == "__main__":
    main()
