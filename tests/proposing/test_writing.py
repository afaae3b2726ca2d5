"""The client file as text: the period, the currency, dates that could be either way."""

import duckdb
import pytest

from cvclib.proposing import client_file_text, profile_files, propose


@pytest.fixture
def written(tmp_path):
    """The client file that is proposed for one file of text."""

    def written(text, name="orders.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with duckdb.connect() as con:
            parts = profile_files(con, [tmp_path / name])
            return client_file_text(con, "firm", propose(con, parts), parts, tmp_path)

    return written


def orders(*, date="2025-{m:02d}-{d:02d}", amount="{i}.50", net="Net amount", last="2025-11-28"):
    rows = [f"A{i},K{i % 7},{date.format(m=i % 11 + 1, d=i % 12 + 1)},{amount.format(i=i)}" for i in range(60)]
    return "\n".join([f"Order No,Customer No,Order date,{net}", *rows, f"A99,K1,{last},{amount.format(i=9)}"]) + "\n"


def test_a_month_of_which_a_weekend_is_missing_counts_as_whole(written):
    """28 November 2025 is a Friday: 29 and 30 are the weekend."""
    assert "period: {start: 2024-12-01, end: 2025-11-30}" in written(orders())


def test_a_month_that_has_only_begun_is_left_out(written):
    assert "period: {start: 2024-11-01, end: 2025-10-31}" in written(orders(last="2025-11-20"))


@pytest.mark.parametrize(
    ("net", "amount", "currency"),
    [
        ("Net amount EUR", "{i}.50", "EUR"),
        ("Net amount", "£{i}.50", "GBP"),
        ("Net amount", "$ {i}.50", "USD"),
        ("Net amount", "{i}.50 CHF", "CHF"),
    ],
)
def test_the_currency_is_told_by_names_and_amounts(written, net, amount, currency):
    text = written(orders(net=net, amount=amount))

    assert f"currency: {currency}  # column '{net}' of orders.csv" in text


def test_a_crown_is_that_of_three_countries_and_not_decided(written):
    assert "put in SEK, NOK or DKK" in written(orders(net="Net amount kr"))


def test_where_nothing_tells_the_currency_that_is_said(written):
    assert "no file tells it" in written(orders())


def test_dates_that_could_be_either_way_are_counted_beside_the_column(written):
    """61 dates, none with a number above 12 in the first or second place; 50 of them have two different numbers there."""
    text = written(orders(date="{d:02d}/{m:02d}/2025", last="05/11/2025"))

    (line,) = (line for line in text.splitlines() if "ordered_at:" in line)
    assert '# ordered_at: {from: "Order date", format: "%d/%m/%Y"}  # 0.75: ' in line
    assert '50 dates could be day/month or month/day; the other is "%m/%d/%Y"' in line
    assert "date_format:" not in text
    assert "\n  orders:\n" not in text


def test_another_column_of_the_file_that_tells_settles_the_dates(written):
    rows = [f"A{i},K{i % 7},{i % 11 + 1:02d}/{i % 12 + 1:02d}/2025,{i % 11 + 1:02d}/{i % 28 + 1:02d}/2025,9.50" for i in range(60)]
    text = written("\n".join(["Order No,Customer No,Order date,Delivered,Net amount", *rows]) + "\n")

    assert 'date_format: "%m/%d/%Y"' in text
    assert "\n      ordered_at: Order date" in text


def test_a_file_without_column_names_is_told_and_nothing_of_it_is_active(written):
    text = written("".join(f"{i:05d},199701{i % 28 + 1:02d},{i}.33\n" for i in range(40)), "purchases.csv")

    assert "purchases.csv" in text
    assert "holds values, no names" in text
    assert "\n    file:" not in text


def test_values_of_a_closed_set_that_are_the_clients_own_are_listed_to_be_translated(written):
    rows = [f"Initiative {i},{1000 * i},2025-0{i % 9 + 1}-01,{'lopend' if i % 2 else 'Done'}" for i in range(1, 30)]
    text = written("\n".join(["Initiative,Cost,Started at,Status", *rows]) + "\n", name="initiatives.csv")

    assert 'status: {from: "Status", values: {"lopend": …}}  # ' in text
    assert "each … becomes one of planned, running, done, stopped" in text
