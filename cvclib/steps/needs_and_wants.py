"""Kano answers summed up: which features are needs, which are wants, which leave customers cold, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.kano import CATEGORIES, NAMES, answers_differ, kano_category, kano_result
from cvclib.steps.answers import fewest
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_questions import ALPHA

MIN_ANSWERS = 30
EVERYONE = "All customers"
SHARES = tuple(f"share_{letter}" for letter in CATEGORIES)
TIES = ("segment", "weight")  # what a Kano answer may take from the questionnaire it was part of
OTHER_TABLES = ("attribute_ratings", "survey")  # where that is looked up, by response_id


@once_per_client
def kano_results(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """Category and coefficients of each feature.

    Parameters
    ----------
    client : Client
    min_answers : int
        Paired answers that a feature needs.

    Returns
    -------
    pandas.DataFrame
        ``attribute``, ``category`` (mode, in words), ``ruled`` (by M > O > A > I in a close race), ``kano_class``
        (the category where Fong's test is clear, else the two that run close), ``letters`` (the same in letters),
        ``category_share`` (of the mode), ``satisfaction`` and ``dissatisfaction`` (CS+, CS-) with ``…_low`` and
        ``…_high``, ``total_strength``, ``category_strength``, ``clear`` (Fong's test) with ``gap`` and ``limit``,
        ``p_mode`` (that the category is first by chance) and ``p_mode_adjusted``, ``p_adjusted`` (that the four
        categories are equally frequent), both corrected over the features, ``share_M`` … ``share_Q``, ``n``;
        needs first.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no Kano answers, or too few about every feature.

    Notes
    -----
    Answers count by their sampling weight where they, or the questionnaires of the same number, have one; tests
    and intervals then rest on the number of unweighted answers they are worth (Kish).
    """
    tallies = _tallies(client, fewest(client, min_answers))
    frame = pd.DataFrame([{"attribute": name, **_summed_up(tally)} for (name, _), tally in tallies.items()])
    frame["p_mode_adjusted"] = shares.benjamini_hochberg(frame["p_mode"])
    frame["p_adjusted"] = shares.benjamini_hochberg(frame.pop("p"))
    order = frame["category"].map({NAMES[c]: i for i, c in enumerate(CATEGORIES)})
    return frame.assign(order=order).sort_values(["order", "dissatisfaction", "attribute"], ignore_index=True).drop(columns="order")


@once_per_client
def kano_segments(client: Client, *, min_answers: int = MIN_ANSWERS, seed: int = 1) -> pd.DataFrame:
    """Category of each feature in each segment, and whether the segments differ.

    Parameters
    ----------
    client : Client
    min_answers : int
        Paired answers about a feature that a segment needs.
    seed : int
        Of the tables drawn where answers are few.

    Returns
    -------
    pandas.DataFrame
        A row a feature and segment: ``attribute``, ``segment``, the columns of `kano_results` from ``category`` to
        ``gap``, ``p`` and ``p_adjusted`` (that all segments answer alike about the feature; corrected over the
        features), ``differs``, ``p_segment`` (that this segment answers as all others do; corrected over all
        segments of features that differ, NaN elsewhere), ``n``. Features that differ most surely first.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no Kano answers, or no feature with enough of them in two segments.
    """
    minimum = fewest(client, min_answers)
    tallies = {key: tally for key, tally in _tallies(client, minimum, by_segment=True).items() if key[1] is not None}
    features: dict[str, dict[str, _Tally]] = {}
    for (name, segment), tally in tallies.items():
        features.setdefault(name, {})[segment] = tally
    features = {name: found for name, found in features.items() if len(found) > 1}
    if not features:
        raise TooFewAnswersError(f"No feature has {minimum} paired Kano answers in each of two segments.")
    rng = np.random.default_rng(seed)
    p = {name: answers_differ([tally.worth for tally in found.values()], rng=rng) for name, found in features.items()}
    adjusted = dict(zip(p, shares.benjamini_hochberg(list(p.values())), strict=True))
    rows = [
        {"attribute": name, "segment": segment, **_summed_up(tally), "p": p[name], "p_adjusted": adjusted[name]}
        for name, found in features.items()
        for segment, tally in found.items()
    ]
    frame = pd.DataFrame(rows).assign(differs=lambda f: f["p_adjusted"] < ALPHA)
    frame["p_segment"] = _segment_tests(frame, features, rng)
    return frame.sort_values(["p_adjusted", "p", "attribute", "segment"], ignore_index=True)


@dataclass(frozen=True)
class _Tally:
    """Answers by category: sums of weights, how many unweighted answers they are worth, and how many they are."""

    counts: np.ndarray
    effective: float
    n: int

    @property
    def worth(self) -> np.ndarray:
        """Answers by category, brought to the number they are worth."""
        return self.counts * (self.effective / self.counts.sum())


def _segment_tests(frame: pd.DataFrame, features: dict[str, dict[str, _Tally]], rng: np.random.Generator) -> np.ndarray:
    """Each segment against all others, for the features on which the segments differ at all."""
    p = np.full(len(frame), np.nan)
    for i, row in enumerate(frame.itertuples()):
        if row.differs:
            own = features[row.attribute][row.segment].worth
            others = sum(tally.worth for name, tally in features[row.attribute].items() if name != row.segment)
            p[i] = answers_differ([own, others], rng=rng)
    return shares.benjamini_hochberg(p)


def _tallies(client: Client, minimum: int, *, by_segment: bool = False) -> dict[tuple[str, str | None], _Tally]:
    """Answers of each feature (and segment) that has enough of them, summed up in the engine."""
    client.require("kano")
    kano = _with_questionnaire(client)
    weight = ibis.coalesce(kano.weight, 1.0)
    keys = ["attribute", "segment"] if by_segment else ["attribute"]
    cells = kano.group_by(*keys, "functional", "dysfunctional").aggregate(
        n=kano.count(), weight=weight.sum(), squares=(weight * weight).sum()
    )
    cells = cells.order_by(*keys, "functional", "dysfunctional").to_pandas()
    if cells.empty:
        raise TooFewAnswersError("There are no Kano answers of these customers.")
    cells["category"] = kano_category(cells["functional"], cells["dysfunctional"])
    cells["segment"] = cells["segment"].astype(object).where(cells["segment"].notna(), None) if by_segment else None
    tallies = {}
    for (name, segment), part in cells.groupby(["attribute", "segment"], dropna=False):
        counts = part.groupby("category")["weight"].sum().reindex(list(CATEGORIES), fill_value=0.0).to_numpy(float)
        n = int(part["n"].sum())
        if n >= minimum and counts.sum() > 0:
            tallies[(str(name), None if pd.isna(segment) else str(segment))] = _Tally(counts, counts.sum() ** 2 / part["squares"].sum(), n)
    if not tallies:
        raise TooFewAnswersError(f"No feature has {minimum} paired Kano answers; fewer do not place it.")
    return tallies


def _with_questionnaire(client: Client) -> ir.Table:
    """Kano answers with segment and weight, their own or those of the questionnaire of the same number."""
    kano = client.tables.kano
    for name in OTHER_TABLES:
        wanted = [column for column in TIES if client.has(f"{name}.{column}")]
        if wanted:
            other = client.tables[name]
            theirs = other.group_by(asked="response_id").aggregate(**{f"their_{column}": other[column].max() for column in wanted})
            kano = kano.left_join(theirs, kano.response_id == theirs.asked).drop("asked")
            kano = kano.mutate(**{column: ibis.coalesce(kano[column], kano[f"their_{column}"]) for column in wanted})
            kano = kano.drop(*[f"their_{column}" for column in wanted])
    known = client.has("kano.segment") or any(client.has(f"{name}.segment") for name in OTHER_TABLES)
    return kano.filter(kano.segment == client.segment) if client.segment and known else kano


def _summed_up(tally: _Tally) -> dict:
    found = kano_result(tally.counts, tally.effective)
    order = np.argsort(-tally.counts, kind="stable")
    close = sorted(order[:1] if found.clear else order[:2])
    return {
        "category": NAMES[found.mode], "ruled": NAMES[found.ruled],
        "kano_class": " or ".join(NAMES[CATEGORIES[i]] for i in close), "letters": "/".join(CATEGORIES[i] for i in close),
        "category_share": tally.counts.max() / tally.counts.sum(),
        "satisfaction": found.satisfaction,
        "satisfaction_low": found.satisfaction_interval[0], "satisfaction_high": found.satisfaction_interval[1],
        "dissatisfaction": found.dissatisfaction,
        "dissatisfaction_low": found.dissatisfaction_interval[0], "dissatisfaction_high": found.dissatisfaction_interval[1],
        "total_strength": found.total_strength, "category_strength": found.category_strength,
        "clear": found.clear, "gap": found.gap, "limit": found.limit, "p_mode": found.p_mode, "p": found.p_value,
        **dict(zip(SHARES, tally.counts / tally.counts.sum(), strict=True)), "n": tally.n,
    }  # fmt: skip
