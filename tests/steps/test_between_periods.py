"""What became of what the last report recommended: hand-sized reports of last year beside the answers of this year."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cvclib.client import Client
from cvclib.exhibits import Reading
from cvclib.findings import Finding, Gap, Indicator
from cvclib.findings_file import findings_text
from cvclib.methods.estimate import Estimate
from cvclib.params import ClientFile, Period
from cvclib.steps import between_periods

SATISFIED_THEN = Estimate(0.5, 0.45, 0.55, 400)


def survey(metric, good, bad):
    """Answers of this year: 5 and 9 are good ones, 1 and 2 bad ones."""
    scores = {"csat": (5, 1), "nps": (9, 2)}[metric]
    values = [scores[0]] * good + [scores[1]] * bad
    return pd.DataFrame(
        {"response_id": [f"{metric}{i}" for i in range(len(values))], "metric": metric, "score": values, "responded_at": "2025-03-01"}
    )


@pytest.fixture
def client(tmp_path):
    """Makes a client of 2025 whose report of 2024 found and recommended these."""

    def make(*findings, initiatives=(), answers=(300, 100), indicators=None, **settings):
        kpis = [Indicator("csat", "Customer satisfaction (CSAT)", "share", SATISFIED_THEN, "higher")] if indicators is None else indicators
        params = ClientFile.model_validate({"client": "Acme", "period": {"start": "2024-01-01", "end": "2024-12-31"}, "tables": {}})
        content = findings_text(
            params, Period(start=date(2024, 1, 1), end=date(2024, 12, 31)), "", [f.to_json() for f in findings], [k.to_json() for k in kpis]
        )
        (tmp_path / "last.json").write_text(content, encoding="utf-8")
        frames = {"survey": survey("csat", *answers)}
        if initiatives:
            frames["initiatives"] = pd.DataFrame(initiatives, columns=["initiative", "target", "status", "metric"])
        return Client.from_frames(frames, client="Acme", previous_findings=str(tmp_path / "last.json"), **settings)

    return make


def recommended(action, claim="Something fell.", kind="problem"):
    return Finding("advocacy", claim, "n = 400", action, "Scores", kind=kind)


def test_without_an_earlier_report_it_says_what_to_name():
    assert isinstance(between_periods.between_table(Client.from_frames({"survey": survey("csat", 9, 1)})), Gap)


def test_a_recommendation_taken_up_is_tied_to_its_initiative_and_measured(client):
    """Then 50% (45% to 55%), now 300 of 400: each bound of Newcombe's difference is the hypotenuse of two half intervals."""
    made = client(
        recommended("Mend the Web shop."),
        recommended("Call everybody back.", "Another fell."),
        initiatives=[("New checkout", "Web shop", "done", "csat"), ("Calls", "Phone", "planned", "csat")],
    )
    frame = between_periods.since_last_time(made).set_index("recommended")
    row = frame.loc["Mend the Web shop."]
    low, high = proportion_confint(300, 400, method="wilson")
    expected = (0.25, 0.25 - np.hypot(0.75 - low, 0.55 - 0.5), 0.25 + np.hypot(high - 0.75, 0.5 - 0.45))
    assert (row["initiative"], row["status"], row["metric"]) == ("New checkout", "done", "csat")
    assert (row["then"], row["now"]) == (0.5, 0.75)
    assert np.allclose(row[["change", "change_low", "change_high"]].astype(float), expected)
    assert frame.loc["Call everybody back.", "status"] == "unknown"
    assert between_periods.between_reading(made).text == (
        "Of 2 recommendations: 1 done, 1 unknown. Customer satisfaction (CSAT) rose from 50.0% to 75.0%."
    )
    found = between_periods.between_findings(made)
    assert [one.kind for one in found] == ["strength"]
    assert "New checkout" in found[0].claim


def test_a_fall_after_what_was_done_is_a_problem(client):
    made = client(recommended("Mend the Web shop."), initiatives=[("New checkout", "Web shop", "running", "csat")], answers=(100, 300))
    assert "fell from 50.0% to 25.0%" in between_periods.between_reading(made).text
    assert [one.kind for one in between_periods.between_findings(made)] == ["problem"]


def test_a_measure_within_chance_has_not_surely_moved(client):
    made = client(recommended("Mend the Web shop."), initiatives=[("New checkout", "Web shop", "done", "csat")], answers=(204, 196))
    assert between_periods.between_reading(made).text.endswith("None of their measures has surely moved.")
    assert between_periods.between_findings(made) == []


def test_what_moved_without_having_been_taken_up_is_no_finding(client):
    made = client(recommended("Mend the Web shop.", "Customer satisfaction (CSAT) fell."))
    assert "rose from 50.0% to 75.0%" in between_periods.between_reading(made).text
    assert between_periods.between_findings(made) == []


def test_a_measure_that_cannot_be_taken_any_more_is_left_open(client):
    gone = [Indicator("nps", "Net promoter score (NPS)", "points", Estimate(10.0, 5.0, 15.0, 400), "higher")]
    made = client(recommended("Mend the Web shop."), initiatives=[("New checkout", "Web shop", "done", "nps")], indicators=gone)
    row = between_periods.since_last_time(made).iloc[0]
    assert (row["status"], row["metric"]) == ("done", "nps")
    assert pd.isna(row["then"]) and pd.isna(row["p_adjusted"])
    assert between_periods.between_reading(made).text == "Of 1 recommendation: 1 done."


def test_a_report_on_another_part_of_the_customers_is_not_compared(client):
    whole = client(recommended("Mend the Web shop."))
    survey = whole.tables.survey.to_pandas().dropna(axis=1).assign(segment="Hotels")
    part = Client.from_frames({"survey": survey}, client="Acme", segment="Hotels", previous_findings=str(whole.params.previous_findings))
    told = "The earlier report was on all segments, this one is on segment Hotels only: nothing is compared."
    assert between_periods.between_table(part).text == told
    assert between_periods.between_reading(part) is None
    assert between_periods.between_findings(part) == []


def test_strengths_are_no_recommendations(client):
    made = client(recommended("Keep it.", kind="strength"))
    table = between_periods.between_table(made)
    assert isinstance(table, Reading)
    assert table.text == "The earlier report recommended nothing."


def test_the_table_says_where_it_is_from_and_keeps_to_a_page(client):
    made = client(*(recommended(f"Do number {i} of a long list.", f"Finding {i}.") for i in range(15)))
    table = between_periods.between_table(made)
    assert len(table.frame) == between_periods.MOST_SHOWN
    assert "2024-01-01 to 2024-12-31" in table.note
    assert "The first 12 of 15 stand here." in table.note


def test_a_kpi_of_the_clients_own_is_looked_back_at_too(client):
    """Two in ten answered with a 5 then, half of 400 now."""
    top = {"label": "Delighted", "definition": "Share of answers that are a 5.", "table": "survey", "kind": "share", "sql": "score = 5",
           "unit": "share", "better": "higher"}  # fmt: skip
    made = client(
        recommended("Delight them.", "Delighted: 20.0%, which misses the target."),
        answers=(200, 200),
        indicators=[Indicator("delighted", "Delighted", "share", Estimate(0.2, 0.17, 0.24, 500), "higher")],
        kpis={"delighted": top},
    )
    row = between_periods.since_last_time(made).iloc[0]
    assert (row["metric"], row["then"], row["now"]) == ("delighted", 0.2, 0.5)
    assert between_periods.between_reading(made).text.endswith("Delighted rose from 20.0% to 50.0%.")
