"""How often what is proposed is right, over files whose mapping was decided by hand: wrong and active must be rare."""

from collections import Counter
from pathlib import Path

import duckdb
import pytest
import yaml

from cvclib.params import load_client_file
from cvclib.proposing import profile_files, propose
from cvclib.sources.files import files_of

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
OWN = ["gift-wholesaler", "sfo-airport", "nordic-beds"]
MOST_WRONG = 0.02  # of the columns that are active


def of_client_file(path):
    """Files of a client file, and what it makes of each: file name, table, column."""
    params = load_client_file(path)
    right, files = {}, []
    for table, sources in params.tables.items():
        for source in sources if isinstance(sources, list) else [sources]:
            if source.file is None:
                continue
            for file in files_of([source.file] if isinstance(source.file, str) else list(source.file), params, []):
                files.append(file.resolve())
                named = {column: value if isinstance(value, str) else value.from_ for column, value in source.columns.items()}
                right.setdefault((file.name, table), {}).update({column: name for column, name in named.items() if name})
    return list(dict.fromkeys(files)), right


def counted(files, right):
    """Columns proposed right and active, wrong and active, and left open."""
    found = Counter()
    active = {}
    with duckdb.connect() as con:
        for proposal in propose(con, profile_files(con, files)):
            for one in proposal.columns:
                if proposal.is_sure and one.is_sure:
                    active.setdefault((proposal.part.path.name, proposal.table), {})[one.column] = one.name
    for place, columns in right.items():
        for column, name in columns.items():
            said = active.get(place, {}).get(column)
            found["open" if said is None else "right" if said == name else "wrong"] += 1
    found["wrong"] += sum(column not in right.get(place, {}) for place, columns in active.items() for column in columns)
    return found


def told(counts):
    lines = [f"{name}: {n['right']} right, {n['wrong']} wrong, {n['open']} open" for name, n in counts.items()]
    return "\n".join(lines)


def test_of_the_repositorys_clients_nothing_wrong_is_active():
    counts = {name: counted(*of_client_file(ROOT / "params" / f"{name}.yaml")) for name in OWN if name != "nordic-beds" or has_demo()}
    print(told(counts))
    assert {name: n["wrong"] for name, n in counts.items()} == dict.fromkeys(counts, 0)
    assert sum(n["right"] for n in counts.values()) > 5


def has_demo():
    return (ROOT / "data" / "nordic-beds" / "crm_klanten.csv").is_file()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the data sets are not beside the checkout")
def test_over_all_data_sets_less_than_one_active_column_in_fifty_is_wrong():
    expected = yaml.safe_load((Path(__file__).parent / "expected.yaml").read_text(encoding="utf-8"))
    sets = {}
    for name, tables in expected.items():
        files, right = sets.setdefault(name.split("/")[0], ([], {}))
        files.append(SHARED / name)
        right.update({(Path(name).name, table): columns for table, columns in tables.items()})
    counts = {name: counted(files, right) for name, (files, right) in sets.items()}
    for path in [
        *(ROOT / "params" / f"{name}.yaml" for name in OWN if name != "nordic-beds" or has_demo()),
        ROOT / "params/external/olist.yaml",
    ]:
        counts[path.stem] = counted(*of_client_file(path))
    print(told(counts))
    total = sum(counts.values(), Counter())
    assert total["wrong"] / (total["right"] + total["wrong"]) < MOST_WRONG
