"""A demonstration client's files, each in the shape of a real export.

A Dutch CRM (Windows-1252, semicolons, dd-mm-yyyy, decimal comma), an English ERP (UTF-8 with a byte order
mark, commas, dd/mm/yyyy), a survey in wide form, tickets and workshop notes in xlsx, care plans as JSON lines.
A handful of rows is wrong on purpose, as in any real export; `FAULTS` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from cvclib.demo import vocabulary as words
from cvclib.demo.journeys import FIRST_DAY, Journeys
from cvclib.demo.population import N_DAYS, Records
from cvclib.demo.truths import ATTRIBUTES, PlantedTruths

MINUTES_PER_DAY = 1440
OPENS_AT, OPEN_MINUTES = 9 * 60, 11 * 60  # a day's events are told as of 9:00 to 20:00
FIRST_ORDER = 40_001
WRITTEN_AT = datetime(2026, 1, 1)
ROWS_AT_A_TIME = 200_000  # of contacts turned to text: as text, ten millions of them would not fit in memory
TICKET_TITLE_ROWS = 2  # a title and an empty row stand above the header of the ticket export

# file, what is wrong there, how many rows, what becomes of them: the whole row is rejected, or the cell blanked
FAULTS = (
    ("crm_klanten.csv", "the same customer number twice", 1, "row"),
    ("crm_klanten.csv", "a date of birth that does not exist", 2, "cell"),
    ("crm_contacten.csv", "a customer whom the CRM does not hold", 2, "row"),
    ("crm_leads.csv", "a date that does not exist", 1, "row"),
    ("erp_orders.csv", "an order date that does not exist", 3, "row"),
    ("erp_orders.csv", "the same order number twice", 1, "row"),
    ("erp_orders.csv", "delivered before it was ordered", 2, "row"),
    ("erp_orders.csv", "negative revenue on an order that was not cancelled", 2, "row"),
    ("survey.csv", "a recommendation of 11 on a scale to 10", 2, "row"),
)


def moments(days: np.ndarray) -> np.ndarray:
    """Days since the first day as times to the minute within opening hours; blank from the end of the data on."""
    days = np.asarray(days, dtype=float)
    seen = np.where(days < N_DAYS, days, np.nan)
    whole = np.floor(seen)
    minutes = whole * MINUTES_PER_DAY + OPENS_AT + np.floor((seen - whole) * OPEN_MINUTES)
    known = ~np.isnan(minutes)
    times = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[m]")
    times[known] = np.datetime64(FIRST_DAY, "m") + minutes[known].astype("timedelta64[m]")
    return times


def order_numbers(cases: pd.DataFrame) -> np.ndarray:
    """Order number of each case, in order of time; empty text for a case without an order in the data."""
    ordered = cases["ordered"].to_numpy()
    in_order = np.argsort(ordered, kind="stable")[: int((ordered < N_DAYS).sum())]
    numbers = np.full(len(cases), "", dtype=object)
    numbers[in_order] = [f"SO-{number:07d}" for number in range(FIRST_ORDER, FIRST_ORDER + len(in_order))]
    return numbers


def written(times: np.ndarray, order: str, *, clock: bool = True) -> np.ndarray:
    """Times as text: `order` is ``d-m-y``, ``d/m/y`` or ``y-m-d``; blanks as empty text.

    Examples
    --------
    >>> written(np.array(["2024-03-01T10:05", "NaT"], dtype="datetime64[m]"), "d-m-y").tolist()
    ['01-03-2024 10:05', '']
    """
    iso = np.datetime_as_string(times.astype("datetime64[m]")).astype("U16")
    if not len(iso):
        return iso
    letters = iso.view("U1").reshape(-1, 16)
    places = {"y": [0, 1, 2, 3], "m": [5, 6], "d": [8, 9]}
    parts = [letters[:, places[part]] for part in order.split(order[1])]
    mark = np.full((len(iso), 1), order[1])
    day = np.concatenate([parts[0], mark, parts[1], mark, parts[2]], axis=1)
    if clock:
        day = np.concatenate([day, np.full((len(iso), 1), " "), letters[:, 11:16]], axis=1)
    text = np.ascontiguousarray(day).view(f"U{day.shape[1]}").ravel()
    return np.where(np.isnat(times), "", text)


class Exporter:
    """Writes the files of one demonstration client into one folder."""

    def __init__(self, folder: Path, rng: np.random.Generator, truths: PlantedTruths) -> None:
        self.folder, self.rng, self.truths = folder, rng, truths
        self.paths: list[Path] = []

    def text(self, name: str, content: str) -> None:
        """Write a text file as it stands."""
        path = self.folder / name
        path.write_bytes(content.encode("utf-8"))
        self.paths.append(path)

    def csv(
        self, name: str, frame: pd.DataFrame | Iterable[pd.DataFrame], *, delimiter: str = ",", encoding: str = "utf-8", newline: str = "\n"
    ) -> None:
        """Write a delimited file, whole or piece by piece; numbers are text already where their form matters."""
        path = self.folder / name
        pieces = [frame] if isinstance(frame, pd.DataFrame) else frame
        with path.open("w", encoding=encoding, newline="") as stream:
            for number, piece in enumerate(pieces):
                piece.to_csv(stream, sep=delimiter, index=False, header=not number, lineterminator=newline)
        self.paths.append(path)

    def dutch(self, name: str, frame: pd.DataFrame | Iterable[pd.DataFrame]) -> None:
        """Write as the Dutch CRM does."""
        self.csv(name, frame, delimiter=";", encoding="cp1252", newline="\r\n")

    def english(self, name: str, frame: pd.DataFrame) -> None:
        """Write as the English ERP does."""
        self.csv(name, frame, encoding="utf-8-sig", newline="\r\n")

    def workbook(self, name: str, sheets: dict[str, pd.DataFrame], title: str = "") -> None:
        """Write a workbook, a sheet a frame, below a title where there is one."""
        path = self.folder / name
        with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy hh:mm"}) as book:
            book.set_properties({"created": WRITTEN_AT})
            heading = book.add_format({"bold": True})
            for sheet_name, frame in sheets.items():
                sheet = book.add_worksheet(sheet_name)
                top = TICKET_TITLE_ROWS if title else 0
                if title:
                    sheet.write_string(0, 0, f"{title}, {sheet_name}", heading)
                sheet.write_row(top, 0, list(frame.columns), heading)
                for column, label in enumerate(frame.columns):
                    sheet.write_column(top + 1, column, _cells(frame[label]))
        self.paths.append(path)

    def crm(self, persons: pd.DataFrame, records: Records, journeys: Journeys, ids: np.ndarray) -> None:
        """Write customers, leads and contacts as the CRM holds them; `ids` is the CRM number of each case."""
        self._customers(persons, records)
        self._leads(journeys.cases, ids)
        self._contacts(journeys, ids)

    def _customers(self, persons: pd.DataFrame, records: Records) -> None:
        crm = records.crm
        person = crm["person"].to_numpy()
        since = persons["first_order"].to_numpy()[person]
        since = np.where(crm["second"], np.where(crm["created"] >= since, crm["created"], np.nan), since)
        referrer = persons["referrer"].to_numpy()[person]
        first_id = crm[~crm["second"]].set_index("person")["customer_id"]
        others = self.rng.choice(["Online advertisement", "Newsletter", "Social media"], len(crm), p=[0.5, 0.28, 0.22])
        channel = pd.Series(np.where(referrer >= 0, "Referral", others)).map(words.ACQUISITION_IN_DUTCH)
        born = written(crm["birth_date"].to_numpy().astype("datetime64[m]"), "d-m-y", clock=False)
        born[[40, len(born) // 2]] = ["31-02-1985", "00-00-1971"]
        frame = pd.DataFrame(
            {
                "Klantnummer": crm["customer_id"],
                "Voornaam": crm["first"],
                "Tussenvoegsel": crm["prefix"],
                "Achternaam": crm["last"],
                "E-mail": crm["email"],
                "Telefoon": crm["phone"],
                "Postcode": crm["postcode"],
                "Woonplaats": crm["city"],
                "Land": "Nederland",
                "Geboortedatum": born,
                "Segment": crm["segment"].map(words.SEGMENTS_IN_DUTCH),
                "Klant sinds": written(moments(since), "d-m-y", clock=False),
                "Herkomst": channel,
                "Aangebracht door": np.where(referrer >= 0, first_id.reindex(referrer).to_numpy(), ""),
            }
        )
        self.dutch("crm_klanten.csv", pd.concat([frame, frame.iloc[[len(frame) // 3]]]))

    def _leads(self, cases: pd.DataFrame, ids: np.ndarray) -> None:
        chosen = cases["created"].to_numpy() < N_DAYS
        leads, ids = cases[chosen], ids[chosen]
        order = np.argsort(leads["created"].to_numpy(), kind="stable")
        leads, ids = leads.iloc[order], ids[order]
        won = leads["ordered"].to_numpy()
        unknown = np.isnan(won) & (self.rng.random(len(leads)) < 0.05)
        sources = self.rng.choice(["Website", "Winkel", "Nieuwsbrief", "Aanbeveling"], len(leads), p=[0.48, 0.27, 0.15, 0.10])
        created = written(moments(leads["created"].to_numpy()), "d-m-y")
        created[min(100, len(created) - 1)] = "31-11-2024 10:00"
        frame = pd.DataFrame(
            {
                "Leadnummer": [f"L{number:06d}" for number in range(1, len(leads) + 1)],
                "Aangemaakt": created,
                "Bron": sources,
                "Klantnummer": np.where(unknown, "", ids),
                "Gekwalificeerd": written(moments(leads["qualified"].to_numpy()), "d-m-y"),
                "Gewonnen": written(moments(won), "d-m-y"),
                "Verloren": written(moments(leads["lost"].to_numpy()), "d-m-y"),
            }
        )
        self.dutch("crm_leads.csv", frame)

    def _contacts(self, journeys: Journeys, ids: np.ndarray) -> None:
        events = journeys.events[journeys.events["time"] < N_DAYS].sort_values(["time", "case"], kind="stable")
        code, case = events["code"].to_numpy(), events["case"].to_numpy()
        n = len(events)
        minutes = np.array([t.minutes for t in words.TOUCHPOINTS])[code] * self.rng.gamma(4, 0.25, n)
        cost = np.array([t.cost for t in words.TOUCHPOINTS])[code] * self.rng.gamma(9, 1 / 9, n)
        customer = ids[case]
        customer[[n // 3, n // 2]] = ["K999998", "K999999"]
        time = events["time"].to_numpy()
        del events
        outcomes = {"Webshop order": "besteld", "Showroom order": "besteld", "Cancellation call": "geannuleerd"}

        def piece(rows: slice) -> pd.DataFrame:
            def told(values: list[str]) -> np.ndarray:
                return np.array(values, dtype=object)[code[rows]]

            return pd.DataFrame(
                {
                    "Klantnummer": customer[rows],
                    "Tijdstip": written(moments(time[rows]), "d-m-y"),
                    "Contactpunt": told([t.dutch for t in words.TOUCHPOINTS]),
                    "Dossier": ("D" + pd.Series(1_000_001 + case[rows]).astype(str)).to_numpy(),
                    "Kanaal": told([words.CHANNELS_IN_DUTCH[t.channel] for t in words.TOUCHPOINTS]),
                    "Afdeling": told([words.DEPARTMENTS_IN_DUTCH[t.department] for t in words.TOUCHPOINTS]),
                    "Systeem": told([t.system or "" for t in words.TOUCHPOINTS]),
                    "Uitkomst": told([outcomes.get(t.name, "") for t in words.TOUCHPOINTS]),
                    "Duur (min)": _decimal_comma(minutes[rows], 1),
                    "Kosten": _decimal_comma(cost[rows], 2),
                }
            )

        self.dutch("crm_contacten.csv", (piece(slice(at, at + ROWS_AT_A_TIME)) for at in range(0, n, ROWS_AT_A_TIME)))

    def erp(self, persons: pd.DataFrame, records: Records, cases: pd.DataFrame) -> None:
        """Write debtors and orders as the ERP holds them: by its own numbers only."""
        accounts = records.accounts
        frame = pd.DataFrame(
            {
                "Account No": accounts["account_id"],
                "Name": accounts["name"],
                "E-mail": accounts["email"],
                "Phone": accounts["phone"],
                "Post code": accounts["postcode"],
                "City": accounts["city"],
                "Country": "Netherlands",
                "Date of birth": written(accounts["birth_date"].to_numpy().astype("datetime64[m]"), "d/m/y", clock=False),
            }
        )
        self.english("erp_accounts.csv", frame)
        self.english("erp_orders.csv", self._orders(persons, records, cases))

    def _orders(self, persons: pd.DataFrame, records: Records, cases: pd.DataFrame) -> pd.DataFrame:
        orders = cases[cases["ordered"] < N_DAYS].sort_values("ordered", kind="stable")
        person, n = orders["person"].to_numpy(), len(orders)
        first = orders["ordered"].to_numpy() <= persons["first_order"].fillna(np.inf).to_numpy()[person]
        level = np.exp(self.rng.normal(0, 0.3, len(persons)))[person]
        bed = first | (self.rng.random(n) < 0.5)
        gross = np.where(bed, 1240.0, 260.0) * level * self.rng.gamma(8, 1 / 8, n)
        rebate = np.where(first, 0.05 * (self.rng.random(n) < 0.2), 0.10 * (self.rng.random(n) < 0.4))
        goods = gross * self.rng.uniform(0.46, 0.58, n)
        main = records.accounts[~records.accounts["second"]].set_index("person")["account_id"]
        ids = main.reindex(person).to_numpy(dtype=object)
        second = records.second_account_of[person]
        elsewhere = (second >= 0) & ~first & (self.rng.random(n) < 0.5)
        ids[elsewhere] = records.accounts["account_id"].to_numpy()[second[elsewhere]]

        def told(name: str) -> np.ndarray:
            return written(moments(orders[name].to_numpy()), "d/m/y")

        ordered, delivered, revenue = told("ordered"), told("delivered"), (gross - gross * rebate).round(2)
        promised = written(np.datetime64(FIRST_DAY, "m") + np.floor(orders["promised"].to_numpy()).astype(int) * np.timedelta64(1, "D")
                           + np.timedelta64(18, "h"), "d/m/y")  # fmt: skip
        at = np.flatnonzero((orders["delivered"] < N_DAYS - 60) & orders["cancelled"].isna())[: 4 * 5 : 5]
        delivered[at[:2]] = "02/01/2023 12:00"
        revenue[at[2:]] *= -1
        wrong = np.linspace(n // 5, n - n // 5, 3).astype(int)
        ordered[wrong] = ["31/02/2024 10:15", "00/06/2025 09:30", "41/09/2025 16:00"]
        frame = pd.DataFrame(
            {
                "Order No": order_numbers(orders),
                "Account No": ids,
                "Order date": ordered,
                "Net amount": revenue.round(2),
                "Cost of goods": goods.round(2),
                "Discount": (gross * rebate).round(2),
                "Channel": np.where(orders["online"], "webshop", "showroom"),
                "Promised": promised,
                "Shipped": told("shipped"),
                "Delivered": delivered,
                "Returned": told("returned"),
                "Cancelled": told("cancelled"),
            }
        )
        return pd.concat([frame, frame.iloc[[n // 2 + 1]]])

    def survey(self, answers: pd.DataFrame, ids: np.ndarray, cases: pd.DataFrame) -> None:
        """Write the questionnaires in wide form: one row a respondent, one column a question.

        An answer given after the order names it, unless the answer is anonymous.
        """
        case = answers["case"].to_numpy()
        names_order = ~answers["anonymous"].to_numpy() & (answers["code"].to_numpy() >= words.CODE["Webshop order"])
        nps = answers["nps"].astype("Int64").copy()
        nps.iloc[[50, len(nps) // 2]] = 11
        frame = pd.DataFrame(
            {
                "Response": "R" + pd.Series(500_001 + np.arange(len(answers))).astype(str),
                "Completed": written(moments(answers["at"].to_numpy()), "y-m-d"),
                "CRM number": np.where(answers["anonymous"], "", ids[case]),
                "Order No": np.where(names_order, order_numbers(cases)[case], ""),
                "Segment": answers["segment"],
                "About": answers["touchpoint"],
                "Recommend (0-10)": nps,
                "Satisfied (1-5)": answers["csat"].astype("Int64"),
                "Easy (1-7)": answers["ces"].astype("Int64"),
                "Grade (1-10)": answers["overall"],
                "In your own words": answers["comment"],
            }
        )
        for question, kind in (("How good", "performance"), ("How important", "importance")):
            for name in ATTRIBUTES:
                frame[f"{question}: {name}"] = answers[f"{kind} {name}"].astype("Int64")
        self.csv("survey.csv", frame)

    def tickets(self, journeys: Journeys, ids: np.ndarray) -> None:
        """Write the service desk's export: a workbook with a sheet a year and a title above the header."""
        cases = journeys.cases
        chosen = np.flatnonzero(cases["service"].to_numpy() < N_DAYS)
        chosen = chosen[np.argsort(cases["service"].to_numpy()[chosen], kind="stable")]
        opened, n = cases["service"].to_numpy()[chosen], len(chosen)
        chases = cases["chases"].to_numpy()[chosen]
        responded = opened + self.rng.exponential(0.6, n)
        closed = responded + self.rng.exponential(3.5, n)
        topic = np.where(chases, 0, self.rng.integers(1, len(words.TICKET_TOPICS), n))
        invoice = topic == words.TICKET_TOPICS.index("Invoice question")
        frame = pd.DataFrame(
            {
                "Ticket": [f"T-{number:06d}" for number in range(1, n + 1)],
                "Customer": ids[chosen],
                "Opened": moments(opened),
                "First reply": moments(responded),
                "Closed": moments(closed),
                "Topic": np.array(words.TICKET_TOPICS, dtype=object)[topic],
                "Handled by": np.where(invoice, "Finance", np.where(chases, "Logistics", "Customer service")),
                "Cost": (self.rng.gamma(5, 4.2, n) * np.where(chases, 1.5, 1)).round(2),
            }
        )
        years = {str(year): frame[frame["Opened"].dt.year == year] for year in (2024, 2025)}
        self.workbook("tickets.xlsx", years, "Service desk, all tickets")

    def care_plans(self, plans: pd.DataFrame) -> None:
        """Write the care plans as JSON lines."""
        self.text("care_plans.jsonl", plans.to_json(orient="records", lines=True, force_ascii=False))

    def identities(self, records: Records) -> None:
        """Write who is truly who: the answer key for matching within the CRM and between ERP and CRM."""
        first_id = records.crm[~records.crm["second"]].set_index("person")["customer_id"]
        second = records.crm[records.crm["second"]]
        pairs = pd.DataFrame(
            {"kind": "crm_duplicate", "record": second["customer_id"], "is_customer": first_id[second["person"]].to_numpy()}
        )
        accounts = records.accounts.sort_values("account_id")
        links = pd.DataFrame({"kind": "account", "record": accounts["account_id"], "is_customer": first_id[accounts["person"]].to_numpy()})
        self.csv("true_identities.csv", pd.concat([pairs, links]))


def _cells(column: pd.Series) -> list:
    """Values as xlsxwriter takes them: Python's own types, blanks as None."""
    values = column.astype(object).where(column.notna(), None)
    return [value.to_pydatetime() if isinstance(value, pd.Timestamp) else value for value in values]


def _decimal_comma(numbers: np.ndarray, digits: int) -> np.ndarray:
    return np.char.replace(np.char.mod(f"%.{digits}f", numbers), ".", ",")
