"""The OpenRPC document against the public meta-schema, and the page made from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT7

from pypi_core.testing.assembly import InMemorySite
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.reference import renewed

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads(JsonRpcEndpoint(InMemorySite().site).document)

# The meta-schema refers to one of JSON schemas, which has another name and shape than that of draft 7.
_JSON_SCHEMAS = {
    "definitions": {"JSONSchemaObject": {"properties": {"$ref": {"type": "string"}}}},
    "allOf": [{"$ref": "http://json-schema.org/draft-07/schema#"}],
}


def validator() -> jsonschema.Draft7Validator:
    meta_schema = json.loads((ROOT / "tests/data/openrpc-1.3.2-meta-schema.json").read_text(encoding="utf-8"))
    # It says of itself that it follows that other schema of schemas.
    del meta_schema["$schema"]
    registry: Registry[Any] = Registry().with_resources(
        [
            (url, DRAFT7.create_resource(contents))
            for url, contents in (
                ("https://meta.json-schema.tools", _JSON_SCHEMAS),
                ("https://meta.json-schema.tools/", _JSON_SCHEMAS),
                ("http://json-schema.org/draft-07/schema", jsonschema.Draft7Validator.META_SCHEMA),
            )
        ]
    )
    return jsonschema.Draft7Validator(meta_schema, registry=registry)


def test_the_document_follows_the_meta_schema() -> None:
    assert [f"{each.json_path}: {each.message}" for each in validator().iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"openrpc": "1.4.0"},
        {"unheard-of": 1},
        {"methods": [{"name": "x"}]},
        {"methods": [{"name": "x", "params": [{"name": "y", "schema": {"type": "nothing"}}]}]},
    ],
    ids=["version", "member", "parameters", "schema"],
)
def test_the_meta_schema_finds_what_is_wrong(change: dict[str, object]) -> None:
    assert not validator().is_valid({**DOCUMENT, **change})


def test_every_example_has_the_shape_that_its_schema_says() -> None:
    for method in DOCUMENT["methods"]:
        for example in method["examples"]:
            described = {each["name"]: each["schema"] for each in method["params"]}
            for given in example["params"]:
                check(described[given["name"]], given["value"])
            check(method["result"]["schema"], example["result"]["value"])


def check(schema: dict[str, object], value: object) -> None:
    jsonschema.Draft7Validator({**schema, "components": DOCUMENT["components"]}).validate(value)


def test_the_page_of_methods_is_current() -> None:
    page = (ROOT / "docs/reference/json-rpc.md").read_text(encoding="utf-8")

    assert renewed(page, DOCUMENT) == page, "Renew it with make reference."
