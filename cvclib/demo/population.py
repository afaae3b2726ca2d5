"""The people behind a demonstration client: who they are, and how CRM and ERP wrote them down.

Persons come first; CRM records and ERP accounts are written from them, with second records, misspellings
and gaps as the truths say. Times are days since the first day of the data.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvclib.demo.truths import SEGMENT_SHARES, SEGMENTS, PlantedTruths
from cvclib.demo.vocabulary import CITIES, FIRST_NAMES, LAST_NAMES, MAIL_DOMAINS, PREFIXES

N_DAYS = 731  # 2024 and 2025
TINY_SEGMENT = "Hospitality"  # three customers: below the smallest group that a report may show
N_TINY = 3
BIRTH_YEARS = {"Young families": (1978, 1996), "Couples": (1965, 1995), "Seniors": (1940, 1962), "Starters": (1994, 2004)}
EMAIL, PERSON, MISSPELT = 0, 1, 2  # how an ERP account can be tied to the CRM
SECOND_ACCOUNT_SHARE = 0.06


@dataclass(frozen=True)
class Records:
    """CRM records and ERP accounts of all persons.

    `crm` and `accounts` hold a row a record with the person it truly is; `crm_of` and `account_of` give the
    first record of a person, `second_crm_of` and `second_account_of` the second one, or -1.
    """

    crm: pd.DataFrame
    accounts: pd.DataFrame
    second_crm_of: np.ndarray
    second_account_of: np.ndarray


def draw_persons(rng: np.random.Generator, truths: PlantedTruths, n_customers: int) -> pd.DataFrame:
    """Draw the persons behind `n_customers` CRM records: a row each, in order of their first contact."""
    n = n_customers - round(truths.duplicate_share * n_customers)
    segment = rng.choice(np.array(SEGMENTS, dtype=object), n, p=SEGMENT_SHARES)
    if n >= 500:
        segment[rng.choice(n, N_TINY, replace=False)] = TINY_SEGMENT
    lows, highs = (np.array([BIRTH_YEARS.get(name, (1960, 1990))[end] for name in segment]) for end in (0, 1))
    births = (rng.integers(lows, highs).astype(str).astype("datetime64[Y]")).astype("datetime64[D]") + rng.integers(0, 365, n)
    place = rng.integers(0, len(CITIES), n)
    letters = np.array(list("ABCDEGHJKLMNPRSTVWXZ"))
    districts = np.array([code for _, code in CITIES])[place] * 100 + rng.integers(0, 100, n)
    postcode = [f"{number} {a}{b}" for number, a, b in zip(districts, *letters[rng.integers(0, len(letters), (2, n))], strict=True)]
    match = rng.choice(3, n, p=[truths.account_email_share, truths.account_person_share, _misspelt_share(truths)])
    persons = pd.DataFrame(
        {
            "first": np.array(FIRST_NAMES, dtype=object)[rng.integers(0, len(FIRST_NAMES), n)],
            "prefix": np.array(PREFIXES, dtype=object)[rng.integers(0, len(PREFIXES), n)],
            "last": np.array(LAST_NAMES, dtype=object)[rng.integers(0, len(LAST_NAMES), n)],
            "segment": segment,
            "birth_date": births,
            "postcode": postcode,
            "city": np.array([name for name, _ in CITIES], dtype=object)[place],
            "phone": np.char.add("06-", rng.integers(10_000_000, 99_999_999, n).astype(str)),
            "start": np.sort(rng.uniform(0, N_DAYS, n)),
            "mood": rng.uniform(-1, 1, n),
            "match": match,
        }
    )
    domain = np.array(MAIL_DOMAINS, dtype=object)[rng.integers(0, len(MAIL_DOMAINS), n)]
    local = persons["first"].map(_fold_all(FIRST_NAMES)) + "." + persons["last"].map(_fold_all(LAST_NAMES))
    local = local + (births.astype("datetime64[Y]").astype(int) % 100).astype(str)
    again = local.groupby(local).cumcount()
    persons["email"] = local + np.where(again > 0, "." + again.astype(str), "") + "@" + domain
    return persons


def write_records(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame, bought: np.ndarray) -> Records:
    """Write persons down as CRM and ERP hold them; `bought` tells for each whether the ERP knows an order."""
    crm, second_crm_of = _crm_records(rng, truths, persons)
    accounts, second_account_of = _erp_accounts(rng, persons, np.flatnonzero(bought))
    return Records(crm, accounts, second_crm_of, second_account_of)


def _misspelt_share(truths: PlantedTruths) -> float:
    return 1 - truths.account_email_share - truths.account_person_share


def _fold(text: str) -> str:
    """Text without accents, in plain letters: what an old ERP keeps of a name."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _fold_all(words: tuple[str, ...]) -> dict[str, str]:
    return {word: _fold(word).lower() for word in words}


