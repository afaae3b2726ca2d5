"""What the customers of a demonstration client say: survey, Kano questions, brand panel, quotations, views."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.demo import vocabulary as words
from cvclib.demo.journeys import FIRST_DAY, Journeys
from cvclib.demo.population import N_DAYS
from cvclib.demo.truths import (
    ATTRIBUTES,
    DEPARTMENTS,
    KANO_CATEGORIES,
    MEAN_GRADE,
    RECOMMENDATION_PER_GRADE,
    SEGMENTS,
    PlantedTruths,
)

RESPONSE_SHARES = {
    "Online comparison": 0.05,
    "Showroom visit": 0.12,
    "Webshop order": 0.15,
    "Showroom order": 0.15,
    "Home delivery": 0.60,
    "Service request": 0.55,
}
FULL_QUESTIONNAIRE = "Home delivery"  # the only one that asks for attributes
DELIVERED = words.CODE["Home delivery"]  # touchpoints are numbered in the order of the journey
KNOWN_BEFORE_DELIVERY = ("Sleep advice", "Price", "Range", "Website", "Showroom", "Payment options")
ANONYMOUS_SHARE = 0.12
MEAN_RECOMMENDATION = 8.0  # at the mean grade
EASE = {"Service request": 4.5, "Webshop order": 5.4, "Showroom order": 5.4, "Home delivery": 5.3}  # mean ces, 1 to 7
EASE_PER_GRADE = 0.25
N_KANO, KANO_STRENGTH = 300, 0.6  # respondents, and the share of them that shares the planted category
N_PANEL = 150  # panel members who rate each competitor
COMPETITORS = {"Boxspring Outlet": (-0.45, 899.0), "De Slaaphoeve": (0.05, 1395.0), "Royal Rest": (0.35, 2190.0)}
OWN_PRICE = 1249.0
# Comments: written in Dutch, about the planted theme of their side, about one subject in two phrases, empty, signed.
DUTCH_SHARE, THEME_SHARE, SECOND_PHRASE, EMPTY_SHARE, SIGNED_SHARE = 0.4, 0.3, 0.6, 0.03, 0.05
COMMENT_STREAM = 83  # of random numbers, beside the seed
# Cells (functional, dysfunctional) of the evaluation table of Berger et al. 1993 that stand for each category.
KANO_CELLS = {
    "must-be": ((2, 5), (3, 5), (4, 5)),
    "one-dimensional": ((1, 5),),
    "attractive": ((1, 2), (1, 3), (1, 4)),
    "indifferent": ((2, 2), (3, 3), (3, 4), (2, 3), (4, 4)),
}


def survey(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame, journeys: Journeys) -> pd.DataFrame:
    """Answered questionnaires: a row each, with the case answered about, scores, ratings and a comment."""
    events = journeys.events
    shares = np.zeros(len(words.TOUCHPOINTS))
    for name, share in RESPONSE_SHARES.items():
        shares[words.CODE[name]] = share
    answers = events[rng.random(len(events)) < shares[events["code"]]].copy()
    answers["at"] = answers["time"] + rng.uniform(0.3, 5, len(answers))
    answers = answers[answers["at"] < N_DAYS].sort_values("at", kind="stable").reset_index(drop=True)
    case, n = answers["case"].to_numpy(), len(answers)
    answers["touchpoint"] = np.array([touchpoint.name for touchpoint in words.TOUCHPOINTS], dtype=object)[answers["code"]]
    grade = journeys.cases["grade"].to_numpy()[case] + answers["touchpoint"].map(truths.touchpoint_satisfaction).to_numpy()
    answers["segment"] = persons["segment"].to_numpy()[journeys.cases["person"].to_numpy()[case]]
    answers["overall"] = np.clip(grade, 1, 10).round(1)
    answers["nps"] = _binomial_scale(rng, MEAN_RECOMMENDATION + RECOMMENDATION_PER_GRADE * (grade - MEAN_GRADE), 0, 10)
    answers["csat"] = _binomial_scale(rng, 1 + 4 * (grade - 1) / 9, 1, 5)
    ease = answers["touchpoint"].map(EASE).to_numpy(dtype=float) + EASE_PER_GRADE * (grade - MEAN_GRADE)
    for initiative in (truths.worked, truths.failed):
        if initiative.metric == "ces":
            ease = ease + initiative.change * (answers["at"] >= (initiative.started_on - FIRST_DAY).days)
    answers["ces"] = np.where(np.isnan(ease), np.nan, _binomial_scale(rng, np.nan_to_num(ease, nan=4.0), 1, 7))
    full = (answers["touchpoint"] == FULL_QUESTIONNAIRE).to_numpy()
    stated = np.array([truths.stated_importance[name] for name in ATTRIBUTES])
    for at, name in enumerate(ATTRIBUTES):
        answers[f"performance {name}"] = np.where(full, journeys.ratings[case, at], np.nan)
        answers[f"importance {name}"] = np.where(full, _binomial_scale(rng, np.full(n, stated[at]), 1, 5), np.nan)
    answers["comment"] = _comments(rng, answers["nps"].to_numpy(), journeys.ratings[case], truths, before=answers["code"] < DELIVERED)
    answers["anonymous"] = rng.random(n) < ANONYMOUS_SHARE
    return answers


def _binomial_scale(rng: np.random.Generator, mean: np.ndarray, low: int, high: int) -> np.ndarray:
    """Whole answers on a scale with the given mean, kept a little away from the ends."""
    share = np.clip((mean - low) / (high - low), 0.02, 0.98)
    return low + rng.binomial(high - low, share)


def _comments(rng: np.random.Generator, nps: np.ndarray, ratings: np.ndarray, truths: PlantedTruths, before: pd.Series) -> np.ndarray:
    """Comments of six in ten: the sore tell of the worst, the glad of the best, drivers come to mind first.

    Where the answer was given `before` delivery, of what can be known by then; after it, three in ten raise the planted
    theme of their side whatever they felt.
    """
    n = len(nps)
    weight = np.array([0.3 + truths.driver_weights[name] for name in ATTRIBUTES])
    felt = (ratings - 3.0) * weight + rng.normal(0, 0.3, ratings.shape)
    unknown = before.to_numpy()[:, None] & ~np.isin(ATTRIBUTES, KNOWN_BEFORE_DELIVERY)
    best, worst = np.where(unknown, -np.inf, felt).argmax(axis=1), np.where(unknown, np.inf, felt).argmin(axis=1)
    pick = rng.integers(0, 12, (4, n))
    writes = np.flatnonzero(rng.random(n) < 0.6)
    own = np.random.default_rng([truths.seed, COMMENT_STREAM])  # of their own, so that no other draw depends on what is written
    themed, after = own.random(n) < THEME_SHARE, ~before.to_numpy()
    best = np.where(themed & after, ATTRIBUTES.index(truths.promoters_raise), best)
    worst = np.where(themed & after, ATTRIBUTES.index(truths.detractors_raise), worst)
    dutch, more, fate, who = own.random(n) < DUTCH_SHARE, own.random(n) < SECOND_PHRASE, own.random(n), own.integers(0, 10_000, (n, 3))
    comments = np.full(n, "", dtype=object)
    for at in writes:
        if fate[at] < EMPTY_SHARE:
            comments[at] = words.NOTHING_TO_SAY[who[at, 0] % len(words.NOTHING_TO_SAY)]
            continue
        comments[at] = _comment(int(nps[at]), ATTRIBUTES[best[at]], ATTRIBUTES[worst[at]], pick[:, at], dutch=dutch[at], more=more[at])
        if fate[at] > 1 - SIGNED_SHARE:
            comments[at] += _signature(who[at], dutch=dutch[at])
    return comments


def _comment(nps: int, best: str, worst: str, pick: np.ndarray, *, dutch: bool, more: bool) -> str:
    """One comment: praise of promoters, complaint of detractors, both of those between; many say two things of one subject."""
    praise, complaints = (words.PRAISE_IN_DUTCH, words.COMPLAINTS_IN_DUTCH) if dutch else (words.PRAISE, words.COMPLAINTS)
    glad, even, sore, closers = (
        (words.OPENERS_GLAD_IN_DUTCH, words.OPENERS_EVEN_IN_DUTCH, words.OPENERS_SORE_IN_DUTCH, words.CLOSERS_IN_DUTCH)
        if dutch
        else (words.OPENERS_GLAD, words.OPENERS_EVEN, words.OPENERS_SORE, words.CLOSERS)
    )
    joint = " en " if dutch else " and "

    def said(phrases: tuple[str, ...], at: int) -> str:
        first = phrases[at % len(phrases)]
        return f"{first}{joint}{phrases[(at + 1) % len(phrases)]}" if more else first

    opener, closer = pick[0], closers[pick[3] % len(closers)]
    if nps >= 9:
        return f"{glad[opener % len(glad)]} {said(praise[best], pick[1])}.{closer}"
    if nps >= 7:
        return f"{even[opener % len(even)]} {said(complaints[worst], pick[2])}; {said(praise[best], pick[1])}.{closer}"
    return f"{sore[opener % len(sore)]} {said(complaints[worst], pick[2])}.{closer}"


def _signature(who: np.ndarray, *, dutch: bool) -> str:
    """A name, a telephone number or an address, as customers leave them behind in comments."""
    forms = words.SIGNED_IN_DUTCH if dutch else words.SIGNED
    first, last = words.FIRST_NAMES[who[0] % len(words.FIRST_NAMES)], words.LAST_NAMES[who[1] % len(words.LAST_NAMES)]
    mail = f"{first}.{last}@{words.MAIL_DOMAINS[who[2] % len(words.MAIL_DOMAINS)]}".lower()
    return forms[who[2] % len(forms)].format(first=first, last=last, phone=f"06-{who[0]:04d}{who[1]:04d}", mail=mail)


def kano(rng: np.random.Generator, truths: PlantedTruths) -> pd.DataFrame:
    """Paired answers to the Kano questions, most of them in the planted category."""
    frames = []
    segment = rng.choice(np.array(SEGMENTS, dtype=object), N_KANO)
    for feature, planted in truths.kano.items():
        others = [name for name in KANO_CATEGORIES if name != planted]
        category = np.where(rng.random(N_KANO) < KANO_STRENGTH, planted, rng.choice(others, N_KANO))
        functional, dysfunctional = np.empty(N_KANO, int), np.empty(N_KANO, int)
        for name, cells in KANO_CELLS.items():
            drawn = np.array(cells)[rng.integers(0, len(cells), N_KANO)]
            functional = np.where(category == name, drawn[:, 0], functional)
            dysfunctional = np.where(category == name, drawn[:, 1], dysfunctional)
        respondent = "Q" + pd.Series(np.arange(1, N_KANO + 1)).astype(str).str.zfill(4)
        frames.append(
            pd.DataFrame(
                {
                    "respondent": respondent,
                    "feature": feature,
                    "if_present": functional,
                    "if_absent": dysfunctional,
                    "segment": segment,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def brand_panel(rng: np.random.Generator, truths: PlantedTruths) -> pd.DataFrame:
    """Ratings of competitors by a consumer panel; a brand is as good as its offset on every attribute."""
    frames = []
    for brand, (offset, _) in COMPETITORS.items():
        for name in ATTRIBUTES:
            mean = np.full(N_PANEL, truths.performance[name] + offset - (0.5 if name == "Price" and offset > 0 else 0))
            frames.append(
                pd.DataFrame(
                    {
                        "panel_member": "P" + pd.Series(np.arange(1, N_PANEL + 1)).astype(str).str.zfill(3),
                        "brand": brand,
                        "attribute": name,
                        "rating": _binomial_scale(rng, mean, 1, 5),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def prices() -> pd.DataFrame:
    """What a comparable double bed costs at each brand."""
    return pd.DataFrame(
        [("Nordic Beds", OWN_PRICE), *((brand, price) for brand, (_, price) in COMPETITORS.items())], columns=["brand", "price"]
    )


def department_views(rng: np.random.Generator, truths: PlantedTruths) -> pd.DataFrame:
    """Each department's ranking of the attributes; one department has it the wrong way round."""
    worth = np.array([truths.driver_weights[name] + 0.03 * truths.stated_importance[name] for name in ATTRIBUTES])
    rows = []
    for department in DEPARTMENTS:
        sign = -1 if department == truths.department_out_of_line else 1
        seen = sign * worth + rng.normal(0, 0.08, len(ATTRIBUTES))
        ranks = (-seen).argsort().argsort() + 1
        rows += [(department, name, int(rank)) for name, rank in zip(ATTRIBUTES, ranks, strict=True)]
    return pd.DataFrame(rows, columns=["department", "attribute", "rank"])


