"""Comments as words: cutting, folding, spelling, stop words, empty phrases."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.words import cut, folded, is_empty, languages, listed_stop_words, stop_words_of_the_data


def test_accents_and_case_do_not_part_words():
    words = cut(["the LATE café", "a café late", "cafe"])
    assert words.names.tolist() == ["cafe", "late", "the"]
    assert words.spelled[0] == "café"


def test_a_capital_that_only_opens_comments_is_not_the_spelling():
    assert cut(["Great bed", "Great mattress"]).spelled.tolist() == ["bed", "great", "mattress"]


def test_german_nouns_keep_their_capital():
    assert "Lieferung" in cut(["eine späte Lieferung", "die Lieferung kam"]).spelled


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("don't l'hôtel d'accord", ["accord", "don't", "hotel"]),
        ("мы ждали доставку", ["доставку", "ждали", "мы"]),
        ("बहुत अच्छा", ["अच्छा", "बहुत"]),
        ("n° 12, x7 😍 3D", ["x7"]),
        ("Cafe\u0301", ["cafe"]),
    ],
)
def test_words_are_those_of_any_script(text, names):
    assert cut([text]).names.tolist() == sorted(names)


def test_pairs_stand_side_by_side_in_one_comment():
    words = cut(["red apple", "green"])
    comment, first, second = words.pairs()
    assert (comment.tolist(), words.names[first].tolist(), words.names[second].tolist()) == ([0], ["red"], ["apple"])


def test_no_comment_gives_no_word():
    words = cut(["", "!!"])
    assert (len(words.names), words.table().shape) == (0, (2, 0))


@pytest.mark.parametrize(
    "text", ["", " . ", "N/A", "n.v.t.", "Geen", "NOTHING TO ADD!", "Keine Angaben", "Sem comentários.", "10", "😍", "xxx"]
)
def test_a_phrase_for_no_answer_is_empty(text):
    assert is_empty(text)


@pytest.mark.parametrize("text", ["No lights", "Nothing works", "ok", "geen klachten over het bed", "não recebi"])
def test_a_short_answer_is_not_empty(text):
    assert not is_empty(text)


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert folded(folded(text)) == folded(text)


@given(st.lists(st.text(max_size=40), max_size=8))
def test_every_word_is_of_a_comment_and_has_a_name(texts):
    words = cut(texts)
    assert len(words.comment) == len(words.word) == int(words.table().sum())
    assert all(len(name) >= 2 for name in words.names)


def test_languages_are_told_by_their_lists():
    portuguese = "não recebi o produto e ninguém me respondeu até agora"
    assert languages(cut([portuguese])) == ("portuguese",)
    assert languages(cut(["qwrt zxcv plmk"])) == ()
    assert "nao" in listed_stop_words(["portuguese"])


def made_comments(rng, n):
    """Two subjects in words that no list holds; "ke" and "lo" fall anywhere."""
    subjects = (["zarb", "melk", "tonu", "vask"], ["prin", "dosk", "hulf", "gemb"])
    return [" ".join([*rng.permutation(subjects[i % 2])[:3], *rng.choice(["ke", "lo"], 2)]) for i in range(n)]


def test_stop_words_come_from_the_data_where_no_list_has_them():
    assert stop_words_of_the_data(cut(made_comments(np.random.default_rng(1), 400))) == {"ke", "lo"}


def test_in_shuffled_comments_every_frequent_word_is_a_stop_word():
    rng = np.random.default_rng(2)
    words = cut(made_comments(rng, 400))
    shuffled = dataclasses.replace(words, word=rng.permutation(words.word))
    assert stop_words_of_the_data(shuffled) == set(words.names)
