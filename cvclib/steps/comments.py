"""Open comments that many customers share word for word, and who makes them.

A comment may hold personal data: only a text that several respondents gave identically is ever shown.
"""

from __future__ import annotations

from typing import NamedTuple

import ibis
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError

FEWEST_TO_SHARE = 5  # even where the client's smallest group is smaller: comments are the customers' own words


class Comments(NamedTuple):
    """Comments shared word for word.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``comment``, ``n``, ``promoters`` and ``detractors`` (share of the comments of each group),
        ``difference`` with ``low``, ``high`` and ``p_adjusted`` (NaN without an NPS question); the most
        frequent first.
    commented : int
        Comments given.
    shown : int
        Comments that the frame stands for.
    """

    frame: pd.DataFrame
    commented: int
    shown: int


@once_per_client
def shared_comments(client: Client) -> Comments:
    """Count the comments that are given in the same words.

    Parameters
    ----------
    client : Client

    Returns
    -------
    Comments
        A text given by fewer respondents than the smallest group shown, or than 5, is left out. Promoters
        and detractors are compared text by text by Fisher's exact test, corrected over the texts.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no comments, or none in the period.
    """
    client.require("survey.comment")
    survey = client.tables.survey
    scored = survey.group_by("response_id").aggregate(nps=survey.score.mean(where=survey.metric == "nps"))
    given = client.in_period(survey, "responded_at") if client.has("survey.responded_at") else survey
    given = given.mutate(comment=given.comment.strip()).filter(lambda t: t.comment.notnull() & (t.comment != ""))
    given = given.select("response_id", "comment").distinct().left_join(scored, "response_id")
    counts = given.group_by("comment").aggregate(
        n=given.count(),
        by_promoters=ibis.coalesce((given.nps >= PROMOTER_FROM).sum(), 0),
        by_detractors=ibis.coalesce((given.nps <= DETRACTOR_UP_TO).sum(), 0),
    )
    minimum = max(client.params.report.minimum_group, FEWEST_TO_SHARE)
    totals = counts.aggregate(n=counts.n.sum(), promoters=counts.by_promoters.sum(), detractors=counts.by_detractors.sum()).to_pandas()
    totals = totals.iloc[0].fillna(0).astype(int)
    if totals["n"] == 0:
        raise TooFewAnswersError("No comment was given in the period.")
    frame = counts.filter(counts.n >= minimum).order_by(ibis.desc("n"), "comment").to_pandas()
    compared = [_compared(row, totals) for row in frame.itertuples()]
    columns = ["promoters", "detractors", "difference", "low", "high", "p"]
    frame[columns] = pd.DataFrame(compared, columns=columns, index=frame.index, dtype=float)
    frame["p_adjusted"] = shares.benjamini_hochberg(frame["p"])
    shown = frame[["comment", "n", "promoters", "detractors", "difference", "low", "high", "p_adjusted"]]
    return Comments(shown, int(totals["n"]), int(frame["n"].sum()))


def _compared(row: object, totals: pd.Series) -> tuple[float, ...]:
    promoters = shares.share(int(row.by_promoters), int(totals["promoters"]))
    detractors = shares.share(int(row.by_detractors), int(totals["detractors"]))
    d = shares.difference(promoters, detractors)
    by, of = (row.by_promoters, row.by_detractors), (totals["promoters"], totals["detractors"])
    exact = stats.fisher_exact([by, [whole - part for whole, part in zip(of, by, strict=True)]]).pvalue if min(of) else float("nan")
    return promoters.value, detractors.value, d.value, d.low, d.high, exact
