"""Linkage as a whole: what makes two writings the same, the published data with their marks, noise, and lasting results."""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from cvclib.methods import linkage_fields
from cvclib.methods.clusters import cluster_records
from cvclib.methods.probabilistic_linkage import explain, link

FEBRL = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "febrl"
FEBRL_KINDS = {
    "given_name": "given_name", "surname": "surname", "street_number": "house_number", "address_1": "street", "address_2": "text",
    "suburb": "city", "postcode": "postcode", "state": "region", "date_of_birth": "birth_date",
}  # fmt: skip
# Truths 3.2, without soc_sec_id: precision and recall of recordlinkage and of splink, and the true pairs.
MARKS = {
    1: (((0.9920, 0.9960), (1.0, 0.9800)), 500),
    2: (((0.9990, 0.9933), (0.9995, 0.9643)), 1934),
    3: (((0.9994, 0.9833), (1.0, 0.9587)), 6538),
}
PERSON = {"name": "name", "email": "email", "phone": "phone", "postcode": "postcode", "city": "city", "birth_date": "birth_date"}


def value(expression):
    return ibis.duckdb.connect().execute(expression)


@pytest.mark.parametrize(
    "pair",
    [
        ("MARTHA", "MARHTA", 0.944, 0.961, 2, 1), ("DWAYNE", "DUANE", 0.822, 0.840, 2, 2), ("DIXON", "DICKSONX", 0.767, 0.813, 4, 4),
        ("SHACKLEFORD", "SHACKELFORD", 0.970, 0.982, 2, 1), ("NICHLESON", "NICHULSON", 0.926, 0.956, 2, 2), ("JONES", "JOHNSON", 0.790, 0.832, 4, 4),
        ("HARDIN", "MARTINEZ", 0.722, 0.722, 4, 4), ("kitten", "sitting", 0.746, 0.746, 3, 3), ("müller", "muller", 1.0, 1.0, 0, 0),
    ],
    ids=lambda pair: pair[0],
)  # fmt: skip
def test_similarities_of_folded_names_are_the_published_ones(pair):
    """Truths 3.1 (Winkler 1994); the umlaut, which DuckDB would count twice, is folded away."""
    from cvclib.methods.record_linkage import fold

    one, other, jaro, winkler, levenshtein, damerau = pair
    con = ibis.duckdb.connect()
    a, b = con.execute(fold(ibis.literal(one))), con.execute(fold(ibis.literal(other)))
    functions = "jaro_similarity($a, $b), jaro_winkler_similarity($a, $b), levenshtein($a, $b), damerau_levenshtein($a, $b)"
    found = con.con.execute(f"SELECT {functions}", {"a": a, "b": b}).fetchone()
    assert found == pytest.approx((jaro, winkler, levenshtein, damerau), abs=0.0005)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"), ("Bakker Beheer B.V.", "BAKKER BEHEER BV"), ("Acme Ltd.", "Acme Limited"),
        ("Nokka Oy", "Nokka"), ("Rossi S.p.A.", "Rossi SpA"), ("Dupont SARL", "Dupont S.A.R.L."),
    ],
)  # fmt: skip
def test_a_firm_is_the_same_with_and_without_its_legal_form(one, other):
    from cvclib.methods.record_linkage import fold

    made = [value(linkage_fields.without_legal_form(fold(ibis.literal(text)))) for text in (one, other)]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("one", "other"), [("Dorpsstraat 12", "Dorpsstr. 12-a"), ("12 Main Street", "Main St 12"), ("Hauptstraße 3", "Hauptstr. 3")]
)
def test_an_address_is_the_same_however_its_street_is_abbreviated(one, other):
    assert value(linkage_fields.street_key(ibis.literal(one))) == value(linkage_fields.street_key(ibis.literal(other)))
    assert value(linkage_fields.house_number(ibis.literal(one))) == value(linkage_fields.house_number(ibis.literal(other)))


def level(kind, one, other):
    """The agreement of two values, in words, as the engine works it out."""
    frame = pd.DataFrame({"rid": [0, 1], "id": ["a", "b"], "side": [0, 0], "x": [one, other]}).astype({"x": "str"})
    con = ibis.duckdb.connect()
    con.con.register("raw", frame)
    con.con.execute(f"CREATE TABLE record AS {ibis.to_sql(linkage_fields.standardised(con.table('raw'), {'x': kind}), dialect='duckdb')}")
    words = []
    for comparison in linkage_fields.comparisons({"x": kind}):
        position = con.con.execute(f"SELECT {comparison.sql()} FROM record a, record b WHERE a.rid = 0 AND b.rid = 1").fetchone()[0]
        words.append("missing" if position == 0 else comparison.levels[position - 1].words)
    return words


