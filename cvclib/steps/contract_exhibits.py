"""How long customers stay under contract, drawn, read and concluded from."""

from __future__ import annotations

import math

import pandas as pd

from cvclib.charts import retention as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.kpis import NO_SEGMENT
from cvclib.methods import survival
from cvclib.steps.coming_back import SIGNIFICANT, Apart, compared, curve_of, estimates_at, standing_out
from cvclib.steps.coming_back_exhibits import FEWEST_FOLLOWED, FEWEST_IN_GROUP
from cvclib.steps.contracts import EARLY_MONTHS, early_losses, kept_in_period, losses_by_age, stays, unseen_before
from cvclib.steps.kpi_words import STEP
from cvclib.steps.questions import Question, TooFewAnswersError, exhibit_of, findings_of, reading_of
from cvclib.wording import interval, joined, number, p_words, with_evidence

STAYING = "Share of contracts still running by age, and share lost a month at each age, with 95% intervals"
CONTRACTS = Question(
    "How long do customers stay under contract?",
    ("subscriptions",),
    "With the first and last day of each contract it would show how long customers stay, and how much revenue is kept.",
)
HORIZONS_MONTHS = (1, 3, 6, 12, 24, 36, 48, 60)
QUESTIONS = 2  # asked of the same curves: do segments differ, and do most leave early


def staying_figure(client: Client) -> Figure | Gap | Reading:
    """Survival of contracts with Greenwood's intervals, beside the loss a month by age."""
    if not client.has("subscriptions") and client.has("orders"):  # most clients have orders or contracts, not both
        return Reading("No contracts are supplied: these customers come back order by order, and none of them says goodbye.")
    return _staying_figure(client)


@exhibit_of(CONTRACTS, STEP)
def _staying_figure(client: Client) -> Figure:
    counted = _enough(client)
    named = [apart.segment for apart in _standing_out(client, counted)]
    curves = {"All contracts": _drawn(counted)}
    curves |= {name: _drawn(counted[counted["segment"] == name]) for name in named[: charts.MOST_CURVES - 2]}
    if named:
        rest = counted[~counted["segment"].isin([*named, NO_SEGMENT])]
        others = rest["segment"].unique()
        curves |= {others[0] if len(others) == 1 else "All other segments": _drawn(rest)} if rest["n"].sum() >= FEWEST_IN_GROUP else {}
    losses = losses_by_age(counted)
    losses = losses[losses["contracts"] >= max(FEWEST_FOLLOWED, client.params.report.minimum_group)]
    figure = charts.staying(
        charts.Panel("Still running", curves), losses, xlabel="Months since the contract began", ylabel="Share of contracts",
        losses_label="Lost a month, of those running",
    )  # fmt: skip
    return Figure(figure, STAYING, read_staying(client).text, _numbers(client, counted))


@reading_of(CONTRACTS)
def read_staying(client: Client) -> Reading:
    """How many still run after a time, how many are lost a month, how much revenue is kept, whether segments differ."""
    counted = _enough(client)
    curve = curve_of(counted, "months")
    told = [f"{number(e.value, 'share')} ({interval(e, 'share')}) after {_in_months(t)}" for t, e in _at(counted, (3, 12, 24, 48))]
    n, lost = int(counted["n"].sum()), int(counted.loc[counted["happened"], "n"].sum())
    said = [f"Of {n:,} stays under contract {lost:,} have ended."]
    said += [f"Still running, with 95% interval: {joined(told)}."] if told else []
    half = survival.time_until(curve)
    said += (
        [f"Half have left by month {half.value:,.0f}."] if not math.isnan(half.value) else ["Fewer than half have left in the time seen."]
    )
    return Reading(" ".join([*said, *_kept_said(client), *_early_said(counted), *_segments_said(client, counted), *_caution(client)]))


@findings_of(CONTRACTS)
def contract_findings(client: Client) -> list[Finding]:
    """Losses that fall early, and segments that stay longer or shorter than the others."""
    counted = _enough(client)
    found = []
    losses = early_losses(counted)
    if losses.p * QUESTIONS <= SIGNIFICANT and losses.early.value > losses.later.value:
        found.append(
            Finding(
                STEP,
                f"Contracts are lost early: {number(losses.early.value, 'share')} a month in the first {EARLY_MONTHS} months, "
                f"{number(losses.later.value, 'share')} a month after that.",
                f"95% interval {interval(losses.early, 'share')} against {interval(losses.later, 'share')}, {losses.early.n:,} and "
                f"{losses.later.n:,} lost; exact test of one rate {p_words(losses.p * QUESTIONS)} after correction.",
                "Look after new contracts in their first weeks; ask those who leave why.",
                STAYING,
                estimate=losses.early,
            )
        )
    return found + [_segment_finding(counted, apart) for apart in _standing_out(client, counted)]


def _segment_finding(counted: pd.DataFrame, apart: Apart) -> Finding:
    own, rest = apart.sides(counted)
    at_own, at_rest = dict(_at(own, HORIZONS_MONTHS)), dict(_at(rest, HORIZONS_MONTHS))
    month = max((t for t in at_own if t in at_rest and t <= 12), default=min(HORIZONS_MONTHS))
    one, other = (dict(estimates_at(curve_of(part, "months"), (month,), 1))[month] for part in (own, rest))
    longer = one.value > other.value
    return Finding(
        STEP,
        f"{apart.segment}: contracts run {'longer' if longer else 'shorter'} than those of {apart.others}; {number(one.value, 'share')} still run "
        f"after {_in_months(month)}, against {number(other.value, 'share')}.",
        f"Kaplan–Meier, 95% interval {interval(one, 'share')} against {interval(other, 'share')}, n = {one.n:,} and {other.n:,}; log-rank test over "
        f"the whole time {p_words(apart.p)} after correction.",
        "Ask what keeps them, and offer it to the others." if longer else "Ask those who leave why, before winning more of them.",
        STAYING,
        estimate=one,
        kind="strength" if longer else "problem",
    )


