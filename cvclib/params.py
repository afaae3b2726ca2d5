"""What a client file may say: the pydantic model of `params/<client>.yaml`.

Knows the keys, their types and their bounds; does not look into the client's tables.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

Policy = Literal["reject", "keep"]  # what becomes of a row that fails a check: left out, or kept with a warning
Combine = Literal["sum", "min", "max", "mean", "first", "last", "count"]


class Model(BaseModel):
    """Base of every part of a client file: frozen, and strict about keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(Model):
    """A span of days, both ends included.

    Examples
    --------
    >>> year = Period(start=date(2025, 1, 1), end=date(2025, 12, 31))
    >>> year.until, str(year.previous)
    (datetime.date(2026, 1, 1), '2024-01-01 to 2024-12-31')
    """

    start: date
    end: date

    @model_validator(mode="after")
    def _runs_forward(self) -> Period:
        if self.end < self.start:
            raise ValueError(f"the period ends ({self.end}) before it starts ({self.start})")
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

    from_: str | None = Field(None, alias="from", description="the column of the file")
    sql: str | None = Field(None, description="a scalar expression over the file's columns")
    value: str | int | float | bool | date | None = Field(None, description="one value for every row")
    format: str | None = Field(None, description="date format, as in strptime: %d-%m-%Y")
    values: dict[str, str | int | float | None] = Field({}, description="the file's values and what they become; null makes a blank")
    decimal: Literal[".", ","] | None = Field(None, description="decimal mark, where it differs from the file's")

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSource:
        given = [name for name, x in (("from", self.from_), ("sql", self.sql), ("value", self.value)) if x is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of from, sql and value says where a column comes from; found {given or 'none'}")
        return self


class Unpivot(Model):
    """Columns of a wide file that become rows: one row a listed column with a filled cell."""

    columns: dict[str, str] = Field(description="the file's column and the label it gets")
    name_to: str = Field(description="canonical column that takes the label (attribute, metric)")
    value_to: str = Field(description="canonical column that takes the cell (performance, score)")


class TableSource(Model):
    """Where a canonical table comes from, and how its columns are named there."""

    file: str | list[str] | None = Field(None, description="path or glob, relative to the client file")
    table: str | None = Field(None, description="a table on the engine")
    query: str | None = Field(None, description="a query on the engine")
    sheet: str | int | list[str | int] | None = Field(None, description="sheet of a workbook, or '*' for all; the first by default")
    encoding: str | None = Field(None, description="sniffed by default")
    delimiter: str | None = Field(None, description="sniffed by default")
    decimal: Literal[".", ","] | None = Field(None, description="sniffed by default")
    date_format: str | None = Field(None, description="as in strptime; sniffed by default")
    header_row: int = Field(1, ge=1, description="row that holds the column names, counted from 1")
    blanks: list[str] = Field([], description="further markers of a blank, beside the usual (empty, NA, N/A, null, -)")
    columns: dict[str, str | ColumnSource] = Field(description="canonical column: the file's column, or {from, format}, {sql}, {value}")
    unpivot: Unpivot | None = None
    where: str | None = Field(None, description="a scalar expression; rows for which it is not true are left out, and counted")
    overlap: Literal["keep", "drop"] = Field("keep", description="drop: rows that an earlier file or sheet holds too are left out, and counted")
    combine: dict[str, Combine] | None = Field(None, description="rows with the same key become one: how each column is combined; first by default")

    @model_validator(mode="after")
    def _one_origin(self) -> TableSource:
        given = [name for name in ("file", "table", "query") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of file, table and query says where a table comes from; found {given or 'none'}")
        return self


class Scales(Model):
    """Lowest and highest answer of each rating scale."""

    csat: tuple[float, float] = (1, 5)
    ces: tuple[float, float] = (1, 7)
    overall: tuple[float, float] = (1, 5)
    performance: tuple[float, float] = (1, 5)
    importance: tuple[float, float] = (1, 5)


class Report(Model):
    """How the report looks and what it may show."""

    language: Literal["en"] = "en"
    logo: str | None = Field(None, description="svg or png, relative to the client file")
    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0b5cad"
    minimum_group: int = Field(5, ge=1, description="groups with fewer members are not shown")
    edition: Literal["client", "analyst"] = Field("client", description="analyst folds the code in")


class ClientFile(Model):
    """A client file as a whole."""

    client: str = Field(min_length=1, description="name of the client, as the report prints it")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field("EUR", description="ISO 4217 code")
    period: Period
    compare_with: Period | None = Field(None, description="the period compared with; the one before by default")
    timezone: str | None = Field(None, description="IANA name; times that carry an offset are turned into this zone's local time")
    engine: str = Field("duckdb", description="duckdb, or an Ibis URL for where the data already lives")
    tables: dict[str, TableSource | list[TableSource]]
    checks: dict[str, Policy] = Field({}, description="policy of a named check, such as orders.duplicate_key: reject")
    targets: dict[str, float] = Field({}, description="KPI name: target, in the KPI's unit")
    scales: Scales = Scales()
    report: Report = Report()
    steps: dict[str, dict[str, str | int | float | bool]] = Field({}, description="step name: its notebook's parameters")

    _path: Path | None = PrivateAttr(None)

    @property
    def path(self) -> Path | None:
        """Absolute path of the client file; None where the client was made in memory."""
        return self._path

    def resolve(self, path: str | Path) -> Path:
        """A path of the client file as an absolute one; relative ones start at the client file's folder."""
        folder = self._path.parent if self._path else Path.cwd()
        return (folder / path).absolute()

    @property
    def previous_period(self) -> Period:
        """The period that figures are compared with."""
        return self.compare_with or self.period.previous

    def with_period(self, start: str | date = "", end: str | date = "") -> ClientFile:
        """The same client over another period; an empty end keeps this one's."""
        if not start and not end:
            return self
        period = Period.model_validate({"start": start or self.period.start, "end": end or self.period.end})
        return self.model_copy(update={"period": period, "compare_with": None})


def load_client_file(path: str | Path) -> ClientFile:
    """Read a client file."""
    path = Path(path)
    params = ClientFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    params._path = path.absolute()
    return params
