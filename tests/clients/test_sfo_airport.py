"""San Francisco airport's surveys: what the mapping makes of them, held against the files read by themselves."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ibis import _

from cvclib.kpis import KPIS
from cvclib.steps import advocacy

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "sfo-airport"
RATED = [
    "ART",
    "FOOD",
    "STORE",
    "SIGN",
    "WALKWAYS",
    "SCREENS",
    "INFODOWN",
    "INFOUP",
    "WIFI",
    "ROADS",
    "PARK",
    "AIRTRAIN",
    "LTPARKING",
    "RENTAL",
]


@pytest.fixture(scope="module")
def client(opened):
    return opened("sfo-airport.yaml")


@pytest.fixture(scope="module")
def answers():
    return {year: pd.read_csv(DATA / f"{year}_SFO_Customer_Survey.csv", dtype=str, keep_default_na=False) for year in (2015, 2017)}


@pytest.mark.parametrize("year", [2015, 2017])
def test_the_files_are_those_that_the_readme_names(year):
    name = f"{year}_SFO_Customer_Survey.csv"
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() in (DATA / "README.md").read_text(encoding="utf-8")


def test_every_rating_from_one_to_five_is_taken_and_no_other(client, answers):
    """0 is blank and 6 is 'never used'; 14 attributes in each of the two years."""
    wanted = sum(frame[f"Q7{name}"].isin(list("12345")).sum() for frame in answers.values() for name in RATED)
    ratings = client.tables.attribute_ratings
    assert ratings.count().execute() == wanted == 54_595
    assert ratings.attribute.nunique().execute() == 14


def test_the_years_keep_apart(client, answers):
    survey = client.tables.survey
    by_year = survey.filter(survey.metric == "overall").group_by(year=survey.responded_at.year()).agg(n=_.count()).execute()
    wanted = {year: int(frame["Q7ALL"].isin(list("12345")).sum()) for year, frame in answers.items()}
    assert by_year.set_index("year")["n"].to_dict() == wanted == {2015: 2810, 2017: 2688}
    assert survey.filter(survey.metric == "nps").responded_at.year().nunique().execute() == 1


def test_the_net_promoter_score_is_that_of_the_weighted_answers(client, answers):
    """Weighted shares of 9–10 less 0–6 of 2,746 answers; 11 and blank are none."""
    frame = answers[2017][answers[2017]["NETPRO"].isin([str(i) for i in range(11)])]
    score, weight = frame["NETPRO"].astype(int), frame["WEIGHT"].astype(float)
    wanted = 100 * (weight[score >= 9].sum() - weight[score <= 6].sum()) / weight.sum()

    row = advocacy.recommendation_groups(client).iloc[0]

    assert row["n"] == len(frame) == 2746
    assert row["nps"] == pytest.approx(wanted) == pytest.approx(40.40, abs=0.005)
    assert row[["low", "high"]].tolist() == pytest.approx([37.49, 43.20], abs=0.005)
    assert KPIS["nps"].estimate(client).value == pytest.approx(wanted)


def test_the_day_of_the_week_agrees_with_the_date_made_of_the_day_in_may(answers):
    """The field guide gives no month for 2017; all but two of 2,831 weekdays are those of May 2017."""
    dates = pd.to_datetime("2017-05-" + answers[2017]["INTDATE"].str.zfill(2))
    said = answers[2017]["DAY"].str[:3].str.lower()
    assert (dates.dt.day_name().str[:3].str.lower() == said).sum() == 2829


def test_boarding_areas_are_the_segments(client):
    assert client.segments[0] == "A (gates 1–12)"
    assert len(client.segments) == 7


def test_comments_are_told_in_words(client, answers):
    survey = client.tables.survey
    comments = (
        survey.filter(survey.comment.notnull()).group_by(year=survey.responded_at.year(), comment=survey.comment).agg(n=_.count()).execute()
    )
    told = comments.set_index(["year", "comment"])["n"]
    thanks = "Good experience/keep up the good work/other positive comment"
    both = answers[2015][answers[2015]["Q7ALL"].isin(list("12345"))]
    assert told[2015, thanks] == (both["Q8COM1"] == "999").sum()
    assert not comments["comment"].str.fullmatch(r"\d+").any()


def test_the_international_area_g_recommends_less_and_the_other_areas_alike(client):
    groups = advocacy.recommendation_groups(client, "segment").set_index("group")
    assert groups.index[groups["p_adjusted"] < 0.05].tolist() == ["G (gates 91–102)"]


def test_promoters_and_detractors_are_farthest_apart_on_what_the_files_say(client, answers):
    """Weighted means of those who answered both, for the widest difference."""
    frame = answers[2017][answers[2017]["NETPRO"].isin([str(i) for i in range(11)])]
    score, weight = frame["NETPRO"].astype(int), frame["WEIGHT"].astype(float)
    rated = frame["Q7LTPARKING"].isin(list("12345"))
    means = [
        np.average(frame.loc[rated & kind, "Q7LTPARKING"].astype(int), weights=weight[rated & kind]) for kind in (score >= 9, score <= 6)
    ]
    first = advocacy.separating_attributes(client).iloc[0]
    assert first["attribute"] == "Long-term parking shuttle"
    assert first[["promoters", "detractors"]].tolist() == pytest.approx(means)
