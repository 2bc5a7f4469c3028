"""An application over a site in memory, asked without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from pypi_core.testing.assembly import InMemorySite
from pypi_http_api import HttpSettings, build_application
from pypi_jsonrpc_api import JsonRpcEndpoint
from pypi_web import frontend

Ask = Callable[..., httpx.Response]


@pytest.fixture
def memory() -> InMemorySite:
    """Return a site with the indexes ``pypi`` and ``test``, nothing in them."""
    return InMemorySite()


@pytest.fixture
def ask(memory: InMemorySite) -> Ask:
    """Return a function that sends one request to the whole application over *memory*."""
    application = build_application(
        site=memory.site,
        change_signal=memory.database.change_signal,
        json_rpc=JsonRpcEndpoint(memory.site),
        frontend=frontend(),
        is_ready=lambda: True,
        settings=HttpSettings(trusted_proxies=("10.1.0.0/16",), largest_form=100_000, most_form_parts=200),
    )

    def send(
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        client: str = "192.0.2.7",
        **options: Any,
    ) -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(app=application, client=(client, 1234))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://index.example") as session:
                # Our defaults, not those of the library: each test says what it sends.
                session.headers.clear()
                return await session.request(method, path, headers=headers, content=content, **options)

        return asyncio.run(request())

    return send
