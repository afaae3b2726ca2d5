"""The command itself: help, version, exit statuses, and what a user sees of an error."""

import subprocess
import sys
import time
from importlib.metadata import version

import click
import pytest

from cvclib.cli import cli
from cvclib.cli.group import _told
from cvclib.errors import InputError, MissingDataError, Problem

COMMANDS = sorted(cli.commands)


@pytest.fixture
def failing(monkeypatch):
    """Make `cvc check` fail in a given way."""

    def failing(error):
        def fail(*arguments, **more):
            raise error

        monkeypatch.setattr(cli.commands["check"], "callback", fail)

    return failing


def test_the_commands_are_those_of_the_design():
    assert COMMANDS == [
        "check",
        "compare",
        "demo",
        "init",
        "lab",
        "new",
        "open",
        "render",
        "review",
        "roadmap",
        "schema",
        "template",
        "verify",
        "view",
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_examples(cvc, name):
    result = cvc(name, "--help")
    assert result.exit_code == 0
    assert f"cvc {name}" in result.output.split("Examples:")[1]
    assert all(option.help for option in cli.commands[name].params if isinstance(option, click.Option))


def test_the_list_of_commands_cuts_no_sentence(cvc):
    assert "..." not in cvc("--help").output.split("Commands:")[1]


def test_no_command_at_all_shows_the_help_and_is_a_wrong_call(cvc):
    result = cvc()
    assert result.exit_code == 2
    assert "Commands:" in result.output


def test_the_version_is_that_of_the_package(cvc):
    assert cvc("--version").output == f"cvc {version('cvclib')}\n"


@pytest.mark.parametrize(
    "call", [["chek"], ["check", "--nonsense"], ["render", "--jobs", "0"], ["demo", "--seed", "x"], ["new"], ["template", "a", "b"]]
)
def test_a_wrong_call_exits_with_two_and_no_traceback(cvc, call):
    result = cvc(*call)
    assert result.exit_code == 2
    assert "Error" in result.output
    assert "Traceback" not in result.output


def test_a_misspelt_command_is_told_with_the_nearest(cvc):
    assert "Did you mean 'check'?" in cvc("chek").stderr


def test_a_wrong_input_is_told_on_standard_error_and_exits_with_two(cvc, failing):
    failing(InputError([Problem("a.yaml, line 3", "key 'x'", "a key", "Did you mean 'y'?"), Problem("b.csv", "nothing", "rows")]))
    result = cvc("check")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "a.yaml, line 3: found key 'x'; expected a key. Did you mean 'y'?\nb.csv: found nothing; expected rows.\n"


def test_missing_data_exits_with_two(cvc, failing):
    failing(MissingDataError(["orders"]))
    result = cvc("check")
    assert (result.exit_code, "supplies no orders" in result.stderr) == (2, True)


def test_a_file_that_cannot_be_written_exits_with_two(cvc, failing):
    failing(PermissionError(13, "Permission denied", "reports/index.html"))
    result = cvc("check")
    assert (result.exit_code, result.stderr) == (2, "reports/index.html: Permission denied\n")


def test_a_fault_of_the_program_exits_with_one_and_quotes_no_data(cvc, failing):
    failing(ValueError("could not convert 'jan.jansen@example.org'"))
    result = cvc("check")
    assert result.exit_code == 1
    assert "An error in the program (ValueError at" in result.stderr
    assert "jansen" not in result.stderr


@pytest.mark.parametrize("call", [["check", "--debug"], ["--debug", "check"]])
def test_debug_shows_the_traceback(cvc, failing, call):
    failing(InputError([Problem("a.yaml", "x", "y")]))
    result = cvc(*call)
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr


def test_an_interruption_is_told_and_exits_with_130(cvc, failing):
    failing(KeyboardInterrupt())
    result = cvc("check")
    assert result.exit_code == 130
    assert "Interrupted. What was finished before is kept" in result.stderr


def test_what_click_itself_raises_keeps_its_status():
    assert _told(click.exceptions.Exit(0)) == 0


class TestAsAProcess:
    def call(self, *arguments, **more):
        return subprocess.run([sys.executable, "-m", "cvclib", *arguments], capture_output=True, text=True, timeout=60, **more)

    def test_help_comes_at_once(self):
        started = time.perf_counter()
        result = self.call("--help")
        assert result.returncode == 0
        assert time.perf_counter() - started < 2  # 0.1 s on an idle machine; loading pandas and Ibis would take seconds

    def test_help_loads_nothing_heavy(self):
        code = "import sys, cvclib.cli; print([m for m in ('pandas', 'ibis', 'pydantic', 'numpy', 'yaml', 'nbformat') if m in sys.modules])"
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"

    def test_a_wrong_client_file_exits_with_two(self, here):
        (here / "params" / "a.yaml").write_text("client: A\n", encoding="utf-8")
        (here / "notebooks").mkdir()
        (here / "notebooks" / "1_process_mapping.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
        result = self.call("check", "params/a.yaml", cwd=here)
        assert result.returncode == 2
        assert "params/a.yaml, line 1: found no key 'period'" in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_reader_that_stops_early_is_no_error_to_shout_about(self):
        result = subprocess.run(
            f"'{sys.executable}' -m cvclib template --docs | head -1", shell=True, capture_output=True, text=True, timeout=60
        )
        assert result.stdout == "# The canonical tables\n"
        assert result.stderr == ""
