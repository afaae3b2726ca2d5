"""What makes promoters, and what prevents detractors: the rated attributes against recommendation, each side by itself.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts import recommendation as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM
from cvclib.methods.two_sided_drivers import ALPHA, BOTH, MAKES, PREVENTS, TOO_FEW, TwoSided, two_sided_drivers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.recommendation import ANSWERS, NOTHING_TO_READ, STEP, answers, recommendation_gap, still_missing
from cvclib.wording import interval, joined, number, p_cell, p_words

CAPTION = "What makes promoters and what prevents detractors"
NO_DRIVERS = Gap(
    STEP,
    "What makes promoters, and what makes detractors?",
    (ANSWERS, "attribute_ratings.performance"),
    "With ratings of single attributes under the same response_id as the recommendation, it shows what earns promoters and what prevents detractors.",
)
COLUMNS = {
    "attribute": "Attribute", "promoting": "More promoters, a point of the rating (95% interval)", "p_promoting": "p, corrected",
    "preventing": "Fewer detractors, a point (95% interval)", "p_preventing": "p, corrected ", "kind": "What it does",
}  # fmt: skip


@once_per_client
def recommendation_drivers(client: Client) -> pd.DataFrame:
    """Estimate what a point of each attribute's rating does to promoting and to detracting.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        A row an attribute, the largest effects first: ``attribute``, then the fields of
        `cvclib.methods.two_sided_drivers.TwoSided`; its counts stand in ``frame.attrs``.

    Raises
    ------
    MissingDataError
        If nobody was asked, or attributes were not rated.
    TooFewAnswersError
        If promoters, detractors or others are too few for the attributes.
    """
    client.require("attribute_ratings.performance")
    asked = answers(client).select("response_id", "score", "weight", "who")
    own = client.tables.attribute_ratings
    own = own.filter(
        own.brand.isnull() | (own.brand == "") | (own.brand.lower() == client.params.client.lower()), own.performance.notnull()
    )
    names = sorted(own.attribute.as_table().distinct().to_pandas()["attribute"])
    cells = {f"p{i}": own.performance.mean(where=own.attribute == name) for i, name in enumerate(names)}
    both = own.group_by("response_id").aggregate(**cells).inner_join(asked, "response_id").order_by("response_id").to_pandas()
    if both.empty:
        raise TooFewAnswersError("No answer to the recommendation question in the period comes with ratings of attributes.")
    score = both["score"].to_numpy(dtype=float)
    ratings = both[list(cells)].to_numpy(dtype=float)
    try:
        found = two_sided_drivers(
            ratings,
            score >= PROMOTER_FROM,
            score <= DETRACTOR_UP_TO,
            weights=both["weight"].to_numpy(dtype=float),
            customers=both["who"].to_numpy(),
        )
    except ValueError as error:
        raise TooFewAnswersError(f"What makes promoters and detractors cannot be told here: {error}.") from error
    return _frame(tuple(names), found)


def recommendation_drivers_chart(client: Client) -> Figure | Gap | Reading:
    """Show what each attribute does to promoting and to detracting, on one axis."""
    if gap := recommendation_drivers_gap(client):
        return gap
    try:
        frame = recommendation_drivers(client)
    except TooFewAnswersError as error:
        return Reading(str(error))
    shown = frame[frame["kind"] != TOO_FEW]
    n = frame.attrs["n"]
    numbers = frame[["attribute"]].assign(
        promoting=[_points(row, "promoting") for row in frame.to_dict("records")],
        p_promoting=[p_cell(p) for p in frame["p_promoting"]],
        preventing=[_points(row, "preventing") for row in frame.to_dict("records")],
        p_preventing=[p_cell(p) for p in frame["p_preventing"]],
        kind=frame["kind"],
    )
    table = Table(
        numbers[list(COLUMNS)], f"{CAPTION}, in numbers", labels=COLUMNS,
        note=f"Percentage points of the respondents, the other attributes held: {n:,} answers of {frame.attrs['n_customers']:,} customers. An attribute "
        "is said to work on one side where its odds on the two sides differ (Brant's test, corrected), not merely its points. Wrong way round: fewer promoters or more detractors with better ratings, as ratings that hang together can "
        "bring about; not to be acted on.",
    )  # fmt: skip
    alt = "; ".join(f"{row.attribute}: {number(row.promoting, 'share', signed=True)} promoters and "
                    f"{number(row.preventing, 'share', signed=True)} not detracting, {row.kind}" for row in shown.itertuples())  # fmt: skip
    return Figure(charts.two_sided(shown), CAPTION, f"{alt}.", table)


def recommendation_drivers_reading(client: Client) -> Reading | None:
    """Say in words what makes promoters, what prevents detractors, and where the two part."""
    if recommendation_drivers_gap(client):
        return NOTHING_TO_READ
    try:
        frame = recommendation_drivers(client)
    except TooFewAnswersError:
        return None  # said in place of the figure
    makes, prevents = _sure(frame, "promoting"), _sure(frame, "preventing")
    if not len(makes) and not len(prevents):
        return Reading(
            f"No attribute clearly makes promoters or prevents detractors: {frame.attrs['n']:,} answers show no effect beyond chance."
        )
    words = [
        f"A better rating clearly makes promoters at {joined(_named(makes, 'promoting'))}."
        if len(makes)
        else "No attribute clearly makes promoters.",
        f"It clearly prevents detractors at {joined(_named(prevents, 'preventing'))}."
        if len(prevents)
        else "None clearly prevents detractors.",
    ]
    sided = {kind: frame.loc[frame["kind"] == kind, "attribute"].tolist() for kind in (MAKES, PREVENTS)}
    if sided[MAKES]:
        words.append(f"{joined(sided[MAKES])} works more on promoting than on preventing: a reason to be praised, less one to be forgiven.")
    if sided[PREVENTS]:
        words.append(f"{joined(sided[PREVENTS])} works more on preventing than on promoting: missed when bad, taken for granted when good.")
    if not any(sided.values()):
        words.append("No attribute clearly works on one side more than on the other.")
    return Reading(" ".join(words))


def recommendation_drivers_findings(client: Client) -> list[Finding]:
    """The strongest maker of promoters, the strongest preventer of detractors, and what works on one side only."""
    if recommendation_drivers_gap(client):
        return []
    try:
        frame = recommendation_drivers(client)
    except TooFewAnswersError:
        return []
    makes, prevents = _sure(frame, "promoting"), _sure(frame, "preventing")
    n = frame.attrs["n"]
    if not len(makes) and not len(prevents):
        return [
            Finding(
                STEP, claim="No attribute clearly makes promoters or prevents detractors.", table=CAPTION, kind="no signal",
                evidence=f"None of {len(frame)} effects on either side differs from none after correction, n = {n:,}.",
                action="Ask detractors in their own words what went wrong; the rated attributes do not tell.",
            )
        ]  # fmt: skip
    found = []
    if len(makes):
        found.append(_strongest(makes, "promoting", n))
    if len(prevents):
        found.append(_strongest(prevents, "preventing", n))
    for kind, claim, action in (
        (
            MAKES,
            "{} makes promoters more than it prevents detractors.",
            "Use it to delight those already content; do not expect it to win back the unhappy.",
        ),
        (
            PREVENTS,
            "{} prevents detractors more than it makes promoters.",
            "Keep it faultless; beyond that it earns no further recommendation.",
        ),
    ):
        rows = frame[frame["kind"] == kind].sort_values("lean", key=np.abs, ascending=False)
        if len(rows):
            row = rows.iloc[0].to_dict()
            lean = Estimate(row["lean"], row["lean_low"], row["lean_high"], n)
            found.append(
                Finding(
                    STEP, claim=claim.format(joined(rows["attribute"].tolist())), table=CAPTION, estimate=lean, action=action, kind="chance",
                    evidence=f"For {row['attribute']} the log odds of the two sides differ by {number(lean.value, signed=True)} a point of the rating, 95% "
                    f"interval {interval(lean, signed=True)}, corrected {p_words(row['p_lean'])}, n = {n:,}.",
                )
            )  # fmt: skip
    return found


def recommendation_drivers_gap(client: Client) -> Gap | None:
    """What is missing to tell what makes promoters and detractors; None if nothing is."""
    lacking = recommendation_gap(client) is not None or not client.has("attribute_ratings.performance")
    return still_missing(client, NO_DRIVERS) if lacking else None


def _frame(names: tuple[str, ...], found: TwoSided) -> pd.DataFrame:
    arrays = {field: value for field, value in found._asdict().items() if field == "kind" or isinstance(value, np.ndarray)}
    frame = pd.DataFrame({"attribute": names, **arrays})
    order = (frame["promoting"] + frame["preventing"]).sort_values(ascending=False, na_position="last", kind="stable").index
    frame = frame.loc[order].reset_index(drop=True)
    frame.attrs.update({field: value for field, value in found._asdict().items() if isinstance(value, int)})
    return frame


def _sure(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    return frame[(frame[f"p_{side}"] < ALPHA) & (frame[side] > 0)].sort_values(side, ascending=False, kind="stable")


def _estimate(row: dict, side: str, n: int = 0) -> Estimate:
    return Estimate(row[side], row[f"{side}_low"], row[f"{side}_high"], n)


def _points(row: dict, side: str) -> str | None:
    if not np.isfinite(row[side]):
        return None
    return "{} ({} to {})".format(
        *(number(100 * row[part], "number", decimals=1, signed=True) for part in (side, f"{side}_low", f"{side}_high"))
    )


def _named(rows: pd.DataFrame, side: str, most: int = 3) -> list[str]:
    return [f"{row['attribute']} ({number(row[side], 'share', signed=True)} a point)" for row in rows.head(most).to_dict("records")]


def _strongest(clear: pd.DataFrame, side: str, n: int) -> Finding:
    row, n_clear = clear.iloc[0], len(clear)
    effect = _estimate(row.to_dict(), side, n)
    whom = "more promoters" if side == "promoting" else "fewer detractors"
    also = "; it works on the other side as well" if row["kind"] == BOTH else ""
    points = number(100 * effect.value, "number", decimals=1)
    largest = f", the largest of {n_clear} clear effects on that side" if n_clear > 1 else ", the only clear effect on that side"
    return Finding(
        STEP,
        claim=f"With one more point for {row['attribute']} go {points} percentage points {whom}{largest}.",
        evidence=f"95% interval {interval(effect, 'share', signed=True)}, corrected {p_words(row[f'p_{side}'])}, n = {n:,}, the other attributes held{also}. "
        "Observed, not tried.",
        estimate=effect,
        action=f"Put {row['attribute']} first where the aim is {'more promoters' if side == 'promoting' else 'fewer detractors'}.",
        table=CAPTION,
        kind="chance",
    )
