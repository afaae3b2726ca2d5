"""Which table a file is and which column each of its columns: by names in six languages, by values, by what leads where."""

import duckdb
import pytest

from cvclib.proposing import profile_files, propose


@pytest.fixture
def proposed(tmp_path):
    """Proposals for files given by name and text."""
    con = duckdb.connect()

    def proposed(**files):
        paths = []
        for name, text in files.items():
            paths.append(tmp_path / f"{name}.csv")
            paths[-1].write_text(text, encoding="utf-8")
        return propose(con, profile_files(con, paths))

    return proposed


ORDERS = {
    "English": "Order No,Customer No,Order date,Net amount,Delivered",
    "Dutch": "Bestelnummer,Klantnummer,Besteldatum,Nettobedrag,Bezorgd op",
    "German": "Auftragsnummer,Kundennummer,Bestelldatum,Nettobetrag,Lieferdatum",
    "French": "Numéro de commande,Numéro client,Date de commande,Montant HT,Livré le",
    "Spanish": "Número de pedido,Número de cliente,Fecha de pedido,Importe neto,Fecha de entrega",
    "Portuguese": "Número do pedido,Código do cliente,Data do pedido,Valor líquido,Data de entrega",
}
ROWS = "".join(f"\nA{i:04d},{i % 7:05d},2025-01-{i % 28 + 1:02d},{i}.50,2025-02-{i % 28 + 1:02d}" for i in range(40))


@pytest.mark.parametrize("language", ORDERS)
def test_an_export_is_known_by_its_names_in_six_languages(proposed, language):
    found = next(one for one in proposed(export=ORDERS[language] + ROWS) if one.table == "orders")

    assert found.table == "orders"
    assert found.is_sure
    assert {column.column: column.name for column in found.columns if column.is_sure} == dict(
        zip(["order_id", "customer_id", "ordered_at", "revenue", "delivered_at"], ORDERS[language].split(","), strict=True)
    )


def test_capitals_underscores_and_signs_of_names_do_not_matter(proposed):
    found, _ = proposed(sales="ORDER_ID,customerId,OrderDate,net-amount,DELIVERED_AT" + ROWS)

    assert [column.column for column in found.columns if column.is_sure] == [
        "order_id",
        "customer_id",
        "ordered_at",
        "revenue",
        "delivered_at",
    ]


def test_a_name_whose_values_do_not_suit_is_not_active(proposed):
    found, _ = proposed(orders="Order No,Customer No,Order date,Net amount,Delivered" + ROWS.replace(",2025-02-", ",late "))

    assert "delivered_at" not in {column.column for column in found.columns if column.is_sure}


def test_a_key_that_comes_again_and_again_is_the_key_of_something_else(proposed):
    visits = "".join(f"\n{i % 7:05d},2025-01-{i % 28 + 1:02d} 10:00,Website" for i in range(40))
    (found,) = proposed(export="Customer No,Time,Touchpoint" + visits)

    assert found.table == "interactions"


def test_an_id_that_leads_to_nobody_is_in_doubt(proposed):
    customers = "Customer No,City\n" + "\n".join(f"K{i},Delft" for i in range(20))
    found = {one.table: one for one in proposed(customers=customers, orders=ORDERS["English"] + ROWS)}

    (customer,) = (column for column in found["orders"].columns if column.column == "customer_id")
    assert not customer.is_sure
    assert "0% of its values are found where it leads" in customer.why


def test_a_column_a_question_becomes_rows(proposed):
    answers = "".join(f"\n{i},2025-03-{i % 28 + 1:02d},{i % 11},{i % 5 + 1},{i % 5 + 1},{(i + 2) % 5 + 1}" for i in range(60))
    survey, ratings = proposed(
        survey="Response,Completed,Would you recommend us?,How good: price,How good: range,How good: service" + answers
    )

    assert survey.table == "survey"
    assert survey.unpivot.columns == {"Would you recommend us?": "nps"}
    assert ratings.table == "attribute_ratings"
    assert ratings.unpivot.columns == {"How good: price": "price", "How good: range": "range", "How good: service": "service"}
    assert ratings.unpivot.value_to == "performance"


def test_a_file_that_is_none_of_the_tables_is_left(proposed):
    assert proposed(weather="station,temperature,humidity" + "".join(f"\nx{i % 3},{i}.5,0.{i}" for i in range(30))) == []


def test_a_lone_score_beside_a_number_of_the_answer_is_a_survey(proposed):
    (found,) = proposed(reviews="review_id,order_id,review_score" + "".join(f"\nr{i},o{i},{i % 5 + 1}" for i in range(40)))

    assert (found.table, found.unpivot.columns) == ("survey", {"review_score": "overall"})
    assert found.is_sure


