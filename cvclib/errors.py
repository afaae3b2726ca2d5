"""Problems with what a user handed in: gathered as records, told all at once.

A problem has four parts: where (the user's own file, column, row), what was found, what was
expected, and how to mend it. This module knows nothing of the files themselves.
"""

from collections.abc import Iterable
from typing import NamedTuple

MOST_PROBLEMS_SHOWN = 40  # a longer list is no longer read; the rest is counted


class Problem(NamedTuple):
    """One thing wrong with an input, in the four parts a reader needs.

    Parameters
    ----------
    where : str
        The place in the user's own terms: file, line, column, row as a spreadsheet counts it.
    found : str
        What stands there. Never the value of a personal column, never a secret.
    expected : str
        What should have stood there.
    fix : str, optional
        What to do about it, as a sentence.

    Examples
    --------
    >>> print(Problem("params/a.yaml, line 3", "key 'curency'", "a key of a client file", "Did you mean 'currency'?"))
    params/a.yaml, line 3: found key 'curency'; expected a key of a client file. Did you mean 'currency'?
    """

    where: str
    found: str
    expected: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}. {self.fix}".rstrip()


class InputError(Exception):
    """All that is wrong with an input; the command line prints it and exits with status 2.

    Parameters
    ----------
    problems : iterable of Problem
        What is wrong, in the order in which it should be read.

    Examples
    --------
    >>> raise InputError([Problem("a.csv", "no column 'id'", "customer_id")])
    Traceback (most recent call last):
    cvclib.errors.InputError: a.csv: found no column 'id'; expected customer_id.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)  # args carry the list across processes

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[:MOST_PROBLEMS_SHOWN]]
        more = len(self.problems) - len(shown)
        return "\n".join([*shown, f"and {more:,} more"] if more else shown)


class MissingDataError(Exception):
    """An analysis was asked for without the tables or columns that it needs.

    Parameters
    ----------
    needs : iterable of str
        The tables (``"orders"``) and columns (``"orders.delivered_at"``) that the client does not supply.

    Examples
    --------
    >>> raise MissingDataError(["orders.delivered_at"])
    Traceback (most recent call last):
    cvclib.errors.MissingDataError: the client supplies no orders.delivered_at; map it under 'tables:' in the client file
    """

    def __init__(self, needs: Iterable[str]) -> None:
        self.needs = tuple(needs)
        super().__init__(self.needs)

    def __str__(self) -> str:
        return f"the client supplies no {', '.join(self.needs)}; map it under 'tables:' in the client file"
