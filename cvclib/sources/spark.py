"""Spark as an engine whose rows stay where they are: what Ibis leaves out for it, and a session that is left running.

A session is started where none runs in this process: on the master that the address names, or on this machine.
"""

from __future__ import annotations

import contextlib
import os
import re
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlparse

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.pyspark import Backend as Spark
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.common.exceptions import UnsupportedOperationError
from ibis.formats.pandas import PandasData
from py4j.protocol import Py4JError
from pyspark import SparkConf
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import TimestampType

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
SETTINGS = {  # of a session that is started here; the address may state others
    "spark.app.name": "cvclib",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),  # its own 200 are made for a cluster, which its address can state
}
ANSWERS = {  # of every session: what an answer looks like
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",  # a value that cannot be cast is missing, not the end of the question
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # times as the client's clock showed them
}


class SparkCompiler(PySparkCompiler):
    """Spark's SQL for what Ibis does not write, meaning what it means on DuckDB."""

    __slots__ = ()
    UNSUPPORTED_OPS = tuple(op for op in PySparkCompiler.UNSUPPORTED_OPS if op is not ops.TimestampDelta)

    def visit_NonNullLiteral(self, op: ops.Literal, *, value: Any, dtype: dt.DataType) -> sge.Expression | None:
        """A number with a fraction is a double; Spark takes 7.0 for a decimal, and divides by it to six digits."""
        written = super().visit_NonNullLiteral(op, value=value, dtype=dtype)
        if not dtype.is_floating():
            return written
        return self.cast(sge.convert(value) if written is None else written, dt.float64)

    def visit_Divide(self, op: ops.Divide, *, left: Any, right: Any) -> sge.Expression:
        """One number by another, as doubles."""
        return sge.Div(this=self.cast(left, dt.float64), expression=self.cast(right, dt.float64))

    def visit_TimestampDelta(self, op: ops.Node, *, left: Any, right: Any, part: Any) -> sge.Expression:
        """How many borders of a unit lie between two times, as DuckDB's date_diff counts."""
        unit = part.this if isinstance(part, sge.Literal) else str(part)
        if unit not in MICROSECONDS | MONTHS:  # weeks, which every engine counts from a day of its own
            raise UnsupportedOperationError(f"times apart in {unit}s are not counted on Spark")
        whole = [self.f.anon.date_trunc(unit, self.cast(side, dt.timestamp)) for side in (left, right)]
        if unit in MONTHS:
            later, earlier = (sge.paren(self.f.anon.year(time) * 12 + self.f.anon.month(time)) for time in whole)
            return self.cast(sge.paren(later - earlier) / MONTHS[unit], dt.int64)
        later, earlier = (self.f.anon.unix_micros(self.f.anon.to_timestamp_ltz(time)) for time in whole)
        return self.cast(sge.paren(later - earlier) / MICROSECONDS[unit], dt.int64)

    visit_DateDelta = visit_TimeDelta = visit_TimestampDelta

    def visit_TimestampTruncate(self, op: ops.Node, *, arg: Any, unit: Any) -> sge.Expression:
        """The beginning of a time's hour, day or month; Spark itself makes a time with a zone of it."""
        return self.cast(super().visit_TimestampTruncate(op, arg=arg, unit=unit), op.dtype)

    visit_TimeTruncate = visit_DateTruncate = visit_TimestampTruncate

    def visit_ExtractEpochSeconds(self, op: ops.Node, *, arg: Any) -> sge.Expression:
        """Seconds since 1970 and their fraction, as on DuckDB; Spark itself cuts it off."""
        microseconds = self.f.anon.unix_micros(self.f.anon.to_timestamp_ltz(self.cast(arg, dt.timestamp)))
        return sge.paren(microseconds / MICROSECONDS["second"])

    def visit_Strip(self, op: ops.Node, *, arg: Any) -> sge.Expression:
        """A text without white space around it; Spark's texts cannot spell all of that."""
        return self.f.anon.btrim(arg, self.f.concat(sge.convert(" \t\n\r"), self.f.anon.char(11), self.f.anon.char(12)))

    def visit_RegexReplace(self, op: ops.RegexReplace, *, arg: Any, pattern: Any, replacement: Any) -> sge.Expression:
        """A text with all that fits a pattern replaced; groups are $1 to Spark where others write a backslash."""
        if isinstance(op.replacement, ops.Literal):
            replacement = sge.convert(re.sub(r"\\(\d)", r"$\1", str(op.replacement.value).replace("$", "\\$")))
        return self.f.regexp_replace(arg, pattern, replacement)

    def visit_GroupConcat(self, op: ops.GroupConcat, *, arg: Any, sep: Any, where: Any, order_by: Any) -> sge.Expression:
        """The texts of a group behind one another, in an order: Spark collects in none, so pairs of key and text are sorted."""
        if not order_by:
            return super().visit_GroupConcat(op, arg=arg, sep=sep, where=where, order_by=order_by)
        if any(key.args.get("desc") for key in order_by):
            raise UnsupportedOperationError("texts are collected in rising order only on Spark")
        filled = arg.is_(sge.Not(this=sge.null()))
        keys = [part for i, key in enumerate(order_by) for part in (sge.convert(f"key{i}"), key.this)]
        keyed = self.f.anon.named_struct(*keys, sge.convert("text"), arg)
        kept = self.if_(filled if where is None else sge.and_(where, filled), keyed, sge.null())
        pairs = self.f.anon.array_sort(self.f.anon.collect_list(kept))
        pair = sg.to_identifier("pair")
        text = sge.Lambda(this=sge.Dot(this=pair, expression=sg.to_identifier("text")), expressions=[pair])
        joined = self.f.anon.array_join(self.f.anon.transform(pairs, text), sep)
        return self.if_(self.f.anon.size(pairs).eq(0), sge.null(), joined)


