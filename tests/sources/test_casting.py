"""Numbers, dates, ids and categories as clients write them."""

import pytest

PRICES = {"file": "../data/a.csv", "columns": {"brand": "b", "price": "p"}}
INITIATIVES = {"file": "../data/a.csv", "columns": {"initiative": "i", "started_at": "s"}}


def prices(shop, *texts, **spec):
    shop.write("a.csv", "b\tp\n" + "".join(f"m{i}\t{text}\n" for i, text in enumerate(texts)))
    return shop.open({"prices": {**PRICES, "delimiter": "\t", **spec}}).column("prices", "price")


def starts(shop, *texts, spec=None, column=None, **settings):
    shop.write("a.csv", "i\ts\n" + "".join(f"n{i}\t{text}\n" for i, text in enumerate(texts)))
    mapping = {**INITIATIVES, "delimiter": "\t", **(spec or {})}
    if column:
        mapping["columns"] = {**mapping["columns"], "started_at": {"from": "s", **column}}
    found = shop.open({"initiatives": mapping}, **settings).column("initiatives", "started_at")
    return [None if value is None else str(value).removesuffix(" 00:00:00") for value in found]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.234,50", "12", "3,5"], [1234.5, 12, 3.5]),
        (["1,234.50", "12", "3.5"], [1234.5, 12, 3.5]),
        (["1 234,50", "1\u00a0234,50"], [1234.5, 1234.5]),
        (["1'234.50", "1’000.25"], [1234.5, 1000.25]),
        (["€ 12,50", "12,50 €", "EUR 3,25"], [12.5, 12.5, 3.25]),
        (["1.234.567", "12"], [1234567, 12]),
        (["1e3", "2.5"], [1000, 2.5]),
        (["0.125", "1.250"], [0.125, 1.25]),
    ],
)
def test_numbers_are_read_by_the_decimal_mark_that_the_column_shows(shop, texts, numbers):
    assert prices(shop, *texts) == numbers


@pytest.mark.parametrize("text", ["abc", "nan", "inf", "1.2.3,4", "12%", "0x10", "1,2,3"])
def test_what_is_no_number_is_rejected(shop, text):
    assert prices(shop, "1.50", text) == [1.5]
    assert shop.rejected["row"].tolist() == [3]


def test_a_stated_decimal_mark_wins(shop):
    assert prices(shop, "1.250", decimal=",") == [1250]
    assert prices(shop, "1.250", decimal=".") == [1.25]


def test_a_number_that_could_be_two_is_noted(shop):
    """1.234 is a thousand and some with a decimal comma, little more than one with a point."""
    assert prices(shop, "1.234", "2.345") == [1.234, 2.345]
    assert shop.check("prices.price.ambiguous_numbers") == (2, "keep")


def test_a_minus_behind_and_parentheses_mean_less_than_nothing(shop):
    shop.write("a.csv", "o;c;d;m\n1;a;2025-01-01;12,50-\n2;a;2025-01-02;(3,00)\n3;a;2025-01-03;-1,25\n")
    spec = {"file": "../data/a.csv", "columns": {"order_id": "o", "customer_id": "c", "ordered_at": "d", "margin": "m"}}
    assert shop.open({"orders": spec}).column("orders", "margin") == [-12.5, -3, -1.25]


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["2025-03-04", "2025-12-31"], ["2025-03-04", "2025-12-31"]),
        (["2025-03-04 10:30", "2025-03-04T10:30:15.250"], ["2025-03-04 10:30:00", "2025-03-04 10:30:15.250000"]),
        (["31-12-2025", "4-3-2025"], ["2025-12-31", "2025-03-04"]),
        (["12/31/2025", "3/4/2025"], ["2025-12-31", "2025-03-04"]),
        (["31.12.25", "04.03.25"], ["2025-12-31", "2025-03-04"]),
        (["31/12/2025 9:05", "04/03/2025"], ["2025-12-31 09:05:00", "2025-03-04"]),
        (["12/31/2025 09:05 PM", "01/02/2025 12:00 AM"], ["2025-12-31 21:05:00", "2025-01-02"]),
        (["31 12 2025", "4 3 2025 10:00"], ["2025-12-31", "2025-03-04 10:00:00"]),
        (["31-12-2025T10:00", "04-03-2025, 11:00"], ["2025-12-31 10:00:00", "2025-03-04 11:00:00"]),
        (["20250304", "20251231"], ["2025-03-04", "2025-12-31"]),
        (["2025/03/04", "2025/12/31"], ["2025-03-04", "2025-12-31"]),
        (["4 Mar 2025", "31 December 2025"], ["2025-03-04", "2025-12-31"]),
        (["March 4, 2025", "Dec 31, 2025"], ["2025-03-04", "2025-12-31"]),
        (["45000", "45001.5"], ["2023-03-15", "2023-03-16 12:00:00"]),
    ],
)
def test_dates_are_read_in_the_format_that_all_of_a_column_fits(shop, texts, days):
    assert starts(shop, *texts) == days


