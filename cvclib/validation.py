"""Pydantic's errors as problems that a reader understands: the line, what stands there, what should.

Knows models and YAML trees, not what a client file means.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cvclib.errors import Problem
from cvclib.spelling import did_you_mean, nearest
from cvclib.wording import joined
from cvclib.yaml_text import Branch, Document, FromEnvironment

WRONG = "wrong"  # type of the errors that validators of the house raise
LONGEST_SHOWN = 60  # letters of a wrong value; more does not help to find it
Path = tuple[str | int, ...]

_EXPECTED: dict[str, str] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_type": "a date such as 2025-12-31",
    "dict_type": "keys and their values",
    "finite_number": "a number",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "keys and their values",
    "model_type": "keys and their values",
    "string_too_short": "a text that is not empty",
    "string_type": "text",
    "too_short": "a list that is not empty",
}


def wrong(expected: str, fix: str = "", found: str = "") -> PydanticCustomError:
    """An error for a validator to raise: what was expected, what to do, and what was found where that is not the value itself."""
    return PydanticCustomError(WRONG, "expected {expected}. {fix}", {"expected": expected, "fix": fix, "found": found})


def problems_of(error: ValidationError, model: type[BaseModel], document: Document) -> list[Problem]:
    """What pydantic found wrong with a YAML file, told in plain words.

    Parameters
    ----------
    error : pydantic.ValidationError
    model : type of BaseModel
        The model that was validated. A class attribute ``called`` names it in messages.
    document : Document
        The file as a tree.

    Returns
    -------
    list of Problem
        One a place of the file, sorted by line; a value from the environment stands in none of them.
    """
    details = error.errors(include_url=False)
    unknown = {_path(document.root, e["loc"]) for e in details if e["type"] == "extra_forbidden"}
    by_place: dict[Path, list[ErrorDetails]] = {}
    for e in details:
        by_place.setdefault((*_path(document.root, e["loc"]), e["type"] == "missing"), []).append(e)
    found = []
    for (*steps, missing), errors in by_place.items():
        path = tuple(steps)
        if missing:
            found.append(_missing(errors[0], path, model, document, unknown))
        elif path in unknown:
            found.append(_unknown_key(path, model, document))
        else:
            found.append(_wrong_value(errors, path, document))
    told = sorted((pair for pair in found if pair), key=lambda pair: pair[0])
    return [document.hide(problem) for _, problem in told]


def model_at(annotation: Any, path: Sequence[str | int]) -> type[BaseModel] | None:
    """The model that validates the value at a path below an annotation; None where it is no model."""
    for step in path:
        annotation = _below(annotation, step)
    return next((kind for kind in _kinds(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys of a model as a file spells them."""
    return [info.alias or name for name, info in model.model_fields.items()]


def described(branch: Branch) -> str:
    """A value as a message names it; the name of its variable where it comes from the environment."""
    value = branch.content
    if isinstance(value, FromEnvironment):
        return f"the value of {branch.as_written}" if branch.as_written.startswith("${") else repr(branch.as_written)
    if isinstance(value, dict):
        return "keys and values below it"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return f"the date {value.isoformat()}"
    text = branch.as_written
    shown = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    return repr(shown) if isinstance(value, str) else shown


def _path(root: Branch, loc: Iterable[str | int]) -> Path:
    """The part of pydantic's location that stands in the file: tags of unions and '[key]' fall out.

    The last step stays if it is a key: of a missing key nothing stands in the file.
    """
    here: Branch | None = root
    path: list[str | int] = []
    loc = list(loc)
    for i, step in enumerate(loc):
        below = here.child(step) if here else None
        if below is not None:
            path.append(step)
            here = below
        elif i == len(loc) - 1 and isinstance(step, str) and here is not None and isinstance(here.content, dict) and step.isidentifier():
            path.append(step)
    return tuple(path)


def _branch(root: Branch, path: Path) -> Branch | None:
    here: Branch | None = root
    for step in path:
        here = here.child(step) if here else None
    return here


def _missing(error: ErrorDetails, path: Path, model: type[BaseModel], document: Document, unknown: set[Path]) -> tuple[int, Problem] | None:
    *above, key = path
    parent = _branch(document.root, tuple(above)) or document.root
    misspelt = [p[-1] for p in unknown if p[:-1] == tuple(above)]
    owner = model_at(model, above)
    keys = keys_of(owner) if owner else []
    if any(nearest(str(name), keys) == key for name in misspelt):
        return None  # the misspelt key is told already
    where = document.at(parent.line) + (f", key {_dotted(above)!r}" if above else "")
    info = next((i for n, i in owner.model_fields.items() if (i.alias or n) == key), None) if owner else None
    hint = (info.json_schema_extra or {}).get("hint", "") if info and isinstance(info.json_schema_extra, dict) else ""
    fix = f"Add {hint!r}." if hint else ""
    return parent.line, Problem(where, f"no key {str(key)!r}", f"it in {getattr(owner, 'called', 'this place')}", fix)


