"""Small step notebooks and clients on disk, for tests that run kernels."""

from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

COMMON = """client_file: str = "../params/nordic-beds.yaml"  # the client to analyse
period_start: str = ""  # ISO date; empty keeps the client file's period
period_end: str = ""  # ISO date; empty keeps the client file's period
segment: str = ""  # one segment only; empty keeps all
most: int = 3  # rows shown"""
SETUP = """import pandas as pd
from cvclib.client import Client
from cvclib.exhibits import Figure, Reading, Table
from cvclib.findings import Finding, Gap, show
client = Client.open(client_file, period_start=period_start, period_end=period_end, segment=segment)"""
LIGHT_SETUP = "import os, signal, time"

COUNTS = """orders = client.in_period(client.tables.orders, "ordered_at").to_pandas()
frame = orders.groupby("channel", as_index=False).size().head(most)
Table(frame, "Orders by channel", units={"size": "count"}, note="In the period.")"""
DRAWN = """from matplotlib.figure import Figure as Drawing
drawing = Drawing()
drawing.subplots().bar(frame["channel"], frame["size"])
Figure(drawing, "Orders by channel, drawn", "Bars, one a channel", data=None)"""
LEARNT = """show([Finding("first_look", f"{len(orders)} orders came in.", "n = all", "Count again.", "Orders by channel")])
show([Gap("first_look", "Who recommends?", ("survey",), "The net promoter score.")])"""


def step_notebook(folder: Path, name: str, *sources: str, setup: str = SETUP) -> Path:
    """Write a step notebook whose cells after the setup are these."""
    number, _, step = name.partition("_")
    cells = [
        new_markdown_cell(f"# {number} · {step.replace('_', ' ').capitalize()}\n\nA question."),
        new_code_cell(COMMON, metadata={"tags": ["parameters"]}),
        new_code_cell(setup, metadata={"tags": ["setup"]}),
        new_markdown_cell("## What is there?"),
        *(new_code_cell(source) for source in sources),
        new_markdown_cell("## Next"),
    ]
    for i, cell in enumerate(cells):
        cell["id"] = f"c{i:02d}"
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def client_file(
    folder: Path, name: str = "a", client: str = "A <b>client</b>", rows: int = 9, without: str = "", **settings: object
) -> Path:
    """Write a client file and the orders that it reads."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{i},c{i % 4},2025-03-{i + 1:02d},{'<i>web</i>' if i % 3 else 'shop'}" for i in range(rows)]
    (folder / f"{name}.csv").write_text("\n".join(["nr,customer,day,channel", *lines, "x,c1,no date,web"]) + "\n", encoding="utf-8")
    columns = {"order_id": "nr", "customer_id": "customer", "ordered_at": "day", "channel": "channel"}
    content = {
        "client": client,
        "period": {"start": "2025-01-01", "end": "2025-12-31"},
        "tables": {"orders": {"file": f"{name}.csv", "columns": {k: v for k, v in columns.items() if k != without}}},
        **settings,
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path
