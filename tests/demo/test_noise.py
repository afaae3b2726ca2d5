"""The company without a signal: it fills every table, and its data are clean."""

import numpy as np
import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.demo.noise import N_WORDS, _word, noise_tables
from cvclib.tables import TABLES


@pytest.fixture(scope="module")
def tables():
    return noise_tables(np.random.default_rng(1), n_customers=200)


def test_every_canonical_table_is_filled(tables):
    assert set(tables) == set(TABLES)
    assert all(len(rows) for rows in tables.values())


def test_nothing_is_rejected_and_no_check_fails(tables):
    client = Client.from_frames(tables)
    assert client.checks.empty
    assert client.sources["rows_kept"].tolist() == [len(rows) for rows in tables.values()]


def test_the_same_seed_gives_the_same_tables(tables):
    again = noise_tables(np.random.default_rng(1), n_customers=200)
    for name, rows in tables.items():
        pd.testing.assert_frame_equal(rows, again[name])


def test_no_two_words_or_names_are_alike():
    assert len({_word(41 * i) for i in range(N_WORDS)}) == N_WORDS
    assert len({(_word(i), _word(7 * i + 3)) for i in range(5000)}) == 5000


def test_nothing_happens_after_the_two_years(tables):
    times = [rows[column].max() for rows in tables.values() for column in rows if column.endswith("_at") and column != "promised_at"]
    assert max(times) < pd.Timestamp("2026-01-01")
