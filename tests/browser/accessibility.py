"""WCAG 2.2 AA by axe-core, in a real browser: what the tests of pages share."""

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# How a page is looked at: by day, by night, on paper, on a phone, and at 400% of a window 1280 pixels wide.
MODES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "print": {"color_scheme": "light"},
    "phone": {"width": 360, "height": 780, "is_mobile": True, "has_touch": True},
    "zoom": {"width": 320, "height": 256, "device_scale_factor": 4},
}


def violations(opened, path, mode):
    """What axe-core finds wrong with a page, all that is folded laid open: rule, how many, and an example of each."""
    page = opened(path, **MODES[mode])
    if mode == "print":
        page.emulate_media(media="print")
    page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return {one["id"]: (len(one["nodes"]), one["nodes"][0]["html"][:200]) for one in found}
