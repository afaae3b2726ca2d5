"""Prepared tables are kept by their content: where, under which name, and for how long."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
import time
from pathlib import Path

import duckdb
import platformdirs

from cvclib import privacy, tables
from cvclib.params import ClientFile
from cvclib.sources.files import engine_file, files_of

KEPT = 3  # prepared versions a client; older ones are removed
FOLDER_VARIABLE = "CVC_CACHE_DIR"
CHUNK_BYTES = 4 * 1024 * 1024
DOUBTFUL_NS = 2_000_000_000  # a file written so lately may be written again within the same tick of the clock of its disk
SNAPSHOT_SECONDS = 3600  # a remote engine is read anew after this long; the steps of one report see the same rows


def cache_root() -> Path:
    """Folder of what is kept of all clients."""
    return Path(os.environ.get(FOLDER_VARIABLE) or platformdirs.user_cache_path("cvclib"))


def cache_folder(params: ClientFile) -> Path:
    """Folder of a client file's prepared tables; made, for its owner only, where it is not there yet."""
    place = str(params.path) if params.path else json.dumps(_mapping(params), sort_keys=True)
    name = re.sub(r"[^a-z0-9]+", "-", (params.path.stem if params.path else params.client).lower()).strip("-") or "client"
    folder = cache_root() / f"{name}-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def content_key(params: ClientFile, folder: Path) -> tuple[str, dict[str, str]]:
    """Name of the prepared tables, from all that they are made of; and the digest of each input file by its path.

    The bytes of the files, their paths, the mapping and the checks, and the code that reads them.
    """
    digests = _Digests(folder)
    files = {str(path): digests.of(path) for path in input_files(params)}
    digests.keep()
    parts = {"code": code_digest(), "mapping": _mapping(params), "files": files, "duckdb": duckdb.__version__}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24], files


def input_files(params: ClientFile) -> list[Path]:
    """All files that a client's tables are read from, in the order of the client file; missing ones are passed over."""
    found: list[Path] = []
    for source in _sources(params):
        if source.file is not None:
            found += files_of([source.file] if isinstance(source.file, str) else list(source.file), params, [])
        found += files_of([lookup.file for lookup in source.lookup], params, [])
    database = engine_file(params) if needs_engine(params) else None
    found += [database] if database and database.is_file() else []
    return list(dict.fromkeys(found))


def still_good(place: Path, params: ClientFile) -> bool:
    """Whether prepared tables are there and stand for what the client has.

    Files are known by their bytes. The tables of a remote engine may change without a sign, so what was read from
    one is taken for good for an hour.
    """
    if not place.is_file():
        return False
    if needs_engine(params) and engine_file(params) is None:
        return time.time() - place.stat().st_mtime < SNAPSHOT_SECONDS
    with contextlib.suppress(OSError):
        os.utime(place)  # used just now, so not the next to be pruned
    return True


def needs_engine(params: ClientFile) -> bool:
    """Whether any table comes from the client's engine."""
    return any(source.file is None for source in _sources(params))


def _sources(params: ClientFile) -> list:
    return [s for sources in params.tables.values() for s in (sources if isinstance(sources, list) else [sources])]


def _mapping(params: ClientFile) -> dict:
    """What of a client file decides how its tables are prepared. Secrets enter the name as part of a digest only."""
    return params.model_dump(mode="python", include={"tables", "checks", "scales", "timezone", "engine", "engine_rows"})


def code_digest() -> str:
    """Digest of the code that reads, casts and checks."""
    digest = hashlib.sha256()
    for module in code_files():
        digest.update(module.read_bytes())
    return digest.hexdigest()


def code_files() -> list[Path]:
    """Modules that decide how tables are prepared."""
    return [Path(tables.__file__), Path(privacy.__file__), *sorted(Path(__file__).parent.glob("*.py"))]


class _Digests:
    """Digests of files, remembered by path, size and times of change in the client's folder."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / "digests.json"
        self._used: dict[str, str] = {}
        try:
            self._known = json.loads(self._place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def of(self, path: Path) -> str:
        state = path.stat()
        # With the time at which the entry itself changed: a file put in its place may bear the size and the time of the one before.
        key = f"{path}|{state.st_size}|{state.st_mtime_ns}|{state.st_ctime_ns}"
        looked_at_ns = time.time_ns()
        digest = self._known.get(key) or _digest(path)
        if looked_at_ns - state.st_mtime_ns > DOUBTFUL_NS:  # the times of others tell too little
            self._used[key] = digest
        return digest

    def keep(self) -> None:
        with contextlib.suppress(OSError):  # a memory that cannot be written costs time only
            replace_atomically(self._place, json.dumps(self._used).encode())


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def replace_atomically(place: Path, content: bytes) -> None:
    """Write a file under another name and move it into its place, so that no reader sees half of it."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def prune(folder: Path, current: Path) -> None:
    """Remove all but the newest versions, the current one never."""
    versions = sorted((p for p in folder.glob("*.duckdb") if p != current), key=lambda p: p.stat().st_mtime_ns, reverse=True)
    for old in versions[KEPT - 1 :]:
        with contextlib.suppress(OSError):  # still open elsewhere; it goes the next time
            old.unlink()
