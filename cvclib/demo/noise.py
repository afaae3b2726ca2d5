"""A company in which nothing depends on anything: every table is filled, and no comparison in it is true.

What an analysis states of such a client beyond chance, it has made up. Tests hold the steps to that, and a
course can show what a league table of luck looks like.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.tables import STAGES

N_DAYS = 730  # two years: the period and the one before it
FIRST_DAY = pd.Timestamp("2024-01-01")
SEGMENTS = ("North", "South", "West")
CHANNELS = ("shop", "phone", "web")
DEPARTMENTS = ("Marketing", "Sales", "Logistics", "Service")
TOUCHPOINTS = (
    "Advertisement", "Website", "Price list", "Test day", "Order", "Payment", "Delivery", "Help line", "Review", "Newsletter",
)  # fmt: skip
ATTRIBUTES = ("Advice", "Choice", "Comfort", "Delivery time", "Guarantee", "Look", "Price", "Returns")
BRANDS = ("Alpha", "Beta")
GOES_ON = 0.7  # chance of each stage to be followed by the next
REPEATS = 0.12  # chance of each touch to be followed by the same touchpoint again
MEAN_GAP_DAYS = 5.0
COST_A_TOUCH = 10.0
N_WORDS = 300  # of the made-up language in which comments are written


def noise_tables(rng: np.random.Generator, n_customers: int = 400) -> dict[str, pd.DataFrame]:
    """All canonical tables of a company without any signal, over 2024 and 2025.

    Every stage is followed by the next with one chance, every touchpoint is repeated with one chance, every
    wait is drawn from one distribution; answers, ratings, ranks, departments, segments, words and values are
    drawn independently of each other. The data are clean: keys are unique, references hold, nothing is blank
    that should be filled.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_customers : int
        Customers in the CRM, each with one journey.

    Returns
    -------
    dict of str to pandas.DataFrame
        Canonical table name to rows, for `cvclib.client.Client.from_frames`.

    Examples
    --------
    >>> tables = noise_tables(np.random.default_rng(1), n_customers=50)
    >>> len(tables), len(tables["customers"])
    (19, 50)
    """
    customers = _customers(rng, n_customers)
    touches = _touches(rng, customers)
    orders = _orders(rng, customers, touches)
    interactions = touches.drop(columns="stage")
    return {
        "customers": customers,
        "accounts": _accounts(customers, orders),
        "interactions": interactions,
        **_company(touches),
        "leads": _leads(rng, customers),
        "orders": orders,
        "tickets": _tickets(rng, customers),
        "survey": _survey(rng, customers),
        "attribute_ratings": _ratings(rng, customers),
        "kano": _kano(rng, customers),
        "prices": pd.DataFrame({"brand": ["", *BRANDS], "price": 100.0}).replace({"brand": {"": "Own"}}),
        "quotes": _quotes(rng),
        "department_views": _views(rng),
        "referrals": _referrals(rng, customers),
        "subscriptions": _subscriptions(rng, customers),
    }


def _time(days: np.ndarray) -> pd.Series:
    return pd.Series((FIRST_DAY + pd.to_timedelta(days, unit="D")).round("s"))


def _until_now(days: np.ndarray, happens: np.ndarray | bool = True) -> pd.Series:
    """Times of what has happened by the end of the two years; empty for the rest."""
    return _time(days).where(happens & (days < N_DAYS))


def _drawn(rng: np.random.Generator, values: tuple[str, ...] | list[str], n: int) -> np.ndarray:
    return rng.choice(np.array(values, dtype=object), n)


def _sentences(rng: np.random.Generator, n: int) -> list[str]:
    lengths = rng.integers(5, 15, n)
    words = [_word(41 * i).lower() for i in range(N_WORDS)]
    drawn = _drawn(rng, words, int(lengths.sum()))
    ends = np.cumsum(lengths)
    return [" ".join(drawn[end - length : end]).capitalize() + "." for length, end in zip(lengths, ends, strict=True)]


def _customers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    number = np.arange(n)
    return pd.DataFrame({
        "customer_id": [f"C{i:05d}" for i in number], "segment": _drawn(rng, SEGMENTS, n), "acquired_at": _time(rng.uniform(0, N_DAYS, n)),
        "acquisition_channel": _drawn(rng, CHANNELS, n), "name": [f"{_word(i)} {_word(7 * i + 3)}" for i in number],
        "email": [f"person{i}@example.com" for i in number], "phone": [f"+31 6 {10000000 + 7919 * i}" for i in number],
        "postcode": [f"{1000 + (37 * i) % 9000} AB" for i in number], "city": "Utrecht", "country": "Netherlands",
        "birth_date": pd.Timestamp("1940-01-01") + pd.to_timedelta((number * 7907) % 23000, unit="D"),
    })  # fmt: skip


def _word(i: int) -> str:
    """A name of its own for every number, far from its neighbours'."""
    consonants, vowels = "bdfgklmnprstvz", "aeiou"
    letters = []
    for _ in range(4):
        i, c = divmod(i, len(consonants))
        letters += [consonants[c], vowels[(i + c) % len(vowels)]]
    return "".join(letters).capitalize()


