"""Which value survives where several records of one customer disagree, and the names of customers that last between runs.

Frames in, frames out: knows the rules, not where the records come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd

Rule = Literal["most_recent", "most_frequent", "most_complete", "crm_first", "erp_first"]
RULES: tuple[str, ...] = get_args(Rule)
SOURCES = ("CRM", "ERP")


def surviving(values: pd.DataFrame, rules: Mapping[str, Rule]) -> pd.DataFrame:
    """Choose the value of each field of each customer by the field's rule.

    Parameters
    ----------
    values : pandas.DataFrame
        One row a filled cell: ``person, field, source`` ("CRM" or "ERP"), ``record, value, comparable`` (the value as it
        is compared) and ``used_at`` (when the record was last used; NaT where not known).
    rules : mapping of str to Rule
        Field to rule. *most_recent*: of the record last used. *most_frequent*: the value that most records hold.
        *most_complete*: the longest value. *crm_first*, *erp_first*: of that system.

    Returns
    -------
    pandas.DataFrame
        The rows, with ``rule``, ``chosen`` (exactly one a person and field) and ``agrees`` (with the chosen one, as
        compared).

    Raises
    ------
    ValueError
        If a field has no rule, or a rule is none.

    Notes
    -----
    What a rule leaves equal is settled by the record last used, then the CRM before the ERP, then the smaller number: the
    same input gives the same choice, whatever the order of its rows.

    Examples
    --------
    >>> cells = pd.DataFrame({"person": "P", "field": "email", "source": ["CRM", "ERP"], "record": ["1", "A"],
    ...                       "value": ["old@x.nl", "new@x.nl"], "comparable": ["old@x.nl", "new@x.nl"],
    ...                       "used_at": pd.to_datetime(["2024-01-01", "2025-01-01"])})
    >>> surviving(cells, {"email": "most_recent"}).query("chosen")["value"].tolist()
    ['new@x.nl']
    """
    fields = list(dict.fromkeys(values["field"]))
    wrong = [f for f in fields if rules.get(f) not in RULES]
    if wrong:
        raise ValueError(f"fields {wrong} have no rule among {', '.join(RULES)}")
    rows = values.reset_index(drop=True)
    rows = rows.assign(rule=rows["field"].map(dict(rules)))
    score = _scores(rows)
    source = rows["source"].map({name: i for i, name in enumerate(SOURCES)})
    order = pd.DataFrame({"score": -score, "used": -_seconds(rows["used_at"]), "source": source, "record": rows["record"].astype(str)})
    order = order.assign(person=rows["person"], field=rows["field"]).sort_values(["person", "field", "score", "used", "source", "record"])
    first = order.drop_duplicates(["person", "field"]).index
    rows = rows.assign(chosen=rows.index.isin(first))
    winner = rows.loc[first].set_index(["person", "field"])["comparable"]
    chosen = winner.reindex(pd.MultiIndex.from_frame(rows[["person", "field"]])).to_numpy()
    return rows.assign(agrees=rows["comparable"].to_numpy() == chosen)


def conflicts(traced: pd.DataFrame) -> pd.DataFrame:
    """How many customers' records disagree, by field.

    Parameters
    ----------
    traced : pandas.DataFrame
        As `surviving` returns it.

    Returns
    -------
    pandas.DataFrame
        ``field, rule, n`` (customers with the field filled in two records or more), ``n_conflict`` (of them, those whose
        records disagree), ``n_from_crm, n_from_erp`` (where the surviving value of these comes from).

    Examples
    --------
    >>> cells = pd.DataFrame({"person": "P", "field": "email", "source": ["CRM", "ERP"], "record": ["1", "A"], "value": ["a", "b"],
    ...                       "comparable": ["a", "b"], "used_at": pd.NaT})
    >>> conflicts(surviving(cells, {"email": "crm_first"})).to_dict("records")
    [{'field': 'email', 'rule': 'crm_first', 'n': 1, 'n_conflict': 1, 'n_from_crm': 1, 'n_from_erp': 0}]
    """
    grouped = traced.groupby(["field", "rule", "person"], sort=False)
    people = grouped.agg(n_records=("record", "size"), agrees=("agrees", "all")).reset_index()
    winners = traced[traced["chosen"]].set_index(["field", "person"])["source"]
    people["source"] = winners.reindex(pd.MultiIndex.from_frame(people[["field", "person"]])).to_numpy()
    people = people[people["n_records"] > 1]
    differ = people[~people["agrees"]]
    rows = []
    for (field, rule), group in people.groupby(["field", "rule"], sort=False):
        own = differ[differ["field"] == field]
        rows.append((field, rule, len(group), len(own), int((own["source"] == "CRM").sum()), int((own["source"] == "ERP").sum())))
    return pd.DataFrame(rows, columns=["field", "rule", "n", "n_conflict", "n_from_crm", "n_from_erp"])


def kept_names(records: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Give customers the names that they bore in an earlier run.

    Parameters
    ----------
    records : pandas.DataFrame
        ``person`` (a name of this run), ``source``, ``record``: who is made of what now.
    earlier : pandas.DataFrame
        The same of the earlier run.

    Returns
    -------
    pandas.DataFrame
        ``person, name, state``: the earlier name of the customer with whom most records are shared ("kept"), else the
        name of this run ("new"). Each earlier name is given once: of a customer that was split, the larger part keeps it.
        Where a new name was used for somebody else before, a letter is added.

    Examples
    --------
    >>> now = pd.DataFrame({"person": ["P1", "P1", "P2"], "source": "CRM", "record": ["1", "2", "3"]})
    >>> before = pd.DataFrame({"person": ["Q"], "source": "CRM", "record": ["2"]})
    >>> kept_names(now, before).to_dict("list")
    {'person': ['P1', 'P2'], 'name': ['Q', 'P2'], 'state': ['kept', 'new']}
    """
    people = sorted(records["person"].unique())
    shared = records.merge(earlier.rename(columns={"person": "name"}), on=["source", "record"])
    shared = shared.groupby(["person", "name"]).size().rename("n").reset_index()
    shared = shared.sort_values(["n", "name", "person"], ascending=[False, True, True])
    found: dict[str, str] = {}
    given: set[str] = set()
    for row in shared.itertuples():
        if row.person not in found and row.name not in given:
            found[row.person] = row.name
            given.add(row.name)
    taken = set(earlier["person"])
    rows = []
    for person in people:
        name, state = found.get(person), "kept"
        if name is None:
            name, state = person, "new"
            while name in taken or name in given:
                name += "x"
            given.add(name)
        rows.append((person, name, state))
    return pd.DataFrame(rows, columns=["person", "name", "state"])


