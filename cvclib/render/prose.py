"""The text cells of a notebook in the language of the report, from the catalogue that lies beside the notebook.

A message is a paragraph, a heading or a list: what stands between empty lines, its lines joined. The notebook
itself stays as its author wrote it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from nbformat import NotebookNode

from cvclib.language import PSEUDO, SOURCE, Language, bent, catalogue_of

EMPTY_LINES = re.compile(r"\n\s*\n")
LAID_OUT = re.compile(r"^\s*([-*+]|\d+\.|\||>|```)\s?", re.MULTILINE)  # lists, tables, quotes and code keep their lines


def catalogue_file(notebook: Path, language: Language) -> Path:
    """The catalogue of a folder's notebooks: ``nl.po`` beside them."""
    return notebook.parent / f"{language}.po"


def paragraphs(source: str) -> list[str]:
    r"""The messages of a text cell.

    Examples
    --------
    >>> paragraphs("# 6 · Advocacy\n\nWho recommends us,\nand why?")
    ['# 6 · Advocacy', 'Who recommends us, and why?']
    """
    return [_joined(piece) for piece in EMPTY_LINES.split(source.strip()) if piece.strip()]


def _joined(piece: str) -> str:
    return piece.strip() if LAID_OUT.search(piece) else re.sub(r"\s*\n\s*", " ", piece.strip())


def translated(notebook: NotebookNode, file: Path, language: Language) -> NotebookNode:
    """A notebook with its text cells in a language.

    Parameters
    ----------
    notebook : NotebookNode
    file : Path
        Where it is stored; its catalogue lies beside it.
    language : Language

    Returns
    -------
    NotebookNode
        The notebook itself where there is nothing to translate. A paragraph that the catalogue does not hold stays as it is.
    """
    if language == SOURCE:
        return notebook
    said = _catalogue(catalogue_file(file, language), language)
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = "\n\n".join(bent(text) if language == PSEUDO else said.get(text, text) for text in paragraphs(cell.source))
    return notebook


def _catalogue(path: Path, language: Language) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    return {message.id: message.string for message in catalogue_of([path], language)}


def extract(file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]) -> Iterator[tuple]:
    """The messages of a stored notebook, as Babel's extraction asks for them."""
    for number, cell in enumerate(json.load(file)["cells"], start=1):
        if cell["cell_type"] == "markdown":
            yield from ((number, None, text, []) for text in paragraphs("".join(cell["source"])))
