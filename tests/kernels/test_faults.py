"""Whatever a cell does to its kernel is told as that step's failure, with the cell; nothing is left running."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from cvclib.render.running import StepFailed
from cvclib.sources.spilling import LIMIT_VARIABLE

pytestmark = [pytest.mark.notebook, pytest.mark.skipif(sys.platform != "linux", reason="needs fork")]
HEAP = 300_000_000


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "most often ends one for want of memory"),
        ("import ctypes; ctypes.string_at(0)", r"crashed while a cell was running \(SIGSEGV\)"),
        ("import os; os.abort()", r"\(SIGABRT\)"),
        ("import os; os._exit(7)", "exit status 7"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import sys; sys.setrecursionlimit(200)\ndef deep(): return deep()\ndeep()", "RecursionError"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("input('name? ')", "StdinNotImplementedError"),
    ],
)
def test_a_cell_that_ends_its_kernel_fails_its_step_and_is_shown(run_step, cell, message):
    with pytest.raises(StepFailed, match=message) as failed:
        run_step("print('before')", cell, "print('after')")

    assert failed.value.source == cell


def test_what_was_shown_before_a_crash_is_saved(run_step, tmp_path):
    with pytest.raises(StepFailed):
        run_step(
            "print('one')",
            "print('two', flush=True); display(3)\nimport ctypes, time; time.sleep(0.3); ctypes.string_at(0)",
            "print('never')",
        )

    outputs = [cell.outputs for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells if cell.cell_type == "code"][-3:]
    assert [[output.get("text", output.get("data")) for output in cell] for cell in outputs] == [
        ["one\n"],
        ["two\n", {"text/plain": "3"}],
        [],
    ]


@pytest.mark.parametrize("cell", ["while True: pass", "import time; time.sleep(1000)", "while True: print('x')", "!sleep 1000"])
def test_a_cell_without_end_is_stopped_in_time(run_step, cell):
    with pytest.raises(StepFailed, match="did not end within 1 seconds") as failed:
        run_step(cell, seconds=1)

    assert failed.value.source == cell


@pytest.mark.parametrize(
    "cell",
    [
        "held = bytearray(4_000_000_000)",
        "import numpy; numpy.ones(500_000_000)",
        "held = []\nwhile True: held.append(bytearray(1_000_000))",
    ],
)
def test_a_cell_that_wants_more_memory_than_it_may_have_fails_its_step(run_step, cell):
    with pytest.raises(StepFailed, match="MemoryError") as failed:
        run_step(cell, memory=HEAP)

    assert "--memory" in failed.value.fix


def test_a_library_that_crashes_under_a_memory_limit_is_told_with_the_limit(run_step):
    with pytest.raises(StepFailed, match=r"\(SIGSEGV\).* the limit is 300 MB"):
        run_step("import ctypes; ctypes.string_at(0)", memory=HEAP)


def test_what_the_libraries_take_is_not_counted(run_step):
    """The template alone has more than this limit."""
    executed = run_step("held = bytearray(80_000_000); len(held)", memory=100_000_000)

    assert executed.cells[-1].outputs[0].data["text/plain"] == "80000000"


def test_the_engine_of_tables_takes_half_of_the_memory_that_a_kernel_may(run_step, monkeypatch):
    told = "from cvclib.sources.spilling import engine_memory; engine_memory()"

    assert run_step(told, memory=800_000_000).cells[-1].outputs[0].data["text/plain"] == "'400MB'"
    monkeypatch.setenv(LIMIT_VARIABLE, "2GB")
    assert run_step(told, memory=800_000_000).cells[-1].outputs[0].data["text/plain"] == "'2GB'"


def test_processes_that_a_stopped_cell_has_started_end_with_it(run_step, tmp_path):
    """A process of a process, in the kernel's group."""
    cell = f"import subprocess, time; p = subprocess.Popen(['sleep', '1000']); open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid)); time.sleep(99)"
    with pytest.raises(StepFailed):
        run_step(cell, seconds=2)

    assert gone(int((tmp_path / "pid").read_text()))


def test_killing_the_process_that_renders_leaves_no_kernel(notebook, tmp_path):
    """Not even one that is deep in a library and takes no signals of Python's."""
    cell = f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); open({str(tmp_path / 'there')!r}, 'w'); import re; re.match('(a*)*b', 'a' * 60)"
    program = "import sys, papermill; papermill.execute_notebook(sys.argv[1], sys.argv[2], engine_name='cvclib', progress_bar=False)"
    renders = subprocess.Popen([sys.executable, "-c", program, str(notebook(tmp_path, cell)), str(tmp_path / "out.ipynb")])
    wait_for((tmp_path / "there").exists)
    renders.send_signal(signal.SIGKILL)
    renders.wait()

    assert gone(int((tmp_path / "pid").read_text()))


def gone(pid: int) -> bool:
    """Whether a process ends within a few seconds; one that is only not yet collected has."""
    return wait_for(lambda: not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z")


def wait_for(true, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()
