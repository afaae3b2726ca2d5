"""Files that a notebook opens itself: told as they are opened, by Python's own audit events.

Left out are the files of Python and of installed packages, of the system, of this package and its cache, and what the notebook
has written before. A module that stands beside a notebook is a file like any other. Who opens a file behind Python's back, as a
database engine does, is not seen; a notebook that starts a program or talks to another machine is told as such.
"""

from __future__ import annotations

import os
import site
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import source_from_cache
from pathlib import Path

FileOpened = Callable[[str], None]

OUTSIDE = "outside"  # told instead of a path: what came from another program or machine cannot be looked into
OUTSIDE_EVENTS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "socket.connect"})
SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/run")
PROGRAMS = {"__main__", "__mp_main__"}  # what started the process; a notebook's own is no file
AuditHook = Callable[[str, tuple[object, ...]], None]
_listening: list[AuditHook] = []
_looking = threading.local()  # whether this thread opens a file only to know it


@contextmanager
def only_looking() -> Iterator[None]:
    """Open files without being told of."""
    before = getattr(_looking, "now", False)
    _looking.now = True
    try:
        yield
    finally:
        _looking.now = before


class _Opened:
    """Tells of each file once."""

    def __init__(self, tell: FileOpened, also_not: tuple[str, ...]) -> None:
        given = [os.environ.get(name, "") for name in ("TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_RUNTIME_DIR")]
        folders = [sys.prefix, sys.base_prefix, sys.exec_prefix, *site.getsitepackages(), str(Path(__file__).parent), *also_not, *given]
        self._not = tuple(f"{Path(folder).absolute()}{os.sep}" for folder in (*folders, *SYSTEM) if folder)
        self._hidden = f"{Path.home()}{os.sep}."  # settings and caches of the user's programs
        self._known: set[str] = set()
        self._tell = tell

    def take(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take an audit event."""
        if event == "open":
            self._open(*arguments[:3])
        elif OUTSIDE not in self._known:
            self._known.add(OUTSIDE)
            self._tell(OUTSIDE)

    def _open(self, place: object, mode: object, flags: object) -> None:
        if not isinstance(place, str | bytes | os.PathLike):
            return
        path = Path(os.fsdecode(place)).absolute()
        if str(path) in self._known:
            return
        self._known.add(str(path))
        if not _writes(mode, flags):
            self.look_at(path)

    def look_at(self, path: Path) -> None:
        """Tell of a file unless it is one of those left out."""
        if str(path).startswith(self._not) or (str(path).startswith(self._hidden) and not path.is_relative_to(Path.cwd())):
            return
        self._tell(source_from_cache(path) if path.parent.name == "__pycache__" and path.suffix == ".pyc" else str(path))


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return any(mark in mode for mark in "wax+")
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) != 0


def tell_of_opened_files(tell: FileOpened, *, also_not: tuple[str, ...] = ()) -> None:
    """Have a function called with the path of each file that this process opens to read from now on, and of modules imported before.

    Parameters
    ----------
    tell : callable
        Called once a file, before it is opened; with ``"outside"`` where a program is started or another machine is talked to. It
        takes the place of one given before.
    also_not : tuple of str
        Further folders whose files are left out.
    """
    opened = _Opened(tell, also_not)
    if not _listening:
        sys.addaudithook(_hear)  # for good: a process cannot take one back
    _listening[:] = [opened.take]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name not in PROGRAMS:
            opened.look_at(Path(file).absolute())


def _hear(
    event: str,
    arguments: tuple[object, ...],
    *,
    outside: frozenset[str] = OUTSIDE_EVENTS,  # held here: a hook is heard until after this module has been taken apart
    listening: list[AuditHook] = _listening,
    looking: threading.local = _looking,
) -> None:
    if (event == "open" or event in outside) and not getattr(looking, "now", False):
        looking.now = True
        try:
            listening[0](event, arguments)
        finally:
            looking.now = False
