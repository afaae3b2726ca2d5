"""Which records are compared at all: blocking rules, their union, and a guard on the size of a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

from cvclib.methods.linkage_fields import Comparison, Kind

PAIRS_PER_RECORD = 3  # that one rule may bring: its largest blocks are skipped until it does
MOST_PAIRS = 12_000_000  # that all rules together may bring


class Rule(NamedTuple):
    """Records are compared that agree on all of these.

    Parameters
    ----------
    words : str
        As a reader is told it.
    keys : tuple of str
        DuckDB expressions on a record.
    fixes : frozenset of int
        Comparisons on which its pairs agree by construction.
    """

    words: str
    keys: tuple[str, ...]
    fixes: frozenset[int]


def rules_for(fields: tuple[Comparison, ...], kinds: Mapping[str, Kind]) -> tuple[Rule, ...]:
    """The blocking rules that the fields make possible; the same for all data.

    Parameters
    ----------
    fields : tuple of Comparison
    kinds : mapping of str to Kind

    Returns
    -------
    tuple of Rule
        At most 62, so that a pair's rules fit one whole number.

    Examples
    --------
    >>> from cvclib.methods.linkage_fields import comparisons
    >>> [rule.words for rule in rules_for(comparisons({"email": "email"}), {"email": "email"})]
    ['e-mail', 'e-mail before the @']
    """
    at = {c.column: j for j, c in enumerate(fields)}
    keyed: dict[str, list[str]] = {}
    for column, kind in kinds.items():
        if kind == "address":
            keyed.setdefault("street", []).append(f"v_{column}_street")
            keyed.setdefault("house_number", []).append(f"v_{column}_number")
        elif kind not in ("name", "given_name", "surname"):
            keyed.setdefault(kind, []).append(f"v_{column}")
    for name in ("given", "surname"):
        if name in at:
            keyed[name] = [name]
    found: list[Rule] = []
    for words, kinds_needed, template in _RULES:
        for columns in _choices(keyed, kinds_needed):
            keys = tuple(part.format(*columns) for part in template)
            if all(c in at for c in columns):
                found.append(Rule(words, keys, frozenset(at[c] for c in columns)))
    return tuple(found[:62])


def _choices(keyed: Mapping[str, list[str]], needed: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Each way to fill a rule's fields; of kinds that occur several times, each alone beside the first of the others."""
    if not all(kind in keyed for kind in needed):
        return []
    if len(needed) == 1:
        return [(column,) for column in keyed[needed[0]]]
    return [tuple(keyed[kind][0] for kind in needed)]


_YEAR, _MONTH_DAY = "left({0}, 4)", "right({0}, 4)"
_RULES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("e-mail", ("email",), ("{0}",)),
    ("e-mail before the @", ("email",), ("nullif(split_part({0}, '@', 1), '')",)),
    ("telephone", ("phone",), ("{0}",)),
    ("number", ("number",), ("{0}",)),
    ("birth date", ("birth_date",), ("{0}",)),
    ("given and family name, in any order", ("given", "surname"), ("least({0}, {1})", "greatest({0}, {1})")),
    ("family name", ("surname",), ("{0}",)),
    ("given name", ("given",), ("{0}",)),
    ("postcode", ("postcode",), ("{0}",)),
    ("street", ("street",), ("{0}",)),
    ("city", ("city",), ("{0}",)),
    ("text", ("text",), ("{0}",)),
    ("street and house number", ("street", "house_number"), ("{0}", "{1}")),
    ("postcode and house number", ("postcode", "house_number"), ("{0}", "{1}")),
    ("family name and postcode", ("surname", "postcode"), ("{0}", "{1}")),
    ("given name and postcode", ("given", "postcode"), ("{0}", "{1}")),
    ("family name and year of birth", ("surname", "birth_date"), ("{0}", "left({1}, 4)")),
    ("given name and year of birth", ("given", "birth_date"), ("{0}", "left({1}, 4)")),
    ("given name and day of birth", ("given", "birth_date"), ("{0}", "right({1}, 4)")),
    ("family name and day of birth", ("surname", "birth_date"), ("{0}", "right({1}, 4)")),
    ("postcode and year of birth", ("postcode", "birth_date"), ("{0}", "left({1}, 4)")),
    ("postcode and day of birth", ("postcode", "birth_date"), ("{0}", "right({1}, 4)")),
    ("house number and day of birth", ("house_number", "birth_date"), ("{0}", "right({1}, 4)")),
    ("family name and house number", ("surname", "house_number"), ("{0}", "{1}")),
    ("given name and house number", ("given", "house_number"), ("{0}", "{1}")),
    ("family name and street", ("surname", "street"), ("{0}", "left({1}, 4)")),
    ("given name and street", ("given", "street"), ("{0}", "left({1}, 4)")),
    ("beginnings of both names", ("given", "surname"), ("left({0}, 3)", "left({1}, 3)")),
    ("family name and city", ("surname", "city"), ("{0}", "{1}")),
    ("given name and city", ("given", "city"), ("{0}", "{1}")),
    ("city and year of birth", ("city", "birth_date"), ("{0}", "left({1}, 4)")),
    ("beginning of the family name and postcode", ("surname", "postcode"), ("left({0}, 4)", "left({1}, 3)")),
)


