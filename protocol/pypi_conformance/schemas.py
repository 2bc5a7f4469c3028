"""JSON Schema, as far as OpenRPC documents of package indexes use it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def faults(value: object, schema: Schema, document: Schema, where: str = "it") -> Iterator[str]:
    """
    Yield what is wrong with *value* by *schema*, each as a sentence.

    References lead into *document*.  Words of JSON Schema that are not known here are passed over.
    """
    if "$ref" in schema:
        yield from faults(value, _found(document, schema["$ref"]), document, where)
        return
    if "anyOf" in schema and all([*faults(value, each, document)] for each in schema["anyOf"]):
        yield f"{where} is {_shown(value)}, which is none of what it may be"
        return
    if "type" in schema and not _has_type(value, schema["type"]):
        yield f"{where} is {_shown(value)}, not of the type {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {_shown(value)}, which is not among {schema['enum']}"
    yield from _out_of_bounds(value, schema, where)
    if isinstance(value, dict):
        yield from _in_object(value, schema, document, where)
    if isinstance(value, list) and "items" in schema:
        for place, each in enumerate(value):
            yield from faults(each, schema["items"], document, f"{where}[{place}]")


def _found(document: Schema, reference: str) -> Schema:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _has_type(value: object, wanted: str | list[str]) -> bool:
    return any(_TYPES[each](value) for each in ([wanted] if isinstance(wanted, str) else wanted))


def _out_of_bounds(value: object, schema: Schema, where: str) -> Iterator[str]:
    # Each pair is of one type, so that a schema has at most one of them.
    if isinstance(value, int) and not _lies(value, schema, "minimum", "maximum"):
        yield f"{where} is {value}, which is out of its bounds"
    if isinstance(value, str) and not _lies(len(value), schema, "minLength", "maxLength"):
        yield f"{where} has {len(value)} characters, which is out of its bounds"
    if isinstance(value, list) and not _lies(len(value), schema, "minItems", "maxItems"):
        yield f"{where} has {len(value)} items, which is out of its bounds"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where} is {_shown(value)}, which does not match {schema['pattern']}"


def _lies(number: int, schema: Schema, least: str, most: str) -> bool:
    return bool(schema.get(least, number) <= number <= schema.get(most, number))


def _in_object(value: dict[str, Any], schema: Schema, document: Schema, where: str) -> Iterator[str]:
    members = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{where} has no {name}"
    others = schema.get("additionalProperties")
    for name, each in value.items():
        if name in members:
            yield from faults(each, members[name], document, f"{where}.{name}")
        elif isinstance(others, dict):
            yield from faults(each, others, document, f"{where}.{name}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
