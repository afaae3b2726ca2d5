"""Step 5, performance evaluation: what the KPIs are, against target and the period before, by segment and month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.charts import scorecard as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap, Indicator
from cvclib.kpis import KPIS, NO_SEGMENT
from cvclib.methods.estimate import Estimate
from cvclib.methods.retention import cohort_table
from cvclib.methods.shares import share
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.promise import promise_kept, promise_table, read_promise
from cvclib.steps.scorecard import SIGNIFICANT, TOTALS, monthly, scorecard, segment_differences, segments, status_of
from cvclib.tables import METRICS
from cvclib.wording import SUFFIX, Unit, interval, joined, number, with_evidence

__all__ = [
    "cohort_figure", "cohorts", "definitions", "findings", "gaps", "indicators", "monthly", "monthly_figure", "promise_kept",
    "promise_table", "read_cohorts", "read_monthly", "read_promise", "read_scorecard", "read_segments", "scorecard",
    "scorecard_figure", "scorecard_table", "segment_differences", "segment_figure", "segment_table", "segments", "status_of",
]  # fmt: skip

STEP = "performance_evaluation"
NEEDS_ANY = ("orders", "survey", "leads", "tickets", "subscriptions")
SCORECARD = "KPI scorecard"
SEGMENTS = "KPIs by segment"
MONTHLY = ("on_time_share", "delivery_days", "csat", "overall", "nps", "conversion", "revenue", "average_order_value")
PREFERRED = ("nps", "csat", "overall", "on_time_share", "repeat_rate")  # for the comparison of segments, in this order
MOST_PANELS = 6
MOST_SEGMENT_FINDINGS = 3
LONGEST_COHORTS = 24  # months shown; older cohorts are left out of the figure, not of the table
DAYS_A_YEAR = 365.25


# ---- how are we doing ---------------------------------------------------------------------------------------


def scorecard_table(client: Client) -> Table | Gap:
    """The scorecard as the reader sees it."""
    try:
        frame = scorecard(client)
    except MissingDataError as error:
        return _gap("How are we doing, against target and against the period before?", error)
    shown = pd.DataFrame(
        {
            "kpi": frame["label"],
            "value": [_text(client, row.value, row.unit) for row in frame.itertuples()],
            "interval": [_interval_text(client, row) for row in frame.itertuples()],
            "n": frame["n"],
            "target": [_text(client, row.target, row.unit) for row in frame.itertuples()],
            "status": frame["status"],
            "change": [_change_text(client, row) for row in frame.itertuples()],
            "verdict": frame["verdict"],
        }
    ).reset_index(drop=True)
    return Table(
        shown,
        caption=SCORECARD,
        units={"n": "count"},
        labels={"kpi": "KPI", "value": "This period", "interval": "95% interval", "change": "Change (95% interval)", "verdict": "Against the period before"},
        note=(
            f"Period {client.period}, compared with {client.previous_period}. A target is met or missed only where the whole interval lies on "
            "one side of it. Better or worse: the change differs from nought after correction for the number of KPIs (Benjamini–Hochberg, 5%). "
            "A total is counted, not estimated, and has no interval. Definitions stand in the table of KPI definitions."
        ),
    )


def scorecard_figure(client: Client) -> Figure | Gap:
    """The scorecard drawn: each KPI with its interval, its target and the period before."""
    try:
        frame = scorecard(client)
    except MissingDataError as error:
        return _gap("Which KPIs reach their target?", error)
    rows = frame[frame["value"].notna() & (frame["low"].notna() | frame["target"].notna())]  # a bare total has nothing to draw
    if rows.empty:
        return Gap(STEP, "Which KPIs reach their target?", ("more records in the period",), "Groups this small are not shown.")
    rows = rows.assign(text=[_card_text(client, row) for row in rows.itertuples()]).reset_index(drop=True)
    alt = "; ".join(f"{row.label} {row.text}" for row in rows.itertuples())
    return Figure(charts.scorecard(rows), "Each KPI with its interval, against its target and the period before", f"{alt}.")


def read_scorecard(client: Client) -> Reading:
    """What the scorecard says, in words."""
    try:
        frame = scorecard(client)
    except MissingDataError:
        return Reading("There is nothing to read: the tables supplied allow no KPI.")
    said = []
    for status, verb in (("met", "surely met"), ("missed", "surely missed"), ("cannot tell", "neither surely met nor surely missed")):
        labels = frame.loc[frame["status"] == status, "label"].tolist()
        if labels:
            said.append(f"{joined(labels)}: target {verb}.")
    if not (frame["status"] != "no target").any():
        said.append("The client file sets no target for these KPIs.")
    for verdict in ("better", "worse"):
        rows = frame[frame["verdict"] == verdict]
        if len(rows):
            words = [f"{row.label} ({_change_text(client, row)})" for row in rows.itertuples()]
            said.append(f"{verdict.capitalize()} than in the period before: {joined(words)}.")
    tested = frame["verdict"].isin(["better", "worse", "no clear change"])
    if tested.any() and not frame["verdict"].isin(["better", "worse"]).any():
        said.append(f"Of the KPIs that can be compared ({tested.sum()}) none changed beyond what chance explains.")
    if not tested.any():
        said.append("Nothing can be compared with the period before: it holds too few records.")
    if client.has("survey.weight"):
        plain = [(row.label, kpis.unweighted(client, row.Index), row.unit) for row in frame.itertuples() if row.Index in METRICS]
        words = [f"{name} {with_evidence(estimate, unit)}" for name, estimate, unit in plain if estimate.n >= client.params.report.minimum_group]
        said += [f"Answers are weighted; without the weights: {joined(words)}."] if words else []
    return Reading(" ".join(said))


def indicators(client: Client) -> list[Indicator]:
    """The KPIs as the cards of the report's summary show them."""
    try:
        frame = scorecard(client)
    except MissingDataError:
        return []
    return [_indicator(client, row) for row in frame.itertuples() if np.isfinite(row.value)]


