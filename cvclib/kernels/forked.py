"""The side that forks: papermill's engine, and what it takes for a kernel manager and its client.

Papermill and nbclient do with it what they do with a stock kernel: time limits, saving after each cell, errors,
display ids. This module starts the process, carries its messages and tells how it ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from queue import Empty
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager
from papermill.utils import nb_language

from cvclib.kernels import can_fork, is_warm
from cvclib.kernels.wire import SHELL, TROUBLE, Receiver, Sender, unsigned_session

THIS_PYTHON = {"python3", "python", "", None}  # names of kernels that a fork of this process can stand for
GOODBYE_SECONDS = 5.0  # time that a kernel has to end by itself before it is killed
LAST_WORDS_SECONDS = 0.05  # time for what a process sent before it ended to be read


class KernelEnded(DeadKernelError):
    """A kernel's process ended while it was needed.

    Parameters
    ----------
    message : str
    exit_code : int
        As `subprocess` tells it: negative for a signal.

    Examples
    --------
    >>> KernelEnded.after(-11).args
    ('The kernel was ended by signal SIGSEGV.', -11)
    >>> str(KernelEnded.after(3))
    'The kernel ended itself with exit status 3.'
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message, exit_code)
        self.message, self.exit_code = message, exit_code

    def __str__(self) -> str:
        return self.message

    @classmethod
    def after(cls, exit_code: int) -> KernelEnded:
        """The error for an exit code."""
        if exit_code < 0:
            return cls(f"The kernel was ended by signal {signal.Signals(-exit_code).name}.", exit_code)
        return cls(f"The kernel ended itself with exit status {exit_code}.", exit_code)


def engine_for(nb: Any, kernel_name: str | None) -> type[Engine]:
    """The engine for a notebook: a forked kernel where that can stand for the stock one, else the stock one."""
    if not can_fork() or kernel_name not in THIS_PYTHON or nb_language(nb) != "python":
        return StockEngine
    _stop_progress_monitor()
    return ForkedEngine if threading.active_count() == 1 else StockEngine


def _stop_progress_monitor() -> None:
    """End the thread in which tqdm watches its bars: a process is forked safely while it has but one; the next bar starts another."""
    bar = getattr(sys.modules.get("tqdm.std"), "tqdm", None)
    if bar is not None and bar.monitor is not None:
        bar.monitor.exit()
        bar.monitor = None


@contextmanager
def _threads_that_know_of_forks() -> Iterator[None]:
    """Hide Python's warning of threads in a process that is not the template's: papermill has loaded numpy and pyarrow.

    The threads of their libraries make ready for a fork; Python's own there are none of.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        yield


class StockEngine(NBClientEngine):
    """Papermill's own engine, for our engine's arguments."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: Any) -> Any:
        """Run the cells in a kernel started anew."""
        options.pop("memory_limit_bytes", None)
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


