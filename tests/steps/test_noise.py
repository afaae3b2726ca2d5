"""Where nothing depends on anything, the steps state nothing.

200 companies without a signal are drawn (`cvclib.demo.noise`). A family is all findings of a step that rest on one
table or figure; it is tested at 5%, so at most 10 of the 200 may hold a finding of a difference or a driver. What step 3
says of such a company is counted rather than tested (blanks, keys, ties), but for the silence of a table and the
disagreement of two systems; as its match asks the engine most, it is drawn 40 times, of which 2 make 5%. Steps 5 to 7 ask it
most of all and are drawn 24 times: there as many are allowed as a true rate of 5% shows in 99 of 100 cases.
"""

from collections import Counter
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from cvclib.client import Client
from cvclib.demo.noise import noise_tables
from cvclib.findings import Finding
from cvclib.steps import (
    advocacy,
    collaboration,
    continuous_improvement,
    performance_evaluation,
    process_mapping,
    questions,
    technology_integration,
    value_identification,
)
from cvclib.steps.cost_exhibits import cost_findings

AT_MOST = 0.05  # of the runs
SEED = 20261122
RUNS = {
    process_mapping: 200,
    performance_evaluation: 24,
    advocacy: 24,
    value_identification: 200,
    continuous_improvement: 24,
    technology_integration: 40,
    collaboration: 200,
}
N_CUSTOMERS = {technology_integration: 150}  # 400 elsewhere
FEW_ANSWERS = 10  # cost against value asks for 30 answers a touchpoint, which 400 customers over two years do not give
# What is counted from a list that the client hands in is a fact of that list, not an estimate: here every department does every task.
COUNTED = {"Faults in who does what"}
# What is said of a level, with its interval, and of no difference, change or driver.
LEVELS = ("The net promoter score is", "Of last period's revenue", "% of customers referred somebody")


def _name(step: ModuleType) -> str:
    return step.__name__.rpartition(".")[2]


def _client(step: ModuleType, run: int) -> Client:
    return Client.from_frames(noise_tables(np.random.default_rng([SEED, run]), N_CUSTOMERS.get(step, 400)))


def _findings(step: ModuleType, client: Client) -> list[Finding]:
    more = cost_findings(client, min_answers=FEW_ANSWERS) if step is value_identification else []
    return [*step.findings(client), *more]


def _is_signal(finding: Finding) -> bool:
    return finding.kind != "no signal" and finding.table not in COUNTED and not any(level in finding.claim for level in LEVELS)


# The longest first, so that two workers end at about the same time.
@pytest.mark.parametrize("step", RUNS, ids=_name)
def test_no_family_of_findings_is_stated_in_more_than_one_run_in_twenty(step: ModuleType) -> None:
    stated, examples = Counter(), {}
    for run in range(RUNS[step]):
        found = {f.table: f.claim for f in _findings(step, _client(step, run)) if _is_signal(f)}
        stated.update(found.keys())
        examples |= found
    most = AT_MOST * RUNS[step] if RUNS[step] >= 40 else stats.binom.ppf(0.99, RUNS[step], AT_MOST)
    assert {table: (n, examples[table]) for table, n in stated.items() if n > most} == {}


@pytest.mark.parametrize("step", [process_mapping, value_identification, technology_integration, collaboration], ids=_name)
def test_no_family_is_silent_for_want_of_data(step: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    too_few = []
    monkeypatch.setattr(questions.TooFewAnswersError, "__init__", lambda self, *said: too_few.extend(said))
    client = _client(step, 0)
    assert step.gaps(client) == []
    step.findings(client)
    if step is value_identification:
        assert [said for said in too_few if "cost, interactions" not in said] == []
        too_few.clear()
        cost_findings(client, min_answers=FEW_ANSWERS)
    assert too_few == []


# Companies large enough that steps 5 to 7 can judge all they judge, and what it was seen not to show at these sizes.
LARGE = {performance_evaluation: 2000, advocacy: 400, continuous_improvement: 1500}
NOT_KNOWN = {performance_evaluation: ["Cancelled orders?", "Returned orders?"]}  # nothing is cancelled or returned
NOT_JUDGED = {
    # Whoever orders twice does so within the one journey, before the first delivery: nobody is left to order again after it.
    advocacy: ["Help line within 30 days of the first delivery", "Discount on the second order"],
    # All contracts have one chance to end, which the model of unlike contracts cannot tell from none; all initiatives are done, none is planned.
    continuous_improvement: ["Contracts end in a way that the model does not describe", "Fewer than two planned initiatives"],
}


@pytest.mark.parametrize("step", LARGE, ids=_name)
def test_steps_five_to_seven_judge_all_that_a_company_without_a_signal_can_show(step: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    too_few = []
    monkeypatch.setattr(questions.TooFewAnswersError, "__init__", lambda self, *said: too_few.extend(said))
    client = Client.from_frames(noise_tables(np.random.default_rng([SEED, 0]), LARGE[step]))
    assert [gap.question for gap in step.gaps(client)] == NOT_KNOWN.get(step, [])
    step.findings(client)
    expected = NOT_JUDGED.get(step, [])
    assert [said for said in too_few if not said.startswith(tuple(expected))] == []
    assert [start for start in expected if not any(said.startswith(start) for said in too_few)] == []
