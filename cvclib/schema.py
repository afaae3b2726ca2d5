"""The JSON Schema of a client file, so that an editor completes its keys, tables, columns, KPIs and settings.

Made from the model and the canonical tables; the client file refers to it in its first line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cvclib.params import ClientFile
from cvclib.tables import TABLES, Column, Table

TITLE = "Client file of the Customer Value Chain Workbook"
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string"}


def client_file_schema(
    *, kpis: Mapping[str, str] | None = None, settings: Mapping[str, Mapping[str, object]] | None = None
) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a client file.

    Parameters
    ----------
    kpis : mapping of str to str, optional
        KPI name: meaning, for the keys below ``targets``; any name passes without.
    settings : mapping of str to mapping, optional
        Step name: its notebook's parameters and their defaults, for the keys below ``steps``.

    Returns
    -------
    dict
        Ready for `json.dumps`.

    Examples
    --------
    >>> schema = client_file_schema()
    >>> sorted(schema["properties"]["tables"]["properties"])[:3]
    ['accounts', 'activities', 'activity_touchpoints']
    """
    schema = _tidied(ClientFile.model_json_schema(by_alias=True))
    source = schema["$defs"]["TableSource"]
    schema["$defs"]["Mapped"] = source["properties"]["columns"]["additionalProperties"]
    for table in TABLES.values():
        schema["$defs"][f"table_{table.name}"] = _source_of(table, source)
    tables = schema["properties"]["tables"]
    tables |= {"properties": {name: _one_or_several(table) for name, table in TABLES.items()}, "additionalProperties": False}
    if kpis:
        number = {"type": "number"}
        schema["properties"]["targets"] |= {
            "properties": {name: {"description": meaning, **number} for name, meaning in kpis.items()},
            "additionalProperties": False,
        }
    if settings:
        schema["properties"]["steps"] |= {
            "properties": {step: _settings_of(parameters) for step, parameters in settings.items()},
        }
        # Beside the seven steps only chapters of the client's own have settings, and their names are its own.
        schema |= {"if": {"not": {"required": ["chapters"]}}, "then": {"properties": {"steps": {"propertyNames": {"enum": [*settings]}}}}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema as the file that is stored: indented, one newline at its end."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _source_of(table: Table, source: Mapping[str, Any]) -> dict[str, Any]:
    """The source of one canonical table: as any table's, with this table's columns."""
    properties = {key: {"$ref": f"#/$defs/TableSource/properties/{key}"} for key in source["properties"]}
    properties["columns"] = {
        "type": "object",
        "description": source["properties"]["columns"]["description"],
        "properties": {c.name: {"description": _about(c), "$ref": "#/$defs/Mapped"} for c in table.columns},
        "additionalProperties": False,
    }
    combine = next(kind for kind in source["properties"]["combine"]["anyOf"] if kind.get("type") == "object")
    properties["combine"] = {
        "type": "object",
        "description": source["properties"]["combine"]["description"],
        "properties": dict.fromkeys(table.column_names, combine["additionalProperties"]),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": f"One row is {table.row_is}.",
        "properties": properties,
        "required": source["required"],
        "additionalProperties": False,
    }


def _one_or_several(table: Table) -> dict[str, Any]:
    one = {"$ref": f"#/$defs/table_{table.name}"}
    return {"description": f"One row is {table.row_is}.", "oneOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _about(column: Column) -> str:
    values = f"; one of {', '.join(column.values)}" if column.values else ""
    return f"{column.meaning} ({column.type}{', required' if column.required else ''}{values})"


def _settings_of(parameters: Mapping[str, object]) -> dict[str, Any]:
    own = {name: default for name, default in parameters.items() if name != "client_file"}
    properties = {name: {"type": _KINDS.get(type(default), "string"), "default": default} for name, default in own.items()}
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def _tidied(part: Any) -> Any:
    """A schema without what only pydantic wants: titles made from names, defaults of nothing, hints for messages."""
    if isinstance(part, list):
        return [_tidied(x) for x in part]
    if not isinstance(part, dict):
        return part
    kept = {}
    for key, value in part.items():
        if key == "properties":
            kept[key] = {name: _tidied(x) for name, x in value.items()}
        elif key not in ("title", "hint") and not (key == "default" and value in (None, {}, [])):
            kept[key] = value.split("\n\n")[0] if key == "description" else _tidied(value)
    return kept
