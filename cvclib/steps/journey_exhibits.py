"""The journey map of step 1: touchpoints by stage, channel and department, with satisfaction, pain and what customers say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts.journey import draw_map
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.privacy import suppress_small
from cvclib.steps.journeys import RULE, n_journeys, volumes
from cvclib.steps.pain_points import pain_points, satisfaction_by_touchpoint
from cvclib.steps.process_questions import CAPTIONS, cannot_show
from cvclib.steps.quotations import redactor
from cvclib.wording import joined, label, number

FEW = "fewer than {}"
EMPATHY = ("feels", "thinks", "says", "does")  # of the empathy map, the nearest to an emotion first
METRIC_NAMES = {
    "nps": "Net promoter score",
    "csat": "Satisfaction, mean score",
    "ces": "Ease, mean score",
    "overall": "Overall satisfaction, mean score",
}


def journey_map(client: Client, *, metric: str = "") -> Figure | Gap | Reading:
    """The journey map: touchpoints by stage with their volume, satisfaction and pain points.

    Parameters
    ----------
    client : Client
    metric : str
        Survey question for the line of satisfaction; empty takes the most answered.
    """
    if cannot := cannot_show(client, "journeys"):
        return cannot
    frame, value_label, average = _map_frame(client, metric)
    columns = [
        "number",
        "touchpoint",
        "stage",
        "channel",
        "department",
        "n_touches",
        "n_cases",
        "share_of_cases",
        "value",
        "low",
        "high",
        "n",
        "pain",
    ]
    minimum = client.params.report.minimum_group
    shown = suppress_small(
        frame[columns], n="n_cases", minimum=minimum, keep=("number", "touchpoint", "stage", "channel", "department", "pain")
    )
    units = {
        "number": "count",
        "n_touches": "count",
        "n_cases": "count",
        "share_of_cases": "share",
        "value": "score",
        "low": "score",
        "high": "score",
        "n": "count",
    }
    labels = {"number": "No.", "n_touches": "Touches", "n_cases": "Journeys", "share_of_cases": "Share of journeys", "value": value_label or "Satisfaction",
              "low": "95% from", "high": "to", "n": "Answers", "pain": "Pain point"}  # fmt: skip
    data = Table(
        shown.assign(stage=shown["stage"].map(label)),
        "The journey map in numbers",
        units,
        labels,
        f"{RULE} A dash in touches: {FEW.format(minimum)} journeys.",
    )
    hurts = frame[frame["pain"] != ""]
    alt = (
        f"{len(frame)} touchpoints in {frame['stage'].nunique()} stages over {n_journeys(client):,} journeys. "
        f"Most used: {joined(frame.nlargest(3, 'n_touches')['touchpoint'].tolist())}. "
        f"Pain points: {joined([f'{r.touchpoint} ({r.pain})' for r in hurts.itertuples()]) or 'none that the evidence carries'}."
    )
    return Figure(draw_map(frame, value_label=value_label, average=average, quotes=_quotes(client, frame)), CAPTIONS["map"], alt, data)


def read_journey_map(client: Client, *, metric: str = "") -> Reading | None:
    """The journey map in words."""
    if cannot_show(client, "journeys"):
        return None
    frame, value_label, _ = _map_frame(client, metric)
    unused = frame.loc[frame["n_touches"] == 0, "touchpoint"].tolist()
    text = f"{n_journeys(client):,} journeys start in the period, over {(frame['n_touches'] > 0).sum()} touchpoints. "
    hurts = [f"{r.touchpoint} ({r.pain})" for r in frame[frame["pain"] != ""].itertuples()]
    text += (
        f"Pain points: {joined(hurts)}."
        if hurts
        else "No touchpoint stands out as a pain point: differences between them lie within chance or are small."
    )
    text += f" Never touched in the period: {joined(unused)}." if unused else ""
    text += "" if value_label else " How satisfied customers are at each touchpoint is not known."
    return Reading(text)


def _map_frame(client: Client, metric: str) -> tuple[pd.DataFrame, str, float | None]:
    """What the map draws, the label of its line and its level; an empty label where there is no line."""
    frame, minimum = volumes(client), client.params.report.minimum_group
    hidden = (frame["n_cases"] < minimum) & (frame["n_cases"] > 0)
    frame = frame.assign(
        number=range(1, len(frame) + 1), volume=frame["n_touches"].mask(hidden).astype(float),
        volume_text=np.where(hidden, FEW.format(minimum), frame["n_touches"].map("{:,}".format)), n=np.nan, value=np.nan, low=np.nan, high=np.nan,
    )  # fmt: skip
    value_label, average = "", None
    if client.has("survey.touchpoint"):
        found = satisfaction_by_touchpoint(client, metric=metric)
        known = found.frame.set_index("touchpoint")
        for column in ("value", "low", "high", "n"):
            frame[column] = frame["touchpoint"].map(known[column]).astype(float)
        if frame["value"].notna().any():
            unit = "points" if found.metric == "nps" else f"{found.scale[0]:g} to {found.scale[1]:g}"
            value_label, average = f"{METRIC_NAMES[found.metric]} ({unit})", found.overall.value
    frame["pain"] = frame["touchpoint"].map(_pain_texts(client, metric)).fillna("")
    return frame, value_label, average


def _pain_texts(client: Client, metric: str) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    for row in pain_points(client, metric=metric).itertuples():
        text = (
            f"{number(row.value, 'share', decimals=0)} come back" if row.kind == "repetition"
            else f"satisfaction {row.value:.1f}, others {row.compared_with:.1f}"
        )  # fmt: skip
        texts.setdefault(row.touchpoint, []).append(text)
    return {touchpoint: "; ".join(found) for touchpoint, found in texts.items()}


def _quotes(client: Client, frame: pd.DataFrame) -> pd.DataFrame | None:
    """One quotation a stage, redacted and cut: about a pain point, a feeling and short rather than not."""
    if not client.has("quotes.touchpoint"):
        return None
    said = client.tables.quotes.select("touchpoint", "empathy", "text").to_pandas().dropna(subset=["text"])
    redact = redactor(client, said["text"].tolist())
    said = said.merge(frame[["touchpoint", "stage", "number", "pain"]], on="touchpoint")
    said = said[said["stage"] != ""]
    corner = said["empathy"].map({name: i for i, name in enumerate(EMPATHY)}).fillna(len(EMPATHY))
    said = said.assign(calm=said["pain"] == "", corner=corner, length=said["text"].str.len())
    chosen = said.sort_values(["calm", "corner", "length", "text"], kind="stable").drop_duplicates("stage")
    return chosen.assign(text=[redact(text) for text in chosen["text"]])
