"""The OpenAPI document of the HTTP endpoints."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_xmlrpc_api import XmlRpcEndpoint


@pytest.fixture
def wire(wired: Any, memory: InMemorySite) -> Any:
    return wired(json_rpc=JsonRpcEndpoint(memory.site), xml_rpc=XmlRpcEndpoint())


@pytest.fixture
def document(wire: Any) -> Any:
    return wire.get("/openapi.json").json


def test_every_route_is_described(wire: Any, document: Any) -> None:
    # From outside to inside there are layers; the framework is the innermost.
    application = wire.application
    while not hasattr(application, "routes"):
        application = application._application
    routed = {
        (re.sub(r":\w+}", "}", route.path), method)
        for route in application.routes
        for method in getattr(route, "methods", ())
        # The framework answers these by itself where nobody else does.
        if method != "OPTIONS"
    }
    described = {
        (path.rstrip("/"), method.upper())
        for path, item in document["paths"].items()
        for method in item
        if method != "options"
    }

    missing = sorted(routed - described)
    assert not missing, f"Give endpoint() or get_endpoint() an OperationDescription for {missing}."


def test_addresses_are_those_that_answer_without_a_redirect(wire: Any, document: Any) -> None:
    plain = [path for path, item in document["paths"].items() if "{" not in path and "get" in item]

    assert {path: wire.get(path).status for path in plain if path != "/pypi"} == {
        path: 200 for path in plain if path != "/pypi"
    }


def test_operations_have_names_of_their_own(document: Any) -> None:
    names = [each["operationId"] for item in document["paths"].values() for each in item.values()]

    assert len(set(names)) == len(names)


def test_it_is_relative_to_the_root_of_the_index(wire: Any) -> None:
    document = wire.get("/i/test/openapi.json").json

    assert document["servers"] == [{"url": "."}]
    assert document["openapi"].startswith("3.1")
