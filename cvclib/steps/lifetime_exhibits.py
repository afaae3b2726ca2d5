"""What customers are worth, drawn, read and concluded from; and whether a forecast on record holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu

from cvclib.charts import lifetime as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.kpis import NO_SEGMENT
from cvclib.methods.estimate import Estimate
from cvclib.methods.shares import benjamini_hochberg
from cvclib.steps.buying_forecast import Forecast, forecast
from cvclib.steps.contract_forecast import contract_forecast
from cvclib.steps.kpi_words import STEP
from cvclib.steps.lifetime_value import FEWEST_COVERING, LifetimeValues, lifetime_values, setting_of
from cvclib.steps.questions import Question, TooFewAnswersError, exhibit_of, findings_of, reading_of
from cvclib.wording import interval, joined, number, p_words

FORECAST = "A forecast of the last third of the time on record, beside what came"
WORTH = "What customers are worth over the time to come"
GROUPS = "Mean lifetime value of a customer by segment and by cohort, with 95% intervals"
SIGNIFICANT = 0.05
FEWEST_IN_GROUP = 20
MOST_GROUPS = 16  # in a panel

HOLDS = Question(
    "Does a forecast of what customers do hold?",
    ("orders|subscriptions",),
    "With orders of known customers, or contracts, it would show whether what they do can be forecast.",
)
LIFETIME = Question(
    "What is a customer worth?",
    ("orders.revenue|subscriptions.monthly_revenue",),
    "With the revenue of orders of known customers, or of contracts, it would show what customers are worth over the time to come.",
)


@exhibit_of(HOLDS, STEP)
def forecast_figure(client: Client) -> Figure:
    """The hold-out: purchases (or contracts running) forecast beside those that came."""
    if setting_of(client)[0] == "contracts":
        found = contract_forecast(client)
        rows = found.by_month.rename(columns={"month": "time"})
        figure = charts.forecast(rows, pd.DataFrame(), cut=0, xlabel="Months after the cut", ylabel="Contracts still running")
        return Figure(figure, FORECAST, found.verdict)
    held = forecast(client)
    rows = held.by_week.rename(columns={"week": "time"})
    shown = held.by_repeats[held.by_repeats["n"] >= client.params.report.minimum_group]
    cut = (held.held.cut - held.held.first).days / 7
    figure = charts.forecast(rows, shown, cut=cut, xlabel="Weeks since the first order on record", ylabel="Repeat purchases, summed up")
    return Figure(figure, FORECAST, held.verdict, _models(held))


@reading_of(HOLDS)
def read_forecast(client: Client) -> Reading:
    """Whether the forecast holds, by which model, and by what rule."""
    setting, why = setting_of(client)
    if setting == "contracts":
        return Reading(f"{why} {contract_forecast(client).verdict}")
    held = forecast(client)
    others = held.models.iloc[1:]
    said = [why, held.verdict]
    if len(others):
        words = [f"{row.model} forecasts {row.expected:,.0f}" for row in others.itertuples()]
        said.append(f"{held.model.name} is the likeliest of the models that can be fitted; {joined(words)}.")
    return Reading(" ".join(said))


@exhibit_of(LIFETIME, STEP)
def worth_figure(client: Client, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> Figure | Gap | Reading:
    """How the lifetime value of customers is spread."""
    found = lifetime_values(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    if not found.fits:
        return Reading(found.verdict)
    values = found.customers["clv"].to_numpy(float)
    currency = client.params.currency
    figure = charts.spread(
        values, xlabel=f"Lifetime value of a customer over {horizon_months} months, {currency}; the largest 1% in the last bar"
    )
    alt = f"Half of {len(values):,} customers are worth less than {number(float(np.median(values)), 'money', currency=currency)}."
    return Figure(figure, WORTH, alt, _summary(client, found))


@reading_of(LIFETIME)
def read_worth(client: Client, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> Reading | None:
    """Equity of the base, the value of a customer, and what the intervals cover."""
    found = lifetime_values(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    if not found.fits:
        return None
    currency, values = client.params.currency, found.customers["clv"]
    said = [
        f"Over the next {horizon_months} months the {len(values):,} customers on record are expected to bring {_money(found.equity, currency)} "
        f"({_ends(found.equity, currency)}), discounted by {discount_rate_per_year:.0%} a year: {number(float(values.mean()), 'money', currency=currency)} "
        f"a customer, of half of them less than {number(float(values.median()), 'money', currency=currency)}. Value is measured in {found.measured_in}.",
        "The interval covers the uncertainty of the model's parameters and the chance in what customers do; it does not cover a change of the market, "
        "of prices or of the model. Customers still to be won, and what an order costs to serve, are left out.",
    ]
    if len(values) < (enough := FEWEST_COVERING[found.setting]):
        said.append(f"It covers as it says from about {enough:,} customers on; with {len(values):,} it is likely too narrow.")
    check = found.independence
    if check is not None and np.isfinite(check.value):
        apart = check.low <= 0 <= check.high
        said.append(
            f"The model takes how often customers buy and what they spend to be unrelated; their correlation is {number(check.value, decimals=2)} "
            f"({number(check.low, decimals=2)} to {number(check.high, decimals=2)}, n = {check.n:,}){', as it may by chance' if apart else ': not quite so, and frequent buyers are valued with that reserve'}."
        )
    return Reading(" ".join(said))


@exhibit_of(LIFETIME, STEP)
def worth_groups_figure(client: Client, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> Figure | Gap | Reading | None:
    """Mean lifetime value by segment and by cohort."""
    try:
        found = lifetime_values(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    except TooFewAnswersError:
        return Reading("Of segments and cohorts no lifetime value is estimated either.")  # why was just told of all customers
    if not found.fits:
        return Reading(
            "No lifetime value is claimed, of segments and cohorts as little as of all customers: the forecast above does not hold."
        )
    panels = {}
    for kind, title in (("segment", "By segment"), ("cohort", "By quarter of the first purchase")):
        rows = _shown(client, found, kind)
        if kind == "segment":
            rows = rows.sort_values("value", ascending=False)
        if len(rows) > 1:
            panels[title] = rows.head(MOST_GROUPS) if kind == "segment" else rows.tail(MOST_GROUPS)
    if not panels:
        return Reading("There are not two segments or cohorts large enough to be compared.")
    currency = client.params.currency
    figure = charts.by_group(
        panels, mean=float(found.customers["clv"].mean()), xlabel=f"{currency} a customer, over {horizon_months} months"
    )
    alt = "; ".join(f"{row.group} {number(row.value, 'money')}" for rows in panels.values() for row in rows.itertuples())
    drawn = pd.concat([rows.assign(by=title) for title, rows in panels.items()], ignore_index=True)[
        ["group", "by", "value", "low", "high", "n"]
    ]
    units = {"value": "money", "low": "money", "high": "money", "n": "count"}
    labels = {"by": "Grouped", "value": "Mean lifetime value", "low": "95% from", "high": "to"}
    return Figure(figure, GROUPS, f"Mean lifetime value: {alt}.", Table(drawn, f"{GROUPS}, in numbers", units, labels, currency=currency))


@reading_of(LIFETIME)
def read_worth_groups(client: Client, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> Reading | None:
    """Which segments are worth more or less than the others."""
    found = lifetime_values(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    if not found.fits:
        return None
    tested = _compared(client, found)
    if tested.empty:
        said = "No two segments are large enough to be compared."
    elif not (named := tested[tested["apart"]]).empty:
        words = [f"{row.segment} ({row.words}, {p_words(row.p)})" for row in named.itertuples()]
        said = f"Worth more or less than the other segments, after correction: {joined(words)}."
    else:
        said = f"None of the {len(tested)} segments is worth more or less than the others beyond what chance explains."
    return Reading(
        f"{said} A cohort of long ago holds customers who may have left; a recent one is worth more because most of its customers still buy, "
        "which is no sign that better customers are being won."
    )


@findings_of(LIFETIME)
def lifetime_findings(client: Client, *, horizon_months: int = 36, discount_rate_per_year: float = 0.10) -> list[Finding]:
    """Segments worth more or less than the others."""
    found = lifetime_values(client, horizon_months=horizon_months, discount_rate_per_year=discount_rate_per_year)
    if not found.fits:
        return []
    rows = _compared(client, found)
    return [_finding(client, found, row) for row in rows[rows["apart"]].itertuples()] if len(rows) else []


def _finding(client: Client, found: LifetimeValues, row: object) -> Finding:
    group = found.groups[(found.groups["kind"] == "segment") & (found.groups["group"] == row.segment)].iloc[0]
    currency = client.params.currency
    estimate = Estimate(float(group["value"]), float(group["low"]), float(group["high"]), int(group["n"]))
    return Finding(
        STEP,
        f"{row.segment}: a customer is worth {row.words} than in the other segments, {number(estimate.value, 'money', currency=currency)} against "
        f"{number(row.rest, 'money', currency=currency)} over {found.horizon_months} months.",
        f"95% interval {_ends(estimate, currency)}, n = {estimate.n:,}; rank test against all others {p_words(row.p)} after correction.",
        "Ask what they come back for, and win more like them."
        if row.words == "more"
        else "Look into what keeps them from coming back before spending more on them.",
        GROUPS,
        kind="strength" if row.words == "more" else "problem",
        estimate=estimate,
    )


def _compared(client: Client, found: LifetimeValues) -> pd.DataFrame:
    """Each segment's expected worth against that of all others: Mann and Whitney's test, corrected, the means pointing the same way."""
    least = max(FEWEST_IN_GROUP, client.params.report.minimum_group)
    customers = found.customers[found.customers["segment"] != NO_SEGMENT]
    sizes = customers["segment"].value_counts()
    rows = []
    for name in sorted(sizes.index[sizes >= least]):
        inside = customers["segment"] == name
        own, rest = customers.loc[inside, "clv"], customers.loc[~inside, "clv"]
        if len(rest) < least:
            continue
        test = mannwhitneyu(own, rest)
        ahead = test.statistic > len(own) * len(rest) / 2
        rows.append((name, float(test.pvalue), float(rest.mean()), "more" if ahead else "less", ahead == (own.mean() > rest.mean())))
    frame = pd.DataFrame(rows, columns=["segment", "p", "rest", "words", "alike"])
    if frame.empty:
        return frame.assign(apart=[])
    corrected = benjamini_hochberg(frame["p"].to_numpy())
    return frame.assign(p=corrected, apart=(corrected <= SIGNIFICANT) & frame["alike"])


def _shown(client: Client, found: LifetimeValues, kind: str) -> pd.DataFrame:
    least = max(FEWEST_IN_GROUP, client.params.report.minimum_group)
    return found.groups[(found.groups["kind"] == kind) & (found.groups["n"] >= least)].reset_index(drop=True)


def _summary(client: Client, found: LifetimeValues) -> Table:
    values = found.customers["clv"]
    rows = [("Expected of all customers", found.equity.value, found.equity.low, found.equity.high)]
    rows += [("Mean of a customer", *(end / len(values) for end in found.equity[:3]))]
    names = ((0.1, "Tenth"), (0.5, "Half"), (0.9, "Nine in ten"))
    rows += [(f"{name} of customers are worth less than", float(values.quantile(q)), np.nan, np.nan) for q, name in names]
    return Table(
        pd.DataFrame(rows, columns=["what", "value", "low", "high"]),
        "Lifetime value in numbers",
        units=dict.fromkeys(("value", "low", "high"), "money"),
        labels={"what": "Over all customers", "value": "Value", "low": "95% from", "high": "to"},
        note=(
            f"{found.model}, over {found.horizon_months} months, discounted at {found.discount_rate_per_year:.0%} a year, each month's value at its end. "
            f"Measured in {found.measured_in}. For a single customer the interval is wide, from nothing to several times the value: figures of "
            "single customers rank them, they do not foretell."
        ),
        currency=client.params.currency,
    )


def _models(held: Forecast) -> Table:
    frame = held.models.assign(came=float(held.came))
    return Table(
        frame,
        "Models of buying again, fitted before the cut",
        units={"log_likelihood": "number", "expected": "count", "came": "count"},
        labels={"model": "Model", "log_likelihood": "Log-likelihood", "expected": "Purchases forecast", "came": "Purchases that came"},
        note=(
            "The likeliest model before the cut is used; a higher log-likelihood is better, and all have four parameters; where nobody is seen to leave none of them can be fitted, and NBD, "
            "which knows no leaving, stands in. The forecast holds if the "
            "purchases that came lie within the 98% prediction interval or within a fifth of the forecast, and if no more of them than chance, or a "
            f"quarter, fell to customers with other numbers of repeats than forecast (here {held.misplaced:.0%}). A company that behaves just as the "
            "model says passes in at least 95 of 100 cases."
        ),
    )


def _money(estimate: Estimate, currency: str) -> str:
    return number(estimate.value, "money", currency=currency)


def _ends(estimate: Estimate, currency: str) -> str:
    return interval(estimate, "money", currency=currency)
