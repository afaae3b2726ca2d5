"""How much each planted driver truly weighs: shares of explained variance in a large sample of the generating model.

Lateness and the segment that differs act through the ratings, and moods tie them together, so that the shares
are not simply the planted weights squared.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.demo.journeys import experience
from cvclib.demo.truths import ATTRIBUTES, SEGMENT_SHARES, SEGMENTS, PlantedTruths
from cvclib.methods.importance import lmg

N_PERSONS = 200_000  # at which the shares are good to about 0.002


def population_importance(truths: PlantedTruths, *, rng: np.random.Generator, n_persons: int = N_PERSONS) -> dict[str, float]:
    """Share of the explained variance of the grade that falls on each attribute (LMG), in the population.

    Parameters
    ----------
    truths : PlantedTruths
    rng : numpy.random.Generator
    n_persons : int
        Persons drawn, each delivered to once, late as often as planted before any initiative.

    Returns
    -------
    dict of str to float
        Attribute to share, the strongest first; they add up to 1.

    Examples
    --------
    >>> from cvclib.demo import planted_truths
    >>> shares = population_importance(planted_truths(1), rng=np.random.default_rng(1), n_persons=20_000)
    >>> list(shares)[:2]
    ['Bed comfort', 'On-time delivery']
    """
    segments = rng.choice(np.array(SEGMENTS, dtype=object), n_persons, p=SEGMENT_SHARES)
    persons = pd.DataFrame({"segment": segments, "mood": rng.uniform(-1, 1, n_persons)})
    ratings, grade = experience(rng, truths, persons, rng.random(n_persons) < truths.late_share)
    shares = lmg(np.corrcoef(np.column_stack([ratings, np.clip(grade, 1, 10)]), rowvar=False))
    order = np.argsort(-shares, kind="stable")
    return {ATTRIBUTES[i]: float(shares[i] / shares.sum()) for i in order}
