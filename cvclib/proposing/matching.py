"""Which canonical table each file is, and which column each of its columns: from names, from values, and from what other files hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from cvclib.proposing.composing import are_lines, combined, made_columns, quoted_name
from cvclib.proposing.profiling import ColumnProfile, PartProfile
from cvclib.proposing.questions import Unpivoting, questions_of
from cvclib.spelling import plain_name
from cvclib.tables import TABLES, Column, Table, names_of_column, names_of_table

SURE = 0.8  # confidence from which a column is mapped; below it stands as a comment
POSSIBLE = 0.45  # below it nothing is said
EITHER_WAY = 0.75  # of the confidence, where dates could be day/month or month/day and nothing tells
SURE_TABLE = 0.75
NAMED = 0.95  # confidence of a column whose name tells it, and whose values suit
MANY_REQUIRED = 3
BY_HAND = "decided by hand"  # the reason of an answer at the terminal
NEAR_SPELLING = 88  # of 100
MOST_CATEGORIES = 0.2  # of the filled cells that differ, before a column is taken for text rather than a category
KEY_LIKE = 0.5  # of the filled cells that differ, before a further column named like the key could be the key
UNITS = {"eur", "euro", "euros", "usd", "gbp", "min", "mins", "minutes", "minuten", "in", "the", "de", "no", "nr", "h", "hours", "k", "pct"}


@dataclass(frozen=True)
class ColumnProposal:
    """A column of a file for a canonical one.

    Parameters
    ----------
    column : str
        Canonical column.
    name : str
        The file's column.
    confidence : float
        0 to 1.
    why : str
        What tells, in words.
    others : tuple of str
        Columns of the file that could stand there instead.
    date_format : str
        How its dates are to be read, where a person has decided; else as the values tell.
    """

    column: str
    name: str
    confidence: float
    why: str
    others: tuple[str, ...] = ()
    date_format: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether it is mapped without asking."""
        return self.confidence >= SURE


