"""Runs one piece of work beside the tool a user would pick instead: each side a process of its own, on the same file.

A peer lives in `.venv-peers/<name>`, made once from `benchmarks/peers/<name>.txt`; it is never a dependency of
the product. Time and peak memory are those of the whole process, start of Python and imports included.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".venv-peers"
KILOBYTES_PER_MB = 1024 if sys.platform != "darwin" else 1024 * 1024  # macOS counts bytes


class Measured(NamedTuple):
    """Wall time and peak resident memory of a process; medians where it ran several times.

    Parameters
    ----------
    seconds : float
    peak_mb : float
    output : str
        What the last run printed.
    finished : bool
        False where it was stopped at its time limit; the seconds are then a lower bound.
    """

    seconds: float
    peak_mb: float
    output: str = ""
    finished: bool = True


def our_python() -> Path:
    """The interpreter this script runs under."""
    return Path(sys.executable)


def peer_python(name: str) -> Path:
    """The interpreter of a peer's own environment, made on first use.

    Parameters
    ----------
    name : str
        Of ``benchmarks/peers/<name>.txt``, a pip requirements file.

    Raises
    ------
    RuntimeError
        If the peer's packages cannot be installed; the message holds the end of what pip said.
    """
    wanted = (HERE / "peers" / f"{name}.txt").read_text(encoding="utf-8")
    folder, ready = PEERS / name, PEERS / name / "ready.txt"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return python
    print(f"setting up {name} in {folder.relative_to(HERE.parent)} (once)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(HERE / "peers" / f"{name}.txt")]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} cannot be installed here: {done.stderr.strip()[-500:]}")
    ready.write_text(wanted, encoding="utf-8")
    return python


def measure(command: Sequence[str | Path], repeat: int = 1, limit_seconds: float = 600) -> Measured:
    """Run a command and measure it from outside.

    Parameters
    ----------
    command : sequence of str or Path
        Program and arguments.
    repeat : int
        Runs; the medians of time and peak memory are given.
    limit_seconds : float
        A run that lasts longer is stopped.

    Raises
    ------
    RuntimeError
        If the command fails; the message holds the end of what it said.
    """
    runs = [_once([str(part) for part in command], limit_seconds)]
    while len(runs) < repeat and runs[-1].finished:
        runs.append(_once([str(part) for part in command], limit_seconds))
    seconds, peaks = (statistics.median(values) for values in ([r.seconds for r in runs], [r.peak_mb for r in runs]))
    return Measured(seconds, peaks, runs[-1].output, runs[-1].finished)


def _once(command: list[str], limit_seconds: float) -> Measured:
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        child.kill()

    timer = threading.Timer(limit_seconds, stop)
    timer.start()
    output = child.stdout.read() if child.stdout else ""
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode and not stopped.is_set():
        raise RuntimeError(f"{' '.join(command)[:200]} ended with status {child.returncode}: {output.strip()[-1000:]}")
    return Measured(seconds, usage.ru_maxrss / KILOBYTES_PER_MB, output.strip(), not stopped.is_set())


def report(title: str, ours: Measured, theirs: Measured | None, peer: str = "peer", reason: str = "") -> str:
    """Print one line: both times, both peaks, and ours as a multiple of theirs.

    Parameters
    ----------
    title : str
    ours, theirs : Measured or None
        None where the peer cannot run; ``reason`` then says why.
    peer : str
        What the peer is called.
    reason : str

    Returns
    -------
    str
        The line printed.
    """
    line = f"{title}: cvclib {ours.seconds:.2f} s, {ours.peak_mb:,.0f} MB"
    if theirs is None:
        line += f"; {peer}: not run ({reason})"
    else:
        over = "" if theirs.finished else "more than "
        bound = "" if theirs.finished else "at most "
        line += (
            f"; {peer} {over}{theirs.seconds:.2f} s, {theirs.peak_mb:,.0f} MB{'' if theirs.finished else ' (stopped)'}"
            f"; ratio {bound}{ours.seconds / theirs.seconds:.2f} in time, {ours.peak_mb / theirs.peak_mb:.2f} in memory"
        )
    print(line, flush=True)
    return line
