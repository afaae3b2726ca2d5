"""What to do with each source of a canonical table, decided before a row is read; what is wrong with it told at once."""

from __future__ import annotations

from dataclasses import dataclass

from cvclib.errors import Problem
from cvclib.params import ClientFile, ColumnSource, TableSource
from cvclib.sources.expressions import Expression, ExpressionError, Reading, parse
from cvclib.sources.lookups import with_lookups
from cvclib.sources.reading import Opened, Part, all_columns, parts_of
from cvclib.spelling import did_you_mean
from cvclib.tables import TABLES, Column, Table

NUMERIC = ("integer", "number", "money")
SUMMED = ("sum", "mean")


@dataclass(frozen=True)
class ColumnPlan:
    """How one canonical column is filled.

    Parameters
    ----------
    column : Column
    name : str
        What the client calls it: their column, expression or value.
    source : ColumnSource
    expression : Expression or None
        Where it is computed.
    reads : tuple of (str, Reading)
        Columns of the file that it needs, and what they are read as.
    """

    column: Column
    name: str
    source: ColumnSource
    expression: Expression | None
    reads: tuple[tuple[str, Reading], ...]


@dataclass(frozen=True)
class SourcePlan:
    """How one source of a canonical table is read.

    Parameters
    ----------
    table : Table
    spec : TableSource
    where : str
        The place in the client file, for messages.
    parts : dict of int to Part
        Files and sheets by number; the number is unique within the preparation.
    columns : tuple of ColumnPlan
    condition : Expression or None
        Rows for which it is not true are left out.
    """

    table: Table
    spec: TableSource
    where: str
    parts: dict[int, Part]
    columns: tuple[ColumnPlan, ...]
    condition: Expression | None

    @property
    def made(self) -> tuple[str, ...]:
        """Columns that unpivoting makes, beside those of the file."""
        return (self.spec.unpivot.name_to, self.spec.unpivot.value_to) if self.spec.unpivot else ()

    @property
    def reads(self) -> tuple[tuple[str, Reading], ...]:
        """All columns that are read, and what as; each pair once."""
        needs = [need for plan in self.columns for need in plan.reads]
        needs += self.condition.reads if self.condition else ()
        return tuple(dict.fromkeys(needs))

    @property
    def used(self) -> frozenset[str]:
        """Names of all columns of the file that matter."""
        return frozenset(
            [name for name, _ in self.reads] + [" ".join(n.split()) for n in (self.spec.unpivot.columns if self.spec.unpivot else ())]
        )


def plan(params: ClientFile, opened: Opened) -> tuple[list[SourcePlan], list[Problem]]:
    """Decide how every source of every table is read, and gather what is wrong with them."""
    problems: list[Problem] = []
    file = params.path.name if params.path else "client file"
    plans: list[SourcePlan] = []
    for name, sources in params.tables.items():
        if name not in TABLES:
            problems.append(Problem(f"{file}, tables", repr(name), "a canonical table", did_you_mean(name, TABLES)))
            continue
        several = isinstance(sources, list)
        for i, spec in enumerate(sources if several else [sources], start=1):
            where = f"{file}, tables.{name}" + (f", source {i}" if several else "")
            plans += _plan_source(TABLES[name], spec, where, opened, problems, sum(len(p.parts) for p in plans))
    problems += _unknown_checks(params, file)
    return plans, list(dict.fromkeys(problems))


def _plan_source(table: Table, spec: TableSource, where: str, opened: Opened, problems: list[Problem], first: int) -> list[SourcePlan]:
    before = len(problems)
    parts = with_lookups(parts_of(spec, where, opened, problems), spec, where, opened, problems)
    problems += _wrong_names(table, spec, where)
    if not parts:
        if len(problems) == before:
            problems.append(Problem(where, "nothing to read", "a sheet with column names"))
        return []
    problems += _missing_columns(table, spec, parts)
    made = (spec.unpivot.name_to, spec.unpivot.value_to) if spec.unpivot else ()
    available = tuple(dict.fromkeys([*made, *all_columns(parts)]))
    columns = []
    sources = {name: _as_source(source) for name, source in spec.columns.items()}
    for name in made:
        sources.setdefault(name, ColumnSource(from_=name))
    for name, source in sources.items():
        if name in table.column_names:
            expression = _checked(source.sql, available, f"{where}.columns.{name}", problems)
            columns.append(_column_plan(table[name], source, expression))
    condition = _checked(spec.where, available, f"{where}.where", problems)
    result = SourcePlan(table, spec, where, dict(enumerate(parts, start=first)), tuple(columns), condition)
    for part in parts:
        absent = dict.fromkeys(n for p in result.columns if p.expression for n, _ in p.reads if n not in (*part.columns, *made))
        absent |= dict.fromkeys(n for n, _ in (condition.reads if condition else ()) if n not in (*part.columns, *made))
        problems += [Problem(part.place, f"no column {n!r}", f"one, as an expression of {table.name} reads it") for n in absent]
    return [result]


def _as_source(source: str | ColumnSource) -> ColumnSource:
    return source if isinstance(source, ColumnSource) else ColumnSource(from_=source)


def _column_plan(column: Column, source: ColumnSource, expression: Expression | None) -> ColumnPlan:
    if source.sql is not None:
        return ColumnPlan(column, str(source.sql), source, expression, expression.reads if expression else ())
    if source.from_ is not None:
        name = " ".join(str(source.from_).split())
        return ColumnPlan(column, name, source, None, ((name, "text"),))
    return ColumnPlan(column, f"value {source.value}", source, None, ())


