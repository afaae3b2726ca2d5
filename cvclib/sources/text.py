"""Text files as they come: their encoding, delimiter and column names, and their rows as text.

Rows are numbered as a spreadsheet counts them: blank rows count, a row with a line break inside quotation marks is
one. DuckDB's own reader skips blank rows without telling and stops at mixed line ends, so rows come through Arrow's
reader, in batches, decoded on the way; everything after that happens in the engine.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from charset_normalizer import from_bytes

SAMPLE_BYTES = 256 * 1024  # enough for header, delimiter and a guess at the encoding
BLOCK_BYTES = 8 * 1024 * 1024  # no row may be longer; doubled until one fits
LONGEST_ROW_BYTES = 512 * 1024 * 1024
MOST_ROWS_SNIFFED = 200
DELIMITERS = (",", ";", "\t", "|")
TRAILING_SHARE = 0.9  # of the first rows must have more cells than the header before nameless columns are believed
_UNDEFINED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]{3,}")  # three accented letters in a row: hardly Western European
UNCLOSED = "\ue000unclosed"  # stands in a line that has to be taken by itself; of a private area, so in no file
_SEPARATORS = {"\\t": "\t", "tab": "\t"}


@dataclass(frozen=True)
class TextFile:
    """A delimited text file: what was sniffed or stated of it.

    Parameters
    ----------
    path : Path
    encoding : str
        Python's name of it.
    delimiter : str
    header_row : int
        Row of the column names, counted from 1.
    columns : tuple of str
        Column names, those that repeat told apart.
    header_lines : int
        Lines up to and with the header; more than `header_row` where a name holds a line break.
    """

    path: Path
    encoding: str
    delimiter: str
    header_row: int
    columns: tuple[str, ...]
    header_lines: int


@dataclass
class Malformed:
    """Rows that are no rows: their numbers and what is wrong with them."""

    rows: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def open_bytes(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where it ends in ``.gz``."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def sniff_encoding(path: Path) -> str:
    """Encoding of a text file, as Python names it: by its mark, else UTF-8 if it is all of that, else by its letters.

    Notes
    -----
    Bytes that are no UTF-8 are taken for Windows-1252, unless they hold bytes that it leaves undefined or runs of
    high bytes that no Western European word has; only then is charset-normalizer asked.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(path) as stream:
        start = stream.read(SAMPLE_BYTES)
        if marked := _by_mark(start):
            return marked
        try:
            block = start
            while block:
                decoder.decode(block)
                block = stream.read(BLOCK_BYTES)
            decoder.decode(b"", final=True)
            return "utf-8"
        except UnicodeDecodeError:
            return _by_letters(start, block)


def _by_mark(start: bytes) -> str:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = start[0:2000:2].count(0), start[1:2000:2].count(0)
    few = len(start[:2000]) // 4  # Western text in UTF-16 has a zero in every second byte
    if odd > few and even <= few:
        return "utf-16-le"
    if even > few and odd <= few:
        return "utf-16-be"
    return ""


def _by_letters(start: bytes, block: bytes) -> str:
    sample = start + (block[:SAMPLE_BYTES] if block is not start else b"")
    high = sum(byte >= 0x80 for byte in sample)
    in_runs = sum(len(run) for run in _HIGH_RUNS.findall(sample))
    if not _UNDEFINED_IN_1252.search(sample) and in_runs * 2 <= high:
        return "cp1252"
    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"


def read_header(path: Path, *, encoding: str | None = None, delimiter: str | None = None, header_row: int = 1) -> TextFile:
    """Find out how a text file is written, and read its column names.

    Raises
    ------
    UnicodeError, LookupError
        If the encoding stated does not fit the file, or is none.
    ValueError
        If the file has no row of column names.
    """
    encoding = encoding or sniff_encoding(path)
    with open_bytes(path) as stream:
        start = stream.read(SAMPLE_BYTES)
    text = codecs.getincrementaldecoder(encoding)().decode(start)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    if len(lines) < header_row or not text.strip():
        raise ValueError("no row of column names")
    table = "\n".join(lines[header_row - 1 :])
    delimiter = _SEPARATORS.get(delimiter or "", delimiter) or _sniff_delimiter(path, table)
    rows, lines_of_header = _first_rows(table, delimiter)
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise ValueError("no row of column names")
    columns = told_apart([*rows[0], *[""] * _nameless(rows)])
    return TextFile(path, encoding, delimiter, header_row, columns, header_row - 1 + lines_of_header)


def told_apart(names: list[str]) -> tuple[str, ...]:
    r"""Column names without stray spaces; nameless ones numbered, repeated ones numbered from the second on.

    Examples
    --------
    >>> told_apart(["id", " Order\ndate", "", "id"])
    ('id', 'Order date', 'column 3', 'id (2)')
    """
    result: list[str] = []
    for place, name in enumerate(names, start=1):
        plain = " ".join(name.replace("\ufeff", "").split()) or f"column {place}"
        unique, n = plain, 1
        while unique in result:
            n += 1
            unique = f"{plain} ({n})"
        result.append(unique)
    return tuple(result)


def _sniff_delimiter(path: Path, table: str) -> str:
    suffixes = {suffix.lower() for suffix in path.suffixes}
    candidates = ("\t", *DELIMITERS) if suffixes & {".tsv", ".tab"} else DELIMITERS

    def evidence(delimiter: str) -> tuple[bool, float]:
        rows, _ = _first_rows(table, delimiter)
        width = len(rows[0]) if rows else 1
        alike = sum(len(row) == width for row in rows) / max(len(rows), 1)
        return width > 1, alike * min(width, 50) ** 0.5  # many columns count, but less than that all rows agree

    return max(candidates, key=evidence)


