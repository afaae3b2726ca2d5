"""Exhibits of whether departments share one picture of what matters to customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.matrix import draw_matrix
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.estimate import Estimate
from cvclib.steps import shared_picture
from cvclib.steps.collaboration_questions import ALPHA, CAPTIONS, gap_of, p_text
from cvclib.wording import joined, p_cell, with_evidence


def picture_matrix(client: Client) -> Figure | Gap | Reading:
    """Departments' ranks of the attributes beside the customers', tinted by distance from the customers."""
    if cannot := gap_of(client, "picture"):
        return cannot
    found = shared_picture.picture(client)
    if found.ranks.empty:
        return Reading(
            "No attribute was ranked by every department, so their pictures cannot be laid side by side." + _too_few(found.too_few)
        )
    asked = found.customers.notna().any()
    level = found.customers if asked else found.ranks.mean(axis=1)
    ranks = pd.concat([level.rename(shared_picture.CUSTOMERS if asked else "All, mean"), found.ranks], axis=1)
    distance = ranks.sub(level, axis=0).abs()
    texts = ranks.map(_rank)
    sure = shared_picture.disagreements(client) if asked else pd.DataFrame()
    for row in sure[sure["beyond"] >= shared_picture.MATERIAL].itertuples() if len(sure) else ():
        texts.loc[row.attribute, row.department] += " ▼" if row.gap > 0 else " ▲"
    for attribute, row in (shared_picture.customers_ranks(client) if asked else pd.DataFrame()).iterrows():
        if row["low"] < row["high"] and attribute in texts.index:
            texts.loc[attribute, shared_picture.CUSTOMERS] += f" ({row['low']:g} to {row['high']:g})"
    note = "1: the most important. ▼ ranks it lower than customers for sure, ▲ higher, by two ranks or more. In brackets: ranks that customers may truly have."
    data = Table(texts.rename_axis("Attribute").reset_index(), "The ranks in numbers", note=note)
    alt = f"{len(ranks)} attributes ranked by {found.ranks.shape[1]} departments; ranked first by {'customers' if asked else 'all together'}: {ranks.index[0]}."
    title = "Rank, 1 the most important; the darker, the further from the mean"
    if asked:
        title = "Rank, 1 the most important; the darker, the further from the customers; ▼ lower, ▲ higher than theirs for sure"
    return Figure(draw_matrix(distance, texts, column_title=title, highest=max(len(ranks) - 1, 1)), CAPTIONS["picture"], alt, data)


def _rank(rank: float) -> str:
    return "" if pd.isna(rank) else f"{rank:g}" if float(rank).is_integer() else f"{rank:.1f}"


def _too_few(departments: tuple[str, ...]) -> str:
    return f" Not shown, as too few persons ranked: {joined(list(departments))}." if departments else ""


def read_picture_matrix(client: Client) -> Reading | None:
    """Kendall's W in words."""
    if gap_of(client, "picture"):
        return None
    found = shared_picture.concordance(client)
    if found is None:
        return Reading(
            "Agreement needs at least two departments that ranked the same three attributes."
            + _too_few(shared_picture.picture(client).too_few)
        )
    verdict = "they agree more than chance would have it" if found.p_value < ALPHA else "that is no more agreement than chance may bring"
    left_out, too_few = shared_picture.picture(client)[2:]
    alpha = shared_picture.alpha(client)
    blanks = (
        f" Krippendorff's alpha, which takes in what only some ranked, is {with_evidence(alpha)}, n counting attributes."
        if alpha and np.isfinite(alpha.low)
        else ""
    )
    more = f" Left out, as not ranked by all: {joined(list(left_out))}." if left_out else ""
    return Reading(
        f"Kendall's W among {found.n_raters} departments over {found.n_items} attributes is {found.w:.2f} (0 none, 1 full agreement; "
        f"χ² = {found.chi_square:.1f} on {found.degrees}, p {p_text(found.p_value)}): {verdict}.{blanks}{more}{_too_few(too_few)}"
    )


def picture_table(client: Client) -> Table | Gap | Reading:
    """How close each department's ranks are to the customers'."""
    if cannot := gap_of(client, "customers"):
        return cannot
    frame = shared_picture.departments_and_customers(client)
    if frame.empty:
        return Reading("Customers rated fewer than three of the attributes that departments ranked.")
    frame = frame.assign(
        p_value=frame["p_value"].map(p_cell),
        underrates=frame["underrates"].replace("", None),
        overrates=frame["overrates"].replace("", None),
    )
    units = {**dict.fromkeys(("rho", "low", "high"), "number"), "n": "count", "n_sure": "count"}
    labels = {
        "rho": "Spearman",
        "low": "95% from",
        "high": "to",
        "n": "Attributes",
        "p_value": "p, adjusted",
        "n_sure": "Surely ranks otherwise",
        "underrates": "Underrates most",
        "overrates": "Overrates most",
    }
    note = (
        "Spearman: 1, the customers' own order; 0, no relation; −1, the opposite. Surely otherwise: attributes that the department ranks two ranks or more "
        "outside the range of the customers' own rank; all ranges hold together with 95%."
    )
    return Table(frame, CAPTIONS["departments"], units, labels, note)


def read_picture_table(client: Client) -> Reading | None:
    """Whose picture is closest and furthest, in words."""
    if gap_of(client, "customers"):
        return None
    frame = shared_picture.departments_and_customers(client).dropna(subset=["rho"])
    if frame.empty:
        return None
    near, far = (Estimate(*frame.iloc[i][["rho", "low", "high", "n"]]) for i in (0, -1))
    surely = frame[(frame["p_value"] < ALPHA) & (frame["rho"] > 0)]["department"].tolist()
    return Reading(
        f"Closest to the customers is {frame.iloc[0]['department']} with {with_evidence(near)}, furthest {frame.iloc[-1]['department']} with {with_evidence(far)}. "
        + (
            f"More than chance would have it, {joined(surely)} {'ranks' if len(surely) == 1 else 'rank'} as customers do."
            if surely
            else "No department ranks as customers do more than chance would have it."
        )
    )
