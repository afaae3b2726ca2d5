"""What the report says in another language: everything asked for is translated, with the same values in its braces."""

import ast
import string
from pathlib import Path

import pytest

import cvclib
from cvclib.language import CATALOGUES, PSEUDO, catalogue_of, decimal, in_use, mark, say, say_n, use, using
from cvclib.messages import KEYWORDS, TRANSLATED, catalogue_files, read_catalogue, waiting, write_catalogue

FILES = [
    pytest.param(language, path, messages, id=f"{language} {path.name}")
    for language in TRANSLATED
    for path, messages in catalogue_files(language).items()
]


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def forms(text):
    return text if isinstance(text, (tuple, list)) else (text,)


@pytest.mark.parametrize(("language", "path", "messages"), FILES)
def test_a_catalogue_holds_what_there_is_to_translate_and_no_more(language, path, messages):
    held = read_catalogue(path, language)
    assert {message.id for message in messages} == {message.id for message in held}, "run: make messages"


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*/*.po")), ids=lambda path: f"{path.parent.name} {path.name}")
def test_a_translation_takes_the_values_that_its_message_gives(path):
    catalogue = read_catalogue(path, path.parent.name)
    translated = [message for message in catalogue if message.id and all(forms(message.string))]
    assert translated
    wrong = {
        form: fields(form) ^ fields(forms(message.id)[-1])
        for message in translated
        for form in forms(message.string)
        if fields(form) - fields(forms(message.id)[-1])
        or (form == forms(message.string)[-1] and fields(form) != fields(forms(message.id)[-1]))
    }
    assert wrong == {}


def test_no_text_is_said_inside_another_where_extraction_does_not_see_it():
    hidden = [
        f"{path.name}:{inner.lineno}"
        for path in sorted(Path(cvclib.__file__).parent.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and getattr(inner.func, "id", "") in KEYWORDS and isinstance(inner.args[0], ast.Constant)
    ]
    assert hidden == []


def test_a_text_is_said_in_the_language_in_use_and_numbers_with_its_marks():
    with using("nl"):
        assert say("{low} to {high}", low="1", high="2") == "1 tot 2"
        assert say("{value} (95% interval {interval}, n = {n:,})", value="a", interval="b", n=12345).endswith("n = 12.345)")
        assert decimal("1,234.5") == "1.234,5"
    assert in_use() == "en"
    assert say("{low} to {high}", low="1", high="2") == "1 to 2"


def test_a_text_without_values_keeps_its_braces():
    assert say("{not a field}") == "{not a field}"


def test_the_pseudo_language_bends_letters_and_leaves_the_values():
    with using(PSEUDO):
        assert say("{n:,} days", n=1234) == "1,234 ďàýš".replace("ď", "d")
        assert say_n("{n} answer", "{n} answers", 2) == "2 àñšŵéŕš"


def test_a_language_for_the_process_lasts_and_one_for_a_while_does_not():
    use("nl")
    try:
        assert say(mark("days")) == "dagen"
        with using("en"):
            assert say("days") == "days"
        assert say("days") == "dagen"
    finally:
        use("en")


def test_a_catalogue_is_written_the_same_twice(tmp_path):
    source = CATALOGUES / "nl" / "texts.po"
    for name in ("a.po", "b.po"):
        write_catalogue(tmp_path / name, read_catalogue(source, "nl"))
    assert (tmp_path / "a.po").read_bytes() == (tmp_path / "b.po").read_bytes() == source.read_bytes()


def test_a_plural_is_chosen_by_the_language(tmp_path):
    path = tmp_path / "x.po"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "{n} question"\nmsgid_plural "{n} questions"\nmsgstr[0] "{n} vraag"\nmsgstr[1] "{n} vragen"\n',
        encoding="utf-8",
    )
    (message,) = [message for message in catalogue_of([path], "nl") if message.id]
    assert message.string == ("{n} vraag", "{n} vragen")
    assert waiting(catalogue_of([path], "nl")) == []
