"""Problems are told all at once, and survive the way between processes."""

import pickle

from cvclib.errors import InputError, MissingDataError, Problem


def problem(i):
    return Problem(f"a.csv, row {i}", "'x'", "a date", "Try format '%Y-%m-%d'.")


def test_a_problem_reads_as_where_found_expected_fix():
    assert str(problem(2)) == "a.csv, row 2: found 'x'; expected a date. Try format '%Y-%m-%d'."


def test_a_problem_without_a_fix_ends_with_its_full_stop():
    assert str(Problem("a.csv", "nothing", "rows")) == "a.csv: found nothing; expected rows."


def test_all_problems_are_told_at_once():
    message = str(InputError([problem(2), problem(3)]))
    assert message.splitlines() == [str(problem(2)), str(problem(3))]


def test_a_long_list_is_cut_and_the_rest_counted():
    lines = str(InputError(problem(i) for i in range(1_045))).splitlines()
    assert len(lines) == 41
    assert lines[-1] == "and 1,005 more"


def test_an_input_error_crosses_processes_with_its_problems():
    error = pickle.loads(pickle.dumps(InputError([problem(2)])))
    assert error.problems == (problem(2),)


def test_a_missing_table_says_what_to_map():
    error = pickle.loads(pickle.dumps(MissingDataError(["orders", "tickets.cost"])))
    assert str(error) == "the client supplies no orders, tickets.cost; map it under 'tables:' in the client file"
