"""The demonstration client: a made-up bed retailer whose data is generated from known truths.

`planted_truths` says what is true, `write_demo` writes two years of exports that come out of it. The same
seed gives the same bytes; another seed gives another client, such as one for an exam.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from cvclib.demo import answers, company
from cvclib.demo.drawing import planted_truths
from cvclib.demo.exports import FAULTS, Exporter, written
from cvclib.demo.journeys import FIRST_DAY, Journeys, live
from cvclib.demo.population import N_DAYS, Records, draw_persons, write_records
from cvclib.demo.truths import DEMO_SEED, PlantedTruths

PLAN_SHARE = 0.35  # of buyers whose bed has come, who take a mattress-care plan
PLAN_PRICES = (9.95, 14.95)
DATA_FOLDER = "../data/nordic-beds/"  # as the committed client file of nordic-beds names it
FEWEST_CUSTOMERS = 200
LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 64" width="240" height="64" role="img" aria-label="{name}">
<g fill="none" stroke="#0b5cad" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">
<path d="M8 52V16M8 42H64M64 52V34Q64 28 58 28H28V42"/><circle cx="18" cy="30" r="5"/></g>
<path d="M52 4l2.4 6.6L61 13l-6.6 2.4L52 22l-2.4-6.6L43 13l6.600-2.400z" fill="#e69f00"/>
<text x="78" y="41" font-family="Georgia, serif" font-size="25" fill="#12324f">{name}</text></svg>
"""


def write_demo(out_dir: str | Path, seed: int = DEMO_SEED, n_customers: int = 2000) -> list[Path]:
    """Write a demonstration client: its exports, its client file and the truths behind them.

    Parameters
    ----------
    out_dir : path
        Folder to write into, made where it is not there; its name becomes the client file's name.
    seed : int
        1 is nordic-beds; any other from 0 on draws a client of its own.
    n_customers : int
        Records in the CRM, 200 at least.

    Returns
    -------
    list of Path
        The files written: the exports, ``logo.svg``, ``<folder>.yaml``, and, as the answer key,
        ``planted_truths.yaml`` and ``true_identities.csv``.

    Raises
    ------
    ValueError
        If the seed is negative or the customers are too few to show anything.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write_demo(Path(folder) / "my-exam", seed=7, n_customers=300)
    >>> [path.name for path in files][:3], files[-3].name
    (['crm_klanten.csv', 'crm_leads.csv', 'crm_contacten.csv'], 'my-exam.yaml')
    """
    if seed < 0:
        raise ValueError(f"seed must be 0 or above, but is {seed}")
    if n_customers < FEWEST_CUSTOMERS:
        raise ValueError(f"n_customers must be {FEWEST_CUSTOMERS} or more, but is {n_customers}")
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    truths = planted_truths(seed)
    rng = np.random.default_rng(seed)
    persons, journeys = live(rng, truths, draw_persons(rng, truths, n_customers))
    cases = journeys.cases
    ordered = np.isin(np.arange(len(persons)), cases["person"][cases["ordered"] < N_DAYS])
    records = write_records(rng, truths, persons, ordered)
    ids = _ids_of_cases(rng, records, cases)

    files = Exporter(folder, rng, truths)
    files.crm(persons, records, journeys, ids)
    files.erp(persons, records, cases)
    files.survey(answers.survey(rng, truths, persons, journeys), ids, cases)
    files.tickets(journeys, ids)
    files.care_plans(_care_plans(rng, truths, persons, records, cases))
    files.csv("referrals.csv", _referrals(rng, truths, persons, records))
    files.csv("kano.tsv", answers.kano(rng, truths), delimiter="\t")
    files.csv("brand_panel.csv", answers.brand_panel(rng, truths))
    files.workbook("workshop.xlsx", _workshop(rng, truths, n_customers))
    files.text("logo.svg", LOGO.format(name=client_name(folder, seed)))
    files.text(f"{folder.resolve().name}.yaml", client_file(folder, seed))
    files.text("planted_truths.yaml", truths.to_yaml() + _faults_as_yaml())
    files.identities(records)
    return files.paths


def client_file_of_nordic_beds() -> str:
    """Client file of nordic-beds, word for word as in ``params/nordic-beds.yaml``."""
    return resources.files("cvclib.demo").joinpath("nordic-beds.yaml").read_text("utf-8")


def client_file(folder: Path, seed: int) -> str:
    """Client file to lie beside the data in `folder`: that of nordic-beds with name and paths changed."""
    lines = client_file_of_nordic_beds().replace(DATA_FOLDER, "").splitlines(keepends=True)
    lines = [line for line in lines if not line.startswith("# yaml-language-server")]
    return "".join(lines).replace("client: Nordic Beds\n", f"client: {client_name(folder, seed)}\n")


def client_name(folder: Path, seed: int) -> str:
    """Name of the client, as its report prints it."""
    return "Nordic Beds" if seed == DEMO_SEED else f"Demonstration client {seed}"


