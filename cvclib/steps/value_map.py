"""The customer value map: what matters, how well it is done, for whom, and how surely.

Importance is what respondents state where they were asked, else what their satisfaction with the whole
shows (derived). Answers in, tidy frames out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import shares
from cvclib.methods.importance import DerivedImportance, derived_importance
from cvclib.methods.importance_performance import QUADRANTS, CrossHairs, cross_hairs, quadrant_probabilities, quadrants
from cvclib.methods.resampling import bootstrap_means, percentile_interval
from cvclib.steps.answers import Answers, attribute_answers, fewest
from cvclib.steps.questions import TooFewAnswersError, once_per_client
from cvclib.steps.value_questions import ALPHA

EVERYONE = "All customers"
MIN_ANSWERS = 30  # answers below which an attribute's or a segment's estimate is not made

Basis = Literal["stated", "derived"]


@dataclass(frozen=True)
class Drivers:
    """What drives satisfaction with the whole.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row an attribute, the strongest first: ``attribute``, ``share``, ``low``, ``high`` (share of what
        the ratings explain), ``contribution`` (part of R²), ``strongest`` (probability of ranking first),
        ``stated``, ``stated_low``, ``stated_high`` (mean stated importance, NaN if not asked), ``n``.
    result : DerivedImportance
    attributes : tuple of str
        Those analysed, in the order of the result's arrays.
    metric : str
        The survey metric explained.
    left_out : tuple of str
        Attributes with too few answers.
    """

    frame: pd.DataFrame
    result: DerivedImportance
    attributes: tuple[str, ...]
    metric: str
    left_out: tuple[str, ...]


@once_per_client
def drivers(client: Client, *, min_answers: int = MIN_ANSWERS, replicates: int = 500, seed: int = 1) -> Drivers:
    """Derive the importance of each attribute from satisfaction with the whole.

    Parameters
    ----------
    client : Client
    min_answers : int
        Joint answers, with the whole and with each other attribute, that an attribute needs.
    replicates : int
        Bootstrap replicates.
    seed : int

    Returns
    -------
    Drivers

    Raises
    ------
    MissingDataError
        If there are no performance ratings or no survey.
    TooFewAnswersError
        If no attribute has enough of them.
    """
    client.require("attribute_ratings.performance", "survey.score")
    answers, min_answers = attribute_answers(client), fewest(client, min_answers)
    if not answers.metric:
        raise TooFewAnswersError("No answer about satisfaction with the whole shares its response_id with a rated attribute.")
    kept = _enough(answers, min_answers)
    if not kept.any():
        raise TooFewAnswersError(
            f"No attribute was rated by {min_answers} respondents who also judged the whole; fewer do not show what drives it."
        )
    result = derived_importance(
        answers.performance[:, kept], answers.outcome, weights=answers.weights, replicates=replicates, rng=np.random.default_rng(seed)
    )
    judged = np.isfinite(answers.outcome)
    frame = pd.DataFrame(
        {
            "attribute": np.array(answers.attributes)[kept],
            "share": result.share, "low": result.share_low, "high": result.share_high,
            "contribution": result.contribution, "strongest": result.probability_strongest,
            **_means(answers.importance[:, kept], answers.weights, "stated"),
            "n": (np.isfinite(answers.performance[:, kept]) & judged[:, None]).sum(axis=0),
        }
    )  # fmt: skip
    names = tuple(frame["attribute"])
    left_out = tuple(np.array(answers.attributes)[~kept].tolist())
    ordered = frame.sort_values(["share", "attribute"], ascending=[False, True], ignore_index=True)
    return Drivers(ordered, result, names, answers.metric, left_out)


def importance_basis(client: Client) -> Basis:
    """Whether importance is what respondents state, or is derived from their satisfaction with the whole."""
    return "stated" if attribute_answers(client).stated else "derived"


@dataclass(frozen=True)
class ValueMap:
    """Importance against performance.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row a segment (all customers first) and attribute: ``segment``, ``attribute``, ``importance``,
        ``importance_low``, ``importance_high``, ``performance``, ``low``, ``high``, ``quadrant``,
        ``probability`` (of that quadrant, when respondents are drawn again), ``n``.
    lines : dict of str to (float, float)
        Segment: importance and performance at which the cross-hairs stand.
    basis : {"stated", "derived"}
    """

    frame: pd.DataFrame
    lines: dict[str, tuple[float, float]]
    basis: Basis

    def of(self, segment: str = EVERYONE) -> pd.DataFrame:
        """Rows of one segment."""
        return self.frame[self.frame["segment"] == segment].reset_index(drop=True)


@once_per_client
def value_map(
    client: Client,
    *,
    importance: Basis | Literal[""] = "",
    where: CrossHairs = "means",
    min_answers: int = MIN_ANSWERS,
    replicates: int = 500,
    seed: int = 1,
) -> ValueMap:
    """Set importance against performance, for all customers and for each segment.

    Parameters
    ----------
    client : Client
    importance : {"", "stated", "derived"}
        Which importance to take; by default what is stated, where respondents were asked, else derived.
    where : {"means", "medians"} or (float, float)
        Where the cross-hairs stand: in the middle of the attributes, segment by segment, or fixed.
    min_answers : int
        Answers that an attribute needs, and respondents that a segment needs.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    ValueMap
        Derived importance is that of all customers, also in a segment's own map: few segments have the
        answers to derive it from.

    Raises
    ------
    MissingDataError
        If there is no performance, or neither stated importance nor a survey to derive it from.
    TooFewAnswersError
        If no attribute has enough answers.
    """
    client.require("attribute_ratings.performance")
    answers, min_answers = attribute_answers(client), fewest(client, min_answers)
    basis = importance or importance_basis(client)
    if basis == "stated":
        client.require("attribute_ratings.importance")
    derived = None if basis == "stated" else drivers(client, min_answers=min_answers, replicates=replicates, seed=seed)
    rng = np.random.default_rng(seed)
    parts, lines = [], {}
    for segment in (EVERYONE, *_segments(answers, min_answers)):
        chosen = answers if segment == EVERYONE else answers.rows(answers.segment == segment)
        part, line = _one_map(chosen, derived, where, min_answers, replicates, rng)
        if len(part):
            parts.append(part.assign(segment=segment))
            lines[segment] = line
    if not parts:
        raise TooFewAnswersError(f"No attribute has {min_answers} ratings; fewer do not place it on the map.")
    frame = pd.concat(parts, ignore_index=True)
    return ValueMap(frame[["segment", *[c for c in frame if c != "segment"]]], lines, basis)


def segment_differences(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """Test whether a segment rates an attribute differently from the others.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers needed in the segment and outside it.

    Returns
    -------
    pandas.DataFrame
        A row a segment, attribute and question (performance, importance): ``segment``, ``attribute``,
        ``question``, ``here``, ``elsewhere``, ``difference``, ``low``, ``high``, ``p``, ``p_adjusted``
        (Benjamini–Hochberg over all rows), ``n``; the surest first. Empty if there are no two segments.

    Raises
    ------
    MissingDataError
        If there are no ratings.

    Notes
    -----
    One segment far off makes all others differ from the rest, which holds it. So, attribute by attribute, segments that
    stand out are set apart first, and every segment is compared with those left, itself left out; where no two segments
    are alike, with all others.

    See Also
    --------
    cvclib.methods.advocacy.compare_groups : the same for net promoter scores.
    """
    answers, min_answers = attribute_answers(client), fewest(client, min_answers)
    segments, rows = _segments(answers, min_answers), []
    for question, values in (("performance", answers.performance), ("importance", answers.importance)):
        for j, attribute in enumerate(answers.attributes):
            for segment, (here, elsewhere) in _beside_the_rest(answers, values[:, j], segments, min_answers).items():
                d = shares.difference(here, elsewhere)
                rows.append((segment, attribute, question, here.value, elsewhere.value, d.value, d.low, d.high, shares.p_value(d), here.n))
    columns = ["segment", "attribute", "question", "here", "elsewhere", "difference", "low", "high", "p", "n"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(9, "p_adjusted", shares.benjamini_hochberg(frame["p"]))
    return frame.sort_values(["p_adjusted", "p", "segment", "attribute"], ignore_index=True)


def _one_map(
    answers: Answers, derived: Drivers | None, where: CrossHairs, min_answers: int, replicates: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, tuple[float, float]]:
    k = len(answers.attributes)
    ratings = answers.performance if derived else np.hstack([answers.performance, answers.importance])
    n = np.isfinite(ratings[:, :k]).sum(axis=0)
    means, copies = bootstrap_means(ratings, rng=rng, weights=answers.weights, replicates=replicates)
    if derived:
        place = [derived.attributes.index(name) if name in derived.attributes else -1 for name in answers.attributes]
        means = np.r_[means, np.r_[derived.result.share, np.nan][place]]
        shares_copied = np.column_stack([derived.result.replicates, np.full(replicates, np.nan)])[:, place]
        copies = np.column_stack([copies, shares_copied])
    shown = (n >= min_answers) & np.isfinite(means[k:])
    if not shown.any():
        return pd.DataFrame(), (np.nan, np.nan)
    both = np.r_[shown, shown]
    (performance, importance), (p_copies, i_copies) = np.split(means[both], 2), np.split(copies[:, both], 2, axis=1)
    place, chances = quadrants(importance, performance, where), quadrant_probabilities(i_copies, p_copies, where)
    (low, high), (i_low, i_high) = percentile_interval(p_copies), percentile_interval(i_copies)
    frame = pd.DataFrame(
        {
            "attribute": np.array(answers.attributes)[shown],
            "importance": importance, "importance_low": i_low, "importance_high": i_high,
            "performance": performance, "low": low, "high": high,
            "quadrant": [QUADRANTS[i] for i in place],
            "probability": chances[np.arange(len(place)), place],
            "n": n[shown],
        }
    )  # fmt: skip
    across, up = cross_hairs(importance, performance, where)
    return frame, (float(across), float(up))


def _enough(answers: Answers, min_answers: int) -> np.ndarray:
    """Which attributes vary and have enough joint answers with the outcome and each other; the barest go first."""
    filled = np.isfinite(answers.performance) & np.isfinite(answers.outcome)[:, None]
    values = np.where(filled, answers.performance, np.nan)
    kept = filled.sum(axis=0) >= max(min_answers, 3)
    for j in np.flatnonzero(kept):
        kept[j] = np.nanmax(values[:, j]) > np.nanmin(values[:, j])
    pairs = filled.astype(int).T @ filled.astype(int)
    while kept.sum() > 1:
        short = (pairs[np.ix_(kept, kept)] < min_answers).sum(axis=0)
        if not short.any():
            break
        worst = np.lexsort((filled[:, kept].sum(axis=0), -short))[0]
        kept[np.flatnonzero(kept)[worst]] = False
    return kept


def _segments(answers: Answers, min_answers: int) -> list[str]:
    """Segments with enough respondents, where there are two at least."""
    names, counts = np.unique([s for s in answers.segment if s is not None], return_counts=True)
    return [str(name) for name, n in zip(names, counts, strict=True) if n >= min_answers] if len(names) > 1 else []


def _beside_the_rest(
    answers: Answers, values: np.ndarray, segments: list[str], min_answers: int
) -> dict[str, tuple[shares.Estimate, shares.Estimate]]:
    """Segment: its mean and that of the respondents it is compared with; only segments with enough of both."""
    filled = np.isfinite(values)
    members = {name: filled & (answers.segment == name) for name in segments}
    enough = [name for name, own in members.items() if min(own.sum(), (filled & ~own).sum()) >= min_answers]

    def compared(name: str, apart: set[str]) -> tuple[shares.Estimate, shares.Estimate]:
        others = filled & ~members[name]
        rest = others & ~np.isin(answers.segment, list(apart))
        rest = rest if rest.sum() >= min_answers else others
        return _mean(values, answers.weights, members[name]), _mean(values, answers.weights, rest)

    alike, apart = list(enough), set()
    while len(alike) > 2:
        tests = [shares.difference(*compared(name, apart)) for name in alike]
        p = np.array([shares.p_value(test) for test in tests])
        if not np.nanmin(shares.benjamini_hochberg(p)) < ALPHA:
            break
        apart.add(alike.pop(int(np.lexsort((-np.abs([test.value for test in tests]), p))[0])))
    if len(alike) == 2 and shares.p_value(shares.difference(*compared(alike[0], apart))) < ALPHA:
        apart = set()
    return {name: compared(name, apart) for name in enough}


def _mean(values: np.ndarray, weights: np.ndarray | None, keep: np.ndarray) -> shares.Estimate:
    return shares.mean(values[keep], None if weights is None else weights[keep])


def _means(values: np.ndarray, weights: np.ndarray | None, name: str) -> dict[str, list[float]]:
    found = [_mean(column, weights, np.isfinite(column)) for column in values.T]
    return {name: [e.value for e in found], f"{name}_low": [e.low for e in found], f"{name}_high": [e.high for e in found]}
