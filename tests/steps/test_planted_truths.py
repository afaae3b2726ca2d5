"""What is planted in a demonstration client is what its findings say, whichever the seed."""

import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths, write_demo
from cvclib.sources.cache import FOLDER_VARIABLE
from cvclib.steps import collaboration, process_mapping, technology_integration, value_identification
from cvclib.tables import STAGES

SEEDS = (1, 3, 7)


@pytest.fixture(scope="module", params=SEEDS)
def planted(request, tmp_path_factory):
    """The truths of a demonstration client, and what each step concludes of it."""
    folder = tmp_path_factory.mktemp("planted") / f"seed-{request.param}"
    write_demo(folder, seed=request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        client = Client.open(folder / f"{folder.name}.yaml")
        steps = (process_mapping, value_identification, technology_integration, collaboration)
        yield planted_truths(request.param), {step: step.findings(client) for step in steps}


def said(findings, *words):
    """Claims that hold all the words."""
    return [f.claim for f in findings if all(word in f.claim for word in words)]


def test_the_stage_that_leaks_is_named_the_leakiest(planted):
    truths, found = planted
    next_stage = STAGES[STAGES.index(truths.leaking_stage) + 1]
    assert said(found[process_mapping], f"The leakiest step is from {truths.leaking_stage} to {next_stage}")


def test_the_loop_back_to_the_comparison_is_found_as_often_as_planted(planted):
    truths, found = planted
    claim = next(f for f in found[process_mapping] if "come back to it" in f.claim)
    assert "Online comparison" in claim.claim
    assert claim.estimate.low < truths.loop_probability < claim.estimate.high + 0.05  # some journeys end before they go back


def test_the_worst_touchpoint_is_named_where_it_is_clearly_worse(planted):
    truths, found = planted
    worst = min(truths.touchpoint_satisfaction, key=truths.touchpoint_satisfaction.get)
    assert said(found[process_mapping], "least satisfied at", worst)


def test_the_strongest_planted_driver_leads_and_nothing_that_drives_nothing_is_named(planted):
    truths, found = planted
    (claim,) = said(found[value_identification], "strongest driver")
    assert any(name in claim for name in list(truths.importance_shares)[:2])
    assert not any(name in claim for name, weight in truths.driver_weights.items() if weight == 0)


def test_what_is_only_said_to_matter_is_named(planted):
    truths, found = planted
    (claim,) = said(found[value_identification], "hardly moving their satisfaction")
    assert truths.overrated_attribute in claim


def test_the_segment_that_differs_is_the_only_one_named(planted):
    truths, found = planted
    claims = said(found[value_identification], "Segment ", " than the others")
    assert claims and all(truths.segment_differs in claim for claim in claims)
    assert any(truths.segment_attribute in claim for claim in claims)


def test_the_planted_needs_and_only_these_are_named(planted):
    truths, found = planted
    (claim,) = said(found[value_identification], "absence dissatisfies")
    named = {name for name in truths.kano if name in claim}
    assert named == {name for name, category in truths.kano.items() if category == "must-be"}


def test_delivery_is_worth_more_to_the_customer_than_it_costs(planted):
    _, found = planted
    assert said(found[value_identification], "Home delivery costs", "saves the customer")


def test_duplicates_and_the_tie_between_the_systems_are_stated(planted):
    _, found = planted
    assert said(found[technology_integration], "The CRM holds")
    assert said(found[technology_integration], "Bringing CRM and ERP together")


def test_the_faults_in_who_does_what_and_the_department_out_of_line_are_named(planted):
    truths, found = planted
    evidence = " ".join(f.evidence for f in found[collaboration])
    assert truths.no_accountable in evidence and truths.two_accountable in evidence
    assert said(found[collaboration], truths.department_out_of_line, "furthest from what customers say matters")
