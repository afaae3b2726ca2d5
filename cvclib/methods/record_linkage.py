"""Exact-key record linkage: the same person in two tables by keys that are made comparable first.

Works on Ibis tables, so that millions of records are compared in the engine. Knows no client: a table has
an id and whichever of name, email, phone, postcode and birth_date are filled.
"""

from __future__ import annotations

import unicodedata

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

# Strictest first: an address belongs to one mailbox; a telephone may be shared by a household.
KEYS = ("e-mail", "name, postcode and birth date", "telephone")
MOST_SHARING_A_KEY = 10  # more records than this with one value: a placeholder (info@…, 0000000000), not a key
SUBSCRIBER_DIGITS = 9  # the end of a telephone number that is the same with and without the country's prefix
FEWEST_DIGITS = 7  # shorter numbers are internal extensions or cut off

_LETTERS = [chr(code) for code in range(0xC0, 0x180)]  # accented Latin letters; one letter stays one letter
_FOLDED = {letter: unicodedata.normalize("NFD", letter)[0] for letter in _LETTERS}
_FOLDED |= {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i"}
_ACCENTED = "".join(letter for letter, plain in _FOLDED.items() if plain != letter)
_PLAIN = "".join(_FOLDED[letter] for letter in _ACCENTED)
_COMBINING = "[\u0300-\u036f]"


def fold(text: ir.StringValue) -> ir.StringValue:
    """Lower case, accents off, signs and double spaces out; ``Last, First`` turned round.

    Parameters
    ----------
    text : ibis string expression

    Returns
    -------
    ibis string expression
        Letters, digits and single spaces; NULL where nothing is left.

    Examples
    --------
    >>> import ibis
    >>> ibis.duckdb.connect().execute(fold(ibis.literal(" Müller,  José-Ann ")))
    'jose ann muller'
    """
    plain = text.re_replace(_COMBINING, "").translate(_ACCENTED, _PLAIN).lower()
    for letter, letters in (("ß", "ss"), ("æ", "ae"), ("œ", "oe")):
        plain = plain.replace(letter, letters)
    turned = plain.re_replace("^([^,]+),(.+)$", r"\2 \1")
    return turned.re_replace("[^a-z0-9]+", " ").strip().nullif("")


def email_key(email: ir.StringValue) -> ir.StringValue:
    """An e-mail address made comparable: lower case, no spaces, no ``+tag``; NULL if it is none.

    Examples
    --------
    >>> import ibis
    >>> ibis.duckdb.connect().execute(email_key(ibis.literal(" Ann.Bakker+shop@Example.COM ")))
    'ann.bakker@example.com'
    """
    plain = email.lower().re_replace(r"\s+|mailto:", "").re_replace(r"\+[^@]*@", "@")
    return ibis.cases((plain.re_search(r"^[^@]+@[^@]+\.[^@]+$"), plain), else_=ibis.null("string"))


def phone_key(phone: ir.StringValue) -> ir.StringValue:
    """The last nine digits of a telephone number, which do not depend on how the prefix is written.

    Examples
    --------
    >>> import ibis
    >>> [ibis.duckdb.connect().execute(phone_key(ibis.literal(x))) for x in ("+31 (0)6 1234 5678", "06-12345678")]
    ['612345678', '612345678']
    """
    digits = phone.re_replace("[^0-9]", "")
    digits = ibis.cases((digits.length() > SUBSCRIBER_DIGITS, digits.right(SUBSCRIBER_DIGITS)), else_=digits)
    one_digit_only = digits.replace(digits.left(1), "") == ""
    return ibis.cases(((digits.length() >= FEWEST_DIGITS) & ~one_digit_only, digits), else_=ibis.null("string"))


def person_key(name: ir.StringValue, postcode: ir.StringValue, birth_date: ir.DateValue) -> ir.StringValue:
    """Folded name, postcode and birth date as one key; NULL unless all three are there.

    Examples
    --------
    >>> import ibis
    >>> made = person_key(ibis.literal("Zoë Smit"), ibis.literal("1012 ab"), ibis.literal("1990-05-01").cast("date"))
    >>> ibis.duckdb.connect().execute(made)
    'zoe smit|1012AB|1990-05-01'
    """
    place = postcode.upper().re_replace("[^A-Z0-9]", "").nullif("")
    return fold(name) + "|" + place + "|" + birth_date.cast("string")


def exact_keys(people: ir.Table, id_column: str) -> ir.Table:
    """Every comparable key of every record, one a row.

    Parameters
    ----------
    people : ibis.Table
        One row a record, with `id_column`, name, email, phone, postcode and birth_date (empty ones allowed).
    id_column : str
        Its key.

    Returns
    -------
    ibis.Table
        ``id``, ``key`` (position in `KEYS`) and ``value``; no blanks, and no value that more than
        `MOST_SHARING_A_KEY` records share.

    Examples
    --------
    >>> import ibis
    >>> frame = pd.DataFrame({"n": ["1"], "name": ["Zoë Smit"], "email": ["Z@x.nl"], "phone": [""],
    ...                       "postcode": ["1012AB"], "birth_date": [pd.Timestamp("1990-05-01")]})
    >>> sorted(exact_keys(ibis.memtable(frame), "n").to_pandas()["value"])
    ['z@x.nl', 'zoe smit|1012AB|1990-05-01']
    """
    made = (
        email_key(people.email),
        person_key(people.name, people.postcode, people.birth_date.cast("date")),
        phone_key(people.phone),
    )
    parts = [people.select(id=people[id_column], key=ibis.literal(i, type="int8"), value=value) for i, value in enumerate(made)]
    keys = ibis.union(*parts).filter(ibis._.value.notnull()).distinct()
    usual = keys.group_by("key", "value").agg(sharing=ibis._.count()).filter(ibis._.sharing <= MOST_SHARING_A_KEY)
    return keys.semi_join(usual, ["key", "value"])


def tie(left: ir.Table, right: ir.Table, left_id: str, right_id: str) -> ir.Table:
    """Tie each record of one table to the one record of another that all shared keys agree on.

    Parameters
    ----------
    left, right : ibis.Table
        Records as `exact_keys` takes them. Several left records may belong to one right record.
    left_id, right_id : str
        Their keys.

    Returns
    -------
    ibis.Table
        One row a left record that shares a key with any right record: ``left``, ``right`` (NULL where
        ambiguous), ``key`` (position in `KEYS` of the strictest key that ties them; NULL where ambiguous),
        ``candidates`` (how many right records share a key).

    Notes
    -----
    Each key that finds anyone names a set of candidates; the record is tied when exactly one candidate lies in
    all of these sets. So an address that two CRM records share does not tie, unless the telephone tells them
    apart; and an address of one customer with the telephone of another ties to neither.

    Examples
    --------
    >>> import ibis
    >>> base = {"name": None, "phone": None, "postcode": None, "birth_date": pd.Timestamp("1990-05-01")}
    >>> accounts = ibis.memtable(pd.DataFrame([{"a": "D1", "email": "z@x.nl", **base}]).astype({"name": str, "phone": str, "postcode": str}))
    >>> customers = ibis.memtable(pd.DataFrame([{"c": "1", "email": "Z@X.nl", **base}]).astype({"name": str, "phone": str, "postcode": str}))
    >>> tie(accounts, customers, "a", "c").to_pandas().to_dict("records")
    [{'left': 'D1', 'right': '1', 'key': 0, 'candidates': 1}]
    """
    a = exact_keys(left, left_id).rename(left="id")
    b = exact_keys(right, right_id).rename(right="id")
    shared = a.join(b, ["key", "value"]).select("left", "right", "key").distinct()
    pairs = shared.group_by("left", "right").agg(agreeing=ibis._.count(), key=ibis._.key.min())
    found = shared.group_by("left").agg(keys=ibis._.key.nunique(), candidates=ibis._.right.nunique())
    agreed = pairs.join(found, "left").filter(ibis._.agreeing == ibis._["keys"])
    single = agreed.group_by("left").agg(n=ibis._.count(), right=ibis._.right.min(), key=ibis._.key.min()).filter(ibis._.n == 1)
    return found.left_join(single.drop("n"), "left").select("left", "right", "key", "candidates")


def duplicate_groups(keys: pd.DataFrame) -> pd.DataFrame:
    """Group records that share a key, directly or through others.

    Parameters
    ----------
    keys : pandas.DataFrame
        ``id``, ``key`` and ``value``, as `exact_keys` makes them; those that occur once may be left out.

    Returns
    -------
    pandas.DataFrame
        ``id`` and ``group`` (numbered from 0 in order of the first id), of records that share a key with
        another one.

    Examples
    --------
    >>> shared = pd.DataFrame({"id": ["1", "2", "2", "3", "4"], "key": [0, 0, 2, 2, 0], "value": list("aabbc")})
    >>> duplicate_groups(shared).to_dict("list")
    {'id': ['1', '2', '3'], 'group': [0, 0, 0]}
    """
    if keys.empty:
        return pd.DataFrame({"id": pd.Series(dtype="str"), "group": pd.Series(dtype="int64")})
    ids, number = np.unique(keys["id"].to_numpy(dtype=str), return_inverse=True)
    value = keys.groupby(["key", "value"]).ngroup().to_numpy()
    # A bipartite graph of records and key values: its components are the groups, without comparing pairs.
    n = len(ids) + value.max() + 1
    graph = coo_array((np.ones(len(keys)), (number, len(ids) + value)), shape=(n, n))
    component = connected_components(graph, directed=False)[1][: len(ids)]
    grouped = pd.DataFrame({"id": ids, "component": component})
    grouped = grouped[grouped.groupby("component")["id"].transform("size") > 1]
    return grouped.assign(group=pd.factorize(grouped["component"])[0])[["id", "group"]].reset_index(drop=True)
