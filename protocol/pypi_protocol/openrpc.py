"""The OpenRPC 1.3.2 document, made from the table of the methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pypi_protocol.bounds import bounded
from pypi_protocol.errors import INVALID_PARAMS, STANDARD_MESSAGES, ErrorData, ErrorFamily, Problem
from pypi_protocol.methods import METHODS, AnyMethod, Example, examples_of

_DESCRIPTION = (
    "JSON-RPC 2.0 over HTTP: POST to `rpc` below the root of an index, as application/json, one call or a "
    "batch of at most 100. Parameters go by name or by position. The data of an error have a stable `code` "
    "and the `problems` found."
)


def openrpc_document(*, title: str, version: str, url: str, software: str) -> dict[str, Any]:
    """Describe the methods; *url* is where they can be called, *software* what examples call the server."""
    schemas = _Schemas(METHODS)
    return {
        "openrpc": "1.3.2",
        "info": {"title": title, "version": version, "description": _DESCRIPTION},
        "servers": [{"name": title, "url": url}],
        "methods": [_method(each, schemas, software) for each in METHODS],
        "components": {
            "schemas": schemas.components,
            "errors": {family.title: _error(family) for family in ErrorFamily},
        },
    }


class _Schemas:
    """The JSON schemas of all parameters and results, with what they share set apart."""

    def __init__(self, methods: Sequence[AnyMethod]) -> None:
        # No method has it as its type, but errors show problems.
        types: dict[tuple[str, str], Any] = {("", ""): Problem}
        for method in methods:
            types[method.name, ""] = method.result
            for field in method.parameters:
                types[method.name, field.name] = field.type
        schemas, self.components = msgspec.json.schema_components(
            types.values(), ref_template="#/components/schemas/{name}"
        )
        self._schemas = dict(zip(types, schemas, strict=True))
        self.components["ErrorData"] = _error_data()
        for owner, component in self.components.items():
            members = component.get("properties", {})
            members.update({name: bounded(owner, name, schema) for name, schema in members.items()})

    def result(self, method: AnyMethod) -> dict[str, Any]:
        return self._schemas[method.name, ""]

    def parameter(self, method: AnyMethod, name: str) -> dict[str, Any]:
        return self._schemas[method.name, name]


def _method(method: AnyMethod, schemas: _Schemas, software: str) -> dict[str, Any]:
    return {
        "name": method.name,
        "summary": method.summary,
        "description": method.description,
        "paramStructure": "either",
        "params": [_parameter(each, method, schemas) for each in method.parameters],
        "result": {"name": method.result_name, "required": True, "schema": schemas.result(method)},
        "errors": [*_standard_errors(method), *(_error(each) for each in method.raises)],
        "examples": [_example(each, method) for each in examples_of(method, software)],
    }


def _error_data() -> dict[str, Any]:
    """Describe the ``data`` of an error, of which the problems are always there although they may be none."""
    _, components = msgspec.json.schema_components([ErrorData], ref_template="#/components/schemas/{name}")
    schema = components["ErrorData"]
    del schema["properties"]["problems"]["default"]
    return {**schema, "required": ["code", "problems"]}


def _parameter(field: msgspec.structs.FieldInfo, method: AnyMethod, schemas: _Schemas) -> dict[str, Any]:
    schema = bounded(method.name, field.encode_name, schemas.parameter(method, field.encode_name))
    descriptor: dict[str, Any] = {"name": field.encode_name, "required": field.required}
    if description := schema.pop("description", None):
        descriptor["description"] = description
    if not field.required:
        made = field.default_factory is not msgspec.NODEFAULT
        schema["default"] = field.default_factory() if made else field.default
    return {**descriptor, "schema": schema}


def _standard_errors(method: AnyMethod) -> list[dict[str, Any]]:
    if not method.parameters:
        return []
    return [{"code": INVALID_PARAMS, "message": STANDARD_MESSAGES[INVALID_PARAMS]}]


def _error(family: ErrorFamily) -> dict[str, Any]:
    return {"code": family.code, "message": family.meaning}


def _example(example: Example, method: AnyMethod) -> dict[str, Any]:
    return {
        "name": example.name,
        "params": [{"name": name, "value": value} for name, value in example.params.items()],
        "result": {"name": method.result_name, "value": example.result},
    }
