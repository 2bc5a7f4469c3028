"""Replies as plain ASGI: status, headers, and a body at once or in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from litestar import Response
from litestar.types import Receive, Scope, Send

from pypi_core.simple_api.conditional import if_none_match_matches

Headers = Sequence[tuple[str, str]]

TEXT = "text/plain; charset=utf-8"


class Reply:
    """A reply whose body is at hand."""

    def __init__(self, status: int, headers: Headers, body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        # A 304 has the length of no body, or none; a length of 0 would describe the page wrongly.
        length = [] if self.status == 304 else [("content-length", str(len(self.body)))]
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": encoded([*self.headers, *length]),
            }
        )
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

    def as_response(self) -> Response[bytes]:
        """Return it as Litestar wants the answers of its exception handlers."""
        headers = dict(self.headers)
        # Litestar adds the charset of a text by itself.
        media_type = headers.pop("content-type", TEXT).partition(";")[0]
        return Response(self.body, status_code=self.status, media_type=media_type, headers=headers)


class StreamedReply:
    """A reply whose body comes in pieces, *length* bytes in all; ``None`` for HEAD."""

    def __init__(
        self, status: int, headers: Headers, length: int, chunks: AsyncIterator[bytes] | None
    ) -> None:
        self._status = status
        self._headers = [*headers, ("content-length", str(length))]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self._status, "headers": encoded(self._headers)})
        if self._chunks is not None:
            async for chunk in self._chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def text_reply(status: int, sentence: str, headers: Headers = ()) -> Reply:
    """Return a sentence as plain text."""
    return Reply(status, [("content-type", TEXT), *headers], sentence.encode())


def redirect(status: int, location: str, headers: Headers = ()) -> Reply:
    """Return a redirect; *location* is a path on this origin, or absolute where clients need it so."""
    return text_reply(status, f"See {location}\n", [("location", location), *headers])


def encoded(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


def conditional(reply: Reply, etag: str, if_none_match: str | None) -> Reply:
    """Return *reply*, or 304 with the same headers when the client has it already (RFC 9110, 13.1.2)."""
    if if_none_match is None or not if_none_match_matches(if_none_match, etag):
        return reply
    kept = [
        (name, value)
        for name, value in reply.headers
        if name not in {"content-type", "content-encoding", "content-length"}
    ]
    return Reply(304, kept)


def caching_headers(*, private: bool, vary: str) -> Headers:
    """
    Return how caches are to treat a page: keep it, ask each time, and keep a private one to themselves.

    pip obeys ``max-age``, so anything above 0 would hide a new release for that long.
    """
    if private:
        return [
            ("vary", f"{vary}, Authorization"),
            ("cache-control", "private, max-age=0, must-revalidate"),
        ]
    return [("vary", vary), ("cache-control", "max-age=0, must-revalidate"), *CORS]


# Browsers (micropip in Pyodide) read public pages and files from anywhere.
CORS: Headers = [
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "X-PyPI-Last-Serial"),
]


def serial_header(serial: int) -> tuple[str, str]:
    """Return the header by which mirrors tell whether a page is stale."""
    return ("x-pypi-last-serial", str(serial))
