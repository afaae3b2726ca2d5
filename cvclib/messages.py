"""What there is to translate, and the catalogues brought up to date with it: ``make messages``.

A message that is new stands in the catalogue without a translation; one that has gone is dropped, as git remembers it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po, write_po

from cvclib.language import CATALOGUES, LANGUAGES, PSEUDO, SOURCE, Language
from cvclib.workspace import workbook_dir

PACKAGE = Path(__file__).parent
KEYWORDS = {"say": None, "mark": None, "say_n": (1, 2)}
IN_CODE = [("languages/**", "ignore"), ("**.py", "python"), ("render/template/**.j2", "jinja2")]
IN_NOTEBOOKS = "cvclib.render.prose:extract"
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""
TRANSLATED: tuple[Language, ...] = tuple(language for language in LANGUAGES if language not in (SOURCE, PSEUDO))


def code_messages() -> Catalog:
    """The texts of code and page templates."""
    found = Catalog()
    for name, _, message, _, _ in extract_from_dir(PACKAGE, IN_CODE, keywords=KEYWORDS, directory_filter=lambda _: True):
        found.add(message, locations=[(f"cvclib/{name}", 1)])
    return found


def notebook_messages(notebooks: Iterable[Path]) -> Catalog:
    """The paragraphs of notebooks' text cells."""
    found = Catalog()
    for path in notebooks:
        for _, message, _, _ in extract_from_file(IN_NOTEBOOKS, path):
            found.add(message, locations=[(path.name, 1)])
    return found


def catalogue_files(language: Language) -> dict[Path, Catalog]:
    """The catalogues that are brought up to date, each with what it should hold."""
    notebooks = workbook_dir() / "notebooks"
    return {
        CATALOGUES / language / "texts.po": code_messages(),
        notebooks / f"{language}.po": notebook_messages(sorted(notebooks.glob("[1-7]_*.ipynb"))),
    }


def read_catalogue(path: Path, language: Language) -> Catalog:
    """A catalogue as it is stored; an empty one where there is none yet."""
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> int:
    """Bring all catalogues up to date, and tell how many messages wait for a translation in each."""
    for language in TRANSLATED:
        for path, messages in catalogue_files(language).items():
            catalogue = read_catalogue(path, language)
            catalogue.update(messages, no_fuzzy_matching=True)
            write_catalogue(path, catalogue)
            print(f"{path.name}: {len(catalogue):,} messages, {len(waiting(catalogue)):,} without a translation")
    return 0


def waiting(catalogue: Catalog) -> list[Message]:
    """The messages without a translation."""
    return [message for message in catalogue if message.id and not all(_forms(message))]


def _forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _place(message: Message) -> tuple[str, str]:
    """Where a message first stands, and itself."""
    return min((file for file, _ in message.locations), default=""), str(message.id)


def write_catalogue(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue; the same for the same messages, so that a diff shows what was translated."""
    ordered = Catalog(locale=catalogue.locale)
    for message in sorted((message for message in catalogue if message.id), key=_place):
        ordered.add(message.id, message.string, locations=sorted(message.locations))
    for message in ordered:
        message.flags.clear()
    body = io.BytesIO()
    write_po(body, ordered, width=0, include_lineno=False, omit_header=True)
    header = HEADER.format(language=catalogue.locale, plural=catalogue.plural_forms)
    path.write_bytes(header.encode() + body.getvalue())


if __name__ == "__main__":
    sys.exit(update())
