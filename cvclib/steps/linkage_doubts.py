"""The pairs of records that may be one customer and of which the match is not sure: for people to decide.

Made for the review workbook, which holds personal data; the report shows counts only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import InputError, Problem
from cvclib.review_sheet import read_review, write_review
from cvclib.steps.data_words import column_words
from cvclib.steps.disagreement import comparable
from cvclib.steps.linkage import PROBABILITY, REVIEW, duplicate_pairs, explain, match_pairs, threshold
from cvclib.steps.linkage_review import remarked, review_file
from cvclib.wording import label

FIELDS = ("name", "email", "phone", "postcode", "city", "country", "birth_date")
LOWEST, HIGHEST = 0.1, 0.99  # probabilities between which a pair is in doubt
MOST_PAIRS = 300  # an afternoon's work; those nearest the threshold first
KEY = ["kind", "left_id", "right_id"]


@dataclass(frozen=True)
class Review:
    """What an export of the doubtful pairs came to.

    Parameters
    ----------
    path : Path
        The workbook.
    n_doubtful, n_written : int
        Pairs in doubt, and those of them in the workbook.
    n_decided : int
        Decisions kept: of pairs in doubt and of earlier ones.
    n_stale : int
        Of them, decisions on a record that the data no longer hold.
    """

    path: Path
    n_doubtful: int
    n_written: int
    n_decided: int
    n_stale: int


def doubtful_pairs(client: Client, lowest: float = LOWEST, highest: float = HIGHEST) -> pd.DataFrame:
    """Pairs that are in doubt: of a probability in between, or one of several customers as good.

    Parameters
    ----------
    client : Client
    lowest, highest : float
        Probabilities between which a pair is in doubt.

    Returns
    -------
    pandas.DataFrame
        ``kind`` ("match" or "duplicate"), ``left_id, right_id, probability, why``; those nearest to the threshold
        first. Pairs decided with yes or no are left out.

    Raises
    ------
    MissingDataError
        If the client supplies no customers.
    """
    client.require("customers")
    parts = []
    if client.has("accounts"):
        pairs = match_pairs(client)
        rivals = (pairs["rivals"] > 0) & (pairs["probability"] >= threshold(client)) & ~pairs["tied"]
        parts.append(_in_doubt(pairs, "match", "account_id", "customer_id", threshold(client), lowest, highest, rivals))
    pairs = duplicate_pairs(client)
    parts.append(_in_doubt(pairs, "duplicate", "customer_id", "other_id", threshold(client, "customers"), lowest, highest))
    return pd.concat(parts, ignore_index=True).sort_values(["distance", *KEY], ignore_index=True).drop(columns="distance")


def write_doubts(
    client: Client, *, path: Path | None = None, lowest: float = LOWEST, highest: float = HIGHEST, most: int = MOST_PAIRS
) -> Review:
    """Write the doubtful pairs to the review workbook; decisions made before are kept in it.

    Parameters
    ----------
    client : Client
    path : Path, optional
        Where to; the client's own review workbook by default.
    lowest, highest : float
        Probabilities between which a pair is in doubt.
    most : int
        Pairs written at most, those nearest to the threshold first.

    Returns
    -------
    Review

    Raises
    ------
    InputError
        If the workbook that is there cannot be understood (it is then left as it is), or cannot be replaced.
    """
    place = path or review_file(client.params)
    if place is None:
        raise InputError([Problem("the review workbook", "a client made in memory", "a client file, beside whose data it is written")])
    said = remarked(client)
    if path is not None and path.is_file():
        said = merged(said, read_review(path))
    return _write(client, place, said, lowest, highest, most)


def take_in(client: Client, file: Path, *, lowest: float = LOWEST, highest: float = HIGHEST, most: int = MOST_PAIRS) -> Review:
    """Read a workbook that was filled in, and put its decisions into the client's own.

    Parameters
    ----------
    client : Client
    file : Path
        The workbook as it came back. Its decisions win over those known before; what it says nothing of is kept.
    lowest, highest, most
        As `write_doubts`.

    Returns
    -------
    Review

    Raises
    ------
    InputError
        If a cell of the workbook cannot be understood; nothing is changed then.
    """
    place = review_file(client.params)
    if place is None:
        raise InputError([Problem("the review workbook", "a client made in memory", "a client file, beside whose data it is written")])
    return _write(client, place, merged(remarked(client), read_review(file)), lowest, highest, most)


def merged(known: pd.DataFrame, newer: pd.DataFrame) -> pd.DataFrame:
    """Decisions and remarks of two workbooks as one; the newer wins where both say something of a pair.

    Examples
    --------
    >>> known = pd.DataFrame([("match", "A", "1", "yes", "called")], columns=[*KEY, "decision", "remark"])
    >>> merged(known, known.assign(decision="no", remark="")).values.tolist()
    [['match', 'A', '1', 'no', 'called']]
    """
    both = pd.concat([known, newer], ignore_index=True)
    texts = both.assign(decision=both["decision"].replace("", None), remark=both["remark"].replace("", None))
    return texts.groupby(KEY, as_index=False, sort=True)[["decision", "remark"]].last().fillna("")


def _write(client: Client, place: Path, said: pd.DataFrame, lowest: float, highest: float, most: int) -> Review:
    doubtful = doubtful_pairs(client, lowest, highest)
    notes = said.set_index(KEY)
    known = pd.MultiIndex.from_frame(doubtful[KEY])
    doubtful = doubtful.assign(
        decision=notes["decision"].reindex(known).fillna("").to_numpy(), remark=notes["remark"].reindex(known).fillna("").to_numpy()
    )
    settled = pd.MultiIndex.from_frame(said.loc[said["decision"].isin(["yes", "no"]), KEY])
    open_ones = doubtful[~known.isin(settled)]
    chosen = open_ones.sort_values("decision", kind="stable").head(most)  # those looked at before come last
    earlier = said[~pd.MultiIndex.from_frame(said[KEY]).isin(pd.MultiIndex.from_frame(chosen[KEY]))]
    gone = _gone(client, earlier)
    earlier = earlier.assign(state=np.where(gone, "A record of this pair is no longer in the data", "In force"))
    title = f"{client.params.client}, {len(chosen)} of {len(open_ones)} pairs in doubt"
    write_review(place, title, _side_by_side(client, chosen), [label(column_words(f)) for f in _fields(client)], earlier)
    return Review(place, len(open_ones), len(chosen), int((said["decision"] != "").sum()), int(gone.sum()))


def _in_doubt(
    pairs: pd.DataFrame, kind: str, left: str, right: str, cut: float, lowest: float, highest: float, also: pd.Series | None = None
) -> pd.DataFrame:
    between = (pairs["how"] == PROBABILITY) & pairs["probability"].between(lowest, highest)
    doubtful = pairs[(between | also if also is not None else between) & (pairs["how"] != REVIEW)]
    odds = np.log(doubtful["probability"].clip(1e-6, 1 - 1e-6) / (1 - doubtful["probability"].clip(1e-6, 1 - 1e-6)))
    why = [explain(pair) for pair in doubtful.to_dict("records")]
    made = pd.DataFrame({"kind": kind, "left_id": doubtful[left].astype(str), "right_id": doubtful[right].astype(str)})
    return made.assign(probability=doubtful["probability"], why=why, distance=(odds - np.log(cut / (1 - cut))).abs())


def _fields(client: Client) -> list[str]:
    return [f for f in FIELDS if client.has(f"customers.{f}") or client.has(f"accounts.{f}")]


def _side_by_side(client: Client, pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs with both records' fields, and whether each field says the same."""
    fields = _fields(client)
    crm = _records(
        client, "customers", "customer_id", fields, pd.concat([pairs["right_id"], pairs.loc[pairs["kind"] == "duplicate", "left_id"]])
    )
    erp = _records(client, "accounts", "account_id", fields, pairs.loc[pairs["kind"] == "match", "left_id"])
    columns: dict[str, list[object]] = {name: [] for f in fields for name in (f"left_{f}", f"right_{f}", f"same_{f}")}
    for pair in pairs.itertuples():
        left, right = (erp if pair.kind == "match" else crm).get(pair.left_id, {}), crm.get(pair.right_id, {})
        for f in fields:
            columns[f"left_{f}"].append(left.get(f))
            columns[f"right_{f}"].append(right.get(f))
            columns[f"same_{f}"].append(left.get(f"key_{f}") == right.get(f"key_{f}"))
    made = pairs.assign(**columns)
    return made.rename(columns=_printed)


