"""The same call is worked out once while a client is in hand."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.steps.memo import once_per_client


@pytest.fixture
def client():
    return Client.from_frames({"orders": pd.DataFrame({"order_id": ["1"], "customer_id": "a", "ordered_at": ["2025-03-01"]})})


def test_a_setting_spelt_out_is_the_same_call_as_its_default(client):
    worked_out = []

    @once_per_client
    def answer(client, days=30, *, by=""):
        worked_out.append((days, by))
        return [days]

    assert answer(client) is answer(client, 30) is answer(client, days=30, by="")
    assert answer(client, 31) == [31]
    assert worked_out == [(30, ""), (31, "")]


def test_a_frame_comes_out_as_a_copy(client):
    @once_per_client
    def frame(client):
        return pd.DataFrame({"n": [1]})

    changed = frame(client)
    changed.loc[0, "n"] = 2

    assert frame(client)["n"].tolist() == [1]


def test_another_client_is_asked_anew_and_a_call_that_fails_is_not_remembered(client):
    asked = []

    @once_per_client
    def failing(client):
        asked.append(client)
        if len(asked) < 3:
            raise ValueError("not yet")
        return len(asked)

    other = Client.from_frames({})
    for one in (client, other):
        with pytest.raises(ValueError, match="not yet"):
            failing(one)

    assert failing(client) == 3
