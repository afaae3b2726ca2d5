"""In a kernel that goes on: a parameter, a cell or a client's file is changed, the cells are run again, no restart."""

import nbformat
import pytest
from nbclient import NotebookClient

CLIENT = """\
client: Little
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  customers: {file: customers.csv, columns: {customer_id: id, segment: segment}}
  orders: {file: orders.csv, columns: {order_id: no, customer_id: who, ordered_at: day, revenue: net}}
"""
ORDERS = "no,who,day,net\n1,a,2024-03-01,10\n2,a,2025-03-01,20\n3,b,2025-04-01,30\n"
PARAMETERS = 'client_file = "little.yaml"\nperiod_start = ""\nperiod_end = ""\nsegment = ""'
OPEN = """\
from cvclib.client import Client

client = Client.open(client_file, period_start=period_start, period_end=period_end, segment=segment)"""
ANSWER = 'int(client.in_period(client.tables.orders, "ordered_at").revenue.sum().to_pandas())'

pytestmark = pytest.mark.notebook


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CVC_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "little.yaml").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "customers.csv").write_text("id,segment\na,home\nb,office\n", encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return tmp_path


def test_what_is_changed_shows_when_the_cells_are_run_again(folder):
    """By hand: 20 + 30 in 2025, 10 in 2024, 30 of the office in 2025; 20 + 30 + 40 with a line more in the file."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (PARAMETERS, OPEN, ANSWER)])
    live = NotebookClient(notebook, kernel_name="python3", timeout=60, resources={"metadata": {"path": str(folder)}})
    parameters, _, answer = notebook.cells

    def run_again():
        for i, cell in enumerate(notebook.cells):
            live.execute_cell(cell, i)
        return answer.outputs[-1].data["text/plain"]

    with live.setup_kernel():
        assert run_again() == "50"
        parameters.source = PARAMETERS.replace('start = ""', 'start = "2024-01-01"').replace('end = ""', 'end = "2024-12-31"')
        assert run_again() == "10"
        parameters.source = PARAMETERS.replace('segment = ""', 'segment = "office"')
        assert run_again() == "30"
        parameters.source = PARAMETERS
        answer.source = ANSWER.replace("sum", "max")
        assert run_again() == "30"
        answer.source = ANSWER
        (folder / "orders.csv").write_text(f"{ORDERS}4,b,2025-05-01,40\n", encoding="utf-8")
        assert run_again() == "90"
