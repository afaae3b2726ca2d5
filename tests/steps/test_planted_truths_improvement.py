"""What is planted about past initiatives comes out of the demonstration client."""

from cvclib.demo import planted_truths
from cvclib.steps import continuous_improvement as step


def test_the_initiative_that_worked_is_seen_to_and_the_one_that_did_not_is_not(nordic_beds):
    """Time slots raised the on-time share by 0.12 from April 2025; the chat on the service page did nothing to effort."""
    truths = planted_truths()
    found = {one.initiative: one for one in step.past_initiatives(nordic_beds)}
    worked, failed = found[truths.worked.initiative], found[truths.failed.initiative]
    assert worked.verdict == "rose"
    assert (worked.models["low"] < truths.worked.change).all()
    assert (worked.models["high"] > truths.worked.change).all()
    assert failed.verdict == "no change seen"
    assert (failed.judging["low"] < 0).all()
    assert (failed.judging["high"] > 0).all()
    assert len(worked.judging) >= 4
    assert len(failed.judging) >= 4
