"""What the persons of a demonstration client live through: journeys, deliveries, buying again, leaving.

Times are days since the first day of the data; what lies beyond its last day has not been seen yet and is
cut off by the one who writes the files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy import stats

from cvclib.demo.population import N_DAYS
from cvclib.demo.truths import ATTRIBUTES, DELIVERY, FUNNEL, GRADE_NOISE, HALO, MEAN_GRADE, PlantedTruths
from cvclib.demo.vocabulary import CODE

FIRST_DAY = date(2024, 1, 1)
DAYS_PER_WEEK = 7
MOST_LOOPS = 12  # rounds from showroom to comparison; more do not happen in practice
LOST_AFTER_DAYS = 30
COMFORT_CALL_SHARE = 0.5  # called by lot, so that the call truly makes no difference to buying again
NEWSLETTER_CODES = [CODE["Online advertisement"], CODE["Newsletter"], CODE["Social media post"]]


@dataclass
class Journeys:
    """All journeys: `cases` a row each, `events` a row a touch, `ratings` the felt performance, cases × attributes."""

    cases: pd.DataFrame
    events: pd.DataFrame
    ratings: np.ndarray


@dataclass
class _Log:
    """Events gathered as arrays."""

    cases: list[np.ndarray] = field(default_factory=list)
    codes: list[np.ndarray] = field(default_factory=list)
    times: list[np.ndarray] = field(default_factory=list)

    def add(self, mask: np.ndarray, code: int | np.ndarray, time: np.ndarray) -> None:
        chosen = np.flatnonzero(mask)
        self.cases.append(chosen)
        self.codes.append(np.broadcast_to(code, mask.shape)[chosen])
        self.times.append(time[chosen])

    def frame(self) -> pd.DataFrame:
        parts = {"case": self.cases, "code": self.codes, "time": self.times}
        return pd.DataFrame({name: np.concatenate(arrays) for name, arrays in parts.items()})


def live(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame) -> tuple[pd.DataFrame, Journeys]:
    """Live through the two years.

    Returns
    -------
    persons : pandas.DataFrame
        With `referrer` (-1 for none), `loyalty` (uniform rank of the first experience, blended with chance) and
        `first_order` (day of the first order that was not cancelled, NaN for none).
    journeys : Journeys
    """
    first = _walk(rng, truths, persons, np.arange(len(persons)), _depths(rng, truths, len(persons)), start=persons["start"].to_numpy())
    bought = (first.cases["depth"] == len(FUNNEL) - 1) & (first.cases["ordered"] < N_DAYS)
    persons = persons.assign(first_order=first.cases["ordered"].where(bought).to_numpy())
    satisfaction = _ranks(first.cases["grade"].to_numpy(), bought.to_numpy())
    persons["referrer"] = _referrers(rng, truths, persons, satisfaction)
    persons["loyalty"] = _blend(rng, satisfaction, truths.loyalty_correlation)
    again = _come_again(rng, truths, persons)
    later = _walk(rng, truths, persons, again["person"].to_numpy(), again["depth"].to_numpy(), **_anchors(again))
    return persons, _joined(first, later)


def _depths(rng: np.random.Generator, truths: PlantedTruths, n: int) -> np.ndarray:
    """How far journeys come: 0 awareness only, 1 consideration, 2 an order that is cancelled, 3 ownership."""
    passed = rng.random((n, 3)) < [truths.stage_conversion[stage] for stage in FUNNEL[:3]]
    return np.cumprod(passed, axis=1).sum(axis=1)


def _walk(
    rng: np.random.Generator,
    truths: PlantedTruths,
    persons: pd.DataFrame,
    person: np.ndarray,
    depth: np.ndarray,
    *,
    start: np.ndarray,
    order_at: np.ndarray | None = None,
) -> Journeys:
    """Walk journeys of given depth; those with an `order_at` are shifted so that their order falls there."""
    log, cases = _until_the_order(rng, truths, depth)
    pace, shift = _fit(cases["ordered"].to_numpy(), start, order_at)
    cases = cases.apply(lambda times: times * pace + shift)
    cases.insert(0, "person", person)
    cases.insert(1, "depth", depth)
    cases["began"] = shift
    for at, chosen in enumerate(log.cases):
        log.times[at] = log.times[at] * pace[chosen] + shift[chosen]
    cases = cases.join(_deliveries(rng, truths, cases))
    ratings, grade = experience(rng, truths, persons.iloc[person], cases["late"].to_numpy())
    cases["grade"] = grade
    cases["online"] = rng.random(len(cases)) < 0.45
    _after_the_order(rng, truths, log, cases)
    return Journeys(cases, log.frame(), ratings)


def _fit(ordered: np.ndarray, start: np.ndarray, order_at: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Pace and start of each journey: an order that is given is met, hurrying where the data would begin too late."""
    if order_at is None:
        return np.ones(len(start)), start
    given = ~np.isnan(order_at)
    pace = np.where(given & (order_at < ordered), order_at / ordered, 1)
    return pace, np.where(given, order_at - pace * ordered, start)


