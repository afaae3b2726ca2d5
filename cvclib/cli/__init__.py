"""The command line, `cvc`: reads arguments, calls one public function, prints, sets the exit status."""

from cvclib.cli.group import cli, main

__all__ = ["cli", "main"]
