"""Weighting and double robustness: sums by hand, the authors' examples, statsmodels beside ours, and a planted confounder."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.treatment.treatment_effects import TreatmentEffect as Peer

from cvclib.methods.estimate import Estimate
from cvclib.methods.treatment import NoOverlapError, e_value, logistic_fit, treatment_effect

BIRTH_WEIGHTS = Path(statsmodels.__file__).parent / "treatment" / "tests" / "results" / "cataneo2.csv"


def confounded(n=4000, effect=0.0, seed=1):
    """The ill are treated more often and fare worse; the treatment adds `effect` to everybody's chance."""
    rng = np.random.default_rng(seed)
    ill = rng.random(n) < 0.5
    treated = rng.random(n) < np.where(ill, 0.7, 0.3)
    return pd.DataFrame({"ill": ill}), treated, rng.random(n) < 0.5 - 0.3 * ill + effect * treated


def test_with_one_covariate_the_weighted_effect_is_the_mean_of_its_groups():
    """By hand. Ill, 60 of 100 treated: 30/60 against 10/40, 0.25 more. Well, 50 of 100: 40/50 against 35/50, 0.10 more.

    All: (0.25 + 0.10) / 2 = 0.175. The treated: (60 · 0.25 + 50 · 0.10) / 110 = 0.1818. Raw: 70/110 - 45/90 = 0.1364.
    """
    cells = [(1, 1, 1, 30), (1, 1, 0, 30), (1, 0, 1, 10), (1, 0, 0, 30), (0, 1, 1, 40), (0, 1, 0, 10), (0, 0, 1, 35), (0, 0, 0, 15)]
    ill, treated, well = np.array([cell[:3] for cell in cells for _ in range(cell[3])]).T
    found = treatment_effect(pd.DataFrame({"ill": ill}), treated, well, model="linear")
    assert found.ate.value == pytest.approx(0.175, abs=1e-4)
    assert found.weighted.value == pytest.approx(0.175, abs=1e-4)
    assert found.att.value == pytest.approx(20 / 110, abs=1e-4)
    assert found.raw.value == pytest.approx(70 / 110 - 0.5)
    assert found.balance["after"].abs().max() < 1e-4


def test_birth_weights_of_smoking_mothers_are_those_of_statsmodels():
    """Cattaneo's data, 4,642 births: both estimates and both errors beside statsmodels' TreatmentEffect, same covariates."""
    if not BIRTH_WEIGHTS.exists():
        pytest.skip("statsmodels came without its test data")
    data = pd.read_csv(BIRTH_WEIGHTS)
    covariates = data[["mmarried_", "mage", "fbaby_", "prenatal1_"]].astype(float)
    found = treatment_effect(covariates, data["mbsmoke_"], data["bweight"], model="linear", overlap=(0, 1))
    design = sm.add_constant(covariates)
    peer = Peer(sm.OLS(data["bweight"], design), data["mbsmoke_"].to_numpy(), results_select=sm.Logit(data["mbsmoke_"], design).fit(disp=0))
    assert found.ate.value == pytest.approx(peer.aipw(return_results=False)[0], rel=1e-4)
    weighted = peer.ipw(return_results=True).summary_frame().iloc[0]
    assert found.weighted.value == pytest.approx(weighted["coef"], rel=1e-4)
    assert (found.weighted.high - found.weighted.low) / 3.919928 == pytest.approx(weighted["std err"], rel=0.01)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        ((3.9, 1.8, 8.7), (7.26, 3.0)),
        ((0.80, 0.71, 0.91), (1.81, 1.43)),
        ((1.2, 0.9, 1.6), (1.69, 1.0)),
        ((0.8, 0.6, 1.1), (1.81, 1.0)),
    ],
)
def test_e_values_are_those_of_the_authors(ratio, expected):
    """VanderWeele and Ding 2017: 3.9 (1.8 to 8.7) gives 7.26 and 3.0; 0.80 (0.71 to 0.91) gives 1.81 and 1.43."""
    assert e_value(Estimate(*ratio, 100)) == pytest.approx(expected, abs=0.01)


@given(st.floats(1.0, 50.0))
def test_a_ratio_turned_over_needs_as_strong_a_cause(ratio):
    there, back = e_value(Estimate(ratio, ratio, ratio, 1)), e_value(Estimate(1 / ratio, 1 / ratio, 1 / ratio, 1))
    assert there.estimate == pytest.approx(back.estimate)


def test_an_e_value_of_no_ratio_is_refused():
    with pytest.raises(ValueError, match="ratio must be above 0"):
        e_value(Estimate(0.0, 0.0, 0.0, 9))


def test_the_logistic_regression_is_that_of_statsmodels():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(500, 3))
    y = rng.random(500) < 1 / (1 + np.exp(-x[:, 0]))
    theirs = sm.Logit(y.astype(float), sm.add_constant(x)).fit(disp=0).predict()
    assert logistic_fit(x, y) == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("effect", [0.0, 0.1])
def test_what_is_planted_beneath_a_confounder_is_recovered(effect):
    covariates, treated, outcome = confounded(effect=effect)
    found = treatment_effect(covariates, treated, outcome)
    assert found.ate.low < effect < found.ate.high
    assert found.att.low < effect < found.att.high
    assert not found.raw.low < effect < found.raw.high, "as seen, the treatment harms"


def test_units_without_a_counterpart_are_left_out_and_counted():
    covariates, treated, outcome = confounded(n=2000)
    always = pd.DataFrame({"ill": covariates["ill"], "always": False})
    extra = pd.DataFrame({"ill": [True] * 100, "always": True})
    found = treatment_effect(pd.concat([always, extra]), np.r_[treated, [True] * 99, False], np.r_[outcome, [True] * 100])
    assert (found.n, found.left_out) == (2000, 100)


def test_without_overlap_there_is_no_estimate():
    rng = np.random.default_rng(5)
    x = np.r_[rng.normal(-3, 1, 500), rng.normal(3, 1, 500)]
    with pytest.raises(NoOverlapError, match=r"next to no counterpart|can be compared"):
        treatment_effect(pd.DataFrame({"x": x}), x > 0, rng.random(1000) < 0.3)


def test_too_few_treated_cannot_be_compared():
    covariates, _, outcome = confounded(n=300)
    with pytest.raises(NoOverlapError, match="20 treated and 280 untreated"):
        treatment_effect(covariates, np.arange(300) < 20, outcome)


def test_a_covariate_that_never_varies_changes_nothing():
    covariates, treated, outcome = confounded(n=500)
    assert treatment_effect(covariates, treated, outcome).ate == pytest.approx(
        treatment_effect(covariates.assign(same=1.0), treated, outcome).ate, abs=1e-6
    )
