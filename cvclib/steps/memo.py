"""Remember a result for as long as the client in hand lives: a figure, its reading and a finding read the same one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import pandas as pd

from cvclib.client import Client

Result = TypeVar("Result")


def once_per_client(compute: Callable[..., Result]) -> Callable[..., Result]:
    """Decorate a function of a client so that the same call is worked out once while the client is in hand.

    The client's tables do not change while it is in hand. A frame comes out as a copy, which the caller may change; anything
    else is shared by all who call and must not be changed. Nothing is remembered of a call that raises.

    Parameters
    ----------
    compute : callable
        Takes a client first, then settings that can be hashed.

    Returns
    -------
    callable
        The same function, remembering.

    Examples
    --------
    >>> asked = []
    >>> @once_per_client
    ... def n_orders(client, least=1):
    ...     asked.append(least)
    ...     return int(client.tables.orders.count().to_pandas())
    >>> client = Client.from_frames({"orders": pd.DataFrame({"order_id": ["1"], "customer_id": "a", "ordered_at": ["2025-03-01"]})})
    >>> n_orders(client), n_orders(client, 1), n_orders(client, least=1), asked
    (1, 1, 1, [1])
    """
    kept: WeakKeyDictionary[Client, dict[Any, Result]] = WeakKeyDictionary()
    parameters = signature(compute)

    @wraps(compute)
    def inside(client: Client, *args: Any, **settings: Any) -> Result:
        answers = kept.setdefault(client, {})
        bound = parameters.bind(client, *args, **settings)
        bound.apply_defaults()  # the same call, however much of it is spelt out
        key = tuple(bound.arguments.items())[1:]
        if key not in answers:
            answers[key] = compute(client, *args, **settings)
        answer = answers[key]
        return cast(Result, answer.copy()) if isinstance(answer, pd.DataFrame) else answer

    return inside
