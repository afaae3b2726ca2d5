"""What is wrong with the data, fault by fault: how many, where, what it looks like with the person taken out, what to do.

Goes further than what reading found: it looks into the prepared cells for addresses that are none, numbers that stand
for a blank, values spelled in several ways, rows that repeat. Counts and shapes leave the engine; values do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis import _

from cvclib.client import Client
from cvclib.methods.record_linkage import FEWEST_DIGITS, MOST_SHARING_A_KEY, fold
from cvclib.methods.shares import share
from cvclib.params import TableSource
from cvclib.privacy import MASK
from cvclib.steps.data_quality import SILENT, column_quality, consistency, rejected_by_check, table_quality
from cvclib.steps.data_words import check_words, column_words
from cvclib.steps.memo import once_per_client
from cvclib.tables import TABLES, Column

COLUMNS = ["dimension", "table", "column", "fault", "n_faults", "n_checked", "share", "low", "high", "looks_like", "where", "to_do"]
OLDEST_YEARS = 110  # an age above it is a date made up to fill the field
SAME_FORM = 0.95  # from here one form of a column is the rule, and the others are worth a look
MOST_ROWS, MOST_SHAPES, LONGEST_SHAPE = 3, 2, 28
STANDS_FOR_A_BLANK = (
    "unknown", "unbekannt", "onbekend", "inconnu", "desconocido", "none", "no name", "test", "tester", "testing", "dummy", "tbd", "xx", "xxx", "xxxx", "geen",
    "nvt", "n v t", "not available", "not applicable", "noname",
)  # fmt: skip
PLACEHOLDER_MAILBOX = r"^(test|noreply|no-reply|none|nomail|noemail|unknown|geen|xxx*)@|@(test|none|nomail|noemail|xxx*)\."
PERSONAL_TEXT = ("name", "email", "phone", "postcode", "city")
FORMS = ("postcode", "customer_id", "account_id", "order_id")  # columns that one system writes in one form
FEWEST_TO_SEE_A_FORM = 30


@dataclass(frozen=True)
class Fault:
    """One kind of fault in one column or table."""

    dimension: str
    table: str
    column: str
    fault: str
    n_faults: int
    n_checked: int
    to_do: str
    looks_like: str = ""
    where: str = ""


def shape(text: str) -> str:
    """A value with its letters and digits hidden: what it looks like, not what it says.

    Examples
    --------
    >>> shape("Ann.Bakker@x.nl"), shape("1012 AB"), shape("Zoë")
    ('Aaa.Aaaaaa@a.aa', '9999 AA', 'Aaa')
    """
    hidden = "".join("9" if c.isdigit() else ("A" if c.isupper() else "a") if c.isalpha() else c for c in text)
    return hidden if len(hidden) <= LONGEST_SHAPE else hidden[: LONGEST_SHAPE - 1] + "…"


@once_per_client
def data_faults(client: Client) -> pd.DataFrame:
    """Every fault found in the client's data, the worst first.

    Parameters
    ----------
    client : Client

    Returns
    -------
    pandas.DataFrame
        ``dimension`` (completeness, validity, uniqueness, consistency, timeliness), ``table, column, fault`` in words,
        ``n_faults`` of ``n_checked`` rows, ``share, low, high`` (Wilson), ``looks_like`` (shapes of the commonest
        faulty values; the value itself only where it is neither personal nor a number of a person), ``where`` (file,
        the client's own column, first rows as a spreadsheet counts them) and ``to_do``. Worst: the largest share of
        rows at fault, the lower end of its interval.
    """
    faults = [
        fault
        for part in (_blanks, _not_taken, _addresses, _forms, _placeholders, _keys, _repeated_rows, _spellings, _misfits, _late)
        for fault in part(client)
        if fault.n_faults > 0
    ]
    rows = [
        (f.dimension, f.table, f.column, f.fault, f.n_faults, f.n_checked, *share(f.n_faults, f.n_checked)[:3], f.looks_like,
         f.where or _where(client, f.table, f.column), f.to_do)
        for f in faults
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values(["low", "n_faults", "table", "column"], ascending=[False, False, True, True], ignore_index=True)


# ---- completeness and validity ----------------------------------------------------------------------------------


def _blanks(client: Client) -> Iterator[Fault]:
    for row in column_quality(client).itertuples():
        if row.blank_is == "a gap":
            n = round(row.n_rows * (1 - row.complete))
            yield Fault(
                "completeness", row.table, row.column, "blank", n, row.n_rows, "Ask for it where the record begins, or stop asking."
            )


def _not_taken(client: Client) -> Iterator[Fault]:
    """Rows and cells that reading did not take, by the client's own column and the reason."""
    groups = client.rejected.group_by("table", "column", "reason", "file", "sheet")
    found = groups.agg(n=_.count(), value=_["value"].mode(), rows=_["row"].collect()).order_by("table", "file", "sheet", "column", "reason")
    read = client.sources.groupby("table")["rows_read"].sum()
    for row in found.to_pandas().itertuples():
        dimension, fault, to_do = _told(str(row.reason))
        column = _canonical(client, row.table, row.column)
        where = _place(row.file, row.sheet, row.column, sorted(int(r) for r in row.rows if r is not None))
        yield Fault(
            dimension, row.table, column, fault, int(row.n), int(read[row.table]), to_do, _example(row.table, column, row.value), where
        )


def _told(reason: str) -> tuple[str, str, str]:
    """Dimension, words and advice for the reason with which reading left a row or cell out."""
    if "same key" in reason:
        return "uniqueness", "an earlier row has the same number", "Deliver each record once; look up before creating."
    if "does not hold it" in reason:
        return (
            "consistency",
            f"not found: {reason.replace(' does not hold it', '')}",
            "Export both tables on the same day, and all of them.",
        )
    if "backwards" in reason:
        return "consistency", reason, "Let the system set the times; check them on entry."
    if reason.startswith("blank"):
        return "completeness", "blank where every row needs it", "Make it a field that cannot be left empty."
    return "validity", reason, "Correct it at the source; a form that checks while one types prevents it."


def _addresses(client: Client) -> Iterator[Fault]:
    """E-mail addresses and telephone numbers that can reach nobody, birth dates that nobody has."""
    for table in ("customers", "accounts"):
        if client.has(f"{table}.email"):
            plain = client.whole(table).email.lower().strip()
            bad = ~plain.re_search(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
            yield _cells(client, table, "email", bad, "no e-mail address", "Send a confirmation before an address is kept.")
        if client.has(f"{table}.phone"):
            digits = client.whole(table).phone.re_replace("[^0-9]", "")
            one_digit = (digits != "") & (digits.replace(digits.left(1), "") == "")
            bad = (digits.length() < FEWEST_DIGITS) | one_digit
            yield _cells(
                client,
                table,
                "phone",
                bad,
                "too short for a telephone number, or one digit only",
                "Check the number while the customer is on the line.",
            )
        if client.has(f"{table}.birth_date"):
            born = client.whole(table).birth_date.cast("date")
            end = client.period.end
            oldest = ibis.date(end.year - OLDEST_YEARS, 1, 1)
            bad = (born > ibis.date(end)) | (born < oldest)
            yield _cells(
                client,
                table,
                "birth_date",
                bad,
                f"in the future, or over {OLDEST_YEARS} years ago",
                "Leave it blank rather than make one up.",
            )


def _placeholders(client: Client) -> Iterator[Fault]:
    """Text that stands for a blank, and addresses that more records share than any household."""
    to_do = "Let the field be blank where it is not known; a placeholder ties strangers together."
    for table in ("customers", "accounts"):
        for column in PERSONAL_TEXT:
            if not client.has(f"{table}.{column}"):
                continue
            value = client.whole(table)[column]
            plain = fold(value)
            bad = plain.isin(STANDS_FOR_A_BLANK)
            if column == "email":
                bad = bad | value.lower().strip().re_search(PLACEHOLDER_MAILBOX)
            yield _cells(client, table, column, bad.fill_null(False), "a word that stands for a blank", to_do)
            if column in ("email", "phone"):
                usual = (
                    client.whole(table)
                    .filter(_[column].notnull())
                    .group_by(column)
                    .agg(sharing=_.count())
                    .filter(_.sharing > MOST_SHARING_A_KEY)
                )
                shared = value.isin(usual[column])
                yield _cells(client, table, column, shared, f"the same in more than {MOST_SHARING_A_KEY} records", to_do)


def _forms(client: Client) -> Iterator[Fault]:
    """Cells written in another form than nearly all of their column: ``9999AA`` where the others are ``9999 AA``."""
    for name in client.table_names:
        for column in FORMS:
            if column not in TABLES[name].column_names or not client.has(f"{name}.{column}"):
                continue
            rows = client.whole(name)
            rows = rows.filter(rows[column].notnull()).select(form=_form(rows[column]))
            forms = rows.group_by("form").agg(n=_.count()).order_by(ibis.desc("n"), "form").limit(200).to_pandas()
            n = int(forms["n"].sum())
            if n < FEWEST_TO_SEE_A_FORM or forms["n"].iloc[0] < SAME_FORM * n or len(forms) == 1:
                continue
            others = forms.iloc[1:]
            usual = str(forms["form"].iloc[0])
            yield Fault(
                "validity", name, column, f"written otherwise than nearly all: {usual}", int(others["n"].sum()), n,
                "Agree on one form, and let the system write it.", _shown_shapes(others["form"]),
            )  # fmt: skip


# ---- uniqueness -------------------------------------------------------------------------------------------------


def _keys(client: Client) -> Iterator[Fault]:
    """Keys used twice in rows that were kept; those left out are told with the rows not taken."""
    for name in client.table_names:
        key = TABLES[name].key
        if key:
            rows = client.whole(name)
            n, distinct = int(rows.count().to_pandas()), int(rows.select(*key).distinct().count().to_pandas())
            yield Fault(
                "uniqueness", name, key[0], "a number used twice", n - distinct, n, "Deliver each record once; look up before creating."
            )


def _repeated_rows(client: Client) -> Iterator[Fault]:
    """Rows that say in every cell what another row says, in tables without a key."""
    for name in client.table_names:
        if not TABLES[name].key:
            rows = client.whole(name)
            n, distinct = int(rows.count().to_pandas()), int(rows.distinct().count().to_pandas())
            where = _place(_files(client, name), None, None, [])
            yield Fault(
                "uniqueness", name, "", "the whole row stands twice", n - distinct, n, "Ask whether two exports overlap.", where=where
            )


# ---- consistency and timeliness ---------------------------------------------------------------------------------


def _spellings(client: Client) -> Iterator[Fault]:
    """Categories that differ in capitals, accents or signs only: one thing under two names."""
    for name in client.table_names:
        for column in TABLES[name].columns:
            if column.type != "category" or column.values or not client.has(f"{name}.{column.name}"):
                continue
            rows = client.whole(name)
            values = rows.filter(rows[column.name].notnull()).group_by(value=rows[column.name]).agg(n=_.count())
            values = values.order_by(ibis.desc("n"), "value").limit(2000).mutate(same=fold(_.value)).to_pandas()
            values = values[values["same"].notna()]
            rank = values.sort_values(["n", "value"], ascending=[False, True]).groupby("same").cumcount()
            odd = values[rank.reindex(values.index) > 0]
            yield Fault(
                "consistency", name, column.name, "one name spelled in several ways", int(odd["n"].sum()), int(values["n"].sum()),
                "Choose from a list instead of typing; translate in the client file until then.",
                ", ".join(f"“{value}”" for value in odd["value"].head(MOST_SHAPES)),
            )  # fmt: skip


def _misfits(client: Client) -> Iterator[Fault]:
    """References that lead nowhere and times that run backwards, in rows that were kept."""
    for row in consistency(client).itertuples():
        column = row.check.split(" ")[0]
        reference = row.check.startswith(f"{column} is found in ")
        if not reference and " is not before " not in row.check:
            continue  # rows left out for it, told with the rows not taken
        gone = rejected_by_check(client, f"{row.table}.{column}.orphan") if reference else 0
        words = check_words(row.check).replace(" is not before ", " is before ").removeprefix("the ")
        words = f"not found in {row.check.split()[-1]}" if reference else words.removeprefix(f"{column_words(column)} ")
        to_do = (
            "Export both tables on the same day, and all of them." if reference else "Let the system set the times; check them on entry."
        )
        yield Fault("consistency", row.table, column, words, int(row.n_faults) - gone, int(row.n_checked) - gone, to_do)


def _late(client: Client) -> Iterator[Fault]:
    """Tables whose records stop earlier before the period's end than their pace explains."""
    for row in table_quality(client).itertuples():
        if row.p_silent < SILENT:
            fault = f"no record in the last {int(row.days_silent)} days of the period (last: {row.last_record})"
            yield Fault(
                "timeliness",
                row.table,
                "",
                fault,
                int(row.days_silent),
                client.period.days,
                "Ask for the rest of the export, or end the period there.",
            )


# ---- what it looks like, and where ------------------------------------------------------------------------------


def _cells(client: Client, table: str, column: str, bad: ir.BooleanValue, fault: str, to_do: str) -> Fault:
    """Filled cells of a personal column for which a condition holds, with their commonest shapes."""
    rows = client.whole(table)
    filled = rows.select(bad=bad.fill_null(False), form=_form(rows[column].cast("string")), value=rows[column]).filter(_.value.notnull())
    counted = filled.aggregate(n=_.count(), faults=_.bad.ifelse(1, 0).sum()).to_pandas().iloc[0]
    n_faults = 0 if pd.isna(counted["faults"]) else int(counted["faults"])
    shapes = ""
    if n_faults:
        forms = filled.filter(_.bad).group_by("form").agg(n=_.count()).order_by(ibis.desc("n"), "form").limit(MOST_SHAPES)
        shapes = _shown_shapes(forms.to_pandas()["form"])
    return Fault("validity", table, column, fault, n_faults, int(counted["n"]), to_do, shapes)


def _form(text: ir.StringValue) -> ir.StringValue:
    """The shape of a text, made in the engine, so that the text stays there."""
    letters = text.re_replace(r"\p{Lu}", "A").re_replace(r"\p{Ll}|\p{Lo}|\p{Lm}|\p{Lt}", "a")
    return letters.re_replace(r"\p{Nd}", "9")


def _shown_shapes(forms: pd.Series) -> str:
    return ", ".join(shape(str(form)) for form in forms.head(MOST_SHAPES))


def _example(table: str, column: str, value: object) -> str:
    """A faulty value for the reader: as it is where it says nothing of a person, else its shape, else nothing."""
    if not isinstance(value, str) or value == MASK:
        return "hidden" if value == MASK else ""
    if not column:
        return ""  # several columns together
    definition: Column | None = next((c for c in TABLES[table].columns if c.name == column), None)
    if definition is None or definition.personal or definition.type in ("id", "text"):
        return shape(value)
    return value if len(value) <= LONGEST_SHAPE else f"{value[: LONGEST_SHAPE - 1]}…"


def _canonical(client: Client, table: str, called: object) -> str:
    """The canonical column that a column of the client's file becomes; empty where it is several."""
    for source in _sources(client, table):
        for name, origin in source.columns.items():
            given = origin if isinstance(origin, str) else origin.from_ or name
            if str(given) == str(called):
                return name
        if source.unpivot and str(called) in {" ".join(column.split()) for column in source.unpivot.columns}:
            return str(source.unpivot.value_to)
    return str(called) if str(called) in TABLES[table].column_names else ""


def _where(client: Client, table: str, column: str) -> str:
    """The files of a table and what they call a column."""
    called: list[str] = []
    for source in _sources(client, table):
        origin = source.columns.get(column)
        name = origin if isinstance(origin, str) else origin.from_ if origin is not None else None
        called += [str(name)] if name else []
    return _place(_files(client, table), None, called[0] if len(set(called)) == 1 else None, [])


def _files(client: Client, table: str) -> str:
    names = list(dict.fromkeys(client.sources.loc[client.sources["table"] == table, "file"].dropna()))
    return str(names[0]) if len(names) == 1 else f"{len(names)} files" if names else ""


def _sources(client: Client, table: str) -> list[TableSource]:
    given = client.params.tables.get(table)
    return [] if given is None else list(given) if isinstance(given, list) else [given]


def _place(file: object, sheet: object, column: object, rows: list[int]) -> str:
    """File, sheet, column and first rows, as a spreadsheet names them."""
    parts = [PurePosixPath(str(file)).name] if isinstance(file, str) and file and file != "frame" else []
    parts += [f"sheet {sheet}"] if isinstance(sheet, str) and sheet else []
    parts += [f"column {column}"] if isinstance(column, str) and column else []
    if rows:
        more = ", …" if len(rows) > MOST_ROWS else ""
        parts.append(f"{'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows[:MOST_ROWS]))}{more}")
    return ", ".join(parts)
