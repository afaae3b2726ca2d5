"""The forked side: a process that was just copied becomes a notebook's kernel, and runs its cells.

IPython's own kernel with its shell, display hooks and streams; only ZeroMQ's sockets are replaced by one pair of
sockets to the process that forked it. What the copied process had set for itself is put back first, as a kernel
started anew would find it.
"""

from __future__ import annotations

import asyncio
import atexit
import ctypes
import gc
import logging
import os
import random
import resource
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from io import BufferedWriter, TextIOWrapper
from multiprocessing import process
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, NoReturn

import zmq
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.shellapp import InteractiveShellApp
from traitlets import Any as AnyTrait
from traitlets.config import Config

from cvclib.kernels import TEMPLATE, is_warm
from cvclib.kernels.wire import IOPUB, SHELL, TROUBLE, Receiver, Sender, unsigned_session

INLINE = "module://matplotlib_inline.backend_inline"
ENGINE_MEMORY = "CVC_ENGINE_MEMORY"  # read where a client's tables are opened
LAST_MEMORY_BYTES = 256_000_000  # left for telling of a cell that has taken all it may
NO_HISTORY_FILE = Config({"HistoryManager": {"hist_file": ":memory:"}})  # on a full disk IPython would tell of it in a cell's output
PR_SET_PDEATHSIG = 1  # prctl(2)
STARTED_BY = "ipykernel_launcher.py"  # what a stock kernel's sys.argv[0] ends in


class SocketEnd:
    """What the kernel takes for a ZeroMQ socket or stream: one channel of the socket pair."""

    def __init__(self, sender: Sender, channel: bytes) -> None:
        self._sender, self._channel = sender, channel
        self.context = zmq.Context.instance()
        self.receive: Callable[[list[zmq.Frame]], Any] | None = None

    def send_multipart(self, frames: list[bytes], flags: int = 0, copy: bool = True, track: bool = False) -> None:
        """Send a message of the protocol."""
        self._sender.send(self._channel, frames)

    def on_recv(self, receive: Callable[[list[zmq.Frame]], Any], copy: bool = True) -> None:
        """Have requests handed to a function."""
        self.receive = receive

    def flush(self, *_: Any) -> None:
        """Do nothing: whatever was sent is sent."""

    def close(self) -> None:
        """Do nothing: the pair ends with the process."""


class ForkedKernel(IPythonKernel):
    """IPython's kernel with any socket."""

    shell_stream = AnyTrait()  # the parent class insists on ZeroMQ's
    shell_channel_thread = AnyTrait()
    _supports_kernel_subshells = False  # requests come one after the other

    def start(self) -> None:
        """Begin; the thread that reads requests, which an interrupted `await` asks for, is this one."""
        super().start()
        self.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Do nothing: no further requests wait after a cell that fails."""


def become_kernel(sock: socket.socket, *, parent_pid: int, memory_limit_bytes: int, warm: bool) -> NoReturn:
    """Run cells until the other end of the socket is closed; never returns.

    Parameters
    ----------
    sock : socket.socket
        To the process that forked this one.
    parent_pid : int
        That process; this one ends with it.
    memory_limit_bytes : int
        Memory that this process may take beside what it begins with; 0 for no limit.
    warm : bool
        Whether the copied process is the template's, which has set nothing that need be put back.
    """
    sender = Sender(sock)
    code = 1
    try:
        _end_with(parent_pid)
        _take_own_place()
        _forget_the_host()
        if warm:
            _wake_up()
        else:
            _forget_warning_filters()
        _differ_from_siblings()
        kernel = _make_kernel(sender)
        _set_up_inline_figures()
        if memory_limit_bytes:
            os.environ.setdefault(ENGINE_MEMORY, f"{memory_limit_bytes // 2_000_000}MB")  # half: rather slow on disk than without memory
            allowed = _memory_bytes() + memory_limit_bytes
            resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed + LAST_MEMORY_BYTES))
        try:
            asyncio.run(_serve(kernel, sock))
        except RuntimeError:
            if not kernel.shell.exit_now:  # a cell's exit() stops the loop
                raise
        code = 0
        _leave_nothing_open()
    except MemoryError:
        os.kill(os.getpid(), signal.SIGKILL)  # as the system would: there is none left to tell of it
    except BaseException:
        sender.send(TROUBLE, [traceback.format_exc().encode()])
    finally:
        os._exit(code)


def _end_with(parent_pid: int) -> None:
    """Have the system end this process with the one that forked it, however that ends."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:  # it had ended before we asked
        os._exit(1)


def _take_own_place() -> None:
    """Leave the terminal, the parent's streams and signals: its Ctrl-C, its standard output and its handlers are not ours."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a stock kernel does between cells
    gc.freeze()  # what was copied stays where it is: collecting it would copy its pages


def _memory_bytes() -> int:
    """Memory of this process as RLIMIT_DATA counts it: all of its own that can be written to."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmData:")[2].split()[0]) * 1024


