"""What a warm process has imported: preloaded once by the process that all others of a batch are forked from.

Importing this module does its work there and nowhere else. Nothing is connected, no figure is begun, and no
thread is left running: a lock that one holds while the process is forked would be held for ever in the copy.
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

THREADLESS = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"),
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow's allocator starts one when it is loaded
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # else the debugger that ipykernel loads prints a warning
}
LIBRARIES = (
    "numpy", "pandas", "scipy.stats", "scipy.optimize", "matplotlib.figure", "matplotlib.pyplot", "seaborn", "duckdb", "ibis",
    "ibis.backends.duckdb", "great_tables", "sklearn", "statsmodels.api", "networkx", "IPython", "ipykernel.ipkernel",
    "ipykernel.debugger", "IPython.extensions.storemagic", "nbformat", "nbconvert", "papermill", "cvclib.kernels.child",
)  # fmt: skip
PACKAGES = ("cvclib.steps", "cvclib.charts", "cvclib.methods", "cvclib.render")  # with all their modules
SLOW_AND_OPTIONAL = "rfc3987_syntax"  # builds a grammar for 1.3 s, for jsonschema to check addresses in formats that no notebook has
THRESHOLDS = (50_000, 20, 20)  # of the garbage collector: by default it takes a tenth of a report's time


def import_everything() -> None:
    """Import what notebooks and reports need, and stop the threads that libraries start by it."""
    os.environ.update(THREADLESS)
    with without(SLOW_AND_OPTIONAL):
        import_module("jsonschema")
    for name in LIBRARIES:
        import_module(name)
    for package in PACKAGES:
        for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
            import_module(module.name)
    import_module("duckdb").default_connection().execute("SET threads = 1")  # importing it has made a connection, with threads


@contextmanager
def without(name: str) -> Iterator[None]:
    """Let a module seem not to be installed while others are imported that do without it.

    Examples
    --------
    >>> with without("colorsys"):
    ...     import colorsys
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: import of colorsys halted; None in sys.modules
    """
    before = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]  # what the import system takes for "there is none"
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before


def in_fork_server() -> bool:
    """Whether this process is the one that the standard library has started to fork others."""
    server = sys.modules.get("multiprocessing.forkserver")
    return server is not None and getattr(sys.modules["__main__"], "main", None) is server.main


def path_of_new_interpreter() -> list[str]:
    """Where an interpreter started here and now looks for modules, its working folder left out.

    The fork server is told its parent's search path, and so is every copy of it; a notebook's kernel started anew is not.

    Examples
    --------
    >>> "" in path_of_new_interpreter()
    False
    """
    asked = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.path))"]
    return [folder for folder in json.loads(subprocess.run(asked, check=True, capture_output=True).stdout) if folder]


is_warm = in_fork_server()
module_search_path: list[str] = []
if is_warm:
    module_search_path += path_of_new_interpreter()
    import_everything()
    gc.collect()
    gc.freeze()  # what is shared is not looked through again, nor its pages copied
    gc.set_threshold(*THRESHOLDS)
