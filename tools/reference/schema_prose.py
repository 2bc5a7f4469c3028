"""What stands in an OpenRPC document, in the words of a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def as_text(sentence: str) -> str:
    """Return a sentence that Markdown shows as it is, in a table too."""
    return sentence.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def named(name: str, schema: Schema, *, required: bool) -> str:
    """Return a name as a page shows it, with what it is where it is left out."""
    if required:
        return f"`{name}`"
    if "default" not in schema:
        return f"`{name}`, optional"
    return f"`{name}` = {as_text(json.dumps(schema['default'], ensure_ascii=False))}"


def as_json(value: object, indent: str = "") -> str:
    """Write JSON to be read by people: what fits stands on one line."""
    text = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(text) <= 100 or not isinstance(value, dict | list) or not value:
        return text
    deeper = f"{indent}  "
    if isinstance(value, dict):
        inner = [f"{json.dumps(name)}: {as_json(each, deeper)}" for name, each in value.items()]
    else:
        inner = [as_json(each, deeper) for each in value]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin}\n{deeper}" + f",\n{deeper}".join(inner) + f"\n{indent}{end}"


def in_words(schema: Schema) -> str:
    """Return what a value has to be."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(in_words(each) for each in schema[several])
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    kind = schema.get("type", "any value")
    if kind == "array" and "items" in schema:
        return f"array of {in_words(schema['items'])}{_bounds(schema)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {in_words(schema['additionalProperties'])}"
    return f"{kind}{_bounds(schema)}"


_BOUNDS = {
    # The names of least and most, and the words around them.
    ("minimum", "maximum"): (" from {} to {}", ", at least {}", ", at most {}"),
    ("minLength", "maxLength"): (
        " of {} to {} characters",
        " of at least {} characters",
        " of at most {} characters",
    ),
    ("minItems", "maxItems"): (", {} to {} of them", ", at least {} of them", ", at most {} of them"),
}


def _bounds(schema: Schema) -> str:
    return "".join(
        both.format(f"{schema[low]:,}", f"{schema[high]:,}")
        if low in schema and high in schema
        else least.format(f"{schema[low]:,}")
        if low in schema
        else most.format(f"{schema[high]:,}")
        for (low, high), (both, least, most) in _BOUNDS.items()
        if low in schema or high in schema
    )
