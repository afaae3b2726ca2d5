"""A linkage kept beside the client's prepared tables, so that the steps of one report work it out once.

Known by the bytes compared and by the code that compares; a client made in memory keeps nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cvclib.client import Client
from cvclib.methods import linkage_blocking, linkage_fields, linkage_model, probabilistic_linkage, record_linkage
from cvclib.methods.probabilistic_linkage import Linked

Kept = TypeVar("Kept")
KEPT = 6  # of each kind a client: the match and the duplicates, of three versions of its data
_CODE = (linkage_blocking, linkage_fields, linkage_model, probabilistic_linkage, record_linkage)
_SUMS = ("n_compared", "n_possible", "expected_matches", "expected_lost")


def remembered(client: Client, tables: list[ir.Table], work_out: Callable[[], Linked]) -> Linked:
    """The linkage of these tables: read where it was worked out before, else worked out and kept.

    Parameters
    ----------
    client : Client
    tables : list of ibis.Table
        What is compared, in order.
    work_out : callable
        Does the work.

    Returns
    -------
    Linked
    """
    return _remembered(client, "linkage", tables, (), work_out, _read, _write)


def remembered_frame(client: Client, tables: list[ir.Table], code: Path, work_out: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """A frame that is made from these tables alone, read where it was made before.

    Parameters
    ----------
    client : Client
    tables : list of ibis.Table
        What it is made from, in order.
    code : Path
        The module that makes it, beside those that compare records.
    work_out : callable
        Makes it; its index is the default one.

    Returns
    -------
    pandas.DataFrame
    """
    return _remembered(client, "exact", tables, (code,), work_out, pd.read_parquet, lambda place, frame: frame.to_parquet(place))


def _remembered(
    client: Client,
    name: str,
    tables: list[ir.Table],
    code: tuple[Path, ...],
    work_out: Callable[[], Kept],
    read: Callable[[Path], Kept],
    write: Callable[[str, Kept], object],
) -> Kept:
    folder = _folder(client, tables)
    if folder is None:
        return work_out()
    place = folder / f"{name}-{_key(tables, code)}.parquet"
    if place.is_file():
        with contextlib.suppress(OSError, ValueError, KeyError, pa.ArrowException):  # a damaged memory is made anew
            return read(place)
    made = work_out()
    with contextlib.suppress(OSError):  # a memory that cannot be written costs time only
        handle, scratch = tempfile.mkstemp(dir=folder, prefix=".writing-")  # its owner's only; moved, so that no reader sees half
        os.close(handle)
        write(scratch, made)
        Path(scratch).replace(place)
        for old in sorted(folder.glob(f"{name}-*.parquet"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[KEPT:]:
            old.unlink()
    return made


def _folder(client: Client, tables: list[ir.Table]) -> Path | None:
    """Where the client's prepared tables lie; None where they are in memory or on a server."""
    engine = tables[0].get_backend()  # asked by way of the tables: the client's connection stands for all that there is
    if engine.name != "duckdb":  # what was compared stays on the client's server; so nothing of it is kept
        return None
    found = engine.raw_sql("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL AND NOT internal").fetchall()
    return Path(found[0][0]).parent if client.params.path and found else None


def _key(tables: list[ir.Table], code: tuple[Path, ...]) -> str:
    """Digest of the rows compared, whatever their order, and of the code."""
    digest = hashlib.sha256()
    for path in (*(Path(str(module.__file__)) for module in _CODE), *code):
        digest.update(path.read_bytes())
    for table in tables:
        rows = ibis.to_sql(table, dialect="duckdb")
        columns = ", ".join(f'"{column}"' for column in table.columns)
        state = (
            table.get_backend()
            .raw_sql(f"SELECT count(*), bit_xor(hash({columns})), sum(hash({columns}) % 1000000007) FROM ({rows})")
            .fetchone()
        )
        digest.update(f"{columns}|{state}".encode())
    return digest.hexdigest()[:24]


def _write(place: str, linked: Linked) -> None:
    kept = {name: getattr(linked, name) for name in _SUMS} | {"fields": list(linked.fields)}
    kept |= {name: getattr(linked, name).to_dict("list") for name in ("weights", "blocking")}
    table = pa.Table.from_pandas(linked.pairs, preserve_index=False).replace_schema_metadata({"linkage": json.dumps(kept)})
    pq.write_table(table, place)


def _read(place: Path) -> Linked:
    table = pq.read_table(place)
    kept = json.loads((table.schema.metadata or {})[b"linkage"])
    frames = {name: pd.DataFrame(kept[name]) for name in ("weights", "blocking")}
    pairs = table.replace_schema_metadata(None).to_pandas()
    return Linked(pairs=pairs, **frames, **{name: kept[name] for name in _SUMS}, fields=tuple(kept["fields"]))
