import importlib.util
from pathlib import Path

import pytest


def _load(name):
    spec = importlib.util.spec_from_file_location(f"render_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def samples():
    return _load("samples")


@pytest.fixture(scope="session")
def report(samples, tmp_path_factory):
    """The client's edition of the sample report."""
    return samples.sample_report(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def analyst_report(samples, tmp_path_factory):
    return samples.sample_report(tmp_path_factory.mktemp("analyst"), samples.sample_client(edition="analyst"))


@pytest.fixture(scope="session")
def files():
    return _load("notebooks")