def _until_the_order(rng: np.random.Generator, truths: PlantedTruths, depth: np.ndarray) -> tuple[_Log, pd.DataFrame]:
    """Touches before the order, counted from the start of each journey, and when lead and order would come."""
    n, log, time = len(depth), _Log(), np.zeros(len(depth))

    def pause(shortest: float, mean: float) -> np.ndarray:
        return shortest + rng.exponential(mean, n)

    log.add(np.ones(n, dtype=bool), np.array(NEWSLETTER_CODES)[rng.choice(3, n, p=[0.45, 0.3, 0.25])], time)
    twice = rng.random(n) < 0.25
    time = time + np.where(twice, pause(0.2, 2), 0)
    log.add(twice, np.array(NEWSLETTER_CODES)[rng.integers(0, 3, n)], time)

    considers = depth >= 1
    time = time + pause(0.1, 4)
    log.add(considers, CODE["Online comparison"], time)
    created = time
    time = time + pause(0.2, 3)
    log.add(considers, CODE["Showroom visit"], time)
    qualified, looping = time, considers
    for _ in range(MOST_LOOPS):
        looping = looping & (rng.random(n) < truths.loop_probability)
        if not looping.any():
            break
        time = np.where(looping, time + pause(0.2, 2), time)
        log.add(looping, CODE["Online comparison"], time)
        time = np.where(looping, time + pause(0.2, 3), time)
        log.add(looping, CODE["Showroom visit"], time)
    advised, quoted = considers & (rng.random(n) < 0.4), considers & (rng.random(n) < 0.45)
    log.add(advised, CODE["Sleep advice"], time + 0.04)
    log.add(quoted, CODE["Quote"], time + 0.1 + rng.exponential(0.5, n))
    time = time + pause(0.7, 1) + 2
    log.times[-1] = np.minimum(log.times[-1], (time - 0.1)[quoted])
    blank = np.full(n, np.nan)
    cases = pd.DataFrame(
        {
            "created": np.where(considers, created, blank),
            "qualified": np.where(considers, qualified, blank),
            "lost": np.where(depth == 1, time + LOST_AFTER_DAYS, blank),
            "ordered": np.where(depth >= 2, time, blank),
        }
    )
    return log, cases


def _deliveries(rng: np.random.Generator, truths: PlantedTruths, cases: pd.DataFrame) -> pd.DataFrame:
    """Promise, lateness and arrival of each order; times of the day within working hours."""
    n, ordered = len(cases), cases["ordered"].to_numpy()
    promised_day = np.floor(ordered) + rng.integers(8, 20, n)
    late = rng.random(n) < truths.late_share_at(np.nan_to_num(promised_day), FIRST_DAY)
    arrival_day = np.where(late, promised_day + rng.geometric(0.22, n), promised_day - rng.integers(0, 4, n))
    delivered = arrival_day + rng.uniform(0.05, 0.75, n)
    kept = (cases["depth"] == len(FUNNEL) - 1).to_numpy()
    returned = kept & (rng.random(n) < 0.035)
    return pd.DataFrame(
        {
            "promised": promised_day + 0.99,  # by the end of the day
            "late": late & kept,
            "shipped": np.where(kept, arrival_day - 1 + rng.uniform(0.1, 0.9, n), np.nan),
            "delivered": np.where(kept, delivered, np.nan),
            "returned": np.where(returned, delivered + rng.uniform(10, 80, n), np.nan),
            "cancelled": np.where(kept, np.nan, ordered + 0.3 + rng.exponential(2, n)),
        }
    )


