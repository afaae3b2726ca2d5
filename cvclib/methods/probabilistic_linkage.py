"""Probabilistic record linkage: who in one table is whom in another, or twice in the same, with how sure that is.

Candidates come from several blocking rules, agreement is worked out in DuckDB, its weights are learnt by EM
(`linkage_model`) from counts of agreement patterns; nothing is labelled and nothing tuned to the data at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from cvclib.methods import linkage_model
from cvclib.methods.linkage_blocking import Rule, candidate_pairs, rules_for
from cvclib.methods.linkage_fields import MISSING, Comparison, Kind, comparisons, standardised

RANDOM_PAIRS = 100_000  # from which agreement among strangers is learnt
LEAST_PROBABILITY = 0.01  # less probable pairs are not handed out
TIE = 0.05  # two partners whose probabilities differ by less are tied
FEW_PAIRS, BY_CHANCE = 100, 0.01  # where fewer pairs than this can be formed, one in a hundred agrees by chance
SEED = 1


@dataclass(frozen=True)
class Linked:
    """What a linkage found.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``left, right, probability, weight_bits, n_rules`` and one column a comparison with its level in words;
        pairs of at least `LEAST_PROBABILITY`, the surest first.
    weights : pandas.DataFrame
        ``field, level, m, u, bits``: what each agreement counts.
    blocking : pandas.DataFrame
        ``rule, n_pairs, most_in_block, n_skipped_blocks, n_skipped_pairs``.
    n_compared, n_possible : int
        Pairs compared, and pairs that could be formed.
    expected_matches : float
        True pairs among those compared.
    expected_lost : float
        True pairs that no blocking rule brought together, estimated from how many were found by one rule or by two.
    """

    pairs: pd.DataFrame
    weights: pd.DataFrame
    blocking: pd.DataFrame
    n_compared: int
    n_possible: int
    expected_matches: float
    expected_lost: float
    fields: tuple[str, ...] = field(default=())

    def accuracy(self, threshold: float) -> dict[str, float]:
        """Precision and recall that the probabilities promise at a threshold.

        Parameters
        ----------
        threshold : float
            Pairs of at least this probability are taken for the same.

        Returns
        -------
        dict
            ``threshold, n_pairs, precision, recall``. Precision is the mean probability of the pairs taken; recall
            their sum over all true pairs expected, those lost by blocking included. NaN where no pair is taken.
        """
        p = self.pairs["probability"].to_numpy()
        taken = p[p >= threshold]
        everything = self.expected_matches + self.expected_lost
        return {
            "threshold": threshold,
            "n_pairs": len(taken),
            "precision": float(taken.mean()) if len(taken) else np.nan,
            "recall": float(taken.sum() / everything) if everything > 0 else np.nan,
        }

    def best_threshold(self, least_precision: float = 0.99) -> float:
        """The lowest of the usual thresholds, from 0.5, at which the pairs taken keep the precision asked for.

        Parameters
        ----------
        least_precision : float
            Expected share of right pairs among those taken.
        """
        for threshold in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99):
            if not self.accuracy(threshold)["precision"] < least_precision:
                return threshold
        return 0.99


def link(
    left: pd.DataFrame | pa.Table,
    right: pd.DataFrame | pa.Table | None = None,
    *,
    kinds: Mapping[str, Kind],
    left_id: str = "id",
    right_id: str = "id",
) -> Linked:
    """Find the pairs of records that are the same person or firm.

    Parameters
    ----------
    left, right : pandas.DataFrame or pyarrow.Table
        Records, one a row; without `right`, duplicates within `left` are looked for.
    kinds : mapping of str to Kind
        The columns to compare, and what each holds; both tables bear these columns.
    left_id, right_id : str
        Their keys.

    Returns
    -------
    Linked

    Raises
    ------
    ValueError
        If no field is given, or one of an unknown kind.

    Notes
    -----
    Weights are those of Fellegi and Sunter: log2(m/u) a field, summed. ``u`` comes from random pairs and, for exact
    agreement, from the values' frequencies; ``m`` from EM within each blocking rule's pairs, the rule's own fields
    left out, averaged over the rules. Agreement on a rare name counts more than on a common one. A second class,
    two people of one household, keeps a shared address from making two people one. The share of true pairs is
    estimated over all pairs, so that the probabilities of a pair depend on how many there are to confuse it with.

    References
    ----------
    .. [1] I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", JASA 64 (1969), 1183-1210.
    .. [2] W. E. Winkler, "Using the EM algorithm for weight computation in the Fellegi-Sunter model", 1988.
    .. [3] A. Chao, "Estimating the population size for capture-recapture data", Biometrics 43 (1987), 783-791.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["1", "2", "3"], "name": ["Zoë Smit", "Zoe Smitt", "Jan Bakker"],
    ...                       "email": ["z@x.nl", "Z@x.nl", "jan@y.nl"]})
    >>> link(frame, kinds={"name": "name", "email": "email"}).pairs[["left", "right"]].to_dict("records")
    [{'left': '1', 'right': '2'}]
    """
    fields = comparisons(kinds)
    if not fields:
        raise ValueError("kinds names no field to compare")
    backend = ibis.duckdb.connect()
    con = backend.con
    try:
        # Where it is off already, inside a notebook without widgets, DuckDB refuses to be asked.
        if con.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
            con.execute("SET enable_progress_bar = false")
        sizes = _stage(backend, left, right, left_id, right_id, kinds)
        n_possible = sizes[0] * sizes[1] if right is not None else sizes[0] * (sizes[0] - 1) // 2
        rules = rules_for(fields, kinds)
        blocking = candidate_pairs(con, rules, sizes, linking=right is not None)
        return _score(con, fields, rules, blocking, sizes, n_possible, linking=right is not None)
    finally:
        backend.disconnect()


def explain(pair: Mapping[str, object], fields: tuple[str, ...]) -> str:
    """Why two records were taken for the same, in words.

    Parameters
    ----------
    pair : mapping
        A row of `Linked.pairs`.
    fields : tuple of str
        `Linked.fields`.

    Examples
    --------
    >>> explain({"family name or firm": "the same", "birth date": "one digit off", "e-mail": "missing"},
    ...         ("family name or firm", "birth date", "e-mail"))
    'family name or firm the same; birth date one digit off; not compared, as blank: e-mail'
    """
    said = [f"{name} {pair[name]}" for name in fields if pair[name] != "missing"]
    blank = [name for name in fields if pair[name] == "missing"]
    return "; ".join([*said, *([f"not compared, as blank: {', '.join(blank)}"] if blank else [])])


# ---- records --------------------------------------------------------------------------------------------------


def _stage(backend: ibis.BaseBackend, left, right, left_id: str, right_id: str, kinds: Mapping[str, Kind]) -> tuple[int, int]:
    """Put the standardised records on the engine as ``record``; numbered in order of their keys, so that runs agree."""
    parts = [(left, left_id, 0)] + ([(right, right_id, 1)] if right is not None else [])
    sizes, selects = [], []
    for frame, key, side in parts:
        backend.con.register(f"side_{side}", frame)
        wanted = ", ".join(f'CAST("{column}" AS VARCHAR) AS "{column}"' for column in kinds)
        selects.append(f'SELECT CAST("{key}" AS VARCHAR) AS id, CAST({side} AS TINYINT) AS side, {wanted} FROM side_{side}')
        sizes.append(len(frame))
    backend.con.execute(
        f"CREATE TEMP TABLE raw AS SELECT CAST(row_number() OVER (ORDER BY side, id) - 1 AS INTEGER) AS rid, * FROM ({' UNION ALL '.join(selects)})"
    )
    made = ibis.to_sql(standardised(backend.table("raw"), kinds), dialect="duckdb")
    backend.con.execute(f"CREATE TEMP TABLE record AS {made} ORDER BY rid")
    return sizes[0], sizes[1] if right is not None else sizes[0]


def _pattern_sql(fields: tuple[Comparison, ...]) -> str:
    """All levels of a pair as one whole number, in a mixed base."""
    parts, base = [], 1
    for comparison in fields:
        parts.append(f"CAST({comparison.sql()} AS BIGINT) * {base}")
        base *= len(comparison.levels) + 1
    return " + ".join(parts)


def _decoded(pattern: NDArray, fields: tuple[Comparison, ...]) -> NDArray:
    rest, levels = pattern.astype(np.int64), []
    for comparison in fields:
        rest, level = np.divmod(rest, len(comparison.levels) + 1)
        levels.append(level)
    return np.stack(levels, axis=1)


# ---- weights --------------------------------------------------------------------------------------------------


def _random_counts(con, fields: tuple[Comparison, ...], sizes: tuple[int, int], n_possible: int, linking: bool) -> list[NDArray]:
    """How often random pairs agree on each level of each comparison; all pairs where they are few."""
    offset = sizes[0] if linking else 0
    if n_possible <= RANDOM_PAIRS:
        source = "record a JOIN record b ON " + ("a.side = 0 AND b.side = 1" if linking else "a.rid < b.rid")
    else:
        rng = np.random.default_rng(SEED)
        one, other = rng.integers(0, sizes[0], RANDOM_PAIRS), rng.integers(0, sizes[1], RANDOM_PAIRS) + offset
        keep = one != other
        con.register("drawn", pa.table({"l": one[keep].astype(np.int32), "r": other[keep].astype(np.int32)}))
        source = "drawn JOIN record a ON a.rid = drawn.l JOIN record b ON b.rid = drawn.r"
    counted = con.execute(f"SELECT {_pattern_sql(fields)} AS pattern, count(*) AS n FROM {source} GROUP BY 1 ORDER BY 1").fetchnumpy()
    levels = _decoded(counted["pattern"], fields)
    return [np.bincount(levels[:, j], weights=counted["n"], minlength=len(c.levels) + 1) for j, c in enumerate(fields)]


def _exact_shares(con, fields: tuple[Comparison, ...], linking: bool) -> list[float]:
    """Share of all filled pairs that agree exactly, from the frequencies of the values."""
    shares = []
    for comparison in fields:
        sides = "count(*) FILTER (side = 0) AS l, count(*) FILTER (side = 1) AS r"
        same, one, other = con.execute(
            f"SELECT sum({'l * r' if linking else 'l * (l - 1)'}), sum(l), sum(r) FROM "
            f"(SELECT {sides} FROM record WHERE {comparison.column} IS NOT NULL GROUP BY {comparison.column})"
        ).fetchone()
        pairs = float((one or 0) * (other or 0) if linking else (one or 0) * ((one or 0) - 1))
        shares.append((float(same or 0) + FEW_PAIRS * BY_CHANCE) / (pairs + FEW_PAIRS))
    return shares


def _score(
    con, fields: tuple[Comparison, ...], rules: tuple[Rule, ...], blocking: pd.DataFrame, sizes, n_possible: int, linking: bool
) -> Linked:
    con.execute(
        f"CREATE TEMP TABLE compared AS SELECT l, r, mask, {_pattern_sql(fields)} AS pattern "
        "FROM candidate JOIN record a ON a.rid = l JOIN record b ON b.rid = r"
    )
    counted = con.execute("SELECT pattern, mask, count(*) AS n FROM compared GROUP BY ALL ORDER BY ALL").fetchnumpy()
    distinct, position = np.unique(counted["pattern"], return_inverse=True)
    patterns = _decoded(distinct, fields)
    n = np.bincount(position, weights=counted["n"], minlength=len(distinct))
    passes = [
        (np.bincount(position, weights=counted["n"] * ((counted["mask"] >> k) & 1), minlength=len(distinct)), rule.fixes)
        for k, rule in enumerate(rules)
    ]
    belongs = [c.belongs_to for c in fields]
    households = "household" in belongs and "person" in belongs
    priors = [np.array([level.prior for level in c.levels]) for c in fields]
    random, exact = _random_counts(con, fields, sizes, n_possible, linking), _exact_shares(con, fields, linking)
    u = [linkage_model.unrelated(random[j], exact[j]) for j in range(len(fields))]
    model = linkage_model.fit(patterns, passes, u, priors, belongs, [c.most_different for c in fields], households)
    for _ in range(2):  # true pairs are taken out of what was held to be unrelated, and the weights learnt anew
        _, matches, _ = linkage_model.probabilities(*_bits(model, patterns), n_possible, households, n)
        u = [linkage_model.unrelated(random[j], exact[j], matches, model.m[j], n_possible) for j in range(len(fields))]
        model = linkage_model.fit(patterns, passes, u, priors, belongs, [c.most_different for c in fields], households)
    return _paired(con, fields, model, distinct, patterns, blocking, n_possible, households)


def _bits(model: linkage_model.Model, patterns: NDArray) -> tuple[NDArray, NDArray]:
    """Evidence of each pattern for the same and for the same household."""
    columns = range(patterns.shape[1])
    match = sum((model.bits(j)[patterns[:, j]] for j in columns), np.zeros(len(patterns)))
    return match, sum((model.household_bits(j)[patterns[:, j]] for j in columns), np.zeros(len(patterns)))


def _paired(con, fields, model, distinct: NDArray, patterns: NDArray, blocking: pd.DataFrame, n_possible: int, households: bool) -> Linked:
    match, home = _bits(model, patterns)
    rarest = _rarity(con, fields, model)
    most = np.zeros(len(patterns))
    for j, c in enumerate(fields):
        if c.frequent:
            most += (patterns[:, j] == c.exact) * rarest[j]
    needed = np.log2(max(n_possible, 2)) - np.log2(max(len(distinct), 2)) - 25  # below, no prior makes a pair probable
    worth = (match + most >= min(needed, 0.0)) & (match + most > -10)
    con.register("scored", pa.table({"pattern": distinct[worth], "match_bits": match[worth], "home_bits": home[worth]}))
    by_home = [j for j, c in enumerate(fields) if c.frequent and c.belongs_to != "person"]
    rare = {j: f"coalesce(CASE WHEN a.{c.column} = b.{c.column} THEN q{j}.adjust END, 0)" for j, c in enumerate(fields) if c.frequent}
    joins = " ".join(f"LEFT JOIN often{j} q{j} ON q{j}.value = a.{fields[j].column}" for j in rare)
    total = " + ".join(["match_bits", *rare.values()])
    at_home = " + ".join(["home_bits", *(rare[j] for j in by_home)])
    found = con.execute(
        f"SELECT a.id AS left, b.id AS right, mask, pattern, {total} AS match_bits, {at_home} AS home_bits FROM compared JOIN scored USING (pattern) "
        f"JOIN record a ON a.rid = l JOIN record b ON b.rid = r {joins} ORDER BY l, r"
    ).fetchnumpy()
    probability, matches, _ = linkage_model.probabilities(found["match_bits"], found["home_bits"], n_possible, households)
    n_rules = np.bitwise_count(found["mask"].astype(np.int64)).astype(int)
    keep = probability >= LEAST_PROBABILITY
    levels = _decoded(found["pattern"][keep], fields)
    pairs = pd.DataFrame(
        {
            "left": found["left"][keep].astype(str),
            "right": found["right"][keep].astype(str),
            "probability": probability[keep],
            "weight_bits": found["match_bits"][keep],
            "n_rules": n_rules[keep],
        }
    )
    for j, c in enumerate(fields):
        pairs[c.name] = np.array(["missing", *(level.words for level in c.levels)], dtype=object)[levels[:, j]]
    pairs = pairs.sort_values(["probability", "weight_bits", "left", "right"], ascending=[False, False, True, True], ignore_index=True)
    n_compared = int(con.execute("SELECT count(*) FROM compared").fetchone()[0])
    lost = _lost(probability, n_rules)
    return Linked(pairs, _weights(fields, model), blocking, n_compared, n_possible, matches, lost, tuple(c.name for c in fields))


def _rarity(con, fields: tuple[Comparison, ...], model: linkage_model.Model) -> dict[int, float]:
    """Tables of what agreement on each value counts more than on the usual one; and the most for each comparison."""
    most = {}
    for j, c in enumerate(fields):
        if not c.frequent:
            continue
        usual = model.u[j][c.exact]
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE often{j} AS SELECT {c.column} AS value, "
            f"log2({usual} / (count(*) / sum(count(*)) OVER ())) AS adjust FROM record WHERE {c.column} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
        )
        most[j] = max(con.execute(f"SELECT coalesce(max(adjust), 0) FROM often{j}").fetchone()[0], 0.0)
    return most


def _lost(probability: NDArray, n_rules: NDArray) -> float:
    """True pairs that no rule found: Chao's lower bound from those found once and twice."""
    once, twice = probability[n_rules == 1].sum(), probability[n_rules == 2].sum()
    return float(once**2 / (2 * twice)) if twice > 0 else float(max(once * (once - 1) / 2, 0.0))


def _weights(fields: tuple[Comparison, ...], model: linkage_model.Model) -> pd.DataFrame:
    rows = [
        (c.name, level.words, float(model.m[j][k]), float(model.u[j][k]), float(model.bits(j)[k]))
        for j, c in enumerate(fields)
        for k, level in enumerate(c.levels, start=MISSING + 1)
    ]
    return pd.DataFrame(rows, columns=["field", "level", "m", "u", "bits"])