def definitions(client: Client) -> Table:
    """What each KPI means and how it is computed; those that this client's tables do not allow are marked."""
    frame = pd.DataFrame(
        {
            "kpi": [kpi.label for kpi in KPIS.values()],
            "definition": [kpi.definition for kpi in KPIS.values()],
            "formula": [kpi.formula for kpi in KPIS.values()],
            "interval": [kpi.interval for kpi in KPIS.values()],
            "better": [f"{kpi.better} is better" for kpi in KPIS.values()],
            "here": [_here(client, kpi) for kpi in KPIS.values()],
        }
    )
    labels = {"kpi": "KPI", "formula": "How it is computed", "interval": "95% interval", "here": "For this client"}
    return Table(frame, "KPI definitions", labels=labels, note="“By now” is as far as the data reach. Intervals treat records as independent.")


# ---- for whom -------------------------------------------------------------------------------------------------


def segment_figure(client: Client, kpi: str = "") -> Figure | Gap:
    """One KPI by segment, with intervals.

    Parameters
    ----------
    client : Client
    kpi : str
        Name in the registry; by default, or where it cannot be estimated, the first that has an interval.
    """
    question = "Do the segments differ?"
    try:
        name = _kpi_for_segments(client, kpi)
        rows = segments(client, name)
        overall = scorecard(client).loc[name]
    except MissingDataError as error:
        return _gap(question, error)
    chosen = KPIS[name]
    figure = charts.by_segment(
        rows.astype({"value": float, "low": float, "high": float, "n": float}),
        axis_label=chosen.label, unit=chosen.unit, show=lambda x: _text(client, x, chosen.unit), overall=float(overall["value"]), target=float(overall["target"]),
    )  # fmt: skip
    known = rows[rows["value"].notna()]
    alt = f"{chosen.label} by segment: " + "; ".join(f"{row.segment} {_text(client, row.value, chosen.unit)}" for row in known.itertuples())
    data = Table(
        rows[["segment", "value", "low", "high", "n", "difference", "p_adjusted"]],
        caption=f"{chosen.label} by segment, in numbers",
        units={"value": chosen.unit, "low": chosen.unit, "high": chosen.unit, "n": "count", "difference": chosen.unit, "p_adjusted": "number"},
        labels={"low": "95% from", "high": "to", "difference": "Less all others", "p_adjusted": "p, corrected"},
        note="A dash: too few to show, or not compared.", currency=client.params.currency,
    )  # fmt: skip
    return Figure(figure, f"{chosen.label} by segment, with 95% intervals", f"{alt}.", data)


