"""What each touchpoint costs the company, and what it is worth to the customer.

Cost comes from activities and the touchpoints they serve (activity-based), else from what interactions
cost. Value is measured in two ways that answer two questions: how much of the customers' experience a
touchpoint makes up, and what the customer would pay for the next best alternative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import ibis
import numpy as np
import pandas as pd
from scipy import stats

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods import shares
from cvclib.methods.estimate import Z_95
from cvclib.methods.resampling import percentile_interval
from cvclib.methods.value_index import TOLERANCE, control_zone, value_index, zone
from cvclib.steps import activity_map
from cvclib.steps.answers import fewest
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_questions import ALPHA

SATISFACTION_METRICS = ("csat", "overall", "nps")  # the first that was asked about touchpoints
NPS_SCALE = (0, 10)
BALANCED = "in balance"
NOT_SURE = "cannot be told"  # verdict where the interval reaches over an edge of the zone

# Columns of `value_to_the_customer`: a time, a year, a customer.
WORTH = (
    "touchpoint", "cost", "low", "high", "booked", "full_cost", "full_low", "full_high", "alternative", "surplus", "surplus_low",
    "surplus_high", "p_adjusted", "ratio", "times_a_year", "times_a_year_low", "times_a_year_high", "annual_cost", "annual_alternative",
    "annual_surplus", "annual_surplus_low", "annual_surplus_high", "times_a_customer", "customer_surplus", "customer_surplus_low",
    "customer_surplus_high", "customers",
)  # fmt: skip

CostBasis = Literal["activities", "interactions"]


@dataclass(frozen=True)
class TouchpointCosts:
    """Cost of each touchpoint.

    Parameters
    ----------
    frame : pandas.DataFrame
        The dearest first: ``touchpoint``, ``annual_cost``, ``cost_share``, ``interactions_a_year``,
        ``cost_per_interaction``.
    basis : {"activities", "interactions"}
        Activity-based, or what was booked on the interactions.
    untied : float
        Annual cost of activities tied to no touchpoint; 0 where the basis is interactions.
    """

    frame: pd.DataFrame
    basis: CostBasis
    untied: float


@once_per_client
def touchpoint_costs(client: Client) -> TouchpointCosts:
    """Cost of each touchpoint in a year.

    Parameters
    ----------
    client : Client

    Returns
    -------
    TouchpointCosts
        Activity-based as in step 1; where activities are not supplied, what the period's interactions cost,
        brought to a year.

    Raises
    ------
    MissingDataError
        If there are neither activities with a cost nor interactions with one.
    TooFewAnswersError
        If no touchpoint carries a cost.
    """
    if client.has("activities.annual_cost", "activity_touchpoints.touchpoint"):
        costs = activity_map.touchpoint_costs(client)
        tied = costs["touchpoint"] != activity_map.NO_TOUCHPOINT
        untied, basis = float(costs["annual_cost"][~tied].sum()), "activities"
        frame = costs[tied].rename(columns={"cost_per_touch": "cost_per_interaction", "touches_a_year": "interactions_a_year"})
    elif client.has("interactions.cost"):
        frame, untied, basis = _booked(client), 0.0, "interactions"
    else:
        raise MissingDataError(client.missing("activities.annual_cost", "activity_touchpoints.touchpoint"))
    frame = frame[frame["annual_cost"] > 0].reset_index(drop=True)
    if frame.empty:
        raise TooFewAnswersError("No touchpoint carries a cost.")
    frame["cost_share"] = frame["annual_cost"] / frame["annual_cost"].sum()
    columns = ["touchpoint", "annual_cost", "cost_share", "interactions_a_year", "cost_per_interaction"]
    return TouchpointCosts(
        frame.sort_values(["annual_cost", "touchpoint"], ascending=[False, True], ignore_index=True)[columns], basis, untied
    )


@once_per_client
def cost_and_value(
    client: Client, *, tolerance: float = TOLERANCE, min_answers: int = 30, replicates: int = 2_000, seed: int = 1
) -> pd.DataFrame:
    """Set each touchpoint's share of the cost against its share of the value that customers receive.

    Parameters
    ----------
    client : Client
    tolerance : float
        Tanaka's q, as a share.
    min_answers : int
        Satisfaction answers that a touchpoint needs.
    replicates, seed : int
        Of the simulation behind the interval.

    Returns
    -------
    pandas.DataFrame
        ``touchpoint``, ``reach`` (share of the period's customers who met it), ``satisfaction`` (0 to 1 of
        the scale), ``value_share``, ``low``, ``high``, ``cost_share``, ``index``, ``index_low``,
        ``index_high``, ``zone``, ``verdict`` (the zone where it is sure, corrected over the touchpoints, else
        that it cannot be told), ``n`` (answers); the lowest index first. Shares are over the touchpoints that
        have both.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If costs, interactions or satisfaction by touchpoint are missing, or two touchpoints cannot be compared.

    Notes
    -----
    The value of a touchpoint is taken as ``reach × satisfaction``: how many customers it serves, times how
    well they say it did, after the expectancy-value model in which attitude is the sum over attributes of
    weight times evaluation [1]_. It says how much of the experience a touchpoint makes up, not what would
    happen without it. Value index and control zone are Tanaka's [2]_. The interval draws satisfaction and
    reach anew, the latter with the covariances that come from customers who met several touchpoints; costs are
    taken as given.

    References
    ----------
    .. [1] M. Fishbein, "An investigation of the relationships between beliefs about an object and the attitude
       toward that object", Human Relations 16, 1963.
    .. [2] M. Tanaka, "Cost planning and control systems in the design phase of a new product", 1989.
    """
    frame, copies, _ = cost_and_value_draws(client, min_answers=min_answers, replicates=replicates, seed=seed)
    frame = frame.copy()
    frame["low"], frame["high"] = percentile_interval(copies)
    for end, share in (("index", "value_share"), ("index_low", "low"), ("index_high", "high")):
        frame[end] = value_index(frame[share], frame["cost_share"])
    frame["zone"] = zone(frame["value_share"], frame["cost_share"], tolerance)
    frame["verdict"] = _verdicts(frame, copies, tolerance)
    columns = [
        "touchpoint",
        "reach",
        "satisfaction",
        "value_share",
        "low",
        "high",
        "cost_share",
        "index",
        "index_low",
        "index_high",
        "zone",
        "verdict",
        "n",
    ]
    return frame.sort_values(["index", "touchpoint"], ignore_index=True)[columns]


@once_per_client
def cost_and_value_draws(
    client: Client, *, min_answers: int = 30, replicates: int = 2_000, seed: int = 1
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Touchpoints with cost, reach and satisfaction, and draws of their value shares and satisfaction together.

    Parameters
    ----------
    client : Client
    min_answers, replicates, seed : int
        As in `cost_and_value`.

    Returns
    -------
    (pandas.DataFrame, ndarray, ndarray)
        ``touchpoint``, ``annual_cost``, ``reach``, ``satisfaction``, ``error``, ``n``, ``value_share``, ``cost_share``; then value shares and
        satisfaction of shape (replicates, touchpoints), each row one draw.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        As `cost_and_value` does.
    """
    costs = touchpoint_costs(client).frame
    client.require("interactions.touchpoint", "survey.touchpoint")
    reach = _reach(client)
    frame = costs[["touchpoint", "annual_cost"]].merge(reach, on="touchpoint").merge(_satisfaction(client), on="touchpoint")
    minimum = fewest(client, min_answers)
    frame = frame[(frame["n"] >= minimum) & (frame["satisfaction"] > 0)].reset_index(drop=True)
    if len(frame) < 2:
        raise TooFewAnswersError(
            f"Fewer than two touchpoints have a cost, interactions and {minimum} satisfaction answers; shares compare at least two."
        )
    value = frame["reach"] * frame["satisfaction"]
    frame["value_share"], frame["cost_share"] = value / value.sum(), frame["annual_cost"] / frame["annual_cost"].sum()
    both = _reached_both(client, frame["touchpoint"].tolist())
    return frame, *_value_shares_again(frame, both, replicates, np.random.default_rng(seed))


