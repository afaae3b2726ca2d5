"""A client file: what it may say, and what is told when it says something else."""

import datetime as dt
import pickle
import re

import pytest
import yaml

from cvclib.errors import InputError
from cvclib.params import ClientFile, Period, load_client_file

MINIMAL = """\
client: A client
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  prices: {file: prices.csv, columns: {brand: Brand, price: Price}}
"""
SECRET = "open-sesame-4711"


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params").mkdir()

    def load(text, **environment):
        (tmp_path / "params" / "a.yaml").write_text(text, encoding="utf-8")
        return load_client_file("params/a.yaml", environment=environment)

    return load


@pytest.fixture
def complaints(load):
    def complaints(text, **environment):
        with pytest.raises(InputError) as error:
            load(text, **environment)
        told = str(error.value)
        assert not any(value and value in told for value in environment.values())
        return told.splitlines()

    return complaints


@pytest.fixture
def complaint(complaints):
    """The one complaint about a client file that is right but for some lines added to it."""

    def complaint(lines, **environment):
        (told,) = complaints(MINIMAL + lines, **environment)
        return told

    return complaint


def test_five_different_mistakes_are_told_in_one_message_by_line(complaints):
    told = complaints(
        """\
client: Nordic Beds
period: {start: 01-01-2025, end: 2025-12-31}
curency: EUR
tables:
  custmers: {file: crm.csv, columns: {customer_id: Klantnummer}}
  orders:
    file: erp.csv
    columns: {order_id: Nr, customer_id: Klant, orderd_at: Datum}
    header_row: zero
"""
    )
    assert told == [
        "params/a.yaml, line 2, key 'period.start': found '01-01-2025'; expected a date such as 2025-12-31 (year-month-day). "
        "Did you mean 2025-01-01?",
        "params/a.yaml, line 3: found key 'curency'; expected a key of a client file. Did you mean 'currency'?",
        "params/a.yaml, line 5: found 'custmers'; expected a canonical table. Did you mean 'customers'?",
        "params/a.yaml, line 8: found 'orderd_at'; expected a column of orders. Did you mean 'ordered_at'?",
        "params/a.yaml, line 9, key 'tables.orders.header_row': found 'zero'; expected a whole number.",
    ]


class TestWhatIsRight:
    def test_a_client_file_remembers_where_it_stands(self, load, tmp_path):
        params = load(MINIMAL)
        assert params.path == tmp_path / "params" / "a.yaml"
        assert params.resolve("../data/x.csv") == tmp_path / "data" / "x.csv"

    def test_the_place_survives_copies_and_pickling(self, load):
        params = load(MINIMAL)
        for copy in (params.with_period("2025-03-01"), params.model_copy(), pickle.loads(pickle.dumps(params))):
            assert copy.path == params.path

    def test_defaults_are_those_of_the_design(self, load):
        params = load(MINIMAL)
        assert (params.currency, params.engine, params.report.minimum_group, params.report.edition) == ("EUR", "duckdb", 5, "client")
        assert params.scales.ces == (1, 7)

    def test_every_way_to_name_a_column_is_taken(self, load):
        params = load(
            MINIMAL
            + """\
  orders:
    file: [a.csv, b.csv]
    columns:
      order_id: 2024
      customer_id: {from: no, values: {J: yes, N: null, 1: 5}}
      ordered_at: {from: Datum, format: "%d-%m-%Y"}
      revenue: {sql: "price * quantity"}
      channel: {value: web}
"""
        )
        columns = params.tables["orders"].columns
        assert columns["order_id"] == "2024"
        assert columns["customer_id"].from_ == "no"
        assert columns["customer_id"].values == {"J": "yes", "N": None, "1": 5}
        assert columns["channel"].value == "web"

    def test_a_table_may_come_from_several_sources(self, load):
        params = load(MINIMAL.replace("prices: {", "prices: [{").replace("}}\n", "}}]\n"))
        assert [source.file for source in params.tables["prices"]] == ["prices.csv"]

    def test_keys_with_all_their_lines_commented_out_say_nothing(self, load):
        params = load(MINIMAL + "targets:\n  # nps: 40\nchecks:\nsteps:\n  advocacy:\n")
        assert (params.targets, params.checks, params.steps) == ({}, {}, {"advocacy": {}})

    def test_a_date_for_a_notebook_is_handed_on_as_text(self, load):
        assert load(MINIMAL + "steps: {advocacy: {period_start: 2025-02-01}}").steps == {"advocacy": {"period_start": "2025-02-01"}}

    def test_unpivoted_columns_count_as_mapped(self, load):
        params = load(
            MINIMAL
            + """\
  survey:
    file: wide.csv
    columns: {response_id: id}
    unpivot: {columns: {Q1: nps, Q2: csat}, name_to: metric, value_to: score}
"""
        )
        assert params.tables["survey"].unpivot.columns == {"Q1": "nps", "Q2": "csat"}


