import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_output

from cvclib.render.chapters import Chapter, read_chapters
from cvclib.render.report import distinct_indicators, divided, top_findings, unanswered
from cvclib.render.rewriting import Ids


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]

    @property
    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    @property
    def levels(self):
        return [int(tag[1]) for tag, _ in self.elements if re.fullmatch("h[1-6]", tag)]


@pytest.fixture(scope="session")
def page(report):
    return Page(report)


def test_nothing_from_data_becomes_markup(report, page, samples):
    assert samples.HOSTILE not in report
    assert not page.all("script", "iframe", "object", "link", "b")
    assert report.count("&lt;script&gt;") > 10


def test_a_policy_forbids_scripts_and_requests(page):
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_nothing_is_fetched(page):
    assert not [a["src"] for _, a in page.elements if not a.get("src", "data:").startswith("data:")]
    assert not [a for a in page.all("image", "use") if not a.get("href", a.get("xlink:href", "#")).startswith(("#", "data:"))]


def test_headings_start_with_the_client_and_skip_no_level(page):
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.levels, page.levels[1:], strict=False))


def test_ids_are_unique_and_every_link_in_the_page_leads_to_one(page):
    assert len(page.ids) == len(set(page.ids))
    links = {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")}
    assert links <= set(page.ids)
    assert {"summary", "performance_evaluation", "advocacy", "appendix"} <= links


def test_every_drawing_and_image_has_alternative_text(page):
    assert page.all("svg")
    assert all(a.get("aria-label") for a in page.all("svg"))
    assert all(a.get("alt") for a in page.all("img"))
    assert "one pixel" in [a["alt"] for a in page.all("img")]


def test_style_sheets_of_tables_and_drawings_stay_out(page):
    assert len(page.all("style")) == 1


def test_parameters_setup_and_code_stay_hidden_from_the_client(report):
    assert "client_file" not in report
    assert "from cvclib" not in report
    assert "a_figure(client)" not in report
    assert "UserWarning" not in report


def test_the_analyst_finds_the_code_folded(analyst_report):
    assert '<details class="cvc-code"><summary>Code</summary>' in analyst_report
    assert "a_figure" in analyst_report
    assert "client_file" not in analyst_report
    assert "from cvclib" not in analyst_report


def test_no_folder_of_this_machine_stands_in_the_page(report, analyst_report, tmp_path_factory):
    for html in (report, analyst_report):
        assert "somebody/secret" not in html
        assert str(tmp_path_factory.getbasetemp()) not in html


def test_text_outputs_are_shown_as_text(report):
    assert "plain &lt;b&gt;text&lt;/b&gt;" in report
    assert "only &lt;i&gt;text&lt;/i&gt;" in report


def test_the_same_notebooks_give_the_same_bytes(samples, report, tmp_path):
    assert samples.sample_report(tmp_path) == report


def test_an_indicator_stands_once_in_the_summary(report):
    summary = report[report.index('id="summary"') : report.index('id="contents"')]
    assert summary.count("Net promoter score") == 1
    assert "95% interval 25.5 to 36.6" in summary
    assert "Target 40.0: off target" in summary


def test_a_finding_leads_to_what_it_rests_on(report):
    assert 'Rests on <a href="#advocacy--exhibit-table-score-by-segment">Score by segment</a>' in report
    assert "Rests on No such table" in report


def test_links_between_notebooks_lead_to_chapters(report):
    assert '<a href="#advocacy">the last step</a>' in report


def test_outputs_tagged_for_the_appendix_move_there(report):
    assert report.index('id="definitions"') < report.index("promoters minus detractors")


def test_a_part_of_the_report_says_so(samples, tmp_path):
    assert "Part of the report: step 6 only" in samples.sample_report(tmp_path, only=("advocacy",))


def test_a_logo_stands_on_the_cover(samples, tmp_path):
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')
    html = samples.sample_report(tmp_path, samples.sample_client(logo=str(tmp_path / "logo.svg")))
    assert '<img src="data:image/svg+xml;base64,' in html
    assert str(tmp_path) not in html


def test_a_light_accent_is_darkened_for_the_page(samples, tmp_path):
    html = samples.sample_report(tmp_path, samples.sample_client(accent="#ffee00"))
    assert "--accent: #ffee00" not in html
    assert "--accent-dark: #ffee00" in html


def test_a_failed_cell_is_never_published(samples, tmp_path):
    notebook = samples.executed_notebook(6, "advocacy", "Advocacy")
    notebook.cells.append(
        new_code_cell("1/0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])])
    )
    with pytest.raises(ValueError, match="step advocacy failed: ZeroDivisionError"):
        read_chapters([(tmp_path / "6_advocacy.ipynb", notebook)], numbers={"advocacy": 6}, ids=Ids(), show_code=False, currency="EUR")


def test_where_a_kernel_cuts_what_is_printed_makes_no_difference(samples, tmp_path):
    def html(*texts):
        notebook = samples.executed_notebook(6, "advocacy", "Advocacy")
        notebook.cells.append(new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text=text) for text in texts]))
        return read_chapters(
            [(tmp_path / "6_advocacy.ipynb", notebook)], numbers={"advocacy": 6}, ids=Ids(), show_code=False, currency="EUR"
        )[0].html

    assert html("on", "e\n", "two\n") == html("one\ntwo\n")


def finding(claim, kind="problem", value=None):
    return {"claim": claim, "kind": kind, "value_at_stake": value}


