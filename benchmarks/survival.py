"""Kaplan–Meier with Greenwood's intervals from a million durations, beside lifelines; both must find the same curve.

Durations are days, as the tables hold them: many end on one day. Both read the same file, estimate the curve with its
log-log interval, and give the survival at five days.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from _beside import measure, our_python, peer_python, report

N_DURATIONS = 1_000_000
DAYS = (1, 30, 180, 365, 900)
FURTHEST = 1e-6  # allowed between the two; lifelines sums logarithms

OURS = """
import json, sys, time
import numpy as np
from cvclib.methods.survival import kaplan_meier, survival_at
table = np.load(sys.argv[1])
started = time.perf_counter()
curve = kaplan_meier(table["days"], table["happened"])
found = [list(survival_at(curve, day))[:3] for day in json.loads(sys.argv[2])]
print(json.dumps({"seconds": time.perf_counter() - started, "found": found}))
"""
THEIRS = """
import json, sys, time
import numpy as np
from lifelines import KaplanMeierFitter
table = np.load(sys.argv[1])
started = time.perf_counter()
fitter = KaplanMeierFitter().fit(table["days"], table["happened"])
ends = fitter.confidence_interval_survival_function_
found = []
for day in json.loads(sys.argv[2]):
    row = ends[ends.index <= day].iloc[-1]
    found.append([float(fitter.predict(day)), float(row.iloc[0]), float(row.iloc[1])])
print(json.dumps({"seconds": time.perf_counter() - started, "found": found}))
"""


def durations(folder: Path, *, rounded: bool) -> Path:
    """Waits that differ between customers, cut off at different times; in whole days or to the second."""
    rng = np.random.default_rng(20261122)
    waits = rng.exponential(1 / rng.gamma(0.9, 1 / 250, N_DURATIONS))
    cut = rng.uniform(30, 1095, N_DURATIONS)
    days = np.minimum(waits, cut)
    file = folder / f"durations-{'days' if rounded else 'seconds'}.npz"
    np.savez(file, days=np.ceil(days) if rounded else np.round(days, 5), happened=waits <= cut)
    return file


def main() -> int:
    """Measure both sides, check that they agree, and print the ratios."""
    agree = True
    with tempfile.TemporaryDirectory() as folder:
        for rounded, words in ((True, "in days"), (False, "to the second")):
            file = durations(Path(folder), rounded=rounded)
            title = f"Kaplan–Meier, {N_DURATIONS:,} durations {words}"
            ours = measure([our_python(), "-c", OURS, file, json.dumps(DAYS)])
            try:
                theirs = measure([peer_python("lifelines"), "-c", THEIRS, file, json.dumps(DAYS)])
            except RuntimeError as error:
                report(title, ours, None, "lifelines", str(error)[:200])
                continue
            report(title, ours, theirs, "lifelines")
            own, other = (json.loads(side.output.splitlines()[-1]) for side in (ours, theirs))
            furthest = float(np.abs(np.array(own["found"]) - np.array(other["found"])).max())
            print(
                f"  the estimate alone: cvclib {own['seconds']:.2f} s, lifelines {other['seconds']:.2f} s, "
                f"ratio {own['seconds'] / other['seconds']:.2f}; largest difference {furthest:.1e}"
            )
            agree &= furthest < FURTHEST
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
