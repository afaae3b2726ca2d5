"""Queues: published values, by hand, and the capacity told from a wait."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.methods.queueing import erlang_c, implied_service_time, mean_wait, more_capacity


@pytest.mark.parametrize(("load", "servers", "probability"), [(0.5, 1, 0.5), (1, 2, 1 / 3), (2, 3, 4 / 9), (8, 10, 0.4092)])
def test_erlang_c_is_as_published(load, servers, probability):
    """One server: ρ. Two with ρ = 1/2: 1/3. Three with ρ = 2/3: 4/9 (Gross and Harris). Ten with 8 erlangs: 0.409."""
    assert erlang_c(load, servers) == pytest.approx(probability, abs=5e-5)


def test_one_server_waits_as_by_hand():
    """λ 2, μ 3 an hour: Wq = λ / (μ(μ - λ)) = 2/3 hour; Lq = λWq = 4/3."""
    assert mean_wait(2, 1 / 3) == pytest.approx(2 / 3)


def test_constant_service_halves_the_wait():
    """M/D/1 by Pollaczek and Khinchine: half of M/M/1; the mean of squared variations is 1/2, and Kingman is exact."""
    assert mean_wait(2, 1 / 3, variability=0.5) == pytest.approx(1 / 3)


def test_more_load_than_servers_is_refused():
    with pytest.raises(ValueError, match="grows without end"):
        mean_wait(3, 1, 3)


@given(st.floats(0.1, 50), st.floats(0.05, 0.97), st.integers(1, 20))
def test_the_service_time_is_found_again_from_the_wait(arrivals, busy, servers):
    service = busy * servers / arrivals
    wait = mean_wait(arrivals, service, servers)
    if wait > 1e-9:
        assert implied_service_time(arrivals, wait, servers) == pytest.approx(service, rel=1e-5)


def test_ten_per_cent_more_capacity_by_hand():
    """λ 20, μ 30: waits 1/15. With μ 33: 20 / (33 × 13) = 0.04662."""
    found = more_capacity(np.full(20, 20.0), np.full(20, 20 / 15))
    assert (found.wait.value, found.busy.value, found.after.value) == pytest.approx((1 / 15, 2 / 3, 20 / (33 * 13)))
    assert found.change.value == pytest.approx(20 / (33 * 13) - 1 / 15)
    assert found.in_queue.value == pytest.approx(20 / 15)


def test_one_server_more_by_hand():
    """λ 2, two servers of μ 1.5: a 4/3, C = 8/15, Wq = C / (3 - 2) = 0.5333. With three: C = 0.1808, Wq = C / (4.5 - 2) = 0.0723."""
    wait = float(mean_wait(2, 1 / 1.5, 2))
    found = more_capacity(np.full(20, 2.0), np.full(20, 2 * wait), faster=0.0, servers=2, added=1)
    assert wait == pytest.approx(8 / 15)
    assert found.after.value == pytest.approx(float(mean_wait(2, 1 / 1.5, 3)))
    assert found.after.value == pytest.approx(0.0723, abs=0.0001)


def test_even_arrivals_point_to_a_busier_desk():
    """The same wait with arrivals every hour to the minute: less chance in it, so that the desk must be busier."""
    gaps = (np.full(20, 20.0), np.full(20, 20.0 / 20), np.full(20, 20.0 / 400))
    even = more_capacity(np.full(20, 20.0), np.full(20, 4.0), gaps=gaps)
    assert even.busy.value > more_capacity(np.full(20, 20.0), np.full(20, 4.0)).busy.value


@pytest.mark.parametrize(("counts", "waits"), [([1, 1], [1, 1]), ([5, 0, 0], [1, 0, 0]), ([0, 0, 0], [0, 0, 0])])
def test_what_cannot_be_told_is_refused(counts, waits):
    with pytest.raises(ValueError, match=r"batch|nought"):
        more_capacity(counts, waits)
