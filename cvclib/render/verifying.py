"""Whether a report is what was once made: its own digest, those of the files beside it, and those of the inputs.

A report bears a digest of itself (over the page with that digest left out), of each file that was made with it, and of
each file that it was made from. Whoever has the files can work them out again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Literal

from cvclib.errors import InputError, Problem
from cvclib.params import ClientFile, load_client_file
from cvclib.render.digests import file_digest
from cvclib.sources.cache import cache_folder, content_key

SELF, BESIDE, INPUTS = "cvc-digest", "cvc-beside", "cvc-inputs"
BLANK = "0" * 64
_SELF = re.compile(rf'(<meta name="{SELF}" content=")([0-9a-f]{{64}})(">)')
_META = r'<meta name="{}" content="([^"]*)">'

Verdict = Literal["same", "changed", "missing", "not looked at"]


@dataclass(frozen=True)
class Verified:
    """What became of one thing that was looked at.

    Parameters
    ----------
    what : {"report", "beside", "input"}
    name : str
        File name, as the report gives it.
    verdict : {"same", "changed", "missing", "not looked at"}
    """

    what: Literal["report", "beside", "input"]
    name: str
    verdict: Verdict


def sealed(page: str) -> str:
    """A page with the digest of itself in it.

    Parameters
    ----------
    page : str
        With the digest's place filled with `BLANK`.

    Examples
    --------
    >>> page = sealed(f'<meta name="cvc-digest" content="{BLANK}"><p>Text</p>')
    >>> is_intact(page), is_intact(page.replace("Text", "Other text"))
    (True, False)
    """
    digest = sha256(page.encode()).hexdigest()
    return _SELF.sub(rf"\g<1>{digest}\g<3>", page, count=1)


def is_intact(page: str) -> bool:
    """Whether a page bears the digest of itself."""
    found = _SELF.search(page)
    return bool(found) and sha256(_SELF.sub(rf"\g<1>{BLANK}\g<3>", page, count=1).encode()).hexdigest() == found[2]


def input_digests(params: ClientFile) -> dict[str, str]:
    """Digest of each of the client's files, by its name as `name_of_input` gives it."""
    _, digests = content_key(params, cache_folder(params))
    named: dict[str, str] = {}
    for path, digest in sorted(digests.items()):
        name = name_of_input(params, path)
        while name in named:  # two of the same name, both elsewhere
            name += "+"
        named[name] = digest
    return named


def name_of_input(params: ClientFile, name: object) -> str:
    """A file's name as the client file would give it; never a folder of this machine."""
    path = Path(str(name))
    if not path.is_absolute():
        return str(name)
    folder = params.path.parent.absolute() if params.path else Path.cwd()
    return next((path.relative_to(base).as_posix() for base in (folder, folder.parent) if path.is_relative_to(base)), path.name)


def meta_of(digests: Mapping[str, str]) -> str:
    """Digests as a meta element holds them."""
    return json.dumps(dict(digests), ensure_ascii=False, sort_keys=True)


def verify(report: Path, client_file: Path | None = None) -> list[Verified]:
    """Work out the digests that a report bears, and say which hold.

    Parameters
    ----------
    report : Path
        The HTML file; what was made with it lies beside it.
    client_file : Path or None
        The client file that it was made from, to look for the inputs; None leaves them.

    Returns
    -------
    list of Verified
        The report first, then what lies beside it, then the inputs.

    Raises
    ------
    InputError
        If it is no report of this workbook, or the client file cannot be read.
    """
    try:
        page = report.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _no_report(report, "a file that cannot be read") from error
    beside, inputs = _noted(page, BESIDE), _noted(page, INPUTS)
    if beside is None or inputs is None or not _SELF.search(page):
        raise _no_report(report, "a page that bears no digests")
    found = [Verified("report", report.name, "same" if is_intact(page) else "changed")]
    found += [Verified("beside", name, _verdict(report.parent / Path(name).name, digest)) for name, digest in beside.items()]
    now = input_digests(load_client_file(client_file)) if client_file else None
    return [*found, *_inputs(inputs, now)]


def _inputs(then: Mapping[str, str], now: Mapping[str, str] | None) -> list[Verified]:
    if now is None:
        return [Verified("input", name, "not looked at") for name in then]
    verdicts = {name: "missing" if name not in now else "same" if now[name] == digest else "changed" for name, digest in then.items()}
    return [*(Verified("input", name, verdict) for name, verdict in verdicts.items()),
            *(Verified("input", name, "changed") for name in now if name not in then)]  # fmt: skip


def _verdict(path: Path, digest: str) -> Verdict:
    if not path.is_file():
        return "missing"
    return "same" if file_digest(path) == digest else "changed"


def _noted(page: str, name: str) -> dict[str, str] | None:
    found = re.search(_META.format(name), page)
    try:
        noted = json.loads(unescape(found[1])) if found else None
    except ValueError:
        return None
    return noted if isinstance(noted, dict) and all(isinstance(value, str) for value in noted.values()) else None


def _no_report(path: Path, found: str) -> InputError:
    fix = "Name the HTML file that 'cvc render' wrote. A report of an older version bears no digests: render it anew."
    return InputError([Problem(str(path), found, "a report of this workbook", fix)])


def all_hold(found: Sequence[Verified]) -> bool:
    """Whether nothing that was looked at has changed or is missing."""
    return all(one.verdict in {"same", "not looked at"} for one in found)