def experience(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame, late: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ratings 1 to 5 of each attribute and the overall grade that follows from them.

    A rating is 1 plus a binomial out of four, whose mean is exactly the planted one; the grade is linear in
    the ratings, so that a regression finds the planted weights again.
    """
    mean = np.array([truths.performance[name] for name in ATTRIBUTES])
    weight = np.array([truths.driver_weights[name] for name in ATTRIBUTES])
    differs = (persons["segment"] == truths.segment_differs).to_numpy()
    expected = np.tile(mean, (len(persons), 1))
    expected[:, ATTRIBUTES.index(DELIVERY)] -= truths.late_rating_drop * late
    expected[:, ATTRIBUTES.index(truths.segment_attribute)] += truths.segment_rating_shift * differs
    share = (expected - 1) / 4 + HALO * persons["mood"].to_numpy()[:, None]
    ratings = 1 + rng.binomial(4, np.clip(share, 0.01, 0.99))
    weights = np.tile(weight, (len(persons), 1))
    weights[:, ATTRIBUTES.index(truths.segment_attribute)] += truths.segment_extra_weight * differs
    grade = MEAN_GRADE + ((ratings - mean) * weights).sum(axis=1)
    return ratings, grade + rng.normal(0, GRADE_NOISE, len(persons))


def _after_the_order(rng: np.random.Generator, truths: PlantedTruths, log: _Log, cases: pd.DataFrame) -> None:
    """Touches from the order on; late orders and sore customers ask for service more often."""
    n, ordered, delivered = len(cases), cases["ordered"].to_numpy(), cases["delivered"].to_numpy()
    bought, kept = (cases["depth"] >= 2).to_numpy(), (cases["depth"] >= 3).to_numpy()
    late = cases["late"].to_numpy()
    log.add(bought, np.where(cases["online"], CODE["Webshop order"], CODE["Showroom order"]), ordered)
    log.add(bought, CODE["Payment"], ordered + 0.02)
    log.add(bought & ~kept, CODE["Cancellation call"], cases["cancelled"].to_numpy())
    log.add(kept, CODE["Delivery planning"], ordered + 0.4 + np.minimum(rng.exponential(1.2, n), 2.5))
    log.add(kept, CODE["Home delivery"], delivered)
    log.add(kept & (rng.random(n) < 0.4), CODE["Old mattress pick-up"], delivered + 0.02)
    called = kept & (rng.random(n) < COMFORT_CALL_SHARE)
    log.add(called, CODE["Comfort check call"], delivered + 7 + rng.exponential(3, n))
    asks = kept & (rng.random(n) < 0.10 + 0.25 * late)
    chases = asks & late & (rng.random(n) < 0.6)  # asks where the bed is, before it comes
    service = np.where(chases, cases["promised"].to_numpy() + 0.02, delivered + 1 + rng.exponential(9, n))
    service = np.where(chases, np.minimum(service, delivered - 0.02), service)
    cases["service"] = np.where(asks, service, np.nan)
    cases["chases"] = chases
    log.add(asks, CODE["Service request"], service)
    advocates = kept & (rng.random(n) < truths.stage_conversion["ownership"])
    reviews = rng.random(n) < 0.6
    log.add(advocates, np.where(reviews, CODE["Review"], CODE["Referral invitation"]), delivered + 2 + rng.exponential(6, n))


def _ranks(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Normal scores of the values among the marked ones; NaN for the others."""
    scores = np.full(len(values), np.nan)
    scores[among] = stats.norm.ppf((stats.rankdata(values[among]) - 0.5) / max(among.sum(), 1))
    return scores


def _blend(rng: np.random.Generator, score: np.ndarray, correlation: float) -> np.ndarray:
    """Uniform on 0 to 1, yet correlated with the score: the marginal of what is drawn from it stays exact."""
    return stats.norm.cdf(correlation * score + np.sqrt(1 - correlation**2) * rng.normal(size=len(score)))


def _referrers(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame, satisfaction: np.ndarray) -> np.ndarray:
    """Who referred each person, -1 for nobody: an earlier buyer, the likelier the more satisfied."""
    first_order = persons["first_order"].to_numpy()
    buyers = np.flatnonzero(~np.isnan(first_order))
    buyers = buyers[np.argsort(first_order[buyers], kind="stable")]
    pull = np.cumsum(np.exp(0.6 * satisfaction[buyers]))
    n_before = np.searchsorted(first_order[buyers], persons["start"].to_numpy() - 14)
    referred = (n_before > 0) & (rng.random(len(persons)) < truths.referred_share)
    aim = rng.random(len(persons)) * pull[np.maximum(n_before, 1) - 1] if len(buyers) else np.zeros(len(persons))
    return np.where(referred, buyers[np.searchsorted(pull, aim)] if len(buyers) else -1, -1)


def _come_again(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame) -> pd.DataFrame:
    """Later journeys of buyers: a row each with person, depth and when it ends in an order or else begins.

    Orders follow BG/NBD: at a gamma rate while active, leaving with a beta probability after each repeat. The
    rate is the higher the better the first experience; leaving is independent of it, as the model has it.
    Journeys that come to nothing run beside them at the rate that the stage conversions imply, so that the
    funnel of later journeys is that of first ones.
    """
    buyers = np.flatnonzero(persons["first_order"].notna())
    begun = persons["first_order"].to_numpy()[buyers]
    loyalty = persons["loyalty"].to_numpy()[buyers]
    rate = stats.gamma.ppf(loyalty, truths.purchase_r, scale=1 / truths.purchase_alpha_weeks) / DAYS_PER_WEEK
    rate = np.maximum(rate, 1e-9)
    rate = rate * np.where(persons["referrer"].to_numpy()[buyers] >= 0, truths.referral_effect, 1)
    leaves = rng.beta(truths.purchase_a, truths.purchase_b, len(buyers))
    orders, until = _bg_nbd_times(rng, begun, rate, leaves)
    conversion = np.array([truths.stage_conversion[stage] for stage in FUNNEL[:3]])
    reached = np.concatenate([[1], np.cumprod(conversion)])
    n_failed = rng.poisson(rate * (until - begun) * (1 / reached[-1] - 1))
    failed = np.repeat(np.arange(len(buyers)), n_failed)
    began = begun[failed] + rng.random(len(failed)) * (until - begun)[failed]
    ends = -np.diff(reached)
    depth = rng.choice(3, len(failed), p=ends / ends.sum())
    return pd.DataFrame(
        {
            "person": buyers[np.concatenate([orders["buyer"].to_numpy(), failed])],
            "depth": np.concatenate([np.full(len(orders), 3), depth]),
            "order_at": np.concatenate([orders["time"].to_numpy(), np.full(len(failed), np.nan)]),
            "start": np.concatenate([np.full(len(orders), np.nan), began]),
        }
    )


def _bg_nbd_times(rng: np.random.Generator, begun: np.ndarray, rate: np.ndarray, leaves: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Times of repeat orders, and until when each buyer was active (the end of the data at the latest)."""
    active, now = np.arange(len(begun)), begun.copy()
    until, buyers, times = np.full(len(begun), float(N_DAYS)), [np.empty(0, int)], [np.empty(0)]
    while len(active):
        now[active] += rng.exponential(1 / rate[active])
        active = active[now[active] < N_DAYS]
        buyers.append(active)
        times.append(now[active])
        gone = rng.random(len(active)) < leaves[active]
        until[active[gone]] = now[active[gone]]
        active = active[~gone]
    return pd.DataFrame({"buyer": np.concatenate(buyers), "time": np.concatenate(times)}), until


def _anchors(again: pd.DataFrame) -> dict[str, np.ndarray]:
    return {"start": again["start"].to_numpy(), "order_at": again["order_at"].to_numpy()}


def _joined(first: Journeys, later: Journeys) -> Journeys:
    """Both sets of journeys, numbered through."""
    events = later.events.assign(case=later.events["case"] + len(first.cases))
    return Journeys(
        cases=pd.concat([first.cases, later.cases], ignore_index=True),
        events=pd.concat([first.events, events], ignore_index=True),
        ratings=np.concatenate([first.ratings, later.ratings]),
    )
