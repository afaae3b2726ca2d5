"""Needs and wants: by hand, weighted, by segment, planted, and without a signal."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo import planted_truths
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.kano import EVALUATION, kano_result
from cvclib.steps import value_identification as step
from cvclib.steps.kano_exhibits import kano_findings, kano_segment_findings

ROOT = Path(__file__).resolve().parents[2]
CELLS = {"M": (3, 5), "O": (1, 5), "A": (1, 3), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}
AMENITIES = ROOT / ".." / "shared" / "data" / "kano_amenities" / "kano_responses.csv"


def answers(counts, feature="van", *, start=0, **columns):
    """Kano answers from counts by category."""
    letters = [letter for letter, n in counts.items() for _ in range(n)]
    pairs = np.array([CELLS[letter] for letter in letters])
    frame = pd.DataFrame({"response_id": [f"k{start + i}" for i in range(len(letters))], "attribute": feature})
    return frame.assign(functional=pairs[:, 0], dysfunctional=pairs[:, 1], **columns)


def drawn(rng, n, shares, feature="van", **columns):
    letters = rng.choice(list("MOAI"), n, p=shares)
    pairs = np.array([CELLS[letter] for letter in letters])
    frame = pd.DataFrame({"response_id": [f"k{i}" for i in range(n)], "attribute": feature})
    return frame.assign(functional=pairs[:, 0], dysfunctional=pairs[:, 1], **columns)


def client_of(*frames, **tables):
    return Client.from_frames({"kano": pd.concat(frames, ignore_index=True), **tables})


@pytest.fixture(scope="module")
def nordic():
    return Client.open(ROOT / "params" / "nordic-beds.yaml")


class TestOneFeature:
    def test_the_service_app_of_the_reference_comes_out_as_published(self):
        """stp4/stp25kano: M 95, O 123, A 45, I 33: CS+ 0.568, CS- -0.736, O, clear."""
        row = step.kano_results(client_of(answers({"M": 95, "O": 123, "A": 45, "I": 33}))).iloc[0]
        assert (row["category"], row["ruled"], row["kano_class"]) == ("one-dimensional", "one-dimensional", "one-dimensional")
        assert (row["satisfaction"], row["dissatisfaction"]) == pytest.approx((0.568, -0.736), abs=5e-4)
        assert (row["total_strength"], row["category_strength"]) == pytest.approx((0.8885, 0.0946), abs=5e-5)
        assert bool(row["clear"])

    def test_two_classes_that_run_close_are_both_named(self):
        """stp4/stp25kano, loan machine: M 65, O 87, A 93, I 51; gap 6 against 18.5."""
        client = client_of(answers({"M": 65, "O": 87, "A": 93, "I": 51}))
        row = step.kano_results(client).iloc[0]
        assert (row["category"], row["ruled"], row["kano_class"]) == ("attractive", "one-dimensional", "one-dimensional or attractive")
        assert "Mixed, two classes run close: van (one-dimensional or attractive)." in step.kano_reading(client).text

    def test_contradictions_are_told_as_a_check_of_the_questionnaire(self):
        """20 of 100 answers like it both ways: Wilson's lower end 13.3% lies above 5%."""
        text = step.kano_reading(client_of(answers({"M": 80, "Q": 20}))).text
        assert "20.0% of the answers contradict themselves" in text
        assert "ask again in other words" in text
        assert "ask again" not in step.kano_reading(client_of(answers({"M": 98, "Q": 2}))).text

    def test_weights_count(self):
        """60 M of weight 1 and 40 A of weight 3 are 60 to 120; they are worth 180² / 420 = 77.1 answers."""
        row = step.kano_results(client_of(answers({"M": 60, "A": 40}, weight=[1.0] * 60 + [3.0] * 40))).iloc[0]
        assert (row["category"], row["n"]) == ("attractive", 100)
        assert row["satisfaction"] == pytest.approx(2 / 3)
        assert row["gap"] == pytest.approx(60 * 180 / 420)

    def test_a_weight_may_come_from_the_questionnaire_of_the_same_number(self):
        kano = answers({"M": 60, "A": 40})
        survey = pd.DataFrame({"response_id": kano["response_id"], "metric": "nps", "score": 7, "weight": [1.0] * 60 + [3.0] * 40})
        assert step.kano_results(client_of(kano, survey=survey)).iloc[0]["satisfaction"] == pytest.approx(2 / 3)

    def test_the_interval_of_a_coefficient_covers_as_often_as_it_says(self):
        """CS+ = O + A = 0.5 of 80 answers: 200 draws, standard error 1.5 points."""
        rng, covered = np.random.default_rng(1), 0
        for _ in range(200):
            n = rng.multinomial(80, [0.2, 0.2, 0.3, 0.3])
            low, high = kano_result([*n, 0, 0]).satisfaction_interval
            covered += low <= 0.5 <= high
        assert 180 <= covered <= 200


