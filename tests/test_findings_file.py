"""The file of a report's findings: written alike for alike, without small groups, and refused where it cannot be the right one."""

import json
from datetime import date

import pytest

from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.findings import Finding, Indicator
from cvclib.findings_file import findings_text, read_findings
from cvclib.methods.estimate import Estimate
from cvclib.params import ClientFile, Period

LAST_YEAR = Period(start=date(2024, 1, 1), end=date(2024, 12, 31))


def params(**settings):
    content = {"client": "Acme", "period": {"start": "2025-01-01", "end": "2025-12-31"}, "tables": {}, **settings}
    return ClientFile.model_validate(content)


def text(n=200, client="Acme", **settings):
    finding = Finding("advocacy", "Score fell.", "n = 9", "Ask why.", "Scores", Estimate(1 / 3, float("nan"), 1.0, n))
    indicator = Indicator("csat", "Customer satisfaction (CSAT)", "share", Estimate(0.5, 0.4, 0.6, n), "higher")
    return findings_text(params(client=client, **settings), LAST_YEAR, "", [finding.to_json()] * 2, [indicator.to_json()])


def named(tmp_path, content):
    path = tmp_path / "last.json"
    path.write_text(content, encoding="utf-8")
    return params(previous_findings=str(path))


def test_what_is_written_is_read_back(tmp_path):
    found = read_findings(named(tmp_path, text()))
    assert (found.client, found.period) == ("Acme", LAST_YEAR)
    assert [one["action"] for one in found.findings] == ["Ask why."]
    assert found.findings[0]["estimate"] == {"value": 0.3333333333, "low": None, "high": 1.0, "n": 200}
    assert found.kpis["csat"]["estimate"]["value"] == 0.5


def test_the_same_report_gives_the_same_bytes():
    assert text() == text()
    assert "NaN" not in text()


def test_a_figure_on_too_few_is_not_written():
    content = json.loads(text(n=4))
    assert content["kpis"] == []
    assert content["findings"][0]["estimate"] is None


def test_a_client_that_names_no_file_looks_back_on_nothing():
    assert read_findings(params()) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no json", "no JSON"),
        ("[]", "no findings file"),
        (text().replace('"version": 1', '"version": 9'), "version 9"),
        (text().replace('"claim"', '"clam"'), "not whole"),
        (text(client="Other"), "findings of 'Other'"),
        (text().replace("2024-12-31", "2025-12-31"), "ends on 2025-12-31"),
    ],
)
def test_a_file_that_cannot_be_the_right_one_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read_findings(named(tmp_path, content))


def test_a_file_that_is_not_there_is_told_before_any_notebook_runs(tmp_path):
    file = tmp_path / "acme.yaml"
    file.write_text(
        "client: Acme\nperiod: {start: 2025-01-01, end: 2025-12-31}\ntables: {}\nprevious_findings: gone.json\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"previous_findings: found no file 'gone.json'|no table"):
        Client.open(file)
