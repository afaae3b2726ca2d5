"""The page of a batch: KPIs as small multiples, what lies beside each report, and a filter that needs no script."""

import json
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

from cvclib.render.gallery import MARGIN, MOST_KPIS, WIDTH, small_multiples
from cvclib.render.index import write_index
from cvclib.render.job import RenderResult


def kpi(name="nps", value=30.0, low=20.0, high=40.0, n=200, target=35.0, unit="points", status="cannot tell"):
    estimate = {"value": value, "low": low, "high": high, "n": n}
    return {"name": name, "label": name.upper(), "unit": unit, "better": "higher", "status": status, "target": target, "estimate": estimate}


def written(out_dir, slug, *kpis):
    folder = out_dir / slug
    folder.mkdir(parents=True)
    (folder / f"{slug}.html").write_text("<p>report</p>", encoding="utf-8")
    path = folder / f"{slug}-findings.json"
    path.write_text(json.dumps({"schema": "cvc-findings", "version": 1, "kpis": kpis}), encoding="utf-8")
    return path


def result(out_dir, slug, state="rendered", client="", message=""):
    report = out_dir / slug / f"{slug}.html"
    return RenderResult(Path(f"params/{slug}.yaml"), client or slug, slug, state, 12.3, report if report.exists() else None, message, "")


def test_values_of_all_clients_stand_on_one_scale(tmp_path):
    files = {
        "a": written(tmp_path, "a", kpi(value=0, low=-10, high=10, target=None)),
        "b": written(tmp_path, "b", kpi(value=90, low=80, high=90, target=None)),
    }
    columns, marks = small_multiples(files)
    assert [(column.label, column.low, column.high) for column in columns] == [("NPS, points", "−10.0", "90.0")]
    assert (marks["a"][0].low, marks["b"][0].at) == (MARGIN, WIDTH - MARGIN)
    assert marks["a"][0].at == pytest.approx(MARGIN + 0.1 * (WIDTH - 2 * MARGIN), abs=0.05)
    assert marks["a"][0].text == "NPS: 0.0 points (−10.0 points to 10.0 points), n = 200"


def test_one_value_for_all_stands_in_the_middle_and_money_is_not_compared(tmp_path):
    files = {"a": written(tmp_path, "a", kpi(value=5, low=None, high=None, target=None), kpi("revenue", unit="money"))}
    columns, marks = small_multiples(files)
    assert [column.name for column in columns] == ["nps"]
    assert (marks["a"][0].at, marks["a"][0].low) == (WIDTH / 2, None)


def test_of_many_kpis_those_that_most_clients_have_and_aim_at_are_shown_in_the_order_of_the_reports(tmp_path):
    names = [f"k{i}" for i in range(8)]
    files = {
        "a": written(tmp_path, "a", *(kpi(name, target=1.0 if name in ("k6", "k7") else None) for name in names)),
        "b": written(tmp_path, "b", *(kpi(name, target=None) for name in names[:4])),
    }
    columns, marks = small_multiples(files)
    assert len(columns) == MOST_KPIS
    assert [column.name for column in columns] == ["k0", "k1", "k2", "k3", "k6"]
    assert [mark is None for mark in marks["b"]] == [False, False, False, False, True]


@pytest.mark.parametrize("content", ["", "[]", '{"schema": "other", "kpis": []}', '{"schema": "cvc-findings", "kpis": [{"name": "nps"}]}'])
def test_a_file_that_cannot_be_read_is_passed_over(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    assert small_multiples({"x": path, "y": tmp_path / "none.json"}) == ([], {})


def test_the_page_links_what_lies_beside_a_report_and_filters_by_state(tmp_path):
    for slug in ("a", "b"):
        written(tmp_path, slug, kpi())
    (tmp_path / "a" / "a.pdf").write_bytes(b"%PDF")
    (tmp_path / "a" / "a-tables.xlsx").write_bytes(b"PK")
    failed = result(tmp_path, "c", "failed", "C <b>& Co</b>", "no <i>such</i> file")
    write_index(tmp_path, [result(tmp_path, "a"), result(tmp_path, "b", "up to date"), failed], 30.0)
    page = BeautifulSoup((tmp_path / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert [link["href"] for link in page.find_all("a")] == ["a/a.html", "a/a.pdf", "a/a-tables.xlsx", "b/b.html", "c/failed.html"]
    assert [" ".join(label.get_text().split()) for label in page.find_all("label")] == ["All 3", "Rendered 1", "Up to date 1", "Failed 1"]
    assert "C <b>& Co</b>" in page.get_text()
    assert not page.find_all(["script", "i"])


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    out_dir = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(3)
    states = ["rendered", "up to date", "failed"]
    results = []
    for i in range(500):
        kpis = [
            kpi(f"k{j}", value := float(rng.normal(30, 20)), value - 8, value + 8, status=["met", "missed", "cannot tell"][i % 3])
            for j in range(6)
        ]
        written(out_dir, f"client-{i}", *kpis)
        state = states[0 if i % 10 else 2 if i % 50 == 0 else 1]
        results.append(
            result(
                out_dir, f"client-{i}", state, f"Client number {i} with a name", "A message.\nIn two lines." if state == "failed" else ""
            )
        )
    write_index(out_dir, results, 1234.5)
    return out_dir / "index.html"


def test_500_clients_make_a_page_of_modest_size(many):
    assert many.stat().st_size < 1_200_000


@pytest.mark.browser
def test_500_clients_are_filtered_without_a_script_and_nothing_runs_out_of_the_page(opened, many):
    page = opened(many)
    assert page.locator("tbody tr:visible").count() == 500
    page.get_by_label("Failed").check()
    assert page.locator("tbody tr:visible").count() == 10
    page.get_by_label("Up to date").check()
    assert page.locator("tbody tr:visible").count() == 40
    assert page.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")
    assert opened(many, width=360).evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")
    assert page.told == []


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["light", "dark", "phone"])
def test_axe_finds_nothing_wrong(opened, accessibility, tmp_path, mode):
    for slug in ("a", "b"):
        written(tmp_path, slug, kpi(status="met"), kpi("csat", status="missed"), kpi("ces"))
    write_index(
        tmp_path, [result(tmp_path, "a"), result(tmp_path, "b", "up to date"), result(tmp_path, "c", "failed", message="why")], 30.0
    )
    assert accessibility.violations(opened, tmp_path / "index.html", mode) == {}