def segment_table(client: Client) -> Table | Gap:
    """All KPIs by segment: a row a segment, a column a KPI."""
    try:
        frame = segment_differences(client)
    except MissingDataError as error:
        return _gap("How do the segments compare on all KPIs?", error)
    frame = frame.assign(text=[_segment_cell(client, row) for row in frame.itertuples()])
    wide = frame.pivot(index="segment", columns="kpi", values="text")
    order = sorted(wide.index, key=lambda name: (name == NO_SEGMENT, name))
    columns = [name for name in scorecard(client).index if name in wide]
    wide = wide.loc[order, columns].reset_index()
    return Table(
        wide,
        caption=SEGMENTS,
        labels={"segment": "Segment", **{name: KPIS[name].label for name in columns}},
        note=(
            "Value and 95% interval. ▲ better and ▼ worse than the other segments after correction over all cells of the table "
            f"(Benjamini–Hochberg, 5%). A dash: fewer than {client.params.report.minimum_group}, or not known by segment."
        ),
    )


def read_segments(client: Client, kpi: str = "") -> Reading:
    """Which segments differ in one KPI, or that none does."""
    try:
        name = _kpi_for_segments(client, kpi)
        rows = segments(client, name)
    except MissingDataError:
        return Reading("Segments cannot be compared with what is supplied.")
    chosen = KPIS[name]
    tested = rows[rows["p_adjusted"].notna()]
    differing = tested[tested["p_adjusted"] <= SIGNIFICANT]
    if tested.empty:
        return Reading(f"{chosen.label}: there are not two segments large enough to compare.")
    if differing.empty:
        return Reading(f"{chosen.label}: none of the {len(tested)} segments differs from the others beyond what chance explains.")
    said = [
        f"{row.segment} at {with_evidence(_estimate(row), chosen.unit, currency=client.params.currency)}, "
        f"{number(row.difference, chosen.unit, currency=client.params.currency, signed=True)} against all others"
        for row in differing.itertuples()
    ]
    return Reading(f"{chosen.label} differs between segments: {'; '.join(said)}.")


# ---- month by month ---------------------------------------------------------------------------------------------


def monthly_figure(client: Client) -> Figure | Gap:
    """The main KPIs by month, with interval and natural limits."""
    lines = _lines(client)
    if not lines:
        return Gap(
            STEP, "Which months differ from the ordinary ups and downs?", ("six months or more of dated orders, answers or leads",),
            "It would tell a real change from chance month by month.",
        )  # fmt: skip
    figure = charts.monthly(lines, period_start=pd.Timestamp(client.period.start))
    data = pd.concat([line.frame.assign(kpi=line.label, text=[line.show(x) for x in line.frame["value"]]) for line in lines])
    wide = data.assign(month=data["month"].dt.strftime("%Y-%m")).pivot(index="month", columns="kpi", values="text")
    wide = wide[[line.label for line in lines]].reset_index()
    return Figure(
        figure,
        "The main KPIs by month: 95% interval shaded, mean and natural limits in grey, signals ringed",
        f"Monthly lines of {joined([line.label for line in lines])}. {read_monthly(client).text}",
        Table(wide, "The main KPIs by month, in numbers", labels={"month": "Month"}),
    )


def read_monthly(client: Client) -> Reading:
    """Which months stand out, or that none does."""
    lines = _lines(client)
    if not lines:
        return Reading("There are too few months to tell a signal from noise.")
    said = []
    for line in lines:
        odd = line.frame[line.frame["signal"]]
        if len(odd):
            said.append(f"{line.label} in {joined([f'{m:%B %Y}' for m in odd['month']])}")
    if not said:
        return Reading(f"No month of {joined([line.label for line in lines])} stands out from the ordinary ups and downs.")
    return Reading(f"Beyond the natural limits, or in a run of eight months on one side of the mean: {'; '.join(said)}. Look for what changed then.")


# ---- who comes back ---------------------------------------------------------------------------------------------


@once_per_client
def cohorts(client: Client) -> pd.DataFrame:
    """Customers by the month of their first order, and how many of them ordered in each month after it.

    Returns
    -------
    pandas.DataFrame
        As `cvclib.methods.retention.cohort_table`; cancelled orders do not count.
    """
    client.require("orders")
    orders = orders_of_customers(client)
    placed = orders.filter(orders.cancelled_at.isnull())
    return cohort_table(placed, customer="known_customer_id", at="ordered_at", until=pd.Timestamp(client.period.until))


