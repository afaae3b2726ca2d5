"""A client whose every text is a payload: the demonstration client's tables, each text replaced, the same text by the same payload."""

import json
from itertools import count

import pandas as pd

from cvclib.client import Client
from cvclib.demo import write_demo
from cvclib.tables import TABLES

TIMES = {"time", "date"}


class Replacer:
    """One payload for each text, and a number behind it, so that texts that differ go on to differ."""

    def __init__(self, payloads):
        self._payloads, self._known, self._numbers = payloads, {}, count()

    def __call__(self, text):
        if text not in self._known:
            n = next(self._numbers)
            self._known[text] = f"{self._payloads[n % len(self._payloads)]}{n}"
        return self._known[text]


def write_hostile(folder, payloads, n_customers=300):
    """Write the client's tables as parquet, which holds any text, and its client file; return the client file."""
    write_demo(folder / "demo", n_customers=n_customers)
    client = Client.open(folder / "demo" / "demo.yaml")
    (folder / "data").mkdir()
    (folder / "params").mkdir()
    replaced = Replacer(payloads)
    tables = {}
    for name in client.table_names:
        frame = client.whole(name).to_pandas()
        columns = [column for column in TABLES[name].columns if column.name in frame and frame[column.name].notna().any()]
        for column in columns:
            if column.type in {"id", "text", "category"} and not column.values:
                frame[column.name] = [replaced(text) if isinstance(text, str) else None for text in frame[column.name]]
            elif column.type in TIMES:
                frame[column.name] = pd.to_datetime(frame[column.name]).dt.strftime("%Y-%m-%d %H:%M:%S")
        kept = frame[[column.name for column in columns]]
        kept.to_parquet(folder / "data" / f"{name} <b>{{{{x}}}} $x$ ;.parquet", index=False)
        tables[name] = {
            "file": f"../data/{name} <b>{{{{x}}}} $x$ ;.parquet",
            "columns": {c.name: {"from": c.name, "format": "%Y-%m-%d %H:%M:%S"} if c.type in TIMES else c.name for c in columns},
        }
    settings = client.params
    content = {
        "client": payloads[0] + "{{ 7*7 }} </title>",
        "currency": "EUR",
        "period": {"start": str(settings.period.start), "end": str(settings.period.end)},
        "tables": tables,
        "targets": dict(settings.targets),
        "kpis": {
            "hostile": {
                "label": payloads[20], "definition": payloads[40] + " as a definition.", "table": "orders", "kind": "mean",
                "sql": "revenue", "unit": "money", "better": "higher",
            }
        },
    }  # fmt: skip
    path = folder / "params" / "hostile.yaml"
    path.write_text(json.dumps(content, ensure_ascii=True), encoding="utf-8")
    return path
