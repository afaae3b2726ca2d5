"""What if an attribute were done better: satisfaction, buying again, and what customers are worth.

Three links, each from the client's own data. Satisfaction on the attributes comes from the questionnaires; buying again (or staying
under contract) on satisfaction from what customers did after they answered; worth from the lifetime values of step 5, where
their model holds. The chain stops at the first link that is missing, and says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import shares
from cvclib.methods.correlation import correlations
from cvclib.methods.what_if import (
    FEWEST_EITHER,
    FEWEST_ROWS,
    Behaviour,
    Carried,
    Slopes,
    Worth,
    adjusted_slopes,
    behaviour_of_counts,
    carry,
    with_tests,
)
from cvclib.steps.answers import attribute_answers
from cvclib.steps.customer_view import orders_of_customers
from cvclib.steps.drivers import Drivers, drivers
from cvclib.steps.lifetime_value import lifetime_values
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_map import MIN_ANSWERS

SURE = 0.05  # corrected p value below which a link is taken as seen
DAYS = 180  # time in which a customer buys again, or has to stay, after answering
DAYS_A_YEAR = 365.25
Behaves = Literal["orders", "contracts"]


@dataclass(frozen=True)
class WhatIf:
    """What improving each attribute brings, as far as the links reach.

    Parameters
    ----------
    frame : pandas.DataFrame
        The attribute that brings most first: ``attribute``, ``slope``, ``p_adjusted``, ``seen`` (whether its slope differs from
        nought), and ``satisfaction``, ``share``, ``worth`` each with ``…_low`` and ``…_high`` (NaN beyond a missing link),
        ``largest`` (probability of bringing most), ``n``.
    by_link : pandas.DataFrame
        A row a link, for the first attribute: ``link``, ``low``, ``high`` of the last of these when this link alone is uncertain.
    change : float
        Points by which each attribute rises.
    metric : str
        The survey metric.
    behaves : {"orders", "contracts", ""}
        What the second link is of; empty where it is missing.
    behaviour : Behaviour or None
    worth : Worth or None
    missing : str
        Why the chain ends where it does, as a sentence; empty where it reaches to money.
    any_driver : bool
        Whether the attributes together tell satisfaction beyond chance.
    """

    frame: pd.DataFrame
    by_link: pd.DataFrame
    change: float
    metric: str
    behaves: str
    behaviour: Behaviour | None
    worth: Worth | None
    missing: str
    any_driver: bool

    @property
    def reaches(self) -> str:
        """The last column that is known: "worth", "share" or "satisfaction"."""
        return "worth" if self.worth is not None else "share" if self.behaviour is not None else "satisfaction"

    @property
    def seen(self) -> pd.DataFrame:
        """Attributes of which it is sure that they bring something; none where the ratings tell nothing of satisfaction."""
        return self.frame[self.frame["seen"]] if self.any_driver else self.frame.iloc[:0]


@once_per_client
def what_if(client: Client, *, change: float = 0.1, days: int = DAYS, min_answers: int = MIN_ANSWERS, seed: int = 1) -> WhatIf:
    """Carry a change in each attribute through satisfaction and buying again to what customers are worth.

    Parameters
    ----------
    client : Client
    change : float
        Points of the performance scale by which an attribute rises: 0.1 is one answer in ten a point higher.
    days : int
        Time in which customers buy again after answering, or have to stay.
    min_answers : int
        Joint answers that an attribute needs.
    seed : int
        All attributes are carried through the same draws.

    Returns
    -------
    WhatIf

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If there are no ratings beside satisfaction with the whole, or too few.
    """
    found = drivers(client, min_answers=min_answers)
    rng = np.random.default_rng(seed)
    slopes = _slopes(client, found, rng)
    behaviour, behaves, missing = _second_link(client, found.metric, days)
    worth, lacks = _third_link(client, behaves, days) if behaviour is not None else (None, missing)
    carried = carry(slopes, change, behaviour, worth, rng=rng)
    return WhatIf(
        _framed(found, slopes, carried), _by_link(slopes, carried), change, found.metric, behaves, behaviour, worth, lacks,
        bool(slopes.p_any < SURE),
    )  # fmt: skip


@once_per_client
def after_answering(client: Client, *, metric: str, behaves: Behaves, days: int = DAYS) -> pd.DataFrame:
    """Count customers by their first answer, and those who bought again, or stayed, in the days after it.

    Parameters
    ----------
    client : Client
    metric : str
        Survey metric.
    behaves : {"orders", "contracts"}
    days : int
        Answers later than so many days before the period's end are left out. Only who had ordered, or was under contract, counts.

    Returns
    -------
    pandas.DataFrame
        ``score``, ``n``, ``did``.

    Raises
    ------
    MissingDataError
        If answers, their customers and times, or what customers did are not supplied.
    """
    client.require("survey.score", "survey.responded_at", "survey.customer_id")
    answers = client.tables.survey
    last = ibis.date(client.period.until) - ibis.interval(days=days)
    answers = answers.filter(
        answers.metric == metric, answers.customer_id.notnull(), answers.responded_at < last,
        answers.responded_at >= ibis.date(min(client.previous_period.start, client.period.start)),
    )  # fmt: skip
    answers = _in_segment(client, answers)
    until = answers.responded_at + ibis.interval(days=days)
    answers = answers.select("customer_id", "response_id", "responded_at", "score", until=until)
    kept = _ordered(client, answers) if behaves == "orders" else _stayed(client, answers)
    first = ibis.row_number().over(group_by="customer_id", order_by=["responded_at", "response_id"])
    kept = kept.mutate(place=first).filter(ibis._.place == 0)
    counted = kept.group_by("score").aggregate(n=kept.count(), did=kept.did.sum().fill_null(0))
    return counted.order_by("score").to_pandas()


def _ordered(client: Client, answers: ir.Table) -> ir.Table:
    orders = orders_of_customers(client)
    orders = orders.filter(orders.cancelled_at.isnull(), orders.known_customer_id.notnull())
    orders = orders.select(who="known_customer_id", when="ordered_at")
    both = answers.inner_join(orders, answers.customer_id == orders.who)
    before, after = both.when <= both.responded_at, (both.when > both.responded_at) & (both.when <= both.until)
    counted = both.group_by("customer_id", "response_id", "responded_at", "score").aggregate(
        n_before=before.cast("int64").sum(), n_after=after.cast("int64").sum()
    )
    return counted.filter(counted.n_before > 0).mutate(did=(ibis._.n_after > 0).cast("int64"))


def _stayed(client: Client, answers: ir.Table) -> ir.Table:
    client.require("subscriptions.customer_id", "subscriptions.started_at")
    contracts = client.tables.subscriptions.select("started_at", "ended_at", who="customer_id")
    both = answers.inner_join(contracts, answers.customer_id == contracts.who)
    runs = (both.started_at <= both.responded_at) & (both.ended_at.isnull() | (both.ended_at > both.responded_at))
    both = both.filter(runs)
    stays = (both.ended_at.isnull() | (both.ended_at > both.until)).cast("int64")
    return both.group_by("customer_id", "response_id", "responded_at", "score").aggregate(did=stays.max())


def _in_segment(client: Client, answers: ir.Table) -> ir.Table:
    if not client.segment or not client.has("customers.segment"):
        return answers
    customers = client.tables.customers
    return answers.semi_join(customers.filter(customers.segment == client.segment), "customer_id")


def _slopes(client: Client, found: Drivers, rng: np.random.Generator) -> Slopes:
    """Of satisfaction on the attributes: over complete rows, or over pairs where the driver analysis had to."""
    answers = attribute_answers(client)
    kept = [answers.attributes.index(name) for name in found.attributes]
    ratings, outcome = answers.performance[:, kept], answers.outcome
    if found.result.blanks == "pairs":
        return _slopes_of_pairs(ratings, outcome, answers.weights, rng)
    whole = np.isfinite(ratings).all(axis=1) & np.isfinite(outcome)
    least = FEWEST_ROWS + 10 * len(kept)
    if whole.sum() < least:
        raise TooFewAnswersError(
            f"What if an attribute were done better takes {least} answers that rate all {len(kept)} attributes and the whole; there are "
            f"{int(whole.sum())}."
        )
    try:
        return adjusted_slopes(ratings[whole], outcome[whole], None if answers.weights is None else answers.weights[whole])
    except ValueError as error:
        raise TooFewAnswersError(
            "The attributes are rated so much alike that what one of them does cannot be told from the others."
        ) from error


def _slopes_of_pairs(ratings: np.ndarray, outcome: np.ndarray, weights: np.ndarray | None, rng: np.random.Generator) -> Slopes:
    """From the correlations of every two columns where both are filled; the covariance is that of the bootstrap."""
    known = np.isfinite(outcome) & np.isfinite(ratings).any(axis=1)
    counts = np.where(known, 1.0 if weights is None else weights, 0.0)
    both = correlations(np.column_stack([ratings, outcome]), rng=rng, replicates=500, weights=counts, blanks="pairs")
    matrices = np.concatenate([both.matrix[None], both.replicates])
    standardised = np.linalg.solve(matrices[:, :-1, :-1], matrices[:, :-1, -1:])[..., 0]
    spread = np.array([np.nanstd(column[known]) for column in np.column_stack([ratings, outcome]).T])
    slopes = standardised * spread[-1] / spread[:-1]
    return with_tests(slopes[0], np.atleast_2d(np.cov(slopes[1:].T)), int(both.n_effective))


def _second_link(client: Client, metric: str, days: int) -> tuple[Behaviour | None, str, str]:
    """The behaviour that the client's data show beside the answers, which it is, and why it is missing where it is."""
    lacks = []
    for behaves, words in (("orders", "orders"), ("contracts", "contracts")):
        try:
            counted = after_answering(client, metric=metric, behaves=behaves, days=days)
        except MissingDataError:
            lacks.append(f"no {words} that answers can be tied to by customer and time")
            continue
        did, total = int(counted["did"].sum()), int(counted["n"].sum())
        if min(did, total - did) >= FEWEST_EITHER and len(counted) > 1:
            return behaviour_of_counts(counted["score"], counted["n"], counted["did"]), behaves, ""
        lacks.append(f"{total:,} customers with {words} can be followed for {days} days after answering, of whom {did:,} did so")
    return None, "", f"The link from satisfaction to buying again or staying is missing: {'; '.join(lacks)}."