def _verdicts(frame: pd.DataFrame, copies: np.ndarray, tolerance: float) -> list[str]:
    """The zone where it is sure: the interval all on one side of the edges, and off balance beyond chance among all touchpoints."""
    low, high = control_zone(frame["cost_share"], tolerance)
    value = frame["value_share"].to_numpy(float)
    beyond = np.maximum(np.maximum(low - value, value - high), 0)
    error = np.nanstd(copies, axis=0, ddof=1)
    p = shares.benjamini_hochberg(np.where(beyond > 0, 2 * stats.norm.sf(beyond / np.where(error > 0, error, np.inf)), 1.0))
    ends = zip(zone(frame["low"], frame["cost_share"], tolerance), zone(frame["high"], frame["cost_share"], tolerance), strict=True)
    return [
        start if start == end and (start == BALANCED or chance < ALPHA) else NOT_SURE for (start, end), chance in zip(ends, p, strict=True)
    ]


@once_per_client
def value_to_the_customer(client: Client) -> pd.DataFrame:
    """Compare what a touchpoint costs the company with what the customer would pay for the next best alternative.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        A row a touchpoint with a priced alternative that was met in the period, the largest surplus first. A time:
        ``cost`` with ``low`` and ``high``, ``booked`` (whether it is what was booked on the interactions, else the
        full cost), ``full_cost`` with ``full_low`` and ``full_high`` (NaN if not known), ``alternative``,
        ``surplus`` (alternative less cost) with ``surplus_low``, ``surplus_high``, ``p_adjusted`` (that it is nought;
        corrected over the touchpoints) and ``ratio``. A year: ``times_a_year``, ``annual_cost``,
        ``annual_alternative``, ``annual_surplus``, each but the costs with ``…_low`` and ``…_high``. A customer who
        met it in the period: ``times_a_customer``, ``customer_surplus`` with ``…_low`` and ``…_high``, ``customers``.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        If alternatives, costs or interactions are missing.

    Notes
    -----
    Economic value to the customer: what is worth having is worth at most what its next best alternative
    costs. A retailer's van brings a bed for little; the customer without one would hire it. The booked cost
    tells what one time more costs, the full cost what it takes to be able to offer it at all.

    What a time costs is a mean of bookings with Student's interval (and a test that heeds their skewness [2]_), or the annual cost over a count. Customers
    come at random and bring their own number of times ``c``: the variance of the count is ``Σc²`` (compound
    Poisson). Errors of products are carried by the delta method. The alternative is given, not sampled.

    References
    ----------
    .. [1] J. L. Forbis, N. T. Mehta, "Value-based strategies for industrial products", Business Horizons 24, 1981.
    .. [2] P. Hall, "On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54, 1992.
    """
    client.require("touchpoints.customer_alternative_cost", "interactions.touchpoint")
    full = touchpoint_costs(client)
    priced = client.tables.touchpoints.select("touchpoint", alternative="customer_alternative_cost").to_pandas().dropna()
    frame = priced.merge(_met(client), on="touchpoint")
    frame["full_cost"] = frame["touchpoint"].map(full.frame.set_index("touchpoint")["cost_per_interaction"])
    if full.basis == "interactions" or client.segment:  # one segment's touches do not carry the cost of all
        frame["full_cost"] = np.nan
    frame["booked"] = frame["cost"].notna()
    frame = frame[frame["booked"] | frame["full_cost"].notna()]
    if frame.empty:
        raise TooFewAnswersError("No touchpoint has a priced alternative, a cost and interactions in the period.")
    frame = _a_time(frame).pipe(_a_year, client.period.days).pipe(_a_customer)
    return frame.sort_values(["surplus", "touchpoint"], ascending=[False, True], ignore_index=True)[list(WORTH)]


