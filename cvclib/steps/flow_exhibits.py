"""The exhibit of step 1 on the parties: one page of what passes between them."""

from __future__ import annotations

import pandas as pd

from cvclib.charts.flows import draw_flows
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps.flows import COMPANY, CUSTOMERS, PARTNERS, SUPPLIERS, flows, revenue_by_segment
from cvclib.steps.process_questions import CAPTIONS, gap_of
from cvclib.wording import joined, label, number

NOT_TOLD = "n/a"


def flow_page(client: Client) -> Figure | Gap | Reading:
    """Money, goods, information and complaints between the parties, with what the client's tables tell of them."""
    if cannot := gap_of(client, "flows"):
        return cannot
    frame, currency = flows(client), client.params.currency
    if not frame["value"].fillna(0).any():
        return Reading(f"None of what passes between the parties falls in the period {client.period}.")
    values = [NOT_TOLD if pd.isna(r.value) else number(r.value, r.unit, currency=currency) for r in frame.itertuples()]
    # The boxes say whose it is: on the arrow the party's name would only take room.
    short = [r.what.removesuffix(f" to {r.target.lower()}").removesuffix(f" of {r.source.lower()}") for r in frame.itertuples()]
    shown = frame.assign(short=short, text=[f"{r.what}: {v}" for r, v in zip(frame.itertuples(), values, strict=True)], amount=values)
    rows = shown.assign(
        flow=[f"{r.source} to {r.target[:1].lower() + r.target[1:]}" for r in shown.itertuples()],
        value=values,
        kind=shown["kind"].map(label),
    )
    table = rows[["kind", "flow", "what", "value", "told_by"]]
    table = pd.concat([table, _segment_rows(client, currency)], ignore_index=True)
    note = (
        f"Over {client.period}. n/a: the client's tables do not tell it. Revenue is that of orders not cancelled; the cost of outsiders is their annual cost "
        "brought to the period. An outsider counts as a supplier where its activity's name says so or where it serves no touchpoint."
    )
    labels = {"kind": "Kind", "flow": "From and to", "what": "What", "value": "In the period", "told_by": "Told by"}
    data = Table(table, "What passes between the parties, in numbers", {}, labels, note)
    alt = "; ".join(f"{r.kind}, {r.source} to {r.target}: {r.text}" for r in shown.itertuples()) + "."
    drawing = draw_flows(shown, company=COMPANY, customers=CUSTOMERS, suppliers=SUPPLIERS, partners=PARTNERS)
    return Figure(drawing, CAPTIONS["flows"], alt, data)


def _segment_rows(client: Client, currency: str) -> pd.DataFrame:
    found = revenue_by_segment(client)
    found = found[found["customers"] >= client.params.report.minimum_group]
    rows = [("Money", f"{r.segment} to company", f"revenue of {r.customers:,} customers", number(r.revenue, "money", currency=currency), "orders.revenue, customers.segment") for r in found.itertuples()]  # fmt: skip
    return pd.DataFrame(rows, columns=["kind", "flow", "what", "value", "told_by"])


def read_flow_page(client: Client) -> Reading | None:
    """What flows, and what the tables cannot tell, in words."""
    if gap_of(client, "flows"):
        return None
    frame, currency = flows(client), client.params.currency
    known = frame.dropna(subset=["value"]).set_index("what")["value"]
    if not known.any():
        return None
    parts = []
    if known.get("revenue"):
        part = f"Customers paid {number(known['revenue'], 'money', currency=currency)}"
        back = known.get("returned orders", 0)
        parts.append(part + (f"; {number(back / known['revenue'], 'share')} as much came back as returned orders." if back else "."))
    if "service cases" in known:
        per = (
            f", {100 * known['service cases'] / known['orders placed']:.1f} for every hundred orders" if known.get("orders placed") else ""
        )
        parts.append(f"{number(known['service cases'], 'count')} service cases came in{per}.")
    unknown = frame.loc[frame["value"].isna(), "what"].drop_duplicates().tolist()
    if unknown:
        parts.append(f"The tables do not tell: {joined(unknown)}.")
    return Reading(" ".join(parts) or "The tables tell of touches only; what is paid and delivered is not among them.")
