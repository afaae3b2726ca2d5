"""The exhibits of step 1 on paths: what follows what, loops and variants."""

from __future__ import annotations

import pandas as pd

from cvclib.charts.process_graph import draw_process
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods import event_log as el
from cvclib.methods import shares
from cvclib.privacy import suppress_small
from cvclib.steps.journeys import RULE, between, how_ordered, journeys, lasting, transitions, volumes
from cvclib.steps.pain_points import repeated_touchpoints
from cvclib.steps.process_questions import CAPTIONS, cannot_show
from cvclib.wording import number, p_cell, with_evidence

FEW = "fewer than {}"


def process_graph(client: Client, *, most_arrows: int = 24) -> Figure | Gap | Reading:
    """What follows what, drawn for the most frequent transitions.

    Parameters
    ----------
    client : Client
    most_arrows : int
        How many transitions to draw one by one; the rest is one dashed arrow, "other", with its count.
    """
    if cannot := cannot_show(client, "journeys"):
        return cannot
    pairs = _shown_pairs(client, transitions(client), most_arrows)
    if pairs.empty:
        return Reading("No transition between touchpoints is made by enough journeys to be shown.")
    used = volumes(client)
    used = used[used["touchpoint"].isin({*pairs["from_activity"], *pairs["to_activity"]})]
    known = used["stage"].ne("").any()
    column = pd.factorize(used["stage"])[0] if known else pd.qcut(used["place"].rank(method="first"), min(5, len(used)), labels=False)
    nodes = pd.DataFrame(
        {
            "touchpoint": used["touchpoint"],
            "column": column,
            "heading": used["stage"] if known else "",
            "note": used["n_cases"].map("{:,}".format),
        }
    )
    edges = pairs.assign(text=[f"{r.n:,}\n{lasting(client, r.median_hours, short=True)}" for r in pairs.itertuples()])
    total = int(transitions(client)["n"].sum())
    other = _other_in_words(client, pairs, total)
    note = (
        f"Drawn: {len(pairs)} transitions that hold {number(pairs['n'].sum() / total, 'share')} of all {total:,}; {other or 'no others'}."
    )
    first = pairs.iloc[0]
    alt = f"{note} The most frequent leads from {first.from_activity} to {first.to_activity} ({first.n:,} times)."
    return Figure(
        draw_process(nodes.reset_index(drop=True), edges, other=other),
        CAPTIONS["graph"],
        alt,
        _pairs_table(client, most_arrows, "The transitions drawn, in numbers"),
    )


def read_process_graph(client: Client, *, most_arrows: int = 24) -> Reading | None:
    """The drawing in words: how much of all it holds, and how often journeys go back."""
    if cannot_show(client, "journeys"):
        return None
    pairs = transitions(client)
    if pairs.empty:
        return Reading("No journey of the period has more than one touch, so nothing follows anything.")
    shown = _shown_pairs(client, pairs, most_arrows)
    order = volumes(client).set_index("touchpoint")["place"]
    back = pairs[pairs["from_activity"].map(order) > pairs["to_activity"].map(order)]
    share = shares.share(int(back["n"].sum()), int(pairs["n"].sum()))
    return Reading(
        f"The drawing holds {number(shown['n'].sum() / share.n, 'share')} of {share.n:,} transitions; {len(pairs) - len(shown)} rarer kinds are drawn as "
        f"one dashed arrow, \u201cother\u201d. {with_evidence(share, 'share')} of transitions lead back to a touchpoint that usually comes earlier."
    )


def transition_table(client: Client, *, most: int = 15) -> Table | Gap | Reading:
    """Directly-follows counts with times; rare transitions gathered in one row.

    Parameters
    ----------
    client : Client
    most : int
        How many transitions stand in rows of their own.
    """
    if cannot := cannot_show(client, "journeys"):
        return cannot
    return _pairs_table(client, most, CAPTIONS["transitions"])


