"""Other demonstration clients' truths: which attributes drive, which stage leaks, how strong each effect is."""

from __future__ import annotations

from datetime import date

import numpy as np

from cvclib.demo.truths import (
    ATTRIBUTES,
    DELIVERY,
    DEMO_SEED,
    DEPARTMENTS,
    FUNNEL,
    KANO_CATEGORIES,
    KANO_FEATURES,
    NORDIC_BEDS,
    SEGMENTS,
    SERVICE_CHAT,
    TIME_SLOTS,
    Initiative,
    PlantedTruths,
)


def planted_truths(seed: int = DEMO_SEED) -> PlantedTruths:
    """Draw the truths of a demonstration client.

    Seed 1 is nordic-beds, whose truths are set by hand so that its report makes a sensible story; any
    other seed draws which attributes drive, which stage leaks and how strong each effect is, within
    ranges in which 2,000 customers can show it.

    Parameters
    ----------
    seed : int
        Zero or above.

    Returns
    -------
    PlantedTruths

    Examples
    --------
    >>> planted_truths(7) == planted_truths(7), planted_truths(7) == planted_truths(8)
    (True, False)
    """
    if seed == DEMO_SEED:
        return NORDIC_BEDS
    rng = np.random.default_rng([seed, 0])  # the second number keeps the truths apart from the data's own stream
    return PlantedTruths(
        seed=seed,
        **_drawn_satisfaction(rng),
        **_drawn_journey(rng),
        **_drawn_loyalty(rng),
        **_drawn_initiatives(rng),
        **_drawn_company(rng),
    )


def _between(rng: np.random.Generator, low: float, high: float, digits: int = 2) -> float:
    return round(float(rng.uniform(low, high)), digits)


def _drawn_satisfaction(rng: np.random.Generator) -> dict:
    """Drivers, ratings and importance; the segment that differs does so on a driver."""
    others = [name for name in ATTRIBUTES if name != DELIVERY]  # delivery always drives, or lateness would do nothing
    shuffled = [DELIVERY, *(str(name) for name in rng.permutation(others))]
    n_drivers = int(rng.integers(3, 5))
    drivers, overrated = shuffled[:n_drivers], shuffled[n_drivers]
    weights = [_between(rng, 0.35, 0.6), *(_between(rng, 0.2, 0.7) for _ in drivers[1:])]
    importance = {name: _between(rng, 3.5, 4.3) if name in drivers else _between(rng, 2.6, 3.5) for name in ATTRIBUTES}
    performance = {name: _between(rng, 3.5, 4.3) for name in ATTRIBUTES}
    performance[drivers[int(rng.integers(2))]] = _between(rng, 3.4, 3.5)  # a driver that is done badly: the thing to find
    segments = [str(name) for name in rng.permutation(SEGMENTS[:3])]
    return {
        "driver_weights": dict.fromkeys(ATTRIBUTES, 0.0) | dict(zip(drivers, weights, strict=True)),
        "performance": performance,
        "stated_importance": importance | {overrated: _between(rng, 4.5, 4.7)},
        "overrated_attribute": overrated,
        "late_share": _between(rng, 0.22, 0.35),
        "late_rating_drop": _between(rng, 1.0, 1.2),
        "segment_differs": segments[0],
        "segment_same": segments[1],
        "segment_attribute": drivers[int(rng.integers(n_drivers))],
        "segment_rating_shift": -_between(rng, 0.4, 0.6),
        "segment_extra_weight": _between(rng, 0.25, 0.4),
    }


def _drawn_journey(rng: np.random.Generator) -> dict:
    usual = {"awareness": (0.9, 0.95), "consideration": (0.82, 0.9), "purchase": (0.93, 0.97), "ownership": (0.42, 0.55)}
    leaking = {"awareness": (0.6, 0.68), "consideration": (0.58, 0.66), "purchase": (0.72, 0.8), "ownership": (0.15, 0.22)}
    pain = {
        "awareness": "Online comparison",
        "consideration": "Showroom visit",
        "purchase": "Webshop order",
        "ownership": "Service request",
    }
    leak = str(rng.choice(FUNNEL))
    moods = {
        name: _between(rng, -0.3, 0.3)
        for name in ("Online comparison", "Showroom visit", "Webshop order", "Showroom order", "Service request")
    }
    return {
        "stage_conversion": {stage: _between(rng, *(leaking if stage == leak else usual)[stage]) for stage in FUNNEL},
        "leaking_stage": leak,
        "touchpoint_satisfaction": moods | {pain[leak]: -_between(rng, 0.7, 1.0), "Home delivery": 0.0},
        "loop_probability": _between(rng, 0.15, 0.5),
    }


def _drawn_loyalty(rng: np.random.Generator) -> dict:
    return {
        "duplicate_share": _between(rng, 0.03, 0.06, 3),
        "account_email_share": _between(rng, 0.45, 0.6),
        "account_person_share": _between(rng, 0.15, 0.25),
        "purchase_r": _between(rng, 0.7, 1.2),
        "purchase_alpha_weeks": _between(rng, 28, 45, 1),
        "purchase_a": _between(rng, 0.6, 0.95),
        "purchase_b": _between(rng, 2.0, 3.2),
        "contract_alpha": _between(rng, 0.7, 1.3),
        "contract_beta": _between(rng, 6, 12, 1),
        "loyalty_correlation": _between(rng, 0.55, 0.8),
        "referred_share": _between(rng, 0.12, 0.2),
        "referral_effect": _between(rng, 1.5, 2.2),
        "referral_conversion": _between(rng, 0.25, 0.4),
    }


def _drawn_initiatives(rng: np.random.Generator) -> dict:
    """One of two did what it was meant to do: time slots or the service chat."""
    months = [int(month) for month in rng.choice(np.arange(2, 7), size=2, replace=False)]
    slots_worked = bool(rng.integers(2))
    slots = Initiative(
        TIME_SLOTS.initiative, TIME_SLOTS.target, TIME_SLOTS.metric, date(2025, months[0], 1),
        _between(rng, 0.09, 0.14) if slots_worked else 0.0,
    )  # fmt: skip
    chat = Initiative(
        SERVICE_CHAT.initiative, SERVICE_CHAT.target, SERVICE_CHAT.metric, date(2025, months[1], 1),
        0.0 if slots_worked else _between(rng, 0.4, 0.7),
    )  # fmt: skip
    return {"worked": slots, "failed": chat} if slots_worked else {"worked": chat, "failed": slots}


def _drawn_company(rng: np.random.Generator) -> dict:
    without, twice = rng.choice(("Delivery planning", "Home delivery", "Quote", "Service request", "Showroom visit"), 2, replace=False)
    categories = [*KANO_CATEGORIES, *rng.choice(KANO_CATEGORIES, len(KANO_FEATURES) - len(KANO_CATEGORIES))]
    return {
        "kano": dict(zip(KANO_FEATURES, (str(name) for name in rng.permutation(categories)), strict=True)),
        "no_accountable": str(without),
        "two_accountable": str(twice),
        "department_out_of_line": str(rng.choice(DEPARTMENTS)),
    }