def test_findings_come_by_money_then_by_kind_each_chapter_in_turn():
    one = Chapter("a", 1, findings=[finding("a1", "strength"), finding("a2"), finding("a3", "no signal")])
    two = Chapter("b", 2, findings=[finding("b1", "problem"), finding("b2", "chance", 10.0), finding("b3", "strength", 500.0)])
    assert [f["claim"] for f, _ in top_findings([one, two], most=9)] == ["b3", "b2", "b1", "a1", "a2"]
    assert [f["claim"] for f, _ in top_findings([one, two], most=2)] == ["b3", "b2"]


def test_what_shows_no_signal_is_told_only_where_nothing_else_is():
    one = Chapter("a", 1, findings=[finding("none here", "no signal")])
    assert [f["claim"] for f, _ in top_findings([one])] == ["none here"]


def test_a_claim_made_twice_is_told_once():
    one, two = Chapter("a", 1, findings=[finding("same")]), Chapter("b", 2, findings=[finding("same", value=3.0)])
    assert [(f["claim"], f["value_at_stake"]) for f, _ in top_findings([one, two])] == [("same", 3.0)]


def test_indicators_keep_their_first_showing():
    one, two = Chapter("a", 1, indicators=[{"name": "nps", "x": 1}]), Chapter("b", 2, indicators=[{"name": "nps", "x": 2}, {"name": "ces"}])
    assert distinct_indicators([one, two]) == [{"name": "nps", "x": 1}, {"name": "ces"}]


def test_gaps_are_gathered_by_the_tables_they_wait_for():
    def gap(question, *needs):
        return {"question": question, "needs": list(needs), "brings": "More."}

    one = Chapter("a", 1, gaps=[gap("Q1?", "orders"), gap("Q2?", "leads.won_at"), gap("Q3?", "leads", "leads.source", "orders")])
    two = Chapter("b", 2, gaps=[gap("Q2?", "leads.won_at"), gap("Q4?", "survey.metric = nps"), gap("Q5?", "six months of data")])
    found = unanswered([one, two])
    assert [(u.table, u.questions) for u in found] == [
        ("Leads", ("Q2?", "Q3?")), ("Orders", ("Q1?", "Q3?")), ("Other data", ("Q5?",)), ("Survey", ("Q4?",)),
    ]  # fmt: skip
    assert found[0].needs == ("leads", "leads.source", "leads.won_at")
    assert [chapter.number for chapter in found[0].chapters] == [1, 2]


def test_a_gap_told_again_in_its_chapter_is_told_in_a_line(samples, tmp_path):
    notebook = samples.executed_notebook(6, "advocacy", "Advocacy")
    notebook.cells.append(new_code_cell("again", outputs=[samples.shown(samples.gap("advocacy"))]))
    (chapter,) = read_chapters(
        [(tmp_path / "6_advocacy.ipynb", notebook)], numbers={"advocacy": 6}, ids=Ids(), show_code=False, currency="EUR"
    )
    assert chapter.html.count('class="cvc-gap"') == 1
    assert chapter.html.count('class="cvc-again"') == 1


def test_few_indicators_all_get_a_card():
    few = [{"name": str(i), "target": None} for i in range(9)]
    assert divided(few) == (few, [])


def test_of_many_indicators_those_with_a_target_get_a_card():
    many = [{"name": str(i), "target": 1.0 if i in (2, 7) else None} for i in range(12)]
    cards, more = divided(many)
    assert [c["name"] for c in cards] == ["2", "7", "0", "1", "3", "4"]
    assert [m["name"] for m in more] == ["5", "6", "8", "9", "10", "11"]


def test_checks_that_found_nothing_are_named_but_not_listed_in_full(samples, tmp_path, monkeypatch):
    client = samples.sample_client()
    checks = pd.DataFrame(
        [("orders.sign", "revenue below zero", 3, "keep"), ("orders.key", "order_id twice", 0, "reject")],
        columns=["check", "meaning", "n", "policy"],
    )
    monkeypatch.setattr(type(client), "checks", checks)
    html = samples.sample_report(tmp_path, client)
    assert "1 further check found nothing" in html
    assert html.index("orders.sign") < html.index("1 further check") < html.index("orders.key")


def test_a_chapter_opens_with_what_it_found_most_at_stake_first_one_of_each_exhibit():
    rows = [("A", "T1", None), ("B", "T2", 10.0), ("C", "T1", None), ("D", "T3", -20.0), ("E", "T4", None)]
    findings = [{"claim": c, "table": t, "value_at_stake": v, "kind": "problem"} for c, t, v in rows]
    chapter = Chapter("x", 1, html='<h2 id="x">X</h2><p>text</p>', findings=findings)
    assert [finding["claim"] for finding in chapter.in_short] == ["D", "B", "A"]
    assert chapter.opened("<p>answer</p>") == '<h2 id="x">X</h2><p>answer</p><p>text</p>'


def test_where_nothing_was_found_to_differ_a_chapter_opens_with_that():
    findings = [{"claim": "No difference.", "table": "T", "value_at_stake": None, "kind": "no signal"}]
    assert [finding["claim"] for finding in Chapter("x", 1, findings=findings).in_short] == ["No difference."]


def test_numbers_of_a_finding_lead_to_the_table_that_it_rests_on(report):
    page = BeautifulSoup(report, "html.parser")
    assert page.select(".cvc-top .cvc-number-link")
    assert all(page.find(id=link["href"][1:]) for link in page.select(".cvc-number-link"))
