"""What became of a client's rows: how many were read, left out and combined, and what the checks found."""

from __future__ import annotations

from dataclasses import dataclass, field

from cvclib.sources.planning import check_names

LEFT_OUT = "row left out"
BLANKED = "cell left blank"
KEY = "_part, _row, _cell"  # of a staged row: its file or sheet, its row there, and its cell where it was unpivoted


@dataclass
class Ledger:
    """What became of the rows: how many were read and left out by part, and the checks that found something."""

    read: dict[int, int] = field(default_factory=dict)
    left_out: dict[int, int] = field(default_factory=dict)
    combined: dict[int, int] = field(default_factory=dict)
    checks: list[tuple[str, str, str, str, int, str]] = field(default_factory=list)

    def check(self, name: str, n: int, policy: str, meaning: str = "") -> None:
        """Note a check that was made, and how many rows it concerns; of two sources of one table the sum."""
        table, _, rest = name.partition(".")
        column = rest.rpartition(".")[0]
        for i, known in enumerate(self.checks):
            if known[0] == name:
                self.checks[i] = (*known[:4], known[4] + n, known[5])
                return
        self.checks.append((name, table, column, meaning or check_names()[name], n, policy))
