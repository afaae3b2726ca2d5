"""The demonstration client, written once for all tests of the steps that look for its planted truths."""

import pytest

from cvclib.client import Client
from cvclib.demo import write_demo
from cvclib.sources.cache import FOLDER_VARIABLE


@pytest.fixture(scope="session")
def nordic_beds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "nordic-beds"
    write_demo(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield Client.open(folder / "nordic-beds.yaml")
