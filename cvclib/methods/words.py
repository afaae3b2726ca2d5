"""Comments as words, in any language written with spaces: what is said in them, and which words carry no meaning.

Knows no language but through lists of stop words and of empty phrases; letters are compared without accents
and case, and shown as they are most often written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
import pandas as pd
from scipy import sparse
from stop_words import AVAILABLE_LANGUAGES, get_stop_words

# A letter, then letters and digits with the signs that some scripts write above or below them; an apostrophe
# joins what is short behind it ("don't", "foto's") and parts what is long ("l'hôtel").
WORD = re.compile(r"[^\W\d_][\w\u0300-\u036f\u0591-\u05c7\u064b-\u0670\u0900-\u0e4e]*(?:['’]\w{1,2}\b)?")
MARKS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]")
LETTERS_OF_THEIR_OWN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "’": "'"})
FEWEST_LETTERS = 2
LANGUAGE_FROM = 0.15  # share of the words in a language's list from which its list is used
OFTEN = 0.03  # share of comments from which a word is judged by its company
SAME_COMPANY = 0.1  # nats by which the company of a word differs from everybody's, below which it says nothing
EVERYWHERE = 0.5  # share of comments from which a word tells no comment from another
COMPANY_WORDS = 400  # words in whose company others are judged: the most frequent
# What is written where nothing is said, without accents, in the languages that surveys here are held in.
EMPTY_PHRASES = frozenset(
    """
    none|no|nope|nothing|nil|null|na|n a|not applicable|nothing to add|nothing else|nothing really|nothing at all|no comment|no comments|
    none so far|no idea|nothing to say|no remarks|no answer|no response|dont know|don't know|x|xx|xxx|test|asdf|idk|
    geen|nee|niets|niks|nvt|n v t|niet van toepassing|geen opmerking|geen opmerkingen|geen commentaar|geen idee|niets toe te voegen|
    keine|kein|nein|nichts|keine angabe|keine angaben|kein kommentar|nichts hinzuzufugen|entfallt|k a|
    aucun|aucune|non|rien|rien a ajouter|rien a dire|sans commentaire|pas de commentaire|neant|aucun commentaire|r a s|ras|
    ninguno|ninguna|nada|nada que anadir|sin comentarios|sin comentario|no aplica|
    nenhum|nenhuma|nao|nada a declarar|nada a acrescentar|sem comentarios|sem comentario|nao se aplica|nada a comentar|
    nessuno|nessuna|niente|nulla|nessun commento|niente da aggiungere|
    ingen|inget|inga|ikke noget|ingenting|nej|nei|ingen kommentar|ingen kommentarer|
    brak|nie|nic|bez uwag|bez komentarza|nie dotyczy|ei|ei mitaan|ei kommentoitavaa|yok|hayir|nem|nincs|zadne|zadny|nic
    """.replace("\n", "").replace("    ", "").split("|")
)  # fmt: skip
NEGATIONS = frozenset(
    """
    not|no|never|without|nothing|niet|geen|nooit|zonder|nicht|kein|keine|nie|ohne|pas|jamais|sans|aucun|nao|nunca|sem|nem|sin|ni|non|mai|
    senza|inte|ej|ikke|aldrig|aldri|ingen|bez|ei
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)


def folded(text: str) -> str:
    """A word or text without case and accents, as words are compared.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> folded("Café"), folded("SØREN"), folded("Straße"), folded("ótimo")
    ('cafe', 'soren', 'strasse', 'otimo')
    """
    bare = MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(LETTERS_OF_THEIR_OWN)
    return unicodedata.normalize("NFC", bare)


