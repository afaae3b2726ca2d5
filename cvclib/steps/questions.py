"""What a step asks, and what it needs for the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from cvclib.client import Client
from cvclib.exhibits import Reading
from cvclib.findings import Gap

EITHER = "|"  # in a need: one of these will do


class TooFewAnswersError(Exception):
    """The tables are there, but hold too little to answer a question; the message says how much there is."""


@dataclass(frozen=True)
class Question:
    """A question of a step, what it needs, and what supplying that would bring.

    Parameters
    ----------
    asks : str
        The question, as a manager would put it.
    needs : tuple of str
        Tables and columns; ``"survey.score|interactions.cost"`` where one of several will do.
    brings : str
        What supplying them would bring, as a sentence.
    """

    asks: str
    needs: tuple[str, ...]
    brings: str

    def missing(self, client: Client) -> tuple[str, ...]:
        """Those of the needs that the client does not supply; of alternatives the first stands for all."""
        alternatives = [need.split(EITHER) for need in self.needs]
        return tuple(ways[0] for ways in alternatives if not any(client.has(way) for way in ways))

    def gap(self, client: Client, step: str) -> Gap | None:
        """The gap that this question is for the client; None where it can be asked."""
        missing = self.missing(client)
        return Gap(step, self.asks, missing, self.brings) if missing else None


def gaps_of(client: Client, step: str, questions: Mapping[str, Question]) -> list[Gap]:
    """The gaps of a step's questions, in their order.

    Parameters
    ----------
    client : Client
    step : str
    questions : mapping of str to Question

    Returns
    -------
    list of Gap
        Empty if nothing is missing.
    """
    return [gap for question in questions.values() if (gap := question.gap(client, step))]


def exhibit_of(question: Question, step: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate what makes an exhibit: without its tables the gap comes out, with too few answers a reading that says so."""

    def decorate(make: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(make)
        def inside(client: Client, **settings: Any) -> Any:
            if gap := question.gap(client, step):
                return gap
            try:
                return make(client, **settings)
            except TooFewAnswersError as error:
                return Reading(str(error))

        return inside

    return decorate


def reading_of(question: Question) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate what makes a reading: nothing comes out where the exhibit above has already said what is missing."""

    def decorate(make: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(make)
        def inside(client: Client, **settings: Any) -> Any:
            if question.missing(client):
                return None
            try:
                return make(client, **settings)
            except TooFewAnswersError:
                return None

        return inside

    return decorate


def findings_of(question: Question) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate what makes findings: none come out where the question cannot be answered."""

    def decorate(make: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(make)
        def inside(client: Client, **settings: Any) -> Any:
            if question.missing(client):
                return []
            try:
                return make(client, **settings)
            except TooFewAnswersError:
                return []

        return inside

    return decorate
