"""Themes: TF-IDF and NMF against published figures, planted themes recovered, none in shuffled comments."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from cvclib.methods.themes import factorise, find_themes, tf_idf
from cvclib.methods.words import cut, folded, stop_words_of_the_data

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
COUNTS = [[3, 0, 1], [2, 0, 0], [3, 0, 0], [4, 0, 0], [3, 2, 0], [3, 0, 2]]
VOCABULARY = ["human", "interface", "computer", "user", "system", "response", "time", "eps", "survey", "trees", "graph", "minors"]


@pytest.mark.parametrize(
    ("smoothed", "rows"),
    [
        (False, [[0.81940995, 0, 0.57320793], [0.47330339, 0.88089948, 0], [0.58149261, 0, 0.81355169]]),
        (True, [[0.85151335, 0, 0.52433293], [0.55422893, 0.83236428, 0], [0.63035731, 0, 0.77630514]]),
    ],
)
def test_tf_idf_agrees_with_the_guide_of_scikit_learn(smoothed, rows):
    """User guide of scikit-learn, section on text features: the first, fifth and sixth row."""
    assert tf_idf(COUNTS, smoothed=smoothed).toarray()[[0, 4, 5]] == pytest.approx(np.array(rows), abs=1e-8)


def test_tf_idf_by_hand():
    """Two comments "a b", "a": idf of a ln(3/3) + 1 = 1, of b ln(3/2) + 1 = 1.4055; length sqrt(1 + 1.4055²) = 1.7249."""
    assert tf_idf([[1, 1], [1, 0]]).toarray() == pytest.approx(np.array([[0.5797, 0.8148], [1, 0]]), abs=1e-4)


@pytest.fixture
def titles():
    with (REFERENCE / "titles_lsi.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    words = [folded(row["title"]).replace(":", " ").replace("-", " ").split() for row in rows]
    return [row["id"] for row in rows], np.array([[title.count(word) for word in VOCABULARY] for title in words], dtype=float)


def test_the_titles_have_the_published_singular_values(titles):
    """Deerwester et al. 1990, figure 3."""
    assert np.linalg.svd(titles[1], compute_uv=False)[:4] == pytest.approx([3.3409, 2.5417, 2.3539, 1.6445], abs=5e-5)


def test_two_themes_part_the_titles_about_computers_from_those_about_graphs(titles):
    """scikit-learn: smoothed TF-IDF, two components, 5,000 iterations, tolerance 1e-8: residual 2.034693."""
    names, counts = titles
    loadings, themes, residual = factorise(tf_idf(counts), 2, iterations=5_000, tolerance=1e-8)
    strongest = loadings.argmax(axis=1)
    assert {names[i] for i in np.flatnonzero(strongest == strongest[0])} == {"c1", "c2", "c3", "c4", "c5"}
    leading = [{VOCABULARY[i] for i in np.argsort(-theme)[:n]} for theme, n in ((themes[1 - strongest[0]], 3), (themes[strongest[0]], 2))]
    assert leading == [{"trees", "graph", "minors"}, {"system", "user"}]
    assert residual == pytest.approx(2.034693, abs=1e-4)


SUBJECTS = (
    "delivery late waited van driver days promised evening",
    "mattress soft back pain morning sleep firm comfort",
    "website checkout froze payment link page order online",
    "showroom coffee friendly adviser tested quiet patient welcome",
)


def planted(rng, n=600, aside=0.2):
    """Comments of four or five words of one subject with filler; some of filler only."""
    subjects = [subject.split() for subject in SUBJECTS]
    filler = [f"word{i}a" for i in range(60)]
    about = np.where(rng.random(n) < aside, -1, rng.integers(0, len(subjects), n))
    texts = []
    for subject in about:
        own = [] if subject < 0 else list(rng.permutation(subjects[subject])[: rng.integers(3, 6)])
        texts.append(" ".join(rng.permutation([*own, *rng.choice(filler, 4)])))
    return texts, about


@pytest.fixture(scope="module")
def recovered():
    texts, about = planted(np.random.default_rng(5))
    words = cut(texts)
    return find_themes(words, stop_words_of_the_data(words)), about


class TestPlantedThemes:
    def test_are_found_as_many_as_there_are(self, recovered):
        found, _ = recovered
        stable = [set(words[:5]) for words, holds in zip(found.words, found.stable, strict=True) if holds]
        assert len(stable) == len(SUBJECTS)
        assert all(any(leading <= set(subject.split()) for leading in stable) for subject in SUBJECTS)

    def test_hold_the_comments_about_them(self, recovered):
        found, about = recovered
        for i, words in enumerate(found.words):
            if found.stable[i]:
                subject = next(at for at, names in enumerate(SUBJECTS) if words[0] in names.split())
                assert (about[found.member[:, i]] == subject).mean() > 0.9
                assert found.member[about == subject, i].mean() > 0.9

    def test_leave_a_comment_about_nothing_in_no_theme(self, recovered):
        found, about = recovered
        assert found.member[about < 0][:, found.stable].any(axis=1).mean() < 0.1

    def test_come_out_of_every_run(self, recovered):
        found, _ = recovered
        assert (found.stability[found.stable] > 0.9).all()
        assert (found.lift[found.stable] > 2).all()

    def test_are_the_same_for_the_same_seed(self, recovered):
        texts, _ = planted(np.random.default_rng(5))
        words = cut(texts)
        again = find_themes(words, stop_words_of_the_data(words))
        assert again.words == recovered[0].words


@pytest.mark.parametrize(("seed", "stop_words"), [(0, "none"), (1, "none"), (2, "data"), (3, "data")])
def test_shuffled_comments_have_no_stable_theme(seed, stop_words):
    """Runs alone would call the most frequent words themes: they come out of every run."""
    rng = np.random.default_rng(seed)
    words = cut(planted(rng, n=300)[0])
    shuffled = dataclasses.replace(words, word=rng.permutation(words.word))
    found = find_themes(shuffled, stop_words_of_the_data(shuffled) if stop_words == "data" else (), seed=seed)
    assert found is None or not found.stable.any()


def test_few_comments_have_no_themes():
    texts, _ = planted(np.random.default_rng(1), n=90)
    assert find_themes(cut(texts)) is None


def test_the_same_comment_a_thousand_times_is_one_comment():
    assert find_themes(cut(["late van"] * 1000)) is None