@pytest.mark.parametrize(
    ("kind", "one", "other", "words"),
    [
        ("name", "Dhr. Jan van der Berg", "berg, jan", ["the same", "the same"]),
        ("name", "Jan Berg", "Berg Jan", ["swapped with the family name", "different"]),
        ("name", "J. Müller", "Jan Muller", ["initial or short form", "the same"]),
        ("name", "Rob Smith", "Robert Smyth", ["initial or short form", "a slip apart"]),
        ("name", "Bakker Beheer BV", "Bakker Beheer", ["missing", "the same"]),
        ("birth_date", "1990-05-01", "1990-01-05", ["day and month swapped"]),
        ("birth_date", "1990-05-01", "1990-05-10", ["one digit off"]),
        ("birth_date", "1990-05-01", "1990-11-23", ["same year or same day and month"]),
        ("birth_date", "1990-05-01", "1971-11-23", ["different"]),
        ("postcode", "1012 ab", "1012AB", ["the same"]),
        ("postcode", "1012 AB", "1013 AB", ["one character off"]),
        ("postcode", "1012 AB", "1099 ZX", ["begins alike"]),
        ("phone", "+31 6 1234 5678", "0612345679", ["one digit off"]),
        ("email", "jan.berg18@mail.nl", "jan.berg18@work.nl", ["same before the @"]),
        ("email", "jan.berg18@mail.nl", "jan.brg18@mail.nl", ["a slip or two apart"]),
        ("email", "jan.berg18@mail.nl", "jan.berg28@mail.nl", ["different"]),
        ("city", "Zürich", "zurich", ["the same"]),
        ("city", None, "zurich", ["missing"]),
    ],
)  # fmt: skip
def test_levels_of_agreement(kind, one, other, words):
    assert level(kind, one, other) == words


def test_every_fields_prior_shares_come_to_one():
    kinds = {
        kind: kind
        for kind in ("name", "email", "phone", "street", "house_number", "postcode", "city", "region", "birth_date", "number", "text")
    }
    for comparison in linkage_fields.comparisons(kinds):
        assert sum(level.prior for level in comparison.levels) == pytest.approx(1), comparison.name


def people(rng, n, first):
    """Strangers: names from a short list, everything else drawn at random."""
    given = rng.choice(
        ["anna", "jan", "piet", "sophie", "emma", "lucas", "daan", "noah", "eva", "mila", "tess", "sem", "finn", "levi", "julia", "sara"], n
    )
    surname = rng.choice([f"{a}{b}" for a in ("bak", "smit", "viss", "muld", "vos", "pet") for b in ("er", "sma", "ink", "stra", "ker")], n)
    return pd.DataFrame(
        {
            "id": [f"{first}{i:04d}" for i in range(n)],
            "name": [f"{g.title()} {s.title()}" for g, s in zip(given, surname, strict=True)],
            "email": [f"{g}.{s}{k}@mail.example" for g, s, k in zip(given, surname, rng.integers(1, 9999, n), strict=True)],
            "phone": [f"06{k:08d}" for k in rng.integers(0, 10**8, n)],
            "postcode": [f"{k} AB" for k in rng.integers(1000, 9999, n)],
            "city": rng.choice(["amsterdam", "utrecht", "zwolle", "breda"], n),
            "birth_date": (pd.Timestamp("1940-01-01") + pd.to_timedelta(rng.integers(0, 25_000, n), unit="D")).strftime("%Y-%m-%d"),
        }
    )


@pytest.mark.parametrize("columns", [tuple(PERSON), ("name", "city", "postcode"), ("name", "email")], ids=" ".join)
def test_two_tables_of_strangers_have_no_pair_in_common(columns):
    rng = np.random.default_rng(5)
    linked = link(people(rng, 400, "A"), people(rng, 400, "B"), kinds={c: PERSON[c] for c in columns})
    assert (linked.pairs["probability"] >= 0.5).sum() == 0
    assert linked.expected_matches < 1


