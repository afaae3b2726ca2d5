"""What an analysis concludes: findings, indicators and gaps, as outputs that travel inside the notebook.

Each record shows itself readably in JupyterLab (HTML, plain text) and carries its data under a MIME type
of its own, from which the report's summary is made. No record knows which step made it but by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any, ClassVar, Literal

from IPython.display import display

from cvclib.methods.estimate import Estimate

FINDING_MIME = "application/vnd.cvc.finding+json"
INDICATOR_MIME = "application/vnd.cvc.indicator+json"
GAP_MIME = "application/vnd.cvc.gap+json"

Status = Literal["met", "missed", "cannot tell", "no target"]


class _Record:
    """Shared by the three records: one MIME bundle of data, HTML and text."""

    mime: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON values; NaN becomes null."""
        return json.loads(json.dumps(asdict(self)), parse_constant=lambda _: None)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {self.mime: self.to_json(), "text/html": self.to_html(), "text/plain": str(self)}


@dataclass(frozen=True)
class Finding(_Record):
    """One thing learnt, with the evidence that carries it.

    Parameters
    ----------
    step : str
        Name of the step that found it: ``"advocacy"``.
    claim : str
        One sentence with its number.
    evidence : str
        Estimate, interval, n and test in words.
    estimate : Estimate or None
        The number itself.
    action : str
        What to do about it.
    table : str
        Caption of the table or figure it rests on.
    value_at_stake : float or None
        Money a year in the client's currency, where it can be known.
    kind : {"strength", "problem", "chance", "no signal"}
        What sort of finding it is.
    """

    mime: ClassVar[str] = FINDING_MIME
    step: str
    claim: str
    evidence: str
    action: str
    table: str
    estimate: Estimate | None = None
    value_at_stake: float | None = None
    kind: Literal["strength", "problem", "chance", "no signal"] = "problem"

    def __str__(self) -> str:
        return f"{self.claim} ({self.evidence}) {self.action}"

    def to_html(self) -> str:
        """The finding as a small HTML article, all text escaped."""
        return (
            f'<article class="cvc-finding cvc-{escape(self.kind.replace(" ", "-"))}"><p class="cvc-claim"><strong>{escape(self.claim)}</strong></p>'
            f'<p class="cvc-evidence">{escape(self.evidence)}</p><p class="cvc-action">{escape(self.action)}</p></article>'
        )


@dataclass(frozen=True)
class Indicator(_Record):
    """A KPI as the summary's card shows it.

    Parameters
    ----------
    name, label, unit : str
        KPI name in the registry, its title, and its unit.
    estimate : Estimate
        Value, interval, n.
    target : float or None
    change : Estimate or None
        Difference from the period before, with its interval.
    status : {"met", "missed", "cannot tell", "no target"}
    better : {"higher", "lower"}
    text : dict of str to str
        The numbers as the reader sees them: ``value``, ``interval``, ``change``, ``target``.
    """

    mime: ClassVar[str] = INDICATOR_MIME
    name: str
    label: str
    unit: str
    estimate: Estimate
    better: Literal["higher", "lower"]
    target: float | None = None
    change: Estimate | None = None
    status: Status = "no target"
    text: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.label}: {self.text.get('value', self.estimate.value)} ({self.text.get('interval', '')}), {self.status}"

    def to_html(self) -> str:
        """The indicator as one HTML paragraph, all text escaped."""
        return f'<p class="cvc-indicator">{escape(str(self))}</p>'


@dataclass(frozen=True)
class Gap(_Record):
    """A question that could not be answered, and what would answer it.

    Parameters
    ----------
    step : str
        Name of the step.
    question : str
        What could not be answered, as a manager would ask it.
    needs : tuple of str
        Tables and columns missing: ``("orders.promised_at",)``.
    brings : str
        What supplying them would bring.
    """

    mime: ClassVar[str] = GAP_MIME
    step: str
    question: str
    needs: tuple[str, ...]
    brings: str

    def __str__(self) -> str:
        return f"Not answered: {self.question} Missing: {', '.join(self.needs)}. {self.brings}"

    def to_html(self) -> str:
        """The gap as a small HTML note, all text escaped."""
        needs = ", ".join(f"<code>{escape(need)}</code>" for need in self.needs)
        return (
            f'<aside class="cvc-gap"><p><strong>{escape(self.question)}</strong></p>'
            f"<p>Not answered: {needs} is missing. {escape(self.brings)}</p></aside>"
        )


Record = Finding | Indicator | Gap


def show(records: Iterable[Record]) -> None:
    """Display records one below the other, each as an output of its own."""
    for record in records:
        display(record)
