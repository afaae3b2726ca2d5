"""Every question that the steps ask of a client's tables, with DuckDB's answer; and the same question put to another engine."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from numbers import Number
from typing import Any

import duckdb
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pandas as pd

import cvclib.steps
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.sources import META_SCHEMA
from cvclib.steps.questions import TooFewAnswersError

DRAWN = ("exhibits.Figure", "exhibits.Table", "exhibits.Corners", "Review")  # drawn from what other functions have asked


def functions():
    """Every public function of the steps that needs nothing but a client and draws nothing."""
    found = {}
    for place in pkgutil.iter_modules(cvclib.steps.__path__):
        module = importlib.import_module(f"cvclib.steps.{place.name}")
        for name, function in vars(module).items():
            if inspect.isfunction(function) and not name.startswith("_") and function.__module__ == module.__name__ and _asks(function):
                found[f"{place.name}.{name}"] = function
    return found


def _asks(function):
    first, *others = inspect.signature(function).parameters.values() or [None]
    if first is None or first.name != "client" or any(p.default is p.empty for p in others):
        return False
    answer = str(typing.get_type_hints(inspect.unwrap(function)).get("return"))
    return not any(drawn in answer for drawn in DRAWN)


class Numbered:
    """Prepared tables that each hold their ``row``, as tables on an engine are seen."""

    def __init__(self, backend):
        self.name, self.backend = backend.name, backend
        self.forget_answers, self.forget_questions = backend.forget_answers, backend.forget_questions

    def table(self, name, database=None):
        found = self.backend.table(name, database=database)
        return found if database else found.drop("row")

    def numbered(self, name):
        return self.backend.table(name)


@dataclass
class Asked:
    """What was asked, in the order asked; and what was put aside on the way, by the name that the engine gave it."""

    answers: dict[tuple[ops.Node, Any], Any] = field(default_factory=dict)
    put_aside: dict[str, ir.Table] = field(default_factory=dict)
    by: dict[tuple[ops.Node, Any], str] = field(default_factory=dict)
    caller: str = ""


def ask_everything(client: Client) -> Asked:
    """Call every function, and note each question that reaches the engine."""
    backend, asked = client._connection.backend, Asked()
    execute, put_aside = backend.execute, backend._create_cached_table

    def noting(expr, /, **settings):
        key = (expr.op(), settings.get("limit"))
        answer = execute(expr, **settings)
        if key not in asked.answers:
            asked.answers[key] = answer.copy() if isinstance(answer, pd.DataFrame | pd.Series) else answer  # its caller may add to it
            asked.by[key] = asked.caller
        return answer

    def noting_aside(name, expr):
        asked.put_aside[name] = expr
        return put_aside(name, expr)

    backend.execute, backend._create_cached_table = noting, noting_aside
    for asked.caller, function in functions().items():
        try:
            function(client)
        except (MissingDataError, TooFewAnswersError):
            continue
        except AttributeError as error:  # since last time, where there was no last time
            if "findings" not in str(error):
                raise
    return asked


class Elsewhere:
    """The same questions, put to another engine that holds the same tables."""

    def __init__(self, backend, asked: Asked) -> None:
        self.backend, self.asked = backend, asked
        self.aside: dict[str, ir.Table] = {}

    def answer(self, question):
        op, limit = question
        return self.backend.execute(self._moved(op).to_expr(), **({} if limit is None else {"limit": limit}))

    def _moved(self, op):
        moved = {table: self._table(table) for table in op.find(ops.DatabaseTable)}
        return op.replace(moved) if moved else op

    def _table(self, table):
        if table.name not in self.asked.put_aside:
            return ops.DatabaseTable(name=table.name, schema=table.schema, source=self.backend)
        if table.name not in self.aside:
            self.aside[table.name] = self._moved(self.asked.put_aside[table.name].op()).to_expr().cache()
        return self.aside[table.name].op()


def assert_alike(there, here):
    """Two answers hold the same, whatever the order of rows that tie and the widths of types."""
    if isinstance(here, pd.Series):
        there, here = there.to_frame("value"), here.to_frame("value")
    if not isinstance(here, pd.DataFrame):
        there, here = pd.DataFrame({"value": [there]}), pd.DataFrame({"value": [here]})
    pd.testing.assert_frame_equal(_plain(there), _plain(here), check_dtype=False, rtol=1e-9, atol=1e-9)


def _plain(frame):
    """Rows in one order, each column of one plain type."""
    made = frame.reset_index(drop=True)
    made = pd.DataFrame({name: _column(made[name]) for name in made.columns}, index=made.index)
    if not len(made.columns) or not len(made):
        return made
    texts = pd.DataFrame({n: [f"{c:.6g}" if isinstance(c, float) else str(c) for c in made[n]] for n in made.columns}, index=made.index)
    return made.loc[texts.sort_values(list(texts.columns), kind="stable").index].reset_index(drop=True)


def _column(column):
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.astype("datetime64[us]")
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    values = [None if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)) else cell for cell in column]
    filled = [cell for cell in values if cell is not None]
    if filled and all(isinstance(cell, Number | Decimal) for cell in filled):
        return pd.Series([np.nan if cell is None else float(cell) for cell in values], index=column.index)
    if all(isinstance(cell, pd.Timestamp) for cell in filled) and filled:
        return pd.to_datetime(pd.Series(values, index=column.index)).astype("datetime64[us]")
    return pd.Series([list(c) if isinstance(c, np.ndarray) else c for c in values], index=column.index, dtype=object)


def add_rows(path, prepared):
    """Write prepared tables into a database of their own, each with its ``row``."""
    with duckdb.connect(str(path)) as con:
        con.execute(f"ATTACH '{prepared}' AS prepared (READ_ONLY)")
        con.execute(f"CREATE SCHEMA {META_SCHEMA}")
        for schema, name in con.sql("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'prepared'").fetchall():
            numbered = "" if schema == META_SCHEMA else "rowid AS row, "
            con.execute(f'CREATE TABLE {schema}."{name}" AS SELECT {numbered}* FROM prepared.{schema}."{name}"')


def differences(asked: Asked, there: Elsewhere, *, most_of_a_function: int | None = None) -> dict[str, str]:
    """What is not alike, by the function that asked it; prepared tables' own accounts are not on the engine and left out."""
    found: dict[str, str] = {}
    n_asked: Counter[str] = Counter()
    for question, here in asked.answers.items():
        by = asked.by[question]
        if any(table.namespace.database == META_SCHEMA for table in question[0].find(ops.DatabaseTable)):
            continue
        if question[0].find(ops.SQLStringView) and there.backend.name != "postgres":  # an own KPI, written in DuckDB's words by now
            continue
        n_asked[by] += 1
        if most_of_a_function and n_asked[by] > most_of_a_function:
            continue
        try:
            assert_alike(there.answer(question), here)
        except Exception as error:  # an engine that cannot answer differs too
            found[f"{by}, question {n_asked[by]}"] = f"{type(error).__name__}: {error}"[:600]
    return found