class TestSegments:
    def test_a_need_of_one_and_a_want_of_another_is_found(self):
        rng = np.random.default_rng(1)
        need = drawn(rng, 120, [0.6, 0.1, 0.1, 0.2], segment="Seniors")
        want = drawn(rng, 120, [0.1, 0.1, 0.6, 0.2], segment="Starters").assign(response_id=lambda f: "s" + f["response_id"])
        same = [drawn(rng, 240, [0.25, 0.15, 0.2, 0.4], f"same {i}", segment=["Seniors", "Starters"] * 120) for i in range(5)]
        client = client_of(need, want, *same)
        frame = step.kano_segments(client)
        assert set(frame.loc[frame["differs"], "attribute"]) == {"van"}
        (finding,) = kano_segment_findings(client)
        assert finding.claim == "van is not the same to all: attractive to Starters; must-be to Seniors."
        assert "must-be to Seniors" in step.kano_segment_reading(client).text
        assert isinstance(step.kano_segment_map(client), Figure)

    def test_without_a_difference_none_is_stated(self):
        """25 clients of 8 features and 3 segments that answer alike: at most 5% may state a difference."""
        rng, stated = np.random.default_rng(2), 0
        for _ in range(25):
            segment = rng.choice(["a", "b", "c"], 180)
            client = client_of(*[drawn(rng, 180, [0.25] * 4, f"f{i}", segment=segment) for i in range(8)])
            stated += bool(step.kano_segments(client)["differs"].any())
        assert stated <= 4

    def test_a_segment_below_the_smallest_group_is_not_shown(self):
        kano = answers({"M": 90, "A": 13}, segment=["a"] * 50 + ["b"] * 50 + ["c"] * 3)
        html = step.kano_segment_map(client_of(kano)).to_html()
        assert ">b<" in html
        assert ">c<" not in html

    def test_one_segment_is_told_to_be_too_few(self):
        exhibit = step.kano_segment_map(client_of(answers({"M": 50}, segment="a")))
        assert isinstance(exhibit, Reading)
        assert "two segments" in exhibit.text

    def test_without_segments_the_gap_says_what_to_supply(self):
        assert isinstance(step.kano_segment_map(client_of(answers({"M": 50}))), Gap)


class TestWhatIsStated:
    def test_classes_that_are_alike_give_no_finding(self):
        """25 clients of 8 features whose four classes are equally frequent: none of them is a need or a want."""
        rng, stated = np.random.default_rng(3), 0
        for _ in range(25):
            stated += bool(kano_findings(client_of(*[drawn(rng, 200, [0.25] * 4, f"f{i}") for i in range(8)])))
        assert stated <= 4

    def test_needs_and_wants_of_the_demonstration_client_are_those_planted(self, nordic):
        planted = planted_truths().kano
        found = step.kano_results(nordic)
        assert found.set_index("attribute")["kano_class"].to_dict() == planted
        need, want = kano_findings(nordic)
        for finding, kind in ((need, "must-be"), (want, "attractive")):
            assert all((name in finding.claim) == (what == kind) for name, what in planted.items())

    def test_its_segments_were_made_alike_and_are_not_told_apart(self, nordic):
        assert not step.kano_segments(nordic)["differs"].any()

    def test_its_exhibits_are_made(self, nordic):
        assert isinstance(step.kano_map(nordic), Figure)
        assert isinstance(step.kano_table(nordic), Table)
        assert isinstance(step.kano_segment_map(nordic), Figure)


@pytest.mark.skipif(not AMENITIES.exists(), reason="local data set, not part of the repository")
def test_a_survey_with_a_column_a_question_gives_the_counts_of_its_crosstabs():
    """Every feature's shares against a count of the file by itself; the data stay outside the repository."""
    scale = {"I like it": 1, "I expect it": 2, "I am neutral": 3, "I tolerate it": 4, "I dislike it": 5}
    wide = pd.read_csv(AMENITIES)
    there, gone = ([c for c in wide if c.startswith(f"How do you feel if you {words}")] for words in ("have this", "do not have"))
    frames, expected = [], {}
    for a, b in zip(there, gone, strict=True):
        name, pairs = a.split(" - ", 1)[1], pd.DataFrame({"functional": wide[a].map(scale), "dysfunctional": wide[b].map(scale)})
        frames.append(pairs.assign(attribute=name, response_id=wide["Response ID"].astype(str)))
        letters = [EVALUATION[f - 1][d - 1] for f, d in pairs.itertuples(index=False)]
        expected[name] = {letter: letters.count(letter) / len(letters) for letter in "MOAIRQ"}
    found = step.kano_results(client_of(*frames)).set_index("attribute")
    for name, shares in expected.items():
        assert found.loc[name, [f"share_{letter}" for letter in shares]].tolist() == pytest.approx(list(shares.values()))