def full_name(first: pd.Series, prefix: pd.Series, last: pd.Series) -> pd.Series:
    """First name, prefix where there is one, surname."""
    return first + " " + np.where(prefix == "", "", prefix + " ") + last


def _crm_records(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """One record a person, and a second one for some: half with the same e-mail, half with a misspelt surname."""
    n = len(persons)
    first = persons.assign(person=np.arange(n), created=persons["start"], second=False)
    unsure = persons["match"] == MISSPELT
    first.loc[unsure & (rng.random(n) < 0.3), "email"] = ""
    first.loc[(persons["match"] == EMAIL) & (rng.random(n) < 0.1), "birth_date"] = pd.NaT
    first.loc[rng.random(n) < 0.12, "phone"] = ""

    n_second = round(truths.duplicate_share * n / (1 - truths.duplicate_share))
    who = np.sort(rng.choice(n, n_second, replace=False))
    second = persons.iloc[who].assign(person=who, second=True)
    second["created"] = second["start"] + rng.uniform(0.1, 0.9, n_second) * (N_DAYS - second["start"])
    same_email = rng.random(n_second) < 0.5
    second["first"] = np.where(same_email, second["first"].str[0] + ".", second["first"])
    second["last"] = np.where(same_email, second["last"], _misspell(rng, second["last"]))
    second["email"] = np.where(same_email, first["email"].iloc[who], "")

    crm = pd.concat([first, second]).sort_values("created", kind="stable").reset_index(drop=True)
    crm["customer_id"] = "K" + pd.Series(100_001 + np.arange(len(crm))).astype(str)
    second_of = np.full(n, -1)
    second_of[crm["person"][crm["second"]]] = np.flatnonzero(crm["second"])
    return crm, second_of


def _erp_accounts(rng: np.random.Generator, persons: pd.DataFrame, buyers: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """One account a buyer, a second one for some; written so that it can, or can hardly, be tied to the CRM."""
    doubles = buyers[rng.random(len(buyers)) < SECOND_ACCOUNT_SHARE]
    who = np.concatenate([buyers, doubles])
    accounts = persons.iloc[who].assign(person=who, second=np.arange(len(who)) >= len(buyers)).reset_index(drop=True)
    n = len(accounts)
    misspelt = (accounts["match"] == MISSPELT).to_numpy()
    plain_last = accounts["last"].map({name: _fold(name) for name in LAST_NAMES})
    plain_first = accounts["first"].map({name: _fold(name) for name in FIRST_NAMES})
    initial = misspelt & (rng.random(n) < 0.3)
    name = full_name(accounts["first"], accounts["prefix"], accounts["last"])
    wrong = full_name(
        pd.Series(np.where(initial, plain_first.str[0] + ".", plain_first), index=accounts.index),
        accounts["prefix"],
        pd.Series(_misspell(rng, plain_last), index=accounts.index),
    )
    accounts["name"] = np.where(misspelt, wrong, name)
    other_email = misspelt & (rng.random(n) < 0.5)
    keeps_email = (accounts["match"] == EMAIL).to_numpy()
    work = plain_first.str[0].str.lower() + plain_last.str.lower() + "@work.example"
    accounts["email"] = np.where(keeps_email, accounts["email"], np.where(other_email, work, ""))
    moved = misspelt & (rng.random(n) < 0.2)
    accounts.loc[moved, "postcode"] = (
        accounts["postcode"][moved].str[:4].astype(int).add(1).astype(str) + accounts["postcode"][moved].str[4:]
    )
    accounts.loc[misspelt & (rng.random(n) < 0.15), "birth_date"] = pd.NaT
    other_phone = misspelt & (rng.random(n) < 0.8)
    accounts["phone"] = np.where(other_phone, np.char.add("085-", rng.integers(1_000_000, 9_999_999, n).astype(str)), accounts["phone"])
    accounts.loc[rng.random(n) < 0.25, "phone"] = ""
    accounts = accounts.sample(frac=1, random_state=rng).reset_index(drop=True)  # the ERP numbers debtors in an order of its own
    accounts["account_id"] = "A-" + pd.Series(70_001 + 3 * np.arange(n)).astype(str)
    second_of = np.full(len(persons), -1)
    second_of[accounts["person"][accounts["second"]]] = np.flatnonzero(accounts["second"])
    return accounts, second_of


def _misspell(rng: np.random.Generator, words: pd.Series) -> list[str]:
    """Each word with one letter doubled, dropped, or changed places with the next."""
    kinds, places = rng.integers(0, 3, len(words)), rng.random(len(words))
    return [_with_slip(word, kind, 1 + int(place * (len(word) - 2))) for word, kind, place in zip(words, kinds, places, strict=True)]


def _with_slip(word: str, kind: int, at: int) -> str:
    if kind == 0 or word[at : at + 1] == word[at + 1 : at + 2]:  # letters that are equal cannot change places
        return word[:at] + word[at] + word[at:]
    if kind == 1 and len(word) > 3:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