@dataclass(frozen=True)
class TableProposal:
    """A file for a canonical table.

    Parameters
    ----------
    part : PartProfile
    table : str
    confidence : float
        0 to 1.
    columns : tuple of ColumnProposal
    missing : tuple of str
        Required columns for which none was found.
    unused : tuple of str
        Columns of the file that nothing was made of.
    others : tuple of str
        Tables that it could be instead.
    unpivot : Unpivoting or None
        Columns that become rows.
    made : tuple of (str, str)
        Canonical columns that are computed, and the expression.
    combine : tuple of (str, str)
        Where several rows become one: canonical column, and how its values are combined.
    where : str
        Condition of the rows that are taken; empty for all.
    why : str
        What told that the table is made in another way than a row a row.
    """

    part: PartProfile
    table: str
    confidence: float
    columns: tuple[ColumnProposal, ...]
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unpivot: Unpivoting | None = None
    made: tuple[tuple[str, str], ...] = ()
    combine: tuple[tuple[str, str], ...] = ()
    where: str = ""
    why: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether the table is mapped without asking."""
        sure = {proposal.column for proposal in self.columns if proposal.is_sure}
        sure |= {name for name, _ in self.made}
        sure |= {self.unpivot.name_to, self.unpivot.value_to} if self.unpivot else set()
        table = TABLES[self.table]
        needed = set(table.required) <= sure and (not table.one_of or sure & set(table.one_of))
        named = [proposal.column for proposal in self.columns if proposal.confidence >= NAMED and proposal.column in table.required]
        telling = len(named) >= MANY_REQUIRED and not self.others  # so many columns by their names can hardly be another table
        return bool(needed) and (self.confidence >= SURE_TABLE or telling)


def propose(con: duckdb.DuckDBPyConnection, parts: Sequence[PartProfile]) -> list[TableProposal]:
    """Propose a canonical table for each file or sheet, and a column for each of its columns.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
        Holds the rows, as `profile_files` left them.
    parts : sequence of PartProfile

    Returns
    -------
    list of TableProposal
        One a part that looks like a table, in the order of the parts.
    """
    best: list[TableProposal] = []
    for part in parts:
        if part.layout.header_row and part.n_rows:
            whole = _best_table(con, part)
            asked = [] if whole is not None and whole.is_sure else _questionnaires(part)
            best += asked or [found for found in [whole] if found is not None]
    best += derived_customers(best)
    return [_with_references(con, found, best) for found in best]


def _questionnaires(part: PartProfile) -> list[TableProposal]:
    """A file with a column a question: its answers to the four survey questions, and its ratings of attributes."""
    metrics, groups = questions_of(part)
    if not metrics and not groups:
        return []
    asked = {*metrics, *(name for group in groups for name in group.columns)}
    found = []
    if metrics:
        found.append(_unpivoted(part, "survey", asked, Unpivoting(metrics, "metric", "score", "the words of the questions")))
    told: set[str] = set()
    for group in groups:
        proposal = _unpivoted(part, "attribute_ratings", asked, group)
        found.append(_marked(proposal) if told & set(group.columns.values()) else proposal)
        told |= set(group.columns.values())
    return [proposal for proposal in found if not proposal.missing]


def _marked(proposal: TableProposal) -> TableProposal:
    """Ratings of attributes that the same answers rate in another way: marked, so that no key comes twice."""
    answer = next((one for one in proposal.columns if one.column == "response_id"), None)
    if answer is None or not answer.is_sure:
        return proposal
    mark = "stated" if proposal.unpivot is not None and proposal.unpivot.value_to == "importance" else "more"
    expression = f"concat({quoted_name(answer.name)}, '-{mark}')"
    return replace(
        proposal,
        columns=tuple(one for one in proposal.columns if one is not answer),
        made=(("response_id", expression), *proposal.made),
        why="the same answers rate these attributes twice; the second rating is marked, so that no key comes twice",
    )


def _unpivoted(part: PartProfile, name: str, asked: set[str], unpivot: Unpivoting) -> TableProposal:
    table = TABLES[name]
    others = {"performance", "importance", "score", "metric", "attribute"}
    bare = replace(table, columns=tuple(c for c in table.columns if c.name not in others), key=("response_id",), one_of=())
    judged = _judge(replace(part, columns=tuple(c for c in part.columns if c.name not in asked)), bare)
    told = max((one.confidence for one in judged.columns if one.column == "response_id"), default=0.0)
    return replace(judged, table=name, unpivot=unpivot, confidence=max(judged.confidence, 0.9 * told))


def _of_cases(judged: TableProposal) -> TableProposal:
    """A log that names cases and no customer: the case may stand for one, if the reader says so."""
    found = {one.column: one for one in judged.columns}
    if judged.table != "interactions" or judged.missing != ("customer_id",) or "case_id" not in found:
        return judged
    why = "the file names no customer; the case could stand for one"
    customer = replace(found["case_id"], column="customer_id", confidence=0.7, why=why)
    return replace(judged, columns=(customer, *judged.columns), missing=(), confidence=max(judged.confidence, 0.7))


def _of_visits(judged: TableProposal) -> TableProposal:
    """Purchases that bear no number: a customer and a time may stand for one, if the reader says so."""
    found = {one.column: one for one in judged.columns}
    if judged.table != "orders" or judged.missing != ("order_id",) or not {"customer_id", "ordered_at"} <= set(found):
        return judged
    who, when = (quoted_name(found[column].name) for column in ("customer_id", "ordered_at"))
    why = "no column numbers the orders; what a customer buys at one time could stand for one"
    made = (("order_id", f"concat_ws(' ', {who}, {when})"), *judged.made)
    return replace(judged, made=made, missing=(), confidence=max(judged.confidence, 0.7), why=why)


def _best_table(con: duckdb.DuckDBPyConnection, part: PartProfile) -> TableProposal | None:
    judged = sorted((_of_visits(_of_cases(_judge(part, table, con))) for table in TABLES.values()), key=lambda found: -found.confidence)
    best, *rest = judged
    if best.confidence < POSSIBLE:
        return None
    others = tuple(other.table for other in rest if other.confidence > 0.85 * best.confidence and not other.missing)[:3]
    return replace(best, others=others, confidence=best.confidence * (0.9 if others else 1.0))


def _judge(part: PartProfile, table: Table, con: duckdb.DuckDBPyConnection | None = None) -> TableProposal:
    """How well a part fits a table: what it fills of it, whether its rows are what the table's rows are, and its name."""
    scores = np.array([[_score(part, profile, table, column)[0] for column in table.columns] for profile in part.columns])
    rows, columns = linear_sum_assignment(-scores)
    found = []
    for i, j in zip(rows, columns, strict=True):
        if scores[i, j] >= POSSIBLE:
            profile, column = part.columns[i], table.columns[j]
            rivals = tuple(
                part.columns[k].name
                for k in np.argsort(-scores[:, j])
                if k != i and _rivals(scores[k, j], scores[i, j], part.columns[k], table, column)
            )[:3]
            confidence, why = _score(part, profile, table, column)
            confidence *= _doubt(table, column, rivals) * (EITHER_WAY if profile.unsure_dates and column.type in ("date", "time") else 1.0)
            found.append(ColumnProposal(column.name, profile.name, confidence, why, rivals))
    order = {column: place for place, column in enumerate(table.column_names)}
    found.sort(key=lambda proposal: order[proposal.column])
    filled = {proposal.column: proposal for proposal in found}
    missing = [name for name in table.required if name not in filled]
    if table.one_of and not set(table.one_of) & set(filled):
        missing.append(" or ".join(table.one_of))
    lines = con is not None and are_lines(con, part, table, filled)
    made = made_columns(
        part, table, [profile.name for profile in part.columns if profile.name not in {one.name for one in found}], filled, lines=lines
    )
    found = [one for one in found if one.column not in dict(made)]
    used = {proposal.name for proposal in found}
    unused = tuple(profile.name for profile in part.columns if profile.name not in used)
    confidence = _confidence(part, table, filled, missing, lines=lines, n_made=len(made))
    combine = combined(table, [*(one.column for one in found), *dict(made)]) if lines else ()
    why = f"several rows have one {table.key[0]}: lines of it, which are added up" if lines else ""
    return TableProposal(part, table.name, confidence, tuple(found), tuple(missing), unused, made=made, combine=combine, why=why)


