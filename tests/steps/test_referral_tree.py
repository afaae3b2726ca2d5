"""Trees of referral: counted by hand, also where the records hold what cannot be."""

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Figure, Reading
from cvclib.findings import Gap
from cvclib.steps.referral_tree import referral_tree, referral_tree_reading, referral_trees


def told(*pairs, **columns):
    frame = pd.DataFrame([tuple(pair) for pair in pairs], columns=["referrer_id", "referred_id"])
    return {"referrals": frame.assign(referred_at="2025-03-01", **columns)}


def test_two_trees_are_counted_by_generation_and_size():
    """a brings b and c, b brings d, d brings e; f brings g. Generations 2, 3, 1, 1; trees of 4 and 1."""
    trees = referral_trees(Client.from_frames(told(*["ab", "ac", "bd", "de", "fg"])))
    assert trees.generations["n"].tolist() == [2, 3, 1, 1]
    assert trees.generations["referrers"].tolist() == [2, 1, 1, 0]
    assert trees.sizes.set_index("brought")["n"].to_dict() == {1: 1, 4: 1}
    assert (trees.depth, trees.n_self, trees.n_twice, trees.n_in_loops) == (3, 0, 0, 0)


def test_self_referrals_loops_and_second_referrers_are_left_out_and_said():
    """h refers h; i and j each other, j also k: three in or after a loop. b was referred by a, later by f too."""
    frames = told(*["ab", "ac", "hh", "ij", "ji", "jk", "fb", "fg"])
    frames["referrals"].loc[6, "referred_at"] = "2025-05-01"
    client = Client.from_frames(frames)
    trees = referral_trees(client)
    assert (trees.n_self, trees.n_twice, trees.n_in_loops) == (1, 1, 3)
    assert trees.sizes.set_index("brought")["n"].to_dict() == {1: 1, 2: 1}
    reading = str(referral_tree_reading(client))
    assert "1 records have customers refer themselves" in reading
    assert "3 customers are in loops" in reading


def test_a_loop_alone_is_no_tree():
    assert isinstance(referral_tree(Client.from_frames(told("ab", "ba"))), Reading)


def test_customers_own_records_tell_who_brought_them():
    customers = pd.DataFrame({"customer_id": list("abc"), "referred_by": [None, "a", "b"], "acquired_at": "2024-05-01"})
    assert referral_trees(Client.from_frames({"customers": customers})).depth == 2


def test_the_figure_takes_small_generations_together_and_shows_no_customer():
    pairs = [("head", f"p{i}") for i in range(40)] + [("p1", "q1"), ("q1", "r1"), ("r1", "s1")]
    figure = referral_tree(Client.from_frames(told(*pairs)))
    assert isinstance(figure, Figure)
    assert figure.data.frame["generation"].tolist()[-1].endswith("and later")
    assert not figure.data.frame.astype(str).apply(lambda column: column.str.contains("p1|q1|head")).any().any()


def test_without_who_was_referred_it_is_a_gap():
    referrals = pd.DataFrame({"referrer_id": ["a"], "referred_at": ["2025-02-01"]})
    assert isinstance(referral_tree(Client.from_frames({"referrals": referrals})), Gap)
