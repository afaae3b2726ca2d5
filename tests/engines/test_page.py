"""The page on engines: what it shows of a client on PostgreSQL is what happens."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest itself does without importlib mode

from console import ROOT, commands_of, terminal


@pytest.mark.notebook
@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_what_needs_postgres_runs_and_says_what_it_shows(page, request, tmp_path):
    commands = [command for command in commands_of(page.read_text(encoding="utf-8")) if command.needs == "postgres"]
    if not commands:
        return
    loaded = request.getfixturevalue("loaded")  # skips where there is no server
    (tmp_path / "work" / "params").mkdir(parents=True)
    here = terminal(tmp_path / "work", tmp_path / "tools", ERP_URL=loaded.address("reader"))
    for command in commands:
        here.run(command)
