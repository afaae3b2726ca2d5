"""The SQL of a question is worked out once: other clients ask the same of tables of the same shape, and so does the next run.

Ibis takes longer to work out the SQL of a question than DuckDB takes to answer it, unless the tables are large. What is kept is
text: it holds what the question states, such as a period or the name of a segment, and no row of a table.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import hashlib
import os
import re
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot
from ibis.common.grounds import Concrete
from ibis.expr.operations.udf import InputType

from cvclib.sources.cache import cache_root, replace_atomically
from cvclib.sources.casting import named

KEPT_DAYS = 30  # after which a text that nobody has asked for is removed
MOST_IN_MEMORY = 20_000  # texts; some kilobytes each
PLAIN = (str, int, float, bool, bytes, date, datetime, time_of_day, timedelta, Decimal, type(None))
MADE_UP_NAME = re.compile(r"ibis_[a-z_]+_[a-z0-9]{20,}")  # of a table that Ibis made for the time being
MARK = "\x1f"  # stands around the number of such a name
_in_memory: dict[str, str] = {}


class _Unlike(Exception):
    """What a question is made of cannot be told from its parts, as of a function written in Python."""


class _Key(NamedTuple):
    """What a part of a question is, but for the names that were made up for tables; and these, in the order they occur."""

    digest: str
    names: tuple[str | int, ...] = ()


def keep_compiled(connection: ibis.BaseBackend, *, on_disk: bool = False) -> ibis.BaseBackend:
    """Let a connection to DuckDB take the SQL of a question from before, where one that was made alike was asked.

    Parameters
    ----------
    connection : ibis.BaseBackend
    on_disk : bool
        Keep it in the cache folder too, for other processes.

    Returns
    -------
    ibis.BaseBackend
        The same connection. ``forget_questions()`` lets go of the questions that it has seen.

    Examples
    --------
    >>> connection = keep_compiled(ibis.duckdb.connect())
    >>> table = connection.create_table("orders", ibis.memtable({"revenue": [10.0, 20.0]}))
    >>> connection.compile(table.revenue.sum()) == connection.compile(table.revenue.sum())
    True
    """
    compiled = connection.compile
    seen: dict[int, tuple[object, _Key]] = {}
    folder = cache_root() / "sql" if on_disk else None

    def compile_once(expr: ir.Expr, /, *, limit: Any = None, params: Mapping[Any, Any] | None = None, pretty: bool = False) -> str:
        def anew() -> str:
            return compiled(expr, limit=limit, params=params, pretty=pretty)

        if params or pretty:
            return anew()
        try:
            asked = _key_of_question(expr.op(), seen)
        except _Unlike:
            return anew()
        stated = (asked.digest, limit, ibis.options.sql.default_limit, ibis.options.sql.fuse_selects)
        key = _digest([_made_by(), *map(repr, stated)])
        text = _found(key, folder)
        if text is None:
            sql = anew()
            if MARK not in sql:
                _keep(key, _without(sql, asked.names), folder)
            return sql
        return _with(text, asked.names)

    def put_aside(name: str, expr: ir.Table) -> ir.Table:
        made = connection.create_table(name, schema=expr.schema(), temp=True)
        connection._run_pre_execute_hooks(expr)
        columns = ", ".join(map(named, expr.columns))
        connection.con.execute(f"INSERT INTO temp.main.{named(name)} ({columns}) {compile_once(expr)}")
        return made

    connection.compile = compile_once
    connection._create_cached_table = put_aside  # what Ibis calls for `cache`, which works its SQL out by another way
    connection.forget_questions = seen.clear
    return connection


def prune_compiled() -> None:
    """Remove from the cache folder what has not been asked for in a month; once a day, as there may be a text a question and client."""
    folder = cache_root() / "sql"
    looked_through = folder / ".pruned"
    with contextlib.suppress(OSError):  # a memory that cannot be written or was never begun needs no pruning
        if looked_through.exists() and _age_days(looked_through) < 1:
            return
        looked_through.touch()
    for path in folder.glob("??/*"):
        with contextlib.suppress(OSError):  # another process has just removed it
            if _age_days(path) > KEPT_DAYS:
                path.unlink()


def _age_days(path: Path) -> float:
    return (time.time() - path.stat().st_mtime) / 86_400


@functools.cache
def _made_by() -> str:
    """What decides how a question is written, beside the question."""
    return f"{ibis.__version__} {sqlglot.__version__} {_digest([Path(__file__).read_text(encoding='utf-8')])}"


def _key_of_question(question: ops.Node, seen: dict[int, tuple[object, _Key]]) -> _Key:
    """From its innermost parts outwards, without a call within a call for each: questions are nested deeply."""
    waiting = [question]
    while waiting:
        inner = [] if id(waiting[-1]) in seen else [part for part in waiting[-1].__children__ if id(part) not in seen]
        if inner:
            waiting += inner
        else:
            _key(waiting.pop(), seen)
    return _key(question, seen)


def _key(thing: object, seen: dict[int, tuple[object, _Key]]) -> _Key:
    if isinstance(thing, Concrete):
        if (known := seen.get(id(thing))) is None:
            known = seen[id(thing)] = (thing, _key_of_operation(thing, seen))  # held, so that its id is not given to another
        return known[1]
    if isinstance(thing, tuple | list):
        return _joined(type(thing).__name__, [_key(part, seen) for part in thing])
    if isinstance(thing, frozenset):
        return _joined("frozenset", sorted(_key(part, seen) for part in thing))
    if isinstance(thing, Mapping):
        return _joined(type(thing).__name__, [_key(part, seen) for pair in thing.items() for part in pair])
    if isinstance(thing, enum.Enum) or type(thing) in PLAIN:
        return _Key(_digest([type(thing).__qualname__, repr(thing)]))
    raise _Unlike


def _key_of_operation(operation: Concrete, seen: dict[int, tuple[object, _Key]]) -> _Key:
    kind = f"{type(operation).__module__}.{type(operation).__qualname__}"
    if isinstance(operation, ops.ScalarUDF | ops.AggUDF):
        if operation.__input_type__ is not InputType.BUILTIN:
            raise _Unlike
        kind = f"{operation.__func_name__} of {operation.__udf_namespace__}"  # a function of the engine's own
    parts = []
    for name, value in zip(operation.argnames, operation.args, strict=True):
        if name == "name" and isinstance(operation, ops.PhysicalTable) and MADE_UP_NAME.fullmatch(value):
            parts.append(_Key("made up", (value,)))
        elif name == "identifier" and isinstance(operation, ops.SelfReference):
            parts.append(_Key("counted", (value,)))  # since the process began; in no SQL
        elif not (name == "source" or (name == "data" and isinstance(operation, ops.InMemoryTable))):  # not in the SQL
            parts.append(_key(value, seen))
    return _joined(kind, parts)


def _joined(kind: str, parts: list[_Key]) -> _Key:
    """One key of several: which of their names are the same counts, what they are called does not."""
    names = tuple(dict.fromkeys(name for part in parts for name in part.names))
    stated = [kind]
    for part in parts:
        stated += [part.digest, *(str(names.index(name)) for name in part.names)]
    return _Key(_digest(stated), names)


def _digest(stated: list[str]) -> str:
    return hashlib.blake2b("\0".join(f"{len(text)}:{text}" for text in stated).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def _without(sql: str, names: tuple[str | int, ...]) -> str:
    for number, name in enumerate(names):
        if isinstance(name, str):
            sql = sql.replace(name, f"{MARK}{number}{MARK}")
    return sql


def _with(text: str, names: tuple[str | int, ...]) -> str:
    for number, name in enumerate(names):
        if isinstance(name, str):
            text = text.replace(f"{MARK}{number}{MARK}", name)
    return text


def _found(key: str, folder: Path | None) -> str | None:
    if key in _in_memory or folder is None:
        return _in_memory.get(key)
    place = _place(key, folder)
    try:
        digest, _, text = place.read_bytes().decode().partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    if digest != _digest([text]):  # cut off, where the machine lost its power
        return None
    with contextlib.suppress(OSError):
        if _age_days(place) > 1:
            os.utime(place)  # still in use
    _remember(key, text)
    return text


def _keep(key: str, text: str, folder: Path | None) -> None:
    _remember(key, text)
    if folder is not None:
        with contextlib.suppress(OSError):  # a memory that cannot be written costs time only
            place = _place(key, folder)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.parent.mkdir(exist_ok=True)
            replace_atomically(place, f"{_digest([text])}\n{text}".encode())


def _remember(key: str, text: str) -> None:
    if len(_in_memory) >= MOST_IN_MEMORY:
        _in_memory.clear()
    _in_memory[key] = text


def _place(key: str, folder: Path) -> Path:
    return folder / key[:2] / key[2:]