def test_ratings_with_their_attribute_beside_them_stay_rows(proposed):
    rows = "".join(f"\nr{i},{'price' if i % 2 else 'range'},{i % 5 + 1}" for i in range(40))
    (found,) = proposed(panel="respondent,attribute,rating" + rows)

    assert (found.table, found.unpivot) == ("attribute_ratings", None)


def test_a_log_without_customers_may_take_the_case_for_one_but_is_not_active(proposed):
    rows = "".join(f"\ncase {i // 4},step {i % 4},2025-01-{i % 28 + 1:02d} 10:00" for i in range(80))
    (found,) = proposed(log="case:concept:name,concept:name,time:timestamp" + rows)

    (customer,) = (column for column in found.columns if column.column == "customer_id")
    assert (found.table, found.is_sure, customer.name, customer.is_sure) == ("interactions", False, "case:concept:name", False)


def test_lines_of_orders_are_added_up_and_customers_are_taken_from_them(proposed):
    rows = "".join(f"\nA{i // 5},K{i // 5 % 7},2025-01-{i // 5 % 28 + 1:02d},{i % 3 + 1},2.50" for i in range(200))
    orders, customers = proposed(export="Invoice,Customer ID,Invoice date,Quantity,Unit price" + rows)

    assert orders.is_sure
    assert dict(orders.made) == {"revenue": 'Quantity * "Unit price"'}
    assert dict(orders.combine) == {"ordered_at": "min", "revenue": "sum"}
    assert customers.table == "customers"
    assert {column.column: column.name for column in customers.columns} == {"customer_id": "Customer ID", "acquired_at": "Invoice date"}


def test_a_name_in_parts_is_put_together(proposed):
    rows = "".join(f"\nK{i},An,de,Wit {i},Delft" for i in range(20))
    (found,) = proposed(klanten="Klantnummer,Voornaam,Tussenvoegsel,Achternaam,Woonplaats" + rows)

    assert dict(found.made) == {"name": "concat_ws(' ', Voornaam, nullif(Tussenvoegsel, ''), Achternaam)"}


def test_purchases_without_a_number_are_proposed_as_a_customer_and_a_time_and_left_to_the_reader(proposed):
    (found,) = proposed(purchases="cust,date\n" + "".join(f"{i % 9},2025-03-{i % 28 + 1:02d}\n" for i in range(60)))

    assert (found.table, found.is_sure) == ("orders", False)
    assert found.made == (("order_id", "concat_ws(' ', cust, date)"),)
    assert "no column numbers the orders" in found.why


def test_a_key_beside_which_another_number_repeats_is_in_doubt(proposed):
    rows = "".join(f"v{i},p{i % 40},Delft\n" for i in range(60))
    (found,) = proposed(customers="customer_id,customer_unique_id,city\n" + rows)

    key = next(one for one in found.columns if one.column == "customer_id")
    assert not key.is_sure
    assert key.others == ("customer_unique_id",)


def test_a_log_all_of_whose_columns_bear_their_names_is_sure_whatever_else_it_holds(proposed):
    more = ",".join(f"x{i}" for i in range(12))
    rows = "".join(f"c{i % 9},2025-03-{i % 28 + 1:02d} 10:00,Call,{','.join(['z'] * 12)}\n" for i in range(60))
    (found,) = proposed(export=f"customer,time:timestamp,concept:name,{more}\n" + rows)

    assert (found.table, found.is_sure) == ("interactions", True)


def test_a_second_rating_of_the_same_attributes_is_marked_so_that_no_key_comes_twice(proposed):
    rows = "".join(f"\n{i},{i % 5 + 1},{i % 4 + 1},{i % 3 + 1},{(i + 1) % 5 + 1},{(i + 2) % 5 + 1},{i % 5 + 1}" for i in range(60))
    names = "How good: price,How good: range,How good: service,How important: price,How important: range,How important: service"
    good, important = proposed(survey="Response," + names + rows)

    assert good.made == ()
    assert (important.unpivot.value_to, important.made) == ("importance", (("response_id", "concat(Response, '-stated')"),))
    assert important.is_sure


def test_two_numbers_that_both_could_be_the_key_leave_it_to_the_reader(proposed):
    rows = "".join(f"\nn{i},p{i % 35},Delft" for i in range(40))
    (found,) = proposed(customers="customer_id,customer_unique_id,city" + rows)

    (key,) = (column for column in found.columns if column.column == "customer_id")
    assert not key.is_sure
    assert key.others == ("customer_unique_id",)
