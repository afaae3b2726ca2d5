"""The truths planted in the demonstration client that step 7 forecasts from: drivers, the leaking stage, loyalty."""

from cvclib.demo import planted_truths
from cvclib.steps.journey_gain import journey_gain
from cvclib.steps.opportunities import opportunities
from cvclib.steps.what_if import what_if


def test_the_strongest_drivers_bring_most(nordic_beds):
    """Bed comfort, then on-time delivery; just the four planted drivers are seen to bring anything."""
    truths, found = planted_truths(), what_if(nordic_beds)
    assert found.frame["attribute"].head(2).tolist() == list(truths.drivers[:2])
    assert set(found.seen["attribute"]) == set(truths.drivers)


def test_the_slopes_are_the_planted_weights(nordic_beds):
    """Outside the segment that differs; on-time delivery weighs more there, so that its mean lies between."""
    truths, frame = planted_truths(), what_if(nordic_beds, change=1.0).frame.set_index("attribute")
    for name in set(truths.drivers) - {truths.segment_attribute}:
        assert frame.loc[name, "satisfaction_low"] < truths.driver_weights[name] < frame.loc[name, "satisfaction_high"]
    low = truths.driver_weights[truths.segment_attribute]
    assert low < frame.loc[truths.segment_attribute, "slope"] < low + truths.segment_extra_weight


def test_loyalty_gives_the_second_link(nordic_beds):
    """Who is satisfied buys again more often, as the planted correlation of 0.75 says."""
    found = what_if(nordic_beds)
    assert found.behaves == "orders"
    assert found.behaviour.slope.low > 0
    assert found.behaviour.p < 0.001


def test_the_leaking_stage_has_most_to_gain(nordic_beds):
    truths, frame = planted_truths(), journey_gain(nordic_beds).frame
    assert frame["stage"][0] == truths.leaking_stage
    assert frame["worst"][0] == 1


def test_the_segment_that_differs_needs_its_attribute_more(nordic_beds):
    truths, found = planted_truths(), opportunities(nordic_beds).segments
    above = found[(found["p_adjusted"] < 0.05) & (found["difference"] > 0)]
    assert list(zip(above["segment"], above["attribute"], strict=True)) == [(truths.segment_differs, truths.segment_attribute)]
