"""Maximum likelihood on positive parameters: estimate, standard error, and refusal where there is no maximum."""

import numpy as np
import pytest

from cvclib.methods.maximum_likelihood import NotFittedError, fit_positive


def test_a_rate_from_its_mean_has_the_standard_error_of_the_textbook() -> None:
    """Exponential waits of mean 0.5: rate 2, standard error of its logarithm 1 / sqrt(n)."""
    found = fit_positive(lambda z: (float(-(z - 0.5 * np.exp(z))[0]), -(1 - 0.5 * np.exp(z))), ["rate"], [1.0], 400)
    assert found.values == pytest.approx([2.0], abs=1e-6)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(0.05, abs=1e-6)
    assert found.log_likelihood == pytest.approx(400 * (np.log(2) - 1), abs=1e-6)


def test_a_parameter_that_runs_away_is_refused() -> None:
    with pytest.raises(NotFittedError, match="runs away"):
        fit_positive(lambda z: (float(np.exp(-z)[0]), -np.exp(-z)), ["rate"], [1.0], 100)


def test_a_parameter_on_which_nothing_depends_is_refused() -> None:
    with pytest.raises(NotFittedError, match="undetermined"):
        fit_positive(lambda z: (float(z[0] ** 2), np.array([2 * z[0], 0.0])), ["a", "b"], [1.0, 1.0], 100)
