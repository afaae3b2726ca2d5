"""From text to values, in the engine: blanks, numbers, times, categories; and what a column's values say of their format.

Everything here is SQL made for DuckDB over a text expression; no value passes through Python, except the few distinct
shapes of a column's values (``99-99-9999``) from which its format is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import duckdb

from cvclib.tables import Column

BLANKS = ("", "na", "n/a", "#n/a", "null", "none", "nan", "nat", "-", "--", "?")  # compared without regard to case
SPACES = " \t\r\n\u00a0\u202f\u2007\ufeff"
_SPACE = r"[\s\x{00a0}\x{202f}\x{2007}\x{feff}]"
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"  # no text; one of them ends a text where SQL is sent to the engine
_TO_CLEAN = f"^{_SPACE}|{_SPACE}$|{_CONTROLS}"
MOST_SHAPES = 500
FIRST_YEAR, LAST_YEAR = 1900, 2199  # a date beyond is a slip or stands for "never"
EXCEL_EPOCH = "1899-12-30"  # day 0 of a spreadsheet that holds dates as numbers
MIXED_SHARE = 0.01  # of the dates that tell day from month; when more tell otherwise, the column is mixed
Order = Literal["day first", "month first"]


def quoted(text: str) -> str:
    """A text as a literal of the engine."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """A name as an identifier of the engine."""
    return '"' + name.replace('"', '""') + '"'


def trimmed(text: str) -> str:
    """Text without spaces around it."""
    return f"trim({text}, {quoted(SPACES)})"


def cleaned(text: str, blanks: Iterable[str]) -> str:
    """Text without spaces around it, NULL where it is one of `blanks` (compared without regard to case).

    Control characters become U+FFFD, so that texts that differ go on to differ.

    A list, not ``IN``: that becomes a join a column, and a hundred joins take the engine a minute.
    """
    markers = sorted({blank.strip().casefold() for blank in blanks})
    longest = max(len(marker.encode()) for marker in markers)
    listed = ", ".join(map(quoted, markers))
    # Most cells are longer than any marker and have no space around them; to see that is quicker than to trim.
    plain = f"strlen({text}) > {longest} AND NOT regexp_matches({text}, {quoted(_TO_CLEAN)})"
    written = f"regexp_replace({trimmed(text)}, {quoted(_CONTROLS)}, '\ufffd', 'g')"
    return f"CASE WHEN {plain} THEN {text} WHEN list_contains([{listed}], lower({trimmed(text)})) THEN NULL ELSE {written} END"


# ---- numbers ----

_SURE_COMMA = re.compile(r"[^.,]*9,9{1,2}|[^.,]*9,9{4,}|9{1,3}(\.999)+,9*|9{1,3}(\.999){2,}|9{4,},9*|,9+")
_SURE_POINT = re.compile(r"[^.,]*9\.9{1,2}|[^.,]*9\.9{4,}|9{1,3}(,999)+\.9*|9{1,3}(,999){2,}|9{4,}\.9*|\.9+")


@dataclass(frozen=True)
class Decimals:
    """How the numbers of a column are written.

    Parameters
    ----------
    mark : str or None
        ``.`` or ``,``; None where no value tells.
    unsure : int
        Values such as 1.234, which are another number with the other mark, where no other value tells.
    """

    mark: str | None
    unsure: int = 0


def sniff_decimals(con: duckdb.DuckDBPyConnection, relation: str, text: str) -> Decimals:
    """Tell the decimal mark from all values of a text expression over a relation."""
    sure_comma = sure_point = unsure = 0
    for shape, n in shapes(con, relation, text, "contains(x, ',') OR contains(x, '.')"):
        core = re.sub(r"^[^9.,]+|[^9.,]+$|[\s'’]", "", shape)
        if re.fullmatch(_SURE_COMMA, core):
            sure_comma += n
        elif re.fullmatch(_SURE_POINT, core):
            sure_point += n
        elif re.fullmatch(r"9{1,3}[.,]999", core):
            unsure += n
    zero = (
        con.sql(
            f"SELECT count(*) FILTER (regexp_matches(x, '^[+-]?0,[0-9]')), count(*) FILTER (regexp_matches(x, '^[+-]?0\\.[0-9]')) "
            f"FROM (SELECT {text} AS x FROM {relation})"
        ).fetchone()
        if unsure
        else (0, 0)
    )
    sure_comma, sure_point = sure_comma + zero[0], sure_point + zero[1]
    if sure_comma or sure_point:
        return Decimals("," if sure_comma > sure_point else ".")
    return Decimals(None, unsure)


def number(text: str, mark: str) -> str:
    """A number as DOUBLE; NULL where the text is none.

    Thousands may be parted by a space, an apostrophe or the mark that is not the decimal one; currency signs and codes
    around the number are passed over; a minus may stand behind, and parentheses mean minus.
    """
    other = re.escape("," if mark == "." else ".")
    point = re.escape(mark)
    # Each is worked out once: what stands twice in a CASE is worked out twice. "nan" and "inf" have an n.
    if mark == ".":
        quick = f"CASE WHEN NOT regexp_matches({text}, '[nN]') THEN TRY_CAST({text} AS DOUBLE) END"
    else:
        quick = f"CASE WHEN NOT regexp_matches({text}, '[nN.]') THEN TRY_CAST(replace({text}, ',', '.') AS DOUBLE) END"
    bare = f"regexp_replace({text}, '^[A-Za-z]{{3}}\\b|\\b[A-Za-z]{{3}}$|[€$£¥\\s\u00a0\u202f\u2007''’]', '', 'g')"
    signed = f"regexp_replace({bare}, '^\\((.*)\\)$|^([^-]*)-$', '-\\1\\2')"
    fits = f"regexp_full_match({signed}, '[+-]?([0-9]+|[0-9]{{1,3}}({other}[0-9]{{3}})+)?({point}[0-9]*)?')"
    thousands = "," if mark == "." else "."
    slow = f"CASE WHEN {fits} THEN TRY_CAST(replace(replace({signed}, '{thousands}', ''), '{mark}', '.') AS DOUBLE) END"
    return f"coalesce({quick}, {slow})"


# ---- times ----

_CLOCKS = {
    "": "",
    "99:99": "%H:%M",
    "99:99:99": "%H:%M:%S",
    "99.99": "%H.%M",
    "99.99.99": "%H.%M.%S",
    "99:99 pm": "%I:%M %p",
    "99:99pm": "%I:%M%p",
    "99:99:99 pm": "%I:%M:%S %p",
    "99:99:99pm": "%I:%M:%S%p",
}


@dataclass(frozen=True)
class Times:
    """How the times of a column are written.

    Parameters
    ----------
    formats : tuple of str
        Formats to try, as strptime has them.
    iso, offset, serial : bool
        Whether ISO times are among them, times with an offset, a spreadsheet's day numbers.
    zone : str or None
        The zone whose local time an offset is turned into; without one the offset is passed over.
    order : Order or None
        Of days and months, where some format turns on it.
    unsure : int
        Values that are another day if day and month are swapped, where the column does not tell which comes first.
    swapped : int
        Values that only fit if day and month are swapped.
    stated : bool
        Whether the client file states the format.
    """

    formats: tuple[str, ...] = ()
    iso: bool = True
    offset: bool = False
    serial: bool = False
    zone: str | None = None
    order: Order | None = None
    unsure: int = 0
    swapped: int = 0
    stated: bool = False

    @property
    def example(self) -> str:
        """What a value should look like, for a message."""
        if self.formats:
            return " or ".join(map(repr, self.formats[:3]))
        return "'%Y-%m-%d'"


def stated_times(format_: str, zone: str | None, *, typed: bool) -> Times:
    """Times in a format that the client file states; cells that already are dates are read as such too."""
    return Times((format_,), iso=typed, zone=zone, stated=True)


def sniff_times(con: duckdb.DuckDBPyConnection, relation: str, text: str, zone: str | None, *, hint: Order | None = None) -> Times:
    """Tell the format of times from all values of a text expression over a relation.

    Parameters
    ----------
    con : duckdb.DuckDBPyConnection
    relation, text : str
        What to look at.
    zone : str or None
        The client's zone.
    hint : Order, optional
        What other columns say, where this one leaves open whether day or month comes first.
    """
    iso = offset = False
    serial = 0
    neutral: list[str] = []
    by_order: dict[Order, list[str]] = {"day first": [], "month first": []}
    found_shapes = shapes(con, relation, text)
    for shape, n in found_shapes:
        kind = formats_of_shape(shape)
        if kind == "iso":
            iso = True
        elif kind == "offset":
            iso = offset = True
        elif kind == "serial":
            serial += n
        elif isinstance(kind, str) and kind:
            neutral.append(kind)
        elif kind:
            by_order["day first"].append(kind[0])
            by_order["month first"].append(kind[1])
    order, unsure, swapped = _order(con, relation, text, by_order, hint)
    formats = tuple(dict.fromkeys([*neutral, *(by_order[order] if order else [])]))
    by_number = 2 * serial > sum(n for _, n in found_shapes)  # a lone number among dates is a slip
    nothing_told = not (iso or formats or by_number)
    return Times(formats, iso or nothing_told, offset, by_number, zone, order, unsure, swapped)


def _order(
    con: duckdb.DuckDBPyConnection, relation: str, text: str, formats: dict[Order, list[str]], hint: Order | None
) -> tuple[Order | None, int, int]:
    """Which of day and month comes first, how many values leave it open, how many contradict it: 13 can be no month."""
    if not formats["day first"]:
        return None, 0, 0
    # Days are looked at without the time of day, each once however many times it comes.
    spaced = any(f[2] == " " for f in formats["day first"])
    dates = {order: list(dict.fromkeys(f if spaced else re.split(r"[ T,]", f)[0] for f in formats[order])) for order in formats}
    days = text if spaced else f"split_part(translate({text}, 'T,', '  '), ' ', 1)"
    day, month = (_parsed("x", dates[order]) for order in ("day first", "month first"))
    both, day_only, month_only = con.sql(
        "SELECT coalesce(sum(n) FILTER (d IS NOT NULL AND m IS NOT NULL AND d <> m), 0)::BIGINT, "
        "coalesce(sum(n) FILTER (d IS NOT NULL AND m IS NULL), 0)::BIGINT, coalesce(sum(n) FILTER (m IS NOT NULL AND d IS NULL), 0)::BIGINT "
        f"FROM (SELECT n, {day} AS d, {month} AS m FROM (SELECT {days} AS x, count(*) AS n "
        f"FROM {relation} GROUP BY x))"
    ).fetchone()
    if day_only == month_only == 0:
        return hint or "day first", both, 0
    order: Order = "day first" if day_only >= month_only else "month first"
    against = min(day_only, month_only)
    mixed = against > MIXED_SHARE * (day_only + month_only)
    return order, both if mixed else 0, against


def formats_of_shape(shape: str) -> str | tuple[str, str]:
    """What a shape of a value (digits as 9) is: ``iso``, ``offset``, ``serial``, a format, a format for each order, or nothing.

    Examples
    --------
    >>> formats_of_shape("99-99-9999"), formats_of_shape("9,9")
    (('%d-%m-%Y', '%m-%d-%Y'), '')
    """
    if re.fullmatch(r"9999-99?-99?([ T]99?:99(:99(\.9+)?)?)?", shape):
        return "iso"
    if re.fullmatch(r"9999-99?-99?[ T]99?:99(:99(\.9+)?)? ?(Z|UTC|GMT|[+-]99(:?99)?)", shape):
        return "offset"
    if re.fullmatch(r"99999(\.9+)?", shape):
        return "serial"
    found = re.fullmatch(
        r"(9{8}|99?([-/. ])99?\2(9999|99)|9999([-/.])99?\4?99?|.*?[A-Za-z]{3,}.*?9999|99?[-/. ][A-Za-z]{3,}[-/. ]99)(,? |T|)(.*)", shape
    )
    if not found or (found[5] == "" and found[6]):
        return ""
    date, gap = found[1], found[5]
    clock = _clock(found[6])
    if clock is None or (gap and not found[6]):
        return ""
    rest = gap + clock
    if date == "9" * 8:
        return f"%Y%m%d{rest}"
    if found[4]:
        return f"%Y{found[4]}%m{found[4]}%d{rest}"
    if found[2]:
        mark, year = found[2], "%Y" if found[3] == "9999" else "%y"
        return f"%d{mark}%m{mark}{year}{rest}", f"%m{mark}%d{mark}{year}{rest}"
    return _with_month_name(date, rest)


def _with_month_name(date: str, rest: str) -> str:
    words = re.findall(r"[A-Za-z]+", date)
    if len(words) != 1:
        return ""
    name = "%b" if len(words[0]) == 3 and words[0].lower() != "may" else "%B"
    for pattern, make in (
        (r"99?([-/. ]+)[A-Za-z]+([-/., ]+)(9999|99)", "%d{0}{name}{1}{year}"),
        (r"([A-Za-z]+ )99?(,? )(9999)", "{name} %d{1}{year}"),
    ):
        if found := re.fullmatch(pattern, date):
            return make.format(found[1], found[2], name=name, year="%Y" if found[3] == "9999" else "%y") + rest
    return ""


def _clock(shape: str) -> str | None:
    plain = re.sub(r"[AaPp]\.?[Mm]\.?$", "pm", shape)
    plain = re.sub(r"^9([:.])", r"99\1", plain)
    fraction = re.fullmatch(r"(99[:.]99[:.]99)\.9+", plain)
    if fraction:
        return f"{_CLOCKS[fraction[1]]}.%f"
    return _CLOCKS.get(plain)


def _parsed(text: str, formats: list[str]) -> str:
    tries = "[" + ", ".join(map(quoted, formats)) + "]"
    return f"try_strptime({text}, {tries})"


def time(text: str, times: Times) -> str:
    """A time as TIMESTAMP; NULL where the text is none of the formats."""
    tries = []
    plain = [f for f in times.formats if "%z" not in f.lower()]
    zoned = [f for f in times.formats if "%z" in f.lower()]
    if times.offset:
        tries.append(_with_offset(text, times.zone))
    if times.iso:
        guard = "" if not times.offset else f" AND NOT regexp_matches({text}, ':.*([+-]|Z$|[A-Z]$)')"
        tries.append(f"CASE WHEN substr({text}, 5, 1) = '-'{guard} THEN TRY_CAST({text} AS TIMESTAMP) END")
    if plain:
        tries.append(_parsed(text, plain))
    if zoned:
        moment = f"CAST(try_strptime({text}, [{', '.join(map(quoted, zoned))}]) AS TIMESTAMPTZ)"
        tries.append(f"timezone({quoted(times.zone or 'UTC')}, {moment})")
    if times.serial:
        days = f"TRY_CAST({text} AS DOUBLE)"
        tries.append(
            f"CASE WHEN {days} BETWEEN 1 AND 109574 THEN TIMESTAMP '{EXCEL_EPOCH}' + to_seconds(round({days} * 86400)::BIGINT) END"
        )
    return tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"


def believable(time: str) -> str:
    """Condition that a time lies in the years that are believed."""
    return f"{time} BETWEEN TIMESTAMP '{FIRST_YEAR}-01-01' AND TIMESTAMP '{LAST_YEAR}-12-31 23:59:59.999999'"


def _with_offset(text: str, zone: str | None) -> str:
    marked = f"regexp_matches({text}, ':.*([+-][0-9]{{2}}(:?[0-9]{{2}})?|Z|UTC|GMT)$')"
    if zone is None:
        local = f"TRY_CAST(regexp_replace({text}, ' ?([+-][0-9]{{2}}(:?[0-9]{{2}})?|Z|UTC|GMT)$', '') AS TIMESTAMP)"
        return f"CASE WHEN {marked} THEN {local} END"
    named_ = f"regexp_replace({text}, ' ?(Z|UTC|GMT)$', '+00')"
    plain = f"regexp_replace({named_}, ' ?([+-][0-9]{{2}}):?([0-9]{{2}})$', '\\1:\\2')"
    return f"CASE WHEN {marked} THEN timezone({quoted(zone)}, TRY_CAST({plain} AS TIMESTAMPTZ)) END"


def shapes(con: duckdb.DuckDBPyConnection, relation: str, text: str, where: str = "x IS NOT NULL") -> list[tuple[str, int]]:
    """Shapes of the values of a text expression over a relation, digits as 9, the commonest first.

    Examples
    --------
    >>> shapes(duckdb.connect(), "(VALUES ('12,5'), ('99,0'), ('?')) AS t(x)", "x")
    [('99,9', 2), ('?', 1)]
    """
    return con.sql(
        f"SELECT translate(x, '012345678', '999999999') AS shape, count(*) AS n FROM (SELECT {text} AS x FROM {relation}) "
        f"WHERE {where} GROUP BY shape ORDER BY n DESC, shape LIMIT {MOST_SHAPES}"
    ).fetchall()


# ---- ids and categories ----


def sniff_id_tail(con: duckdb.DuckDBPyConnection, relation: str, text: str) -> bool:
    """Whether every id ends in ``.0``: whole numbers that went through a program which took them for decimals."""
    n, with_tail = con.sql(
        f"SELECT count(x), count(*) FILTER (ends_with(x, '.0') AND regexp_full_match(x, '[0-9]+\\.0')) FROM (SELECT {text} AS x FROM {relation})"
    ).fetchone()
    return bool(n) and n == with_tail


def without_tail(text: str) -> str:
    """An id without its ``.0``."""
    return f"regexp_replace({text}, '\\.0$', '')"


def category(text: str, column: Column) -> str:
    """A value of a closed set, compared without regard to case, spaces and underscores; NULL where it is none."""
    if not column.values:
        return text
    plain = f"lower(regexp_replace({text}, '[\\s_-]+', '_', 'g'))"
    whens = " ".join(f"WHEN {quoted(value.lower())} THEN {quoted(value)}" for value in column.values)
    return f"CASE {plain} {whens} END"


def mapped(text: str, values: dict[str, object]) -> str:
    """A text with the client's own replacements; null makes a blank."""
    if not values:
        return text
    whens = " ".join(f"WHEN {quoted(key.strip())} THEN {'NULL' if new is None else quoted(str(new))}" for key, new in values.items())
    return f"CASE {text} {whens} ELSE {text} END"
