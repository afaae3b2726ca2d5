"""What of two records is compared, and how: fields made comparable, and the levels on which two values can agree.

One configuration for all data, by the kind of field. Agreement is worked out in DuckDB, whose string functions
compare bytes: every text is folded to plain letters first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import ibis
import ibis.expr.types as ir

from cvclib.methods.record_linkage import email_key, fold, phone_key

Kind = Literal[
    "name", "given_name", "surname", "email", "phone", "address", "street", "house_number", "postcode", "city", "region",
    "birth_date", "number", "text", "words",
]  # fmt: skip

MISSING, DIFFERENT = 0, 1  # levels of agreement; those above, up to the highest, agree more and more
# Endings that a firm's name bears in one system and not in the other.
LEGAL_FORMS = (
    "b v", "bv", "n v", "nv", "v o f", "vof", "c v", "gmbh co kg", "gmbh", "mbh", "ag", "kg", "ohg", "ug", "e v", "ev", "ltd", "limited", "plc",
    "llp", "inc", "incorporated", "corp", "corporation", "llc", "co", "company", "sarl", "s a r l", "sas", "s a s", "sa", "s a", "sl", "s l",
    "slu", "spa", "s p a", "srl", "s r l", "oy", "oyj", "ab", "aps", "a s", "as", "sp z o o", "pty",
)  # fmt: skip
TITLES = (
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "drs",
    "ing",
    "ir",
    "dhr",
    "de heer",
    "mevr",
    "mevrouw",
    "mw",
    "herr",
    "frau",
    "mme",
    "mlle",
)
PARTICLES = (
    "van", "von", "vom", "zu", "zum", "zur", "der", "den", "de", "het", "t", "ten", "ter", "te", "op", "in", "la", "le", "les", "du", "des", "di", "da",
    "dal", "della", "del", "dos", "das", "do", "el", "al", "bin", "ibn", "st",
)  # fmt: skip
STREET_WORDS = {
    "street": "st", "straat": "st", "str": "st", "strasse": "st", "road": "rd", "avenue": "av", "ave": "av", "lane": "ln", "laan": "ln", "drive": "dr",
    "court": "ct", "place": "pl", "plein": "pl", "platz": "pl", "plaza": "pl", "plc": "pl", "boulevard": "bd", "blvd": "bd", "crescent": "cr", "cres": "cr",
    "close": "cl", "circuit": "cct", "terrace": "tce", "square": "sq", "highway": "hwy", "parkway": "pkwy", "north": "n", "south": "s", "east": "e",
    "west": "w", "saint": "st", "building": "bldg", "suite": "ste", "apartment": "apt", "floor": "fl", "gracht": "gr", "singel": "sg", "steeg": "stg",
}  # fmt: skip
JOINED_STREET = "(straat|strasse|str)$"  # Dorpsstraat, Hauptstr.: the word stands at the end of the name
# Given names that stand for one another are told by their first letter and length; a short form begins alike (Rob, Robert).
SHORTEST_SHORT_FORM = 3


class Level(NamedTuple):
    """One level of agreement, from `DIFFERENT` upwards.

    Parameters
    ----------
    words : str
        As a reader is told it.
    sql : str
        Condition on ``a`` and ``b``; empty for `DIFFERENT`.
    prior : float
        Share of true pairs expected there before the data speak.
    """

    words: str
    sql: str
    prior: float


class Comparison(NamedTuple):
    """How one field of two records is compared.

    Parameters
    ----------
    name : str
        The field, as a reader is told it.
    column : str
        Column of the standardised records.
    levels : tuple of Level
        From `DIFFERENT` to exact; the highest that fits counts.
    belongs_to : {"person", "household", "both"}
        What the value is shared by: members of a household share its address, not their birth dates.
    frequent : bool
        Whether agreement on a rare value counts more than on a common one.
    """

    name: str
    column: str
    levels: tuple[Level, ...]
    belongs_to: Literal["person", "household", "both"]
    frequent: bool = True

    @property
    def most_different(self) -> float:
        """The largest share of true pairs that may differ: a class of which more do is not that of the same person."""
        return min(0.6, 0.1 + 6 * self.levels[0].prior)

    @property
    def exact(self) -> int:
        """The highest level."""
        return len(self.levels)

    def sql(self) -> str:
        """The level as a DuckDB expression on the records ``a`` and ``b``."""
        a, b = f"a.{self.column}", f"b.{self.column}"
        cases = [f"WHEN {a} IS NULL OR {b} IS NULL THEN {MISSING}"]
        for position in range(len(self.levels) - 1, 0, -1):
            cases.append(f"WHEN {self.levels[position].sql.format(a=a, b=b)} THEN {position + 1}")
        return f"CASE {' '.join(cases)} ELSE {DIFFERENT} END"


_SAME = "{a} = {b}"
_JW = "jaro_winkler_similarity({{a}}, {{b}}) >= {0}"
# Damerau distance of at most 1. In a projection DuckDB works out every part of an OR but only the branch of a CASE that
# is reached, so the cheap tests come first: one slip keeps all but two places of equal length, or an end of unequal.
_SLIP_CASES = (
    "WHEN length({a}) = length({b}) THEN CASE WHEN hamming({a}, {b}) <= 2 THEN damerau_levenshtein({a}, {b}) <= 1 ELSE false END "
    "WHEN abs(length({a}) - length({b})) <> 1 THEN false "
    "WHEN left({a}, 1) = left({b}, 1) THEN damerau_levenshtein({a}, {b}) <= 1 "
    "WHEN right({a}, 1) = right({b}, 1) THEN damerau_levenshtein({a}, {b}) <= 1 ELSE false END"
)
_SLIP = f"CASE {_SLIP_CASES}"
_NEAR = f"CASE WHEN jaro_winkler_similarity({{a}}, {{b}}) >= 0.92 THEN true {_SLIP_CASES}"
_TWO_OFF = "CASE WHEN length({a}) = length({b}) THEN hamming({a}, {b}) <= 2 ELSE false END"
_SWAPPED = "(a.given = b.surname AND a.surname = b.given)"
_SHORT = (
    "(length(a.given) = 1 OR length(b.given) = 1) AND left(a.given, 1) = left(b.given, 1)"
    f" OR least(length(a.given), length(b.given)) >= {SHORTEST_SHORT_FORM}"
    " AND (starts_with(a.given, b.given) OR starts_with(b.given, a.given))"
)
_PART = "least(length({a}), length({b})) >= 4 AND (contains({a}, {b}) OR contains({b}, {a}))"
_DAY_AND_MONTH = "left({a}, 4) = left({b}, 4) AND substr({a}, 5, 2) = substr({b}, 7, 2) AND substr({a}, 7, 2) = substr({b}, 5, 2)"
# An address is often made of the name, so likeness in it tells little beyond the name's: its
# digits, which tell namesakes apart, must be the same.
_LOCAL = "split_part({a}, '@', 1) = split_part({b}, '@', 1) AND regexp_matches(split_part({a}, '@', 1), '[0-9]')"
_SLIPS = (
    "CASE WHEN abs(length({a}) - length({b})) > 2 THEN false WHEN regexp_replace({a}, '[^0-9]', '', 'g') <> regexp_replace({b}, '[^0-9]', '', 'g')"
    " THEN false WHEN jaro_winkler_similarity({a}, {b}) >= 0.85 THEN damerau_levenshtein({a}, {b}) <= 2 ELSE false END"
)

GIVEN = Comparison(
    "given name",
    "given",
    (
        Level("different", "", 0.04),
        Level("alike in part", _JW.format(0.8), 0.04),
        Level("initial or short form", _SHORT, 0.03),
        Level("a slip apart", _NEAR, 0.08),
        Level("swapped with the family name", _SWAPPED, 0.01),
        Level("the same", _SAME, 0.80),
    ),
    "person",
)
SURNAME = Comparison(
    "family name or firm",
    "surname",
    (
        Level("different", "", 0.05),
        Level("alike in part", _JW.format(0.8) + " OR " + _PART, 0.05),
        Level("a slip apart", _NEAR, 0.10),
        Level("the same", _SAME + " OR a.whole_name = b.whole_name", 0.80),
    ),
    "both",
)
BIRTH = Comparison(
    "birth date",
    "{column}",
    (
        Level("different", "", 0.03),
        Level("same year or same day and month", "left({a}, 4) = left({b}, 4) OR right({a}, 4) = right({b}, 4)", 0.03),
        Level("two digits off", _TWO_OFF, 0.02),
        Level("day and month swapped", _DAY_AND_MONTH, 0.02),
        Level("one digit off", _SLIP, 0.08),
        Level("the same", _SAME, 0.82),
    ),
    "person",
    frequent=False,
)
_ALIKE = (
    Level("different", "", 0.08),
    Level("alike in part", _JW.format(0.8), 0.06),
    Level("a slip apart", _NEAR, 0.10),
    Level("the same", _SAME, 0.76),
)
_OF_KIND: dict[str, Comparison] = {
    "email": Comparison(
        "e-mail",
        "{column}",
        (
            Level("different", "", 0.20),
            Level("same before the @", _LOCAL, 0.05),
            Level("a slip or two apart", _SLIPS, 0.05),
            Level("the same", _SAME, 0.70),
        ),
        "person",
    ),
    "phone": Comparison(
        "telephone",
        "{column}",
        (Level("different", "", 0.25), Level("one digit off", _SLIP, 0.05), Level("the same", _SAME, 0.70)),
        "household",
    ),
    "street": Comparison("street", "{column}", _ALIKE, "household"),
    "house_number": Comparison(
        "house number",
        "{column}",
        (Level("different", "", 0.12), Level("one digit off", _SLIP, 0.08), Level("the same", _SAME, 0.80)),
        "household",
    ),
    "postcode": Comparison(
        "postcode",
        "{column}",
        (
            Level("different", "", 0.08),
            Level("begins alike", "left({a}, 2) = left({b}, 2)", 0.04),
            Level("one character off", _SLIP, 0.08),
            Level("the same", _SAME, 0.80),
        ),
        "household",
    ),
    "city": Comparison("city", "{column}", _ALIKE, "household"),
    "region": Comparison("region", "{column}", (Level("different", "", 0.10), Level("the same", _SAME, 0.90)), "household"),
    "birth_date": BIRTH,
    "number": Comparison(
        "number",
        "{column}",
        (Level("different", "", 0.10), Level("one character off", _SLIP, 0.05), Level("the same", _SAME, 0.85)),
        "person",
    ),
    "text": Comparison("text", "{column}", _ALIKE, "household"),
}


def comparisons(kinds: Mapping[str, Kind]) -> tuple[Comparison, ...]:
    """The comparisons that the fields of two tables make possible.

    Parameters
    ----------
    kinds : mapping of str to Kind
        Column: the kind of field it holds. ``name`` is taken apart into given and family name, ``address`` into
        street and house number.

    Returns
    -------
    tuple of Comparison

    Examples
    --------
    >>> [c.name for c in comparisons({"name": "name", "email": "email"})]
    ['given name', 'family name or firm', 'e-mail']
    """
    found: list[Comparison] = []
    of = set(kinds.values())
    if of & {"name", "given_name"}:
        found.append(GIVEN)
    if of & {"name", "surname"}:
        found.append(SURNAME)
    for column, kind in kinds.items():
        if kind in ("name", "given_name", "surname"):
            continue
        parts = (("street", f"{column}_street"), ("house_number", f"{column}_number")) if kind == "address" else ((kind, column),)
        for part, made in parts:
            base = _OF_KIND[part]
            name = column.replace("_", " ") if kind in ("number", "text", "region") else base.name
            if any(c.name == name for c in found):
                name = column.replace("_", " ")
            found.append(base._replace(name=name, column=f"v_{made}"))
    return tuple(found)


def standardised(records: ir.Table, kinds: Mapping[str, Kind]) -> ir.Table:
    """Records with every field made comparable, as `comparisons` expects them.

    Parameters
    ----------
    records : ibis.Table
        ``rid``, ``id``, ``side`` and the columns of `kinds`, on DuckDB.
    kinds : mapping of str to Kind

    Returns
    -------
    ibis.Table
        ``rid, id, side``, ``given``, ``surname`` and ``whole_name`` where there are names, ``v_‹column›`` for the rest;
        NULL where nothing is left.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"rid": [0], "id": ["1"], "side": [0], "who": ["Dhr. Jan van der Berg"], "tel": ["+31 6 1234 5678"]})
    >>> made = standardised(ibis.memtable(frame), {"who": "name", "tel": "phone"}).to_pandas()
    >>> made.loc[0, ["given", "surname", "v_tel"]].tolist()
    ['jan', 'berg', '612345678']
    """
    columns = {"rid": records.rid, "id": records.id, "side": records.side}
    by_kind = {kind: records[column].cast("string") for column, kind in kinds.items()}
    if {"name", "given_name", "surname"} & set(kinds.values()):
        columns |= _names(by_kind)
    for column, kind in kinds.items():
        columns |= _comparable(column, kind, records[column])
    return records.select(**columns)


def _names(by_kind: Mapping[str, ir.StringValue]) -> dict[str, ir.StringValue]:
    nothing = ibis.null("string")
    if "name" not in by_kind:
        given, surname = fold(by_kind.get("given_name", nothing)), fold(by_kind.get("surname", nothing))
        squeezed = [name.replace(" ", "").nullif("") for name in (given, surname)]
        whole = (given.fill_null("") + surname.fill_null("")).replace(" ", "").nullif("")
        return {"given": squeezed[0], "surname": squeezed[1], "whole_name": whole}
    folded = fold(by_kind["name"]).re_replace(f"^(?:(?:{'|'.join(TITLES)}) )+", "")
    firm = without_legal_form(folded)
    is_firm = (firm != folded) | ~folded.contains(" ")
    surname = folded.re_replace("^[^ ]+ ", "").re_replace(rf"^(?:(?:{'|'.join(PARTICLES)}) )+", "")
    whole = firm.replace(" ", "").nullif("")
    return {
        "given": ibis.cases((is_firm, nothing), else_=folded.re_extract("^([^ ]+) ", 1)).nullif(""),
        "surname": ibis.cases((is_firm, whole), else_=surname.replace(" ", "")).nullif(""),
        "whole_name": whole,
    }


def without_legal_form(folded: ir.StringValue) -> ir.StringValue:
    """A folded name without the legal form at its end: ``bakker beheer bv`` becomes ``bakker beheer``.

    Examples
    --------
    >>> ibis.duckdb.connect().execute(without_legal_form(ibis.literal("muller sohn gmbh co kg")))
    'muller sohn'
    """
    forms = "|".join(sorted(LEGAL_FORMS, key=len, reverse=True))
    return folded.re_replace(f"(?: (?:{forms}))+$", "")


def street_key(address: ir.StringValue) -> ir.StringValue:
    """A street made comparable: folded, its usual words abbreviated, no spaces and no house number.

    Examples
    --------
    >>> con = ibis.duckdb.connect()
    >>> [con.execute(street_key(ibis.literal(x))) for x in ("Dorpsstraat 12-a", "Dorpsstr. 12", "12 Main Street", "Main St")]
    ['dorpsst', 'dorpsst', 'mainst', 'mainst']
    """
    padded = ibis.literal(" ") + fold(address).re_replace(r"\b[0-9]+ ?[a-z]?\b", " ").re_replace(" +", "  ") + " "
    for word, short in STREET_WORDS.items():
        padded = padded.replace(f" {word} ", f" {short} ")
    return padded.re_replace(" +", " ").strip().re_replace(JOINED_STREET, "st").replace(" ", "").nullif("")


def house_number(address: ir.StringValue) -> ir.StringValue:
    """The first number in an address.

    Examples
    --------
    >>> ibis.duckdb.connect().execute(house_number(ibis.literal("Dorpsstraat 012-a")))
    '12'
    """
    return address.re_extract("([0-9]+)", 1).re_replace("^0+", "").nullif("")


def _comparable(column: str, kind: str, value: ir.Value) -> dict[str, ir.Value]:
    text = value.cast("string")
    match kind:
        case "name" | "given_name" | "surname":
            return {}
        case "email":
            made = email_key(text)
        case "phone":
            made = phone_key(text)
        case "address":
            return {f"v_{column}_street": street_key(text), f"v_{column}_number": house_number(text)}
        case "street":
            made = street_key(text)
        case "house_number":
            made = ibis.coalesce(house_number(text), fold(text).replace(" ", "").nullif(""))
        case "postcode" | "number":
            made = text.upper().re_replace("[^A-Z0-9]", "").nullif("")
        case "birth_date":
            made = text.left(10).re_replace("[^0-9]", "").nullif("")
        case _:
            made = fold(text).replace(" ", "").nullif("")
    return {f"v_{column}": made}