def _doubt(table: Table, column: Column, rivals: Sequence[str]) -> float:
    """What rivals leave of the confidence; where the key is in doubt, a person has to decide."""
    if not rivals:
        return 1.0
    return 0.75 if table.key == (column.name,) else 0.85


def _rivals(score: float, best: float, profile: ColumnProfile, table: Table, column: Column) -> bool:
    """Whether another column could stand there as well: nearly as good, or one more number where the table's key is told.

    A customer number that is made anew for every order is unique, and so looks more like a key than the one that stays.
    """
    key_too = table.key == (column.name,) and score >= POSSIBLE and KEY_LIKE <= profile.unique < 1
    return score > 0.9 * best or key_too


def _confidence(
    part: PartProfile, table: Table, filled: dict[str, ColumnProposal], missing: list[str], *, lines: bool, n_made: int
) -> float:
    """0 to 1: required columns found (six tenths), columns of the file made use of (a quarter), and its name, or that its rows are lines of orders."""
    required = [*table.required, *(["one of"] if table.one_of else [])]
    needed = sum(filled[name].confidence for name in table.required if name in filled)
    needed += max((filled[name].confidence for name in table.one_of if name in filled), default=0.0)
    used = (sum(proposal.confidence for proposal in filled.values()) + n_made) / max(min(len(part.columns), len(table.columns)), 1)
    found = 0.6 * (needed / len(required) if required else 0.5) + 0.25 * min(used, 1.0) + 0.15 * (1.0 if lines else _named(part, table))
    if missing:
        found *= 0.5
    if not lines and len(table.key) == 1 and set(table.key) <= set(filled):
        repeated = 1 - part[filled[table.key[0]].name].unique
        found *= 1 - 0.7 * min(1.0, 5 * repeated)  # a key that comes again and again is the key of something else
    return found


def _named(part: PartProfile, table: Table) -> float:
    """How much the name of the file or sheet says that it is the table."""
    said = plain_name(f"{part.sheet}" if part.sheet is not None else part.path.name.split(".")[0])
    words = set(said.split())
    best = 0.0
    for name in names_of_table(table.name):
        if name == said:
            return 1.0
        if set(name.split()) <= words:
            best = max(best, 0.9)
        elif len(name) > 4 and any(fuzz.ratio(name, word) >= NEAR_SPELLING for word in words):
            best = max(best, 0.7)
    return best


def _score(part: PartProfile, profile: ColumnProfile, table: Table, column: Column) -> tuple[float, str]:
    named, how = _name_score(profile.name, table.name, column.name)
    fits, what = _fits(profile, column)
    return named * fits, f"{how}; {what}" if what else how


def _name_score(name: str, table: str, column: str) -> tuple[float, str]:
    """How much a name says that it is a canonical column, and how that is told."""
    said = plain_name(name)
    bare = " ".join(word for word in said.split() if word not in UNITS) or said
    best, how = 0.0, ""
    for known in names_of_column(table, column):
        if known in (said, bare):
            return 1.0, "its name"
        if len(known) > 4 and (near := fuzz.ratio(known, said)) >= NEAR_SPELLING:
            best, how = max((best, how), (0.9 * near / 100, f"its name is near {known!r}"))
        elif set(known.split()) < set(said.split()) and len(known) > 3:
            share = len(known) / len(said)
            best, how = max((best, how), (0.55 + 0.24 * share, f"its name holds {known!r}"))
    return best, how


