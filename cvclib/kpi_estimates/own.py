"""The KPIs that a client file adds: an expression over the rows of one table, made into an estimate.

The expression was held against a list of what is allowed when the client file was read; it reaches the engine
as part of one query that only reads.
"""

from __future__ import annotations

import ibis.expr.types as ir
from ibis import _

from cvclib.client import Client
from cvclib.kpi_estimates.rows import By, Estimates, grouped, means_of, medians_of, totals_of
from cvclib.methods.ratios import ratio_of_sums
from cvclib.methods.scores import ScoreCounts, mean_score_of
from cvclib.methods.shares import share, weighted_share_of_sums
from cvclib.params import OwnKpi, Period
from cvclib.steps.customer_view import orders_of_customers


def own(kpi: OwnKpi, client: Client, period: Period, by: By) -> Estimates:
    """Estimates of a client's own KPI for all, by segment or by month.

    Parameters
    ----------
    kpi : OwnKpi
        From the client file.
    client : Client
    period : Period
        A table without times counts as belonging to the period analysed, and to no other.
    by : {"", "segment", "month"}

    Returns
    -------
    dict of str to Estimate
    """
    at = kpi.counted_at if kpi.counted_at and client.has(f"{kpi.table}.{kpi.counted_at}") else ""
    if not at and (period != client.period or by == "month"):
        return {}
    rows = _measured(kpi, client)
    rows = client.in_period(rows, at, period) if at else rows
    rows = grouped(client, rows, by, at, "known_customer_id" if kpi.table == "orders" else "customer_id")
    return _ESTIMATES[kpi.kind](rows.filter(_.measured.notnull()))


def _measured(kpi: OwnKpi, client: Client) -> ir.Table:
    """Rows of the table with ``measured``, ``per`` and ``w``; those for which `where` is not true are left out."""
    rows = orders_of_customers(client) if kpi.table == "orders" else client.tables[kpi.table]
    sql = {key: text for key, text in kpi.checked_sql.items() if text}
    number = "CAST(({}) AS DOUBLE)" if kpi.kind != "share" else "CAST(({}) AS BOOLEAN)"
    weight = '"weight"' if kpi.table in WEIGHTED and client.has(f"{kpi.table}.weight") else "1.0"
    columns = [
        f"{number.format(sql['sql'])} AS measured",
        f"CAST(({sql.get('per', '1')}) AS DOUBLE) AS per",
        f"CAST({weight} AS DOUBLE) AS w",
    ]
    where = f" WHERE ({sql['where']})" if "where" in sql else ""
    return rows.alias("cvc_own_kpi").sql(f"SELECT *, {', '.join(columns)} FROM cvc_own_kpi{where}", dialect="duckdb").filter(_.w > 0)


WEIGHTED = frozenset({"survey", "attribute_ratings", "kano"})  # tables whose weight is that of an answer


def _means(rows: ir.Table) -> Estimates:
    if _unweighted(rows):
        return means_of(rows, "measured")
    counted = (
        rows.group_by("group", "measured").agg(n=_.count(), w=_.w.sum(), ww=(_.w * _.w).sum()).order_by("group", "measured").to_pandas()
    )
    return {
        str(g): mean_score_of(ScoreCounts(*(part[c].to_numpy(dtype=float) for c in ("measured", "n", "w", "ww"))))
        for g, part in counted.groupby("group", sort=True)
    }


def _shares(rows: ir.Table) -> Estimates:
    true = rows.measured.ifelse(1, 0)
    sums = rows.group_by("group").agg(n=_.count(), k=true.sum(), having=(true * rows.w).sum(), total=_.w.sum(), squares=(_.w * _.w).sum())
    return {
        str(row.group): share(int(row.k), int(row.n))
        if row.total == row.n == row.squares
        else weighted_share_of_sums(row.having, row.total, row.squares, int(row.n))
        for row in sums.to_pandas().itertuples()
    }


def _ratios(rows: ir.Table) -> Estimates:
    rows = rows.filter(_.per.notnull()).mutate(y=_.measured * _.w, x=_.per * _.w)
    sums = rows.group_by("group").agg(
        n=_.count(), y=_.y.sum(), x=_.x.sum(), yy=(_.y * _.y).sum(), xy=(_.x * _.y).sum(), xx=(_.x * _.x).sum()
    )
    return {str(row.group): ratio_of_sums(int(row.n), row.y, row.x, row.yy, row.xy, row.xx) for row in sums.to_pandas().itertuples()}


def _totals(rows: ir.Table) -> Estimates:
    return totals_of(rows.group_by("group").agg(total=(_.measured * _.w).sum(), n=_.count()))


def _medians(rows: ir.Table) -> Estimates:
    return medians_of(rows, "measured")


def _unweighted(rows: ir.Table) -> bool:
    other = rows.filter(rows.w != 1).limit(1).count().to_pandas()
    return int(other) == 0


_ESTIMATES = {"mean": _means, "median": _medians, "share": _shares, "ratio": _ratios, "total": _totals}

INTERVALS = {
    "mean": "Hall's; of weighted answers Student's t", "median": "order statistics", "share": "Wilson", "ratio": "Student's t, linearised",
    "total": "none: a total, not an estimate",
}  # fmt: skip
