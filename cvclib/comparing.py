"""Clients, or two periods of one, side by side on the KPIs of the registry: for the consultant, never for a client.

Groups below a client's own minimum are not shown here either. Which client stands out is told from a funnel, not from
a rank: the best and the worst of a league table are mostly those with the fewest records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cvclib import kpis
from cvclib.charts.funnel import funnel as draw_funnel
from cvclib.client import Client
from cvclib.errors import InputError, MissingDataError, Problem
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.kpis import KPIS, Kpi
from cvclib.methods.estimate import Estimate
from cvclib.methods.funnel_plot import ALARM, WARNING, Funnel, funnel_of_estimates, funnel_of_shares, share_limits
from cvclib.methods.shares import Z_95, benjamini_hochberg, difference, p_value, share
from cvclib.params import Period, load_client_file
from cvclib.spelling import did_you_mean
from cvclib.wording import interval, joined, number

FEWEST_CLIENTS = 8  # fewer give no funnel: how clients vary beyond chance cannot be told
CLEAR = 0.05  # of a p value corrected over all clients and KPIs
MOST_ACROSS = 5  # columns that a page holds
POINTS = 120  # of the drawn limits
MEDIANS = frozenset({"Brookmeyer–Crowley", "order statistics"})  # in whole days or hours their intervals tell no standard error
ON_A_SCALE = {"csat_mean": "csat", "csat": "csat", "overall": "overall", "ces": "ces"}  # KPI: the rating scale it depends on


@dataclass(frozen=True)
class Compared:
    """What was compared, ready to be shown.

    Parameters
    ----------
    title : str
    lead : tuple of str
        What is on the page, and how to read it; a paragraph each.
    sections : tuple of (str, tuple)
        Heading and exhibits.
    left_out : tuple of (str, str)
        Client file and why it is not compared.
    """

    title: str
    lead: tuple[str, ...]
    sections: tuple[tuple[str, tuple[Table | Figure | Reading | Gap, ...]], ...]
    left_out: tuple[tuple[str, str], ...] = ()
    errors: tuple[InputError, ...] = field(default=(), repr=False)


def compare_clients(paths: Sequence[Path], names: Sequence[str] = (), *, period: Period | None = None) -> Compared:
    """Put many clients side by side on the KPIs that they have in common.

    Parameters
    ----------
    paths : sequence of Path
        Client files.
    names : sequence of str
        KPIs; all that two clients or more have by default.
    period : Period, optional
        For all of them; each client's own by default.

    Returns
    -------
    Compared
        Clients that cannot be read are left out, with the reason.

    Raises
    ------
    InputError
        If a KPI is not known.
    """
    chosen = _chosen(names)
    rows: list[dict[str, object]] = []
    clients: list[dict[str, object]] = []
    errors: list[tuple[Path, InputError]] = []
    for path in paths:
        try:
            given = {"period_start": period.start, "period_end": period.end} if period else {}
            client = Client.open(path, **given)
            found = [row for kpi in chosen if (row := _estimated(client, kpi))]
        except InputError as error:
            errors.append((path, error))
            continue
        except MissingDataError as error:
            errors.append((path, InputError([Problem(str(path), "too little data", ", ".join(error.needs), "")])))
            continue
        name = _unlike(client.params.client, path, [str(one["client"]) for one in clients])
        clients.append({"client": name, "period": str(client.period), "currency": client.params.currency, "file": path.name})
        rows += [{**row, "client": name} for row in found]
    frame = pd.DataFrame(rows, columns=["client", "kpi", "value", "low", "high", "n", "hidden", "currency", "scale"])
    common = [kpi for kpi in chosen if frame.loc[frame["kpi"] == kpi.name, "client"].nunique() > 1]
    funnels = {kpi.name: made for kpi in common if (made := _funnel(frame[frame["kpi"] == kpi.name], kpi))}
    named = _clear(funnels)
    first = sorted(funnels, key=lambda name: not any(kpi == name for kpi, _ in named))  # where somebody stands out, first
    sections = [(KPIS[name].label, _funnel_exhibits(KPIS[name], funnels[name], named)) for name in first]
    sections += [("All KPIs side by side", tuple(_side_by_side(frame, common, clients)))] if common else []
    sections += [("The clients", (_clients_table(clients),))] if clients else []
    return Compared(
        f"{len(clients):,} clients compared", _lead(clients, common, funnels, named), tuple(sections),
        tuple((path.name, "; ".join(str(p).removeprefix(f"{path}, ") for p in error.problems)) for path, error in errors), tuple(e for _, e in errors),
    )  # fmt: skip


def compare_periods(path: Path, now: Period | None = None, before: Period | None = None, names: Sequence[str] = ()) -> Compared:
    """Put two periods of one client side by side.

    Parameters
    ----------
    path : Path
        The client file.
    now, before : Period, optional
        The client file's own and the one it is compared with, by default.
    names : sequence of str
        KPIs; all by default, the client's own too.

    Returns
    -------
    Compared

    Raises
    ------
    InputError
        If the client file, its data or a KPI's name is wrong.
    """
    params = load_client_file(path)
    client = Client.open(path, period_start=now.start if now else "", period_end=now.end if now else "")
    now, before = now or client.period, before or (params.previous_period if now is None else now.previous)
    known = kpis.registry(client)
    chosen = [known[name] for name in names] if names and set(names) <= set(known) else _chosen(names, known)
    rows = [row for kpi in chosen if (row := _two_periods(client, kpi, now, before))]
    frame = pd.DataFrame(rows, columns=["kpi", "unit", "better", "now", "before", "change", "p"])
    frame["p_adjusted"] = benjamini_hochberg(frame["p"].astype(float))
    table = _periods_table(client, frame, now, before)
    return Compared(
        f"{client.params.client}: {now} against {before}",
        (
            "Each KPI in both periods, with the test of its change. The p values are corrected over all KPIs of the table.",
            _read_periods(frame),
        ),
        (("Both periods", (table,)),),
    )


# ---- one client ------------------------------------------------------------------------------------------------


def _chosen(names: Sequence[str], known: object = KPIS) -> list[Kpi]:
    wrong = [
        Problem(f"--kpi {name}", repr(name), "the name of a KPI", did_you_mean(name, known, "The KPIs are"))
        for name in names
        if name not in known
    ]
    if wrong:
        raise InputError(wrong)
    return [known[name] for name in names] or list(known.values())


def _estimated(client: Client, kpi: Kpi) -> dict[str, object] | None:
    """A KPI of a client; hidden where it rests on fewer than the client shows."""
    if kpi.missing(client):
        return None
    estimate = kpi.estimate(client)
    if estimate.n == 0 or (np.isnan(estimate.value) and estimate.n >= client.params.report.minimum_group):
        return None
    hidden = estimate.n < client.params.report.minimum_group
    value, low, high, n = (np.nan,) * 4 if hidden else estimate
    scale = str(getattr(client.params.scales, ON_A_SCALE[kpi.name])) if kpi.name in ON_A_SCALE else ""
    return {
        "kpi": kpi.name,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "hidden": hidden,
        "currency": client.params.currency,
        "scale": scale,
    }


def _unlike(name: str, path: Path, taken: Sequence[str]) -> str:
    """A name that no other client of the page has."""
    if name not in taken:
        return name
    name = f"{name} ({path.stem})"
    return name if name not in taken else f"{name} {sum(one.startswith(name) for one in taken) + 1}"


def _two_periods(client: Client, kpi: Kpi, now: Period, before: Period) -> dict[str, object] | None:
    if kpi.missing(client):
        return None
    least = client.params.report.minimum_group
    first, second = (_shown(kpi.estimate(client, period), least) for period in (now, before))
    if kpi.looks_back and kpi.needs[0].startswith("orders"):  # a total over part of a period is no total
        first, second = (e if kpis.covers(client, p) else kpis.NOTHING for e, p in ((first, now), (second, before)))
    if not (np.isfinite(first.value) or np.isfinite(second.value)):
        return None
    change = difference(first, second)
    return {
        "kpi": kpi.label,
        "unit": kpi.unit,
        "better": kpi.better,
        "now": first,
        "before": second,
        "change": change,
        "p": p_value(change),
    }


def _shown(estimate: Estimate, least: int) -> Estimate:
    return estimate if estimate.n >= least else kpis.NOTHING


# ---- many clients ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Made:
    """A funnel of one KPI and what it was made of."""

    rows: pd.DataFrame
    funnel: Funnel
    binomial: bool


def _funnel(rows: pd.DataFrame, kpi: Kpi) -> _Made | None:
    """The funnel of one KPI; None where there are too few clients, or their figures are not on one scale."""
    rows = rows[rows["value"].notna() & rows["low"].notna() & rows["high"].notna() & (rows["high"] > rows["low"])]
    rows = rows.sort_values("client", ignore_index=True)
    mixed = (kpi.unit == "money" and rows["currency"].nunique() > 1) or rows["scale"].nunique() > 1
    if kpi.counted or kpi.interval in MEDIANS or mixed or len(rows) < FEWEST_CLIENTS:
        return None
    counts = (rows["value"] * rows["n"]).round()
    plain = [share(int(k), int(n)) for k, n in zip(counts, rows["n"], strict=True)] if kpi.unit == "share" else []
    binomial = bool(plain) and np.allclose([e.low for e in plain], rows["low"].astype(float), atol=1e-6)  # no weights
    if binomial:
        made = funnel_of_shares(counts, rows["n"])
    else:
        made = funnel_of_estimates(rows["value"], (rows["high"] - rows["low"]) / (2 * Z_95))
    return _Made(rows, made, binomial)


def _clear(funnels: dict[str, _Made]) -> set[tuple[str, str]]:
    """KPI and client of those that stand out, corrected over all KPIs and clients together."""
    every = [(name, client, p) for name, made in funnels.items() for client, p in zip(made.rows["client"], made.funnel.p, strict=True)]
    adjusted = benjamini_hochberg([p for *_, p in every]) if every else []
    return {(name, client) for (name, client, _), p in zip(every, adjusted, strict=True) if p <= CLEAR}


def _funnel_exhibits(kpi: Kpi, made: _Made, named: set[tuple[str, str]]) -> tuple[Figure, Reading]:
    rows, funnel = made.rows, made.funnel
    currency = str(rows["currency"].iloc[0])
    error = ((rows["high"] - rows["low"]) / (2 * Z_95)).astype(float)
    known = rows["n"].astype(float) if made.binomial else 1 / error
    units = pd.DataFrame({"name": rows["client"], "x": known, "value": rows["value"].astype(float), "side": funnel.side})
    x = np.geomspace(known.min() / 1.3, known.max() * 1.3, POINTS)
    show = lambda value: number(float(value), kpi.unit, currency=currency)  # noqa: E731 (a formatter, named where it is used)
    figure = draw_funnel(
        units, _limits(funnel, x, made.binomial), centre=funnel.centre, y_label=kpi.label, show=show, better=kpi.better,
        bounds=(0.0, 1.0) if kpi.unit == "share" else None,
        x_label="Records" if made.binomial else "How sure the figure is: 1 / standard error",
    )  # fmt: skip
    data = pd.DataFrame(
        {
            "client": rows["client"], "value": rows["value"], "low": rows["low"], "high": rows["high"], "n": rows["n"],
            "from": funnel.low[:, 1], "until": funnel.high[:, 1], "side": [_side_words(s) for s in funnel.side],
        }
    ).sort_values("client")  # fmt: skip
    table = Table(
        data, f"{kpi.label} by client, in numbers",
        units={**dict.fromkeys(("value", "low", "high", "from", "until"), kpi.unit), "n": "count"},
        labels={"low": "95% from", "high": "to", "from": "Limits 99.8% from", "until": "to ", "side": "Against the limits"}, currency=currency,
    )  # fmt: skip
    outside = [f"{r.name} {show(r.value)}, {r.side} the limits" for r in units[units["side"] != "within"].itertuples(index=False)]
    alt = f"{kpi.label} of {len(units)} clients around {show(funnel.centre)}. {'; '.join(outside) or 'All lie within the 99.8% limits'}."
    caption = f"{kpi.label} by client, with limits of 95% and 99.8% around what all have in common"
    return Figure(figure, caption, alt, table), _read_funnel(kpi, made, named, show)


def _limits(funnel: Funnel, x: np.ndarray, binomial: bool) -> pd.DataFrame:
    """The limits as curves over records, or over one over the standard error."""
    if binomial and funnel.tau == 0:
        ends = {level: share_limits(np.maximum(np.round(x), 1), funnel.centre, level) for level in (WARNING, ALARM)}
        (a, b), (c, d) = ends[WARNING], ends[ALARM]
        return pd.DataFrame({"x": x, "low_95": a, "high_95": b, "low_998": c, "high_998": d})
    variance = funnel.centre * (1 - funnel.centre) / x if binomial else x**-2.0
    half = np.sqrt(variance + funnel.tau**2)
    made = {
        f"{end}_{name}": funnel.centre + sign * z * half
        for name, z in (("95", Z_95), ("998", 3.0902))
        for end, sign in (("low", -1), ("high", 1))
    }
    curves = pd.DataFrame({"x": x, **made})
    return _clipped(curves) if binomial else curves


def _clipped(curves: pd.DataFrame) -> pd.DataFrame:
    return curves.assign(**{c: curves[c].clip(0, 1) for c in curves if c != "x"})


def _read_funnel(kpi: Kpi, made: _Made, named: set[tuple[str, str]], show) -> Reading:
    rows, funnel = made.rows, made.funnel
    clear = [
        f"{row.client} ({show(row.value)}, n = {int(row.n):,}) {_good(kpi, side)}"
        for row, side in zip(rows.itertuples(), funnel.side, strict=True)
        if (kpi.name, row.client) in named and side != "within"
    ]
    how = "exact binomial" if made.binomial and funnel.tau == 0 else "normal approximation"
    spread = (
        f"Clients differ beyond chance (dispersion {funnel.dispersion:.1f}, where chance alone gives 1): the limits are widened by "
        f"their common variety, a standard deviation of {number(funnel.tau, kpi.unit)}."
        if funnel.tau > 0
        else "Chance alone explains how most clients differ: the limits are not widened."
    )
    said = f"Beyond what chance and the variety of clients explain: {joined(clear)}." if clear else "No client stands out."
    return Reading(f"{said} {spread} Limits: {how}.")


def _good(kpi: Kpi, side: str) -> str:
    return "better than the others" if (side == "above") == (kpi.better == "higher") else "worse than the others"


def _side_words(side: str) -> str:
    return {"within": "within", "above": "above", "below": "below"}[side]


def _clients_table(clients: list[dict[str, object]]) -> Table:
    labels = {"client": "Client", "period": "Period", "currency": "Currency", "file": "Client file"}
    return Table(pd.DataFrame(clients), "The clients and their periods", labels=labels)


def _side_by_side(frame: pd.DataFrame, common: list[Kpi], clients: list[dict[str, object]]) -> list[Table]:
    """A row a client, in the order of names and not of rank; a column a KPI."""
    order = sorted(str(one["client"]) for one in clients)
    blocks = [common[i : i + MOST_ACROSS] for i in range(0, len(common), MOST_ACROSS)]
    tables = []
    for block in blocks:
        cells = {kpi.name: {row.client: _cell(row, kpi) for row in frame[frame["kpi"] == kpi.name].itertuples()} for kpi in block}
        shown = pd.DataFrame({"client": order, **{name: [of.get(one, "–") for one in order] for name, of in cells.items()}})
        caption = f"{block[0].label} to {block[-1].label}" if len(block) > 1 else block[0].label
        tables.append(
            Table(shown, f"Clients side by side: {caption}", labels={"client": "Client", **{kpi.name: kpi.label for kpi in block}})
        )
    note = "Value and 95% interval, in the order of names: no rank. A dash: not supplied. Each client's own period, scale and currency."
    return [*tables[:-1], Table(tables[-1].frame, tables[-1].caption, labels=tables[-1].labels, note=note)]


def _cell(row, kpi: Kpi) -> str:
    if row.hidden:
        return "too few to show"
    value = number(float(row.value), kpi.unit, currency=row.currency)
    estimate = Estimate(float(row.value), float(row.low), float(row.high), int(row.n))
    return f"{value} ({interval(estimate, kpi.unit, currency='')})" if np.isfinite(row.low) and np.isfinite(row.high) else value


def _lead(clients: list[dict[str, object]], common: list[Kpi], funnels: dict[str, _Made], named: set[tuple[str, str]]) -> tuple[str, ...]:
    said = ["The KPIs of several clients, for the consultant. It names them all: it belongs in no client's report."]
    if not common:
        return (*said, "The clients have no KPI in common.")
    if not funnels:
        return (
            *said,
            f"Fewer than {FEWEST_CLIENTS} clients share a KPI on one scale: too few for a funnel, so nobody is said to stand out.",
        )
    tests = sum(len(made.rows) for made in funnels.values())
    said.append(
        "A funnel shows what chance does: the fewer the records, the wider the limits. Of clients that are all alike one in twenty lies outside "
        f"the 95% limits and one in five hundred outside those of 99.8%: with {tests:,} figures here, {tests * 0.05:.0f} and {tests * 0.002:.1f}. "
        "A client is named as standing out only outside the 99.8% limits, and after correction over all clients and KPIs (Benjamini–Hochberg, 5%). "
        "Totals and medians stand in the tables only: a total grows with the client, and a median of whole days has no normal error."
    )
    who = sorted(
        {client for name, client in named if funnels[name].funnel.side[funnels[name].rows["client"].tolist().index(client)] != "within"}
    )
    said.append(f"Standing out in at least one KPI: {joined(who)}." if who else "No client stands out in any KPI.")
    return tuple(said)


# ---- two periods -----------------------------------------------------------------------------------------------


def _periods_table(client: Client, frame: pd.DataFrame, now: Period, before: Period) -> Table:
    currency = client.params.currency

    def told(estimate: Estimate, unit: str) -> str:
        if not np.isfinite(estimate.value):
            return "–"
        value = number(estimate.value, unit, currency=currency)
        known = np.isfinite(estimate.low) and np.isfinite(estimate.high)
        return f"{value} ({interval(estimate, unit)})" if known else value

    def changed(estimate: Estimate, unit: str) -> str:
        if not np.isfinite(estimate.value):
            return "–"
        value = number(estimate.value, unit, currency=currency, signed=True)
        return f"{value} ({interval(estimate, unit, signed=True)})" if np.isfinite(estimate.low) and np.isfinite(estimate.high) else value

    shown = pd.DataFrame(
        {
            "kpi": frame["kpi"],
            "before": [told(e, u) for e, u in zip(frame["before"], frame["unit"], strict=True)],
            "n_before": [e.n or None for e in frame["before"]],
            "now": [told(e, u) for e, u in zip(frame["now"], frame["unit"], strict=True)],
            "n_now": [e.n or None for e in frame["now"]],
            "change": [changed(e, u) for e, u in zip(frame["change"], frame["unit"], strict=True)],
            "verdict": [_verdict(row) for row in frame.itertuples()],
        }
    )
    labels = {
        "kpi": "KPI",
        "before": str(before),
        "now": str(now),
        "n_before": "n",
        "n_now": "n ",
        "change": "Change",
        "verdict": "Verdict",
    }
    return Table(
        shown, "The KPIs in both periods", units={"n_before": "count", "n_now": "count"}, labels=labels, currency=currency,
        note="Value and 95% interval. Better or worse: the change differs from nought after correction over all KPIs (Benjamini–Hochberg, 5%). "
        "A total is counted and not tested. A dash: not supplied, not covered by the data, or too few to show.",
    )  # fmt: skip


def _verdict(row) -> str:
    if not np.isfinite(row.change.value):
        return "not compared"
    if not np.isfinite(row.p_adjusted):
        return "not tested"
    if row.p_adjusted > CLEAR:
        return "no clear change"
    return "better" if (row.change.value > 0) == (row.better == "higher") else "worse"


def _read_periods(frame: pd.DataFrame) -> str:
    verdicts = [(row.kpi, _verdict(row)) for row in frame.itertuples()]
    said = [
        f"{word.capitalize()}: {joined([k for k, v in verdicts if v == word])}."
        for word in ("better", "worse")
        if word in dict.fromkeys(v for _, v in verdicts)
    ]
    return " ".join(said) or "No KPI changed beyond what chance explains."
