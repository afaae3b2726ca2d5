"""Every notebook runs alone under plain papermill: with its defaults, and with tables missing."""

from pathlib import Path

import nbformat
import papermill
import pytest
import yaml

from cvclib.findings import GAP_MIME

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[1-7]_*.ipynb"))

pytestmark = pytest.mark.notebook

ORDERS_ONLY = "order_id,customer_id,ordered_at,revenue\n" + "".join(
    f"{i},{i % 7},2025-{i % 12 + 1:02d}-{i % 28 + 1:02d},{10 + i}\n" for i in range(60)
)
NOTHING_MUCH = "text,source\nThe driver carried the old bed down,interview\n"


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def run(path, tmp_path, **parameters):
    executed = tmp_path / "executed.ipynb"
    papermill.execute_notebook(path, executed, parameters=parameters, cwd=path.parent, progress_bar=False)
    return nbformat.read(executed, as_version=4)


def client_with(tmp_path, table, rows):
    (tmp_path / f"{table}.csv").write_text(rows, encoding="utf-8")
    columns = {name: name for name in rows.splitlines()[0].split(",")}
    client = {
        "client": "Little <b>supplied</b>",
        "period": {"start": "2025-01-01", "end": "2025-12-31"},
        "tables": {table: {"file": f"{table}.csv", "columns": columns}},
    }
    path = tmp_path / "little.yaml"
    path.write_text(yaml.safe_dump(client), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_as_it_stands_on_the_demonstration_client(path, tmp_path):
    shown = outputs(run(path, tmp_path))
    assert not [o for o in shown if o.output_type == "stream" and o.name == "stderr"]
    assert sum("text/html" in o.get("data", {}) for o in shown) >= 5


@pytest.mark.parametrize(("table", "rows"), [("orders", ORDERS_ONLY), ("quotes", NOTHING_MUCH)], ids=["orders only", "quotes only"])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_to_its_end_with_tables_missing_and_says_what_is_missing(path, tmp_path, table, rows):
    shown = outputs(run(path, tmp_path, client_file=client_with(tmp_path, table, rows)))
    assert [o for o in shown if GAP_MIME in o.get("data", {})]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_for_one_segment_over_another_period(path, tmp_path):
    parameters = {"period_start": "2025-07-01", "period_end": "2025-09-30", "segment": segment_of_the_demonstration_client()}
    assert outputs(run(path, tmp_path, **parameters))


def segment_of_the_demonstration_client():
    from cvclib.client import Client

    return Client.open(ROOT / "params" / "nordic-beds.yaml").segments[0]
