import importlib.util
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def chromium():
    return _load(HERE / "chromium.py")


@pytest.fixture(scope="session")
def loaded():
    """A function that loads a module of this folder by its name."""
    return lambda name: _load(HERE / f"{name}.py")


@pytest.fixture(scope="session")
def accessibility():
    return _load(HERE / "accessibility.py")


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    path, message = chromium.find_chromium()
    if message:
        pytest.fail(message, pytrace=False)
    arguments = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to sandbox the superuser, as whom containers run
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def samples():
    return _load(HERE.parent / "render" / "samples.py")


@pytest.fixture(scope="session")
def report_file(samples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    path = folder / "report.html"
    path.write_text(samples.sample_report(folder), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def analyst_file(samples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("analyst")
    path = folder / "report.html"
    client = samples.sample_client(edition="analyst", accent="#ffcc00")
    path.write_text(samples.sample_report(folder, client), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser):
    """A function that opens a page, with what it asked for and what its console said noted down."""
    contexts = []

    def open_page(path, *, width=1280, height=900, **settings):
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.requested, page.told = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("console", lambda message: page.told.append(message.text))
        page.on("pageerror", lambda error: page.told.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