def cohort_figure(client: Client) -> Figure | Gap:
    """Share of each cohort that ordered again, by months since its first order."""
    question = "Who comes back, and when?"
    try:
        shares = _cohort_shares(client)
    except MissingDataError as error:
        return _gap(question, error)
    if shares.empty or shares.shape[1] < 2:
        return Gap(STEP, question, ("orders of known customers over two months or more",), "It would show how soon customers come back.")
    data = shares.reset_index(names="cohort").rename(columns=str)
    later = dict.fromkeys(data.columns[2:], "share")
    return Figure(
        charts.cohorts(shares.drop(columns="customers")),
        "Share of each month's new customers who ordered again, in per cent, by months since their first order",
        f"A triangle of shares for {len(shares)} monthly cohorts. {read_cohorts(client).text}",
        Table(data, "Cohort retention, in numbers", units={"customers": "count", **later}, note="A dash: not yet seen, or a cohort too small to show."),
    )


def read_cohorts(client: Client) -> Reading:
    """How many come back in the month after their first order, over all cohorts seen."""
    try:
        table = cohorts(client)
    except MissingDataError:
        return Reading("Cohorts cannot be followed without orders.")
    if table.empty or table.shape[1] < 2:
        return Reading("There are no two months in which to follow a customer.")
    said = []
    for months in (1, 3, 6, 12):
        if months in table and table[months].notna().any():
            seen = table[table[months].notna()]
            estimate = share(int(seen[months].sum()), int(seen[0].sum()))
            said.append(f"in month {months} after it {with_evidence(estimate, 'share')}")
    caution = "The first cohorts also hold customers who had bought before the data begin."
    return Reading(f"Of all customers followed from their first order, there ordered {joined(said)}. {caution}")


# ---- what it comes to -------------------------------------------------------------------------------------------


def gaps(client: Client) -> list[Gap]:
    """KPIs that this client's tables do not allow, and what they would bring."""
    lacking = {kpi.name: kpi.missing(client) for kpi in KPIS.values()}
    if not lacking["csat"]:
        lacking["overall"] = ()
    if not lacking["overall"]:
        lacking["csat"] = ()
    if not lacking["retention"] or not lacking["contract_retention"]:
        lacking["contract_retention"] = ()  # most clients have orders or contracts, not both
    found = [Gap(STEP, f"{KPIS[name].label}?", needs, KPIS[name].brings) for name, needs in lacking.items() if needs]
    if not lacking["retention"] and not kpis.covers(client, client.previous_period):
        found.append(
            Gap(
                STEP,
                "Customer retention, and the change in totals?",
                (f"orders that span {client.previous_period}",),
                "It would tell which share of customers comes back, and compare totals with the period before.",
            )
        )
    if not client.segments:
        found.append(Gap(STEP, "Do the segments differ?", ("customers.segment",), "It would show for whom the figures are good, and for whom not."))
    return found


def findings(client: Client) -> list[Finding]:
    """Targets missed or met, changes beyond chance, segments that differ; or that there is no signal."""
    try:
        frame = scorecard(client)
    except MissingDataError:
        return []
    found = [_target_finding(client, row) for row in frame.itertuples() if row.status in ("missed", "met")]
    found += [_change_finding(client, row) for row in frame.itertuples() if row.verdict in ("better", "worse")]
    found += _segment_findings(client)
    found += _promise_findings(client)
    if not found:
        found = [
            Finding(
                STEP,
                "The KPIs show no clear signal.",
                f"{len(frame)} KPIs: no target surely met or missed, no change beyond chance, no segment that differs (5%, corrected).",
                "Set targets, or gather more records before acting on these figures.",
                SCORECARD,
                kind="no signal",
            )
        ]
    return found


def _target_finding(client: Client, row) -> Finding:
    estimate, currency = _estimate(row), client.params.currency
    value, target = _text(client, row.value, row.unit), _text(client, row.target, row.unit)
    missed = row.status == "missed"
    evidence = with_evidence(estimate, row.unit, currency=currency) if np.isfinite(row.low) else f"{value}, a total over {estimate.n:,} orders"
    return Finding(
        STEP,
        f"{row.label} is {value} and {'misses' if missed else 'meets'} its target of {target}.",
        f"{evidence[:1].upper()}{evidence[1:]}; the target lies {'outside' if np.isfinite(row.low) else 'beyond'} it." if missed else f"{evidence}.",
        "Find the segment, the month and the touchpoint where it falls short." if missed else "Keep it, and ask whether the target still stretches.",
        SCORECARD,
        estimate=estimate,
        value_at_stake=_at_stake(client, row.Index, abs(row.target - row.value)) if missed else None,
        kind="problem" if missed else "strength",
    )


