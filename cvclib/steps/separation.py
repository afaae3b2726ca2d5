"""What separates promoters from detractors: how the two rate each attribute.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from cvclib.charts import advocacy as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM, ScoreCounts, mean_score_of
from cvclib.steps.recommendation import ANSWERS, NOTHING_TO_READ, SIGNIFICANT, STEP, answers, still_missing
from cvclib.steps.recommendation_exhibits import p_texts, with_interval
from cvclib.wording import interval, joined, number

NO_RATINGS = Gap(
    STEP,
    "What separates promoters from detractors?",
    (ANSWERS, "attribute_ratings.performance"),
    "With ratings of single attributes under the same response_id as the recommendation, it shows where the two part.",
)
_SEPARATION = ["attribute", "promoters", "detractors", "difference", "low", "high", "n_promoters", "n_detractors"]


def separating_attributes(client: Client) -> pd.DataFrame:
    """Compare how promoters and detractors of the period rate each attribute.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        A row an attribute, the widest difference first: ``attribute``, ``promoters``, ``detractors`` (mean
        performance), ``difference``, ``low``, ``high`` (95% interval, Welch's by its two halves), ``n_promoters``,
        ``n_detractors``, ``p_adjusted``, ``clear``. Attributes with too few of either hold blanks.

    Raises
    ------
    MissingDataError
        If nobody was asked, or attributes were not rated.
    """
    client.require("attribute_ratings.performance")
    asked = answers(client)
    own = client.tables.attribute_ratings
    own = own.filter(own.brand.isnull(), own.performance.notnull()).select("response_id", "attribute", "performance")
    both = asked.select("response_id", "score", "weight").inner_join(own, "response_id")
    kind = ibis.cases((both.score >= PROMOTER_FROM, "promoters"), (both.score <= DETRACTOR_UP_TO, "detractors"), else_="passives")
    counted = both.group_by("attribute", kind=kind, score=both.performance).agg(
        n=ibis._.count(), weight=ibis._.weight.sum(), weight_squared=(ibis._.weight * ibis._.weight).sum()
    )
    counted = counted.order_by("attribute", "kind", "score").execute()
    rows = [_separation(name, of, client.params.report.minimum_group) for name, of in counted.groupby("attribute")]
    frame = pd.DataFrame(rows, columns=[*_SEPARATION, "p"])
    frame["p_adjusted"] = shares.benjamini_hochberg(frame.pop("p"))
    frame["clear"] = frame["p_adjusted"] < SIGNIFICANT
    return frame.sort_values(["difference", "attribute"], ascending=[False, True], ignore_index=True)


def separation(client: Client) -> Figure | Gap:
    """Show what separates promoters from detractors."""
    frame = _separation_or_none(client)
    if frame is None:
        return still_missing(client, NO_RATINGS)
    numbers = frame[["attribute", "promoters", "detractors"]].assign(
        difference=with_interval(frame, ("difference", "low", "high"), 2),
        n_promoters=frame["n_promoters"],
        n_detractors=frame["n_detractors"],
        p_adjusted=p_texts(frame["p_adjusted"]),
    )
    table = Table(
        numbers,
        caption="What separates promoters from detractors, in numbers",
        units={"promoters": "score", "detractors": "score", "n_promoters": "count", "n_detractors": "count"},
        labels={"promoters": "Promoters' mean", "detractors": "Detractors' mean", "difference": "Difference (95% interval)",
                "n_promoters": "Promoters", "n_detractors": "Detractors", "p_adjusted": "p, corrected"},
    )  # fmt: skip
    shown = frame.dropna(subset="difference")
    alt = "; ".join(
        f"{row.attribute}: {number(row.promoters, 'score')} against {number(row.detractors, 'score')}" for row in shown.itertuples()
    )
    return Figure(charts.separation(frame), caption="What separates promoters from detractors", alt=f"{alt}.", data=table)


def separation_reading(client: Client) -> Reading:
    """Say in words which attributes separate promoters from detractors most."""
    frame = _separation_or_none(client)
    if frame is None:
        return NOTHING_TO_READ
    clear = frame[frame["clear"]]
    if not len(clear):
        return Reading(f"Promoters and detractors rate none of the {len(frame)} attributes differently beyond chance.")
    named = [f"{row['attribute']} ({_wide(row)})" for row in clear.head(3).to_dict("records")]
    return Reading(
        f"On {len(clear)} of {len(frame)} attributes promoters and detractors differ beyond chance, widest on {joined(named)}. "
        "That the two go together does not prove that mending the one changes the other."
    )


def _counts(counted: pd.DataFrame) -> ScoreCounts:
    sums = counted.groupby("score")[["n", "weight", "weight_squared"]].sum()
    return ScoreCounts(sums.index.to_numpy(dtype=float), *(sums[c].to_numpy() for c in sums))


def _separation(name: str, of: pd.DataFrame, minimum: int) -> dict[str, object]:
    up, down = (mean_score_of(_counts(of[of["kind"] == kind])) for kind in ("promoters", "detractors"))
    if min(up.n, down.n) < max(minimum, 2):
        return {"attribute": name, "p": np.nan}
    gap = shares.difference(up, down)
    return {
        "attribute": name, "promoters": up.value, "detractors": down.value, "difference": gap.value, "low": gap.low, "high": gap.high,
        "n_promoters": up.n, "n_detractors": down.n, "p": shares.p_value(gap),
    }  # fmt: skip


def _separation_or_none(client: Client) -> pd.DataFrame | None:
    try:
        frame = separating_attributes(client)
    except MissingDataError:
        return None
    return frame if frame["difference"].notna().any() else None


def _wide(row: dict) -> str:
    gap = Estimate(row["difference"], row["low"], row["high"], 0)
    return (
        f"{number(row['promoters'], 'score')} against {number(row['detractors'], 'score')}, a difference of "
        f"{number(gap.value, 'score')}, 95% interval {interval(gap, 'score')}"
    )
