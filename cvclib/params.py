"""What a client file may say: the pydantic model of `params/<client>.yaml`.

Knows the keys, their types and their bounds, and the names of the canonical tables and columns; does not
look into the client's tables.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    PlainSerializer,
    PrivateAttr,
    Tag,
    ValidationError,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from cvclib.errors import InputError, Problem
from cvclib.spelling import did_you_mean, nearest
from cvclib.tables import TABLES, Table
from cvclib.validation import problems_of, wrong
from cvclib.wording import joined, slug
from cvclib.yaml_text import Branch, Document, FromEnvironment, hide_secrets, read_yaml

Policy = Literal["reject", "keep"]  # what becomes of a row that fails a check: left out, or kept with a warning
Combine = Literal["sum", "min", "max", "mean", "first", "last", "count"]

FIRST_LINE = "# yaml-language-server: $schema=../schema/client.schema.json"
DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\Z")
LETTERS_OF_A_DATE = re.compile(r"[dDmMyYhHsS\W_]+\Z")  # dd-mm-yyyy: what people write for %d-%m-%Y


def _keep_environment(value: Any, check: Any) -> Any:
    """Check a text, but hand on the object that does not show its secret."""
    checked = check(value)
    return value if isinstance(value, FromEnvironment) else checked


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _no_truth_value(value: Any) -> Any:
    """Refuse true and false where a number belongs, and say how a number is written."""
    if isinstance(value, bool):
        raise wrong("a number")
    if isinstance(value, str) and not isinstance(value, FromEnvironment):
        if re.fullmatch(r"[-+]?\d+,\d+", value):
            raise wrong("a number", f"Write {value.replace(',', '.')}, with a point.")
        if per_cent := re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*%", value):
            raise wrong("a number", f"Write the number alone; a share runs from 0 to 1: {float(per_cent[1]) / 100:g}.")
    return value


def _no_truth_value_in_text(value: Any) -> Any:
    if isinstance(value, bool):
        raise wrong("text or a number", f"Put it in quotes to make it text: '{str(value).lower()}'.")
    return _date_as_text(value)


def _date_as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _iso_day(value: Any) -> Any:
    """A day from a date or its ISO text; pydantic itself would also take a number of seconds."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    expected = "a date such as 2025-12-31 (year-month-day)"
    if not isinstance(value, str):
        raise wrong(expected)
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise wrong(expected, _as_iso(value)) from None


def _as_iso(text: str) -> str:
    found = DAY_FIRST.match(text)
    if not found or isinstance(text, FromEnvironment):
        return ""
    try:
        return f"Did you mean {date(int(found[3]), int(found[2]), int(found[1])).isoformat()}?"
    except ValueError:
        return ""


def _currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise wrong("an ISO 4217 code of three capital letters, such as EUR")
    return code


