"""A client in hand: the client file, its prepared tables, the period and the segment analysed.

The same object in JupyterLab and in a batch. It knows what was prepared, not how.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from weakref import finalize

import ibis
import ibis.expr.types as ir
import pandas as pd

from cvclib import language
from cvclib.client_display import client_html, client_text, tables_html
from cvclib.errors import InputError, MissingDataError, Problem
from cvclib.findings_file import read_findings
from cvclib.params import ClientFile, Period, load_client_file
from cvclib.reads import BEYOND_TELLING, Watched, digest_of, reads_in_progress, setting_digest, watched
from cvclib.sources import META_SCHEMA, open_tables, prepare_frames
from cvclib.sources.cache import cache_root
from cvclib.tables import TABLES

SEGMENT_COLUMNS = ("customer_id", "segment")


PLANS = {"initiatives"}  # may begin on a day to come


class Tables:
    """The client's canonical tables, each an Ibis table with all its canonical columns.

    A column that the client does not supply is there and empty; ask `Client.has` which are filled.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> ir.Table:
        if name not in TABLES:
            raise AttributeError(f"there is no canonical table {name!r}")
        return self._client._table(name)

    def __getitem__(self, name: str) -> ir.Table:
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._client.table_names]

    def __repr__(self) -> str:
        return f"Tables({', '.join(self._client.table_names)})"

    def _repr_html_(self) -> str:
        return tables_html(self._client)


