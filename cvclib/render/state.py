"""Whether a report is up to date: a digest of all that went into it, kept beside it.

Inputs, client file, notebooks, parameters, the package's code and templates, and the versions of what it stands on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cvclib.params import ClientFile
from cvclib.render.digests import file_digest, made_by
from cvclib.render.freshness import OwnFiles
from cvclib.render.job import RenderJob, Value
from cvclib.render.prose import catalogue_file
from cvclib.render.untouched import Seen, look
from cvclib.render.verifying import input_digests
from cvclib.sources.cache import cache_folder, content_key, input_files, needs_engine
from cvclib.sources.files import engine_file


def inputs_digest(params: ClientFile) -> str:
    """Digest of the bytes of the client's files, whatever folder they lie in."""
    return sha256(json.dumps(sorted((Path(name).name, digest) for name, digest in input_digests(params).items())).encode()).hexdigest()


def files_of_report(job: RenderJob, params: ClientFile) -> list[Path]:
    """Everything that a report is made from: client file, data, logo, decisions on pairs, earlier findings, notebooks."""
    named = [params.resolve(text) for text in (params.report.logo, params.previous_findings) if text]
    named += [params.review_file] if params.review_file else []
    found = [Path(job.client_file).absolute(), *input_files(params), *(path for path in named if path.is_file())]
    notebooks = [path.absolute() for path in job.all_notebooks.values()]
    return list(dict.fromkeys([*found, *notebooks, *catalogues(notebooks, params)]))


def catalogues(notebooks: Iterable[Path], params: ClientFile) -> list[Path]:
    """The catalogues of the notebooks' text cells, in the language of the report; each folder has one at most."""
    places = dict.fromkeys(catalogue_file(path, params.report.language) for path in notebooks)
    return [path for path in places if path.is_file()]


def named_files(params: ClientFile) -> Iterator[str]:
    """The paths and patterns that a client file names, as they are written."""
    for sources in params.tables.values():
        for source in sources if isinstance(sources, list) else [sources]:
            yield from [source.file] if isinstance(source.file, str) else list(source.file or ())
            yield from (lookup.file for lookup in source.lookup)
    yield from (str(text) for text in (params.report.logo, params.previous_findings, params.linkage.review) if text)
    yield from params.chapters


def seen_from(job: RenderJob, params: ClientFile) -> dict[str, Seen]:
    """The files that a report is about to be made from; empty where more than files decides whether it is up to date.

    That is an engine, a value from the environment, or a pattern, which a new file may fit.
    """
    patterns = any(mark in name for name in named_files(params) for mark in "*?[")
    if needs_engine(params) or patterns or "${" in Path(job.client_file).read_text(encoding="utf-8", errors="replace"):
        return {}
    _, digests = content_key(params, cache_folder(params))
    absent = [path for path in (params.review_file,) if path and not path.is_file()]
    return look([*files_of_report(job, params), *absent], digests)


def reads_an_engine(params: ClientFile) -> bool:
    """Whether a table comes from where its content cannot be told from a file."""
    return needs_engine(params) and engine_file(params) is None


def job_digest(job: RenderJob, params: ClientFile, parameters: Mapping[str, Mapping[str, Value]], by: str = "") -> str:
    """Digest of all that a report is made from; `by` is what `made_by` has told before."""
    logo, review = params.report.logo, params.review_file
    previous = params.resolve(params.previous_findings) if params.previous_findings else None
    parts = [
        ("inputs", inputs_digest(params)),
        ("client", json.dumps(params.model_dump(mode="python"), default=str)),  # values from the environment filled in
        ("logo", file_digest(params.resolve(logo)) if logo and params.resolve(logo).is_file() else ""),
        ("review", file_digest(review) if review and review.is_file() else ""),  # decisions on doubtful pairs change what is tied
        ("previous", file_digest(previous) if previous and previous.is_file() else ""),
        ("parameters", json.dumps(parameters, sort_keys=True)),
        ("engine", job.engine_name or ""),
        ("made by", by or made_by()),
        *((path.name, file_digest(path)) for path in [*job.notebooks, *catalogues(job.notebooks, params)]),
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()


def is_up_to_date(job: RenderJob, digest: str) -> bool:
    """Whether the report that is there was made from just this, and is as it was made."""
    try:
        noted, now = _noted_state(job), state_of(digest, job, own=own_files(job))
        kept = {name: noted["files"].get(name) for name in now["files"]}  # a PDF that nobody asks for now may be there
        return {**noted, "files": kept} == now and own_files(job).same
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def own_files(job: RenderJob) -> OwnFiles:
    """The files that the notebooks of the report that is there opened themselves."""
    try:
        return own_files_of(job.state.read_bytes())
    except OSError:
        return OwnFiles({})


def own_files_of(state: bytes) -> OwnFiles:
    """The files that the notebooks of a report opened themselves, from the note of its state."""
    try:
        noted = json.loads(state)
        return OwnFiles(dict(noted.get("own_files", {})), noted.get("all_told", True) is True)
    except (ValueError, TypeError, AttributeError):
        return OwnFiles({}, all_told=False)


def made_from(job: RenderJob) -> str:
    """Digest of what the report that is there was made from; empty where that is not known."""
    try:
        return str(_noted_state(job).get("made_from", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _noted_state(job: RenderJob) -> dict[str, Any]:
    return json.loads(job.state.read_text(encoding="utf-8"))


def state_of(digest: str, job: RenderJob, folder: Path | None = None, own: OwnFiles | None = None) -> dict[str, Any]:
    """What is kept of a render: what went in, and what came out; that in a folder of its own, before it is published."""
    more = {"own_files": dict(own.digests)} if own and own.digests else {}
    more |= {"all_told": False} if own and not own.all_told else {}
    folder = folder or job.folder
    return {"made_from": digest, "files": {path.name: file_digest(folder / path.name) for path in job.made}, **more}
