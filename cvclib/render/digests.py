"""Digests of files, of the package, and of what it stands on. Light to import."""

from __future__ import annotations

import platform
import re
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
CODE = {".py", ".j2", ".css", ".json", ".yaml", ".po"}
BLOCK_BYTES = 1 << 20


def made_by() -> str:
    """Digest of what makes a report, whatever it is made from: the package and what it stands on."""
    return f"{code_digest()} {versions_digest()}"


@cache
def code_digest() -> str:
    """Digest of the package's code and templates."""
    paths = sorted(path for path in PACKAGE.rglob("*") if path.suffix in CODE and "__pycache__" not in path.parts)
    return sha256("".join(f"{path.relative_to(PACKAGE).as_posix()} {file_digest(path)}\n" for path in paths).encode()).hexdigest()


@cache
def versions_digest() -> str:
    """Digest of the versions of Python and of everything that the package requires."""
    required = sorted({re.match(r"[A-Za-z0-9._-]+", line)[0] for line in metadata.requires("cvclib") or () if "extra ==" not in line})
    return sha256("\n".join([platform.python_version(), *(f"{name}=={metadata.version(name)}" for name in required)]).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Digest of a file's bytes."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
