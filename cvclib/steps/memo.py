"""Remember a small result for as long as the client in hand lives: a figure, its reading and a finding read the same one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from weakref import WeakKeyDictionary

import pandas as pd

from cvclib.client import Client

P = ParamSpec("P")


def once_per_client(
    compute: Callable[Concatenate[Client, P], pd.DataFrame],
) -> Callable[Concatenate[Client, P], pd.DataFrame]:
    """Decorate a function of a client that returns a small frame, so that it is computed once.

    The client's tables do not change while it is in hand. What comes out is a copy: a caller may change it.
    Nothing is remembered of a call that raises.
    """
    remembered: WeakKeyDictionary[Client, dict[object, pd.DataFrame]] = WeakKeyDictionary()

    @wraps(compute)
    def inside(client: Client, *args: P.args, **kwargs: P.kwargs) -> pd.DataFrame:
        results = remembered.setdefault(client, {})
        call = (args, tuple(sorted(kwargs.items())))
        if call not in results:
            results[call] = compute(client, *args, **kwargs)
        return results[call].copy()

    return inside
