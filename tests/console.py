"""The console blocks of a page: its commands run in order, their output held against what the page shows.

In a ```console block a line that begins with ``$ `` is a command, one that begins with ``> `` goes on with it, and what follows is its
output. ``…`` on a line of its own stands for lines left out, within a line for any text. ``exit=2`` after ``console`` says how the
commands end, ``needs=postgres`` what has to be there.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```console([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SETTINGS = {"exit", "needs"}
LEFT_OUT = "…"
SECONDS = 240  # a command of a page takes a few seconds; one that hangs is told


@dataclass(frozen=True)
class Command:
    """One command of a page: what is typed, how it ends, and what is shown of its output."""

    line: int
    text: str
    status: int
    shown: tuple[str, ...]
    needs: str = ""


def commands_of(page: str) -> list[Command]:
    """The commands of a page, in order."""
    found = []
    for block in BLOCK.finditer(page):
        settings = dict(part.split("=", 1) for part in block[1].split())
        assert settings.keys() <= SETTINGS, f"{block[1]}: a console block may say {', '.join(sorted(SETTINGS))}"
        line = page[: block.start(2)].count("\n") + 1
        found += _commands(block[2].splitlines(), line, int(settings.get("exit", 0)), settings.get("needs", ""))
    return found


def _commands(lines: list[str], first: int, status: int, needs: str) -> list[Command]:
    assert lines, f"line {first}: a console block without a command"
    assert lines[0].startswith("$ "), f"line {first}: a console block begins with a command"
    begins = [i for i, line in enumerate(lines) if line.startswith("$ ")]
    found = []
    for i, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        more = next((j for j in range(i + 1, end) if not lines[j].startswith("> ") and lines[j] != ">"), end)
        text = "\n".join(line[2:] for line in lines[i:more])
        found.append(Command(first + i, text, status, tuple(line.rstrip() for line in lines[more:end]), needs))
    return found


def shows(said: str, shown: tuple[str, ...]) -> bool:
    """Whether an output is what a page shows of it; where the page shows nothing, anything is."""
    if not shown:
        return True
    lines = ["(?:[^\n]*\n)*?" if line.strip() == LEFT_OUT else _pattern(line) + "\n" for line in shown]
    said = "".join(f"{line.rstrip()}\n" for line in said.strip("\n").splitlines())
    return re.fullmatch("".join(lines), said) is not None


def _pattern(line: str) -> str:
    return "[^\n]*?".join(re.escape(part) for part in line.split(LEFT_OUT))


@dataclass(frozen=True)
class Terminal:
    """A folder to stand in, with `cvc` of this checkout in the search path."""

    folder: Path
    variables: dict[str, str]

    def run(self, command: Command) -> None:
        """Run a command of a page; it ends and says what the page shows."""
        done = subprocess.run(
            ["bash", "-c", command.text], cwd=self.folder, env=self.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, encoding="utf-8", timeout=SECONDS, check=False,
        )  # fmt: skip
        told = f"line {command.line}: $ {command.text}\n{done.stdout}"
        assert done.returncode == command.status, f"exit status {done.returncode} instead of {command.status}, {told}"
        shown = "\n".join(command.shown)
        assert shows(done.stdout, command.shown), f"the page shows other output; {told}\n---- the page ----\n{shown}"


def terminal(folder: Path, tools: Path, **variables: str) -> Terminal:
    """A terminal in a folder; what it needs beside goes to another."""
    tools.mkdir(parents=True, exist_ok=True)
    for name, call in {"cvc": f'"{sys.executable}" -m cvclib', "python": f'"{sys.executable}"'}.items():
        program = tools / name
        program.write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    own = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "CVC_CACHE_DIR": str(tools / "cache"),
        "COLUMNS": "110",
        "PYTHONUTF8": "1",
    }
    return Terminal(folder, {**os.environ, **own, **variables})
