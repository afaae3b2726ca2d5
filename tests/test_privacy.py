"""Small groups are not shown, and what is quoted gives no person away."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvclib.privacy import name_parts, redacted, suppress_small


def test_a_group_below_the_minimum_keeps_its_name_only():
    groups = pd.DataFrame({"segment": ["a", "b"], "nps": [30.0, 100.0], "note": ["x", "y"], "n": [5, 4]})
    hidden = suppress_small(groups, minimum=5, keep=["segment"])
    assert hidden.loc[0].tolist() == ["a", 30.0, "x", 5.0]
    assert hidden.loc[1, "segment"] == "b"
    assert hidden.loc[1, ["nps", "note", "n"]].isna().all()


def test_the_frame_that_came_in_is_not_changed():
    groups = pd.DataFrame({"segment": ["a"], "n": [1]})
    suppress_small(groups, minimum=5, keep=["segment"])
    assert groups["n"].tolist() == [1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mail me at a.b@mail.example please", "Mail me at ••• please"),
        ("Mail a.b @ mail.example or ask @ the desk of @anna", "Mail ••• or ••• desk of •••"),
        ("@", "•••"),
        ("See https://shop.example/x?y=1 or www.x.nl", "See ••• or •••"),
        ("Bel 06 12 34 56 78 of +31 (0)6-12345678.", "Bel ••• of •••."),
        ("order AB-1234/9 of 3 beds", "order ••• of ••• beds"),
        ("Hoofdstraat 12a, 1234 AB Utrecht", "••• Utrecht"),
        ("Moro na Rua das Flores, 123", "Moro na •••"),
        ("We live at 12 Baker Street in London", "We live at ••• in London"),
        ("Mevr. van der Berg was kind", "Mevr. ••• was kind"),
        ("Mijn naam is Kim Bos en ik wacht", "Mijn naam is ••• en ik wacht"),
        ("Slept well. Groetjes, Anna de Vries", "Slept well. Groetjes, •••"),
        ("Onderweg naar huis", "Onderweg naar huis"),
        ("Thanks for the bed", "Thanks for the bed"),
    ],
)
def test_what_gives_a_person_away_is_masked(text, shown):
    assert redacted(text) == shown


def test_known_names_are_masked_however_they_are_written():
    names = name_parts(["José Núñez", "Anna van Dam"], without={"van"})
    assert redacted("jose and ANNA came with the van", names=names) == "••• and ••• came with the van"


def test_a_quote_is_cut_at_a_word():
    quote = redacted("word " * 60, longest=40)
    assert len(quote) <= 40
    assert quote.endswith("word …")


@given(st.text())
def test_no_digit_and_no_address_is_left(text):
    quote = redacted(f"{text} 0612345678 a@b.example")
    assert not re.search(r"\d", quote)
    assert "@" not in quote
