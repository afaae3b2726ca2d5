"""The language of a report: texts by catalogue, numbers by the language's own marks.

Texts stand in the code in English, within `say`; a language is a folder of catalogues in ``cvclib/languages``
(gettext's ``.po``, which every translator's editor reads) and a name in `Language`. The language in use is one a
process, as a kernel serves one client: a client that is opened sets it; `using` sets another for a while.

`PSEUDO` is no language of readers. It bends every letter of what passes through `say`, so that what stands
in plain letters in its report is what no translator is ever asked for.
"""

from __future__ import annotations

import gettext
import io
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from babel.core import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

Language = Literal["en", "nl", "en-XA"]
LANGUAGES: tuple[str, ...] = get_args(Language)
SOURCE: Language = "en"  # what the code is written in
PSEUDO: Language = "en-XA"
CATALOGUES = Path(__file__).with_name("languages")
_BENT = str.maketrans("aceghijklnorsuwyzACEGHIJKLNORSUWYZ", "àçéĝĥîĵķļñôŕšûŵýžÀÇÉĜĤÎĴĶĻÑÔŔŠÛŴÝŽ")

_of_the_process: Language = SOURCE
_for_a_while: ContextVar[Language | None] = ContextVar("language", default=None)
unsaid: set[str] = set()  # what was asked for in a language whose catalogue does not hold it; for the tests


def use(language: Language) -> None:
    """Say what follows in a language.

    Parameters
    ----------
    language : {"en", "nl", "en-XA"}
    """
    global _of_the_process
    _of_the_process = language


def in_use() -> Language:
    """The language in use."""
    return _for_a_while.get() or _of_the_process


@contextmanager
def using(language: Language) -> Iterator[None]:
    """Say what stands in a ``with`` block in a language, and go back to the one before.

    Examples
    --------
    >>> with using("nl"):
    ...     say("{low} to {high}", low="8,3", high="15,4")
    '8,3 tot 15,4'
    """
    token = _for_a_while.set(language)
    try:
        yield
    finally:
        _for_a_while.reset(token)


def say(text: str, /, **values: Any) -> str:
    """A text in the language in use, with values in its braces.

    Parameters
    ----------
    text : str
        In English, as `str.format` takes it where values are given; without values, braces are braces.
    **values
        Numbers with a format (``{n:,}``, ``{share:.1%}``) are written with the language's marks.

    Returns
    -------
    str
        The English text where the catalogue has no other.

    Examples
    --------
    >>> say("{n:,} customers", n=1234)
    '1,234 customers'
    """
    return _filled(_found(text), values) if values else _found(text)


def say_n(one: str, many: str, n: int, /, **values: Any) -> str:
    """A text that depends on a number, in the language in use; the number itself is ``{n}``.

    Examples
    --------
    >>> say_n("{n} question waits", "{n} questions wait", 1), say_n("{n} question waits", "{n} questions wait", 2)
    ('1 question waits', '2 questions wait')
    """
    language = in_use()
    if language in (SOURCE, PSEUDO):
        text = one if n == 1 else many
        return _filled(bent(text) if language == PSEUDO else text, {"n": n, **values})
    text = _catalogue(language).ngettext(one, many, n)
    if text in (one, many):
        unsaid.add(one)
    return _filled(text, {"n": n, **values})


def mark(text: str, /) -> str:
    """A text for `say` to say later, as a constant of a module is made before the language is known."""
    return text


def decimal(digits: str) -> str:
    """English digits with the marks of the language in use.

    Examples
    --------
    >>> with using("nl"):
    ...     decimal("1,234.5")
    '1.234,5'
    """
    marks = _marks(in_use())
    return digits.translate(marks) if marks else digits


def locale() -> Locale:
    """The language in use as Babel knows it, for dates."""
    language = in_use()
    return Locale.parse("en_GB" if language in (SOURCE, PSEUDO) else language)


def _found(text: str) -> str:
    language = in_use()
    if language == SOURCE or not text:
        return text
    if language == PSEUDO:
        return bent(text)
    found = _catalogue(language).gettext(text)
    if found is text:  # gettext hands back the very text it was asked for
        unsaid.add(text)
    return found


class _Formatter(string.Formatter):
    """`str.format` whose numbers have the marks of the language in use."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = super().format_field(value, format_spec)
        return decimal(text) if format_spec and isinstance(value, (int, float)) else text


_formatter = _Formatter()


def _filled(text: str, values: dict[str, Any]) -> str:
    return _formatter.vformat(text, (), values)


def bent(text: str) -> str:
    """A text in `PSEUDO`: letters that can be read and are no language's; what stands in braces is left.

    Examples
    --------
    >>> bent("{n} answers")
    '{n} àñšŵéŕš'
    """
    return re.sub(r"\{[^{}]*\}|[^{}]+", lambda piece: piece[0] if piece[0][0] == "{" else piece[0].translate(_BENT), text)


@cache
def _marks(language: Language) -> dict[int, str] | None:
    if language in (SOURCE, PSEUDO):
        return None
    return str.maketrans({",": get_group_symbol(language), ".": get_decimal_symbol(language)})


@cache
def _catalogue(language: Language) -> gettext.GNUTranslations:
    whole = catalogue_of(sorted((CATALOGUES / language).glob("*.po")), language)
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    return gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))


def catalogue_of(files: list[Path], language: Language) -> Catalog:
    """Catalogue files as one.

    Parameters
    ----------
    files : list of Path
        A message that stands in two has the translation of the last.
    language : Language
    """
    whole = Catalog(locale=language)
    for path in files:
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    whole.add(message.id, message.string)
    return whole
