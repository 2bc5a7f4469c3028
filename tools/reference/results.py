"""The JSON Schemas of what ``pypi-cli --json`` and ``pypi-server --json`` print."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from typing import Any

import msgspec

from pypi_terminal.program import Program


def result_types(program: Program) -> Mapping[str, type[msgspec.Struct]]:
    """Return the types of the results by the names that stand in their member ``command``."""
    return {name: pkgutil.resolve_name(each.result) for name, each in program.commands.items() if each.result}


def result_schema(program: Program) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the object that a command prints."""
    results = result_types(program)
    kinds = sorted({*results.values()}, key=lambda each: each.__name__)
    shapes, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    shape_of = dict(zip(kinds, shapes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What {program.name} --json prints, {program.schema}",
        "type": "object",
        "required": ["schema", "command", "result"],
        "properties": {
            "schema": {"const": program.schema},
            "command": {"enum": sorted(results)},
            "result": {},
        },
        "oneOf": [
            {"properties": {"command": {"const": command}, "result": shape_of[results[command]]}}
            for command in sorted(results)
        ],
        "$defs": {name: _printed(component) for name, component in sorted(components.items())},
    }


def _printed(component: Mapping[str, Any]) -> dict[str, Any]:
    """Say that every member is there: what need not be given is printed all the same."""
    properties = {
        name: {key: value for key, value in each.items() if key != "default"}
        for name, each in component.get("properties", {}).items()
    }
    return {**component, "properties": properties, "required": [*properties]} if properties else {**component}


def schema_text(program: Program) -> str:
    """Return the schema as the reference has it."""
    return msgspec.json.format(msgspec.json.encode(result_schema(program)), indent=2).decode() + "\n"