def _accounts(customers: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    buyers = customers[customers["customer_id"].isin(orders["customer_id"])]
    shared = buyers[["customer_id", "name", "email", "phone", "postcode", "city", "country", "birth_date"]]
    return shared.assign(account_id="A" + shared["customer_id"])


def _touches(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(customers)
    stages = 1 + (rng.random((n, len(STAGES) - 1)) < GOES_ON).cumprod(axis=1).sum(axis=1)
    case = np.repeat(np.arange(n), stages)
    stage = np.concatenate([np.arange(k) for k in stages])
    touchpoint = 2 * stage + rng.integers(0, 2, len(stage))
    repeats = rng.geometric(1 - REPEATS, len(stage))
    case, stage, touchpoint = (np.repeat(x, repeats) for x in (case, stage, touchpoint))
    gap = rng.exponential(MEAN_GAP_DAYS, len(case))
    first = np.r_[True, case[1:] != case[:-1]]
    gap[first] = rng.uniform(0, N_DAYS, n)
    days = pd.Series(gap).groupby(case).cumsum().to_numpy()
    table = pd.DataFrame({
        "customer_id": customers["customer_id"].to_numpy()[case], "at": _time(days), "touchpoint": np.array(TOUCHPOINTS, object)[touchpoint],
        "case_id": [f"J{i:05d}" for i in case], "channel": _drawn(rng, CHANNELS, len(case)),
        "department": _drawn(rng, DEPARTMENTS, len(case)), "system": "CRM", "duration_minutes": rng.gamma(4, 5, len(case)).round(1),
        "cost": rng.gamma(4, COST_A_TOUCH / 4, len(case)).round(2), "stage": np.array(STAGES, object)[stage],
    })  # fmt: skip
    return table[days < N_DAYS].reset_index(drop=True)


def _company(touches: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Every touch costs the same, and would cost the customer the same elsewhere."""
    stage = np.repeat(STAGES, 2)
    reached = GOES_ON ** np.repeat(np.arange(len(STAGES)), 2)
    a_year = touches["case_id"].nunique() / 2 * reached / 2 / (1 - REPEATS)
    activities = pd.DataFrame({
        "activity": [f"Running {name.lower()}" for name in TOUCHPOINTS], "category": "service", "kind": "creates",
        "department": np.resize(DEPARTMENTS, len(TOUCHPOINTS)), "annual_cost": (COST_A_TOUCH * a_year).round(2), "system": "CRM",
    })  # fmt: skip
    roles = [
        (activity, touchpoint, 1.0, department, role)
        for i, (activity, touchpoint) in enumerate(zip(activities["activity"], TOUCHPOINTS, strict=True))
        for j, department in enumerate(DEPARTMENTS)
        for role in (("R", "A") if i % len(DEPARTMENTS) == j else ("R",))
    ]
    return {
        "touchpoints": pd.DataFrame({
            "touchpoint": TOUCHPOINTS, "stage": stage, "owner_department": np.resize(DEPARTMENTS, len(TOUCHPOINTS)),
            "customer_alternative_cost": COST_A_TOUCH,
        }),
        "activities": activities,
        "activity_touchpoints": pd.DataFrame(roles, columns=["activity", "touchpoint", "weight", "raci_department", "raci"]),
        "systems": pd.DataFrame({"system": "CRM", "kind": "crm", "department": "Sales", "records_touchpoint": TOUCHPOINTS}),
        "initiatives": pd.DataFrame({
            "initiative": ["Shorter forms", "Evening calls"], "target": ["Order", "Help line"], "cost": [1000.0, 2000.0],
            "started_at": FIRST_DAY + pd.Timedelta(days=400), "expected_change": [1.0, 1.0], "owner": ["Sales", "Service"], "status": "done",
            "metric": ["csat", "nps"],
        }),
    }  # fmt: skip


def _leads(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(customers)
    created = rng.uniform(0, N_DAYS, n)
    ends = created + rng.uniform(1, 60, n)
    won = rng.random(n) < GOES_ON
    return pd.DataFrame({
        "lead_id": [f"L{i:05d}" for i in range(n)], "created_at": _time(created), "source": _drawn(rng, CHANNELS, n),
        "customer_id": customers["customer_id"], "qualified_at": _time(created + 0.5), "won_at": _until_now(ends, won),
        "lost_at": _until_now(ends, ~won),
    })  # fmt: skip


def _orders(rng: np.random.Generator, customers: pd.DataFrame, touches: pd.DataFrame) -> pd.DataFrame:
    bought = touches.loc[touches["stage"].eq("purchase"), ["customer_id", "at"]]
    n = len(bought)
    days = pd.to_timedelta(rng.gamma(4, 1.5, n), unit="D").round("s")
    revenue = rng.gamma(4, 50, n).round(2)
    ordered = bought["at"].reset_index(drop=True)
    return pd.DataFrame({
        "order_id": [f"O{i:05d}" for i in range(n)], "customer_id": bought["customer_id"].to_numpy(),
        "account_id": ("A" + bought["customer_id"]).to_numpy(), "ordered_at": ordered, "revenue": revenue, "margin": (0.3 * revenue).round(2),
        "discount": np.where(rng.random(n) < 0.3, 10.0, 0.0), "channel": _drawn(rng, CHANNELS, n),
        "promised_at": ordered + pd.Timedelta(days=9), "shipped_at": ordered + days / 2, "delivered_at": ordered + days,
    }).pipe(_known)  # fmt: skip


def _known(orders: pd.DataFrame) -> pd.DataFrame:
    """What has not happened by the end of the two years is not yet known."""
    end = FIRST_DAY + pd.Timedelta(days=N_DAYS)
    happened = ["shipped_at", "delivered_at"]
    return orders.assign(**{column: orders[column].where(orders[column] < end) for column in happened})


def _tickets(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(customers) // 2
    opened = rng.uniform(0, N_DAYS, n)
    table = pd.DataFrame({
        "ticket_id": [f"T{i:05d}" for i in range(n)], "customer_id": _drawn(rng, customers["customer_id"].tolist(), n),
        "opened_at": _time(opened), "first_response_at": _until_now(opened + rng.exponential(0.5, n).clip(max=1)),
        "closed_at": _until_now(opened + 1 + rng.exponential(2, n)), "topic": _drawn(rng, ATTRIBUTES, n),
        "department": _drawn(rng, DEPARTMENTS, n), "cost": rng.gamma(4, 5, n).round(2),
    })  # fmt: skip
    again = table["closed_at"] + pd.Timedelta(days=2)  # every sixth, whatever it was about
    return table.assign(reopened_at=again.where((np.arange(n) % 6 == 0) & (again < FIRST_DAY + pd.Timedelta(days=N_DAYS))))


def _survey(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(customers)
    answered = pd.DataFrame({
        "response_id": [f"R{i:05d}" for i in range(n)], "responded_at": _time(rng.uniform(0, N_DAYS, n)), "customer_id": customers["customer_id"],
        "segment": customers["segment"], "touchpoint": _drawn(rng, TOUCHPOINTS, n), "comment": _sentences(rng, n),
        "weight": rng.uniform(0.5, 1.5, n).round(3),
    })  # fmt: skip
    scores = {
        "nps": rng.binomial(10, 0.75, n),
        "csat": rng.integers(1, 6, n),
        "ces": rng.integers(1, 6, n),
        "overall": rng.integers(1, 6, n),
    }
    asked = [answered.assign(metric=metric, score=score) for metric, score in scores.items()]
    asked[1:] = [rows.assign(comment=None) for rows in asked[1:]]  # a comment belongs to one question
    return pd.concat(asked, ignore_index=True)


def _ratings(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(customers)
    people = pd.DataFrame({
        "response_id": [f"R{i:05d}" for i in range(n)], "segment": customers["segment"], "responded_at": _time(rng.uniform(0, N_DAYS, n)),
        "weight": rng.uniform(0.5, 1.5, n).round(3),
    })  # fmt: skip
    asked = pd.DataFrame([(attribute, brand) for attribute in ATTRIBUTES for brand in (None, *BRANDS)], columns=["attribute", "brand"])
    rows = people.merge(asked, how="cross")
    importance = np.where(rows["brand"].isna(), rng.integers(1, 6, len(rows)), np.nan)
    return rows.assign(performance=rng.integers(1, 6, len(rows)), importance=importance)


def _kano(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    """Must-be, one-dimensional, attractive and indifferent equally often, whatever the feature."""
    people = pd.DataFrame({"response_id": [f"K{i:05d}" for i in range(len(customers))], "segment": customers["segment"]})
    rows = people.merge(pd.DataFrame({"attribute": ATTRIBUTES}), how="cross")
    pairs = np.array([(3, 5), (1, 5), (1, 3), (3, 3)])[rng.integers(0, 4, len(rows))]
    return rows.assign(functional=pairs[:, 0], dysfunctional=pairs[:, 1])


def _quotes(rng: np.random.Generator) -> pd.DataFrame:
    n = 40
    return pd.DataFrame({
        "source": _drawn(rng, ["interview", "focus_group", "observation", "social"], n), "segment": _drawn(rng, SEGMENTS, n),
        "touchpoint": _drawn(rng, TOUCHPOINTS, n), "empathy": _drawn(rng, ["says", "thinks", "does", "feels"], n), "text": _sentences(rng, n),
    })  # fmt: skip


def _views(rng: np.random.Generator) -> pd.DataFrame:
    ranks = [(d, a, r + 1) for d in DEPARTMENTS for a, r in zip(ATTRIBUTES, rng.permutation(len(ATTRIBUTES)), strict=True)]
    return pd.DataFrame(ranks, columns=["department", "attribute", "rank"])


def _referrals(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    ids = rng.permutation(customers["customer_id"].to_numpy())
    n = len(ids) // 10
    days = rng.uniform(0, N_DAYS, n)
    converted = _until_now(days + rng.uniform(1, 30, n), rng.random(n) < GOES_ON)
    return pd.DataFrame({"referrer_id": ids[:n], "referred_id": ids[n : 2 * n], "referred_at": _time(days), "converted_at": converted})


def _subscriptions(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(customers) // 2
    started = rng.uniform(0, N_DAYS, n)
    ended = started + rng.geometric(0.05, n) * 30.4
    return pd.DataFrame({
        "customer_id": customers["customer_id"].iloc[:n].to_numpy(), "started_at": _time(started),
        "ended_at": _until_now(ended), "monthly_revenue": 10.0,
    })  # fmt: skip