class ForkedEngine(NBClientEngine):
    """Papermill's own engine on a kernel forked from this process."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, memory_limit_bytes: int = 0, **options: Any
    ) -> Any:
        """Run the cells in a forked process, and end it.

        Raises
        ------
        KernelEnded
            If the process ended while a cell was running.
        """
        _stop_progress_monitor()
        options.pop("config", None)  # it is for kernel managers
        kernel = ForkedProcess.start(memory_limit_bytes)
        try:
            executed = super().execute_managed_notebook(nb_man, kernel_name, km=kernel, **options)
            kernel.say_goodbye()
            return executed
        except DeadKernelError as error:
            raise kernel.ended() from error
        finally:
            kernel.end()


class Inbox:
    """Messages of one channel, for nbclient to fetch."""

    def __init__(self, owner: ForkedProcess) -> None:
        self._owner = owner
        self.messages: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    async def get_msg(self, timeout: float | None = None) -> Mapping[str, Any]:
        """The next message.

        Raises
        ------
        queue.Empty
            If none comes within the timeout, in seconds.
        """
        self._owner.listen()
        try:
            return await asyncio.wait_for(self.messages.get(), timeout)
        except TimeoutError:
            raise Empty from None


class ForkedProcess:
    """A kernel's process, as both the manager and the client that nbclient wants.

    Parameters
    ----------
    pid : int
    sock : socket.socket
        To that process.
    """

    has_kernel = True
    allow_stdin = False

    def __init__(self, pid: int, sock: socket.socket) -> None:
        self.pid = pid
        self._sock, self._sender, self._receiver = sock, Sender(sock), Receiver(sock)
        self._session = unsigned_session("notebook")
        self._exit_code: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._trouble = ""
        self.shell_channel, self.iopub_channel = Inbox(self), Inbox(self)

    @classmethod
    def start(cls, memory_limit_bytes: int = 0) -> ForkedProcess:
        """Fork this process; the copy becomes the kernel, in the working folder of this one."""
        from cvclib.kernels import child  # what it imports is needed by no one else

        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()  # else the copy would hold the same text
        ours, its = socket.socketpair()
        parent = os.getpid()
        with nullcontext() if is_warm() else _threads_that_know_of_forks():
            pid = os.fork()
            if pid == 0:
                ours.close()
                child.become_kernel(its, parent_pid=parent, memory_limit_bytes=memory_limit_bytes, warm=is_warm())
        its.close()
        return cls(pid, ours)

    # as a kernel manager
    def client(self) -> ForkedProcess:
        """The client: the same object."""
        return self

    # as a kernel client
    async def start_channels(self) -> None:
        """Do nothing: the pair of sockets is there."""

    async def stop_channels(self) -> None:
        """Do nothing: they are closed when the process is ended."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Do nothing: requests wait in the socket until the kernel reads them."""

    async def is_alive(self) -> bool:
        """Whether the process is there."""
        if self.exit_code() is None:
            return True
        await asyncio.sleep(LAST_WORDS_SECONDS)
        return False

    async def interrupt_kernel(self) -> None:
        """Interrupt the running cell, as Ctrl-C would."""
        os.kill(self.pid, signal.SIGINT)

    def kernel_info(self) -> str:
        """Ask the kernel what it is."""
        return self._request("kernel_info_request", {})

    def execute(self, code: str, *, store_history: bool = True, stop_on_error: bool = True, **_: Any) -> str:
        """Ask the kernel to run a cell."""
        return self._request(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": store_history,
                "user_expressions": {},
                "allow_stdin": self.allow_stdin,
                "stop_on_error": stop_on_error,
            },
        )

    def _request(self, kind: str, content: Mapping[str, Any]) -> str:
        message = self._session.msg(kind, dict(content))
        with suppress(BrokenPipeError):  # the process has ended; nbclient finds out by is_alive
            self._sender.send(SHELL, self._session.serialize(message))
        return message["header"]["msg_id"]

    def listen(self) -> None:
        """Have messages sorted into the channels while the event loop runs."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._stop_listening()
            self._loop = loop
            loop.add_reader(self._sock, self._arrived)

    def _stop_listening(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._sock)

    def _arrived(self) -> None:
        for channel, frames in self._receiver.ready():
            if channel == TROUBLE:
                self._trouble = frames[0].decode()
                continue
            _, parts = self._session.feed_identities(frames)
            inbox = self.shell_channel if channel == SHELL else self.iopub_channel
            inbox.messages.put_nowait(self._session.deserialize(parts))
        if self._receiver.ended:
            self._stop_listening()

    def exit_code(self, wait: bool = False) -> int | None:
        """How the process ended; None while it runs."""
        if self._exit_code is None:
            pid, status = os.waitpid(self.pid, 0 if wait else os.WNOHANG)
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code

    def ended(self) -> KernelEnded:
        """The error that tells how the process ended."""
        code = self.exit_code(wait=True)
        if self._trouble:
            return KernelEnded(f"The kernel could not start:\n{self._trouble}", code)
        return KernelEnded.after(code)

    def say_goodbye(self) -> None:
        """Let the kernel end by itself, for what a cell left open to be written."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
        until = time.monotonic() + GOODBYE_SECONDS
        while self.exit_code() is None and time.monotonic() < until:
            time.sleep(0.002)

    def end(self) -> None:
        """End the process and whatever it has started in its group."""
        self._stop_listening()
        self._sock.close()
        with suppress(ProcessLookupError):  # all gone, or not yet a group of its own
            os.killpg(self.pid, signal.SIGKILL)
        if self.exit_code() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.exit_code(wait=True)
