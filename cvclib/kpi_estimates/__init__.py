"""How each KPI is estimated: by the engine, from counts or moments a group, so that rows never leave it.

What the KPIs mean, and what they need, is in `cvclib.kpis`.
"""

from __future__ import annotations

from collections.abc import Mapping

from cvclib.kpi_estimates import answered, buying, waiting
from cvclib.kpi_estimates.answered import answers, unweighted
from cvclib.kpi_estimates.rows import NO_SEGMENT, NOTHING, By, Estimates, Estimator, covers, means_of
from cvclib.kpi_estimates.waiting import leads_have_customers, promised_to_the_hour, recorded_throughout, ripe_until

__all__ = [
    "ESTIMATORS", "NOTHING", "NO_SEGMENT", "By", "Estimates", "Estimator", "answers", "covers", "leads_have_customers", "means_of",
    "promised_to_the_hour", "recorded_throughout", "ripe_until", "unweighted",
]  # fmt: skip

ESTIMATORS: Mapping[str, Estimator] = {
    "delivery_days": waiting.delivery_days(0.5),
    "delivery_p90_days": waiting.delivery_days(waiting.NINE_IN_TEN),
    "on_time_share": waiting.on_time,
    "on_time_to_the_hour": waiting.on_time_to_the_hour,
    "first_response_hours": waiting.first_response,
    "resolution_hours": waiting.resolution,
    "reopened_share": waiting.reopened,
    "conversion": waiting.conversion,
    "csat": answered.satisfied("csat"),
    "csat_mean": answered.mean_score("csat"),
    "overall": answered.satisfied("overall"),
    "nps": answered.net_promoter,
    "ces": answered.mean_score("ces"),
    "retention": buying.retention,
    "contract_retention": buying.contracts_kept,
    "repeat_rate": buying.repeat,
    "referral_rate": buying.referring,
    "customers": buying.customers,
    "orders": buying.n_orders,
    "revenue": buying.revenue,
    "average_order_value": buying.order_value,
    "revenue_per_customer": buying.revenue_per_customer,
    "cancelled_share": buying.cancelled,
    "returned_share": buying.returned,
    "cost_to_serve": buying.cost_to_serve,
}  # by the KPI's name
