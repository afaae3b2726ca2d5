"""How sure the match is, and why: evidence, expected precision and recall, patterns in words, records behind a customer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.charts import linkage as charts
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.methods.shares import share
from cvclib.privacy import suppress_small
from cvclib.steps.data_words import n_of
from cvclib.steps.linkage import compared_fields, linked_records, match_pairs, threshold
from cvclib.steps.linkage_doubts import HIGHEST, LOWEST, doubtful_pairs
from cvclib.steps.memo import once_per_client
from cvclib.steps.single_view import people
from cvclib.wording import number, with_evidence

STEP = "technology_integration"
WEIGHTS = "Pairs of account and customer by the weight of the evidence"
ACCURACY = "Expected precision and recall of the match by threshold"
WHY = "Why accounts were tied to customers, and why some were not"
BEHIND = "How many records stand behind one person or firm"
QUESTION = "How sure is the match?"
NEEDS = ("customers and accounts with names and a field beside them: e-mail, telephone, postcode or birth date",)
BRINGS = "It would say how many ties are right, and how many true ones are missed."
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
MOST_TIED, MOST_APART = 7, 5  # patterns shown
MOST_AGREEMENTS = 5


def weights_figure(client: Client) -> Figure | Gap:
    """Pairs by weight of evidence, tied and left apart, with the threshold."""
    pairs = _compared(client)
    if pairs is None:
        return Gap(STEP, QUESTION, NEEDS, BRINGS)
    taken = pairs.loc[pairs["probability"] >= threshold(client), "weight_bits"]
    edge = float(taken.min()) if len(taken) else np.nan
    width = 5
    binned = pairs.assign(bits=(pairs["weight_bits"] // width * width).astype(int))
    counted = binned.groupby("bits").agg(tied=("tied", "sum"), n=("tied", "size")).reset_index()
    counted = counted.assign(bits=[f"{bits} to {bits + width}" for bits in counted["bits"]], apart=counted["n"] - counted["tied"])
    data = Table(
        counted[["bits", "tied", "apart"]],
        f"{WEIGHTS}, in numbers",
        units={"tied": "count", "apart": "count"},
        labels={"bits": "Bits", "apart": "Left apart"},
        note="Pairs with a probability below one in a hundred are not counted.",
    )
    return Figure(charts.weights(pairs, edge), WEIGHTS, read_weights(client).text, data)


def read_weights(client: Client) -> Reading:
    """How well the evidence tells pairs apart."""
    pairs = _compared(client)
    if pairs is None:
        return Reading("The fields of CRM and ERP do not allow to weigh the evidence; ties rest on numbers and exact keys alone.")
    doubtful = doubtful_pairs(client)
    n = int((doubtful["kind"] == "match").sum())
    tied = pairs[pairs["tied"]]
    middle = (
        f"half of the ties weigh {number(tied['weight_bits'].median(), 'number', decimals=0)} bits or more" if len(tied) else "none is tied"
    )
    return Reading(
        f"{len(pairs):,} pairs of account and customer are likely enough to look at; {middle}. {n_of(n, 'pair')} "
        f"{'is' if n == 1 else 'are'} in doubt, of a probability from {LOWEST:g} to {HIGHEST:g} or with a rival as good: “cvc review” asks people."
    )


@once_per_client
def accuracy_by_threshold(client: Client) -> pd.DataFrame:
    """Expected precision and recall of the match at each of the usual thresholds, and at the one in force.

    Returns
    -------
    pandas.DataFrame
        ``threshold, n_pairs, precision, recall``, ``wrong`` (pairs taken that are expected to be wrong) and ``missed``
        (true pairs expected to be missed). No rows where probabilities cannot be worked out.
    """
    linked = linked_records(client, "accounts") if client.has("accounts", "customers") else None
    rows = [linked.accuracy(t) for t in sorted({*THRESHOLDS, threshold(client)})] if linked else []
    frame = pd.DataFrame(rows, columns=["threshold", "n_pairs", "precision", "recall"])
    right = frame["n_pairs"] * frame["precision"]
    return frame.assign(wrong=frame["n_pairs"] - right, missed=right / frame["recall"] - right)


def accuracy_figure(client: Client) -> Figure | Gap:
    """Expected precision and recall by threshold."""
    frame = accuracy_by_threshold(client)
    if frame["precision"].isna().all():
        return Gap(STEP, "How many ties are right, and how many are missed?", NEEDS, BRINGS)
    data = Table(
        frame.assign(threshold=[f"{t:g}" for t in frame["threshold"]]),
        f"{ACCURACY}, in numbers",
        units={"n_pairs": "count", "precision": "share", "recall": "share", "wrong": "number", "missed": "number"},
        labels={
            "n_pairs": "Pairs taken",
            "precision": "Expected precision",
            "recall": "Expected recall",
            "wrong": "Expected to be wrong",
            "missed": "Expected to be missed",
        },
        note=(
            "Expected: from the pairs' own probabilities, true pairs that no blocking rule brought together included; no truth was used. "
            "It holds as far as the fields err independently."
        ),
    )
    return Figure(charts.thresholds(frame, threshold(client)), ACCURACY, read_accuracy(client).text, data)


def read_accuracy(client: Client) -> Reading:
    """What the threshold in force promises."""
    frame = accuracy_by_threshold(client)
    if frame["precision"].isna().all():
        return Reading("What share of the ties is right cannot be worked out from the fields supplied.")
    cut = threshold(client)
    row = frame[frame["threshold"] == cut].iloc[0]
    how = "chosen so as to keep the precision asked for" if client.params.linkage.threshold == "auto" else "as the client file says"
    return Reading(
        f"At the threshold of {cut:g}, {how}, {int(row['n_pairs']):,} pairs are taken; of them {number(row['wrong'], 'number', decimals=1)} are "
        f"expected to be wrong (precision {number(row['precision'], 'share')}), while {number(row['missed'], 'number', decimals=1)} true pairs are "
        f"expected to be missed (recall {number(row['recall'], 'share')})."
    )


@once_per_client
def patterns(client: Client) -> pd.DataFrame:
    """On what the pairs agree, in words, and how many pairs do so.

    Returns
    -------
    pandas.DataFrame
        ``why, how`` (what decided), ``tied, n, probability`` (mean). The commonest patterns among the tied pairs, then
        those nearest to the threshold among the others. No value of any record is in it.
    """
    pairs = _rightly_apart(client, match_pairs(client))
    fields = [f for f in compared_fields(client) if f in pairs.columns]
    if not fields:
        return pd.DataFrame(columns=["why", "how", "tied", "n", "probability"])
    pairs = pairs.assign(why=_in_words(pairs[fields]))
    counted = pairs.groupby(["why", "how", "tied"], as_index=False).agg(n=("probability", "size"), probability=("probability", "mean"))
    tied = counted[counted["tied"]].sort_values(["n", "why"], ascending=[False, True]).head(MOST_TIED)
    apart = counted[~counted["tied"]].sort_values(["probability", "why"], ascending=[False, True]).head(MOST_APART)
    return pd.concat([tied, apart], ignore_index=True)[["why", "how", "tied", "n", "probability"]]


def why_table(client: Client) -> Table | Gap:
    """The commonest reasons for a tie, and for none, in words."""
    if not client.has("accounts", "customers"):
        return Gap(STEP, "Why were two records taken for one?", ("customers", "accounts"), "It would show on what each tie rests.")
    frame = patterns(client)
    if frame.empty:
        frame = pd.DataFrame({"why": ["no fields were compared"], "how": [None], "tied": [None], "n": [np.nan], "probability": [np.nan]})
    shown = frame.assign(tied=["tied" if x is True or x == 1 else "left apart" for x in frame["tied"]])
    shown = suppress_small(shown, minimum=client.params.report.minimum_group, keep=("why", "how", "tied"))
    return Table(
        shown[["why", "tied", "how", "n", "probability"]],
        WHY,
        units={"n": "count", "probability": "share"},
        labels={
            "why": "What the two records have in common",
            "tied": "So they are",
            "how": "Decided by",
            "n": "Pairs",
            "probability": "Probability (mean)",
        },
        note=(
            "A row is a pattern, not a person. Rival: left apart can also mean that another customer fits better, or as well. "
            f"A dash: fewer than {client.params.report.minimum_group} pairs."
        ),
    )


def read_why(client: Client) -> Reading:
    """What decided most ties."""
    if not client.has("accounts", "customers"):
        return Reading("Without CRM and ERP there are no ties to explain.")
    tied = match_pairs(client).query("tied")
    if tied.empty:
        return Reading("No account was tied to a customer.")
    by = tied["how"].value_counts()
    sure = int(by[[name for name in by.index if name != "probability"]].sum())
    alike = share(len(tied) - sure, len(tied))
    return Reading(
        f"Of {len(tied):,} ties, {sure:,} rest on a number, an exact key or a person's decision. The others, {with_evidence(alike, 'share')}, "
        "rest on several fields that are alike, though none needs to be the same to the letter."
    )


def records_behind_table(client: Client) -> Table | Gap:
    """Persons and firms by how many records of CRM and ERP they have; and accounts that stand in each other's way."""
    if not client.has("customers"):
        return Gap(STEP, "How many records has one customer?", ("customers",), "It would show who is kept twice.")
    records = people(client)
    sizes = records.groupby(["person", "source"]).size().unstack(fill_value=0).reindex(columns=["CRM", "ERP"], fill_value=0)
    n = len(sizes)
    rows = []
    for source, thing, place in (("CRM", "record", "in the CRM"), ("ERP", "account", "in the ERP")):
        if source == "ERP" and not client.has("accounts"):
            continue
        for least, words in (
            (0, f"no {thing} {place}"),
            (1, f"one {thing} {place}"),
            (2, f"two {thing}s {place}"),
            (3, f"three {thing}s or more {place}"),
        ):
            count = int(((sizes[source] == least) if least < 3 else (sizes[source] >= least)).sum())
            if count or least == 1:
                rows.append((f"Persons or firms with {words}", count, *share(count, n)[:3]))
    if client.has("accounts"):
        pairs = match_pairs(client)
        n_accounts = client.whole("accounts").account_id.nunique().to_pandas()
        rivals = int(pairs.loc[pairs["rivals"] > 0, "account_id"].nunique())
        rows.append(("Accounts with two customers as good, so left untied", rivals, *share(rivals, int(n_accounts))[:3]))
        shared = int(pairs[pairs["tied"]].groupby("customer_id")["account_id"].nunique().gt(1).sum())
        rows.append(("Customers to whom several accounts are tied", shared, *share(shared, n)[:3]))
    one = client.params.linkage.one_to_one
    note = "One to one is set: a customer keeps the most probable account only." if one else (
        "Several accounts may belong to one customer; linkage: {one_to_one: true} would keep the most probable only."
    )  # fmt: skip
    frame = pd.DataFrame(rows, columns=["what", "n", "share", "low", "high"])
    return Table(
        frame,
        BEHIND,
        units={"n": "count", **dict.fromkeys(("share", "low", "high"), "share")},
        labels={"what": "", "n": "How many", "share": "Share", "low": "95% from", "high": "to"},
        note=f"Shares of all {n:,} persons or firms; of accounts in the rows that count accounts. {note}",
    )