def quotes(truths: PlantedTruths) -> pd.DataFrame:
    """Coded quotations from interviews, focus groups, observation and social media."""
    pain = min(truths.touchpoint_satisfaction, key=truths.touchpoint_satisfaction.get)
    differs, same = truths.segment_differs, truths.segment_same
    driver = truths.drivers[0]
    rows = [
        ("interview", differs, "Home delivery", "says", "We have no van, so bringing it upstairs is worth more to us than a discount."),
        (
            "interview",
            differs,
            "Home delivery",
            "feels",
            "I was on edge all day, with the baby asleep and no idea when the van would come.",
        ),
        ("interview", differs, "Delivery planning", "thinks", "If they change the day again I have to take another day off."),
        ("interview", differs, "Old mattress pick-up", "feels", "Relieved that the old mattress was gone the same minute."),
        ("focus_group", differs, "Home delivery", "does", "Calls the neighbours to be at home for the delivery."),
        ("focus_group", differs, None, "says", f"What counts for us is {truths.segment_attribute.lower()}."),
        ("interview", same, "Sleep advice", "says", "She asked how we sleep before she showed us a single bed."),
        ("interview", same, "Showroom visit", "does", "Lies on three beds, then goes home to compare prices online."),
        ("focus_group", same, "Online comparison", "does", "Keeps six tabs open and a sheet of paper beside the laptop."),
        ("focus_group", same, "Online comparison", "thinks", "All these beds look the same on a screen."),
        ("interview", same, "Home delivery", "feels", "It felt like a present when the men put it together."),
        ("interview", "Seniors", "Comfort check call", "feels", "Kind that somebody still thinks of me when I have paid."),
        ("interview", "Seniors", "Home delivery", "says", "I could never carry that up the stairs myself."),
        ("observation", "Seniors", "Showroom visit", "does", "Looks for a chair; leaves when none is free."),
        ("interview", "Seniors", "Quote", "thinks", "I would rather have it on paper than by e-mail."),
        ("focus_group", "Starters", "Webshop order", "does", "Orders on the phone in the train."),
        ("social", "Starters", "Social media post", "says", "Nice beds, if only I could pay in parts."),
        ("social", "Starters", "Review", "says", "Bed good, waiting for it not so good."),
        ("observation", None, "Showroom visit", "does", "Waits eleven minutes before anyone comes."),
        ("observation", None, "Delivery planning", "does", "Asks twice whether the stairs were noted down."),
        ("social", None, "Service request", "feels", "Fourth time I explain the same thing. Tired of it."),
        ("focus_group", None, None, "thinks", f"In the end it is about {driver.lower()}."),
        ("focus_group", None, pain, "feels", "That was the moment I nearly gave up."),
        ("interview", None, pain, "says", "This is where I would do it differently if it were my shop."),
        ("interview", None, "Referral invitation", "does", "Forwards the voucher to a sister who is moving house."),
    ]
    return pd.DataFrame(rows, columns=["source", "segment", "touchpoint", "empathy", "text"])
