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
from cvclib.methods.groups import equal_means_p_value
from cvclib.methods.importance_performance import (
    CANNOT_TELL,
    QUADRANTS,
    SURE,
    CrossHairs,
    cross_hairs,
    joint_region,
    quadrant_probabilities,
    spread_p_value,
    sure_quadrants,
)
from cvclib.methods.resampling import bootstrap_means, percentile_interval
from cvclib.steps.answers import Answers, attribute_answers, fewest
from cvclib.steps.drivers import MIN_ANSWERS, Drivers, drivers
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_questions import ALPHA

EVERYONE = "All customers"
CHANCES = ("p_concentrate", "p_keep_up", "p_low_priority", "p_overkill")  # columns, in the order of QUADRANTS

Basis = Literal["stated", "derived"]
Where = Literal["means", "medians", "midpoint"] | tuple[float, float]


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
        ``importance_low``, ``importance_high``, ``performance``, ``low``, ``high``, ``quadrant`` (named only
        where it is sure, else "cannot tell"), ``likely`` (the most probable quadrant) with its ``probability``,
        ``p_concentrate``, ``p_keep_up``, ``p_low_priority``, ``p_overkill`` (of each quadrant, when respondents
        are drawn again), ``var_performance``, ``var_importance``, ``covariance`` (over those draws), ``n``.
    lines : dict of str to (float, float)
        Segment: importance and performance at which the cross-hairs stand.
    basis : {"stated", "derived"}
    rule : str
        Where the cross-hairs stand, in words.
    differ : dict of str to (bool, bool)
        Segment: whether the attributes differ beyond chance in importance, and in performance. Where they do
        not on either, no quadrant is named.
    weighted : bool
        Whether answers count by a sampling weight.
    n_effective : float
        Kish's number of unweighted answers that the respondents are worth.
    """

    frame: pd.DataFrame
    lines: dict[str, tuple[float, float]]
    basis: Basis
    rule: str
    differ: dict[str, tuple[bool, bool]]
    weighted: bool
    n_effective: float

    def of(self, segment: str = EVERYONE) -> pd.DataFrame:
        """Rows of one segment."""
        return self.frame[self.frame["segment"] == segment].reset_index(drop=True)


@once_per_client
def value_map(
    client: Client,
    *,
    importance: Basis | Literal[""] = "",
    where: Where = "means",
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
    where : {"means", "medians", "midpoint"} or (float, float)
        Where the cross-hairs stand: in the middle of the attributes, segment by segment and drawn anew with
        each resample; in the middle of the client's scales (derived importance: an equal share); or fixed.
    min_answers : int
        Answers that an attribute needs, and respondents that a segment needs.
    replicates, seed : int
        Of the bootstrap: respondents are drawn, with all their answers and their weight.

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
    lines_at, rule = _rule(client, where, derived)
    segments = _segments(answers, min_answers)
    draws = _draws(answers, segments, derived, replicates, seed)
    parts, lines, differ = [], {}, {}
    for i, segment in enumerate((*segments, EVERYONE)):
        chosen = answers if segment == EVERYONE else answers.rows(answers.segment == segment)
        at = i if segment != EVERYONE else -1
        one = _one_map(chosen, draws[0][at], draws[1][:, at], lines_at, derived, min_answers)
        if one is not None:
            part, lines[segment], differ[segment] = one
            parts.append(part.assign(segment=segment))
    if not parts:
        raise TooFewAnswersError(f"No attribute has {min_answers} ratings; fewer do not place it on the map.")
    parts, lines = [*parts[-1:], *parts[:-1]], dict([*list(lines.items())[-1:], *list(lines.items())[:-1]])
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[["segment", *[c for c in frame if c != "segment"]]]
    return ValueMap(frame, lines, basis, rule, differ, answers.weights is not None, _effective(answers))


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
    are alike, with all others. As setting apart looks at the data first, a comparison is never surer than the test
    that the segments differ on the attribute at all: ``p`` is the larger of the two.

    See Also
    --------
    cvclib.methods.advocacy.compare_groups : the same for net promoter scores.
    """
    answers, min_answers = attribute_answers(client), fewest(client, min_answers)
    segments, rows = _segments(answers, min_answers), []
    for question, values in (("performance", answers.performance), ("importance", answers.importance)):
        for j, attribute in enumerate(answers.attributes):
            pairs = _beside_the_rest(answers, values[:, j], segments, min_answers)
            any_differs = equal_means_p_value(
                [_mean(values[:, j], answers.weights, _members(answers, values[:, j], name)) for name in pairs]
            )
            for segment, (here, elsewhere) in pairs.items():
                d = shares.difference(here, elsewhere)
                p = np.fmax(shares.p_value(d), any_differs)
                rows.append((segment, attribute, question, here.value, elsewhere.value, d.value, d.low, d.high, p, here.n))
    columns = ["segment", "attribute", "question", "here", "elsewhere", "difference", "low", "high", "p", "n"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(9, "p_adjusted", shares.benjamini_hochberg(frame["p"]))
    return frame.sort_values(["p_adjusted", "p", "segment", "attribute"], ignore_index=True)


def _rule(client: Client, where: Where, derived: Drivers | None) -> tuple[CrossHairs, str]:
    """Where the lines stand, and that in words."""
    if isinstance(where, tuple):
        return where, "at the values given"
    if where != "midpoint":
        middle = "mean" if where == "means" else "median"
        return where, f"at the {middle} of the attributes, drawn anew in each resample"
    scales = client.params.scales
    performance = sum(scales.performance) / 2
    if derived is None:
        return (sum(scales.importance) / 2, performance), "in the middle of the rating scales"
    return (1 / len(derived.attributes), performance), "at an equal share of importance and in the middle of the rating scale"


def _draws(answers: Answers, segments: list[str], derived: Drivers | None, replicates: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Performance and importance of every segment and, last, of all: estimates, and resamples of the same respondents.

    Shapes (segments + 1, 2 k) and (replicates, segments + 1, 2 k). The seed is that of `drivers`, and the rows are
    the same, so that derived importance comes from the same draws too.
    """
    ratings = answers.performance if derived else np.hstack([answers.performance, answers.importance])
    codes = np.full(len(ratings), len(segments))
    for i, segment in enumerate(segments):
        codes[answers.segment == segment] = i
    rng = np.random.default_rng(seed)
    groups = codes if segments else np.zeros(len(ratings), dtype=int)
    means, copies = bootstrap_means(ratings, rng=rng, weights=answers.weights, replicates=replicates, groups=groups)
    if derived is None:
        return means, copies
    place = [derived.attributes.index(name) if name in derived.attributes else -1 for name in answers.attributes]
    importance = np.r_[derived.result.share, np.nan][place]
    again = np.column_stack([derived.result.replicates, np.full(replicates, np.nan)])[:, place]
    return (
        np.hstack([means, np.broadcast_to(importance, (len(means), len(place)))]),
        np.concatenate([copies, np.broadcast_to(again[:, None], (replicates, len(means), len(place)))], axis=2),
    )


def _one_map(
    answers: Answers, means: np.ndarray, copies: np.ndarray, where: CrossHairs, derived: Drivers | None, min_answers: int
) -> tuple[pd.DataFrame, tuple[float, float], tuple[bool, bool]] | None:
    """Rows of one map, its lines, and whether its attributes differ in importance and in performance."""
    k = len(answers.attributes)
    n = np.isfinite(answers.performance).sum(axis=0)
    shown = (n >= min_answers) & np.isfinite(means[k:]) & np.isfinite(means[:k])
    if not shown.any():
        return None
    both = np.r_[shown, shown]
    (performance, importance), (p_copies, i_copies) = np.split(means[both], 2), np.split(copies[:, both], 2, axis=1)
    across, up = (float(line) for line in cross_hairs(importance, performance, where))
    across_copies, up_copies = cross_hairs(i_copies, p_copies, where)
    n_effective = _effective(answers)
    differ = (
        spread_p_value(importance - across, i_copies - across_copies[:, None], n_effective) < ALPHA and (derived is None or derived.signal),
        spread_p_value(performance - up, p_copies - up_copies[:, None], n_effective) < ALPHA,
    )
    chances = quadrant_probabilities(i_copies, p_copies, where)
    likely = np.nan_to_num(chances, nan=-1.0).argmax(axis=1)
    region = joint_region(p_copies, i_copies)
    (low, high), (i_low, i_high) = percentile_interval(p_copies), percentile_interval(i_copies)
    frame = pd.DataFrame(
        {
            "attribute": np.array(answers.attributes)[shown],
            "importance": importance, "importance_low": i_low, "importance_high": i_high,
            "performance": performance, "low": low, "high": high,
            "quadrant": sure_quadrants(chances, SURE) if all(differ) else CANNOT_TELL,
            "likely": [QUADRANTS[i] for i in likely],
            "probability": chances[np.arange(len(likely)), likely],
            **dict(zip(CHANCES, chances.T, strict=True)),
            "var_performance": region[:, 0, 0], "var_importance": region[:, 1, 1], "covariance": region[:, 0, 1],
            "n": n[shown],
        }
    )  # fmt: skip
    return frame, (across, up), differ


def _effective(answers: Answers) -> float:
    """Kish's number of unweighted answers that those who rated anything are worth."""
    rated = np.isfinite(answers.performance).any(axis=1)
    if answers.weights is None:
        return float(rated.sum())
    w = answers.weights[rated]
    return float(w.sum() ** 2 / (w**2).sum()) if (w > 0).any() else 0.0


def _segments(answers: Answers, min_answers: int) -> list[str]:
    """Segments with enough respondents, where there are two at least."""
    names, counts = np.unique([s for s in answers.segment if s is not None], return_counts=True)
    return [str(name) for name, n in zip(names, counts, strict=True) if n >= min_answers] if len(names) > 1 else []


def _beside_the_rest(
    answers: Answers, values: np.ndarray, segments: list[str], min_answers: int
) -> dict[str, tuple[shares.Estimate, shares.Estimate]]:
    """Segment: its mean and that of the respondents it is compared with; only segments with enough of both."""
    filled = np.isfinite(values)
    members = {name: _members(answers, values, name) for name in segments}
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


def _members(answers: Answers, values: np.ndarray, segment: str) -> np.ndarray:
    return np.isfinite(values) & (answers.segment == segment)


def _mean(values: np.ndarray, weights: np.ndarray | None, keep: np.ndarray) -> shares.Estimate:
    return shares.mean(values[keep], None if weights is None else weights[keep])
