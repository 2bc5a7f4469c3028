"""Fuzz calls by XML-RPC, from bytes to the answer: whatever is sent, nothing may be raised."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Iterator
from itertools import chain

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_core", "pypi_xmlrpc_api"):
    from pypi_contracts.assembly import InMemorySite
    from pypi_core.domain.accounts import ANONYMOUS
    from pypi_xmlrpc_api import XmlRpcEndpoint

from tests.fuzz import costly

SITE = InMemorySite()
ENDPOINT = XmlRpcEndpoint()
URL = "https://index.example"


def call(data: bytes) -> None:
    """Answer *data* as somebody whom nobody knows."""
    answer = ENDPOINT(SITE.index, ANONYMOUS, data, base_url=URL, site_url=URL)
    assert not isinstance(answer, bytes) or b"The server failed" not in answer


def calls() -> Iterator[bytes]:
    """Yield a call of each method, and one of several."""
    arguments = ("hello", {"name": ["hello"], "summary": "x"}, 1, 1.5, True, [1, ["a"]], b"bytes", None)
    for count in (1, 0, 2, len(arguments)):
        for method in ENDPOINT.methods:
            yield xmlrpc.client.dumps(arguments[:count], method.name, allow_none=True).encode()
    several = [{"methodName": "package_releases", "params": ["hello"]}] * 3
    yield xmlrpc.client.dumps((several,), "system.multicall").encode()


if __name__ == "__main__":
    run({b"x": (call, lambda: chain(calls(), costly.xml_texts()))})
