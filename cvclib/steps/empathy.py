"""The empathy map: what customers were heard to say, think, do and feel, as coded quotations show it."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Corner, Corners, Reading, Table
from cvclib.findings import Gap
from cvclib.steps.memo import once_per_client
from cvclib.steps.questions import TooFewAnswersError, exhibit_of, reading_of
from cvclib.steps.quotations import redactor
from cvclib.steps.value_questions import QUESTIONS, STEP
from cvclib.wording import joined, label

CORNERS = ("says", "thinks", "does", "feels")
SOURCES = ("interview", "focus_group", "observation", "social")
QUOTES_A_CORNER = 5
LONGEST = 140
MANY = 5  # names in a sentence; the rest is counted


@once_per_client
def coded_quotes(client: Client) -> pd.DataFrame:
    """The client's coded quotations, made fit to be shown.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``source``, ``segment``, ``touchpoint``, ``empathy``, ``text`` (redacted, at most 140 characters); each text once.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        Without quotations, or with none of the segment analysed.
    """
    client.require("quotes.text", "quotes.empathy")
    quotes = client.tables.quotes.select("source", "segment", "touchpoint", "empathy", "text").to_pandas()
    quotes = quotes[quotes["text"].notna()].drop_duplicates().reset_index(drop=True)
    if quotes.empty:
        raise TooFewAnswersError(f"No quotation is of segment {client.segment}." if client.segment else "No quotation is given.")
    redact = redactor(client, quotes["text"].tolist())
    return quotes.assign(text=[redact(text, longest=LONGEST) for text in quotes["text"]])


def empathy_counts(client: Client) -> pd.DataFrame:
    """How many quotations of each source stand in each corner.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``source`` and a column for each corner; the sources that the table knows, also those without any.
    """
    quotes = coded_quotes(client)
    counts = pd.crosstab(quotes["source"].fillna("not given"), quotes["empathy"])
    sources = [*SOURCES, *sorted(set(counts.index) - set(SOURCES))]
    return counts.reindex(index=sources, columns=list(CORNERS), fill_value=0).rename_axis(index="source", columns=None).reset_index()


@exhibit_of(QUESTIONS["empathy"], STEP)
def empathy_map(client: Client) -> Corners | Gap | Reading:
    """What customers say, think, do and feel, in their own words."""
    quotes, counts = coded_quotes(client), empathy_counts(client)
    corners = tuple(_corner(quotes[quotes["empathy"] == name], label(name)) for name in CORNERS)
    who = f"Segment {client.segment}" if client.segment else "Our customers"
    return Corners(
        corners,
        middle=f"{who}: {len(quotes):,} quotation{'s' if len(quotes) != 1 else ''}",
        caption="Empathy map: what customers say, think, do and feel",
        note="Names, numbers and addresses are masked. What was heard from a few persons: it shows how customers put things and what to ask "
        "next, not how many of them think so.",
        empty="Nobody was heard on this yet.",
        data=Table(
            counts.assign(source=counts["source"].map(label)),
            caption="Quotations by source and corner",
            units=dict.fromkeys(CORNERS, "count"),
        ),
    )


def _corner(quotes: pd.DataFrame, name: str) -> Corner:
    """A corner's quotations, of every source and touchpoint in turn, so that no one source fills it."""
    turn = quotes.groupby("source", dropna=False).cumcount() + quotes.groupby("touchpoint", dropna=False).cumcount()
    shown = quotes.loc[turn.sort_values(kind="stable").index].head(QUOTES_A_CORNER)
    entries = tuple((row.text, _about(row)) for row in shown.itertuples())
    return Corner(f"{name} ({len(quotes):,})", entries, more=len(quotes) - len(shown))


def _about(row: object) -> str:
    parts = [row.touchpoint, row.segment, label(row.source).lower() if isinstance(row.source, str) else None]
    return " · ".join(part for part in parts if isinstance(part, str))


@reading_of(QUESTIONS["empathy"])
def empathy_reading(client: Client) -> Reading:
    """Where the quotations come from, and who and what is not heard in them."""
    quotes, counts = coded_quotes(client), empathy_counts(client)
    by_source = counts.set_index("source")[list(CORNERS)].sum(axis=1)
    heard = [f"{label(source).lower()} {n:,}" for source, n in by_source.sort_values(ascending=False, kind="stable").items() if n]
    words = [f"{len(quotes):,} quotations: {joined(heard)}."]
    missing = []
    if silent := [source.replace("_", " ") for source in SOURCES if not by_source[source]]:
        missing.append(f"none from {joined(silent, 'or')}")
    if bare := [corner for corner in CORNERS if not counts[corner].sum()]:
        missing.append(
            f"nothing on what customers {joined([corner.removesuffix('s') if corner != 'does' else 'do' for corner in bare], 'or')}"
        )
    if unheard := _unheard(client, quotes):
        missing.append(unheard)
    if uncoded := int(quotes["empathy"].isna().sum()):
        missing.append(f"{uncoded:,} without a corner")
    words.append(f"Missing: {'; '.join(missing)}." if missing else "Every source and corner is heard.")
    return Reading(" ".join(words))


def _unheard(client: Client, quotes: pd.DataFrame) -> str:
    parts = []
    segments = sorted(set(client.segments) - set(quotes["segment"].dropna())) if not client.segment else []
    if segments:
        parts.append(f"no customer known to be of {_some(segments)}")
    if client.has("touchpoints.touchpoint"):
        known = client.tables.touchpoints.select("touchpoint").distinct().to_pandas()["touchpoint"]
        if silent := sorted(set(known.dropna()) - set(quotes["touchpoint"].dropna())):
            parts.append(f"nothing about {_some(silent)}")
    return "; ".join(parts)


def _some(names: list[str]) -> str:
    return joined(names) if len(names) <= MANY else f"{', '.join(names[: MANY - 1])} and {len(names) - MANY + 1:,} more"