def _fits(profile: ColumnProfile, column: Column) -> tuple[float, str]:
    """How well the values of a column suit a canonical one, 0 to 1, and what does not suit."""
    if not profile.n_filled:
        return 0.5, "it is empty"
    if column.type in ("date", "time"):
        return (profile.time, "" if profile.time > 0.95 else f"{profile.time:.0%} are dates")
    if column.type in ("integer", "number", "money"):
        share = profile.whole if column.type == "integer" else profile.number
        if profile.time > 0.9 and share < 1:
            return 0.0, "its values are dates"
        too_low = column.low is not None and column.type != "money" and (profile.low or 0) < column.low
        outside = too_low or (column.high is not None and (profile.high or 0) > column.high)
        return share * (0.7 if outside else 1.0), "not all values suit" if share < 0.95 or outside else ""
    if column.name == "email":
        return profile.email, ""
    if column.values:
        known = {value.casefold() for value in column.values}
        share = sum(value.strip().casefold() in known for value in profile.values) / len(profile.values) if profile.values else 0.0
        return (share if share > 0.5 else 0.5 if profile.values else 0.0), "" if share > 0.95 else "its values need translating"
    if column.type == "id":
        if profile.time > 0.5 and profile.number < 0.9:
            return 0.0, "its values are dates"
        return 1.0 if profile.length <= 40 else 0.3, ""
    if profile.time > 0.9 and profile.number < 0.9:
        return 0.0, "its values are dates"
    if column.type == "category":
        many = profile.n_distinct > 200 and profile.unique > MOST_CATEGORIES
        numbers = profile.number > 0.95 and profile.n_distinct > 20
        return (0.3 if many or numbers else 1.0), "its values are many" if many else ""
    return 1.0, ""


def derived_customers(found: Sequence[TableProposal]) -> list[TableProposal]:
    """Where no file lists the customers, those whom the orders name: each as the first order tells of them.

    Parameters
    ----------
    found : sequence of TableProposal

    Returns
    -------
    list of TableProposal
        One an orders file with sure customers; none where customers are listed.
    """
    if any(one.table == "customers" for one in found):
        return []
    made = []
    for orders in (one for one in found if one.table == "orders" and one.is_sure):
        sure = {column.column: column for column in orders.columns if column.is_sure}
        if "customer_id" not in sure:
            continue
        columns = [
            replace(sure["customer_id"], column="customer_id"),
            replace(sure["ordered_at"], column="acquired_at", why="the first order"),
        ]
        for column in TABLES["customers"].columns:
            if column.name in ("segment", "country", "city", "postcode"):
                scores = [(_score(orders.part, orders.part[name], TABLES["customers"], column), name) for name in orders.unused]
                (score, why), name = max(scores, default=((0.0, ""), ""))
                if score >= SURE:
                    columns.append(ColumnProposal(column.name, name, score, why))
        blank = orders.part[sure["customer_id"].name].filled < 1
        where = f"{quoted_name(sure['customer_id'].name)} IS NOT NULL" if blank else ""
        why = "no file lists the customers: those whom the orders name, won with their first order as far as the file knows"
        made.append(
            TableProposal(
                orders.part, "customers", orders.confidence, tuple(columns), combine=(("acquired_at", "min"),), where=where, why=why
            )
        )
    return made


def _with_references(con: duckdb.DuckDBPyConnection, found: TableProposal, all_found: Sequence[TableProposal]) -> TableProposal:
    """Doubt keys into another table that that table's file does not hold, and say of how many it does."""
    columns = []
    for proposal in found.columns:
        share = _share_found(con, found, proposal, all_found)
        if share is None:
            columns.append(proposal)
        elif share < 0.5 and TABLES[found.table][proposal.column].type == "id":
            why = f"{proposal.why}; {share:.0%} of its values are found where it leads"
            columns.append(replace(proposal, confidence=proposal.confidence * 0.7, why=why))
        else:
            columns.append(replace(proposal, why=f"{proposal.why}; {share:.0%} of its values are found where it leads"))
    return replace(found, columns=tuple(columns))


def _share_found(
    con: duckdb.DuckDBPyConnection, found: TableProposal, proposal: ColumnProposal, all_found: Sequence[TableProposal]
) -> float | None:
    table, _, column = TABLES[found.table][proposal.column].references.partition(".")
    for other in (one for one in all_found if one.table == table and one.part is not found.part):
        for key in (one for one in other.columns if one.column == column):
            mine, theirs = found.part.place_of(proposal.name), other.part.place_of(key.name)
            (share,) = con.sql(
                f"SELECT avg((x IN (SELECT {theirs} FROM {other.part.rows}))::INT) FROM (SELECT DISTINCT {mine} AS x FROM {found.part.rows} "
                f"WHERE {mine} IS NOT NULL)"
            ).fetchone()
            return share
    return None
