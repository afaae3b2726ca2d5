"""The loyalty ladder: on which rung customers stand, and how many climb, step down or leave between two periods.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from cvclib.charts import ladder as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.kpis import metrics_supplied
from cvclib.methods import shares
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import PROMOTER_FROM
from cvclib.methods.stratified import compare_shares
from cvclib.params import Period
from cvclib.privacy import suppress_small
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.memo import once_per_client
from cvclib.steps.recommendation import NOTHING_TO_READ, STEP, answers
from cvclib.steps.referral import all_referrals
from cvclib.wording import interval, joined, number, p_words

CAPTION = "The loyalty ladder: who stands where, and who moved"
SILENT_DAYS = 365  # without any sign of life for so long, a customer has left the ladder
LEFT, PROSPECT, FIRST, REPEAT, CONTRACT, PROMOTER, REFERRER = range(7)
RUNGS = {
    PROSPECT: ("Prospect", "known, without an order"),
    FIRST: ("First-time customer", "one order"),
    REPEAT: ("Repeat customer", "two orders or more"),
    CONTRACT: ("Contract holder", "a contract that runs"),
    PROMOTER: ("Promoter", "a customer whose latest answer is 9 or 10"),
    REFERRER: ("Referrer", "a customer who referred somebody"),
}
SURE = 0.025  # corrected p below which a segment is said to differ: every client is given this look, none asked for it
EARLIEST = date(1900, 1, 1)  # answers of all times count
MOVES = ("up", "down", "out")
NO_STEP_DOWN = (PROSPECT, FIRST, REPEAT, REFERRER)  # orders and referrals are not undone
NO_BASE = Gap(
    STEP,
    "How many customers stand on which rung of the loyalty ladder, and who climbs?",
    ("orders", "customers"),
    "With orders of known customers it shows how many come back, become advocates, or leave.",
)


@dataclass(frozen=True, eq=False)
class Ladder:
    """The rungs at the end of two periods, and the moves between them.

    Parameters
    ----------
    rungs : pandas.DataFrame
        From the top: ``rung`` (number), ``name``, ``n_before``, ``n``, ``new`` (of these, not known at the first date), and of those who stood there before
        ``up``, ``down``, ``out`` with ``_low`` and ``_high`` (0 to 1).
    segments : pandas.DataFrame
        ``segment``, ``n``; ``up`` and ``lost`` (down or out) with ``_low``, ``_high`` (0 to 1); the differences from the others at equal rungs ``up_gap``,
        ``lost_gap`` with ``_low``, ``_high``, and their corrected ``up_p``, ``lost_p``.
    n_left : int
        Who had left by the second date.
    """

    rungs: pd.DataFrame
    segments: pd.DataFrame
    n_left: int


@once_per_client
def ladder(client: Client, *, silent_days: int = SILENT_DAYS) -> Ladder:
    """Count customers by rung at the end of the period and of the one before, and their moves.

    Parameters
    ----------
    client : Client
    silent_days : int
        Who gave no sign of life (order, contract, touch, lead, answer, referral) for so long has left.

    Returns
    -------
    Ladder

    Raises
    ------
    MissingDataError
        If the client supplies no orders or no customers.

    Notes
    -----
    A customer stands on the highest rung whose rule they meet at the date: one order, two or more, a running contract, a latest
    answer of 9 or 10, a referral made. Rungs that the client's tables cannot show are left out.
    """
    client.require("orders", "customers")
    states = _states(client, silent_days)
    cells = states.group_by("segment", "before", "after").agg(n=ibis._.count()).order_by("segment", "before", "after").to_pandas()
    return Ladder(_rungs(cells, _known_rungs(client)), _segments(cells), int(cells.loc[cells["after"] == LEFT, "n"].sum()))


def ladder_chart(client: Client, *, silent_days: int = SILENT_DAYS) -> Figure | Gap | Reading:
    """Show how many stand on each rung, and the shares that climbed, stepped down or left."""
    if gap := ladder_gap(client):
        return gap
    found = ladder(client, silent_days=silent_days)
    minimum = client.params.report.minimum_group
    rungs = _blanked(found.rungs, minimum)
    if not rungs["n"].notna().any():
        return Reading("No customer of the period can be placed on a rung: orders are not tied to known customers.")
    columns = ["name", "n_before", "n", "new", *(f"{move}{end}" for move in MOVES for end in ("", "_low", "_high"))]
    units = {**dict.fromkeys(("n_before", "n", "new"), "count"), **dict.fromkeys(columns[4:], "share")}
    pads = dict(zip(MOVES, ("", " ", "  "), strict=True))  # headings must differ from each other
    labels = {
        "name": "Rung", "n_before": f"At the end of {client.previous_period.end:%b %Y}", "n": f"At the end of {client.period.end:%b %Y}", "new": "New since",
        "up": "Climbed", "down": "Stepped down", "out": "Left",
        **{f"{move}_low": f"95% from{pad}" for move, pad in pads.items()}, **{f"{move}_high": f"to{pad}" for move, pad in pads.items()},
    }  # fmt: skip
    rules = "; ".join(f"{RUNGS[rung][0].lower()}: {RUNGS[rung][1]}" for rung in sorted(rungs["rung"]))
    note = (
        f"The highest rung whose rule is met: {rules}. Left: no order, contract, touch, answer or referral for {silent_days:,} days. "
        "Orders from before the data begin are not seen, so some of the first-time customers may be older ones."
    )
    table = Table(rungs[columns], f"{CAPTION}, in numbers", units, labels, note)
    alt = "; ".join(f"{row.name_}: {int(row.n):,}" for row in rungs.dropna(subset="n").rename(columns={"name": "name_"}).itertuples())
    return Figure(
        charts.ladder(rungs, before=f"{client.previous_period.end:%b %Y}", now=f"{client.period.end:%b %Y}"), CAPTION, f"{alt}.", table
    )


def ladder_reading(client: Client, *, silent_days: int = SILENT_DAYS) -> Reading | None:
    """Say in words where most is lost and won, and whether segments differ."""
    if ladder_gap(client):
        return NOTHING_TO_READ
    found = ladder(client, silent_days=silent_days)
    rungs = _blanked(found.rungs, client.params.report.minimum_group).dropna(subset="out")
    if rungs.empty:
        return None
    words = []
    climbing = rungs.dropna(subset="up")
    if len(climbing):
        best = climbing.loc[climbing["up"].idxmax()]
        words.append(
            f"The largest share climbs from the rung {best['name'].lower()}: {_evidence(best, 'up')} of those who stood there at the end of {client.previous_period.end:%B %Y}."
        )
    customers = rungs[rungs["rung"] > PROSPECT]
    if len(customers) and customers["out"].max() > 0:
        worst = customers.loc[customers["out"].idxmax()]
        words.append(f"Among customers the largest share leaves from the rung {worst['name'].lower()}: {_evidence(worst, 'out')}.")
    elif len(customers):
        words.append("No customer left the ladder.")
    clear = [text for text, *_ in _clear(found)]
    tested = found.segments[["up_p", "lost_p"]].notna().to_numpy().any()
    if clear:
        words.append(f"Compared at equal rungs: {joined(clear)}.")
    elif tested:
        words.append("At equal rungs the segments climb and leave alike, as far as chance lets one see.")
    return Reading(" ".join(words))


def ladder_findings(client: Client, *, silent_days: int = SILENT_DAYS) -> list[Finding]:
    """Segments that climb or leave otherwise than the others; else that they are alike."""
    if ladder_gap(client):
        return []
    found = ladder(client, silent_days=silent_days)
    tested = found.segments[["up_p", "lost_p"]].to_numpy(dtype=float)
    if not (tested == tested).any():
        return []
    made = [
        Finding(
            STEP, claim=f"On the loyalty ladder {text}.", estimate=gap, table=CAPTION, kind="strength" if good else "problem",
            evidence=f"Difference at equal rungs {number(gap.value, 'share', signed=True)}, 95% interval {interval(gap, 'share', signed=True)}, n = {gap.n:,}, "
            f"corrected {p_words(p)}.",
            action="Find out what they are offered after the first order, and offer it to the others." if good else "Ask them what is missing, before they leave.",
        )
        for text, gap, p, good in _clear(found)
    ]  # fmt: skip
    if made:
        return made[:2]
    least = float(pd.Series(tested.ravel()).min())
    return [
        Finding(
            STEP, claim="The segments climb the loyalty ladder and leave it alike.", table=CAPTION, kind="no signal",
            evidence=f"No difference at equal rungs beyond chance (smallest corrected {p_words(least)}, n = {int(found.segments['n'].sum()):,}).",
            action="Do not set up a programme by segment on this evidence.",
        )
    ]  # fmt: skip


def ladder_gap(client: Client) -> Gap | None:
    """What is missing to count the rungs; None if nothing is."""
    tied = client.has("orders.customer_id") or client.has("accounts", "orders.account_id")
    if client.has("orders", "customers") and tied:
        return None
    lacks = [need for need in NO_BASE.needs if not client.has(need)]
    return Gap(STEP, NO_BASE.question, tuple(lacks) or ("orders.customer_id",), NO_BASE.brings)


def _known_rungs(client: Client) -> list[int]:
    asked = "nps" in metrics_supplied(client) and (client.has("survey.customer_id") or client.has("survey.order_id"))
    told = {
        CONTRACT: client.has("subscriptions.customer_id"),
        PROMOTER: asked and client.has("survey.responded_at"),
        REFERRER: client.has("referrals") or client.has("customers.referred_by", "customers.acquired_at"),
    }
    return [rung for rung in RUNGS if told.get(rung, True)]


def _states(client: Client, silent_days: int) -> ir.Table:
    """Rung of each customer at the two dates: ``segment``, ``before``, ``after``; 0 for who has left, NULL for who was not known yet."""
    ends = [pd.Timestamp(period.until) for period in (client.previous_period, client.period)]
    customers = client.tables.customers
    each = customers.group_by("customer_id").agg(segment=ibis._.segment.min(), acquired_at=ibis._.acquired_at.min())
    events = _events(client)
    for place, end in enumerate(ends):
        until = ibis.timestamp(str(end))
        past = events.filter(events["at"] < until)
        seen = past.group_by(who="customer_id").agg(
            last=past["at"].max(),
            n_orders=past.count(where=past.kind == "order"),
            running=(past.kind == "contract").any()
            & (past.ended_at.isnull() | (past.ended_at >= until)).any(where=past.kind == "contract"),
            referred=(past.kind == "referral").any(),
            latest_score=past.score.argmax(past["at"], where=past.kind == "answer"),
        )
        named = {name: f"{name}_{place}" for name in ("last", "n_orders", "running", "referred", "latest_score")}
        seen = seen.select(**{f"who_{place}": seen.who}, **{new: seen[old] for old, new in named.items()})
        each = each.left_join(seen, each.customer_id == seen[f"who_{place}"])
        each = each.mutate(**{("before", "after")[place]: _rung(each, place, end, silent_days)})
    return each.select("segment", "before", "after")


def _rung(each: ir.Table, place: int, end: pd.Timestamp, silent_days: int) -> ir.IntegerValue:
    known, until = each[f"who_{place}"].notnull(), ibis.timestamp(str(end))
    alive = (each[f"last_{place}"] >= ibis.timestamp(str(end - pd.Timedelta(days=silent_days)))) | each[f"running_{place}"]
    orders, running = each[f"n_orders_{place}"], each[f"running_{place}"]
    customer = (orders > 0) | running
    won = each.acquired_at.notnull() & (each.acquired_at < until)
    recently = won & (each.acquired_at >= ibis.timestamp(str(end - pd.Timedelta(days=silent_days))))
    return ibis.cases(
        (~known & ~won, ibis.null("int8")),
        (~known, ibis.ifelse(recently, PROSPECT, LEFT)),
        (~alive, LEFT),
        (customer & each[f"referred_{place}"], REFERRER),
        (customer & (each[f"latest_score_{place}"] >= PROMOTER_FROM), PROMOTER),
        (running, CONTRACT),
        (orders >= 2, REPEAT),
        (orders == 1, FIRST),
        else_=PROSPECT,
    )


def _events(client: Client) -> ir.Table:
    """All signs of life: ``customer_id``, ``at``, ``kind``, ``score``, ``ended_at``."""
    no_score, no_end = ibis.null("float64"), ibis.null("timestamp")

    def shaped(table: ir.Table, who: str, at: ir.Value, kind: str, score: ir.Value = no_score, ended_at: ir.Value = no_end) -> ir.Table:
        rows = table.select(customer_id=table[who], at=at.cast("timestamp"), kind=ibis.literal(kind), score=score.cast("float64"),
                            ended_at=ended_at.cast("timestamp"))  # fmt: skip
        return rows.filter(rows.customer_id.notnull(), rows["at"].notnull())

    orders = orders_of_customers(client)
    orders = orders.filter(orders.cancelled_at.isnull())
    parts = [shaped(orders, "known_customer_id", orders.ordered_at, "order")]
    rungs = _known_rungs(client)
    if CONTRACT in rungs:
        held = client.whole("subscriptions")
        parts.append(shaped(held, "customer_id", held.started_at, "contract", ended_at=held.ended_at))
    if PROMOTER in rungs:
        said = answers(client, Period(start=EARLIEST, end=client.period.end))
        parts.append(shaped(said, "customer_id", said.responded_at, "answer", score=said.score))
    if REFERRER in rungs:
        told = all_referrals(client)
        parts.append(shaped(told, "referrer_id", told.referred_at, "referral"))
    if client.has("interactions.customer_id"):
        touched = client.whole("interactions")
        parts.append(shaped(touched, "customer_id", touched["at"], "touch"))
    if client.has("leads.customer_id"):
        leads = client.whole("leads")
        parts.append(shaped(leads, "customer_id", leads.created_at, "lead"))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _rungs(cells: pd.DataFrame, known: list[int]) -> pd.DataFrame:
    rows = []
    for rung in sorted(known, reverse=True):
        stood = cells[cells["before"] == rung]
        n_before = int(stood["n"].sum())
        moved = {
            "up": int(stood.loc[stood["after"] > rung, "n"].sum()),
            "down": int(stood.loc[(stood["after"] < rung) & (stood["after"] != LEFT), "n"].sum()),
            "out": int(stood.loc[stood["after"] == LEFT, "n"].sum()),
        }
        now = cells[cells["after"] == rung]
        row = {
            "rung": rung,
            "name": RUNGS[rung][0],
            "n_before": n_before,
            "n": int(now["n"].sum()),
            "new": int(now.loc[now["before"].isna(), "n"].sum()),
        }
        for move, count in moved.items():
            possible = not (move == "up" and rung == max(known)) and not (move == "down" and rung in NO_STEP_DOWN)
            row.update(_named(shares.share(count, n_before) if possible else shares.share(0, 0), move))
        rows.append(row)
    return pd.DataFrame(rows)


def _segments(cells: pd.DataFrame) -> pd.DataFrame:
    stood = cells[cells["before"].notna() & (cells["before"] != LEFT) & cells["segment"].notna()]
    stood = stood.assign(
        up=stood["n"].where(stood["after"] > stood["before"], 0), lost=stood["n"].where(stood["after"].fillna(LEFT) < stood["before"], 0)
    )
    rows = []
    for segment in sorted(stood["segment"].unique()):
        own, others = (
            stood[same].groupby("before")[["n", "up", "lost"]].sum() for same in (stood["segment"] == segment, stood["segment"] != segment)
        )
        rungs = own.index.union(others.index)
        own, others = own.reindex(rungs, fill_value=0), others.reindex(rungs, fill_value=0)
        row = {"segment": segment, "n": int(own["n"].sum())}
        for move in ("up", "lost"):
            row.update(_named(shares.share(int(own[move].sum()), row["n"]), move))
            compared = compare_shares(own[move], own["n"], others[move], others["n"])
            enough = min(row["n"], int(others["n"].sum())) >= 30
            row.update(_named(compared.difference, f"{move}_gap"), **{f"{move}_p": compared.p_value if enough else float("nan")})
        rows.append(row)
    frame = pd.DataFrame(
        rows,
        columns=[
            "segment",
            "n",
            *(f"{m}{e}" for m in ("up", "up_gap", "lost", "lost_gap") for e in ("", "_low", "_high")),
            "up_p",
            "lost_p",
        ],
    )
    corrected = shares.benjamini_hochberg(frame[["up_p", "lost_p"]].to_numpy(dtype=float).ravel()).reshape(-1, 2)
    return frame.assign(up_p=corrected[:, 0], lost_p=corrected[:, 1])


def _named(estimate: Estimate, name: str) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _blanked(rungs: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Rungs with the small ones blanked: who stands there now, and the moves of those who stood there."""
    now = suppress_small(rungs[["rung", "name", "n"]], minimum=minimum, keep=("rung", "name"))
    new = rungs["new"].where((rungs["new"] >= minimum) | (rungs["new"] == 0))
    moves = suppress_small(rungs.drop(columns=["n", "new"]), n="n_before", minimum=minimum, keep=("rung", "name"))
    return moves.assign(n=now["n"], new=new.where(now["n"].notna()))


def _evidence(row: pd.Series, move: str) -> str:
    estimate = Estimate(row[move], row[f"{move}_low"], row[f"{move}_high"], int(row["n_before"]))
    return f"{number(estimate.value, 'share')} (95% interval {interval(estimate, 'share')}, n = {estimate.n:,})"


def _clear(found: Ladder) -> list[tuple[str, Estimate, float, bool]]:
    """Segments that differ from the others: in words, by how much, corrected p, and whether it is good news; the surest first."""
    rows = []
    for row in found.segments.to_dict("records"):
        for move, more, less in (
            ("up", "climb more often", "climb less often"),
            ("lost", "step down or leave more often", "step down or leave less often"),
        ):
            if row[f"{move}_p"] < SURE:
                gap = Estimate(row[f"{move}_gap"], row[f"{move}_gap_low"], row[f"{move}_gap_high"], int(row["n"]))
                rows.append(
                    (
                        f"{row['segment']} {more if gap.value > 0 else less} than the others",
                        gap,
                        row[f"{move}_p"],
                        (gap.value > 0) == (move == "up"),
                    )
                )
    return sorted(rows, key=lambda row: row[2])
