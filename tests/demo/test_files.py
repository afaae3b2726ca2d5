"""The demonstration client's files: their form, their faults, the same bytes each time."""

import codecs
import hashlib
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cvclib.demo import PlantedTruths, client_file, exports, planted_truths, write_demo
from cvclib.demo.exports import FAULTS
from cvclib.demo.truths import ATTRIBUTES, FUNNEL

ROOT = Path(__file__).resolve().parents[2]


def digests(folder, **settings):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in write_demo(folder, **settings)}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    once = digests(tmp_path / "a" / "client", seed=3, n_customers=300)
    again = digests(tmp_path / "b" / "client", seed=3, n_customers=300)
    other = digests(tmp_path / "c" / "client", seed=4, n_customers=300)

    assert once == again
    assert {name for name in once if once[name] == other[name]} == set()


def test_contacts_are_the_same_bytes_in_however_small_pieces_they_are_written(tmp_path, monkeypatch):
    whole = digests(tmp_path / "whole" / "client", n_customers=300)
    monkeypatch.setattr(exports, "ROWS_AT_A_TIME", 97)

    assert digests(tmp_path / "pieces" / "client", n_customers=300) == whole


def test_ten_times_the_customers_do_ten_times_as_much(tmp_path):
    """Touches of 1,000 customers and of 10,000, within a tenth; the standard error of the ratio is some 3%."""
    counts = []
    for n_customers in (1_000, 10_000):
        write_demo(tmp_path / str(n_customers), n_customers=n_customers)
        counts.append((tmp_path / str(n_customers) / "crm_contacten.csv").read_bytes().count(b"\n") - 1)

    assert counts[1] == pytest.approx(10 * counts[0], rel=0.1)


def test_the_crm_is_in_windows_1252_with_semicolons_and_letters_beyond_ascii(written):
    raw = (written.folder / "crm_klanten.csv").read_bytes()

    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    text = raw.decode("cp1252")
    assert text.splitlines()[0].startswith("Klantnummer;Voornaam;Tussenvoegsel;Achternaam;E-mail")
    assert {"Zoë", "Çelik"} <= set(written.customers["Voornaam"]) | set(written.customers["Achternaam"])
    assert written.customers["Klant sinds"].str.fullmatch(r"(\d\d-\d\d-\d{4})?").all()
    assert written.contacts["Kosten"].str.fullmatch(r"\d+,\d\d").all()


def test_the_erp_is_in_utf_8_with_a_mark_and_british_dates(written):
    raw = (written.folder / "erp_orders.csv").read_bytes()

    assert raw.startswith(codecs.BOM_UTF8)
    orders = written.english("erp_orders.csv")
    assert orders["Order date"].str.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d").all()
    assert orders["Account No"].isin(written.english("erp_accounts.csv")["Account No"]).all()


def test_the_survey_has_a_column_a_question(written):
    header = pd.read_csv(written.folder / "survey.csv", nrows=0).columns

    assert [name for name in header if name.startswith("How good: ")] == [f"How good: {name}" for name in ATTRIBUTES]


def test_tickets_stand_below_a_title_on_a_sheet_a_year(written):
    sheets = pd.read_excel(written.folder / "tickets.xlsx", sheet_name=None, header=2, engine="calamine")

    assert list(sheets) == ["2024", "2025"]
    for year, sheet in sheets.items():
        assert sheet.columns[0] == "Ticket"
        assert (sheet["Opened"].dt.year == int(year)).all()


def test_the_faulty_rows_are_the_listed_ones(written):
    orders = written.english("erp_orders.csv")
    ordered = pd.to_datetime(orders["Order date"], format="%d/%m/%Y %H:%M", errors="coerce")
    delivered = pd.to_datetime(orders["Delivered"], format="%d/%m/%Y %H:%M", errors="coerce")
    crm, known = written.dutch("crm_klanten.csv"), set(written.customers.index)
    born = pd.to_datetime(crm["Geboortedatum"], format="%d-%m-%Y", errors="coerce")
    leads = pd.to_datetime(written.dutch("crm_leads.csv")["Aangemaakt"], format="%d-%m-%Y %H:%M", errors="coerce")
    found = [
        crm["Klantnummer"].duplicated().sum(),
        (born.isna() & (crm["Geboortedatum"] != "")).sum(),
        (~written.contacts["Klantnummer"].isin(known)).sum(),
        leads.isna().sum(),
        ordered.isna().sum(),
        orders["Order No"].duplicated().sum(),
        (delivered < ordered).sum(),
        (orders["Net amount"].astype(float) < 0).sum(),
        (pd.read_csv(written.folder / "survey.csv")["Recommend (0-10)"] > 10).sum(),
    ]

    assert found == [n for _, _, n, _ in FAULTS]


