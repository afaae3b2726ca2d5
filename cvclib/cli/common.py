"""What the commands share: examples in the help, exit statuses, plain text tables, finding client files."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from cvclib.errors import InputError, Problem

FAILED, WRONG, INTERRUPTED = 1, 2, 130  # exit statuses besides 0; 130 is the shell's own for Ctrl-C
LINE_WIDTH = 110  # letters; longer lines are hard to read


class Examples:
    """A click command whose help ends in examples."""

    def __init__(self, *args: Any, examples: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.examples = textwrap.dedent(examples).strip("\n")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the options."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.examples.splitlines()))


class Command(Examples, click.Command):
    """A command of `cvc`."""


debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")


def command(name: str, short_help: str, *, examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Decorate a function as a command with examples and ``--debug``."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return click.command(name, cls=Command, short_help=short_help, examples=examples)(debug_option(function))

    return decorate


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=1, ensure_ascii=False))


def client_files(given: Sequence[str]) -> list[Path]:
    """The client files that were asked for: files, folders, patterns; those of params/ where none is named.

    Raises
    ------
    InputError
        If a name stands for nothing; names all that do.
    """
    found: list[Path] = []
    problems: list[Problem] = []
    for name in given or ["params"]:
        path = Path(name)
        if path.is_dir():
            matches = sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
        elif any(mark in name for mark in "*?[") and not path.exists():  # a shell that does not expand patterns
            matches = sorted(Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))))
        else:
            matches = [path] if path.is_file() else []
        found += matches
        if not matches:
            problems.append(_nothing(path, bool(given)))
    if problems:
        raise InputError(problems)
    return list(dict.fromkeys(found))


def _nothing(path: Path, given: bool) -> Problem:
    from cvclib.spelling import nearest  # loaded for a mistake only

    if not given:
        fix = "Name the files, or lay out a working folder with 'cvc new DIR' and run there."
        return Problem("params/", "no client file in this folder", "files such as params/client.yaml", fix)
    beside = [p.name for p in sorted(path.parent.glob("*.y*ml"))] if path.parent.is_dir() else []
    near = nearest(path.name, beside)
    fix = f"Did you mean '{path.parent / near}'?" if near else f"Beside it there are: {', '.join(beside[:10])}." if beside else ""
    return Problem(str(path), "no such file" if not path.is_dir() else "no client file in it", "a client file (YAML)", fix)


def columns(rows: Iterable[Sequence[object]], right: Iterable[int] = (), indent: str = "  ") -> str:
    """Rows as aligned plain text; the columns in `right` are set right, the last one is never padded.

    Examples
    --------
    >>> print(columns([("orders", 12), ("kano", 3)], right=[1], indent=""))
    orders  12
    kano     3
    """
    cells = [[_shown(x) for x in row] for row in rows]
    if not cells:
        return ""
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    right = set(right)
    lines = ["  ".join(x.rjust(w) if i in right else x.ljust(w) for i, (x, w) in enumerate(zip(row, widths, strict=True))) for row in cells]
    return "\n".join((indent + line).rstrip() for line in lines)


def wrapped(text: str, first: str = "", then: str = "") -> list[str]:
    """A text as lines that fit the terminal, or are short enough to read where there is none."""
    width = min(shutil.get_terminal_size((LINE_WIDTH, 24)).columns, LINE_WIDTH)
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False)


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{value:,.0f}"
