"""The command `cvc` itself: its subcommands, and what becomes of an error.

Exit status: 0 all went well, 1 a client failed (or the program did), 2 the call or an input was wrong,
130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import click

from cvclib.cli.checking import check
from cvclib.cli.common import FAILED, INTERRUPTED, WRONG, Examples, debug_option
from cvclib.cli.comparing import compare
from cvclib.cli.folders import demo, lab, new, open_notebook
from cvclib.cli.planning import roadmap
from cvclib.cli.proposing import init
from cvclib.cli.reference import schema, template
from cvclib.cli.rendering import render
from cvclib.cli.reviewing import review, view
from cvclib.cli.verifying import verify
from cvclib.errors import InputError, MissingDataError

PACKAGE = Path(__file__).resolve().parents[1]


class _Cvc(Examples, click.Group):
    """A group that turns every way of failing into a message and an exit status."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, standalone_mode: bool = True, **more: Any) -> Any:
        """Run a command and leave with its exit status."""
        args = list(sys.argv[1:] if args is None else args)
        own = args[: args.index("--")] if "--" in args else args
        try:
            status = super().main(args, *rest, standalone_mode=False, **more)
        except Exception as error:
            if "--debug" in own:
                traceback.print_exc()
            status = _told(error)
        sys.exit(status if isinstance(status, int) else 0)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; of one that does not exist, tell the nearest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from cvclib.spelling import did_you_mean  # loaded for a mistake only

            raise click.UsageError(f"No such command {args[0]!r}. {did_you_mean(args[0], self.commands)}", ctx) from error


def _told(error: Exception) -> int:
    """Say what went wrong and return the exit status it means."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            _say("Interrupted. What was finished before is kept; the same call goes on from there.")
            return INTERRUPTED
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.ctx.get_help())
            return WRONG
        case click.ClickException():
            error.show()
            return WRONG
        case InputError() | MissingDataError():
            _say(str(error))
            return WRONG
        case BrokenPipeError():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the flush at exit complains once more
            return FAILED
        case OSError() if error.filename:
            _say(f"{error.filename}: {error.strerror}")
            return WRONG
    frames = traceback.extract_tb(error.__traceback__)
    place = next((frame for frame in reversed(frames) if PACKAGE in Path(frame.filename).parents), frames[-1])
    # The error's own text is left out: it may quote a client's data or a secret.
    _say(f"An error in the program ({type(error).__name__} at {Path(place.filename).name}, line {place.lineno}). --debug shows it in full.")
    return FAILED


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.group(
    cls=_Cvc,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    examples="""
    cvc new workbook                         a working folder with an example client
    cvc check params/nordic-beds.yaml        what is in the data, and which steps can be computed
    cvc render params/*.yaml                 one report a client: reports/index.html
    """,
)
@click.version_option(version("cvclib"), "-V", "--version", message="cvc %(version)s")
@debug_option
def cli() -> None:
    """Customer Value Chain Workbook: a company's own exports in, one report a client out."""


for _command in (render, verify, check, compare, init, review, view, roadmap, new, demo, template, schema, lab, open_notebook):
    cli.add_command(_command)


def main() -> NoReturn:
    """Run `cvc` with the arguments of the process."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console without a letter shows '?' instead of failing
    cli.main()
    raise SystemExit(0)
