"""Which months differ from the ordinary ups and downs: a process behaviour chart for each of the main KPIs.

A share whose n is known has a p chart, with exact limits; where months differ more than their n explains, Laney's
p′ chart. Everything else has a chart of individuals (XmR), weighted by the month's n but for totals. Two rules are
used: a point beyond the action limits (Western Electric 1, Nelson 1), and a change of level (cumulative sum), which
asks what the run on one side of the mean asks (Western Electric 4, Nelson 2) and finds a lasting change sooner. The
usual three standard deviations and eight in a row would, over two years and eight charts, raise a false alarm for
every second client; the rules are made so strict that of clients with nothing but noise one in thirty shows any
signal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.kpis import KPIS
from cvclib.methods import control_charts as cc
from cvclib.methods.chart_rules import FEWEST_POINTS, Guard, broken_rules, guard, level_shift
from cvclib.steps.memo import once_per_client
from cvclib.steps.scorecard import TOTALS, monthly
from cvclib.wording import Unit

MONTHLY = (
    "on_time_share", "delivery_days", "conversion", "first_response_hours", "csat", "overall", "nps", "revenue", "average_order_value",
)  # fmt: skip
MOST_CHARTS = 8  # a page
FALSE_ALARMS = 1 / 30  # share of clients with nothing but noise that may show a signal on any chart
FEWEST_A_MONTH = 10  # answers, orders or tickets on which a month's mean or median rests; of a total, in a usual month
VALUES = ["value", "low", "high", "n"]
GRACE_DAYS = 3  # a month whose last, or first, such days hold no record at all is not whole


@dataclass(frozen=True)
class ProcessChart:
    """A KPI by month with its limits and signals.

    Parameters
    ----------
    kpi, label : str
    unit : Unit
    better : str
        "higher" or "lower".
    kind : str
        "XmR", "p" or "p′".
    frame : pandas.DataFrame
        ``month``, ``value``, ``low``, ``high``, ``n``, ``natural_low``, ``natural_high`` (three standard deviations),
        ``action_low``, ``action_high``, ``outside`` (bool), ``level`` (mean before or after a change of level, NaN
        where there is none); NaN where a month cannot be shown.
    centre : float
    guard : Guard
        How strict the rules are.
    target : float
        NaN for none.
    """

    kpi: str
    label: str
    unit: Unit
    better: str
    kind: str
    frame: pd.DataFrame
    centre: float
    guard: Guard
    target: float

    @property
    def signals(self) -> pd.DataFrame:
        """The months beyond the action limits."""
        return self.frame[self.frame["outside"]]

    @property
    def levels(self) -> tuple[float, float, pd.Timestamp] | None:
        """Mean before and after a change of level, and the first month after it; None where there is none."""
        known = self.frame.dropna(subset="level")
        if known.empty:
            return None
        after = known[known["level"] != known["level"].iloc[0]]
        return float(known["level"].iloc[0]), float(after["level"].iloc[0]), pd.Timestamp(after["month"].iloc[0])

    @property
    def quiet(self) -> bool:
        """Whether no rule is broken."""
        return self.signals.empty and self.levels is None


@once_per_client
def process_charts(client: Client) -> tuple[ProcessChart, ...]:
    """A chart for each main KPI that can be followed for six months or more; together they are one family.

    Parameters
    ----------
    client : Client

    Returns
    -------
    tuple of ProcessChart
        At most eight; empty where no KPI can be followed.
    """
    frames = {}
    able = {kpi.name for kpi in kpis.supplied(client)}
    for name in MONTHLY:
        if name not in able or len(frames) == MOST_CHARTS:
            continue
        try:
            frame = monthly(client, name)
        except MissingDataError:
            continue
        shown = _whole_months(client, frame) if name in TOTALS else _settled_months(frame, KPIS[name].unit)
        if shown["value"].notna().sum() >= FEWEST_POINTS:
            frames[name] = shown
    return tuple(_chart(client, name, frame, len(frames)) for name, frame in frames.items())


def _settled_months(frame: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """A mean or median of few is too ragged for limits; a share's limits know how few there are."""
    enough = (frame["n"] >= FEWEST_A_MONTH) | (unit == "share")
    return frame.assign(**{c: frame[c].where(enough) for c in VALUES})


