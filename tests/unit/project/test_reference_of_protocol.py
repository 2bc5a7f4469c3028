"""Every RPC method and code stands in the reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pypi_core.use_cases.reading.field_search import FIELDS
from pypi_protocol.errors import STANDARD_MESSAGES, ErrorFamily
from pypi_protocol.methods import METHODS, AnyMethod
from pypi_xmlrpc_api import XmlRpcEndpoint
from pypi_xmlrpc_api.faults import CODES as FAULT_CODES
from pypi_xmlrpc_api.methods import Method as XmlRpcMethod

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
JSON_RPC = (REFERENCE / "json-rpc.md").read_text(encoding="utf-8")
XML_RPC = (REFERENCE / "xml-rpc.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("method", METHODS, ids=lambda each: each.name)
def test_every_method_is_described_with_its_parameters(method: AnyMethod) -> None:
    row = next(line for line in JSON_RPC.splitlines() if line.startswith(f"| `{method.name}` |"))

    for each in method.parameters:
        assert f"`{each.encode_name}`" in row


def test_exactly_the_codes_there_are_are_described() -> None:
    described = {int(each) for each in re.findall(r"^\| `(-?\d+)` \|", JSON_RPC, re.MULTILINE)}

    assert {each for each in described if each > 0} == {each.code for each in ErrorFamily}
    assert {each for each in described if each < 0} == {*STANDARD_MESSAGES}


@pytest.mark.parametrize("method", XmlRpcEndpoint().methods, ids=lambda each: each.name)
def test_every_xml_rpc_method_is_described_with_its_parameters(method: XmlRpcMethod) -> None:
    (row,) = [line for line in XML_RPC.splitlines() if line.startswith(f"| `{method.name}` |")]
    arguments = row.split("|")[2]

    assert re.findall(r"`(\w+)`( =)?", arguments) == [
        (each.name, "" if each.is_required else " =") for each in method.parameters
    ]


def test_exactly_the_xml_rpc_methods_and_faults_there_are_are_described() -> None:
    methods = re.findall(r"^\| `([a-zA-Z_.]+)` \|", XML_RPC, re.MULTILINE)
    codes = re.findall(r"^\| `(-\d+)` \|", XML_RPC, re.MULTILINE)

    assert sorted(methods) == sorted(each.name for each in XmlRpcEndpoint().methods)
    assert [int(each) for each in codes] == [*FAULT_CODES]


def test_every_field_of_a_search_is_described() -> None:
    for each in FIELDS:
        assert f"`{each}`" in XML_RPC