def test_nothing_is_told_from_beyond_the_last_day(written):
    assert written.contacts["at"].max() < pd.Timestamp("2026-01-01")
    assert written.contacts["at"].min() >= pd.Timestamp("2024-01-01")
    assert written.orders[["Order date", "Delivered", "Cancelled"]].max().max() < pd.Timestamp("2026-01-01")
    assert written.answers["Completed"].max() < pd.Timestamp("2026-01-01")


@pytest.mark.parametrize("n_customers", [200, 1000])
def test_the_crm_holds_as_many_records_as_asked_for(tmp_path, n_customers):
    write_demo(tmp_path, seed=5, n_customers=n_customers)

    crm = pd.read_csv(tmp_path / "crm_klanten.csv", sep=";", encoding="cp1252")
    assert crm["Klantnummer"].nunique() == n_customers


def test_the_truths_beside_the_data_are_those_of_the_seed(written):
    told = yaml.safe_load((written.folder / "planted_truths.yaml").read_text("utf-8"))

    assert told["driver_weights"] == written.truths.driver_weights
    assert told["leaking_stage"] == written.truths.leaking_stage
    assert told["worked"]["change"] == written.truths.worked.change
    assert [fault["rows"] for fault in told["faults"]] == [n for _, _, n, _ in FAULTS]


@pytest.mark.parametrize("seed", range(2, 42))
def test_any_seed_draws_sensible_truths(seed):
    truths = planted_truths(seed)

    assert isinstance(truths, PlantedTruths)
    assert 3 <= len(truths.drivers) <= 4
    assert truths.driver_weights[truths.segment_attribute] > 0
    assert truths.segment_differs != truths.segment_same
    assert set(truths.stage_conversion) == set(FUNNEL)
    assert truths.worked.change > 0 == truths.failed.change
    assert {truths.worked.metric, truths.failed.metric} == {"on_time_share", "ces"}
    assert truths.no_accountable != truths.two_accountable
    assert set(truths.kano.values()) == {"must-be", "one-dimensional", "attractive", "indifferent"}
    assert min(truths.touchpoint_satisfaction.values()) <= -0.7


def test_different_seeds_draw_different_truths():
    drawn = [planted_truths(seed) for seed in range(2, 42)]

    assert len({truths.leaking_stage for truths in drawn}) == len(FUNNEL)
    assert len({truths.drivers for truths in drawn}) > 30
    assert {truths.worked.metric for truths in drawn} == {"on_time_share", "ces"}


def test_the_committed_client_file_is_the_one_that_the_generator_writes_from():
    """One source of truth for the mapping: params/nordic-beds.yaml and the template in the package are one text."""
    committed = (ROOT / "params" / "nordic-beds.yaml").read_text("utf-8")

    assert committed == (ROOT / "cvclib" / "demo" / "nordic-beds.yaml").read_text("utf-8")
    assert committed.startswith("# yaml-language-server: $schema=../schema/client.schema.json\n")


def test_the_client_file_beside_the_data_has_name_and_paths_changed_and_nothing_else(written):
    committed = yaml.safe_load((ROOT / "params" / "nordic-beds.yaml").read_text("utf-8"))
    beside = yaml.safe_load((written.folder / f"{written.folder.name}.yaml").read_text("utf-8"))

    assert beside.pop("client") == ("Nordic Beds" if written.truths.seed == 1 else f"Demonstration client {written.truths.seed}")
    assert committed.pop("client") == "Nordic Beds"
    assert "../data" not in client_file(written.folder, written.truths.seed)
    assert yaml.safe_dump(committed).replace("../data/nordic-beds/", "") == yaml.safe_dump(beside)


def test_every_file_of_the_mapping_is_written_with_the_columns_it_names(written):
    tables = yaml.safe_load((written.folder / f"{written.folder.name}.yaml").read_text("utf-8"))["tables"]

    for table in tables.values():
        for source in table if isinstance(table, list) else [table]:
            assert (written.folder / source["file"]).is_file()


@pytest.mark.parametrize(("settings", "message"), [({"seed": -1}, "seed must be 0 or above"), ({"n_customers": 10}, "200 or more")])
def test_a_seed_or_size_that_makes_no_sense_is_refused(tmp_path, settings, message):
    with pytest.raises(ValueError, match=message):
        write_demo(tmp_path, **settings)
