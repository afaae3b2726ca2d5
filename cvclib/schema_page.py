"""The documentation page of the client file, made from its JSON Schema: every key, what it means, what it takes.

Knows the schema, not the model that it was made from; so the page, an editor and `cvc check` say the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

NOWHERE = "#/$defs/Mapped"  # a column's source, told in a section of its own
KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "array": "list", "object": "keys"}

_INTRODUCTION = """\
# The client file

*Made from the schema by `cvc schema --docs`; change it there.*

`params/<client>.yaml` says who the client is, which period is analysed, and which files and columns become the
[canonical tables](tables.md). This one is whole:

```yaml
# yaml-language-server: $schema=../schema/client.schema.json
client: Acme
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  orders:
    file: ../data/acme/orders.csv
    columns: {order_id: No, customer_id: Customer, ordered_at: Date, revenue: {sql: "quantity * price"}}
```

- The first line lets an editor complete keys, tables and columns. Paths start at the client file's folder.
- Only `true` and `false` are truth values: `no`, `on` and `off` stay words, `08` and `12:30` stay text.
- `${NAME}` is taken from the environment and never shown; it may stand in `engine`, `file`, `table` and `query`.
- A key that there is not is an error, and the nearest that there is is named. `cvc check` tells all errors at once.

A key in **bold** has to be there.
"""

_SECTIONS = {  # title, the part of the schema, and what there is to say before its keys
    "A table's source": ("TableSource", "Under `tables:`, by the name of a canonical table; a list of several where it has several files. "
                         "Exactly one of `file`, `table` and `query`."),
    "A column": ("ColumnSource", "Under `columns:`, by the name of a canonical column: the name of the file's column, or a mapping of "
                 "these keys, with exactly one of `from`, `sql` and `value`."),
    "A lookup": ("Lookup", "Under `lookup:` of a source, one a list item."),
    "Columns that become rows": ("Unpivot", "Under `unpivot:` of a source."),
    "A period": ("Period", "For `period` and `compare_with`."),
    "The calendar": ("Calendar", "Under `calendar:`."),
    "Scales": ("Scales", "Under `scales:`."),
    "A KPI of your own": ("OwnKpi", "Under `kpis:`, by its name. [How to](own_kpi.md)."),
    "Linkage": ("Linkage", "Under `linkage:`."),
    "The report": ("Report", "Under `report:`."),
}  # fmt: skip


def client_file_page(schema: Mapping[str, Any]) -> str:
    """The documentation page of the client file, in Markdown.

    Parameters
    ----------
    schema : mapping
        As `cvclib.schema.client_file_schema` makes it, with KPIs and settings.

    Returns
    -------
    str

    Examples
    --------
    >>> from cvclib.schema import client_file_schema
    >>> page = client_file_page(client_file_schema(kpis={"nps": "Net promoter score, in points"}))
    >>> next(line for line in page.splitlines() if line.startswith("| `currency`"))
    '| `currency` | text | ISO 4217 code; `EUR` by default |'
    """
    parts = schema["$defs"]
    lines = [_INTRODUCTION, *_keys(schema)]
    for title, (name, words) in _SECTIONS.items():
        lines += ["", f"## {title}", "", words, "", *_keys(parts[name])]
    lines += [
        "",
        "## Targets",
        "",
        "Under `targets:`, by the name of a KPI; in the KPI's unit, a share from 0 to 1.",
        "",
        *_targets(schema),
    ]
    lines += ["", "## Parameters of the steps", "", "Under `steps:`, by the name of a step; what is left out keeps its default.", ""]
    return "\n".join([*lines, *_settings(schema)]) + "\n"


def _keys(part: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| key | takes | meaning |", "|---|---|---|")
    for name, key in part["properties"].items():
        shown = f"**`{name}`**" if name in part.get("required", ()) else f"`{name}`"
        yield f"| {shown} | {_cell(_takes(key))} | {_cell(key.get('description', '') + _default(key))} |"


def _takes(key: Mapping[str, Any]) -> str:
    """What may stand behind a key, in words."""
    if "enum" in key and len(key["enum"]) <= 12:
        return ", ".join(f"`{value}`" for value in key["enum"])
    if "const" in key:
        return f"`{key['const']}`"
    if "$ref" in key:
        return "keys, below"
    if several := key.get("anyOf") or key.get("oneOf"):
        return " or ".join(dict.fromkeys(_takes(one) for one in several if one.get("type") != "null" and one.get("$ref") != NOWHERE))
    kinds = key["type"] if isinstance(key["type"], list) else [key["type"]]
    if "string" in kinds:
        return KINDS["string"]
    words = " or ".join(KINDS[kind] for kind in kinds if kind != "null")
    return f"{words}, {_bounds(key)}" if _bounds(key) else words


def _bounds(key: Mapping[str, Any]) -> str:
    said = {"minimum": "at least {:g}", "exclusiveMinimum": "above {:g}", "maximum": "at most {:g}", "exclusiveMaximum": "below {:g}"}
    return ", ".join(words.format(key[bound]) for bound, words in said.items() if bound in key)


def _default(key: Mapping[str, Any]) -> str:
    value = key.get("default")
    if value is None or isinstance(value, dict) or "by default" in key.get("description", ""):
        return ""
    shown = re.sub(r"^(\d\d:\d\d):00$", r"\1", value) if isinstance(value, str) else json.dumps(value, default=str)
    return f"; `{shown}` by default"


def _targets(schema: Mapping[str, Any]) -> Iterator[str]:
    known = schema["properties"]["targets"].get("properties", {})
    yield from ("| KPI | meaning |", "|---|---|")
    yield from (f"| `{name}` | {_cell(key['description'])} |" for name, key in known.items())


def _settings(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| step | parameters and their defaults |", "|---|---|")
    for step, key in schema["properties"]["steps"].get("properties", {}).items():
        own = ", ".join(f"`{name}: {json.dumps(part['default'], ensure_ascii=False)}`" for name, part in key["properties"].items())
        yield f"| `{step}` | {_cell(own)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("‹", "<").replace("›", ">").replace("<client>", "`<client>`")
