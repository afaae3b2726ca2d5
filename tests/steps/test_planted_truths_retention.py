"""What is planted of coming back and of staying under contract is recovered, whichever the seed."""

import numpy as np
import pytest
from scipy.special import betaln

from cvclib.client import Client
from cvclib.demo import planted_truths, write_demo
from cvclib.methods.survival import survival_at
from cvclib.sources.cache import FOLDER_VARIABLE
from cvclib.steps import coming_back, coming_back_exhibits, contract_exhibits, contracts

SEEDS = (1, 3, 7)
Z_BONFERRONI = 2.87  # two-sided 99.6%: twelve intervals, one in twenty runs with a miss


@pytest.fixture(scope="module", params=SEEDS)
def planted(request, tmp_path_factory):
    """The truths of a demonstration client and the client."""
    folder = tmp_path_factory.mktemp("planted") / f"seed-{request.param}"
    write_demo(folder, seed=request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield planted_truths(request.param), Client.open(folder / f"{folder.name}.yaml")


def test_the_survival_of_contracts_is_the_shifted_beta_geometric_planted(planted):
    """S(t) = B(alpha, beta + t) / B(alpha, beta) at 1, 3, 6 and 12 months, within the interval widened for four looks and three seeds."""
    truths, client = planted
    curve = coming_back.curve_of(contracts.stays(client), "months")
    for month in (1, 3, 6, 12):
        truth = float(
            np.exp(betaln(truths.contract_alpha, truths.contract_beta + month) - betaln(truths.contract_alpha, truths.contract_beta))
        )
        found = survival_at(curve, month)
        wider = Z_BONFERRONI / 1.959964
        assert found.value - wider * (found.value - found.low) <= truth <= found.value + wider * (found.high - found.value)


def test_only_the_planted_segment_does_worse_and_others_only_better_than_a_group_that_holds_it(planted):
    """Satisfaction drives both, and only `segment_differs` is less satisfied: against it, and those beside it, others are better."""
    truths, client = planted
    found = coming_back_exhibits.coming_back_findings(client) + contract_exhibits.contract_findings(client)
    named = [f for f in found if "lost early" not in f.claim]
    for finding in named:
        assert finding.claim.startswith(truths.segment_differs) == (finding.kind == "problem")
    waits = coming_back.waits(client)
    second = waits[waits["step"] == coming_back.SECOND]
    for apart in coming_back.standing_out(second, "days", smallest=20):
        assert truths.segment_differs in (apart.segment, *apart.against)
