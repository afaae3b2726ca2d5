"""Doubtful pairs: written, decided, read back, never lost."""

import pandas as pd
import pytest

from cvclib.client import Client
from cvclib.errors import InputError
from cvclib.review_sheet import read_review, write_review
from cvclib.steps import linkage_doubts
from cvclib.steps.linkage_doubts import merged, take_in, write_doubts
from cvclib.steps.linkage_review import decisions

CLIENT = """\
client: A client
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  customers: {file: ../data/crm.csv, columns: {customer_id: No, name: Name, email: Mail, phone: Tel}}
  accounts: {file: ../data/erp.csv, columns: {account_id: No, name: Name, email: Mail}}
"""
NO_EARLIER = pd.DataFrame(columns=["kind", "left_id", "right_id", "decision", "remark", "state"])


@pytest.fixture
def client_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("params", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "crm.csv").write_text(
        "No,Name,Mail,Tel\n1,Ann Bakker,a@x.nl,0612345678\n2,Bo Vos,,\n3,Cy Smit,,\n", encoding="utf-8"
    )
    (tmp_path / "data" / "erp.csv").write_text("No,Name,Mail\nA,Anne Bakker,\nB,=Bo,\n", encoding="utf-8")
    path = tmp_path / "params" / "a.yaml"
    path.write_text(CLIENT, encoding="utf-8")
    return path


@pytest.fixture
def in_doubt(monkeypatch):
    """The match's doubts, set by hand: what is tested is the way of the decisions."""
    rows = [("match", "A", "1", 0.6, "name alike"), ("match", "B", "2", 0.5, "name alike"), ("duplicate", "2", "3", 0.4, "name alike")]
    pairs = pd.DataFrame(rows, columns=["kind", "left_id", "right_id", "probability", "why"])
    monkeypatch.setattr(linkage_doubts, "doubtful_pairs", lambda client, lowest, highest: pairs.copy())
    return pairs


def decide(path, *rows):
    """Fill in a workbook as a person would: the same pairs, with decisions."""
    frame = pd.DataFrame(rows, columns=["kind", "left_id", "right_id", "decision", "remark"]).assign(probability=0.5, why="")
    write_review(path, "A client", frame, [], NO_EARLIER)


def test_the_workbook_lies_beside_the_data_with_all_pairs_in_doubt(client_file, in_doubt, tmp_path):
    made = write_doubts(Client.open(client_file))
    assert made.path == tmp_path / "data" / "review" / "a.xlsx"
    assert (made.n_doubtful, made.n_written, made.n_decided, made.n_stale) == (3, 3, 0, 0)


def test_decisions_survive_a_new_export(client_file, in_doubt):
    place = write_doubts(Client.open(client_file)).path
    decide(place, ("match", "A", "1", "yes", "called her"), ("duplicate", "2", "3", "unsure", ""))
    again = write_doubts(Client.open(client_file))
    assert (again.n_doubtful, again.n_decided) == (2, 2)
    kept = read_review(place)
    assert kept[["kind", "left_id", "decision", "remark"]].to_numpy().tolist() == [
        ["duplicate", "2", "unsure", ""], ["match", "A", "yes", "called her"],
    ]  # fmt: skip
    assert decisions(Client.open(client_file))["decision"].tolist() == ["unsure", "yes"]


def test_a_decision_on_a_record_that_is_gone_is_kept_and_told(client_file, in_doubt):
    place = write_doubts(Client.open(client_file)).path
    decide(place, ("match", "Z", "1", "no", ""))
    again = write_doubts(Client.open(client_file))
    assert (again.n_decided, again.n_stale) == (1, 1)
    assert read_review(place)["left_id"].tolist() == ["Z"]


def test_a_workbook_that_came_back_is_taken_in_beside_what_was_known(client_file, in_doubt, tmp_path):
    place = write_doubts(Client.open(client_file)).path
    decide(place, ("match", "A", "1", "yes", ""), ("match", "B", "2", "yes", "sure"))
    back = tmp_path / "back.xlsx"
    decide(back, ("match", "B", "2", "no", ""), ("duplicate", "2", "3", "yes", ""))
    made = take_in(Client.open(client_file), back)
    assert made.path == place
    said = read_review(place).set_index(["kind", "left_id"])
    assert said["decision"].to_dict() == {("match", "A"): "yes", ("match", "B"): "no", ("duplicate", "2"): "yes"}
    assert said.loc[("match", "B"), "remark"] == "sure"


def test_a_bad_cell_changes_nothing(client_file, in_doubt, tmp_path):
    place = write_doubts(Client.open(client_file)).path
    decide(place, ("match", "A", "1", "yes", ""))
    before = place.read_bytes()
    back = tmp_path / "back.xlsx"
    decide(back, ("match", "B", "2", "perhaps", ""))
    with pytest.raises(InputError, match="found 'perhaps'"):
        take_in(Client.open(client_file), back)
    assert place.read_bytes() == before


def test_pairs_beyond_the_most_wait(client_file, in_doubt):
    made = write_doubts(Client.open(client_file), most=1)
    assert (made.n_doubtful, made.n_written) == (3, 1)


def test_a_client_in_memory_has_nowhere_to_write(in_doubt):
    with pytest.raises(InputError, match="a client made in memory"):
        write_doubts(Client.from_frames({"customers": pd.DataFrame({"customer_id": ["1"]})}))


def test_a_later_remark_does_not_undo_a_decision():
    known = pd.DataFrame([("match", "A", "1", "yes", "")], columns=["kind", "left_id", "right_id", "decision", "remark"])
    newer = known.assign(decision="", remark="moved")
    assert merged(known, newer)[["decision", "remark"]].to_numpy().tolist() == [["yes", "moved"]]


def test_the_doubts_of_the_demonstration_client_are_neither_sure_nor_hopeless(nordic_beds):
    found = linkage_doubts.doubtful_pairs(nordic_beds)
    assert set(found.columns) == {"kind", "left_id", "right_id", "probability", "why"}
    assert len(found) < 300