def _unknown_key(path: Path, model: type[BaseModel], document: Document) -> tuple[int, Problem]:
    *above, key = path
    parent = _branch(document.root, tuple(above))
    owner = model_at(model, above)
    keys = keys_of(owner) if owner else []
    fix = (not above and _belongs_below(str(key), model)) or did_you_mean(str(key), keys, "The keys are")
    line = parent.key_lines.get(str(key), parent.line) if parent else 1
    return line, Problem(document.at(line), f"key {str(key)!r}", f"a key of {getattr(owner, 'called', 'this place')}", fix)


def _belongs_below(key: str, model: type[BaseModel]) -> str:
    """Advice for a key that is right one level down, such as 'logo' outside 'report'."""
    for name in keys_of(model):
        below = model_at(model, [name])
        if below and key in keys_of(below):
            return f"It belongs under '{name}:'."
    return ""


def _wrong_value(errors: list[ErrorDetails], path: Path, document: Document) -> tuple[int, Problem] | None:
    branch = _branch(document.root, path)
    if branch is None or branch.broken:
        return None
    parent = _branch(document.root, path[:-1]) if path else None
    line = branch.line
    if branch.content is None and parent and path:  # PyYAML puts an empty value on the next line
        line = parent.key_lines.get(str(path[-1]), line)
    where = document.at(line) + (f", key {_dotted(path)!r}" if path else "")
    first = errors[0]
    context = first.get("ctx") or {}
    expected = context["expected"] if first["type"] == WRONG else _any_of(errors)
    fix = context.get("fix", "") if first["type"] == WRONG else _fix(errors, branch)
    if branch.content is None and path and str(path[-1]).isdigit():
        fix = "Within braces a comma separates: write a number with a point."
    found = (context.get("found") if first["type"] == WRONG else "") or described(branch)
    return line, Problem(where, found, expected, fix)


def _any_of(errors: list[ErrorDetails]) -> str:
    expected = list(dict.fromkeys(map(_expected, errors)))
    if "a number" in expected:
        expected = [x for x in expected if x != "a whole number"]
    return joined(expected, "or") if len(expected) < 3 else f"{', '.join(expected[:-1])}, or {expected[-1]}"


def _expected(error: ErrorDetails) -> str:
    context = error.get("ctx") or {}
    match error["type"]:
        case "greater_than_equal":
            return f"a number of at least {context['ge']:g}"
        case "greater_than":
            return f"a number above {context['gt']:g}"
        case "less_than_equal":
            return f"a number of at most {context['le']:g}"
        case "literal_error":
            return context["expected"]
    return _EXPECTED.get(error["type"], error["msg"])


def _fix(errors: list[ErrorDetails], branch: Branch) -> str:
    kinds = {e["type"] for e in errors}
    value = branch.content
    if isinstance(value, FromEnvironment):
        return "Set the variable otherwise."
    if "literal_error" in kinds and isinstance(value, str):
        allowed = [part.strip("'") for part in (errors[0].get("ctx") or {})["expected"].replace(" or ", ", ").split(", ")]
        return did_you_mean(value, allowed) if nearest(value, allowed) else ""
    if kinds & {"string_type", "string_too_short"} and value is None:
        return "A # begins a comment: put a value that holds one in quotes."
    if "string_type" in kinds and not isinstance(value, dict | list):
        return "Put it in quotes to make it text."
    if kinds & {"bool_type", "bool_parsing"} and isinstance(value, str):
        said = {"no": "false", "off": "false", "yes": "true", "on": "true"}.get(value.lower())
        return f"Write {said}." if said else ""
    return ""


def _dotted(path: Iterable[str | int]) -> str:
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _kinds(annotation: Any) -> list[Any]:
    """The types of an annotation, with its unions opened and its remarks dropped."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    return [annotation]


def _below(annotation: Any, step: str | int) -> Any:
    for kind in _kinds(annotation):
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is dict and isinstance(step, str):
            return arguments[1]
        if origin in (list, tuple) and isinstance(step, int):
            return arguments[0]
        if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(step, str):
            return next((i.annotation for n, i in kind.model_fields.items() if (i.alias or n) == step), None)
    return None