def _change_finding(client: Client, row) -> Finding:
    change = Estimate(row.change, row.change_low, row.change_high, int(row.n))
    worse = row.verdict == "worse"
    before = _text(client, row.previous, row.unit)
    return Finding(
        STEP,
        f"{row.label} got {row.verdict}: from {before} to {_text(client, row.value, row.unit)}.",
        f"Change {_change_text(client, row)}, n = {int(row.n):,}, p = {_p(row.p_adjusted)} after correction over the scorecard.",
        "Find out what changed between the periods before it goes further." if worse else "Find out what brought it, and hold on to that.",
        SCORECARD,
        estimate=change,
        value_at_stake=_at_stake(client, row.Index, abs(row.change)) if worse else None,
        kind="problem" if worse else "strength",
    )


def _segment_findings(client: Client) -> list[Finding]:
    if len(client.segments) < 2 or client.segment:
        return []
    frame = segment_differences(client)
    clear = frame[frame["p_adjusted"] <= SIGNIFICANT].sort_values(["p_adjusted", "p", "kpi", "segment"])
    clear = clear.drop_duplicates("kpi").head(MOST_SEGMENT_FINDINGS)  # the clearest segment of a KPI; the table has the others
    found = []
    for row in clear.itertuples():
        kpi = KPIS[row.kpi]
        good = (row.difference > 0) == (kpi.better == "higher")
        size = number(abs(row.difference), kpi.unit, currency=client.params.currency)
        if kpi.unit == "share":
            size = size.replace("%", " percentage points")
        found.append(
            Finding(
                STEP,
                f"{kpi.label} of segment {row.segment} is {size} {'above' if row.difference > 0 else 'below'} that of the others.",
                f"{with_evidence(_estimate(row), kpi.unit, currency=client.params.currency)}; p = {_p(row.p_adjusted)} after correction over "
                "all KPIs and segments.",
                "See what is done for this segment that could be done for others." if good else "Look at this segment's journey first.",
                SEGMENTS,
                estimate=_estimate(row),
                kind="strength" if good else "problem",
            )
        )
    return found


def _promise_findings(client: Client) -> list[Finding]:
    try:
        result = promise_kept(client)
    except MissingDataError:
        return []
    gap = result.difference
    if not (np.isfinite(gap.low) and (gap.low > 0 or gap.high < 0)):
        return []
    return [
        Finding(
            STEP,
            f"After a late delivery {result.label} is {number(result.late.value, result.unit)}, after one on time {number(result.on_time.value, result.unit)}.",
            f"Difference {interval(gap, result.unit, signed=True)} (95%); {result.on_time.n:,} answers after a delivery on time, "
            f"{result.late.n:,} after a late one. Observed, not tried out: late orders may differ in other ways.",
            "Promise what can be kept, keep it, and warn in time where it cannot." if gap.value > 0 else "Check the promised dates and the survey.",
            "Satisfaction after deliveries on time and late",
            estimate=gap,
        )
    ]


# ---- helpers -----------------------------------------------------------------------------------------------------


def _gap(question: str, error: MissingDataError) -> Gap:
    return Gap(STEP, question, error.needs, "It would answer this question for the period and for each segment.")


def _estimate(row) -> Estimate:
    return Estimate(float(row.value), float(row.low), float(row.high), int(row.n))


def _text(client: Client, value: float, unit: Unit) -> str:
    return number(None if pd.isna(value) else float(value), unit, currency=client.params.currency)


def _interval_text(client: Client, row) -> str:
    if pd.isna(row.value):
        return f"fewer than {client.params.report.minimum_group}"
    if pd.isna(row.low):
        return "a total" if row.Index in TOTALS else "–"
    return _span(*_ends(client, row, row.unit), row.unit, client)


def _ends(client: Client, row, unit: Unit) -> tuple[str, str]:
    """Both ends printed with as many decimals as the value."""
    decimals = None if unit != "money" else 2 if abs(row.value) < 100 else 0
    low, high = (number(float(x), unit, currency=client.params.currency, decimals=decimals) for x in (row.low, row.high))
    return low, high


def _span(low: str, high: str, unit: Unit, client: Client) -> str:
    """Two printed ends, the unit said once."""
    for suffix in (" percentage points", SUFFIX.get(unit, "")):
        low = low.removesuffix(suffix)
    return f"{low} to {high.removeprefix(client.params.currency + ' ') if unit == 'money' else high}"