def _accent(colour: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise wrong("a colour as # and six hexadecimal digits, in quotes, such as '#0b5cad'")
    return colour


def _date_format(pattern: str) -> str:
    if "%" not in pattern and LETTERS_OF_A_DATE.match(pattern):
        raise wrong("a format such as '%d-%m-%Y' or '%Y-%m-%d %H:%M' (%d day, %m month, %Y year, %H hour, %M minute)")
    return pattern


def _timezone(name: str) -> str:
    known = available_timezones()  # empty on a system without a time zone database
    if known and name not in known:
        raise wrong("an IANA name of a time zone, such as Europe/Amsterdam", did_you_mean(name, known) if len(name) > 3 else "")
    return name


def _engine(name: str) -> str:
    if name != "duckdb" and "://" not in name:
        raise wrong("duckdb, or an Ibis URL such as postgres://…", "Leave the key out to read files.")
    return name


def _time_of_day(text: Any) -> Any:
    if isinstance(text, time):
        return text
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", str(text).strip())
    if not found or int(found[1]) > 24 or int(found[2]) > 59 or (int(found[1]) == 24 and int(found[2])):
        raise wrong("a time of day such as 09:00 or 17:30")
    return time(int(found[1]) % 24, int(found[2]))  # 24:00 is the end of the day


def _range(value: Any) -> Any:
    numbers = isinstance(value, list | tuple) and all(isinstance(x, int | float) and not isinstance(x, bool) for x in value)
    if not numbers or len(value) != 2 or value[0] >= value[1]:
        raise wrong("the lowest and the highest answer, such as [1, 5]")
    return value


def _empty_if_none(value: Any) -> Any:
    """Take a key whose lines are all commented out as one that says nothing."""
    return {} if value is None else value


def _none_named(value: Any) -> Any:
    """Take a list whose lines are all commented out as one that names nothing."""
    return [] if value is None else value


def _one_or_several(value: Any) -> str:
    return "‹several›" if isinstance(value, list | tuple) else "‹one›"


def _name_or_mapping(value: Any) -> str:
    return "‹mapping›" if isinstance(value, dict | ColumnSource) else "‹name›"


_KeepSecret = WrapValidator(_keep_environment)
_HideSecret = PlainSerializer(lambda x: x.as_written if isinstance(x, FromEnvironment) else x, when_used="json")
Text = Annotated[str, BeforeValidator(_number_as_text), _KeepSecret, _HideSecret, WithJsonSchema({"type": ["string", "integer"]})]
Day = Annotated[date, BeforeValidator(_iso_day)]
Number = Annotated[FiniteFloat, BeforeValidator(_no_truth_value)]
Whole = Annotated[int, BeforeValidator(_no_truth_value)]
DateFormat = Annotated[str, AfterValidator(_date_format)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}$"})]
Range = Annotated[tuple[float, float], BeforeValidator(_range)]
Cell = Annotated[str | int | float | None, BeforeValidator(_no_truth_value_in_text), _KeepSecret, _HideSecret]
Setting = Annotated[str | int | float | bool, BeforeValidator(_date_as_text), _KeepSecret, _HideSecret]
TextOrList = Annotated[
    Annotated[Text, Tag("‹one›")] | Annotated[list[Text], Field(min_length=1), Tag("‹several›")], Discriminator(_one_or_several)
]


class Model(BaseModel):
    """Base of every part of a client file: frozen, and strict about keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    called: ClassVar[str]


class Period(Model):
    """A span of days, both ends included.

    Examples
    --------
    >>> year = Period(start=date(2025, 1, 1), end=date(2025, 12, 31))
    >>> year.until, str(year.previous)
    (datetime.date(2026, 1, 1), '2024-01-01 to 2024-12-31')
    """

    called: ClassVar[str] = "a period"
    start: Day = Field(description="first day", json_schema_extra={"hint": "start: 2025-01-01"})
    end: Day = Field(description="last day, included", json_schema_extra={"hint": "end: 2025-12-31"})

    @model_validator(mode="after")
    def _runs_forward(self) -> Period:
        if self.end < self.start:
            raise wrong(f"an end on or after {self.start}", "Swap start and end?", f"a period that ends on {self.end}")
        return self

    @property
    def until(self) -> date:
        """First day that no longer belongs to the period."""
        return self.end + timedelta(days=1)

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.until - self.start).days

    @property
    def previous(self) -> Period:
        """The period just before: the same calendar months where this one is whole months, else as many days."""
        end = self.start - timedelta(days=1)
        whole_months = self.start.day == 1 and self.until.day == 1
        if not whole_months:
            return Period(start=self.start - timedelta(days=self.days), end=end)
        months = (self.until.year - self.start.year) * 12 + self.until.month - self.start.month
        index = self.start.year * 12 + self.start.month - 1 - months
        return Period(start=date(index // 12, index % 12 + 1, 1), end=end)

    def __str__(self) -> str:
        return f"{self.start.isoformat()} to {self.end.isoformat()}"


class ColumnSource(Model):
    """Where a canonical column comes from: a column of the file, a computation, or one fixed value."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    called: ClassVar[str] = "a column's source"
    from_: Text | None = Field(None, alias="from", description="the column of the file")
    sql: Text | None = Field(None, description="a scalar expression over the file's columns")
    value: Annotated[str | int | float | bool | date | None, _KeepSecret, _HideSecret] = Field(None, description="one value for every row")
    format: DateFormat | None = Field(None, description="date format, as in strptime: %d-%m-%Y")
    values: dict[str, Cell] = Field({}, description="the file's values and what they become; null makes a blank")
    decimal: Literal[".", ","] | None = Field(None, description="decimal mark, where it differs from the file's")

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSource:
        _exactly_one_of({"from": self.from_, "sql": self.sql, "value": self.value})
        return self


class Unpivot(Model):
    """Columns of a wide file that become rows: one row a listed column with a filled cell."""

    called: ClassVar[str] = "unpivot"
    columns: dict[str, Text] = Field(description="the file's column and the label it gets")
    name_to: Text = Field(description="canonical column that takes the label (attribute, metric)")
    value_to: Text = Field(description="canonical column that takes the cell (performance, score)")


class Lookup(Model):
    """A second file in which further columns are looked up by a key: the first row with the same key gives them."""

    called: ClassVar[str] = "a lookup"
    file: Text = Field(description="path, relative to the client file")
    by: Text = Field(description="column that holds the key, in the file or gained by a lookup before")
    key: Text | None = Field(None, description="the key's name in the second file, where it differs")
    sheet: str | int | None = Field(None, description="sheet of a workbook; the first by default")
    encoding: Text | None = Field(None, description="sniffed by default")
    delimiter: Text | None = Field(None, description="sniffed by default")
    header_row: Whole = Field(1, ge=1, description="row that holds the column names, counted from 1")


class TableSource(Model):
    """Where a canonical table comes from, and how its columns are named there."""

    called: ClassVar[str] = "a table's source"
    file: TextOrList | None = Field(None, description="path or glob, relative to the client file")
    table: Text | None = Field(None, description="a table on the engine")
    query: Text | None = Field(None, description="a query on the engine")
    sheet: str | int | list[str | int] | None = Field(
        None, description="sheet of a workbook by name or by number from 1, or '*' for all; the first by default"
    )
    encoding: Text | None = Field(None, description="such as utf-8 or windows-1252; sniffed by default")
    delimiter: Text | None = Field(None, description="such as ';' or \"\\t\"; sniffed by default")
    decimal: Literal[".", ","] | None = Field(None, description="decimal mark; sniffed by default")
    date_format: DateFormat | None = Field(None, description="as in strptime: %d-%m-%Y; sniffed by default")
    header_row: Whole = Field(1, ge=1, description="row that holds the column names, counted from 1")
    blanks: list[Text] = Field([], description="further markers of a blank, beside the usual (empty, NA, N/A, null, -)")
    columns: dict[
        str, Annotated[Annotated[Text, Tag("‹name›")] | Annotated[ColumnSource, Tag("‹mapping›")], Discriminator(_name_or_mapping)]
    ] = Field(
        description="canonical column: the file's column, or {from, format}, {sql}, {value}",
        json_schema_extra={"hint": "columns: {customer_id: Number}"},
    )
    lookup: list[Lookup] = Field([], description="second files whose columns are looked up by a key and then stand beside the file's own")
    unpivot: Unpivot | None = Field(None, description="columns of a wide file that become rows")
    where: Text | None = Field(None, description="a scalar expression; rows for which it is not true are left out, and counted")
    overlap: Literal["keep", "drop"] = Field(
        "keep", description="drop: rows that an earlier file or sheet holds too are left out, and counted"
    )
    combine: dict[str, Combine] | None = Field(
        None, description="rows with the same key become one: how each column is combined; first by default"
    )

    @model_validator(mode="after")
    def _one_origin(self) -> TableSource:
        _exactly_one_of({"file": self.file, "table": self.table, "query": self.query})
        return self


class Calendar(Model):
    """When the company works, for durations in working hours; local times of the client's ``timezone``."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    called: ClassVar[str] = "a calendar"
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = Field(
        ["mon", "tue", "wed", "thu", "fri"],
        min_length=1,
        description="working days",
        json_schema_extra={"hint": "days: [mon, tue, wed, thu, fri]"},
    )
    from_: TimeOfDay = Field(time(9), alias="from", description="opening time")
    until: TimeOfDay = Field(time(17), description="closing time; at or before the opening time the shift runs overnight")
    holidays: list[Day] = Field([], description="days off, as ISO dates")

    @property
    def weekdays(self) -> tuple[int, ...]:
        """Working days as numbers, Monday 0."""
        return tuple(sorted({WEEKDAYS.index(day) for day in self.days}))


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Scales(Model):
    """Lowest and highest answer of each rating scale."""

    called: ClassVar[str] = "scales"
    csat: Range = Field((1, 5), description="satisfaction")
    ces: Range = Field((1, 7), description="customer effort")
    overall: Range = Field((1, 5), description="overall judgement")
    performance: Range = Field((1, 5), description="how well an attribute is done")
    importance: Range = Field((1, 5), description="how much an attribute matters")


class Report(Model):
    """How the report looks and what it may show."""

    called: ClassVar[str] = "report"
    language: Literal["en", "en-XA"] = Field("en", description="language of the report; en-XA bends what is translated, for translators")
    logo: Text | None = Field(None, description="svg or png, relative to the client file")
    accent: Annotated[str, AfterValidator(_accent)] = Field(
        "#0b5cad", description="colour of headings, in quotes", json_schema_extra={"pattern": "^#[0-9a-fA-F]{6}$"}
    )
    minimum_group: Whole = Field(5, ge=1, description="groups with fewer members are not shown")
    edition: Literal["client", "analyst"] = Field("client", description="analyst folds the code in")


class Linkage(Model):
    """How the records of CRM and ERP are brought together."""

    called: ClassVar[str] = "linkage"
    threshold: Literal["auto"] | Annotated[Number, Field(gt=0, lt=1)] = Field(
        "auto", description="probability from which two records are one: auto, the lowest from 0.5 that keeps least_precision, or a number"
    )
    least_precision: Annotated[Number, Field(gt=0, lt=1)] = Field(
        0.99, description="expected share of right pairs that an automatic threshold keeps"
    )
    one_to_one: bool = Field(False, description="true: a customer has one account at most; the most probable is kept")
    review: Text | None = Field(
        None, description="the review workbook (xlsx) of 'cvc review'; review/‹client›.xlsx beside the customers' data by default"
    )
    survivorship: Annotated[
        dict[
            Literal["name", "email", "phone", "postcode", "city", "country", "birth_date", "segment"],
            Literal["most_recent", "most_frequent", "most_complete", "crm_first", "erp_first"],
        ],
        BeforeValidator(_empty_if_none),
    ] = Field({}, description="field: which value survives where the records of one customer disagree")


class OwnKpi(Model):
    """A KPI that a client file adds: an expression over the rows of one canonical table, and how rows become a figure."""

    called: ClassVar[str] = "a KPI of the client's own"
    label: Annotated[Text, Field(min_length=1)] = Field(description="name, as the report prints it")
    definition: Annotated[Text, Field(min_length=1)] = Field(description="what it means, in a sentence")
    table: Text = Field(description="canonical table whose rows are counted", json_schema_extra={"enum": list(TABLES)})
    kind: Literal["mean", "median", "share", "ratio", "total"] = Field(
        description="how rows become a figure; share: of rows for which sql is true; ratio: sum of sql over sum of per"
    )
    sql: Text = Field(description="a scalar expression over the table's columns, one value a row; rows where it is blank are left out")
    per: Text | None = Field(None, description="of a ratio: the expression that is summed below the line")
    where: Text | None = Field(None, description="a scalar expression; only rows for which it is true are counted")
    at: Text | None = Field(None, description="time that puts a row into a period; the table's first time by default")
    unit: Literal["share", "points", "score", "days", "hours", "minutes", "months", "money", "count", "index", "number"] = Field(
        description="unit of the figure; a share runs from 0 to 1"
    )
    better: Literal["higher", "lower"] = Field(description="which direction is better")
    target: Number | None = Field(None, description="target, in the unit")

    @model_validator(mode="after")
    def _fits_together(self) -> OwnKpi:
        if (self.kind == "ratio") != (self.per is not None):
            raise wrong(
                "'per' with kind ratio, and only with it",
                found="kind ratio without 'per'" if self.per is None else f"'per' with kind {self.kind}",
            )
        if self.kind == "share" and self.unit != "share":
            raise wrong("unit share with kind share", "Write 'unit: share'.", f"kind share with unit {self.unit}")
        return self

    @property
    def counted_at(self) -> str:
        """The time that puts a row into a period; empty where the table has none."""
        times = [c.name for c in TABLES[self.table].columns if c.type == "time"]
        return self.at or (min(times, key=lambda name: not TABLES[self.table][name].required) if times else "")

    @property
    def checked_sql(self) -> dict[str, str]:
        """The expressions anew from their parsed trees, by key; empty where one is not given."""
        given = {"sql": self.sql, "per": self.per, "where": self.where}
        return {key: _expression(text, self.table).sql(lambda name, _reading: name) if text else "" for key, text in given.items()}

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of its table that it reads, each once."""
        given = [text for text in (self.sql, self.per, self.where) if text]
        named = [name for text in given for name, _ in _expression(text, self.table).reads]
        return tuple(dict.fromkeys([*named, *filter(None, [self.at])]))


def _expression(text: str, table: str) -> Any:
    """A checked expression over a canonical table; the checker is loaded by name, as it stands above this room."""
    columns = tuple(c.name for c in TABLES[table].columns if not c.personal)
    return import_module("cvclib.sources.expressions").parse(text, columns, of=table, typed=True)


_Sources = Annotated[
    Annotated[TableSource, Tag("‹one›")] | Annotated[list[TableSource], Field(min_length=1), Tag("‹several›")],
    Discriminator(_one_or_several),
]


class ClientFile(Model):
    """A client file as a whole."""

    called: ClassVar[str] = "a client file"
    client: Annotated[Text, Field(min_length=1)] = Field(
        description="name of the client, as the report prints it", json_schema_extra={"hint": "client: Nordic Beds"}
    )
    currency: Annotated[str, AfterValidator(_currency)] = Field(
        "EUR", description="ISO 4217 code", json_schema_extra={"pattern": "^[A-Z]{3}$"}
    )
    period: Period = Field(
        description="what is analysed, both days included",
        json_schema_extra={"hint": "period: {start: 2025-01-01, end: 2025-12-31}"},
    )
    compare_with: Period | None = Field(None, description="the period compared with; the one before by default")
    timezone: Annotated[str, AfterValidator(_timezone)] | None = Field(
        None, description="IANA name; times that carry an offset are turned into this zone's local time"
    )
    event_order: Literal["start", "completion"] = Field(
        "start", description="which time puts touches in order, where they have a start and a completion; equal times keep the files' order"
    )
    calendar: Calendar | None = Field(
        None,
        description="working hours; with them, times between touches are counted in working hours",
        json_schema_extra={"hint": "calendar: {days: [mon, tue, wed, thu, fri], from: 09:00, until: 17:30, holidays: [2025-12-25]}"},
    )
    engine: Annotated[str, AfterValidator(_engine), _KeepSecret, _HideSecret] = Field(
        "duckdb", description="duckdb, or an Ibis URL for where the data already lives"
    )
    engine_rows: Literal["stay", "compare", "copy"] = Field(
        "stay",
        description="rows of a PostgreSQL or Spark engine: 'stay' (only aggregates leave it; personal columns unread), 'compare' (they stay, but "
        "linkage and comments read personal columns) or 'copy' (prepared here, as from files)",
    )
    tables: Annotated[dict[str, _Sources], BeforeValidator(_empty_if_none)] = Field(
        description="canonical table: where it comes from",
        json_schema_extra={"hint": "tables: {customers: {file: …, columns: {customer_id: …}}}"},
    )
    checks: Annotated[dict[str, Policy], BeforeValidator(_empty_if_none)] = Field(
        {}, description="policy of a named check, such as orders.duplicate_key: reject"
    )
    targets: Annotated[dict[str, Number], BeforeValidator(_empty_if_none)] = Field({}, description="KPI name: target, in the KPI's unit")
    kpis: Annotated[dict[str, OwnKpi], BeforeValidator(_empty_if_none)] = Field(
        {}, description="the client's own KPIs: name, in small letters and _, and what it is"
    )
    scales: Scales = Field(Scales(), description="lowest and highest answer of each rating scale")
    previous_findings: Text | None = Field(
        None,
        description="findings file beside an earlier report, relative to the client file; step 7 tells what became of them",
        json_schema_extra={"hint": "previous_findings: ../reports/acme/acme-findings.json"},
    )
    linkage: Linkage = Field(Linkage(), description="how the records of CRM and ERP are brought together")
    report: Report = Field(Report(), description="how the report looks and what it may show")
    steps: Annotated[dict[str, Annotated[dict[str, Setting], BeforeValidator(_empty_if_none)]], BeforeValidator(_empty_if_none)] = Field(
        {}, description="step name: its notebook's parameters"
    )
    chapters: Annotated[list[str], BeforeValidator(_none_named)] = Field(
        [],
        description="notebooks of the client's own, relative to the client file; their chapters follow the seven",
        json_schema_extra={"hint": "chapters: [own/8_sustainability.ipynb]"},
    )

    _path: Path | None = PrivateAttr(None)
    _secrets: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def path(self) -> Path | None:
        """Absolute path of the client file; None where the client was made in memory."""
        return self._path

    def resolve(self, path: str | Path) -> Path:
        """A path of the client file as an absolute one; relative ones start at the client file's folder."""
        folder = self._path.parent if self._path else Path.cwd()
        return (folder / path).resolve()

    @property
    def review_file(self) -> Path | None:
        """Where the review workbook of doubtful pairs lies: as the client file says, else beside the customers' data.

        In a folder of its own, so that no pattern over the data's files takes it for data. The file need not be there;
        None where the client was made in memory.
        """
        if self._path is None:
            return None
        if self.linkage.review:
            return self.resolve(self.linkage.review)
        sources = self.tables.get("customers")
        file = (sources[0] if isinstance(sources, list) else sources).file if sources else None
        first = file[0] if isinstance(file, list) else file
        folder = self.resolve(first).parent if first else self._path.parent
        while any(mark in folder.name for mark in "*?["):  # a pattern over several folders
            folder = folder.parent
        return folder / "review" / f"{slug(self._path.stem) or 'client'}.xlsx"

    def hide(self, text: str) -> str:
        """A text for a reader: every value from the environment put back to its ``${NAME}``."""
        return hide_secrets(text, self._secrets)

    def hidden(self, error: InputError) -> InputError:
        """The same error, for a reader: no value from the environment in it."""
        return InputError([Problem(*map(self.hide, problem)) for problem in error.problems])

    @property
    def previous_period(self) -> Period:
        """The period that figures are compared with."""
        return self.compare_with or self.period.previous

    def with_period(self, start: str | date = "", end: str | date = "") -> ClientFile:
        """The same client over another period; an empty end keeps this one's.

        Raises
        ------
        InputError
            If one is no date, or they run backwards.
        """
        if not start and not end:
            return self
        days = {"period_start": start or self.period.start, "period_end": end or self.period.end}
        problems = [_no_day(name, day) for name, day in days.items() if not _is_day(day)]
        if problems:
            raise InputError(problems)
        first, last = (_iso_day(day) for day in days.values())
        if last < first:
            found = f"an end, {last}, before the start, {first}"
            raise InputError([Problem("parameters 'period_start' and 'period_end'", found, "a period that runs forward")])
        return self.model_copy(update={"period": Period(start=first, end=last), "compare_with": None})


def load_client_file(path: str | Path, *, environment: Mapping[str, str] | None = None) -> ClientFile:
    """Read a client file.

    Parameters
    ----------
    path : path
        ``params/<client>.yaml``.
    environment : mapping of str to str, optional
        Where ``${NAME}`` is looked up; the process's environment by default.

    Returns
    -------
    ClientFile
        It remembers where it stands: ``.path``, and ``.resolve(...)`` for the paths in it.

    Raises
    ------
    InputError
        If something is wrong with it; names all that is, with the line.
    """
    document = read_yaml(path, environment)
    problems = [*document.problems, *_name_problems(document), *_shown_secrets(document)]
    try:
        params = ClientFile.model_validate(document.root.plain())
    except ValidationError as error:  # `from None`: pydantic's own text quotes the values
        problems += problems_of(error, ClientFile, document)
        raise InputError(sorted(problems, key=_line)) from None
    if problems:
        raise InputError(sorted(problems, key=_line))
    params._path = Path(path).resolve()
    params._secrets = document.secrets
    return params


def _exactly_one_of(given: Mapping[str, object]) -> None:
    found = [name for name, value in given.items() if value is not None]
    if len(found) != 1:
        raise wrong(f"exactly one of {joined(list(given))}", found=joined(found) if found else "none of them")


def _is_day(day: str | date) -> bool:
    try:
        return bool(_iso_day(day))
    except ValueError:
        return False


def _no_day(name: str, day: object) -> Problem:
    return Problem(f"parameter {name!r}", repr(day), "a date such as 2025-12-31, or nothing", _as_iso(str(day)))


def _line(problem: Problem) -> int:
    found = re.search(r", line (\d+)", problem.where)
    return int(found[1]) if found else 0


def _shown_secrets(document: Document) -> list[Problem]:
    """Values from the environment in what is handed to notebooks, or names them: papermill writes all parameters down."""
    steps, chapters = document.root.child("steps"), document.root.child("chapters")
    settings = [
        ("steps", branch.key_lines.get(name, setting.line), setting)
        for branch in (steps.content.values() if steps and isinstance(steps.content, dict) else ())
        if isinstance(branch.content, dict)
        for name, setting in branch.content.items()
    ]
    settings += [("chapters", name.line, name) for name in (chapters.content if chapters and isinstance(chapters.content, list) else ())]
    return [
        Problem(
            document.at(line),
            f"{setting.as_written} under {key!r}",
            "a value that may be read by anyone who has the executed notebook",
            "Write the value itself; values from the environment are for 'engine', 'file', 'table' and 'query'.",
        )
        for key, line, setting in settings
        if setting.uses_environment()
    ]


def _name_problems(document: Document) -> list[Problem]:
    """Names that are no canonical table, column or KPI, and tables that lack a required column."""
    root = document.root
    problems: list[Problem] = []
    tables = root.child("tables")
    if tables and isinstance(tables.content, dict):
        if not tables.content:
            problems.append(Problem(document.at(tables.line), "no table", "at least one", "See 'cvc template --list' for what there is."))
        problems += _unknown(document, tables, TABLES, "a canonical table", "The tables are")
        for name, branch in tables.content.items():
            if name in TABLES:
                for source in branch.content if isinstance(branch.content, list) else [branch]:
                    problems += _column_problems(document, TABLES[name], source)
    checks, targets = root.child("checks"), root.child("targets")
    if checks and isinstance(checks.content, dict):
        problems += _check_problems(document, checks)
    if targets and isinstance(targets.content, dict):
        problems += _unknown(document, targets, _kpi_names(), "the name of a KPI", "The KPIs are")
    own = root.child("kpis")
    if own and isinstance(own.content, dict):
        for name, branch in own.content.items():
            problems += _own_kpi_problems(document, name, own.key_lines[name], branch)
    return problems


def _own_kpi_problems(document: Document, name: str, line: int, branch: Branch) -> list[Problem]:
    """What is wrong with a KPI of the client's own, beyond its keys: names of table, time and columns, and its expressions."""
    problems: list[Problem] = []
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        problems.append(
            Problem(document.at(line), repr(name), "a name in small letters, digits and _", f"Write {slug(name).replace('-', '_')!r}.")
        )
    if name in _kpi_names():
        problems.append(Problem(document.at(line), f"{name!r}, which the workbook computes itself", "another name for a KPI of your own"))
    parts = branch.content if isinstance(branch.content, dict) else {}
    table = parts["table"].content if "table" in parts else None
    if not isinstance(table, str):
        return problems  # told by the model
    if table not in TABLES:
        fix = did_you_mean(table, TABLES, "The tables are")
        return [*problems, Problem(document.at(parts["table"].line), repr(table), "a canonical table", fix)]
    times = [c.name for c in TABLES[table].columns if c.type == "time"]
    at = parts.get("at")
    if at and isinstance(at.content, str) and at.content not in times:
        problems.append(
            Problem(document.at(at.line), repr(at.content), f"a time of {table}", did_you_mean(at.content, times, "The times are"))
        )
    for key in ("sql", "per", "where"):
        if key in parts and isinstance(parts[key].content, str):
            try:
                _expression(parts[key].content, table)
            except ValueError as error:
                if not hasattr(error, "expected"):
                    raise
                problems.append(Problem(f"{document.at(parts[key].line)}, key {key!r}", error.found, error.expected, error.fix))
    return problems


def _unknown(document: Document, branch: Branch | None, valid: Collection[str], expected: str, called: str) -> list[Problem]:
    if branch is None or not isinstance(branch.content, dict):
        return []
    return [
        Problem(document.at(branch.key_lines[key]), f"{key!r}", expected, did_you_mean(key, valid, called))
        for key in branch.content
        if key not in valid and not key.isdigit()  # half of a '0,95' within braces is told as a wrong value
    ]


def _column_problems(document: Document, table: Table, source: Branch) -> list[Problem]:
    """What is wrong with the columns of one source of a canonical table."""
    columns = source.child("columns")
    if columns is None or not isinstance(columns.content, dict):
        return []  # told by the model
    expected, called = f"a column of {table.name}", "The columns are"
    problems = _unknown(document, columns, table.column_names, expected, called)
    problems += _unknown(document, source.child("combine"), table.column_names, expected, called)
    mapped = set(columns.content)
    for key in ("name_to", "value_to"):
        branch = unpivot.child(key) if (unpivot := source.child("unpivot")) else None
        if branch and isinstance(branch.content, str):
            mapped.add(branch.content)
            if branch.content not in table.column_names:
                where = f"{document.at(branch.line)}, key 'unpivot.{key}'"
                problems.append(Problem(where, repr(branch.as_written), expected, did_you_mean(branch.content, table.column_names, called)))
    near = {nearest_to for key in mapped - set(table.column_names) if (nearest_to := nearest(key, table.column_names))}
    absent = [name for name in table.required if name not in mapped | near]
    where = f"{document.at(columns.line)}, table {table.name!r}"
    problems += [
        Problem(where, f"no column {name!r}", f"it, as every row of {table.name} needs it", "Add it below 'columns:'.") for name in absent
    ]
    if table.one_of and not mapped & set(table.one_of) and not near & set(table.one_of):
        problems.append(Problem(where, f"neither {joined(list(table.one_of), 'nor')}", "at least one of them", "Add it below 'columns:'."))
    return problems


def _check_problems(document: Document, checks: Branch) -> list[Problem]:
    """Checks are named table.check; the tables are known here, the checks where they are made."""
    problems = []
    for key in checks.content:
        table, _, check = key.partition(".")
        if table not in TABLES or not check:
            fix = did_you_mean(table, TABLES, "The tables are")
            problems.append(Problem(document.at(checks.key_lines[key]), repr(key), "table.check, such as orders.duplicate_key", fix))
    return problems


def _kpi_names() -> Collection[str]:
    """Names in the KPI registry; loaded by name, as it stands above this room and itself needs the client."""
    return import_module("cvclib.kpis").KPIS
