"""Who comes back and who stays: cohorts by first purchase, contracts lost a month, revenue kept."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from numpy.typing import ArrayLike

from cvclib.methods.estimate import Z_95, Estimate
from cvclib.methods.skewed import skewed_mean


def cohort_table(
    purchases: ir.Table, *, customer: str, at: str, until: pd.Timestamp, cohort_months: int = 1, span_months: int = 1
) -> pd.DataFrame:
    """Count, for each cohort of first purchase, the customers who bought in each span of months after it.

    Parameters
    ----------
    purchases : ibis.Table
        One row a purchase.
    customer, at : str
        Columns with the customer and the time.
    until : pandas.Timestamp
        First moment no longer observed; purchases from then on are left out.
    cohort_months : int
        Months that a cohort takes together, from January on: 1, 3 or 12.
    span_months : int
        Months after the first purchase that a column takes together.

    Returns
    -------
    pandas.DataFrame
        Index: first month of the cohort as ``"1997-01"``, sorted. Columns: spans since, 0 (the cohort's size), then 1
        for the first `span_months` months after the month of the first purchase, and so on. A customer counts once a
        span. A span not yet seen in full by all of the cohort is NaN, one seen without a purchase is 0.

    Notes
    -----
    Spans run from each customer's own first month, so that all of a cohort are followed equally long.

    Examples
    --------
    >>> frame = pd.DataFrame({"who": ["a", "a", "b"], "on": pd.to_datetime(["2025-01-05", "2025-02-01", "2025-02-09"])})
    >>> cohort_table(ibis.memtable(frame), customer="who", at="on", until=pd.Timestamp("2025-03-01")).to_dict("list")
    {0: [1.0, 1.0], 1: [1.0, nan]}
    """
    rows = purchases.filter(purchases[customer].notnull(), purchases[at] < ibis.timestamp(until.isoformat()))
    month = rows[at].year() * 12 + rows[at].month() - 1
    months = rows.select(customer=rows[customer], month=month).distinct()
    first = months.group_by("customer").agg(first=_.month.min())
    joined = months.join(first, "customer")
    spans = joined.mutate(
        cohort=(joined["first"] / cohort_months).floor().cast("int64") * cohort_months,
        since=((joined["month"] - joined["first"] + span_months - 1) / span_months).floor().cast("int64"),
    )
    counted = spans.group_by("cohort", "since").agg(n=_.customer.nunique()).to_pandas()
    if counted.empty:
        return pd.DataFrame()
    last_day = until - pd.Timedelta(days=1)
    last = last_day.year * 12 + last_day.month - 1
    cohorts = np.arange(counted["cohort"].min(), counted["cohort"].max() + 1, cohort_months)
    newest = np.minimum(cohorts + cohort_months - 1, last)  # month in which the last of a cohort came
    columns = np.arange((last - newest[0]) // span_months + 1)
    table = counted.pivot(index="cohort", columns="since", values="n").reindex(index=cohorts, columns=columns)
    seen = newest[:, None] + columns[None, :] * span_months <= last
    table = table.fillna(0.0).where(seen)
    table.index = [f"{m // 12}-{m % 12 + 1:02d}" for m in cohorts]
    table.columns = [int(c) for c in table.columns]
    return table.astype(float)


def loss_rate(lost: int, months: float) -> Estimate:
    """Estimate how many contracts are lost a month, per contract running.

    Parameters
    ----------
    lost : int
        Contracts that ended.
    months : float
        Months that all contracts together ran while they were observed.

    Returns
    -------
    Estimate
        ``lost / months`` with the score interval of a Poisson rate; n is `lost`. NaN without months.

    Notes
    -----
    The ends solve ``(lost - λT)² = z² λT``: ``(lost + z²/2 ± z √(lost + z²/4)) / T``.

    References
    ----------
    .. [1] L. Barker, "A comparison of nine confidence intervals for a Poisson parameter when the expected number of events
       is ≤ 5", The American Statistician 56, 2002.

    Examples
    --------
    >>> [round(x, 4) for x in loss_rate(20, 1000)]
    [0.02, 0.0129, 0.0309, 20]
    """
    if not months > 0:
        return Estimate(np.nan, np.nan, np.nan, int(lost))
    centre, half = lost + Z_95**2 / 2, Z_95 * np.sqrt(lost + Z_95**2 / 4)
    return Estimate(float(lost / months), float(max(centre - half, 0.0) / months), float((centre + half) / months), int(lost))


def revenue_kept(before: ArrayLike, after: ArrayLike, counts: ArrayLike | None = None) -> tuple[Estimate, Estimate]:
    """Estimate gross and net revenue retention of the customers there were.

    Parameters
    ----------
    before, after : array-like of float, shape (n,)
        Each customer's revenue a month at the start and at the end of the period; 0 after a customer left.
    counts : array-like of int, shape (n,), optional
        Customers each row stands for; one each by default.

    Returns
    -------
    (Estimate, Estimate)
        Gross: what is left of each customer's revenue, growth not counted, ``Σ min(before, after) / Σ before``, at most 1.
        Net: ``Σ after / Σ before``. New customers count in neither.

    Raises
    ------
    ValueError
        If there was no revenue before.

    Notes
    -----
    Ratios of means, linearised: the interval is that of the mean of ``(after - R·before) / mean(before)``, made with its
    skewness in mind (`cvclib.methods.skewed.skewed_mean`).

    Examples
    --------
    >>> gross, net = revenue_kept([10, 10, 10, 10], [10, 15, 5, 0])
    >>> gross.value, net.value
    (0.625, 0.75)
    """
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    counts = np.ones(before.size) if counts is None else np.asarray(counts, dtype=float)
    if not counts @ before > 0:
        raise ValueError("before holds no revenue")
    gross, net = (_ratio(before, kept, counts) for kept in (np.minimum(before, after), after))
    return Estimate(gross.value, max(gross.low, 0.0), min(gross.high, 1.0), gross.n), Estimate(net.value, max(net.low, 0.0), *net[2:])


def _ratio(below: np.ndarray, above: np.ndarray, counts: np.ndarray) -> Estimate:
    value = float(counts @ above / (counts @ below))
    around = skewed_mean((above - value * below) / (counts @ below / counts.sum()), counts)
    return Estimate(value, value + around.low, value + around.high, around.n)
