"""The exhibits of step 1 on the designed journey against the one that customers take."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Gap
from cvclib.methods import shares
from cvclib.steps.designed import stages_against_design, touchpoints_against_design
from cvclib.steps.process_questions import CAPTIONS, cannot_show, gap_of
from cvclib.wording import interval, joined, label, number, with_evidence

MOST_NAMED = 6
DEPARTS = 0.05  # of touches, surely exceeded: from here on the reading names a departure


def design_table(client: Client) -> Table | Gap | Reading:
    """Which stages journeys skip, and to which they go back."""
    if cannot := cannot_show(client, "stages"):
        return cannot
    frame = stages_against_design(client)
    minimum = client.params.report.minimum_group
    shown = pd.DataFrame(
        {
            "stage": frame["stage"].map(label), "beyond": frame["n_beyond"], "skipped": frame["n_skipped"], "skipped_share": frame["skipped"],
            "skipped_interval": [_range(r.n_beyond, r.skipped_low, r.skipped_high, minimum) for r in frame.itertuples()],
            "touching": frame["n_touching"], "back": frame["n_back"], "back_share": frame["back"],
            "back_interval": [_range(r.n_touching, r.back_low, r.back_high, minimum) for r in frame.itertuples()],
        }
    )  # fmt: skip
    few_beyond, few_touching = shown["beyond"] < minimum, shown["touching"] < minimum
    shown[["skipped", "skipped_share"]] = shown[["skipped", "skipped_share"]].mask(few_beyond)
    shown[["back", "back_share"]] = shown[["back", "back_share"]].mask(few_touching)
    units = {"beyond": "count", "skipped": "count", "skipped_share": "share", "touching": "count", "back": "count", "back_share": "share"}
    labels = {"beyond": "Journeys that come further", "skipped": "skip it", "skipped_share": "share", "skipped_interval": "95% interval", "touching": "Journeys that touch it",
              "back": "come back to it", "back_share": "share ", "back_interval": "95% interval "}  # fmt: skip
    note = "Come further: touch a later stage. Come back: touch it after a later stage. Both over the journeys of the period."
    return Table(shown, CAPTIONS["design"], units, labels, note)


def _range(n: int, low: float, high: float, minimum: int) -> str | None:
    return f"{number(low, 'share')} to {number(high, 'share')}" if n >= minimum and low == low else None


def read_design_table(client: Client) -> Reading | None:
    """What departs from the design, in words."""
    if gap_of(client, "stages") or cannot_show(client, "stages"):
        return None
    frame, minimum = touchpoints_against_design(client), client.params.report.minimum_group
    stages = stages_against_design(client)
    unused = frame.loc[frame["designed"] & (frame["n_touches"] == 0), "touchpoint"].tolist()
    unplanned = frame.loc[~frame["designed"] & (frame["n_touches"] >= minimum), "touchpoint"].tolist()
    parts = [
        _named("Designed but never used: {}.", unused) or "Every designed touchpoint is used.",
        _named("Used but not in the design: {}.", unplanned) or "No touchpoint is used that is not in the design.",
    ]
    for what, told in (
        ("department", "by another department than the owner"),
        ("channel", "through another channel than designed"),
        ("late", "after a later stage was reached"),
    ):
        off = frame[(frame[f"{what}_low"] > DEPARTS) & (frame[f"{what}_off"] >= minimum)].sort_values(f"{what}_share", ascending=False)
        names = [
            f"{r['touchpoint']} {with_evidence(shares.share(r[f'{what}_off'], r[f'{what}_n']), 'share')}" for _, r in off.head(3).iterrows()
        ]
        names += [f"{len(off) - 3} more"] if len(off) > 3 else []
        if names:
            parts.append(f"Touched {told}: {joined(names)}.")
        elif frame[f"{what}_n"].sum():
            parts.append(f"None is touched {told} in surely more than {number(DEPARTS, 'share', decimals=0)} of cases.")
    skipped = stages[(stages["skipped_low"] > DEPARTS) & (stages["n_skipped"] >= minimum)]
    if len(skipped):
        names = [f"{r.stage} ({number(r.skipped, 'share')})" for r in skipped.itertuples()]
        parts.append(f"Journeys that come further skip {joined(names)}.")
    return Reading(" ".join(parts))


def _named(text: str, names: list[str]) -> str:
    if not names:
        return ""
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return text.format(joined(names[:MOST_NAMED] + more))


def design_touchpoint_table(client: Client) -> Table | Gap | Reading:
    """Each touchpoint against its design: department, channel and place in the journey."""
    if cannot := cannot_show(client, "stages"):
        return cannot
    frame = touchpoints_against_design(client)
    shown = pd.DataFrame(
        {
            "touchpoint": frame["touchpoint"], "stage": [label(s) if isinstance(s, str) else "not in the design" for s in frame["stage"]],
            "n_touches": frame["n_touches"], **{what: [_share_text(r, what) for _, r in frame.iterrows()] for what in ("department", "channel", "late")},
        }
    )  # fmt: skip
    small = (frame["n_touches"] > 0) & (frame["n_touches"] < client.params.report.minimum_group)
    hidden = ["n_touches", "department", "channel", "late"]
    shown[hidden] = shown[hidden].mask(small)
    labels = {
        "n_touches": "Touches",
        "department": "Other department than the owner",
        "channel": "Other channel",
        "late": "After a later stage",
    }
    note = "Shares of the touches that can be judged, with their 95% intervals; after a later stage: of the touches in the journeys of the period."
    return Table(shown, CAPTIONS["design_touchpoints"], {"n_touches": "count"}, labels, note)


def _share_text(row: pd.Series, what: str) -> str | None:
    if not row[f"{what}_n"]:
        return None
    found = shares.share(int(row[f"{what}_off"]), int(row[f"{what}_n"]))
    return "0%" if not found.value else f"{number(found.value, 'share')} ({interval(found, 'share')})"
