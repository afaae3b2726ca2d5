"""What the tests of the command line share: a folder to stand in and a way to call."""

import pytest
from click.testing import CliRunner, Result

from cvclib.cli import cli

CLIENT_FILE = """\
client: A client
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  prices: {file: ../data/prices.csv, columns: {brand: Brand, price: Price}}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with one right client file and its data; the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("params", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "params" / "a.yaml").write_text(CLIENT_FILE, encoding="utf-8")
    (tmp_path / "data" / "prices.csv").write_text("Brand,Price\nOurs,10\nTheirs,12\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def cvc(here):
    def cvc(*arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))

    return cvc
