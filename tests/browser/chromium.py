"""The browser that the tests open reports in: Debian's Chromium, or what CVC_CHROMIUM names.

Run as a script it says in one line whether the browser is there; `make test` does so before anything else.
"""

import os
import sys

from cvclib.render.printing import VARIABLE, find_browser

ADVICE = (
    "The tests open reports in a real browser, and none was found{where}.\n"
    "On Debian and Ubuntu: apt-get install chromium. Elsewhere install Chromium or Chrome and name it:\n"
    "CVC_CHROMIUM=/path/to/chromium make test"
)


def find_chromium(environment=os.environ):
    """Path of the browser, or a message that says what to install."""
    named = environment.get(VARIABLE, "")
    path = find_browser(environment)
    return (path, "") if path else ("", ADVICE.format(where=f" at {VARIABLE}={named}" if named else ""))


if __name__ == "__main__":
    _, message = find_chromium()
    if message:
        print(message, file=sys.stderr)
        sys.exit(2)