def test_thirteen_can_be_no_month(shop):
    """One 13 in the first place settles that days come first, for the whole column."""
    assert starts(shop, "01/02/2025", "13/02/2025") == ["2025-02-01", "2025-02-13"]
    assert starts(shop, "01/02/2025", "02/13/2025") == ["2025-01-02", "2025-02-13"]


def test_dates_that_could_be_two_days_are_told_never_guessed_in_silence(shop):
    starts(shop, "01/02/2025", "03/04/2025", "05/05/2025")
    assert shop.check("initiatives.started_at.ambiguous_dates") == (2, "keep")  # the fifth of May is the same either way
    meaning = shop.meta("checks").set_index("check").loc["initiatives.started_at.ambiguous_dates", "meaning"]
    assert "day/month or month/day" in meaning
    assert "'s'" in meaning


def test_a_client_who_wants_no_doubt_is_asked_for_the_format(shop):
    shop.write("a.csv", "i;s\nn;01/02/2025\n")
    message = shop.problems({"initiatives": INITIATIVES}, checks={"initiatives.started_at.ambiguous_dates": "reject"})
    assert "day/month" in message[0]
    assert "'%d/%m/%Y'" in message[0]


def test_a_column_that_mixes_both_orders_is_told(shop):
    starts(shop, "13/02/2025", "14/02/2025", "02/13/2025", "01/02/2025")
    assert shop.check("initiatives.started_at.ambiguous_dates")[0] == 1
    assert shop.rejected["value"].tolist() == ["02/13/2025"]


def test_stated_formats_win_over_what_the_values_look_like(shop):
    assert starts(shop, "01/02/2025", column={"format": "%m/%d/%Y"}) == ["2025-01-02"]
    assert starts(shop, "01/02/2025", spec={"date_format": "%m/%d/%Y"}) == ["2025-01-02"]
    assert shop.meta("checks")["check"].str.contains("ambiguous").sum() == 0


def test_the_stated_order_of_day_and_month_holds_for_dates_without_the_time_too(shop):
    assert starts(shop, "01/02/2025 10:00", "03/04/2025", spec={"date_format": "%d/%m/%Y %H:%M"}) == ["2025-02-01 10:00:00", "2025-04-03"]


def test_another_column_of_the_file_settles_the_order_but_the_doubt_is_told(shop):
    shop.write("a.csv", "l;c;q\n1;13/02/2025;01/03/2025\n")
    spec = {"file": "../data/a.csv", "columns": {"lead_id": "l", "qualified_at": "q", "created_at": "c"}}
    assert str(shop.open({"leads": spec}).column("leads", "qualified_at")[0]) == "2025-03-01 00:00:00"
    spec["file"] = "../data/b.csv"
    shop.write("b.csv", "l;c;q\n1;02/13/2025;03/01/2025\n")
    assert str(shop.open({"leads": spec}).column("leads", "qualified_at")[0]) == "2025-03-01 00:00:00"
    assert shop.check("leads.qualified_at.ambiguous_dates") == (1, "keep")


def test_times_with_an_offset_become_local_time(shop):
    """Noon in New York (-05:00) is six in the evening in Amsterdam in winter."""
    texts = ["2025-01-01T12:00:00-05:00", "2025-07-01T10:00:00Z", "2025-07-01 10:00:00 +0200", "2025-01-01 09:00"]
    found = starts(shop, *texts, timezone="Europe/Amsterdam")
    assert found == ["2025-01-01 18:00:00", "2025-07-01 12:00:00", "2025-07-01 10:00:00", "2025-01-01 09:00:00"]


def test_without_a_timezone_an_offset_is_passed_over_and_told(shop):
    assert starts(shop, "2025-01-01T12:00:00-05:00") == ["2025-01-01 12:00:00"]
    assert shop.check("initiatives.started_at.offset_without_timezone") == (1, "keep")


