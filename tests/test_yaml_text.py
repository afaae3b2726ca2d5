"""YAML as people write it, with the line of everything."""

import datetime as dt
import pickle

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cvclib.errors import InputError
from cvclib.yaml_text import FromEnvironment, hide_secrets, read_yaml


@pytest.fixture
def read(tmp_path):
    def read(text, environment=None):
        path = tmp_path / "a.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_yaml(path, environment or {})

    return read


@pytest.fixture
def complaint(read):
    def complaint(text):
        with pytest.raises(InputError) as error:
            read(text)
        (problem,) = error.value.problems
        return str(problem)[str(problem).index("a.yaml") :]

    return complaint


@pytest.mark.parametrize("word", ["no", "yes", "on", "off", "y", "N", "08", "010", "12:30", "1_000", "0x1F", ".inf", "1e3x", "=", "0,95"])
def test_words_that_yaml_1_1_would_turn_into_something_else_stay_text(read, word):
    assert read(f"a: {word}").root.plain() == {"a": word}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("False", False), ("8", 8), ("-3", -3), ("0.5", 0.5), (".5", 0.5), ("1e3", 1000.0), ("-1.5e-3", -0.0015),
        ("null", None), ("~", None), ("", None), ("2025-01-31", dt.date(2025, 1, 31)), ("'true'", "true"), ("'8'", "8"),
    ],
)  # fmt: skip
def test_plain_values_get_their_type_and_quoted_ones_are_text(read, written, value):
    found = read(f"a: {written}").root.plain()["a"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_always_text(read):
    assert read("on: 1\nno: 2\n08: 3\n1: 4\n2025-01-01: 5\ntrue: 6").root.plain() == {
        "on": 1, "no": 2, "08": 3, "1": 4, "2025-01-01": 5, "true": 6,
    }  # fmt: skip


def test_every_key_and_value_knows_its_line(read):
    root = read("a: 1\n\n# a remark\nb:\n  - x\n  - y: z\n").root
    assert root.key_lines == {"a": 1, "b": 4}
    assert [branch.line for branch in root.child("b").content] == [5, 6]


def test_anchors_and_merge_keys_are_followed_and_own_keys_win(read):
    assert read("base: &b {x: 1, y: 2}\nown: {<<: *b, y: 3}\nsame: *b").root.plain() == {
        "base": {"x": 1, "y": 2},
        "own": {"x": 1, "y": 3},
        "same": {"x": 1, "y": 2},
    }


@given(
    st.recursive(
        st.integers() | st.booleans() | st.text("abc ", max_size=5) | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", min_size=1, max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_what_is_dumped_comes_back(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("yaml") / "a.yaml"
    path.write_text(yaml.safe_dump({"value": value}), encoding="utf-8")
    assert read_yaml(path).root.plain() == {"value": value}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n\tb: 1", "a.yaml, line 2: found a tab; expected spaces to indent with."),
        ("a: b: c", "a.yaml, line 1: found a second ': ' in 'a: b: c'; expected one key and one value a line."),
        ("a: 'x\nb: 1", "found a quote that is not closed; expected a second one. What is not closed may begin on line 1."),
        ("a: [1, 2\nb: 3", "a.yaml, line 2: found a bracket or brace that is not closed, at 'b: 3'"),
        ("a: {b: ${DIR}/x}", "Within brackets and braces put a text with ${…} in quotes."),
        ("a: %d-%m", "a.yaml, line 1: found a value that begins with %; expected quotes around it."),
        ("a: *x", "found undefined alias 'x'; expected the name of an anchor above it."),
        ('a: "\\q"', "Single quotes take a backslash as it is."),
        ("a:\n  b: 1\n c: 2", "a.yaml, line 3: found 'c: 2' indented otherwise than its neighbours"),
        ("a: 1\n---\nb: 2", "a.yaml, line 2: found a second document (---); expected one client a file."),
        ("a: &a [*a]", "an alias (*) that holds itself or grows without end"),
        ("", "a.yaml: found an empty file; expected keys and their values, one a line."),
        ("- a\n- b", "a.yaml: found no keys at the top"),
        (b"a: 1\nb: caf\xe9\n", "a.yaml, line 2: found a character that is not UTF-8 (byte 0xE9); expected a file saved as UTF-8."),
        (b"a: \x00", "a.yaml, line 1: found a control character; expected plain text."),
    ],
)
def test_a_slip_in_the_writing_is_told_in_plain_words_with_its_line(complaint, text, told):
    assert told in complaint(text)


def test_aliases_of_aliases_do_not_fill_the_memory(complaint):
    """Ten levels of ten are ten thousand million values."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    assert "grows without end" in complaint("\n".join(levels))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_common_editors_are_read(read, encoding):
    assert read("a: café\r\nb: 2\r\n".encode(encoding)).root.plain() == {"a": "café", "b": 2}


def test_a_missing_file_is_told_with_what_stands_beside_it(tmp_path):
    (tmp_path / "nordic.yaml").touch()
    with pytest.raises(InputError, match=r"nordik\.yaml: found no such file; expected a client file\. Beside it there are: nordic\.yaml\."):
        read_yaml(tmp_path / "nordik.yaml")
    with pytest.raises(InputError, match="found a folder"):
        read_yaml(tmp_path)


def test_keys_given_twice_dates_that_are_none_and_tags_are_gathered(read):
    problems = [str(p).split("a.yaml, ")[1] for p in read("a: 1\na: 2\nb: 2025-02-30\nc: !thing x\n? [1]\n: 2").problems]
    assert problems == [
        "line 2: found key 'a' a second time (first on line 1); expected each key once. Keep one of the two.",
        "line 3: found 2025-02-30, which is no day of the calendar; expected an existing date. Put it in quotes if it is no date.",
        "line 4: found tag '!thing'; expected a plain value. Take the tag away.",
        "line 5: found a list or mapping as a key; expected a name before the colon.",
    ]


class TestEnvironment:
    def test_a_variable_is_filled_in_anywhere_in_a_text(self, read):
        assert read("a: ['x/${DIR}/y']\nb: '${DIR}'", {"DIR": "data"}).root.plain() == {"a": ["x/data/y"], "b": "data"}

    def test_a_variable_cannot_bring_yaml_with_it(self, read):
        assert read("a: ${X}", {"X": "1\nb: 2"}).root.plain() == {"a": "1\nb: 2"}

    def test_two_dollars_stand_for_one(self, read):
        assert read("a: $${X} $5 $$", {"X": "secret"}).root.plain() == {"a": "${X} $5 $$"}

    def test_a_variable_that_is_not_set_is_a_problem_with_its_line(self, read):
        (problem,) = read("a: 1\nb: ${NOT_SET}").problems
        assert str(problem).endswith(
            "line 2: found ${NOT_SET}, which is not set; expected a variable of the environment. Set NOT_SET before the call."
        )

    def test_what_is_no_name_of_a_variable_is_a_problem(self, read):
        (problem,) = read("a: ${X:-default}").problems
        assert "found ${X:-default}; expected ${NAME}" in str(problem)

    def test_a_value_from_the_environment_shows_itself_as_written(self, read):
        text = read("a: postgres://${USER_PW}@erp", {"USER_PW": "me:hush"}).root.plain()["a"]
        assert text == "postgres://me:hush@erp"
        assert repr(text) == repr([text])[1:-1] == "'postgres://${USER_PW}@erp'"
        again = pickle.loads(pickle.dumps(text))
        assert (again, repr(again)) == (text, repr(text))

    def test_the_document_does_not_show_it_either(self, read):
        document = read("a: ${PASSWORD}", {"PASSWORD": "open-sesame"})
        assert "open-sesame" not in repr(document)
        assert document.secrets == {"open-sesame": "PASSWORD"}

    def test_secrets_are_hidden_longest_first(self):
        assert hide_secrets("abcdefgh and abcd", {"abcd": "SHORT", "abcdefgh": "LONG"}) == "${LONG} and ${SHORT}"

    def test_text_without_variables_is_plain_text(self, read):
        assert not isinstance(read("a: x").root.plain()["a"], FromEnvironment)
