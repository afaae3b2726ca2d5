"""What must not be shown: groups too small to hide a person in, and the values of personal columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import pandas as pd

from cvclib.methods.words import WORD, folded

MASK = "•••"  # stands for a personal value in every output
LONGEST_QUOTE = 120
FEWEST_LETTERS_OF_A_NAME = 2
_STREETS = "straat|laan|gracht|plein|singel|kade|stra(?:ß|ss)e|gasse|gatan|gade|vej"
_ENDINGS = "com|net|org|info|eu|nl|be|de|at|ch|fr|es|pt|br|it|uk|ie|dk|se|no|fi|pl|cz|io|app|shop|example"
_TITLES = (
    "mr|mrs|ms|miss|mister|dr|prof|mevr|mevrouw|mw|dhr|meneer|heer|herr|herrn|frau|monsieur|madame|mme|señor|señora|sr|sra|senhor|senhora|"
    "dona|signor|signora"
)
_INTRODUCED = "my name is|this is|mijn naam is|ik ben|mein name ist|ich heiße|je m['’]appelle|me llamo|mi nombre es|meu nome é|sou"
_SIGNED = (
    "groet|groeten|groetjes|gr|mvg|regards|greetings|cheers|yours|thanks|grüße|gruß|cordialement|merci|saludos|gracias|abraços|obrigado|"
    "obrigada|atenciosamente|hilsen|hälsningar"
)
_A_NAME = r"[^\W\d_a-z][\w'’-]+"  # opens with a capital, of any script that has them
_PARTICLES = r"(?:(?:van|von|de|den|der|da|do|dos|di|del|la|le|ten|ter|of)\s+)*"
# What gives a person away by its form, and by where it stands; `keep` stays before the mask.
_BY_FORM = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"\S+@\S+|(?<!\w)@\w+|\S+ @ \S+|@", 0),
        (rf"\b(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:{_ENDINGS})\b(?:/\S*)?", re.IGNORECASE),
        (r"\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b", 0),
        (r"\b\d+\w?\s+(?:[^\W\d_a-z][\w'’.-]*\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Close|Court|Square)\b\.?", 0),
        (r"\b(?:rua|avenida|av\.|rue|calle|via|viale|ulica|ul\.|avenue|travessa)\s+(?:[\w'’.-]+,?\s+){0,4}?(?:n[ºo°.]*\s*)?\d+\w?\b", re.IGNORECASE),
        (rf"\b[\w'’-]+(?:{_STREETS})\s+\d+\w?\b", re.IGNORECASE),
        (rf"\b[^\W\d_a-z][\w'’-]*(?:{_STREETS})\b", 0),
        (r"(?:\+|\b)\(?[\w-]*\d[\w-]*(?:[\s().:/+-]{1,3}[\w-]*\d[\w-]*)*", 0),
    )
)  # fmt: skip
_BY_PLACE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<keep>\b(?i:{_TITLES})\b\.?\s+){_PARTICLES}{_A_NAME}",
        rf"(?P<keep>\b(?i:{_INTRODUCED})\s+){_A_NAME}(?:\s+{_PARTICLES}{_A_NAME})?",
        rf"(?P<keep>\b(?i:{_SIGNED})\b[.,!]?\s+){_A_NAME}(?:\s+{_PARTICLES}{_A_NAME})?\s*[.!]?\s*$",
    )
)


def suppress_small(frame: pd.DataFrame, *, n: str = "n", minimum: int, keep: Collection[str] = ()) -> pd.DataFrame:
    """Blank the figures of groups with fewer members than may be shown.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a group.
    n : str
        Column with the number of members.
    minimum : int
        Smallest group shown.
    keep : collection of str
        Columns left as they are: those that name the group.

    Returns
    -------
    pandas.DataFrame
        The same rows; those of small groups hold NaN or None in all other columns, `n` included.

    Examples
    --------
    >>> groups = pd.DataFrame({"segment": ["a", "b"], "nps": [30.0, 100.0], "n": [40, 2]})
    >>> suppress_small(groups, minimum=5, keep=["segment"]).to_dict("list")
    {'segment': ['a', 'b'], 'nps': [30.0, nan], 'n': [40.0, nan]}
    """
    small = frame[n] < minimum
    hidden = [column for column in frame.columns if column not in keep]
    return frame.assign(**{column: frame[column].mask(small) for column in hidden})


def name_parts(names: Iterable[str], *, without: Collection[str] = ()) -> frozenset[str]:
    """Parts of the names of persons, folded, to be looked for in what persons write.

    Parameters
    ----------
    names : iterable of str
    without : collection of str
        Folded words that are no names by themselves, as "van" and "de".

    Returns
    -------
    frozenset of str

    Examples
    --------
    >>> sorted(name_parts(["Zoë van der Berg"], without={"van", "der"}))
    ['berg', 'zoe']
    """
    written = {part for name in set(names) for part in WORD.findall(name)}
    parts = {folded(part) for part in written}
    return frozenset(part for part in parts if len(part) >= FEWEST_LETTERS_OF_A_NAME and part not in without)


def redacted(text: str, *, names: Collection[str] = (), longest: int = LONGEST_QUOTE) -> str:
    """A comment as it may be quoted: short, and without what would give a person away.

    Parameters
    ----------
    text : str
    names : collection of str
        Parts of names, as `name_parts` makes them; masked wherever they stand.
    longest : int
        Characters after which it is cut, at a word.

    Returns
    -------
    str
        E-mail and web addresses, all numbers (telephone, order, house), postcodes, streets, names after a title,
        an introduction or at the end of a greeting, and `names` are masked. What a name is cannot be told from
        its form alone: other names may remain.

    Examples
    --------
    >>> redacted("Ask for Zoe at 06-12345678, or a.b@mail.example. Regards, Kim", names={"zoe"})
    'Ask for ••• at •••, or ••• Regards, •••'
    """
    text = " ".join(text.split())
    for pattern in _BY_FORM:
        text = pattern.sub(MASK, text)
    for pattern in _BY_PLACE:
        text = pattern.sub(rf"\g<keep>{MASK}", text)
    known = frozenset(names)
    text = WORD.sub(lambda word: MASK if folded(word[0]) in known else word[0], text)
    text = re.sub(rf"{MASK}(?:[\s,.-]*{MASK})+", MASK, text)
    if len(text) <= longest:
        return text
    return text[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:.-") + " …"
