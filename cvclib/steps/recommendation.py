"""Who recommends: promoters, passives and detractors by segment and by stage, and what separates them.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.charts import advocacy as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import shares
from cvclib.methods.advocacy import compare_groups, score_groups
from cvclib.methods.estimate import Estimate
from cvclib.methods.scores import DETRACTOR_UP_TO, PROMOTER_FROM, ScoreCounts, mean_score_of
from cvclib.params import Period
from cvclib.privacy import suppress_small
from cvclib.tables import STAGES
from cvclib.wording import NOT_KNOWN, interval, joined, label, number, p_words, with_evidence

By = Literal["segment", "stage"]

STEP = "advocacy"
ANSWERS = "survey.metric = nps"
ALL = "All answers"
SIGNIFICANT = 0.05
NOTHING_TO_READ = Reading("There is nothing to read here; what is missing is said above.")
NO_ANSWERS = Gap(
    STEP,
    "Who recommends us, and who warns others off?",
    (ANSWERS,),
    "Ask customers how likely they are to recommend you, from 0 to 10: it gives promoters, passives and detractors.",
)
NO_GROUPS = {
    "segment": Gap(
        STEP,
        "Do some segments recommend us more than others?",
        (ANSWERS, "survey.segment"),
        "With each answer's segment, or a customer number that leads to customers.segment, segments can be compared.",
    ),
    "stage": Gap(
        STEP,
        "At which stage of the journey are promoters made and lost?",
        (ANSWERS, "survey.touchpoint", "touchpoints.stage"),
        "With the touchpoint that each answer is about, and its stage, the stages can be compared.",
    ),
}
NO_RATINGS = Gap(
    STEP,
    "What separates promoters from detractors?",
    (ANSWERS, "attribute_ratings.performance"),
    "With ratings of single attributes under the same response_id as the recommendation, it shows where the two part.",
)


def answers(client: Client, period: Period | None = None) -> ir.Table:
    """All answers of a period to the recommendation question, each with its customer, segment and stage.

    Parameters
    ----------
    client : Client
    period : Period, optional
        The analysed one by default. Answers without a time belong to that one.

    Returns
    -------
    ibis.Table
        ``response_id``, ``customer_id``, ``responded_at``, ``score``, ``weight`` (1 where the client supplies none),
        ``segment`` (the answer's own, else its customer's) and ``stage`` (NULL where not known).

    Raises
    ------
    MissingDataError
        If nobody was asked.
    """
    if not _asked(client):
        raise MissingDataError([ANSWERS])
    survey = kpis.answers(client, period or client.period, "nps")
    weighted = client.has("survey.weight")
    survey = survey.select(
        "response_id", "customer_id", "responded_at", "score", "segment", "touchpoint",
        weight=survey.weight if weighted else ibis.literal(1.0),
    )  # fmt: skip
    survey = survey.filter(survey.weight > 0)  # an answer without a weight stands for nobody
    if client.has("survey.touchpoint", "touchpoints.stage"):
        touchpoints = client.whole("touchpoints").select(at="touchpoint", stage="stage")
        return survey.left_join(touchpoints, survey.touchpoint == touchpoints.at).drop("at", "touchpoint")
    return survey.mutate(stage=ibis.null("string")).drop("touchpoint")


def recommendation_groups(client: Client, by: By | None = None, *, period: Period | None = None) -> pd.DataFrame:
    """Estimate shares of promoters, passives and detractors and the net promoter score, of all and by group.

    Parameters
    ----------
    client : Client
    by : {"segment", "stage"}, optional
        What to compare; all answers together by default.
    period : Period, optional
        The analysed one by default.

    Returns
    -------
    pandas.DataFrame
        First a row for all answers, then one a group (segments from the highest score down, stages in the order
        of the journey): ``group``, ``promoters``, ``passives``, ``detractors`` (0 to 1), ``nps``, ``low``,
        ``high`` (points), ``n``, and against the groups that do not stand out ``difference``, ``difference_low``,
        ``difference_high`` (points) and ``p_adjusted``, after Benjamini and Hochberg over the groups. Groups below
        the client's minimum hold blanks. No rows where there are no answers in the period.

    Raises
    ------
    MissingDataError
        If nobody was asked.

    See Also
    --------
    cvclib.methods.advocacy.compare_groups : how the groups are compared.
    """
    asked = answers(client, period)
    group = asked[by] if by else ibis.null("string")
    counted = asked.group_by(group=group, score=asked.score).agg(
        n=ibis._.count(), weight=ibis._.weight.sum(), weight_squared=(ibis._.weight * ibis._.weight).sum()
    )
    counted = counted.order_by("group", "score").execute()
    if not counted["weight"].sum() > 0:
        return pd.DataFrame(columns=_COLUMNS)
    minimum = client.params.report.minimum_group
    of = dict(iter(counted.dropna(subset="group").groupby("group")))
    large = {name: own for name, own in of.items() if own["n"].sum() >= minimum}
    compared = _compared(large)
    rows = [{"group": name, **_scored(own), **compared.get(name, {})} for name, own in of.items()]
    frame = pd.DataFrame([{"group": ALL, **_scored(counted)}, *_in_order(rows, by)], columns=_COLUMNS)
    return suppress_small(frame, minimum=minimum, keep=("group",))


def recommendation(client: Client, by: By) -> Figure | Gap:
    """Show promoters, passives and detractors by segment or by stage, with the net promoter score.

    Parameters
    ----------
    client : Client
    by : {"segment", "stage"}

    Returns
    -------
    Figure or Gap
    """
    if gap := recommendation_gap(client, None if by == "segment" else by):
        return gap  # without segments there is still the row of all answers
    frame = recommendation_groups(client, by)
    frame = frame.assign(group=[label(group) if by == "stage" else group for group in frame["group"]])
    shown = frame.dropna(subset="nps")
    if not len(shown):
        return NO_ANSWERS
    caption = f"Promoters, passives and detractors by {by}"
    numbers = frame[["group", "promoters", "passives", "detractors"]].assign(
        nps=_with_interval(frame, ("nps", "low", "high"), 1),
        n=frame["n"],
        difference=_with_interval(frame, ("difference", "difference_low", "difference_high"), 1),
        p_adjusted=_p_texts(frame["p_adjusted"]),
    )
    table = Table(
        numbers,
        caption=f"{caption}, in numbers",
        units={"promoters": "share", "passives": "share", "detractors": "share", "n": "count"},
        labels={"group": label(by), "nps": "NPS (95% interval)", "n": "Answers", "difference": "Against the others (95% interval)",
                "p_adjusted": "p, corrected"},
        note=f"Groups of fewer than {client.params.report.minimum_group} answers are not shown. The others are the {by}s that do not stand out, or all others where no two are alike; "
        "p is corrected for the number of comparisons.",
    )  # fmt: skip
    alt = "; ".join(f"{row.group}: {number(row.promoters, 'share', decimals=0)} promoters, {number(row.detractors, 'share', decimals=0)} "
                    f"detractors, score {number(row.nps, 'points', decimals=0)}" for row in shown.itertuples())  # fmt: skip
    drawn = charts.recommendation(frame, target=client.params.targets.get("nps"))
    return Figure(drawn, caption=caption, alt=f"{alt}.", data=table)


def recommendation_reading(client: Client, by: By) -> Reading:
    """Say in words how many recommend, what changed, and which groups stand out.

    Parameters
    ----------
    client : Client
    by : {"segment", "stage"}

    Returns
    -------
    Reading
    """
    if recommendation_gap(client, None if by == "segment" else by):
        return NOTHING_TO_READ
    frame = recommendation_groups(client, by)
    if not frame["nps"].notna().any():
        return Reading("Too few answers fall in the period to say anything.")
    words = [_about_all(frame.iloc[0])] if by == "segment" else []
    if by == "segment" and (change := score_change(client)) is not None:
        p = shares.p_value(change)  # step 5 tests the same change among all KPIs, and may hold it to be none
        clear = (
            f"tested alone, a change ({p_words(p)}); step 5 tests it among all KPIs"
            if p < SIGNIFICANT
            else "no more than chance would give"
        )
        words.append(f"Against {client.previous_period} that is {number(change.value, 'points', signed=True)} (95% interval "
                     f"{interval(change, 'points', signed=True)}): {clear}.")  # fmt: skip
    tested = frame[frame["p_adjusted"].notna()]
    outside = tested[tested["p_adjusted"] < SIGNIFICANT]
    if len(outside):
        words.append("Standing out from the others: " + joined([_against(row, by) for row in outside.to_dict("records")]) + ".")
    elif len(tested) > 1:
        words.append(f"No {by} stands out from the others: the {len(tested)} differ no more than chance would give.")
    else:
        words.append(f"There are not two {by}s with answers enough to compare.")
    return Reading(" ".join(words))


def recommendation_gap(client: Client, by: By | None = None) -> Gap | None:
    """What is missing to show recommendation, as a whole or by segment or stage; None if nothing is."""
    try:
        asked = answers(client)
    except MissingDataError:
        return still_missing(client, NO_GROUPS[by]) if by else NO_ANSWERS
    if by and asked[by].count().execute() == 0:
        return still_missing(client, NO_GROUPS[by])
    return None


def still_missing(client: Client, gap: Gap) -> Gap:
    """The same gap with those of its needs that this client lacks; where it lacks none, there are too few rows."""
    lacks = [need for need in gap.needs if (need == ANSWERS and not _asked(client)) or (need != ANSWERS and not client.has(need))]
    return replace(
        gap, needs=tuple(lacks) or (f"enough rows of {joined(sorted({need.split('.')[0] for need in gap.needs if need != ANSWERS}))}",)
    )


def score_change(client: Client) -> Estimate | None:
    """Change of the net promoter score on the period compared with, in points; None where one of the two has no answers."""
    if recommendation_gap(client) or not client.has("survey.responded_at"):
        return None
    now, before = (recommendation_groups(client, period=period) for period in (client.period, client.previous_period))
    if not (now["nps"].notna().any() and before["nps"].notna().any()):
        return None
    return shares.difference(_nps(now.iloc[0]), _nps(before.iloc[0]))


def separating_attributes(client: Client) -> pd.DataFrame:
    """Compare how promoters and detractors of the period rate each attribute.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        A row an attribute, the widest difference first: ``attribute``, ``promoters``, ``detractors`` (mean
        performance), ``difference``, ``low``, ``high`` (95% interval, Welch's by its two halves), ``n_promoters``,
        ``n_detractors``, ``p_adjusted``, ``clear``. Attributes with too few of either hold blanks.

    Raises
    ------
    MissingDataError
        If nobody was asked, or attributes were not rated.
    """
    client.require("attribute_ratings.performance")
    asked = answers(client)
    own = client.tables.attribute_ratings
    own = own.filter(own.brand.isnull(), own.performance.notnull()).select("response_id", "attribute", "performance")
    both = asked.select("response_id", "score", "weight").inner_join(own, "response_id")
    kind = ibis.cases((both.score >= PROMOTER_FROM, "promoters"), (both.score <= DETRACTOR_UP_TO, "detractors"), else_="passives")
    counted = both.group_by("attribute", kind=kind, score=both.performance).agg(
        n=ibis._.count(), weight=ibis._.weight.sum(), weight_squared=(ibis._.weight * ibis._.weight).sum()
    )
    counted = counted.order_by("attribute", "kind", "score").execute()
    rows = [_separation(name, of, client.params.report.minimum_group) for name, of in counted.groupby("attribute")]
    frame = pd.DataFrame(rows, columns=[*_SEPARATION, "p"])
    frame["p_adjusted"] = shares.benjamini_hochberg(frame.pop("p"))
    frame["clear"] = frame["p_adjusted"] < SIGNIFICANT
    return frame.sort_values(["difference", "attribute"], ascending=[False, True], ignore_index=True)


def separation(client: Client) -> Figure | Gap:
    """Show what separates promoters from detractors."""
    frame = _separation_or_none(client)
    if frame is None:
        return still_missing(client, NO_RATINGS)
    numbers = frame[["attribute", "promoters", "detractors"]].assign(
        difference=_with_interval(frame, ("difference", "low", "high"), 2),
        n_promoters=frame["n_promoters"],
        n_detractors=frame["n_detractors"],
        p_adjusted=_p_texts(frame["p_adjusted"]),
    )
    table = Table(
        numbers,
        caption="What separates promoters from detractors, in numbers",
        units={"promoters": "score", "detractors": "score", "n_promoters": "count", "n_detractors": "count"},
        labels={"promoters": "Promoters' mean", "detractors": "Detractors' mean", "difference": "Difference (95% interval)",
                "n_promoters": "Promoters", "n_detractors": "Detractors", "p_adjusted": "p, corrected"},
    )  # fmt: skip
    shown = frame.dropna(subset="difference")
    alt = "; ".join(
        f"{row.attribute}: {number(row.promoters, 'score')} against {number(row.detractors, 'score')}" for row in shown.itertuples()
    )
    return Figure(charts.separation(frame), caption="What separates promoters from detractors", alt=f"{alt}.", data=table)


def separation_gap(client: Client) -> Gap | None:
    """What is missing to lay promoters and detractors side by side; None if nothing is."""
    return still_missing(client, NO_RATINGS) if _separation_or_none(client) is None else None


def separation_reading(client: Client) -> Reading:
    """Say in words which attributes separate promoters from detractors most."""
    frame = _separation_or_none(client)
    if frame is None:
        return NOTHING_TO_READ
    clear = frame[frame["clear"]]
    if not len(clear):
        return Reading(f"Promoters and detractors rate none of the {len(frame)} attributes differently beyond chance.")
    named = [f"{row['attribute']} ({_wide(row)})" for row in clear.head(3).to_dict("records")]
    return Reading(
        f"On {len(clear)} of {len(frame)} attributes promoters and detractors differ beyond chance, widest on {joined(named)}. "
        "That the two go together does not prove that mending the one changes the other."
    )


def recommendation_findings(client: Client) -> list[Finding]:
    """Findings on who recommends: the score, the groups that stand out, and what separates promoters."""
    if recommendation_gap(client):
        return []
    whole = recommendation_groups(client)
    if not whole["nps"].notna().any():
        return []
    found = [_score_finding(client, _nps(whole.iloc[0]))]
    for by in ("segment", "stage"):
        if recommendation_gap(client, by) is None:
            found += _group_findings(recommendation_groups(client, by), by)
    frame = _separation_or_none(client)
    if frame is not None and frame["clear"].any():
        widest = frame[frame["clear"]].iloc[0].to_dict()
        found.append(
            Finding(
                STEP,
                claim=f"{widest['attribute']} separates promoters from detractors most: {_wide(widest)}.",
                evidence=f"{int(frame['clear'].sum())} of {len(frame)} attributes differ beyond chance after correction.",
                estimate=Estimate(widest["difference"], widest["low"], widest["high"], int(widest["n_promoters"] + widest["n_detractors"])),
                action=f"Find out what detractors met at {widest['attribute']}, and mend that first.",
                table="What separates promoters from detractors",
                kind="chance",
            )
        )
    return found


_COLUMNS = ["group", "promoters", "passives", "detractors", "nps", "low", "high", "n",
            "difference", "difference_low", "difference_high", "p_adjusted"]  # fmt: skip
_SEPARATION = ["attribute", "promoters", "detractors", "difference", "low", "high", "n_promoters", "n_detractors"]


def _asked(client: Client) -> bool:
    return "nps" in kpis.metrics_supplied(client)


def _counts(counted: pd.DataFrame) -> ScoreCounts:
    sums = counted.groupby("score")[["n", "weight", "weight_squared"]].sum()
    return ScoreCounts(sums.index.to_numpy(dtype=float), *(sums[c].to_numpy() for c in sums))


def _compared(groups: dict[str, pd.DataFrame]) -> dict[str, dict[str, float]]:
    compared = compare_groups({name: _counts(own) for name, own in groups.items()}, level=SIGNIFICANT)
    return {
        name: {"difference": gap.value, "difference_low": gap.low, "difference_high": gap.high, "p_adjusted": p}
        for name, (gap, p) in compared.items()
    }


def _with_interval(frame: pd.DataFrame, columns: tuple[str, str, str], decimals: int) -> list[str | None]:
    """Values with their intervals as text, in one column instead of three; None where there is none."""
    rows = frame[list(columns)].astype(float).itertuples(index=False, name=None)
    texts = [[number(x, "number", decimals=decimals) for x in row] for row in rows]
    return [None if NOT_KNOWN in text else "{} ({} to {})".format(*text) for text in texts]


def _p_texts(p_values: pd.Series) -> list[str | None]:
    return [p_words(p).removeprefix("p ").removeprefix("= ") if pd.notna(p) else None for p in p_values]


def _scored(counted: pd.DataFrame) -> dict[str, float]:
    groups = score_groups(_counts(counted))
    return {
        **{name: getattr(groups, name).value for name in ("promoters", "passives", "detractors")},
        "nps": groups.nps.value, "low": groups.nps.low, "high": groups.nps.high, "n": groups.nps.n,
    }  # fmt: skip


def _nps(row: pd.Series | dict[str, float]) -> Estimate:
    return Estimate(float(row["nps"]), float(row["low"]), float(row["high"]), int(row["n"]))


def _in_order(rows: list[dict], by: By | None) -> list[dict]:
    if by == "stage":
        return sorted(rows, key=lambda row: STAGES.index(row["group"]))
    return sorted(rows, key=lambda row: (-row["nps"], row["group"]))


def _about_all(row: pd.Series) -> str:
    return (
        f"{number(row['promoters'], 'share')} promote and {number(row['detractors'], 'share')} detract: a net promoter score of "
        f"{with_evidence(_nps(row), 'points')}."
    )


def _against(row: dict, by: By) -> str:
    name = label(row["group"]) if by == "stage" else row["group"]
    gap = Estimate(row["difference"], row["difference_low"], row["difference_high"], int(row["n"]))
    return f"{name}, {number(gap.value, 'points', signed=True)} (95% interval {interval(gap, 'points', signed=True)}, n = {gap.n:,})"


def _separation(name: str, of: pd.DataFrame, minimum: int) -> dict[str, object]:
    up, down = (mean_score_of(_counts(of[of["kind"] == kind])) for kind in ("promoters", "detractors"))
    if min(up.n, down.n) < max(minimum, 2):
        return {"attribute": name, "p": np.nan}
    gap = shares.difference(up, down)
    return {
        "attribute": name, "promoters": up.value, "detractors": down.value, "difference": gap.value, "low": gap.low, "high": gap.high,
        "n_promoters": up.n, "n_detractors": down.n, "p": shares.p_value(gap),
    }  # fmt: skip


def _separation_or_none(client: Client) -> pd.DataFrame | None:
    try:
        frame = separating_attributes(client)
    except MissingDataError:
        return None
    return frame if frame["difference"].notna().any() else None


def _wide(row: dict) -> str:
    gap = Estimate(row["difference"], row["low"], row["high"], 0)
    return (
        f"{number(row['promoters'], 'score')} against {number(row['detractors'], 'score')}, a difference of "
        f"{number(gap.value, 'score')}, 95% interval {interval(gap, 'score')}"
    )


def _score_finding(client: Client, score: Estimate) -> Finding:
    change, target = score_change(client), client.params.targets.get("nps")
    claim = f"The net promoter score is {number(score.value, 'points')}"
    kind = "strength" if score.low > 0 else "problem" if score.high < 0 else "no signal"
    if target is not None:
        below, above = score.high < target, score.low >= target
        claim += f", {'below' if below else 'at or above' if above else 'not clearly off'} the target of {number(target, 'points')}"
        kind = "problem" if below else "strength" if above else "no signal"
    evidence = f"95% interval {interval(score, 'points')}, n = {score.n:,}"
    if change is not None:
        evidence += (
            f"; {number(change.value, 'points', signed=True)} on {client.previous_period} (95% interval "
            f"{interval(change, 'points', signed=True)}, {p_words(shares.p_value(change))})"
        )
    action = {
        "problem": "Call back detractors within days, and pass on what they say to those who can mend it.",
        "strength": "Ask promoters for a referral or a review while the experience is fresh.",
        "no signal": "Keep asking: with more answers the score can be told from its target.",
    }[kind]
    return Finding(STEP, claim=f"{claim}.", evidence=f"{evidence}.", estimate=score, action=action, kind=kind,
                   table="Promoters, passives and detractors by segment")  # fmt: skip


def _group_findings(frame: pd.DataFrame, by: By) -> list[Finding]:
    table = f"Promoters, passives and detractors by {by}"
    tested = frame[frame["p_adjusted"].notna()]
    if len(tested) < 2:
        return []
    outside = tested[tested["p_adjusted"] < SIGNIFICANT].sort_values("difference")
    if not len(outside):
        return [
            Finding(
                STEP,
                claim=f"The {len(tested)} {by}s recommend alike.",
                evidence=f"No {by} differs from the others beyond chance (smallest corrected p = {tested['p_adjusted'].min():.2f}, "
                f"n = {int(tested['n'].sum()):,}).",
                action=f"Do not split the programme by {by} on this evidence.",
                table=table,
                kind="no signal",
            )
        ]
    found = []
    ends = [0] if len(tested) == 2 else [0, -1]  # of two that differ the one says it all
    for row in {row["group"]: row for row in outside.iloc[ends].to_dict("records")}.values():
        name = label(row["group"]) if by == "stage" else row["group"]
        gap = Estimate(row["difference"], row["difference_low"], row["difference_high"], int(row["n"]))
        less = gap.value < 0
        found.append(
            Finding(
                STEP,
                claim=f"{label(by)} {name} recommends {'less' if less else 'more'} than the others: a score of "
                f"{number(row['nps'], 'points')}, {number(gap.value, 'points', signed=True)} against them.",
                evidence=f"95% interval of the difference {interval(gap, 'points', signed=True)}, n = {gap.n:,}, corrected {p_words(row['p_adjusted'])}.",
                estimate=gap,
                action=f"Ask {'detractors' if less else 'promoters'} there what {'went wrong' if less else 'went well'}"
                f"{', and mend it there first.' if less else ', and carry it over to the others.'}",
                table=table,
                kind="problem" if less else "strength",
            )
        )
    return found
