"""Bootstrap intervals of the net promoter score by 50 segments, 1 million answers and 1,000 draws, beside scipy.stats.bootstrap.

Both read the same file and give percentile intervals for every segment; the two must agree but for the luck of the draw.
scipy is a dependency of the product, so the peer runs in the same environment.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from _beside import measure, our_python, report

N_ANSWERS, N_SEGMENTS, N_DRAWS = 1_000_000, 50, 1_000

OURS = """
import json, sys
import numpy as np
from cvclib.methods.score_bootstrap import score_intervals
table = np.load(sys.argv[1])
found = score_intervals(table[:, 1], table[:, 0], rng=np.random.default_rng(1), draws=int(sys.argv[2]))
print(json.dumps({"low": found.low.tolist(), "high": found.high.tolist()}))
"""
THEIRS = """
import json, sys
import numpy as np
from scipy import stats
table = np.load(sys.argv[1])
side = np.where(table[:, 1] >= 9, 100.0, np.where(table[:, 1] <= 6, -100.0, 0.0))
order = np.argsort(table[:, 0], kind="stable")
parts = np.split(side[order], np.flatnonzero(np.diff(table[order, 0])) + 1)
rng, low, high = np.random.default_rng(1), [], []
for part in parts:
    found = stats.bootstrap((part,), np.mean, n_resamples=int(sys.argv[2]), method="percentile", vectorized=True, batch=50, rng=rng)
    low.append(found.confidence_interval.low)
    high.append(found.confidence_interval.high)
print(json.dumps({"low": low, "high": high}))
"""


def answers(folder: Path) -> Path:
    """Segments 0 to 49 and scores 0 to 10, the segments a little apart."""
    rng = np.random.default_rng(20261122)
    segment = rng.integers(0, N_SEGMENTS, N_ANSWERS)
    scores = np.clip(np.round(7.8 + 0.01 * segment + rng.normal(0, 1.8, N_ANSWERS)), 0, 10)
    file = folder / "answers.npy"
    np.save(file, np.column_stack([segment, scores]).astype(np.int8))
    return file


def main() -> None:
    """Measure both sides, check that they agree, and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        file = answers(Path(folder))
        ours, theirs = (measure([our_python(), "-c", code, file, str(N_DRAWS)]) for code in (OURS, THEIRS))
    found, said = (json.loads(side.output.splitlines()[-1]) for side in (ours, theirs))
    furthest = max(float(np.abs(np.array(found[end]) - np.array(said[end])).max()) for end in ("low", "high"))
    print(f"largest difference between the ends of the intervals: {furthest:.2f} points")
    report(f"NPS of {N_SEGMENTS} segments, {N_ANSWERS:,} answers, {N_DRAWS:,} draws", ours, theirs, "scipy.stats.bootstrap")


if __name__ == "__main__":
    sys.exit(main())
