"""Answers that the server gives by itself, before or in place of the application."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

REASON_PHRASE = b"x-reason-phrase"


class Refusal(msgspec.Struct, frozen=True):
    """A status and a sentence; as an ASGI application it answers with them."""

    status: int
    sentence: str
    retry_after: int | None = None

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of the answer."""
        retry = [] if self.retry_after is None else [(b"retry-after", b"%d" % self.retry_after)]
        return [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(self.body)),
            (b"cache-control", b"no-store"),
            *retry,
        ]

    @property
    def body(self) -> bytes:
        """Return the body of the answer."""
        return f"{self.sentence}\n".encode()

    @property
    def whole_answer(self) -> bytes:
        """Return the bytes of an answer after which the connection is closed."""
        lines = [
            b"HTTP/1.1 %d %s" % (self.status, HTTPStatus(self.status).phrase.encode()),
            *(b"%s: %s" % each for each in self.headers),
            b"connection: close",
        ]
        return b"\r\n".join([*lines, b"", self.body])

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer a request that could be read."""
        headers = [*self.headers, (REASON_PHRASE, self.sentence.encode("latin-1", "replace"))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
