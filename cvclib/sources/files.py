"""Which files a client file means, and how they are called in messages and reports."""

from __future__ import annotations

import os
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from cvclib.errors import Problem
from cvclib.params import ClientFile

LEAST_LIKENESS = 60  # of 100; below it a suggestion puzzles more than it helps
MOST_NAMES_SHOWN = 12
FILE_ENGINES = ("sqlite", "duckdb")
POSTGRES = ("postgres", "postgresql")
SPARK = ("spark", "pyspark")
SERVERS = (*POSTGRES, *SPARK)  # engines whose rows can stay there


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Names in quotes, a long list cut."""
    shown = ", ".join(map(repr, names[:MOST_NAMES_SHOWN]))
    more = len(names) - MOST_NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def label_of(path: Path, params: ClientFile) -> str:
    """A file as the reader knows it: seen from the workbook's folder, else as the client file writes it, else by its name."""
    if params.path is None:
        return path.name
    path = Path(os.path.normpath(path))
    for folder in (params.path.parent.parent, params.path.parent):
        if path.is_relative_to(folder) and folder != folder.parent:
            return path.relative_to(folder).as_posix()
    return path.name


def files_of(patterns: list[str], params: ClientFile, problems: list[Problem]) -> list[Path]:
    """All files that paths and globs of a client file name, in the order given, those of a glob sorted.

    A file that is missing, and a glob that finds none, goes into `problems`.
    """
    found: list[Path] = []
    for pattern in patterns:
        path = Path(os.path.normpath(params.resolve(pattern)))
        if path.is_file():
            found.append(path)
        elif any(mark in pattern for mark in "*?["):
            matches = _matches(path)
            found += matches
            if not matches:
                problems.append(Problem(str(pattern), "no file", "at least one that fits the pattern", _hint(path)))
        else:
            what = "a folder" if path.is_dir() else "no such file"
            problems.append(Problem(str(pattern), what, "a file", _hint(path)))
    return list(dict.fromkeys(found))


def engine_file(params: ClientFile) -> Path | None:
    """The database file that the client's engine is, relative to the client file; None for an engine elsewhere."""
    scheme, mark, place = str(params.engine).partition("://")
    if not mark or scheme not in FILE_ENGINES:
        return None
    return Path(os.path.normpath(params.resolve(place.partition("?")[0])))


def _matches(pattern: Path) -> list[Path]:
    plain = next(i for i, part in enumerate(pattern.parts) if any(mark in part for mark in "*?["))
    folder, rest = Path(*pattern.parts[:plain]), "/".join(pattern.parts[plain:])
    return sorted(path for path in folder.glob(rest) if path.is_file()) if folder.is_dir() else []


def _hint(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {folder.name!r} there."
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    if not names:
        return "The folder is empty."
    alike = process.extract(path.name, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=3, score_cutoff=LEAST_LIKENESS)
    if alike:
        return f"Did you mean {' or '.join(repr(name) for name, *_ in alike)}?"
    return f"The folder holds {listed(names)}."