def _whole_months(client: Client, frame: pd.DataFrame) -> pd.DataFrame:
    """A total of a month that the data cut off is a smaller total, not a smaller month: it is left out."""
    orders = client.whole("orders")
    found = orders.aggregate(first=orders.ordered_at.min(), last=orders.ordered_at.max()).to_pandas().iloc[0]
    start = max(
        pd.Timestamp(found["first"]).normalize() - pd.Timedelta(days=GRACE_DAYS),
        pd.Timestamp(min(client.previous_period.start, client.period.start)),
    )
    until = min(pd.Timestamp(found["last"]).normalize() + pd.Timedelta(days=1 + GRACE_DAYS), pd.Timestamp(client.period.until))
    whole = (frame["month"] >= start) & (frame["month"] + pd.offsets.MonthBegin() <= until)
    whole &= frame["n"].median() >= FEWEST_A_MONTH
    return frame.assign(**{c: frame[c].where(whole) for c in VALUES})


def _chart(client: Client, name: str, monthly_values: pd.DataFrame, n_charts: int) -> ProcessChart:
    kpi = KPIS[name]
    frame = monthly_values[["month", *VALUES]].copy()
    frame.attrs = {}
    seen = frame["value"].notna().to_numpy()
    values, sizes = frame.loc[seen, "value"].to_numpy(float), frame.loc[seen, "n"].to_numpy(float)
    strict = guard(int(seen.sum()), n_charts, false_alarms=FALSE_ALARMS)
    weighted = bool(kpi.metric) and client.has("survey.weight")  # then n does not tell how much a month may move
    if kpi.unit == "share" and not weighted:
        kind, natural, action, spread = _share_limits(values, sizes, strict)
    else:
        sizes = np.ones(sizes.size) if name in TOTALS else sizes
        kind, natural, action, spread = _limits(values, sizes, strict)
    lowest, highest = (0.0 if kpi.unit != "points" else -np.inf), (1.0 if kpi.unit == "share" else np.inf)
    for which, limits in (("natural", natural), ("action", action)):
        for side in ("low", "high"):
            frame[f"{which}_{side}"] = np.nan
            frame.loc[seen, f"{which}_{side}"] = np.clip(getattr(limits, side), lowest, highest)
    frame["outside"] = False
    frame.loc[seen, "outside"] = broken_rules(values, action, rules=("outside",))["outside"]
    shift = level_shift(values, spread, sizes)
    frame["level"] = np.nan
    if shift.size >= strict.shift:
        frame.loc[seen, "level"] = np.where(np.arange(values.size) < shift.first_after, shift.before, shift.after)
    target = client.params.targets.get(name) if name not in TOTALS else None  # a year's target is not a month's
    return ProcessChart(
        name, kpi.label, kpi.unit, kpi.better, kind, frame, natural.centre, strict, np.nan if target is None else float(target)
    )


Limited = tuple[str, cc.Limits, cc.Limits, float]  # kind, natural limits, action limits, spread of one observation


def _limits(values: np.ndarray, sizes: np.ndarray, strict: Guard) -> Limited:
    natural = cc.individuals(values, sizes)
    return "XmR", natural, cc.individuals(values, sizes, multiple=strict.multiple), natural.mean_range / cc.D2


def _share_limits(values: np.ndarray, sizes: np.ndarray, strict: Guard) -> Limited:
    counts = np.round(values * sizes)
    natural, between = cc.shares_chart(counts, sizes), cc.spread_of_shares(counts, sizes)
    spread = max(between, 1.0) * np.sqrt(natural.centre * (1 - natural.centre))
    if between > strict.most_spread:
        natural, action = (cc.spread_shares_chart(counts, sizes, multiple=m) for m in (cc.NATURAL, strict.multiple))
        return "p′", natural, action, spread
    return "p", natural, cc.probable_shares(counts, sizes, point_risk=strict.point_risk), spread
