"""Tasks in processes of their own: how each end of one is told."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver
from pathlib import Path

import pytest

from cvclib.kernels import STARTED_BY, can_fork
from cvclib.render.pool import Pool, Task, _await_end, family, memory_bytes

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes are not forked here")
PATIENCE_SECONDS = 300


@pytest.fixture
def pool():
    with Pool(2) as made:
        yield made


def end_of(pool):
    ended = pool.wait(PATIENCE_SECONDS)
    assert ended, "no task ended"
    return ended[0]


def gone(pid):
    """Whether a process has ended; one that nobody has asked after yet has, too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_a_task_returns_its_value(pool):
    pool.start(Task("a", len, ("four",)))
    ended = end_of(pool)
    assert (ended.value, ended.death, ended.task.key) == (4, "", "a")


@pytest.mark.parametrize(
    ("function", "code"), [("__import__('os')._exit(3)", 3), ("__import__('os').kill(__import__('os').getpid(), 11)", -11)]
)
def test_a_task_that_dies_is_told_with_how_and_the_pool_goes_on(pool, function, code):
    pool.start(Task("dies", eval, (function,)))
    ended = end_of(pool)
    assert (ended.death, ended.exit_code) == ("died", code)
    pool.start(Task("next", len, ("four",)))
    assert end_of(pool).value == 4


def test_a_task_that_takes_too_long_is_ended_with_all_that_it_started(pool, tmp_path):
    started = f"__import__('pathlib').Path({str(tmp_path / 'pid')!r}).write_text(str(__import__('subprocess').Popen(['sleep', '600']).pid))"
    pool.start(Task("slow", eval, (f"[{started}, __import__('time').sleep(600)]",), seconds=1.5))
    assert end_of(pool).death == "time"
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + PATIENCE_SECONDS
    while not gone(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(pid)


def test_a_task_that_takes_too_much_memory_is_ended(pool):
    pool.start(Task("big", eval, ("[b'x' * 300_000_000, __import__('time').sleep(600)]",), memory_limit_bytes=100_000_000))
    assert end_of(pool).death == "memory"


def test_a_template_that_dies_is_started_anew_and_its_task_begun_again(pool, tmp_path):
    mark = tmp_path / "begun"
    pool.start(Task("a", eval, (f"[open({str(mark)!r}, 'a').write('x'), __import__('time').sleep(1)]",)))
    while not mark.exists():
        time.sleep(0.02)
    before = forkserver._forkserver._forkserver_pid
    os.kill(before, signal.SIGKILL)
    assert end_of(pool).death == ""
    assert mark.read_text() == "xx"
    assert forkserver._forkserver._forkserver_pid != before


def test_a_dying_template_is_waited_for_until_the_standard_library_takes_it_for_dead():
    child = subprocess.Popen(["sleep", "0.3"])
    _await_end(child.pid)
    assert child.poll() == 0
    _await_end(child.pid)  # nobody's any more
    _await_end(None)


@pytest.mark.parametrize(("started_by", "said"), [(os.getpid, "goes on\n"), (lambda: 0, "")], ids=["there", "gone"])
def test_a_template_that_finds_its_parent_gone_ends_before_it_imports_anything(started_by, said):
    code = "from multiprocessing.forkserver import main; import cvclib.render.leash; print('goes on')"
    environment = {**os.environ, STARTED_BY: str(started_by())}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == (said, 0 if said else 1)


def test_a_task_is_not_told_who_started_the_template(pool):
    pool.start(Task("a", eval, (f"__import__('os').environ.get({STARTED_BY!r})",)))
    assert end_of(pool).value is None
    assert STARTED_BY not in os.environ


def test_what_is_no_longer_wanted_is_ended(pool):
    pool.start(Task("a", time.sleep, (600,)))
    pid = next(iter(pool._running.values())).process.pid
    pool.drop({"a"})
    assert gone(pid)
    assert pool.n_free == 2


def test_what_a_task_prints_goes_to_its_log(pool, tmp_path):
    pool.start(Task("a", os.write, (2, b"last words"), log=tmp_path / "log"))
    assert end_of(pool).value == 10
    assert (tmp_path / "log").read_text() == "last words"


def test_a_family_holds_the_children_and_their_memory_is_told():
    child = subprocess.Popen(["sleep", "600"])
    assert child.pid in family(os.getpid())
    assert memory_bytes(os.getpid()) > 1_000_000
    child.kill()
    child.wait()
    assert memory_bytes(child.pid) == 0