def _met(client: Client) -> pd.DataFrame:
    """How often and by how many customers each touchpoint was met in the period, and the mean booked cost, summed in the engine."""
    met = client.in_period(client.tables.interactions, "at")
    by_customer = met.group_by("touchpoint", "customer_id").aggregate(
        times=met.count(), n=met.cost.count(), cost=met.cost.sum(), squares=(met.cost * met.cost).sum(), cubes=(met.cost**3).sum()
    )
    known = by_customer.customer_id.notnull()
    frame = by_customer.group_by("touchpoint").aggregate(
        times=by_customer.times.sum(), n=by_customer.n.sum(), booked_sum=by_customer.cost.sum(), booked_squares=by_customer.squares.sum(),
        booked_cubes=by_customer.cubes.sum(),
        customers=known.sum(), of_customers=by_customer.times.sum(where=known),
        times_squares=ibis.ifelse(known, by_customer.times * by_customer.times, by_customer.times).sum(),
        customer_squares=(by_customer.times * by_customer.times).sum(where=known),
    ).order_by("touchpoint").to_pandas().astype({"booked_sum": float, "booked_squares": float, "booked_cubes": float})  # fmt: skip
    n = frame["n"].where(frame["n"] > 0)
    frame["cost"] = frame["booked_sum"] / n
    variance = ((frame["booked_squares"] - n * frame["cost"] ** 2) / (n - 1).where(n > 1)).clip(lower=0)
    frame["error"] = np.sqrt(variance / n)
    frame["skewness"] = _skewness(frame, n, variance)
    return frame.assign(reach=stats.t.ppf(0.975, np.maximum(frame["n"] - 1, 1)) / Z_95)


