"""Where customers change hands between departments, how long they wait there, and whether it costs satisfaction.

A handoff is two touches of one journey, one after the other, in two departments. The department is that of the
touch, else the one that owns the touchpoint; touches of neither are passed over. The wait is the time between
the two touches: it holds what the customer takes as well as what the company takes.
"""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.methods import agreement, handovers, shares
from cvclib.methods import event_log as el
from cvclib.methods.estimate import Estimate
from cvclib.steps.journeys import with_departments
from cvclib.steps.questions import once_per_client
from cvclib.tables import METRICS

NEEDS = ("interactions", "interactions.department|touchpoints.owner_department")
SAME_DEPARTMENT = "same department"
PREDICTORS = {"n_handoffs": "number of handoffs", "longest_wait_hours": "longest wait at a handoff"}
MOST_GROUPS = 5  # of customers, by number of handoffs


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
    """Share of handoffs that come straight back: from A to B and, with the next handoff or touch, to A again.

    Only handoffs count after which the journey goes on.
    """
    log = with_departments(client)
    order = ibis.window(group_by="case", order_by="position")
    log = log.mutate(before=log.activity.lag().over(order))
    met = log.filter(log.before.notnull(), log.next_activity.notnull(), log.before != log.activity)
    row = met.aggregate(n=met.count(), back=(met.next_activity == met.before).sum().fill_null(0)).to_pandas().iloc[0]
    return shares.share(int(row["back"]), int(row["n"]))


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
