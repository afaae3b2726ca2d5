"""Demonstration clients written once, and read back with pandas alone: nothing of the house stands between."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pytest

from cvclib.demo import PlantedTruths, planted_truths, write_demo


@dataclass(frozen=True)
class Written:
    folder: Path
    truths: PlantedTruths

    def dutch(self, name):
        return pd.read_csv(self.folder / name, sep=";", encoding="cp1252", dtype=str, keep_default_na=False)

    def english(self, name):
        return pd.read_csv(self.folder / name, encoding="utf-8-sig", dtype=str, keep_default_na=False)

    @cached_property
    def customers(self):
        frame = self.dutch("crm_klanten.csv").drop_duplicates("Klantnummer").set_index("Klantnummer")
        frame["segment"] = frame["Segment"]
        return frame

    @cached_property
    def contacts(self):
        frame = self.dutch("crm_contacten.csv")
        frame["at"] = pd.to_datetime(frame["Tijdstip"], format="%d-%m-%Y %H:%M")
        return frame

    @cached_property
    def orders(self):
        """Orders without the faulty ones, with the person behind each account."""
        frame = self.english("erp_orders.csv").drop_duplicates("Order No")
        for column in ("Order date", "Promised", "Delivered", "Cancelled"):
            frame[column] = pd.to_datetime(frame[column], format="%d/%m/%Y %H:%M", errors="coerce")
        frame["person"] = frame["Account No"].map(self.identities["account"])
        return frame[frame["Order date"].notna() & ~(frame["Delivered"] < frame["Order date"])]

    @cached_property
    def answers(self):
        frame = pd.read_csv(self.folder / "survey.csv", parse_dates=["Completed"])
        return frame[~(frame["Recommend (0-10)"] > 10)]

    @cached_property
    def deliveries_judged(self):
        """Answers given after home delivery that name their order, with whether it came late."""
        orders = self.orders.assign(late=(self.orders["Delivered"] > self.orders["Promised"]).astype(float))
        frame = self.answers[self.answers["About"] == "Home delivery"]
        return frame.merge(orders[["Order No", "person", "late"]], on="Order No")

    @cached_property
    def identities(self):
        frame = pd.read_csv(self.folder / "true_identities.csv", dtype=str)
        return {kind: part.set_index("record")["is_customer"].to_dict() for kind, part in frame.groupby("kind")}

    @cached_property
    def first_orders(self):
        """A row a buyer: first order, repeats, weeks observed, referred."""
        kept = self.orders[self.orders["Cancelled"].isna()]
        buyers = kept.groupby("person")["Order date"].agg(["min", "count"])
        weeks = (pd.Timestamp("2026-01-01") - buyers["min"]).dt.total_seconds() / (7 * 86_400)
        referred = self.customers["Aangebracht door"].reindex(buyers.index) != ""
        return pd.DataFrame({"n_repeats": buyers["count"] - 1, "weeks": weeks, "referred": referred})


@pytest.fixture(scope="session", params=[1, 7])
def written(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"demo-{request.param}")
    write_demo(folder, seed=request.param)
    return Written(folder, planted_truths(request.param))