def _first_rows(table: str, delimiter: str) -> tuple[list[list[str]], int]:
    """First rows of a text, blank ones left out, and the lines that the very first takes."""
    reader = csv.reader(io.StringIO(table, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    lines_of_first = 1
    csv.field_size_limit(SAMPLE_BYTES * 4)
    try:
        for row in reader:
            if not rows:
                lines_of_first = reader.line_num
            if row or not rows:
                rows.append(row)
            if len(rows) > MOST_ROWS_SNIFFED:
                break
    except csv.Error:
        pass  # the sample may end within quotation marks; the rows before it do
    return (rows[:-1] if len(rows) > 2 else rows), lines_of_first


def _nameless(rows: list[list[str]]) -> int:
    """Cells by which most rows are longer than the header: a delimiter at the end of each, as a rule."""
    more = [len(row) - len(rows[0]) for row in rows[1:]]
    longer = [extra for extra in more if extra > 0]
    return max(set(longer), key=longer.count) if longer and len(longer) >= TRAILING_SHARE * len(more) else 0


@contextlib.contextmanager
def batches(file: TextFile, malformed: Malformed, *, block: int = BLOCK_BYTES) -> Iterator[pa.RecordBatchReader]:
    """Rows of a text file below its header: ``_row`` and all cells as text, in columns ``c0``, ``c1`` and so on.

    Rows with more or fewer cells than the header go into `malformed`. A quotation mark that is opened and never
    closed would swallow the rest of the file: where that shows, lines are taken one by one.

    Raises
    ------
    pyarrow.ArrowInvalid
        While the rows are taken: if one is longer than `block` ("straddling"), or is not in the file's encoding.
    """
    line_by_line = _swallows(file, block)
    schema = pa.schema([("_row", pa.int64()), *((f"c{i}", pa.string()) for i in range(len(file.columns)))])
    with open_bytes(file.path) as stream:
        rows = _rows(stream, file, malformed, block, line_by_line)
        yield pa.RecordBatchReader.from_batches(schema, _numbered(rows, file, malformed, schema))


def _swallows(file: TextFile, block: int) -> bool:
    """Whether an unclosed quotation mark costs rows: read both ways where their number is odd, and see which keeps more."""
    marks = 0
    with open_bytes(file.path) as stream:
        while chunk := stream.read(BLOCK_BYTES):
            marks += chunk.count(b'"')
    if marks % 2 == 0:
        return False
    return _count(file, block, line_by_line=True) > _count(file, block, line_by_line=False)


def _count(file: TextFile, block: int, line_by_line: bool) -> int:
    with open_bytes(file.path) as stream:
        return sum(batch.num_rows for batch in _rows(stream, file, Malformed(), block, line_by_line))


def _numbered(rows: Iterator[pa.RecordBatch], file: TextFile, malformed: Malformed, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Batches with the number of each row: its place among the good ones, moved on by the malformed ones before it."""
    seen = 0
    for batch in rows:
        good = np.arange(seen, seen + batch.num_rows)
        # Of the i-th malformed row, the good rows that stand before it.
        before = np.array(malformed.rows, dtype=np.int64) - file.header_row - 1 - np.arange(len(malformed.rows))
        row = good + np.searchsorted(before, good, side="right") + file.header_row + 1
        seen += batch.num_rows
        yield pa.RecordBatch.from_arrays([pa.array(row), *batch.columns], schema=schema)


def _rows(stream: BinaryIO, file: TextFile, malformed: Malformed, block: int, line_by_line: bool) -> Iterator[pa.RecordBatch]:
    names = [f"c{i}" for i in range(len(file.columns))]
    encoding = "utf8" if file.encoding in {"utf-8", "utf-8-sig", "utf8"} else file.encoding
    if line_by_line:
        stream, encoding = _Lines(stream, file), "utf8"
    try:
        return pa_csv.open_csv(
            stream,
            read_options=pa_csv.ReadOptions(
                use_threads=False,  # only then are malformed rows numbered
                skip_rows=file.header_lines,
                column_names=names,
                encoding=encoding,
                block_size=block,
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=file.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=_collector(file, malformed),
            ),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return iter(())
        raise


class _Lines(io.RawIOBase):
    """A text file as UTF-8, in which a line with an odd number of quotation marks is made one malformed row."""

    def __init__(self, stream: BinaryIO, file: TextFile) -> None:
        self._text = io.TextIOWrapper(stream, encoding=file.encoding)
        self._malformed = file.delimiter * len(file.columns) + UNCLOSED + "\n"
        self._lines = 0
        self._header_lines = file.header_lines
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        while len(self._left) < len(buffer):
            lines = self._text.readlines(len(buffer))
            if not lines:
                break
            self._left += "".join(map(self._mended, lines)).encode()
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n

    def _mended(self, line: str) -> str:
        self._lines += 1
        return self._malformed if line.count('"') % 2 and self._lines > self._header_lines else line

    def close(self) -> None:
        if not self.closed and not self._text.closed:  # the file below may have been closed first
            self._text.detach()
        super().close()


def _collector(file: TextFile, malformed: Malformed) -> Callable[[pa_csv.InvalidRow], str]:
    def collect(row: pa_csv.InvalidRow) -> str:
        if UNCLOSED in row.text:
            reason = "a quotation mark is opened and not closed"
        else:
            reason = f"the row has {row.actual_columns} cells, the header has {row.expected_columns}"
        malformed.rows.append(row.number - file.header_lines + file.header_row)
        malformed.reasons.append(reason)
        return "skip"

    return collect
