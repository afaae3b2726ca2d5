"""The fork server's processes with the environment and working folder of the process that starts them."""

from __future__ import annotations

import os
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from cvclib.kernels import STARTED_BY


class WarmProcess(ForkServerProcess):
    """A copy of the template that begins where its parent stands."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._environment, self._folder = dict(os.environ), Path.cwd()

    def start(self) -> None:
        """Start it, and the template before it where there is none: who starts that stands in its environment."""
        os.environ[STARTED_BY] = str(os.getpid())
        try:
            super().start()
        finally:
            del os.environ[STARTED_BY]

    def run(self) -> None:
        """Take the parent's place, and do what was asked."""
        os.environ.clear()
        os.environ.update(self._environment)
        os.chdir(self._folder)
        super().run()


class WarmContext(ForkServerContext):
    """The fork server's context with these processes."""

    Process = WarmProcess
