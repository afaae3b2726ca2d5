"""The real clients, prepared once for all tests of a run."""

from pathlib import Path

import pytest

from cvclib.client import Client

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def opened(tmp_path_factory):
    """Opens a client file, with the prepared tables in a folder of the test run's own."""
    folder = tmp_path_factory.mktemp("prepared")

    def open_client(name, **settings):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CVC_CACHE_DIR", str(folder))
            return Client.open(ROOT / "params" / name, **settings)

    return open_client