class TestPeriod:
    def test_whole_months_are_compared_with_as_many_months(self):
        half = Period(start=dt.date(2024, 1, 1), end=dt.date(2024, 6, 30))
        assert str(half.previous) == "2023-07-01 to 2023-12-31"

    def test_other_spans_are_compared_with_as_many_days(self):
        """10 to 19 March are ten days, the ten before are 28 February (2025 is no leap year) to 9 March."""
        span = Period(start=dt.date(2025, 3, 10), end=dt.date(2025, 3, 19))
        assert (span.days, str(span.previous)) == (10, "2025-02-28 to 2025-03-09")

    def test_another_period_keeps_the_end_that_is_not_given(self, load):
        assert str(load(MINIMAL).with_period("2025-07-01").period) == "2025-07-01 to 2025-12-31"

    def test_another_period_is_compared_with_the_one_before_it(self, load):
        params = load(MINIMAL + "compare_with: {start: 2020-01-01, end: 2020-12-31}")
        assert str(params.previous_period) == "2020-01-01 to 2020-12-31"
        assert str(params.with_period("2025-07-01").previous_period) == "2025-01-01 to 2025-06-30"

    def test_a_parameter_that_is_no_date_is_told_with_its_name(self, load):
        with pytest.raises(InputError, match=r"parameter 'period_start': found '1-3-2025'; expected a date .*Did you mean 2025-03-01\?"):
            load(MINIMAL).with_period("1-3-2025", "2025-04-01")

    def test_parameters_that_run_backwards_are_told(self, load):
        with pytest.raises(InputError, match="found an end, 2024-01-01, before the start, 2025-01-01"):
            load(MINIMAL).with_period(end="2024-01-01")


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("lines", "told"),
        [
            ("curency: EUR", "line 5: found key 'curency'; expected a key of a client file. Did you mean 'currency'?"),
            ("logo: a.svg", "line 5: found key 'logo'; expected a key of a client file. It belongs under 'report:'."),
            ("xyz: 1", "line 5: found key 'xyz'; expected a key of a client file. The keys are: client, currency, period,"),
            ("report: {mimimum_group: 5}", "line 5: found key 'mimimum_group'; expected a key of report. Did you mean 'minimum_group'?"),
            ("client: again", "line 5: found key 'client' a second time (first on line 1); expected each key once."),
            ("currency: eur", "line 5, key 'currency': found 'eur'; expected an ISO 4217 code of three capital letters, such as EUR."),
            ("currency: [EUR]", "line 5, key 'currency': found a list; expected text."),
            ("timezone: Europe/Amsterdm", "expected an IANA name of a time zone, such as Europe/Amsterdam. Did you mean 'Europe/Amsterdam'?"),
            ("engine: postgres", "found 'postgres'; expected duckdb, or an Ibis URL such as postgres://…. Leave the key out to read files."),
            ("report: {accent: blue}", "found 'blue'; expected a colour as # and six hexadecimal digits"),
            ("report:\n  accent: #0b5cad", "line 6, key 'report.accent': found nothing; expected text. A # begins a comment: put a value"),
            ("report: {minimum_group: 0}", "line 5, key 'report.minimum_group': found 0; expected a number of at least 1."),
            ("report: {minimum_group: true}", "key 'report.minimum_group': found true; expected a number."),
            ("report: {minimum_group: 2.5}", "key 'report.minimum_group': found 2.5; expected a whole number."),
            ("report: {edition: clients}", "found 'clients'; expected 'client' or 'analyst'. Did you mean 'client'?"),
            ("report: hello", "line 5, key 'report': found 'hello'; expected keys and their values."),
            ("report: no", "line 5, key 'report': found 'no'; expected keys and their values."),
            ("scales: {ces: [7, 1]}", "key 'scales.ces': found a list; expected the lowest and the highest answer, such as [1, 5]."),
            ("scales: {ces: 7}", "key 'scales.ces': found 7; expected the lowest and the highest answer"),
            ("targets: {nps: '40%'}", "found '40%'; expected a number. Write the number alone; a share runs from 0 to 1: 0.4."),
            ("targets:\n  on_time_share: 0,95", "line 6, key 'targets.on_time_share': found '0,95'; expected a number. Write 0.95, with a point."),
            ("targets: {on_time_share: 0,95}", "key 'targets.95': found nothing; expected a number. Within braces a comma separates"),
            ("targets: {on_time: 0.95}", "line 5: found 'on_time'; expected the name of a KPI. Did you mean 'on_time_share'?"),
            ("checks: {orders.duplicate_key: rejct}", "found 'rejct'; expected 'reject' or 'keep'. Did you mean 'reject'?"),
            ("checks: {order.duplicate_key: keep}", "found 'order.duplicate_key'; expected table.check"),
            ("steps: {advocacy: {a: [1]}}", "key 'steps.advocacy.a': found a list; expected text, a number, or true or false."),
            ("compare_with: {start: 2025-02-01, end: 2025-01-01}", "found a period that ends on 2025-01-01; expected an end on or after 2025-02-01."),
            ("compare_with: {start: 2024, end: 2024-12-31}", "key 'compare_with.start': found 2024; expected a date such as 2025-12-31"),
            ("compare_with: {start: 2024-02-30, end: 2024-12-31}", "line 5: found 2024-02-30, which is no day of the calendar"),
            ("compare_with: {start: 2024-01-01}", "line 5, key 'compare_with': found no key 'end'; expected it in a period. Add 'end: 2025-12-31'."),
        ],
    )  # fmt: skip
    def test_is_told_with_its_line_and_what_to_do(self, complaint, lines, told):
        assert told in complaint(lines)

    @pytest.mark.parametrize(
        ("table", "told"),
        [
            ("{colums: {}, file: a.csv}", "found key 'colums'; expected a key of a table's source. Did you mean 'columns'?"),
            ("{file: a.csv}", "key 'tables.kano': found no key 'columns'; expected it in a table's source."),
            ("a.csv", "line 5, key 'tables.kano': found 'a.csv'; expected keys and their values."),
            ("", "line 5, key 'tables.kano': found nothing; expected keys and their values."),
            ("[]", "line 5, key 'tables.kano': found a list; expected a list that is not empty."),
        ],
    )
    def test_in_a_table_is_told_in_words_of_the_table(self, complaint, table, told):
        assert told in complaint(f"  kano: {table}\n")

    @pytest.mark.parametrize(
        ("source", "told"),
        [
            ("file: a, query: b", "found file and query; expected exactly one of file, table and query."),
            ("sheet: 1", "found none of them; expected exactly one of file, table and query."),
            ("file: a, decimal: ;", "key 'tables.prices.decimal': found ';'; expected '.' or ','."),
            ("file: a, overlap: drops", "found 'drops'; expected 'keep' or 'drop'. Did you mean 'drop'?"),
            ("file: a, date_format: dd-mm-yyyy", "found 'dd-mm-yyyy'; expected a format such as '%d-%m-%Y'"),
            ("file: []", "key 'tables.prices.file': found a list; expected a list that is not empty."),
            ("file: {path: a}", "key 'tables.prices.file': found keys and values below it; expected text."),
            ("file: a, combine: {prce: sum}", "found 'prce'; expected a column of prices. Did you mean 'price'?"),
            ("file: a, combine: {price: total}", "found 'total'; expected 'sum', 'min', 'max', 'mean', 'first', 'last' or 'count'."),
            (
                "file: a, unpivot: {columns: {x: y}, name_to: brnd, value_to: price}",
                "key 'unpivot.name_to': found 'brnd'; expected a column",
            ),
            ("file: a, unpivot: {columns: {x: y}, name_to: brand}", "key 'tables.prices.unpivot': found no key 'value_to'"),
        ],
    )
    def test_in_a_source_is_told(self, complaints, source, told):
        (line,) = complaints(MINIMAL.replace("file: prices.csv", source))
        assert told in line

    @pytest.mark.parametrize(
        ("columns", "told"),
        [
            ("{brand: a, prize: b}", ["line 4: found 'prize'; expected a column of prices. Did you mean 'price'?"]),
            ("{brand: a}", ["line 4, table 'prices': found no column 'price'; expected it, as every row of prices needs it."]),
            (
                "{brand: a, price: true}",
                ["key 'tables.prices.columns.price': found true; expected text. Put it in quotes to make it text."],
            ),
            ("{brand: a, price: {fro: b}}", ["found key 'fro'; expected a key of a column's source. Did you mean 'from'?"]),
            ("{brand: a, price: {from: b, sql: c}}", ["found from and sql; expected exactly one of from, sql and value."]),
            ("{brand: a, price: {from: b, values: {x: true}}}", ["found true; expected text or a number. Put it in quotes"]),
            ("{brand: a, price: {from: b, format: dd/mm/yy}}", ["found 'dd/mm/yy'; expected a format such as"]),
            ("[brand, price]", ["key 'tables.prices.columns': found a list; expected keys and their values."]),
        ],
    )
    def test_in_the_columns_is_told(self, complaints, columns, told):
        lines = complaints(MINIMAL.replace("{brand: Brand, price: Price}", columns))
        assert len(lines) == len(told)
        assert all(part in line for part, line in zip(told, lines, strict=True))

    def test_a_table_needs_one_of_the_columns_that_say_whose_it_is(self, complaint):
        told = complaint("  orders: {file: a.csv, columns: {order_id: a, ordered_at: b}}\n")
        assert "table 'orders': found neither customer_id nor account_id; expected at least one of them." in told

    def test_a_client_file_without_a_table_is_no_use(self, complaints):
        told = complaints("client: A\nperiod: {start: 2025-01-01, end: 2025-12-31}\ntables: {}\n")
        assert told == ["params/a.yaml, line 3: found no table; expected at least one. See 'cvc template --list' for what there is."]

    def test_a_missing_key_is_told_with_an_example(self, complaints):
        assert complaints(MINIMAL.replace("client: A client", "currency: EUR")) == [
            "params/a.yaml, line 1: found no key 'client'; expected it in a client file. Add 'client: Nordic Beds'."
        ]

    def test_a_misspelt_key_is_not_told_as_missing_too(self, complaints):
        told = complaints(MINIMAL.replace("period:", "perod:"))
        assert told == ["params/a.yaml, line 2: found key 'perod'; expected a key of a client file. Did you mean 'period'?"]

    def test_pydantics_own_words_are_nowhere(self, complaints):
        told = "\n".join(complaints("client: []\nperiod: 1\ntables: [1]\ntargets: x\nscales: 1\nreport: []\nsteps: 1\nchecks: 1"))
        assert not re.search(r"pydantic|Input should|valid (string|dict|integer)|instance of|type=", told)


