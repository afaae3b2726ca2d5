"""The expressions a client file may hold: scalar, over the columns of its own file, and nothing else.

An expression is parsed, every part of it is held against a list of what is allowed, and only what is written anew from
the parsed tree reaches the engine. Columns are text, as the file has them, except where the expression itself shows
that it takes them for numbers or times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from cvclib.spelling import did_you_mean

Reading = Literal["text", "number", "time"]

_NUMBER_OPERATORS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Pow)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_PLAIN = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.And, exp.Or, exp.Not, exp.Between, exp.In, exp.Is,
    exp.Like, exp.ILike, exp.DPipe, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var,
    exp.Bracket, exp.Slice, *_NUMBER_OPERATORS, *_COMPARISONS,
)  # fmt: skip
_NUMBER_FUNCTIONS = {"Abs", "Round", "Floor", "Ceil", "Sign", "Sqrt", "Ln", "Exp", "Log"}
_TEXT_FUNCTIONS = {
    "Upper", "Lower", "Trim", "Length", "Left", "Right", "Substring", "Replace", "Pad", "Concat", "ConcatWs", "SplitPart",
    "StrPosition", "Contains", "StartsWith", "EndsWith", "RegexpLike", "RegexpFullMatch", "RegexpReplace", "RegexpExtract",
}  # fmt: skip
_TIME_FUNCTIONS = {
    "Year", "Month", "Day", "Quarter", "Week", "Hour", "Minute", "DayOfWeek", "DayOfWeekIso", "Dayname", "Monthname",
    "TimestampTrunc", "DateTrunc", "DateDiff", "DateAdd", "Extract", "TimeToStr", "LastDay", "Date", "TimeToUnix",
}  # fmt: skip
_MAKING_TIMES = {"StrToTime", "DateFromParts", "TimestampFromParts", "ToDays"}
_CHOOSING = {"Coalesce", "Nullif", "Greatest", "Least"}
_BY_NAME = {"date_part": "time", "date_sub": "time", "try_strptime": "text", "strip_accents": "text", "strlen": "text"}
_CLASSES = _NUMBER_FUNCTIONS | _TEXT_FUNCTIONS | _TIME_FUNCTIONS | _MAKING_TIMES | _CHOOSING
_NUMBER_TYPES = {"INT", "BIGINT", "SMALLINT", "TINYINT", "FLOAT", "DOUBLE", "DECIMAL", "HUGEINT"}
_TIME_TYPES = {"DATE", "TIMESTAMP", "DATETIME"}
_OTHER_TYPES = {"VARCHAR", "TEXT", "CHAR", "BOOLEAN", "INTERVAL", "TIME"}
ALLOWED = "arithmetic, comparisons, CASE, COALESCE, CAST, and functions of text and dates"


class ExpressionError(ValueError):
    """An expression that is not allowed: what was found, what was expected, how to mend it."""

    def __init__(self, found: str, expected: str, fix: str = "") -> None:
        self.found, self.expected, self.fix = found, expected, fix
        super().__init__(found, expected, fix)


@dataclass(frozen=True)
class Expression:
    """A checked expression.

    Parameters
    ----------
    tree : sqlglot.exp.Expression
        What the client file says.
    reads : tuple of (str, Reading)
        Columns of the file, and what they are read as, each pair once.
    """

    tree: exp.Expression
    reads: tuple[tuple[str, Reading], ...]

    def sql(self, read: Callable[[str, Reading], str]) -> str:
        """The expression in DuckDB's words; `read` names the engine's column for a column's name and reading."""

        def harmless(node: exp.Expression) -> exp.Expression:
            """What would stop the whole reading at the first bad cell gives a blank instead."""
            if type(node) is exp.Cast:
                return exp.TryCast(this=node.this, to=node.args["to"])
            if isinstance(node, exp.StrToTime):
                return exp.Anonymous(this="try_strptime", expressions=[node.this, node.args["format"]])
            return node

        tree = self.tree.copy()
        for node in list(tree.find_all(exp.Column)):
            column = exp.column(read(node.meta["name"], node.meta["reading"]), quoted=True)
            if node is tree:
                tree = column
            else:
                node.replace(column)
        for node in reversed(list(tree.find_all(exp.Cast, exp.StrToTime))):
            new = harmless(node)
            if node is tree:
                tree = new
            elif new is not node:
                node.replace(new)
        return tree.sql(dialect="duckdb", comments=False)


def parse(text: str, columns: tuple[str, ...], *, of: str = "the file", typed: bool = False) -> Expression:
    """Check an expression of a client file.

    Parameters
    ----------
    text : str
        A scalar expression in DuckDB's dialect of SQL.
    columns : tuple of str
        Columns that it may name.
    of : str
        What they are columns of, as a message names it.
    typed : bool
        Whether they have types already, as those of a canonical table; else what each is read as is told from the
        expression.

    Returns
    -------
    Expression

    Raises
    ------
    ExpressionError
        If it is no expression, names a column that is not there, or holds what is not allowed: a query, a table, a
        function outside the list, more than one statement.

    Examples
    --------
    >>> checked = parse("Quantity * Price", ("Quantity", "Price"))
    >>> checked.reads
    (('Quantity', 'number'), ('Price', 'number'))
    >>> parse("read_text('secrets.txt')", ())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    cvclib.sources.expressions.ExpressionError: ('the function read_text', 'arithmetic, ...
    """
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError as error:
        raise ExpressionError(f"the expression {text!r}", "a valid one", _first_line(error)) from error
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionError(f"the expression {text!r}", "one expression")
    tree = trees[0]
    for node in tree.walk():
        _refuse_what_is_not_allowed(node)
    for node in list(tree.find_all(exp.Column)):
        node.meta["name"] = _column_named(node, columns, of)
    for node in list(tree.find_all(exp.Column)):
        node.meta["reading"] = "text" if typed else _reading_of(node)
    reads = tuple(dict.fromkeys((node.meta["name"], node.meta["reading"]) for node in tree.find_all(exp.Column)))
    return Expression(tree, reads)


