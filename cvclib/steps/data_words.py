"""Tables, columns and checks as a reader names them: "e-mail" of "the accounts", not ``accounts.email``."""

from __future__ import annotations

import re

from cvclib.wording import label

COLUMNS = {
    "email": "e-mail", "phone": "telephone", "annual_cost": "cost a year", "customer_id": "customer number", "account_id": "account number",
    "order_id": "order number", "at": "time", "name": "name", "raci": "RACI role", "raci_department": "department of the RACI role",
    "customer_alternative_cost": "cost of the customer's alternative", "records_touchpoint": "touchpoint recorded", "metric": "KPI",
}  # fmt: skip
ROWS = {
    "survey": "survey answers",
    "kano": "Kano answers",
    "attribute_ratings": "ratings of attributes",
    "activity_touchpoints": "links of activity and touchpoint",
}


def column_words(column: str) -> str:
    """A column as a reader names it.

    Examples
    --------
    >>> column_words("email"), column_words("birth_date"), column_words("referrer_id"), column_words("won_at")
    ('e-mail', 'birth date', 'referrer number', 'time won')
    """
    if column in COLUMNS:
        return COLUMNS[column]
    if column.endswith("_at"):
        return f"time {column.removesuffix('_at').replace('_', ' ')}"
    return column.removesuffix("_id").replace("_", " ") + (" number" if column.endswith("_id") else "")


def rows_words(table: str) -> str:
    """The rows of a table as a reader names them.

    Examples
    --------
    >>> rows_words("accounts"), rows_words("survey")
    ('accounts', 'survey answers')
    """
    return ROWS.get(table, label(table).lower())


def check_words(check: str) -> str:
    """A check in words, its columns as a reader names them.

    Examples
    --------
    >>> check_words("order_id is found in orders")
    'the order number is found in orders'
    >>> check_words("delivered_at is not before ordered_at")
    'the time delivered is not before the time ordered'
    """
    if found := re.fullmatch(r"(\w+) is found in (\w+)", check):
        return f"the {column_words(found[1])} is found in {label(found[2]).lower()}"
    if found := re.fullmatch(r"(\w+) is not before (\w+)", check):
        return f"the {column_words(found[1])} is not before the {column_words(found[2])}"
    return check


def n_of(n: int, thing: str) -> str:
    """A count with its noun.

    Examples
    --------
    >>> n_of(1, "row"), n_of(2300, "row")
    ('1 row', '2,300 rows')
    """
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"
