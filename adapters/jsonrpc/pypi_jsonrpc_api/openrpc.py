"""The OpenRPC 1.3.2 document, made from the signatures of the methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pypi_core.errors import PackageIndexError, Problem
from pypi_jsonrpc_api.bounds import bounded
from pypi_jsonrpc_api.methods import Example, Method
from pypi_jsonrpc_api.refusals import CODES, INVALID_PARAMS, MEANINGS, RefusalData, standard_refusal

_DESCRIPTION = (
    "JSON-RPC 2.0 over HTTP: POST to `rpc` below the root of an index, as application/json, one call or a "
    "batch of at most 100. Parameters go by name or by position. The data of an error have a stable `code` "
    "and the `problems` found."
)


def openrpc_document(methods: Sequence[Method], *, title: str, version: str, url: str) -> dict[str, Any]:
    """Describe *methods*; *url* is where they can be called."""
    schemas = _Schemas(methods)
    return {
        "openrpc": "1.3.2",
        "info": {"title": title, "version": version, "description": _DESCRIPTION},
        "servers": [{"name": title, "url": url}],
        "methods": [_method(each, schemas) for each in methods],
        "components": {
            "schemas": schemas.components,
            "errors": {family.__name__: _error(family) for family in CODES},
        },
    }


class _Schemas:
    """The JSON schemas of all parameters and results, with what they share set apart."""

    def __init__(self, methods: Sequence[Method]) -> None:
        # No method has it as its type, but errors show problems.
        types: dict[tuple[str, str], Any] = {("", ""): Problem}
        for method in methods:
            types[method.name, ""] = method.result
            for field in msgspec.structs.fields(method.parameters):
                types[method.name, field.name] = field.type
        schemas, self.components = msgspec.json.schema_components(
            types.values(), ref_template="#/components/schemas/{name}"
        )
        self._schemas = dict(zip(types, schemas, strict=True))
        self.components["ErrorData"] = _error_data()
        for owner, component in self.components.items():
            members = component.get("properties", {})
            members.update({name: bounded(owner, name, schema) for name, schema in members.items()})

    def result(self, method: Method) -> dict[str, Any]:
        return self._schemas[method.name, ""]

    def parameter(self, method: Method, name: str) -> dict[str, Any]:
        return self._schemas[method.name, name]


def _method(method: Method, schemas: _Schemas) -> dict[str, Any]:
    summary, _, more = (method.function.__doc__ or "").strip().partition("\n")
    return {
        "name": method.name,
        "summary": method.summary,
        "description": " ".join(f"{summary} {more}".split()),
        "paramStructure": "either",
        "params": [_parameter(each, method, schemas) for each in msgspec.structs.fields(method.parameters)],
        "result": {"name": method.result_name, "required": True, "schema": schemas.result(method)},
        "errors": [*_standard_errors(method), *(_error(each) for each in method.raises)],
        "examples": [_example(each, method) for each in method.examples],
    }


def _error_data() -> dict[str, Any]:
    """Describe the ``data`` of an error, of which the problems are always there although they may be none."""
    _, components = msgspec.json.schema_components([RefusalData], ref_template="#/components/schemas/{name}")
    schema = components["RefusalData"]
    del schema["properties"]["problems"]["default"]
    return {**schema, "title": "ErrorData", "required": ["code", "problems"]}


def _parameter(field: msgspec.structs.FieldInfo, method: Method, schemas: _Schemas) -> dict[str, Any]:
    schema = bounded(method.name, field.encode_name, schemas.parameter(method, field.encode_name))
    descriptor: dict[str, Any] = {"name": field.encode_name, "required": field.required}
    if description := schema.pop("description", None):
        descriptor["description"] = description
    if not field.required:
        made = field.default_factory is not msgspec.NODEFAULT
        schema["default"] = field.default_factory() if made else field.default
    return {**descriptor, "schema": schema}


def _standard_errors(method: Method) -> list[dict[str, Any]]:
    if not method.parameters.__struct_fields__:
        return []
    refusal = standard_refusal(INVALID_PARAMS)
    return [{"code": refusal.code, "message": refusal.message}]


def _error(family: type[PackageIndexError]) -> dict[str, Any]:
    return {"code": CODES[family], "message": MEANINGS[family]}


def _example(example: Example, method: Method) -> dict[str, Any]:
    return {
        "name": example.name,
        "params": [{"name": name, "value": value} for name, value in example.params.items()],
        "result": {"name": method.result_name, "value": example.result},
    }
