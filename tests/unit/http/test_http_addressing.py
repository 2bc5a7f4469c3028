"""Addresses and heads at the edge: what every server, not ours alone, has to get from the application."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pypi_contracts.assembly import InMemorySite
from pypi_contracts.builders import build_wheel
from pypi_http_api import HttpSettings, build_application

Ask = Callable[..., httpx.Response]


def test_the_address_of_an_index_without_its_slash_keeps_the_query(ask: Ask) -> None:
    response = ask("GET", "/i/test?a=b")

    assert response.status_code == 308
    assert response.headers["location"] == "/i/test/?a=b"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/simple//x/", []),
        ("/simple/%2F/", []),
        ("/i/nowhere/simple/", []),
        ("/i/!/simple/", []),
        ("/i/test", []),
        ("/simple/", [(b"authorization", b"Bearer nonsense")]),
        ("/simple/", [(b"authorization", b"Basic YTpi")]),
        ("/legacy/", []),
        ("/nothing", []),
    ],
)
def test_head_has_no_body_in_any_refusal(path: str, headers: list[tuple[bytes, bytes]]) -> None:
    # Not every server drops it by itself.
    answer = exchange(InMemorySite(), HttpSettings(), method="HEAD", path=path, headers=headers)

    assert answer == b""


def test_a_server_known_by_an_address_of_version_6_is_named_in_brackets() -> None:
    memory = InMemorySite()
    memory.publish(memory.actor("alice"), build_wheel("sample", "1.0"))

    answer = exchange(memory, HttpSettings(), path="/pypi/sample/json", server=("::1", 8000), headers=[])

    assert b'"http://[::1]:8000/packages/' in answer


def test_values_chosen_by_clients_do_not_fill_memory() -> None:
    memory = InMemorySite()
    memory.publish(memory.actor("alice"), build_wheel("sample", "1.0"))
    settings = HttpSettings(reply_memory=1024 * 1024)
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        settings=settings,
    )
    tracemalloc.start()
    before, _peak = tracemalloc.get_traced_memory()

    for number in range(200):
        long = b"%06d" % number + b"x" * 50_000
        for query, name in ((long, b"x"), (b"", b"accept"), (b"", b"accept-encoding")):
            headers = [(name, b"*/*, " + long)]
            exchange(memory, settings, path="/simple/sample/", headers=headers, query=query, to=application)

    # Requests that are over hang in cycles until the next collection.
    gc.collect()
    after, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 4 * 1024 * 1024


def exchange(
    memory: InMemorySite,
    settings: HttpSettings,
    *,
    path: str,
    headers: list[tuple[bytes, bytes]],
    method: str = "GET",
    query: bytes = b"",
    server: tuple[str, int] = ("index.example", 80),
    to: Any = None,
) -> bytes:
    """Send one request without what a client library adds; return the body of the answer."""
    application = to or build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        settings=settings,
    )
    body = bytearray()

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        body.extend(message.get("body", b""))

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
        "http_version": "1.1", "scheme": "http", "server": server, "client": ("192.0.2.7", 1),
        "headers": headers,
    }  # fmt: skip
    asyncio.run(application(scope, receive, send))  # type: ignore[arg-type]
    return bytes(body)
