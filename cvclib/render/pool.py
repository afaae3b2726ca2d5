"""Processes that each do one task and are gone: started from a warm template, watched, ended when they take too much.

Knows time, memory and processes; nothing of clients or notebooks. A task that dies, at whatever moment and of
whatever, is told as ended; the pool goes on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import connection, current_process
from multiprocessing import forkserver as server
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from cvclib.kernels import TEMPLATE, can_fork
from cvclib.kernels.warm import warm_context
from cvclib.render.leash import end_with_parent

LOOK_SECONDS = 0.25  # between two looks at clocks and memory
MEMORY_LOOKS = 2  # looks in a row above the limit before a task is ended: the kernel's own limit, which knows the cell, comes first
TEMPLATE_TRIES = 2  # starts of a task whose template died under it
NO_STATUS = 255  # exit code the standard library tells where the template did not live to say how a process ended
END_SECONDS = 1.0  # for a killed process to be gone
TEMPLATE_END_SECONDS = 10.0  # for a template that has died: it has much to give back
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

Death = Literal["", "died", "time", "memory", "template"]


@dataclass(frozen=True)
class Task:
    """Something to do in a process of its own.

    Parameters
    ----------
    key : hashable
        Whoever asks knows the task by it.
    function : callable
        Of a module, so that another process can find it.
    arguments : tuple
    environment : mapping of str to str
        Variables set in the process, beside those of the template.
    log : Path or None
        Where what the process prints goes; None for nowhere.
    seconds : float
        Time it may take; 0 for no limit.
    memory_limit_bytes : int
        Memory that any one of its processes may take beside what it shares with the template; 0 for no limit.
    """

    key: Hashable
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None
    seconds: float = 0
    memory_limit_bytes: int = 0


@dataclass(frozen=True)
class Ended:
    """What became of a task.

    Parameters
    ----------
    task : Task
    value : object
        What the function returned.
    death : {"", "died", "time", "memory", "template"}
        Why it did not return; empty if it did. The template's death is told only of a task that met it repeatedly.
    exit_code : int or None
        Of a process that died; negative for a signal.
    seconds : float
    """

    task: Task
    value: Any = None
    death: Death = ""
    exit_code: int | None = None
    seconds: float = 0.0


class Interrupted(BaseException):
    """A signal arrived while a process was being started."""


@dataclass
class _Running:
    task: Task
    process: BaseProcess
    answers: connection.Connection
    tries: int
    template: int | None
    started: float = field(default_factory=time.monotonic)
    looks_above: int = 0


class Pool:
    """Runs tasks in processes of their own, so many at a time.

    Parameters
    ----------
    n_slots : int
        Tasks at a time.

    Examples
    --------
    >>> with Pool(1) as pool:  # doctest: +SKIP
    ...     pool.start(Task("a", len, ("four",)))
    ...     [ended.value for ended in pool.wait(60)]
    [4]
    """

    def __init__(self, n_slots: int) -> None:
        self.n_slots = n_slots
        self.stopping = 0  # the signal that asked for the end
        self._running: dict[Hashable, _Running] = {}
        self._in_start = False
        self._made_context: BaseContext | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _context(self) -> BaseContext:
        """Where processes come from: made with the first task, as a batch that is up to date has none."""
        if self._made_context is None:
            self._made_context = warm_context()
            if can_fork():
                self._made_context.set_forkserver_preload([end_with_parent.__module__, TEMPLATE])
        return self._made_context

    @property
    def n_free(self) -> int:
        """Tasks that can be started now."""
        return self.n_slots - len(self._running)

    @property
    def running(self) -> list[Task]:
        """The tasks under way."""
        return [one.task for one in self._running.values()]

    def interrupt(self, signal_number: int) -> None:
        """Ask for the end, from a signal handler.

        Raises
        ------
        Interrupted
            If a process is being started: the template may not answer for seconds.
        """
        self.stopping = signal_number
        if self._in_start:
            raise Interrupted

    def start(self, task: Task) -> None:
        """Start a task; its end is told by `wait`."""
        self._start(task, tries=1)

    def _start(self, task: Task, tries: int) -> None:
        ours, its = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_do, args=(its, task), name=f"cvc {task.key}", daemon=False)
        try:
            self._in_start = True
            with _plain_process():
                process.start()
        except Interrupted:
            self.stopping = self.stopping or signal.SIGINT
            return
        except (EOFError, ConnectionError, FileNotFoundError):  # the template died before or while it forked
            ours.close()
            self._running[task.key] = _Running(task, _NoProcess(), connection.Pipe(duplex=False)[0], tries, None)
            return
        finally:
            self._in_start = False
            its.close()
        self._running[task.key] = _Running(task, process, ours, tries, _template())

    def wait(self, timeout: float = LOOK_SECONDS) -> list[Ended]:
        """Wait until a task ends, and look after the others.

        Parameters
        ----------
        timeout : float
            Seconds after which it returns in any case.

        Returns
        -------
        list of Ended
            Empty where none has.
        """
        until = time.monotonic() + timeout
        while True:
            self._wait_for_news(min(LOOK_SECONDS, max(0.0, until - time.monotonic())))
            ended = [end for one in list(self._running.values()) if (end := self._look_at(one)) is not None]
            if ended or self.stopping or time.monotonic() >= until:
                return ended

    def _wait_for_news(self, timeout: float) -> None:
        if any(isinstance(one.process, _NoProcess) for one in self._running.values()):
            return
        news = [thing for one in self._running.values() for thing in (one.answers, one.process.sentinel)]
        if news:
            connection.wait(news, timeout)
        else:
            time.sleep(min(timeout, LOOK_SECONDS))

    def _look_at(self, one: _Running) -> Ended | None:
        """What became of a running task; None while it runs, or once it is started anew."""
        seconds = time.monotonic() - one.started
        if isinstance(one.process, _NoProcess):
            return self._template_died(one, seconds)
        if _has_news(one.answers):
            try:
                value = one.answers.recv()
            except (EOFError, OSError):
                return self._died(one, seconds)
            self._remove(one)
            return Ended(one.task, value, seconds=seconds)
        if not one.process.is_alive():
            return self._died(one, seconds)
        if one.task.seconds and seconds > one.task.seconds:
            self._remove(one)
            return Ended(one.task, death="time", seconds=seconds)
        if one.task.memory_limit_bytes and one.process.pid:
            allowed = one.task.memory_limit_bytes + _shared_bytes()
            above = any(memory_bytes(pid) > allowed for pid in family(one.process.pid))
            one.looks_above = one.looks_above + 1 if above else 0
            if one.looks_above >= MEMORY_LOOKS:
                self._remove(one)
                return Ended(one.task, death="memory", seconds=seconds)
        return None

    def _died(self, one: _Running, seconds: float) -> Ended | None:
        one.process.join(END_SECONDS)
        code = one.process.exitcode
        if can_fork() and code == NO_STATUS and (one.template != _template() or not _lives(one.template)):
            return self._template_died(one, seconds)
        self._remove(one)
        return Ended(one.task, death="died", exit_code=code, seconds=seconds)

    def _template_died(self, one: _Running, seconds: float) -> Ended | None:
        self._remove(one)
        if one.tries < TEMPLATE_TRIES:
            _await_end(one.template or _template())
            self._start(one.task, one.tries + 1)  # not the task's fault; the standard library starts a new template
            return None
        return Ended(one.task, death="template", seconds=seconds)

    def drop(self, keys: set[Hashable]) -> None:
        """End tasks whose results are no longer wanted."""
        for one in [one for key, one in self._running.items() if key in keys]:
            self._remove(one)

    def stop(self) -> None:
        """End every task at once, and wait until it is gone."""
        ended = [one.process.pid for one in self._running.values() if one.process.pid]
        for pid in ended:
            _kill(pid)
        if self.stopping:
            _end_template()  # it may be about to fork a process that nobody waits for
        for one in list(self._running.values()):
            self._remove(one)

    def _remove(self, one: _Running) -> None:
        self._running.pop(one.task.key, None)
        if one.process.pid:
            _kill(one.process.pid)
            one.process.join(END_SECONDS)
        one.answers.close()
        with contextlib.suppress(ValueError):  # it is not gone yet: the system has it in its hands
            one.process.close()


class _NoProcess:
    """Stands for a process that the template did not live to start."""

    pid = None

    def close(self) -> None:
        """Do nothing."""


def _do(answers: connection.Connection, task: Task) -> None:
    """Do a task; the first thing that runs in its process."""
    end_with_parent()
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C reaches the batch alone, which ends its tasks itself
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _print_to(task.log)
    os.environ.update(task.environment)
    answers.send(task.function(*task.arguments))
    answers.close()


def _print_to(log: Path | None) -> None:
    place = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(place, stream)
    os.close(place)


def _has_news(answers: connection.Connection) -> bool:
    try:
        return answers.poll()
    except (OSError, EOFError):
        return True


@contextlib.contextmanager
def _plain_process() -> Iterator[None]:
    """Start processes as a program that has no main module and is nobody's daemon.

    A script that calls the renderer would else be run again in every task; and a worker of a cluster, whose
    processes end with it anyway, could start none.
    """
    main, settings = sys.modules["__main__"], current_process()._config
    daemon = settings.pop("daemon", None)
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if daemon is not None:
            settings["daemon"] = daemon


def _template() -> int | None:
    """Process number of the template; the standard library has no public way to ask."""
    return server._forkserver._forkserver_pid if can_fork() else None


def _lives(pid: int | None) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""  # empty of one that has ended and that nobody has asked after
    except OSError:
        return False


def _await_end(pid: int | None) -> None:
    """Wait until the system has done with a process: it closes what it has open first, and until the last it passes for a living one."""
    until = time.monotonic() + TEMPLATE_END_SECONDS
    with contextlib.suppress(ChildProcessError):  # it is gone, and was asked after
        while pid and time.monotonic() < until and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.01)


def _shared_bytes() -> int:
    """What each task has from the template, before it takes any memory itself."""
    pid = _template()
    return memory_bytes(pid) if pid else 0


def _end_template() -> None:
    if (pid := _template()) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _kill(pid: int) -> None:
    """End a process and everything it has started."""
    for one in family(pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def family(pid: int) -> list[int]:
    """A process and those that it has started, and so on; itself alone where the system does not tell.

    Examples
    --------
    >>> os.getpid() in family(os.getpid())
    True
    """
    children = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            parent = path.read_text(errors="replace").rpartition(")")[2].split()[1]  # after the name, which may hold anything
            children[int(parent)].append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += children[one]
    return found


def memory_bytes(pid: int) -> int:
    """Memory of a process that no file stands for; 0 of one that is gone, or where the system does not tell.

    Examples
    --------
    >>> memory_bytes(os.getpid()) >= 0
    True
    """
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * PAGE_BYTES
