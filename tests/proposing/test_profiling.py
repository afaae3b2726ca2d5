"""What columns look like: encodings, ids with leading zeros, marks that stand for blanks."""

import duckdb
import pytest

from cvclib.proposing import profile_files

TEXT = "Kundennr;Straße;Note\n" + "".join(f"{i:05d};Grüner Weg {i};{i % 5 + 1}\n" for i in range(30))


def profiled(place):
    with duckdb.connect() as con:
        (part,) = profile_files(con, [place])
        first = con.sql(f"SELECT c0 FROM {part.rows} ORDER BY _row LIMIT 1").fetchone()[0]
    return part, first


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_names_are_read_in_whatever_encoding_and_leading_zeros_stay(tmp_path, encoding):
    (tmp_path / "kunden.csv").write_text(TEXT, encoding=encoding)
    part, first = profiled(tmp_path / "kunden.csv")

    assert [column.name for column in part.columns] == ["Kundennr", "Straße", "Note"]
    assert first == "00000"


@pytest.mark.parametrize("blank", ["N/A", "-", "?", ""])
def test_marks_for_nothing_are_blanks(tmp_path, blank):
    (tmp_path / "a.csv").write_text("id,score\n" + "".join(f"{i},{blank if i < 5 else i}\n" for i in range(30)))
    part, _ = profiled(tmp_path / "a.csv")

    assert part["score"].n_filled == 25
