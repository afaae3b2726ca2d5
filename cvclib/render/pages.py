"""The page templates: where they are, and how a value from data becomes HTML (always escaped).

Knows the records' fields, not what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from cvclib.language import mark, say, say_n
from cvclib.render.rewriting import linked_numbers
from cvclib.wording import label, number

TEMPLATE = Path(__file__).parent / "template"
CONTENT_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

KINDS = {"problem": mark("Problem"), "chance": mark("Chance"), "strength": mark("Strength"), "no signal": mark("No signal")}
STATUS = {
    "met": ("✓", mark("on target")),
    "missed": ("✕", mark("off target")),
    "cannot tell": ("?", mark("cannot tell yet")),
    "no target": ("", mark("no target set")),
}


@cache
def environment() -> Environment:
    """The Jinja environment of the report's own pages: everything is escaped, an unknown name is an error."""
    env = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.filters.update(number=number, label=label, css_text=css_text, linked_numbers=linked_numbers)
    env.globals.update(csp=CONTENT_SECURITY, kinds=KINDS, statuses=STATUS, include_css=include_css, say=say, say_n=say_n)
    return env


def page(name: str, values: Mapping[str, Any]) -> str:
    """A page from its template."""
    return environment().get_template(name).render(values)


def parts(currency: str) -> ModuleType:
    """The macros that show records: ``findings``, ``indicators`` and ``gaps``."""
    return environment().get_template("parts.html.j2").make_module({"currency": currency})


def include_css(name: str) -> Markup:
    """A style sheet of the template folder, for a style element."""
    return Markup((TEMPLATE / name).read_text(encoding="utf-8"))


@pass_eval_context
def css_text(context: EvalContext, text: str) -> Markup:
    r"""A text as the inside of a CSS string, safe within a style element too.

    Examples
    --------
    >>> str(css_text(None, "A</style>"))
    'A\\00003c\\00002fstyle\\00003e'
    """
    return Markup("".join(c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):06x}" for c in text))
