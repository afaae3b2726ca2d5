"""Stated importance, derived importance and Kano class of each attribute on one line, and where they disagree."""

from __future__ import annotations

import pandas as pd

from cvclib.client import Client
from cvclib.errors import MissingDataError
from cvclib.methods.penalty_reward import BASIC, EXCITEMENT
from cvclib.steps.drivers import MIN_ANSWERS, asymmetric_drivers, drivers
from cvclib.steps.memo import once_per_client
from cvclib.steps.needs_and_wants import kano_results
from cvclib.steps.questions import TooFewAnswersError
from cvclib.steps.value_questions import ALPHA

KANO_COLUMNS = ("category", "kano_class", "clear", "p_adjusted")


@once_per_client
def witnesses(client: Client, *, min_answers: int = MIN_ANSWERS) -> pd.DataFrame:
    """What each witness says of each rated attribute.

    Parameters
    ----------
    client : Client
    min_answers : int
        Answers that each of them needs.

    Returns
    -------
    pandas.DataFrame
        The columns of `cvclib.steps.drivers.Drivers`, the strongest first, and ``rank_stated``, ``kind`` (of the
        penalty–reward contrast), ``category`` and ``kano_class`` (None where not asked; attributes are matched by
        name, whatever the case), ``said_and_shown`` ("said, not shown", "shown, not said" or empty), and
        ``disagreement`` in words, empty where none is clear.

    Raises
    ------
    MissingDataError, TooFewAnswersError
        As `cvclib.steps.drivers.drivers` does.

    Notes
    -----
    Said, not shown: the 95% interval of the stated mean lies above the mean of the attributes and that of the
    derived share below an equal share; shown, not said the other way round. A Kano class speaks where Fong's test
    is clear and the classes are not equally frequent, corrected; a penalty or reward where its bend is.
    """
    found = drivers(client, min_answers=min_answers)
    frame = found.frame.assign(rank_stated=found.frame["stated"].rank(ascending=False, method="min"))
    frame["kind"] = frame["attribute"].map(_kinds(client, min_answers)).fillna("cannot tell")
    kano = _kano(client, min_answers).reindex(frame["attribute"].map(_key))
    frame = frame.assign(**{name: kano[name].to_numpy(dtype=object) for name in KANO_COLUMNS})
    equal, mean = 1 / len(frame), frame["stated"].mean()
    lines = [_parted(row, equal, mean, found.signal) for row in frame.itertuples()]
    return frame.assign(said_and_shown=[said for said, _ in lines], disagreement=["; ".join(words) for _, words in lines])


def _parted(row: object, equal: float, mean: float, signal: bool) -> tuple[str, list[str]]:
    if not signal:
        return "", []
    said = ""
    if row.stated_low > mean and row.high < equal:
        said = "said, not shown"
    elif row.stated_high < mean and row.low > equal:
        said = "shown, not said"
    words = {"said, not shown": ["said to matter, hardly moves satisfaction"], "shown, not said": ["moves satisfaction more than is said"]}
    parted = list(words.get(said, []))
    if isinstance(row.category, str) and row.clear and row.p_adjusted < ALPHA:
        if row.category == "indifferent" and row.low > equal:
            parted.append("indifferent when asked in Kano's way, yet moves satisfaction")
        if row.category == "must-be" and row.kind == EXCITEMENT:
            parted.append("a must-be when asked, yet high ratings bring more than low ones cost")
        if row.category == "attractive" and row.kind == BASIC:
            parted.append("attractive when asked, yet low ratings cost more than high ones bring")
        if row.category in ("must-be", "one-dimensional") and row.high < equal and not said:
            parted.append(f"{row.category} when asked, yet hardly moves satisfaction as it is done now")
    return said, parted


def _kinds(client: Client, min_answers: int) -> dict[str, str]:
    try:
        return asymmetric_drivers(client, min_answers=min_answers).frame.set_index("attribute")["kind"].to_dict()
    except TooFewAnswersError:
        return {}


def _kano(client: Client, min_answers: int) -> pd.DataFrame:
    try:
        frame = kano_results(client, min_answers=min_answers)
    except (MissingDataError, TooFewAnswersError):
        return pd.DataFrame(columns=list(KANO_COLUMNS), dtype=object)
    return frame.assign(key=frame["attribute"].map(_key)).drop_duplicates("key").set_index("key")[list(KANO_COLUMNS)]


def _key(name: str) -> str:
    return " ".join(str(name).casefold().split())
