"""The generated parts of the reference of JSON-RPC: current, and able to say what schemas can."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_jsonrpc_api import JsonRpcEndpoint
from reference.methods import renewed
from reference.schema_prose import as_json, as_text, in_words, named

PAGE = (Path(__file__).parents[3] / "docs/reference/json-rpc.md").read_text(encoding="utf-8")
ENDPOINT = JsonRpcEndpoint(InMemorySite().site)
DOCUMENT = json.loads(ENDPOINT.document)


def test_a_page_is_renewed_and_its_prose_is_kept() -> None:
    page = PAGE.replace("`search.query`", "`search.of.old`").replace("# JSON-RPC", "# RPC \\1")

    assert renewed(page) == PAGE.replace("# JSON-RPC", "# RPC \\1")


@pytest.mark.parametrize("name", ["methods", "parameters and results", "types", "errors"])
def test_a_page_without_the_marks_of_a_part_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"no marks for the {name}"):
        renewed(PAGE.replace(f"<!-- generated: {name} -->\n", ""))


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_every_type_is_described(name: str) -> None:
    assert f"\n### {name}\n" in PAGE


def test_every_link_inside_the_page_leads_somewhere() -> None:
    headings = {each.lower() for each in re.findall(r"^#+ (\w+)$", PAGE, re.MULTILINE)}

    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


@pytest.mark.parametrize("method", DOCUMENT["methods"], ids=lambda each: each["name"])
def test_every_method_is_described_with_its_parameters_and_first_example(method: dict[str, Any]) -> None:
    _, _, section = PAGE.partition(f"\n### {method['name']}\n")
    section = section.partition("\n##")[0]

    rows = re.findall(r"^\| `(\w+)`", section, re.MULTILINE)
    assert rows == [each["name"] for each in method["params"]]
    if method["examples"]:
        example = method["examples"][0]
        assert json.loads(section.split("```json\n")[1].split("```")[0]) == {
            "params": {each["name"]: each["value"] for each in example["params"]},
            "result": example["result"]["value"],
        }


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, "any value"),
        ({"type": "string"}, "string"),
        ({"type": "string", "minLength": 1}, "string of at least 1 characters"),
        ({"type": "string", "maxLength": 9}, "string of at most 9 characters"),
        ({"type": "string", "minLength": 1, "maxLength": 1000}, "string of 1 to 1,000 characters"),
        ({"type": "integer", "minimum": 1}, "integer, at least 1"),
        ({"type": "integer", "minimum": 1, "maximum": 100}, "integer from 1 to 100"),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 9}, "array of string, at most 9 of them"),
        ({"type": "array"}, "array"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "null"}}}, "array of array of null"),
        ({"type": "object"}, "object"),
        ({"type": "object", "additionalProperties": False}, "object"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of string"),
        ({"enum": ["new", "old", 3]}, '`"new"` or `"old"` or `3`'),
        ({"const": True}, "`true`"),
        ({"$ref": "#/components/schemas/SearchPage"}, "[SearchPage](#searchpage)"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"oneOf": [{"$ref": "#/components/schemas/A"}, {"const": 1}]}, "[A](#a) or `1`"),
    ],
    ids=lambda each: json.dumps(each) if isinstance(each, dict) else "",
)  # fmt: skip
def test_schemas_are_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert in_words(schema) == words


def test_optional_parameters_are_shown_with_their_defaults() -> None:
    assert named("name", {}, required=True) == "`name`"
    assert named("name", {}, required=False) == "`name`, optional"
    assert named("name", {"default": None}, required=False) == "`name` = null"
    assert named("name", {"default": "a|b"}, required=False) == '`name` = "a\\|b"'


def test_text_cannot_break_a_table_or_become_html() -> None:
    assert as_text("a | b <script> \\") == "a \\| b &lt;script> \\\\"


def test_json_stands_on_one_line_where_it_fits() -> None:
    long = "x" * 99

    assert as_json({"a": [], "b": [1, {"c": "ü"}]}) == '{"a": [], "b": [1, {"c": "ü"}]}'
    assert as_json({"a": [long, 1], "b": {}}) == f'{{\n  "a": [\n    "{long}",\n    1\n  ],\n  "b": {{}}\n}}'
