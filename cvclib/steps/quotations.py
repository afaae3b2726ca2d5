"""Customers' own words as they may be shown: short, and without what gives a person away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from cvclib.client import Client
from cvclib.methods.words import WORD, folded, languages, listed_stop_words
from cvclib.methods.words import cut as cut_into_words
from cvclib.privacy import LONGEST_QUOTE, MASK, name_parts, redacted
from cvclib.steps.memo import once_per_client

COMMON_FROM = 5  # times that a word is written small, from which it is a word and not only a name
MANY_CAPITALS = 0.12  # of the words inside a sentence: in such a language nouns have capitals, and a capital tells nothing
# Words within names that are no names by themselves.
PARTICLES = frozenset(
    {"van", "von", "de", "den", "der", "da", "do", "dos", "di", "del", "la", "le", "ten", "ter", "of", "el", "al", "bin", "und", "and", "en", "et", "du"}
)  # fmt: skip
_INSIDE = re.compile(r"(?<=[^\s.!?…:;\"“„(\-–•]\s)" + WORD.pattern)


@dataclass(frozen=True)
class Redactor:
    """Masks names, and cuts.

    Parameters
    ----------
    names : frozenset of str
        Parts of customers' names, folded, that are masked wherever they stand.
    also_words : frozenset of str
        Parts that are words as well, masked inside a sentence where they have a capital.
    small : frozenset of str
        Folded words that are also written small.
    capitals_tell : bool
        Whether a word with a capital inside a sentence is a name, in the language of the comments.
    """

    names: frozenset[str]
    also_words: frozenset[str]
    small: frozenset[str]
    capitals_tell: bool

    def __call__(self, text: str, *, longest: int = LONGEST_QUOTE) -> str:
        """The text as it may be quoted."""
        text = " ".join(text.split())
        if self.capitals_tell:
            text = _INSIDE.sub(lambda word: MASK if self._is_name(word[0]) else word[0], text)
        return redacted(text, names=self.names, longest=longest)

    def _is_name(self, word: str) -> bool:
        bare = folded(word)
        return word[0].isupper() and not word.isupper() and (bare not in self.small or bare in self.also_words)


def redactor(client: Client, texts: Sequence[str]) -> Redactor:
    """A redactor that knows the client's customers and how the texts use capitals.

    Parameters
    ----------
    client : Client
    texts : sequence of str
        All texts of which some are to be quoted.

    Returns
    -------
    Redactor
        A part of a name that the texts often hold as a word is masked only where it is written like a name.
    """
    written = Counter(chain.from_iterable(WORD.findall(text) for text in texts))
    small: Counter[str] = Counter()
    for word, times in written.items():
        if not word[0].isupper():
            small[folded(word)] += times
    inside = list(chain.from_iterable(_INSIDE.findall(text) for text in texts[:5_000]))
    capitals = sum(word[0].isupper() and not word.isupper() for word in inside)
    common = {word for word, times in small.items() if times >= COMMON_FROM}
    stop_words = listed_stop_words(languages(cut_into_words(texts)))
    names, words = names_of_customers(client), common | stop_words
    return Redactor(names - words, names & words, frozenset(small), capitals <= MANY_CAPITALS * max(len(inside), 1))


@once_per_client
def names_of_customers(client: Client) -> frozenset[str]:
    """Parts of the names of all known customers, of every segment.

    Parameters
    ----------
    client : Client

    Returns
    -------
    frozenset of str
        Empty where the client supplies no names.
    """
    tables = [table for table in ("customers", "accounts") if client.has(f"{table}.name")]
    names = [client.whole(table).name.as_table().distinct().to_pandas()["name"].dropna() for table in tables]
    return name_parts(chain.from_iterable(names), without=PARTICLES)
