"""Who comes back, and after how long: cohorts and waits, drawn, read and concluded from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts import retention as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding
from cvclib.kpis import NO_SEGMENT
from cvclib.methods import survival
from cvclib.methods.estimate import Estimate
from cvclib.steps.coming_back import (
    HORIZONS_DAYS,
    SECOND,
    SPANS,
    THIRD,
    Apart,
    Cohorts,
    cohorts,
    compared,
    curve_of,
    estimates_at,
    pooled,
    standing_out,
    waits,
)
from cvclib.steps.kpi_words import STEP
from cvclib.steps.questions import Question, TooFewAnswersError, exhibit_of, findings_of, reading_of
from cvclib.wording import interval, joined, number, p_words, with_evidence

FEWEST_FOLLOWED = 10  # customers still followed, below which a curve is not drawn further
FEWEST_IN_GROUP = 20  # customers of a segment, below which it has no curve
NEXT_ORDER = "Share of customers who have ordered again, by time since the order before, with 95% bands"
COHORTS = Question(
    "Who comes back, and when?", ("orders",), "It would show how many new customers order again, and whether newer ones do better."
)
WAITS = Question("How long until a customer orders again?", ("orders",), "It would tell when to remind a customer, and whom.")
DAYS_A_MONTH = 30.4375


@exhibit_of(COHORTS, STEP)
def cohort_figure(client: Client) -> Figure:
    """Share of each cohort that ordered again, by time since its first order."""
    found = cohorts(client)
    shown = _shown(client, found)
    if shown.empty:
        raise TooFewAnswersError(f"Every group of new customers is smaller than {client.params.report.minimum_group}, too small to show.")
    size = shown[0]
    shares = shown.drop(columns=0).div(size, axis=0)
    names, spans = _row_names(found, shown), _span_names(found, shown)
    drawn = shares.set_axis([f"{name}  (n = {int(n):,})" for name, n in zip(names, size, strict=True)]).set_axis(spans, axis=1)
    span, each = SPANS[found.span_months], SPANS[found.cohort_months]
    return Figure(
        charts.cohorts(drawn, xlabel="Months since the first order", ylabel=f"{each.capitalize()} of the first order"),
        f"Share of each {each}'s new customers who ordered again, by months since their first order",
        f"A triangle of shares for {len(shares)} groups of new customers. {read_cohorts(client).text}",
        _cohort_numbers(shown, shares, names, spans, span),
    )


@reading_of(COHORTS)
def read_cohorts(client: Client) -> Reading:
    """How many came back in each span, over all cohorts that can be followed so long."""
    found = cohorts(client)
    minimum = client.params.report.minimum_group
    all_seen = [(span, e) for span, e in pooled(found) if e.n >= minimum]
    if not all_seen:
        return Reading("There are too few customers to follow.")
    spans = dict(zip(found.table.columns[1:], _span_names(found, found.table), strict=True))
    chosen = [pair for pair in all_seen if pair[0] in _telling([s for s, _ in all_seen])]
    said = [f"{with_evidence(e, 'share')} in {_month_words(spans[span])}" for span, e in chosen]
    return Reading(
        f"Of the customers that can be followed so long, there ordered again, counted from the month of their first order: {'; '.join(said)}. "
        "The first groups may hold customers who had bought before the data begin, and then look more loyal than new ones are."
    )


@exhibit_of(WAITS, STEP)
def next_order_figure(client: Client) -> Figure:
    """Share who ordered again by time: the second and third order of all, and the second by segment."""
    frame = waits(client)
    whole = {"second order after the first": _ordered_again(frame, SECOND), "third after the second": _ordered_again(frame, THIRD)}
    drawn = {name: curve for name, curve in whole.items() if len(curve) > 1}
    if not drawn:
        raise TooFewAnswersError("There are too few customers to follow from one order to the next.")
    panels = [charts.Panel("All customers", drawn)]
    names = _segments_drawn(client, frame)
    if len(names) > 1:
        panels.append(charts.Panel("Second order, by segment", {name: _ordered_again(frame, SECOND, name) for name in names}))
    return Figure(
        charts.shares_by_time(panels, xlabel="Months since the order before", ylabel="Share who ordered again"),
        NEXT_ORDER,
        read_next_order(client).text,
        _wait_numbers(client, frame, names),
    )


@reading_of(WAITS)
def read_next_order(client: Client) -> Reading:
    """How many order again within a quarter, half a year, a year; which segments do so sooner or later."""
    frame = waits(client)
    said = []
    for step, words in ((SECOND, "After a first order"), (THIRD, "After a second")):
        rows = frame[frame["step"] == step]
        if rows["n"].sum() < FEWEST_IN_GROUP:
            continue
        told = [f"{number(e.value, 'share')} ({interval(e, 'share')}) within {t} days" for t, e in _ordered_by(rows, HORIZONS_DAYS[:3])]
        if told:
            said.append(f"{words}, {joined(told)} ordered again (n = {int(rows['n'].sum()):,}).")
    if not said:
        return Reading("There are too few customers to follow from one order to the next.")
    return Reading(" ".join([*said, "In brackets the 95% interval.", *_segments_said(client, frame)]))


@findings_of(WAITS)
def coming_back_findings(client: Client) -> list[Finding]:
    """Segments that order again sooner or later than the others, each tested without those already named."""
    frame = waits(client)
    second = frame[frame["step"] == SECOND]
    if client.segment:
        return []
    found = []
    for apart in _standing_out(client, second):
        own, others = (_ordered_by(part, (365, 180, 90)) for part in apart.sides(second))
        both = [(t, e, dict(others)[t]) for t, e in own if t in dict(others)]
        if not both:
            continue
        days, one, rest = max(both)
        sooner = one.value > rest.value
        found.append(
            Finding(
                STEP,
                f"{apart.segment}: {number(one.value, 'share')} order again within {days} days of their first order, against "
                f"{number(rest.value, 'share')} of {apart.others}.",
                f"Kaplan–Meier, 95% interval {interval(one, 'share')} against {interval(rest, 'share')}, n = {one.n:,} and {rest.n:,}; "
                f"log-rank test over the whole time {p_words(apart.p)} after correction over the segments.",
                "Ask what brings them back, and offer it to the others."
                if sooner
                else "Ask what keeps them from coming back, before reminding them.",
                NEXT_ORDER,
                estimate=one,
                kind="strength" if sooner else "problem",
            )
        )
    return found


def _standing_out(client: Client, second: pd.DataFrame) -> list[Apart]:
    return standing_out(second, "days", smallest=max(FEWEST_IN_GROUP, client.params.report.minimum_group))


def _segments_said(client: Client, frame: pd.DataFrame) -> list[str]:
    second = frame[frame["step"] == SECOND]
    tested = compared(second, "days", smallest=max(FEWEST_IN_GROUP, client.params.report.minimum_group))["p"].notna().sum()
    if client.segment or tested < 2:
        return []
    named = _standing_out(client, second)
    if not named:
        return [
            f"None of the {tested} segments that can be compared differs from the others beyond what chance explains (log-rank, corrected)."
        ]
    words = [f"{one.segment} ({p_words(one.p)})" for one in named]
    return [
        f"Different from the other segments over the whole time (log-rank, corrected, each without those named before): {joined(words)}."
    ]


def _ordered_by(counted: pd.DataFrame, days: tuple[int, ...]) -> list[tuple[int, Estimate]]:
    """Share who ordered again by each day, while enough customers are still followed."""
    at = estimates_at(curve_of(counted, "days"), days, FEWEST_FOLLOWED)
    return [(int(t), Estimate(1 - e.value, 1 - e.high, 1 - e.low, e.n)) for t, e in at]


def _ordered_again(frame: pd.DataFrame, step: str, segment: str = "") -> pd.DataFrame:
    """The curve as it is drawn: months, shares, as far as enough customers are followed."""
    rows = frame[(frame["step"] == step) & ((frame["segment"] == segment) if segment else True)]
    if rows["n"].sum() < FEWEST_IN_GROUP:
        return pd.DataFrame()
    curve = curve_of(rows, "days")
    curve = curve[curve["at_risk"] >= FEWEST_FOLLOWED]
    return pd.DataFrame(
        {"time": curve["time"] / DAYS_A_MONTH, "share": 1 - curve["survival"], "low": 1 - curve["high"], "high": 1 - curve["low"]}
    ).reset_index(drop=True)


def _segments_drawn(client: Client, frame: pd.DataFrame) -> list[str]:
    """The largest segments, as many as can be told apart."""
    second = frame[(frame["step"] == SECOND) & (frame["segment"] != NO_SEGMENT)]
    sizes = second.groupby("segment")["n"].sum()
    sizes = sizes[sizes >= max(FEWEST_IN_GROUP, client.params.report.minimum_group)].sort_values(ascending=False)
    return sorted(sizes.index[: charts.MOST_CURVES])


def _wait_numbers(client: Client, frame: pd.DataFrame, names: list[str]) -> Table:
    groups = [("All, second order", SECOND, ""), ("All, third order", THIRD, ""), *((name, SECOND, name) for name in names)]
    rows = []
    for label, step, segment in groups:
        part = frame[(frame["step"] == step) & ((frame["segment"] == segment) if segment else True)]
        if part["n"].sum() < FEWEST_IN_GROUP:
            continue
        told = dict(_ordered_by(part, HORIZONS_DAYS))
        half = survival.time_until(curve_of(part, "days"))
        row: dict[str, object] = {"group": label, "n": int(part["n"].sum())}
        row |= {
            f"day {t}": f"{number(told[t].value, 'share')} ({interval(told[t], 'share')})" if t in told else None for t in HORIZONS_DAYS
        }
        rows.append(row | {"median": half.value})
    table = pd.DataFrame(rows).dropna(axis=1, how="all")
    return Table(
        table,
        "Time until the next order, in numbers",
        units={"n": "count", "median": "count"},
        labels={"group": "Customers", "n": "n", "median": "Half by day", **{f"day {t}": f"By day {t}" for t in HORIZONS_DAYS}},
        note=(
            "Kaplan–Meier: customers who have not ordered again yet are followed to the end of the period, not dropped. Greenwood's "
            "variance, 95% intervals on the log-log scale. Orders of one day are one; cancelled orders do not count. A dash: too few "
            "customers followed so long. Without a contract a customer who leaves says nothing: silence is not counted as leaving."
        ),
    )


def _shown(client: Client, found: Cohorts) -> pd.DataFrame:
    table = found.table[found.table[0] >= client.params.report.minimum_group]
    return table[table[1].notna()].dropna(axis=1, how="all")  # a group not yet followed for one span has nothing to show


def _cohort_numbers(shown: pd.DataFrame, shares: pd.DataFrame, names: list[str], spans: list[str], span: str) -> Table:
    frame = pd.DataFrame({"cohort": names, "customers": shown[0].to_numpy()})
    decimals = 0 if np.nanmax(shares.to_numpy(float)) >= charts.FINE else 1
    for column, name in zip(shares.columns, spans, strict=True):
        pairs = zip(shares[column], shown[column], strict=True)
        frame[f"months {name}"] = [
            None if np.isnan(part) else f"{number(part, 'share', decimals=decimals)} ({n:,.0f})" for part, n in pairs
        ]
    return Table(
        frame,
        "Cohort retention, in numbers",
        units={"customers": "count"},
        labels={"cohort": "First order", "customers": "New", **{f"months {name}": name for name in spans}},
        note=(
            f"Share, and how many customers, who ordered in these months after the month of their first order; one {span} a column. A "
            "dash: not yet seen in full. Groups too small to show are left out."
        ),
    )


def _row_names(found: Cohorts, shown: pd.DataFrame) -> list[str]:
    if found.cohort_months == 1:
        return list(shown.index)
    if found.cohort_months == 12:
        return [name[:4] for name in shown.index]
    return [f"{name[:4]} Q{(int(name[5:]) + 2) // 3}" for name in shown.index]


def _span_names(found: Cohorts, shown: pd.DataFrame) -> list[str]:
    months = found.span_months
    return [str(k) if months == 1 else f"{(k - 1) * months + 1}–{k * months}" for k in shown.columns[1:]]


def _month_words(span: str) -> str:
    return f"months {span}" if "–" in span else f"month {span}"


def _telling(spans: list[int]) -> list[int]:
    """The first, the last, and what lies in the middle."""
    return sorted({spans[0], spans[len(spans) // 2], spans[-1]})
