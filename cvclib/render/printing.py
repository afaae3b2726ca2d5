"""A report as a PDF: printed by the Chromium or Chrome that is installed, with the report's own print style.

The page asks for nothing and runs nothing, so the browser is given no network and no profile of its own to keep.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from cvclib.errors import InputError, Problem

VARIABLE = "CVC_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
TIMEOUT_SECONDS = 180
ARGUMENTS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer",
)  # fmt: skip
ADVICE = f"Install Chromium or Chrome (on Debian and Ubuntu: apt-get install chromium), or name it: {VARIABLE}=/path/to/chromium"
STAMP = re.compile(rb"/(CreationDate|ModDate) \(D:(\d{14})")


def find_browser(environment: Mapping[str, str] = os.environ) -> str:
    """Path of the browser that prints; empty where there is none.

    Parameters
    ----------
    environment : mapping of str to str
        ``CVC_CHROMIUM`` there names the one to take; no other is looked for then.
    """
    named = environment.get(VARIABLE, "")
    return next((path for name in ([named] if named else NAMES) if (path := shutil.which(name))), "")


def browser() -> str:
    """Path of the browser that prints.

    Raises
    ------
    InputError
        If there is none.
    """
    found = find_browser()
    if not found:
        named = os.environ.get(VARIABLE, "")
        raise InputError(
            [Problem("--pdf", f"no browser{f' at {VARIABLE}={named}' if named else ''}", "one that prints the report", ADVICE)]
        )
    return found


def print_pdf(page: Path, pdf: Path, made_on: date) -> None:
    """Print a page as a PDF.

    Parameters
    ----------
    page, pdf : Path
    made_on : date
        Day that the file's properties bear, in the place of the hour at which it was printed: the same page gives the same bytes.

    Raises
    ------
    InputError
        If there is no browser, or it does not print.
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="cvc-print-") as profile:
        call = [program, *ARGUMENTS, f"--user-data-dir={profile}", f"--print-to-pdf={pdf}", page.absolute().as_uri()]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            call.insert(1, "--no-sandbox")  # a browser refuses to sandbox the superuser, as whom containers run
        try:
            ended = subprocess.run(call, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise _not_printed(program, f"did not end within {TIMEOUT_SECONDS} seconds") from None
        except OSError as error:
            raise _not_printed(program, f"could not be started ({error.strerror})") from None
    if ended.returncode or not pdf.is_file():
        raise _not_printed(program, f"ended with status {ended.returncode} and no PDF")
    pdf.write_bytes(STAMP.sub(lambda found: b"/%s (D:%s000000" % (found[1], made_on.strftime("%Y%m%d").encode()), pdf.read_bytes()))


def _not_printed(program: str, what: str) -> InputError:
    fix = (
        f"Print a small page with it by hand ({program} --headless --print-to-pdf=x.pdf about:blank), or name another browser: {VARIABLE}."
    )
    return InputError([Problem("--pdf", f"a browser that {what}", "a printed report", fix)])