@pytest.mark.parametrize("text", ["2025-02-30", "9999-12-31", "0001-01-01", "04-03-2025x", "tomorrow", "infinity", "epoch"])
def test_what_is_no_believable_date_is_left_blank(shop, text):
    assert starts(shop, "2025-03-04", text) == ["2025-03-04", None]
    assert shop.rejected["action"].tolist() == ["cell left blank"]


@pytest.mark.parametrize("blank", ["", "NA", "N/A", "n/a", "NULL", "none", "-", "?", "  ", "\u00a0"])
def test_the_usual_blanks_are_blank(shop, blank):
    assert starts(shop, "2025-03-04", blank) == ["2025-03-04", None]
    assert len(shop.rejected) == 0


def test_a_client_can_name_blanks_of_its_own(shop):
    assert starts(shop, "2025-03-04", "onbekend", spec={"blanks": ["Onbekend"]}) == ["2025-03-04", None]
    assert len(shop.rejected) == 0


def test_ids_stay_as_they_are_save_a_point_zero_on_all_of_them(shop):
    shop.write("a.csv", "a;c\n00123;1.0\n12.0;2.0\nX;\n")
    shop.open({"accounts": {"file": "../data/a.csv", "columns": {"account_id": "a", "customer_id": "c"}}})
    assert shop.rows("accounts", "account_id", "customer_id") == [("00123", "1"), ("12.0", "2"), ("X", None)]


def test_a_closed_set_is_compared_without_regard_to_case_spaces_and_underscores(shop):
    shop.write("a.csv", "a;c;k\nBuy;Marketing and Sales;Charges for\nMake; OPERATIONS ;erodes\nSell;sales;creates\n")
    shop.open({"activities": {"file": "../data/a.csv", "columns": {"activity": "a", "category": "c", "kind": "k"}}})
    assert shop.rows("activities", "category", "kind") == [
        ("marketing_and_sales", "charges_for"),
        ("operations", "erodes"),
        (None, "creates"),
    ]
    assert "one of inbound_logistics" in shop.rejected["reason"][0]


def test_values_can_be_replaced_and_null_makes_a_blank(shop):
    shop.write("a.csv", "t;s\nA;koop\nB;-\nC;weg\n")
    columns = {"touchpoint": "t", "stage": {"from": "s", "values": {"koop": "purchase", "-": "awareness", "weg": None}}}
    shop.open({"touchpoints": {"file": "../data/a.csv", "columns": columns}})
    assert shop.column("touchpoints", "stage") == ["purchase", "awareness", None]
    assert len(shop.rejected) == 0


def test_scores_must_lie_on_the_scale_of_their_metric(shop):
    shop.write("a.csv", "r,m,s\n1,NPS,10\n2,nps,11\n3,csat,5\n4,csat,0\n5,CES,7\n6,overall,10\n")
    spec = {"file": "../data/a.csv", "columns": {"response_id": "r", "metric": "m", "score": "s"}}
    shop.open({"survey": spec}, scales={"overall": [1, 10]})
    assert shop.column("survey", "response_id") == ["1", "3", "5", "6"]
    assert shop.check("survey.score.range") == (2, "reject")
    assert shop.open({"survey": spec}, checks={"survey.score.range": "keep"}).column("survey", "score") == [10, 11, 5, 0, 7, 10]


def test_a_cell_off_its_scale_is_left_blank_or_costs_the_row_as_the_client_says(shop):
    shop.write("a.csv", "r,a,p,i\n1,x,5,9\n")
    spec = {"file": "../data/a.csv", "columns": {"response_id": "r", "attribute": "a", "performance": "p", "importance": "i"}}
    assert shop.open({"attribute_ratings": spec}).rows("attribute_ratings", "performance", "importance") == [(5, None)]
    assert shop.check("attribute_ratings.importance.range") == (1, "blank")
    assert (
        shop.open({"attribute_ratings": spec}, checks={"attribute_ratings.importance.range": "reject"}).column("attribute_ratings", "brand")
        == []
    )


def test_whole_numbers_must_be_whole(shop):
    shop.write("a.csv", "r,a,f,d\n1,x,1,5.0\n2,x,1.5,5\n")
    spec = {"file": "../data/a.csv", "columns": {"response_id": "r", "attribute": "a", "functional": "f", "dysfunctional": "d"}}
    assert shop.open({"kano": spec}).column("kano", "response_id") == ["1"]
