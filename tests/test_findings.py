"""Findings, indicators and gaps travel as outputs of their own type."""

import json

import pytest

from cvclib.findings import FINDING_MIME, GAP_MIME, INDICATOR_MIME, Finding, Gap, Indicator
from cvclib.methods.estimate import Estimate

EVIL = "<img src=x onerror=alert(1)>"
FINDING = Finding(
    step="advocacy", claim="Promoters buy more", evidence="n = 40", action="Ask them", table="NPS", estimate=Estimate(1.5, 1, 2, 40)
)
INDICATOR = Indicator(name="nps", label="NPS", unit="points", estimate=Estimate(30, float("nan"), 50, 9), better="higher")
GAP = Gap(step="advocacy", question="Do referrals convert?", needs=("referrals",), brings="The conversion of referrals.")


@pytest.mark.parametrize(("record", "mime"), [(FINDING, FINDING_MIME), (INDICATOR, INDICATOR_MIME), (GAP, GAP_MIME)])
def test_a_record_shows_itself_as_data_html_and_text(record, mime):
    bundle = record._repr_mimebundle_()
    assert set(bundle) == {mime, "text/html", "text/plain"}
    assert json.loads(json.dumps(bundle[mime], allow_nan=False)) == bundle[mime]


def test_an_unknown_end_of_an_interval_is_null_in_the_data():
    assert INDICATOR.to_json()["estimate"] == [30, None, 50, 9]


@pytest.mark.parametrize(
    "record",
    [
        Finding(step="a", claim=EVIL, evidence=EVIL, action=EVIL, table=EVIL),
        Indicator(name="a", label=EVIL, unit=EVIL, estimate=Estimate(1, 1, 1, 1), better="higher"),
        Gap(step="a", question=EVIL, needs=(EVIL,), brings=EVIL),
    ],
)
def test_nothing_in_a_record_becomes_markup(record):
    assert "<img" not in record.to_html()


def test_a_gap_names_what_to_supply():
    assert str(GAP) == "Not answered: Do referrals convert? Missing: referrals. The conversion of referrals."
