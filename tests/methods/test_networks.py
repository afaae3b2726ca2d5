from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvclib.methods import networks

KITE = pd.DataFrame(nx.krackhardt_kite_graph().edges, columns=["source", "target"])
EMAIL = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "email_eu_core"


def kite(weight: float = 1.0) -> pd.DataFrame:
    return KITE.assign(weight=weight)


class TestKrackhardtsKite:
    """Krackhardt 1990, ten nodes; the figures of networkx to four decimals."""

    @pytest.mark.parametrize("weight", [1.0, 7.0])
    def test_degree_betweenness_and_closeness_are_the_published_ones_whatever_the_common_weight(self, weight):
        found = networks.centrality(kite(weight), directed=False)

        assert found["degree"].tolist() == [4, 4, 3, 6, 3, 5, 5, 3, 2, 1]
        assert found["betweenness"].round(4).tolist() == [0.0231, 0.0231, 0, 0.1019, 0, 0.2315, 0.2315, 0.3889, 0.2222, 0]
        assert found["closeness"].round(4).tolist() == [0.5294, 0.5294, 0.5, 0.6, 0.5, 0.6429, 0.6429, 0.6, 0.4286, 0.3103]

    def test_the_three_leaders_differ(self):
        found = networks.centrality(kite(), directed=False).set_index("node")

        assert found["degree"].idxmax() == 3
        assert found["betweenness"].idxmax() == 7
        assert set(found["closeness"].round(9).nlargest(2, keep="all").index) == {5, 6}

    def test_density_is_two_fifths(self):
        """18 of the 45 pairs."""
        assert networks.whole(kite(), directed=False) == (10, 18, 0.4, 1.0, 1)


def test_a_strong_way_round_is_shorter_than_a_weak_tie():
    """a-c directly weighs 1, a-b and b-c weigh 10: mean 7, lengths 7 and 0.7; the way through b is 1.4 long."""
    ties = pd.DataFrame({"source": list("aab"), "target": list("cbc"), "weight": [1, 10, 10]})

    assert networks.centrality(ties, directed=False)["betweenness"].tolist() == [0, 1, 0]


def test_closeness_goes_out_from_the_node():
    """a leads to b leads to c: from a both can be reached (1 + 2), from c none."""
    found = networks.centrality(pd.DataFrame({"source": list("ab"), "target": list("bc"), "weight": 3}))

    assert found["closeness"].tolist() == pytest.approx([2 / 3, 0.5, 0])


def test_ties_with_oneself_are_no_ties():
    ties = pd.DataFrame({"source": list("aab"), "target": list("abb"), "weight": [9, 1, 9]})

    assert networks.whole(ties) == (2, 1, 0.5, 0.0, 1)


def teams(within: float, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    """40 people in four teams; each pair is tied with probability 0.3 within a team if `within` is 0.3, else 0.1."""
    group = pd.Series(np.repeat(list("ABCD"), 10))
    pairs = [(i, j) for i in range(40) for j in range(i) if rng.random() < (within if group[i] == group[j] else 0.1)]
    return pd.DataFrame(pairs, columns=["source", "target"]).assign(weight=1), group


class TestEI:
    def test_by_hand(self):
        """Ties ab and ac within 1, ad of weight 2 outside: (2 - 2) / 4; c to nowhere known is left out."""
        ties = pd.DataFrame({"source": list("aaac"), "target": list("bcdx"), "weight": [1, 1, 2, 5]})
        found = networks.ei_test(ties, pd.Series({"a": 1, "b": 1, "c": 1, "d": 2}), rng=np.random.default_rng(1))

        assert (found.ei, found.external, found.internal) == (0, 2, 2)

    def test_teams_that_keep_to_themselves_are_told_from_those_that_do_not(self):
        """By chance nine in 39 other people are in one's team: about 1 - 2 x 9/39 = 0.54."""
        rng = np.random.default_rng(2)
        apart, mixed = (networks.ei_test(*teams(within, rng), rng=rng) for within in (0.5, 0.1))

        assert apart.p_value < 0.01
        assert apart.ei < apart.low
        assert apart.expected == pytest.approx(0.54, abs=0.03)
        assert mixed.p_value > 0.05

    def test_without_a_difference_it_errs_as_seldom_as_it_says(self):
        """120 networks without any teams; 5% expected."""
        rng = np.random.default_rng(3)
        wrong = sum(networks.ei_test(*teams(0.1, rng), rng=rng, permutations=99).p_value <= 0.05 for _ in range(120))

        assert wrong <= 12


class TestCommunities:
    def test_planted_teams_are_found_and_the_largest_bears_the_first_number(self):
        ties, group = teams(0.8, np.random.default_rng(4))
        found, modularity = networks.communities(ties)

        assert networks.likeness(found, group, rng=np.random.default_rng(1)).adjusted_rand > 0.9
        assert modularity > 0.3
        assert found.value_counts().idxmax() == 1

    def test_the_order_of_rows_changes_nothing(self):
        ties, _ = teams(0.5, np.random.default_rng(5))

        assert networks.communities(ties)[0].to_dict() == networks.communities(ties.iloc[::-1])[0].to_dict()

    def test_a_network_without_ties_has_none(self):
        found, modularity = networks.communities(pd.DataFrame({"source": ["a"], "target": ["a"], "weight": [1]}))

        assert found.to_dict() == {"a": 1}
        assert np.isnan(modularity)


class TestLikeness:
    def test_the_small_case_of_scikit_learn(self):
        """Clusters {1,2,3},{4,5} against {1,2},{3,4,5}: adjusted Rand 0.166667; mutual information 0.432538 (scikit-learn)."""
        found = networks.likeness([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], rng=np.random.default_rng(1))

        assert found.adjusted_rand == pytest.approx(1 / 6)
        assert found.mutual_information == pytest.approx(0.432538, abs=1e-6)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, 3), min_size=2, max_size=20), st.permutations(range(4)))
    def test_names_of_groups_do_not_matter(self, groups, names):
        found = networks.likeness(groups, [names[g] for g in groups], rng=np.random.default_rng(1), permutations=1)

        assert (found.adjusted_rand, found.mutual_information) == pytest.approx((1, 1))

    def test_divisions_that_have_nothing_to_do_with_each_other_are_seldom_called_alike(self):
        rng = np.random.default_rng(6)
        wrong = sum(
            networks.likeness(rng.integers(0, 3, 30), rng.integers(0, 4, 30), rng=rng, permutations=99).p_value <= 0.05 for _ in range(120)
        )

        assert wrong <= 12


@pytest.mark.skipif(not EMAIL.is_dir(), reason="the e-mail network is not part of the repository")
def test_a_research_institutes_mail_stays_within_its_departments_far_more_than_chance():
    """25,571 pairs of 1,005 members, 642 of them to oneself; 42 departments (the files' own description)."""
    ties = pd.read_csv(EMAIL / "email-Eu-core.txt", sep=r"\s+", header=None, names=["source", "target"]).assign(weight=1)
    group = pd.read_csv(EMAIL / "email-Eu-core-department-labels.txt", sep=r"\s+", header=None, index_col=0)[1]
    rng = np.random.default_rng(1)
    found = networks.ei_test(ties, group, rng=rng, permutations=199)

    assert (len(ties), (ties["source"] == ties["target"]).sum(), group.nunique()) == (25_571, 642, 42)
    assert found.external + found.internal == 25_571 - 642
    assert found.ei < found.low
    assert found.p_value == 1 / 200
    assert networks.whole(ties).density == pytest.approx(24_929 / (1005 * 1004))
