"""The single customer view as files of the client's own: the view, and the trace of every value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.private_files import TABLE_SUFFIXES, read_table, write_table
from cvclib.steps.single_view import single_view


@dataclass(frozen=True)
class Written:
    """What was written of a single customer view.

    Parameters
    ----------
    path, trace : Path
        The view, and where its values come from.
    n_people, n_records, n_values : int
        Rows of the view, records behind them, filled cells of these.
    n_kept, n_new, n_gone : int
        Persons that keep an earlier person_id, those with a new one, and earlier ids that are no longer given.
    """

    path: Path
    trace: Path
    n_people: int
    n_records: int
    n_values: int
    n_kept: int
    n_new: int
    n_gone: int


def write_view(client: Client, path: Path) -> Written:
    """Write the single customer view and its trace, readable for their owner only.

    Parameters
    ----------
    client : Client
    path : Path
        ``.parquet`` or ``.csv``. A view that is there gives its person_ids to those who share records with it.

    Returns
    -------
    Written

    Raises
    ------
    InputError
        If the ending is another, or the file that is there is no such view, or cannot be replaced.
    MissingDataError
        If the client supplies no customers.
    """
    path = Path(path)
    if path.suffix not in TABLE_SUFFIXES:
        fix = f"Name it {path.stem or 'customers'}.parquet or {path.stem or 'customers'}.csv."
        raise InputError([Problem(str(path), f"the ending '{path.suffix}'", " or ".join(TABLE_SUFFIXES), fix)])
    earlier = None
    if path.is_file():
        needed = ["person_id", "customer_ids", "account_ids"]
        try:
            earlier = read_table(path)[needed]
        except (KeyError, ValueError, OSError):
            fix = "Choose another name, or move that file away."
            raise InputError(
                [Problem(str(path), "a file that is no single customer view", "a free place, or an earlier view", fix)]
            ) from None
    made = single_view(client, earlier)
    trace = path.with_name(f"{path.stem}-trace{path.suffix}")
    write_table(made.customers, path)
    write_table(made.trace, trace)
    kept = int((made.names["state"] == "kept").sum())
    gone = 0 if earlier is None else len(set(earlier["person_id"]) - set(made.names["name"]))
    return Written(
        path, trace, len(made.customers), int(made.customers["n_records"].sum()), len(made.trace), kept, len(made.names) - kept, gone
    )
