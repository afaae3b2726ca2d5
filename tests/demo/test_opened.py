"""The demonstration client opened through its client file: every table filled, only the faulty rows lost."""

import pytest

from cvclib.client import Client
from cvclib.demo import write_demo
from cvclib.demo.exports import FAULTS
from cvclib.sources import META_SCHEMA
from cvclib.sources.cache import FOLDER_VARIABLE
from cvclib.tables import TABLES

# Left empty on purpose: the ERP does not know CRM numbers, and no answer carries a weight.
# What the made-up company does not know: numbers shared by its systems, weights, prices in parts, when records were entered.
EMPTY = {
    "accounts.address", "accounts.customer_id", "attribute_ratings.weight", "customers.address", "department_views.rater",
    "interactions.completed_at", "interactions.recorded_at", "kano.weight", "orders.customer_id", "orders.recorded_at",
    "prices.component", "prices.measure", "prices.weight", "survey.weight", "tickets.recorded_at", "tickets.reopened_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo-opened")
    write_demo(folder, seed=2, n_customers=300)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield Client.open(folder / f"{folder.name}.yaml")


def test_every_canonical_table_and_column_is_filled(opened):
    inventory = opened.inventory
    empty = inventory[inventory["filled"] == 0]

    assert set(opened.table_names) == set(TABLES)
    assert set(empty["table"] + "." + empty["column"]) == EMPTY


def test_what_is_rejected_or_blanked_is_what_was_made_faulty(opened):
    rejected = opened.connection.table("rejected_rows", database=META_SCHEMA).to_pandas()
    rows = rejected[rejected["action"] == "row left out"]
    file = rows["file"].str.rsplit("/").str[-1]

    expected = {}
    for name, _, n, lost in FAULTS:
        expected[name] = expected.get(name, 0) + n * (lost == "row")
    assert file.value_counts().to_dict() == expected
    assert len(rejected) - len(rows) == sum(n for _, _, n, lost in FAULTS if lost == "cell")


def test_names_and_words_arrive_as_they_are(opened):
    assert set(opened.segments) <= {"Young families", "Couples", "Seniors", "Starters", "Hospitality"}
    departments = opened.tables.interactions.department.as_table().distinct().to_pandas()["department"]
    assert set(departments) == {"Marketing", "E-commerce", "Sales", "Finance", "Logistics", "Customer service"}
    names = opened.tables.customers.name.to_pandas()
    assert names.str.contains("[^\\x00-\\x7f]").any()
    assert not names.str.contains("  ").any()


def test_an_answer_names_an_order_that_is_there(opened):
    survey, orders = opened.tables.survey, opened.tables.orders
    named = survey.filter(survey.order_id.notnull())

    without = named.anti_join(orders, "order_id").count().execute()
    assert without <= 4 * sum(n for name, _, n, _ in FAULTS if name == "erp_orders.csv")  # only those of rejected orders
    assert named.count().execute() > 100
