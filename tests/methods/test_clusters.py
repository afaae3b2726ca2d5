"""Groups made from pairs: their names, the guard against chains, and their agreement with a truth."""

import pandas as pd
import pytest

from cvclib.methods import clusters


def pairs(*rows):
    return pd.DataFrame(rows, columns=["left", "right", "probability"])


def test_agreement_with_the_truth_is_that_of_the_reference():
    """Truths 3.2: {1,2,3},{4,5} against {1,2},{3,4,5}; R scikit-learn."""
    made = clusters.agreement_with_truth(dict(zip("12345", "aaabb", strict=True)), dict(zip("12345", "xxyyy", strict=True)))
    assert (made["pairwise_precision"], made["pairwise_recall"]) == (0.5, 0.5)
    assert made["b_cubed_precision"] == pytest.approx(0.733333, abs=1e-6)
    assert made["b_cubed_recall"] == pytest.approx(0.733333, abs=1e-6)
    assert made["adjusted_rand"] == pytest.approx(0.166667, abs=1e-6)


def test_other_records_than_the_truths_are_refused():
    with pytest.raises(ValueError, match="same records"):
        clusters.agreement_with_truth({"1": "a"}, {"2": "a"})


def test_records_linked_through_others_are_one_group():
    made = clusters.cluster_records(pairs(("1", "2", 0.99), ("2", "3", 0.9), ("8", "9", 0.95), ("4", "5", 0.4)), 0.5)
    assert made.to_dict("list") == {"id": ["1", "2", "3", "8", "9"], "cluster": ["1", "1", "1", "8", "8"]}


def test_one_weak_link_does_not_join_two_groups_of_four():
    """One link of sixteen pairs between them is less than a fifth; without the guard all eight are one."""
    firm = [(a, b, 0.99) for group in ("abcd", "wxyz") for i, a in enumerate(group) for b in group[i + 1 :]]
    made = clusters.cluster_records(pairs(*firm, ("d", "w", 0.6)), 0.5)
    assert made.groupby("cluster")["id"].agg("".join).to_dict() == {"a": "abcd", "w": "wxyz"}
    assert clusters.cluster_records(pairs(*firm, ("d", "w", 0.6)), 0.5, least_linked=0)["cluster"].nunique() == 1


def test_a_group_keeps_its_name_when_records_are_added_and_rows_are_shuffled():
    first = pairs(("1", "2", 0.99), ("3", "4", 0.9))
    later = pd.concat([pairs(("2", "7", 0.97), ("8", "9", 0.9)), first.iloc[::-1]])
    before = clusters.cluster_records(first, 0.5).set_index("id")["cluster"]
    after = clusters.cluster_records(later, 0.5).set_index("id")["cluster"]
    assert after[before.index].equals(before)
    assert after["7"] == "1"


def test_without_links_there_is_no_group():
    assert clusters.cluster_records(pairs(), 0.5).empty
