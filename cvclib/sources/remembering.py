"""An engine asked the same question twice answers from memory: prepared tables do not change while they are open.

Figure, reading, finding and gap often rest on one small query each states for itself: its answer is kept. The SQL of a question
outlives the connection, and is kept by `cvclib.sources.compiled`.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

MOST_ROWS = 10_000  # of an answer that is kept; a larger one costs more to hold than to ask for again


def remember_answers(connection: ibis.BaseBackend) -> ibis.BaseBackend:
    """Let a connection to tables that do not change keep its small answers for as long as it is open.

    Parameters
    ----------
    connection : ibis.BaseBackend

    Returns
    -------
    ibis.BaseBackend
        The same connection. Frames and columns come out as copies, which the caller may change. Its ``forget_answers()`` lets go of
        them all; without that, a connection on which a table was cached is held for as long as Python runs.

    Examples
    --------
    >>> connection = remember_answers(ibis.duckdb.connect())
    >>> table = connection.create_table("orders", pd.DataFrame({"revenue": [10.0, 20.0]}))
    >>> total = table.revenue.sum().to_pandas()
    >>> connection.truncate_table("orders")  # not seen by a question asked before
    >>> total, table.revenue.sum().to_pandas()
    (30.0, 30.0)
    """
    execute = connection.execute
    kept: dict[Any, Any] = {}
    # An answer's question holds tables in memory, and what drops them at the end holds the connection: neither would ever go.
    connection._make_memtable_finalizer = lambda name: None  # they go with the connection
    connection.forget_answers = kept.clear

    def remembered(expr: ir.Expr, /, **settings: Any) -> Any:
        if any(value is not None for name, value in settings.items() if name != "limit"):
            return execute(expr, **settings)
        key = (expr.op(), settings.get("limit"))  # an operation equals another that asks the same of the same tables
        if key not in kept:
            answer = execute(expr, **settings)
            if isinstance(answer, pd.DataFrame | pd.Series) and len(answer) > MOST_ROWS:
                return answer
            kept[key] = answer
        answer = kept[key]
        return answer.copy() if isinstance(answer, pd.DataFrame | pd.Series) else answer

    connection.execute = remembered
    return connection
