"""The choice of improvements under a budget, as the reader sees it: benefit by budget, who is in when, the reading."""

from __future__ import annotations

import pandas as pd

from cvclib.charts import improvement as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.steps.initiative_words import STEP
from cvclib.steps.portfolio import N_DRAWS, SPREAD, Portfolio, portfolio
from cvclib.steps.questions import Question, exhibit_of, findings_of, reading_of
from cvclib.wording import joined, number

QUESTION = Question(
    "Which improvements fit the budget?",
    ("initiatives.cost", "initiatives.expected_benefit|initiatives.expected_change"),
    "Planned initiatives with a cost and a benefit a year, and with which of them need or exclude each other, show which to choose for a budget.",
)
CAPTION = "Improvements that a budget buys"
SURE = 0.9  # share of draws from which a choice is called firm
MOST_SHOWN = 25


@exhibit_of(QUESTION, STEP)
def portfolio_chart(client: Client, *, budget: float = 0.0) -> Figure | Gap | Reading:
    """The benefit that each budget buys, and at which budgets each initiative is chosen."""
    found = portfolio(client, budget=budget)
    shown = found.frame.head(MOST_SHOWN)
    rows = pd.DataFrame({"name": shown["initiative"], "in_now": shown["chosen"], "says": [f"{number(p, 'share', decimals=0)} of draws" for p in shown["probability"]]})  # fmt: skip
    steps = found.steps.assign(chosen=[chosen[: len(shown)] for chosen in found.steps["chosen"]])
    return Figure(
        charts.choices_by_budget(rows, steps, budget=found.budget, says=lambda v: number(v, "money", currency=client.params.currency, decimals=0)),
        caption=CAPTION,
        alt=f"{_money(client, found.budget)} buys {joined(_chosen(found)) or 'nothing'}: {_money(client, found.benefit)} a year.",
        data=_table(client, found),
    )  # fmt: skip


@reading_of(QUESTION)
def portfolio_reading(client: Client, *, budget: float = 0.0) -> Reading:
    """What the budget buys, how firm the choice is, and what would change it."""
    found = portfolio(client, budget=budget)
    words = [_claim(client, found), _firmness(found)]
    if always := _always(found):
        words.append(f"At every budget that can pay for {'it' if len(always) == 1 else 'them'}: {joined(always)}.")
    if never := found.frame.loc[found.frame["first"].isna(), "initiative"].tolist():
        words.append(f"At no budget: {joined(never)}.")
    words += [f"Not compared: {name}, as {why}." for name, why in found.left_out.items()]
    if found.unknown:
        words.append(f"Under needs or excludes, but no initiative of the list: {joined(list(found.unknown))}.")
    return Reading(" ".join(word for word in words if word))


@findings_of(QUESTION)
def portfolio_findings(client: Client, *, budget: float = 0.0) -> list[Finding]:
    """The best choice for the budget, with how firm it is."""
    found = portfolio(client, budget=budget)
    if not _chosen(found):
        return []
    evidence = (
        f"Integer programme over {len(found.frame)} planned initiatives, costs of {_money(client, found.frame['cost'].sum())} in all; benefits are "
        f"{'as the client states them' if (found.frame['basis'] != 'worked out').all() else 'stated, or the expected change times its worth in the period'}. "
        f"{_firmness(found)}"
    )
    firm = found.frame.loc[found.frame["chosen"] & (found.frame["probability"] >= SURE), "initiative"].tolist()
    action = f"Begin with {joined(firm)}." if firm else "Estimate costs and benefits more closely before choosing."
    return [Finding(STEP, _claim(client, found), evidence, action, CAPTION, kind="chance")]


def _claim(client: Client, found: Portfolio) -> str:
    chosen = _chosen(found)
    if not chosen:
        return f"No planned initiative both pays and fits a budget of {_money(client, found.budget)}."
    return (
        f"Within {_money(client, found.budget)}, {joined(chosen)} {'brings' if len(chosen) == 1 else 'bring'} most: "
        f"{_money(client, found.benefit)} a year expected, for {_money(client, found.cost)}."
    )


def _firmness(found: Portfolio) -> str:
    doubtful = found.frame[(found.frame["probability"] > 1 - SURE) & (found.frame["probability"] < SURE)]
    if doubtful.empty:
        return "The choice hardly changes when the benefits are drawn from their ranges."
    nearest = doubtful.loc[(doubtful["probability"] - 0.5).abs().sort_values(kind="stable").index].head(3)
    says = [f"{row.initiative} ({number(row.probability, 'share', decimals=0)})" for row in nearest.itertuples()]
    firm = int(((found.frame["probability"] >= SURE) & found.frame["chosen"]).sum())
    return (
        f"With the benefits drawn from their ranges, {firm or 'none'} of the {int(found.frame['chosen'].sum())} stay in at least nine draws of ten; "
        f"most open is whether to choose {joined(says, 'or')}."
    )


def _chosen(found: Portfolio) -> list[str]:
    return found.frame.loc[found.frame["chosen"], "initiative"].tolist()


def _always(found: Portfolio) -> list[str]:
    """In at every budget from the smallest that buys it on."""
    frame = found.frame
    return frame.loc[frame["steady"].notna() & (frame["steady"] <= frame["first"]), "initiative"].tolist()


def _money(client: Client, amount: float) -> str:
    return number(float(amount), "money", currency=client.params.currency, decimals=0)


def _table(client: Client, found: Portfolio) -> Table:
    columns = ["initiative", "cost", "benefit", "low", "high", "basis", "chosen", "first", "steady", "probability"]
    frame = found.frame[columns].assign(chosen=found.frame["chosen"].map({True: "yes", False: "no"}))
    return Table(
        frame, caption="Planned initiatives and the best choice", currency=client.params.currency,
        units={**dict.fromkeys(["cost", "benefit", "low", "high", "first", "steady"], "money"), "probability": "share"},
        labels={"benefit": "Benefit a year", "low": "95% from", "high": "to", "basis": "Benefit is", "chosen": "Chosen now", "first": "First in at",
                "steady": "Always in from", "probability": "Share of draws"},
        note=f"A benefit without a range may be {number(SPREAD, 'share', decimals=0)} lower or higher. Share of draws: of {N_DRAWS} draws of all benefits from "
             "their ranges, how many put it into the best choice for this budget.",
    )  # fmt: skip
