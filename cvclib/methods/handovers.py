"""How work passes between groups: who hands over to whom, how far each keeps to itself, and what comes straight back."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cvclib.methods import shares
from cvclib.methods.estimate import Z_95, Estimate


class Chance(NamedTuple):
    """A count or share beside what it would be if only the order of events were chance.

    Parameters
    ----------
    seen : float
    expected, low, high : float
        Mean and 95% range over shuffled orders.
    p_value : float
        Two-sided.
    """

    seen: float
    expected: float
    low: float
    high: float
    p_value: float


class InOrder(NamedTuple):
    """What the order of events says of groups, beside chance.

    Parameters
    ----------
    handoffs : Chance
        Events followed by one of another group.
    returns : Chance
        Share of handoffs, of those after which another follows, that the next handoff takes straight back. The share and not the
        number: where cases stay long with a group there are few handoffs in all. NaN where there is no such handoff.
    n_cases : int
        Cases that were looked at.
    """

    handoffs: Chance
    returns: Chance
    n_cases: int


def handover_matrix(pairs: pd.DataFrame) -> pd.DataFrame:
    """Lay out who hands over to whom, how often; what is handed to oneself stands on the diagonal.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``from_activity``, ``to_activity`` and ``n``, as of `cvclib.methods.event_log.directly_follows` on a log whose activity is the resource.

    Returns
    -------
    pandas.DataFrame
        Square, rows hand over, columns take over, both sorted; 0 where nothing passes.

    References
    ----------
    .. [1] W. van der Aalst, H. Reijers, M. Song, "Discovering social networks from event logs", Computer Supported Cooperative
       Work 14, 2005: handover of work.

    Examples
    --------
    >>> handover_matrix(pd.DataFrame({"from_activity": ["a"], "to_activity": ["b"], "n": [3]})).values.tolist()
    [[0, 3], [0, 0]]
    """
    names = sorted({*pairs["from_activity"], *pairs["to_activity"]})
    table = pairs.pivot_table(index="from_activity", columns="to_activity", values="n", aggfunc="sum", fill_value=0)
    return table.reindex(index=names, columns=names, fill_value=0).astype(int).rename_axis(index=None, columns=None)


def ping_pong(log: ir.Table) -> pd.DataFrame:
    """Count ways from one group to another and back to the first, however long each keeps the case.

    Parameters
    ----------
    log : ibis Table
        From `cvclib.methods.event_log.event_log`, its activity being the group.

    Returns
    -------
    pandas.DataFrame
        A row a pair, most frequent first: ``group``, ``via``, ``n`` (group to via to group), ``n_cases`` with it.

    Notes
    -----
    Runs of one group count as one stay. In A B A B A there are three: A B A twice, B A B once.

    Examples
    --------
    >>> from cvclib.methods.event_log import event_log
    >>> table = ibis.memtable({"case": ["x"] * 4, "activity": list("abba"), "at": pd.date_range("2025-01-01", periods=4)})
    >>> ping_pong(event_log(table)).values.tolist()
    [['a', 'b', 1, 1]]
    """
    stays = _stays(log)
    back = stays.filter(stays.after_next == stays.activity)
    counted = back.group_by(group=back.activity, via=back.next_stay).aggregate(n=back.count(), n_cases=back["case"].nunique())
    return counted.order_by(ibis.desc("n"), "group", "via").to_pandas()


def returns(log: ir.Table) -> pd.DataFrame:
    """Ways straight back in the cases, and the handoffs that could have been one.

    Parameters
    ----------
    log : ibis Table
        As for `ping_pong`.

    Returns
    -------
    pandas.DataFrame
        ``n_back`` and ``n_onward`` (handoffs after which another follows) as they occur in one case, and ``n_cases`` with them; sorted, and
        no more rows than there are such pairs.

    Examples
    --------
    >>> from cvclib.methods.event_log import event_log
    >>> table = ibis.memtable({"case": ["x"] * 4, "activity": list("abac"), "at": pd.date_range("2025-01-01", periods=4)})
    >>> returns(event_log(table)).values.tolist()
    [[1, 2, 1]]
    """
    stays = _stays(log)
    back = (stays.after_next == stays.activity).fill_null(False)
    by_case = stays.group_by("case").aggregate(n_back=back.sum(), n_onward=stays.after_next.notnull().sum())
    return by_case.group_by("n_back", "n_onward").aggregate(n_cases=by_case.count()).order_by("n_back", "n_onward").to_pandas()


def _stays(log: ir.Table) -> ir.Table:
    """One row a stay: consecutive events of one group in a case, with the two stays after it."""
    in_case = ibis.window(group_by="case", order_by="position")
    begun = log.mutate(before=log.activity.lag().over(in_case))
    begun = begun.filter(begun.before.isnull() | (begun.before != begun.activity)).select("case", "activity", "position")
    return begun.mutate(next_stay=begun.activity.lead().over(in_case), after_next=begun.activity.lead(2).over(in_case))


def in_order(case: ArrayLike, group: ArrayLike, *, rng: np.random.Generator, permutations: int = 499) -> InOrder:
    """Test whether a case stays with a group, or comes back to it, more than the same events in a chance order would.

    Parameters
    ----------
    case, group : array-like, shape (n_events,)
        Events in order, those of a case together.
    rng : numpy.random.Generator
    permutations : int
        How often the events of each case are shuffled.

    Returns
    -------
    InOrder

    Notes
    -----
    Which groups meet a case, and how often, stays as it is; only the order is chance. So a group that is in every case is not taken for a
    busy crossing, and the test does not mind that cases differ.

    Examples
    --------
    >>> case, group = np.repeat(np.arange(20), 6), np.tile(list("aaabbb"), 20)
    >>> found = in_order(case, group, rng=np.random.default_rng(1), permutations=99)
    >>> found.handoffs.seen, bool(found.handoffs.p_value < 0.05), found.returns.seen
    (20.0, True, nan)
    """
    codes, places = pd.factorize(np.asarray(group))[0], pd.factorize(np.asarray(case))[0]
    seen = _counts(places, codes)
    shuffled = []
    for _ in range(permutations):
        order = np.lexsort((rng.random(len(codes)), places))
        shuffled.append(_counts(places, codes[order]))
    handed, back = (_beside_chance(seen[i], np.array([draw[i] for draw in shuffled])) for i in (0, 1))
    return InOrder(handed, back, int(places.max()) + 1 if len(places) else 0)


def _beside_chance(seen: float, drawn: np.ndarray) -> Chance:
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(seen) or not known.size:
        return Chance(seen, np.nan, np.nan, np.nan, 1.0)
    expected = float(known.mean())
    as_far = int(np.sum(np.abs(known - expected) >= abs(seen - expected) - 1e-9))
    low, high = np.quantile(known, [0.025, 0.975])
    return Chance(seen, expected, float(low), float(high), (1 + as_far) / (1 + known.size))


def share_over_cases(having: ArrayLike, of: ArrayLike, cases: ArrayLike = 1) -> Estimate:
    """Estimate a share of events where the events of a case hang together.

    Parameters
    ----------
    having, of : array-like of int, shape (n_cases,)
        For each case, how many of its events have what is looked for, and how many there are.
    cases : array-like of int
        How many cases each entry stands for.

    Returns
    -------
    Estimate
        Share of all events, 0 to 1, with its 95% interval; n is the number of events.

    Notes
    -----
    The share is a ratio of sums over cases, ``p = Σx / Σm``, with variance ``v = k / (k - 1) · Σ(x - p m)² / (Σm)²`` over k cases; the interval
    is Wilson's at the effective number of events, ``p (1 - p) / v``, at most the events there are. Where p is 0 or 1 each case counts as
    one event.

    References
    ----------
    .. [1] E. L. Korn, B. I. Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated from
       survey data", Survey Methodology 24, 1998.

    Examples
    --------
    >>> found = share_over_cases([4, 0, 4, 0], [4, 4, 4, 4])
    >>> round(found.value, 2), found.n, found.high > shares.share(8, 16).high
    (0.5, 16, True)
    """
    x, m = np.asarray(having, dtype=float), np.asarray(of, dtype=float)
    alike = np.broadcast_to(np.asarray(cases, dtype=float), m.shape)
    x, m, alike = x[m > 0], m[m > 0], alike[m > 0]
    n, k = int((alike * m).sum()), int(alike.sum())
    if n == 0:
        return shares.share(0, 0)
    p = float((alike * x).sum() / n)
    variance = k / (k - 1) * float(np.sum(alike * (x - p * m) ** 2)) / n**2 if k > 1 else 0.0
    effective = min(p * (1 - p) / variance, n) if variance > 0 else k
    centre = (p + Z_95**2 / (2 * effective)) / (1 + Z_95**2 / effective)
    half = Z_95 / (1 + Z_95**2 / effective) * np.sqrt(p * (1 - p) / effective + Z_95**2 / (4 * effective**2))
    low, high = max(centre - half, 0.0) if p > 0 else 0.0, min(centre + half, 1.0) if p < 1 else 1.0
    return Estimate(p, float(low), float(high), n)


def _counts(places: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
    """Handoffs, and the share of those after which another follows that lead straight back; runs of one group are one stay."""
    first = np.r_[True, (places[1:] != places[:-1]) | (codes[1:] != codes[:-1])]
    case, stay = places[first], codes[first]
    handed = float(np.sum(case[1:] == case[:-1]))
    onward = case[2:] == case[:-2]
    n = int(onward.sum())
    return handed, float(np.sum(onward & (stay[2:] == stay[:-2])) / n) if n else np.nan


def ei_index(pairs: pd.DataFrame) -> pd.DataFrame:
    """How far each group's ties lead outside: the E-I index.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``from_activity``, ``to_activity`` (groups) and ``n``; ties of a group with itself are internal.

    Returns
    -------
    pandas.DataFrame
        A row a group, sorted, and a last one named ``all``: ``group``, ``external``, ``internal``, ``ei_index``,
        -1 (only among themselves) to 1 (only with others).

    Notes
    -----
    ``(E - I) / (E + I)``. A tie between two groups is external to both; over all it counts once.

    References
    ----------
    .. [1] D. Krackhardt, R. N. Stern, "Informal networks and organizational crises: an experimental
       simulation", Social Psychology Quarterly 51, 1988.

    Examples
    --------
    >>> pairs = pd.DataFrame({"from_activity": ["a", "a"], "to_activity": ["a", "b"], "n": [1, 3]})
    >>> ei_index(pairs)["ei_index"].tolist()
    [0.5, 1.0, 0.5]
    """
    groups = sorted({*pairs["from_activity"], *pairs["to_activity"]})
    inside = pairs["from_activity"] == pairs["to_activity"]
    rows = []
    for group in groups:
        touches = (pairs["from_activity"] == group) | (pairs["to_activity"] == group)
        rows.append((group, int(pairs.loc[touches & ~inside, "n"].sum()), int(pairs.loc[touches & inside, "n"].sum())))
    rows.append(("all", int(pairs.loc[~inside, "n"].sum()), int(pairs.loc[inside, "n"].sum())))
    frame = pd.DataFrame(rows, columns=["group", "external", "internal"])
    total = frame["external"] + frame["internal"]
    return frame.assign(ei_index=((frame["external"] - frame["internal"]) / total.where(total > 0, np.nan)).astype(float))


def reciprocity(pairs: pd.DataFrame) -> float:
    """Share of work passed between groups that is matched by work passed back.

    Parameters
    ----------
    pairs : pandas.DataFrame
        As in `ei_index`; ties of a group with itself are left out.

    Returns
    -------
    float
        ``Σ min(n_ab, n_ba) / Σ n_ab``, 0 to 1; NaN where nothing passes between groups.

    References
    ----------
    .. [1] T. Squartini et al., "Reciprocity of weighted networks", Scientific Reports 3, 2013.

    Examples
    --------
    >>> reciprocity(pd.DataFrame({"from_activity": ["a", "b"], "to_activity": ["b", "a"], "n": [3, 1]}))
    0.5
    """
    between = pairs[pairs["from_activity"] != pairs["to_activity"]]
    counts = {(r.from_activity, r.to_activity): r.n for r in between.itertuples()}
    total = sum(counts.values())
    return sum(min(n, counts.get((b, a), 0)) for (a, b), n in counts.items()) / total if total else float("nan")
