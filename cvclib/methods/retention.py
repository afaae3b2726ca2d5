"""Who comes back: cohorts of customers by the month of their first purchase."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _


def cohort_table(purchases: ir.Table, *, customer: str, at: str, until: pd.Timestamp) -> pd.DataFrame:
    """Count, for each month of first purchase, the customers who bought in each month after it.

    Parameters
    ----------
    purchases : ibis.Table
        One row a purchase.
    customer, at : str
        Columns with the customer and the time.
    until : pandas.Timestamp
        First moment no longer observed; purchases from then on are left out.

    Returns
    -------
    pandas.DataFrame
        Index: cohort as ``"1997-01"``, sorted. Columns: months since, from 0 (the cohort's size). A month
        not yet seen is NaN, a month seen without a purchase is 0.

    Examples
    --------
    >>> frame = pd.DataFrame({"who": ["a", "a", "b"], "on": pd.to_datetime(["2025-01-05", "2025-02-01", "2025-02-09"])})
    >>> cohort_table(ibis.memtable(frame), customer="who", at="on", until=pd.Timestamp("2025-03-01")).to_dict("list")
    {0: [1.0, 1.0], 1: [1.0, nan]}
    """
    rows = purchases.filter(purchases[customer].notnull(), purchases[at] < ibis.timestamp(until.isoformat()))
    month = rows[at].year() * 12 + rows[at].month() - 1
    months = rows.select(customer=rows[customer], month=month).distinct()
    first = months.group_by("customer").agg(cohort=_.month.min())
    counted = months.join(first, "customer").group_by("cohort", "month").agg(n=_.customer.nunique()).to_pandas()
    if counted.empty:
        return pd.DataFrame()
    counted["since"] = counted["month"] - counted["cohort"]
    last_day = until - pd.Timedelta(days=1)
    last = last_day.year * 12 + last_day.month - 1
    cohorts = np.arange(counted["cohort"].min(), counted["cohort"].max() + 1)
    table = counted.pivot(index="cohort", columns="since", values="n").reindex(index=cohorts, columns=np.arange(last - cohorts[0] + 1))
    seen = cohorts[:, None] + table.columns.to_numpy()[None, :] <= last
    table = table.fillna(0.0).where(seen)
    table.index = [f"{m // 12}-{m % 12 + 1:02d}" for m in cohorts]
    table.columns = [int(c) for c in table.columns]
    return table.astype(float)
