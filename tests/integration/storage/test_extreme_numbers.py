"""Numbers that no database takes are refused in words, whichever way they come."""

from __future__ import annotations

import json
import xmlrpc.client
from collections.abc import Iterator
from typing import Any

import pytest

from pypi_app.container import assemble
from pypi_app.settings import Settings
from pypi_core.domain.accounts import ANONYMOUS, OPERATOR
from pypi_core.domain.indexes import DEFAULT_INDEX, IndexSettings
from pypi_core.site import Site
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_jsonrpc_api.cursors import cursor_of
from pypi_protocol.methods import METHODS, examples_of
from pypi_xmlrpc_api import XmlRpcEndpoint

NUMBERS = [2**63 - 1, 2**63, 2**64, 10**30, -1, -(2**63), -(2**63) - 1, -(10**30)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    container = assemble(Settings(data=str(tmp_path_factory.mktemp("data"))))
    container.database().migrate()
    site: Site = container.site()
    site.create_index(OPERATOR, DEFAULT_INDEX, IndexSettings())
    yield site
    container.database().dispose()


def call(site: Site, method: str, params: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    answer = JsonRpcEndpoint(site)(site.index(DEFAULT_INDEX), OPERATOR, body.encode())
    answered: dict[str, Any] = json.loads(answer or b"")
    return answered


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("method", ["project.list", "search.query"])
def test_a_cursor_with_an_extreme_number_is_refused(site: Site, method: str, number: int) -> None:
    error = call(site, method, {"cursor": cursor_of(method, number)}).get("error")
    if number == NUMBERS[0] and method == "project.list":
        assert error is None
    else:
        assert error is not None
        assert error["data"]["code"] == "invalid"


def _numeric_parameters() -> list[tuple[str, str, dict[str, Any]]]:
    """Return each parameter that is an integer in an example, with the example's other parameters."""
    found = []
    for method in METHODS:
        schema = {each.encode_name: each.type for each in method.parameters}
        examples = examples_of(method, "")
        params = dict(examples[0].params) if examples else {}
        found += [(method.name, name, params) for name, kind in schema.items() if "int" in str(kind)]
    return found


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(("method", "name", "params"), _numeric_parameters())
def test_a_parameter_with_an_extreme_number_is_never_an_internal_error(
    site: Site, method: str, name: str, params: dict[str, Any], number: int
) -> None:
    answered = call(site, method, {**params, name: number})
    assert answered.get("error", {}).get("code") != -32603


@pytest.mark.parametrize("number", [each for each in NUMBERS if -(2**63) <= each < 2**63])
@pytest.mark.parametrize(
    "method",
    ["changelog", "changelog_since_serial", "updated_releases", "changed_packages"],
)
@pytest.mark.parametrize("tag", ["i8", "double"])
def test_an_extreme_number_by_xml_rpc_is_answered(site: Site, method: str, number: int, tag: str) -> None:
    value = f"<params><param><value><{tag}>{number}</{tag}></value></param></params>"
    body = f"<methodCall><methodName>{method}</methodName>{value}</methodCall>".encode()
    answer = XmlRpcEndpoint()(site.index(DEFAULT_INDEX), ANONYMOUS, body, base_url="", site_url="")
    assert isinstance(answer, bytes)
    assert xmlrpc.client.loads(answer)[0][0] == []


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 10**30])
@pytest.mark.parametrize("tag", ["i8", "int", "double"])
def test_a_number_beyond_64_bits_by_xml_rpc_is_a_fault(site: Site, number: int, tag: str) -> None:
    value = f"<params><param><value><{tag}>{number}</{tag}></value></param></params>"
    body = f"<methodCall><methodName>changelog_since_serial</methodName>{value}</methodCall>".encode()
    answer = XmlRpcEndpoint()(site.index(DEFAULT_INDEX), ANONYMOUS, body, base_url="", site_url="")
    assert isinstance(answer, bytes)
    with pytest.raises(xmlrpc.client.Fault) as fault:
        xmlrpc.client.loads(answer)
    assert fault.value.faultCode in {-32700, -32602}
