"""Files that hold personal data: written whole or not at all, for their owner only, and harmless to a spreadsheet."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path

import pandas as pd

from cvclib.errors import InputError, Problem

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet takes a cell that begins so for a formula
TABLE_SUFFIXES = (".parquet", ".csv")


def write_privately(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable for its owner only (mode 600).

    Raises
    ------
    InputError
        If the place cannot be written to.
    """
    name = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=path.suffix)  # mkstemp makes it 600
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(path)
    except OSError as error:
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()
        fix = "Close it where it is open, or choose another place."
        raise InputError([Problem(str(path), f"a file that cannot be written ({error.strerror})", "a place to write to", fix)]) from None


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as parquet or CSV, by the file's ending, for its owner only.

    Notes
    -----
    In CSV a text that begins as a formula does, and is no number, gets an apostrophe before it.

    Raises
    ------
    InputError
        If the ending is neither, or the place cannot be written to.
    """
    if path.suffix not in TABLE_SUFFIXES:
        fix = f"Name it {path.stem or 'customers'}.parquet or {path.stem or 'customers'}.csv."
        raise InputError([Problem(str(path), f"the ending '{path.suffix}'", " or ".join(TABLE_SUFFIXES), fix)])
    if path.suffix == ".parquet":
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        write_privately(path, buffer.getvalue())
        return
    texts = frame.select_dtypes(include=["object", "str"]).columns
    safe = frame.assign(**{name: _harmless(frame[name]) for name in texts})
    write_privately(path, safe.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def read_table(path: Path) -> pd.DataFrame:
    """Read a frame that `write_table` wrote, every cell of it as text; apostrophes before formulas are taken off."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).astype("str")
    frame = pd.read_csv(path, dtype="str", keep_default_na=False).replace("", None)
    return frame.apply(lambda column: column.str.replace(r"^'(?=[=+\-@\t\r])", "", regex=True))


def _harmless(column: pd.Series) -> pd.Series:
    text = column.astype("str")
    formula = text.str.startswith(FORMULA_STARTS) & pd.to_numeric(text, errors="coerce").isna() & column.notna()
    return column.where(~formula, "'" + text)