def _printed(name: str) -> str:
    side, _sep, field = name.partition("_")
    return f"{side}_{label(column_words(field))}" if side in ("left", "right", "same") and field in FIELDS else name


def _records(client: Client, table: str, key: str, fields: list[str], wanted: pd.Series) -> dict[str, dict[str, object]]:
    if not client.has(table) or wanted.empty:
        return {}
    rows = client.whole(table)
    values = {f: rows[f].cast("string") for f in fields} | {f"key_{f}": comparable(rows, f) for f in fields}
    found = rows.filter(rows[key].isin(list(wanted.unique()))).select(record=rows[key].cast("string"), **values)
    frame = found.distinct(on="record", keep="first").to_pandas().set_index("record")
    return frame.astype(object).where(frame.notna(), None).to_dict("index")


def _gone(client: Client, said: pd.DataFrame) -> np.ndarray:
    """Whether a decision is on a record that the data no longer hold."""
    crm = set(client.whole("customers").select("customer_id").distinct().to_pandas()["customer_id"].astype(str))
    erp = set()
    if client.has("accounts"):
        erp = set(client.whole("accounts").select("account_id").distinct().to_pandas()["account_id"].astype(str))
    left_there = [row.left_id in (erp if row.kind == "match" else crm) for row in said.itertuples()]
    return ~(np.array(left_there, dtype=bool) & said["right_id"].isin(crm).to_numpy())