def read_transition_table(client: Client) -> Reading | None:
    """The slowest and the most frequent transition in words."""
    if cannot_show(client, "journeys"):
        return None
    pairs = _shown_pairs(client, transitions(client), 15)
    if pairs.empty:
        return None
    first, slow = pairs.iloc[0], pairs.loc[pairs["median_hours"].idxmax()]
    return Reading(
        f"Most often {first.from_activity} is followed by {first.to_activity}: {first.n:,} times, in {number(first.share_of_cases, 'share')} of journeys. "
        f"Of the frequent transitions the slowest leads from {slow.from_activity} to {slow.to_activity}: half take longer than "
        f"{lasting(client, slow.median_hours)}, one in ten longer than {lasting(client, slow.p90_hours)} (n = {slow.n:,})."
    )


def loop_table(client: Client) -> Table | Gap | Reading:
    """Touchpoints that journeys come back to, with the share that does."""
    if cannot := cannot_show(client, "journeys"):
        return cannot
    frame = repeated_touchpoints(client)
    frame = frame[frame["n_repeats"] > 0].reset_index(drop=True)
    if frame.empty:
        return Reading("No journey of the period comes back to a touchpoint.")
    frame = suppress_small(frame, n="n_cases", minimum=client.params.report.minimum_group, keep=("touchpoint",))
    frame["p_value"] = frame["p_value"].map(p_cell)
    counts = ("n_touches", "n_cases", "n_cases_repeating", "n_repeats", "n_self_loops")
    units = {**dict.fromkeys(counts, "count"), **dict.fromkeys(("share", "low", "high"), "share")}
    labels = {"n_touches": "Touches", "n_cases": "Journeys", "n_cases_repeating": "that repeat it", "share": "Share that repeats it", "low": "95% from", "high": "to",
              "n_repeats": "Repetitions", "n_self_loops": "of them self-loops", "p_value": "p, adjusted"}  # fmt: skip
    note = (
        "Repetitions: touches beyond the first of a journey. Self-loop: the touchpoint directly follows itself. "
        "p: the share against that of the other touchpoints together."
    )
    return Table(frame, CAPTIONS["loops"], units, labels, note)


def read_loop_table(client: Client) -> Reading | None:
    """How many journeys loop, in words."""
    if cannot_show(client, "journeys"):
        return None
    sums = el.overview(journeys(client))
    share = shares.share(sums.n_cases_repeating, sums.n_cases)
    return Reading(
        f"{with_evidence(share, 'share')} of journeys come back to a touchpoint at least once, "
        f"{number(sums.n_cases_looping / max(sums.n_cases, 1), 'share')} of journeys at once (a self-loop); "
        f"{sums.n_repeats:,} of {sums.n_events:,} touches are repetitions. "
        "A repeat is bad only where the customer comes back because the first touch did not settle the matter."
    )


def variant_table(client: Client, *, most: int = 10) -> Table | Gap | Reading:
    """The most frequent ways through, with the share of journeys that they cover.

    Parameters
    ----------
    client : Client
    most : int
        How many to list; ways taken by fewer journeys than the minimum group are gathered with the rest.
    """
    if cannot := cannot_show(client, "journeys"):
        return cannot
    found = el.variants(journeys(client), most)
    shown = found.frame[found.frame["n_cases"] >= client.params.report.minimum_group]
    rest = found.n_cases - int(shown["n_cases"].sum())
    rows = [(_path(r.path), len(r.path), r.n_cases, r.share, r.coverage) for r in shown.itertuples()]
    if rest:
        rows.append((f"other ({found.n_variants - len(shown):,} ways)", None, rest, rest / found.n_cases, 1.0))
    frame = pd.DataFrame(rows, columns=["way", "n_touches", "n_cases", "share", "coverage"])
    units = {"n_touches": "count", "n_cases": "count", "share": "share", "coverage": "share"}
    labels = {"way": "Way through", "n_touches": "Touches", "n_cases": "Journeys", "share": "Share", "coverage": "Covered so far"}
    return Table(frame, CAPTIONS["variants"], units, labels, "A number in brackets: how many times in a row.")