def _skewness(frame: pd.DataFrame, n: pd.Series, variance: pd.Series) -> pd.Series:
    """Of the booked costs; few bookings show little of it, so none counts as less skewed than the touchpoints on the whole."""
    mean = frame["cost"]
    third = frame["booked_cubes"] / n - 3 * mean * frame["booked_squares"] / n + 2 * mean**3
    spread = (variance * (n - 1) / n).where(variance > 0)
    own = third / spread**1.5
    told = own.notna()
    usual = np.average(own[told], weights=n[told]) if told.any() else 0.0
    return own.clip(lower=usual).fillna(0.0)


def _unskewed(ratio: pd.Series, n: pd.Series, skewness: pd.Series) -> pd.Series:
    """Hall's transformation of Student's t for the mean of skewed values, here costs, whose cheap samples look surer than they are."""
    each = ratio / np.sqrt(n)
    return np.sqrt(n) * (each + skewness * each**2 / 3 + skewness**2 * each**3 / 27 + skewness / (6 * n))


def _a_time(frame: pd.DataFrame) -> pd.DataFrame:
    """Cost and surplus of one time; `error` is that of the cost, in standard errors of the normal distribution."""
    counted = np.sqrt(frame["times_squares"]) / frame["times"]  # error of the count, as a share of it
    frame = frame.assign(
        full_low=frame["full_cost"] / (1 + Z_95 * counted), full_high=frame["full_cost"] / (1 - Z_95 * counted).clip(lower=0)
    )
    frame["error"] = np.where(frame["booked"], frame["error"] * frame["reach"], frame["full_cost"] * counted)
    frame["cost"] = frame["cost"].fillna(frame["full_cost"])
    half = Z_95 * frame["error"]
    booked = frame["booked"]
    frame["low"] = np.where(booked, frame["cost"] - half, frame["full_low"])
    frame["high"] = np.where(booked, frame["cost"] + half, frame["full_high"])
    frame["surplus"], frame["ratio"] = frame["alternative"] - frame["cost"], frame["alternative"] / frame["cost"].where(frame["cost"] > 0)
    frame["surplus_low"], frame["surplus_high"] = frame["alternative"] - frame["high"], frame["alternative"] - frame["low"]
    # A booked cost is a mean, of skewed values; a full cost is one over a count, whose logarithm is nearer to normal. Few of them: Student's t.
    # A flat rate, booked alike each time, is sure.
    flat = np.where(frame["surplus"] == 0, 0.0, np.inf)
    ratio = -frame["surplus"] / frame["error"].where(frame["error"] > 0) * frame["reach"]
    by_mean = np.where(frame["error"] == 0, flat, np.abs(_unskewed(ratio, frame["n"], frame["skewness"])))
    by_count = np.abs(np.log(frame["alternative"].where(frame["alternative"] > 0) / frame["cost"])) / counted
    freedom = np.where(booked, frame["n"], frame["customers"]) - 1
    p = 2 * stats.t.sf(np.where(booked, by_mean, by_count), np.maximum(freedom, 1))
    return frame.assign(p_adjusted=shares.benjamini_hochberg(p))


def _a_year(frame: pd.DataFrame, days: float) -> pd.DataFrame:
    per_year = activity_map.DAYS_PER_YEAR / days
    times, error = frame["times"] * per_year, np.sqrt(frame["times_squares"]) * per_year
    surplus, wrong = frame["surplus"] * times, np.hypot(times * frame["error"], frame["surplus"] * error)
    return frame.assign(
        times_a_year=times, times_a_year_low=(times - Z_95 * error).clip(lower=0), times_a_year_high=times + Z_95 * error,
        annual_cost=frame["cost"] * times, annual_alternative=frame["alternative"] * times,
        annual_surplus=surplus, annual_surplus_low=surplus - Z_95 * wrong, annual_surplus_high=surplus + Z_95 * wrong,
    )  # fmt: skip


def _a_customer(frame: pd.DataFrame) -> pd.DataFrame:
    """Times and surplus of a customer who met the touchpoint in the period, over the customers known by number."""
    customers = frame["customers"].where(frame["customers"] > 0)
    times = frame["of_customers"].astype(float) / customers
    variance = ((frame["customer_squares"] - customers * times**2) / (customers - 1).where(customers > 1)).clip(lower=0)
    surplus, wrong = frame["surplus"] * times, np.hypot(times * frame["error"], frame["surplus"] * np.sqrt(variance / customers))
    return frame.assign(
        times_a_customer=times, customer_surplus=surplus,
        customer_surplus_low=surplus - Z_95 * wrong, customer_surplus_high=surplus + Z_95 * wrong,
    )  # fmt: skip


