"""The firm behind a demonstration client: touchpoints, activities, roles, systems, initiatives.

What a workshop with the client would note down; small tables, the same for every size of client but for money.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from cvclib.demo.truths import PlantedTruths
from cvclib.demo.vocabulary import TOUCHPOINTS

COSTS_ARE_FOR = 2000  # customers; annual costs grow with their number

# activity, category, kind, department, annual cost, system, {touchpoint: share of effort}
ACTIVITIES = (
    ("Plan campaigns", "marketing_and_sales", "creates", "Marketing", 62_000, "Mail platform",
     {"Online advertisement": 0.5, "Newsletter": 0.2, "Social media post": 0.3}),
    ("Run the website", "technology_development", "creates", "E-commerce", 54_000, "Web analytics",
     {"Online comparison": 0.7, "Webshop order": 0.3}),
    ("Staff the showrooms", "marketing_and_sales", "creates", "Sales", 148_000, "CRM",
     {"Showroom visit": 0.6, "Sleep advice": 0.25, "Showroom order": 0.15}),
    ("Train sleep advisers", "human_resource_management", "creates", "Sales", 22_000, None, {"Sleep advice": 1.0}),
    ("Prepare quotes", "marketing_and_sales", "creates", "Sales", 18_000, "CRM", {"Quote": 1.0}),
    ("Take payments", "firm_infrastructure", "charges_for", "Finance", 16_000, "ERP", {"Payment": 1.0}),
    ("Approve cancellations", "firm_infrastructure", "erodes", "Finance", 9_000, "ERP", {"Cancellation call": 1.0}),
    ("Type webshop orders into the ERP", "firm_infrastructure", "erodes", "Finance", 21_000, "ERP", {"Webshop order": 1.0}),
    ("Buy mattresses and frames", "procurement", "creates", "Logistics", 41_000, "ERP",
     {"Webshop order": 0.5, "Showroom order": 0.5}),
    ("Receive and store goods", "inbound_logistics", "creates", "Logistics", 47_000, "ERP", {"Delivery planning": 1.0}),
    ("Assemble beds to measure", "operations", "creates", "Logistics", 88_000, "ERP", {"Home delivery": 1.0}),
    ("Plan routes", "outbound_logistics", "creates", "Logistics", 19_000, "Route planner", {"Delivery planning": 1.0}),
    ("Deliver to the bedroom", "outbound_logistics", "creates", "Logistics", 52_000, "Route planner",
     {"Home delivery": 0.8, "Old mattress pick-up": 0.2}),
    ("Recycle old mattresses (partner)", "external", "creates", "Logistics", 14_000, None, {"Old mattress pick-up": 1.0}),
    ("Make mattresses (supplier)", "external", "creates", "Logistics", None, None, {"Home delivery": 1.0}),
    ("Call after delivery", "service", "creates", "Customer service", 12_000, "CRM", {"Comfort check call": 1.0}),
    ("Answer service requests", "service", "creates", "Customer service", 58_000, "Ticket desk",
     {"Service request": 0.85, "Cancellation call": 0.15}),
    ("Ask for reviews and referrals", "marketing_and_sales", "creates", "Marketing", 7_000, "Survey tool",
     {"Review": 0.6, "Referral invitation": 0.4}),
)  # fmt: skip
CONSULTED = {"Sales": "Logistics", "Logistics": "Sales", "Marketing": "E-commerce", "E-commerce": "Marketing",
             "Finance": "Sales", "Customer service": "Logistics"}  # fmt: skip
INFORMED = {"Sales": "Finance", "Logistics": "Customer service", "Marketing": "Sales", "E-commerce": "Sales",
            "Finance": "Customer service", "Customer service": "Sales"}  # fmt: skip
SYSTEM_KINDS = {
    "CRM": ("crm", "Sales"),
    "ERP": ("erp", "Finance"),
    "Web analytics": ("web", "E-commerce"),
    "Mail platform": ("mail", "Marketing"),
    "Route planner": ("planning", "Logistics"),
    "Ticket desk": ("ticketing", "Customer service"),
    "Survey tool": ("survey", "Marketing"),
}
SECOND_RECORDINGS = (("ERP", "Home delivery"), ("CRM", "Showroom order"), ("Ticket desk", "Comfort check call"))
# initiative, what it improves, cost, start, expected change, owner, metric, benefit a year (with least and most), needs, not beside;
# costs and benefits for as many customers as annual costs are for
PLANNED = (
    ("Showroom visits by appointment", "Showroom visit", 15_000, date(2026, 3, 1), 0.05, "Sales", "conversion", (26_000, 8_000, 44_000), "", ""),
    ("Call back within a day", "After-sales service", 20_000, date(2026, 2, 1), 0.2, "Customer service", "csat", (24_000, 6_000, 42_000), "", ""),
    ("Member-get-member voucher", "Referral invitation", 8_000, date(2026, 4, 1), 0.03, "Marketing", "repeat_rate", (13_000, 1_000, 25_000),
     "Referral page in the webshop", ""),
    ("Referral page in the webshop", "Referral invitation", 6_000, date(2026, 3, 1), 0.01, "E-commerce", "repeat_rate", (4_000, -2_000, 10_000), "", ""),
    ("Live stock on the website", "Website", 24_000, date(2026, 5, 1), 0.02, "E-commerce", "conversion", (35_000, 15_000, 55_000), "",
     "New webshop"),
    ("New webshop", "Website", 60_000, date(2026, 9, 1), 0.05, "E-commerce", "conversion", (62_000, 10_000, 114_000), "", ""),
    ("Second delivery attempt the same week", "Home delivery", 18_000, date(2026, 2, 1), 0.05, "Logistics", "on_time_share",
     (21_000, 9_000, 33_000), "", ""),
)  # fmt: skip
EXPECTED = {"on_time_share": 0.10, "ces": 0.5}  # what was hoped for when an initiative began


def touchpoints() -> pd.DataFrame:
    """The touchpoints, with what the next best alternative would cost the customer."""
    rows = [(t.name, t.stage, t.channel, t.department, t.alternative_cost) for t in TOUCHPOINTS]
    return pd.DataFrame(rows, columns=["Touchpoint", "Stage", "Channel", "Owner", "Customer's alternative (EUR)"])


def activities(n_customers: int) -> pd.DataFrame:
    """Activities with their annual cost."""
    scale = n_customers / COSTS_ARE_FOR
    rows = [(a, category, kind, who, cost and round(cost * scale), system) for a, category, kind, who, cost, system, _ in ACTIVITIES]
    return pd.DataFrame(rows, columns=["Activity", "Porter category", "Value", "Department", "Annual cost (EUR)", "System"])


def roles(truths: PlantedTruths) -> pd.DataFrame:
    """Who is responsible, accountable, consulted and informed, activity by touchpoint; faults as planted.

    The share of the activity's effort stands once, on the row of the responsible department.
    """
    owner = {touchpoint.name: touchpoint.department for touchpoint in TOUCHPOINTS}
    rows = []
    for activity, _, _, department, _, _, served in ACTIVITIES:
        for touchpoint, share in served.items():
            rows.append((activity, touchpoint, share, department, "R"))
            if touchpoint != truths.no_accountable:
                rows.append((activity, touchpoint, None, owner[touchpoint], "A"))
            if touchpoint == truths.two_accountable:
                rows.append((activity, touchpoint, None, CONSULTED[owner[touchpoint]], "A"))
            rows.append((activity, touchpoint, None, CONSULTED[department], "C"))
            rows.append((activity, touchpoint, None, INFORMED[department], "I"))
    return pd.DataFrame(rows, columns=["Activity", "Touchpoint", "Effort share", "Department", "Role"])


def systems() -> pd.DataFrame:
    """Systems and the touchpoints that they record; two touchpoints are recorded by none."""
    recorded = [(t.system, t.name) for t in TOUCHPOINTS if t.system] + list(SECOND_RECORDINGS)
    rows = [(system, *SYSTEM_KINDS[system], touchpoint) for system, touchpoint in recorded]
    return pd.DataFrame(rows, columns=["System", "Kind", "Department", "Records"])


def initiatives(truths: PlantedTruths, n_customers: int) -> pd.DataFrame:
    """The two initiatives of the past and those that are planned."""
    scale = n_customers / COSTS_ARE_FOR
    past = {
        truths.worked.initiative: (truths.worked, "done"),
        truths.failed.initiative: (truths.failed, "done"),
    }
    owners = {"on_time_share": ("Logistics", 18_000), "ces": ("Customer service", 12_000)}
    nothing = (None, None, None, "", "")
    rows = [
        (name, i.target, owners[i.metric][1] * scale, i.started_on, EXPECTED[i.metric], owners[i.metric][0], status, i.metric, *nothing)
        for name, (i, status) in sorted(past.items())
    ] + [
        (name, target, cost * scale, start, change, owner, "planned", metric, *(x * scale for x in benefit), requires, excludes)
        for name, target, cost, start, change, owner, metric, benefit, requires, excludes in PLANNED
    ]
    columns = [
        "Initiative", "Improves", "Cost (EUR)", "Start", "Expected change", "Owner", "Status", "Metric", "Benefit a year (EUR)",
        "At least (EUR)", "At most (EUR)", "Needs", "Not beside",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
