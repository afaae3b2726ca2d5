"""What is true of a demonstration client: the numbers that its data is generated from.

Knows what the truths are and those of nordic-beds; `cvclib.demo.drawing` draws others, the data is made
elsewhere. A trainer reads them in ``planted_truths.yaml`` beside the data, a test through `planted_truths`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import yaml

DEMO_SEED = 1  # the client that the repository carries: nordic-beds

SEGMENTS = ("Young families", "Couples", "Seniors", "Starters")
SEGMENT_SHARES = (0.28, 0.30, 0.24, 0.18)
ATTRIBUTES = (
    "Bed comfort",
    "Sleep advice",
    "On-time delivery",
    "Price",
    "Range",
    "Website",
    "Showroom",
    "After-sales service",
    "Sustainability",
    "Payment options",
)
DELIVERY = "On-time delivery"  # the attribute that a late delivery spoils
KANO_FEATURES = (
    "Delivery in a time slot",
    "Old mattress taken back",
    "100-night trial",
    "Order tracking",
    "Sleep app",
    "Gift wrapping",
)
KANO_CATEGORIES = ("must-be", "one-dimensional", "attractive", "indifferent")
FUNNEL = ("awareness", "consideration", "purchase", "ownership")  # stages from which one goes on to the next
DEPARTMENTS = ("Marketing", "E-commerce", "Sales", "Finance", "Logistics", "Customer service")

MEAN_GRADE = 7.6  # overall grade, 1 to 10, of a base-segment customer delivered on time
HALO = 0.12  # how far a customer's mood moves the share of the scale that each rating takes
GRADE_NOISE = 0.7  # standard deviation of the grade that no attribute explains
RECOMMENDATION_PER_GRADE = 0.8  # points on the 0 to 10 recommendation question a point of the grade brings


@dataclass(frozen=True)
class Initiative:
    """An improvement of the past, with what it truly did to its metric from the day it started."""

    initiative: str
    target: str
    metric: str
    started_on: date
    change: float


@dataclass(frozen=True)
class PlantedTruths:
    """The numbers that a demonstration client's data is generated from.

    Parameters
    ----------
    seed : int
        The seed that drew them.
    driver_weights : dict of str to float
        Points of the overall grade (1 to 10) that one point of performance (1 to 5) of the attribute
        brings, in every segment but `segment_differs`; 0 for what does not drive satisfaction.
    performance : dict of str to float
        Mean rating of each attribute after a first delivery that was on time, outside `segment_differs`.
    stated_importance : dict of str to float
        Mean stated importance (1 to 5).
    overrated_attribute : str
        Said to be the most important, yet without weight.
    late_share : float
        Share of deliveries after the promised day, before any initiative.
    late_rating_drop : float
        Points by which lateness lowers the rating of on-time delivery; through it, and only so, the grade.
    stage_conversion : dict of str to float
        Share of journeys in a stage that reach the next, given time enough.
    leaking_stage : str
        The stage whose conversion lies below what is usual.
    touchpoint_satisfaction : dict of str to float
        Points of the grade by which answers given after a touchpoint differ from those after home delivery.
    loop_probability : float
        Probability that a showroom visit is followed by going back to the online comparison.
    duplicate_share : float
        Share of CRM records that are a second record of a person.
    account_email_share, account_person_share : float
        Share of ERP accounts with the exact e-mail address of the CRM record; with no e-mail address but
        the exact name, postcode and date of birth. The others are misspelt and have no shared e-mail.
    purchase_r, purchase_alpha_weeks, purchase_a, purchase_b : float
        BG/NBD parameters of repeat purchase (orders not cancelled, time in weeks) of customers not referred.
    contract_alpha, contract_beta : float
        Shifted beta-geometric parameters of leaving the care plan, per month.
    loyalty_correlation : float
        Correlation between how satisfied the first delivery left a customer and loyalty: how often they buy
        again, and how long they keep a care plan.
    referred_share : float
        Share of persons, among those who came when there was someone to refer them, who were referred.
    referral_effect : float
        Factor on the purchase rate of referred customers.
    referral_conversion : float
        Share of referrals that ended in an order.
    worked, failed : Initiative
        The initiative that moved its metric, and the one that did not.
    segment_differs, segment_same : str
        The segment that differs from the others, and one that does not differ from the rest.
    segment_attribute : str
        The attribute with which `segment_differs` is less satisfied, and which weighs more there.
    segment_rating_shift, segment_extra_weight : float
        By how much: points of the rating, points of the grade a point of the rating.
    kano : dict of str to str
        Feature to its Kano category.
    no_accountable, two_accountable : str
        Touchpoints for which nobody, or two departments, are accountable.
    department_out_of_line : str
        The department that ranks the attributes the wrong way round.
    promoters_raise, detractors_raise : str
        What the comments of promoters praise, and those of detractors complain of, more often than the rest do.

    Examples
    --------
    >>> from cvclib.demo import planted_truths
    >>> truths = planted_truths(1)
    >>> truths.drivers
    ('Bed comfort', 'On-time delivery', 'Sleep advice', 'After-sales service')
    >>> truths.leaking_stage, truths.worked.initiative, round(truths.late_effect_on_grade, 2)
    ('consideration', 'Time slots by text message', -0.48)
    """

    seed: int
    driver_weights: dict[str, float]
    performance: dict[str, float]
    stated_importance: dict[str, float]
    overrated_attribute: str
    late_share: float
    late_rating_drop: float
    stage_conversion: dict[str, float]
    leaking_stage: str
    touchpoint_satisfaction: dict[str, float]
    loop_probability: float
    duplicate_share: float
    account_email_share: float
    account_person_share: float
    purchase_r: float
    purchase_alpha_weeks: float
    purchase_a: float
    purchase_b: float
    contract_alpha: float
    contract_beta: float
    loyalty_correlation: float
    referred_share: float
    referral_effect: float
    referral_conversion: float
    worked: Initiative
    failed: Initiative
    segment_differs: str
    segment_same: str
    segment_attribute: str
    segment_rating_shift: float
    segment_extra_weight: float
    kano: dict[str, str]
    no_accountable: str
    two_accountable: str
    department_out_of_line: str
    promoters_raise: str = "Bed comfort"
    detractors_raise: str = DELIVERY

    @property
    def drivers(self) -> tuple[str, ...]:
        """Attributes that drive satisfaction, the strongest first."""
        weighted = [(-weight, name) for name, weight in self.driver_weights.items() if weight > 0]
        return tuple(name for _, name in sorted(weighted))

    @property
    def late_effect_on_grade(self) -> float:
        """Points of the overall grade that lateness costs in all, outside the segment that differs."""
        return -self.late_rating_drop * self.driver_weights[DELIVERY]

    @property
    def late_effect_on_recommendation(self) -> float:
        """Points of the mean recommendation answer (0 to 10) that lateness costs, outside the segment that differs."""
        return RECOMMENDATION_PER_GRADE * self.late_effect_on_grade

    @property
    def importance_shares(self) -> dict[str, float]:
        """Share of the explained variance of the grade that each driver carries, over all customers, about.

        A rating is 1 plus a binomial out of four: with mean ``m`` its variance is ``(m - 1)(5 - m) / 4``, to which
        moods, late deliveries and the segment that differs add theirs. As ratings hardly hang together, an
        attribute's share (LMG or any other) is close to its weight squared times that variance, over the sum.
        """
        explained = {}
        for name in self.drivers:
            mean, weight = self.performance[name], self.driver_weights[name]
            variance = (mean - 1) * (5 - mean) / 4 + (4 * HALO) ** 2 / 3
            if name == DELIVERY:
                variance += self.late_rating_drop**2 * self.late_share * (1 - self.late_share)
            if name == self.segment_attribute:
                share = SEGMENT_SHARES[SEGMENTS.index(self.segment_differs)]
                variance += self.segment_rating_shift**2 * share * (1 - share)
                weight += self.segment_extra_weight * share
            explained[name] = weight**2 * variance
        return {name: part / sum(explained.values()) for name, part in explained.items()}

    def late_share_at(self, promised_days: np.ndarray, first_day: date) -> np.ndarray:
        """Probability of lateness of deliveries promised so many days after `first_day`."""
        change = np.zeros(len(promised_days))
        for initiative in (self.worked, self.failed):
            if initiative.metric == "on_time_share":
                change[promised_days >= (initiative.started_on - first_day).days] += initiative.change
        return self.late_share - change

    def to_yaml(self) -> str:
        """The truths as the file ``planted_truths.yaml`` holds them."""
        derived = {
            "drivers": list(self.drivers),
            "importance_shares": {name: round(share, 3) for name, share in self.importance_shares.items()},
            "late_effect_on_grade": round(self.late_effect_on_grade, 4),
            "late_effect_on_recommendation": round(self.late_effect_on_recommendation, 4),
        }
        return yaml.safe_dump(asdict(self) | {"derived": derived}, sort_keys=False, allow_unicode=True, width=110)


TIME_SLOTS = Initiative("Time slots by text message", "Home delivery", "on_time_share", date(2025, 4, 1), 0.12)
SERVICE_CHAT = Initiative("Chat on the service page", "Service request", "ces", date(2025, 5, 1), 0.0)

NORDIC_BEDS = PlantedTruths(
    seed=DEMO_SEED,
    driver_weights=dict.fromkeys(ATTRIBUTES, 0.0)
    | {"Bed comfort": 0.70, "On-time delivery": 0.40, "Sleep advice": 0.35, "After-sales service": 0.30},
    performance={
        "Bed comfort": 4.0,
        "Sleep advice": 3.9,
        "On-time delivery": 3.6,
        "Price": 3.6,
        "Range": 3.9,
        "Website": 3.7,
        "Showroom": 4.1,
        "After-sales service": 3.4,
        "Sustainability": 3.5,
        "Payment options": 4.2,
    },
    stated_importance={
        "Bed comfort": 4.5,
        "Sleep advice": 3.7,
        "On-time delivery": 4.1,
        "Price": 4.7,
        "Range": 3.4,
        "Website": 3.1,
        "Showroom": 3.2,
        "After-sales service": 3.9,
        "Sustainability": 3.0,
        "Payment options": 2.6,
    },
    overrated_attribute="Price",
    late_share=0.26,
    late_rating_drop=1.2,
    stage_conversion={"awareness": 0.92, "consideration": 0.64, "purchase": 0.95, "ownership": 0.46},
    leaking_stage="consideration",
    touchpoint_satisfaction={
        "Online comparison": -0.2,
        "Showroom visit": -0.9,
        "Webshop order": 0.2,
        "Showroom order": 0.3,
        "Home delivery": 0.0,
        "Service request": -0.7,
    },
    loop_probability=0.38,
    duplicate_share=0.04,
    account_email_share=0.55,
    account_person_share=0.20,
    purchase_r=0.9,
    purchase_alpha_weeks=36.0,
    purchase_a=0.8,
    purchase_b=2.6,
    contract_alpha=0.9,
    contract_beta=9.0,
    loyalty_correlation=0.75,
    referred_share=0.14,
    referral_effect=2.0,
    referral_conversion=0.34,
    worked=TIME_SLOTS,
    failed=SERVICE_CHAT,
    segment_differs="Young families",
    segment_same="Couples",
    segment_attribute="On-time delivery",
    segment_rating_shift=-0.7,
    segment_extra_weight=0.35,
    kano=dict(
        zip(
            KANO_FEATURES,
            ("one-dimensional", "must-be", "attractive", "must-be", "indifferent", "indifferent"),
            strict=True,
        )
    ),
    no_accountable="Delivery planning",
    two_accountable="Home delivery",
    department_out_of_line="Finance",
)
