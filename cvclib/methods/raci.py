"""Who is responsible, accountable, consulted and informed, and where that is laid down badly."""

from __future__ import annotations

import pandas as pd

ROLES = ("R", "A", "C", "I")
FAULTS = {
    "no one accountable": "no department answers for it: name one A",
    "more than one accountable": "several departments answer for it, so none does: leave one A",
    "no one responsible": "no department does the work: name an R",
    "overloaded department": "one department carries more than its share of the work: spread or staff it",
}
MOST_RESPONSIBLE = 0.5  # share of all tasks a department can be responsible for before it counts as overloaded
FEWEST_TASKS = 4  # below this many tasks in all, a share of them says nothing about load


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
        Share of all tasks, 0 to 1, above which a department that is responsible for them is overloaded.
        Looked for from four tasks on.

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
    return sorted(counts[counts / n_tasks > most].index)
