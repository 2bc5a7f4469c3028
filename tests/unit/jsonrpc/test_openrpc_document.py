"""The OpenRPC document against the public meta-schema, its examples, and the page made from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from pypi_contracts.assembly import InMemorySite
from pypi_jsonrpc_api import JsonRpcEndpoint
from reference.methods import renewed

ROOT = Path(__file__).parents[3]
DOCUMENT = json.loads(JsonRpcEndpoint(InMemorySite().site).document)
METHODS = {each["name"]: position for position, each in enumerate(DOCUMENT["methods"])}
SEARCH = METHODS["search.query"]

# The document as a resource, so that what one of its schemas refers to is found in its components.
HERE = "urn:openrpc"


def schema(name: str) -> Any:
    return json.loads((ROOT / "tests/data" / name).read_text(encoding="utf-8"))


JSON_SCHEMAS = DRAFT7.create_resource(schema("json-schema-tools-meta-schema.json"))
REGISTRY = Registry().with_resources(
    [
        # The meta-schema gives this address with and without a slash at its end.
        ("https://meta.json-schema.tools", JSON_SCHEMAS),
        ("https://meta.json-schema.tools/", JSON_SCHEMAS),
        (HERE, DRAFT7.create_resource(DOCUMENT)),
    ]
)
META_SCHEMA = Draft7Validator(schema("openrpc-1.3.2-meta-schema.json"), registry=REGISTRY)


def problems(validator: Draft7Validator, value: object) -> list[str]:
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)]


def problems_at(pointer: str, value: object) -> list[str]:
    """Return what is wrong with *value* by the schema that stands at *pointer* in the document."""
    return problems(Draft7Validator({"$ref": f"{HERE}#{pointer}"}, registry=REGISTRY), value)


def test_the_document_follows_the_meta_schema() -> None:
    assert problems(META_SCHEMA, DOCUMENT) == []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["openrpc"], "1.3.9"),
        (["openrpc"], "1.4.0"),
        (["unheard-of"], 1),
        (["info", "version"], None),
        (["servers", 0, "url"], 7),
        (["methods", SEARCH, "name"], None),
        (["methods", SEARCH, "unheard-of"], 1),
        (["methods", SEARCH, "paramStructure"], "any"),
        (["methods", SEARCH, "params", 0, "schema"], None),
        (["methods", SEARCH, "params", 0, "schema"], {"type": "text"}),
        (["methods", SEARCH, "errors", 0, "message"], None),
        (["methods", SEARCH, "errors", 0, "x-code"], "not-found"),
        (["methods", SEARCH, "examples", 0, "params", 0, "name"], None),
        (["components", "schemas", "SearchPage", "required"], [7]),
    ],
    ids=lambda each: ".".join(map(str, each)) if isinstance(each, list) else json.dumps(each),
)
def test_the_meta_schema_refuses_damaged_documents(place: list[str | int], value: object) -> None:
    document = deepcopy(DOCUMENT)
    *way, last = place
    found: Any = document
    for step in way:
        found = found[step]
    if value is None:
        del found[last]
    else:
        found[last] = value

    assert problems(META_SCHEMA, document) != []


def all_schemas() -> Iterator[tuple[str, Any]]:
    yield from DOCUMENT["components"]["schemas"].items()
    for method in DOCUMENT["methods"]:
        for descriptor in (*method["params"], method["result"]):
            yield f"{method['name']} {descriptor['name']}", descriptor["schema"]


@pytest.mark.parametrize("found", [pytest.param(each, id=name) for name, each in all_schemas()])
def test_every_schema_is_one_of_draft_7(found: Any) -> None:
    assert problems(Draft7Validator(Draft7Validator.META_SCHEMA), found) == []


@pytest.mark.parametrize("name", METHODS)
def test_the_default_of_an_optional_parameter_is_valid(name: str) -> None:
    place = METHODS[name]

    for position, each in enumerate(DOCUMENT["methods"][place]["params"]):
        if "default" in each["schema"]:
            pointer = f"/methods/{place}/params/{position}/schema"
            assert problems_at(pointer, each["schema"]["default"]) == []


@pytest.mark.parametrize("name", METHODS)
def test_examples_match_the_schemas(name: str) -> None:
    place = METHODS[name]
    method = DOCUMENT["methods"][place]
    positions = {each["name"]: position for position, each in enumerate(method["params"])}

    for example in method["examples"]:
        for each in example["params"]:
            pointer = f"/methods/{place}/params/{positions[each['name']]}/schema"
            assert problems_at(pointer, each["value"]) == []
        assert problems_at(f"/methods/{place}/result/schema", example["result"]["value"]) == []


def test_the_schemas_refuse_wrong_values() -> None:
    assert problems_at(f"/methods/{SEARCH}/result/schema", {"hits": [{"name": 7}], "more": False}) != []


def test_the_page_of_methods_is_current() -> None:
    page = (ROOT / "docs/reference/json-rpc.md").read_text(encoding="utf-8")

    assert renewed(page) == page, "Renew it with make reference."
