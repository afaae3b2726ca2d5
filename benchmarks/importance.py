"""Derived importance of 12 attributes from 100,000 answers, with 200 bootstrap draws, beside PyPI's dominance-analysis.

The peer has no bootstrap: it is measured on the answers once, and what 200 draws would take is its time for one,
multiplied; start of Python and imports are counted once. Both read the same file and must find the same shares.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from _beside import Measured, measure, our_python, peer_python, report

N_ANSWERS, N_DRIVERS, N_DRAWS = 100_000, 12, 200
LIMIT_SECONDS = 420.0  # for the peer's single pass over 4,096 subsets

OURS = """
import json, sys
import numpy as np
from cvclib.methods.importance import derived_importance
table = np.load(sys.argv[1])
found = derived_importance(table[:, :-1], table[:, -1], rng=np.random.default_rng(1), replicates=int(sys.argv[2]))
print(json.dumps({"contribution": found.contribution.tolist(), "low": found.low.tolist(), "high": found.high.tolist()}))
"""
THEIRS = """
import contextlib, io, json, sys, time
import numpy as np, pandas as pd
from dominance_analysis import Dominance
table = np.load(sys.argv[1])
names = [f"x{i:02d}" for i in range(table.shape[1] - 1)]
frame = pd.DataFrame(table, columns=[*names, "y"])
started = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    shares = Dominance(data=frame, target="y", objective=1, top_k=len(names)).incremental_rsquare()
print(json.dumps({"seconds": time.perf_counter() - started, "contribution": [shares[name] for name in names]}))
"""


def answers(folder: Path) -> Path:
    """Ratings 1 to 5 that hang together, and a satisfaction they bring about."""
    rng = np.random.default_rng(20261122)
    common = rng.normal(size=(N_ANSWERS, 1))
    ratings = np.clip(np.round(3.7 + 0.8 * rng.normal(size=(N_ANSWERS, N_DRIVERS)) + 0.5 * common), 1, 5)
    outcome = ratings @ np.linspace(0, 0.5, N_DRIVERS) + rng.normal(size=N_ANSWERS)
    file = folder / "answers.npy"
    np.save(file, np.column_stack([ratings, outcome]))
    return file


def main() -> None:
    """Measure both sides, check that they agree, and print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        file = answers(Path(folder))
        ours = measure([our_python(), "-c", OURS, file, str(N_DRAWS)])
        once = measure([our_python(), "-c", OURS, file, "0"])
        found = json.loads(ours.output.splitlines()[-1])
        title = f"Importance of {N_DRIVERS} attributes, {N_ANSWERS:,} answers"
        try:
            theirs = measure([peer_python("dominance-analysis"), "-c", THEIRS, file], limit_seconds=LIMIT_SECONDS)
        except RuntimeError as error:
            report(f"{title}, {N_DRAWS} draws", ours, None, "dominance-analysis", str(error)[:200])
            return
        report(f"{title}, no bootstrap", once, theirs, "dominance-analysis")
        if not theirs.finished:
            whole = Measured(theirs.seconds * (N_DRAWS + 1), theirs.peak_mb, finished=False)
            report(
                f"{title}, {N_DRAWS} draws (peer: its limit times {N_DRAWS + 1}, as it has no bootstrap)", ours, whole, "dominance-analysis"
            )
            return
        said = json.loads(theirs.output.splitlines()[-1])
        furthest = float(np.abs(np.array(said["contribution"]) - np.array(found["contribution"])).max())
        print(f"largest difference between the contributions: {furthest:.1e}")
        whole = Measured(theirs.seconds + N_DRAWS * said["seconds"], theirs.peak_mb)
        report(f"{title}, {N_DRAWS} draws (peer: one pass times {N_DRAWS + 1}, as it has no bootstrap)", ours, whole, "dominance-analysis")


if __name__ == "__main__":
    sys.exit(main())
