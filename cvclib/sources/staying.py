"""PostgreSQL as an engine whose rows stay where they are: what Ibis leaves out for it, and a connection that writes nothing.

A role that may only read needs no more: small frames go along in the query. Where the role may make temporary tables, an
answer that is asked for again is kept in one for as long as the connection lasts; where not, it is worked out again.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlparse
from weakref import finalize

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import psycopg
import pyarrow as pa
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.postgres import Backend as PostgreSQL
from ibis.backends.sql.compilers.postgres import PostgresCompiler
from ibis.common.exceptions import UnsupportedOperationError

from cvclib.errors import InputError, Problem

MICROSECONDS = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
PATTERNS = {  # what a regular expression is written with here, and how PostgreSQL writes it
    r"\p{Lu}": "[[:upper:]]",
    r"\p{Ll}": "[[:lower:]]",
    r"\p{Lo}": "(?![[:upper:][:lower:]])[[:alpha:]]",
    r"\p{Lm}": "(?![[:upper:][:lower:]])[[:alpha:]]",
    r"\p{Lt}": "(?![[:upper:][:lower:]])[[:alpha:]]",
    r"\p{Nd}": "[[:digit:]]",
    r"\b": r"\y",
}


class StayingCompiler(PostgresCompiler):
    """PostgreSQL's SQL for what Ibis does not write, meaning what it means on DuckDB."""

    __slots__ = ()
    UNSUPPORTED_OPS = tuple(op for op in PostgresCompiler.UNSUPPORTED_OPS if op not in (ops.RowID, ops.TimeDelta))

    def visit_InMemoryTable(self, op: ops.InMemoryTable, *, name: str, schema: Any, data: Any) -> sge.Expression:
        """A frame as rows of the query itself."""
        columns = [sg.to_identifier(column, quoted=self.quoted) for column in schema.names]
        types = [self.type_mapper.from_ibis(kind) for kind in schema.types]
        rows = [tuple(row.values()) for row in data.to_pyarrow(schema).to_pylist()]
        listed = [
            sge.Tuple(expressions=[sge.cast(sge.convert(value), kind) for value, kind in zip(row, types, strict=True)])
            for row in rows or [(None,) * len(types)]
        ]
        values = sge.Values(expressions=listed, alias=sge.TableAlias(this=sg.to_identifier("listed"), columns=columns))
        query = sg.select(*(sg.column(column, quoted=self.quoted) for column in schema.names)).from_(values)
        return (query if rows else query.where(sge.false())).subquery(sg.to_identifier(name, quoted=self.quoted))

    def visit_TimestampDelta(self, op: ops.Node, *, left: Any, right: Any, part: Any) -> sge.Expression:
        """How many borders of a unit lie between two times, as DuckDB's date_diff counts."""
        unit = part.this if isinstance(part, sge.Literal) else str(part)
        if unit not in MICROSECONDS | MONTHS:  # weeks, which every engine counts from a day of its own
            raise UnsupportedOperationError(f"times apart in {unit}s are not counted on PostgreSQL")
        whole = [self.f.date_trunc(sge.convert(unit), self.cast(side, dt.timestamp)) for side in (left, right)]
        if unit in MONTHS:
            later, earlier = (sge.paren(_part("year", time) * 12 + _part("month", time)) for time in whole)
            return self.cast(sge.paren(later - earlier) / MONTHS[unit], dt.int64)
        apart = _part("epoch", sge.paren(whole[0] - whole[1])) * MICROSECONDS["second"]
        return self.cast(self.f.round(apart / MICROSECONDS[unit]), dt.int64)

    visit_DateDelta = visit_TimeDelta = visit_TimestampDelta

    def visit_RowID(self, op: ops.RowID, *, table: Any) -> sge.Expression:
        """The place of a row in its table: as it is stored, from 0."""
        place = sg.column("ctid", table=table.alias_or_name, quoted=self.quoted)
        return sge.Window(this=sge.RowNumber(), order=sge.Order(expressions=[sge.Ordered(this=place)])) - 1

    def visit_Cast(self, op: ops.Cast, *, arg: Any, to: dt.DataType) -> sge.Expression:
        """A value of another type; a truth value becomes 1 or 0 in any numeric type."""
        if op.arg.dtype.is_boolean() and to.is_numeric():
            return self.cast(self.cast(arg, dt.int32), to)
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_Divide(self, op: ops.Divide, *, left: Any, right: Any) -> sge.Expression:
        """One number by another; two whole numbers too give a fraction."""
        return sge.Div(this=self.cast(left, dt.float64), expression=self.cast(right, dt.float64))

    def visit_Round(self, op: ops.Round, *, arg: Any, digits: Any) -> sge.Expression:
        """The nearest number, and of two the one further from zero; PostgreSQL takes the even one of two."""
        return self.cast(self.f.round(self.cast(arg, dt.decimal), *(() if digits is None else (digits,))), op.dtype)

    def visit_First(self, op: ops.Node, *, arg: Any, where: Any, order_by: Any, include_null: Any) -> sge.Expression:
        """The first value of a group; PostgreSQL has no such aggregate, and a role that reads cannot make one."""
        if not include_null:
            where = arg.is_(sge.Not(this=sge.null())) if where is None else sge.and_(where, arg.is_(sge.Not(this=sge.null())))
        listed = self.agg.array_agg(arg, where=where, order_by=order_by)
        return sge.Bracket(this=sge.paren(listed), expressions=[sge.convert(1)], offset=1)

    def visit_Arbitrary(self, op: ops.Node, *, arg: Any, where: Any) -> sge.Expression:
        """Any value of a group: the first that is not missing."""
        return self.visit_First(op, arg=arg, where=where, order_by=(), include_null=False)

    def visit_RegexSearch(self, op: ops.Node, *, arg: Any, pattern: Any) -> sge.Expression:
        """Whether a text holds a pattern."""
        return super().visit_RegexSearch(op, arg=arg, pattern=_pattern(pattern))

    def visit_RegexReplace(self, op: ops.Node, *, arg: Any, pattern: Any, replacement: Any) -> sge.Expression:
        """A text with all that fits a pattern replaced."""
        return super().visit_RegexReplace(op, arg=arg, pattern=_pattern(pattern), replacement=replacement)

    def visit_RegexExtract(self, op: ops.Node, *, arg: Any, pattern: Any, index: Any) -> sge.Expression:
        """What a group of a pattern fits in a text; empty where the pattern does not fit, as on DuckDB."""
        found = super().visit_RegexExtract(op, arg=arg, pattern=_pattern(pattern), index=index)
        return self.if_(arg.is_(sge.null()), sge.null(), self.f.coalesce(found, sge.convert("")))