def _scores(rows: pd.DataFrame) -> pd.Series:
    """What each rule looks at, larger is better."""
    agreeing = rows.groupby(["person", "field", "comparable"])["record"].transform("size").astype(float)
    by_rule: dict[str, pd.Series] = {
        "most_recent": _seconds(rows["used_at"]),
        "most_frequent": agreeing,
        "most_complete": rows["value"].astype(str).str.len().astype(float),
        "crm_first": (rows["source"] == "CRM").astype(float),
        "erp_first": (rows["source"] == "ERP").astype(float),
    }
    score = pd.Series(0.0, index=rows.index)
    for rule, made in by_rule.items():
        score = score.mask(rows["rule"] == rule, made)
    return score


def _seconds(times: pd.Series) -> pd.Series:
    """Times as numbers, the unknown ones before all others."""
    stamps = pd.to_datetime(times)
    return pd.Series(np.where(stamps.isna(), -np.inf, stamps.astype("datetime64[s]").astype("int64").astype(float)), index=times.index)


def together(traced: pd.DataFrame, group: Sequence[str], led_by: str) -> pd.DataFrame:
    """Let the fields of a group survive from one record: a postcode with the city of another would be nobody's address.

    Parameters
    ----------
    traced : pandas.DataFrame
        As `surviving` returns it.
    group : sequence of str
        Fields that belong together.
    led_by : str
        The field whose chosen record gives the others; what that record leaves blank stays blank. Customers without the
        leading field keep the choice of each field's own rule.

    Returns
    -------
    pandas.DataFrame
        The rows with ``chosen`` and ``agrees`` set anew for the group.

    Examples
    --------
    >>> cells = pd.DataFrame({"person": "P", "field": ["postcode", "city", "city"], "source": ["CRM", "CRM", "ERP"],
    ...                       "record": ["1", "1", "A"], "value": ["1000", "Oslo", "Bergen"],
    ...                       "comparable": ["1000", "oslo", "bergen"], "used_at": pd.to_datetime([None, None, "2025-01-01"])})
    >>> made = surviving(cells, {"postcode": "most_recent", "city": "most_recent"})
    >>> together(made, ["postcode", "city"], "postcode").query("chosen")["value"].tolist()
    ['1000', 'Oslo']
    """
    leader = traced[(traced["field"] == led_by) & traced["chosen"]].set_index("person")[["source", "record"]]
    others = traced["field"].isin([f for f in group if f != led_by]) & traced["person"].isin(leader.index)
    lead = leader.reindex(traced["person"])
    same = (traced["source"].to_numpy() == lead["source"].to_numpy()) & (traced["record"].to_numpy() == lead["record"].to_numpy())
    rows = traced.assign(chosen=traced["chosen"].mask(others, pd.Series(same, index=traced.index)))
    winner = rows[rows["chosen"]].set_index(["person", "field"])["comparable"]
    chosen = winner.reindex(pd.MultiIndex.from_frame(rows[["person", "field"]])).to_numpy()
    agrees = pd.Series(rows["comparable"].to_numpy() == chosen, index=rows.index)
    return rows.assign(agrees=rows["agrees"].mask(others, agrees), chosen=rows["chosen"].astype(bool))
