"""SQL that was worked out for one question and kept stands for a like question only."""

import re
from collections import defaultdict

import ibis.expr.operations as ops
import pytest

from cvclib.sources import compiled


@pytest.fixture
def questions(asked):
    """Every question of the steps, as the engine is asked it, and which function asks it."""
    asks = {question: asked.by[question] for question in asked.answers if question[0].find(ops.DatabaseTable)}
    return {(operation.to_expr().as_table(), limit): caller for (operation, limit), caller in asks.items()}


@pytest.fixture
def connection(questions):
    return next(iter(questions))[0].op().find(ops.DatabaseTable)[0].source


def anew(connection, question, limit):
    return in_order(type(connection).compile(connection, question, limit=limit))


def in_order(sql):
    """With the columns of an EXCLUDE, which Ibis holds as a set, in one order."""
    return re.sub(r"(?<=EXCLUDE )\(([^()]+)\)", lambda found: f"({', '.join(sorted(found[1].split(', ')))})", sql)


def test_kept_sql_is_the_sql_worked_out_anew(questions, connection, monkeypatch):
    """One question of each function, as working them out takes long."""
    first = {caller: question for question, caller in reversed(questions.items())}
    monkeypatch.setattr(compiled, "_keep", lambda *found: pytest.fail("it was not kept"))

    assert len(first) > 50
    for question, limit in first.values():
        assert in_order(connection.compile(question, limit=limit)) == anew(connection, question, limit)


def test_questions_that_share_their_sql_are_the_same(questions, connection):
    by_sql = defaultdict(list)
    for question, limit in questions:
        by_sql[connection.compile(question, limit=limit)].append((question, limit))

    assert len(by_sql) > 300
    for sql, shared in by_sql.items():
        if len(shared) > 1:
            assert {anew(connection, question, limit) for question, limit in shared} == {in_order(sql)}