def _first_line(error: SqlglotError) -> str:
    details = getattr(error, "errors", None) or [{}]
    description = details[0].get("description", "")
    return "" if not description or "<class" in description else f"{description}."


def _refuse_what_is_not_allowed(node: exp.Expression) -> None:
    name = type(node).__name__
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists | exp.Table):
        raise ExpressionError("a query", "an expression over the columns of the file", "Queries go under 'query:', with an engine.")
    if isinstance(node, exp.AggFunc | exp.Window):
        raise ExpressionError(f"{node.sql('duckdb')}, which looks at many rows", "an expression over one row", "See 'combine:'.")
    if isinstance(node, exp.Anonymous):
        if node.name.lower() not in _BY_NAME:
            raise ExpressionError(f"the function {node.name.lower()}", ALLOWED)
    elif isinstance(node, exp.Cast | exp.TryCast):
        kind = node.args["to"].this
        kind = kind.name if hasattr(kind, "name") else str(kind)
        if kind not in _NUMBER_TYPES | _TIME_TYPES | _OTHER_TYPES:
            raise ExpressionError(f"a cast to {kind}", "one to a number, a text, a date or a truth value")
    elif not (isinstance(node, _PLAIN) or name in _CLASSES):
        what = f"the function {node.sql_name().lower()}" if isinstance(node, exp.Func) else node.sql("duckdb") or name
        raise ExpressionError(what, ALLOWED)


def _column_named(node: exp.Column, columns: tuple[str, ...], of: str) -> str:
    name = node.name
    if node.args.get("table"):
        whole = ".".join(part.name for part in node.parts)
        if whole in columns:
            return whole
        raise ExpressionError(repr(whole), f"a column of {of}", 'A name with a full stop goes between quotation marks: "a.b".')
    if name in columns:
        return name
    alike = [column for column in columns if column.casefold() == name.casefold()]
    if len(alike) == 1 and not node.this.args.get("quoted"):
        return alike[0]
    hint = did_you_mean(name, columns)
    if node.this.args.get("quoted"):
        hint += " Text goes between single quotation marks."
    raise ExpressionError(f"column {name!r}", f"a column of {of}", hint)


def _reading_of(node: exp.Column) -> Reading:
    """What an expression takes a column for, from where it stands."""
    child: exp.Expression = node
    parent = node.parent
    while isinstance(parent, exp.Paren | exp.Coalesce | exp.Nullif | exp.Greatest | exp.Least):
        others = [x for x in parent.iter_expressions() if x is not child]
        if not isinstance(parent, exp.Paren) and (kind := _kind_of(others)):
            return kind
        child, parent = parent, parent.parent
    if isinstance(parent, exp.Cast | exp.TryCast):
        name = parent.args["to"].this.name
        return "number" if name in _NUMBER_TYPES else "time" if name in _TIME_TYPES else "text"
    if isinstance(parent, exp.Anonymous):
        return _BY_NAME[parent.name.lower()]  # type: ignore[return-value]
    name = type(parent).__name__
    if name in _TIME_FUNCTIONS:
        return "time"
    if name in _NUMBER_FUNCTIONS | {"DateFromParts", "TimestampFromParts", "ToDays"}:
        return "number"
    others = [x for x in parent.iter_expressions() if x is not child] if parent else []
    if isinstance(parent, exp.Add | exp.Sub) and _kind_of(others) == "time":
        return "time"
    if isinstance(parent, _NUMBER_OPERATORS):
        return "number"
    if isinstance(parent, (*_COMPARISONS, exp.Between, exp.In)):
        return _kind_of(others) or _undecided(parent, others)
    return "text"


def _kind_of(nodes: list[exp.Expression]) -> Reading | None:
    """What literals, computations and dates among some nodes show them to be; None where nothing shows."""
    for node in nodes:
        node = node.unnest()
        if isinstance(node, exp.Literal) and not node.is_string:
            return "number"
        if isinstance(node, exp.Interval) or type(node).__name__ in {"StrToTime", "DateFromParts", "TimestampFromParts", "ToDays"}:
            return "time"
        if isinstance(node, exp.Cast | exp.TryCast):
            name = node.args["to"].this.name
            return "number" if name in _NUMBER_TYPES else "time" if name in _TIME_TYPES else "text"
        if type(node).__name__ in {"TimestampTrunc", "DateTrunc", "LastDay", "DateAdd", "Date"}:
            return "time"
        if isinstance(node, exp.Add | exp.Sub) and (kind := _kind_of(list(node.iter_expressions()))) == "time":
            return kind
        if isinstance(node, _NUMBER_OPERATORS) or type(node).__name__ in _NUMBER_FUNCTIONS | {"Length", "StrPosition", "DateDiff", "Year"}:
            return "number"
    return None


def _undecided(parent: exp.Expression, others: list[exp.Expression]) -> Reading:
    """Two columns may be compared for being the same; which is more, depends on what they are."""
    ordered = isinstance(parent, exp.GT | exp.GTE | exp.LT | exp.LTE | exp.Between)
    if ordered and any(isinstance(other.unnest(), exp.Column) for other in others):
        raise ExpressionError(
            parent.sql("duckdb"),
            "a comparison that shows what its columns are",
            "Write CAST(… AS DOUBLE) or CAST(… AS TIMESTAMP) around them.",
        )
    return "text"
