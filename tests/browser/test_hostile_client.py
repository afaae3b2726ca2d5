"""A client whose every text, in every table, file name and setting, is a payload: all of it is text, and runs nothing."""

import re
from pathlib import Path

import pytest

from cvclib.cli import cli
from cvclib.render import RenderJob, render_clients

pytestmark = [pytest.mark.browser, pytest.mark.notebook]

ROOT = Path(__file__).resolve().parents[2]
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
# What only a payload can have brought into a page; the gallery's own filter is a form's field.
FOREIGN = """() => [...document.querySelectorAll('*')].filter(e =>
  ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'FORM', 'BASE', 'LINK', 'MARQUEE', 'VIDEO', 'AUDIO', 'TEMPLATE', 'XMP', 'TEXTAREA', 'SELECT', 'BUTTON'].includes(e.tagName)
  || e.matches('[http-equiv="refresh" i]') || [...e.attributes].some(a => /^on/i.test(a.name) || a.name === 'srcdoc')
  || (e.tagName === 'IMG' && !e.src.startsWith('data:image/'))
  || (e.tagName === 'image' && !e.getAttribute('href').startsWith('data:image/png'))
  || /^(foreignobject|animate|set|mglyph)$/i.test(e.tagName)
  || ['href', 'xlink:href', 'src', 'action'].some(n => /^[\\s\\u0000-\\u001f]*(javascript|vbscript|data:text)/i.test(e.getAttribute(n) || ''))
  || (e.tagName === 'A' && !/^(#|[\\w./%-]+$)/.test(e.getAttribute('href') || '#'))
).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def payloads(loaded):
    return loaded("payloads").PAYLOADS


@pytest.fixture(scope="module")
def place(loaded, payloads, tmp_path_factory):
    """The hostile client rendered, one that fails beside it, and a page of `cvc check` and of `cvc compare`."""
    folder = tmp_path_factory.mktemp("hostile")
    client_file = loaded("hostile").write_hostile(folder, payloads)
    broken = folder / "params" / "broken.yaml"
    broken.write_text(
        client_file.read_text(encoding="utf-8").replace("../data/orders ", "../data/<img src=x onerror=window.__ran=1> "), encoding="utf-8"
    )
    jobs = [RenderJob(path, folder / "reports", ROOT / "notebooks") for path in (client_file, broken)]
    hostile, failed = render_clients(jobs, progress=False)
    assert hostile.state == "rendered", f"{hostile.step}: {hostile.message}"
    assert failed.state == "failed"
    for call in (
        ["check", str(client_file), "--page", str(folder / "checks")],
        ["compare", str(client_file), "--out", str(folder / "comparison.html")],
    ):
        with pytest.raises(SystemExit) as ended:
            cli.main(call)
        assert ended.value.code == 0, call
    return folder


PAGES = {
    "report": "reports/hostile/hostile.html",
    "gallery": "reports/index.html",
    "failed": "reports/broken/failed.html",
    "check": "checks/hostile.html",
    "comparison": "comparison.html",
}


def watched(opened, path, **settings):
    page = opened(path, **settings)
    page.on("dialog", lambda dialog: page.told.append(f"dialog {dialog.message}"))
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    page.wait_for_timeout(300)
    return page


def assert_nothing_ran(page, path):
    assert page.evaluate("() => window.__ran") is None
    assert page.evaluate(FOREIGN) == []
    assert [url for url in page.requested if not url.startswith("data:image/")] == [path.as_uri()]
    assert page.told == []


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_of_it_runs_or_is_fetched(opened, place, name, media):
    page = watched(opened, place / PAGES[name])
    page.emulate_media(media=media)
    assert_nothing_ran(page, place / PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_it_is_the_escaping_that_keeps_it_from_running_not_the_policy_alone(opened, place, name, tmp_path):
    bare = tmp_path / f"{name}.html"
    text, n = POLICY.subn("", (place / PAGES[name]).read_text(encoding="utf-8"))
    assert n == 1
    bare.write_text(text, encoding="utf-8")
    assert_nothing_ran(watched(opened, bare), bare)


def test_payloads_stand_there_as_text(opened, place, payloads):
    page = watched(opened, place / PAGES["report"])
    text = " ".join(page.evaluate("() => document.body.textContent").split())
    shown = [payload for payload in payloads if (" ".join(payload.split()) or payload) in text]
    assert len(shown) >= 100
    assert page.locator("h1").inner_text().startswith("<script>window.__ran")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_out_of_the_page(opened, place, name, width):
    page = opened(place / PAGES[name], width=width)
    assert page.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")


def test_no_control_character_is_in_any_page(place):
    control = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
    assert [name for name, path in PAGES.items() if control.search((place / path).read_text(encoding="utf-8"))] == []