def _checked(text: str | None, columns: tuple[str, ...], where: str, problems: list[Problem]) -> Expression | None:
    if text is None:
        return None
    try:
        return parse(str(text), columns)
    except ExpressionError as error:
        problems.append(Problem(where, error.found, error.expected, error.fix))
        return None


def _wrong_names(table: Table, spec: TableSource, where: str) -> list[Problem]:
    """Names that are no canonical columns, and required ones that are not filled."""
    made = (spec.unpivot.name_to, spec.unpivot.value_to) if spec.unpivot else ()
    named = [*spec.columns, *made, *(spec.combine or ())]
    problems = [
        Problem(f"{where}.columns", repr(name), f"a column of {table.name}", did_you_mean(name, table.column_names))
        for name in dict.fromkeys(named)
        if name not in table.column_names
    ]
    filled = {*spec.columns, *made}
    problems += [
        Problem(f"{where}.columns", f"no {name!r}", "every column that a row must have", f"Map it: {name} is {table[name].meaning}.")
        for name in table.required
        if name not in filled
    ]
    if table.one_of and not filled & set(table.one_of):
        problems.append(Problem(f"{where}.columns", "neither " + " nor ".join(map(repr, table.one_of)), "at least one of them"))
    if spec.combine is not None and not table.key:
        problems.append(Problem(f"{where}.combine", "a table without a key", "a table whose rows have one", "Leave 'combine' out."))
    for name, how in (spec.combine or {}).items():
        if name in table.column_names and how in SUMMED and table[name].type not in NUMERIC:
            problems.append(Problem(f"{where}.combine.{name}", f"{how!r} of a {table[name].type}", "min, max, first, last or count"))
    return problems


def _missing_columns(table: Table, spec: TableSource, parts: list[Part]) -> list[Problem]:
    """Columns that a mapping or an unpivot names and a file has not."""
    made = (spec.unpivot.name_to, spec.unpivot.value_to) if spec.unpivot else ()
    wanted: dict[str, str] = {}
    for name, source in spec.columns.items():
        source = _as_source(source)
        if source.from_ is not None and source.from_ not in made:
            wanted.setdefault(" ".join(str(source.from_).split()), f"the column mapped to {table.name}.{name}")
    for name in spec.unpivot.columns if spec.unpivot else ():
        wanted.setdefault(" ".join(name.split()), f"a column to unpivot into {spec.unpivot.value_to}")
    return [
        Problem(part.place, f"no column {name!r}", expected, did_you_mean(name, part.columns, "Its columns are"))
        for part in parts
        for name, expected in wanted.items()
        if name not in part.columns
    ]


def check_names() -> dict[str, str]:
    """Every check that can be made, by name, and what its rows have in common.

    Examples
    --------
    >>> check_names()["orders.duplicate_key"]
    'rows of orders whose order_id an earlier row has too'
    """
    names: dict[str, str] = {}
    for table in TABLES.values():
        t = table.name
        if table.key:
            names[f"{t}.duplicate_key"] = f"rows of {t} whose {' and '.join(table.key)} an earlier row has too"
        if table.one_of:
            names[_one_of_name(table)] = f"rows of {t} with neither {' nor '.join(table.one_of)}"
        if table.in_time_order:
            names[f"{t}.time_order"] = f"rows of {t} whose times run backwards ({', '.join(table.in_time_order)})"
        names[f"{t}.malformed_rows"] = f"rows of {t} that do not have as many cells as the header"
        for column in table.columns:
            c = f"{t}.{column.name}"
            if column.references:
                names[f"{c}.orphan"] = f"{c} that {column.references} does not hold"
            if column.type == "money" and column.low is not None:
                off = ", the order not being cancelled" if c == "orders.revenue" else ""
                names[f"{c}.sign"] = f"{c} below zero{off}"
            elif has_range(table, column):
                names[f"{c}.range"] = f"{c} outside its range"
            if column.type in ("date", "time"):
                names[f"{c}.ambiguous_dates"] = f"{c} that could be day/month or month/day"
                names[f"{c}.offset_without_timezone"] = f"{c} with an offset, which is passed over, as the client file names no timezone"
            if column.type in NUMERIC:
                names[f"{c}.ambiguous_numbers"] = f"{c} such as 1.234, where no value tells the decimal mark"
            if column.type not in ("id", "text") and not (column.type == "category" and not column.values):
                names[f"{c}.unreadable"] = f"{c} that could not be read"
            if column.required:
                names[f"{c}.blank"] = f"rows of {t} without {column.name}"
    return names


def _one_of_name(table: Table) -> str:
    return f"{table.name}.{'no_customer' if 'customer_id' in table.one_of else 'no_rating'}"


def has_range(table: Table, column: Column) -> bool:
    """Whether a column has a lowest or highest value."""
    return column.low is not None or column.high is not None or bool(column.scale) or (table.name, column.name) == ("survey", "score")


def _unknown_checks(params: ClientFile, file: str) -> list[Problem]:
    known = check_names()
    return [
        Problem(
            f"{file}, checks",
            repr(name),
            "the name of a check",
            did_you_mean(name, [n for n in known if n.split(".")[0] == name.split(".")[0]] or known),
        )
        for name in params.checks
        if name not in known
    ]
