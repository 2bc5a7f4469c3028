"""The JSON Schema that says to programs what ``--json`` prints."""

from __future__ import annotations

import sys
from typing import Any

import msgspec

from pypi_app.server_command.output import SCHEMA
from pypi_app.server_command.results import RESULTS


def result_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the object that a command prints."""
    kinds = sorted({*RESULTS.values()}, key=lambda each: each.__name__)
    shapes, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    shape_of = dict(zip(kinds, shapes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What pypi-server --json prints, {SCHEMA}",
        "type": "object",
        "required": ["schema", "command", "result"],
        "properties": {
            "schema": {"const": SCHEMA},
            "command": {"enum": sorted(RESULTS)},
            "result": {},
        },
        "oneOf": [
            {"properties": {"command": {"const": command}, "result": shape_of[RESULTS[command]]}}
            for command in sorted(RESULTS)
        ],
        "$defs": dict(sorted(components.items())),
    }


def main() -> None:
    """Print the schema."""
    content = msgspec.json.format(msgspec.json.encode(result_schema()), indent=2)
    sys.stdout.write(content.decode() + "\n")


if __name__ == "__main__":
    main()
