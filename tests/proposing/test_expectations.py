"""Proposals against the right mapping, written down by hand: how many columns are right, wrong and active, or left open."""

import functools
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pytest
import yaml

from cvclib.params import load_client_file
from cvclib.proposing import profile_files, propose
from cvclib.sources.files import files_of

ROOT = Path(__file__).parents[2]
EXPECTATIONS = Path(__file__).with_name("expectations.yaml")
CLIENTS = [path.stem for path in sorted((ROOT / "params").glob("*.yaml"))]
WRONG_AND_ACTIVE = 0.02  # of the active columns, at most


def expected_of_client(name):
    """Files and mapping of a client file: (file, table) to canonical column to the names that are right."""
    params = load_client_file(ROOT / "params" / f"{name}.yaml")
    files, right = {}, defaultdict(lambda: defaultdict(set))
    for table, sources in params.tables.items():
        for source in sources if isinstance(sources, list) else [sources]:
            for path in files_of([source.file] if isinstance(source.file, str) else list(source.file or []), params, []):
                files[path.resolve()] = True
                for column, said in source.columns.items():
                    if mapped := said if isinstance(said, str) else said.from_:
                        right[path.name, table][column].add(mapped)
                if source.unpivot:
                    right[path.name, table]["asked"] |= set(source.unpivot.columns)
    return list(files), right


def expected_of_data_set(name, folder):
    right = defaultdict(lambda: defaultdict(set))
    files = yaml.safe_load(EXPECTATIONS.read_text(encoding="utf-8"))[name]
    for file, tables in files.items():
        for table, columns in tables.items():
            for column, said in columns.items():
                right[file, table][column] |= set(said) if isinstance(said, list) else {said}
    return [folder / name / file for file in files], right


@functools.cache
def counted_client(name):
    return counted(*expected_of_client(name))


def counted(files, right):
    """Right, wrong-and-active and open columns, and what the wrong ones are."""
    with duckdb.connect() as con:
        found = propose(con, profile_files(con, files))
    active = defaultdict(set)
    for proposal in (one for one in found if one.is_sure):
        place = proposal.part.path.name, proposal.table
        active[place] |= {(column.column, column.name) for column in proposal.columns if column.is_sure}
        active[place] |= {("asked", name) for name in proposal.unpivot.columns} if proposal.unpivot else set()
    wanted = {(*place, column, name) for place, columns in right.items() for column, names in columns.items() for name in names}
    got = {(*place, *pair) for place, pairs in active.items() for pair in pairs}
    return Counter(right=len(got & wanted), wrong=len(got - wanted), open=len(wanted - got)), sorted(got - wanted)


def told(counts, wrong):
    """The table by data set, as text."""
    lines = [f"{'data set':28}{'right':>7}{'wrong':>7}{'open':>7}"]
    lines += [f"{name:28}{n['right']:7}{n['wrong']:7}{n['open']:7}" for name, n in counts.items()]
    total = sum(counts.values(), Counter())
    return "\n".join([*lines, f"{'all':28}{total['right']:7}{total['wrong']:7}{total['open']:7}", *map(str, wrong)])


def test_of_the_columns_of_this_repositorys_clients_under_two_in_a_hundred_active_are_wrong():
    counts, wrong = {}, []
    for name in CLIENTS:
        counts[name], mistakes = counted_client(name)
        wrong += mistakes
    print(told(counts, wrong))

    total = sum(counts.values(), Counter())
    assert total["right"] > 100
    assert total["wrong"] < WRONG_AND_ACTIVE * (total["right"] + total["wrong"]), wrong


def test_of_the_columns_of_all_known_data_sets_under_two_in_a_hundred_active_are_wrong(shared_data):
    counts, wrong = {}, []
    for name in CLIENTS:
        counts[name], mistakes = counted_client(name)
        wrong += mistakes
    for name in yaml.safe_load(EXPECTATIONS.read_text(encoding="utf-8")):
        counts[name], mistakes = counted(*expected_of_data_set(name, shared_data))
        wrong += mistakes
    print(told(counts, wrong))

    total = sum(counts.values(), Counter())
    assert total["wrong"] < WRONG_AND_ACTIVE * (total["right"] + total["wrong"]), wrong


@pytest.fixture
def shared_data():
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the data sets beside the checkout are not there")
    return folder
