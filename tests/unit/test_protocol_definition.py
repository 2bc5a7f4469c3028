"""The normative document of the protocol: current, as bounded as the server, and in line with its pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pypi_conformance.claims.protocol import REQUIRED
from pypi_contracts import example_index
from pypi_contracts.assembly import InMemorySite
from pypi_core.domain.accounts import OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX
from pypi_jsonrpc_api import JsonRpcEndpoint
from reference.definition import definition

PAGES = Path(__file__).parents[2] / "docs/protocol"
DOCUMENT = json.loads(definition())
NAME, VERSION = "hello-index", "1.0"
FILE = {"filename": "hello_index-2.0.tar.gz", "size": 10, "sha256": "0" * 64}

# What is larger than a limit of the index is *too large*; all else outside its bounds is *invalid*.
OUTSIDE = {1013, 1022}


def test_the_document_in_the_repository_is_current() -> None:
    stored = (PAGES / f"openrpc-{DOCUMENT['info']['version']}.json").read_text(encoding="utf-8")

    assert stored == definition(), "Renew it with make reference."


def outside(schema: dict[str, Any]) -> Iterator[object]:
    """Yield values of the right type just outside the bounds of a schema."""
    for each in schema.get("anyOf", ()):
        yield from outside(each)
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "minLength" in schema:
        yield "x" * (schema["minLength"] - 1)
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if "pattern" in schema:
        yield from ("", "0" * 63, "g" * 64, "0" * 65)
    if isinstance(values := schema.get("additionalProperties"), dict):
        yield from ({"summary": each} for each in outside(values))
    if "items" in schema:
        item = FILE if "$ref" in schema["items"] else schema["items"].get("enum", ["x"])[0]
        if "minItems" in schema:
            yield [item] * (schema["minItems"] - 1)
        if "maxItems" in schema:
            yield [item] * (schema["maxItems"] + 1)
        if "uniqueItems" in schema:
            yield [item, item]


def calls_outside() -> Iterator[Any]:
    """Yield calls of which one parameter is outside its bounds, and the others are as they should be."""
    for method in DOCUMENT["methods"]:
        examples = [{each["name"]: each["value"] for each in found["params"]} for found in method["examples"]]
        known = {**(examples or [{}])[0]}
        known |= {name: value for name, value in (("name", NAME), ("version", VERSION)) if name in known}
        for parameter in method["params"]:
            for value in outside(parameter["schema"]):
                params = {**known, parameter["name"]: value}
                yield pytest.param(method["name"], params, id=f"{method['name']} {parameter['name']}")


@cache
def hello() -> tuple[InMemorySite, JsonRpcEndpoint]:
    """Return an index on which the examples are true; what is refused changes nothing of it."""
    site = InMemorySite()
    example_index.publish_hello(
        site.site,
        site.database.index(DEFAULT_INDEX).open_unit_of_work,
        site.search[DEFAULT_INDEX],
        site.clock,
    )
    return site, JsonRpcEndpoint(site.site)


def call(method: str, params: object) -> Any:
    site, endpoint = hello()
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1}).encode()
    return json.loads(endpoint(site.index, OPERATOR, body) or b"")


@pytest.mark.parametrize(("method", "params"), [*calls_outside()])
def test_a_parameter_outside_its_bounds_is_invalid(method: str, params: object) -> None:
    answer = call(method, params)

    assert answer.get("error", {}).get("code") in OUTSIDE, answer
    assert answer["error"]["data"]["problems"] or answer["error"]["code"] != 1022


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (member, value)
        for member, schema in DOCUMENT["components"]["schemas"]["FileToUpload"]["properties"].items()
        for value in outside(schema)
    ],
)
def test_a_member_of_an_announced_file_outside_its_bounds_is_invalid(member: str, value: object) -> None:
    files = [{**FILE, member: value}]

    answer = call("upload.begin", {"name": NAME, "version": "2.0", "files": files})

    assert answer.get("error", {}).get("code") in OUTSIDE, answer


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (member, value)
        for member, schema in DOCUMENT["components"]["schemas"]["DocumentationToUpload"]["properties"].items()
        for value in outside(schema)
    ],
)
def test_a_member_of_announced_documentation_outside_its_bounds_is_invalid(
    member: str, value: object
) -> None:
    documentation = {"size": 10, "sha256": "0" * 64, member: value}

    answer = call(
        "upload.begin", {"name": NAME, "version": "2.0", "files": [FILE], "documentation": documentation}
    )

    assert answer.get("error", {}).get("code") in OUTSIDE, answer


def test_every_error_names_its_problems_as_the_schema_says() -> None:
    data = call("project.get", {"name": "no-such-project"})["error"]["data"]

    assert {*DOCUMENT["components"]["schemas"]["ErrorData"]["required"]} <= data.keys()


def test_every_method_is_required_or_belongs_to_a_group() -> None:
    page = (PAGES / "versions.md").read_text(encoding="utf-8")
    section = page.partition("## Which methods a server has\n")[2].partition("\n## ")[0]
    named = [
        name
        for row in re.findall(r"^\| .*? \| (`.*`) \|$", section, re.MULTILINE)
        for name in re.findall(r"`([a-z]+\.[a-z_]+)`", row)
    ]

    assert sorted(named) == sorted(each["name"] for each in DOCUMENT["methods"])


@pytest.mark.parametrize("capability", REQUIRED)
def test_the_kit_requires_the_methods_that_the_page_names(capability: str) -> None:
    page = (PAGES / "versions.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| `{capability}` \| (`[a-z]+\.[a-z]+`.*) \|$", page, re.MULTILINE)

    assert {*re.findall(r"`([a-z.]+)`", row)} == REQUIRED[capability]


def test_every_method_that_writes_is_in_the_table_of_journal_entries() -> None:
    page = (PAGES / "methods.md").read_text(encoding="utf-8")
    section = page.partition("### What each method writes\n")[2].partition("\n### ")[0]
    methods = {each["name"] for each in DOCUMENT["methods"]}

    assert {*re.findall(r"`([a-z]+\.[a-z_]+)`", section)} - {"upload.begin"} <= methods
