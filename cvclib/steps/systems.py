"""Which system records which touchpoint, and which touchpoints no system sees."""

from __future__ import annotations

import pandas as pd
from ibis import _

from cvclib.charts import data_quality as charts
from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Gap
from cvclib.steps.memo import once_per_client
from cvclib.wording import joined, label

STEP = "technology_integration"
COVERAGE = "Which system records which touchpoint"
QUESTION = "Which touchpoints does no system see?"
BRINGS = "It would show where the company meets customers and keeps no record of it."
MARKS = {(True, True): "both", (True, False): "declared", (False, True): "seen", (False, False): ""}
MOST_SYSTEMS_DRAWN = 16


@once_per_client
def system_coverage(client: Client) -> pd.DataFrame:
    """Touchpoints by systems: declared in the systems table, seen in the interactions, or neither.

    Returns
    -------
    pandas.DataFrame
        Index: touchpoint; columns: systems, sorted; cells ``"both"``, ``"declared"``, ``"seen"`` or ``""``.
        Seen in any record, not only in those of the period.

    Raises
    ------
    MissingDataError
        If no touchpoint, or no system, is named anywhere.
    """
    declared, seen = _declared(client), _seen(client)
    touchpoints = _touchpoints(client) | {t for t, _system in declared | seen}
    systems = _systems(client) | {s for _touchpoint, s in seen}
    if not systems:
        raise MissingDataError(["systems.records_touchpoint or interactions.system"])
    if not touchpoints:
        raise MissingDataError(["touchpoints or interactions"])
    cells = {s: [MARKS[(t, s) in declared, (t, s) in seen] for t in sorted(touchpoints)] for s in sorted(systems)}
    return pd.DataFrame(cells, index=pd.Index(sorted(touchpoints), name="touchpoint"))


def blind_spots(client: Client) -> list[str]:
    """Touchpoints that no system is declared to record, and with which no system was seen."""
    marks = system_coverage(client)
    return marks.index[(marks == "").all(axis=1)].tolist()


def systems_figure(client: Client) -> Figure | Gap:
    """Systems by touchpoints, with the blind spots."""
    try:
        marks = system_coverage(client)
    except MissingDataError as error:
        return Gap(STEP, QUESTION, error.needs, BRINGS)
    busiest = (marks != "").sum().sort_values(ascending=False, kind="stable").index[:MOST_SYSTEMS_DRAWN]
    drawn = marks[[name for name in marks.columns if name in set(busiest)]]
    more = "" if drawn.shape[1] == marks.shape[1] else f"; the {MOST_SYSTEMS_DRAWN} that record most of {marks.shape[1]} systems"
    return Figure(charts.systems_by_touchpoint(drawn), f"{COVERAGE}{more}", read_systems(client).text, systems_table(client))


def systems_table(client: Client) -> Table | Gap:
    """For each touchpoint, the systems declared and seen."""
    try:
        marks = system_coverage(client)
    except MissingDataError as error:
        return Gap(STEP, QUESTION, error.needs, BRINGS)
    rows = []
    for name, cells in marks.iterrows():
        declared = [s for s, mark in cells.items() if mark in ("both", "declared")]
        seen = [s for s, mark in cells.items() if mark in ("both", "seen")]
        rows.append((label(str(name)), joined(declared) or "–", joined(seen) or "–", _verdict(declared, seen)))
    frame = pd.DataFrame(rows, columns=["touchpoint", "declared", "seen", "verdict"])
    return Table(
        frame, f"{COVERAGE}, in words", labels={"declared": "Declared to record it", "seen": "Seen in interactions", "verdict": "So it is"}
    )


def read_systems(client: Client) -> Reading:
    """Which touchpoints are blind spots, and where declared and seen differ."""
    try:
        marks = system_coverage(client)
    except MissingDataError:
        return Reading("Which system records what is not supplied.")
    blind = blind_spots(client)
    said = [f"Of {len(marks)} touchpoints and {marks.shape[1]} systems, no system records {joined(blind)}." if blind
            else f"Each of the {len(marks)} touchpoints is recorded by one of the {marks.shape[1]} systems."]  # fmt: skip
    if client.has("interactions.system") and _declared(client):
        silent = int((marks == "declared").to_numpy().sum())
        undeclared = int((marks == "seen").to_numpy().sum())
        if silent:
            said.append(f"Declared, but not seen in the interactions: {silent}.")
        if undeclared:
            said.append(f"Seen, but not declared: {undeclared}.")
    return Reading(" ".join(said))


def _verdict(declared: list[str], seen: list[str]) -> str:
    if not declared and not seen:
        return "a blind spot"
    if len(set(declared) | set(seen)) > 1:
        return "recorded in several systems"
    return "recorded"


def _declared(client: Client) -> set[tuple[str, str]]:
    if not client.has("systems.records_touchpoint"):
        return set()
    rows = client.whole("systems")
    frame = rows.filter(rows.records_touchpoint.notnull()).select("records_touchpoint", "system").distinct().to_pandas()
    return set(frame.itertuples(index=False, name=None))


def _seen(client: Client) -> set[tuple[str, str]]:
    if not client.has("interactions.system"):
        return set()
    rows = client.whole("interactions")
    frame = rows.filter(rows.system.notnull()).select("touchpoint", "system").distinct().to_pandas()
    return set(frame.itertuples(index=False, name=None))


def _touchpoints(client: Client) -> set[str]:
    names = [client.whole(table).select("touchpoint") for table in ("touchpoints", "interactions") if client.has(table)]
    return {name for table in names for name in table.filter(_.touchpoint.notnull()).distinct().to_pandas()["touchpoint"]}


def _systems(client: Client) -> set[str]:
    return set(client.whole("systems").select("system").distinct().to_pandas()["system"]) if client.has("systems") else set()
