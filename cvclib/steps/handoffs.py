"""Where customers change hands between departments, how long they wait there, and whether it costs satisfaction.

A handoff is two touches of one journey, one after the other, in two departments. The department is that of the
touch, else the one that owns the touchpoint; touches of neither are passed over. The wait is the time between
the two touches: it holds what the customer takes as well as what the company takes.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.methods import agreement, handovers, quantiles, shares
from cvclib.methods import event_log as el
from cvclib.methods.estimate import Estimate
from cvclib.steps.journeys import with_departments
from cvclib.steps.memo import once_per_client
from cvclib.tables import METRICS

NEEDS = ("interactions", "interactions.department|touchpoints.owner_department")
SAME_DEPARTMENT = "same department"
PREDICTORS = {"n_handoffs": "number of handoffs", "longest_wait_hours": "longest wait at a handoff"}
MOST_GROUPS = 5  # of customers, by number of handoffs
MOST_SHUFFLED = 20_000  # touches whose order is shuffled
HOURS_A_DAY = 24


@once_per_client
def touch_pairs(client: Client) -> pd.DataFrame:
    """All consecutive touches by department, those within one department too.

    Returns
    -------
    pandas.DataFrame
        As `cvclib.methods.event_log.directly_follows`: ``from_activity`` and ``to_activity`` are departments.
    """
    return el.directly_follows(with_departments(client))


def handoffs(client: Client) -> pd.DataFrame:
    """Handoffs between departments: how many, in how many journeys, and the wait.

    Parameters
    ----------
    client : Client
        With ``interactions`` and a department there or in ``touchpoints``.

    Returns
    -------
    pandas.DataFrame
        Most frequent first: ``from_department``, ``to_department``, ``n``, ``n_cases``, ``share_of_cases``, ``mean_hours``,
        ``median_hours``, ``p90_hours``.
    """
    pairs = touch_pairs(client)
    found = pairs[pairs["from_activity"] != pairs["to_activity"]].reset_index(drop=True)
    return found.rename(columns={"from_activity": "from_department", "to_activity": "to_department"})


@once_per_client
def bounces(client: Client) -> Estimate:
    """Share of handoffs that come straight back: from A to B and, with the next handoff, to A again.

    Only handoffs count after which another follows; how many touches B has before is no matter.
    """
    found = _returns(client)
    return handovers.share_over_cases(found["n_back"], found["n_onward"], found["n_cases"])


@once_per_client
def journeys_with_bounces(client: Client) -> Estimate:
    """Share of journeys in which customers are handed from A to B and straight back to A at least once."""
    found = _returns(client)
    return shares.share(int(found.loc[found["n_back"] > 0, "n_cases"].sum()), int(found["n_cases"].sum()))


@once_per_client
def _returns(client: Client) -> pd.DataFrame:
    return handovers.returns(with_departments(client))


@once_per_client
def ping_pong(client: Client) -> pd.DataFrame:
    """Ways from a department to another and straight back: ``department``, ``via``, ``n``, ``n_cases``, most frequent first."""
    return handovers.ping_pong(with_departments(client)).rename(columns={"group": "department"})


@once_per_client
def in_order(client: Client, *, seed: int = 1, permutations: int = 499) -> handovers.InOrder:
    """Handoffs and ways back beside those that the same touches in a chance order would bring.

    Parameters
    ----------
    client : Client
    seed : int
    permutations : int

    Returns
    -------
    cvclib.methods.handovers.InOrder

    Notes
    -----
    Beyond 20,000 touches the journeys that come first by name are shuffled: a test of so many needs no more.
    """
    log = with_departments(client)
    sizes = log.group_by("case").aggregate(n=log.count()).order_by("case").limit(MOST_SHUFFLED + 1).to_pandas()
    last = sizes.loc[sizes["n"].cumsum() <= MOST_SHUFFLED, "case"]
    some = log.filter(log["case"] <= last.iloc[-1]) if 0 < len(last) < len(sizes) else log
    frame = some.select("case", "activity", "position").order_by("case", "position").to_pandas()
    return handovers.in_order(frame["case"], frame["activity"], rng=np.random.default_rng(seed), permutations=permutations)


@once_per_client
def waiting_days(client: Client) -> tuple[Estimate, pd.DataFrame]:
    """Days a journey waits at handoffs, in all and by handoff.

    Parameters
    ----------
    client : Client
        As for `handoffs`.

    Returns
    -------
    (Estimate, pandas.DataFrame)
        Mean days a journey, journeys without a handoff counting as 0, with its interval; and a row a handoff, most days first:
        ``from_department``, ``to_department``, ``n``, ``n_cases``, ``value``, ``low``, ``high`` (days a journey) and ``share`` of all.
    """
    log = with_departments(client)
    n = int(log["case"].nunique().to_pandas())
    handed = log.filter(log.next_activity.notnull(), log.next_activity != log.activity)
    by_case = handed.group_by("case", from_department=handed.activity, to_department=handed.next_activity)
    by_case = by_case.aggregate(days=handed.hours_to_next.sum() / HOURS_A_DAY, n=handed.count())

    def days(table: ir.Table, *by: str) -> pd.DataFrame:
        summed = table.group_by(*by) if by else table
        return summed.aggregate(
            n=table.n.sum(), n_cases=table["case"].nunique(), total=table.days.sum(), squares=(table.days * table.days).sum()
        ).to_pandas()

    each = by_case.group_by("case").aggregate(days=by_case.days.sum(), n=by_case.n.sum())
    row = days(each).fillna(0).iloc[0]
    whole = _mean_over(n, float(row["total"]), float(row["squares"]))
    parts = days(by_case, "from_department", "to_department").sort_values(
        ["total", "from_department"], ascending=[False, True], ignore_index=True
    )
    means = pd.DataFrame([_mean_over(n, t, q) for t, q in zip(parts["total"], parts["squares"], strict=True)], columns=Estimate._fields)
    total = parts["total"].sum()
    frame = parts[["from_department", "to_department", "n", "n_cases"]].join(means[["value", "low", "high"]])
    return whole, frame.assign(share=parts["total"] / total if total > 0 else np.nan)


def _mean_over(n: int, total: float, squares: float) -> Estimate:
    """Mean over journeys, of which those not met add nothing, from a sum and a sum of squares."""
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    spread = np.sqrt(max(squares - total**2 / n, 0.0) / (n - 1)) if n > 1 else np.nan
    found = shares.mean_of_moments(n, total / n, float(spread))
    return found._replace(low=max(found.low, 0.0))


@once_per_client
def slower_than_others(client: Client, *, minimum: int = 20) -> pd.DataFrame:
    """Whether each handoff waits longer than all others: how often it takes longer than their median.

    Parameters
    ----------
    client : Client
    minimum : int
        Fewest handoffs of a kind to be tested.

    Returns
    -------
    pandas.DataFrame
        A row a kind of handoff: ``from_department``, ``to_department``, ``n``, ``median_hours``, ``median_others``, ``share_longer`` (than the median of
        all), ``others_longer``, ``p_value`` (two-sided, adjusted over the rows). The surest first.

    Notes
    -----
    The median test of Brown and Mood: under no difference a handoff takes longer than the median of all handoffs as often as the
    others do. Counts of the same journey are taken as independent.
    """
    log = with_departments(client)
    handed = log.filter(log.next_activity.notnull(), log.next_activity != log.activity)
    kinds = {"from_department": handed.activity, "to_department": handed.next_activity}
    waits = handed.group_by(**kinds, hours=handed.hours_to_next.round(4)).aggregate(n=handed.count()).to_pandas()
    columns = ["from_department", "to_department", "n", "median_hours", "median_others", "share_longer", "others_longer", "p_value"]
    if waits.empty:
        return pd.DataFrame(columns=columns)
    middle = quantiles.quantile_of(waits["hours"], waits["n"]).value
    waits = waits.assign(longer=waits["n"].where(waits["hours"] > middle, 0))
    rows = []
    for names, own in waits.groupby(["from_department", "to_department"]):
        others = waits.drop(own.index)
        n, m = int(own["n"].sum()), int(others["n"].sum())
        if n >= minimum and m >= minimum:
            longer, rest = int(own["longer"].sum()), int(others["longer"].sum())
            p_value = float(stats.fisher_exact([[longer, n - longer], [rest, m - rest]]).pvalue)
            medians = (quantiles.quantile_of(part["hours"], part["n"]).value for part in (own, others))
            rows.append((*names, n, *medians, longer / n, rest / m, p_value))
    frame = pd.DataFrame(rows, columns=columns)
    frame["p_value"] = shares.benjamini_hochberg(frame["p_value"].to_numpy(dtype=float))
    return frame.sort_values(["p_value", "n"], ascending=[True, False], ignore_index=True)


def silos(client: Client) -> pd.DataFrame:
    """E-I index of each department and of all: ``group``, ``external``, ``internal``, ``ei_index``."""
    return handovers.ei_index(touch_pairs(client))


@once_per_client
def by_customer(client: Client) -> pd.DataFrame:
    """Handoffs, waits and satisfaction of each customer who answered in the period.

    Parameters
    ----------
    client : Client
        With ``survey.customer_id`` beside what `handoffs` needs.

    Returns
    -------
    pandas.DataFrame
        A row a customer and metric, without the customer's name or number: ``metric``, ``score`` (mean of their
        answers), ``n_handoffs``, ``longest_wait_hours`` (NaN without a handoff), ``n_touches``.
    """
    client.require("survey", "survey.customer_id")
    log = with_departments(client)
    handed = (log.next_activity != log.activity).fill_null(False)
    journeys = log.group_by("customer_id").aggregate(
        n_touches=log.count(), n_handoffs=handed.sum(), longest_wait_hours=log.hours_to_next.max(where=handed)
    )
    answers = client.tables.survey
    answers = answers.filter(answers.customer_id.notnull(), answers.score.notnull())
    if client.has("survey.responded_at"):
        late, early = answers.responded_at >= ibis.date(client.period.until), answers.responded_at < ibis.date(client.period.start)
        answers = answers.filter(answers.responded_at.isnull() | ~(late | early))
    scored = answers.group_by("customer_id", "metric").aggregate(score=answers.score.mean())
    joined = scored.inner_join(journeys, "customer_id").order_by("metric", "customer_id")
    return joined.select("metric", "score", "n_handoffs", "longest_wait_hours", "n_touches").to_pandas()


@once_per_client
def relation_to_satisfaction(client: Client, *, minimum: int = 30) -> pd.DataFrame:
    """Rank correlation of handoffs and waits with satisfaction, as such and beside the number of touches.

    Parameters
    ----------
    client : Client
        As in `by_customer`.
    minimum : int
        Fewest customers for a correlation to be tried.

    Returns
    -------
    pandas.DataFrame
        A row a metric and predictor: ``metric``, ``predictor``, ``rho``, ``low``, ``high``, ``n``, ``p_value``; ``beside``
        (Spearman's correlation with the number of touches held fixed) with ``beside_low``, ``beside_high``,
        ``beside_p_value``. p values are adjusted over all rows of the table.

    Notes
    -----
    A customer with more touches has more handoffs whatever departments do, and calls more often when
    dissatisfied: hence the second correlation. Neither shows that handoffs cause anything.
    """
    people, rows = by_customer(client), []
    for metric in METRICS:
        for predictor in PREDICTORS:
            known = people[people["metric"] == metric].dropna(subset=[predictor])
            if len(known) >= minimum and known[predictor].nunique() > 1:
                plain = agreement.spearman(known[predictor], known["score"])
                beside = agreement.spearman(known[predictor], known["score"], given=known["n_touches"])
                rows.append((metric, predictor, *plain.rho, plain.p_value, *beside.rho[:3], beside.p_value))
    columns = ["metric", "predictor", "rho", "low", "high", "n", "p_value", "beside", "beside_low", "beside_high", "beside_p_value"]
    frame = pd.DataFrame(rows, columns=columns)
    adjusted = shares.benjamini_hochberg([*frame["p_value"], *frame["beside_p_value"]])
    return frame.assign(p_value=adjusted[: len(frame)], beside_p_value=adjusted[len(frame) :])


def satisfaction_by_handoffs(client: Client) -> tuple[str, pd.DataFrame]:
    """Mean satisfaction of customers by how often they were handed over.

    Returns
    -------
    (str, pandas.DataFrame)
        The metric that most customers answered (empty without one), and ``handoffs`` (such as 2 or 3 to 5; groups of about equal size), ``value``,
        ``low``, ``high``, ``n``; groups below the minimum group left out.
    """
    people = by_customer(client)
    if people.empty:
        return "", pd.DataFrame(columns=["handoffs", "value", "low", "high", "n"])
    metric = people["metric"].value_counts().sort_index().idxmax()
    people = people[people["metric"] == metric]
    counts = people["n_handoffs"].astype(int)
    edges = sorted(set(counts.quantile(np.linspace(0, 1, MOST_GROUPS + 1)[1:], interpolation="lower")))
    if counts.nunique() <= MOST_GROUPS:
        edges = sorted(set(counts))
    rows, low = [], int(counts.min())
    for high in edges:
        group = people[counts.between(low, high)]
        if len(group) >= client.params.report.minimum_group:
            rows.append((str(low) if low == high else f"{low} to {high}", *shares.mean(group["score"])))
        low = int(high) + 1
    return metric, pd.DataFrame(rows, columns=["handoffs", "value", "low", "high", "n"])