def _compared(client: Client) -> pd.DataFrame | None:
    if not client.has("accounts", "customers") or linked_records(client, "accounts") is None:
        return None
    pairs = match_pairs(client)
    pairs = _rightly_apart(client, pairs[pairs["weight_bits"].notna()])
    return None if pairs.empty else pairs


def _rightly_apart(client: Client, pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs without those of an account that is tied to another record of the very same person."""
    person = people(client).query("source == 'CRM'").set_index("record")["person"]
    behind = pairs["customer_id"].astype(str).map(person)
    tied = pairs["tied"].astype(bool)
    of_account = dict(zip(pairs.loc[tied, "account_id"], behind[tied], strict=True))
    return pairs[tied | (behind != pairs["account_id"].map(of_account))]


def _in_words(levels: pd.DataFrame) -> list[str]:
    """Agreement of each pair in words: what is the same, what is alike, what differs, what is blank."""
    words = []
    for row in levels.astype(object).where(levels.notna(), "missing").to_dict("records"):
        same = [name for name, level in row.items() if level == "the same"]
        differ = [name for name, level in row.items() if level == "different"]
        alike = [f"{name} {level}" for name, level in row.items() if level not in ("the same", "different", "missing")]
        parts = [f"the same {', '.join(same)}"] if same else []
        parts += alike + ([f"another {', '.join(differ)}"] if differ else [])
        text = "; ".join(parts) or "nothing to compare"
        words.append(text[:1].upper() + text[1:])
    return words
