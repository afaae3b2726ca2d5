"""The papermill engine's entry point: loaded by `import papermill`, so it imports nothing that could fail.

Papermill may be in the middle of its own import when it loads this module, and an error here would break
`import papermill` for everyone; what the engine does lies in `cvclib.kernels.forked`.
"""

from __future__ import annotations

from typing import Any


class WarmEngine:
    """Runs a notebook's cells in a process forked from this one; ``papermill --engine cvclib`` finds it.

    Keyword arguments beyond papermill's own are ``memory_limit_bytes`` (0 for none) and whatever papermill's
    engine takes, such as ``execution_timeout`` seconds a cell. A notebook that is not for this Python, or a
    process that cannot be forked safely, is left to papermill's own engine.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Run a notebook, as `papermill.engines.Engine.execute_notebook` does."""
        from cvclib.kernels.forked import engine_for

        return engine_for(nb, kernel_name).execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Name of the notebook's kernel, as papermill's own engine finds it."""
        from papermill.utils import nb_kernel_name

        return nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Language of the notebook, as papermill's own engine finds it."""
        from papermill.utils import nb_language

        return nb_language(nb, language)