@ibis.udf.scalar.builtin(signature=((dt.timestamp, dt.string), dt.timestamp))
def from_utc_timestamp(at: Any, timezone: Any) -> Any:
    """A moment as the clocks of a zone showed it: Spark's own function."""


class StayingSpark(Spark):
    """A Spark session for reading."""

    compiler = SparkCompiler()
    timezone: str | None = None

    @property
    def session(self) -> SparkSession:
        """The session that answers."""
        return self._session

    def list_tables(self, **settings: Any) -> list[str]:
        """The tables of the session's catalogue."""
        with _sockets_left_open():
            return super().list_tables(**settings)

    def rows_of(self, table: str | None, query: str | None) -> ir.Table:
        """A table, or the answer to a query, with the place of each row, in the order of its columns, as ``_cvc_row``."""
        found = self.table(table) if query is None else self.sql(query)
        if self.timezone:  # times that are moments become what the client's clock showed then
            kinds = (self.session.table(f"`{table}`") if query is None else self.session.sql(query)).schema
            moments = [field.name for field in kinds if isinstance(field.dataType, TimestampType)]
            found = found.mutate(**{name: from_utc_timestamp(found[name], self.timezone) for name in moments})
        return found.mutate(_cvc_row=ibis.row_number().over(order_by=[found[c] for c in found.columns]))

    def execute(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """Ask the cluster; a session that is lost is told as such."""
        return expr.__pandas_result__(PandasData.convert_table(self._arrow(expr, **kwargs).to_pandas(), expr.as_table().schema()))

    def to_pyarrow_batches(self, expr: ir.Expr, /, *, chunk_size: int = 1_000_000, **kwargs: Any) -> pa.ipc.RecordBatchReader:
        """Ask the cluster for many rows."""
        return self._arrow(expr, **kwargs).to_reader(max_chunksize=chunk_size)

    def _arrow(self, expr: ir.Expr, *, limit: int | None = None, **_: Any) -> pa.Table:
        self._run_pre_execute_hooks(expr)
        table = expr.as_table()
        try:
            with _sockets_left_open():
                answer = self.session.sql(self.compile(table, limit=limit)).toArrow()
        except (Py4JError, PySparkException, ConnectionError) as error:
            if isinstance(error, PySparkException) and error.getCondition():
                raise  # a question that Spark does not understand
            raise InputError([lost(error)]) from None
        return answer.cast(table.schema().to_pyarrow(), safe=False)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        self.session.createDataFrame(op.data.to_pyarrow(op.schema)).createOrReplaceTempView(op.name)

    def disconnect(self) -> None:
        """Leave the session running: it may be the caller's, and the next client's."""


@contextlib.contextmanager
def _sockets_left_open() -> Iterator[None]:
    """Be quiet about sockets that Spark leaves to Python to close."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield


def lost(error: Exception) -> Problem:
    """What to tell of a cluster that no longer answers, or never did."""
    return Problem(
        "engine",
        f"a Spark session that could not be had or was lost ({type(error).__name__})",
        "a Spark cluster that answers until the end, and Java 17 here",
        "See that the cluster runs and run again; what was done before is kept.",
    )


def connect(address: str, timezone: str | None = None) -> StayingSpark:
    """Have a Spark session, to read.

    Parameters
    ----------
    address : str
        ``spark://host:7077`` for a cluster; ``pyspark://`` for this machine, or for the session that runs in this process.
        Settings of the session can follow: ``pyspark://?spark.sql.warehouse.dir=/data``.
    timezone : str or None
        Times that are moments are seen in this zone; UTC by default.

    Returns
    -------
    StayingSpark

    Raises
    ------
    InputError
        If no session can be had: no Java, no such cluster.
    """
    url = urlparse(address)
    stated = dict(parse_qsl(url.query))
    master = {"spark.master": f"spark://{url.netloc}"} if url.scheme == "spark" else {"spark.master": "local[*]"}
    try:
        running = SparkSession.getActiveSession() if url.scheme == "pyspark" else None
        session = running or SparkSession.builder.config(conf=SparkConf().setAll((SETTINGS | master | stated).items())).getOrCreate()
    except (Py4JError, PySparkException, OSError) as error:
        raise InputError([lost(error)]) from None
    ibis.options.pyspark = ibis.options.pyspark or StayingSpark.Options()  # as Ibis does where it opens the session itself
    backend = StayingSpark()
    backend.do_connect(session, **ANSWERS)
    backend.timezone = timezone
    return backend
