"""A YAML file as a tree that remembers the line of every key and value.

Reads YAML the way people write it: only ``true`` and ``false`` are truth values, so ``no``, ``on`` and ``off``
stay words; ``08`` and ``12:30`` stay text; keys are always text. ``${NAME}`` is taken from the environment and
never shown. Knows nothing of client files.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cvclib.errors import InputError, Problem

MOST_NODES = 200_000  # aliases of aliases can grow without end; no client file comes near this
CORE = "tag:yaml.org,2002:"
VARIABLE = re.compile(r"\$(\$)?\{([^{}]*)\}")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
SHORTEST_SECRET = 4  # shorter values are found in any text; hiding them there would only garble it


class FromEnvironment(str):
    """A text with values from the environment in it: works as the text, shows itself as it was written.

    Examples
    --------
    >>> url = FromEnvironment("postgres://me:secret@erp", "${ERP_URL}")
    >>> url, url.startswith("postgres")
    ('${ERP_URL}', True)
    """

    as_written: str

    def __new__(cls, value: str, as_written: str) -> FromEnvironment:
        """Make the text from what it is and what it was written as."""
        text = super().__new__(cls, value)
        text.as_written = as_written
        return text

    def __getnewargs__(self) -> tuple[str, str]:
        return (str.__str__(self), self.as_written)

    def __repr__(self) -> str:
        return repr(self.as_written)


@dataclass(frozen=True)
class Branch:
    """A value of the file: a scalar, a mapping or a list, and where it stands.

    Parameters
    ----------
    content : object
        A plain value, ``dict[str, Branch]`` or ``list[Branch]``.
    line : int
        Line on which the value starts, counted from 1.
    as_written : str
        A scalar's own text, before any variable was filled in; empty for mappings and lists.
    key_lines : dict of str to int
        Of a mapping, the line of each key.
    broken : bool
        Whether it already has a problem, so that a second complaint would only confuse.
    """

    content: Any
    line: int
    as_written: str = ""
    key_lines: dict[str, int] = field(default_factory=dict)
    broken: bool = False

    def plain(self) -> Any:
        """The value without its lines, as ``yaml.safe_load`` would give it."""
        if isinstance(self.content, dict):
            return {key: branch.plain() for key, branch in self.content.items()}
        if isinstance(self.content, list):
            return [branch.plain() for branch in self.content]
        return self.content

    def child(self, step: str | int) -> Branch | None:
        """The value below a key or at an index; None where there is none."""
        if isinstance(self.content, dict) and isinstance(step, str):
            return self.content.get(step)
        if isinstance(self.content, list) and isinstance(step, int) and step < len(self.content):
            return self.content[step]
        return None

    def uses_environment(self) -> bool:
        """Whether a value from the environment stands in it or below it."""
        below = self.content.values() if isinstance(self.content, dict) else self.content
        if isinstance(self.content, dict | list):
            return any(branch.uses_environment() for branch in below)
        return isinstance(self.content, FromEnvironment)


@dataclass(frozen=True)
class Document:
    """A YAML file that was read.

    Parameters
    ----------
    name : str
        The file, as the user named it.
    root : Branch
        Its top mapping.
    problems : tuple of Problem
        What is wrong with it as YAML but need not stop the reading: keys given twice, variables not set.
    secrets : dict of str to str
        Value from the environment: its name.
    """

    name: str
    root: Branch
    problems: tuple[Problem, ...] = ()
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def at(self, line: int) -> str:
        """A place in the file, as messages name it."""
        return f"{self.name}, line {line}"

    def hide(self, problem: Problem) -> Problem:
        """The problem with every value from the environment put back to its name."""
        where, *rest = problem
        return Problem(where, *(hide_secrets(part, self.secrets) for part in rest))


def hide_secrets(text: str, secrets: Mapping[str, str]) -> str:
    """A text in which values from the environment are put back to their names.

    Examples
    --------
    >>> hide_secrets("cannot reach postgres://me:pw@erp/db", {"postgres://me:pw@erp": "ERP_URL"})
    'cannot reach ${ERP_URL}/db'
    """
    for value in sorted(secrets, key=len, reverse=True):
        if len(value) >= SHORTEST_SECRET:
            text = text.replace(value, f"${{{secrets[value]}}}")
    return text


def read_yaml(path: str | Path, environment: Mapping[str, str] | None = None) -> Document:
    """Read a YAML file whose top is a mapping.

    Parameters
    ----------
    path : path
    environment : mapping of str to str, optional
        Where ``${NAME}`` is looked up; the process's environment by default. ``$${NAME}`` stays ``${NAME}``.

    Returns
    -------
    Document
        With its milder problems, so that they can be told together with those of the content.

    Raises
    ------
    InputError
        If there is no such file, it is not UTF-8, or it is not YAML.
    """
    name = str(path)
    text = _decoded(name, _bytes(name, Path(path)))
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise InputError([_syntax_problem(name, error, text)]) from None
    if not isinstance(node, yaml.MappingNode):
        found = "an empty file" if node is None else "no keys at the top"
        raise InputError([Problem(name, found, "keys and their values, one a line", "Write each as 'key: value'.")])
    builder = _Builder(name, os.environ if environment is None else environment)
    root = builder.branch(node)
    return Document(name, root, tuple(builder.problems), builder.secrets)


def plain_value(text: str) -> str | int | float | bool:
    """A bare word as the reader of files takes it: a number, a truth value, else the text itself.

    Examples
    --------
    >>> plain_value("20"), plain_value("true"), plain_value("no"), plain_value("08"), plain_value("2025-01-01")
    (20, True, 'no', '08', '2025-01-01')
    """
    match _Loader("").resolve(yaml.ScalarNode, text, (True, False)).removeprefix(CORE):
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
    return text


def _bytes(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        fix = f"Beside it there are: {', '.join(near[:10])}." if near else "Check the path."
        raise InputError([Problem(name, "no such file", "a client file", fix)]) from None
    except IsADirectoryError:
        fix = f"Name the file in it: {path / 'client.yaml'}, say."
        raise InputError([Problem(name, "a folder", "a client file", fix)]) from None
    except OSError as error:
        raise InputError([Problem(name, f"a file that cannot be read ({error.strerror})", "a client file")]) from None


def _decoded(name: str, data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"a character that is not UTF-8 (byte 0x{data[error.start]:02X})"
        problem = Problem(f"{name}, line {line}", found, "a file saved as UTF-8", "Save it again with encoding UTF-8.")
        raise InputError([problem]) from None


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with fewer surprises in what a bare word means."""


