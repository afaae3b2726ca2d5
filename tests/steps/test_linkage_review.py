"""Where the review workbook lies, and what of it counts as a decision."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.params import load_client_file
from cvclib.review_sheet import write_review
from cvclib.steps.linkage_review import decisions, review_file

CLIENT = """\
client: A client
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  customers: {file: FILE, columns: {customer_id: No, name: Name}}
"""


@pytest.fixture
def client_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("params", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "crm.csv").write_text("No,Name\n1,Ann\n2,Bo\n", encoding="utf-8")

    def write(file="../data/crm.csv"):
        path = tmp_path / "params" / "A Client.yaml"
        path.write_text(CLIENT.replace("FILE", file), encoding="utf-8")
        return path

    return write


def decided(path, *rows):
    frame = pd.DataFrame(rows, columns=["kind", "left_id", "right_id", "decision", "remark"]).assign(probability=0.5, why="")
    write_review(path, "A client", frame, [], pd.DataFrame(columns=["kind", "left_id", "right_id", "decision", "remark", "state"]))


def test_it_lies_in_a_folder_of_its_own_beside_the_data(client_file, tmp_path):
    assert review_file(load_client_file(client_file())) == tmp_path / "data" / "review" / "a-client.xlsx"


def test_a_pattern_over_folders_is_gone_up_from(client_file, tmp_path):
    assert review_file(load_client_file(client_file("../data/*/crm.csv"))).parent == tmp_path / "data" / "review"


def test_nothing_is_decided_where_there_is_no_workbook(client_file):
    assert decisions(Client.open(client_file())).empty


def test_a_client_in_memory_has_no_workbook():
    assert decisions(Client.from_frames({"customers": pd.DataFrame({"customer_id": ["1"]})})).empty


def test_a_remark_alone_is_no_decision(client_file):
    path = client_file()
    decided(review_file(load_client_file(path)), ("duplicate", "1", "2", "no", ""), ("match", "9", "2", "", "ask Ann"))
    assert decisions(Client.open(path)).to_dict("records") == [{"left_id": "1", "right_id": "2", "decision": "no", "kind": "duplicate"}]


def test_a_workbook_that_cannot_be_understood_stops_the_run(client_file):
    path = client_file()
    decided(review_file(load_client_file(path)), ("duplicate", "1", "2", "perhaps", ""))
    with pytest.raises(InputError, match="row 3, column 'Same customer\\?': found 'perhaps'"):
        decisions(Client.open(path))
