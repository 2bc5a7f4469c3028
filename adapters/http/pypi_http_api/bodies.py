"""Bodies of requests as they arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from litestar.types import Receive

from pypi_http_api.index_request import IndexRequest

SMALL_CALL: Final = 64 * 1024
"""Up to how many bytes the body of a call is read beside others."""


class ClientLeft(Exception):
    """The client broke the connection off: nobody waits for an answer."""


async def body_chunks(request: IndexRequest) -> AsyncIterator[bytes]:
    """
    Yield the body in the pieces in which it arrives.

    Raises:
        ClientLeft: It did not arrive whole.
    """
    more = True
    while more:
        message = await request.receive()
        if message["type"] != "http.request":
            raise ClientLeft
        if chunk := message.get("body"):
            yield chunk
        more = bool(message.get("more_body"))


async def until_left(receive: Receive) -> None:
    """Return when the client has broken the connection off."""
    while (await receive())["type"] != "http.disconnect":
        pass


def content_length(request: IndexRequest) -> int | None:
    """Return how long the client says that the body is."""
    header = request.header(b"content-length") or ""
    # Longer than 18 digits is no length, and Python refuses to convert thousands of them.
    return int(header) if header.isascii() and header.isdigit() and len(header) <= 18 else None


async def read_body(request: IndexRequest, largest: int) -> bytes | None:
    """
    Return a body of up to *largest* bytes, ``None`` for a longer one, which is not read to its end.

    Raises:
        ClientLeft: It did not arrive whole.
    """
    if (content_length(request) or 0) > largest:
        return None
    body = bytearray()
    async for chunk in body_chunks(request):
        body += chunk
        if len(body) > largest:
            return None
    return bytes(body)