def read_variant_table(client: Client, *, most: int = 10) -> Reading | None:
    """How varied journeys are, in words."""
    if cannot_show(client, "journeys"):
        return None
    found = el.variants(journeys(client), most)
    shown = found.frame[found.frame["n_cases"] >= client.params.report.minimum_group]
    coverage = number(shown["n_cases"].sum() / found.n_cases, "share")
    sums = el.overview(journeys(client), between(client))
    return Reading(
        f"{found.n_cases:,} journeys take {found.n_variants:,} different ways; the {len(shown)} listed cover {coverage} of them. "
        f"Half of the journeys last longer than {lasting(client, sums.median_hours)} from first to last touch so far, one in ten longer than {lasting(client, sums.p90_hours)}."
    )


def _shown_pairs(client: Client, pairs: pd.DataFrame, most: int) -> pd.DataFrame:
    """The most frequent transitions, those of too few journeys left out."""
    return pairs[pairs["n_cases"] >= client.params.report.minimum_group].head(most)


def _pairs_table(client: Client, most: int, caption: str) -> Table | Reading:
    pairs = transitions(client)
    shown = _shown_pairs(client, pairs, most)
    frame = shown.assign(transition=shown["from_activity"] + " → " + shown["to_activity"])
    rest = el.rest_of_pairs(journeys(client), shown)
    if len(rest) and len(shown):
        kinds = int(rest["n_pairs"].iloc[0])
        if few := int(rest["n_cases"].iloc[0]) < client.params.report.minimum_group:
            rest = rest.assign(n=pd.NA, n_cases=pd.NA, share_of_cases=float("nan"), median_hours=float("nan"), p90_hours=float("nan"))
        name = f"other ({kinds} {'kind' if kinds == 1 else 'kinds'}{', by ' + FEW.format(client.params.report.minimum_group) + ' journeys' if few else ''})"
        frame = pd.concat([frame.astype({"n": "Int64", "n_cases": "Int64"}), rest.assign(transition=name)], ignore_index=True)
    if frame.empty:
        return Reading("No transition between touchpoints is made by enough journeys to be shown.")
    frame = frame.assign(
        median=[lasting(client, hours) for hours in frame["median_hours"]], p90=[lasting(client, hours) for hours in frame["p90_hours"]]
    )
    frame = frame[["transition", "n", "n_cases", "share_of_cases", "median", "p90"]]
    labels = {
        "transition": "From → to",
        "n": "Times",
        "n_cases": "Journeys",
        "share_of_cases": "Share of journeys",
        "median": "Median time",
        "p90": "Nine in ten within",
    }
    units = {"n": "count", "n_cases": "count", "share_of_cases": "share"}
    return Table(frame, caption, units, labels, f"{RULE} {how_ordered(client)}")


def _other_in_words(client: Client, shown: pd.DataFrame, total: int) -> str:
    """What a list of transitions leaves out; empty where it leaves out nothing."""
    rest = el.rest_of_pairs(journeys(client), shown)
    if rest.empty:
        return ""
    kinds, n, n_cases = (int(rest[c].iloc[0]) for c in ("n_pairs", "n", "n_cases"))
    what = f"other: {kinds:,} {'kind' if kinds == 1 else 'kinds'} of transition"
    minimum = client.params.report.minimum_group
    if n_cases < minimum:
        return f"{what}, in {FEW.format(minimum)} journeys"
    return f"{what}, {n:,} times ({number(n / total, 'share')}) in {n_cases:,} journeys"


def _path(path: tuple[str, ...]) -> str:
    """A way through in words; the same touchpoint several times in a row stands once, with a count."""
    steps: list[list[object]] = []
    for touchpoint in path:
        if steps and steps[-1][0] == touchpoint:
            steps[-1][1] += 1
        else:
            steps.append([touchpoint, 1])
    return " → ".join(name if n == 1 else f"{name} ({n})" for name, n in steps)
