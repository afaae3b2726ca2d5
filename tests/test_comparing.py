"""Clients and periods side by side: who stands out, what is left out, and the page."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cvclib.cli.group import cli
from cvclib.comparing import compare_clients, compare_periods
from cvclib.errors import InputError
from cvclib.params import Period
from cvclib.render.exhibit_page import write_exhibit_page


def write_client(folder, name, late, n=200, currency="EUR", seed=1):
    rng = np.random.default_rng(seed)
    ordered = pd.Timestamp("2024-01-05") + pd.to_timedelta(np.arange(n) * 720 // n, unit="D")
    promised = ordered + pd.Timedelta(days=10)
    delivered = promised + pd.to_timedelta(np.where(rng.random(n) < late, 3, -1), unit="D")
    orders = pd.DataFrame({"order_id": range(n), "customer_id": [f"k{i % 40}" for i in range(n)]})
    orders = orders.assign(ordered_at=ordered, promised_at=promised, delivered_at=delivered, revenue=rng.gamma(2, 50, n).round(2))
    orders.to_csv(folder / f"{name}.csv", index=False)
    path = folder / f"{name}.yaml"
    columns = ", ".join(f"{c}: {c}" for c in orders)
    path.write_text(
        f"client: {name}\ncurrency: {currency}\nperiod: {{start: 2025-01-01, end: 2025-12-31}}\n"
        f"tables: {{orders: {{file: {name}.csv, columns: {{{columns}}}}}}}\n"
    )
    return path


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Nine clients alike, the tenth far later."""
    folder = tmp_path_factory.mktemp("clients")
    return [write_client(folder, f"client-{i}", 0.5 if i == 9 else 0.1, seed=i) for i in range(10)]


@pytest.fixture(scope="module")
def compared(paths):
    broken = paths[0].with_name("broken.yaml")
    broken.write_text("client: Broken\ncurency: EUR\nperiod: {start: 2025-01-01, end: 2025-12-31}\ntables: {ordrs: {}}\n")
    return compare_clients([*paths, broken], ["on_time_share", "average_order_value", "orders"])


def test_the_planted_client_stands_out_and_no_other(compared):
    assert compared.lead[-1] == "Standing out in at least one KPI: client-9."


def test_each_kpi_with_an_interval_has_a_funnel_and_a_total_has_none(compared):
    assert [heading for heading, _ in compared.sections] == [
        "Delivered on time", "Average order value", "All KPIs side by side", "The clients",
    ]  # fmt: skip


def test_a_bad_client_file_is_listed_with_all_its_reasons_and_stops_nothing(compared):
    [(name, why)] = compared.left_out
    assert name == "broken.yaml"
    assert "Did you mean 'orders'?" in why
    assert "Did you mean 'currency'?" in why


def test_money_in_two_currencies_is_not_put_in_a_funnel(tmp_path):
    clients = [write_client(tmp_path, f"c{i}", 0.1, n=60, currency="SEK" if i else "EUR", seed=i) for i in range(8)]
    found = compare_clients(clients, ["average_order_value", "on_time_share"])
    assert next(heading for heading, _ in found.sections) == "Delivered on time"
    assert "Average order value" not in [heading for heading, _ in found.sections]


def test_a_client_below_its_minimum_group_is_hidden(tmp_path):
    found = compare_clients([write_client(tmp_path, "few", 0.1, n=6), write_client(tmp_path, "many", 0.1)], ["on_time_share"])
    table = dict(found.sections)["All KPIs side by side"][0]
    assert table.frame.set_index("client").loc["few", "on_time_share"] == "too few to show"


def test_few_clients_are_tabled_and_nobody_stands_out(paths):
    found = compare_clients(paths[-2:], ["on_time_share"])
    assert "too few for a funnel" in found.lead[-1]


def test_an_unknown_kpi_is_told_with_its_nearest_name(paths):
    with pytest.raises(InputError, match="Did you mean 'on_time_share'"):
        compare_clients(paths, ["on_time_shares"])


def test_two_periods_of_one_client_are_tested(tmp_path):
    path = write_client(tmp_path, "one", 0.1)
    found = compare_periods(path, Period(start="2025-01-01", end="2025-06-30"), Period(start="2024-01-01", end="2024-06-30"))
    table = found.sections[0][1][0]
    assert table.labels["before"] == "2024-01-01 to 2024-06-30"
    assert table.frame.set_index("kpi").loc["Delivered on time", "verdict"] == "no clear change"


def test_the_page_is_one_file_that_asks_for_nothing(compared, tmp_path):
    page = tmp_path / "page.html"
    write_exhibit_page(page, compared.title, compared.lead, compared.sections, compared.left_out)
    html = page.read_text(encoding="utf-8")
    assert "default-src &#39;none&#39;" in html
    assert not re.search(r"<script|<link|src=\"http", html)
    assert html.count('role="img"') == html.count("<svg")
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_the_command_tells_a_bad_file_writes_the_page_and_ends_with_2(paths, compared, tmp_path):
    out = tmp_path / "page.html"
    files = [str(p) for p in (*paths[:2], paths[0].with_name("broken.yaml"))]
    said = CliRunner().invoke(cli, ["compare", *files, "--kpi", "orders", "--out", str(out)])
    assert said.exit_code == 2
    assert "curency" in said.output
    assert out.is_file()