def test_members_of_one_household_stay_apart():
    """Fifty couples: same family name, telephone and address, other given name and birth date; ten true duplicates beside them."""
    rng = np.random.default_rng(6)
    one = people(rng, 300, "A")
    partner = people(rng, 50, "B")
    partner["name"] = [f"Kim {name.split()[1]}" for name in one["name"].head(50)]
    partner[["phone", "postcode", "city"]] = one[["phone", "postcode", "city"]].head(50)
    same = one.tail(10).assign(id=[f"C{i}" for i in range(10)], email=None)
    pairs = link(pd.concat([one, partner, same], ignore_index=True), kinds=PERSON).pairs
    found = set(zip(*(pairs.loc[pairs["probability"] >= 0.5, side] for side in ("left", "right")), strict=True))
    assert found == {(f"A{290 + i:04d}", f"C{i}") for i in range(10)}


def test_the_result_does_not_depend_on_the_order_of_the_rows():
    rng = np.random.default_rng(7)
    one = people(rng, 200, "A")
    other = one.head(60).assign(id=[f"B{i}" for i in range(60)], email=None)
    forward, backward = link(one, other, kinds=PERSON), link(one.iloc[::-1], other.sample(frac=1, random_state=1), kinds=PERSON)
    pd.testing.assert_frame_equal(forward.pairs, backward.pairs)


def test_a_threshold_takes_the_surest_pairs_and_says_what_they_promise():
    rng = np.random.default_rng(8)
    one = people(rng, 300, "A")
    linked = link(one, one.head(100).assign(id=[f"B{i}" for i in range(100)], email=None), kinds=PERSON)
    promised = linked.accuracy(0.9)
    assert promised["n_pairs"] == pytest.approx(100, abs=2)
    assert promised["precision"] > 0.99
    assert promised["recall"] > 0.97
    assert linked.best_threshold() == 0.5


def test_why_two_records_match_is_said_in_words():
    frame = pd.DataFrame({"id": ["1", "2", "3"], "name": ["Zoë Smit", "Zoe Smitt", "Jan Bakker"], "email": ["z@x.nl", "Z@x.nl", None]})
    linked = link(frame, kinds={"name": "name", "email": "email"})
    words = explain(linked.pairs.iloc[0].to_dict(), linked.fields)
    assert words == "given name the same; family name or firm a slip apart; e-mail the same"


def test_without_a_field_nothing_can_be_linked():
    with pytest.raises(ValueError, match="no field"):
        link(pd.DataFrame({"id": ["1"]}), kinds={})


def test_one_record_has_no_duplicate():
    assert link(pd.DataFrame({"id": ["1"], "name": ["Ann Smit"], "city": ["Ede"]}), kinds={"name": "name", "city": "city"}).pairs.empty


@pytest.mark.skipif(not FEBRL.is_dir(), reason="the shared data sets are not here")
@pytest.mark.parametrize("number", MARKS)
def test_the_marks_set_by_others_on_febrl_are_beaten(number):
    """Truths 3.2: precision and recall both, against recordlinkage and splink, without soc_sec_id; by pairs and by groups."""
    frame = pd.read_csv(FEBRL / f"dataset{number}.csv", dtype=str, skipinitialspace=True)
    frame.columns = [name.strip() for name in frame.columns]
    person = frame.set_index("rec_id").index.to_series().str.extract(r"rec-(\d+)-")[0]
    marks, n_true = MARKS[number]

    linked = link(frame, kinds=FEBRL_KINDS, left_id="rec_id")
    threshold = linked.best_threshold()
    taken = linked.pairs[linked.pairs["probability"] >= threshold]
    right = int((taken["left"].map(person) == taken["right"].map(person)).sum())
    groups = cluster_records(linked.pairs, threshold).assign(person=lambda g: g["id"].map(person))
    inside = groups.groupby(["cluster", "person"]).size()
    together = groups.groupby("cluster").size()
    n_right, n_together = (int((n * (n - 1) // 2).sum()) for n in (inside, together))

    for precision, recall in marks:
        assert right / len(taken) >= precision
        assert right / n_true >= recall
        assert n_right / n_together >= precision
        assert n_right / n_true >= recall
    promised = linked.accuracy(threshold)
    assert promised["precision"] == pytest.approx(right / len(taken), abs=0.01)
    assert promised["recall"] == pytest.approx(right / n_true, abs=0.01)
