"""What customers cost beside what they bring, drawn, tabled, read and concluded from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts import customer_value as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding
from cvclib.kpis import NO_SEGMENT
from cvclib.methods.estimate import Estimate
from cvclib.methods.skewed import FEWEST_SKEWED
from cvclib.steps.coming_back import SIGNIFICANT
from cvclib.steps.cost_to_serve import COSTS, FEWEST_TO_TEST, PARTS, beside, by_segment, cells, parts_supplied, standing_out
from cvclib.steps.kpi_words import STEP
from cvclib.steps.questions import Question, TooFewAnswersError, exhibit_of, findings_of, reading_of
from cvclib.wording import interval, joined, number, p_words

BESIDE = "Cost to serve beside the margin that customers bring"
BY_SEGMENT = "Cost to serve and margin of a customer, by segment"
COST = Question(
    "What does a customer cost beside what they bring?",
    ("orders.margin", COSTS),
    "With the margin of orders and the cost of contacts, service cases, discounts or returns it would show who costs more than they bring.",
)
MARGIN = "Margin before discounts and returns"


@exhibit_of(COST, STEP)
def cost_figure(client: Client) -> Figure:
    """Customers by what they cost to serve and what they bring, in cells of several customers."""
    told = beside(client)
    frame, straight, hidden = cells(client)
    if len(frame) < 2:
        raise TooFewAnswersError(f"{told.n} customers ordered in the period: too few to draw what they cost beside what they bring.")
    figure = charts.cost_beside_value(
        frame, straight=straight, show=lambda x: number(x, "money", currency=client.params.currency, decimals=0), brings=MARGIN
    )
    shown = frame.sort_values("n", ascending=False)[["costs", "brings", "n"]].head(20)
    note = "The cells with most customers, twenty at most; a square's area is its number of customers, grey where costs and margin are about equal. "
    note += f"{hidden:,} customers stand in cells of fewer than {client.params.report.minimum_group} and are not drawn." if hidden else ""
    data = Table(
        shown,
        "Cost to serve beside margin, in numbers",
        units={"costs": "count", "brings": "count", "n": "count"},
        labels={"costs": f"Costs about, {client.params.currency}", "brings": f"Brings about, {client.params.currency}", "n": "Customers"},
        note=note.strip(),
        currency=client.params.currency,
    )
    return Figure(figure, BESIDE, read_cost(client).text, data)


@reading_of(COST)
def read_cost(client: Client) -> Reading:
    """What a customer costs and brings, how many cost more than they bring, and what others cost."""
    told = beside(client)
    said = [
        f"A customer who ordered in the period brought {_money(client, told.brings)} of margin before discounts and returns, and cost "
        f"{_money(client, told.costs)} to serve ({joined([PARTS[part] for part in parts_supplied(client)])}): "
        f"{_money(client, told.left)} remained (mean and 95% interval, n = {told.n:,}).",
        f"{number(told.losing.value, 'share')} ({interval(told.losing, 'share')}) cost more than they brought, {_sum(client, told.lost)} in all.",
    ]
    if told.others_n >= client.params.report.minimum_group and told.others_cost > 0:
        said.append(
            f"A further {_sum(client, told.others_cost)} went to {told.others_n:,} people who did not order in the period, prospects among them."
        )
    return Reading(" ".join([*said, *_segments_said(client)]))


@exhibit_of(COST, STEP)
def cost_table(client: Client) -> Table:
    """What a customer of each segment costs, by part, what they bring, and what remains."""
    frame = by_segment(client)
    frame = frame[(frame["segment"] != NO_SEGMENT) | frame["n"].notna()]
    parts = [part for part in PARTS if part in frame]
    shown = pd.DataFrame({"segment": ["All", *frame["segment"].iloc[1:]], "n": frame["n"].to_numpy()})
    if len(shown) == 2 and shown["segment"].iloc[1] == NO_SEGMENT:
        shown, frame = shown.iloc[:1], frame.iloc[:1]
    shown["brings"] = frame["brings"].to_numpy() if "brings" in frame else np.nan
    for name in ("costs", "remains"):
        shown[name] = [_cell(client, frame, i, name) for i in range(len(frame))]
    for part in parts:
        shown[part] = frame[part].to_numpy()
    shown["orders"] = (frame["n_orders"] / frame["n"]).to_numpy()
    smallest = client.params.report.minimum_group
    return Table(
        shown,
        BY_SEGMENT,
        units={"n": "count", "brings": "count", "orders": "number", **dict.fromkeys(parts, "count")},
        labels={
            "n": "n",
            "costs": "Cost to serve",
            "brings": "Margin",
            "remains": "Remains",
            "orders": "Orders",
            **{part: PARTS[part].capitalize() for part in parts},
        },
        note=(
            f"{client.params.currency} a customer who ordered in the period, with 95% interval; then the parts of the cost to serve. Margins and costs of customers are skewed: the interval is Hall's, which "
            f"heeds that and covers as it says from about {FEWEST_SKEWED} customers on. ▲ higher and ▼ lower than the other segments after correction "
            f"(Benjamini–Hochberg, 5%; segments of {FEWEST_TO_TEST} or more). A dash: fewer than {smallest}. Margins are taken to be after "
            "discounts, so that discounts count as a cost and are added to the margin; a returned order gives its margin back. A contact booked as "
            "a service case and as an interaction counts as both."
        ),
        currency=client.params.currency,
    )


@findings_of(COST)
def cost_findings(client: Client) -> list[Finding]:
    """Segments of which more or less remains after cost to serve than of the others."""
    try:
        told = beside(client)
    except MissingDataError:
        return []
    if client.segment:
        return []
    found = []
    frame = by_segment(client).set_index("segment")
    for segment, rest, p in standing_out(client, "remains"):
        row = frame.loc[segment]
        estimate = Estimate(row["remains"], row["remains_low"], row["remains_high"], int(row["n"]))
        more = estimate.value > rest
        found.append(
            Finding(
                STEP,
                f"{segment}: {_sum(client, estimate.value)} remains of a customer after cost to serve, against {_sum(client, rest)} of the "
                f"others compared.",
                f"95% interval {_ends(estimate)}, n = {estimate.n:,}; all customers {_money(client, told.left)}. They bring {_sum(client, row['brings'])} "
                f"and cost {_sum(client, row['costs'])}; {p_words(p)} after correction over segments.",
                "Win more customers like these."
                if more
                else "Look at what serving them takes, and at what they buy, before winning more of them.",
                BY_SEGMENT,
                estimate=estimate,
                kind="strength" if more else "problem",
            )
        )
    return found


def _segments_said(client: Client) -> list[str]:
    if client.segment:
        return []
    frame = by_segment(client)
    tested = int(frame["remains_p"].notna().sum())
    if tested < 2:
        return []
    said = []
    for name, words in (("costs", "Cost to serve"), ("remains", "What remains")):
        own = frame.set_index("segment")[name]
        sides = [f"{s} ({'above' if own[s] > rest else 'below'} the others, {p_words(p)})" for s, rest, p in standing_out(client, name)]
        none = f"{words} differs in none of the {tested} segments that can be compared beyond what chance explains."
        said.append(f"{words} differs in {joined(sides)}." if sides else none)
    return said


def _cell(client: Client, frame: pd.DataFrame, i: int, name: str) -> str | None:
    row = frame.iloc[i]
    if pd.isna(row["n"]) or not np.isfinite(row[name]):
        return None
    mark = ""
    p = row.get(f"{name}_p", np.nan)
    if p <= SIGNIFICANT:
        mark = " ▲" if row[name] > frame[name].iloc[0] else " ▼"
    ends = [number(float(row[f"{name}_{end}"]), "money", decimals=0) for end in ("low", "high")]
    return f"{number(float(row[name]), 'money', decimals=0)}{mark} ({ends[0]} to {ends[1]})"


def _money(client: Client, estimate: Estimate) -> str:
    return f"{_sum(client, estimate.value)} ({_ends(estimate)})"


def _ends(estimate: Estimate) -> str:
    return " to ".join(number(x, "money", decimals=0) for x in (estimate.low, estimate.high))


def _sum(client: Client, value: float) -> str:
    return number(float(value), "money", currency=client.params.currency, decimals=0)
