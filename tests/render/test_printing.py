"""A report as a PDF: by the browser that is there, the same bytes twice, or a message that says what to install."""

from datetime import date
from pathlib import Path

import pytest

from cvclib.errors import InputError
from cvclib.render.printing import VARIABLE, browser, find_browser, print_pdf

PAGE = "<!doctype html><html lang=en><title>A page</title><style>@page{size:A4}</style><h1>A page</h1><p style='break-before:page'>Two</p>"


@pytest.mark.browser
def test_a_page_is_printed_on_its_paper_and_twice_the_same(tmp_path):
    page = tmp_path / "a page.html"
    page.write_text(PAGE, encoding="utf-8")
    for name in ("one.pdf", "two.pdf"):
        print_pdf(page, tmp_path / name, date(2025, 12, 31))
    printed = (tmp_path / "one.pdf").read_bytes()
    assert printed == (tmp_path / "two.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert b"(D:20251231000000" in printed
    assert b"/Count 2" in printed


def test_without_a_browser_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setenv(VARIABLE, "/nowhere/chromium")
    with pytest.raises(InputError, match="apt-get install chromium"):
        browser()
    assert find_browser({VARIABLE: "/nowhere/chromium"}) == ""


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\nexit 0\n", "not a program"])
def test_a_browser_that_prints_nothing_is_told(tmp_path, monkeypatch, script):
    program = tmp_path / "browser"
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    with pytest.raises(InputError, match="another browser"):
        print_pdf(Path("page.html"), tmp_path / "x.pdf", date(2025, 1, 1))
