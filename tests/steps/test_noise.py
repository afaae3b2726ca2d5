"""Where nothing depends on anything, the steps state nothing.

200 companies without a signal are drawn (`cvclib.demo.noise`). A family is all findings of a step that rest on one
table or figure; it is tested at 5%, so at most 10 of the 200 may hold a finding of a difference or a driver.
"""

from collections import Counter

import numpy as np
import pytest

from cvclib.client import Client
from cvclib.demo.noise import noise_tables
from cvclib.steps import collaboration, process_mapping, technology_integration, value_identification

N_RUNS = 200
MOST = 10  # 5% of the runs
SEED = 20261122
STEPS = (process_mapping, value_identification, technology_integration, collaboration)
# What is counted from a list that the client hands in is a fact of that list, not an estimate: here every department does every task.
COUNTED = {"Faults in who does what"}


@pytest.mark.parametrize("step", STEPS, ids=lambda module: module.__name__.rpartition(".")[2])
def test_no_family_of_findings_is_stated_in_more_than_one_run_in_twenty(step):
    stated, examples = Counter(), {}
    for run in range(N_RUNS):
        client = Client.from_frames(noise_tables(np.random.default_rng([SEED, run])))
        found = {f.table: f.claim for f in step.findings(client) if f.kind != "no signal" and f.table not in COUNTED}
        stated.update(found.keys())
        examples |= found
    assert {table: (n, examples[table]) for table, n in stated.items() if n > MOST} == {}