def _card_text(client: Client, row) -> str:
    value = _text(client, row.value, row.unit)
    ends = f" ({_interval_text(client, row)})" if pd.notna(row.low) else ""
    return f"{value}{ends}{'' if row.status == 'no target' else ', ' + row.status}"


def _change_text(client: Client, row) -> str:
    if pd.isna(row.change):
        return "–"
    currency = client.params.currency
    value = number(row.change, row.unit, currency=currency, signed=True)
    if pd.isna(row.change_low):
        return value
    decimals = None if row.unit != "money" else 2 if abs(row.change) < 100 else 0
    low = number(row.change_low, row.unit, currency=currency, signed=True, decimals=decimals)
    high = number(row.change_high, row.unit, currency=currency, signed=True, decimals=decimals)
    return f"{value} ({_span(low, high, row.unit, client).removesuffix(' percentage points')})"


def _indicator(client: Client, row) -> Indicator:
    target = None if pd.isna(row.target) else float(row.target)
    change = None if pd.isna(row.change) else Estimate(float(row.change), float(row.change_low), float(row.change_high), int(row.n))
    text = {
        "value": _text(client, row.value, row.unit),
        "interval": _interval_text(client, row),
        "change": f"{_change_text(client, row)}, {row.verdict}" if change else "not compared",
        "target": _text(client, row.target, row.unit) if target is not None else "no target",
    }
    return Indicator(row.Index, row.label, row.unit, _estimate(row), row.better, target, change, row.status, text)


def _here(client: Client, kpi: kpis.Kpi) -> str:
    missing = kpi.missing(client)
    return f"missing: {', '.join(missing)}" if missing else "computed"


def _kpi_for_segments(client: Client, wanted: str) -> str:
    able = [name for name in scorecard(client).index if name not in TOTALS]
    if not able:
        raise MissingDataError(NEEDS_ANY)
    return next((name for name in (wanted, *PREFERRED) if name in able), able[0])


def _segment_cell(client: Client, row) -> str:
    if pd.isna(row.value):
        return "–"
    kpi = KPIS[row.kpi]
    mark = ""
    if pd.notna(row.p_adjusted) and row.p_adjusted <= SIGNIFICANT:
        mark = " ▲" if (row.difference > 0) == (kpi.better == "higher") else " ▼"
    value = _text(client, row.value, kpi.unit)
    if pd.isna(row.low):
        return value
    return f"{value}{mark} ({_span(*_ends(client, row, kpi.unit), kpi.unit, client)})"


def _lines(client: Client) -> list[charts.Line]:
    lines = []
    able = {kpi.name for kpi in kpis.supplied(client)}
    for name in MONTHLY:
        if name not in able or len(lines) == MOST_PANELS:
            continue
        try:
            frame = monthly(client, name)
        except MissingDataError:
            continue
        kpi = KPIS[name]
        target = client.params.targets.get(name, np.nan) if name not in TOTALS else np.nan  # a year's target is not a month's
        lines.append(charts.Line(kpi.label, frame, lambda x, unit=kpi.unit: _text(client, x, unit), target=target, unit=kpi.unit, **frame.attrs))
    return lines


def _cohort_shares(client: Client) -> pd.DataFrame:
    table = cohorts(client)
    if table.empty:
        return table
    size = table[0].where(table[0] >= client.params.report.minimum_group)
    shares = table.drop(columns=0).div(size, axis=0)
    shares.insert(0, "customers", size)
    return shares[size.notna()].tail(LONGEST_COHORTS).dropna(axis=1, how="all")


def _at_stake(client: Client, name: str, gap: float) -> float | None:
    """Money a year that closing a gap is worth, where a KPI's unit leads to money directly."""
    frame = scorecard(client)
    a_year = DAYS_A_YEAR / client.period.days
    worth = {"retention": "revenue_per_customer", "conversion": "revenue_per_customer", "cancelled_share": "average_order_value",
             "returned_share": "average_order_value"}  # fmt: skip
    n = float(frame.loc[name, "n"])
    if name in worth and worth[name] in frame.index:
        return float(gap * n * frame.loc[worth[name], "value"] * a_year)
    if name in ("cost_to_serve", "revenue_per_customer", "average_order_value"):
        return float(gap * n * a_year)
    return float(gap * a_year) if name == "revenue" else None


def _p(value: float) -> str:
    return "less than 0.001" if value < 0.001 else f"{value:.3f}"