def _part(unit: str, time: sge.Expression) -> sge.Expression:
    return sge.Extract(this=sge.Var(this=unit), expression=time)


def _pattern(pattern: Any) -> Any:
    if not isinstance(pattern, sge.Literal):
        return pattern
    text = pattern.this
    for here, there in PATTERNS.items():
        text = text.replace(here, there)
    return sge.convert(re.sub(r"\\x\{([0-9a-fA-F]{4})\}", r"\\u\1", text))


class Staying(PostgreSQL):
    """A PostgreSQL connection for reading."""

    compiler = StayingCompiler()
    may_keep = False

    def rows_of(self, table: str | None, query: str | None) -> ir.Table:
        """A table, or the answer to a query, with the place of each row as ``_cvc_row``: as stored, else in the order of its columns."""
        if table is None:
            found = self.sql(query)
        else:
            found = self.table(table)
            kind = self.con.execute("SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)", (f'"{table}"',)).fetchone()
            self.con.commit()
            if kind and kind[0] in ("r", b"r"):
                return found.mutate(_cvc_row=found.rowid())
        return found.mutate(_cvc_row=ibis.row_number().over(order_by=[found[c] for c in found.columns]))

    def execute(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """Ask the server; a connection that is lost is told as such."""
        with _told_if_lost():
            return super().execute(expr, **kwargs)

    def to_pyarrow_batches(self, expr: ir.Expr, /, **kwargs: Any) -> pa.ipc.RecordBatchReader:
        """Ask the server for many rows."""
        with _told_if_lost():
            return super().to_pyarrow_batches(expr, **kwargs)

    def get_schema(self, name: str, **kwargs: Any) -> Any:
        """The columns of a table and their types."""
        with _told_if_lost():
            return super().get_schema(name, **kwargs)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        """Nothing to do: the rows go along in the query."""

    def _make_memtable_finalizer(self, name: str) -> None:
        """Nothing was made, so nothing is taken away."""

    def _cached_table(self, table: ir.Table) -> ir.Table:
        return super()._cached_table(table) if self.may_keep else table

    def _drop_cached_table(self, name: str) -> None:
        with contextlib.suppress(psycopg.OperationalError):  # the connection is gone, and its temporary tables with it
            super()._drop_cached_table(name)

    def _create_cached_table(self, name: str, expr: ir.Table) -> ir.Table:
        with _told_if_lost():
            made = super()._create_cached_table(name, expr)
            with self.begin() as cursor:  # without, the server takes it for empty, and plans badly
                cursor.execute(sg.exp.Command(this="ANALYZE", expression=f'"{name}"').sql("postgres"))
            return made


@contextlib.contextmanager
def _told_if_lost() -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise InputError([lost(error)]) from None  # its own text may hold the address


def lost(error: Exception) -> Problem:
    """What to tell of a server that no longer answers, or never did."""
    return Problem(
        "engine",
        f"a database connection that was refused or lost ({type(error).__name__})",
        "a PostgreSQL server that answers until the end",
        "See that the server runs and run again; what was done before is kept.",
    )


def connect(address: str, timezone: str | None = None) -> Staying:
    """Connect to a PostgreSQL server, to read.

    Parameters
    ----------
    address : str
        ``postgres://user:password@host:port/database``.
    timezone : str or None
        Times that carry an offset are seen in this zone; UTC by default.

    Returns
    -------
    Staying

    Raises
    ------
    psycopg.OperationalError
        If the server does not answer, or lets nobody in.
    """
    backend = Staying()._from_url(urlparse(address))
    finalize(backend, backend.con.close)  # who drops a client without leaving it leaves no connection open
    with backend.begin() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, false)", (timezone or "UTC",))
        kept = "has_database_privilege(current_database(), 'TEMPORARY') AND current_setting('default_transaction_read_only') = 'off'"
        backend.may_keep = bool(cursor.execute(f"SELECT {kept}").fetchone()[0])
    return backend
