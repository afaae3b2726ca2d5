"""How often the intervals of referral, earned growth and treatment effects hold the truth; nominal 95%.

Each line printed is ``name | n | coverage``; see them with ``pytest tests/coverage -rP``.
"""

import numpy as np
import pandas as pd
import pytest

from cvclib.methods.treatment import treatment_effect

DRAWS = 2_000


def chance(x: np.ndarray, treated: np.ndarray | int) -> np.ndarray:
    return 1 / (1 + np.exp(-(-0.8 + 0.7 * x[:, 0] + 0.5 * x[:, 1] + 0.5 * treated)))


def treat(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Two covariates that drive treatment and outcome, a number and a yes or no."""
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.5])
    return x, rng.random(n) < 1 / (1 + np.exp(-(-0.3 + 0.5 * x[:, 0] + 0.4 * x[:, 1])))


def test_doubly_robust_and_weighted_effects_cover():
    rng = np.random.default_rng(0)
    x, treated = treat(rng, 1_000_000)
    gain, ratio = chance(x, 1) - chance(x, 0), chance(x, 1).mean() / chance(x, 0).mean()
    truths = {"effect, doubly robust": gain.mean(), "effect on the treated, doubly robust": gain[treated].mean(),
              "effect, inverse propensity weights": gain.mean(), "risk ratio, doubly robust": ratio}  # fmt: skip
    n, hits = 400, np.zeros(4)
    for _ in range(DRAWS):
        x, treated = treat(rng, n)
        outcome = rng.random(n) < chance(x, treated)
        found = treatment_effect(pd.DataFrame(x), treated, outcome, overlap=(0, 1))
        estimates = (found.ate, found.att, found.weighted, found.ratio)
        hits += [e.low <= truth <= e.high for e, truth in zip(estimates, truths.values(), strict=True)]
    for name, share in zip(truths, hits / DRAWS, strict=True):
        print(f"{name} | {n} | {share:.3f}")
        assert 0.935 <= share <= 0.965 or pytest.fail(f"{name} covers {share:.3f}")
