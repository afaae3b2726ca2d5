"""Small groups are not shown."""

import pandas as pd

from cvclib.privacy import suppress_small


def test_a_group_below_the_minimum_keeps_its_name_only():
    groups = pd.DataFrame({"segment": ["a", "b"], "nps": [30.0, 100.0], "note": ["x", "y"], "n": [5, 4]})
    hidden = suppress_small(groups, minimum=5, keep=["segment"])
    assert hidden.loc[0].tolist() == ["a", 30.0, "x", 5.0]
    assert hidden.loc[1, "segment"] == "b"
    assert hidden.loc[1, ["nps", "note", "n"]].isna().all()


def test_the_frame_that_came_in_is_not_changed():
    groups = pd.DataFrame({"segment": ["a"], "n": [1]})
    suppress_small(groups, minimum=5, keep=["segment"])
    assert groups["n"].tolist() == [1]