class Client:
    """Params and tables of one client; what a notebook holds in its hand.

    Open one with `Client.open` or, from frames in memory, with `Client.from_frames`.

    Parameters
    ----------
    params : ClientFile
        The client file, overrides applied.
    connection : ibis.BaseBackend
        Where the prepared tables and their inventory are.
    segment : str
        The one segment analysed; empty for all.
    """

    def __init__(self, params: ClientFile, connection: ibis.BaseBackend, segment: str = "") -> None:
        self._connection = connection
        self._reads = reads_in_progress()
        self._noted: set[str] = set()
        self.params = self._watched(params)
        language.use(self.params.report.language)
        for memory in ("forget_answers", "forget_questions"):
            if forget := getattr(connection, memory, None):
                finalize(self, forget)
        self.segment = segment
        self.tables = Tables(self)
        self._opened: dict[str, ir.Table] = {}  # asking the engine for a table's columns takes longer than small questions about it
        self._known = {name: self._meta(name) for name in ("inventory", "sources", "checks", "digests")}
        inventory, sources = self._known["inventory"], self._known["sources"]
        self._filled = set((inventory["table"] + "." + inventory["column"])[inventory["filled"] > 0])
        self._table_names = tuple(name for name in TABLES if name in set(sources["table"]))
        if segment and segment not in self.segments:
            raise InputError(
                [
                    Problem(
                        "parameter 'segment'",
                        repr(segment),
                        "one of " + ", ".join(map(repr, self.segments)) if self.segments else "no segment, as the client supplies none",
                        "Leave it empty to take all.",
                    )
                ]
            )

    @classmethod
    def open(
        cls,
        client_file: str | Path,
        *,
        period_start: str | date = "",
        period_end: str | date = "",
        segment: str = "",
    ) -> Client:
        """Read a client file, prepare its tables where that is not yet done, and open them.

        Parameters
        ----------
        client_file : path
            ``params/<client>.yaml``.
        period_start, period_end : str or date
            Another period than the client file's, as ISO dates; empty keeps it. The period compared with
            then is the one before.
        segment : str
            One segment only; empty keeps all.

        Returns
        -------
        Client

        Raises
        ------
        InputError
            If the client file, a table or an override is wrong; names all that is.
        """
        params = load_client_file(client_file).with_period(period_start, period_end)
        try:
            read_findings(params)  # told here, not in the middle of a notebook
            connection = open_tables(params)
        except InputError as error:
            raise params.hidden(error) from None  # a path or an address in it may hold a value from the environment
        return cls(params, connection, segment)

    @classmethod
    def from_frames(
        cls,
        frames: Mapping[str, pd.DataFrame],
        *,
        period: tuple[str, str] = ("2025-01-01", "2025-12-31"),
        client: str = "A client",
        segment: str = "",
        **settings: object,
    ) -> Client:
        """Make a client from canonical tables in memory.

        Parameters
        ----------
        frames : mapping of str to pandas.DataFrame
            Canonical table name to rows; columns bear their canonical names, missing ones are empty.
        period : pair of str
            First and last day, as ISO dates.
        client : str
            Name of the client.
        segment : str
            One segment only; empty keeps all.
        **settings
            Further keys of a client file: ``targets={"nps": 40}``.

        Returns
        -------
        Client

        Examples
        --------
        >>> orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2025-03-01"]})
        >>> client = Client.from_frames({"orders": orders})
        >>> client.has("orders.ordered_at"), client.has("orders.delivered_at")
        (True, False)
        """
        params = ClientFile.model_validate({"client": client, "period": {"start": period[0], "end": period[1]}, "tables": {}, **settings})
        return cls(params, prepare_frames(frames), segment)

    def __repr__(self) -> str:
        return client_text(self)

    def _repr_html_(self) -> str:
        return client_html(self)

    @property
    def connection(self) -> ibis.BaseBackend:
        """Where the prepared tables and their inventory are. Who asks it himself is taken to read all of them."""
        for name in ("tables", "inventory", "sources", "checks", "rejected", *(f"table:{name}" for name in self._table_names)):
            self._note(name)
        return self._connection

    @property
    def inventory(self) -> pd.DataFrame:
        """Each column of each table: whether it is mapped, how many cells are filled, of how many rows."""
        self._note("inventory")
        return self._known["inventory"]

    @property
    def sources(self) -> pd.DataFrame:
        """What was read: a row a file or sheet, with its rows read, left out, rejected and kept."""
        self._note("sources")
        return self._known["sources"]

    @property
    def checks(self) -> pd.DataFrame:
        """What was checked of the tables, and how many rows each check concerns."""
        self._note("checks")
        return self._known["checks"]

    @property
    def table_names(self) -> tuple[str, ...]:
        """The canonical tables that the client supplies, in their usual order."""
        self._note("tables")
        return self._table_names

    def inventory_of(self, tables: Iterable[str]) -> pd.DataFrame:
        """The rows of `inventory` of some tables."""
        return self._known_of("inventory", tables)

    def sources_of(self, tables: Iterable[str]) -> pd.DataFrame:
        """The rows of `sources` of some tables, without the digests of their files."""
        return self._known_of("sources", tables).drop(columns="digest")

    def beside(self, *, period: Period | None = None, segment: str | None = None) -> Client:
        """The same client over another period, or another of its segments (empty for all)."""
        params = self.params.with_period(period.start, period.end) if period else self.params
        return Client(params, self._connection, self.segment if segment is None else segment)

    @property
    def period(self) -> Period:
        """The period analysed."""
        return self.params.period

    @property
    def previous_period(self) -> Period:
        """The period compared with."""
        return self.params.previous_period

    @property
    def data_until(self) -> date | None:
        """The last day on which anything happened, by the client's tables; None where none tells a time."""
        known = (name for name in self._table_names if name not in PLANS)
        times = {name: [c.name for c in TABLES[name].columns if c.type == "time" and f"{name}.{c.name}" in self._filled] for name in known}
        last = [self.whole(name)[columns[0]].max().cast("date").to_pandas() for name, columns in times.items() if columns]
        return max((pd.Timestamp(day).date() for day in last if not pd.isna(day)), default=None)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the client's segments, sorted; those of the customers, else those of the answers."""
        for name in ("customers", "survey", "attribute_ratings", "kano"):
            if self.has(f"{name}.segment"):
                found = self._stored(name).segment.as_table().distinct().to_pandas()["segment"]
                return tuple(sorted(found.dropna()))
        return ()

    def has(self, *needs: str) -> bool:
        """Whether the client supplies all of these: tables (``"orders"``) or filled columns (``"orders.delivered_at"``)."""
        return not self.missing(*needs)

    def missing(self, *needs: str) -> tuple[str, ...]:
        """Those of the needed tables and columns that the client does not supply."""
        for need in needs:
            self._note(f"has:{need}")
        return tuple(need for need in needs if not self._has(need))

    def require(self, *needs: str) -> None:
        """Raise `MissingDataError` unless the client supplies all of these."""
        if missing := self.missing(*needs):
            raise MissingDataError(missing)

    def in_period(self, table: ir.Table, column: str, period: Period | None = None) -> ir.Table:
        """Rows of a table whose time lies in a period, the analysed one by default."""
        period = period or self.period
        return table.filter(table[column] >= ibis.date(period.start), table[column] < ibis.date(period.until))

    def whole(self, name: str) -> ir.Table:
        """A canonical table with the rows of all segments, also where one segment is analysed."""
        return self._stored(name)

    @property
    def rejected(self) -> ir.Table:
        """Rows and cells of the client's files that were not used: table, file, sheet, row, column, value, reason, action.

        Values of personal columns are masked.
        """
        self._note("rejected")
        return self._connection.table("rejected_rows", database=META_SCHEMA)

    def numbered(self, name: str) -> ir.Table:
        """A canonical table with its ``row``: the place of each in the client's files, as they were listed and read."""
        stored = self._stored(name)
        on_server = getattr(self._connection, "numbered", None)  # where rows stay on a server their order is told there
        return self._cut(name, on_server(name) if on_server else stored.mutate(row=ibis._.rowid()))

    def _meta(self, name: str) -> pd.DataFrame:
        return self._connection.table(name, database=META_SCHEMA).to_pandas()

    def _known_of(self, what: str, tables: Iterable[str]) -> pd.DataFrame:
        wanted = set(tables)
        for table in sorted(wanted):
            self._note(f"{what}:{table}")
        frame = self._known[what]
        return frame[frame["table"].isin(wanted)].reset_index(drop=True)

    def _has(self, need: str) -> bool:
        return need in self._filled or need in self._table_names

    def _stored(self, name: str) -> ir.Table:
        self._note(f"table:{name}")
        if name not in self._table_names:
            raise MissingDataError([name])
        if name not in self._opened:
            self._opened[name] = self._connection.table(name)
        return self._opened[name]

    def _table(self, name: str) -> ir.Table:
        """The stored table, cut to the segment analysed where its rows can be tied to one."""
        return self._cut(name, self._stored(name))

    def _cut(self, name: str, table: ir.Table) -> ir.Table:
        if not self.segment:
            return table
        if "segment" in table.columns and self.has(f"{name}.segment"):
            return table.filter(table.segment == self.segment)
        if "customer_id" in table.columns and self.has("customers.segment", f"{name}.customer_id"):
            customers = self._stored("customers")
            return table.semi_join(customers.filter(customers.segment == self.segment), "customer_id")
        return table

    # ---- what is read, for whoever wants to know ----

    def digest_of(self, name: str) -> str | None:
        """Digest of something that can be read of a client, as `cvclib.reads` names it; None where there is no telling.

        Examples
        --------
        >>> orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2025-03-01"]})
        >>> one, other = Client.from_frames({"orders": orders}), Client.from_frames({"orders": orders.assign(order_id="2")})
        >>> [one.digest_of(name) == other.digest_of(name) for name in ("has:orders.margin", "table:orders")]
        [True, False]
        """
        kind, _, what = name.partition(":")
        if kind == "table":
            return self._table_digest(what) if what in self._table_names else "none"
        if kind == "has":
            return str(self._has(what))
        if kind == "setting":
            return setting_digest(self.params, what)
        if kind == "tables":
            return digest_of(self._table_names)
        if kind == "rejected":
            return self._table_digest("rejected_rows")
        if kind in self._known:
            frame = self._known[kind]
            return digest_of(frame[frame["table"] == what].drop(columns="digest", errors="ignore") if what else frame)
        return None

    def _table_digest(self, name: str) -> str | None:
        digests = self._known["digests"]
        found = digests["digest"][digests["table"] == name]
        return str(found.iloc[0]) if len(found) else None

    def _note(self, name: str) -> None:
        if self._reads is not None and name not in self._noted:
            self._reads.note(name, self.digest_of(name))
            self._noted.add(name)

    def _watched(self, params: ClientFile) -> ClientFile:
        """The settings, each noted when it is read where that is wanted."""
        reads = self._reads
        if reads is None or isinstance(params, Watched):
            return params
        reads.watch_files(also_not=(str(cache_root()),))
        if params.path is None or params.path != (reads.client_file or params.path):  # more than the notebook was given
            reads.note(BEYOND_TELLING, None)
        reads.client_file = params.path
        return watched(params, reads)
