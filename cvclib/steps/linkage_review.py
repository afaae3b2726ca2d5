"""What people decided on doubtful pairs: read from the client's review workbook, beside its data.

Knows where the workbook lies and what it says; which pairs are in doubt is asked in `cvclib.steps.linkage_doubts`.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cvclib.client import Client
from cvclib.params import ClientFile
from cvclib.review_sheet import read_review
from cvclib.steps.memo import once_per_client

MATCH, DUPLICATE = "match", "duplicate"  # the two kinds of pairs, as `cvclib.review_sheet.KINDS` names them
COLUMNS = ["kind", "left_id", "right_id", "decision", "remark"]


def review_file(params: ClientFile) -> Path | None:
    """Where a client's review workbook lies; see `cvclib.params.ClientFile.review_file`."""
    return params.review_file


@once_per_client
def remarked(client: Client) -> pd.DataFrame:
    """All that the review workbook says: decisions and remarks, as `cvclib.review_sheet.read_review` gives them.

    Raises
    ------
    InputError
        If the workbook has a cell that cannot be understood; names all of them.
    """
    path = review_file(client.params)
    if path is None or not path.is_file():
        return pd.DataFrame({column: pd.Series(dtype="str") for column in COLUMNS})
    return read_review(path)


def decisions(client: Client) -> pd.DataFrame:
    """The pairs that people have decided on.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``left_id, right_id, decision`` ("yes", "no" or "unsure") and ``kind``: ``"match"`` (left an ERP account,
        right a CRM customer) or ``"duplicate"`` (two CRM customers, the smaller number left). No rows where
        nothing was decided.

    Raises
    ------
    InputError
        If the workbook has a cell that cannot be understood; names all of them.
    """
    said = remarked(client)
    return said.loc[said["decision"] != "", ["left_id", "right_id", "decision", "kind"]].reset_index(drop=True)
