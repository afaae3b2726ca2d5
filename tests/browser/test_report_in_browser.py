"""A report opened in headless Chromium, as the one who receives it opens it."""

from itertools import pairwise

import pytest

pytestmark = pytest.mark.browser

# Text that cannot be read against what it stands on: WCAG 2.2, 4.5 to 1, and 3 to 1 from 24 px (or 18.66 px bold) on.
HARD_TO_READ = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const luminance = c => c.slice(0, 3).map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
    return [255, 255, 255, 255]; };
  const bad = [];
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('svg') || e.closest('.cvc-skip') || !e.checkVisibility()) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize), bold = style.fontWeight >= 600;
    const [high, low] = [luminance(rgb(style.color)), luminance(ground(e))].sort((a, b) => b - a);
    if ((high + 0.05) / (low + 0.05) < (size >= 24 || (bold && size >= 18.66) ? 3 : 4.5))
      bad.push(e.className + ': ' + e.textContent.trim().slice(0, 30) + ' ' + ((high + 0.05) / (low + 0.05)).toFixed(2));
  }
  return bad;
}"""

# Elements that are wider than the window and in no box that scrolls.
TOO_WIDE = """() => {
  const inBox = e => { for (e = e.parentElement; e; e = e.parentElement)
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX)) return true; return false; };
  return [...document.querySelectorAll('body *')].filter(e => !e.closest('.cvc-skip') && e.checkVisibility()
    && e.getBoundingClientRect().right > innerWidth + 1 && !inBox(e)).map(e => e.tagName + '.' + e.getAttribute('class'));
}"""


def test_it_asks_for_nothing_and_the_console_stays_empty(opened, report_file):
    page = opened(report_file)
    page.mouse.wheel(0, 20_000)
    page.wait_for_load_state("networkidle")
    assert [url for url in page.requested if not url.startswith("data:")] == [report_file.as_uri()]
    assert page.told == []


def test_no_script_from_data_runs_and_the_policy_would_stop_one(opened, report_file, tmp_path):
    assert opened(report_file).title().startswith("Nordic & <script>")
    tampered = tmp_path / "tampered.html"
    script = "<script>document.title='owned'</script><img src='https://example.org/x.png'>"
    tampered.write_text(report_file.read_text(encoding="utf-8").replace("</main>", f"{script}</main>"), encoding="utf-8")
    page = opened(tampered)
    assert page.title() != "owned"
    assert any("Content Security Policy" in text for text in page.told)


def test_headings_are_in_order_with_one_at_the_top(opened, report_file):
    levels = opened(report_file).eval_on_selector_all("h1, h2, h3, h4, h5, h6", "all => all.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_image_has_alternative_text(opened, report_file):
    page = opened(report_file)
    assert page.locator("svg").count() >= 2
    nameless = "all => all.filter(e => !(e.getAttribute('alt') || e.getAttribute('aria-label'))).map(e => e.outerHTML.slice(0, 80))"
    assert page.eval_on_selector_all("img, svg:not(svg svg)", nameless) == []


def test_ids_are_unique_and_every_reference_finds_its_element(opened, report_file):
    page = opened(report_file)
    ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids))
    lost = """() => [
      ...[...document.querySelectorAll('a[href^="#"], svg use')].map(e => (e.getAttribute('href') || e.getAttribute('xlink:href')).slice(1)),
      ...[...document.querySelectorAll('[headers]')].flatMap(e => e.getAttribute('headers').split(' ')),
      ...[...document.querySelectorAll('[aria-labelledby]')].flatMap(e => e.getAttribute('aria-labelledby').split(' ')),
      ...[...document.querySelectorAll('[clip-path]')].map(e => e.getAttribute('clip-path').slice(5, -1)),
    ].filter(id => !document.getElementById(id))"""
    assert page.evaluate(lost) == []


def test_links_of_the_contents_lead_to_their_chapters(opened, report_file):
    page = opened(report_file)
    links = page.locator(".cvc-contents > ol > li > a")
    assert links.count() == 4
    for i in range(links.count()):
        links.nth(i).click()
        page.wait_for_timeout(50)
        target = page.evaluate("() => location.hash.slice(1)")
        page.wait_for_function(
            "id => { const y = document.getElementById(id).getBoundingClientRect().top; return y > -5 && y < innerHeight; }", arg=target
        )


@pytest.mark.parametrize("width", [360, 390, 768, 1280, 1920])
def test_nothing_runs_out_of_the_page(opened, report_file, width):
    page = opened(report_file, width=width)
    assert page.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("edition", ["report_file", "analyst_file"])
def test_all_text_can_be_read_by_day_and_by_night(opened, edition, scheme, request):
    page = opened(request.getfixturevalue(edition), color_scheme=scheme)
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    assert page.evaluate(HARD_TO_READ) == []


def test_figures_stand_on_white_by_night(opened, report_file):
    page = opened(report_file, color_scheme="dark")
    assert page.eval_on_selector(".cvc-drawing", "e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"


def test_the_first_stop_of_the_keyboard_leads_past_the_cover(opened, report_file):
    page = opened(report_file)
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('href')") == "#summary"
    assert page.eval_on_selector(".cvc-skip", "e => e.getBoundingClientRect().left") >= 0


def test_landmarks_and_language_are_there(opened, report_file):
    page = opened(report_file)
    assert page.get_attribute("html", "lang") == "en"
    for role in ("banner", "main", "navigation", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role


def test_code_is_not_in_the_clients_edition_and_folded_in_the_analysts(opened, report_file, analyst_file):
    assert opened(report_file).locator(".cvc-code").count() == 0
    code = opened(analyst_file).locator(".cvc-code")
    assert code.count() > 3
    assert not code.first.locator("pre").is_visible()


def test_it_prints_on_a4_with_the_cover_on_a_page_of_its_own(opened, report_file):
    page = opened(report_file)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 673, "height": 980})  # A4 less its margins, at 96 dots an inch
    assert page.evaluate(TOO_WIDE) == []
    assert page.eval_on_selector(".cvc-cover", "e => getComputedStyle(e).breakAfter") == "page"
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") >= 5


def test_a_missing_browser_is_told_in_plain_words(chromium):
    path, message = chromium.find_chromium({"CVC_CHROMIUM": "/nowhere/chromium"})
    assert path == ""
    assert "none was found at CVC_CHROMIUM=/nowhere/chromium" in message
    assert "apt-get install chromium" in message


@pytest.mark.parametrize("mode", ["light", "dark", "print", "phone", "zoom"])
@pytest.mark.parametrize("edition", ["report_file", "analyst_file"])
def test_axe_finds_nothing_wrong(opened, accessibility, edition, mode, request):
    assert accessibility.violations(opened, request.getfixturevalue(edition), mode) == {}
