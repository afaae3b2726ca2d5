"""How often the interval of a difference of two changes holds the truth: nominal 95%, 4,000 draws each.

What an initiative moved is its metric's change less the change elsewhere in the same time, each of four groups of answers
estimated by itself. Each test prints ``name | answers before, after, elsewhere before, after | coverage``.
"""

import numpy as np
import pytest

from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import ScoreCounts, net_promoter_score_of

DRAWS = 4_000
SIZES = ((30, 40, 120, 150), (100, 80, 400, 300))
GRADES = np.arange(1, 6)
CHANCES = np.array(
    [
        [0.08, 0.12, 0.25, 0.35, 0.20],  # before
        [0.04, 0.08, 0.20, 0.40, 0.28],  # after
        [0.10, 0.15, 0.25, 0.30, 0.20],  # elsewhere before
        [0.08, 0.12, 0.25, 0.33, 0.22],  # elsewhere after
    ]
)
SIGNS = np.array([-1, 1, 1, -1])


def moved(found: list[Estimate]) -> Estimate:
    before, after, there_before, there_after = found
    return shares.difference(shares.difference(after, before), shares.difference(there_after, there_before))


def satisfied(counts: np.ndarray) -> Estimate:
    return shares.share(int(counts[3:].sum()), int(counts.sum()))


def mean_grade(counts: np.ndarray) -> Estimate:
    return shares.mean(np.repeat(GRADES, counts))


def score(counts: np.ndarray) -> Estimate:
    """Grade 5 a promoter, 4 a passive, the rest detractors."""
    parts = np.array([counts[4], counts[3], counts[:3].sum()], dtype=float)
    return net_promoter_score_of(ScoreCounts(np.array([10.0, 7.0, 0.0]), parts, parts, parts))


METRICS = {
    "share satisfied": (satisfied, CHANCES[:, 3:].sum(axis=1)),
    "mean grade": (mean_grade, CHANCES @ GRADES),
    "net promoter score": (score, 100 * (CHANCES[:, 4] - CHANCES[:, :3].sum(axis=1))),
}


@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: f"{sizes[0]}-answers")
@pytest.mark.parametrize("metric", METRICS)
def test_the_difference_of_two_changes_is_covered(metric: str, sizes: tuple[int, ...]) -> None:
    estimate, truths = METRICS[metric]
    rng, truth = np.random.default_rng([7, sizes[0]]), float(SIGNS @ truths)
    groups = [rng.multinomial(n, chances, DRAWS) for n, chances in zip(sizes, CHANCES, strict=True)]
    found = [moved([estimate(counts) for counts in drawn]) for drawn in zip(*groups, strict=True)]
    coverage = float(np.mean([e.low <= truth <= e.high for e in found]))
    print(f"difference in differences, {metric} | {', '.join(map(str, sizes))} | {coverage:.3f}")
    assert 0.935 <= coverage <= 0.965