def cost_by_kind(client: Client) -> pd.DataFrame:
    """Annual cost of the activities that create value, charge for it or erode it.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``annual_cost``, ``cost_share``, ``activities`` (number); the dearest first.

    Raises
    ------
    MissingDataError
        If activities have no cost or no kind.
    """
    client.require("activities.annual_cost", "activities.kind")
    activities = client.tables.activities
    kind = ibis.coalesce(activities.kind, "not said")
    frame = activities.group_by(kind=kind).aggregate(annual_cost=activities.annual_cost.sum(), activities=activities.count()).to_pandas()
    frame["annual_cost"] = frame["annual_cost"].fillna(0.0)
    frame["cost_share"] = frame["annual_cost"] / frame["annual_cost"].sum()
    frame = frame.sort_values(["annual_cost", "kind"], ascending=[False, True], ignore_index=True)
    return frame[["kind", "annual_cost", "cost_share", "activities"]]


def _booked(client: Client) -> pd.DataFrame:
    """Cost booked on the interactions of the period, brought to a year."""
    met = client.in_period(client.tables.interactions, "at")
    frame = met.group_by("touchpoint").aggregate(n=met.count(), cost=met.cost.sum()).order_by("touchpoint").to_pandas()
    per_year = activity_map.DAYS_PER_YEAR / client.period.days
    frame["annual_cost"], frame["interactions_a_year"] = frame["cost"].fillna(0) * per_year, frame["n"] * per_year
    return frame.assign(cost_per_interaction=frame["annual_cost"] / frame["interactions_a_year"])


def _reach(client: Client) -> pd.DataFrame:
    met = client.in_period(client.tables.interactions, "at")
    customers = met.customer_id.nunique().to_pandas()
    reach = met.group_by("touchpoint").aggregate(reached=met.customer_id.nunique()).to_pandas()
    return reach.assign(reach=reach["reached"] / customers if customers else np.nan, customers=customers)


def _reached_both(client: Client, touchpoints: list[str]) -> np.ndarray:
    """Number of customers who met each two of the touchpoints, counted in the engine."""
    met = client.in_period(client.tables.interactions, "at")
    met = met.filter(met.touchpoint.isin(touchpoints), met.customer_id.notnull()).select("customer_id", "touchpoint").distinct()
    pairs = met.join(met.view().rename(other="touchpoint"), "customer_id")
    counts = pairs.group_by("touchpoint", "other").aggregate(n=pairs.count()).to_pandas()
    return counts.pivot_table(index="touchpoint", columns="other", values="n", fill_value=0).reindex(
        index=touchpoints, columns=touchpoints, fill_value=0
    ).to_numpy(float)  # fmt: skip


def _satisfaction(client: Client) -> pd.DataFrame:
    """Mean satisfaction by touchpoint on a scale from 0 to 1, with its standard error."""
    survey = client.tables.survey
    if client.has("survey.responded_at"):
        survey = client.in_period(survey, "responded_at")
    answers = survey.filter(survey.touchpoint.notnull(), survey.metric.isin(SATISFACTION_METRICS))
    columns = ["touchpoint", "metric", "score", "weight"]
    answers = answers.group_by(*columns).aggregate(n=answers.count()).order_by(*columns).to_pandas()  # few answers differ
    metric = next((m for m in SATISFACTION_METRICS if (answers["metric"] == m).any()), None)
    answers = answers[answers["metric"] == metric]
    low, high = NPS_SCALE if metric in (None, "nps") else getattr(client.params.scales, metric)
    rows = []
    for touchpoint, group in answers.groupby("touchpoint"):
        weights = group["weight"].fillna(1.0).to_numpy(float).repeat(group["n"])
        mean = shares.mean(((group["score"].to_numpy(float) - low) / (high - low)).repeat(group["n"]), weights)
        rows.append((touchpoint, mean.value, (mean.high - mean.low) / (2 * Z_95), mean.n))
    return pd.DataFrame(rows, columns=["touchpoint", "satisfaction", "error", "n"])


def _value_shares_again(frame: pd.DataFrame, both: np.ndarray, replicates: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Value shares with reach and satisfaction drawn anew from their sampling distributions, and the satisfaction drawn."""
    customers = max(int(frame["customers"].iloc[0]), 1)
    reach = frame["reach"].to_numpy(float)
    covariance = (both / customers - np.outer(reach, reach)) / customers
    reached = np.clip(rng.multivariate_normal(reach, covariance, size=replicates, check_valid="ignore", method="eigh"), 0, 1)
    satisfaction = rng.normal(frame["satisfaction"].to_numpy(float), frame["error"].fillna(0).to_numpy(float), size=reached.shape)
    value = reached * np.clip(satisfaction, 0, 1)
    total = value.sum(axis=1, keepdims=True)
    return np.divide(value, total, out=np.full(value.shape, np.nan), where=total > 0), satisfaction