def is_empty(text: str) -> bool:
    """Whether a comment says nothing: no letters, or a phrase that stands for no answer.

    Parameters
    ----------
    text : str

    Returns
    -------
    bool

    Examples
    --------
    >>> [is_empty(text) for text in ("n/a", "-", "Geen.", "nothing to add", "No lights")]
    [True, True, True, True, False]
    """
    words = " ".join(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", folded(text)))
    return not words or words in EMPTY_PHRASES


@dataclass(frozen=True)
class Words:
    """Comments cut into words.

    Parameters
    ----------
    comment, word : ndarray of int, shape (n_words,)
        Number of the comment and of the word, in reading order.
    names : ndarray of str, shape (n_distinct,)
        Each distinct word without accents and case.
    spelled : ndarray of str, shape (n_distinct,)
        As it is most often written.
    n_comments : int
    """

    comment: np.ndarray
    word: np.ndarray
    names: np.ndarray
    spelled: np.ndarray
    n_comments: int

    def table(self) -> sparse.csr_array:
        """How often each comment holds each word, shape (n_comments, n_distinct)."""
        return _counted(self.comment, self.word, (self.n_comments, len(self.names)))

    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Comment, first and second word of all that stand side by side."""
        beside = self.comment[1:] == self.comment[:-1]
        return self.comment[1:][beside], self.word[:-1][beside], self.word[1:][beside]


def cut(texts: Sequence[str]) -> Words:
    """Cut comments into words.

    Parameters
    ----------
    texts : sequence of str, shape (n,)

    Returns
    -------
    Words
        Words of two letters or more. Which spelling is the most frequent is told from words that do not open
        a comment, where any word has a capital.

    Examples
    --------
    >>> words = cut(["Café closed", "the CAFE, the café, a café"])
    >>> words.names.tolist(), words.spelled.tolist()
    (['cafe', 'closed', 'the'], ['café', 'closed', 'the'])
    """
    found = [WORD.findall(unicodedata.normalize("NFC", text)) for text in texts]
    lengths = np.fromiter((len(words) for words in found), dtype=np.int64, count=len(found))
    codes, raw = pd.factorize(np.array(list(chain.from_iterable(found)), dtype=object))
    comment = np.repeat(np.arange(len(found)), lengths)
    opens = np.r_[True, comment[1:] != comment[:-1]] if len(comment) else np.empty(0, bool)
    bare = [folded(word) for word in raw]
    word_of_raw, names = pd.factorize(np.array(bare, dtype=object), sort=True)
    weight = np.bincount(codes, np.where(opens, 1e-6, 1.0), minlength=len(raw))
    order = np.lexsort((np.array([str(word) for word in raw], dtype=object), -weight)) if len(raw) else np.empty(0, int)
    best = pd.Series(np.array(raw, dtype=object)[order]).groupby(word_of_raw[order]).first()
    only_opening = pd.Series(weight).groupby(word_of_raw).sum() < 1
    spelled = best.where(~only_opening, best.str.lower()).to_numpy(dtype=object)
    word = word_of_raw[codes]
    long = np.array([len(name) >= FEWEST_LETTERS for name in names], dtype=bool)
    keep = long[word] if len(word) else np.empty(0, bool)
    renumbered = np.cumsum(long) - 1
    return Words(comment[keep], renumbered[word[keep]], np.array(names, dtype=object)[long], spelled[long], len(found))


def _counted(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> sparse.csr_array:
    table = sparse.coo_array((np.ones(len(rows), dtype=np.float64), (rows, columns)), shape=shape).tocsr()
    table.sum_duplicates()
    return table


@cache
def _lists() -> dict[str, frozenset[str]]:
    """Stop words of every language that the library of lists holds and that is written with spaces, folded."""
    spaced = [language for language in AVAILABLE_LANGUAGES if language not in {"chinese", "japanese"}]
    cut_up = {language: chain.from_iterable(folded(word).split() for word in get_stop_words(language)) for language in spaced}
    return {language: frozenset(word for word in words if len(word) >= FEWEST_LETTERS) for language, words in cut_up.items()}


def languages(words: Words) -> tuple[str, ...]:
    """Languages of the comments, told by how many of the words are in each language's list of stop words.

    Parameters
    ----------
    words : Words

    Returns
    -------
    tuple of str
        The most frequent first; empty where no list covers 15% of the words. A further language counts
        where it covers 15% of the words that the languages before it leave.

    Examples
    --------
    >>> sorted(languages(cut(["the bed was late and we were not told", "het bed was te laat en wij wisten van niets"])))
    ['dutch', 'english']
    """
    counts = pd.Series(np.bincount(words.word, minlength=len(words.names)), index=words.names)
    left, found = counts, []
    while len(found) < len(_lists()) and left.sum():
        covered = {language: int(left[left.index.isin(listed)].sum()) for language, listed in _lists().items()}
        best = max(covered, key=covered.get)
        if covered[best] < LANGUAGE_FROM * left.sum():
            break
        found.append(best)
        left = left[~left.index.isin(_lists()[best])]
    return tuple(found)


def listed_stop_words(spoken: Collection[str]) -> frozenset[str]:
    """Stop words of some languages, as a well-kept library lists them, folded.

    Parameters
    ----------
    spoken : collection of str
        As `languages` names them.

    Returns
    -------
    frozenset of str

    Examples
    --------
    >>> "the" in listed_stop_words(["english"]), "het" in listed_stop_words(["english"])
    (True, False)
    """
    return frozenset(chain.from_iterable(_lists()[language] for language in spoken))


def stop_words_of_the_data(words: Words) -> frozenset[str]:
    """Frequent words that keep everybody's company, and so say nothing in particular.

    Parameters
    ----------
    words : Words

    Returns
    -------
    frozenset of str
        Words in at least 3% of the comments beside which the other words are as frequent as they are elsewhere,
        and words in more than half of all comments.

    Notes
    -----
    Company is told by the Kullback–Leibler divergence of the words in the comments that hold a word from the
    words in those that do not, less what chance alone adds, about ``(m - 1)/2 · (1/N₁ + 1/N₀)`` for m words
    seen N₁ and N₀ times. Below 0.1 a word says nothing; in shuffled comments all do.

    References
    ----------
    .. [1] R. T.-W. Lo, B. He and I. Ounis, "Automatically building a stopword list for an information retrieval
       system", Journal of Digital Information Management 3, 2005.

    Examples
    --------
    >>> comments = ["very red apple", "very green pear", "very red apple tart", "very green pear tree"] * 20
    >>> sorted(stop_words_of_the_data(cut(comments)))
    ['very']
    """
    holds = (words.table() > 0).astype(np.float64)
    comments_with = np.asarray(holds.sum(axis=0)).ravel()
    top = np.argsort(-comments_with, kind="stable")[:COMPANY_WORDS]
    holds, comments_with = holds[:, top].tocsr(), comments_with[top]
    together = np.asarray((holds.T @ holds).todense())
    company = together - np.diag(np.diag(together))
    elsewhere = np.maximum(comments_with - together, 0) + 0.5
    np.fill_diagonal(elsewhere, 0)
    n_here, n_there = np.maximum(company.sum(axis=1), 1), elsewhere.sum(axis=1)
    here, there = company / n_here[:, None], elsewhere / np.maximum(n_there, 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.where(company > 0, here * np.log(here / there), 0).sum(axis=1)
    by_chance = ((company > 0).sum(axis=1) - 1) / 2 * (1 / n_here + 1 / np.maximum(n_there, 1))
    often = comments_with >= OFTEN * words.n_comments
    silent = often & (divergence - by_chance < SAME_COMPANY)
    return frozenset(words.names[top[silent | (comments_with > EVERYWHERE * words.n_comments)]])