def _third_link(client: Client, behaves: str, days: int) -> tuple[Worth | None, str]:
    missing = "The link from there to money is missing: "
    try:
        values = lifetime_values(client)
    except (MissingDataError, TooFewAnswersError) as error:
        return None, f"{missing}lifetime values cannot be estimated ({str(error).splitlines()[0].rstrip('.')})."
    if not values.fits:
        return None, f"{missing}{values.verdict}"
    if values.setting != behaves:
        return (
            None,
            f"{missing}the lifetime values are of {values.setting}, while what customers did after answering is known of {behaves}.",
        )
    rate = (1 + values.discount_rate_per_year) ** (days / DAYS_A_YEAR) - 1
    return Worth(values.equity, values.setting, rate), ""


def _framed(found: Drivers, slopes: Slopes, carried: Carried) -> pd.DataFrame:
    columns = {"attribute": list(found.attributes), "slope": slopes.value}
    corrected = shares.benjamini_hochberg(slopes.p)
    frame = pd.DataFrame(columns).assign(p_adjusted=corrected, seen=(corrected < SURE) & (slopes.value > 0))
    for name in ("satisfaction", "share", "worth"):
        values = getattr(carried, name)
        ends = np.full((len(frame), 3), np.nan) if values is None else values
        frame[[name, f"{name}_low", f"{name}_high"]] = ends
    frame = frame.assign(largest=carried.largest, n=slopes.n)
    return frame.sort_values(["slope", "attribute"], ascending=[False, True], ignore_index=True)


def _by_link(slopes: Slopes, carried: Carried) -> pd.DataFrame:
    top = int(np.argmax(slopes.value))
    return pd.DataFrame([(name, *ends[top]) for name, ends in carried.by_link.items()], columns=["link", "low", "high"])