# PyYAML follows YAML 1.1, where `no` is false, `012` is ten, `12:30` is 750 and `1_000` is a thousand.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+|(?:0|[1-9][0-9]*)(?=[eE]))(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789"),
    ("merge", r"^<<$", "<"),
):
    _Loader.add_implicit_resolver(CORE + _tag, re.compile(_pattern), list(_first))


class _Builder:
    """Turns PyYAML's nodes into branches, gathering what is wrong on the way."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.environment = environment
        self.problems: list[Problem] = []
        self.secrets: dict[str, str] = {}
        self._n_nodes = 0
        self._open: list[int] = []

    def branch(self, node: yaml.Node) -> Branch:
        line = node.start_mark.line + 1
        self._n_nodes += 1
        if id(node) in self._open or self._n_nodes > MOST_NODES:
            problem = Problem(self._at(line), "an alias (*) that holds itself or grows without end", "plain values")
            raise InputError([*self.problems, problem])
        self._open.append(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, line)
            if isinstance(node, yaml.SequenceNode):
                return Branch([self.branch(child) for child in node.value], line)
            n_before = len(self.problems)
            content = self._scalar(node, line)
            return Branch(content, line, node.value, broken=len(self.problems) > n_before)
        finally:
            self._open.pop()

    def _at(self, line: int) -> str:
        return f"{self.name}, line {line}"

    def _mapping(self, node: yaml.MappingNode, line: int) -> Branch:
        content: dict[str, Branch] = {}
        lines: dict[str, int] = {}
        merged: dict[str, Branch] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(self._at(key_line), "a list or mapping as a key", "a name before the colon"))
                continue
            key = key_node.value
            if key_node.tag == CORE + "merge":
                merged |= {k: v for k, v in self._merged(value_node) if k not in merged}
            elif key in content:
                found = f"key {key!r} a second time (first on line {lines[key]})"
                self.problems.append(Problem(self._at(key_line), found, "each key once", "Keep one of the two."))
            else:
                content[key], lines[key] = self.branch(value_node), key_line
        for key, value in merged.items():
            if key not in content:
                content[key], lines[key] = value, value.line
        return Branch(content, line, key_lines=lines)

    def _merged(self, node: yaml.Node) -> Iterator[tuple[str, Branch]]:
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            branch = self.branch(source)
            if isinstance(branch.content, dict):
                yield from branch.content.items()
            else:
                self.problems.append(Problem(self._at(branch.line), "'<<' with a plain value", "a mapping to take keys from"))

    def _scalar(self, node: yaml.ScalarNode, line: int) -> Any:
        text = node.value
        if not node.tag.startswith(CORE) or "python/" in node.tag or node.tag in (CORE + "binary", CORE + "set"):
            self.problems.append(Problem(self._at(line), f"tag {node.tag!r}", "a plain value", "Take the tag away."))
            return text
        match node.tag.removeprefix(CORE):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return self._number(int, text, line)
            case "float":
                return self._number(float, text, line)
            case "timestamp":
                return self._date(text, line)
        return self._filled_in(text, line)

    def _number(self, kind: type, text: str, line: int) -> Any:
        try:
            return kind(text)
        except ValueError:  # only where a tag claims it: !!int abc
            self.problems.append(Problem(self._at(line), repr(text), "a number"))
            return text

    def _date(self, text: str, line: int) -> dt.date | str:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            fix = "Put it in quotes if it is no date."
            self.problems.append(Problem(self._at(line), f"{text}, which is no day of the calendar", "an existing date", fix))
            return text

    def _filled_in(self, text: str, line: int) -> str:
        """The text with its variables filled in; marked, so that it is never shown."""
        used = False

        def value_of(found: re.Match[str]) -> str:
            nonlocal used
            escaped, name = found.groups()
            if escaped:
                return found[0][1:]
            if not VARIABLE_NAME.match(name):
                fix = "Write $${…} for a dollar and braces that mean themselves."
                problem = Problem(self._at(line), found[0], "${NAME}: letters, digits and underscores", fix)
            elif name not in self.environment:
                fix = f"Set {name} before the call."
                problem = Problem(self._at(line), f"${{{name}}}, which is not set", "a variable of the environment", fix)
            else:
                used = True
                if value := self.environment[name]:
                    self.secrets[value] = name
                return value
            self.problems.append(problem)
            return found[0]

        filled = VARIABLE.sub(value_of, text)
        return FromEnvironment(filled, text) if used else filled


def _syntax_problem(name: str, error: yaml.YAMLError, text: str) -> Problem:
    """PyYAML's complaint in plain words."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: error.position].count("\n") + 1
        return Problem(f"{name}, line {line}", "a control character", "plain text", "Save the file again as UTF-8.")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    said = str(getattr(error, "problem", None) or error)
    start = getattr(error, "context_mark", None)
    found, expected, fix = _in_plain_words(said, text.splitlines()[line - 1] if line <= len(text.splitlines()) else "")
    if start and start.line + 1 < line:
        fix = f"{fix} What is not closed may begin on line {start.line + 1}.".strip()
    return Problem(f"{name}, line {line}", found, expected, fix)


