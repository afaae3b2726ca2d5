"""Who is responsible, accountable, consulted and informed: read as people write it, and where it is laid down badly."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

ROLES = ("R", "A", "C", "I")
WORDS = {"responsible": "R", "accountable": "A", "consulted": "C", "consult": "C", "informed": "I", "inform": "I"}
# Letters of other alphabets, and signs, that look like one of the four; a sheet typed on another keyboard holds them unseen.
LOOK_ALIKES = str.maketrans(
    {"А": "A", "а": "a", "Α": "A", "α": "a", "С": "C", "с": "c", "Ϲ": "C", "ϲ": "c", "І": "I", "і": "i", "Ι": "I", "ι": "i", "Ӏ": "I", "ӏ": "I",
     "ı": "i", "İ": "I", "®": "R", "©": "C"}
)  # fmt: skip
FOOTNOTES = "*†‡§¶°¹²³⁰⁴⁵⁶⁷⁸⁹"  # marks behind a letter that refer to a remark elsewhere
FAULTS = {
    "no one accountable": "no department answers for it: name one A",
    "more than one accountable": "several departments answer for it, so none does: leave one A",
    "no one responsible": "no department does the work: name an R",
    "overloaded department": "one department carries more than its share of the work: spread or staff it",
}
REMARKS = {
    "many responsible": "three or more departments do the work: say who leads it, and who only helps",
    "many consulted": "three or more departments are asked first: ask those who know, tell the others",
    "everyone involved": "no department is left out: ask who would miss it if it had no part",
    "never responsible or accountable": "the department is only asked or told: does it need to be in the matrix?",
}
MOST_RESPONSIBLE = 0.5  # share of all tasks a department can be responsible for before it counts as overloaded
MORE_THAN_OTHERS = 1.5  # times the mean of all departments, from which on a department's load is more than its share
FEWEST_TASKS = 4  # below this many tasks in all, a share of them says nothing about load
MANY = 3  # departments in one role, from which on it is worth a look
FEWEST_DEPARTMENTS = 4  # below this many departments, that all of them take part is no wonder


def read_cell(text: str | None) -> tuple[str, ...] | None:
    """Read a cell of a RACI sheet as people write it.

    Parameters
    ----------
    text : str or None
        ``"A,R"``, ``"R/A"``, ``"ar"``, ``"A / R*"``, ``"Responsible"``; letters of another alphabet that look alike (Cyrillic А and С,
        Greek Α and Ι, full width) are taken for what they look like, and so are a 1, l or | that stands alone or a small l, for I.

    Returns
    -------
    tuple of str or None
        The roles, each once, in the order R, A, C, I. Empty for a blank or a dash: no part. None where the cell
        cannot be read for sure: another letter (S of RASCI), a tick, or ``R1``, which may be a footnote or an I.

    Notes
    -----
    A remark in brackets and marks of footnotes are passed over. One letter or word that is no role makes the whole cell
    unreadable, as what remains could be half of what was meant.

    Examples
    --------
    >>> read_cell("A,R"), read_cell("r/a"), read_cell("\u0410"), read_cell("I (by mail)"), read_cell("-")
    (('R', 'A'), ('R', 'A'), ('A',), ('I',), ())
    >>> read_cell("x") is None, read_cell("R1") is None
    (True, True)
    """
    if text is None:
        return ()
    bare = "".join(character for character in str(text) if character not in FOOTNOTES)
    bare = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", unicodedata.normalize("NFKC", bare).translate(LOOK_ALIKES))
    tokens = [token for token in re.split(r"[^0-9a-zA-Z|\u0080-\U0010ffff]+", bare) if token.strip("\u2013\u2014\u2212\u00b7\u2022\u2026")]
    tokens = [part for token in tokens for part in re.split(r"[\u2013\u2014\u2212\u00b7\u2022\u2026]+", token) if part]
    found: set[str] = set()
    if tokens and "?" in bare:  # a doubt is for the client to settle
        return None
    for token in tokens:
        roles = _roles_of(token)
        if roles is None:
            return None
        found |= roles
    return tuple(role for role in ROLES if role in found)


def _roles_of(token: str) -> set[str] | None:
    """Roles that one word or group of letters stands for; joining words stand for none."""
    if token in ("1", "|"):
        return {"I"}
    word = token.lower()
    if word in ("and", "or", "en", "und", "et"):
        return set()
    if word in WORDS:
        return {WORDS[word]}
    letters = token.replace("l", "I").upper()
    return set(letters) if len(letters) <= len(ROLES) and set(letters) <= set(ROLES) else None


def matrix(roles: pd.DataFrame) -> pd.DataFrame:
    """Lay out the roles, a row a task and a column a department.

    Parameters
    ----------
    roles : pandas.DataFrame
        Columns ``task``, ``department``, ``role`` (R, A, C or I); repeated rows count once, blanks not at all.

    Returns
    -------
    pandas.DataFrame
        Index task, in the order of first appearance; columns department, sorted; cells such as ``"A R"``,
        empty where a department has no part.

    Examples
    --------
    >>> roles = pd.DataFrame({"task": ["bill", "bill"], "department": ["sales", "sales"], "role": ["R", "A"]})
    >>> matrix(roles).loc["bill", "sales"]
    'R A'
    """
    known = roles.dropna(subset=["task", "department", "role"]).drop_duplicates()
    known = known.assign(order=known["role"].map(ROLES.index)).sort_values("order", kind="stable")
    cells = known.groupby(["task", "department"])["role"].agg(" ".join).unstack(fill_value="")
    return cells.reindex(roles["task"].dropna().unique()).fillna("")


def faults(roles: pd.DataFrame, *, most_responsible: float = MOST_RESPONSIBLE) -> pd.DataFrame:
    """Find what is wrong with a RACI matrix.

    Parameters
    ----------
    roles : pandas.DataFrame
        As in `matrix`; a task whose department or role is blank has no one in it.
    most_responsible : float
        Share of all tasks, 0 to 1, above which a department that is responsible for them is overloaded, if it
        also does half as much again as departments do on average. Looked for from four tasks on.

    Returns
    -------
    pandas.DataFrame
        A row a fault: ``fault`` (a key of `FAULTS`), ``where`` (task or department), ``departments`` (those
        concerned) and ``mend``; in the order of `FAULTS`.

    References
    ----------
    .. [1] M. Smith, J. Erwin, "Role and Responsibility Charting (RACI)", Project Management Forum, 2005.

    Examples
    --------
    >>> roles = pd.DataFrame({"task": ["bill", "bill"], "department": ["sales", "finance"], "role": ["A", "A"]})
    >>> faults(roles)["fault"].tolist()
    ['more than one accountable', 'no one responsible']
    """
    known = roles.dropna(subset=["task", "department", "role"]).drop_duplicates()
    tasks = roles["task"].dropna().unique()
    holders = {role: known[known["role"] == role].groupby("task")["department"].agg(sorted).to_dict() for role in ROLES}
    accountable, responsible = holders["A"], holders["R"]

    found = [("no one accountable", task, "") for task in tasks if task not in accountable]
    found += [("more than one accountable", t, ", ".join(accountable[t])) for t in tasks if len(accountable.get(t, [])) > 1]
    found += [("no one responsible", task, "") for task in tasks if task not in responsible]
    found += [("overloaded department", department, department) for department in _overloaded(known, len(tasks), most_responsible)]
    frame = pd.DataFrame(found, columns=["fault", "where", "departments"])
    return frame.assign(mend=frame["fault"].map(FAULTS))


def remarks(roles: pd.DataFrame) -> pd.DataFrame:
    """Find what is no fault in a RACI matrix, but worth a look: too many who do or are asked, all in, one with no say.

    Parameters
    ----------
    roles : pandas.DataFrame
        As in `matrix`.

    Returns
    -------
    pandas.DataFrame
        As of `faults`, with ``fault`` a key of `REMARKS`.

    References
    ----------
    .. [1] M. Smith, J. Erwin, "Role and Responsibility Charting (RACI)", Project Management Forum, 2005: the horizontal
       (task by task) and vertical (department by department) reading of the chart.

    Examples
    --------
    >>> roles = pd.DataFrame({"task": "bill", "department": list("abcd"), "role": list("RRRA")})
    >>> remarks(roles)["fault"].tolist()
    ['many responsible', 'everyone involved']
    """
    known = roles.dropna(subset=["task", "department", "role"]).drop_duplicates()
    departments = sorted(known["department"].unique())
    rows = []
    for fault, role in (("many responsible", "R"), ("many consulted", "C")):
        holders = known[known["role"] == role].groupby("task", sort=False)["department"].agg(sorted)
        rows += [(fault, task, ", ".join(held)) for task, held in holders.items() if len(held) >= MANY]
    if len(departments) >= FEWEST_DEPARTMENTS:
        parts = known.groupby("task", sort=False)["department"].nunique()
        rows += [("everyone involved", task, "") for task, n in parts.items() if n == len(departments)]
    bound = set(known[known["role"].isin(["R", "A"])]["department"])
    rows += [("never responsible or accountable", name, name) for name in departments if name not in bound]
    frame = pd.DataFrame(rows, columns=["fault", "where", "departments"])
    return frame.assign(mend=frame["fault"].map(REMARKS))


def load(roles: pd.DataFrame) -> pd.DataFrame:
    """Count the tasks in which each department has each role.

    Examples
    --------
    >>> roles = pd.DataFrame({"task": ["bill", "ship"], "department": ["sales", "sales"], "role": ["R", "A"]})
    >>> load(roles).to_dict("records")
    [{'department': 'sales', 'R': 1, 'A': 1, 'C': 0, 'I': 0, 'share_responsible': 0.5}]
    """
    known = roles.dropna(subset=["task", "department", "role"]).drop_duplicates()
    counts = known.groupby(["department", "role"]).size().unstack(fill_value=0).reindex(columns=list(ROLES), fill_value=0)
    counts.columns.name = None
    n_tasks = max(roles["task"].nunique(), 1)
    return counts.reset_index().assign(share_responsible=lambda t: t["R"] / n_tasks)


def _overloaded(known: pd.DataFrame, n_tasks: int, most: float) -> list[str]:
    if n_tasks < FEWEST_TASKS:
        return []
    counts = known[known["role"] == "R"].groupby("department")["task"].nunique()
    more_than_its_share = counts > MORE_THAN_OTHERS * counts.sum() / max(known["department"].nunique(), 1)
    return sorted(counts[(counts / n_tasks > most) & more_than_its_share].index)
