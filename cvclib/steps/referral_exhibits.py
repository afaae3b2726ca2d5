"""Referrals and what became of them: the table, the words, the finding and the gap.

Part of step 6; `cvclib.steps.advocacy` is its public face.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvclib.client import Client
from cvclib.exhibits import Reading, Table
from cvclib.findings import Finding, Gap
from cvclib.methods import shares, survival
from cvclib.methods.estimate import Estimate
from cvclib.methods.referral import FEWEST_K
from cvclib.steps.recommendation import NOTHING_TO_READ
from cvclib.steps.referral import WINDOW_DAYS, conversion_lags, referral_rates
from cvclib.wording import interval, number, p_words, with_evidence

STEP = "advocacy"
SIGNIFICANT = 0.05
CAPTION = "Referrals and what became of them"
NO_REFERRALS = Gap(
    STEP,
    "How many customers refer others, and how many of those become customers?",
    ("referrals",),
    "With a list of referrals it shows who refers, what share converts, and how many customers a customer brings.",
)
NO_CONVERSION = Gap(
    STEP,
    "What share of referrals becomes a customer?",
    ("referrals.converted_at",),
    "With the day on which a referred person first bought, it shows the conversion of referrals and the K-factor.",
)


def referral(client: Client) -> Table | Gap:
    """Show referral rate, invitations, conversion, its lag and the K-factor, of this period and the one before."""
    frame = _rates_or_none(client)
    if frame is None:
        return NO_REFERRALS
    before = referral_rates(client, period=client.previous_period)
    now = frame.iloc[0]
    was = before.iloc[0] if len(before) else pd.Series(dtype=float).reindex(frame.columns)
    rows = [
        {"measure": "Customers", "value": number(now["n"], "count"), "before": number(was["n"], "count")},
        {"measure": "of whom referred somebody", "value": number(now["referrers"], "count"), "before": number(was["referrers"], "count")},
        {"measure": "Referral rate", **_pair(now, was, "referral_rate", "rate_low", "rate_high", "n", "share")},
        {"measure": "Referrals made", "value": number(now["referrals"], "count"), "before": number(was["referrals"], "count")},
        {"measure": "Invitations a customer (i)", **_pair(now, was, "invitations", "invitations_low", "invitations_high", "n", "number")},
    ]
    if pd.notna(now["within"]):
        rows += [
            {"measure": f"Converted within {WINDOW_DAYS} days (c)", **_pair(now, was, "within", "within_low", "within_high", "referrals", "share")},
            {"measure": "Customers a customer brings (K = i · c)", **_pair(now, was, "k_factor", "k_low", "k_high", "n", "number")},
            *_lag_row(client),
        ]  # fmt: skip
    few = f" Below some {FEWEST_K} customers the interval of K is a rough one." if now["n"] < FEWEST_K else ""
    return Table(
        pd.DataFrame(rows, columns=["measure", "value", "interval", "before", "change"]),
        caption=CAPTION,
        labels={
            "value": str(client.period),
            "interval": "95% interval",
            "before": str(client.previous_period),
            "change": "Change, 95% interval",
        },
        note=f"A referral counts in the period in which it was made. The share converted within {WINDOW_DAYS} days is Kaplan and Meier's: a "
        "referral made too lately is not counted as lost. K is for one period, as long as it is, and takes for granted that new customers "
        f"refer as the present ones do; below 1 customers alone do not make the number of customers grow.{few}",
    )  # fmt: skip


def referral_reading(client: Client) -> Reading:
    """Say in words how many refer, what converts and how soon, and what changed."""
    frame = _rates_or_none(client)
    if frame is None or not frame["referral_rate"].notna().any():
        return NOTHING_TO_READ
    row = frame.iloc[0]
    rate = _estimate(row, "referral_rate", "rate_low", "rate_high", "n")
    words = [f"{with_evidence(rate, 'share')} of customers referred somebody in the period."]
    if pd.notna(row["within"]):
        within = _estimate(row, "within", "within_low", "within_high", "referrals")
        k = _estimate(row, "k_factor", "k_low", "k_high", "n")
        words.append(
            f"Of their referrals {with_evidence(within, 'share')} became customers within {WINDOW_DAYS} days, so that a customer brings "
            f"{number(k.value, 'number', decimals=3)} new ones (K-factor, 95% interval {number(k.low, 'number', decimals=3)} to "
            f"{number(k.high, 'number', decimals=3)})"
            + (": customers alone do not make their number grow." if k.high < 1 else ": above 1, customers alone make their number grow." if k.low > 1 else ".")
        )  # fmt: skip
        lag = _lag(client)
        if lag is not None:
            words.append(f"Of those who buy, half do so within {number(lag, 'days', decimals=0)} of the referral.")
    else:
        words.append("What became of the referrals is not recorded.")
    change = _rate_change(client)
    if change is not None:
        clear = "more than chance would give" if shares.p_value(change) < SIGNIFICANT else "no more than chance would give"
        words.append(f"Against {client.previous_period} the rate changed by {number(change.value, 'share', signed=True)} (95% interval "
                     f"{interval(change, 'share', signed=True)}): {clear}.")  # fmt: skip
    return Reading(" ".join(words))


def referral_gap(client: Client) -> Gap | None:
    """What is missing to show referrals and their conversion; None if nothing is."""
    if _rates_or_none(client) is None:
        return NO_REFERRALS
    return None if client.has("referrals.converted_at") else NO_CONVERSION


def referral_findings(client: Client) -> list[Finding]:
    """The finding on the referral rate and its conversion."""
    frame = _rates_or_none(client)
    if frame is None or not frame["referral_rate"].notna().any():
        return []
    return [_rate_finding(client, frame.iloc[0])]


def _lag(client: Client) -> float | None:
    """Days by which half of those have bought who buy within the window: the median of the curve, scaled to them."""
    lags = conversion_lags(client)
    if not lags["happened"].any():
        return None
    curve = survival.kaplan_meier(lags["days"], lags["happened"], counts=lags["n"])
    reached = 1 - survival.survival_at(curve, WINDOW_DAYS).value
    return float(survival.time_until(curve, reached / 2).value) if reached > 0 else None


def _lag_row(client: Client) -> list[dict[str, str]]:
    lag = _lag(client)
    return [] if lag is None else [{"measure": "Half of those who buy do so within", "value": number(lag, "days", decimals=0)}]


def _rates_or_none(client: Client) -> pd.DataFrame | None:
    if not client.has("customers") or not (client.has("referrals") or client.has("customers.referred_by")):
        return None
    frame = referral_rates(client)
    return frame if len(frame) else None


def _estimate(row: pd.Series, value: str, low: str, high: str, n: str) -> Estimate:
    return Estimate(float(row[value]), float(row[low]), float(row[high]), int(row[n]) if pd.notna(row[n]) else 0)


def _pair(now: pd.Series, was: pd.Series, value: str, low: str, high: str, n: str, unit: str) -> dict[str, str]:
    """The four cells of a measure: now, its interval, before, and the change with its interval."""
    one, other = _estimate(now, value, low, high, n), _estimate(was, value, low, high, n)
    places = 3 if unit == "number" else None
    change = shares.difference(one, other)
    known = np.isfinite(change.low)
    return {
        "value": number(one.value, unit, decimals=places),
        "interval": f"{number(one.low, unit, decimals=places)} to {number(one.high, unit, decimals=places)}" if np.isfinite(one.low) else None,
        "before": number(other.value, unit, decimals=places),
        "change": f"{number(change.value, unit, signed=True, decimals=places)} ({number(change.low, unit, signed=True, decimals=places)} to "
        f"{number(change.high, unit, signed=True, decimals=places)})" if known else None,
    }  # fmt: skip


def _rate_change(client: Client) -> Estimate | None:
    now, before = _rates_or_none(client), referral_rates(client, period=client.previous_period)
    if now is None or not len(before) or not before["referrals"].fillna(0).sum():
        return None
    of = ("referral_rate", "rate_low", "rate_high", "n")
    change = shares.difference(_estimate(now.iloc[0], *of), _estimate(before.iloc[0], *of))
    return change if np.isfinite(change.low) else None


def _rate_finding(client: Client, row: pd.Series) -> Finding:
    rate = _estimate(row, "referral_rate", "rate_low", "rate_high", "n")
    claim = f"{number(rate.value, 'share')} of customers referred somebody"
    evidence = f"95% interval {interval(rate, 'share')}, n = {rate.n:,}"
    if pd.notna(row["within"]):
        within = _estimate(row, "within", "within_low", "within_high", "referrals")
        claim += f", and {number(within.value, 'share')} of the referrals became customers within {WINDOW_DAYS} days"
        evidence += f"; conversion 95% interval {interval(within, 'share')}, n = {within.n:,}"
    change = _rate_change(client)
    moved = change is not None and shares.p_value(change) < SIGNIFICANT
    if change is not None:
        evidence += f"; rate {number(change.value, 'share', signed=True)} on {client.previous_period} ({p_words(shares.p_value(change))})"
    kind = ("strength" if change.value > 0 else "problem") if moved else "chance"
    return Finding(
        STEP, claim=f"{claim}.", evidence=f"{evidence}.", estimate=rate, kind=kind,
        action="Invite promoters to refer, at the moment when they say that they would.",
        table=CAPTION,
    )  # fmt: skip