def _in_plain_words(said: str, line: str) -> tuple[str, str, str]:
    stripped = line.strip()
    bare_line = f"{stripped[:60]!r}" if stripped else "the end of the file"
    if "${" in line:  # a line with a variable holds none of its value, but may hold a password beside it
        bare_line = "a line"
    if "\\t" in said or "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab", "spaces to indent with", "YAML allows no tabs; put two spaces in its place."
    if "cannot start any token" in said:
        mark = said.split("'")[1] if "'" in said else "it"
        return f"a value that begins with {mark}", "quotes around it", f'Write "{mark}…".'
    if "mapping values are not allowed" in said:
        return f"a second ': ' in {bare_line}", "one key and one value a line", "Put a value that holds a colon in quotes."
    if "could not find expected ':'" in said:
        return f"{bare_line} without a colon", "key: value", "Check this line and the one above."
    if "unexpected end of stream" in said:
        return "a quote that is not closed", "a second one", ""
    if "expected ',' or" in said:
        fix = "Within brackets and braces put a text with ${…} in quotes." if "${" in line else ""
        return f"a bracket or brace that is not closed, at {bare_line}", "',' or the closing mark", fix
    if "undefined alias" in said:
        return f"{said.removeprefix('found ')}", "the name of an anchor above it", "Put a text that begins with * in quotes."
    if "block end" in said:
        return f"{bare_line} indented otherwise than its neighbours", "keys of one level below each other", ""
    if "escape character" in said:
        return f"{said.removeprefix('found ')} in double quotes", "a known escape", "Single quotes take a backslash as it is."
    if "another document" in said:
        return "a second document (---)", "one client a file", ""
    return said.removeprefix("found "), "YAML", ""
