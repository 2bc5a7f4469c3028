"""Fuzz calls by JSON-RPC, from bytes to the answer: whatever is sent, nothing may be raised."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain

from tests.fuzz.fuzzing import instrumented, run

with instrumented("pypi_core", "pypi_jsonrpc_api", "pypi_protocol"):
    from pypi_contracts.assembly import InMemorySite
    from pypi_core.domain.accounts import ANONYMOUS
    from pypi_jsonrpc_api import JsonRpcEndpoint
    from pypi_protocol.methods import METHODS, examples_of

from tests.fuzz import costly

SITE = InMemorySite()
ENDPOINT = JsonRpcEndpoint(SITE.site)


def call(data: bytes) -> None:
    """Answer *data* as somebody whom nobody knows."""
    answer = ENDPOINT(SITE.index, ANONYMOUS, data)
    if answer is not None:
        json.loads(answer)
        assert b'"Internal error"' not in answer


def calls() -> Iterator[bytes]:
    """Yield a call of each method, by its example, and batches of them."""
    sent = [
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": method.name, "params": example.params}).encode()
        for method in METHODS
        for example in examples_of(method, "an-index 1.0")
    ]
    yield from sent
    yield b"[%s]" % b",".join(sent[:5])
    yield b'{"jsonrpc":"2.0","method":"index.status","params":[]}'


if __name__ == "__main__":
    run({b"j": (call, lambda: chain(calls(), costly.json_texts()))})