def _ids_of_cases(rng: np.random.Generator, records: Records, cases: pd.DataFrame) -> np.ndarray:
    """CRM number under which each case was recorded: the second record takes half of what begins after it."""
    crm = records.crm
    person = cases["person"].to_numpy()
    first_row = crm[~crm["second"]].reset_index().set_index("person")["index"]
    row = first_row[person].to_numpy()
    second = records.second_crm_of[person]
    created = crm["created"].to_numpy()[np.maximum(second, 0)]
    taken = (second >= 0) & (cases["began"].to_numpy() > created) & (rng.random(len(cases)) < 0.5)
    return crm["customer_id"].to_numpy(dtype=object)[np.where(taken, second, row)]


def _care_plans(
    rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame, records: Records, cases: pd.DataFrame
) -> pd.DataFrame:
    """Care plans by the month: shifted beta-geometric, from the month after the first bed came."""
    first = cases[cases["delivered"] < N_DAYS].groupby("person")["delivered"].min()
    first = first[rng.random(len(first)) < PLAN_SHARE]
    who = first.index.to_numpy()
    starts = (np.datetime64(FIRST_DAY, "D") + first.to_numpy().astype(int)).astype("datetime64[M]") + 1
    leaves = stats.beta.ppf(1 - persons["loyalty"].to_numpy()[who], truths.contract_alpha, truths.contract_beta)
    months = rng.geometric(np.clip(leaves, 1e-9, 1))
    months = np.minimum(months, 1200)
    last = (starts + months).astype("datetime64[D]") - 1
    until = np.datetime64(FIRST_DAY, "D") + N_DAYS
    begun = starts.astype("datetime64[D]") < until
    ended = written(np.where(last < until, last, np.datetime64("NaT")).astype("datetime64[m]"), "y-m-d", clock=False)
    first_id = records.crm[~records.crm["second"]].set_index("person")["customer_id"]
    plans = pd.DataFrame(
        {
            "customer": first_id[who].to_numpy(),
            "start": written(starts.astype("datetime64[m]"), "y-m-d", clock=False),
            "end": pd.Series(ended, dtype=object).where(ended != "", None),
            "monthly_fee": np.array(PLAN_PRICES)[rng.integers(0, 2, len(who))],
        }
    )
    return plans[begun].sort_values(["start", "customer"], ignore_index=True)


def _referrals(rng: np.random.Generator, truths: PlantedTruths, persons: pd.DataFrame, records: Records) -> pd.DataFrame:
    """Referrals: those who came, and as many who did not that the planted share of all ends in an order."""
    first_id = records.crm[~records.crm["second"]].set_index("person")["customer_id"]
    came = np.flatnonzero(persons["referrer"] >= 0)
    first_order = persons["first_order"].to_numpy()
    begun = persons["start"].to_numpy()[came] - rng.uniform(0.5, 7, len(came))
    n_bought = int((~np.isnan(first_order[came])).sum())
    n_lost = max(round(n_bought / truths.referral_conversion) - len(came), 0)
    lost_from = persons["referrer"].to_numpy()[came][rng.integers(0, max(len(came), 1), n_lost)] if len(came) else np.empty(0, int)
    lost_at = first_order[lost_from] + rng.random(n_lost) * (N_DAYS - first_order[lost_from])
    frame = pd.DataFrame(
        {
            "time": np.concatenate([begun, lost_at]),
            "Referred by": first_id[np.concatenate([persons["referrer"].to_numpy()[came], lost_from])].to_numpy(),
            "New customer": np.concatenate([first_id[came].to_numpy(dtype=object), np.full(n_lost, "", dtype=object)]),
            "bought": np.concatenate([first_order[came], np.full(n_lost, np.nan)]),
        }
    ).sort_values(["time", "Referred by"], kind="stable", ignore_index=True)
    start = np.datetime64(FIRST_DAY, "D")
    for label, column in (("Referred on", "time"), ("First order", "bought")):
        days = frame[column].to_numpy()
        known = ~np.isnan(days)
        dates = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[m]")
        dates[known] = start + np.floor(days[known]).astype(int)
        frame[label] = written(dates, "y-m-d", clock=False)
    return frame[["Referred by", "New customer", "Referred on", "First order"]]


def _workshop(rng: np.random.Generator, truths: PlantedTruths, n_customers: int) -> dict[str, pd.DataFrame]:
    """Sheets of the workshop's notes."""
    return {
        "Touchpoints": company.touchpoints(),
        "Activities": company.activities(n_customers),
        "Roles": company.roles(truths),
        "Systems": company.systems(),
        "Initiatives": company.initiatives(truths, n_customers),
        "Department views": answers.department_views(rng, truths),
        "Quotes": answers.quotes(truths),
        "Prices": answers.prices(),
    }


def _faults_as_yaml() -> str:
    """The rows that are wrong on purpose, as a list below the truths."""
    lines = [f"- {{file: {file}, what: {what!r}, rows: {n}, lost: {lost}}}\n" for file, what, n, lost in FAULTS]
    return "identities: true_identities.csv\nfaults:\n" + "".join(lines)


__all__ = [
    "DEMO_SEED",
    "Journeys",
    "PlantedTruths",
    "client_file",
    "client_file_of_nordic_beds",
    "planted_truths",
    "write_demo",
]
