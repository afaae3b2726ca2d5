"""Effects on promoting and preventing, against statsmodels, by symmetry, and on real answers."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cvclib.methods.two_sided_drivers import BOTH, FEWEST_PER_ATTRIBUTE, MAKES, NO_EFFECT, PREVENTS, TOO_FEW, two_sided_drivers


def answers(n=3000, k=3, seed=1):
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 6, (n, k)).astype(float)
    line = 0.6 * (ratings[:, 0] - 3) + 0.3 * (ratings[:, 1] - 3) + rng.logistic(size=n)
    return ratings, line > 0.7, line < -0.9


def test_marginal_effects_are_those_of_statsmodels_in_a_large_sample():
    """Firth's penalty vanishes with n; errors: heteroscedasticity robust, delta method."""
    ratings, promoter, detractor = answers()
    found = two_sided_drivers(ratings, promoter, detractor)
    for y, value, low in ((promoter, found.promoting, found.promoting_low), (~detractor, found.preventing, found.preventing_low)):
        peer = sm.Logit(y.astype(float), sm.add_constant(ratings)).fit(disp=0, cov_type="HC0").get_margeff()
        assert value == pytest.approx(peer.margeff, abs=2e-4)
        assert (value - low) / 1.96 == pytest.approx(peer.margeff_se, rel=0.02)


def test_one_line_moves_both_sides_and_leans_to_neither():
    ratings, promoter, detractor = answers()
    assert two_sided_drivers(ratings, promoter, detractor).kind == [BOTH, BOTH, NO_EFFECT]


def test_turning_the_scale_round_turns_the_sides_round():
    """Promoters of the mirrored ratings are the detractors: effects change places and sign of the lean changes."""
    ratings, promoter, detractor = answers(seed=2)
    one, other = two_sided_drivers(ratings, promoter, detractor), two_sided_drivers(6 - ratings, detractor, promoter)
    assert one.promoting == pytest.approx(other.preventing, abs=1e-9)
    assert one.lean == pytest.approx(-other.lean, abs=1e-9)


def test_what_delights_is_told_from_what_must_not_fail():
    rng = np.random.default_rng(3)
    ratings = rng.integers(1, 6, (2000, 2)).astype(float)
    promoter = ratings[:, 0] - 3 + rng.logistic(size=2000) > 1
    detractor = (3 - ratings[:, 1] + rng.logistic(size=2000) > 1) & ~promoter
    assert two_sided_drivers(ratings, promoter, detractor).kind == [MAKES, PREVENTS]


def test_an_attribute_that_parts_the_classes_stays_finite():
    """Without a penalty the coefficient would be infinite."""
    ratings, promoter, detractor = answers(n=400)
    ratings[:, 2] = np.where(promoter, 5.0, ratings[:, 2].clip(max=4))
    assert np.isfinite(two_sided_drivers(ratings, promoter, detractor).promoting).all()


def test_answers_of_one_customer_widen_the_interval():
    ratings, promoter, detractor = answers(n=800)
    single = two_sided_drivers(np.tile(ratings, (2, 1)), np.tile(promoter, 2), np.tile(detractor, 2))
    twice = two_sided_drivers(np.tile(ratings, (2, 1)), np.tile(promoter, 2), np.tile(detractor, 2), customers=np.tile(np.arange(800), 2))
    width = lambda found: found.promoting_high - found.promoting_low  # noqa: E731
    assert (width(twice) / width(single)) == pytest.approx(np.sqrt(2), rel=0.03)


def test_weights_count_as_so_many_answers():
    ratings, promoter, detractor = answers(n=1500)
    weights = np.where(promoter, 2.0, 1.0)
    rows = np.repeat(np.arange(1500), weights.astype(int))
    weighed = two_sided_drivers(ratings, promoter, detractor, weights=weights)
    repeated = two_sided_drivers(ratings[rows], promoter[rows], detractor[rows])
    assert weighed.promoting == pytest.approx(repeated.promoting, abs=2e-3)


def test_blanks_keep_their_rows_and_rare_attributes_are_left_out():
    ratings, promoter, detractor = answers(n=1000)
    ratings[::3, 1] = np.nan
    ratings[10:, 2] = np.nan
    found = two_sided_drivers(ratings, promoter, detractor)
    assert found.n == 1000
    assert found.kind[2] == TOO_FEW
    assert np.isnan(found.promoting[2])


def test_too_few_of_a_class_are_told():
    ratings, promoter, detractor = answers(n=60)
    with pytest.raises(ValueError, match=f"of each {4 * FEWEST_PER_ATTRIBUTE} are needed"):
        two_sided_drivers(ratings, promoter & (np.arange(60) < 10), detractor)


def test_independent_ratings_are_called_drivers_in_at_most_one_of_twenty():
    rng = np.random.default_rng(5)
    named = 0
    for _ in range(300):
        ratings, line = rng.integers(1, 6, (300, 6)).astype(float), rng.logistic(size=300)
        named += any(kind != NO_EFFECT for kind in two_sided_drivers(ratings, line > 0.7, line < -0.7).kind)
    assert named <= 300 * 0.05 + 3 * np.sqrt(300 * 0.05 * 0.95)


def test_real_answers_of_phone_customers(request):
    """250 answers of the ECSI mobile survey: recommendation (CUSL3) against three ratings; all effects that are sure are positive."""
    path = request.config.rootpath.parent / "shared" / "data" / "ecsi_mobile" / "mobi.csv"
    if not path.exists():
        pytest.skip("the shared data are not here")
    frame = pd.read_csv(path)
    found = two_sided_drivers(frame[["PERQ1", "IMAG1", "PERV2"]], frame["CUSL3"] >= 9, frame["CUSL3"] <= 6)
    assert found.n == 250
    assert ((found.p_promoting < 0.05) & (found.promoting > 0)).any()
    assert not ((found.p_promoting < 0.05) & (found.promoting < 0)).any()