def _forget_the_host() -> None:
    """Put back what a program sets for itself: logging, hooks, the look of its figures."""
    logging.captureWarnings(False)
    logging.disable(logging.NOTSET)
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)
    atexit._clear()  # what the program wants done at its end is not ours to do
    _be_a_main_process()
    sys.excepthook, sys.displayhook = sys.__excepthook__, sys.__displayhook__
    sys.settrace(None)
    sys.setprofile(None)
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rc_file_defaults()
    if helpers := sys.modules.get("matplotlib._pylab_helpers"):
        helpers.Gcf.figs.clear()
    sys.modules.pop("matplotlib_inline.backend_inline", None)  # it looks for its shell when it is imported


def _be_a_main_process() -> None:
    """Be free to start processes, which the copy of a pool's is not, and be named as a program is."""
    here = process.current_process()
    here._config["daemon"], here._name, here._identity = False, "MainProcess", ()
    process._parent_process, process._children = None, set()


def _forget_warning_filters() -> None:
    """Put back the filters that Python starts with; the template's are these and its libraries' own."""
    warnings.resetwarnings()
    for category in (ResourceWarning, ImportWarning, PendingDeprecationWarning, DeprecationWarning):
        warnings.simplefilter("ignore", category)
    warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")


def _wake_up() -> None:
    """Let DuckDB's default connection, which the template had stripped of its threads, have them again."""
    if duckdb := sys.modules.get("duckdb"):
        duckdb.default_connection().execute("RESET threads")


def _differ_from_siblings() -> None:
    """Draw other random numbers than the next child of the same process."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _module_search_path() -> list[str]:
    """Where a kernel started anew looks for modules, before the notebook's folder is put in front."""
    if is_warm():
        return list(sys.modules[TEMPLATE].module_search_path)
    script = str(Path(sys.argv[0]).absolute().parent) if sys.argv and sys.argv[0] else ""
    first = 1 if sys.path and sys.path[0] in {script, process.ORIGINAL_DIR} else 0  # the program's folder
    return [folder for folder in sys.path[first:] if folder]


def _make_kernel(sender: Sender) -> ForkedKernel:
    sys.path[:] = _module_search_path()
    InteractiveShellApp.init_path(SimpleNamespace(ignore_cwd=False))  # the notebook's folder, where a stock kernel has it
    sys.argv = [STARTED_BY]
    session = unsigned_session("kernel")
    outputs = IOPubThread(SocketEnd(sender, IOPUB), pipe=True, session=session)
    outputs.start()
    sys.stdout = OutStream(session, outputs, "stdout")
    sys.stderr = OutStream(session, outputs, "stderr")
    log = logging.getLogger("cvclib.kernels")
    log.setLevel(logging.CRITICAL + 1)  # what goes wrong in a cell is told in the notebook
    app = IPKernelApp.instance(log=log, config=NO_HISTORY_FILE)  # never started; libraries and magics ask it whether they are in a notebook
    app.kernel = ForkedKernel.instance(
        parent=app,
        log=log,
        session=session,
        iopub_thread=outputs,
        iopub_socket=outputs.background_socket,
        shell_stream=SocketEnd(sender, SHELL),
    )
    app.shell = app.kernel.shell
    app.shell.set_custom_exc((MemoryError,), _tell_of_memory)
    return app.kernel


def _tell_of_memory(shell: InteractiveShell, kind: type, error: MemoryError, trace: TracebackType, tb_offset: int | None = None) -> None:
    """Show the error with the memory kept for it: what the cell holds is not given back."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)


def _set_up_inline_figures() -> None:
    """Show figures in the notebook unless the user has chosen otherwise, whether or not matplotlib is imported yet."""
    os.environ.setdefault("MPLBACKEND", INLINE)
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
    if (pyplot := sys.modules.get("matplotlib.pyplot")) and getattr(pyplot, "_backend_mod", None) is not None:
        pyplot.switch_backend(os.environ["MPLBACKEND"])  # an earlier figure had decided it


def _leave_nothing_open() -> None:
    """Do what a program does at its end, for what came into being since the fork only."""
    atexit._run_exitfuncs()
    for thing in gc.get_objects():  # what was there before is frozen, and not among them
        if isinstance(thing, TextIOWrapper | BufferedWriter) and not thing.closed:
            with suppress(OSError, ValueError):
                thing.flush()


async def _serve(kernel: ForkedKernel, sock: socket.socket) -> None:
    """Hand requests to the kernel; tasks that a cell left running go on in between."""
    requests: asyncio.Queue[list[bytes] | None] = asyncio.Queue()
    receiver = Receiver(sock)
    loop = asyncio.get_running_loop()

    def arrived() -> None:
        for _, frames in receiver.ready():
            requests.put_nowait(frames)
        if receiver.ended:
            loop.remove_reader(sock)
            requests.put_nowait(None)

    kernel.start()
    kernel.shell.extension_manager.load_extension("storemagic")  # as the stock kernel does
    loop.add_reader(sock, arrived)
    while (frames := await requests.get()) is not None:
        await kernel.shell_stream.receive([zmq.Frame(frame) for frame in frames])