def candidate_pairs(con: duckdb.DuckDBPyConnection, rules: tuple[Rule, ...], sizes: tuple[int, int], linking: bool) -> pd.DataFrame:
    """Make the table ``candidate`` (``l, r, mask``: which rules found the pair) from the table ``record``.

    Parameters
    ----------
    con : duckdb connection
    rules : tuple of Rule
    sizes : tuple of int
        Records on either side.
    linking : bool
        Between two sides rather than within one.

    Returns
    -------
    pandas.DataFrame
        A row a rule: ``rule, n_pairs, most_in_block`` (pairs of the largest block taken), ``n_skipped_blocks`` and
        ``n_skipped_pairs``.

    Examples
    --------
    >>> con = duckdb.connect()
    >>> _ = con.execute("CREATE TABLE record AS SELECT * FROM (VALUES (0, 0, 'x'), (1, 0, 'x'), (2, 0, 'y')) t(rid, side, v_email)")
    >>> candidate_pairs(con, (Rule("e-mail", ("v_email",), frozenset({0})),), (3, 3), linking=False)["n_pairs"].tolist()
    [1]
    """
    con.execute("CREATE TEMP TABLE found (l INTEGER, r INTEGER, mask BIGINT)")
    allowed = min(PAIRS_PER_RECORD * max(sum(sizes) if linking else sizes[0], 500), MOST_PAIRS // max(len(rules), 1))
    rows = [_apply(con, rule, k, allowed, linking) for k, rule in enumerate(rules)]
    con.execute("CREATE TEMP TABLE candidate AS SELECT l, r, bit_or(mask) AS mask FROM found GROUP BY l, r")
    con.execute("DROP TABLE found")
    return pd.DataFrame(rows, columns=["rule", "n_pairs", "most_in_block", "n_skipped_blocks", "n_skipped_pairs"])


def _apply(con: duckdb.DuckDBPyConnection, rule: Rule, k: int, allowed: int, linking: bool) -> tuple[str, int, int, int, int]:
    """Add the pairs of one rule, its largest blocks left out until the rest is few enough."""
    filled = " AND ".join(f"({key}) IS NOT NULL" for key in rule.keys)
    con.execute(f"CREATE OR REPLACE TEMP TABLE keyed AS SELECT rid, side, hash({', '.join(rule.keys)}) AS key FROM record WHERE {filled}")
    pairs = "l * r" if linking else "l * (l - 1) // 2"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE block AS SELECT key, {pairs} AS pairs FROM "
        "(SELECT key, count(*) FILTER (side = 0) AS l, count(*) FILTER (side = 1) AS r FROM keyed GROUP BY key) WHERE pairs > 0"
    )
    sizes = con.execute("SELECT pairs, count(*) AS n FROM block GROUP BY pairs ORDER BY pairs").fetchnumpy()
    reached = np.cumsum(sizes["pairs"] * sizes["n"])
    taken = int(np.searchsorted(reached, allowed, side="right"))
    most = int(sizes["pairs"][taken - 1]) if taken else 0
    if taken:
        sides = "a.side = 0 AND b.side = 1" if linking else "a.rid < b.rid"
        con.execute(
            f"INSERT INTO found SELECT a.rid, b.rid, CAST({1 << k} AS BIGINT) FROM keyed a JOIN block ON block.key = a.key AND block.pairs <= {most} "
            f"JOIN keyed b ON b.key = a.key AND {sides}"
        )
    skipped = sizes["n"][taken:].sum(), (sizes["pairs"] * sizes["n"])[taken:].sum()
    return rule.words, int(reached[taken - 1]) if taken else 0, most, int(skipped[0]), int(skipped[1])