class TestSecrets:
    def test_are_filled_in_and_shown_nowhere(self, load):
        params = load(MINIMAL + "engine: postgres://me:${PASSWORD}@erp/db", PASSWORD=SECRET)
        assert params.engine == f"postgres://me:{SECRET}@erp/db"
        shown = [repr(params), str(params), params.model_dump_json(), repr(params.model_dump()), repr([params.engine])]
        assert not any(SECRET in text for text in shown)
        assert "${PASSWORD}" in repr(params)

    @pytest.mark.parametrize(
        ("plain", "secret"),
        [
            ("prices.csv", "'${S}'"),
            ("{brand: Brand", "{brand: '${S}'"),
            ("{brand: Brand", "{brand: {value: '${S}'}"),
            ("{brand: Brand", "{brand: {sql: '${S}'}"),
            ("{brand: Brand", "{brand: {from: a, values: {a: '${S}'}}"),
        ],
    )
    def test_are_shown_in_no_part_of_a_table(self, load, plain, secret):
        params = load(MINIMAL.replace(plain, secret), S=SECRET)
        assert SECRET not in repr(params)
        assert SECRET not in repr(params.tables)
        assert SECRET not in params.model_dump_json()
        assert "${S}" in repr(params)

    @pytest.mark.parametrize(
        "lines",
        [
            "currency: ${S}",
            "engine: ${S}",
            "timezone: ${S}",
            "report: ${S}",
            "report: {accent: '#${S}', minimum_group: '${S}', edition: '${S}', language: '${S}'}",
            "scales: {ces: ['${S}', 1]}",
            "targets: {nps: '${S}'}",
            "checks: {orders.x: '${S}'}",
            "compare_with: {start: '${S}', end: '${S}'}",
            "compare_with: '${S}'",
            "steps: '${S}'",
        ],
    )
    def test_are_not_told_when_they_are_the_mistake(self, complaints, lines):
        told = complaints(MINIMAL + lines, S=SECRET)  # the fixture looks for the value
        assert any("${S}" in line or "a list" in line for line in told)

    def test_of_an_impossible_period_are_not_told(self, complaints):
        """The message is made from the dates themselves, which came from the environment."""
        told = complaints(MINIMAL + "compare_with: {start: '${FIRST}', end: '${LAST}'}", FIRST="2031-07-08", LAST="2030-01-02")
        assert "found a period that ends on ${LAST}; expected an end on or after ${FIRST}" in told[0]

    def test_short_ones_are_not_told_either(self, complaints):
        assert (
            "found the value of ${N}; expected a number of at least 1" in complaints(MINIMAL + "report: {minimum_group: '${N}'}", N="-7")[0]
        )

    def test_a_parameter_of_a_notebook_may_not_come_from_it_as_notebooks_are_kept(self, complaint):
        told = complaint("steps:\n  advocacy:\n    repurchase_days: ${DAYS}\n", DAYS="98765")
        assert "found ${DAYS} under 'steps'" in told

    def test_a_number_may_come_from_the_environment(self, load):
        assert load(MINIMAL + "report: {minimum_group: '${N}'}", N="7").report.minimum_group == 7

    def test_that_are_not_set_are_told_once(self, complaint):
        assert "found ${S}, which is not set" in complaint("currency: ${S}")

    def test_are_taken_out_of_a_text_for_a_reader(self, load):
        params = load(MINIMAL + "engine: ${URL}", URL=f"postgres://{SECRET}")
        assert params.hide(f"cannot reach postgres://{SECRET}") == "cannot reach ${URL}"
        assert params.with_period("2025-02-01").hide(f"postgres://{SECRET}") == "${URL}"


def test_what_the_model_writes_it_reads_again(load, tmp_path):
    params = load(MINIMAL + "targets: {nps: 40}\nsteps: {advocacy: {period_start: 2025-02-01}}")
    text = yaml.safe_dump(params.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    assert load(text).model_dump() == params.model_dump()


def test_the_model_alone_takes_plain_values():
    params = ClientFile.model_validate({"client": "A", "period": {"start": "2025-01-01", "end": "2025-12-31"}, "tables": {}})
    assert params.path is None