def _enough(client: Client) -> pd.DataFrame:
    counted = stays(client)
    n = int(counted["n"].sum())
    if n < max(FEWEST_IN_GROUP, client.params.report.minimum_group):
        raise TooFewAnswersError(f"There are {n} contracts up to the end of the period, too few to tell how long customers stay.")
    return counted


def _standing_out(client: Client, counted: pd.DataFrame) -> list[Apart]:
    if client.segment:
        return []
    return standing_out(counted, "months", smallest=max(FEWEST_IN_GROUP, client.params.report.minimum_group), questions=QUESTIONS)


def _at(counted: pd.DataFrame, months: tuple[int, ...]) -> list[tuple[int, survival.Estimate]]:
    return [(int(t), e) for t, e in estimates_at(curve_of(counted, "months"), months, FEWEST_FOLLOWED)]


def _drawn(counted: pd.DataFrame) -> pd.DataFrame:
    curve = curve_of(counted, "months")
    return curve[curve["at_risk"] >= FEWEST_FOLLOWED].rename(columns={"survival": "share"})[["time", "share", "low", "high"]]


def _kept_said(client: Client) -> list[str]:
    kept = kept_in_period(client)
    said = []
    if not math.isnan(kept.lost.value):
        rate = kept.lost
        said.append(
            f"In the period {number(rate.value, 'share')} of the running contracts were lost a month ({interval(rate, 'share')}, {rate.n:,} lost)."
        )
    if kept.gross and kept.net and kept.gross.n >= client.params.report.minimum_group:
        said.append(
            f"Of the revenue a month at its beginning {with_evidence(kept.gross, 'share')} was left at its end (gross revenue retention); with what "
            f"the same customers added, {number(kept.net.value, 'share')} ({interval(kept.net, 'share')}; net)."
        )
    return said


def _early_said(counted: pd.DataFrame) -> list[str]:
    losses = early_losses(counted)
    if math.isnan(losses.p):
        return []
    if losses.p * QUESTIONS > SIGNIFICANT:
        return [f"Losses in the first {EARLY_MONTHS} months are not clearly different from later ones."]
    faster = "faster" if losses.early.value > losses.later.value else "more slowly"
    return [f"Contracts are lost {faster} in the first {EARLY_MONTHS} months than later ({p_words(losses.p * QUESTIONS)}, corrected)."]


def _segments_said(client: Client, counted: pd.DataFrame) -> list[str]:
    tested = compared(counted, "months", smallest=max(FEWEST_IN_GROUP, client.params.report.minimum_group))["p"].notna().sum()
    if client.segment or tested < 2:
        return []
    named = _standing_out(client, counted)
    if not named:
        return [
            f"None of the {tested} segments that can be compared stays longer or shorter beyond what chance explains (log-rank, corrected)."
        ]
    return [f"Different from the other segments (log-rank, corrected): {joined([f'{one.segment} ({p_words(one.p)})' for one in named])}."]


def _caution(client: Client) -> list[str]:
    unseen = unseen_before(client)
    if unseen is None:
        return []
    start, end = unseen
    return [
        f"Contracts began from {start:%B %Y} on, yet the first end on record is of {end:%B %Y}: those that ended before seem not to be "
        "in the data, and customers then look more loyal than they are."
    ]


def _numbers(client: Client, counted: pd.DataFrame) -> Table:
    minimum = max(FEWEST_IN_GROUP, client.params.report.minimum_group)
    sizes = counted[counted["segment"] != NO_SEGMENT].groupby("segment")["n"].sum()
    names = sorted(sizes.index[sizes >= minimum])
    groups = [("All", counted), *((name, counted[counted["segment"] == name]) for name in names if len(names) > 1)]
    rows = []
    for name, part in groups:
        told = dict(_at(part, HORIZONS_MONTHS))
        row: dict[str, object] = {"group": name, "n": int(part["n"].sum()), "ended": int(part.loc[part["happened"], "n"].sum())}
        rows.append(row | {f"month {t}": f"{number(e.value, 'share')} ({interval(e, 'share')})" for t, e in told.items()})
    columns = ["group", "n", "ended", *(f"month {t}" for t in _fitting(counted))]
    return Table(
        pd.DataFrame(rows).reindex(columns=columns).astype(object).where(lambda frame: frame.notna(), None),
        "Contracts still running, in numbers",
        units={"n": "count", "ended": "count"},
        labels={"group": "Customers", "n": "Stays", "ended": "Ended"},
        note=(
            "Kaplan–Meier: contracts still running are followed to the end of the period, not dropped. Greenwood's variance, 95% intervals on the "
            "log-log scale, which stay within 0 and 100%. A contract that follows another of the same customer within a month goes on with it. "
            "A dash: too few followed so long. Lost a month: contracts ended, over all months that contracts ran at that age."
        ),
    )


def _fitting(counted: pd.DataFrame) -> list[int]:
    """Up to five ages: those that anybody can be followed to, the first of them left out where there are more."""
    told = [t for t, _ in _at(counted, HORIZONS_MONTHS)]
    return told[-5:]


def _in_months(months: int) -> str:
    return f"{months} month{'' if months == 1 else 's'}"
